"""A site that takes no bytes: what `--dry-run` publishes to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from finews_feeds.publish.site import FolderSite


class RehearsalSite:
    """The site in a folder as it would be: `write` answers as the real one would, and changes nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing, not even the folder."""
        self._real = FolderSite(folder) if folder.is_dir() else None
        self._written: dict[str, bytes] = {}
        self._removed: set[str] = set()

    def write(self, path: str, data: bytes) -> bool:
        """See `Site.write`: whether the bytes would be new."""
        if self.read(path) == data:
            return False
        self._written[path] = data
        self._removed.discard(path)
        return True

    def read(self, path: str) -> bytes | None:
        """See `Site.read`: what would stand there by now."""
        if path in self._written:
            return self._written[path]
        return self._real.read(path) if self._real and path not in self._removed else None

    def exists(self, path: str) -> bool:
        """See `Site.exists`."""
        if path in self._written or path in self._removed:
            return path in self._written
        return self._real is not None and self._real.exists(path)

    def missing(self, paths: Iterable[str]) -> set[str]:
        """See `Site.missing`."""
        asked = set(paths)
        touched = asked & (self._written.keys() | self._removed)
        missing = self._real.missing(asked - touched) if self._real else asked - touched
        return missing.union(touched - self._written.keys())

    def remove(self, path: str) -> bool:
        """See `Site.remove`: whether there would be one to take away."""
        is_there = self.exists(path)
        self._written.pop(path, None)
        self._removed.add(path)
        return is_there

    def flush(self) -> None:
        """See `Site.flush`: there is nothing to outlast a loss of power."""

    def sweep(self) -> int:
        """See `Site.sweep`: what others left is left alone."""
        return 0
