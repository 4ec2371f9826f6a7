"""From dirty feeds to files: only what changed is rendered, and only different bytes are written.

Order of work, and what an end at any instruction leaves: files first, then, in one transaction, the note that they are
published. Killed in between, the feed is still dirty, is rendered again to the same bytes, and nothing is written.

What renders is loaded only where something is to be rendered.
"""

from __future__ import annotations

from finews_feeds.cycle.context import Context, digest_of
from finews_feeds.cycle.old_addresses import OldAddresses
from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.formats import suffix_of
from finews_feeds.store.protocol import FeedRow

#: Feeds whose publication is noted in one transaction.
_BATCH = 100
_PAGE = "page"
#: Beside the feeds: the lists of all of them, and what the pages are shown with.
_LISTS = ("index.html", "feeds.opml", "feeds.json", "site.css", "site.js", "site.svg")


def publish(context: Context) -> None:
    """Renders and writes every feed that changed, then the lists of all feeds."""
    _touch(context)
    dirty = context.store.dirty_feeds()
    if dirty:
        _publish_feeds(context, dirty)
    _publish_lists(context)


def _formats(context: Context) -> tuple[str, ...]:
    return (*context.settings.output.formats, _PAGE)


def _touch(context: Context) -> None:
    """Has feeds rendered although no entry of theirs changed.

    All of them after a change of the config or with `full`; else those with a file missing (somebody took it away); and
    the main feed, which there always is, where there is none yet.
    """
    rendering = context.digest_of_rendering()
    every = context.options.full or context.store.meta("rendering") != rendering
    feeds = context.store.feeds()
    main = FeedKey(FeedKind.ALL)
    old = OldAddresses(context)
    keys = [] if every else [each.key for each in feeds if each.path and _is_missing(context, each, old)]
    if all(each.key != main for each in feeds):
        keys.append(main)
    if not every and not keys:
        return
    with context.store.transaction() as tx:
        if every:
            tx.touch_feeds()
        tx.touch_feeds(keys)
        tx.put_meta("rendering", rendering)


def _is_missing(context: Context, feed: FeedRow, old: OldAddresses) -> bool:
    paths = (*(feed.path + suffix_of(name) for name in _formats(context)), *old.of(feed))
    return not all(context.site.exists(path) for path in paths)


def _publish_feeds(context: Context, dirty: list[FeedRow]) -> None:
    from finews_feeds.cycle.rendering import Rendering

    rendering = Rendering(context, _formats(context))
    old = OldAddresses(context)
    for start in range(0, len(dirty), _BATCH):
        published = []
        for number, row in enumerate(dirty[start : start + _BATCH], start):
            context.progress("publishing", number, len(dirty))
            feed, documents = rendering.feed(row)
            _write(context, feed, documents | old.documents(feed, documents))
            published.append(feed)
        context.site.flush()
        with context.store.transaction() as tx:
            for feed in published:
                tx.put_feed(feed)
            rendering.keep_fragments(tx)
            old.keep(tx)
    context.progress("publishing", len(dirty), len(dirty))


def _write(context: Context, feed: FeedRow, documents: dict[str, bytes]) -> None:
    new = [path for path, data in documents.items() if context.site.write(path, data)]
    context.report.files_written += new
    context.report.note_feed(feed.path, bool(new))


def _publish_lists(context: Context) -> None:
    """Writes index.html, feeds.opml and feeds.json where the feeds that they list have changed."""
    site = context.settings.site
    feeds = [each for each in context.store.feeds() if each.path]
    shown = [(each.key, each.path, each.label, each.entries, each.updated_at) for each in feeds]
    told = digest_of((context.digest_of_rendering(), shown))
    is_there = context.store.meta("lists") == told and all(context.site.exists(path) for path in _LISTS)
    if is_there and not context.options.full:
        return
    from finews_feeds.cycle.rendering import title_of
    from finews_feeds.publish.directory import FeedListing, feeds_json, feeds_opml
    from finews_feeds.publish.pages import assets, index_page
    from finews_feeds.publish.slugs import address

    listings = [
        FeedListing(
            key=each.key,
            path=each.path,
            title=title_of(each, site),
            label=each.label,
            entries=each.entries,
            updated_at=each.updated_at,
            atom_url=address(site.url, each.path + ".xml"),
            page_url=address(site.url, each.path + ".html"),
        )
        for each in feeds
    ]
    files = {
        "index.html": index_page(listings, site),
        "feeds.opml": feeds_opml(listings, site),
        "feeds.json": feeds_json(listings, site),
    }
    files |= assets()
    assert files.keys() == set(_LISTS)
    for path, data in files.items():
        if context.site.write(path, data):
            context.report.files_written.append(path)
    context.site.flush()
    with context.store.transaction() as tx:
        tx.put_meta("lists", told)
