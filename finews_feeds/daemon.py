"""The daemon: the one-shot's cycle again and again, the posts watched, and HTTP beside it where `[server]` is set.

One APScheduler job ticks every second and asks one question: is anything due? There is no job for each source, because
the store knows when each is due and a job store would have to agree with it (docs/dependencies.md has the figures).
A cycle runs in a thread of its own, so that readers are answered while it works.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from finews_feeds.cycle import Options, Report, lock_file, run_cycle
from finews_feeds.cycle.hubs import tell_hubs
from finews_feeds.cycle.lock import asked_at
from finews_feeds.cycle.serving import serve_site
from finews_feeds.cycle.tally import CycleTally
from finews_feeds.errors import FinewsError
from finews_feeds.log import event
from finews_feeds.settings import Settings

Clock = Callable[[], datetime]

#: The folders are looked through this often even without an event: some file systems have none.
_SWEEP = timedelta(seconds=30)
#: How long after a cycle the next one begins at the earliest, for each source and at most, where only the time calls
#: for it: a cycle looks at all of them, and of thousands one is due every second. What is due by then is asked in one.
_REST_PER_SOURCE = timedelta(milliseconds=1)
_LONGEST_REST = timedelta(seconds=5)
#: After a store or an output that could not be used.
_RETRY = timedelta(minutes=1)
#: How long events of one burst of writing are gathered, in milliseconds.
_GATHER_MS = 200


async def run_daemon(settings: Settings, clock: Clock) -> None:
    """Runs until SIGTERM or SIGINT, then ends after the step that it is at: the store and the site are whole.

    Raises StoreError or OutputError where the first cycle, or the server, cannot begin; later such faults are logged
    and tried again.
    """
    daemon = _Daemon(settings, clock)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.end)
    scheduler = AsyncIOScheduler(timezone=settings.site.timezone)
    scheduler.add_job(daemon.tick, "interval", seconds=1, max_instances=1, coalesce=True, misfire_grace_time=None)
    try:
        await daemon.work(scheduler)
    finally:
        if scheduler.running:
            scheduler.shutdown(wait=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Daemon:
    """What the ticks share: when something is due, and whether the end has come."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.stop = asyncio.Event()
        self.stopping = threading.Event()
        self.due_at = clock()
        self.busy = asyncio.Lock()
        self.posts_written = threading.Event()
        #: Whether a hub has delivered something since the last cycle began.
        self.pushed = threading.Event()
        self.tally = CycleTally()
        #: What `asked_at` was when the last cycle began: another process may ask for one.
        self.asked_at = 0
        #: When hubs are to be told something; None while there is nothing to tell.
        self.hubs_due_at: datetime | None = self.due_at

    def end(self) -> None:
        """Asks everything to end; called by a signal, and by what cannot go on."""
        if not self.stopping.is_set():
            event(logging.INFO, "daemon.ending")
        self.stopping.set()
        self.stop.set()

    async def tick(self) -> None:
        """One question a second: is anything due? One cycle at a time: a tick that meets a running one does nothing."""
        if self.busy.locked() or self.stopping.is_set():
            return
        if self.is_due():
            try:
                await self.cycle()
            except FinewsError as error:
                self.due_at = self.clock() + _RETRY
                self.tally.count_failure(self.clock())
                for fault in error.faults:
                    event(logging.ERROR, "cycle.failed", place=fault.place, cause=fault.cause, mend=fault.mend)

    def is_due(self) -> bool:
        """Whether posts were written, a hub has delivered, another process asks, or the time has come."""
        is_told = self.posts_written.is_set() or self.pushed.is_set() or asked_at(self.settings) != self.asked_at
        return is_told or self.clock() >= self.due_at

    async def cycle(self) -> None:
        """One cycle in a thread, and when the next is due."""
        async with self.busy:
            self.posts_written.clear()
            self.pushed.clear()
            self.asked_at = asked_at(self.settings)
            options = Options(again=True, stopped=self.stopping.is_set, posts_written=self.were_posts_written)
            self.progress()
            cycle = partial(run_cycle, self.settings, options, self.clock, self.progress)
            report: Report = await asyncio.to_thread(cycle)
            self.hubs_due_at = self.clock() if report.files_written else self.hubs_due_at
            now = self.clock()
            sweep = now + _SWEEP if self.settings.posts else None
            due_at = min(at for at in (report.next_due_at, sweep, now + timedelta(days=1)) if at)
            sources = sum(report.source_states.values())
            self.due_at = max(due_at, now + min(_LONGEST_REST, _REST_PER_SOURCE * sources))
            self.tally.count(report, self.due_at)

    def progress(self, _stage: str = "", _done: int = 0, _total: int = 0) -> None:
        """A sign of life from a cycle; called in its thread."""
        self.tally.note_alive(self.clock())

    def trouble(self) -> str:
        """What `/healthz` says of the cycles."""
        return self.tally.trouble(self.clock())

    async def tell(self) -> None:
        """Tells hubs what is due, beside the cycles: a hub that hangs holds up nothing."""
        while not self.stop.is_set():
            if self.hubs_due_at is not None and self.clock() >= self.hubs_due_at:
                self.hubs_due_at = None
                try:
                    _, again_at = await asyncio.to_thread(tell_hubs, self.settings, self.clock)
                except FinewsError as error:
                    again_at = self.clock() + _RETRY
                    event(logging.ERROR, "hubs.failed", error=error)
                self.hubs_due_at = self.hubs_due_at or again_at
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), 1)

    def were_posts_written(self) -> bool:
        """Whether posts were written since this was last asked; the cycle asks, from its thread."""
        written = self.posts_written.is_set()
        self.posts_written.clear()
        return written

    async def work(self, scheduler: AsyncIOScheduler) -> None:
        """Watches, serves and ticks until the end; what cannot begin ends everything with its error."""
        tasks = [asyncio.ensure_future(each) for each in (self.begin(scheduler), *self.jobs())]
        ending = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait((*tasks, ending), return_when=asyncio.FIRST_COMPLETED)
            self.end()
            async with self.busy:
                pass
        finally:
            ending.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result

    async def begin(self, scheduler: AsyncIOScheduler) -> None:
        """The first cycle, whose failure is the operator's to mend; then the ticks."""
        await self.cycle()
        scheduler.start()
        await self.stop.wait()

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        jobs: list[Coroutine[Any, Any, None]] = []
        if self.settings.posts:
            jobs.append(self.watch())
        if self.settings.output.hubs:
            jobs.append(self.tell())
        if self.settings.server:
            told = (self.clock, self.tally.measures, self.pushed.set, self.trouble)
            jobs.append(serve_site(self.settings, self.settings.server, self.stop, *told))
        return jobs

    def is_of_posts(self, _: object, path: str) -> bool:
        """Whether an event may concern a post: what we write ourselves, and editors' hidden files, do not."""
        ours = (self.settings.output.dir, lock_file(self.settings).parent)
        return not Path(path).name.startswith(".") and not any(Path(path).is_relative_to(each) for each in ours)

    async def watch(self) -> None:
        """Begins a cycle as soon as a post is written; the sweep finds what a file system without events hides."""
        from watchfiles import awatch

        while not self.stop.is_set():
            folders = _watched(self.settings)
            try:
                async for _ in awatch(
                    *folders, watch_filter=self.is_of_posts, debounce=_GATHER_MS, step=50, stop_event=self.stop
                ):
                    self.posts_written.set()
                    await self.tick()
                    if _are_others_there(self.settings, folders):
                        break
            except (OSError, RuntimeError) as error:
                # no more watches to be had, or a folder vanished: the sweep goes on, and watching is tried again
                event(logging.WARNING, "watch.failed", error=error, mend="raise fs.inotify.max_user_watches")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stop.wait(), _SWEEP.total_seconds())


def _are_others_there(settings: Settings, watched: list[Path]) -> bool:
    """Whether the folders that can be watched are others than those that are."""
    return _watched(settings) != watched


def _watched(settings: Settings) -> list[Path]:
    """The folders of posts, and those of the rendered pages that contents are read from, as far as they are there."""
    named = [path for each in settings.posts for path in (each.path, each.rendered) if path and path.is_dir()]
    return [path for path in dict.fromkeys(named) if not any(above in named for above in path.parents)]
