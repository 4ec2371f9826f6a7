"""The operator's word, above the rules: what `merge` and `split` make of the groups that the rules have made.

Rules
- A merge names one sighting of each of two entries: their groups are one, whatever the rules say of them. Whoever
  joins either group by the rules joins the whole.
- A split names the sighting that is parted and those that it is parted from: they are never one. It stands apart from
  all others that the rules put with these, too; where nothing would bring it together with them (its URL changed),
  the rules alone have the word again. It speaks of what its source says of that article: another sighting of the source
  where it stands or stood goes with it, unless a word names that one itself, or the source has some on both sides.
- Where the two contradict each other, because what they name has moved since, parting wins: a false match is worse than
  a missed one (DESIGN §4). Of merges that contradict each other only so, the earlier one wins.
- All of it is a function of the set of sightings and the set of words: in which order they came does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from finews_feeds.model import Override, OverrideKind, Sighting, SightingName
from finews_feeds.normalize.identity import Group, tag_uri

#: Two sightings, by name.
_Pair = tuple[SightingName, SightingName]


def name_of(sighting: Sighting) -> SightingName:
    """What names it for ever."""
    return sighting.source, sighting.entry_id


def overridden(groups: Sequence[Group], overrides: Iterable[Override]) -> list[Group]:
    """The groups as the operator has them, in no order of note; the very same where no word concerns them."""
    words = sorted(overrides, key=_order)
    later = held_along(words, groups)
    words += [replace(word, one=name) for name, found in later.items() for word in found]
    named = {name for word in words for name in (word.one, *word.others)}
    home = {name_of(each): at for at, group in enumerate(groups) for each in group if name_of(each) in named}
    merges = _pairs(words, OverrideKind.MERGE, home)
    splits = _pairs(words, OverrideKind.SPLIT, home)
    if not (merges or splits):
        return list(groups)
    with_one = {name: found[0].one for name, found in later.items()}
    pieces = _pieces(groups, {name: with_one.get(name, name) for name in _parted(merges, splits, home)})
    place = {name_of(each): at for at, piece in enumerate(pieces) for each in piece if name_of(each) in named}
    joined = Sets(len(pieces))
    for one, other in merges:
        ends = {joined.of(place[one]), joined.of(place[other])}
        if len(ends) == 2 and not any({joined.of(place[a]), joined.of(place[b])} == ends for a, b in splits):
            joined.join(place[one], place[other])
    found: dict[int, Group] = {}
    for at, piece in enumerate(pieces):
        found[joined.of(at)] = found.get(joined.of(at), ()) + piece
    return list(found.values())


def held_along(words: Iterable[Override], groups: Iterable[Group]) -> dict[SightingName, list[Override]]:
    """What no word names, and the splits that hold for it: its source stands there with what they part."""
    splits: defaultdict[str, list[Override]] = defaultdict(list)
    for word in words:
        if word.kind is OverrideKind.SPLIT and word.one[0] not in {source for source, _ in word.others}:
            splits[word.one[0]].append(word)
    if not splits:
        return {}
    named = {name for word in words for name in (word.one, *word.others)}
    of_source = [each for group in groups for each in group if each.source in splits]
    places = {name_of(each): _places(each) for each in of_source}
    found = {
        name: [word for word in splits[name[0]] if not places.get(word.one, set()).isdisjoint(here)]
        for name, here in places.items()
        if name not in named
    }
    return {name: told for name, told in found.items() if told}


def _places(sighting: Sighting) -> set[str]:
    """The canonical URLs where it stands or stood."""
    return {sighting.canonical_url, *(each.canonical_url for each in sighting.former_urls)} - {""}


def _order(word: Override) -> tuple[datetime, SightingName, tuple[SightingName, ...]]:
    return word.said_at, word.one, word.others


def _pairs(words: Iterable[Override], kind: OverrideKind, home: Iterable[SightingName]) -> list[_Pair]:
    """What the words of a kind say of sightings that are here."""
    here = set(home)
    return [
        (word.one, other)
        for word in words
        if word.kind is kind and word.one in here
        for other in word.others
        if other in here
    ]


def _parted(merges: Iterable[_Pair], splits: Iterable[_Pair], home: dict[SightingName, int]) -> set[SightingName]:
    """The sightings that rules or merges would bring together with one that they are parted from."""
    together = Sets(max(home.values()) + 1)
    for one, other in merges:
        together.join(home[one], home[other])
    return {one for one, other in splits if together.of(home[one]) == together.of(home[other])}


def _pieces(groups: Iterable[Group], parted: Mapping[SightingName, SightingName]) -> list[Group]:
    """The groups without those that are parted, and these: each with those that are parted along with it."""
    pieces: list[Group] = []
    for group in groups:
        alone: defaultdict[SightingName, list[Sighting]] = defaultdict(list)
        rest: list[Sighting] = []
        for each in group:
            name = name_of(each)
            (alone[parted[name]] if name in parted else rest).append(each)
        pieces += [tuple(each) for each in (*alone.values(), rest) if each]
    return pieces


class Sets:
    """Numbers below `size`, each at first in a set of its own."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def of(self, number: int) -> int:
        """What stands for the set that it is in."""
        while self._parents[number] != number:
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Makes one set of two."""
        self._parents[self.of(other)] = self.of(one)


def minter(ordered: Sequence[Sighting], atom_id: str, site_url: str, since: date) -> Sighting:
    """For which of an entry's sightings (the leader first) its id was minted; the leader, where that cannot be told."""

    def claims(each: Sighting) -> tuple[bool, bool, bool]:
        own = tag_uri(site_url, since, f"{each.source}\n{each.entry_id}") == atom_id
        urls = (each.canonical_url, *(former.canonical_url for former in each.former_urls))
        by_url = not each.own_atom_id and any(tag_uri(site_url, since, url) == atom_id for url in urls)
        return each.own_atom_id == atom_id, own, by_url

    # of equal ones `max` gives the first
    return max(ordered, key=claims)
