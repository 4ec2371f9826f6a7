"""Recording polls: each whole or not at all, and in one commit as many as are ready when it is made.

A commit is synced to the disk, which takes as long as a dozen answers of a fast server. So the polls that are ready
within a moment share a transaction. What one poll came to never falls apart by that: its entries, validators and next
poll time are in one transaction as ever, and killed before its commit, all of them are asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.polling import Outcome, record
from finews_feeds.model import SourceState
from finews_feeds.settings import FeedSourceSettings

#: How many seconds the first of a transaction waits for others, and how many there may be.
_PATIENCE = 0.05
_MOST_POLLS = 50


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll came to; `later` gives the other sources that are to be asked later for it, when it is recorded."""

    source: FeedSourceSettings
    old: SourceState | None
    outcome: Outcome
    later: Callable[[], Iterable[SourceState]]


_Waiting = tuple[Poll, asyncio.Future[None]]


class Recorder:
    """Records polls, several at a time; a context manager that belongs to one event loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ready: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Records what is still waiting, as it is when the polling is stopped."""
        ready = self._taken()
        if kind is None:
            self._record(ready)

    async def record(self, poll: Poll) -> None:
        """Returns when the poll is recorded; raises what its transaction raised."""
        loop = asyncio.get_running_loop()
        recorded: asyncio.Future[None] = loop.create_future()
        self._ready.append((poll, recorded))
        if len(self._ready) >= _MOST_POLLS:
            self._write()
        elif self._timer is None:
            self._timer = loop.call_later(_PATIENCE, self._write)
        await recorded

    def _write(self) -> None:
        ready = self._taken()
        failure: BaseException | None = None
        try:
            self._record(ready)
        except BaseException as error:  # noqa: BLE001 - raised wherever one of these polls is waited for
            # what ends the program, too: lost in a timer, it would leave everybody waiting for ever
            failure = error
        for _, recorded in ready:
            if not recorded.done():
                recorded.set_exception(failure) if failure else recorded.set_result(None)

    def _taken(self) -> list[_Waiting]:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ready, self._ready = self._ready, []
        return ready

    def _record(self, ready: Iterable[_Waiting]) -> None:
        # who was stopped meanwhile has been answered all the same
        if polls := [poll for poll, _ in ready]:
            with self._context.store.transaction() as tx:
                for each in polls:
                    record(tx, self._context, each.source, each.old, each.outcome, each.later())
