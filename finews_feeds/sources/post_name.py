"""What the path of a post says: its key, its day, its slug, and the categories of the folders above it.

Jekyll's rule (jekyll/jekyll `lib/jekyll/document.rb`): `**/_posts/**/Y-M-D-slug.ext`, the year with two to four digits,
month and day with one or two. Folders above `_posts` are categories, folders below it are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

DRAFTS = "_drafts"

#: Extension -> whether the body is HTML; everything else that is a post is Markdown.
EXTENSIONS = {
    ".md": False,
    ".markdown": False,
    ".mkd": False,
    ".mkdn": False,
    ".mkdown": False,
    ".html": True,
    ".htm": True,
}

_DATED = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-(.*)\Z", re.DOTALL)


class PostName(NamedTuple):
    """A path taken apart; a tuple, since one is made for every post and a dataclass takes four times as long."""

    #: The folders above the configured folder and the file's name: the same wherever below it the post moves.
    key: str
    above: tuple[str, ...]
    #: The configured folder (or `_drafts`) that it lies in; "" in a plain folder of posts.
    folder: str
    #: Whether the name has a day, be it one of this world or not: what Jekyll asks of a post.
    is_dated: bool
    #: Midnight of the day in the file's name, naive; None where it has none.
    day: datetime | None
    slug: str
    #: The file's name without extension, and its path below the folder, for the placeholders of a permalink.
    stem: str
    below: str
    is_html: bool
    #: With its dot, as Jekyll gives it to the page.
    page_extension: str = ".html"

    @property
    def in_folder(self) -> bool:
        """Whether it lies in a configured folder (or `_drafts`), not in a plain folder of posts."""
        return bool(self.folder)

    @property
    def is_draft(self) -> bool:
        """Whether it lies in `_drafts`."""
        return self.folder == DRAFTS


class PostNames:
    """Takes paths apart; knows the folders that hold posts."""

    def __init__(self, folders: Sequence[str]) -> None:
        """`folders` are names of folders, at any depth; one may be a path of several."""
        self._folders = tuple(tuple(folder.strip("/").split("/")) for folder in (*folders, DRAFTS))
        #: Folder path -> what it says; thousands of posts share a handful of folders.
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {}

    def read(self, path: str) -> PostName:
        """What a path, relative to the site and with "/" between folders, says."""
        folder, _, file = path.rpartition("/")
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._split(folder)
        above, below, found = known
        stem, dot, extension = file.rpartition(".")
        if not dot:
            stem, extension = file, ""
        match = _DATED.match(stem)
        day = _day(match[1], match[2], match[3]) if match else None
        slug = match[4] if match else stem
        return PostName(
            "/".join((*above, file)) if above else file,
            above,
            found,
            match is not None,
            day,
            slug.rstrip("."),
            stem,
            "/".join(("", *below, stem.rstrip("."))),
            EXTENSIONS.get(f".{extension.lower()}", False),
            ".htm" if extension == "htm" else ".html",
        )

    def _split(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        parts = tuple(folder.split("/")) if folder else ()
        for start in range(len(parts)):
            for names in self._folders:
                if parts[start : start + len(names)] == names:
                    return parts[:start], parts[start + len(names) :], "/".join(names)
        return (), parts, ""


@lru_cache(maxsize=1024)
def _day(spelled: str, month_spelled: str, day_spelled: str) -> datetime | None:
    """The day of a name; one past the end of its month rolls over, as Ruby's `Time.parse` has it (2022-02-30)."""
    year, month, day = int(spelled), int(month_spelled), int(day_spelled)
    if len(spelled) == 2:
        year += 2000 if year < 69 else 1900
    if not (1 <= year <= 9998 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    if day <= 28:
        return datetime(year, month, day)  # noqa: DTZ001  # a day, in whatever zone the site has
    return datetime(year, month, 28) + timedelta(days=day - 28)  # noqa: DTZ001
