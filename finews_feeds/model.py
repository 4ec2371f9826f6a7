"""The words of the program as values: what flows from a source to a published feed.

    Source --fetch--> Representation --parse--> SourceEntry --normalize--> Sighting --settle--> Entry --select--> Feed

Every value is frozen; a change makes a new one. Instants end in `_at` and are aware, in UTC; spans are `timedelta`;
sizes end in `_bytes`. A missing thing is `None` (or "" for text and () for a list), never a guess. This module
imports nothing of ours, and every room imports it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

# --- pieces of an entry -------------------------------------------------------------------------------------------

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


# --- what a source answers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validators:
    """Entity tag and Last-Modified (RFC 9110 §8.8), as received, byte for byte (Latin-1); None where not sent."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop that was followed: the status that ordered it, and where it led."""

    status: int
    url: str


#: Header fields in the order of arrival, names in lower case, values Latin-1 and stripped.
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Representation:
    """The body and header fields of one successful answer (RFC 9110 §3.2); `body` is decoded of its content coding."""

    url: str
    status: int
    headers: Headers
    body: bytes
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The answer 304: what we have is still good (RFC 9110 §15.4.5)."""

    url: str
    headers: Headers
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """The answer 410: the source is withdrawn for good (RFC 9110 §15.5.11)."""

    url: str
    headers: Headers
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer; `status` and `headers` are there where the server said anything at all."""

    url: str
    error: str
    mend: str = ""
    status: int | None = None
    headers: Headers = ()
    redirects: tuple[Redirect, ...] = ()


Answer = Representation | NotModified | Gone | Failed


@dataclass(frozen=True, slots=True)
class SourceFeed:
    """What a document says of itself, apart from its entries. Dates are as spelled by the source."""

    feed_id: str = ""
    title: str = ""
    site_url: str = ""
    self_url: str = ""
    updated: str = ""
    lang: str = ""
    authors: tuple[Person, ...] = ()
    rights: str = ""
    #: WebSub hubs named by the document.
    hubs: tuple[str, ...] = ()
    #: RSS `ttl` in minutes; None where absent or no number.
    ttl_minutes: int | None = None
    #: RSS `skipHours` (0-23, GMT) and `skipDays` ("Monday"…).
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    #: The syndication module: period ("hourly"…), frequency, base (as spelled).
    update_period: str = ""
    update_frequency: int | None = None
    update_base: str = ""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """What one source says of one entry, field by field; nothing is invented in it, nothing interpreted."""

    #: atom:id, guid, JSON Feed id, or a post's path without the folder that may change; None where there is none.
    entry_id: str | None
    title: Text | None = None
    #: What a reader would click: rel=alternate, RSS link, or a post's own page.
    link: str = ""
    #: A post's original article, from its front matter or its closing autolink; "" elsewhere.
    original: str = ""
    #: URLs that may be the identity of the article, best first (DESIGN §4.1); `normalize` takes the first usable.
    identity_urls: tuple[str, ...] = ()
    #: Whether `entry_id` is an Atom id, or a post's jekyll-feed id in `own_atom_id`, that may be published as it is.
    own_atom_id: str = ""
    summary: Text | None = None
    content: Text | None = None
    #: As spelled by the source; `normalize.dates` reads them.
    published: str = ""
    updated: str = ""
    authors: tuple[Person, ...] = ()
    terms: tuple[SourceTerm, ...] = ()
    #: Enclosures and other links that are to be kept (rel=enclosure, related, via, license).
    links: tuple[Link, ...] = ()
    lang: str = ""
    rights: str = ""
    #: An atom:source that the entry already carried.
    origin: Origin | None = None


class FindingKind(StrEnum):
    """What became of the thing that a finding speaks of."""

    SKIPPED = "skipped"
    #: Left out because its author says so: a draft, `published: false`, a date that is yet to come. No fault.
    WITHHELD = "withheld"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: a post or source entry that was left out, or mended on the way in.

    `place` is a path or a URL; `line` counts from 1, 0 where no line can be named.
    """

    kind: FindingKind
    place: str
    line: int
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document read: its own data, its entries in document order, and what had to be mended."""

    feed: SourceFeed
    entries: tuple[SourceEntry, ...]
    findings: tuple[Finding, ...] = ()
    #: False where the document ends before its end: then its validators may not be kept (RFC 9112 §8).
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """A post file read: `entry` is None where it is left out, and then a finding says why."""

    entry: SourceEntry | None
    findings: tuple[Finding, ...] = ()
    #: False for `published: false` and drafts: left out because its author says so; reported, but no fault.
    is_published: bool = True


# --- what the program remembers -------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it is about to be rendered: its head and its entries, newest first."""

    head: FeedHead
    entries: tuple[Entry, ...]


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
