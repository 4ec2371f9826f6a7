"""What the world sees: entries and the feeds that they stand in, and what the merge knows of who carries them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from finews_feeds.model.pieces import Link, Origin, Person, Term, Text


@dataclass(frozen=True, slots=True)
class Hand:
    """What the operator makes of everything that a source says, each time it is published; nothing of it is stored."""

    #: Patterns: a paragraph of a summary or content that begins with one is left out.
    strip: tuple[str, ...] = ()
    #: What is published beside title and link: both bodies, the summary alone, or neither.
    content: Literal["full", "summary", "link"] = "full"
    #: A term in any spelling, and the label of the term that it is another name of.
    alias: tuple[tuple[str, str], ...] = ()
    #: Terms in any spelling that are left out.
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the merge has to know of a source: who it is and how much it weighs. Made from config and feed together."""

    name: str
    is_posts: bool
    rank: int
    title: str
    feed_id: str = ""
    feed_url: str = ""
    site_url: str = ""
    authors: tuple[Person, ...] = ()
    rights: str = ""
    #: Terms that the config gives to everything from this source.
    terms: tuple[Term, ...] = ()
    #: None where the operator leaves everything as it is said.
    hand: Hand | None = None
    #: The licence (RFC 4946) of whatever names none itself; "" where none is known.
    license: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the world sees once (RFC 4287 §4.1.2), merged from its sightings."""

    atom_id: str
    title: str
    link: str
    #: None where no source tells it: then there is no atom:published either.
    published_at: datetime | None
    updated_at: datetime
    #: rel=via and other links beside the alternate, each href and rel once.
    links: tuple[Link, ...] = ()
    summary: Text | None = None
    content: Text | None = None
    authors: tuple[Person, ...] = ()
    #: Categories first, then tags; each in the leader's order, then those that only others have.
    terms: tuple[Term, ...] = ()
    lang: str = ""
    rights: str = ""
    origin: Origin | None = None
    #: The names of all sources that carry it, sorted.
    sources: tuple[str, ...] = ()


class FeedKind(StrEnum):
    """What a published feed collects."""

    ALL = "all"
    CATEGORY = "category"
    TAG = "tag"
    SOURCE = "source"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class FeedKey:
    """Which feed: its kind, and the term key, source name or query name that it stands for ("" for all)."""

    kind: FeedKind
    key: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that was withdrawn from a feed (at:deleted-entry, RFC 6721 §3): its atom:id, and when that was."""

    atom_id: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A published feed without its entries (RFC 4287 §4.1.1): everything that stands above the first entry."""

    key: FeedKey
    #: The path below the output folder without its suffix: "feed", "feed/emnews", "feed/by_tag/…".
    path: str
    atom_id: str
    title: str
    subtitle: str
    #: The absolute URL of the Atom document, and of the page beside it.
    self_url: str
    page_url: str
    updated_at: datetime
    author: str
    lang: str
    #: WebSub hubs that tell subscribers of changes.
    hubs: tuple[str, ...] = ()
    #: Of an archive document (RFC 5005 §4) the URL of the feed that it is an archive of; "" for a feed itself.
    current_url: str = ""
    #: The URL of the archive document before this one, "" where there is none.
    prev_archive_url: str = ""
    #: The newest first.
    tombstones: tuple[Tombstone, ...] = ()
