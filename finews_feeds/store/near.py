"""Which sightings tell one story: their marks, found by number and time, and the ties that were found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

from finews_feeds.store.codec import dump, keep
from finews_feeds.store.database import Database, listed
from finews_feeds.store.protocol import NearRow

#: CROSS JOIN: the sighting, its marks, then for each mark one range of the index; see `sqlite`.
_CANDIDATES = """
    SELECT other.sighting
    FROM near CROSS JOIN json_each(near.marks) AS own
    CROSS JOIN near_marks ON near_marks.mark = own.value AND near_marks.at BETWEEN near.at - ? AND near.at + ?
    CROSS JOIN near AS other ON other.sighting = near_marks.sighting
    WHERE near.sighting = ? AND other.source <> near.source
    GROUP BY other.sighting HAVING count(*) >= ? ORDER BY other.sighting
    """


class SqliteNearBook:
    """See `protocol.NearBook`; the work of each method grows with what it is asked about, not with the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def told(self, rows: Iterable[int]) -> dict[int, str]:
        """Sighting row -> what its marks were made of; missing where it has none."""
        query = "SELECT sighting, told FROM json_each(?) CROSS JOIN near ON sighting = value"
        return dict(self._database.rows(query, listed(rows)))

    def put(self, rows: Iterable[NearRow]) -> None:
        """Records sightings that are not recorded, each by its row."""
        new = list(rows)
        self._database.write_all(
            "INSERT INTO near (sighting, told, source, at, marks) VALUES (?, ?, ?, ?, ?)",
            ((each.row, each.told, keep(each.source), each.at, dump(each.marks)) for each in new),
        )
        self._database.write_all(
            "INSERT INTO near_marks (mark, at, sighting) VALUES (?, ?, ?)",
            ((mark, each.at, each.row) for each in new for mark in each.marks),
        )

    def forget(self, rows: Iterable[int] | None = None) -> None:
        """Forgets sightings (all), their marks and their ties; no error where there is nothing."""
        if rows is None:
            for table in ("near", "near_marks", "near_ties"):
                self._database.write(f"DELETE FROM {table}")  # noqa: S608
            return
        wanted = list(rows)
        query = "SELECT sighting, at, marks FROM json_each(?) CROSS JOIN near ON sighting = value"
        known = self._database.rows(query, listed(wanted))
        self._database.write_all(
            "DELETE FROM near_marks WHERE mark = ? AND at = ? AND sighting = ?",
            ((mark, at, row) for row, at, marks in known for mark in json.loads(marks)),
        )
        self._database.write_all(
            "DELETE FROM near_ties WHERE sighting = ? AND other = ?",
            ((other, row) for row, others in self.ties(wanted).items() for other in others),
        )
        self._database.write_all("DELETE FROM near_ties WHERE sighting = ?", ((row,) for row in wanted))
        self._database.write_all("DELETE FROM near WHERE sighting = ?", ((row,) for row in wanted))

    def candidates(self, row: int, within: timedelta, shared: int) -> list[int]:
        """The sightings of other sources, at most `within` apart, that share so many marks with one; ascending."""
        seconds = int(within.total_seconds())
        return [other for (other,) in self._database.rows(_CANDIDATES, seconds, seconds, row, shared)]

    def tie(self, ties: Iterable[tuple[int, int, float]]) -> None:
        """Records that two sightings tell one story and how alike they are, once for both directions."""
        both = [pair for one, other, alike in ties for pair in ((one, other, alike), (other, one, alike))]
        self._database.write_all("INSERT OR REPLACE INTO near_ties (sighting, other, alike) VALUES (?, ?, ?)", both)

    def ties(self, rows: Iterable[int]) -> dict[int, dict[int, float]]:
        """Sighting row -> the rows that it is tied to, and how alike they are; missing where it is tied to none."""
        query = "SELECT sighting, other, alike FROM json_each(?) CROSS JOIN near_ties ON sighting = value"
        found: dict[int, dict[int, float]] = {}
        for row, other, alike in self._database.rows(query, listed(rows)):
            found.setdefault(row, {})[other] = alike
        return found
