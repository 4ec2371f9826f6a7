"""Which entry is meant by what an operator types: its atom:id, or any URL of its article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.rules import canonicalizer
from finews_feeds.model import Sighting
from finews_feeds.normalize.urls import is_home_page
from finews_feeds.store import Store
from finews_feeds.store.protocol import EntryRow

#: How many sightings of one URL are looked at: more of them share it, and are no answer to anybody.
MOST_AT_ONE_URL = 50


@dataclass(frozen=True, slots=True)
class Met:
    """An entry that was asked for, and the sighting by whose URL it was found; None where its id was typed."""

    entry: EntryRow
    sighting: Sighting | None = None


def find(context: Context, asked: str) -> tuple[Met, ...]:
    """The one entry that has, or ever had, this id; else those that stand under this URL, each once.

    Under its canonical URL, if any do; else those that stood there before they moved; else under the address that
    readers click, where that is another one. None under a home page, which any entry may name.
    """
    store = context.store
    entry = store.entry(asked)
    if entry is not None:
        return (Met(entry),)
    canonical = canonicalizer(context.settings.rules).canonical(asked)
    if is_home_page(canonical):
        return ()
    return (
        _entries(store, store.sightings_at(canonical, MOST_AT_ONE_URL))
        or _entries(store, store.sightings_once_at(canonical, MOST_AT_ONE_URL))
        or _entries(store, sightings_clicked(store, asked, canonical))
    )


def sightings_clicked(store: Store, asked: str, canonical: str) -> tuple[Sighting, ...]:
    """The sightings with this link, as it is typed or in its canonical form; each once."""
    found = chain.from_iterable(store.sightings_linking(url) for url in dict.fromkeys((asked, canonical)) if url)
    return tuple({each.row: each for each in found}.values())


def _entries(store: Store, sightings: tuple[Sighting, ...]) -> tuple[Met, ...]:
    return tuple({met.entry.row: met for met in reversed([*_met(store, sightings)])}.values())[::-1]


def _met(store: Store, sightings: tuple[Sighting, ...]) -> Iterator[Met]:
    for each in sightings:
        entry = store.entry_of(each.row)
        if entry is not None and entry.is_live:
            yield Met(entry, each)
