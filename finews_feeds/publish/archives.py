"""Archive documents of feeds (RFC 5005 §4) and tombstones (RFC 6721): where they stand, and what of them holds.

The documents of a feed are numbered from 1, the oldest, and never change: each leads to the one before it and to its
feed, and none to the one after it, which is not known when it is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from finews_feeds.model import Tombstone

_FOLDER = "archive/"
_SUFFIX = ".xml"
#: What an at:deleted-entry takes beside its id.
SMALLEST_TOMBSTONE_BYTES = 140


def archive_path(feed_path: str, number: int) -> str:
    """Where an archive document stands below the output folder, with its suffix.

    The number is a part of the name and not a name in a folder: a tag may be called "1.xml", and no two feeds may want
    one path, or one a file where the other has a folder.

    >>> archive_path("feed/by_tag/东财", 12)
    'archive/feed/by_tag/东财.12.xml'
    """
    return f"{_FOLDER}{feed_path}.{number}{_SUFFIX}"


def relocated(opening: bytes, before: str, now: str) -> bytes:
    """What stands above the entries of a sealed document, with the links of a site that has another address now.

    At another address it is another document; what was sealed there leads to where nobody may be any more.
    """
    return opening.replace(f' href="{escape(before)}'.encode(), f' href="{escape(now)}'.encode())


def standing(
    tombstones: Iterable[Tombstone], newest_at: datetime | None, span: timedelta, max_bytes: int
) -> tuple[Tombstone, ...]:
    """The tombstones, newest first, that still stand and may take `max_bytes` together.

    A tombstone stands for `span`, measured back from the newest thing in its feed, which may be a tombstone itself: no
    clock is asked, so the same store has the same ones on any day.
    """
    kept: list[Tombstone] = []
    for each in tombstones:
        newest_at = max(newest_at or each.withdrawn_at, each.withdrawn_at)
        max_bytes -= SMALLEST_TOMBSTONE_BYTES + len(each.atom_id.encode("utf-8", "replace"))
        if each.withdrawn_at < newest_at - span or max_bytes < 0:
            break
        kept.append(each)
    return tuple(kept)
