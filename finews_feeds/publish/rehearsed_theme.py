"""A theme tried out before it is used: every template compiled, every page made once of values that leave nothing out.

What is tried has the odd cases in it: an entry with everything and one with nothing, a feed without entries, a site
without feeds. What only the values of a real site can upset is found when they are rendered, and stops the run there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, Term, TermKind, Text
from finews_feeds.publish.directory import FeedListing
from finews_feeds.publish.pages import PageRenderer, compiled, index_page, snippets
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.settings import SiteSettings, Theme

_AT = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)
_URL = "https://finews.example/"
_SITES = tuple(
    SiteSettings(_URL, "Title", lang, ZoneInfo("UTC"), "Author", date(2021, 12, 1), subtitle)
    for lang, subtitle in (("en", "Subtitle"), ("zh-CN", ""))
)
_BARE = Entry("tag:finews.example,2021-12-01:entry/1", "", "", None, _AT)
_FULL = Entry(
    "tag:finews.example,2021-12-01:entry/2",
    "Title",
    "https://news.example.org/1",
    _AT,
    _AT,
    summary=Text("Summary"),
    terms=(Term(TermKind.CATEGORY, "markets", "Markets"), Term(TermKind.TAG, "银行", "银行")),
    lang="fr",
    sources=("one", "two"),
)


def faults_of(theme: Theme) -> tuple[Fault, ...]:
    """Everything that is wrong with the templates of a theme, each fault once, by file and line."""
    found = [*_tried(compiled, theme)]
    if not found:
        for site in _SITES:
            found += _tried(_pages, theme, site)
            found += _tried(_lists, theme, site)
    return tuple(dict.fromkeys(found))


def _tried(make: Callable[..., object], *arguments: object) -> Iterator[Fault]:
    try:
        make(*arguments)
    except ConfigError as error:
        yield from error.faults


def _pages(theme: Theme, site: SiteSettings) -> None:
    renderer = PageRenderer(theme)
    fragments = [renderer.fragment(entry, site) for entry in (_FULL, _BARE)]
    for kind in FeedKind:
        for shown in (fragments, []):
            renderer.document(_head(FeedKey(kind, "" if kind is FeedKind.ALL else "key"), site), shown, site)


def _lists(theme: Theme, site: SiteSettings) -> None:
    for listings in ([], [_listing(FeedKey(kind, "" if kind is FeedKind.ALL else "key")) for kind in FeedKind]):
        index_page(listings, site, theme)
        snippets(listings, site, theme)


def _head(key: FeedKey, site: SiteSettings) -> FeedHead:
    path = feed_path(key)
    urls = address(_URL, path + ".xml"), address(_URL, path + ".html")
    return FeedHead(key, path, urls[0], "Label", site.subtitle, *urls, _AT, site.author, site.language)


def _listing(key: FeedKey) -> FeedListing:
    path = feed_path(key)
    return FeedListing(key, path, "Title", "Label", 1, _AT, address(_URL, path + ".xml"), address(_URL, path + ".html"))
