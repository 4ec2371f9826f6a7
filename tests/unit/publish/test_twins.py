"""Compressed twins, and what every site keeps to, whatever it stands on."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.publish.behind import BehindSite
from finews_feeds.publish.rehearsal import RehearsalSite
from finews_feeds.publish.site import FolderSite, Site
from finews_feeds.publish.twins import SUFFIXES, TwinSite

PATH = "feed/by_tag/东财.xml"
LONG = b"<feed>" + "沪指收涨。".encode() * 100 + b"</feed>"
UNDO: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
}
SITES: dict[str, Callable[[Path], Site]] = {
    "folder": FolderSite,
    "rehearsal": RehearsalSite,
    "twins": lambda folder: TwinSite(FolderSite(folder), tuple(SUFFIXES)),
    "no twins": lambda folder: TwinSite(FolderSite(folder), ()),
    "rehearsed twins": lambda folder: TwinSite(RehearsalSite(folder), ("gzip",)),
    "behind": lambda folder: BehindSite(FolderSite(folder)),
    "twins behind": lambda folder: BehindSite(TwinSite(FolderSite(folder), tuple(SUFFIXES))),
}


def names_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("make", SITES.values(), ids=SITES.keys())
def test_every_site_keeps_what_is_written_and_says_whether_it_is_new(
    make: Callable[[Path], Site], tmp_path: Path
) -> None:
    site = make(tmp_path)
    assert (site.exists(PATH), site.read(PATH), site.remove(PATH)) == (False, None, False)
    assert (site.write(PATH, LONG), site.write(PATH, LONG)) == (True, False)
    assert (site.exists(PATH), site.read(PATH)) == (True, LONG)
    assert (site.write(PATH, b"short"), site.read(PATH), site.exists(PATH)) == (True, b"short", True)
    assert (site.remove(PATH), site.remove(PATH)) == (True, False)
    assert (site.exists(PATH), site.read(PATH)) == (False, None)
    assert site.write(PATH, b"short") is True
    assert site.exists(PATH)
    site.flush()
    assert site.sweep() == 0
    assert site.missing([PATH, "feed/other.xml", "none.xml", "none/x.xml"]) == {
        "feed/other.xml",
        "none.xml",
        "none/x.xml",
    }
    site.remove(PATH)
    assert site.missing([PATH]) == {PATH}
    for outside in ("../x", "/x", "a//b", ".hidden", "a/.b", ""):
        with pytest.raises(ValueError, match="not a path"):
            site.write(outside, b"")


def test_a_rehearsal_changes_no_disk(tmp_path: Path) -> None:
    FolderSite(tmp_path).write(PATH, LONG)
    site = TwinSite(RehearsalSite(tmp_path), ("br",))
    assert site.write(PATH, LONG) is True  # the twin would be new
    site.write("other.xml", LONG)
    assert site.remove(PATH)
    assert names_below(tmp_path) == [PATH]


@pytest.mark.parametrize("coding", SUFFIXES)
def test_a_twin_holds_the_bytes_of_its_file_and_is_shorter(coding: str, tmp_path: Path) -> None:
    TwinSite(FolderSite(tmp_path), (coding,)).write(PATH, LONG)
    assert names_below(tmp_path) == [PATH, PATH + SUFFIXES[coding]]
    twin = (tmp_path / (PATH + SUFFIXES[coding])).read_bytes()
    assert UNDO[coding](twin) == LONG
    assert len(twin) < len(LONG)


def test_what_is_too_short_to_gain_has_no_twin_and_loses_the_one_that_it_had(tmp_path: Path) -> None:
    site = TwinSite(FolderSite(tmp_path), ("gzip",))
    site.write(PATH, LONG)
    assert site.write(PATH, b"short") is True
    assert names_below(tmp_path) == [PATH]


def test_a_coding_that_is_no_longer_wanted_takes_its_twins_along(tmp_path: Path) -> None:
    TwinSite(FolderSite(tmp_path), ("gzip", "br")).write(PATH, LONG)
    assert TwinSite(FolderSite(tmp_path), ("br",)).write(PATH, LONG) is True
    assert names_below(tmp_path) == [PATH, PATH + ".br"]


def test_a_file_is_missing_while_its_twin_is(tmp_path: Path) -> None:
    TwinSite(FolderSite(tmp_path), ()).write(PATH, LONG)
    site = TwinSite(FolderSite(tmp_path), ("zstd",))
    assert (site.exists(PATH), site.missing([PATH])) == (False, {PATH})
    site.write(PATH, LONG)
    assert (site.exists(PATH), site.missing([PATH])) == (True, set())


def test_a_link_and_a_folder_are_missing_files(tmp_path: Path) -> None:
    (tmp_path / "folder.xml").mkdir()
    (tmp_path / "link.xml").symlink_to("/etc/hostname")
    site = FolderSite(tmp_path)
    site.write("file.xml", b"x")
    assert site.missing(["folder.xml", "link.xml", "file.xml"]) == {"folder.xml", "link.xml"}


@given(data=st.binary(max_size=2000))
def test_whatever_was_written_is_there_with_all_its_twins(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("site")
    site = TwinSite(FolderSite(folder), tuple(SUFFIXES))
    site.write(PATH, data)
    assert site.exists(PATH)
    assert site.write(PATH, data) is False
    for coding, suffix in SUFFIXES.items():
        if (folder / (PATH + suffix)).exists():
            assert UNDO[coding]((folder / (PATH + suffix)).read_bytes()) == data
