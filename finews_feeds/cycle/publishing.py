"""From dirty feeds to files: only what changed is rendered, and only different bytes are written.

Order of work, and what an end at any instruction leaves: files first, then, in one transaction, the note that they are
published. Killed in between, the feed is still dirty, is rendered again to the same bytes, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from hashlib import sha256

from finews_feeds.cycle.context import Context
from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, Sighting, Text
from finews_feeds.normalize.content import finish as finish_text
from finews_feeds.normalize.merge import in_order, merge
from finews_feeds.normalize.text import plain
from finews_feeds.publish.directory import FeedListing
from finews_feeds.publish.formats import Renderer, renderer
from finews_feeds.publish.select import fitting
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.settings import SiteSettings
from finews_feeds.store.protocol import EntryRow, FeedRow, Transaction

#: Feeds whose publication is noted in one transaction.
_BATCH = 100
#: Rendered entries that are kept in memory while feeds are made; older ones come from the store again.
_CACHE_BYTES = 64 * 1024 * 1024
_PAGE = "page"


def publish(context: Context) -> None:
    """Renders and writes every feed that changed, then the lists of all feeds."""
    _touch(context)
    dirty = context.store.dirty_feeds()
    work = _Publishing(context) if dirty else None
    for number in range(0, len(dirty), _BATCH):
        batch = dirty[number : number + _BATCH]
        context.progress("publishing", number, len(dirty))
        published = [work.feed(each) for each in batch] if work else []
        context.site.flush()
        with context.store.transaction() as tx:
            for each in published:
                tx.put_feed(each)
            if work:
                work.keep_fragments(tx)
    context.progress("publishing", len(dirty), len(dirty))
    _publish_lists(context)


def _touch(context: Context) -> None:
    """Has feeds rendered although no entry of theirs changed.

    All of them after a change of the config or with `full`; else those with a file missing (somebody took it away); and
    the main feed, which there always is, where there is none yet.
    """
    rendering = context.digest_of_rendering()
    every = context.options.full or context.store.meta("rendering") != rendering
    feeds = context.store.feeds()
    main = FeedKey(FeedKind.ALL)
    keys = [] if every else [each.key for each in feeds if each.path and _is_missing(context, each)]
    if all(each.key != main for each in feeds):
        keys.append(main)
    if not every and not keys:
        return
    with context.store.transaction() as tx:
        if every:
            tx.touch_feeds()
        tx.touch_feeds(keys)
        tx.put_meta("rendering", rendering)


def _is_missing(context: Context, feed: FeedRow) -> bool:
    return not all(context.site.exists(feed.path + each.suffix) for each in _renderers(context))


def _renderers(context: Context) -> list[Renderer]:
    return [renderer(name) for name in (*context.settings.output.formats, _PAGE)]


@dataclass
class _Fragments:
    """Rendered entries of one format: from memory, else from the store, else made."""

    renderer: Renderer
    cached: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    made: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    size_bytes: int = 0

    def remember(self, found: dict[int, tuple[str, bytes]]) -> None:
        self.size_bytes += sum(len(data) for _, data in found.values())
        self.cached.update(found)

    def forget_much(self) -> None:
        if self.size_bytes > _CACHE_BYTES:
            self.cached.clear()
            self.size_bytes = 0


class _Publishing:
    """The rendering of one cycle."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.carriers = context.carriers()
        self.formats = [_Fragments(each) for each in _renderers(context)]
        self.atom_ids: dict[int, str] = {}
        self.site_digest = sha256(repr(context.settings.site).encode()).hexdigest()[:16]

    def feed(self, row: FeedRow) -> FeedRow:
        """Writes one feed in all formats; gives its row as it stands after that."""
        context = self.context
        output = context.settings.output
        entries = context.store.newest(row.row, output.limit, output.min_age)
        self.atom_ids = {each.row: each.atom_id for each in entries}
        row = replace(self.named(row), updated_at=self.updated_at(row, entries))
        written = False
        for each in self.formats:
            listed = entries if each.renderer.max_entries is None else entries[: each.renderer.max_entries]
            data = self.document(each, row, listed)
            path = row.path + each.renderer.suffix
            if context.site.write(path, data):
                written = True
                context.report.files_written.append(path)
        context.report.note_feed(row.path, written)
        return replace(row, published_seq=row.changed_seq)

    def document(self, form: _Fragments, row: FeedRow, entries: Sequence[EntryRow]) -> bytes:
        site = self.context.settings.site
        fragments = self.fragments(form, entries)
        head = self.head(row)
        bare = form.renderer.document(head, (), site)
        fit = fitting([len(each) for each in fragments], len(bare), self.context.settings.output.max_bytes)
        if fit < len(fragments):
            # the feed's `updated` speaks of what stands in it
            head = replace(head, updated_at=self.updated_at(row, entries[:fit]))
        return form.renderer.document(head, fragments[:fit], site)

    def fragments(self, form: _Fragments, entries: Sequence[EntryRow]) -> list[bytes]:
        """The rendered entries, each made once however many feeds it stands in."""
        form.forget_much()
        wanted = {each.row: self.fragment_digest(form, each) for each in entries}
        missing = self.stale(form, wanted)
        if missing and not self.context.options.full:
            form.remember(self.context.store.fragments(form.renderer.name, missing))
            missing = self.stale(form, wanted)
        for row, entry in self.entries(missing).items():
            made = {row: (wanted[row], form.renderer.fragment(entry, self.context.settings.site))}
            form.remember(made)
            form.made.update(made)
        return [form.cached[each.row][1] for each in entries]

    def stale(self, form: _Fragments, wanted: dict[int, str]) -> list[int]:
        return [row for row, digest in wanted.items() if form.cached.get(row, ("", b""))[0] != digest]

    def fragment_digest(self, form: _Fragments, entry: EntryRow) -> str:
        return f"{entry.digest}:{form.renderer.version}:{self.site_digest}"

    def entries(self, rows: Sequence[int]) -> dict[int, Entry]:
        """The entries of these rows, merged and with their texts as readers get them."""
        if not rows:
            return {}
        sightings = self.context.store.sightings_of(rows)
        return {
            row: finish(merge(self.atom_ids[row], self.live(found), self.carriers)) for row, found in sightings.items()
        }

    def live(self, sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
        return in_order((each for each in sightings if self.context.is_live(each)), self.carriers)

    def named(self, row: FeedRow) -> FeedRow:
        """The row with its label of today, and with its address and id if it is published for the first time.

        Address and id are fixed from then on: subscribers keep them, whatever the config says later.
        """
        site = self.context.settings.site
        path = row.path or feed_path(row.key, self.context.settings.output.slugs)
        atom_id = row.atom_id or address(site.url, path + ".xml")
        return replace(row, path=path, atom_id=atom_id, label=self.label(row))

    def label(self, row: FeedRow) -> str:
        kind, key = row.key.kind, row.key.key
        if kind is FeedKind.ALL:
            return self.context.settings.site.title
        if kind is FeedKind.SOURCE:
            return self.carriers[key].title if key in self.carriers else row.label or key
        if kind is FeedKind.QUERY:
            return next((each.title for each in self.context.settings.feeds if each.name == key and each.title), key)
        return self.term_label(row) or row.label or key

    def term_label(self, row: FeedRow) -> str:
        """How the feed's oldest entry spells the term: new entries, in whatever spelling, never rename a feed."""
        oldest = self.context.store.oldest(row.row)
        if oldest is None:
            return ""
        self.atom_ids[oldest.row] = oldest.atom_id
        terms = self.entries([oldest.row])[oldest.row].terms
        return next(
            (each.label for each in terms if each.kind.value == row.key.kind.value and each.key == row.key.key), ""
        )

    def updated_at(self, row: FeedRow, entries: Sequence[EntryRow]) -> datetime:
        """The newest of its entries; without any, what it had; before it had any, the day on which the site began."""
        newest = max((each.updated_at for each in entries), default=None)
        if newest is not None:
            return newest
        return row.updated_at if row.published_seq else began_at(self.context.settings.site)

    def head(self, row: FeedRow) -> FeedHead:
        site = self.context.settings.site
        return FeedHead(
            key=row.key,
            path=row.path,
            atom_id=row.atom_id,
            title=_title(row, site),
            subtitle=site.subtitle if row.key.kind is FeedKind.ALL else "",
            self_url=address(site.url, row.path + ".xml"),
            page_url=address(site.url, row.path + ".html"),
            updated_at=row.updated_at,
            author=site.author,
            lang=site.language,
        )

    def keep_fragments(self, tx: Transaction) -> None:
        for each in self.formats:
            tx.put_fragments(each.renderer.name, each.made)
            each.made.clear()


def _title(row: FeedRow, site: SiteSettings) -> str:
    return site.title if row.key.kind is FeedKind.ALL else f"{row.label} – {site.title}"


def began_at(site: SiteSettings) -> datetime:
    """Midnight of the site's first day, in its own time zone."""
    return datetime.combine(site.since, time(), site.timezone).astimezone(UTC)


def finish(entry: Entry) -> Entry:
    """The entry as readers get it: Markdown turned to clean HTML, a post's digest to plain words."""
    summary = entry.summary
    if summary and summary.kind == "markdown":
        words = plain(summary)
        summary = Text(words) if words else None
    return replace(entry, summary=summary, content=finish_text(entry.content))


def _publish_lists(context: Context) -> None:
    """Writes index.html, feeds.opml and feeds.json where the feeds that they list have changed."""
    site = context.settings.site
    listings = [_listing(context, each) for each in context.store.feeds() if each.path]
    told = sha256(repr((context.digest_of_rendering(), listings)).encode("utf-8", "surrogatepass")).hexdigest()
    if context.store.meta("lists") == told and all(context.site.exists(path) for path in _LISTS):
        return
    from finews_feeds.publish.directory import feeds_json, feeds_opml
    from finews_feeds.publish.pages import assets, index_page

    files = {
        "index.html": index_page(listings, site),
        "feeds.opml": feeds_opml(listings, site),
        "feeds.json": feeds_json(listings, site),
    }
    for path, data in (*assets().items(), *files.items()):
        if context.site.write(path, data):
            context.report.files_written.append(path)
    context.site.flush()
    with context.store.transaction() as tx:
        tx.put_meta("lists", told)


_LISTS = ("index.html", "feeds.opml", "feeds.json")


def _listing(context: Context, row: FeedRow) -> FeedListing:
    url = context.settings.site.url
    return FeedListing(
        key=row.key,
        path=row.path,
        title=_title(row, context.settings.site),
        label=row.label,
        entries=row.entries,
        updated_at=row.updated_at,
        atom_url=address(url, row.path + ".xml"),
        page_url=address(url, row.path + ".html"),
    )
