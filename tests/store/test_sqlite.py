"""The embedded store: the suite of all stores, and what holds for a file on a disk alone."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from finews_feeds.errors import StoreError
from finews_feeds.model import Text
from finews_feeds.store import open_store, settling
from finews_feeds.store.sqlite import SqliteStore

from .contract import StoreContract, entry_at, settle
from .history_contract import HistoryContract
from .near_contract import NearContract
from .values import entry, settled, sighting

URL = "sqlite:///finews.db"
ROOT = Path(__file__).parents[2]


class TestContract(StoreContract):
    """Every promise of the protocol, over every store of `contract.STORES`."""


class TestNear(NearContract):
    """Which sightings tell one story, likewise."""


class TestHistory(HistoryContract):
    """Archives and tombstones, likewise."""


# --- which file ---------------------------------------------------------------------------------------------------


def test_a_relative_path_starts_from_the_base_and_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    open_store("sqlite:///../var/deep/finews.db", tmp_path / "config").close()
    assert (tmp_path / "var/deep/finews.db").is_file()


def test_four_slashes_begin_an_absolute_path(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/finews.db", Path("/nonexistent")).close()
    assert (tmp_path / "finews.db").is_file()


def test_a_closed_store_is_one_whole_file(tmp_path: Path) -> None:
    for n in range(2):
        store = open_store(URL, tmp_path)
        settle(store, settled(entry(f"urn:{n}")))
        store.close()
        assert [path.name for path in tmp_path.iterdir()] == ["finews.db"]
    shutil.copy(tmp_path / "finews.db", tmp_path / "copy.db")
    copy = open_store("sqlite:///copy.db", tmp_path)
    assert entry_at(copy, "urn:1").atom_id == "urn:1"
    copy.close()


def test_reading_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    open_store(URL, tmp_path).close()
    writer, reader = open_store(URL, tmp_path), SqliteStore.open(URL, tmp_path, busy_timeout=0)
    with writer.transaction() as tx:
        tx.put_sightings(sighting(str(n), content=Text("x" * 100_000)) for n in range(500))
        assert reader.feeds() == []
    assert len(reader.sightings("posts")) == 500
    reader.close()
    writer.close()


# --- what is wrong with it ----------------------------------------------------------------------------------------


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def marked(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 1")
    connection.close()


def newer(path: Path) -> None:
    open_store(URL, path.parent).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def damaged(path: Path) -> None:
    open_store(URL, path.parent).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


#: (name, what stands at the path of the store, what the message says)
UNUSABLE = [
    ("another program's tables", foreign, "belongs to another program"),
    ("another program's mark", marked, "belongs to another program"),
    ("a newer version's", newer, "a newer finews-feeds wrote it"),
    ("text", lambda path: path.write_text("no database " * 100), "it is no SQLite database"),
    ("a torn file", damaged, "damaged"),
    ("a folder", lambda path: path.mkdir(), "it cannot be opened"),
]


@pytest.mark.parametrize(("make", "message"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "finews.db"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError) as raised:
        open_store(URL, tmp_path)
    (fault,) = raised.value.faults
    assert fault.place == str(path)
    assert message in fault.cause
    assert fault.mend
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert [each.name for each in tmp_path.iterdir()] == ["finews.db"]


#: (URL, base, where the fault is)
UNREACHABLE = [
    ("sqlite://", "/", "sqlite://"),
    ("sqlite:///", "/", "sqlite:///"),
    ("sqlite://host/finews.db", "/", "sqlite://host/finews.db"),
    ("sqlite:///folder/", "/", "sqlite:///folder/"),
    ("sqlite:///finews.db", "/dev/null", "/dev/null"),
    ("sqlite:////dev/null/var/finews.db", "/", "/dev/null/var"),
    ("sqlite:////proc/finews/finews.db", "/", "/proc/finews"),
    ("oracle://host/db", "/", "oracle://host/db"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="needs paths that nobody may write to")
@pytest.mark.parametrize(("url", "base", "place"), UNREACHABLE)
def test_a_place_that_cannot_be_used_is_named_with_its_mend(url: str, base: str, place: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(url, Path(base))
    (fault,) = raised.value.faults
    assert fault.place == place
    assert fault.mend


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("locked", ["finews.db", "."])
def test_a_store_that_may_not_be_written_is_named_with_its_mend(tmp_path: Path, locked: str) -> None:
    open_store(URL, tmp_path).close()
    target = tmp_path / locked
    mode = target.stat().st_mode
    target.chmod(mode & 0o555)
    try:
        with pytest.raises(StoreError, match=r"give this user the right|may write"):
            store = open_store(URL, tmp_path)
            settle(store, settled(entry("urn:1")))
    finally:
        target.chmod(mode)


def test_a_locked_store_is_named_with_its_mend(tmp_path: Path) -> None:
    first, second = open_store(URL, tmp_path), SqliteStore.open(URL, tmp_path, busy_timeout=0.01)
    with first.transaction():
        with pytest.raises(StoreError, match="another process has been writing to it") as raised, second.transaction():
            pass
        assert raised.value.faults[0].place == str(tmp_path / "finews.db")
    with second.transaction() as tx:
        tx.put_meta("a", "b")
    assert first.meta("a") == "b"
    first.close()
    second.close()


@pytest.mark.parametrize("is_filled", [False, True])
def test_a_full_disk_undoes_the_transaction_and_is_named(tmp_path: Path, is_filled: bool) -> None:
    store = SqliteStore.open(URL, tmp_path)
    with store.transaction() as tx:
        tx.put_sightings(sighting(str(n), content=Text("x" * 10_000)) for n in range(200 if is_filled else 1))
    # SQLite's own bound on the size of a file gives the error that a full disk gives.
    (pages,) = store._database.rows("PRAGMA page_count")[0]
    store._database.rows(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(StoreError, match="the disk is full") as raised, store.transaction() as tx:
        tx.put_meta("a", "b")
        tx.put_sightings(sighting(f"more {n}", content=Text("x" * 10_000)) for n in range(100))
    assert raised.value.faults[0].mend
    assert store.meta("a") is None
    with store.transaction() as tx:
        tx.put_meta("a", "c")
    assert store.meta("a") == "c"
    store.close()


def test_nothing_is_written_after_the_transaction_was_undone_inside_its_block(tmp_path: Path) -> None:
    store = SqliteStore.open(URL, tmp_path)
    with pytest.raises(StoreError, match="was undone after an error"), store.transaction() as tx:
        store._database.rows("ROLLBACK")
        tx.put_meta("a", "b")
    with pytest.raises(StoreError, match="was undone after an error"), store.rehearsal():
        store._database.rows("ROLLBACK")
        with store.transaction() as tx:
            tx.put_meta("a", "b")
    assert store.meta("a") is None
    store.close()


# --- killed at any instruction ------------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
from finews_feeds.model import Sighting, Text
from finews_feeds.store import open_store, settling

store = open_store("sqlite:///finews.db", Path(sys.argv[1]))
with store.transaction() as tx:
    tx.put_meta("state", "torn")
    # More than the page cache holds: the file, or its log, has been written to when the end comes.
    tx.put_sightings(
        Sighting("posts", str(n), "", True, "torn", "", content=Text("torn" * 25_000)) for n in range(450)
    )
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("is_filled", [False, True])
def test_a_killed_process_leaves_the_store_as_it_was(tmp_path: Path, is_filled: bool) -> None:
    store = open_store(URL, tmp_path)
    with store.transaction() as tx:
        tx.put_meta("state", "whole")
        tx.put_sightings(sighting(str(n), content=Text("whole" * 2_000)) for n in range(200 if is_filled else 1))
    before = store.sightings("posts")
    store.close()
    size = (tmp_path / "finews.db").stat().st_size
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) > size + 1_000_000
        child.send_signal(signal.SIGKILL)
    store = open_store(URL, tmp_path)
    assert store.meta("state") == "whole"
    assert store.sightings("posts") == before
    assert store._database.value("PRAGMA integrity_check") == "ok"
    store.close()


def test_a_process_that_is_killed_during_the_first_import_leaves_an_empty_store(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
    store = open_store(URL, tmp_path)
    assert (store.meta("state"), store.sightings("posts")) == (None, {})
    assert store._database.value("PRAGMA integrity_check") == "ok"
    store.close()


COUNTER = """
import sys
from pathlib import Path
from finews_feeds.model import Sighting, Text
from finews_feeds.store import open_store, settling

for _ in range(5):
    store = open_store("sqlite:///finews.db", Path(sys.argv[1]))
    for _ in range(8):
        with store.transaction() as tx:
            count = int(store.meta("count") or 0) + 1
            tx.put_meta("count", str(count))
            tx.put_sightings([Sighting(sys.argv[2], str(count), "", True, "", "", content=Text("x" * 30_000))])
    store.close()
"""


def test_two_processes_that_write_at_once_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    # From no file at all: they make it together, and it turns to its log while both are at work.
    children = [subprocess.Popen([sys.executable, "-c", COUNTER, str(tmp_path), name], cwd=ROOT) for name in ("a", "b")]
    assert [child.wait() for child in children] == [0, 0]
    store = open_store(URL, tmp_path)
    assert store.meta("count") == "80"
    assert len(store.sightings("a")) + len(store.sightings("b")) == 80
    assert store._database.value("PRAGMA integrity_check") == "ok"
    store.close()


@pytest.mark.parametrize("shared", ["/1", ""])
def test_deciding_takes_time_in_proportion_however_many_share_a_url(tmp_path: Path, shared: str) -> None:
    def steps(count: int) -> int:
        """How many thousand instructions SQLite takes for so many sightings of one URL, or of one entry."""
        store = SqliteStore.open(f"sqlite:///{count}.db", tmp_path)
        with store.transaction() as tx:
            tx.put_sightings(sighting(str(n), shared or f"/{n}") for n in range(count))
            tx.settle([settled(entry("urn:1"), *tx.unsettled().sightings)], (), ())
            tx.put_sightings([sighting("0", shared)])
            ticks: list[int] = []
            store._database._connection.set_progress_handler(lambda: ticks.append(1), 1000)
            assert len(tx.unsettled().sightings) == count
        store.close()
        return len(ticks)

    assert steps(1200) < steps(300) * 8


# --- found by index -----------------------------------------------------------------------------------------------

#: What runs in every cycle, however large the store is.
INDEXED = [
    f"{settling._CLOSURE} SELECT * FROM near CROSS JOIN sightings USING (id)",
    "SELECT * FROM feeds WHERE changed_seq <> published_seq",
    "SELECT * FROM members CROSS JOIN entries ON id = entry WHERE feed = 1 ORDER BY members.sort_at DESC LIMIT 9",
    "SELECT * FROM sightings WHERE settled = 0",
    "UPDATE sightings SET settled = 0 WHERE wait_at <= 1",
    "SELECT * FROM sightings WHERE canonical_url = 'x'",
    "SELECT * FROM json_each('[]') AS given CROSS JOIN sightings ON entry = given.value",
    "SELECT * FROM json_each('[]') AS given CROSS JOIN fragments ON entry = given.value AND kind = 'atom'",
]


@pytest.mark.parametrize("query", INDEXED)
def test_what_every_cycle_asks_reads_no_table_from_end_to_end(tmp_path: Path, query: str) -> None:
    store = SqliteStore.open(URL, tmp_path)
    plan = [row[-1] for row in store._database.rows(f"EXPLAIN QUERY PLAN {query}")]
    store.close()
    scanned = {step.split()[1] for step in plan if step.startswith("SCAN") and "USING INDEX" not in step}
    assert not scanned & {"sightings", "entries", "members", "feeds", "fragments", "other"}
