"""uvicorn's HTTP over httptools, with bounds: nobody holds a connection for ever, or memory without end.

uvicorn itself ends connections that are idle between two requests. What it leaves open is a client that sends a head
byte by byte, or one that never ends, a client that does not read what it asked for, and any number of them.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: For the whole of a request's head, and for some part of an answer to be taken.
HEAD_SECONDS, STALL_SECONDS = 20.0, 30.0
#: No head that is on its way may be longer. What comes in one piece with its end may be, by the size of a piece.
HEAD_BYTES = 64 * 1024
#: Connections at once. A process has 1,024 files by custom, and polling needs its share of them.
MOST_CONNECTIONS = 512

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    head_seconds, stall_seconds = HEAD_SECONDS, STALL_SECONDS
    most_connections = MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._is_head_due = True
        self._head_bytes = 0
        self._late: asyncio.TimerHandle | None = None
        self._stalling: asyncio.TimerHandle | None = None
        if len(self.connections) > self.most_connections:
            self._end(_TOO_MANY)
        else:
            self._late = self.loop.call_later(self.head_seconds, self._end, _TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._late, self._stalling):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_head_due:
            if self._late:
                self._late.cancel()
                self._late = None
        elif self._head_bytes > HEAD_BYTES:
            self._end(_TOO_LARGE)
        elif self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self._end, _TOO_SLOW)

    def on_message_begin(self) -> None:
        self._is_head_due = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_head_due = False
        self._head_bytes = 0
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # to h2c, as some clients ask by habit: the parser takes what follows for that protocol, so nothing may
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        # what was its content is no part of the next head
        self._head_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def _end(self, answer: bytes) -> None:
        """Says why, if nothing else is being said, and closes."""
        self._late = None
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()
        self._watch()

    def _watch(self) -> None:
        """Ends the connection when none of what waits to be sent is taken for a while."""
        waiting_bytes = self.transport.get_write_buffer_size()
        if waiting_bytes and not self._stalling:
            self._stalling = self.loop.call_later(self.stall_seconds, self._look_again, waiting_bytes)

    def _look_again(self, waited_bytes: int) -> None:
        self._stalling = None
        if self.transport.get_write_buffer_size() >= waited_bytes:
            self.transport.abort()
        else:
            self._watch()
