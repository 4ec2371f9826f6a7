"""What is written behind: in order, few at a time, seen at once by who wrote it, and no failure is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from finews_feeds.errors import Fault, OutputError
from finews_feeds.publish.behind import BehindSite
from finews_feeds.publish.site import FolderSite
from finews_feeds.publish.twins import TwinSite


class SlowSite(FolderSite):
    """A site whose disk waits until it may go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may_go_on = threading.Event()
        self.begun: list[str] = []
        self.failing: set[str] = set()

    def write(self, path: str, data: bytes) -> bool:
        self.begun.append(path)
        assert self.may_go_on.wait(10)
        if path in self.failing:
            raise OutputError(Fault(path, "cannot be used: the disk is full", "free some space"))
        return super().write(path, data)


def test_who_writes_goes_on_while_the_disk_works_and_the_order_stays(tmp_path: Path) -> None:
    slow = SlowSite(tmp_path)
    site = BehindSite(slow)
    assert [site.write(f"{number}.xml", b"x") for number in range(9)] == [True] * 9
    assert slow.begun in ([], ["0.xml"])
    slow.may_go_on.set()
    site.close()
    assert slow.begun == [f"{number}.xml" for number in range(9)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(slow.begun)


def test_only_a_few_are_on_their_way(tmp_path: Path) -> None:
    slow = SlowSite(tmp_path)
    site = BehindSite(slow)
    written: list[int] = []

    def write_many() -> None:
        for number in range(40):
            site.write(f"{number}.xml", b"x")
            written.append(number)

    writer = threading.Thread(target=write_many)
    writer.start()
    writer.join(0.3)
    at_most = len(written)
    slow.may_go_on.set()
    writer.join(10)
    site.close()
    assert at_most == 16
    assert len(list(tmp_path.iterdir())) == 40


LATER: dict[str, Callable[[BehindSite], object]] = {
    "flush": lambda site: site.flush(),
    "close": lambda site: site.close(),
    "a look at it": lambda site: site.read("bad.xml"),
    "a look at all": lambda site: site.missing(["a.xml"]),
    "another file": lambda site: [site.write(f"{number}.xml", b"x") for number in range(20)],
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER.keys())
def test_a_failure_is_raised_by_what_comes_next_and_only_once(
    later: Callable[[BehindSite], object], tmp_path: Path
) -> None:
    slow = SlowSite(tmp_path)
    slow.may_go_on.set()
    slow.failing = {"bad.xml"}
    site = BehindSite(slow)
    assert site.write("bad.xml", b"x")
    with pytest.raises(OutputError, match="disk is full"):
        later(site)
    site.close()
    slow.failing = set()
    site = BehindSite(slow)
    assert site.write("bad.xml", b"x")
    site.close()
    assert (tmp_path / "bad.xml").read_bytes() == b"x"


def test_a_file_that_stands_gets_the_twin_that_it_lacks(tmp_path: Path) -> None:
    long = b"x" * 1000
    FolderSite(tmp_path).write("a.xml", long)
    site = BehindSite(TwinSite(FolderSite(tmp_path), ("gzip",)))
    assert (site.write("a.xml", long), site.write("a.xml", long)) == (True, False)
    site.close()
    assert (tmp_path / "a.xml.gz").exists()
