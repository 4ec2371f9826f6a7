"""Serving the site's files: what the daemon and `serve` run beside, or instead of, the cycle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from finews_feeds.cycle.callbacks import HubCallbacks
from finews_feeds.serve.app import create_app
from finews_feeds.serve.metrics import Measuring
from finews_feeds.serve.run import new_event_loop, serve
from finews_feeds.settings import ServerSettings, Settings

__all__ = ["new_event_loop", "serve_site"]

#: Between these bounds readers are told to come back as often as the busiest source is asked.
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=15)


def _max_age(settings: Settings) -> timedelta:
    """How long an answer may be reused without asking again (RFC 9111 §4.2)."""
    busiest = min((each.interval for each in settings.sources), default=_LONGEST)
    return max(_SHORTEST, min(busiest, _LONGEST))


async def serve_site(
    settings: Settings,
    server: ServerSettings,
    stop: asyncio.Event,
    clock: Callable[[], datetime],
    measuring: Measuring = tuple,
    on_message: Callable[[], None] = lambda: None,
    trouble: Callable[[], str] = str,
) -> None:
    """Answers readers until `stop` is set; OutputError where the address cannot be had.

    `measuring` gives the numbers that `/metrics` shows beside the server's own; `on_message` is told, from a thread,
    that a hub has delivered something that the next cycle will read; `trouble` says what is wrong with the cycles.
    """
    output = settings.output
    callbacks = HubCallbacks(settings, clock, on_message) if server.public_url else None
    app = create_app(
        output.dir,
        settings.site.url,
        _max_age(settings),
        output.hubs,
        measuring=measuring,
        callbacks=callbacks,
        trouble=trouble,
    )
    await serve(app, server.host, server.port, stop)
