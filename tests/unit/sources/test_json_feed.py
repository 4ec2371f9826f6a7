"""JSON Feed in the states it arrives in; whole documents are golden feeds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.errors import ParseError
from finews_feeds.model import Link, Person, SourceEntry
from finews_feeds.sources import json_feed

URL = "https://news.example/dir/feed.json"


def item(**fields: Any) -> SourceEntry:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [fields]}
    (entry,) = json_feed.parse(json.dumps(document), URL).entries
    return entry


LINKS = [
    ("its url", {"id": "1", "url": "https://a.example/1"}, "https://a.example/1", ("https://a.example/1",)),
    ("a relative url", {"id": "1", "url": "../1"}, "https://news.example/1", ("https://news.example/1",)),
    ("an id that is a url", {"id": "https://a.example/1"}, "https://a.example/1", ("https://a.example/1",)),
    (
        "both",
        {"id": "https://a.example/?p=1", "url": "https://a.example/1"},
        "https://a.example/1",
        ("https://a.example/1", "https://a.example/?p=1"),
    ),
    (
        "external alone",
        {"id": "1", "external_url": "https://b.example/"},
        "https://b.example/",
        ("https://b.example/",),
    ),
    ("a script", {"id": "1", "url": "javascript:alert(1)"}, "", ()),
    ("no string", {"id": "1", "url": {"href": "x"}}, "", ()),
]


@pytest.mark.parametrize(("fields", "link", "urls"), [case[1:] for case in LINKS], ids=[case[0] for case in LINKS])
def test_an_item_links_to(fields: dict[str, Any], link: str, urls: tuple[str, ...]) -> None:
    entry = item(**fields)
    assert (entry.link, entry.identity_urls) == (link, urls)


def test_what_an_item_speaks_of_is_a_related_link_and_never_its_identity() -> None:
    entry = item(id="1", url="https://a.example/1", external_url="https://b.example/x")
    assert entry.links == (Link("https://b.example/x", "related"),)
    assert entry.identity_urls == ("https://a.example/1",)


IDS = [
    ("text", "text"),
    (17, "17"),
    (1.5, "1.5"),
    (int("9" * 200), "9" * 200),
    ("  ", None),
    (None, None),
    (True, None),
    ([], None),
    ("\ud800x", "x"),
]


@pytest.mark.parametrize(("given_id", "entry_id"), IDS)
def test_an_id_is_what_it_plainly_says(given_id: object, entry_id: str | None) -> None:
    assert item(id=given_id, title="t").entry_id == entry_id


def test_a_number_too_long_to_be_one_costs_its_item_no_more_than_its_id() -> None:
    text = f'{{"version": "https://jsonfeed.org/version/1", "items": [{{"id": {"9" * 6000}, "title": "t"}}]}}'
    (entry,) = json_feed.parse(text, URL).entries
    assert (entry.entry_id, entry.title and entry.title.value) == (None, "t")


def test_what_stands_behind_the_document_is_left_out_and_told() -> None:
    text = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"}]}\n<!-- cached -->'
    parsed = json_feed.parse("\n" + text, URL)
    assert [entry.entry_id for entry in parsed.entries] == ["1"]
    assert parsed.is_whole
    assert [(finding.line, finding.what) for finding in parsed.findings] == [
        (3, "something stands behind its end, and was left out")
    ]


def test_authors_of_both_versions_are_read() -> None:
    assert item(id="1", author={"name": "Old"}).authors == (Person("Old"),)
    assert item(id="1", authors=[{"name": "New"}, {}, 3], author={"name": "Old"}).authors == (Person("New"),)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"items": {}}', '"words"', "[[[[", '{"items": null}', "NaN", "1"])
def test_what_is_no_json_feed_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        json_feed.parse(text, URL)
    assert caught.value.faults[0].place == URL


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "date_published"]
KEYS += ["authors", "author", "tags", "language", "attachments"]


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6) | VALUES, max_size=4), VALUES, VALUES)
def test_values_of_any_type_break_nothing(items: list[Any], hubs: Any, authors: Any) -> None:
    document = {"version": 1, "hubs": hubs, "authors": authors, "title": hubs, "items": items}
    parsed = json_feed.parse(json.dumps(document), URL)
    assert len(parsed.entries) == sum(isinstance(each, dict) for each in items)
    repr(parsed).encode("utf-8", "strict")
