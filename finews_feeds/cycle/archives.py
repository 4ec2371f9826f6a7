"""Archive documents that were sealed: they are where they belong, with the bytes that they were sealed with."""

from __future__ import annotations

from collections.abc import Iterable

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.moved_feeds import Moves
from finews_feeds.publish.archives import archive_path, relocated
from finews_feeds.store.protocol import FeedRow


def restore(context: Context, feeds: Iterable[FeedRow], moves: Moves, every: bool) -> None:
    """Writes the archive documents that are missing, or (`every`) have other bytes.

    One that was noted by a cycle that was then killed is missing, too. A feed that has moved keeps its archives: its
    subscribers may be reading them; one that was withdrawn does not.
    """
    numbers = context.store.history().archives()
    is_writing = False
    for feed in feeds:
        if moves.is_gone(feed):
            continue
        for number in range(1, numbers.get(feed.row, 0) + 1):
            path = archive_path(feed.path, number)
            if (every or not context.site.exists(path)) and context.site.write(path, document(context, feed, number)):
                context.report.files_written.append(path)
                is_writing = True
    if is_writing:
        context.site.flush()


def document(context: Context, feed: FeedRow, number: int) -> bytes:
    """The bytes of an archive document that there is."""
    sealed = context.store.history().archive(feed.row, number)
    assert sealed is not None
    opening, *rest = sealed.parts
    return b"".join((relocated(opening, sealed.site_url, context.settings.site.url), *rest))
