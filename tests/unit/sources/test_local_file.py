"""Sources that are files: read where the operator opened a folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from finews_feeds.model import Failed, Representation
from finews_feeds.sources.local_file import is_file, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a 中.xml").write_bytes(b"<rss/>")
    (tmp_path / "closed.xml").write_bytes(b"<rss/>")
    (tmp_path / "open" / "link.xml").symlink_to(tmp_path / "closed.xml")
    return tmp_path


@pytest.mark.parametrize("url", ["file:open/a%20中.xml", "FILE:open/a 中.xml", "file:open/../open/a%20%E4%B8%AD.xml"])
def test_a_file_below_an_open_folder_is_an_answer(folder: Path, url: str) -> None:
    assert is_file(url)
    assert read(url, folder, [folder / "open"], 6) == Representation(url, 200, (), b"<rss/>")
    absolute = f"file://localhost{folder}/open/a%20中.xml"
    assert isinstance(read(absolute, Path("/nowhere"), [folder / "open"], 6), Representation)


#: (case, url, largest size, what is said)
REFUSED = [
    ("in another folder", "file:closed.xml", 9, "none of the folders of http.allow_files"),
    ("above an open folder", "file:open/../closed.xml", 9, "none of the folders of http.allow_files"),
    ("behind a link out of it", "file:open/link.xml", 9, "none of the folders of http.allow_files"),
    ("a folder", "file:open", 9, "is no file"),
    ("not there", "file:open/b.xml", 9, "No such file"),
    ("a NUL in the name", "file:open/%00", 9, "cannot be read"),
    ("too large", "file:open/a%20中.xml", 5, "larger than 5 bytes"),
]


@pytest.mark.parametrize(("case", "url", "most", "said"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_may_not_or_cannot_be_read_says_why(folder: Path, case: str, url: str, most: int, said: str) -> None:
    answer = read(url, folder, [folder / "open"], most)
    assert isinstance(answer, Failed)
    assert said in answer.error
    assert answer.mend
    assert answer.url == url


def test_nothing_is_open_by_default(folder: Path) -> None:
    answer = read("file:open/a%20中.xml", folder, [], 9)
    assert isinstance(answer, Failed)
    assert f'add "{folder / "open"}" to http.allow_files' in answer.mend
