"""What the renderers' tests share: a site, a head, an entry, and each format's renderer at hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, Text
from finews_feeds.publish.formats import Renderer, renderer
from finews_feeds.publish.spelling import zoned
from finews_feeds.settings import SiteSettings

AT = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)


class Feed(NamedTuple):
    """A feed as a test writes it down: its head, and its entries in their order."""

    head: FeedHead
    entries: tuple[Entry, ...]


SITE = SiteSettings(
    url="https://finews.example/",
    title="金融消息",
    language="zh-CN",
    timezone=ZoneInfo("Asia/Shanghai"),
    author="ZNing",
    since=date(2021, 12, 1),
)

HEAD = FeedHead(
    key=FeedKey(FeedKind.ALL),
    path="feed",
    atom_id="https://finews.example/feed.xml",
    title="金融消息",
    subtitle="",
    self_url="https://finews.example/feed.xml",
    page_url="https://finews.example/feed.html",
    updated_at=AT,
    author="ZNing",
    lang="zh-CN",
)

ENTRY = Entry(
    atom_id="tag:finews.example,2021-12-01:entry/00112233445566778899",
    title="标题",
    link="https://news.example/a/1.html",
    published_at=AT,
    updated_at=AT,
    content=Text("<p>正文</p>", "html"),
)


def made(**changes: Any) -> Entry:
    """The plain entry, with changes."""
    return replace(ENTRY, **changes)


def rendered(name: str, *entries: Entry, head: FeedHead = HEAD, site: SiteSettings = SITE) -> bytes:
    """A whole document of a format."""
    made_by: Renderer = renderer(name)
    newest = max((zoned(entry.updated_at, UTC) for entry in entries), default=head.updated_at)
    head = replace(head, updated_at=max(newest, head.updated_at))
    return made_by.document(head, [made_by.fragment(entry, site) for entry in entries], site)


def rendered_feed(name: str, feed: Feed, site: SiteSettings) -> bytes:
    """A feed as a whole document of a format."""
    made_by: Renderer = renderer(name)
    return made_by.document(feed.head, [made_by.fragment(entry, site) for entry in feed.entries], site)
