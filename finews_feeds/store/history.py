"""What a feed has shown and shows no longer: archive documents, kept for ever, and entries that were withdrawn.

A document is kept as its parts, each once by its content and compressed: an entry is sealed in the same bytes by all
the feeds that it stands in, and so the history of a site is kept once and not once a feed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from finews_feeds.model import Tombstone
from finews_feeds.store.codec import ENTRY_COLUMNS, dump, entry_of, instant, keep, micros, restore
from finews_feeds.store.database import Database, listed
from finews_feeds.store.protocol import EntryRow, Sealed

#: In the order in which they are listed; a part may stand in a document twice.
_PARTS = """
    SELECT body FROM json_each(?) AS part CROSS JOIN archive_parts ON archive_parts.id = part.value ORDER BY part.key
    """
_ENTRIES = f"""
    SELECT {", ".join(f"entries.{name}" for name in ENTRY_COLUMNS)}
    FROM json_each(?) AS wanted CROSS JOIN entries ON entries.id = wanted.value ORDER BY wanted.key
    """  # noqa: S608


class SqliteHistoryBook:
    """See `protocol.HistoryBook`; `unsealed` looks at every entry of a feed, all else only at what it is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def archives(self) -> dict[int, int]:
        """Feed row -> how many archive documents it has; missing where it has none."""
        return dict(self._database.rows("SELECT feed, max(number) FROM archives GROUP BY feed"))

    def archive(self, feed_row: int, number: int) -> Sealed | None:
        """An archive document; None where there is none of this number."""
        query = "SELECT site_url, parts FROM archives WHERE feed = ? AND number = ?"
        for site_url, parts in self._database.rows(query, feed_row, number):
            bodies = self._database.rows(_PARTS, parts)
            return Sealed(tuple(zlib.decompress(body) for (body,) in bodies), restore(site_url))
        return None

    def seal(self, feed_row: int, archive: Sealed) -> int:
        """Keeps a feed's next archive document, and gives its number."""
        newest = self._database.value("SELECT max(number) FROM archives WHERE feed = ?", feed_row)
        number = 1 + int(newest or 0)
        self._database.write(
            "INSERT INTO archives (feed, number, site_url, parts) VALUES (?, ?, ?, ?)",
            feed_row,
            number,
            keep(archive.site_url),
            dump(self._kept(archive.parts)),
        )
        self._database.write_all(
            """
            INSERT INTO sealed (feed, entry, digest) VALUES (?, ?, ?)
            ON CONFLICT (feed, entry) DO UPDATE SET digest = excluded.digest
            """,
            ((feed_row, entry, keep(digest)) for entry, digest in archive.entries.items()),
        )
        return number

    def _kept(self, parts: Iterable[bytes]) -> list[int]:
        """The row of each part; those that are new are written."""
        rows = []
        for part in parts:
            digest = hashlib.sha256(part).digest()
            row = self._database.value("SELECT id FROM archive_parts WHERE digest = ?", digest)
            if row is None:
                self._database.write(
                    "INSERT INTO archive_parts (digest, body) VALUES (?, ?)", digest, zlib.compress(part)
                )
                row = self._database.value("SELECT last_insert_rowid()")
            rows.append(int(row))
        return rows

    def unsealed(self, feed_row: int) -> list[int]:
        """The rows of a feed's entries that are in no archive document of it as they are, the oldest first."""
        rows = self._database.rows(
            """
            SELECT members.entry FROM members CROSS JOIN entries ON entries.id = members.entry
            LEFT JOIN sealed ON sealed.feed = members.feed AND sealed.entry = members.entry
            WHERE members.feed = ? AND sealed.digest IS NOT entries.digest ORDER BY members.sort_at, atom_id DESC
            """,
            feed_row,
        )
        return [row for (row,) in rows]

    def entries(self, rows: Sequence[int]) -> list[EntryRow]:
        """The entries of these rows, in their order."""
        return list(map(entry_of, self._database.rows(_ENTRIES, listed(rows))))

    def withdraw(self, entries: Mapping[int, datetime]) -> None:
        """Notes for every feed that an entry (by row) stands in that it was withdrawn, and when."""
        query = """
            SELECT entries.id, place.value FROM json_each(?) AS wanted CROSS JOIN entries ON entries.id = wanted.value
            CROSS JOIN json_each(entries.feeds) AS place
            """
        places = self._database.rows(query, listed(entries))
        self._database.write_all(
            "INSERT OR IGNORE INTO tombstones (feed, withdrawn_at, entry) VALUES (?, ?, ?)",
            ((feed, micros(entries[entry]), entry) for entry, feed in places),
        )

    def withdrawn(self, feed_row: int, most: int) -> list[Tombstone]:
        """What was withdrawn from a feed and has not come back, the newest first."""
        rows = self._database.rows(
            """
            SELECT atom_id, withdrawn_at FROM tombstones CROSS JOIN entries ON entries.id = entry
            WHERE feed = ? ORDER BY withdrawn_at DESC, atom_id LIMIT ?
            """,
            feed_row,
            most,
        )
        return [Tombstone(restore(atom_id), instant(at)) for atom_id, at in rows]


def unwithdraw(database: Database, entries: Sequence[int]) -> list[int]:
    """Forgets that these entries (by row) were withdrawn; gives the rows of the feeds that told it."""
    query = "SELECT DISTINCT feed FROM json_each(?) CROSS JOIN tombstones ON entry = value"
    feeds = [feed for (feed,) in database.rows(query, listed(entries))]
    database.write_all("DELETE FROM tombstones WHERE entry = ?", ((entry,) for entry in entries) if feeds else ())
    return feeds
