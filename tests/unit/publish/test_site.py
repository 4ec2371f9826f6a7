"""The folder of published files: whole at every instant, and touched only for new bytes."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from finews_feeds.errors import OutputError
from finews_feeds.publish.site import TEMPORARY_PREFIX, FolderSite, Site

PATH = "feed/by_tag/东财滚动新闻.xml"


def names_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def site(folder: Path) -> FolderSite:
    return FolderSite(folder)


def test_a_folder_site_is_a_site_and_makes_its_folder(tmp_path: Path) -> None:
    site: Site = FolderSite(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert site.sweep() == 0


def test_what_is_written_is_read(site: FolderSite, folder: Path) -> None:
    assert site.read(PATH) is None
    assert site.write(PATH, b"<feed/>") is True
    assert site.read(PATH) == b"<feed/>"
    assert (folder / PATH).read_bytes() == b"<feed/>"
    assert names_below(folder) == [PATH]


def test_equal_bytes_leave_the_file_untouched(site: FolderSite, folder: Path) -> None:
    site.write(PATH, b"same")
    os.utime(folder / PATH, ns=(1, 1))
    inode = (folder / PATH).stat().st_ino
    assert site.write(PATH, b"same") is False
    after = (folder / PATH).stat()
    assert (after.st_mtime_ns, after.st_ino) == (1, inode)


def test_other_bytes_of_the_same_length_are_written(site: FolderSite) -> None:
    site.write(PATH, b"one")
    assert site.write(PATH, b"two") is True
    assert site.read(PATH) == b"two"


def test_permissions_are_as_the_umask_has_them(site: FolderSite, folder: Path) -> None:
    before = os.umask(0o027)
    try:
        site.write(PATH, b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / PATH).stat().st_mode) == 0o640
    assert stat.S_IMODE((folder / "feed").stat().st_mode) == 0o750


OUTSIDE = [
    "",
    "/etc/passwd",
    "../x",
    "feed/../../x",
    "feed//x",
    "feed/./x",
    "feed/",
    ".hidden",
    "a/.b/c",
    "a\\b",
    "a\0b",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_outside_or_to_a_hidden_file(site: FolderSite, path: str) -> None:
    with pytest.raises(ValueError, match="not a path of the site"):
        site.write(path, b"x")
    with pytest.raises(ValueError, match="not a path of the site"):
        site.read(path)


def test_a_link_to_a_folder_outside_is_refused(site: FolderSite, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "feed").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="leads out of the output folder"):
        site.write("feed/x.xml", b"x")
    assert names_below(tmp_path / "elsewhere") == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_its_end_left_alone(
    site: FolderSite, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "feed.xml").symlink_to(tmp_path / "secret")
    assert site.read("feed.xml") is None
    assert site.write("feed.xml", b"secret") is True
    assert not (folder / "feed.xml").is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "public").symlink_to(tmp_path / "disk")
    FolderSite(tmp_path / "public").write("feed/a.xml", b"x")
    assert names_below(tmp_path / "disk") == ["feed/a.xml"]


def test_sweep_takes_our_temporary_files_and_no_others(site: FolderSite, folder: Path) -> None:
    site.write(PATH, b"x")
    for name in (TEMPORARY_PREFIX + "0" * 16, f"feed/by_tag/{TEMPORARY_PREFIX}1"):
        (folder / name).write_bytes(b"torn")
    (folder / ".nojekyll").write_bytes(b"")
    (folder / "feed" / "finews-tmp-mine").write_bytes(b"")
    assert site.sweep() == 2
    assert site.sweep() == 0
    assert names_below(folder) == [".nojekyll", PATH, "feed/finews-tmp-mine"]


def test_flush_syncs_and_may_be_repeated(site: FolderSite) -> None:
    site.write(PATH, b"x")
    site.flush()
    site.flush()
    site.write("feed.xml", b"x")
    site.flush()


class Interrupted(BaseException):
    """Stands for whatever ends a process between two instructions."""


class StopsBeforeRename(FolderSite):
    def _rename(self, temporary: str, target: str) -> None:
        raise Interrupted


class StopsAfterRename(FolderSite):
    def _rename(self, temporary: str, target: str) -> None:
        super()._rename(temporary, target)
        raise Interrupted


SEAMS = [(StopsBeforeRename, b"old", 1), (StopsAfterRename, b"new", 0)]


@pytest.mark.parametrize(("broken", "content", "left"), SEAMS)
def test_stopped_at_a_seam_every_file_is_whole_and_the_next_run_mends(
    folder: Path, broken: type[FolderSite], content: bytes, left: int
) -> None:
    FolderSite(folder).write(PATH, b"old")
    with pytest.raises(Interrupted):
        broken(folder).write(PATH, b"new")
    after = FolderSite(folder)
    assert after.read(PATH) == content
    assert after.sweep() == left
    after.write(PATH, b"new")
    assert names_below(folder) == [PATH]
    assert after.read(PATH) == b"new"


WRITER = """
    import sys
    from pathlib import Path
    from finews_feeds.publish.site import FolderSite
    site = FolderSite(Path(sys.argv[1]))
    site.write("feed.xml", b"0" * 300_000)
    print("ready", flush=True)
    turn = 0
    while True:
        turn += 1
        site.write("feed.xml", bytes([48 + turn % 10]) * 300_000)
"""


def test_killed_while_writing_it_leaves_a_whole_file(folder: Path) -> None:
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(folder)], stdout=subprocess.PIPE, env=environment()
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        site = FolderSite(folder)
        assert site.sweep() <= 1
        data = site.read("feed.xml")
        assert data is not None
        assert len(data) == 300_000
        assert len(set(data)) == 1
        assert names_below(folder) == ["feed.xml"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


class SweptOnce(FolderSite):
    """Loses its first temporary file to another process."""

    lost = 0

    def _rename(self, temporary: str, target: str) -> None:
        if not self.lost:
            self.lost += FolderSite(Path(self._root)).sweep()
        super()._rename(temporary, target)


def test_a_temporary_file_swept_by_another_process_is_written_again(folder: Path) -> None:
    site = SweptOnce(folder)
    assert site.write(PATH, b"x") is True
    assert site.lost == 1
    assert site.read(PATH) == b"x"


class FullDisk(FolderSite):
    def _rename(self, temporary: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def a_folder_in_the_way(folder: Path) -> None:
    (folder / "feed.xml" / "x").mkdir(parents=True)


def a_file_in_the_way(folder: Path) -> None:
    (folder / "feed").write_bytes(b"")


def test_a_full_disk_is_an_output_error_with_a_mend(folder: Path) -> None:
    with pytest.raises(OutputError, match=r"feed\.xml: cannot be used: No space left on device; free some space"):
        FullDisk(folder).write("feed.xml", b"x")


WAYS = [
    ("a folder where a file belongs", a_folder_in_the_way, "feed.xml", "a file belongs there"),
    ("a file where a folder belongs", a_file_in_the_way, "feed/a.xml", "where a folder belongs"),
]


@pytest.mark.parametrize(("arrange", "path", "mend"), [case[1:] for case in WAYS], ids=[case[0] for case in WAYS])
def test_what_is_in_the_way_is_named_with_its_mend(
    site: FolderSite, folder: Path, arrange: object, path: str, mend: str
) -> None:
    assert callable(arrange)
    arrange(folder)
    with pytest.raises(OutputError, match=mend) as caught:
        site.write(path, b"x")
    assert str(folder) in caught.value.faults[0].place
    assert [name for name in names_below(folder) if TEMPORARY_PREFIX in name] == []


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file"):
        FolderSite(tmp_path / "file" / "public")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_an_output_error(site: FolderSite, folder: Path) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="let this user write there"):
            site.write("feed.xml", b"x")
    finally:
        folder.chmod(0o700)
