"""JSON Feed 1.1: the same entries, ids and order as in Atom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rendering import HEAD, made, rendered

from finews_feeds.model import Entry, Link, Origin, Person, Term, TermKind, Text
from finews_feeds.publish.check import check_json


def feed_of(*entries: Entry) -> dict[str, Any]:
    """The document, which has no fault, read."""
    data = rendered("json", *entries)
    assert check_json(data, "https://finews.example/feed.json") == ()
    read: dict[str, Any] = json.loads(data)
    return read


def test_a_feed_says_what_it_is_and_where_it_is() -> None:
    assert feed_of() == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "金融消息",
        "home_page_url": HEAD.page_url,
        "feed_url": "https://finews.example/feed.json",
        "language": "zh-CN",
        "authors": [{"name": "ZNing"}],
        "_updated": "2022-05-24T15:31:09+08:00",
        "items": [],
    }


def test_items_keep_their_order_and_ids() -> None:
    ids = ["urn:x:2", "urn:x:1", "urn:x:3"]
    assert [item["id"] for item in feed_of(*(made(atom_id=atom_id) for atom_id in ids))["items"]] == ids


@pytest.mark.parametrize(
    ("summary", "content", "expected"),
    [
        (Text("s"), Text("<p>x</p>", "html"), {"summary": "s", "content_html": "<p>x</p>"}),
        (Text("<p>a</p><p>b &amp; c</p>", "html"), Text("x"), {"summary": "a b & c", "content_text": "x"}),
        (Text("s"), None, {"content_text": "s"}),
        (Text("<i>s</i>", "html"), None, {"content_html": "<i>s</i>"}),
        (None, None, {"content_text": "标题"}),
    ],
)
def test_an_item_always_has_content(summary: Text | None, content: Text | None, expected: dict[str, str]) -> None:
    item = feed_of(made(summary=summary, content=content))["items"][0]
    assert {key: item[key] for key in item if key.startswith(("summary", "content"))} == expected


def test_an_item_tells_all_that_the_entry_has() -> None:
    entry = made(
        links=(
            Link("https://x.example/a.mp3", "enclosure", "audio/mpeg", title="Listen", length=12),
            Link("https://x.example/b", "enclosure"),
            Link("https://via.example/", "via"),
        ),
        terms=(Term(TermKind.CATEGORY, "emnews", "EMNews"), Term(TermKind.TAG, "chips", "")),
        authors=(Person("A", "https://a.example/"), Person("B")),
        lang="en",
        rights="©",
        origin=Origin("urn:o", "Origin", None, "https://o.example/rss", "https://o.example/"),
    )
    item = feed_of(entry)["items"][0]
    assert item["attachments"] == [
        {"url": "https://x.example/a.mp3", "mime_type": "audio/mpeg", "title": "Listen", "size_in_bytes": 12},
        {"url": "https://x.example/b", "mime_type": "application/octet-stream"},
    ]
    assert item["tags"] == ["EMNews", "chips"]
    assert item["authors"] == [{"name": "A", "url": "https://a.example/"}, {"name": "B"}]
    assert (item["language"], item["_rights"]) == ("en", "©")
    assert item["_links"] == [{"rel": "via", "href": "https://via.example/"}]
    assert item["_source"] == {
        "id": "urn:o",
        "title": "Origin",
        "updated": "2022-05-24T15:31:09+08:00",
        "feed_url": "https://o.example/rss",
        "home_page_url": "https://o.example/",
    }


def test_members_that_say_nothing_are_left_out() -> None:
    item = feed_of(made(published_at=None, link="", lang=""))["items"][0]
    assert set(item) == {"id", "title", "date_modified", "authors", "content_html"}


def test_each_item_stands_on_a_line_of_its_own_in_plain_utf_8() -> None:
    lines = rendered("json", made(), made(atom_id="urn:x:2")).decode().splitlines()
    assert len(lines) == 4
    assert "标题" in lines[1]
