"""Asking the sources that are due: all of them at once but politely, each recorded soon after it has answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from finews_feeds import __version__
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.holds import Holds
from finews_feeds.cycle.moves import asked_url
from finews_feeds.cycle.polling import reading, validators_to_send
from finews_feeds.cycle.readers import Readers
from finews_feeds.cycle.recording import Poll, Recorder
from finews_feeds.log import event
from finews_feeds.model import Answer, Failed, Representation
from finews_feeds.settings import FeedSourceSettings
from finews_feeds.sources.http import Fetcher, PutOffError
from finews_feeds.sources.private import Private

if TYPE_CHECKING:
    from finews_feeds.cycle.recalling import Recalled

#: Seconds after which a polling that waits for slow servers looks whether it is to end.
_PATIENCE = 0.2


def poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    """Asks these sources and records each answer; `publish_posts` is called where posts are written meanwhile."""
    asyncio.run(_poll(context, due, publish_posts))


async def _poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    subscriptions = len(context.settings.sources)
    async with Fetcher(context.settings.http, __version__, subscriptions) as fetcher:
        with Readers(context.settings) as readers, Recorder(context) as recorder:
            asking = _Asking(context, fetcher, readers, Holds(context), recorder)
            running = {asyncio.ensure_future(asking.ask(each)) for each in due}
            # each says by itself that it is done: to look at all of them at each answer costs their number squared
            done: asyncio.Queue[asyncio.Task[None]] = asyncio.Queue()
            for task in running:
                task.add_done_callback(done.put_nowait)
            while running and not context.options.stopped():
                asked = await _next(done)
                if asked is not None:
                    # what it came to is let go as soon as it is recorded: all of them together are too much to hold
                    running.discard(asked)
                    asked.result()
                    context.progress("polling", len(due) - len(running), len(due))
                del asked
                if context.options.posts_written():
                    publish_posts()
            for unasked in running:
                unasked.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _next(done: asyncio.Queue[asyncio.Task[None]]) -> asyncio.Task[None] | None:
    """What is done next; None where nothing is for a while."""
    if done.empty():
        with suppress(TimeoutError):
            return await asyncio.wait_for(done.get(), _PATIENCE)
        return None
    return done.get_nowait()


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the polls of one cycle share."""

    context: Context
    fetcher: Fetcher
    readers: Readers
    holds: Holds
    recorder: Recorder

    async def ask(self, source: FeedSourceSettings) -> None:
        """Asks a source, reads its answer and records it; nothing, where its server asked to be left alone."""
        context = self.context
        old = context.states.get(source.name)
        url, private = asked_url(source, old), Private(source.url, source.headers, source.user, source.password)
        validators = validators_to_send(context.settings, source, old)
        async with self.fetcher.memory.place() as place:
            try:
                answer: Answer = await self.fetcher.fetch(
                    url,
                    validators,
                    old.validators_url if old else "",
                    private=private,
                    place=place,
                    may_ask=lambda: self.holds.may_ask(source),
                )
            except PutOffError:
                return
            except Exception as error:  # noqa: BLE001 - the spine: logged whole, listed, and the others are asked
                event(logging.ERROR, "poll.broke", exc_info=True, source=source.name, url=source.shown_url)
                cause = f"our client failed on it ({type(error).__name__}: {error})"
                answer = Failed(url, cause, "report it; the source is asked again later")
            if not isinstance(answer, Representation):
                place.leave()
            self.holds.note(source, answer)
            outcome = await self.readers.outcome(source, old, answer, context.now, partial(self._recall, source))
            await self.recorder.record(Poll(source, old, outcome, lambda: self.holds.later(source)))

    def _recall(self, source: FeedSourceSettings, answer: Representation) -> Recalled | None:
        from finews_feeds.cycle.recalling import recall

        store, settings = self.context.store, self.context.settings
        return recall(store, source.name, answer, reading(settings, source), settings.http.max_entries)
