"""A real server on the loopback and a client that sends exactly what it is told."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from finews_feeds.serve.app import App
from finews_feeds.serve.protocol import BoundedProtocol
from finews_feeds.serve.run import new_event_loop, serve


@dataclass(frozen=True)
class Answer:
    """What came back: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Client:
    """One connection for each request."""

    port: int

    def get(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Sends the target as it stands; `if_none_match="…"` is the field If-None-Match."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        finally:
            connection.close()


@contextmanager
def running(app: App, protocol: type[BoundedProtocol] = BoundedProtocol) -> Iterator[Client]:
    """Serves the application from another thread, on a free port, until the block ends."""
    ready = threading.Event()
    ports: list[int] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def main() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))

        def on_ready(_: str, port: int) -> None:
            ports.append(port)
            ready.set()

        await serve(app, "127.0.0.1", 0, stop, on_ready, protocol)

    def work() -> None:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(main())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(10)
        yield Client(ports[0])
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        assert not thread.is_alive()
