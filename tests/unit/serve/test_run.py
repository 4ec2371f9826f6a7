"""Starting and stopping the server."""

from __future__ import annotations

import asyncio
import signal
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from finews_feeds.errors import OutputError
from finews_feeds.serve.app import App, create_app
from finews_feeds.serve.run import serve


@pytest.fixture
def app(tmp_path: Path) -> App:
    return create_app(tmp_path, "https://finews.example/", timedelta(0))


async def stopped_at_once(app: App, host: str, port: int) -> None:
    stop = asyncio.Event()
    stop.set()
    await serve(app, host, port, stop)


def test_a_taken_port_is_named_with_its_mend(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=rf"server\.listen: 127\.0\.0\.1:{port}: .*; .*set another port"):
            asyncio.run(stopped_at_once(app, "127.0.0.1", port))


@pytest.mark.parametrize("host", ["203.0.113.1", "not a host"])
def test_an_address_that_is_not_ours_is_an_output_error(app: App, host: str) -> None:
    with pytest.raises(OutputError, match=r"server\.listen"):
        asyncio.run(stopped_at_once(app, host, 0))


def test_it_stops_when_told_and_frees_its_port(app: App) -> None:
    ports: list[int] = []

    async def main() -> None:
        stop = asyncio.Event()

        def on_ready(_: str, port: int) -> None:
            ports.append(port)
            stop.set()

        await serve(app, "127.0.0.1", 0, stop, on_ready)

    asyncio.run(main())
    socket.create_server(("127.0.0.1", ports[0])).close()


def test_signals_are_left_to_the_caller(app: App) -> None:
    seen: list[object] = []
    mine = signal.getsignal(signal.SIGTERM)

    async def main() -> None:
        stop = asyncio.Event()

        async def look_then_stop() -> None:
            await asyncio.sleep(0)
            seen.append(signal.getsignal(signal.SIGTERM))
            stop.set()

        await asyncio.gather(serve(app, "127.0.0.1", 0, stop), look_then_stop())

    asyncio.run(main())
    assert seen == [mine]


def test_cancelled_it_ends_as_well(app: App) -> None:
    async def main() -> None:
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, asyncio.Event()))
        await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(main())
