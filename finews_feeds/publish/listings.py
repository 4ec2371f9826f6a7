"""What a directory shows of a source; apart from what writes it, so that a change is seen without loading that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SourceListing:
    """A polled source as a directory shows it; nothing secret is in it."""

    title: str
    url: str
    site_url: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    #: A word of `SourceCondition`, or "disabled".
    state: str
    failing_since: datetime | None = None
    #: Before it began to fail; None while it does not.
    last_ok_at: datetime | None = None
    newest_entry: date | None = None
    #: Where a permanent redirect, confirmed, leads.
    moved_to: str = ""
