"""The disk edge of local posts: which files there are, and their bytes.

Posts lie in folders named like one of the configured ones, at any depth, as Jekyll has it; where a site has none of
these and no `_config.yml`, the whole folder is taken as one of posts. Hidden files, what editors leave behind, and
what generators write or install (`_site`, `node_modules`, `vendor`) are passed over, and with a `_config.yml` all that
Jekyll passes over (`site_rules`). Posts in another markup than Markdown and HTML, and names that are no UTF-8, are left
out and reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from finews_feeds.model import Finding
from finews_feeds.sources.notes import Notes
from finews_feeds.sources.post_name import EXTENSIONS

if TYPE_CHECKING:
    from finews_feeds.sources.site_rules import SiteRules

CONFIG = "_config.yml"
#: The names that Jekyll knows; the first that is there has the word.
CONFIGS = (CONFIG, "_config.yaml")
AUTHORS = "_data/authors.yml"

_PASSED_OVER = frozenset(("_site", "node_modules", "vendor"))
#: The same where the `_config.yml` has its say; looking into these costs more than any post there is worth.
_NEVER_ENTERED = frozenset(("_site", "node_modules"))
_SUFFIXES = tuple(EXTENSIONS)
#: What people write posts in that is not read here; pictures and the like beside posts are nobody's loss.
_OTHER_MARKUP = (".textile", ".adoc", ".asciidoc", ".org", ".rst", ".txt", ".haml", ".slim")
#: Nearly every post is read at once.
_PIECE_BYTES = 64 * 1024
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)
#: What a store can hold; a clock may say anything.
_LAST_NS = 2**63 - 1


class FoundFile(NamedTuple):
    """A post file as the disk has it; `path` is relative to the root, with "/" between folders."""

    path: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything that the disk says of a folder of posts."""

    #: In the order of their paths.
    files: tuple[FoundFile, ...]
    #: The bytes of `_config.yml` and `_data/authors.yml`, None where there are none.
    config: bytes | None = None
    authors: bytes | None = None
    #: When `_config.yml` changed last, 0 where there is none.
    config_mtime_ns: int = 0
    #: What could not be listed or read, and what is passed over although it is a post.
    findings: tuple[Finding, ...] = field(default=())
    #: The paths of files and folders that are there and cannot be looked at: what is in them is not known to be gone.
    unread: tuple[str, ...] = field(default=())
    #: Whether one of the configured folders is there at all.
    met_folder: bool = False

    def may_still_hold(self, path: str) -> bool:
        """Whether a post that was not found may be there all the same, in something that could not be looked at."""
        return any(path == each or path.startswith(f"{each}/") for each in self.unread)


def scan(root: Path, folders: Sequence[str]) -> Scan:
    """All post files below `root`, and the site's config; never raises, an unreadable folder is a finding."""
    walk = _Walk(root, folders)
    config_name = next((name for name in CONFIGS if (root / name).exists()), CONFIG)
    config = _try_read(root, config_name, walk)
    if config is not None:
        from finews_feeds.sources.site_rules import read_rules

        walk.rules = read_rules(config)
    authors = _try_read(root, AUTHORS, walk)
    files = walk.posts()
    if not files and config is None and not walk.met_folder:
        files = walk.everything()
    files.sort(key=itemgetter(0))
    found = (tuple(files), config, authors, _mtime_ns(root / config_name), walk.findings)
    return Scan(*found, unread=tuple(walk.unread), met_folder=walk.met_folder)


def read(root: Path, path: str) -> bytes:
    """The bytes of a file that `scan` found; OSError where it is gone or unreadable by now."""
    # a file object costs as much as opening, reading and closing do
    descriptor = os.open(os.path.join(root, path), _READ_ONLY)  # noqa: PTH118  # a Path costs more than the read
    try:
        pieces = [os.read(descriptor, _PIECE_BYTES)]
        while len(pieces[-1]) == _PIECE_BYTES:
            pieces.append(os.read(descriptor, _PIECE_BYTES))
    finally:
        os.close(descriptor)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Walk:
    """One walk through a tree, and what went wrong on it."""

    def __init__(self, root: Path, folders: Sequence[str]) -> None:
        self._root = os.fspath(root)
        self._folders = tuple(folder.strip("/") for folder in (*folders, "_drafts"))
        self._named = frozenset(part for folder in self._folders for part in folder.split("/"))
        self._seen: set[tuple[int, int]] = set()
        self._notes: list[Finding] = []
        self.unread: list[str] = []
        #: What the site's config says of it; None where there is no config.
        self.rules: SiteRules | None = None
        #: Whether a configured folder exists at all.
        self.met_folder = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._notes)

    def posts(self) -> list[FoundFile]:
        """The posts in folders named like the configured ones."""
        source = self.rules.source if self.rules else ""
        return self._below(source if (Path(self._root) / source).is_dir() else "", None)

    def everything(self) -> list[FoundFile]:
        """The posts in the root and below it, whatever the folders are called."""
        self._seen.clear()
        self._notes.clear()
        self.unread.clear()
        return self._below("", "")

    def failed(self, path: str, error: OSError) -> None:
        """Notes what could not be listed or read."""
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            self.unread.append(path)
        notes = Notes(path or ".")
        reason = error.strerror or type(error).__name__
        notes.skipped(0, f"it cannot be read: {reason}", "what is known of it stays as it was; mend its permissions")
        self._notes += notes.findings

    def _left_out(self, path: str, what: str, mend: str) -> None:
        notes = Notes(path)
        notes.skipped(0, what, mend)
        self._notes += notes.findings

    def _below(self, folder: str, posts: str | None) -> list[FoundFile]:
        """What is in a folder and below it; `posts` is the folder of posts that it is or lies in, None for none."""
        is_ruled = self.rules is not None and posts is not None and self.rules.may_keep_out(folder)
        prefix = f"{folder}/" if folder else ""
        root = os.path.join(self._root, prefix)  # noqa: PTH118  # a Path for every file costs more than its `stat`
        found = []
        is_plain = posts is not None and not is_ruled
        with _looking_into(root) as look_at:
            for name in self._list(folder, posts is not None):
                if name[0] in ".#" or name[-1] == "~":
                    continue
                try:
                    # the commonest first: each step before it is taken tens of thousands of times, at every run
                    if is_plain and name.endswith(_SUFFIXES) and name[0] != "_":
                        has = look_at(name)
                        if S_ISREG(has.st_mode):
                            found.append(_found(prefix + name, has))
                            continue
                    found += self._other(root + name, name, prefix + name, posts)
                except FileNotFoundError as error:
                    # a link that leads nowhere; any other file was deleted while we looked
                    if os.path.islink(root + name):  # noqa: PTH114
                        self.failed(prefix + name, error)
                except OSError as error:
                    self.failed(prefix + name, error)
        return found

    def _other(self, place: str, name: str, path: str, posts: str | None) -> list[FoundFile]:
        """The posts in a folder; the post whose name wants a closer look; none in whatever else it is."""
        if os.path.isdir(place):  # noqa: PTH112
            if not self._enters(path, name, posts) or not self._is_new(place):
                return []
            return self._below(path, path if posts is None and self._is_posts(path) else posts)
        if posts is None:
            return []
        ending = name.lower()
        if ending.endswith(_SUFFIXES) or (self.rules and ending.endswith(self.rules.markdown_ext)):
            has = os.stat(place)  # noqa: PTH116
            is_post = S_ISREG(has.st_mode) and self._is_taken(path, posts)
            return [_found(path, has)] if is_post else []
        if ending.endswith(_OTHER_MARKUP):
            self._left_out(path, "its markup is neither Markdown nor HTML", "write it in one of these")
        return []

    def _list(self, folder: str, inside: bool) -> list[str]:
        """The names in a folder, sorted: their files are quicker looked at in this order than in the disk's."""
        try:
            names = sorted(_names(os.path.join(self._root, folder), inside))  # noqa: PTH118
        except (FileNotFoundError, NotADirectoryError) as error:
            if not folder:
                self.failed(folder, error)
            return []  # gone, or another thing by now
        except OSError as error:
            self.failed(folder, error)
            return []
        return [name for name in names if name.isascii() or self._is_text(folder, name)]

    def _is_text(self, folder: str, name: str) -> bool:
        """Whether a name is valid in the file system's encoding; no store could hold another."""
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(name).decode("utf-8", "backslashreplace")
            if name.lower().endswith(_SUFFIXES):
                self._left_out(f"{folder}/{shown}".lstrip("/"), "its name is no UTF-8", "rename it")
            return False
        return True

    def _is_posts(self, path: str) -> bool:
        is_posts = any(path == folder or path.endswith(f"/{folder}") for folder in self._folders)
        if is_posts and self.rules and not self.rules.holds(path):
            return False
        self.met_folder = self.met_folder or is_posts
        return is_posts

    def _enters(self, path: str, name: str, posts: str | None) -> bool:
        """Whether a folder is looked into: what the config of finews names, always."""
        if name in self._named:
            return True
        if self.rules is None:
            return name not in _PASSED_OVER
        if name in _NEVER_ENTERED:
            return False
        if posts is None:
            return self.rules.enters(path)
        return "/" in path[len(posts) + 1 :] or self._is_taken(path, posts)

    def _is_taken(self, path: str, posts: str) -> bool:
        return self.rules is None or self.rules.takes(path, path[len(posts) + 1 :])

    def _is_new(self, place: str) -> bool:
        """Whether a folder was not walked before; a link may lead back to one that was."""
        found = os.stat(place)  # noqa: PTH116
        key = (found.st_dev, found.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


@contextmanager
def _looking_into(folder: str) -> Iterator[Callable[[str], os.stat_result]]:
    """Gives `stat` for the names in a folder: by the open folder where the system can, which spares it the way there.

    A folder that cannot be opened is asked by the whole path, and what is wrong with it shows there.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY) if os.stat in os.supports_dir_fd else None
    except OSError:
        descriptor = None
    if descriptor is None:
        yield lambda name: os.stat(folder + name)  # noqa: PTH116
        return
    try:
        yield lambda name: os.stat(name, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _found(path: str, has: os.stat_result) -> FoundFile:
    mtime_ns = has.st_mtime_ns
    return FoundFile(path, has.st_size, mtime_ns if mtime_ns < _LAST_NS else _LAST_NS)


def _names(place: str, inside: bool) -> list[str]:
    """What lies in a folder; beside the posts plain files are nobody's concern, and not one of them is looked at."""
    if inside:
        return os.listdir(place)  # noqa: PTH208  # of thousands of posts the names alone, in half the time
    with os.scandir(place) as entries:
        return [entry.name for entry in entries if not entry.is_file(follow_symlinks=False)]


def _try_read(root: Path, path: str, walk: _Walk) -> bytes | None:
    try:
        return read(root, path)
    except FileNotFoundError:
        return None
    except OSError as error:
        walk.failed(path, error)
        return None


def _mtime_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
