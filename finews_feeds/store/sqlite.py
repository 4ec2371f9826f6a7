"""The embedded store: one SQLite file, hand-written SQL, one object a thread.

Reading is here; `writing` is its transaction, `settling` decides nothing but finds and records what is decided,
`codec` turns values to rows, `database` keeps the file, `schema` its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

from finews_feeds.model import FeedKey, Finding, KnownParts, Override, PostFile, Sighting, SourceState, Text
from finews_feeds.store.addresses import address_hash, folded
from finews_feeds.store.codec import (
    ENTRY_COLUMNS,
    FEED_COLUMNS,
    SIGHTING_COLUMNS,
    bodies_of,
    entry_of,
    feed_key_of,
    feed_of,
    file_of,
    keep,
    micros,
    override_of,
    parts_of,
    restore,
    sighting_of,
    state_of,
)
from finews_feeds.store.database import BUSY_TIMEOUT, Database, listed, path_of
from finews_feeds.store.near import SqliteNearBook
from finews_feeds.store.protocol import EntryRow, FeedRow
from finews_feeds.store.writing import SqliteTransaction

if TYPE_CHECKING:
    from finews_feeds.store.history import SqliteHistoryBook

_SIGHTING = ", ".join(f"sightings.{name}" for name in SIGHTING_COLUMNS)
_ENTRY = ", ".join(f"entries.{name}" for name in ENTRY_COLUMNS)
_FEED = ", ".join(f"feeds.{name}" for name in FEED_COLUMNS)
_BODIES = "summary_kind, summary_base, summary, content_kind, content_base, content"
#: A sighting with its bodies, and the entry that it belongs to.
_WHOLE = f"SELECT {_SIGHTING}, {_BODIES}, entry FROM sightings LEFT JOIN contents ON sighting = id"  # noqa: S608
_AFTER_SIGHTING = len(SIGHTING_COLUMNS)
_SUMMARY, _CONTENT = _AFTER_SIGHTING + 2, _AFTER_SIGHTING + 5
#: Sightings that are held at once where all are gone through.
_PAGE = 500

# CROSS JOIN is a plain join that SQLite takes in the order in which it is written: list first, then one look into an
# index for each of it, whatever the planner thinks of tables that it has no statistics of.


class SqliteStore:
    """The store in one SQLite file; see `protocol.Store`. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, base: Path, busy_timeout: float = BUSY_TIMEOUT) -> SqliteStore:
        """Opens the file that `url` names, making it and its folder where they are missing.

        `busy_timeout` is how long a writer waits for another, in seconds. Raises StoreError where the file cannot be
        opened or written, is no SQLite database, or belongs to another program or to a newer version of this one.
        """
        return cls(Database(path_of(url, base), busy_timeout))

    def close(self) -> None:
        """Lets go of the file; the last to do so leaves one file, without a log beside it."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begins an exclusive transaction, waiting for other writers; what it wrote is seen by this object at once."""
        with self._database.transaction():
            yield SqliteTransaction(self._database)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """A block whose transactions are all undone at its end; it excludes other writers."""
        with self._database.rehearsal():
            yield

    # --- sources and files ------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """The fact kept under `key`, or None."""
        value: str | None = self._database.value("SELECT value FROM meta WHERE key = ?", keep(key))
        return None if value is None else restore(value)

    def source_states(self) -> dict[str, SourceState]:
        """All sources ever recorded, by name."""
        states = [state_of(doc) for (doc,) in self._database.rows("SELECT doc FROM sources")]
        return {state.name: state for state in sorted(states, key=lambda state: state.name)}

    def known_parts(self, source: str) -> KnownParts | None:
        """What is known of a source's last document, or None."""
        doc: str | None = self._database.value("SELECT doc FROM known_parts WHERE source = ?", keep(source))
        return None if doc is None else parts_of(doc)

    def post_files(self, source: str, paths: Iterable[str] | None = None) -> dict[str, PostFile]:
        """Post files of one source by path: all, or those of the paths named that are known."""
        columns = "files.path, size_bytes, mtime_ns, entry_id, odd"
        if paths is None:
            rows = self._database.rows(f"SELECT {columns} FROM files WHERE source = ?", keep(source))  # noqa: S608
        else:
            query = f"SELECT {columns} FROM json_each(?) CROSS JOIN files ON source = ? AND files.path = value"  # noqa: S608
            rows = self._database.rows(query, listed(map(keep, paths)), keep(source))
        return {file.path: file for file in starmap(file_of, rows)}

    def post_stamps(self, source: str) -> list[tuple[str, int, int]]:
        """(path, size_bytes, mtime_ns) of every post file of one source, in any order."""
        query = "SELECT path, size_bytes, mtime_ns FROM files WHERE source = ? AND odd IS {} NULL"
        stamps: list[tuple[str, int, int]] = self._database.rows(query.format(""), keep(source))
        odd = self._database.rows(query.format("NOT"), keep(source))
        stamps += [(restore(path), size_bytes, mtime_ns) for path, size_bytes, mtime_ns in odd]
        return stamps

    def posts_keyed(self, source: str, part: str) -> set[str]:
        """The paths of one source's post files whose entry id contains `part`."""
        query = "SELECT path FROM files WHERE source = ? AND odd IS NULL AND instr(entry_id, ?)"
        plain = {path for (path,) in self._database.rows(query, keep(source), part)}
        return plain.union(file.path for file in self._odd_files(source) if part in file.entry_id)

    def posts_standing(self, source: str, entry_ids: Iterable[str]) -> set[str]:
        """Which of these entry ids a post file of the source stands for."""
        query = "SELECT DISTINCT entry_id FROM files WHERE source = ? AND entry_id IN (SELECT value FROM json_each(?))"
        return {restore(kept) for (kept,) in self._database.rows(query, keep(source), listed(map(keep, entry_ids)))}

    def post_findings(self, source: str) -> list[Finding]:
        """What is known to be odd about the post files of one source, by path."""
        files = sorted(self._odd_files(source), key=lambda file: file.path)
        return [finding for file in files for finding in file.findings]

    def _odd_files(self, source: str) -> Iterator[PostFile]:
        query = "SELECT path, size_bytes, mtime_ns, entry_id, odd FROM files WHERE source = ? AND odd IS NOT NULL"
        return starmap(file_of, self._database.rows(query, keep(source)))

    def post_path(self, source: str, entry_id: str) -> str | None:
        """The path of the post file that gave a sighting, or None."""
        query = "SELECT path FROM files WHERE source = ? AND entry_id = ? ORDER BY path LIMIT 1"
        path = self._database.value(query, keep(source), keep(entry_id))
        return None if path is None else restore(path)

    # --- sightings ----------------------------------------------------------------------------------------------------

    def sightings(self, source: str, entry_ids: Iterable[str] | None = None) -> dict[str, Sighting]:
        """Sightings of one source by entry id (all, or those named that exist), without their bodies."""
        if entry_ids is None:
            rows = self._database.rows(f"SELECT {_SIGHTING} FROM sightings WHERE source = ?", keep(source))  # noqa: S608
        else:
            rows = self._database.rows(
                f"SELECT {_SIGHTING} FROM json_each(?) CROSS JOIN sightings ON source = ? AND entry_id = value",  # noqa: S608
                listed(map(keep, entry_ids)),
                keep(source),
            )
        return {sighting.entry_id: sighting for sighting in map(sighting_of, rows)}

    def every_sighting(self) -> Iterator[Sighting]:
        """All sightings of all sources, standing or gone, without their bodies; a page of rows at a time."""
        query = f"SELECT {_SIGHTING} FROM sightings WHERE id > ? ORDER BY id LIMIT {_PAGE}"  # noqa: S608
        rows = self._database.rows(query, 0)
        while rows:
            yield from map(sighting_of, rows)
            rows = self._database.rows(query, rows[-1][0])

    def latest_sightings(
        self, source: str, most: int, published_at: Iterable[datetime | None] | None = None
    ) -> tuple[Sighting, ...]:
        """The `most` sightings of one source that were first seen last, without their bodies, the latest first.

        With `published_at` those of them that were published at one of these instants; None is for the undated.
        """
        order = "ORDER BY first_seen_at DESC, entry_id"
        if published_at is None:
            query = f"SELECT {_SIGHTING} FROM sightings WHERE source = ? {order} LIMIT ?"  # noqa: S608
            return tuple(map(sighting_of, self._database.rows(query, keep(source), most)))
        rows = self._database.rows(
            f"""
            SELECT {_SIGHTING} FROM (SELECT id AS latest FROM sightings WHERE source = ? {order} LIMIT ?)
            CROSS JOIN sightings ON id = latest
            WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE value IS published_at) {order}
            """,  # noqa: S608
            keep(source),
            most,
            listed(None if at is None else micros(at) for at in published_at),
        )
        return tuple(map(sighting_of, rows))

    def sightings_of(self, entry_rows: Sequence[int], most_bytes: int | None = None) -> dict[int, tuple[Sighting, ...]]:
        """Entry row -> all its sightings, whole; with `most_bytes` of the first entries, one at least."""
        query = f"""
            SELECT {_SIGHTING}, {_BODIES}, entry FROM json_each(?) CROSS JOIN sightings ON entry = value
            LEFT JOIN contents ON sighting = sightings.id
            """  # noqa: S608
        found: dict[int, list[Sighting]] = {}
        size = 0
        with closing(self._database.each_row(query, listed(entry_rows))) as rows:
            for row in rows:
                if found and most_bytes is not None and size >= most_bytes and row[-1] not in found:
                    break
                size += len(row[_SUMMARY] or b"") + len(row[_CONTENT] or b"")
                found.setdefault(row[-1], []).append(_whole(row))
        return {entry: _in_order(sightings) for entry, sightings in found.items()}

    def sightings_at(self, canonical_url: str, most: int | None = None) -> tuple[Sighting, ...]:
        """The sightings with this canonical URL (all, or the first `most`), whole, by (source, entry_id)."""
        url = keep(canonical_url)
        if most is None:
            return _in_order(map(_whole, self._database.rows(f"{_WHOLE} WHERE canonical_url = ?", url)))
        first = "SELECT id FROM sightings WHERE canonical_url = ? ORDER BY source, entry_id LIMIT ?"
        return _in_order(map(_whole, self._database.rows(f"{_WHOLE} WHERE id IN ({first})", url, most)))

    def sightings_among(self, source: str, canonical_urls: Iterable[str]) -> dict[str, tuple[Sighting, ...]]:
        """Canonical URL -> all sightings of one source that have it, whole, by entry_id; missing where none has it."""
        query = f"""
            SELECT {_SIGHTING}, {_BODIES} FROM json_each(?) CROSS JOIN sightings ON canonical_url = value
            LEFT JOIN contents ON sighting = sightings.id WHERE source = ?
            """  # noqa: S608
        found: dict[str, list[Sighting]] = {}
        for each in map(_whole, self._database.rows(query, listed(map(keep, canonical_urls)), keep(source))):
            found.setdefault(each.canonical_url, []).append(each)
        return {url: _in_order(sightings) for url, sightings in found.items()}

    def sightings_once_at(self, canonical_url: str, most: int | None = None) -> tuple[Sighting, ...]:
        """The sightings that stood there before (all, or the first `most`), whole, by (source, entry_id)."""
        rows = self._database.rows(
            f"{_WHOLE} WHERE id IN (SELECT sighting FROM former_urls WHERE canonical_url = ?)",  # noqa: S608
            keep(canonical_url),
        )
        found = (each for each in map(_whole, rows) if canonical_url in {one.canonical_url for one in each.former_urls})
        return _in_order(found)[:most]

    def sightings_near(self, canonical_url: str, most: int) -> tuple[Sighting, ...]:
        """Those whose canonical URLs stand next to this one: `most` before it and `most` after it, each URL once."""
        found: list[Sighting] = []
        for sign, order in (("<", "DESC"), (">", "ASC")):
            # the first sighting of each URL alone: a URL may be shared by thousands
            rows = self._database.rows(
                f"""
                SELECT {_SIGHTING} FROM (
                    SELECT DISTINCT canonical_url AS url FROM sightings
                    WHERE canonical_url {sign} ? ORDER BY url {order} LIMIT ?)
                CROSS JOIN sightings ON id = (
                    SELECT id FROM sightings WHERE canonical_url = url ORDER BY source, entry_id LIMIT 1)
                """,  # noqa: S608
                keep(canonical_url),
                most,
            )
            found += map(sighting_of, rows)
        return tuple(sorted(found, key=lambda one: one.canonical_url))

    def waiting(self) -> list[Sighting]:
        """The sightings that wait for an instant, without their bodies, by (source, entry_id)."""
        rows = self._database.rows(f"SELECT {_SIGHTING} FROM sightings WHERE wait_at IS NOT NULL")  # noqa: S608
        return list(_in_order(map(sighting_of, rows)))

    def sightings_linking(self, url: str) -> tuple[Sighting, ...]:
        """All sightings whose `link` or `via` is this URL, without their bodies, by (source, entry_id)."""
        query = f"SELECT {_SIGHTING} FROM addresses CROSS JOIN sightings ON id = sighting WHERE hash = ?"  # noqa: S608
        wanted = folded(url)
        found = map(sighting_of, self._database.rows(query, address_hash(url)))
        return _in_order(each for each in found if wanted in map(folded, (each.link, each.via)))

    def overrides(self) -> tuple[Override, ...]:
        """All that the operator has said of entries, by row."""
        return tuple(starmap(override_of, self._database.rows("SELECT id, doc FROM overrides ORDER BY id")))

    def contents(self, rows: Sequence[int]) -> dict[int, tuple[Text | None, Text | None]]:
        """Sighting row -> (summary, content), both None where it has neither; missing where there is no such row."""
        query = f"""
            SELECT sightings.id, {_BODIES} FROM json_each(?) CROSS JOIN sightings ON sightings.id = value
            LEFT JOIN contents ON sighting = sightings.id
            """  # noqa: S608
        return {row[0]: bodies_of(row[1:]) for row in self._database.rows(query, listed(rows))}

    def sightings_in(self, rows: Iterable[int]) -> dict[int, Sighting]:
        """Sighting row -> the sighting, whole; missing where there is no such row."""
        query = f"{_WHOLE} WHERE sightings.id IN (SELECT value FROM json_each(?))"  # noqa: S608
        return {row[0]: _whole(row) for row in self._database.rows(query, listed(rows))}

    def near(self) -> SqliteNearBook:
        """Which sightings tell one story, for reading."""
        return SqliteNearBook(self._database)

    def history(self) -> SqliteHistoryBook:
        """Archive documents, and what was withdrawn, for reading."""
        from finews_feeds.store.history import SqliteHistoryBook

        return SqliteHistoryBook(self._database)

    # --- entries and feeds --------------------------------------------------------------------------------------------

    def entry(self, atom_id: str) -> EntryRow | None:
        """The entry that has, or ever had, this id."""
        return self._entry("SELECT {} FROM entries WHERE atom_id = ?", keep(atom_id))

    def entry_of(self, sighting_row: int) -> EntryRow | None:
        """The entry that a sighting belongs to, or None where it was never settled into one."""
        return self._entry(
            "SELECT {} FROM sightings JOIN entries ON entries.id = entry WHERE sightings.id = ?", sighting_row
        )

    def _entry(self, query: str, value: object) -> EntryRow | None:
        rows = self._database.rows(query.format(_ENTRY), value)
        return entry_of(rows[0]) if rows else None

    def feeds_of(self, entry_row: int) -> tuple[FeedKey, ...]:
        """The feeds that an entry stands in, sorted."""
        rows = self._database.rows(
            """
            SELECT feeds.kind, feeds.key FROM entries CROSS JOIN json_each(entries.feeds) AS place
            CROSS JOIN feeds ON feeds.id = place.value WHERE entries.id = ?
            """,
            entry_row,
        )
        return tuple(sorted(starmap(feed_key_of, rows), key=lambda key: (key.kind, key.key)))

    def feed_rows_of(self, entry_row: int) -> list[FeedRow]:
        """The same as the store keeps them, by (kind, key)."""
        return self._feeds(
            f"""
            SELECT {_FEED} FROM entries CROSS JOIN json_each(entries.feeds) AS place
            CROSS JOIN feeds ON feeds.id = place.value WHERE entries.id = ?
            """,  # noqa: S608
            entry_row,
        )

    def feeds(self) -> list[FeedRow]:
        """All feeds, by (kind, key)."""
        return self._feeds(f"SELECT {_FEED} FROM feeds")  # noqa: S608

    def dirty_feeds(self) -> list[FeedRow]:
        """The feeds whose changed_seq and published_seq differ, by (kind, key)."""
        return self._feeds(f"SELECT {_FEED} FROM feeds WHERE changed_seq <> published_seq")  # noqa: S608

    def _feeds(self, query: str, *values: object) -> list[FeedRow]:
        return sorted(map(feed_of, self._database.rows(query, *values)), key=lambda feed: (feed.key.kind, feed.key.key))

    def newest(self, feed_row: int, limit: int, min_age: timedelta, most: int | None = None) -> list[EntryRow]:
        """The feed's newest `limit` entries and all others within `min_age` of its newest one, newest first."""
        wanted = max(limit, self._younger(feed_row, min_age))
        # Within one instant the order is by atom_id, which is not in the index: SQLite sorts instant by instant and
        # stops at the limit, so that a feed's length costs nothing.
        rows = self._database.rows(
            f"""
            SELECT {_ENTRY} FROM members CROSS JOIN entries ON entries.id = entry
            WHERE feed = ? ORDER BY members.sort_at DESC, atom_id LIMIT ?
            """,  # noqa: S608
            feed_row,
            wanted if most is None else min(wanted, most),
        )
        return list(map(entry_of, rows))

    def oldest(self, feed_row: int) -> EntryRow | None:
        """The feed's oldest entry by `sort_at`, then by `atom_id`; None if it is empty."""
        query = """
            SELECT {} FROM members CROSS JOIN entries ON entries.id = entry
            WHERE feed = ? ORDER BY members.sort_at, atom_id LIMIT 1
            """
        return self._entry(query, feed_row)

    def _younger(self, feed_row: int, min_age: timedelta) -> int:
        if not min_age:
            return 0
        return int(
            self._database.value(
                """
                SELECT count(*) FROM members
                WHERE feed = ? AND sort_at >= (SELECT max(sort_at) FROM members WHERE feed = ?) - ?
                """,
                feed_row,
                feed_row,
                min_age // timedelta(microseconds=1),
            )
        )

    def fragments(
        self, kind: str, entry_rows: Iterable[int], most_bytes: int | None = None
    ) -> dict[int, tuple[str, bytes]]:
        """Entry row -> (digest, bytes) as last kept; with `most_bytes` the first of them, until they exceed it."""
        query = "SELECT entry, digest, body FROM json_each(?) CROSS JOIN fragments ON entry = value AND kind = ?"
        found: dict[int, tuple[str, bytes]] = {}
        size = 0
        with closing(self._database.each_row(query, listed(entry_rows), kind)) as rows:
            for entry, digest, body in rows:
                found[entry] = (restore(digest), body)
                size += len(body)
                if most_bytes is not None and size > most_bytes:
                    break
        return found


def _whole(row: Sequence[object]) -> Sighting:
    return sighting_of(row, bodies_of(row[_AFTER_SIGHTING : _AFTER_SIGHTING + 6]))


def _in_order(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    return tuple(sorted(sightings, key=lambda one: (one.source, one.entry_id)))
