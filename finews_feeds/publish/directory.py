"""All feeds at a glance, for programs: `feeds.opml` for feed readers, `feeds.json` for everything else.

Both are pure functions of the listings: sorted here, and without the time of the build.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.opml import document, element, outline, quoted
from finews_feeds.publish.spelling import one_line, rfc822, rfc3339
from finews_feeds.publish.words import words_for
from finews_feeds.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class FeedListing:
    """A published feed as a directory shows it."""

    key: FeedKey
    #: Below the output folder, without suffix.
    path: str
    #: The whole title, as at the head of the feed, and the short one for a list of its kind.
    title: str
    label: str
    #: How many entries the feed has collected, shown or not.
    entries: int
    updated_at: datetime
    atom_url: str
    page_url: str


def grouped(listings: Iterable[FeedListing]) -> list[tuple[FeedKind, list[FeedListing]]]:
    """The feeds by kind, in the order of `FeedKind`; within a kind those with most entries first, then by key."""
    order = list(FeedKind)
    listings = sorted(listings, key=lambda listing: (order.index(listing.key.kind), -listing.entries, listing.key.key))
    return [(kind, list(group)) for kind, group in groupby(listings, key=lambda listing: listing.key.kind)]


def newest(listings: Iterable[FeedListing]) -> datetime | None:
    """When the newest of the feeds was updated; None where there are none."""
    return max((listing.updated_at for listing in listings), default=None)


def feeds_opml(listings: Sequence[FeedListing], site: SiteSettings) -> bytes:
    """All feeds as OPML 2.0: the whole first, the others in one outline for each kind, to be subscribed at once.

    The specification knows `type="rss"` for every kind of syndication feed, and readers ask for it with Atom too.
    """
    head = [element("title", site.title)]
    if updated_at := newest(listings):
        head.append(element("dateModified", rfc822(updated_at, UTC)))
    head += [element("ownerName", site.author), element("ownerId", site.url)]
    lines = []
    for kind, group in grouped(listings):
        outlines = [_outline(listing, site) for listing in group]
        if kind is not FeedKind.ALL:
            name = quoted(words_for(site.language).kinds[kind])
            outlines = [f"<outline text={name}>", *outlines, "</outline>"]
        lines += outlines
    return document(head, lines)


def feeds_json(listings: Sequence[FeedListing], site: SiteSettings) -> bytes:
    """All feeds as one JSON document, in the order of the other directories; instants are RFC 3339 in UTC."""
    updated_at = newest(listings)
    found = {
        "title": one_line(site.title),
        "home_page_url": site.url,
        "language": site.language,
        "updated": rfc3339(updated_at, UTC) if updated_at else None,
    }
    head = json.dumps(found, ensure_ascii=False, indent=1).removesuffix("\n}")
    records = [_in_lines(_record(listing)) for _, group in grouped(listings) for listing in group]
    feeds = ",\n  ".join(records)
    listed = f"[\n  {feeds}\n ]" if feeds else "[]"
    return f'{head},\n "feeds": {listed}\n}}\n'.encode()


#: `indent` is Python's own work, five times slower; a separator may hold a line break as well.
_record_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",\n   ", ": "))


def _in_lines(record: dict[str, str | int]) -> str:
    """A record as it stands in the list of feeds, a line for each of its values."""
    return "{\n   " + _record_encoder.encode(record)[1:-1] + "\n  }"


def _record(listing: FeedListing) -> dict[str, str | int]:
    return {
        "kind": listing.key.kind.value,
        "key": one_line(listing.key.key),
        "title": one_line(listing.title),
        "label": one_line(listing.label),
        "path": listing.path,
        "entries": listing.entries,
        "updated": rfc3339(listing.updated_at, UTC),
        "atom_url": listing.atom_url,
        "page_url": listing.page_url,
    }


def _outline(listing: FeedListing, site: SiteSettings) -> str:
    return outline(
        {
            "type": "rss",
            "text": listing.label or listing.title,
            "title": listing.title,
            "xmlUrl": listing.atom_url,
            "htmlUrl": listing.page_url,
            "language": site.language,
        }
    )
