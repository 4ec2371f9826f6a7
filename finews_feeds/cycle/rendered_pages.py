"""Contents from a rendered site (`rendered` in `[[posts]]`): which page is a post's, and whether it changed.

A page that is rendered anew changes its post as the post's own file does. So where pages are read, a file's time of
change is the later of the two; the page of a known post is found by the address that its sighting has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from finews_feeds.model import PostFile, Sighting
from finews_feeds.sources.files import FoundFile
from finews_feeds.sources.rendered import content_of, page_file, read_page


class RenderedPages:
    """The pages of one posts folder."""

    def __init__(self, folder: Path, base: str) -> None:
        """`base` is what stands before the path of every page."""
        self._folder = folder
        self._host = urlsplit(base).hostname
        self._below = urlsplit(base).path
        self._mtime_ns = 0

    def stamped(
        self, files: Iterable[FoundFile], known: Mapping[str, PostFile], sightings: Mapping[str, Sighting]
    ) -> tuple[FoundFile, ...]:
        """The files, each with the time of change of its page where that is the later one."""
        return tuple(self._stamp(file, known.get(file.path), sightings) for file in files)

    def _stamp(self, file: FoundFile, known: PostFile | None, sightings: Mapping[str, Sighting]) -> FoundFile:
        sighting = sightings.get(known.entry_id) if known else None
        for url in (sighting.link, sighting.via) if sighting else ():
            parts = urlsplit(url)
            if parts.hostname == self._host and parts.path.startswith(self._below):
                page = page_file(self._folder, parts.path[len(self._below) :])
                return file._replace(mtime_ns=max(file.mtime_ns, _mtime_ns(page)))
        return file

    def read(self, path: str) -> str:
        """The markup of the content on the page at this path; "" where there is none."""
        page = page_file(self._folder, path)
        self._mtime_ns = _mtime_ns(page)
        try:
            return content_of(read_page(page)) if page else ""
        except OSError:
            return ""

    def latest(self, mtime_ns: int) -> int:
        """The later of a file's time of change and that of the page that was read last."""
        found, self._mtime_ns = max(mtime_ns, self._mtime_ns), 0
        return found


def _mtime_ns(file: Path | None) -> int:
    try:
        return file.stat().st_mtime_ns if file else 0
    except OSError:
        return 0
