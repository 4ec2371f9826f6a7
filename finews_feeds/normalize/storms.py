"""Whether a document of a known source is what it was, has other ids, or is to be held back: a pure judgement.

Rules
- New ids at known URLs are known entries, if the words say so, or if most of what stands at known URLs has a new id:
  a generator that changed, or one that puts a number of its own into every guid.
- A false alarm is worse than a missed storm: a source that is held back is silent until somebody looks. What could be
  plain news is let in, and few entries prove nothing. News is what has new ids, new URLs, new titles and new dates.
- Held back is a document that no reader would take for news: the known entries at new addresses, everything dated at
  one moment, strangers with old dates, nothing at all, or more new entries at once than the operator expects.
- A source that has always been so is not held back for it: who stamps every build is not believed, and left alone.

Theory of operation: `rename` gives the ids of a document that stand for known ones, `judge` looks at what is left. What
one URL tells is `rename`'s; `succession` has what only titles tell, where several entries of a source share their URL.
What is judged is a list of pairs: what is known of an entry (None: nothing), and what the document says of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from finews_feeds.model import Sighting, Storm
from finews_feeds.normalize.identity import folded

#: Fewer entries than this prove nothing by their dates or addresses alone: three may well turn over between two polls.
SMALLEST = 5
#: So many entries with known titles are no coincidence, even where no date and no text says that they are the same.
MANY = 10
#: Dates this near to one another were given by one run of a program.
MOMENT = timedelta(minutes=10)
#: What is dated so long before the newest that we know would have been seen earlier: dates are often days only.
LATE = timedelta(days=1)
#: How many of the source's latest entries a document is compared with: more than any usual document has.
REMEMBERED = 500

Pair = tuple[Sighting | None, Sighting]
Renames = dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document is; `storm` None: what it was."""

    storm: Storm | None = None
    #: For people: what is seen, in numbers.
    why: str = ""
    #: The source has always been like this: nothing is held back.
    is_habit: bool = False
    #: Ids in the document -> known ids of the same articles at other addresses, for the day when it is let in.
    names: tuple[tuple[str, str], ...] = ()


CALM = Verdict()


def rename(pairs: Sequence[Pair], at: Callable[[str], Iterable[Sighting]]) -> Renames:
    """The new ids in a document that stand for known ones: id in the document -> known id, no known id twice.

    `at` gives the source's sightings with a canonical URL. Only a URL that one entry of the document has, and that
    stands for one entry in the store, can tell who that is. There a new id with the old words is the old id; where
    more than half of all entries at known URLs have new ids, and most of these have their old title or date, all of
    these are, whatever an editor did to them at the same time.
    """
    present = {new.entry_id for _, new in pairs}
    places = Counter(new.canonical_url for _, new in pairs)
    met = [
        (old, new)
        for known, new in pairs
        if known is None and places[new.canonical_url] == 1
        if (old := _owner(new.canonical_url, at, present)) is not None
    ]
    standing = sum(known is not None and bool(new.canonical_url) for known, new in pairs)
    witnesses = sum(_has_words(old, new) or _has_date(old, new) for old, new in met)
    is_storm = len(met) > standing and 2 * witnesses > len(met)
    return {new.entry_id: old.entry_id for old, new in met if is_storm or _has_words(old, new)}


def _owner(url: str, at: Callable[[str], Iterable[Sighting]], present: set[str]) -> Sighting | None:
    """The one entry that a URL stands for; None where it is nobody's, or where that entry is in the document itself."""
    found = [each for each in at(url) if each.gone_at is None] if url else []
    if not found or len({folded(each.title) for each in found}) > 1:
        return None
    if any(each.entry_id in present for each in found):
        return None
    return min(found, key=lambda each: (each.row, each.entry_id))


def _has_words(old: Sighting, new: Sighting) -> bool:
    return _words(old) == _words(new)


def _has_date(old: Sighting, new: Sighting) -> bool:
    return new.published_at is not None and new.published_at == old.published_at


def _words(sighting: Sighting) -> str:
    return folded(sighting.title) or sighting.digest


def judge(pairs: Sequence[Pair], latest: Callable[[], Sequence[Sighting]], max_new: int) -> Verdict:
    """What a document is, its known ids being known.

    `latest` gives the source's sightings that were first seen last (`REMEMBERED` of them), asked only where what the
    document says of its own entries does not tell; none of them: this is a first import.
    """
    fresh = [new for known, new in pairs if known is None]
    if not pairs:
        return Verdict(Storm.EMPTY, "it has no entries any more") if latest() else CALM
    if len(fresh) > max_new:
        return Verdict(Storm.FLOOD, f"it brings {len(fresh):,} new entries at once, more than {max_new:,}")
    known = [(old, new) for old, new in pairs if old is not None]
    if 2 * len(known) > len(pairs):
        return _restamped(known) or _relinked(known) or CALM
    return _strange(fresh, [new for _, new in pairs], latest())


def _restamped(known: Sequence[tuple[Sighting, Sighting]]) -> Verdict | None:
    """Everything known is dated later than before, and at one moment: that is when the document was made."""
    dates, before = _dates(new for _, new in known), _dates(old for old, _ in known)
    is_so = len(dates) == len(known) >= SMALLEST and all(_is_later(old, new) for old, new in known)
    if not is_so or len(before) < len(known) or _crowd(dates) < len(known):
        return None
    why = f"all of its {len(known)} known entries are dated anew, at one moment"
    return Verdict(Storm.RESTAMPED, why, is_habit=2 * _crowd(before) >= len(before))


def _is_later(old: Sighting, new: Sighting) -> bool:
    return old.published_at is not None and new.published_at is not None and new.published_at > old.published_at


def _relinked(known: Sequence[tuple[Sighting, Sighting]]) -> Verdict | None:
    """Every known entry stands under another path; a site that only changed its name, or its parameters, does not."""
    is_so = len(known) >= SMALLEST and all(
        old.canonical_url != new.canonical_url and _path(old.link) != _path(new.link) for old, new in known
    )
    if not is_so:
        return None
    return Verdict(Storm.ELSEWHERE, f"all of its {len(known)} known entries are at new addresses")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return url


def _strange(fresh: Sequence[Sighting], document: Sequence[Sighting], latest: Sequence[Sighting]) -> Verdict:
    """Half of the document and more is unknown: is it news, or what we have under other names?"""
    if not latest:
        return CALM
    present = {each.entry_id for each in document}
    names = _same_articles(fresh, [each for each in latest if each.entry_id not in present])
    if len(names) > 1 and 2 * len(names) > len(document):
        why = f"{len(names)} of its {len(document)} entries are known ones at new addresses, under new ids"
        return Verdict(Storm.ELSEWHERE, why, names=tuple(names))
    if len(fresh) < len(document) or len(document) < SMALLEST:
        return CALM
    return _not_news(fresh, latest)


def _not_news(fresh: Sequence[Sighting], latest: Sequence[Sighting]) -> Verdict:
    """Nothing is known, and there are enough of them to say more."""
    dates, before = _dates(fresh), _dates(latest)
    if not before:
        return CALM
    if _crowd(dates) == len(fresh) and max(dates) > max(before):
        why = f"all of its {len(fresh)} entries are unknown, and dated at one moment"
        # many sites publish once a day, all at once
        return Verdict(Storm.RESTAMPED, why, is_habit=2 * _crowd(before) >= len(fresh))
    late = sum(at < max(before) - LATE for at in dates)
    if 2 * late > len(fresh):
        why = f"none of its {len(fresh)} entries is known, and {late} are older than what is known"
        return Verdict(Storm.STRANGE, why)
    return CALM


def _dates(sightings: Iterable[Sighting]) -> list[datetime]:
    return [each.published_at for each in sightings if each.published_at]


def _crowd(dates: Iterable[datetime]) -> int:
    """The most dates that stand within one moment."""
    ordered = sorted(dates)
    return max((bisect_right(ordered, at + MOMENT) - place for place, at in enumerate(ordered)), default=0)


def _same_articles(fresh: Sequence[Sighting], latest: Sequence[Sighting]) -> list[tuple[str, str]]:
    """New ids that are known articles by title and date, and the ids by which these are known.

    A title that comes every day proves nothing with a new date, unless all are suddenly dated at one moment: that is
    when the site moved. Without dates the whole text has to be equal; where the dates were lost, or found, on the way,
    many equal titles will do.
    """
    is_moment = SMALLEST <= len(fresh) == _crowd(_dates(fresh)) > 2 * _crowd(_dates(latest))

    def is_same(old: Sighting, new: Sighting) -> bool:
        if old.published_at and new.published_at:
            return old.published_at == new.published_at or is_moment
        is_one_sided = (old.published_at is None) != (new.published_at is None)
        return old.digest == new.digest or (is_one_sided and len(fresh) >= MANY)

    found: list[tuple[str, str]] = []
    for key in (_article, _words):
        taken = {name for pair in found for name in pair}
        olds = _unique([each for each in latest if each.entry_id not in taken], key)
        news = _unique([each for each in fresh if each.entry_id not in taken], key)
        found += [
            (new.entry_id, olds[value].entry_id)
            for value, new in news.items()
            if value in olds and is_same(olds[value], new)
        ]
    return found


def _article(sighting: Sighting) -> tuple[str, datetime | None]:
    return _words(sighting), sighting.published_at


def _unique(sightings: Sequence[Sighting], key: Callable[[Sighting], Hashable]) -> dict[Hashable, Sighting]:
    """What a key names alone."""
    times = Counter(map(key, sightings))
    return {key(each): each for each in sightings if times[key(each)] == 1}
