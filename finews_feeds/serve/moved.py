"""What `moved.json` says of addresses at which a feed was: where it is now, or that it was withdrawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from finews_feeds.serve.shelf import StoredFile

#: Below the site's folder.
MOVED_FILE = "moved.json"


@dataclass(frozen=True, slots=True)
class FeedMoves:
    """Paths below the site's folder, decoded."""

    moved: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


_NONE = FeedMoves()


def moves_in(stored: StoredFile | None) -> FeedMoves:
    """What the file says; nothing where there is none, or where it is not what the publisher wrote."""
    return _read(stored.plain.body) if stored else _NONE


@lru_cache(maxsize=2)
def _read(body: bytes) -> FeedMoves:
    try:
        told: Any = json.loads(body)
        moved, gone = dict(told["moved"]), frozenset(told["gone"])
    except (ValueError, KeyError, TypeError):
        return _NONE
    is_plain = all(isinstance(each, str) for pair in moved.items() for each in pair)
    return FeedMoves(moved, gone) if is_plain else _NONE
