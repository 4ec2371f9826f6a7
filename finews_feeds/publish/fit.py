"""Entries and heads made fit to be written: what every format demands, settled once for all of them.

The renderers may rely on all of this afterwards, whatever came in:
- no character is left that XML forbids; titles, names and labels are one line and not blank;
- every IRI is absolute and harmless; ids are kept as they are, and one that is no IRI is replaced by a stable one;
- there is an author; there is a link or else a content (RFC 4287 §4.1.2), and a content or else a summary (§4.1.1.1);
- of alternates with one type and language there is one; no link stands twice;
- an origin has an id, a title and a date (§4.2.11).

One odd value never costs the entry, and one odd entry never costs the feed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from finews_feeds.model import Entry, FeedHead, Link, Origin, Person, Term, Text
from finews_feeds.publish import spelling
from finews_feeds.settings import SiteSettings

#: How much of a text stands in for a missing title.
_TITLE_CHARACTERS = 80

#: Relations that say something about an entry: IANA's registry, without those that only a feed or a protocol has.
_RELATIONS = frozenset({"alternate", "describedby", "enclosure", "license", "payment", "related", "replies", "via"})
#: What a link may say of its type and be taken for a page, and how all of them stand in the set of alternates.
_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})
_PAGE = ("text/html", "")

#: Relations that on an entry would be wrong: of the feed itself, of RFC 5005, of WebSub, of RFC 5023.
_OF_FEEDS = frozenset(
    {"self", "hub", "first", "last", "next", "previous", "prev", "current", "next-archive", "prev-archive"}
    | {"edit", "edit-media", "search", "service"}
)

#: The generator of every feed. Without a version: a release must not change the bytes of feeds whose entries did not.
GENERATOR = "finews_feeds"


def fit_entry(entry: Entry, site: SiteSettings) -> Entry:
    """The entry as it may stand in a document of any format. ValueError for Markdown: that is rendered before."""
    summary, content = _fit_text(entry.summary, entry), _fit_text(entry.content, entry)
    link = spelling.link_uri(entry.link)
    title = spelling.one_line(entry.title) or _made_title(summary, content, link or entry.atom_id)
    if summary is not None and content is not None and summary.value == content.value:
        summary = None  # some sources tell the whole text twice
    if content is None and not link:
        summary, content = None, summary or Text(title)
    elif content is None and summary is None:
        summary = Text(title)
    origin = fit_origin(entry.origin, entry, site) if entry.origin else None
    return Entry(
        atom_id=fit_id(entry.atom_id, site),
        title=title,
        link=link,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        links=_fit_links(entry.links, link),
        summary=summary,
        content=content,
        authors=fit_authors(entry.authors) or (origin.authors if origin else ()) or (site_author(site),),
        terms=_fit_terms(entry.terms),
        lang=spelling.language(entry.lang),
        rights=spelling.one_line(entry.rights),
        origin=origin,
        sources=entry.sources,
    )


def fit_head(head: FeedHead, site: SiteSettings) -> FeedHead:
    """The head as it may stand in a document of any format; its URLs are ours and are left alone."""
    return replace(
        head,
        atom_id=fit_id(head.atom_id, site),
        title=spelling.one_line(head.title) or spelling.one_line(site.title) or head.self_url,
        subtitle=spelling.one_line(head.subtitle),
        author=spelling.one_line(head.author) or site_author(site).name,
        lang=spelling.language(head.lang) or spelling.language(site.language),
        tombstones=tuple(replace(each, atom_id=fit_id(each.atom_id, site)) for each in head.tombstones),
    )


def beside(head: FeedHead, suffix: str) -> str:
    """The URL of the same feed in another format: the Atom document's own, with another suffix."""
    return head.self_url.removesuffix(".xml") + suffix


def site_author(site: SiteSettings) -> Person:
    """Who stands for entries that name nobody, and for every feed: the site's author, its title, its host."""
    return Person(
        spelling.one_line(site.author) or spelling.one_line(site.title) or spelling.host(site.url) or site.url
    )


def fit_authors(authors: tuple[Person, ...]) -> tuple[Person, ...]:
    """The persons that have a name (RFC 4287 §3.2.1), each with no more than what is well formed."""
    if not authors:
        return ()
    fit = (
        Person(spelling.one_line(a.name), spelling.link_uri(a.uri), spelling.email_address(a.email)) for a in authors
    )
    return tuple(dict.fromkeys(person for person in fit if person.name))


def fit_origin(origin: Origin, entry: Entry, site: SiteSettings) -> Origin:
    """The origin with all that RFC 4287 §4.2.11 asks of an atom:source.

    A source that gave no date is as new as the entry itself, at least: a lower bound, and the same at every build.
    """
    feed_url, site_url = spelling.link_uri(origin.feed_url), spelling.link_uri(origin.site_url)
    atom_id = origin.feed_id if spelling.is_iri(origin.feed_id) else feed_url or site_url
    return Origin(
        feed_id=atom_id or _minted(origin.feed_id or origin.title, site),
        title=spelling.one_line(origin.title) or spelling.host(site_url or feed_url) or atom_id or "?",
        updated_at=_date(origin.updated_at, entry.updated_at),
        feed_url=feed_url,
        site_url=site_url,
        authors=fit_authors(origin.authors),
        rights=spelling.one_line(origin.rights),
    )


def _date(stated: datetime | None, fallback: datetime) -> datetime:
    return fallback if stated is None else stated


def fit_id(atom_id: str, site: SiteSettings) -> str:
    """The id, character by character as it is (RFC 4287 §4.2.6.1), or a stable one in place of what is no IRI."""
    return atom_id if spelling.is_iri(atom_id) else _minted(atom_id, site)


def _minted(key: str, site: SiteSettings) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"tag:{spelling.host(site.url) or 'localhost'},{site.since.isoformat()}:entry/{digest[:20]}"


def _fit_text(text: Text | None, entry: Entry) -> Text | None:
    if text is None:
        return None
    if text.kind == "markdown":
        raise ValueError(f"{entry.atom_id}: Markdown reached a renderer; turn it into HTML and clean that before")
    value = spelling.clean(text.value)
    if not value or value.isspace():
        return None
    base = text.base and spelling.link_uri(text.base)
    return text if value == text.value and base == text.base else Text(value, text.kind, base)


def _made_title(summary: Text | None, content: Text | None, last: str) -> str:
    """What names an entry without a title: its first words, else its address. Readers show a blank line otherwise."""
    for text in (summary, content):
        if text is not None:
            words = spelling.plain_text(text.value) if text.kind == "html" else " ".join(text.value.split())
            if words:
                return spelling.shortened(words, _TITLE_CHARACTERS)
    return spelling.one_line(last) or "?"


def _fit_terms(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(fit for term in terms if (fit := _fit_term(term)).key)


def _fit_term(term: Term) -> Term:
    key, label = spelling.one_line(term.key), spelling.one_line(term.label)
    return term if key == term.key and label == term.label else Term(term.kind, key, label)


def _fit_links(links: tuple[Link, ...], alternate: str) -> tuple[Link, ...]:
    """The links beside the alternate one, each (rel, href, type, hreflang) once.

    RFC 4287 §4.1.2 wants no two alternates "that have the same combination of type and hreflang attribute values". We
    are stricter with pages, of which only one is the alternate and the others, translations too, are related: some
    readers open the last alternate that could be HTML, feedparser among them.
    """
    if not links:
        return ()
    seen = {("alternate", alternate, "text/html", "")}
    taken = {_PAGE} if alternate else set()
    fit = []
    for link in (one for one in map(_fit_link, links) if one.rel and one.href):
        if link.rel == "alternate":
            kind = _PAGE if link.type in _PAGE_TYPES else (link.type, link.hreflang)
            if kind in taken and link.href == alternate:
                continue
            if kind in taken:
                link = replace(link, rel="related")
            taken.add(kind)
        key = (link.rel, link.href, link.type, link.hreflang)
        if key not in seen:
            seen.add(key)
            fit.append(link)
    return tuple(fit)


def _fit_link(link: Link) -> Link:
    return Link(
        href=spelling.link_uri(link.href),
        rel=_fit_relation(link.rel),
        type=link.type and spelling.media_type(link.type),
        hreflang=link.hreflang and spelling.language(link.hreflang),
        title=link.title and spelling.one_line(link.title),
        length=link.length if link.length is not None and link.length >= 0 else None,
    )


def _fit_relation(rel: str) -> str:
    """The relation, "related" for one that no reader could know, "" for one that an entry may not have."""
    if rel in _RELATIONS:
        return rel
    rel = spelling.clean(rel).strip() or "alternate"
    if rel.lower() in _OF_FEEDS:
        return ""
    return rel if rel in _RELATIONS or spelling.is_iri(rel) else "related"
