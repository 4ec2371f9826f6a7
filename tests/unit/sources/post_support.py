"""A reader of posts for tests, with a site that has a `_config.yml`, and a plain reader of dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from finews_feeds.settings import PostsSettings, SiteSettings
from finews_feeds.sources.jekyll import JekyllConfig, read_authors, read_config
from finews_feeds.sources.post import PostReader

CONFIG = """url: https://finews.example
title: 金融消息
timezone: Asia/Shanghai
lang: zh-CN
author: ZNing
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = SiteSettings("https://feeds.example/", "t", "zh-CN", SHANGHAI, "ZNing", date(2021, 12, 1))


def read_date(spelled: str) -> datetime | None:
    """ISO 8601 with a space allowed before the offset; without one it is Shanghai's time."""
    try:
        at = datetime.fromisoformat(spelled.replace(" +", "+"))
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def config(text: str = CONFIG, authors: str = "") -> JekyllConfig:
    made, _ = read_config(text.encode(), "_config.yml")
    return read_authors(made, authors.encode(), "_data/authors.yml")[0]


def reader(
    text: str | None = CONFIG, authors: str = "", folders: tuple[str, ...] = ("_posts", "old_post")
) -> PostReader:
    settings = PostsSettings("site", Path("/nowhere"), folders)
    return PostReader(settings, SITE, None if text is None else config(text, authors), read_date)
