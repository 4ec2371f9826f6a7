"""The judge of what is published, used by `finews-feeds check` and by the tests: one pure check for each format."""

from __future__ import annotations

from typing import Protocol

from finews_feeds.errors import Fault
from finews_feeds.publish.check_atom import check_atom
from finews_feeds.publish.check_json import check_json
from finews_feeds.publish.check_rss import check_rss

__all__ = ["CHECKS", "Check", "check_atom", "check_json", "check_rss"]


class Check(Protocol):
    """Judges one document: never raises, whatever the bytes are."""

    def __call__(self, data: bytes, url: str | None, place: str = "") -> tuple[Fault, ...]:
        """All faults; `url` is where the document is published, `place` what the faults name (or else the URL)."""


#: `output.formats` word -> the check of its documents.
CHECKS: dict[str, Check] = {"atom": check_atom, "rss": check_rss, "json": check_json}
