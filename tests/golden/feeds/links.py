"""Alternates of one kind: the first is kept, the later are related; no link stands twice."""

from __future__ import annotations

from dataclasses import replace

from rendering import ENTRY, HEAD, Feed

from finews_feeds.model import Link

FEED = Feed(
    HEAD,
    (
        replace(
            ENTRY,
            links=(
                Link("https://news.example/a/1.html", "alternate", "text/html"),
                Link("https://mirror.example/1", "alternate", "text/html"),
                Link("https://mirror.example/1", "alternate", "text/html"),
                Link("https://news.example/a/1.en.html", "alternate", "text/html", "en"),
                Link("https://news.example/a/1.json", "", "application/json"),
                Link("https://a.example/", "via"),
                Link("https://a.example/", "via"),
                Link("https://a.example/", "via", "text/html"),
                Link("https://rel.example/", "https://rel.example/of-our-own"),
            ),
        ),
        replace(
            ENTRY,
            atom_id="tag:x.example,2022:2",
            link="",
            links=(
                Link("", "alternate", "text/html"),
                Link("https://only.example/", "alternate"),
                Link("https://other.example/", "alternate", "application/xhtml+xml"),
            ),
        ),
    ),
)
