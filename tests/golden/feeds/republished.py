"""An entry copied from elsewhere: its source whole, its authors, its rights, its language, all carriers as via."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rendering import AT, ENTRY, HEAD, Feed

from finews_feeds.model import Link, Origin, Person, Text

FEED = Feed(
    HEAD,
    (
        replace(
            ENTRY,
            atom_id="https://bank.example/press/7",
            title="Rates & <reserves>",
            link="https://bank.example/press/7?a=1&b=2",
            links=(
                Link("https://one.example/7", "via", "text/html", title="One"),
                Link("https://two.example/7", "via"),
                Link("https://bank.example/7.mp3", "enclosure", "audio/mpeg", "en", "Listen", 1234),
                Link("https://bank.example/7.pdf", "enclosure"),
                Link("https://creativecommons.org/licenses/by/4.0/", "license"),
                Link("https://bank.example/press/7.de", "alternate", "text/html", "de"),
            ),
            summary=Text("<p>Short &amp; <b>bold</b></p>", "html"),
            content=Text(
                '<p>See <a href="https://bank.example/press/7#n">n</a></p>', "html", "https://bank.example/press/7"
            ),
            authors=(Person("Ann Öst", "https://bank.example/ann", "ann@bank.example"), Person("Bo")),
            lang="en-GB",
            rights="© Bank",
            origin=Origin(
                "https://bank.example/feed",
                "Bank",
                AT + timedelta(hours=1),
                "https://bank.example/feed.atom",
                "https://bank.example/",
                (Person("Bank"),),
                "CC BY 4.0",
            ),
        ),
    ),
)
