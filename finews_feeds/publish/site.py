"""The site: the files that readers get, and how bytes come to stand there.

Theory of operation. A file is written under a temporary name beside its target, synced to the disk, and renamed over
the target; where the target holds these bytes already, nothing is touched, so its modification time still says when it
last changed. What an end at any instruction leaves:

- killed (`kill -9`): the old file or the new one, whole, and at most one temporary file, which `sweep` takes away;
- power lost: the same, for the data of a file is on the disk before its name is. A rename may be forgotten until
  `flush` has returned, so the store may note a feed as published only after that.

Syncing each file was measured: for 340 files of 20 to 240 KB it adds 0.1 s to 0.1 s (ext4 on an SSD); syncing them all
at the end, or with many threads, gains too little to give up the simple order. `behind` takes it out of the way.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
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
        """Makes `data` the content of `path`, and its folders where missing; True if the bytes are new.

        Files come to stand there in the order in which they were written, and all have when `flush` returns.
        """

    def read(self, path: str) -> bytes | None:
        """The bytes of `path`, or None where there is no such file."""

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`; cheaper than reading it."""

    def missing(self, paths: Iterable[str]) -> set[str]:
        """Those of many paths at which there is no file; a look into each folder, not one for each path."""

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
        self._root = os.fspath(folder)
        # places are plain strings: a Path for every file costs more than the disk does
        self._unsynced: set[str] = set()
        _make_folder(self._root)

    def write(self, path: str, data: bytes) -> bool:
        """See `Site.write`. A symbolic link in the place of the file is replaced, not followed."""
        target = self._target(path)
        if self.read(path) == data:
            return False
        try:
            self._replace(target, data)
        except OSError as error:
            raise OutputError(_fault(target, error)) from error
        self._unsynced.add(os.path.dirname(target))  # noqa: PTH120
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
            return stat.S_ISREG(os.lstat(self._target(path)).st_mode)
        except OSError:
            return False

    def missing(self, paths: Iterable[str]) -> set[str]:
        """See `Site.missing`. What cannot be looked into is missing."""
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for path in paths:
            folder, _, name = _checked(path).rpartition("/")
            wanted[folder].add(name)
        found = {folder: names - _files_in(os.path.join(self._root, folder)) for folder, names in wanted.items()}  # noqa: PTH118
        return {f"{folder}/{name}".lstrip("/") for folder, names in found.items() for name in names}

    def remove(self, path: str) -> bool:
        """See `Site.remove`. A folder, or a link, of this name is left alone."""
        if not self.exists(path):
            return False
        target = self._target(path)
        with contextlib.suppress(FileNotFoundError):
            _unlink(target)
        self._unsynced.add(os.path.dirname(target))  # noqa: PTH120
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
        for folder, _, names in os.walk(self._root):
            for name in names:
                if name.startswith(TEMPORARY_PREFIX):
                    with contextlib.suppress(FileNotFoundError):
                        _unlink(os.path.join(folder, name))  # noqa: PTH118
                        swept += 1
        return swept

    def _target(self, path: str) -> str:
        return os.path.join(self._root, _checked(path))  # noqa: PTH118

    def _replace(self, target: str, data: bytes) -> None:
        folder = os.path.dirname(target)  # noqa: PTH120
        for attempts_left in reversed(range(_ATTEMPTS)):
            self._make_parent(folder)
            try:
                self._rename(self._write_temporary(folder, data), target)
                return
            except FileNotFoundError:
                # Another process swept our file away, or an operator the folder.
                if not attempts_left:
                    raise

    def _make_parent(self, folder: str) -> None:
        if folder in self._unsynced and os.path.isdir(folder):  # noqa: PTH112
            return
        _make_folder(folder)
        if not Path(folder).resolve().is_relative_to(Path(self._root).resolve()):
            cause = "a symbolic link leads out of the output folder"
            raise OutputError(Fault(folder, cause, "replace the link by a folder, or set output.dir to its end"))

    def _write_temporary(self, folder: str, data: bytes) -> str:
        temporary = f"{folder}/{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
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

    def _rename(self, temporary: str, target: str) -> None:
        try:
            os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            _discard(temporary)
            raise


def _files_in(folder: str) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.is_file(follow_symlinks=False)}
    except OSError:
        return set()


def _checked(path: str) -> str:
    if path[:1] in ("", ".", "/") or path[-1] == "/" or "/." in path or "//" in path or "\0" in path or "\\" in path:
        raise ValueError(f"not a path of the site: {path!r}")
    return path


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    except OSError as error:
        raise OutputError(_fault(folder, error)) from error


def _discard(temporary: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(temporary)  # noqa: PTH108


def _unlink(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        raise
    except OSError as error:
        raise OutputError(_fault(path, error)) from error


def _sync_folder(folder: str) -> None:
    if os.name == "nt":
        return  # Windows opens no folder for syncing.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fault(path: str, error: OSError) -> Fault:
    cause = error.strerror or str(error)
    return Fault(path, f"cannot be used: {cause}", _MENDS.get(error.errno or 0, "see to that disk, then run again"))
