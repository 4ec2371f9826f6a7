"""The site: the files that readers get, and how bytes come to stand there.

Theory of operation. A file is written under a temporary name beside its target, synced to the disk, and renamed over
the target; where the target holds these bytes already, nothing is touched, so its modification time still says when it
last changed. What an end at any instruction leaves:

- killed (`kill -9`): the old file or the new one, whole, and at most one temporary file, which `sweep` takes away;
- power lost: the same, for the data of a file is on the disk before its name is. A rename may be forgotten until
  `flush` has returned, so the store may note a feed as published only after that.

Syncing each file was measured: for 340 files of 20 to 240 KB it adds 0.1 s to 0.1 s (ext4 on an SSD); syncing them all
at the end, or with many threads, gains too little to give up the simple order.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from pathlib import Path, PurePosixPath
from typing import Protocol

from finews_feeds.errors import Fault, OutputError

#: Begins with a dot, so that it is never served and never taken for a feed.
TEMPORARY_PREFIX = ".finews-tmp-"

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_ATTEMPTS = 3

_MENDS = {
    errno.ENOSPC: "free some space on that disk, then run again",
    errno.EDQUOT: "raise the quota of this user or free some space, then run again",
    errno.EACCES: "let this user write there, or set another output.dir",
    errno.EPERM: "let this user write there, or set another output.dir",
    errno.EROFS: "mount it for writing, or set another output.dir",
    errno.EISDIR: "move the folder of this name away: a file belongs there",
    errno.ENOTEMPTY: "move the folder of this name away: a file belongs there",
    errno.ENOTDIR: "move the file away that stands where a folder belongs",
    errno.EEXIST: "move the file away that stands where a folder belongs",
    errno.ENAMETOOLONG: "set an output.dir with a shorter path",
}


class Site(Protocol):
    """Where published files stand, named by paths such as "feed/by_tag/东财.xml" (relative, "/" between the parts).

    An implementation keeps to this, whatever it stands on:

    - a reader sees a file as it was before a `write` or as it is after it, whole, never anything between;
    - equal bytes are not written again, so validators made of time and size stay as they are;
    - no path leads outside the site: ValueError for one that is absolute or has an empty, dotted or hidden part;
    - every failure of what is below is an OutputError that names the file.
    """

    def write(self, path: str, data: bytes) -> bool:
        """Makes `data` the content of `path`, and its folders where missing; True if the bytes are new."""

    def read(self, path: str) -> bytes | None:
        """The bytes of `path`, or None where there is no such file."""

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`; cheaper than reading it."""

    def remove(self, path: str) -> bool:
        """Takes the file at `path` away; True if there was one."""

    def flush(self) -> None:
        """Returns when everything written so far would outlast a loss of power."""

    def sweep(self) -> int:
        """Removes what interrupted writes have left, and gives its number."""


class FolderSite:
    """A site in a folder of the local file system; permissions are as the umask has them.

    Symbolic links may lead to the folder, but none inside is followed out of it. One object is used by one thread;
    several processes may write at once, and for each file the last one wins.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the folder where it is missing; OutputError where that, or a file of any name in it, cannot be."""
        encoding = sys.getfilesystemencoding()
        if encoding != "utf-8":
            cause = f"this process has file names in {encoding}, and a feed may be called anything"
            raise OutputError(Fault(str(folder), cause, "start Python with -X utf8, or set PYTHONUTF8=1"))
        self._folder = folder
        self._root = os.fspath(folder)
        self._unsynced: set[Path] = set()
        _make_folder(folder)

    def write(self, path: str, data: bytes) -> bool:
        """See `Site.write`. A symbolic link in the place of the file is replaced, not followed."""
        target = self._target(path)
        if self.read(path) == data:
            return False
        try:
            self._replace(target, data)
        except OSError as error:
            raise OutputError(_fault(target, error)) from error
        self._unsynced.add(target.parent)
        return True

    def read(self, path: str) -> bytes | None:
        """See `Site.read`. A symbolic link or a folder is no file."""
        target = self._target(path)
        try:
            descriptor = os.open(target, os.O_RDONLY | _NO_FOLLOW | _BINARY)
            with os.fdopen(descriptor, "rb") as file:
                return file.read()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR):
                return None
            raise OutputError(_fault(target, error)) from error

    def exists(self, path: str) -> bool:
        """See `Site.exists`."""
        try:
            # asked for every file at every run, and a Path takes twice as long as the disk
            return stat.S_ISREG(os.lstat(os.path.join(self._root, _checked(path))).st_mode)  # noqa: PTH118
        except OSError:
            return False

    def remove(self, path: str) -> bool:
        """See `Site.remove`. A folder, or a link, of this name is left alone."""
        target = self._target(path)
        if not self.exists(path):
            return False
        with contextlib.suppress(FileNotFoundError):
            _unlink(target)
        self._unsynced.add(target.parent)
        return True

    def flush(self) -> None:
        """See `Site.flush`. Files are synced when written; what is left are the folders that name them."""
        for folder in sorted(self._unsynced):
            try:
                _sync_folder(folder)
            except OSError as error:
                raise OutputError(_fault(folder, error)) from error
        self._unsynced.clear()

    def sweep(self) -> int:
        """See `Site.sweep`. What another process is writing just now may go too; its `write` then begins again."""
        swept = 0
        for folder, _, names in os.walk(self._folder):
            for name in names:
                if name.startswith(TEMPORARY_PREFIX):
                    with contextlib.suppress(FileNotFoundError):
                        _unlink(Path(folder, name))
                        swept += 1
        return swept

    def _target(self, path: str) -> Path:
        return self._folder.joinpath(*PurePosixPath(_checked(path)).parts)

    def _replace(self, target: Path, data: bytes) -> None:
        for attempts_left in reversed(range(_ATTEMPTS)):
            self._make_parent(target.parent)
            try:
                self._rename(self._write_temporary(target.parent, data), target)
                return
            except FileNotFoundError:
                # Another process swept our file away, or an operator the folder.
                if not attempts_left:
                    raise

    def _make_parent(self, folder: Path) -> None:
        if folder in self._unsynced and folder.is_dir():
            return
        _make_folder(folder)
        if not folder.resolve().is_relative_to(self._folder.resolve()):
            cause = "a symbolic link leads out of the output folder"
            raise OutputError(Fault(str(folder), cause, "replace the link by a folder, or set output.dir to its end"))

    def _write_temporary(self, folder: Path, data: bytes) -> Path:
        temporary = folder / (TEMPORARY_PREFIX + secrets.token_hex(8))
        # Not by `tempfile`: it makes files that only their owner may read, and a web server is somebody else.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            _discard(temporary)
            raise
        return temporary

    def _rename(self, temporary: Path, target: Path) -> None:
        try:
            temporary.replace(target)
        except BaseException:
            _discard(temporary)
            raise


def _checked(path: str) -> str:
    if path[:1] in ("", ".", "/") or path[-1] == "/" or "/." in path or "//" in path or "\0" in path or "\\" in path:
        raise ValueError(f"not a path of the site: {path!r}")
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(_fault(folder, error)) from error


def _discard(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink()


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise OutputError(_fault(path, error)) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows opens no folder for syncing.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fault(path: Path, error: OSError) -> Fault:
    cause = error.strerror or str(error)
    return Fault(
        str(path), f"cannot be used: {cause}", _MENDS.get(error.errno or 0, "see to that disk, then run again")
    )
