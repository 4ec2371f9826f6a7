from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from finews_feeds.errors import StoreError
from finews_feeds.store import open_store
from finews_feeds.store.schema import APPLICATION_ID, MIGRATIONS, prepare

PATH = Path("finews.db")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty database in a file."""
    connection = sqlite3.connect(tmp_path / "finews.db", isolation_level=None)
    yield connection
    connection.close()


def first(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TABLE children (parent INTEGER REFERENCES parents (id))")


def second(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO parents VALUES (1)")


def fails(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO parents VALUES (2)")
    connection.execute("INSERT INTO no_such_table VALUES (2)")


def tears(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO children VALUES (3)")


def state(connection: sqlite3.Connection) -> tuple[int, list[int]]:
    """(version, rows of `parents`)"""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return version, [row for (row,) in connection.execute("SELECT id FROM parents")]


def test_an_empty_database_is_made_ours(database: sqlite3.Connection) -> None:
    assert prepare(database, PATH) is True
    assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert prepare(database, PATH) is False


def test_each_migration_is_applied_once_and_in_order(database: sqlite3.Connection) -> None:
    prepare(database, PATH, [first])
    assert state(database) == (1, [])
    prepare(database, PATH, [first, second])
    prepare(database, PATH, [first, second])
    assert state(database) == (2, [1])


@pytest.mark.parametrize(("bad", "error"), [(fails, sqlite3.OperationalError), (tears, StoreError)])
def test_a_migration_that_fails_leaves_what_was_there(
    database: sqlite3.Connection, bad: object, error: type[Exception]
) -> None:
    assert callable(bad)
    with pytest.raises(error):
        prepare(database, PATH, [first, second, bad])
    assert state(database) == (2, [1])
    assert database.execute("SELECT count(*) FROM children").fetchone() == (0,)
    prepare(database, PATH, [first, second, second_again])
    assert state(database) == (3, [1, 4])


def second_again(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO parents VALUES (4)")


def test_a_migration_that_leaves_a_row_without_its_parent_is_named(database: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match="version 2 would leave children row 1 without its parents"):
        prepare(database, PATH, [first, tears])


@pytest.mark.parametrize("moment", ["BEGIN IMMEDIATE", "PRAGMA user_version"])
def test_another_process_may_have_migrated_in_the_meantime(
    database: sqlite3.Connection, tmp_path: Path, moment: str
) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    other = sqlite3.connect(tmp_path / "finews.db", isolation_level=None)

    class Late(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
            if sql == moment:
                prepare(other, PATH, [first, second])
            return super().execute(sql, *values)

    late = sqlite3.connect(tmp_path / "finews.db", isolation_level=None, factory=Late)
    prepare(late, PATH, [first, second])
    assert state(late) == (2, [1])
    late.close()
    other.close()


def test_a_store_of_a_newer_version_is_refused(database: sqlite3.Connection) -> None:
    prepare(database, PATH, [first, second])
    with pytest.raises(StoreError, match="a newer finews-feeds wrote it"):
        prepare(database, PATH, [first])
    assert state(database) == (2, [1])


#: Every version that was ever released, as it was made then; none may change afterwards.
SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def test_every_version_has_its_schema_on_record() -> None:
    assert [path.stem for path in SCHEMAS] == [str(n + 1) for n in range(len(MIGRATIONS))]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_released_migration_is_never_edited(database: sqlite3.Connection, path: Path) -> None:
    prepare(database, PATH, MIGRATIONS[: int(path.stem)])
    statements = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    assert "".join(f"{' '.join(sql.split())};\n" for (sql,) in statements) == path.read_text()


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_store_of_any_version_opens(tmp_path: Path, path: Path) -> None:
    old = sqlite3.connect(tmp_path / "finews.db", isolation_level=None)
    prepare(old, PATH, MIGRATIONS[: int(path.stem)])
    old.close()
    store = open_store("sqlite:///finews.db", tmp_path)
    assert (store.feeds(), store.source_states(), store.post_files("posts")) == ([], {}, {})
    store.close()


def test_a_store_of_the_first_version_finds_its_sightings_by_address(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "finews.db", isolation_level=None)
    prepare(old, PATH, MIGRATIONS[:1])
    doc = '{"is_post":true,"title":"T","link":"https://site.example/p","via":"https://o.example/a"}'
    old.execute("INSERT INTO sightings (id, source, entry_id, digest, doc) VALUES (7, 's', '1', 'd', ?)", (doc,))
    old.close()
    store = open_store("sqlite:///finews.db", tmp_path)
    for url in ("http://site.example/p", "http://o.example/a/"):
        assert [each.row for each in store.sightings_linking(url)] == [7]
    store.close()
