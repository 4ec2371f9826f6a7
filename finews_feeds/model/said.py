"""What sources say: the answers of their servers, and the documents and posts that were read, as they stand there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from finews_feeds.model.pieces import Link, Origin, Person, SourceTerm, Text


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
