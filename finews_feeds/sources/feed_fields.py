"""What feedparser read, as values of the model; its dictionaries go no further than this module.

feedparser's dictionaries answer `get("updated")` with `published` where there is no `updated`, and warn about it; so
they are asked with `dict.get`, which does neither. It never sees a URL to fetch; its sanitiser and resolver are off,
for `normalize` and `references` do what they do, and so is its guessing of charsets, by a header of our making.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import Link, Origin, Person, SourceEntry, SourceFeed, SourceTerm, TermKind, Text
from finews_feeds.sources.feed_facts import EntryFacts, Facts
from finews_feeds.sources.feed_tidy import HIDDEN, NO_TYPE, NUMBER, SHIELD, Tidied
from finews_feeds.sources.references import absolute, absolute_http, is_http, unique

_HTML_TYPES = frozenset({"", NO_TYPE, "text/html", "application/xhtml+xml"})
_KEPT_RELS = frozenset({"enclosure", "related", "via", "license"})
#: Relations may be spelled as URIs (RFC 4287 §4.2.7.2).
_IANA = re.compile(r"^https?://www\.iana\.org/assignments/(?:link-)?relations?(?:\.html)?[/#]", re.IGNORECASE)
_ABSOLUTE_IRI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+""")
_HIDDEN = re.compile(f"{HIDDEN}([0-9]{{1,9}}){HIDDEN}")
_VOID_END = re.compile(r"</(?:area|br|col|embed|hr|img|input|param|source|track|wbr)>")
_TAG = re.compile(r"<[/!?A-Za-z][^<>]*>")
#: RSS does not say whether a title is markup; with one of these and its end tag it was meant so. feedparser looks, too,
#: but takes a title for plain text as soon as one of its elements is none that it would let through.
_MARKUP = re.compile(
    r"<(a|abbr|b|big|cite|code|del|div|em|font|h[1-6]|i|ins|mark|p|s|script|small|span|strike|strong|style|sub|sup|tt|u)"
    r"\b[^<>]*>.*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)

_Read = dict[str, Any]


def read(tidied: Tidied, facts: Facts, url: str) -> tuple[SourceFeed, dict[int, SourceEntry]]:
    """The feed in a tidied document, and its entries by their number in `facts.entries`.

    Raises ParseError where feedparser fails on a document that an XML parser accepted, as it does where elements stand
    in others that they have no business in: then entries are to be read one by one.
    """
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        document = feedparser.parse(
            BytesIO(tidied.xml), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, SAXException) as error:
        raise ParseError(Fault(url, f"feedparser cannot read it ({error})", "report it with the document")) from error
    entries: dict[int, SourceEntry] = {}
    for entry in document["entries"]:
        numbered = dict.get(entry, NUMBER)
        if numbered:
            number = int(numbered["at"])
            _put_back(entry, tidied.texts)
            entries[number] = _entry(entry, facts.entries[number], is_atom=facts.is_atom)
    return _feed(document["feed"], facts), entries


# --- the feed -------------------------------------------------------------------------------------------------------


def _feed(feed: _Read, facts: Facts) -> SourceFeed:
    links = list(_links(feed, facts.base))
    return SourceFeed(
        feed_id=facts.feed_id,
        title=_title(_plain(feed, "title"), is_atom=facts.is_atom),
        site_url=_alternate(links),
        self_url=next((link.href for link in links if link.rel == "self" and is_http(link.href)), ""),
        updated=_string(feed, "updated") or _string(feed, "published"),
        lang=facts.lang,
        authors=facts.authors,
        rights=_plain(feed, "rights"),
        hubs=unique([link.href for link in links if link.rel == "hub" and is_http(link.href)]),
        ttl_minutes=facts.ttl_minutes,
        skip_hours=facts.skip_hours,
        skip_days=facts.skip_days,
        update_period=facts.update_period,
        update_frequency=facts.update_frequency,
        update_base=facts.update_base,
    )


# --- an entry -------------------------------------------------------------------------------------------------------


def _entry(entry: _Read, facts: EntryFacts, *, is_atom: bool) -> SourceEntry:
    links = list(_links(entry, facts.base))
    alternates = _alternates(links)
    # Content that lies elsewhere makes the alternate link optional (RFC 4287 §4.1.2): then that is what one reads.
    content_url = absolute_http(facts.base, facts.content_url)
    originals = [absolute_http(facts.base, url) for url in facts.original_urls]
    updated = _string(entry, "updated")
    return SourceEntry(
        entry_id=facts.entry_id,
        title=_entry_title(entry, facts, is_atom=is_atom),
        link=next(iter(alternates), "") or facts.permalink or content_url,
        identity_urls=unique([*originals, *filter(is_http, alternates), facts.permalink, content_url]),
        own_atom_id=_own_atom_id(facts, is_atom=is_atom),
        summary=_text(dict.get(entry, "summary_detail"), facts.base_of("summary", "description")),
        content=_content(entry, facts.base_of("content", "encoded", "body")),
        published=_string(entry, "published") or _string(entry, "created") or facts.only_date,
        updated="" if updated == facts.only_date else updated,
        authors=facts.authors,
        terms=_terms(entry, is_atom=is_atom),
        links=_kept_links(entry, links, facts.base),
        lang=facts.lang,
        rights=_plain(entry, "rights"),
        origin=_origin(dict.get(entry, "source"), facts.base),
    )


def _put_back(entry: _Read, texts: tuple[str, ...]) -> None:
    """Puts long texts in the place of their signs.

    What a document spells like a sign, by references to a noncharacter, is none, or stands for a text of its own.
    """
    for detail in (dict.get(entry, "summary_detail"), *(dict.get(entry, "content") or ())):
        if detail and HIDDEN in detail["value"]:
            detail["value"] = _HIDDEN.sub(partial(_text_of, texts), detail["value"])


def _text_of(texts: tuple[str, ...], sign: re.Match[str]) -> str:
    number = int(sign[1])
    return texts[number] if number < len(texts) else ""


def _entry_title(entry: _Read, facts: EntryFacts, *, is_atom: bool) -> Text | None:
    text = _text(dict.get(entry, "title_detail"), facts.base_of("title"))
    if text is not None and text.kind == "text" and not is_atom and _MARKUP.search(text.value):
        return Text(text.value, "html", text.base)
    return text


def _title(words: str, *, is_atom: bool) -> str:
    """A title or term on one line, without the markup that RSS lets nobody declare; Atom's are what they say."""
    if is_atom or not _MARKUP.search(words):
        return words
    return " ".join(html.unescape(_TAG.sub(" ", words)).split())


def _own_atom_id(facts: EntryFacts, *, is_atom: bool) -> str:
    own = facts.entry_id or ""
    return own if is_atom and _ABSOLUTE_IRI.fullmatch(own) else ""


def _content(entry: _Read, base: str) -> Text | None:
    """The richest of an entry's contents: markup before characters, else the first; None for what is no text."""
    texts = [text for content in dict.get(entry, "content") or () if (text := _text(content, base))]
    return next((text for text in texts if text.kind == "html"), texts[0] if texts else None)


def _terms(entry: _Read, *, is_atom: bool) -> tuple[SourceTerm, ...]:
    found: dict[str, SourceTerm] = {}
    for tag in dict.get(entry, "tags") or ():
        label = _string(tag, "label")
        term = _title(_string(tag, "term") or label, is_atom=is_atom)
        if term:
            found.setdefault(term, SourceTerm(TermKind.TAG, term, label if label != term else ""))
    return tuple(found.values())


def _origin(source: _Read | None, base: str) -> Origin | None:
    if not source:
        return None
    links = list(_links(source, base))
    own = next((link.href for link in links if link.rel == "self"), "")
    origin = Origin(
        feed_id=_string(source, "id"),
        title=_plain(source, "title"),
        updated_at=_instant(_string(source, "updated")),
        feed_url=own or absolute(base, _string(source, "href")),
        site_url=_alternate(links),
        authors=_authors(source, base),
        rights=_plain(source, "rights"),
    )
    return origin if origin != Origin("", "") else None


def _instant(spelled: str) -> datetime | None:
    """An RFC 3339 instant (RFC 4287 §3.3), None for anything else."""
    try:
        instant = datetime.fromisoformat(spelled.upper())
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


# --- links ----------------------------------------------------------------------------------------------------------


def _links(read: _Read, base: str) -> Iterator[Link]:
    for link in dict.get(read, "links") or ():
        href = absolute(base, _string(link, "href"))
        if href:
            media_type = _string(link, "type")
            yield Link(
                href=href,
                rel=_IANA.sub("", _string(link, "rel")) or "alternate",
                type="" if media_type == NO_TYPE else media_type,
                hreflang=_string(link, "hreflang"),
                title=_string(link, "title"),
                length=_size(_string(link, "length")),
            )


def _alternates(links: list[Link]) -> list[str]:
    """What a reader may click, pages before other types."""
    found = [link for link in links if link.rel == "alternate"]
    return [link.href for link in sorted(found, key=lambda link: link.type not in _HTML_TYPES)]


def _alternate(links: list[Link]) -> str:
    return next(filter(is_http, _alternates(links)), "")


def _kept_links(entry: _Read, links: list[Link], base: str) -> tuple[Link, ...]:
    """Links that a reader of the entry still needs; Media RSS becomes enclosures and previews (RFC 6903 §3)."""
    kept = [link for link in links if link.rel in _KEPT_RELS]
    media = ((attributes, "enclosure") for attributes in dict.get(entry, "media_content") or ())
    thumbnails = ((attributes, "preview") for attributes in dict.get(entry, "media_thumbnail") or ())
    for attributes, rel in (*media, *thumbnails, (dict.get(entry, "image") or {}, "preview")):
        href = absolute(base, _string(attributes, "url") or _string(attributes, "href"))
        size = _size(_string(attributes, "filesize"))
        if href:
            kept.append(Link(href, rel, _string(attributes, "type"), length=size))
    once: dict[str, Link] = {}
    for link in kept:
        # One file is kept once, as what it was called first.
        once.setdefault(link.href, link)
    return tuple(once.values())


def _size(spelled: str) -> int | None:
    return int(spelled) if spelled.isascii() and spelled.isdigit() and len(spelled) < 19 else None


# --- text and people ------------------------------------------------------------------------------------------------


def _string(read: _Read, key: str) -> str:
    value = dict.get(read, key)
    return value.replace(SHIELD, "").strip() if isinstance(value, str) else ""


def _text(detail: _Read | None, base: str) -> Text | None:
    value = _string(detail or {}, "value")
    media_type = _string(detail or {}, "type")
    if not value or not media_type.startswith(("text/", "application/xhtml")):
        return None
    is_html = media_type in ("text/html", "application/xhtml+xml")
    if media_type == "application/xhtml+xml":
        # feedparser ends what has no end in HTML, and HTML reads `</br>` as one more `<br>`.
        value = _VOID_END.sub("", value)
    return Text(value, "html" if is_html else "text", base)


def _plain(read: _Read, key: str) -> str:
    """A text construct as one line of plain characters, where the model has no place for markup."""
    text = _text(dict.get(read, f"{key}_detail"), "")
    if text is None:
        return " ".join(_string(read, key).split())
    value = html.unescape(_TAG.sub(" ", text.value)) if text.kind == "html" else text.value
    return " ".join(value.split())


def _authors(read: _Read, base: str) -> tuple[Person, ...]:
    found: dict[str, Person] = {}
    for author in dict.get(read, "authors") or ():
        email = _string(author, "email")
        name = " ".join(_string(author, "name").split()) or email
        if name and name not in found:
            found[name] = Person(name, absolute_http(base, _string(author, "href")), email)
    return tuple(found.values())
