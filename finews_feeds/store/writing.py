"""The embedded store's transaction: everything that changes it, but for settling, which has its own module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from finews_feeds.model import FeedKey, KnownParts, Override, PostFile, Sighting, SightingName, SourceState
from finews_feeds.store import settling
from finews_feeds.store.addresses import ADD_ADDRESS, rows_of
from finews_feeds.store.codec import (
    SIGHTING_COLUMNS,
    content_row,
    file_row,
    keep,
    micros,
    override_doc,
    parts_doc,
    restore,
    sighting_row,
    state_doc,
)
from finews_feeds.store.database import Database, listed
from finews_feeds.store.near import SqliteNearBook
from finews_feeds.store.protocol import FeedRow, Settled, Unsettled
from finews_feeds.store.settling import FeedBook, next_row

if TYPE_CHECKING:
    from finews_feeds.store.history import SqliteHistoryBook

#: How many sightings are held at once on their way in, bodies and all.
_BATCH = 250


def _upsert(table: str, columns: Sequence[str], keys: Sequence[str], also: Sequence[str] = ()) -> str:
    """INSERT … ON CONFLICT … DO UPDATE of every column that is no key; `also` are further assignments."""
    changes = [f"{name} = excluded.{name}" for name in columns if name not in keys]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 (names are ours)
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join([*changes, *also])}"
    )


#: What a sighting's canonical URL was when it was last settled; right hand sides see the row as it was.
_FORMER_URL = "former_url = CASE WHEN sightings.settled = 1 THEN sightings.canonical_url ELSE sightings.former_url END"
_UNSETTLE = f"UPDATE sightings SET settled = 0, {_FORMER_URL}"  # noqa: S608
_UNSETTLE_ROWS = f"{_UNSETTLE} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608

_PUT_CANONICAL_URL = f"{_UNSETTLE}, canonical_url = ?, doc = ? WHERE id = ?"

_ADD_FORMER_URL = "INSERT OR IGNORE INTO former_urls (canonical_url, sighting) VALUES (?, ?)"
_PUT_SOURCE = _upsert("sources", ("name", "doc"), ("name",))
_PUT_PARTS = _upsert("known_parts", ("source", "doc"), ("source",))
_PUT_OVERRIDE = _upsert("overrides", ("id", "doc"), ("id",))
_PUT_META = _upsert("meta", ("key", "value"), ("key",))
_PUT_SIGHTING = _upsert("sightings", SIGHTING_COLUMNS, ("id",), ("settled = 0", _FORMER_URL))
_PUT_CONTENT = _upsert(
    "contents",
    ("sighting", "summary_kind", "summary_base", "summary", "content_kind", "content_base", "content"),
    ("sighting",),
)
_PUT_FILE = _upsert("files", ("source", "path", "size_bytes", "mtime_ns", "entry_id", "odd"), ("source", "path"))
_PUT_FRAGMENT = _upsert("fragments", ("entry", "kind", "digest", "body"), ("entry", "kind"))


def _own_row(sighting: Sighting) -> tuple[object, ...]:
    return sighting_row(sighting.row, sighting)


class SqliteTransaction:
    """Writing, all or nothing; see `protocol.Transaction`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._feeds = FeedBook(database)

    def put_source_state(self, state: SourceState) -> None:
        """Records a source's state, replacing the one of the same name."""
        self._database.write(_PUT_SOURCE, keep(state.name), state_doc(state))

    def delete_source_state(self, name: str) -> None:
        """Forgets a source's state and its known parts; its sightings stay."""
        self._database.write("DELETE FROM sources WHERE name = ?", keep(name))
        self._forget_parts([name])

    def put_known_parts(self, source: str, parts: KnownParts) -> None:
        """Keeps what is known of a source's last document, until one of its sightings is written."""
        self._database.write(_PUT_PARTS, keep(source), parts_doc(parts))

    def _forget_parts(self, sources: Iterable[str]) -> None:
        self._database.write_all("DELETE FROM known_parts WHERE source = ?", ((keep(each),) for each in sources))

    def put_sightings(self, sightings: Iterable[Sighting]) -> None:
        """Records sightings by (source, entry_id), a batch at a time, and marks each unsettled."""
        free = next_row(self._database, "sightings")
        remaining = iter(sightings)
        while batch := {(one.source, one.entry_id): one for one in islice(remaining, _BATCH)}:
            known = self._sighting_rows(batch)
            placed: list[tuple[int, Sighting]] = []
            for name, sighting in batch.items():
                row = known.get(name, free)
                free += row == free
                placed.append((row, sighting))
            self._database.write_all(_PUT_SIGHTING, (sighting_row(row, one) for row, one in placed))
            self._put_contents(placed, frozenset(known.values()))
            self._database.write_all(ADD_ADDRESS, (each for row, one in placed for each in rows_of(row, one)))
            self._add_former_urls(placed)
            self._forget_parts({source for source, _ in batch})

    def _sighting_rows(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        by_source: dict[str, list[str]] = {}
        for source, entry_id in names:
            by_source.setdefault(source, []).append(keep(entry_id))
        query = """
            SELECT entry_id, sightings.id FROM json_each(?) CROSS JOIN sightings ON source = ? AND entry_id = value
            """
        return {
            (source, restore(entry_id)): row
            for source, entry_ids in by_source.items()
            for entry_id, row in self._database.rows(query, listed(entry_ids), keep(source))
        }

    def _put_contents(self, placed: Sequence[tuple[int, Sighting]], known: frozenset[int]) -> None:
        bare = [(row,) for row, one in placed if one.summary is None and one.content is None]
        self._database.write_all("DELETE FROM contents WHERE sighting = ?", (key for key in bare if key[0] in known))
        without = {row for (row,) in bare}
        self._database.write_all(_PUT_CONTENT, (content_row(row, one) for row, one in placed if row not in without))

    def _add_former_urls(self, placed: Iterable[tuple[int, Sighting]]) -> None:
        found = [(former.canonical_url, row) for row, one in placed for former in one.former_urls]
        self._database.write_all(_ADD_FORMER_URL, [(keep(url), row) for url, row in found if url])

    def put_canonical_urls(self, sightings: Iterable[Sighting]) -> None:
        """Writes `canonical_url`, `identity_urls` and `former_urls` of known sightings, and marks each unsettled."""
        known = list(sightings)
        rows = ((canonical_url, doc, row) for row, _, _, canonical_url, *_, doc in map(_own_row, known))
        self._database.write_all(_PUT_CANONICAL_URL, rows)
        self._add_former_urls((each.row, each) for each in known)
        self._database.write("DELETE FROM known_parts")

    def unsettle(self, source: str | None = None) -> int:
        """Marks all sightings (of one source) unsettled; gives the number of all that are so marked now."""
        if source is None:
            return self._database.write(_UNSETTLE)
        return self._database.write(f"{_UNSETTLE} WHERE source = ?", keep(source))

    def unsettle_rows(self, rows: Iterable[int]) -> None:
        """Marks these sightings unsettled."""
        self._database.write_all(f"{_UNSETTLE} WHERE id = ?", ((row,) for row in rows))

    def unsettle_named(self, names: Iterable[SightingName]) -> int:
        """Marks these sightings unsettled, those that exist; gives the number of all that are."""
        rows = self._sighting_rows(names).values()
        return self._database.write(_UNSETTLE_ROWS, listed(rows))

    def near(self) -> SqliteNearBook:
        """Which sightings tell one story."""
        return SqliteNearBook(self._database)

    def history(self) -> SqliteHistoryBook:
        """Archive documents, and what was withdrawn."""
        from finews_feeds.store.history import SqliteHistoryBook

        return SqliteHistoryBook(self._database)

    def unsettle_due(self, now: datetime) -> int:
        """Marks unsettled the sightings that waited for an instant that has come; gives their number."""
        return self._database.write(f"{_UNSETTLE}, wait_at = NULL WHERE wait_at <= ?", micros(now))

    def wait(self, rows: Mapping[int, datetime]) -> None:
        """Notes sightings (by row) that may be shown only from an instant on, and counts them as settled until then."""
        self._database.write_all(
            "UPDATE sightings SET settled = 1, former_url = NULL, wait_at = ? WHERE id = ?",
            [(micros(at), row) for row, at in rows.items()],
        )

    def unsettled(self, in_full: bool = False) -> Unsettled:
        """All sightings to decide anew, with their closure, by (source, entry_id)."""
        return settling.unsettled(self._database, in_full)

    def told(self, rows: Iterable[int]) -> dict[int, Sighting]:
        """Sighting row -> the sighting, without its bodies; missing where there is no such row."""
        return settling.told(self._database, rows)

    def atom_ids(self, wanted: Iterable[str]) -> dict[str, int]:
        """Which of the wanted atom:ids were ever given, and the entry row that each belongs to."""
        rows = self._database.rows(
            "SELECT atom_id, entries.id FROM json_each(?) CROSS JOIN entries ON atom_id = value",
            listed(map(keep, wanted)),
        )
        return {restore(atom_id): row for atom_id, row in rows}

    def settle(self, decisions: Iterable[Settled], vacated: Iterable[int], idle: Iterable[int]) -> None:
        """Records decisions, marks their sightings settled and the feeds concerned changed."""
        settling.settle(self._database, self._feeds, tuple(decisions), tuple(vacated), tuple(idle))

    def put_feed(self, feed: FeedRow) -> None:
        """Writes path, atom_id, label, updated_at and published_seq of a feed by its row."""
        self._database.write(
            "UPDATE feeds SET path = ?, atom_id = ?, label = ?, updated_at = ?, published_seq = ? WHERE id = ?",
            keep(feed.path),
            keep(feed.atom_id),
            keep(feed.label),
            micros(feed.updated_at),
            feed.published_seq,
            feed.row,
        )

    def touch_feeds(self, keys: Iterable[FeedKey] | None = None) -> None:
        """Marks feeds (all) changed, making those that are missing."""
        if keys is None:
            self._database.write("UPDATE feeds SET changed_seq = ?", self._feeds.next_seq())
        else:
            self._feeds.mark_changed({self._feeds.row_of(key): 0 for key in keys})

    def put_fragments(self, kind: str, fragments: Mapping[int, tuple[str, bytes]]) -> None:
        """Keeps rendered entries: entry row -> (digest, bytes)."""
        rows = ((entry, kind, keep(digest), body) for entry, (digest, body) in fragments.items())
        self._database.write_all(_PUT_FRAGMENT, rows)

    def put_post_files(self, source: str, files: Iterable[PostFile]) -> None:
        """Records post files by path, new or replacing."""
        self._database.write_all(_PUT_FILE, (file_row(source, file) for file in files))

    def delete_post_files(self, source: str, paths: Iterable[str]) -> None:
        """Forgets post files that are no more."""
        rows = ((keep(source), keep(path)) for path in paths)
        self._database.write_all("DELETE FROM files WHERE source = ? AND path = ?", rows)

    def put_override(self, override: Override) -> int:
        """Records a word of the operator's, replacing that of its row, and gives its row."""
        row = override.row or next_row(self._database, "overrides")
        self._database.write(_PUT_OVERRIDE, row, override_doc(override))
        return row

    def delete_override(self, row: int) -> None:
        """Forgets a word of the operator's."""
        self._database.write("DELETE FROM overrides WHERE id = ?", row)

    def put_meta(self, key: str, value: str) -> None:
        """Keeps a small fact of the program's own."""
        self._database.write(_PUT_META, keep(key), keep(value))
