"""What the program remembers between two cycles: sightings, how sources and files stood, and the operator's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from finews_feeds.model.pieces import Link, Origin, Person, Term, Text
from finews_feeds.model.said import Finding, SourceFeed, Validators


@dataclass(frozen=True, slots=True)
class FormerUrl:
    """Where a sighting stood before it moved: its canonical URL there, and the URLs that this was taken from."""

    canonical_url: str
    #: In full, best first, so that other rules can be laid on them.
    identity_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one source said of one entry, in the house's own terms: clean text, aware instants, canonical URL.

    `(source, entry_id)` names it for ever. The fields from `first_seen_at` on are history: the store's own
    knowledge, carried from one sighting to its successor by `normalize.identity.revise`.
    """

    source: str
    entry_id: str
    #: The identity key (DESIGN §4), "" where no URL of the entry may be one. Never shown as a link.
    canonical_url: str
    is_post: bool
    title: str
    link: str
    #: A post's other address: the original article, or its own page, whichever `link` is not.
    via: str = ""
    summary: Text | None = None
    content: Text | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[Person, ...] = ()
    terms: tuple[Term, ...] = ()
    links: tuple[Link, ...] = ()
    lang: str = ""
    rights: str = ""
    origin: Origin | None = None
    #: An id of the source's own that may be published as the entry's atom:id: an absolute IRI, or "".
    own_atom_id: str = ""
    #: The URLs that `canonical_url` is taken from, best first, so that other rules can be laid on what is known; ""
    #: among them stands for `link`. None, as for nearly all: `via`, or `link` where there is no `via`, alone.
    identity_urls: tuple[str, ...] | None = None
    #: SHA-256 (hex) of what a reader sees: title, summary, content, terms.
    digest: str = ""
    first_seen_at: datetime | None = None
    #: When content changed under dates that did not; None where the source's own dates tell it.
    changed_at: datetime | None = None
    #: When the source withdrew it (a post deleted, `published: false`); None while it stands.
    gone_at: datetime | None = None
    #: The store's row, 0 before it is recorded.
    row: int = 0
    #: Where an entry without any date that came with a first import stands in its feeds; None for all others.
    placed_at: datetime | None = None
    #: When its words changed last, and how often they did without resting in between.
    restless_at: datetime | None = None
    moves: int = 0
    #: Where it stood before, the first one first (`normalize.former`).
    former_urls: tuple[FormerUrl, ...] = ()


class SourceCondition(StrEnum):
    """How a source is doing, in one word; `status` prints it as `state`."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    PAUSED = "paused"
    QUARANTINED = "quarantined"
    GONE = "gone"


class Storm(StrEnum):
    """What is odd about a whole document, so that it is held back until the operator lets it in."""

    #: It brings more new entries than the operator expects at once.
    FLOOD = "flood"
    #: The known entries all stand at new addresses.
    ELSEWHERE = "elsewhere"
    #: Its entries are all dated in one moment, just now.
    RESTAMPED = "restamped"
    #: Nothing in it is known, and nothing is news.
    STRANGE = "strange"
    #: It has no entries any more.
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why a source's document is held back, for people, and since when."""

    storm: Storm
    why: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the store remembers of a source between two polls."""

    name: str
    url: str = ""
    condition: SourceCondition = SourceCondition.NEW
    validators: Validators = Validators()
    #: The URL whose answer they came with, after redirects: they mean nothing anywhere else (RFC 9110 §8.8).
    validators_url: str = ""
    #: SHA-256 of the last body that was parsed: an equal body needs no parsing. "" where there is none.
    body_digest: str = ""
    #: What parsed that body; a newer parser asks for the whole document once.
    parser: str = ""
    next_poll_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    #: When the document last had something new.
    last_change_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""
    mend: str = ""
    status: int | None = None
    #: Where a permanent redirect leads, "" where none was met; since when it was met with a feed behind it, how often.
    moved_to: str = ""
    moved_since: datetime | None = None
    moved_times: int = 0
    #: The address that is asked instead of the config's: a permanent redirect's target, confirmed; "" for none.
    asked_url: str = ""
    polls: int = 0
    not_modified: int = 0
    received_bytes: int = 0
    #: What the document said of itself.
    feed: SourceFeed = SourceFeed()
    #: What was left out of the last document, or mended in it.
    findings: tuple[Finding, ...] = ()
    #: When its newest entries are from, the newest first: its rhythm, also while it answers that nothing is new.
    entry_times: tuple[datetime, ...] = ()
    #: What the last document is held back for; None where it was let in.
    quarantine: Quarantine | None = None
    #: "any" after the operator let it in; the storm that came then, while one like it follows another; else "".
    excused: str = ""
    #: Ids in the last document that stand for known entries, and the ids by which these are known.
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KnownParts:
    """What entries of a source's last document stand recorded just as the document says them.

    Each by a digest of its characters: where they stand in the next document, there is nothing to read in them.
    """

    #: Stands for all beside an entry's own characters that decides how it is read.
    around: str
    #: Digest of an entry's characters -> the entry id of the sighting that it is.
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PostFile:
    """What the store remembers of a post file, so that an unchanged one is not read again."""

    path: str
    size_bytes: int
    mtime_ns: int
    #: The sighting that came of it, "" where it was left out.
    entry_id: str
    findings: tuple[Finding, ...] = ()


#: (source, entry_id): what names a sighting for ever.
SightingName = tuple[str, str]


class OverrideKind(StrEnum):
    """What the operator says of two entries."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Override:
    """The operator's word on which sightings are one entry; it stands above every rule.

    It names sightings, not rows: it holds whatever becomes of their entries, and of the rules.
    """

    kind: OverrideKind
    #: merge: one of the entry that keeps its id. split: the sighting that is parted.
    one: SightingName
    #: merge: one of the entry that joins it. split: all those that it is parted from.
    others: tuple[SightingName, ...]
    said_at: datetime
    #: The id that stayed when this was said, and the other one: retired by a merge, minted by a split.
    atom_id: str
    other_id: str
    #: The store's row, by which it is listed and undone; 0 before it is recorded.
    row: int = 0
