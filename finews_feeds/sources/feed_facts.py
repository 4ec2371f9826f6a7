"""What a feed's tree says that feedparser would lose or change.

What feedparser 6 does not hand over as it stands in the document, each found by running it: a guid and an atom:id are
resolved like links; of `skipHours` only the last hour is left; an entry's xml:lang is gone; a mail address ends after
four letters of its last label (`jane@stats.exam` and an author `ple`); a base is joined with `javascript:` as readily.
So these are read here, and an entry's number is where both readings meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from finews_feeds.model import Person
from finews_feeds.sources.feed_names import (
    ATOM,
    MAX_FIELD,
    XML,
    all_text,
    attribute,
    base_at,
    child_text,
    children,
    entries_of,
    family,
    head_of,
    nested_texts,
    words,
)
from finews_feeds.sources.feed_xml import local_name, namespace
from finews_feeds.sources.references import absolute, absolute_http

_AUTHORS = {
    "core": words("author managingeditor"),
    "dc": words("creator author"),
    "itunes": words("author"),
}
_MAIL = re.compile(r"(?:mailto:)?\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}\b")
_AROUND_NAME = ' \t\r\n()<>,;"'


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What the tree says of one entry; `line` counts from 1."""

    line: int
    entry_id: str | None
    lang: str
    #: The URL that references in the entry are resolved against.
    base: str
    #: feedburner:origLink, then pheedo:origLink.
    original_urls: tuple[str, ...] = ()
    #: The guid as URL, "" where it is none or says that it is none.
    permalink: str = ""
    #: A dc:date where nothing else dates the entry: RSS 1.0 has no other date.
    only_date: str = ""
    #: Where Atom content lies elsewhere (RFC 4287 §4.1.3.2).
    content_url: str = ""
    authors: tuple[Person, ...] = ()
    #: For children with an xml:base of their own, by local name.
    bases: tuple[tuple[str, str], ...] = ()

    def base_of(self, *names: str) -> str:
        """The base of the first child that goes by one of these names and has its own, else the entry's."""
        return next((base for name, base in self.bases if name in names), self.base)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tree says of the document."""

    is_atom: bool
    entries: tuple[EntryFacts, ...]
    feed_id: str = ""
    base: str = ""
    lang: str = ""
    authors: tuple[Person, ...] = ()
    ttl_minutes: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    update_period: str = ""
    update_frequency: int | None = None
    update_base: str = ""


def facts(root: etree._Element, url: str) -> Facts:
    """The facts of a feed and of its entries; `url` is the base where the document names none."""
    is_atom = namespace(root) in ATOM or local_name(root) in ("feed", "entry")
    head = head_of(root)
    lang = _own_lang(head) or _own_lang(root) or child_text(head, "core", "language")
    lang = lang or child_text(head, "dc", "language")
    read = [_entry_facts(entry, is_atom=is_atom, base=base_at(entry, url), lang=lang) for entry in entries_of(root)]
    hours = (_number(text) for text in nested_texts(head, "skiphours"))
    return Facts(
        is_atom=is_atom,
        entries=tuple(read),
        feed_id=child_text(head, "core", "id") or attribute(head, "about"),
        base=base_at(head, url),
        authors=_authors(head, base_at(head, url)),
        lang=lang,
        ttl_minutes=_number(child_text(head, "core", "ttl")),
        # 24 was midnight in RSS 0.91.
        skip_hours=tuple(dict.fromkeys(hour % 24 for hour in hours if hour is not None and hour <= 24)),
        skip_days=tuple(dict.fromkeys(day.capitalize() for day in nested_texts(head, "skipdays") if day)),
        update_period=child_text(head, "sy", "updateperiod"),
        update_frequency=_number(child_text(head, "sy", "updatefrequency")),
        update_base=child_text(head, "sy", "updatebase"),
    )


def _own_lang(element: etree._Element) -> str:
    return (element.get(f"{XML}lang") or "").strip()


def _text_base(element: etree._Element, base: str) -> str:
    """The base of markup in an element, which its only child (the div of XHTML content) may still change."""
    own = element.get(f"{XML}base")
    base = (own and absolute(base, own)) or base
    return _text_base(element[0], base) if len(element) == 1 else base


def _number(text: str) -> int | None:
    # nothing that is counted here is more than a billion, whatever a document says
    return min(int(text[:1000]), 10**9) if text.isascii() and text.isdigit() else None


# --- one entry ------------------------------------------------------------------------------------------------------


def _entry_facts(entry: etree._Element, *, is_atom: bool, base: str, lang: str) -> EntryFacts:
    guid = next(children(entry, "core", "guid"), None)
    guid_text = "" if guid is None else all_text(guid)
    is_permalink = guid is not None and attribute(guid, "ispermalink").lower() != "false"
    atom_id = child_text(entry, "core", "id")
    own = (atom_id, guid_text) if is_atom else (guid_text, attribute(entry, "about"), atom_id)
    bases = ((local_name(child), _text_base(child, base)) for child in entry)
    originals = (child_text(entry, burner, "origlink") for burner in ("feedburner", "pheedo"))
    return EntryFacts(
        line=entry.sourceline or 0,
        entry_id=next(filter(None, own), None),
        lang=_own_lang(entry) or child_text(entry, "dc", "language") or lang,
        base=base,
        original_urls=tuple(filter(None, originals)),
        permalink=guid_text if is_permalink and re.match(r"https?://\S+\Z", guid_text, re.IGNORECASE) else "",
        only_date="" if any(_dates(entry)) else child_text(entry, "dc", "date"),
        content_url=next((attribute(child, "src") for child in children(entry, "core", "content")), ""),
        authors=_authors(entry, base),
        bases=tuple((name, own) for name, own in bases if own != base),
    )


def _authors(element: etree._Element, base: str) -> tuple[Person, ...]:
    """The authors of an entry or a feed in any vocabulary, each name once."""
    found: dict[str, Person] = {}
    for child in element:
        if local_name(child) in _AUTHORS.get(family(child), ()):
            person = _person(child, base)
            if person.name:
                found.setdefault(person.name, person)
    return tuple(found.values())


def _person(element: etree._Element, base: str) -> Person:
    """Atom gives a person parts (RFC 4287 §3.2); RSS one line: `mail (Name)`, `Name <mail>`, or either alone."""
    parts = {local_name(child): all_text(child) for child in reversed(element)}
    if parts:
        uri = absolute_http(base, parts.get("uri") or parts.get("url") or parts.get("homepage") or "")
        name, mail = parts.get("name", ""), parts.get("email", "")
    else:
        uri, line = "", all_text(element)[:MAX_FIELD]
        address = _MAIL.search(line)
        mail = address.group().removeprefix("mailto:") if address else ""
        name = (line[: address.start()] + " " + line[address.end() :]).strip(_AROUND_NAME) if address else line
    return Person(" ".join(name.split()) or mail, uri, mail)


def _dates(entry: etree._Element) -> Iterator[str]:
    for name in ("pubdate", "published", "issued", "updated", "modified", "created"):
        yield child_text(entry, "core", name)
