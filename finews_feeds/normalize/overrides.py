"""The operator's word, above the rules: what `merge` and `split` make of the groups that the rules have made.

Rules
- A merge names one sighting of each of two entries: their groups are one, whatever the rules say of them. Whoever
  joins either group by the rules joins the whole.
- A split names the sighting that is parted and those that it is parted from: they are never one. It stands apart from
  all others that the rules put with these, too; where nothing would bring it together with them (its URL changed),
  the rules alone have the word again.
- Where the two contradict each other, because what they name has moved since, parting wins: a false match is worse than
  a missed one (DESIGN §4). Of merges that contradict each other only so, the earlier one wins.
- All of it is a function of the set of sightings and the set of words: in which order they came does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    named = {name for word in words for name in (word.one, *word.others)}
    home = {name_of(each): at for at, group in enumerate(groups) for each in group if name_of(each) in named}
    merges = _pairs(words, OverrideKind.MERGE, home)
    splits = _pairs(words, OverrideKind.SPLIT, home)
    if not (merges or splits):
        return list(groups)
    pieces = _pieces(groups, _parted(merges, splits, home))
    place = {name_of(each): at for at, piece in enumerate(pieces) for each in piece if name_of(each) in named}
    joined = _Sets(len(pieces))
    for one, other in merges:
        ends = {joined.of(place[one]), joined.of(place[other])}
        if len(ends) == 2 and not any({joined.of(place[a]), joined.of(place[b])} == ends for a, b in splits):
            joined.join(place[one], place[other])
    found: dict[int, Group] = {}
    for at, piece in enumerate(pieces):
        found[joined.of(at)] = found.get(joined.of(at), ()) + piece
    return list(found.values())


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
    together = _Sets(max(home.values()) + 1)
    for one, other in merges:
        together.join(home[one], home[other])
    return {one for one, other in splits if together.of(home[one]) == together.of(home[other])}


def _pieces(groups: Iterable[Group], parted: set[SightingName]) -> list[Group]:
    """The groups without those that are parted, and each of these alone."""
    pieces: list[Group] = []
    for group in groups:
        alone = [each for each in group if name_of(each) in parted]
        rest = tuple(each for each in group if each not in alone) if alone else group
        pieces += [(each,) for each in alone]
        pieces += [rest] if rest else []
    return pieces


class _Sets:
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
        by_url = not each.own_atom_id and tag_uri(site_url, since, each.canonical_url) == atom_id
        return each.own_atom_id == atom_id, own, by_url

    # of equal ones `max` gives the first
    return max(ordered, key=claims)
