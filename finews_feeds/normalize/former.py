"""Where an entry stood before it moved, and who is found to be one with it there.

A site moves an article to another URL; those who copied it go on naming the old one. The source itself says that it is
one article, by its id; so the entry keeps in mind where it stood, and whoever names that place is one with it.

Rules
- An id alone proves too little: some sources give one id to one article after the other. It is the same article for
  certain where its whole text or the moment of its publication stayed as well (`is_same_article`). If not, it has no
  past.
- Where a URL stands for two articles, it is nobody's, then as now: one that left it and one that came to it, told by
  one source under two titles, share it, and under it only equal titles are one entry (`identity`).
- Where nobody stands any more, those who left it for different places are one by their titles alone: a page for all
  that could not be shown (a login, a draft) is met by strangers, too.
- No move brings together what one source shows apart: where it would, nobody is joined.
- A post has no past: its author writes by hand which article it is about, and another URL there is a correction.
- All of it is a function of the set of sightings, so the order of arrival cannot matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from finews_feeds.model import FormerUrl, Sighting
from finews_feeds.normalize.identity import Group, folded, sharers
from finews_feeds.normalize.overrides import Sets
from finews_feeds.normalize.sighting import identity_urls

#: How many are kept, from the first on: a link that holds the number of a session is another one at every poll.
_MOST = 10


def former_urls(old: Sighting, new: Sighting) -> tuple[FormerUrl, ...]:
    """Where an entry stood before, now that its source says `new` of it under another canonical URL."""
    if new.is_post or not is_same_article(old, new):
        return ()
    here = FormerUrl(old.canonical_url, identity_urls(old))
    known = {each.canonical_url for each in old.former_urls}
    found = old.former_urls if not here.canonical_url or here.canonical_url in known else (*old.former_urls, here)
    return tuple(each for each in found if each.canonical_url != new.canonical_url)[:_MOST]


def is_same_article(old: Sighting, new: Sighting) -> bool:
    """Whether what a source says under one id at two URLs is one article for certain.

    Its date stayed and is the very moment of publication: full hours are not, many sources date by days, and these are
    midnights of some zone. Or the whole text stayed, under a date that is no other one: a title alone, which stands
    over the news of every morning, is no text.
    """
    if old.published_at == new.published_at and is_moment(new.published_at):
        return True
    is_dated_anew = None not in (old.published_at, new.published_at) and old.published_at != new.published_at
    return not is_dated_anew and has_same_text(old, new)


def has_same_text(old: Sighting, new: Sighting) -> bool:
    """Whether every word is the same, and these are more than a title; the store gives `old` without its bodies."""
    return old.digest == new.digest and (new.summary is not None or new.content is not None)


def is_moment(at: datetime | None) -> bool:
    """Whether a date tells the minute: a full or half hour may be the midnight of a day."""
    return at is not None and bool(at.minute % 30 or at.second)


def rejoined(groups: Sequence[Group], once_at: Mapping[str, Sequence[Sighting]]) -> list[Group]:
    """The groups, those joined that a move alone has parted; `once_at` has those that left a URL, by this URL."""
    home = {(each.source, each.entry_id): at for at, group in enumerate(groups) for each in group}
    standing: defaultdict[str, list[Sighting]] = defaultdict(list)
    for group in groups:
        for each in group:
            if each.canonical_url in once_at:
                standing[each.canonical_url].append(each)
    joined = Sets(len(groups))
    for url, left in once_at.items():
        for one, other in _one_article([*left, *standing[url]], is_held=bool(standing[url])):
            joined.join(home[one.source, one.entry_id], home[other.source, other.entry_id])
    found: defaultdict[int, list[Group]] = defaultdict(list)
    for at, group in enumerate(groups):
        found[joined.of(at)].append(group)
    return [each for parts in found.values() for each in _whole(parts)]


def _one_article(sightings: Sequence[Sighting], is_held: bool) -> Iterator[tuple[Sighting, Sighting]]:
    """Those of one URL, now or before, that are one article; each with the first of its article.

    `is_held`: whether one of them stands there.
    """
    is_shared = bool(sharers(sightings)) or not is_held
    first: dict[str, Sighting] = {}
    for each in sightings:
        yield first.setdefault(folded(each.title) if is_shared else "", each), each


def _whole(parts: list[Group]) -> list[Group]:
    """One group of several, or all of them as they are where one source stands in two."""
    shown = [source for group in parts for source in {each.source for each in group if each.gone_at is None}]
    is_apart = len(set(shown)) < len(shown)
    return parts if is_apart else [tuple(each for group in parts for each in group)]
