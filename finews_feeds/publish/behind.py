"""Writing behind: files go to the disk beside a program that renders the next feed meanwhile.

To make a file, sync it and rename it is to wait for the disk, and compressors let others work meanwhile, too. In the
way of a first build all this took a tenth of its time on an SSD, and takes more on a slow disk. So one thread does it,
one file after another in the order in which they were written, each as whole as ever; only a few are on their way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from finews_feeds.publish.site import Site

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

#: How many files may be on their way, and so in memory.
_MOST = 16


class BehindSite:
    """A site that is written to a moment later; whoever asks this object for a file finds what was written.

    A failure is raised by a later call, `flush` or `close` at the latest. It is closed by who made it: before that,
    files may be on their way.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._disk: ThreadPoolExecutor | None = None
        #: Path -> its file that is on its way, the first at the beginning.
        self._under_way: dict[str, Future[bool]] = {}

    def write(self, path: str, data: bytes) -> bool:
        """See `Site.write`."""
        if self.read(path) == data:
            # there may still be something to do beside the file
            return self._site.write(path, data)
        if self._disk is None:
            from concurrent.futures import ThreadPoolExecutor

            self._disk = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._under_way[path] = self._disk.submit(self._site.write, path, data)
        while len(self._under_way) > _MOST:
            self._arrived(next(iter(self._under_way)))
        return True

    def read(self, path: str) -> bytes | None:
        """See `Site.read`."""
        self._arrived(path)
        return self._site.read(path)

    def exists(self, path: str) -> bool:
        """See `Site.exists`."""
        self._arrived(path)
        return self._site.exists(path)

    def missing(self, paths: Iterable[str]) -> set[str]:
        """See `Site.missing`."""
        self._all_arrived()
        return self._site.missing(paths)

    def remove(self, path: str) -> bool:
        """See `Site.remove`."""
        self._all_arrived()
        return self._site.remove(path)

    def flush(self) -> None:
        """See `Site.flush`."""
        self._all_arrived()
        self._site.flush()

    def sweep(self) -> int:
        """See `Site.sweep`."""
        self._all_arrived()
        return self._site.sweep()

    def close(self) -> None:
        """Returns when nothing is on its way any more; raises what has failed and was not raised yet."""
        try:
            self._all_arrived()
        finally:
            if self._disk is not None:
                self._disk.shutdown()

    def _arrived(self, path: str) -> None:
        """Waits for this file, if it is on its way."""
        coming = self._under_way.pop(path, None)
        if coming is not None:
            coming.result()

    def _all_arrived(self) -> None:
        while self._under_way:
            self._arrived(next(iter(self._under_way)))
