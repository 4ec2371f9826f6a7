"""JSON Feed 1.1: the same entries, ids and order as in Atom.

What JSON Feed has no name for stands under names with an underscore, as it provides: `_links` (via, related, license…)
and `_source`, the feed that an item was copied from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from finews_feeds.model import Entry, FeedHead, Link, Origin, Person, Text
from finews_feeds.publish.fit import beside, fit_entry, fit_head
from finews_feeds.publish.spelling import plain_text, rfc3339
from finews_feeds.settings import SiteSettings

_VERSION = "https://jsonfeed.org/version/1.1"
_SEPARATORS = (",", ":")


class JsonRenderer:
    """One feed as a JSON document: metadata first, then the items, each on a line of its own."""

    name = "json"
    suffix = ".json"
    media_type = "application/feed+json"
    version = "2"
    max_entries: int | None = None

    def fragment(self, entry: Entry, site: SiteSettings) -> bytes:
        """One item as a JSON object on one line. ValueError for Markdown."""
        return _dumped(_item(fit_entry(entry, site), site))

    def document(self, head: FeedHead, fragments: Sequence[bytes], site: SiteSettings) -> bytes:
        """The feed's object, with the fragments as its items in the order given, in UTF-8."""
        opening = _dumped(_feed(fit_head(head, site), self.suffix, site.timezone)).removesuffix(b"}")
        return b"".join((opening, b',"items":[\n', b",\n".join(fragments), b"\n]}\n"))


def _dumped(value: dict[str, Any]) -> bytes:
    """The object without its empty members: a key that says nothing is left out."""
    told = {key: member for key, member in value.items() if member}
    return json.dumps(told, ensure_ascii=False, separators=_SEPARATORS).encode()


def _feed(head: FeedHead, suffix: str, zone: tzinfo) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "title": head.title,
        "home_page_url": head.page_url,
        "feed_url": beside(head, suffix),
        "description": head.subtitle,
        "language": head.lang,
        "authors": [{"name": head.author}],
        "hubs": [{"type": "WebSub", "url": hub} for hub in head.hubs],
        "_updated": rfc3339(head.updated_at, zone),
    }


def _item(entry: Entry, site: SiteSettings) -> dict[str, Any]:
    zone = site.timezone
    return {
        "id": entry.atom_id,
        "url": entry.link,
        "title": entry.title,
        "date_published": rfc3339(entry.published_at, zone) if entry.published_at is not None else "",
        "date_modified": rfc3339(entry.updated_at, zone),
        "authors": [_author(author) for author in entry.authors],
        "tags": [term.label or term.key for term in entry.terms],
        "language": entry.lang,
        **_texts(entry),
        "attachments": [_attachment(link) for link in entry.links if link.rel == "enclosure"],
        "_links": [_link(link) for link in entry.links if link.rel != "enclosure"],
        "_rights": entry.rights,
        "_source": _source(entry.origin, zone) if entry.origin is not None else {},
    }


def _texts(entry: Entry) -> dict[str, str]:
    """`content_html` or `content_text`, one of which must be there, and `summary`, which is plain text."""
    content = entry.content or entry.summary or Text(entry.title)
    summary = _plain(entry.summary) if entry.summary is not None and entry.content is not None else ""
    return {"summary": summary, "content_html" if content.kind == "html" else "content_text": content.value}


def _plain(text: Text) -> str:
    return plain_text(text.value) if text.kind == "html" else text.value


def _author(person: Person) -> dict[str, str]:
    return {"name": person.name, "url": person.uri} if person.uri else {"name": person.name}


def _attachment(link: Link) -> dict[str, str | int]:
    """`mime_type` is required; the most general one says that nobody knows."""
    made: dict[str, str | int] = {"url": link.href, "mime_type": link.type or "application/octet-stream"}
    if link.title:
        made["title"] = link.title
    if link.length is not None:
        made["size_in_bytes"] = link.length
    return made


def _link(link: Link) -> dict[str, str]:
    told = {"rel": link.rel, "href": link.href, "type": link.type, "hreflang": link.hreflang, "title": link.title}
    return {key: value for key, value in told.items() if value}


def _source(origin: Origin, zone: tzinfo) -> dict[str, str]:
    told = {
        "id": origin.feed_id,
        "title": origin.title,
        "updated": rfc3339(origin.updated_at, zone) if origin.updated_at is not None else "",
        "feed_url": origin.feed_url,
        "home_page_url": origin.site_url,
        "rights": origin.rights,
    }
    return {key: value for key, value in told.items() if value}
