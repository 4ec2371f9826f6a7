"""newsboat and reader subscribe to a running daemon: entries appear, change, and never stand there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pytest

from tests.readers.subscribers import Newsboat, Reader, Subscriber
from tests.server import FeedServer
from tests.whole.conftest import server, site
from tests.whole.site import SAMPLE, WholeSite
from tests.whole.test_build import SAMPLE_TITLE
from tests.whole.test_daemon import answers, get, running, wait_for

__all__ = ["server", "site"]

pytestmark = pytest.mark.slow

#: newsboat knows no JSON Feed.
KINDS: list[tuple[type[Newsboat] | type[Reader], str]] = [
    (Newsboat, "xml"),
    (Newsboat, "rss"),
    (Reader, "xml"),
    (Reader, "rss"),
    (Reader, "json"),
]
CASES = pytest.mark.parametrize(("kind", "suffix"), KINDS, ids=[f"{kind.__name__}-{suffix}" for kind, suffix in KINDS])
FEED = "/feed/by_source/news"


@dataclass
class Newsroom:
    """A source that tells what it is told to; `number` -> (title, words), the newest last."""

    articles: dict[int, tuple[str, str]] = field(default_factory=dict)

    def link(self, number: int) -> str:
        return f"https://news.example/{number}?a=1&b=二"

    def rss(self, request: object = None) -> str:
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{escape(self.link(number))}</link>"
            f"<guid isPermaLink='false'>n{number}</guid><pubDate>{number:02} May 2022 08:00:00 +0800</pubDate>"
            "<category>芯片 &amp; 半导体</category><description>"
            + escape(f"<p>{words} <a href='/x'>x</a></p>")
            + "</description></item>"
            for number, (title, words) in self.articles.items()
        )
        return (
            f'<rss version="2.0"><channel><title>新闻</title><link>https://news.example/</link>{items}</channel></rss>'
        )


@pytest.fixture
def newsroom(site: WholeSite, server: FeedServer) -> Newsroom:
    told = Newsroom({1: ("S&P500 涨 < 1%", "第一 words"), 2: ("Second “quoted” 😀", "other words")})
    site.allow = [server.host_port]
    site.output = 'formats = ["atom", "rss", "json"]'
    site.sources = [("news", server.serve("/news", told.rss), 'interval = "1s"')]
    return told


def published(url: str, words: str) -> Callable[[], bool]:
    return lambda: answers(url) and words in get(url)[2].decode()


@pytest.fixture
def subscribed(
    site: WholeSite, newsroom: Newsroom, tmp_path: Path, kind: Callable[[Path], Subscriber], suffix: str
) -> Iterator[tuple[Subscriber, str]]:
    """A reader that has looked once at the newsroom's feed, which a daemon publishes; and where that is."""
    reader = kind(tmp_path / "home")
    with running(site) as url:
        feed = f"{url}{FEED}.{suffix}"
        wait_for(published(feed, "quoted"))
        reader.look([feed])
        yield reader, feed


@CASES
def test_a_reader_sees_entries_come_change_and_stay_single(
    subscribed: tuple[Subscriber, str], newsroom: Newsroom, server: FeedServer
) -> None:
    reader, feed = subscribed
    first = reader.shown(feed)
    assert [each.title for each in first] == ["S&P500 涨 < 1%", "Second “quoted” 😀"]
    assert [each.link.partition("?")[0] for each in first] == ["https://news.example/1", "https://news.example/2"]
    assert "第一 words" in first[0].content
    assert f'{server.url}/x"' in first[0].content
    assert reader.unread() == 2

    newsroom.articles[1] = ("S&P500 跌 < 1%", "changed words")
    newsroom.articles[3] = ("Third", "words")
    wait_for(published(feed, "Third"))
    wait_for(published(feed, "changed words"))
    for _ in range(2):
        reader.look([feed])
        then = reader.shown(feed)
        assert [each.title for each in then] == ["S&P500 跌 < 1%", "Second “quoted” 😀", "Third"]
        assert "changed words" in then[0].content
        assert [each.entry_id for each in then[:2]] == [each.entry_id for each in first]


@CASES
def test_a_reader_is_told_nothing_new_while_nothing_is(subscribed: tuple[Subscriber, str], server: FeedServer) -> None:
    reader, feed = subscribed
    before, asked = reader.shown(feed), len(server.requests)
    wait_for(lambda: len(server.requests) > asked)
    reader.look([feed])
    assert reader.shown(feed) == before


@CASES
def test_a_reader_takes_the_feed_of_a_chinese_tag_and_of_the_local_posts(
    site: WholeSite, newsroom: Newsroom, tmp_path: Path, kind: Callable[[Path], Subscriber], suffix: str
) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    reader = kind(tmp_path / "home")
    with running(site) as url:
        tag = f"{url}/feed/by_tag/%E4%B8%9C%E8%B4%A2%E6%BB%9A%E5%8A%A8%E6%96%B0%E9%97%BB.{suffix}"
        whole = f"{url}/feed.{suffix}"
        wait_for(published(whole, "quoted"))
        wait_for(published(tag, "南昌"))
        reader.look([tag])
        assert [each.title for each in reader.shown(tag)] == [SAMPLE_TITLE]
        # newsboat keeps an entry once, by its id, with the feed that told it last
        reader.look([tag, whole])
        assert [each.title for each in reader.shown(whole)] == ["S&P500 涨 < 1%", "Second “quoted” 😀", SAMPLE_TITLE]
