"""Which keys the config has: for each table its keys, how each is read, and whether it must be there.

The names are those of the fields of `settings`, whose defaults hold where a key is left out. A new setting is one
field there, one line here, one line in `config/finews.toml` and in docs/configuration.md (a test holds the last two).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from finews_feeds.config import values as v


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one table: how its value is read, and whether the table is wrong without it."""

    read: v.Reader[Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its keys, and whether it is an array of tables (`[[…]]`) with a name each."""

    keys: Mapping[str, Key]
    is_array: bool = False
    required: bool = False


_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


def tables(folder: Path) -> dict[str, Table]:
    """All tables; relative paths in them start from `folder`."""
    path = v.path_from(folder)
    dates = {"timezone": Key(v.zone), "naive_dates": Key(v.choice("local", "utc"))}
    terms = {"categories": Key(v.texts), "tags": Key(v.texts)}
    hand = {
        "strip": Key(v.texts),
        "content": Key(v.choice("full", "summary", "link")),
        "alias": Key(v.renamings),
        "drop": Key(v.texts),
        "rights": Key(v.some_text),
        "license": Key(v.web_url),
    }
    return {
        "site": Table(
            {
                "url": Key(v.site_url, required=True),
                "title": Key(v.some_text),
                "subtitle": Key(v.text),
                "language": Key(v.some_text),
                "author": Key(v.some_text),
                "since": Key(v.day),
                **dates,
            },
            required=True,
        ),
        "store": Table({"url": Key(v.some_text)}),
        "output": Table(
            {
                "dir": Key(path),
                "formats": Key(v.choices("atom", "rss", "json")),
                "limit": Key(v.whole(1, 100_000)),
                "min_age": Key(v.span(timedelta(0))),
                "max_bytes": Key(v.size),
                "slugs": Key(v.choice("unicode", "pinyin")),
                "compress": Key(v.some_of("gzip", "br", "zstd")),
                "moved": Key(v.feed_moves),
                "gone": Key(v.feed_paths),
                "hubs": Key(v.web_urls),
                "problems": Key(v.boolean),
                "archives": Key(v.whole(0, 10_000)),
                "tombstones": Key(v.span(timedelta(0))),
                "theme": Key(path),
            }
        ),
        "posts": Table(
            {
                "name": Key(v.name, required=True),
                "path": Key(path, required=True),
                "folders": Key(v.folders),
                "title": Key(v.some_text),
                "link": Key(v.choice("post", "original")),
                "rank": Key(v.whole(0)),
                "id_style": Key(v.choice("jekyll-feed", "hugo", "pelican")),
                "permalink": Key(v.some_text),
                "rendered": Key(path),
                **hand,
                **terms,
                **dates,
            },
            is_array=True,
        ),
        "sources": Table(
            {
                "name": Key(v.name, required=True),
                "url": Key(v.source_url, required=True),
                "title": Key(v.some_text),
                "interval": Key(v.span(_SECOND)),
                "rank": Key(v.whole(0)),
                "enabled": Key(v.boolean),
                "retry_after_scope": Key(v.choice("feed", "host", "domain")),
                "headers": Key(v.header_fields),
                "user": Key(v.secret),
                "password": Key(v.secret),
                "max_new": Key(v.whole(1)),
                **hand,
                **terms,
                **dates,
            },
            is_array=True,
        ),
        "lists": Table(
            {
                "name": Key(v.name, required=True),
                "url": Key(v.web_url),
                "file": Key(path),
                "interval": Key(v.span(_MINUTE)),
                "enabled": Key(v.boolean),
                **terms,
            },
            is_array=True,
        ),
        "http": Table(
            {
                "allow_private": Key(v.host_ports),
                "allow_files": Key(v.paths_from(folder)),
                "contact": Key(v.some_text),
                "deadline": Key(v.span(_SECOND)),
                "max_bytes": Key(v.size),
                "max_redirects": Key(v.whole(0, 20)),
                "concurrency": Key(v.whole(1, 1000)),
                "retry_after_scope": Key(v.choice("feed", "host", "domain")),
                "redirect_confirmations": Key(v.whole(1, 1000)),
                "redirect_period": Key(v.span(timedelta(0))),
                "allow_downgrade": Key(v.boolean),
                "proxy": Key(v.proxy_url),
                "http2": Key(v.http2),
                "max_entries": Key(v.whole(1, 100_000)),
                "max_memory": Key(v.size),
                "read_deadline": Key(v.span(_SECOND)),
            }
        ),
        "feeds": Table(
            {
                "name": Key(v.name, required=True),
                "query": Key(v.some_text, required=True),
                "title": Key(v.some_text),
            },
            is_array=True,
        ),
        "near": Table(
            {
                "show": Key(v.boolean),
                "merge": Key(v.texts),
                "within": Key(v.span(_MINUTE, timedelta(days=7))),
            }
        ),
        "urls": Table({"rules": Key(v.texts)}),
        "server": Table({"listen": Key(v.host_port, required=True), "public_url": Key(v.site_url)}),
    }


#: Table -> the names of its keys, for the test that every one is documented.
KEYS: dict[str, tuple[str, ...]] = {name: tuple(table.keys) for name, table in tables(Path()).items()}
