"""Asking the sources that are due: all of them at once but politely, each recorded as soon as it has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from finews_feeds import __version__
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.holds import Holds
from finews_feeds.cycle.moves import asked_url
from finews_feeds.cycle.polling import record, validators_to_send
from finews_feeds.cycle.readers import Readers
from finews_feeds.settings import FeedSourceSettings
from finews_feeds.sources.http import Fetcher, PutOffError
from finews_feeds.sources.private import Private

#: Seconds after which a polling that waits for slow servers looks whether it is to end.
_PATIENCE = 0.2


def poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    """Asks these sources and records each answer; `publish_posts` is called where posts are written meanwhile."""
    asyncio.run(_poll(context, due, publish_posts))


async def _poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    subscriptions = len(context.settings.sources)
    holds = Holds(context)
    async with Fetcher(context.settings.http, __version__, subscriptions) as fetcher:
        with Readers(context.settings) as readers:
            asking = {asyncio.ensure_future(_ask(context, fetcher, readers, holds, each)): each.name for each in due}
            number = 0
            while asking and not context.options.stopped():
                done, _ = await asyncio.wait(asking, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
                for asked in sorted(done, key=asking.__getitem__):
                    # what it came to is let go as soon as it is recorded: all of them together are too much to hold
                    del asking[asked]
                    number += 1
                    await asked
                    context.progress("polling", number, len(due))
                del done
                if context.options.posts_written():
                    publish_posts()
            for unasked in asking:
                unasked.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


async def _ask(context: Context, fetcher: Fetcher, readers: Readers, holds: Holds, source: FeedSourceSettings) -> None:
    """Asks one source, reads its answer and records it; nothing, where its server asked to be left alone meanwhile."""
    old = context.states.get(source.name)
    url, private = asked_url(source, old), Private(source.url, source.headers, source.user, source.password)
    validators = validators_to_send(context.settings, source, old)
    async with fetcher.memory.place() as place:
        try:
            answer = await fetcher.fetch(
                url,
                validators,
                old.validators_url if old else "",
                private=private,
                place=place,
                may_ask=lambda: holds.may_ask(source),
            )
        except PutOffError:
            return
        holds.note(source, answer)
        outcome = await readers.outcome(source, old, answer, context.now)
        record(context, source, old, outcome, holds.later(source))
