"""Entries that come back under another id: the source's new word takes the place of its old one.

A new id at a URL that stands for one entry alone never comes here: `storms.rename` has called it by the known id, so
that numbers that change at every poll leave no row behind. Here is what is left: entries that share their URL, and ids
that were withdrawn and come back.

A source's document holds its newest entries, so one that is missing from it was not withdrawn. One whose article stands
there under another id is a different case: the old word would stand beside the new one for ever, keep the terms that it
had, and, once a headline changes, look like another article under the same URL.

Rule: an entry of the document that nobody knows, or that was taken over itself, takes over every standing sighting of
its source at its canonical URL that has its title and is not in the document. A new id with another title is another
entry (DESIGN §4): a page may well announce one thing after the other under one address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from finews_feeds.model import Sighting
from finews_feeds.normalize.identity import folded, revise


def news(
    document: Sequence[Sighting],
    known: Callable[[str], Sighting | None],
    at: Callable[[str], Iterable[Sighting]],
    now: datetime,
) -> list[Sighting]:
    """What of a document is not recorded yet, and what it takes the place of, withdrawn; `claim` has named its entries.

    What takes over has the history of the one before it, so that it is neither new nor changed by its id alone.
    """
    present = {each.entry_id for each in document}
    found: list[Sighting] = []
    withdrawn: dict[str, Sighting] = {}
    for each in document:
        old = known(each.entry_id)
        before = _before(each, at, present | withdrawn.keys()) if old is None or old.gone_at is not None else []
        withdrawn |= {earlier.entry_id: replace(earlier, gone_at=now) for earlier in before}
        revised = revise(before[0] if before else old, each, now)
        found += [revised] if revised is not None else []
    return [*found, *withdrawn.values()]


def _before(new: Sighting, at: Callable[[str], Iterable[Sighting]], taken: set[str]) -> list[Sighting]:
    """The sightings that a new one takes over, the first seen first."""
    if not new.canonical_url:
        return []
    title, last = folded(new.title), datetime.max.replace(tzinfo=UTC)
    found = [each for each in at(new.canonical_url) if each.gone_at is None and each.entry_id not in taken]
    same = [each for each in found if folded(each.title) == title]
    return sorted(same, key=lambda each: (each.first_seen_at or last, each.entry_id))
