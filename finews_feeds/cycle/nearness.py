"""Entries of different sources that tell one story: found, kept, and linked or joined as `[near]` says.

What is found is kept by sighting, not by entry: whether two texts tell one story depends on nothing but the two. So
entries may join and part, leaders and config may change, and no text has to be looked at again.

Loaded only where `[near]` asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from finews_feeds.cycle.context import Context
from finews_feeds.model import Carrier, Link, Sighting, TermKind
from finews_feeds.normalize import near
from finews_feeds.normalize.identity import Group
from finews_feeds.normalize.merge import in_order, terms_of
from finews_feeds.normalize.terms import term
from finews_feeds.store.protocol import NearBook, NearRow, Store, Transaction, Unsettled

T = TypeVar("T")

#: Sightings whose texts are held at once.
_BATCH = 100


class Nearness:
    """What `relate` found among the sightings that are decided, and what follows for their entries."""

    def __init__(self, context: Context, ties: near.Ties) -> None:
        wanted = (term(TermKind.CATEGORY, label) for label in context.settings.near.merge)
        self._shown = context.settings.near.show
        self._merged = frozenset(each.key for each in wanted if each)
        self._carriers = context.carriers()
        self._ties = ties
        self._groups: Mapping[int, Group] = {}
        self._places: dict[int, int] = {}

    def joined(self, groups: Sequence[Group], live: Callable[[Group], Group]) -> list[Group]:
        """The groups, those joined that `[near] merge` wants joined."""

        def shelves(group: Group) -> frozenset[str]:
            terms = terms_of(standing, self._carriers) if (standing := live(group)) else ()
            return self._merged.intersection(each.key for each in terms if each.kind is TermKind.CATEGORY)

        return near.join(groups, self._ties, shelves) if self._merged and self._ties else list(groups)

    def place(self, groups: Mapping[int, Group]) -> None:
        """Takes the groups as they are published, by any number of theirs; before `digest`."""
        self._groups = groups
        self._places = places_of(groups)

    def digest(self, own: str, live: Group) -> str:
        """An entry's digest with what it is related to."""
        is_tied = self._shown and any(each.row in self._ties for each in live)
        return near.digest(own, near.related(live, self._places, self._groups, self._ties)) if is_tied else own


def places_of(groups: Mapping[int, Group]) -> dict[int, int]:
    """Sighting row -> the number of its group."""
    return {each.row: place for place, group in groups.items() for each in group}


def relate(context: Context, tx: Transaction, unsettled: Unsettled) -> tuple[Unsettled, Nearness]:
    """Looks for the like of what is new or changed; gives what is to be decided, in full, with all that is tied to it.

    A tie that comes or goes changes both ends, and what is joined is joined with all of its kind: so whoever is tied to
    an unsettled sighting is decided anew as well.
    """
    book = tx.near()
    known = book.told(each.row for each in unsettled.sightings)
    within = context.settings.near.within
    fresh = {
        each.row: each
        for each in unsettled.sightings
        if context.is_live(each) and known.get(each.row) != near.told(each, within)
    }
    stale = [each.row for each in unsettled.sightings if each.row in known and not context.is_live(each)]
    wanted = {other for found in book.ties([*fresh, *stale]).values() for other in found}
    book.forget([*(row for row in fresh if row in known), *stale])
    _mark(context, book, list(fresh.values()))
    _tie(context, book, list(fresh))
    while True:
        rows = {each.row for each in unsettled.sightings}
        ties = book.ties(rows)
        wanted.update(other for found in ties.values() for other in found)
        if wanted <= rows:
            return unsettled, Nearness(context, ties)
        tx.unsettle_rows(wanted - rows)
        unsettled = tx.unsettled(in_full=True)


def _mark(context: Context, book: NearBook, fresh: Sequence[Sighting]) -> None:
    within = context.settings.near.within
    for number, batch in enumerate(_batches(fresh)):
        context.progress("comparing", number * _BATCH, 2 * len(fresh))
        bodies = context.store.contents([each.row for each in batch])
        book.put(
            NearRow(
                each.row,
                near.told(each, within),
                each.source,
                near.instant(each),
                near.marks(*bodies.get(each.row, (None, None))),
            )
            for each in batch
        )


def _tie(context: Context, book: NearBook, rows: Sequence[int]) -> None:
    """Compares what is new with all that shares marks with it; two new ones are compared once."""
    new = frozenset(rows)
    for number, batch in enumerate(_batches(rows)):
        context.progress("comparing", len(rows) + number * _BATCH, 2 * len(rows))
        within = context.settings.near.within
        found = {row: book.candidates(row, within, near.SHARED_MARKS) for row in batch}
        pairs = [(row, other) for row, others in found.items() for other in others if other not in new or row < other]
        for some in _batches(pairs):
            book.tie(_told_alike(context.store, some))


def _told_alike(store: Store, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, float]]:
    known = store.sightings_in({row for pair in pairs for row in pair})
    tellings = {row: near.telling(each.title, each.summary, each.content) for row, each in known.items()}
    for one, other in pairs:
        alike = near.similarity(tellings[one], tellings[other])
        if alike is not None:
            yield one, other, alike


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def related_links(
    context: Context, known: Mapping[int, tuple[Sighting, ...]], carriers: Mapping[str, Carrier]
) -> dict[int, tuple[Link, ...]]:
    """Entry row -> its `related` links, for entries whose sightings are `known`; missing where it has none."""
    store = context.store

    def standing(sightings: Iterable[Sighting]) -> Group:
        return in_order((each for each in sightings if context.is_live(each)), carriers)

    own = {entry: standing(sightings) for entry, sightings in known.items()}
    ties = store.near().ties(each.row for group in own.values() for each in group)
    found = (store.entry_of(row) for row in {other for others in ties.values() for other in others})
    others = store.sightings_of(sorted({each.row for each in found if each is not None}))
    groups = {entry: standing(sightings) for entry, sightings in others.items()}
    places = places_of(groups)
    links = {entry: near.related(group, places, groups, ties) for entry, group in own.items()}
    return {entry: some for entry, some in links.items() if some}
