"""`sources.opml`: the polled sources and how they are doing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.publish.listings import SourceListing
from finews_feeds.publish.opml import HEALTH, sources_opml
from finews_feeds.settings import SiteSettings
from finews_feeds.sources import opml

SITE = SiteSettings("https://finews.example/", "金融 & 消息", "zh-CN", ZoneInfo("UTC"), "ZNing", date(2021, 12, 1))
WELL = SourceListing("ECB", "https://ecb.example/rss?a=1&b=2", "https://ecb.example/", ("banks",), ("ECB",), "ok")
ILL = SourceListing(
    'The "Fed"',
    "https://fed.example/rss",
    "",
    (),
    (),
    "failing",
    datetime(2022, 5, 24, 7, 31, tzinfo=UTC),
    datetime(2022, 5, 24, 7, 1, tzinfo=UTC),
    date(2022, 5, 23),
    "https://new.example/rss",
)


def outlines(*sources: SourceListing) -> list[dict[str, str]]:
    root = ElementTree.fromstring(sources_opml(sources, SITE))
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "金融 & 消息")
    found = [each.attrib for each in root.iter("outline")]
    return [{name.replace(f"{{{HEALTH}}}", "health:"): value for name, value in each.items()} for each in found]


def test_a_source_that_is_well_says_so_and_no_more() -> None:
    assert outlines(WELL) == [
        {
            "type": "rss",
            "text": "ECB",
            "title": "ECB",
            "xmlUrl": "https://ecb.example/rss?a=1&b=2",
            "htmlUrl": "https://ecb.example/",
            "category": "/banks,ECB",
            "health:state": "ok",
        }
    ]


def test_a_source_that_fails_says_since_when_and_when_it_was_well() -> None:
    (found,) = outlines(ILL)
    assert {name: value for name, value in found.items() if ":" in name} == {
        "health:state": "failing",
        "health:failingSince": "2022-05-24T07:31:00+00:00",
        "health:lastOk": "2022-05-24T07:01:00+00:00",
        "health:newestEntry": "2022-05-23",
        "health:movedTo": "https://new.example/rss",
    }


def test_our_own_reader_of_subscription_lists_finds_the_same_sources() -> None:
    sources, findings = opml.parse(sources_opml([WELL, ILL], SITE), "sources.opml")
    assert findings == ()
    assert [(each.url, each.title, each.categories, each.tags) for each in sources] == [
        (WELL.url, "ECB", ("banks",), ("ECB",)),
        (ILL.url, 'The "Fed"', (), ()),
    ]


@given(text=st.text())
def test_any_text_leaves_a_whole_document(text: str) -> None:
    odd = SourceListing(text, text, text, (text,), (text,), text, moved_to=text)
    assert len(outlines(odd, WELL)) == 2
