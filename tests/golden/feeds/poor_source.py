"""An entry from a source that says nothing of itself: what RFC 4287 asks of atom:source is there all the same."""

from __future__ import annotations

from dataclasses import replace

from rendering import ENTRY, HEAD, Feed

from finews_feeds.model import Origin, Person

FEED = Feed(
    HEAD,
    (
        replace(ENTRY, origin=Origin("", "", feed_url="https://poor.example/rss")),
        replace(ENTRY, atom_id="tag:x.example,2022:2", origin=Origin("12345", "Numbered", authors=(Person("N"),))),
    ),
)
