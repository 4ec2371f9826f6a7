"""HTTP/1.1 (RFC 9112) as httpx's side of it: h11 reads and writes it, asyncio carries it, `guard` connects.

It is what httpx's own transport does over httpcore, with the same h11, for a poller: one request at a time to a
connection, no pool to look through, no second library of locks and sockets between. A 304 costs a fifth of it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import cast

import h11

from finews_feeds.sources.guard import Guard
from finews_feeds.sources.lean import httpx

_KEEP_ALIVE_SECONDS = 5.0
#: What an answer's head may have before it ends, and what may lie here unread before the sender is held back.
_MAX_HEAD_BYTES = 100 * 1024
_MAX_UNREAD_BYTES = 64 * 1024
#: The whole of a request has a deadline; asyncio's own, of a minute, is not to be seen before it.
_HANDSHAKE_SECONDS = 24 * 3600.0

_Origin = tuple[str, str, int]


class _StaleError(httpx.RemoteProtocolError):
    """Nothing of an answer came."""


class Connections(httpx.AsyncBaseTransport):
    """A transport; it belongs to one event loop. A connection whose answer was read to its end is kept for a moment.

    At most `most_idle` are kept. A kept one may have been closed by its server just as we wrote: where nothing was
    answered, it is asked anew (RFC 9112 §9.3.1). Raises httpx.TransportError or OSError.
    """

    def __init__(self, guard: Guard, tls: Callable[[], ssl.SSLContext], most_idle: int) -> None:
        self._guard, self._tls, self._most_idle = guard, tls, most_idle
        #: Those that wait for another request, the one that was used last at the end.
        self._idle: dict[_Connection, _Origin] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = (url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
        while True:
            kept = self._taken(origin)
            connection = kept or await self._connected(origin)
            try:
                head = await connection.ask(request)
            except _StaleError:
                connection.close()
                if kept is None:
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                body = _Body(connection, partial(self._keep, connection, origin))
                return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=body)

    async def aclose(self) -> None:
        for connection in list(self._idle):
            self._drop(connection)

    def _taken(self, origin: _Origin) -> _Connection | None:
        kept = next((each for each, place in self._idle.items() if place == origin), None)
        if kept is not None:
            del self._idle[kept]
            kept.wake()
        return kept

    async def _connected(self, origin: _Origin) -> _Connection:
        scheme, host, port = origin
        socket = await self._guard.connected(host, port)
        try:
            is_secure = scheme == "https"
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection,
                sock=socket,
                ssl=self._tls() if is_secure else None,
                server_hostname=host if is_secure else None,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS if is_secure else None,
            )
        except BaseException:
            socket.close()
            raise
        return connection

    def _keep(self, connection: _Connection, origin: _Origin) -> None:
        self._idle[connection] = origin
        connection.rest(_KEEP_ALIVE_SECONDS, partial(self._drop, connection))
        if len(self._idle) > self._most_idle:
            self._drop(next(iter(self._idle)))

    def _drop(self, connection: _Connection) -> None:
        self._idle.pop(connection, None)
        connection.close()


class _Connection(asyncio.Protocol):
    """One connection, and what has come in on it that nobody has read yet."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._is_over = self._is_held = False
        self._error: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        #: While it rests: what ends it, by the clock or because something came unasked.
        self._timer: asyncio.TimerHandle | None = None
        self._give_up: Callable[[], None] | None = None

    # --- a request and its answer -------------------------------------------------------------------------------------

    async def ask(self, request: httpx.Request) -> h11.Response:
        """Sends a request, and returns the head of its final answer (RFC 9110 §15.2 has others before it)."""
        try:
            asked = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
            self._send(asked)
            if content := await request.aread():
                self._send(h11.Data(data=content))
            self._send(h11.EndOfMessage())
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        while True:
            event = await self.event()
            if isinstance(event, h11.Response):
                return event

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        """The next of what is answered."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._expected())
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        return event  # type: ignore[return-value]  # NEED_DATA is a type, too

    @property
    def is_free(self) -> bool:
        """Whether request and answer are over, both sides keep the connection, and nothing came behind the answer."""
        is_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return is_done and not (self._is_over or self._unread or self._http.trailing_data[0])

    def _send(self, event: h11.Event) -> None:
        assert self._transport is not None
        # to a connection that broke nothing is sent; that is seen when the answer is awaited
        self._transport.write(self._http.send(event) or b"")

    async def _expected(self) -> bytes:
        """What comes in next; nothing at the end. An end before the head was whole is an error."""
        is_in_head = self._http.their_state is h11.SEND_RESPONSE
        broken: OSError | None = None
        try:
            received = await self._received()
        except OSError as error:
            if not is_in_head:
                raise
            received, broken = b"", error
        if received or not is_in_head:
            return received
        if begun := self._http.trailing_data[0]:
            quoted = begun[:60].splitlines()[0].decode("ascii", "backslashreplace")
            raise httpx.RemoteProtocolError(f'it broke off within the head of its answer, "{quoted}"') from broken
        raise _StaleError("the server closed the connection without an answer") from broken

    async def _received(self) -> bytes:
        """What has come in, or comes in next; nothing at the end."""
        if not self._unread and not self._is_over:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        if not self._unread and self._error is not None:
            raise self._error
        received = bytes(self._unread)
        self._unread.clear()
        if self._is_held and self._transport is not None:
            self._is_held = False
            self._transport.resume_reading()
        return received

    # --- between two requests -----------------------------------------------------------------------------------------

    def rest(self, seconds: float, give_up: Callable[[], None]) -> None:
        """Wait for another request. `give_up` is called after so many seconds, or when anything else comes."""
        self._http.start_next_cycle()
        self._give_up = give_up
        self._timer = asyncio.get_running_loop().call_later(seconds, give_up)

    def wake(self) -> None:
        """There is another request."""
        self._give_up = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Ends it at once: nobody waits for a server that says good-bye slowly."""
        self.wake()
        if self._transport is not None:
            self._transport.abort()

    # --- what asyncio calls -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MAX_UNREAD_BYTES and self._transport is not None:
            self._is_held = True
            self._transport.pause_reading()
        self._tell()

    def eof_received(self) -> None:
        self._is_over = True
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._error = True, exc
        self._tell()

    def _tell(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        if self._give_up is not None:
            self._give_up()


class _Body(httpx.AsyncByteStream):
    """The body as it comes in; `keep` is called at the end of one after which the connection can be used again."""

    def __init__(self, connection: _Connection, keep: Callable[[], None]) -> None:
        self._connection = connection
        self._keep = keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._connection.event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._keep() if self._connection.is_free else self._connection.close()
