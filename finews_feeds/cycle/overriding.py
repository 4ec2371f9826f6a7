"""The operator's word on entries: merging two, splitting one, and taking back what was said.

A word is recorded and what it concerns is settled in one transaction, so that its author sees at once which ids stand;
the files are written by the next cycle, which a daemon begins at once. No id that was published changes its entry:
- merged, the first one's id stays, and the other is retired;
- split, the id stays with the sighting that it was minted for, and a new one is minted for the other side;
- a merge that is taken back gives the retired id back to the entry that it was minted for; no other ever had it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice

from finews_feeds.cycle.ask import asking
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.lock import ask_for_cycle, lock_file, one_at_a_time
from finews_feeds.cycle.lookup import Met, find
from finews_feeds.cycle.settle import settle_within
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Override, OverrideKind, Sighting, SightingName
from finews_feeds.normalize.identity import candidates
from finews_feeds.normalize.merge import in_order
from finews_feeds.normalize.overrides import minter, name_of
from finews_feeds.settings import Settings
from finews_feeds.store.protocol import EntryRow, Transaction

_LIST = "look at `finews-feeds overrides list`"


def overrides(settings: Settings, now: datetime) -> tuple[Override, ...]:
    """All that stands, in the order of its numbers."""
    with asking(settings, now) as context:
        return context.store.overrides()


def merge(settings: Settings, one: str, other: str, now: datetime, waiting: Callable[[], None]) -> Override:
    """Makes two entries one, by id or URL; the first one's id stays. Gives what is recorded.

    ConfigError where either is not one entry that stands, where they are one already, or where the operator split them.
    """
    with _writing(settings, now, waiting) as (context, tx):
        kept, joined = _met(context, one), _met(context, other)
        if kept.entry.row == joined.entry.row:
            raise _wrong(other, f"it is one entry with {one} already", "nothing to do")
        said = context.store.overrides()
        names = [{name_of(each) for each in _sightings(context, met)} for met in (kept, joined)]
        _must_not_be_split(said, names[0], names[1], other)
        word = Override(
            OverrideKind.MERGE,
            _anchor(context, kept, said),
            (_anchor(context, joined, said),),
            now,
            kept.entry.atom_id,
            joined.entry.atom_id,
        )
        word = replace(word, row=tx.put_override(word))
        _settle(context, tx, names[0] | names[1], {word.one: kept.entry})
        return word


def split(
    settings: Settings, entry: str, source: str, entry_id: str, now: datetime, waiting: Callable[[], None]
) -> tuple[Override, dict[SightingName, str]]:
    """Parts what a source says from an entry, by id or URL. Gives what is recorded, and the id that each side has now.

    `entry_id` says which sighting of the source is meant, "" where it has but one there. ConfigError where there is
    nothing to part.
    """
    with _writing(settings, now, waiting) as (context, tx):
        met = _met(context, entry, source)
        known = _sightings(context, met)
        live = in_order((each for each in known if context.is_live(each)), context.carriers())
        parted = _parted(context, entry, known, source, entry_id)
        rest = [each for each in live if each.row != parted.row]
        if not rest:
            raise _wrong(entry, f"{source} alone stands behind it", "there is nothing to part it from")
        said = context.store.overrides()
        _must_not_be_merged(said, parted, known)
        site = context.settings.site
        keeper = minter(live, met.entry.atom_id, site.url, site.since)
        others = tuple(name_of(each) for each in known if each.row != parted.row)
        word = Override(OverrideKind.SPLIT, name_of(parted), others, now, met.entry.atom_id, "")
        word = replace(word, row=tx.put_override(word))
        _settle(context, tx, {word.one, *others}, {name_of(keeper): met.entry})
        ids = dict(_ids(context, (word.one, name_of(rest[0]))))
        word = replace(word, other_id=next(each for each in ids.values() if each != word.atom_id))
        tx.put_override(word)
        return word, ids


def undo(
    settings: Settings, number: int, now: datetime, waiting: Callable[[], None]
) -> tuple[Override, dict[SightingName, str]]:
    """Takes back a word by its number. Gives it, and the id that each sighting that it named has now.

    ConfigError where there is none of that number.
    """
    with _writing(settings, now, waiting) as (context, tx):
        said = context.store.overrides()
        word = next((each for each in said if each.row == number), None)
        if word is None:
            raise _wrong(str(number), "nothing that you said has this number", _LIST)
        tx.delete_override(number)
        claims = _former_ids(context, word, said) if word.kind is OverrideKind.MERGE else {}
        _settle(context, tx, {word.one, *word.others}, claims)
        return word, dict(_ids(context, (word.one, *word.others)))


@contextmanager
def _writing(settings: Settings, now: datetime, waiting: Callable[[], None]) -> Iterator[tuple[Context, Transaction]]:
    """The store in one transaction, while no cycle is under way; an error undoes everything."""
    with one_at_a_time(lock_file(settings), waiting), asking(settings, now) as context:
        with context.store.transaction() as tx:
            yield context, tx
        ask_for_cycle(settings)


def _wrong(place: str, cause: str, mend: str) -> ConfigError:
    return ConfigError(Fault(place, cause, mend))


# --- what is meant by what was typed --------------------------------------------------------------------------------


def _met(context: Context, asked: str, source: str = "") -> Met:
    """The one standing entry that is meant; of several under one URL, the one of which `source` says something."""
    found = find(context, asked)
    of_source = [met for met in found if any(each.source == source for each in _sightings(context, met))]
    found = tuple(of_source) or found
    if not found:
        raise _wrong(
            asked, "no entry stands under it", "give an atom:id, or a URL of its article; `explain` shows more"
        )
    if len(found) > 1:
        ids = ", ".join(met.entry.atom_id for met in found[:5])
        raise _wrong(asked, f"{len(found)} entries stand under this URL", f"give the id of one of them: {ids}")
    if not found[0].entry.is_live:
        said = (each for each in context.store.overrides() if each.other_id == asked)
        word = next((each for each in said if each.kind is OverrideKind.MERGE), None)
        if word:
            at = word.said_at.astimezone(context.settings.site.timezone).date()
            raise _wrong(asked, f"it is retired: you merged it into {word.atom_id} on {at}", "give that id")
        raise _wrong(asked, "it is retired: nothing stands behind it any more", "give the id of an entry that stands")
    return found[0]


def _sightings(context: Context, met: Met) -> tuple[Sighting, ...]:
    return context.store.sightings_of([met.entry.row]).get(met.entry.row, ())


def _anchor(context: Context, met: Met, said: Sequence[Override]) -> SightingName:
    """The sighting that stands for an entry in a merge.

    The one whose URL was typed; else the one by which an earlier merge names it; else the leader.
    """
    if met.sighting is not None:
        return name_of(met.sighting)
    known = _sightings(context, met)
    names = {name_of(each) for each in known}
    earlier = (word.one for word in said if word.kind is OverrideKind.MERGE and word.atom_id == met.entry.atom_id)
    live = in_order((each for each in known if context.is_live(each)), context.carriers())
    return next((name for name in earlier if name in names), name_of((live or known)[0]))


def _parted(context: Context, asked: str, known: Sequence[Sighting], source: str, entry_id: str) -> Sighting:
    """The one sighting of an entry that is to be parted."""
    of_source = [each for each in known if each.source == source]
    if not of_source:
        names = ", ".join(sorted({each.source for each in known}))
        raise _wrong(source, f"it says nothing of {asked}", f"give one of {names}")
    if source not in context.names:
        raise _wrong(source, "it is in the config no more, and what it said stands in no feed", "nothing to do")
    live = [each for each in of_source if context.is_live(each)]
    if not live:
        raise _wrong(source, f"what it said of {asked} does not stand any more", "nothing to do")
    shown = " ".join(entry_id.split())
    meant = [each for each in live if shown in ("", " ".join(each.entry_id.split()), each.link)]
    if not meant:
        raise _wrong(entry_id, f"{source} has no such sighting in this entry", f"give one of {_listed(live)}")
    if len(meant) > 1:
        raise _wrong(source, f"{len(meant)} sightings of it are in this entry", f"say which: {_listed(live)}")
    return meant[0]


def _listed(sightings: Sequence[Sighting]) -> str:
    return ", ".join(repr(each.entry_id) for each in sightings)


# --- what was said before --------------------------------------------------------------------------------------------


def _must_not_be_split(said: Sequence[Override], one: set[SightingName], other: set[SightingName], place: str) -> None:
    for word in said:
        for here, there in ((one, other), (other, one)):
            if word.kind is OverrideKind.SPLIT and word.one in here and not there.isdisjoint(word.others):
                cause = f"you split them ({word.one[0]} is parted from the other)"
                raise _wrong(place, cause, f"take that back first: `finews-feeds overrides undo {word.row}`")


def _must_not_be_merged(said: Sequence[Override], parted: Sighting, known: Sequence[Sighting]) -> None:
    here = {name_of(each) for each in known}
    for word in said:
        ends = {word.one, *word.others}
        if word.kind is OverrideKind.MERGE and name_of(parted) in ends and ends <= here:
            cause = "it is one with the others because you merged them"
            raise _wrong(parted.source, cause, f"take that back instead: `finews-feeds overrides undo {word.row}`")


# --- what follows from it --------------------------------------------------------------------------------------------


def _settle(
    context: Context, tx: Transaction, names: set[SightingName], claims: Mapping[SightingName, EntryRow]
) -> None:
    """Has everything decided anew that these names concern; the entry of a sighting in `claims` is the one there."""
    tx.unsettle_named(names)
    settle_within(context, tx, claims)


def _former_ids(context: Context, word: Override, said: Sequence[Override]) -> dict[SightingName, EntryRow]:
    """Which entries the parts of a merge are when it is taken back; nothing where its two sides are not one now.

    Other merges may stand over it: then the present id stays with the entry that it was minted for, and each other part
    gets back the id that it had, the one that its last merge kept or else its own. Of several claims of one part the
    first counts.
    """
    (other,) = word.others
    present, others = _entry_of(context, word.one), _entry_of(context, other)
    if present is None or present != others:
        return {}
    site = context.settings.site
    known = context.store.sightings_of([present.row])[present.row]

    def minted_for(name: SightingName, atom_id: str) -> SightingName:
        # the first is it, where it cannot be told
        ordered = sorted(known, key=lambda each: name_of(each) != name)
        return name_of(minter(ordered, atom_id, site.url, site.since))

    here = {name_of(each) for each in known}
    standing = [each for each in said if each.kind is OverrideKind.MERGE and each is not word]
    merges = [each for each in standing if each.one in here]
    elsewhere = {each.other_id for each in standing if each.one not in here}
    is_its_own = not merges and present.atom_id == word.atom_id
    claims = {word.one if is_its_own else minted_for(word.one, present.atom_id): present}
    told = [*((each.one, each.atom_id) for each in (*reversed(merges), word)), (other, word.other_id)]
    kept = (each for each in told if each[1] not in elsewhere)
    for name, atom_id in (*kept, *_own_ids(context, known)):
        former = context.store.entry(atom_id)
        if former is not None and not former.is_live and former not in claims.values():
            claims.setdefault(minted_for(name, atom_id), former)
    return claims


def _own_ids(context: Context, sightings: Sequence[Sighting]) -> Iterator[tuple[SightingName, str]]:
    """The ids that may have been minted for each of the sightings."""
    site = context.settings.site
    for each in sightings:
        for atom_id in islice(candidates(each, bool(each.canonical_url), site.url, site.since), 3):
            yield name_of(each), atom_id


def _entry_of(context: Context, name: SightingName) -> EntryRow | None:
    source, entry_id = name
    sighting = context.store.sightings(source, [entry_id]).get(entry_id)
    return context.store.entry_of(sighting.row) if sighting else None


def _ids(context: Context, names: Sequence[SightingName]) -> Iterator[tuple[SightingName, str]]:
    for name in names:
        entry = _entry_of(context, name)
        if entry:
            yield name, entry.atom_id
