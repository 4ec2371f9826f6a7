"""RSS 2.0 with the Atom, Dublin Core and content namespaces: the same entries, ids and order as in Atom.

Made by lxml and not by feedgen: feedgen's dates set the locale of the whole process (and so of every other thread),
its `lastBuildDate` is the present where none is given, an enclosure without a type raises, authors without an e-mail
address vanish, and what RSS lacks (`dc:creator`, `atom:link rel=via`) would all have to come from an extension. Nothing
of it would be left but the element names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from html import escape

from lxml.etree import Element, SubElement, _Element, tostring

from finews_feeds.model import Entry, FeedHead, Link, Text
from finews_feeds.publish.fit import GENERATOR, beside, fit_entry, fit_head
from finews_feeds.publish.spelling import plainly, rfc822, rfc3339
from finews_feeds.settings import SiteSettings

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMESPACES: dict[str | None, str] = {"atom": _ATOM, "content": _CONTENT, "dc": _DC}

#: How lxml opens an item that stands alone; in the document the namespaces are declared once, on the root.
_ALONE = tostring(Element("item", nsmap=_NAMESPACES), encoding="utf-8").removesuffix(b"/>") + b">"
_OPEN = b"<item>"
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?/", re.IGNORECASE)
_END = b"</channel>\n</rss>\n"


class RssRenderer:
    """One feed as an RSS 2.0 document: the channel's metadata first, then the items."""

    name = "rss"
    suffix = ".rss"
    media_type = "application/rss+xml"
    version = "2"
    max_entries: int | None = None

    def fragment(self, entry: Entry, site: SiteSettings) -> bytes:
        """One item, for a document that declares the three prefixes. ValueError for Markdown."""
        item = _item(fit_entry(entry, site), site)
        return _OPEN + plainly(tostring(item, encoding="utf-8", pretty_print=True)[len(_ALONE) :])

    def document(self, head: FeedHead, fragments: Sequence[bytes], site: SiteSettings) -> bytes:
        """The channel, and the fragments in the order given, in UTF-8."""
        root = _channel(fit_head(head, site), self.suffix, site.timezone)
        opening = plainly(tostring(root, encoding="utf-8", pretty_print=True, xml_declaration=True))
        return b"".join((opening.removesuffix(b"  </channel>\n</rss>\n"), *fragments, _END))


def _channel(head: FeedHead, suffix: str, zone: tzinfo) -> _Element:
    root = Element("rss", nsmap=_NAMESPACES, version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", head.title)
    _add(channel, "link", head.page_url)
    _add(channel, "description", head.subtitle or head.title)
    _add(channel, "language", head.lang)
    _add(channel, "lastBuildDate", rfc822(head.updated_at, zone))
    _add(channel, "generator", GENERATOR)
    _add_link(channel, Link(beside(head, suffix), "self", "application/rss+xml"))
    _add_link(channel, Link(head.self_url, "alternate", "application/atom+xml"))
    for hub in head.hubs:
        _add_link(channel, Link(hub, "hub"))
    _add(channel, f"{{{_DC}}}creator", head.author)
    return root


def _item(entry: Entry, site: SiteSettings) -> _Element:
    item = Element("item", nsmap=_NAMESPACES)
    _add(item, "title", entry.title)
    _add(item, "link", entry.link)
    SubElement(item, "guid", isPermaLink="false").text = entry.atom_id
    if entry.published_at is not None:
        _add(item, "pubDate", rfc822(entry.published_at, site.timezone))
    _add(item, f"{{{_ATOM}}}updated", rfc3339(entry.updated_at, site.timezone))
    for author in entry.authors:
        _add(item, f"{{{_DC}}}creator", author.name)
    for term in entry.terms:
        SubElement(item, "category", domain=f"{site.url}{term.kind.value}/").text = term.label or term.key
    _add_texts(item, entry)
    _add_links(item, entry.links)
    if entry.origin is not None and entry.origin.feed_url:
        SubElement(item, "source", url=entry.origin.feed_url).text = entry.origin.title
    _add(item, f"{{{_DC}}}rights", entry.rights)
    if entry.lang.lower() != site.language.lower():
        _add(item, f"{{{_DC}}}language", entry.lang)
    return item


def _add_texts(item: _Element, entry: Entry) -> None:
    """The summary as `description` and the content as `content:encoded` after it; what stands alone is `description`.

    Readers take the first for a teaser where both are there, and both hold HTML, so plain text is escaped.
    """
    texts = [_as_html(text) for text in (entry.summary, entry.content) if text is not None]
    for name, text in zip(("description", f"{{{_CONTENT}}}encoded"), texts, strict=False):
        _add(item, name, text)


def _as_html(text: Text) -> str:
    return text.value if text.kind == "html" else escape(text.value, quote=False)


def _add_links(item: _Element, links: tuple[Link, ...]) -> None:
    """The first enclosure as RSS has it, which is one for an item by custom; all other links as Atom's.

    "The url must be an http url", and validators take it without a login and with a path only.
    """
    enclosures = [link for link in links if link.rel == "enclosure" and _PLAIN_URL.match(link.href)]
    for link in enclosures[:1]:
        # "length" and "type" are required; 0 is what the RSS Profile says for a size that nobody knows.
        media_type = link.type or "application/octet-stream"
        SubElement(item, "enclosure", url=link.href, length=str(link.length or 0), type=media_type)
    for link in links:
        if link not in enclosures[:1]:
            _add_link(item, link)


def _add_link(parent: _Element, link: Link) -> None:
    made = SubElement(parent, f"{{{_ATOM}}}link", href=link.href, rel=link.rel)
    for name in ("type", "hreflang", "title"):
        value = getattr(link, name)
        if value:
            made.set(name, value)
    if link.length is not None:
        made.set("length", str(link.length))


def _add(parent: _Element, name: str, text: str) -> None:
    if text:
        SubElement(parent, name).text = text
