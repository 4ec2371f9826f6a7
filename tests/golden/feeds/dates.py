"""Instants: a fraction only where there is one, the zone of the site, and UTC where the zone had odd seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rendering import AT, ENTRY, HEAD, Feed

FEED = Feed(
    replace(HEAD, updated_at=datetime(2022, 12, 31, 16, 0, 0, 500000, tzinfo=UTC)),
    (
        replace(ENTRY, atom_id="tag:x.example,2022:1", updated_at=datetime(2022, 12, 31, 16, 0, 0, 500000, tzinfo=UTC)),
        replace(ENTRY, atom_id="tag:x.example,2022:2", published_at=datetime(1988, 7, 1, tzinfo=UTC)),
        replace(ENTRY, atom_id="tag:x.example,2022:3", published_at=AT.replace(tzinfo=None)),
    ),
)
