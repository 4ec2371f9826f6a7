"""What a document says: read whole, or only what was not read before; `polling` decides what comes of it.

Whatever reads documents is loaded here, and so by those cycles alone that have one to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from finews_feeds.cycle.context import date_reader
from finews_feeds.cycle.recalling import OddPartsError, Parts, Recalled, completed, parts_of
from finews_feeds.cycle.rules import identity_key
from finews_feeds.errors import ParseError
from finews_feeds.model import Finding, FindingKind, ParsedFeed, Representation, Sighting, SourceEntry, SourceFeed
from finews_feeds.normalize.identity import is_in_future
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import feed

#: What is kept of the findings of one document; the state of a source stays small whatever it sends.
_MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Document:
    """What was read."""

    feed: SourceFeed
    sightings: tuple[Sighting, ...]
    findings: tuple[Finding, ...]
    #: False where it was cut short.
    is_whole: bool
    #: What was read, or recalled, part by part; None where the next document is to be read whole.
    parts: Parts | None
    #: What the store had of those sightings that were recalled.
    known: tuple[Sighting, ...]


def read_document(
    settings: Settings,
    source: FeedSourceSettings,
    answer: Representation,
    parser: str,
    now: datetime,
    recalled: Recalled | None,
) -> Document:
    """What the body of an answer says; ParseError where it is no feed, OddPartsError where it has to be read whole."""
    parsed = _parsed(settings, answer, recalled)
    read = _normalized(settings, source, parsed)
    odd = [list(_odd_dates(source, *each, now)) for each in zip(parsed.entries, read, strict=True)]
    sightings = completed(recalled, parsed, read) if recalled else read
    known = tuple(each for each in recalled.known if each is not None) if recalled else ()
    parts = recalled.parts if recalled else parts_of(answer, parsed, parser)
    if parts is not None:
        # what is odd about it may be otherwise tomorrow, and is told again
        parts = parts.without([place for place, each in zip(_places(recalled, read), odd, strict=True) if each])
    findings = (*parsed.findings, *chain.from_iterable(odd))[:_MOST_FINDINGS]
    return Document(parsed.feed, sightings, findings, parsed.is_whole, parts, known)


def _places(recalled: Recalled | None, read: Sequence[Sighting]) -> Iterable[int]:
    """Where what was read stands in the document."""
    return recalled.places() if recalled else range(len(read))


def _parsed(settings: Settings, answer: Representation, recalled: Recalled | None) -> ParsedFeed:
    if recalled is None:
        return feed.parse(answer.body, answer.headers, answer.url, settings.http.max_entries)
    try:
        return feed.parse_part(recalled.unread, answer.headers, answer.url, settings.http.max_entries)
    except ParseError as error:
        raise OddPartsError from error


def _normalized(settings: Settings, source: FeedSourceSettings, parsed: ParsedFeed) -> tuple[Sighting, ...]:
    normalizer = Normalizer(source.name, False, identity_key(settings.rules), date_reader(settings, source))
    return tuple(normalizer.sighting(entry) for entry in parsed.entries)


def _odd_dates(source: FeedSourceSettings, said: SourceEntry, meant: Sighting, now: datetime) -> Iterator[Finding]:
    """Dates of an entry that are not taken as they stand: no date is made up silently."""
    place = meant.link or source.shown_url
    for spelled, at in ((said.published, meant.published_at), (said.updated, meant.updated_at)):
        if spelled and at is None:
            what = f"the date {spelled[:60]!r} cannot be read"
            yield Finding(FindingKind.REPAIRED, place, 0, what, f"it is left out; tell the publisher ({source.name})")
    if is_in_future(meant, now):
        what = f"dated in the future by {source.name}"
        yield Finding(FindingKind.REPAIRED, place, 0, what, "nothing to do: it takes the time when it was first seen")
