"""What every store promises.

Rules
- A store decides nothing. What a sighting means, which sightings are one entry, which id an entry gets, which entries
  a feed shows: all of it is decided by pure functions that the cycle calls. The store keeps rows and finds them again.
- All writing happens in one `transaction()`, which is exclusive: another process that wants to write waits. Leaving the
  block normally commits; leaving it by an exception undoes everything.
- One poll is one transaction: sightings, validators and next poll time stand or fall together.
- Dirty feeds are found by sequence numbers, never by flags that a crash could lose: every transaction that changes what
  a feed shows writes the next number of one counter to it as `changed_seq`, and publishing writes the number that it
  had read to `published_seq`. A feed is dirty while the two differ.
- No answer depends on the order in which rows were written. Where an order matters it is stated.
- What was committed is kept, whatever ends the process or the machine's power.
- Where the store itself fails (disk full, locked, damaged, not writable), every method raises StoreError.

Instants are aware and in UTC, kept to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from finews_feeds.model import (
    FeedKey,
    Finding,
    KnownParts,
    Override,
    PostFile,
    Sighting,
    SightingName,
    SourceState,
    Text,
    Tombstone,
)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Sightings whose entries have to be decided anew, closed under everything that could join them.

    Whoever is here brings along all sightings with its canonical URL, all with a canonical URL that it had when its
    entry was last decided, all that stand or ever stood (`former_urls`) where one of them does or did, and all that
    share an entry with any of these; transitively.

    There may be very many, so they have only what tells which of them are one: names and row, `canonical_url`,
    `former_urls`, `own_atom_id`, `title`, `is_post`, `published_at`, `first_seen_at` and `gone_at`; all else has its
    default. In full they have everything but their bodies (`summary`, `content`), as `Transaction.told` gives them.
    """

    sightings: tuple[Sighting, ...]
    #: Sighting row -> entry row, for those that belong to an entry already.
    entry_of: Mapping[int, int]
    #: Entry row -> what is known of it, for every row named in `entry_of`.
    entries: Mapping[int, EntryRow]


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the store keeps it: its permanent id, and what is needed to order and find it."""

    #: The store's row; 0 for one that is new.
    row: int
    #: Minted once; never "" and never changed after it was first written.
    atom_id: str
    #: The identity key of its group, for `explain`; may change.
    key: str
    published_at: datetime
    updated_at: datetime
    #: Changes whenever anything that a reader sees of it changes.
    digest: str
    #: Where it stands in its feeds: newest first.
    sort_at: datetime
    #: False once no sighting stands behind it: it is in no feed, but its id is never given to another.
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Settled:
    """One decision: these sightings are this entry, and it stands in these feeds."""

    entry: EntryRow
    sighting_rows: tuple[int, ...]
    feeds: frozenset[FeedKey]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A published feed as the store keeps it."""

    row: int
    key: FeedKey
    #: Path below the output folder without suffix; fixed when the feed was first published.
    path: str
    #: Fixed when the feed was first published.
    atom_id: str
    #: The term's label, the source's title or the query's title, as last published.
    label: str
    #: 1970 until `put_feed` has told it.
    updated_at: datetime
    changed_seq: int
    published_seq: int
    #: How many live entries belong to it, windowed or not.
    entries: int


@dataclass(frozen=True, slots=True)
class NearRow:
    """What is kept of a sighting so that others that tell its story are found."""

    #: The sighting's row.
    row: int
    #: Stands for the words that the marks were made of.
    told: str
    source: str
    #: When it was published, in seconds since 1970.
    at: int
    #: Positive numbers within 48 bits, ascending; () for a text that is too short to be found.
    marks: tuple[int, ...]


class NearBook(Protocol):
    """Which sightings tell one story; empty for ever where nobody asks for it. Written in a transaction only."""

    def told(self, rows: Iterable[int]) -> dict[int, str]:
        """Sighting row -> what its marks were made of; missing where it has none."""

    def put(self, rows: Iterable[NearRow]) -> None:
        """Records sightings that are not recorded, each by its row."""

    def forget(self, rows: Iterable[int] | None = None) -> None:
        """Forgets sightings (all), their marks and their ties; no error where there is nothing."""

    def candidates(self, row: int, within: timedelta, shared: int) -> list[int]:
        """The sightings of other sources, at most `within` apart, that share so many marks with one; ascending."""

    def tie(self, ties: Iterable[tuple[int, int, float]]) -> None:
        """Records that two sightings tell one story and how alike they are, once for both directions."""

    def ties(self, rows: Iterable[int]) -> dict[int, dict[int, float]]:
        """Sighting row -> the rows that it is tied to, and how alike they are; missing where it is tied to none."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An archive document as it was sealed: what never changes, as bytes, and what was known of it then."""

    #: The document, cut into what other documents may share; joined it is the document.
    parts: tuple[bytes, ...]
    #: The `[site] url` that its links begin with.
    site_url: str
    #: Entry row -> the digest of the entry as it stands in the document; empty in what the store gives.
    entries: Mapping[int, str] = field(default_factory=dict)


class HistoryBook(Protocol):
    """Archive documents of feeds, and what was withdrawn; empty where nobody asks. Written in a transaction only."""

    def archives(self) -> dict[int, int]:
        """Feed row -> how many archive documents it has, numbered from 1; missing where it has none."""

    def archive(self, feed_row: int, number: int) -> Sealed | None:
        """An archive document; None where there is none of this number."""

    def seal(self, feed_row: int, archive: Sealed) -> int:
        """Keeps a feed's next archive document, for ever, and gives its number."""

    def unsealed(self, feed_row: int) -> list[int]:
        """The rows of a feed's entries that are in no archive document of it, or in another state in the newest one.

        The oldest first by `sort_at`, then by `atom_id` backwards: `Store.newest` read from its end.
        """

    def entries(self, rows: Sequence[int]) -> list[EntryRow]:
        """The entries of these rows, in their order."""

    def withdraw(self, entries: Mapping[int, datetime]) -> None:
        """Notes for every feed that an entry (by row) stands in that it was withdrawn, and when.

        Comes before the `settle` that takes it out of them. The `settle` that brings an entry back forgets the notes,
        and the feeds that they were in are changed.
        """

    def withdrawn(self, feed_row: int, most: int) -> list[Tombstone]:
        """What was withdrawn from a feed and has not come back, the newest first, then by `atom_id`; `most` at most."""


class Transaction(Protocol):
    """Writing, all or nothing. Handed out by `Store.transaction`; of no use after its block."""

    def put_source_state(self, state: SourceState) -> None:
        """Records a source's state, replacing the one of the same name."""

    def delete_source_state(self, name: str) -> None:
        """Forgets a source's state and its known parts; its sightings stay. No error where there is none."""

    def put_known_parts(self, source: str, parts: KnownParts) -> None:
        """Keeps what is known of a source's last document, until a sighting of it is written, or any canonical URL."""

    def put_sightings(self, sightings: Iterable[Sighting]) -> None:
        """Records sightings by (source, entry_id), new or replacing, and marks each unsettled.

        They are whole: one that comes without its bodies loses those it had. `row` is not looked at: a sighting keeps
        the row, and the entry, that its name has. Lazy: only some hundreds are held at once.
        """

    def put_canonical_urls(self, sightings: Iterable[Sighting]) -> None:
        """Writes `canonical_url`, `identity_urls` and `former_urls` of known sightings, and marks each unsettled.

        They are known by their rows. All else of them stays as it is, their bodies too, though they come without.
        """

    def unsettle(self, source: str | None = None) -> int:
        """Marks all sightings (of one source) unsettled, as after a change of the config; gives the number of all."""

    def unsettle_rows(self, rows: Iterable[int]) -> None:
        """Marks these sightings unsettled."""

    def unsettle_named(self, names: Iterable[SightingName]) -> int:
        """Marks these sightings unsettled, those that exist; gives the number of all that are."""

    def near(self) -> NearBook:
        """Which sightings tell one story."""

    def history(self) -> HistoryBook:
        """Archive documents, and what was withdrawn."""

    def unsettle_due(self, now: datetime) -> int:
        """Marks unsettled the sightings that waited (`wait`) for an instant that has come; gives their number."""

    def wait(self, rows: Mapping[int, datetime]) -> None:
        """Notes sightings (by row) that may be shown only from an instant on, and counts them as settled until then.

        Comes after `settle`: a decision about a sighting forgets the note.
        """

    def unsettled(self, in_full: bool = False) -> Unsettled:
        """All sightings to decide anew, with their closure, by (source, entry_id); empty where there are none."""

    def told(self, rows: Iterable[int]) -> dict[int, Sighting]:
        """Sighting row -> the sighting, without its bodies; missing where there is no such row."""

    def atom_ids(self, wanted: Iterable[str]) -> dict[str, int]:
        """Which of the wanted atom:ids were ever given, and the entry row that each belongs to."""

    def settle(self, decisions: Iterable[Settled], vacated: Iterable[int], idle: Iterable[int]) -> None:
        """Records decisions, marks their sightings settled and the feeds concerned changed.

        `vacated` are entry rows that no longer have any sighting: they leave all feeds and stay as retired ids.
        `idle` are sighting rows that are no entry for now (they wait, or were gone before anyone saw them).
        A decision is exact: a sighting that was in that entry and is not named in it belongs to it no longer. One that
        still names a vacated entry, and is in no decision, goes on naming it and counts as settled: should it stand
        again, it finds its id. A sighting that is in nothing of all this stays unsettled.
        A feed is changed when an entry in it appeared, left, moved or has another digest; a feed that is met for the
        first time is made, with path "" and label "" until `put_feed`. An entry whose digest, order and feeds are as
        before changes nothing. One that is not live stands in no feed, whatever `feeds` says, and loses its fragments.
        ValueError where an existing entry is given another atom:id; StoreError where one id is given to two.
        """

    def put_feed(self, feed: FeedRow) -> None:
        """Writes path, atom_id, label, updated_at and published_seq of a feed by its row."""

    def touch_feeds(self, keys: Iterable[FeedKey] | None = None) -> None:
        """Marks feeds (all) changed, making those that are missing: the head changed, or all is to be rendered."""

    def put_fragments(self, kind: str, fragments: Mapping[int, tuple[str, bytes]]) -> None:
        """Keeps rendered entries: entry row -> (digest, bytes), replacing older ones of the same kind."""

    def put_post_files(self, source: str, files: Iterable[PostFile]) -> None:
        """Records post files by path, new or replacing."""

    def delete_post_files(self, source: str, paths: Iterable[str]) -> None:
        """Forgets post files that are no more."""

    def put_override(self, override: Override) -> int:
        """Records a word of the operator's, replacing that of its row, and gives its row; a new one's is 0 before."""

    def delete_override(self, row: int) -> None:
        """Forgets it. No error where there is none."""

    def put_meta(self, key: str, value: str) -> None:
        """Keeps a small fact of the program's own, such as the digest of the config that was last applied."""


class Store(Protocol):
    """Reading at any time, writing in a transaction. One object is used by one thread."""

    def close(self) -> None:
        """Lets go of the database; the object is of no use after that."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begins an exclusive transaction, waiting for other writers; StoreError after a minute in vain."""

    def rehearsal(self) -> AbstractContextManager[None]:
        """A block whose transactions are all undone at its end: what `--dry-run` runs in. It excludes other writers."""

    def meta(self, key: str) -> str | None:
        """The fact kept under `key`, or None."""

    def source_states(self) -> dict[str, SourceState]:
        """All sources ever recorded, by name."""

    def known_parts(self, source: str) -> KnownParts | None:
        """What is known of a source's last document; None where nothing is, or its sightings were written since."""

    def post_files(self, source: str, paths: Iterable[str] | None = None) -> dict[str, PostFile]:
        """Post files of one source by path: all, or those of the paths named that are known."""

    def post_stamps(self, source: str) -> list[tuple[str, int, int]]:
        """(path, size_bytes, mtime_ns) of every post file of one source, in any order: to hold a listing against."""

    def posts_keyed(self, source: str, part: str) -> set[str]:
        """The paths of one source's post files whose entry id contains `part`."""

    def posts_standing(self, source: str, entry_ids: Iterable[str]) -> set[str]:
        """Which of these entry ids a post file of the source stands for."""

    def post_findings(self, source: str) -> list[Finding]:
        """What is known to be odd about the post files of one source, by path; cheaper than `post_files`."""

    def sightings(self, source: str, entry_ids: Iterable[str] | None = None) -> dict[str, Sighting]:
        """Sightings of one source by entry id (all, or those named that exist), without their bodies."""

    def every_sighting(self) -> Iterator[Sighting]:
        """All sightings of all sources, standing or gone, without their bodies, in no order; some hundreds at once.

        What is written while it runs may or may not be seen.
        """

    def latest_sightings(
        self, source: str, most: int, published_at: Iterable[datetime | None] | None = None
    ) -> tuple[Sighting, ...]:
        """The `most` sightings of one source that were first seen last, without their bodies.

        Or, of these, those that were published at one of some instants (None: undated). The latest first, those of one
        instant by entry id; it looks at every sighting of the source.
        """

    def sightings_of(self, entry_rows: Sequence[int], most_bytes: int | None = None) -> dict[int, tuple[Sighting, ...]]:
        """Entry row -> all its sightings, standing or gone, whole, by (source, entry_id).

        `most_bytes` is for a caller who goes on where this ends: it gives the first entries, in the order asked, until
        their bodies have come to so much; one at least, and each with all its sightings.
        """

    def sightings_at(self, canonical_url: str, most: int | None = None) -> tuple[Sighting, ...]:
        """The sightings with this canonical URL (all, or the first `most`), whole, by (source, entry_id)."""

    def sightings_among(self, source: str, canonical_urls: Iterable[str]) -> dict[str, tuple[Sighting, ...]]:
        """Canonical URL -> all sightings of one source that have it, whole, by entry_id; missing where none has it."""

    def sightings_once_at(self, canonical_url: str, most: int | None = None) -> tuple[Sighting, ...]:
        """Those that stood there before, by their `former_urls` (all, or the first `most`), as `sightings_at`."""

    def sightings_near(self, canonical_url: str, most: int) -> tuple[Sighting, ...]:
        """Those whose canonical URLs stand next to this one in the order of code points: `most` before, `most` after.

        Without their bodies, by canonical URL; of each URL the first by (source, entry_id), and none has this very one.
        """

    def contents(self, rows: Sequence[int]) -> dict[int, tuple[Text | None, Text | None]]:
        """Sighting row -> (summary, content); missing where there is no such row."""

    def near(self) -> NearBook:
        """Which sightings tell one story, for reading."""

    def history(self) -> HistoryBook:
        """Archive documents, and what was withdrawn, for reading."""

    def sightings_in(self, rows: Iterable[int]) -> dict[int, Sighting]:
        """Sighting row -> the sighting, whole; missing where there is no such row."""

    def entry(self, atom_id: str) -> EntryRow | None:
        """The entry that has, or ever had, this id."""

    def entry_of(self, sighting_row: int) -> EntryRow | None:
        """The entry that a sighting belongs to, or None where it belongs to none."""

    def post_path(self, source: str, entry_id: str) -> str | None:
        """The path of the post file that gave a sighting; the first of them, None where none is known."""

    def waiting(self) -> list[Sighting]:
        """The sightings that wait for an instant, without their bodies, by (source, entry_id)."""

    def sightings_linking(self, url: str) -> tuple[Sighting, ...]:
        """All sightings whose `link` or `via` is this URL, without their bodies, by (source, entry_id).

        Scheme, `www.`, fragment and one slash at the end make no difference.
        """

    def overrides(self) -> tuple[Override, ...]:
        """All that the operator has said of entries, by row."""

    def feeds_of(self, entry_row: int) -> tuple[FeedKey, ...]:
        """The feeds that an entry stands in, sorted."""

    def feed_rows_of(self, entry_row: int) -> list[FeedRow]:
        """The same as the store keeps them, by (kind, key)."""

    def feeds(self) -> list[FeedRow]:
        """All feeds, by (kind, key)."""

    def dirty_feeds(self) -> list[FeedRow]:
        """The feeds whose changed_seq and published_seq differ, by (kind, key)."""

    def newest(self, feed_row: int, limit: int, min_age: timedelta, most: int | None = None) -> list[EntryRow]:
        """The feed's newest `limit` entries and all others within `min_age` of its newest one, `most` at most.

        An entry exactly `min_age` older is within; a `min_age` of zero adds none, not even of the same instant. `most`
        is for a caller who knows how many can fit at all: two days of a busy site are 50,000 entries. Newest
        first by `sort_at`, then by `atom_id`; so the answer does not depend on when a row was written.
        """

    def oldest(self, feed_row: int) -> EntryRow | None:
        """The feed's oldest entry by `sort_at`, then by `atom_id`: the one that gives its label; None where empty."""

    def fragments(
        self, kind: str, entry_rows: Iterable[int], most_bytes: int | None = None
    ) -> dict[int, tuple[str, bytes]]:
        """Entry row -> (digest, bytes) as last kept; missing where there is none.

        With `most_bytes`, the first in the order asked, up to the one with which they exceed it.
        """
