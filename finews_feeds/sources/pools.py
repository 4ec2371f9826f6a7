"""What asks through a proxy, and what speaks HTTP/2: httpcore, as httpx's own transport uses it (see `connections`).

It is used by its documented interface, below httpx's client, because only that takes a network backend. There are
several small pools, sharing one TLS context: each request makes a pool look at all its connections, so that a large
one slows itself down.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit, urlunsplit

import httpcore

from finews_feeds.settings import HttpSettings
from finews_feeds.sources.guard import NEXT_ADDRESS_SECONDS, Guard
from finews_feeds.sources.lean import httpx

_REQUESTS_PER_POOL = 8
_KEEP_ALIVE_SECONDS = 5.0
_FAILED = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, httpcore.UnsupportedProtocol)
#: What a kept connection gives when the server closed it just as we wrote: nothing was answered, so it is asked anew.
_STALE = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)


class Pools(httpx.AsyncBaseTransport):
    """A transport that belongs to one event loop. Raises httpx.TransportError."""

    def __init__(self, settings: HttpSettings, guard: Guard, tls: Callable[[], ssl.SSLContext]) -> None:
        self._settings, self._tls = settings, tls
        self._backend = _GuardedBackend(guard)
        self._pools: dict[tuple[str, int], httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The head of the answer. Asked once more where a kept connection turns out to be dead."""
        connected = False

        async def trace(event: str, _: object) -> None:
            nonlocal connected
            connected = connected or event == "connection.connect_tcp.started"

        url, pool = request.url, self._pool(request.url)
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={**request.extensions, "trace": trace},
        )
        with _as_httpx():
            while True:
                try:
                    answer = await pool.handle_async_request(asked)
                except _STALE:
                    if connected:
                        raise
                else:
                    return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        """The pool for this host: always the same one, so that its connections are found again."""
        shards = -(-self._settings.concurrency // _REQUESTS_PER_POOL)
        key = (url.scheme, zlib.crc32(url.raw_host) % shards)
        if key not in self._pools:
            self._pools[key] = self._new_pool(self._tls() if url.scheme == "https" else None)
        return self._pools[key]

    def _new_pool(self, tls: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
        """A pool whose connections all come from the guarded backend, or all go to the proxy."""
        proxy = urlsplit(self._settings.proxy)
        if not self._settings.proxy:
            return httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=None,
                max_keepalive_connections=_REQUESTS_PER_POOL,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=self._backend,
                http2=self._settings.http2,
            )
        name, password = unquote(proxy.username or ""), unquote(proxy.password or "")
        return httpcore.AsyncHTTPProxy(
            urlunsplit((proxy.scheme, proxy.netloc.rpartition("@")[2], "/", "", "")),
            proxy_auth=(name, password) if proxy.username is not None else None,
            ssl_context=tls,
            max_connections=None,
            max_keepalive_connections=_REQUESTS_PER_POOL,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=httpcore.AnyIOBackend(),
            http2=self._settings.http2,
        )


class _Body(httpx.AsyncByteStream):
    """The body as it comes from a pool."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        with _as_httpx():
            await self._answer.aclose()


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that the guard has checked."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._guard.addresses(host, port)
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(
                    address, port, NEXT_ADDRESS_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors as those of httpx, which have them for a cause."""
    try:
        yield
    except httpcore.ProxyError as error:
        raise httpx.ProxyError(str(error)) from error
    except _FAILED as error:
        raise httpx.TransportError(str(error)) from error
