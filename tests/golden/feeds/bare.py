"""Entries that lack nearly everything: no title, no link, no content, no summary."""

from __future__ import annotations

from dataclasses import replace

from rendering import ENTRY, HEAD, Feed

from finews_feeds.model import Text

LONG = Text("<p>第一段 <b>粗</b></p><p>第二段</p>" * 9, "html")

FEED = Feed(
    HEAD,
    (
        replace(
            ENTRY,
            atom_id="tag:x.example,2022:1",
            title="",
            content=Text("<p>第一段 <b>粗</b></p><p>第二段</p>" * 9, "html"),
        ),
        replace(ENTRY, atom_id="tag:x.example,2022:2", title="", content=None),
        replace(ENTRY, atom_id="tag:x.example,2022:3", title="", content=None, link=""),
        replace(ENTRY, atom_id="tag:x.example,2022:4", content=None, summary=Text("Only a summary")),
        replace(ENTRY, atom_id="tag:x.example,2022:5", content=None, link="", summary=Text("<p>Only this</p>", "html")),
        replace(ENTRY, atom_id="tag:x.example,2022:6", content=Text("1 < 2 & 3 > 2\n]]>")),
        replace(ENTRY, atom_id="tag:x.example,2022:7", published_at=None),
    ),
)
