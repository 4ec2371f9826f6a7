"""One SQLite file: how it is opened, what it guarantees, and what its errors are called.

What is guaranteed
- A process that is killed at any instruction leaves the last committed state: whoever opens the file next finds the
  journal beside it and reads it back.
- After a power cut, too: `synchronous=FULL` syncs at every commit. With NORMAL the last commits could be undone
  although feeds made from them had been published, and then an entry would get another first-seen instant. One sync
  a transaction is what that costs.
- Readers do not wait for a writer: the journal is a write-ahead log (WAL). Writers wait for each other, up to a minute.
- The last connection to close folds the log into the file: a store that nobody has open is one file, and a plain
  copy of it is whole.

A new file gets its log only once it has been filled: in SQLite's older mode a cold import writes every page once, not
twice, which is a third of its time. Only then may a reader have to wait for the writer.
The log needs shared memory, so the store belongs on a disk of the machine, not on a network file system.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finews_feeds.errors import Fault, StoreError
from finews_feeds.store.schema import prepare

#: How long a writer waits for another, in seconds.
BUSY_TIMEOUT = 60.0

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # In KiB: with 2 MiB, the default, a cold import writes the same index pages to the log again and again; with more
    # than this it is no faster, and all of it is memory after a while.
    "PRAGMA cache_size = -8192",
    "PRAGMA temp_store = MEMORY",
    # A cold import leaves a log of its own size; this much of it is kept for the next commit.
    "PRAGMA journal_size_limit = 4194304",
)

#: From this size on, 1 MiB, a new file is filled.
_FILLED_PAGES = 256

_ELSEWHERE = "or name another file under [store] url"
#: Primary result code -> cause and mend.
_FAULTS = {
    sqlite3.SQLITE_BUSY: ("another process has been writing to it for too long", "let that one finish, and run again"),
    sqlite3.SQLITE_LOCKED: (
        "another process has been writing to it for too long",
        "let that one finish, and run again",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room and run again; what was not finished has been undone"),
    sqlite3.SQLITE_READONLY: (
        "it cannot be written",
        f"give this user the right to write it and its folder, {_ELSEWHERE}",
    ),
    sqlite3.SQLITE_PERM: ("it cannot be written", f"give this user the right to write it and its folder, {_ELSEWHERE}"),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        f"see that it is a file, and that this user may write it and its folder, {_ELSEWHERE}",
    ),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", "name another file under [store] url"),
    sqlite3.SQLITE_CORRUPT: (
        "it is damaged",
        "put a copy back, or move it away: the same posts and sources get the same ids",
    ),
    sqlite3.SQLITE_IOERR: ("the disk failed", f"see the system's log, {_ELSEWHERE}"),
}


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turns what SQLite raises inside the block into StoreError; wrong use of the module itself is not caught."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise StoreError(_fault(path, error)) from error


def _fault(path: Path, error: sqlite3.Error) -> Fault:
    # Extended result codes carry the primary one in their low byte (https://sqlite.org/rescode.html).
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code not in _FAULTS:
        return Fault(str(path), str(error), "keep the file and report this")
    cause, mend = _FAULTS[code]
    return Fault(str(path), f"{cause} ({error})", mend)


def path_of(url: str, base: Path) -> Path:
    """The file that a URL names: `sqlite:///relative` starts from `base`, `sqlite:////absolute` from the root.

    The rest of the URL is taken as it stands, not percent-decoded. Raises StoreError where it names a host or no file.
    """
    prefix, name = url[:10], url[10:]
    if prefix != "sqlite:///" or not name or name.endswith("/") or "\0" in name:
        raise StoreError(
            Fault(
                url,
                "it names no file",
                "write sqlite:///../var/finews.db, or with four slashes sqlite:////var/lib/finews.db",
            )
        )
    return (base / name).resolve()


class Database:
    """A connection whose errors are StoreError. Rows come as tuples, all at once: no cursor outlives its call."""

    def __init__(self, path: Path, busy_timeout: float = BUSY_TIMEOUT) -> None:
        """Opens the file, making it and its folder where they are missing, and brings it to the newest version."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            place = str(path.parent)
            mend = f"make the folder and give this user the right to write to it, {_ELSEWHERE}"
            raise StoreError(Fault(place, f"the store's folder cannot be made ({error.strerror})", mend)) from error
        #: How a transaction begins, ends, and is undone; None while no other may begin.
        self._frame: _Frame | None = _TRANSACTION
        with faults_of(path):
            self._connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
            try:
                is_new = prepare(self._connection, path)
                for pragma in _PRAGMAS:
                    self._connection.execute(pragma)
                self._is_wal = False
                self._use_wal(_FILLED_PAGES if is_new else 0)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Closes the connection; the last one folds the log into the file."""
        with faults_of(self.path):
            self._connection.close()

    def rows(self, sql: str, *values: object) -> list[Any]:
        """All rows that a query gives, as tuples."""
        with faults_of(self.path):
            return self._connection.execute(sql, values).fetchall()

    def each_row(self, sql: str, *values: object) -> Generator[Any, None, None]:
        """The rows that a query gives, one by one as they are taken; to be closed by who takes not all of them."""
        with faults_of(self.path), closing(self._connection.execute(sql, values)) as cursor:
            yield from cursor

    def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, None where there is no row."""
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def write(self, sql: str, *values: object) -> int:
        """Runs one changing statement and gives the number of rows that it met. Only inside a transaction."""
        self._must_be_writing()
        with faults_of(self.path):
            return self._connection.execute(sql, values).rowcount

    def write_all(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Runs one changing statement for each row, taking them one by one. Only inside a transaction."""
        self._must_be_writing()
        with faults_of(self.path):
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds the one write lock over the block; commits at its end, undoes everything where it raises."""
        frame = self._frame
        if frame is None:
            raise RuntimeError("a transaction of this store is under way already; they do not nest")
        if frame is _SAVEPOINT:
            self._must_be_under_way()
        self._run(frame.begin)
        self._frame = None
        try:
            yield
            self._run(frame.end)
        except BaseException:
            self._undo(frame)
            raise
        finally:
            self._frame = frame
        if frame is _TRANSACTION:
            # What was to be written has been committed: whatever stands in the way of the log is no failure of that.
            with suppress(StoreError, sqlite3.Error):
                self._use_wal(_FILLED_PAGES)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Holds the one write lock over the block and undoes at its end what the transactions inside it wrote."""
        with suppress(_Rehearsed), self.transaction():
            self._frame = _SAVEPOINT
            yield
            raise _Rehearsed

    def _use_wal(self, least_pages: int = 0) -> None:
        """Turns to the write-ahead log where the file has grown to `least_pages`; the mode stays in the file."""
        if self._is_wal or self.value("PRAGMA page_count") < least_pages:
            return
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # Another connection is at work on the file. Nothing is lost by waiting for the next occasion.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        else:
            self._is_wal = True

    def _run(self, sql: str) -> None:
        with faults_of(self.path):
            self._connection.execute(sql)

    def _undo(self, frame: _Frame) -> None:
        # After a full disk SQLite may have undone it already; and what is wrong is told by the first error.
        with suppress(sqlite3.Error):
            for statement in frame.undo if self._connection.in_transaction else ():
                self._connection.execute(statement)

    def _must_be_writing(self) -> None:
        if self._frame is not None:
            raise RuntimeError("a store is written only inside its transaction(); this one is over")
        self._must_be_under_way()

    def _must_be_under_way(self) -> None:
        # SQLite undoes a whole transaction by itself after some errors of the disk. Were such an error caught inside
        # the block, what is written next would stand alone.
        if not self._connection.in_transaction:
            raise StoreError(
                Fault(str(self.path), "the transaction was undone after an error", "mend what that error names")
            )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a transaction is made of: an SQL transaction, or inside a rehearsal a savepoint."""

    begin: str
    end: str
    undo: tuple[str, ...]


_TRANSACTION = _Frame("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_SAVEPOINT = _Frame("SAVEPOINT rehearsed", "RELEASE rehearsed", ("ROLLBACK TO rehearsed", "RELEASE rehearsed"))


class _Rehearsed(Exception):  # noqa: N818 (no error: how a rehearsal ends)
    pass


def listed(values: Iterable[object]) -> str:
    """Values as the JSON array that `json_each(?)` unfolds: one statement for any number of them."""
    return json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
