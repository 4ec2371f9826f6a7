"""The addresses that other generators had for their feeds.

jekyll-feed's lib/jekyll-feed/generator.rb: `feed_path` gives `/feed.xml` and `/feed/#{category}.xml`,
`generate_tag_feed` gives `/feed/by_tag/#{tag}.xml` and passes over tags with anything but `[a-zA-Z0-9_]`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import FeedKey, FeedKind, TermKind
from finews_feeds.normalize.terms import term
from finews_feeds.publish.old_addresses import old_address
from finews_feeds.publish.slugs import feed_path, is_same_file
from finews_feeds.settings import IdStyle

ALL, CATEGORY, TAG, SOURCE = FeedKind.ALL, FeedKind.CATEGORY, FeedKind.TAG, FeedKind.SOURCE
ADDRESSES: list[tuple[str, IdStyle, FeedKind, str, str, str]] = [
    ("the main feed is ours", "jekyll-feed", ALL, "", "Title", ""),
    ("a folded category is ours", "jekyll-feed", CATEGORY, "emnews", "emnews", ""),
    ("a Chinese one too", "jekyll-feed", CATEGORY, "债券", "债券", ""),
    ("capitals", "jekyll-feed", CATEGORY, "techweb", "TechWeb", "feed/TechWeb.xml"),
    ("capitals and a space", "jekyll-feed", CATEGORY, "hong kong", "Hong Kong", "feed/Hong Kong.xml"),
    ("a tag", "jekyll-feed", TAG, "etf", "ETF", "feed/by_tag/ETF.xml"),
    ("a tag that jekyll-feed passes over", "jekyll-feed", TAG, "a股", "A股", ""),
    ("more than case", "jekyll-feed", CATEGORY, "ai", "ＡＩ", ""),
    ("an escaped name", "jekyll-feed", CATEGORY, "a/b", "A/B", ""),
    ("a reserved name", "jekyll-feed", CATEGORY, "con", "CON", ""),
    ("a source", "jekyll-feed", SOURCE, "Site", "Site", ""),
    ("the main feed of Hugo", "hugo", ALL, "", "Title", "index.xml"),
    ("a category of Hugo", "hugo", CATEGORY, "hong kong", "Hong Kong", "categories/hong-kong/index.xml"),
    ("a tag of Hugo", "hugo", TAG, "债券", "债券", "tags/债券/index.xml"),
    ("a source of Hugo", "hugo", SOURCE, "x", "x", ""),
    ("an escaped name of Hugo", "hugo", TAG, "a/b", "a/b", ""),
    ("the main feed of Pelican", "pelican", ALL, "", "Title", "feeds/all.atom.xml"),
    ("a category of Pelican", "pelican", CATEGORY, "hong kong", "Hong Kong", "feeds/hong-kong.atom.xml"),
    ("a tag of Pelican has no feed", "pelican", TAG, "x", "x", ""),
]


@pytest.mark.parametrize(
    ("style", "kind", "key", "label", "expected"), [case[1:] for case in ADDRESSES], ids=[c[0] for c in ADDRESSES]
)
def test_the_old_address_is(style: IdStyle, kind: FeedKind, key: str, label: str, expected: str) -> None:
    assert old_address(style, FeedKey(kind, key), label) == expected


@given(st.text(max_size=8), st.text(max_size=8))
def test_an_address_of_jekyll_feed_is_nobody_elses_on_any_disk(one: str, other: str) -> None:
    label, second = term(TermKind.CATEGORY, one), term(TermKind.CATEGORY, other)
    if label is None or second is None:
        return
    address = old_address("jekyll-feed", FeedKey(CATEGORY, label.key), label.label)
    if address:
        assert address != feed_path(FeedKey(CATEGORY, second.key)) + ".xml"
        is_one_file = is_same_file(address, feed_path(FeedKey(CATEGORY, second.key)) + ".xml")
        assert is_one_file is (label.key == second.key)
