"""What a feed's tree says that feedparser would lose or change.

What feedparser 6 does not hand over as it stands in the document, each found by running it: a guid and an atom:id are
resolved like links; of `skipHours` only the last hour is left; an entry's xml:lang is gone; a mail address ends after
four letters of its last label (`jane@stats.exam` and an author `ple`); a base is joined with `javascript:` as readily.
So these are read here, and an entry's number is where both readings meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from finews_feeds.model import Person
from finews_feeds.sources.feed_names import (
    ATOM,
    MAX_FIELD,
    XML,
    Children,
    all_text,
    attribute,
    base_at,
    child_text,
    children,
    entries_of,
    head_of,
    nested_texts,
    word,
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
_PERMALINK = re.compile(r"https?://\S+", re.IGNORECASE)
_DATES = ("pubdate", "published", "issued", "updated", "modified", "created")
_BASES = etree.XPath("boolean(//@xml:base)")
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
    said, base = children(head), base_at(head, url)
    lang = _own_lang(head) or _own_lang(root) or child_text(said, "core", "language")
    lang = lang or child_text(said, "dc", "language")
    hours = (_number(text) for text in nested_texts(said, "skiphours"))
    return Facts(
        is_atom=is_atom,
        entries=tuple(_entries(root, url, is_atom=is_atom, lang=lang)),
        feed_id=child_text(said, "core", "id") or attribute(head, "about"),
        base=base,
        authors=_authors(head, base),
        lang=lang,
        ttl_minutes=_number(child_text(said, "core", "ttl")),
        # 24 was midnight in RSS 0.91.
        skip_hours=tuple(dict.fromkeys(hour % 24 for hour in hours if hour is not None and hour <= 24)),
        skip_days=tuple(dict.fromkeys(day.capitalize() for day in nested_texts(said, "skipdays") if day)),
        update_period=child_text(said, "sy", "updateperiod"),
        update_frequency=_number(child_text(said, "sy", "updatefrequency")),
        update_base=child_text(said, "sy", "updatebase"),
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


def _entries(root: etree._Element, url: str, *, is_atom: bool, lang: str) -> Iterator[EntryFacts]:
    has_bases = bool(_BASES(root))
    for entry in entries_of(root):
        facts = _entry_facts(entry, is_atom=is_atom, base=base_at(entry, url) if has_bases else url, lang=lang)
        yield replace(facts, bases=_bases(entry, facts.base)) if has_bases else facts


def _entry_facts(entry: etree._Element, *, is_atom: bool, base: str, lang: str) -> EntryFacts:
    said = children(entry)
    guid = next(iter(said.get(("core", "guid"), ())), None)
    guid_text = "" if guid is None else all_text(guid)
    is_permalink = guid is not None and attribute(guid, "ispermalink").lower() != "false"
    atom_id = child_text(said, "core", "id")
    own = (atom_id, guid_text) if is_atom else (guid_text, attribute(entry, "about"), atom_id)
    originals = (child_text(said, burner, "origlink") for burner in ("feedburner", "pheedo"))
    return EntryFacts(
        line=entry.sourceline or 0,
        entry_id=next(filter(None, own), None),
        lang=_own_lang(entry) or child_text(said, "dc", "language") or lang,
        base=base,
        original_urls=tuple(filter(None, originals)),
        permalink=guid_text if is_permalink and _PERMALINK.fullmatch(guid_text) else "",
        only_date="" if _is_dated(said) else child_text(said, "dc", "date"),
        content_url=next((attribute(child, "src") for child in said.get(("core", "content"), ())), ""),
        authors=_authors(entry, base),
    )


def _bases(entry: etree._Element, base: str) -> tuple[tuple[str, str], ...]:
    bases = ((local_name(child), _text_base(child, base)) for child in entry)
    return tuple((name, own) for name, own in bases if own != base)


def _authors(element: etree._Element, base: str) -> tuple[Person, ...]:
    """The authors of an entry or a feed in any vocabulary, each name once."""
    found: dict[str, Person] = {}
    for child in element:
        kin, name = word(child)
        if name in _AUTHORS.get(kin, ()):
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


def _is_dated(said: Children) -> bool:
    """Whether an entry has a date in its format's own words."""
    return any(child_text(said, "core", name) for name in _DATES)
