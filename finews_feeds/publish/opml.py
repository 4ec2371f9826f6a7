"""OPML 2.0 (http://opml.org/spec2.opml) as we write it, and `sources.opml`: what is polled, and how it is doing.

What stands in `sources.opml` changes when a source's state does, not at each poll: since when it fails, and when it
last answered before that; the day of its newest entry. So the file keeps its bytes while nothing happens. Why a source
fails is not in it: messages may name what is inside a network, and `finews-feeds status` has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from html import escape

from finews_feeds.publish.listings import SourceListing
from finews_feeds.publish.spelling import link_uri, one_line, rfc3339
from finews_feeds.settings import SiteSettings

#: "An OPML file may contain elements and attributes not described on this page only if those elements are defined in
#: a namespace." A name, and no address.
HEALTH = "urn:finews-feeds:health"


def sources_opml(sources: Sequence[SourceListing], site: SiteSettings) -> bytes:
    """The polled sources as they are given, with their health in attributes of the namespace `HEALTH`."""
    head = [element("title", site.title), element("ownerName", site.author), element("ownerId", site.url)]
    return document(head, [_source_outline(each) for each in sources], {"xmlns:health": HEALTH})


def _source_outline(source: SourceListing) -> str:
    values = {
        "type": "rss",
        "text": source.title,
        "title": source.title,
        "xmlUrl": source.url,
        "htmlUrl": link_uri(source.site_url),
        "category": ",".join(map(_category, [*(f"/{each}" for each in source.categories), *source.tags])),
        "health:state": source.state,
        "health:failingSince": rfc3339(source.failing_since, UTC) if source.failing_since else "",
        "health:lastOk": rfc3339(source.last_ok_at, UTC) if source.last_ok_at else "",
        "health:newestEntry": source.newest_entry.isoformat() if source.newest_entry else "",
        "health:movedTo": source.moved_to,
    }
    return outline({name: value for name, value in values.items() if value or name in ("text", "xmlUrl")})


def _category(spelled: str) -> str:
    """One of several that a comma parts: a comma in it becomes a full-width one."""
    return spelled.replace(",", "，")


def document(head: Iterable[str], body: Iterable[str], more: Mapping[str, str] | None = None) -> bytes:
    """A whole document of these elements; `more` are further attributes of its root."""
    root = "".join(f" {name}={quoted(value)}" for name, value in (more or {}).items())
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<opml version="2.0"{root}>', "<head>", *head]
    # "The body contains one or more outline elements"; a comment is one that nobody subscribes to
    body = list(body) or ['<outline text="-" isComment="true"/>']
    lines += ["</head>", "<body>", *body, "</body>", "</opml>", ""]
    return "\n".join(lines).encode()


def outline(values: Mapping[str, str]) -> str:
    """An outline with nothing below it."""
    return "<outline " + " ".join(f"{name}={quoted(one_line(value))}" for name, value in values.items()) + "/>"


def quoted(value: str) -> str:
    """A value of one line as an attribute has it (XML 1.0 §2.3); saxutils does the same and loads urllib for it."""
    return f'"{escape(value)}"'


def element(name: str, value: str) -> str:
    """An element of one line of text."""
    escaped = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{escaped}</{name}>"
