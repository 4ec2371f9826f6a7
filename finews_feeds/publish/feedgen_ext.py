"""feedgen 1.0's traps, mended in this one place; no feedgen object leaves it.

What feedgen does by itself                                   what is done here
- entry links lose rel, type, hreflang, title and length      `_EntryExtension` writes them
- `source()` has no id, no updated, and a link without rel    `_EntryExtension` writes the whole of atom:source
- no xml:lang, no xml:base below the feed                     `_EntryExtension` writes them
- entry links know five relations, and raise on a sixth       only the alternate goes through feedgen
- `updated` of feed and entry is the present                  always set
- a term is checked, copied for RSS, and written one
  attribute at a time: twice the work                         `_EntryExtension` writes categories, and what follows
- entries are prepended                                       none is added: fragments are joined below the head
- raises on blank titles, forbidden characters, naive dates,
  an entry without link and content                           `fit` and `spelling.zoned` let none of these through
- offsets of odd seconds make an invalid date                 `spelling.zoned`
- its name and version stand in every feed                    ours, and no version: see `fit.GENERATOR`
- `formatRFC2822` sets the locale of the whole process        RSS is not made by feedgen
- `atom_file` writes in place                                 never called: bytes are what comes out

The elements of feedgen's tree are in no namespace (its `xmlns` is a mere attribute), so children are made without one.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml.etree import SubElement, _Element, tostring

from finews_feeds.model import Entry, FeedHead, Link, Origin, Person, Term, Text
from finews_feeds.publish.fit import GENERATOR
from finews_feeds.publish.spelling import plainly, rfc3339, zoned
from finews_feeds.settings import SiteSettings

_XML = "{http://www.w3.org/XML/1998/namespace}"
_MEDIA_TYPE = "application/atom+xml"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


def entry_bytes(entry: Entry, site: SiteSettings) -> bytes:
    """A fit entry as one atom:entry element, in UTF-8, ending in a line end."""
    zone = site.timezone
    made = FeedEntry()
    made.register_extension("finews", partial(_EntryExtension, entry, site), atom=True, rss=False)
    made.id(entry.atom_id)
    made.title(entry.title)
    made.updated(zoned(entry.updated_at, zone))
    made.author([_person(author) for author in entry.authors])
    if entry.link:
        made.link(href=entry.link, rel="alternate")
    if entry.summary is not None:
        made.summary(entry.summary.value, type=entry.summary.kind)
    if entry.content is not None:
        made.content(entry.content.value, type=entry.content.kind)
    return plainly(tostring(made.atom_entry(), encoding="utf-8", pretty_print=True))


def head_bytes(head: FeedHead, zone: tzinfo) -> bytes:
    """A fit head as a whole Atom document without entries, in UTF-8."""
    made = FeedGenerator()
    made.register_extension("finews", partial(_FeedExtension, head, zone), BaseEntryExtension, atom=True, rss=False)
    made.id(head.atom_id)
    made.title(head.title)
    made.updated(zoned(head.updated_at, zone))
    made.author([{"name": head.author}])
    made.link([{"href": head.self_url, "rel": "self", "type": _MEDIA_TYPE}])
    # feedgen writes the links of a feed as they are given
    made.link([{"href": hub, "rel": "hub"} for hub in head.hubs])
    made.link([{"href": head.page_url, "rel": "alternate", "type": "text/html"}])
    for rel, url in (("current", head.current_url), ("prev-archive", head.prev_archive_url)):
        if url:
            made.link([{"href": url, "rel": rel, "type": _MEDIA_TYPE}])
    made.generator(GENERATOR)
    if head.subtitle:
        made.subtitle(head.subtitle)
    if head.lang:
        made.language(head.lang)
    written: bytes = made.atom_str(pretty=True, encoding="utf-8")
    return plainly(written)


class _FeedExtension(BaseExtension):
    """Writes on feedgen's feed element what feedgen does not know."""

    def __init__(self, head: FeedHead, zone: tzinfo) -> None:
        self._head, self._zone = head, zone

    def extend_atom(self, feed: _Element) -> _Element:
        # some readers take markup for granted where no type is given
        for child in feed.iterchildren("title", "subtitle"):
            child.set("type", "text")
        if self._head.current_url:
            SubElement(feed, f"{{{_HISTORY}}}archive", nsmap={"fh": _HISTORY})
        for each in self._head.tombstones:
            when = rfc3339(each.withdrawn_at, self._zone)
            SubElement(
                feed, f"{{{_TOMBSTONES}}}deleted-entry", {"ref": each.atom_id, "when": when}, {"at": _TOMBSTONES}
            )
        return feed


class _EntryExtension(BaseEntryExtension):
    """Writes on feedgen's entry element what feedgen lost."""

    def __init__(self, entry: Entry, site: SiteSettings) -> None:
        self._entry, self._site = entry, site

    def extend_atom(self, feed: _Element) -> _Element:
        entry, site = self._entry, self._site
        if entry.lang and entry.lang.lower() != site.language.lower():
            feed.set(f"{_XML}lang", entry.lang)
        _mend(feed, entry)
        for term in entry.terms:
            _add_category(feed, term, site)
        if entry.published_at is not None:
            SubElement(feed, "published").text = rfc3339(entry.published_at, site.timezone)
        if entry.rights:
            SubElement(feed, "rights").text = entry.rights
        for link in entry.links:
            _add_link(feed, link)
        if entry.origin is not None:
            _add_source(feed, entry.origin, site.timezone)
        return feed


def _add_category(element: _Element, term: Term, site: SiteSettings) -> None:
    made = SubElement(element, "category", term=term.key, scheme=f"{site.url}{term.kind}/")
    if term.label:
        made.set("label", term.label)


def _mend(element: _Element, entry: Entry) -> None:
    """Gives feedgen's elements the attributes that it lost."""
    for child in element:
        match child.tag:
            case "title":
                child.set("type", "text")
            case "link":
                child.set("rel", "alternate")
                child.set("type", "text/html")
            case "summary":
                _set_base(child, entry.summary)
            case "content":
                _set_base(child, entry.content)


def _set_base(element: _Element, text: Text | None) -> None:
    if text is not None and text.base and text.kind == "html":
        element.set(f"{_XML}base", text.base)


def _add_link(element: _Element, link: Link) -> None:
    made = SubElement(element, "link", href=link.href, rel=link.rel)
    for name in ("type", "hreflang", "title"):
        value = getattr(link, name)
        if value:
            made.set(name, value)
    if link.length is not None:
        made.set("length", str(link.length))


def _add_source(element: _Element, origin: Origin, zone: tzinfo) -> None:
    """atom:source whole: "id, title, updated" and more of the feed that the entry was copied from (§4.2.11)."""
    source = SubElement(element, "source")
    SubElement(source, "id").text = origin.feed_id
    SubElement(source, "title", type="text").text = origin.title
    if origin.updated_at is not None:
        SubElement(source, "updated").text = rfc3339(origin.updated_at, zone)
    for author in origin.authors:
        made = SubElement(source, "author")
        for name, value in _person(author).items():
            SubElement(made, name).text = value
    # No type on the self link: the source may as well be RSS, and to guess would be to invent.
    for rel, href, media_type in (("self", origin.feed_url, ""), ("alternate", origin.site_url, "text/html")):
        if href:
            _add_link(source, Link(href, rel, media_type))
    if origin.rights:
        SubElement(source, "rights").text = origin.rights


def _person(person: Person) -> dict[str, str]:
    named = {"name": person.name, "email": person.email, "uri": person.uri}
    return {name: value for name, value in named.items() if value}
