"""The rendering of one cycle: feeds to documents, each entry made once for all the feeds that it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import Context, digest_of
from finews_feeds.model import Entry, FeedHead, FeedKind, Sighting, Term, Text, Tombstone
from finews_feeds.normalize.content import finish as finish_text
from finews_feeds.normalize.merge import in_order, merge, terms_of
from finews_feeds.normalize.text import plain
from finews_feeds.publish.archives import SMALLEST_TOMBSTONE_BYTES, standing
from finews_feeds.publish.formats import PAGE, Renderer, renderer
from finews_feeds.publish.select import fitting
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.settings import SiteSettings
from finews_feeds.store.protocol import EntryRow, FeedRow, Transaction

if TYPE_CHECKING:
    from finews_feeds.cycle.sealing import Sealing

#: Rendered entries of one format that are kept in memory while feeds are made; older ones come from the store again.
_CACHE_BYTES = 4 * 1024 * 1024
#: Texts of entries that are in memory at once to be rendered, and rendered entries that the store does not have yet. A
#: single entry may be larger than either; of a feed's whole window, days of a busy site, there is no knowing.
_PORTION_BYTES, _UNKEPT_BYTES = 1024 * 1024, 4 * 1024 * 1024
#: Entries whose terms are at hand, for the labels of feeds.
_MOST_TERMS = 5000
#: No rendered entry is smaller: so many at most can stand in a document.
_SMALLEST_BYTES = 300
#: Of an entry that is not at hand.
_NONE = ("", b"")


@dataclass(eq=False)
class Form:
    """One format, and the rendered entries that are at hand: entry row -> (digest, bytes)."""

    renderer: Renderer
    site_digest: str
    cached: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    made: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    size_bytes: int = 0
    made_bytes: int = 0

    def listed(self, entries: Sequence[EntryRow]) -> Sequence[EntryRow]:
        """Those of a feed's entries that stand in a document of this format."""
        return entries if self.renderer.max_entries is None else entries[: self.renderer.max_entries]

    def digest(self, entry: EntryRow) -> str:
        """Stands for the bytes of an entry in this format."""
        return f"{entry.digest}:{self.renderer.version}:{self.site_digest}"

    def stale(self, entries: Iterable[EntryRow]) -> list[EntryRow]:
        """The entries whose bytes are not at hand, or are those of an earlier state."""
        return [each for each in entries if self.cached.get(each.row, _NONE)[0] != self.digest(each)]

    def lacking(self, entries: Sequence[EntryRow], max_bytes: int) -> list[EntryRow]:
        """The stale ones among the first of these entries: where the others exceed a document, no more is wanted."""
        found: list[EntryRow] = []
        size = 0
        for each in entries:
            digest, data = self.cached.get(each.row, _NONE)
            if digest != self.digest(each):
                found.append(each)
                continue
            size += len(data)
            if size > max_bytes:
                break
        return found

    def fragments(self, entries: Sequence[EntryRow], max_bytes: int) -> list[bytes]:
        """The bytes of these entries until they exceed a document; nothing for those behind, which cannot stand in it.

        Where a document is to begin, all of them tell how many do.
        """
        found = [b""] * len(entries)
        size = 0
        for place, each in enumerate(entries):
            found[place] = self.cached[each.row][1]
            size += len(found[place])
            if size > max_bytes:
                break
        return found

    def remember(self, found: Mapping[int, tuple[str, bytes]]) -> int:
        """Has these at hand; gives their size in bytes."""
        size = sum(len(data) for _, data in found.values())
        self.size_bytes += size
        self.cached.update(found)
        return size

    def add(self, made: Mapping[int, tuple[str, bytes]]) -> None:
        """Has these at hand, for the store as well."""
        self.made_bytes += self.remember(made)
        self.made.update(made)

    def forget_much(self) -> None:
        """Keeps memory bounded: between two feeds, and never what the store does not have yet."""
        if self.size_bytes > _CACHE_BYTES:
            self.cached = dict(self.made)
            self.size_bytes = sum(len(data) for _, data in self.made.values())


@dataclass(frozen=True, slots=True)
class Past:
    """What a document says of what is in it no longer."""

    prev_archive_url: str = ""
    tombstones: tuple[Tombstone, ...] = ()


class Rendering:
    """Makes documents of feeds; asks the store for entries, and for what was rendered in earlier cycles."""

    def __init__(self, context: Context, formats: Iterable[str]) -> None:
        site = context.settings.site
        site_digest = digest_of(site)[:16]
        self.context = context
        self.carriers = context.carriers()
        theme = context.settings.output.theme
        page_digest = f"{site_digest}:{theme.digest[:16]}" if theme else site_digest
        self.forms = [Form(renderer(each, theme), page_digest if each == PAGE else site_digest) for each in formats]
        self.sealing = self._sealing()
        #: Entry row -> its terms, of those that were merged here.
        self.terms: dict[int, tuple[Term, ...]] = {}

    def _sealing(self) -> Sealing | None:
        if not self.context.settings.output.archives:
            return None
        from finews_feeds.cycle.sealing import Sealing

        return Sealing(self)

    def feed(self, row: FeedRow) -> tuple[FeedRow, dict[str, bytes]]:
        """A feed's row as it stands from now on, and its documents by path; the first format's dates the row."""
        output = self.context.settings.output
        most = max(1, output.max_bytes // _SMALLEST_BYTES)
        entries = self.context.store.newest(row.row, output.limit, output.min_age, most)
        self.fill(entries)
        row = self.named(row, entries)
        past = Past(tombstones=self.tombstones(row, entries))
        documents: dict[str, bytes] = {}
        dated = []
        for form in self.forms:
            shown = form.listed(entries)
            if self.sealing and form.renderer.name == "atom":
                shown, past = self.sealing.listed(form, row, shown, past)
            updated_at, data = self.document(form, row, shown, past)
            documents[row.path + form.renderer.suffix] = data
            dated.append(updated_at)
        return replace(row, published_seq=row.changed_seq, updated_at=dated[0]), documents

    def document(self, form: Form, row: FeedRow, entries: Sequence[EntryRow], past: Past) -> tuple[datetime, bytes]:
        """The document, and the `updated` of what stands in it."""
        site, max_bytes = self.context.settings.site, self.context.settings.output.max_bytes
        fragments = form.fragments(entries, max_bytes)
        while True:
            updated_at = self.updated_at(row, entries)
            data = form.renderer.document(self.head(row, updated_at, past), fragments, site)
            sizes = [len(each) for each in fragments]
            fit = fitting(sizes, len(data) - sum(sizes), max_bytes)
            if fit == len(fragments):
                return updated_at, data
            # and again: of fewer entries the newest date may be a longer one
            entries, fragments = entries[:fit], fragments[:fit]

    def fill(self, entries: Sequence[EntryRow], forms: Sequence[Form] = ()) -> None:
        """Has the bytes of these entries at hand in some formats (all): from memory, else from the store, else made.

        Of the first of them, that is, until they exceed a document. They are made in portions, so that memory has
        those of a document, and not the texts of all that might have stood in it.
        """
        forms, site = forms or self.forms, self.context.settings.site
        for form in forms:
            self.recall(form, form.listed(entries))
        while missing := self.missing(forms, entries):
            made = self.entries(missing)
            portion = missing[: max(1, len(made))]
            for form in forms:
                # in every format, wanted or not: another feed may want it, and merging costs more than rendering
                rendered = ((each, form.renderer.fragment(made[each.row], site)) for each in form.stale(portion))
                form.add({each.row: (form.digest(each), data) for each, data in rendered})
            self.keep_much()

    def recall(self, form: Form, entries: Sequence[EntryRow]) -> None:
        """Has those at hand that were rendered in earlier cycles."""
        form.forget_much()
        max_bytes = self.context.settings.output.max_bytes
        stale = form.lacking(entries, max_bytes)
        if stale and not self.context.options.full:
            rows = [each.row for each in stale]
            form.remember(self.context.store.fragments(form.renderer.name, rows, max_bytes))

    def missing(self, forms: Sequence[Form], entries: Sequence[EntryRow]) -> list[EntryRow]:
        max_bytes = self.context.settings.output.max_bytes
        found = {each.row: each for form in forms for each in form.lacking(form.listed(entries), max_bytes)}
        return list(found.values())

    def entries(self, rows: Sequence[EntryRow]) -> dict[int, Entry]:
        """The first of the entries of these rows, merged and with their texts as readers get them; one at least."""
        ids = {each.row: each.atom_id for each in rows}
        known = self.context.store.sightings_of(list(ids), _PORTION_BYTES)
        if len(self.terms) > _MOST_TERMS:
            self.terms.clear()
        made = {}
        for row, found in known.items():
            live = self.live(found)
            made[row] = finish(merge(ids[row], live, self.carriers))
            self.terms[row] = terms_of(live, self.carriers)
        return self.with_related(made, known) if self.context.settings.near.show else made

    def with_related(self, made: dict[int, Entry], known: Mapping[int, tuple[Sighting, ...]]) -> dict[int, Entry]:
        from finews_feeds.cycle.nearness import related_links
        from finews_feeds.normalize.near import with_related

        links = related_links(self.context, known, self.carriers)
        return made | {row: with_related(made[row], found) for row, found in links.items()}

    def live(self, sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
        return in_order([each for each in sightings if self.context.is_live(each)], self.carriers)

    def named(self, row: FeedRow, entries: Sequence[EntryRow]) -> FeedRow:
        """The row of a feed with these newest entries, with its label of today.

        One that is published for the first time gets its address and its id.
        Address and id are fixed from then on: subscribers keep them, whatever the config says later.
        """
        site = self.context.settings.site
        path = row.path or feed_path(row.key, self.context.settings.output.slugs)
        atom_id = row.atom_id or address(site.url, path + ".xml")
        return replace(row, path=path, atom_id=atom_id, label=self.label(row, entries))

    def label(self, row: FeedRow, entries: Sequence[EntryRow]) -> str:
        kind, key = row.key.kind, row.key.key
        if kind is FeedKind.ALL:
            return self.context.settings.site.title
        if kind is FeedKind.SOURCE:
            return self.carriers[key].title if key in self.carriers else row.label or key
        if kind is FeedKind.QUERY:
            return next((each.title for each in self.context.settings.feeds if each.name == key and each.title), key)
        return self.term_label(row, entries) or row.label or key

    def term_label(self, row: FeedRow, entries: Sequence[EntryRow]) -> str:
        """How the feed's oldest entry spells the term: new entries, in whatever spelling, never rename a feed."""
        kind, key = row.key.kind.value, row.key.key
        terms = self.terms_of_entry(self.oldest(row, entries))
        return next((each.label for each in terms if each.kind.value == kind and each.key == key), "")

    def oldest(self, row: FeedRow, entries: Sequence[EntryRow]) -> EntryRow | None:
        """The oldest entry of a feed: most feeds are short, and all of theirs is at hand."""
        if len(entries) < row.entries:
            return self.context.store.oldest(row.row)
        return min(entries, key=lambda each: (each.sort_at, each.atom_id), default=None)

    def terms_of_entry(self, entry: EntryRow | None) -> tuple[Term, ...]:
        if entry is None:
            return ()
        if entry.row not in self.terms:
            live = self.live(self.context.store.sightings_of([entry.row])[entry.row])
            self.terms[entry.row] = terms_of(live, self.carriers) if live else ()
        return self.terms[entry.row]

    def updated_at(self, row: FeedRow, entries: Sequence[EntryRow]) -> datetime:
        """The newest of its entries; without any, what it had; before it had any, the day on which the site began."""
        newest = max((each.updated_at for each in entries), default=None)
        if newest is not None:
            return newest
        # a row that was never published has the epoch there
        return row.updated_at if row.updated_at.timestamp() > 0 else began_at(self.context.settings.site)

    def tombstones(self, row: FeedRow, entries: Sequence[EntryRow]) -> tuple[Tombstone, ...]:
        """What was withdrawn from a feed and is still told; a quarter of the document at most."""
        output = self.context.settings.output
        if not output.tombstones:
            return ()
        max_bytes = output.max_bytes // 4
        withdrawn = self.context.store.history().withdrawn(row.row, max_bytes // SMALLEST_TOMBSTONE_BYTES)
        newest_at = max((each.updated_at for each in entries), default=None)
        return standing(withdrawn, newest_at, output.tombstones, max_bytes)

    def head(self, row: FeedRow, updated_at: datetime, past: Past) -> FeedHead:
        site = self.context.settings.site
        return FeedHead(
            key=row.key,
            path=row.path,
            atom_id=row.atom_id,
            title=title_of(row, site),
            subtitle=site.subtitle if row.key.kind is FeedKind.ALL else "",
            self_url=address(site.url, row.path + ".xml"),
            page_url=address(site.url, row.path + ".html"),
            updated_at=updated_at,
            author=site.author,
            lang=site.language,
            hubs=self.context.settings.output.hubs,
            prev_archive_url=past.prev_archive_url,
            tombstones=past.tombstones,
        )

    def keep_much(self) -> None:
        """Keeps memory bounded: gives the store what was made before it is too much, whoever notes it as published."""
        if sum(form.made_bytes for form in self.forms) > _UNKEPT_BYTES:
            with self.context.store.transaction() as tx:
                self.keep_fragments(tx)

    def keep_fragments(self, tx: Transaction) -> None:
        """Gives the store what was made, so that the next cycle need not make it again."""
        for form in self.forms:
            tx.put_fragments(form.renderer.name, form.made)
            form.made.clear()
            form.made_bytes = 0


def title_of(row: FeedRow, site: SiteSettings) -> str:
    """The whole title of a feed: the site's for the main feed, else its label and the site's."""
    return site.title if row.key.kind is FeedKind.ALL else f"{row.label} – {site.title}"


def began_at(site: SiteSettings) -> datetime:
    """Midnight of the site's first day, in its own time zone."""
    return datetime.combine(site.since, time(), site.timezone).astimezone(UTC)


def finish(entry: Entry) -> Entry:
    """The entry as readers get it: Markdown turned to clean HTML, a post's digest to plain words."""
    summary, content = entry.summary, finish_text(entry.content)
    if summary and summary.kind == "markdown":
        words = plain(summary)
        summary = Text(words) if words else None
    is_finished = summary is entry.summary and content is entry.content
    return entry if is_finished else replace(entry, summary=summary, content=content)
