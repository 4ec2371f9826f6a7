"""Which sightings have to be decided anew, and what a decision changes: entries, their feeds, which of these are dirty.

The one place that writes `entries`, `members`, and the counts and sequence numbers of `feeds`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from finews_feeds.model import FeedKey, Sighting
from finews_feeds.store.codec import (
    ENTRY_COLUMNS,
    KEY_COLUMNS,
    SIGHTING_COLUMNS,
    dump,
    entry_of,
    entry_row,
    keep,
    key_of,
    micros,
    sighting_of,
)
from finews_feeds.store.database import Database, listed
from finews_feeds.store.protocol import EntryRow, Settled, Unsettled

_SIGHTING = ", ".join(f"sightings.{name}" for name in SIGHTING_COLUMNS)
_KEY = ", ".join(f"sightings.{name}" for name in KEY_COLUMNS)
_ENTRY = ", ".join(f"entries.{name}" for name in ENTRY_COLUMNS)

# --- what is to be decided ----------------------------------------------------------------------------------------

#: What ties sightings together, one tie a row (a canonical URL, or an entry; the other column is NULL), then the
#: sightings that are tied; where one stood before (`former_urls`) ties it like where it stands. It walks from tie to
#: tie, not from sighting to sighting: of a thousand that share one URL each would lead to all the others, a million
#: steps. UNION follows no tie twice. NULL equals nothing, so a sighting without URL or entry is tied by nothing. CROSS
#: JOIN: in this order, each step by an index.
_TIED = """
    other.canonical_url = tie.url OR other.entry = tie.entry
    OR other.id IN (SELECT sighting FROM former_urls WHERE former_urls.canonical_url = tie.url)
    """
_CLOSURE = f"""
    WITH RECURSIVE
    tie (url, entry) AS (
        SELECT canonical_url, NULL FROM sightings WHERE settled = 0
        UNION
        SELECT former_url, NULL FROM sightings WHERE settled = 0
        UNION
        SELECT NULL, entry FROM sightings WHERE settled = 0
        UNION
        SELECT former.canonical_url, NULL FROM sightings CROSS JOIN former_urls AS former ON former.sighting = id
        WHERE settled = 0
        UNION
        SELECT
            CASE side WHEN 1 THEN other.canonical_url WHEN 3 THEN former.canonical_url END,
            CASE side WHEN 2 THEN other.entry END
        FROM tie CROSS JOIN sightings AS other ON {_TIED}
        LEFT JOIN former_urls AS former ON former.sighting = other.id
        CROSS JOIN (SELECT 1 AS side UNION ALL SELECT 2 UNION ALL SELECT 3)
    ),
    near (id) AS (
        SELECT id FROM sightings WHERE settled = 0
        UNION
        SELECT other.id FROM tie CROSS JOIN sightings AS other ON {_TIED}
    )
    """  # noqa: S608


def unsettled(database: Database, in_full: bool) -> Unsettled:
    """The unsettled sightings and their closure, see `protocol.Unsettled`; the number of queries is bounded."""
    columns, made_of = (_SIGHTING, sighting_of) if in_full else (_KEY, key_of)
    every = database.value("SELECT NOT EXISTS (SELECT 1 FROM sightings WHERE settled = 1)")
    if every:
        # All is new, or all is to be decided anew: nobody can be missing, and no index has to be asked.
        query = f"SELECT {columns}, entry FROM sightings"  # noqa: S608
    else:
        query = f"{_CLOSURE} SELECT {columns}, entry FROM near CROSS JOIN sightings USING (id)"  # noqa: S608
    sightings: list[Sighting] = []
    entry_of_sighting: dict[int, int] = {}
    for row in database.each_row(query):
        sightings.append(made_of(row))
        if row[-1] is not None:
            entry_of_sighting[row[0]] = row[-1]
    sightings.sort(key=attrgetter("source", "entry_id"))
    entries = _standing(database, frozenset(entry_of_sighting.values()))
    return Unsettled(tuple(sightings), entry_of_sighting, {row: old.entry for row, old in entries.items()})


def told(database: Database, rows: Iterable[int]) -> dict[int, Sighting]:
    """Sighting row -> the sighting without its bodies, see `protocol.Transaction.told`."""
    query = f"SELECT {_SIGHTING} FROM json_each(?) CROSS JOIN sightings ON sightings.id = value"  # noqa: S608
    return {row[0]: sighting_of(row) for row in database.each_row(query, listed(rows))}


@dataclass(frozen=True, slots=True)
class _Standing:
    """An entry and the rows of the feeds that it stands in, ascending; none where it is not live."""

    entry: EntryRow
    feeds: tuple[int, ...]


def _standing(database: Database, rows: Collection[int]) -> dict[int, _Standing]:
    found = database.rows(
        f"SELECT {_ENTRY}, feeds FROM json_each(?) CROSS JOIN entries ON entries.id = value",  # noqa: S608
        listed(rows),
    )
    return {row[0]: _Standing(entry_of(row), tuple(json.loads(row[-1]))) for row in found}


# --- what a decision changes --------------------------------------------------------------------------------------


class FeedBook:
    """The rows of feeds by key, made where they are missing, and the one sequence number of a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: dict[FeedKey, int] = {}
        self._sets: dict[frozenset[FeedKey], tuple[int, ...]] = {}
        self._seq = 0

    def rows_of(self, keys: frozenset[FeedKey]) -> tuple[int, ...]:
        """The rows of feeds, ascending."""
        # Entries of one shelf share their set of feeds: asked once, not once an entry and feed.
        rows = self._sets.get(keys)
        if rows is None:
            rows = self._sets[keys] = tuple(sorted(map(self.row_of, keys)))
        return rows

    def row_of(self, key: FeedKey) -> int:
        """The row of a feed; one that is met for the first time is made, and is dirty."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._find(key) or self._make(key)
        return row

    def _find(self, key: FeedKey) -> int | None:
        row: int | None = self._database.value(
            "SELECT id FROM feeds WHERE kind = ? AND key = ?", str(key.kind), keep(key.key)
        )
        return row

    def _make(self, key: FeedKey) -> int:
        row = next_row(self._database, "feeds")
        self._database.write(
            "INSERT INTO feeds (id, kind, key, changed_seq) VALUES (?, ?, ?, ?)",
            row,
            str(key.kind),
            keep(key.key),
            self.next_seq(),
        )
        return row

    def next_seq(self) -> int:
        """The number that this transaction writes to every feed that it changes: one more than any before it."""
        if not self._seq:
            self._database.write("UPDATE counter SET last = last + 1")
            self._seq = self._database.value("SELECT last FROM counter")
        return self._seq

    def mark_changed(self, growth: Mapping[int, int]) -> None:
        """Writes the sequence number to feeds, by row, and by how many entries each has grown."""
        if growth:
            seq = self.next_seq()
            self._database.write_all(
                "UPDATE feeds SET changed_seq = ?, entries = entries + ? WHERE id = ?",
                [(seq, step, row) for row, step in growth.items()],
            )


def next_row(database: Database, table: str) -> int:
    """The first row number that is free; the write lock keeps others from taking it."""
    return int(database.value(f"SELECT coalesce(max(id), 0) + 1 FROM {table}"))  # noqa: S608


@dataclass(slots=True)
class _Changes:
    """What a set of decisions comes to, gathered before any of it is written."""

    new: list[tuple[object, ...]] = field(default_factory=list)
    altered: list[tuple[object, ...]] = field(default_factory=list)
    #: Rows of `members`: (feed, sort_at, entry).
    joined: list[tuple[int, int, int]] = field(default_factory=list)
    left: list[tuple[int, int, int]] = field(default_factory=list)
    #: Feed row -> by how many entries it grows; 0 for one that changes in another way.
    growth: dict[int, int] = field(default_factory=dict)
    retired: list[tuple[int]] = field(default_factory=list)
    #: Entries that were not live, and are again.
    revived: list[int] = field(default_factory=list)

    def appear(self, row: int, now: _Standing) -> None:
        """Takes down an entry that is new."""
        self.new.append((*entry_row(row, now.entry), dump(now.feeds)))
        self._join(_places(row, now))

    def change(self, row: int, old: _Standing, now: _Standing) -> None:
        """Takes down how an entry differs from what it was; nothing, if it does not."""
        if old == now:
            return
        _, _, *columns = entry_row(row, now.entry)
        self.altered.append((*columns, dump(now.feeds), row))
        before, after = set(_places(row, old)), set(_places(row, now))
        self._leave(before - after)
        self._join(after - before)
        if old.entry.digest != now.entry.digest:
            self.growth.update({feed: self.growth.get(feed, 0) for feed in now.feeds})
        if old.entry.is_live and not now.entry.is_live:
            self.retired.append((row,))
        elif now.entry.is_live and not old.entry.is_live:
            self.revived.append(row)

    def _join(self, places: Collection[tuple[int, int, int]]) -> None:
        self.joined.extend(places)
        for feed, _, _ in places:
            self.growth[feed] = self.growth.get(feed, 0) + 1

    def _leave(self, places: Collection[tuple[int, int, int]]) -> None:
        self.left.extend(places)
        for feed, _, _ in places:
            self.growth[feed] = self.growth.get(feed, 0) - 1


def _places(row: int, standing: _Standing) -> list[tuple[int, int, int]]:
    sort_at = micros(standing.entry.sort_at)
    return [(feed, sort_at, row) for feed in standing.feeds]


def settle(
    database: Database, feeds: FeedBook, decisions: Sequence[Settled], vacated: Sequence[int], idle: Sequence[int]
) -> None:
    """Records decisions, see `protocol.Transaction.settle`; the work grows with the decisions, not with the store."""
    decided = {decision.entry.row for decision in decisions if decision.entry.row}
    old = _standing(database, decided.union(vacated))
    free = next_row(database, "entries")
    changes = _Changes()
    entry_of_sighting: dict[int, int] = {}
    for decision in decisions:
        now = _Standing(decision.entry, feeds.rows_of(decision.feeds) if decision.entry.is_live else ())
        row = decision.entry.row
        if row:
            _must_keep_its_id(old, decision.entry)
            changes.change(row, old[row], now)
        else:
            row, free = free, free + 1
            changes.appear(row, now)
        entry_of_sighting.update(dict.fromkeys(decision.sighting_rows, row))
    for row in old.keys() - decided:
        changes.change(row, old[row], _Standing(replace(old[row].entry, is_live=False), ()))
    _write_entries(database, changes)
    if changes.revived:
        from finews_feeds.store.history import unwithdraw

        for feed in unwithdraw(database, changes.revived):
            changes.growth.setdefault(feed, 0)
    feeds.mark_changed(changes.growth)
    _write_sightings(database, decided, entry_of_sighting)
    _close(database, old.keys() - decided, idle)


def _must_keep_its_id(old: Mapping[int, _Standing], entry: EntryRow) -> None:
    if entry.row not in old:
        raise ValueError(f"there is no entry row {entry.row} (for {entry.atom_id!r})")
    if old[entry.row].entry.atom_id != entry.atom_id:
        raise ValueError(f"entry {old[entry.row].entry.atom_id!r} may not be given the id {entry.atom_id!r}")


def _write_entries(database: Database, changes: _Changes) -> None:
    names = ", ".join((*ENTRY_COLUMNS, "feeds"))
    marks = ", ".join("?" * (len(ENTRY_COLUMNS) + 1))
    settings = ", ".join(f"{name} = ?" for name in (*ENTRY_COLUMNS[2:], "feeds"))
    database.write_all(f"INSERT INTO entries ({names}) VALUES ({marks})", changes.new)  # noqa: S608
    database.write_all(f"UPDATE entries SET {settings} WHERE id = ?", changes.altered)  # noqa: S608
    database.write_all("DELETE FROM members WHERE feed = ? AND sort_at = ? AND entry = ?", changes.left)
    # In the order of the table: pages are filled one after the other.
    database.write_all("INSERT INTO members (feed, sort_at, entry) VALUES (?, ?, ?)", sorted(changes.joined))
    database.write_all("DELETE FROM fragments WHERE entry = ?", changes.retired)


def _write_sightings(database: Database, decided: Collection[int], entry_of_sighting: Mapping[int, int]) -> None:
    """Makes each decided entry have exactly the sightings that were named."""
    had = database.rows("SELECT sightings.id FROM json_each(?) CROSS JOIN sightings ON entry = value", listed(decided))
    database.write_all(
        "UPDATE sightings SET entry = NULL WHERE id = ?", [row for row in had if row[0] not in entry_of_sighting]
    )
    database.write_all(
        "UPDATE sightings SET entry = ?, settled = 1, former_url = NULL, wait_at = NULL WHERE id = ?",
        [(entry, row) for row, entry in entry_of_sighting.items()],
    )


def _close(database: Database, vacated: Collection[int], idle: Collection[int]) -> None:
    """Marks settled what was decided without being in any entry's decision."""
    database.write(
        """
        UPDATE sightings SET settled = 1, former_url = NULL
        WHERE settled = 0 AND entry IN (SELECT value FROM json_each(?))
        """,
        listed(vacated),
    )
    database.write_all("UPDATE sightings SET settled = 1, former_url = NULL WHERE id = ?", [(row,) for row in idle])
