"""Whether the archives of feeds are whole: each document as it was sealed, the chain of them, and no entry missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finews_feeds.cycle.archives import document
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.moved_feeds import Moves
from finews_feeds.errors import Fault
from finews_feeds.publish.archives import archive_path
from finews_feeds.publish.check_atom import check_atom
from finews_feeds.publish.check_history import Past, past_of
from finews_feeds.publish.fit import fit_id
from finews_feeds.publish.slugs import address
from finews_feeds.store.protocol import FeedRow

_MEND = "run `finews-feeds build --full`"


def check_archives(context: Context, feeds: Iterable[FeedRow], moves: Moves) -> Iterator[Fault]:
    """Everything that is wrong with the archives of the feeds that are published."""
    numbers = context.store.history().archives()
    for feed in feeds:
        if feed.path and moves.is_standing(feed):
            yield from _check_feed(context, feed, numbers.get(feed.row, 0))


def _check_feed(context: Context, feed: FeedRow, archives: int) -> Iterator[Fault]:
    """The chain from the newest document to the oldest, each with its own faults; then what is in none of them."""
    url, folder = context.settings.site.url, context.settings.output.dir
    path, told = feed.path + ".xml", Past()
    for number in range(archives, -1, -1):
        data = context.site.read(path)
        place = str(folder / path)
        following = archive_path(feed.path, number) if number else ""
        if path != feed.path + ".xml":
            yield from _check_document(context, feed, number + 1, data, place)
        past = past_of(data or b"")
        if number == archives:
            told = past
        if data is not None and past.prev_archive_url != (following and address(url, following)):
            cause = f"its prev-archive is {past.prev_archive_url or 'none'}, and should be {following or 'none'}"
            yield Fault(place, cause, _MEND)
        path = following
    unsealed = context.store.history().entries(context.store.history().unsealed(feed.row))
    missing = [each.atom_id for each in unsealed if fit_id(each.atom_id, context.settings.site) not in told.atom_ids]
    if missing and feed.changed_seq == feed.published_seq:
        cause = f"{len(missing)} entries are neither in it nor in an archive of it, such as {missing[0]}"
        yield Fault(str(folder / (feed.path + ".xml")), cause, _MEND)


def _check_document(context: Context, feed: FeedRow, number: int, data: bytes | None, place: str) -> Iterator[Fault]:
    if data is None:
        yield Fault(place, "the archive document is missing", "run `finews-feeds build`")
        return
    yield from check_atom(data, address(context.settings.site.url, archive_path(feed.path, number)), place)
    if data != document(context, feed, number):
        yield Fault(place, "it has other bytes than it was sealed with", _MEND)
