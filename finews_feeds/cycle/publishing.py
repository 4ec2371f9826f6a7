"""From dirty feeds to files: only what changed is rendered, and only different bytes are written.

Order of work, and what an end at any instruction leaves: files first, then, in one transaction, the note that they are
published. Killed in between, the feed is still dirty, is rendered again to the same bytes, and nothing is written.

What renders is loaded only where something is to be rendered.
"""

from __future__ import annotations

import json
from dataclasses import replace

from finews_feeds.cycle.context import Context, digest_of
from finews_feeds.cycle.hubs import News
from finews_feeds.cycle.moved_feeds import Moves
from finews_feeds.cycle.old_addresses import OldAddresses
from finews_feeds.cycle.source_list import source_listings
from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.formats import PAGE, suffix_of
from finews_feeds.publish.slugs import feed_path
from finews_feeds.store.protocol import FeedRow

#: Feeds whose publication is noted in one transaction.
_BATCH = 100
#: Beside the feeds: the lists of all of them, and what the pages are shown with.
_LISTS = (
    *("index.html", "feeds.opml", "feeds.json", "sources.opml", "snippets/head.html", "snippets/list.html"),
    *("site.css", "site.js", "site.svg"),
)
#: The files of the theme that were published, so that they go with it.
_ASSETS = "assets"


def publish(context: Context) -> None:
    """Renders and writes every feed that changed, then the lists of all feeds."""
    news, old = News(context), OldAddresses(context)
    news.recover()
    feeds = context.store.feeds()
    moves = Moves(context, feeds, old.by_path)
    rendering = context.digest_of_rendering()
    every = context.options.full or context.store.meta("rendering") != rendering
    if context.settings.output.archives:
        from finews_feeds.cycle.archives import restore

        restore(context, feeds, moves, every)
    _touch(context, feeds, moves, rendering if every else "")
    is_new = _publish_dirty(context, moves, old, news)
    # behind what is new, which it would keep waiting: with many feeds, looking takes as long as publishing
    missing = _with_missing_files(context, feeds, old, moves)
    if missing:
        with context.store.transaction() as tx:
            tx.touch_feeds(missing)
        is_new |= _publish_dirty(context, moves, old, news)
    if is_new:
        feeds = context.store.feeds()
    moves.finish()
    _publish_lists(context, [each for each in feeds if each.path and moves.is_standing(each)])


def _formats(context: Context) -> tuple[str, ...]:
    return (*context.settings.output.formats, PAGE)


def _touch(context: Context, feeds: list[FeedRow], moves: Moves, rendering: str) -> None:
    """Has feeds rendered although no entry of theirs changed.

    All of them after a change of the config or with `full`, when `rendering` is what they are rendered with; else ("")
    those that have moved; and the main feed, which there always is, where there is none yet.
    """
    main = FeedKey(FeedKind.ALL)
    keys = moves.changed()
    if all(each.key != main for each in feeds):
        keys.append(main)
    if not rendering and not keys:
        return
    with context.store.transaction() as tx:
        if rendering:
            tx.touch_feeds()
            tx.put_meta("rendering", rendering)
        tx.touch_feeds(keys)


def _with_missing_files(context: Context, feeds: list[FeedRow], old: OldAddresses, moves: Moves) -> list[FeedKey]:
    """The published feeds of which somebody took a file away."""
    suffixes = [suffix_of(name) for name in _formats(context)]
    paths: dict[str, FeedKey] = {}
    for feed in feeds:
        if feed.path and moves.is_standing(feed):
            own = (feed.path + suffix for suffix in suffixes)
            paths.update(dict.fromkeys((*own, *old.of(feed), *moves.paths_of(feed)), feed.key))
    return list(dict.fromkeys(paths[path] for path in sorted(context.site.missing(paths))))


def _publish_dirty(context: Context, moves: Moves, old: OldAddresses, news: News) -> bool:
    """Publishes the feeds that changed; whether there were any."""
    dirty = context.store.dirty_feeds()
    if dirty:
        _publish_feeds(context, dirty, moves, old, news)
    return bool(dirty)


def _publish_feeds(context: Context, dirty: list[FeedRow], moves: Moves, old: OldAddresses, news: News) -> None:
    from finews_feeds.cycle.rendering import Rendering

    rendering = Rendering(context, _formats(context))
    standing = moves.standing(dirty)
    moved = [replace(each, published_seq=each.changed_seq) for each in dirty if not moves.is_standing(each)]
    for start in range(0, max(len(standing), 1), _BATCH):
        published: list[FeedRow] = []
        written: list[str] = []
        news.begin(path for row in standing[start : start + _BATCH] for path in _documents_of(context, row))
        for number, row in enumerate(standing[start : start + _BATCH], start):
            context.progress("publishing", number, len(standing))
            feed, documents = rendering.feed(row)
            documents |= old.documents(feed, documents) | moves.documents(feed, documents)
            written += _write(context, feed, documents)
            published.append(feed)
        context.site.flush()
        with context.store.transaction() as tx:
            for feed in (*published, *moved):
                tx.put_feed(feed)
            news.keep(tx, (path for path in written if not path.endswith(suffix_of(PAGE))))
            rendering.keep_fragments(tx)
            old.keep(tx)
    context.progress("publishing", len(standing), len(standing))


def _documents_of(context: Context, row: FeedRow) -> list[str]:
    """The paths of a feed's documents for readers."""
    path = row.path or feed_path(row.key, context.settings.output.slugs)
    return [path + suffix_of(name) for name in context.settings.output.formats]


def _write(context: Context, feed: FeedRow, documents: dict[str, bytes]) -> list[str]:
    """Writes a feed's files; gives the paths of those with new bytes."""
    new = [path for path, data in documents.items() if context.site.write(path, data)]
    context.report.files_written += new
    context.report.note_feed(feed.path, bool(new))
    return new


def _publish_lists(context: Context, feeds: list[FeedRow]) -> None:
    """Writes index.html and the other lists where these feeds, or the sources that they show, have changed."""
    site, theme = context.settings.site, context.settings.output.theme
    context.report.feeds_published = len(feeds)
    context.report.entries_published = sum(each.entries for each in feeds if each.key.kind is FeedKind.ALL)
    # a path is one feed's for ever
    shown = [(each.path, each.label, each.entries, each.updated_at.timestamp()) for each in feeds]
    sources = source_listings(context)
    told = digest_of((context.digest_of_rendering(), shown, sources))
    is_there = context.store.meta("lists") == told and not context.site.missing(_LISTS)
    if is_there and not context.options.full:
        return
    from finews_feeds.cycle.rendering import title_of
    from finews_feeds.publish.directory import FeedListing, feeds_json, feeds_opml
    from finews_feeds.publish.opml import sources_opml
    from finews_feeds.publish.pages import assets, index_page, snippets
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
        "index.html": index_page(listings, site, theme),
        "feeds.opml": feeds_opml(listings, site),
        "feeds.json": feeds_json(listings, site),
        "sources.opml": sources_opml(sources, site),
    }
    files |= snippets(listings, site, theme) | assets(theme)
    own = sorted(files.keys() - set(_LISTS))
    for path in json.loads(context.store.meta(_ASSETS) or "[]"):
        if path not in own:
            context.site.remove(path)
    for path, data in files.items():
        if context.site.write(path, data):
            context.report.files_written.append(path)
    context.site.flush()
    with context.store.transaction() as tx:
        tx.put_meta("lists", told)
        tx.put_meta(_ASSETS, json.dumps(own))
