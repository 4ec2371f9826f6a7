"""Entries whose id is their address, when the address changes: somebody has mended the slug.

Where a source names its entries by their URLs it cannot say that one has moved: the old one vanishes, and a new one
stands in its place. It is taken for the old one only where that is certain, for the source may mean another article.

Rule: both ids are URLs of one host; title and date are equal, and nothing else that is known or told has the two; and
the whole text is the same, or the date is the very moment of publication. Equal in this much are also two notices of
one form, of which the older has scrolled out of the document. So what came next before it has to stand in it still,
unless text and moment are the same: anything older is too little, for some documents have an entry that never goes.

New ids at known URLs are for `storms.rename`, which comes before this; a whole site that moves is for `storms.judge`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from urllib.parse import urlsplit

from finews_feeds.model import Sighting
from finews_feeds.normalize.former import has_same_text, is_moment
from finews_feeds.normalize.identity import folded
from finews_feeds.normalize.storms import Pair, Renames

_Article = tuple[str, datetime | None]


def readdressed(
    pairs: Sequence[Pair],
    latest: Callable[[], Sequence[Sighting]],
    dated: Callable[[Collection[datetime | None]], Iterable[Sighting]],
) -> Renames:
    """The new ids in a document that stand for known ones at other addresses: id in the document -> known id.

    `latest` gives the source's sightings that were first seen last, `dated` those of them that were published at one of
    some instants; the other is asked where something is new, the one only where that may well be something old.
    """
    fresh = [new for known, new in pairs if known is None and _host_of_id(new)]
    if not fresh:
        return {}
    present = {new.entry_id for _, new in pairs}
    same_dates = dated({new.published_at for new in fresh})
    absent = [each for each in same_dates if each.gone_at is None and each.entry_id not in present]
    if not absent:
        return {}
    times = Counter(_article(new) for _, new in pairs)
    times_known = Counter(map(_article, absent))
    olds = {_article(each): each for each in absent if times_known[_article(each)] == 1}
    unique = ((new, olds[_article(new)]) for new in fresh if times[_article(new)] == 1 and _article(new) in olds)
    known = [old for old, _ in pairs if old is not None]
    return {new.entry_id: old.entry_id for new, old in unique if _is_certain(old, new, known, latest)}


def _article(sighting: Sighting) -> _Article:
    return folded(sighting.title) or sighting.digest, sighting.published_at


def _host_of_id(sighting: Sighting) -> str:
    """The host of an id that is a URL; "" where it is none, or where the entry has no canonical URL."""
    is_url = sighting.entry_id.startswith(("http://", "https://")) and "\n" not in sighting.entry_id
    return urlsplit(sighting.canonical_url).netloc if is_url else ""


def _is_certain(
    old: Sighting, new: Sighting, known: Iterable[Sighting], latest: Callable[[], Iterable[Sighting]]
) -> bool:
    if _host_of_id(old) != _host_of_id(new) or old.canonical_url == new.canonical_url:
        return False
    proofs = is_moment(new.published_at), has_same_text(old, new)
    if not any(proofs) or all(proofs):
        return any(proofs)
    when = attrgetter("published_at" if new.published_at else "first_seen_at")
    earlier = [when(each) for each in latest() if _is_before(when(each), when(old))]
    return bool(earlier) and any(when(each) == max(earlier) for each in known)


def _is_before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other
