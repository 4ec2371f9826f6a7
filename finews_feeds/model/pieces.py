"""The pieces that entries are made of, whoever speaks: texts, links, persons, terms, and where an entry came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

TextKind = Literal["text", "html", "markdown"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text construct (RFC 4287 §3.1) and the context that it is read in.

    `kind` "text" is plain characters; "html" is markup (what a source sends is hostile until `normalize` has cleaned
    it); "markdown" is a post's body, turned to HTML only when its entry is rendered.
    """

    value: str
    kind: TextKind = "text"
    #: The absolute URL that relative references in `value` are resolved against, "" where unknown.
    base: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an entry or a feed (RFC 4287 §4.2.7); `length` is the advisory size in bytes."""

    href: str
    rel: str = "alternate"
    type: str = ""
    hreflang: str = ""
    title: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An author or contributor (RFC 4287 §3.2); `name` is never blank."""

    name: str
    uri: str = ""
    email: str = ""


class TermKind(StrEnum):
    """What a term is: a broad, curated shelf, or a free word."""

    CATEGORY = "category"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class SourceTerm:
    """A term as a source spells it; `label` is what Atom calls so, "" where the source has none."""

    kind: TermKind
    term: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A category or tag: `key` is NFKC, case-folded, space-collapsed and decides equality; `label` is for people."""

    kind: TermKind
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed that an entry was copied from (atom:source, RFC 4287 §4.2.11)."""

    feed_id: str
    title: str
    updated_at: datetime | None = None
    feed_url: str = ""
    site_url: str = ""
    authors: tuple[Person, ...] = ()
    rights: str = ""
