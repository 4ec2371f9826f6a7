"""From the sightings of one entry to the entry: a pure function of the set, so the order of arrival cannot matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlsplit

from finews_feeds.model import Carrier, Entry, Link, Origin, Sighting, Term
from finews_feeds.normalize.hand import as_published
from finews_feeds.normalize.hand import terms as published_terms
from finews_feeds.normalize.terms import union
from finews_feeds.normalize.version import MERGING

T = TypeVar("T")

_LAST = datetime.max.replace(tzinfo=UTC)


def in_order(sightings: Iterable[Sighting], carriers: Mapping[str, Carrier]) -> tuple[Sighting, ...]:
    """The sightings, the leader first (DESIGN §4).

    Local post, then the article's own site, then the lower `rank`, then the earliest published, then the smaller id:
    never the order of the config, never the time of a poll.
    """
    found = tuple(sightings)
    # most entries have one sighting, and need no order
    return found if len(found) < 2 else tuple(sorted(found, key=lambda each: _order(each, carriers[each.source])))


def _order(sighting: Sighting, carrier: Carrier) -> tuple[bool, bool, int, datetime, str, str]:
    return (
        not sighting.is_post,
        not is_own_site(sighting, carrier),
        carrier.rank,
        sighting.published_at or _LAST,
        sighting.entry_id,
        sighting.source,
    )


#: What `_order` compares, in its order.
CRITERIA = ("local post", "own site", "rank", "published", "entry id", "source")


def deciding(leader: Sighting, following: Sighting, carriers: Mapping[str, Carrier]) -> str:
    """The first of `CRITERIA` in which two sightings differ; "" where they are one."""
    one, two = (_order(each, carriers[each.source]) for each in (leader, following))
    return next((name for name, a, b in zip(CRITERIA, one, two, strict=True) if a != b), "")


def is_own_site(sighting: Sighting, carrier: Carrier) -> bool:
    """Whether the article stands on the site that the source itself is the feed of."""
    host = _host(sighting.canonical_url)
    return bool(host) and host in (_host(carrier.site_url), _host(carrier.feed_url))


@lru_cache(maxsize=4096)
def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def merge(atom_id: str, sightings: Iterable[Sighting], carriers: Mapping[str, Carrier]) -> Entry:
    """One entry out of one or more sightings that are all standing.

    What the leader lacks is filled from the next that has it; terms are the union; every carrier stays as a `via`;
    published is the earliest; updated is the leader's own.
    """
    ordered = tuple(as_published(each, carriers[each.source]) for each in in_order(sightings, carriers))
    leader = ordered[0]
    published, updated = dates_of(ordered)
    return Entry(
        atom_id=atom_id,
        title=_first(each.title for each in ordered) or "",
        link=_first(each.link for each in ordered) or "",
        published_at=published,
        updated_at=updated,
        links=_links(ordered, carriers),
        summary=_first(each.summary for each in ordered),
        content=_first(each.content for each in ordered),
        authors=_first(each.authors for each in ordered) or (),
        terms=terms_of(ordered, carriers),
        lang=_first(each.lang for each in ordered) or "",
        rights=_first(each.rights or carriers[each.source].rights for each in ordered) or "",
        origin=_origin(leader, carriers[leader.source], _updated(leader)),
        sources=tuple(sorted({each.source for each in ordered})),
    )


def dates_of(ordered: Sequence[Sighting]) -> tuple[datetime | None, datetime]:
    """Published (the earliest that any source tells, None where none does) and updated (the leader's), leader first."""
    published = min((each.published_at for each in ordered if each.published_at), default=None)
    updated = _updated(ordered[0])
    return published, max(published, updated) if published else updated


def terms_of(ordered: Sequence[Sighting], carriers: Mapping[str, Carrier]) -> tuple[Term, ...]:
    """The terms of all sightings and of all their sources, leader first, so that its labels stand."""
    given = [carriers[each.source].terms for each in ordered]
    own = [published_terms(each, carriers[each.source]) for each in ordered]
    return own[0] if len(own) == 1 and not given[0] else union(*own, *given)


def _first(values: Iterable[T]) -> T | None:
    return next((value for value in values if value), None)


def _updated(sighting: Sighting) -> datetime:
    """The source's word; else published; else first seen; later than these where we saw it change under them."""
    said = sighting.updated_at or sighting.published_at or sighting.first_seen_at or _LAST
    return max(said, sighting.changed_at) if sighting.changed_at else said


def _links(ordered: Sequence[Sighting], carriers: Mapping[str, Carrier]) -> tuple[Link, ...]:
    """What the leader links besides its alternate, and one `via` for each source that carries the article.

    A carrier's `via` is its own link of the entry; where that is taken already (by the alternate, or by a carrier with
    the very same link), it is the carrier's feed: where we got it from.
    """
    taken = {_first(each.link for each in ordered) or ""}
    found: list[Link] = []

    def add(link: Link) -> None:
        if link.href and link.href not in taken:
            taken.add(link.href)
            found.append(link)

    for sighting in ordered:
        carrier = carriers[sighting.source]
        if sighting.is_post:
            add(Link(sighting.via, "via"))
            if sighting is not ordered[0]:
                add(Link(sighting.link, "via", title=carrier.title))
        elif sighting.link not in taken:
            add(Link(sighting.link, "via", title=carrier.title))
        else:
            add(Link(carrier.feed_url, "via", title=carrier.title))
    # an enclosure may well be the article's own address: only what repeats a whole link is left out
    others = (
        link for link in ordered[0].links if (link.rel, link.href) not in {(each.rel, each.href) for each in found}
    )
    licence = carriers[ordered[0].source].license
    if licence and all(link.rel != "license" for link in ordered[0].links):
        found.append(Link(licence, "license"))
    return (*dict.fromkeys(others), *found)


def _origin(leader: Sighting, carrier: Carrier, updated_at: datetime) -> Origin | None:
    """The atom:source of a copied entry: the one it came with, untouched, else the feed that it came in.

    Its `updated` is the entry's own: the feed stood so at that moment at the latest. The feed's present one would move
    at every poll, and with it the bytes of entries that nobody touched.
    """
    if leader.is_post:
        return None
    if leader.origin:
        return leader.origin
    return Origin(
        feed_id=carrier.feed_id or carrier.feed_url,
        title=carrier.title,
        updated_at=updated_at,
        feed_url=carrier.feed_url,
        site_url=carrier.site_url,
        authors=carrier.authors,
        rights=carrier.rights,
    )


def digest(atom_id: str, sightings: Iterable[Sighting], carriers: Mapping[str, Carrier]) -> str:
    """Stands for everything that `merge` makes of these, without the bodies at hand: equal digest, equal entry."""
    told = [MERGING, atom_id]
    for each in in_order(sightings, carriers):
        told += _told(each)
        told.append(_carrier_told(carriers[each.source]))
    # what is told holds no NUL: text was cleaned, and the rest is of our own making
    return sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def _told(each: Sighting) -> tuple[str, ...]:
    """A sighting but for its bodies, title and terms, which its own digest stands for; labels it does not."""
    dates = (each.published_at, each.updated_at, each.changed_at, each.first_seen_at)
    labels = "\1".join([term.label for term in each.terms])
    rare = (each.authors, each.links, each.lang, each.rights, each.origin)
    return (
        each.source,
        each.entry_id,
        each.digest,
        each.link,
        each.via,
        " ".join([str(at.timestamp()) if at else "-" for at in dates]),
        labels,
        repr(rare) if any(rare) else "",
    )


@lru_cache(maxsize=1024)
def _carrier_told(carrier: Carrier) -> str:
    return repr(carrier)
