"""`run` and `serve`: the programs that go on until they are told to end."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from finews_feeds.cli.common import clock, settings_of
from finews_feeds.config.values import BadValueError, host_port
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.settings import ServerSettings, Settings


def run(arguments: argparse.Namespace) -> int:
    """The daemon; 0 after SIGTERM or SIGINT."""
    from finews_feeds.daemon import run_daemon

    settings = settings_of(arguments, logging.INFO)
    if not arguments.quiet:
        served = f", serving on http://{_shown(settings.server)}/" if settings.server else ""
        print(f"publishing to {settings.output.dir}{served}; end with Ctrl-C or SIGTERM", file=sys.stderr)
    _run(run_daemon(settings, clock))
    return 0


def serve(arguments: argparse.Namespace) -> int:
    """HTTP alone; 0 after SIGTERM or SIGINT."""
    settings = _listening(settings_of(arguments, logging.INFO), arguments.listen)
    assert settings.server is not None
    if not arguments.quiet:
        print(f"serving {settings.output.dir} on http://{_shown(settings.server)}/", file=sys.stderr)
    _run(_serve(settings, settings.server))
    return 0


def _run(work: Coroutine[Any, Any, None]) -> None:
    from finews_feeds.cycle.serving import new_event_loop

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work)


async def _serve(settings: Settings, server: ServerSettings) -> None:
    from finews_feeds.cycle.serving import serve_site

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve_site(settings, server, stop, clock)


def _listening(settings: Settings, listen: str | None) -> Settings:
    if listen is None:
        if settings.server is None:
            mend = 'add [server] with listen = "127.0.0.1:8080", or give --listen'
            raise ConfigError(Fault(f"{settings.file}: server", "the table is missing", mend))
        return settings
    try:
        host, _, port = host_port(listen).rpartition(":")
    except BadValueError as bad:
        raise ConfigError(Fault("--listen", bad.cause, bad.mend)) from bad
    public_url = settings.server.public_url if settings.server else ""
    return replace(settings, server=ServerSettings(host.strip("[]"), int(port), public_url))


def _shown(server: ServerSettings) -> str:
    return f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
