"""Running the application: uvicorn on one address, until an event says stop. Signals stay with whoever calls."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import uvicorn

from finews_feeds.errors import Fault, OutputError
from finews_feeds.serve.app import App
from finews_feeds.serve.protocol import BoundedProtocol

#: How long answers under way are waited for when stopping.
_GRACE = timedelta(seconds=5)

_MENDS = {
    errno.EADDRINUSE: "end the program that uses it, or set another port",
    errno.EACCES: "ports below 1024 belong to root: set a higher one",
    errno.EADDRNOTAVAIL: "set an address that this machine has, such as 127.0.0.1 or 0.0.0.0",
}


async def serve(
    app: App,
    host: str,
    port: int,
    stop: asyncio.Event,
    on_ready: Callable[[str, int], None] | None = None,
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> None:
    """Answers requests until `stop` is set, then ends those under way and returns.

    `on_ready` is told host and port once connections are accepted; port 0 takes a free one. `protocol` has the bounds
    of a connection. OutputError where the address cannot be had.
    """
    with _listening(host, port) as listener:
        if on_ready:
            on_ready(host, listener.getsockname()[1])
        await _until(stop, _Server(_config(app, protocol)), listener)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop for `serve`: uvloop's where there is one, which answers more in the same time, else Python's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the daemon has one way to end, for all that it does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: App, protocol: type[BoundedProtocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        http=protocol,
        log_config=None,
        # what strangers send amiss is no news: they are answered, and that is all
        log_level="error",
        access_log=False,
        server_header=False,
        # nobody asks who a reader is
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=int(_GRACE.total_seconds()),
    )


async def _until(stop: asyncio.Event, server: uvicorn.Server, listener: socket.socket) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Also where our caller is cancelled: no connection may outlive this call.
        stopping.cancel()
        server.should_exit = True
        await serving


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
        # asyncio does it only for sockets that name their protocol, and these do not; without it every answer but the
        # first of a connection waits 40 ms for an acknowledgement between its head and its content
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, OverflowError) as error:
        place = f"server.listen: {host}:{port}"
        cause = f"cannot listen there: {getattr(error, 'strerror', None) or error}"
        mend = _MENDS.get(getattr(error, "errno", 0) or 0, "set an address and a port of this machine")
        raise OutputError(Fault(place, cause, mend)) from error
