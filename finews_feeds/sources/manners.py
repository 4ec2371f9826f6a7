"""Whose turn it is: few requests at a time in all, fewer to one host, and a rest between two.

A host is host and port. Who waits for a host holds no place that another host could use. After each request its place
rests for as long as the request took, `gap` at most: a server that struggles is left alone half of the time. One that
answers at once is not held back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

#: One connection busy and one more, so that a single slow answer does not hold up a host's other feeds.
AT_ONCE_PER_HOST = 2
#: What counts as "at once": a server that needs no longer is not strained by the next request.
_AT_ONCE_SECONDS = 0.02


async def _at_once() -> None:
    """Waits for nothing."""


@dataclass(slots=True)
class _Line:
    """The places at one host, and how many hold one, rest, or wait for one; forgotten when that is none."""

    places: asyncio.Semaphore
    users: int = 0


class Turns:
    """Hands out turns, on one event loop."""

    def __init__(self, concurrency: int, gap: timedelta) -> None:
        self._gap_seconds = gap.total_seconds()
        self._all = asyncio.Semaphore(concurrency)
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, host: str, ready: Callable[[], Awaitable[None]] = _at_once) -> AsyncIterator[None]:
        """Wait for a place at `host` and for one in all, then for `ready`; given back at the end of the block."""
        line = self._lines.setdefault(host, _Line(asyncio.Semaphore(AT_ONCE_PER_HOST)))
        line.users += 1
        try:
            await line.places.acquire()
        except BaseException:
            self._forget(host, line)
            raise
        clock = asyncio.get_running_loop()
        began = clock.time()
        try:
            async with self._all:
                await ready()
                # what the server has no part in does not make it rest
                began = clock.time()
                yield
        finally:
            took = clock.time() - began
            rest = min(took, self._gap_seconds) if took > _AT_ONCE_SECONDS else 0
            clock.call_later(rest, self._leave, host, line)

    def _leave(self, host: str, line: _Line) -> None:
        line.places.release()
        self._forget(host, line)

    def _forget(self, host: str, line: _Line) -> None:
        line.users -= 1
        if not line.users:
            del self._lines[host]
