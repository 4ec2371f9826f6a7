"""Deciding which sightings are which entries, which ids these have, and in which feeds they stand.

Which are one is decided of all of them together, by little of each (`protocol.Unsettled`). What follows from it, ids,
digests and feeds, is decided and written group by group, the most senior first: so only the sightings of some groups
are in memory as a whole, and who is junior finds in the store the ids that others have chosen before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import Context
from finews_feeds.model import Entry, FeedKey, FeedKind, Override, Sighting, SightingName, Term, TermKind
from finews_feeds.normalize import identity
from finews_feeds.normalize.hand import bodies as published_bodies
from finews_feeds.normalize.merge import dates_of, digest, in_order, merge, terms_of
from finews_feeds.normalize.overrides import name_of, overridden
from finews_feeds.store.protocol import EntryRow, Settled, Transaction, Unsettled

if TYPE_CHECKING:
    from finews_feeds.cycle.nearness import Nearness

#: Groups, and the row of the entry that each is, 0 for a new one.
_Decided = list[tuple[identity.Group, int]]

_ALL = FeedKey(FeedKind.ALL)
#: Sightings that are in memory as a whole, or those of one entry.
_PORTION = 1000
_KIND_OF_TERM = {TermKind.CATEGORY: FeedKind.CATEGORY, TermKind.TAG: FeedKind.TAG}


def gathered(
    context: Context, tx: Transaction, unsettled: Unsettled, overrides: Sequence[Override]
) -> tuple[Unsettled, Nearness | None]:
    """What is to be decided, with everything that the operator's word or the like of it ties to it."""
    in_full = context.settings.near.is_on
    unsettled = _closed(tx, unsettled, overrides, in_full)
    if not in_full:
        return unsettled, None
    from finews_feeds.cycle.nearness import relate

    while True:
        found, nearness = relate(context, tx, unsettled)
        unsettled = _closed(tx, found, overrides, in_full)
        if unsettled is found:
            return found, nearness


def _closed(tx: Transaction, unsettled: Unsettled, overrides: Iterable[Override], in_full: bool) -> Unsettled:
    words = [{word.one, *word.others} for word in overrides]
    while words:
        here = {(each.source, each.entry_id) for each in unsettled.sightings}
        missing = {name for word in words if not word.isdisjoint(here) for name in word - here}
        # a word may name what the store has never seen
        if not missing or not tx.unsettle_named(missing):
            break
        unsettled = tx.unsettled(in_full)
    return unsettled


class Settling:
    """One settling: the unsettled sightings, and what becomes of them."""

    def __init__(
        self,
        context: Context,
        tx: Transaction,
        unsettled: Unsettled,
        nearness: Nearness | None = None,
        overrides: Sequence[Override] = (),
        claims: Mapping[SightingName, EntryRow] = MappingProxyType({}),
        portion: int = _PORTION,
    ) -> None:
        self.context = context
        self.carriers = context.carriers()
        self.tx = tx
        self.unsettled = unsettled
        self.groups = identity.group(unsettled.sightings, overrides)
        self.owned = identity.owned_urls(self.groups)
        self.nearness = nearness
        self.overrides = overrides
        self.claims = claims
        self.portion = portion
        self.waiting: dict[int, datetime] = {}
        self.shelves: dict[tuple[tuple[Term, ...], tuple[str, ...]], frozenset[FeedKey]] = {}

    def run(self) -> None:
        """Decides, and writes the decisions."""
        if self.nearness:
            self.groups = identity.arrange(overridden(self.nearness.joined(self.groups, self.live), self.overrides))
        self.unsettled = _claimed(self.unsettled, self.groups, self.claims)
        entries = self.unsettled.entries
        published = {row: entry.atom_id for row, entry in entries.items() if entry.is_live}
        rows = identity.assign(self.groups, self.unsettled.entry_of, published)
        for portion in self.portions(rows):
            self.decide(portion)
        vacated = entries.keys() - set(rows)
        now = self.context.now
        self.withdraw({row: max(entries[row].updated_at, now) for row in vacated if entries[row].is_live})
        self.tx.settle((), vacated, ())
        self.tx.wait(self.waiting)

    def portions(self, rows: Iterable[int]) -> Iterator[_Decided]:
        """The groups in their order, each with the row of its entry, some at a time and in full."""
        decided = list(zip(self.groups, rows, strict=True))
        if self.nearness:
            # they are in full already, and what is related to an entry may be any other
            yield decided
            return
        for portion in _portions(decided, self.portion):
            told = self.tx.told(each.row for group, _ in portion for each in group)
            yield [(tuple(told[each.row] for each in group), row) for group, row in portion]

    def decide(self, decided: _Decided) -> None:
        """Decides and writes some of it."""
        live_of = {index: self.live(group) for index, (group, _) in enumerate(decided)}
        if self.nearness:
            self.nearness.place(live_of)
        ids = self.new_ids(live for index, live in live_of.items() if live and not decided[index][1])
        idle = [
            each.row for index, (group, row) in enumerate(decided) if not row and not live_of[index] for each in group
        ]
        self.withdraw(self.withdrawn(decided, live_of))
        self.shelves.clear()
        self.tx.settle(self.decisions(decided, live_of, ids), (), idle)

    def live(self, group: identity.Group) -> identity.Group:
        """The sightings that put the entry into feeds now, the leader first; those that must wait are noted."""
        context = self.context
        for each in group:
            if each.is_post and each.gone_at is None and each.published_at and context.must_wait(each):
                self.waiting[each.row] = each.published_at
        live = tuple(each for each in group if context.is_live(each))
        return in_order(live, self.carriers) if len(live) > 1 else live

    def new_ids(self, groups: Iterable[identity.Group]) -> dict[int, str]:
        """The minted id of each new entry, by its leader's row; who is senior chooses first."""
        leaders = [group[0] for group in groups]
        site = self.context.settings.site

        def wanted(leader: Sighting) -> Iterator[str]:
            return identity.candidates(leader, leader.canonical_url in self.owned, site.url, site.since)

        claimed: set[str] = set()
        taken = set(self.tx.atom_ids({next(wanted(leader)) for leader in leaders}))
        found = {}
        for leader in leaders:
            for atom_id in wanted(leader):
                if atom_id in taken or atom_id in claimed:
                    continue
                # only first choices were asked for in one go; a second choice is rare
                if atom_id != next(wanted(leader)) and self.tx.atom_ids([atom_id]):
                    continue
                claimed.add(atom_id)
                found[leader.row] = atom_id
                break
        return found

    def withdraw(self, entries: Mapping[int, datetime]) -> None:
        """Notes when entries were withdrawn, by row, where that is told; before they leave their feeds."""
        if self.context.settings.output.tombstones:
            self.tx.history().withdraw(entries)

    def withdrawn(self, decided: _Decided, live_of: Mapping[int, identity.Group]) -> dict[int, datetime]:
        """When the entries were withdrawn that stand no longer, by row.

        That is when the last of its sightings went; now, where one is still there: its source was taken out of the
        config, its post waits again, or it is one with another entry. Never before its own `updated`: a reader would
        take it for one that came back (RFC 6721 §3).
        """
        gone = {}
        for index, (group, row) in enumerate(decided):
            entry = self.unsettled.entries.get(row)
            if entry and entry.is_live and not live_of[index]:
                gone[row] = max(entry.updated_at, *(each.gone_at or self.context.now for each in group))
        return gone

    def decisions(
        self, decided: _Decided, live_of: Mapping[int, identity.Group], ids: Mapping[int, str]
    ) -> Iterator[Settled]:
        report = self.context.report
        for index, (group, row) in enumerate(decided):
            live = live_of[index]
            before = self.unsettled.entries.get(row)
            if live:
                entry, feeds = self.entry(live, row, before.atom_id if before else ids[live[0].row])
                report.entries_changed += before is None or before.digest != entry.digest
            elif before:
                entry, feeds = replace(before, is_live=False), frozenset()
                report.entries_removed += before.is_live
            else:
                continue
            yield Settled(entry, tuple(each.row for each in group), feeds)

    def entry(self, live: identity.Group, row: int, atom_id: str) -> tuple[EntryRow, frozenset[FeedKey]]:
        leader = live[0]
        published, updated = dates_of(live)
        found = EntryRow(
            row=row,
            atom_id=atom_id,
            key=leader.canonical_url if leader.canonical_url in self.owned else f"{leader.source}\n{leader.entry_id}",
            published_at=published or updated,
            updated_at=updated,
            digest=self.digest(atom_id, live),
            sort_at=published or leader.updated_at or leader.placed_at or leader.first_seen_at or updated,
        )
        terms = terms_of(live, self.carriers)
        feeds = self.shelf(terms, tuple(sorted({each.source for each in live})))
        if self.context.queries:
            feeds = feeds.union(self.query_feeds(merge(atom_id, live, self.carriers), live))
        return found, feeds

    def digest(self, atom_id: str, live: identity.Group) -> str:
        own = digest(atom_id, live, self.carriers)
        return self.nearness.digest(own, live) if self.nearness else own

    def shelf(self, terms: tuple[Term, ...], sources: tuple[str, ...]) -> frozenset[FeedKey]:
        """`feeds_of`, remembered: thousands of entries share their terms and sources."""
        found = self.shelves.get((terms, sources))
        if found is None:
            found = self.shelves[terms, sources] = frozenset(feeds_of(terms, sources))
        return found

    def query_feeds(self, entry: Entry, live: identity.Group) -> Iterator[FeedKey]:
        bodies = self.context.store.contents([each.row for each in live])
        texts = [published_bodies(*bodies.get(each.row, (None, None)), self.carriers[each.source]) for each in live]
        summary = next((found for found, _ in texts if found), None)
        content = next((found for _, found in texts if found), None)
        whole = replace(entry, summary=summary, content=content)
        for name, query in self.context.queries.items():
            if query.matches(whole):
                yield FeedKey(FeedKind.QUERY, name)


def _portions(decided: Iterable[tuple[identity.Group, int]], most: int) -> Iterator[_Decided]:
    portion: _Decided = []
    size = 0
    for group, row in decided:
        portion.append((group, row))
        size += len(group)
        if size >= most:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _claimed(
    unsettled: Unsettled, groups: Iterable[identity.Group], claims: Mapping[SightingName, EntryRow]
) -> Unsettled:
    """What is to be decided, as if each entry in `claims` had been that of the group of its sighting, and of no other.

    Where several are claimed for one group, it is the first of them.
    """
    if not claims:
        return unsettled
    entry_of, entries = dict(unsettled.entry_of), dict(unsettled.entries)
    for members in groups:
        here = {name_of(each) for each in members}
        claimed = next((entry for name, entry in claims.items() if name in here), None)
        if claimed is not None:
            entries[claimed.row] = claimed
            entry_of = {row: at for row, at in entry_of.items() if at != claimed.row}
            entry_of.update((each.row, claimed.row) for each in members)
    return replace(unsettled, entry_of=entry_of, entries=entries)


def feeds_of(terms: Iterable[Term], sources: Iterable[str]) -> Iterator[FeedKey]:
    """The feeds that an entry stands in by what it is: all, those of its terms, those of its carriers."""
    yield _ALL
    for each in terms:
        yield FeedKey(_KIND_OF_TERM[each.kind], each.key)
    for name in sources:
        yield FeedKey(FeedKind.SOURCE, name)
