"""From a page to the feeds that it names, and the addresses where feeds usually are.

HTML says it with `<link rel="alternate" type="application/atom+xml">` (RFC 4287 §9, WATCG autodiscovery), HTTP with a
`Link` field (RFC 8288), which is looked at first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree

from finews_feeds.model import Headers, Link
from finews_feeds.sources import charset, link_fields
from finews_feeds.sources.references import absolute_http

_TYPES = frozenset({"application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json"})
#: Types that feeds share with other things: then the address or the title must speak of a feed.
_SHARED_TYPES = frozenset({"", "application/json", "application/xml", "text/xml"})
_FEEDISH = re.compile(r"feed|rss|atom|\.rdf", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|replies|评论|評論|コメント|комментар|kommentar", re.IGNORECASE)
#: What is read of a page; its head is far shorter.
_MAX_PAGE = 1024 * 1024

#: How the last part of an address is spelled that is a feed's rather than a page's.
_OF_A_FEED = re.compile(r"(?:feeds?|rss[12]?|atom|rdf|.*\.(?:xml|rss|atom|rdf|json))", re.IGNORECASE)

_USUAL = ("feed.xml", "atom.xml", "rss.xml", "feed/", "rss", "index.xml", "index.rdf", "feed.json")


def feed_links(body: bytes, headers: Headers, url: str) -> tuple[Link, ...]:
    """The feeds that an answer names, absolute, each once, best first: feeds of comments come last."""
    named = [*_from_header(headers, url), *_from_page(body, headers, url)]
    once: dict[str, Link] = {}
    for link in filter(_is_feed, named):
        once.setdefault(link.href, link)
    return tuple(sorted(once.values(), key=_is_comments))


def usual_paths(url: str) -> tuple[str, ...]:
    """The addresses to try where a page names no feed: in its own folder, then at the root of its site."""
    parts = urlsplit(url)
    folder = urljoin(url, ".") if parts.path not in ("", "/") else ""
    tail = parts.path.rpartition("/")[2]
    # /blog is a folder as often as a file; /blog/index.html is none.
    inner = urljoin(url, f"{tail}/") if tail and "." not in tail else ""
    bases = dict.fromkeys(base for base in (inner, folder, urljoin(url, "/")) if base)
    return tuple(dict.fromkeys(urljoin(base, name) for base in bases for name in _USUAL))


def looks_like_a_feed(url: str) -> bool:
    """Whether an address is spelled as feeds' addresses are: /feed/, /atom.xml, /?feed=rss2. No more than a guess."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return bool(_OF_A_FEED.fullmatch(last)) or parts.query.lower().startswith("feed=")


def _is_feed(link: Link) -> bool:
    if "alternate" not in link.rel.split() and "feed" not in link.rel.split():
        return False
    if link.type in _TYPES:
        return True
    if link.type not in _SHARED_TYPES or "wp-json" in link.href:
        return False
    return "feed" in link.rel.split() or bool(link.type and _FEEDISH.search(f"{link.href} {link.title}"))


def _is_comments(link: Link) -> bool:
    return bool(_COMMENTS.search(f"{link.href} {link.title}"))


def _from_header(headers: Headers, url: str) -> Iterator[Link]:
    for target, parameters in link_fields.links(headers):
        yield from _link(url, target, parameters)


def _from_page(body: bytes, headers: Headers, url: str) -> Iterator[Link]:
    page, _findings = charset.decode(body[:_MAX_PAGE], headers, url)
    page = re.sub(r"\A\s*<\?xml[^>]*>", "", page)
    if not page.strip():
        return
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root: etree._Element | None = etree.fromstring(page.encode(), parser)
    except etree.ParseError:
        root = None
    if root is None:
        return
    base = next((href for element in root.iter("base") if (href := element.get("href"))), "")
    base = absolute_http(url, base) or url
    for element in root.iter("link", "a"):
        # Anchors count only where they say that they are another form of this page.
        yield from _link(base, element.get("href") or "", {key.lower(): value for key, value in element.attrib.items()})


def _link(base: str, target: str, attributes: dict[str, str]) -> Iterator[Link]:
    href = absolute_http(base, target)
    if href:
        yield Link(
            href=href,
            rel=attributes.get("rel", "").lower(),
            type=attributes.get("type", "").partition(";")[0].strip().lower(),
            title=" ".join(attributes.get("title", "").split()),
        )
