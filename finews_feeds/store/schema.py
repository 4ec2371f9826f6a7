"""The tables of the embedded store, as numbered migrations, and the refusal of files that are not ours.

Rules
- A database names its program (`application_id`) and its version (`user_version` = how many migrations it has had).
- A migration that was released is never edited; a change of the schema is one more function at the end of `MIGRATIONS`.
- Each runs in a transaction of its own and is checked before it is committed: all of it, or nothing.
- Whose file it is, is decided before anything is written to it: a stranger's file keeps its bytes.

The tables
- What only Python reads is JSON in `doc`; what SQL compares or orders has a column. Instants are in microseconds.
- Bodies stand apart in `contents`: deciding what is one entry reads all sightings and not one body.
- An entry's feeds stand twice: in `members`, in the order in which a feed is read, and as a list of rows in
  `entries.feeds`. An index of `members` by entry would answer the same question at twice the cost of a cold import.
  Both are written by `settling` alone, in one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from finews_feeds.errors import Fault, StoreError
from finews_feeds.store.addresses import ADD_ADDRESS, rows_of_doc

#: "FINW" in ASCII, at byte 68 of the file; `file` and the sqlite3 shell show it.
APPLICATION_ID = 0x46494E57

Migration = Callable[[sqlite3.Connection], None]

_FIRST = (
    # Small facts of the program's own.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # One row: the number last written as a changed_seq.
    "CREATE TABLE counter (last INTEGER NOT NULL)",
    "INSERT INTO counter VALUES (0)",
    "CREATE TABLE sources (name TEXT PRIMARY KEY, doc TEXT NOT NULL)",
    # `odd` is NULL but for the few files that have findings, or a name that is no Unicode text.
    """
    CREATE TABLE files (
        source TEXT NOT NULL, path TEXT NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        entry_id TEXT NOT NULL, odd TEXT, PRIMARY KEY (source, path)) WITHOUT ROWID
    """,
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY, atom_id TEXT NOT NULL UNIQUE CHECK (atom_id <> ''), key TEXT NOT NULL,
        published_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, digest TEXT NOT NULL, sort_at INTEGER NOT NULL,
        is_live INTEGER NOT NULL, feeds TEXT NOT NULL)
    """,
    # canonical_url is NULL, not '', where there is none: then no sighting equals another by having none.
    # former_url: of an unsettled sighting, the canonical URL that it had when it was last settled.
    """
    CREATE TABLE sightings (
        id INTEGER PRIMARY KEY, source TEXT NOT NULL, entry_id TEXT NOT NULL, canonical_url TEXT,
        settled INTEGER NOT NULL DEFAULT 0, entry INTEGER REFERENCES entries (id), former_url TEXT, wait_at INTEGER,
        published_at INTEGER, updated_at INTEGER, first_seen_at INTEGER, changed_at INTEGER, gone_at INTEGER,
        digest TEXT NOT NULL, doc TEXT NOT NULL, UNIQUE (source, entry_id))
    """,
    "CREATE INDEX sightings_by_url ON sightings (canonical_url) WHERE canonical_url IS NOT NULL",
    "CREATE INDEX sightings_by_entry ON sightings (entry) WHERE entry IS NOT NULL",
    "CREATE INDEX sightings_unsettled ON sightings (id) WHERE settled = 0",
    "CREATE INDEX sightings_waiting ON sightings (wait_at) WHERE wait_at IS NOT NULL",
    """
    CREATE TABLE contents (
        sighting INTEGER PRIMARY KEY REFERENCES sightings (id),
        summary_kind TEXT, summary_base TEXT, summary BLOB, content_kind TEXT, content_base TEXT, content BLOB)
    """,
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL DEFAULT '',
        atom_id TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '', updated_at INTEGER NOT NULL DEFAULT 0,
        changed_seq INTEGER NOT NULL, published_seq INTEGER NOT NULL DEFAULT 0, entries INTEGER NOT NULL DEFAULT 0,
        UNIQUE (kind, key))
    """,
    "CREATE INDEX feeds_dirty ON feeds (id) WHERE changed_seq <> published_seq",
    # No foreign keys: for the 85,000 rows of a cold import they cost too much, and `settling` makes both ends.
    """
    CREATE TABLE members (
        feed INTEGER NOT NULL, sort_at INTEGER NOT NULL, entry INTEGER NOT NULL,
        PRIMARY KEY (feed, sort_at, entry)) WITHOUT ROWID
    """,
    """
    CREATE TABLE fragments (
        entry INTEGER NOT NULL REFERENCES entries (id), kind TEXT NOT NULL, digest TEXT NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (entry, kind))
    """,
)


def _first(connection: sqlite3.Connection) -> None:
    for statement in _FIRST:
        connection.execute(statement)


def _near(connection: sqlite3.Connection) -> None:
    """Which sightings tell one story under different URLs: empty unless `[near]` asks for it."""
    # `marks` is JSON; each of them is a row of `near_marks` as well, which is asked by mark and time.
    connection.execute(
        """
        CREATE TABLE near (
            sighting INTEGER PRIMARY KEY, told TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL,
            marks TEXT NOT NULL)
        """
    )
    connection.execute(
        """
        CREATE TABLE near_marks (
            mark INTEGER NOT NULL, at INTEGER NOT NULL, sighting INTEGER NOT NULL,
            PRIMARY KEY (mark, at, sighting)) WITHOUT ROWID
        """
    )
    # Both directions of each tie.
    connection.execute(
        """
        CREATE TABLE near_ties (
            sighting INTEGER NOT NULL, other INTEGER NOT NULL, alike REAL NOT NULL,
            PRIMARY KEY (sighting, other)) WITHOUT ROWID
        """
    )


def _operators_word(connection: sqlite3.Connection) -> None:
    """What the operator says of entries, and where a sighting's addresses are looked up (see `addresses`)."""
    connection.execute("CREATE TABLE overrides (id INTEGER PRIMARY KEY, doc TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE addresses (hash INTEGER NOT NULL, sighting INTEGER NOT NULL, PRIMARY KEY (hash, sighting))"
        " WITHOUT ROWID"
    )
    known = connection.execute("SELECT id, doc FROM sightings")
    connection.executemany(ADD_ADDRESS, (row for sighting, doc in known for row in rows_of_doc(sighting, doc)))


def _history(connection: sqlite3.Connection) -> None:
    """What was sealed in archive documents, and what was withdrawn: empty unless `[output]` asks for it."""
    # A document is its parts, one after the other; an entry that stands in many feeds' archives is kept once.
    connection.execute(
        "CREATE TABLE archive_parts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL)"
    )
    connection.execute(
        """
        CREATE TABLE archives (
            feed INTEGER NOT NULL, number INTEGER NOT NULL, site_url TEXT NOT NULL, parts TEXT NOT NULL,
            PRIMARY KEY (feed, number)) WITHOUT ROWID
        """
    )
    # The digest that an entry had in the newest document of a feed in which it stands.
    connection.execute(
        """
        CREATE TABLE sealed (
            feed INTEGER NOT NULL, entry INTEGER NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (feed, entry)) WITHOUT ROWID
        """
    )
    connection.execute(
        """
        CREATE TABLE tombstones (
            feed INTEGER NOT NULL, withdrawn_at INTEGER NOT NULL, entry INTEGER NOT NULL,
            PRIMARY KEY (feed, withdrawn_at, entry)) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX tombstones_by_entry ON tombstones (entry)")


def _former_urls(connection: sqlite3.Connection) -> None:
    """Where sightings stood before they moved: empty but for those few."""
    # Rows are only added: one that is out of date lets too much be decided anew, and nothing too little.
    connection.execute(
        """
        CREATE TABLE former_urls (
            canonical_url TEXT NOT NULL, sighting INTEGER NOT NULL,
            PRIMARY KEY (canonical_url, sighting)) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX former_urls_by_sighting ON former_urls (sighting)")
    # Whoever brings news is asked for what was first seen last.
    connection.execute("CREATE INDEX sightings_by_arrival ON sightings (source, first_seen_at)")


def _known_parts(connection: sqlite3.Connection) -> None:
    """What of a source's last document need not be read again; empty where it has to be read whole."""
    connection.execute("CREATE TABLE known_parts (source TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID")


#: In the order in which they are applied; the version of a database is the number of those that it has had.
MIGRATIONS: tuple[Migration, ...] = (_first, _near, _operators_word, _history, _former_urls, _known_parts)


def prepare(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> bool:
    """Brings a database to the newest version; an empty one is made ours. Says whether it was empty.

    `connection` is in autocommit mode (isolation_level None). Raises StoreError where the file belongs to another
    program or to a newer version of this one, and then has not written to it; sqlite3.Error where a step fails, and
    then the database is as that step found it.
    """
    # One view of the file: between two looks another process may have made it ours.
    connection.execute("BEGIN")
    try:
        found = _version(connection, path, len(migrations))
    finally:
        connection.execute("ROLLBACK")
    for _ in range(found, len(migrations)):
        _step(connection, path, migrations)
    return found == 0


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if owner != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner or version or tables:
            raise StoreError(
                Fault(str(path), "this database belongs to another program", "name another file under [store] url")
            )
    if version > newest:
        raise StoreError(
            Fault(
                str(path),
                f"a newer finews-feeds wrote it (version {version}; this one knows up to {newest})",
                "install that version, or name another file under [store] url",
            )
        )
    return int(version)


def _step(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Applies the next migration in its own transaction, unless another process has done it in the meantime."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, len(migrations))
        if version < len(migrations):
            migrations[version](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            _check(connection, path, version + 1)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection, path: Path, version: int) -> None:
    torn = connection.execute("PRAGMA foreign_key_check").fetchone()
    if torn is not None:
        raise StoreError(
            Fault(
                str(path),
                f"the step to version {version} would leave {torn[0]} row {torn[1]} without its {torn[2]}",
                "nothing was changed; keep the file and report this",
            )
        )
