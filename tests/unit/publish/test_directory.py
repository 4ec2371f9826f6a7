"""The directories of all feeds, as programs read them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.directory import FeedListing, feeds_json, feeds_opml, grouped, newest
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.settings import SiteSettings

SITE = SiteSettings(
    "https://finews.example/", "金融消息", "zh-CN", ZoneInfo("Asia/Shanghai"), "ZNing", date(2021, 12, 1)
)
SEEN = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)


def listing(kind: FeedKind, key: str = "", entries: int = 1, title: str | None = None, age: int = 0) -> FeedListing:
    path = feed_path(FeedKey(kind, key))
    title = key if title is None else title
    updated_at = SEEN - timedelta(hours=age)
    atom_url, page_url = address(SITE.url, path + ".xml"), address(SITE.url, path + ".html")
    return FeedListing(FeedKey(kind, key), path, title, title, entries, updated_at, atom_url, page_url)


LISTINGS = [
    listing(FeedKind.QUERY, "chips", title="芯片 & 半导体", age=1),
    listing(FeedKind.TAG, "银行", 7),
    listing(FeedKind.TAG, "5g/6g", 7),
    listing(FeedKind.TAG, "东财滚动新闻", 9, age=3),
    listing(FeedKind.SOURCE, "boe", 0, title='The "Bank" <of> England'),
    listing(FeedKind.CATEGORY, "emnews", 4),
    listing(FeedKind.ALL, "", 20, title="金融消息"),
]


def test_feeds_are_grouped_by_kind_and_the_fullest_come_first() -> None:
    assert [(kind, [one.key.key for one in group]) for kind, group in grouped(LISTINGS)] == [
        (FeedKind.ALL, [""]),
        (FeedKind.CATEGORY, ["emnews"]),
        (FeedKind.TAG, ["东财滚动新闻", "5g/6g", "银行"]),
        (FeedKind.SOURCE, ["boe"]),
        (FeedKind.QUERY, ["chips"]),
    ]


def test_opml_lists_the_whole_first_and_the_others_in_groups() -> None:
    root = ElementTree.fromstring(feeds_opml(LISTINGS, SITE))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "金融消息"
    assert root.findtext("head/dateModified") == "Tue, 24 May 2022 07:31:09 +0000"
    assert [outline.get("text") for outline in root.findall("body/outline")] == [
        "金融消息",
        "分类",
        "标签",
        "来源",
        "专题",
    ]
    tag = root.findall("body/outline[@text='标签']/outline")[1]
    assert dict(tag.attrib) == {
        "type": "rss",
        "text": "5g/6g",
        "title": "5g/6g",
        "xmlUrl": "https://finews.example/feed/by_tag/5g=2f6g.xml",
        "htmlUrl": "https://finews.example/feed/by_tag/5g=2f6g.html",
        "language": "zh-CN",
    }


def test_json_lists_every_feed_with_all_that_is_known() -> None:
    document = json.loads(feeds_json(LISTINGS, SITE))
    assert document["title"] == "金融消息"
    assert document["updated"] == "2022-05-24T07:31:09+00:00"
    assert len(document["feeds"]) == len(LISTINGS)
    assert document["feeds"][2] == {
        "kind": "tag",
        "key": "东财滚动新闻",
        "title": "东财滚动新闻",
        "label": "东财滚动新闻",
        "path": "feed/by_tag/东财滚动新闻",
        "entries": 9,
        "updated": "2022-05-24T04:31:09+00:00",
        "atom_url": "https://finews.example/feed/by_tag/%E4%B8%9C%E8%B4%A2%E6%BB%9A%E5%8A%A8%E6%96%B0%E9%97%BB.xml",
        "page_url": "https://finews.example/feed/by_tag/%E4%B8%9C%E8%B4%A2%E6%BB%9A%E5%8A%A8%E6%96%B0%E9%97%BB.html",
    }


def test_a_site_without_feeds_has_empty_directories() -> None:
    assert newest([]) is None
    # OPML wants an outline; a comment is one that nobody subscribes to
    assert [each.get("isComment") for each in outlines(feeds_opml([], SITE))] == ["true"]
    assert json.loads(feeds_json([], SITE))["feeds"] == []


@pytest.mark.parametrize("render", [feeds_opml, feeds_json])
def test_order_of_arrival_changes_no_byte(render: object) -> None:
    assert callable(render)
    shuffled = random.Random(5).sample(LISTINGS, len(LISTINGS))
    assert render(shuffled, SITE) == render(LISTINGS, SITE)


def outlines(document: bytes) -> Iterator[ElementTree.Element]:
    return ElementTree.fromstring(document).iter("outline")


@given(title=st.text())
def test_any_title_leaves_both_documents_well_formed(title: str) -> None:
    one = [listing(FeedKind.SOURCE, "x", title=title)]
    assert [outline.get("xmlUrl") for outline in outlines(feeds_opml(one, SITE))][-1] == one[0].atom_url
    assert json.loads(feeds_json(one, SITE))["feeds"][0]["key"] == "x"
