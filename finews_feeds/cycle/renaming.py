"""After a change of the rules for canonical URLs: what is known gets the canonical URLs of today, and nobody is asked.

Every sighting has kept the URLs that its canonical URL was taken from; those whose canonical URL is another one now are
settled anew, with all that they could join and all that they were one with. Ids stay as `identity.assign` has it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.report import Regrouped, RegroupedEntry
from finews_feeds.cycle.rules import canonicalizer, identity_key
from finews_feeds.cycle.settle import settle_within
from finews_feeds.errors import ConfigError
from finews_feeds.model import FormerUrl, Sighting
from finews_feeds.normalize.identity import Group
from finews_feeds.normalize.sighting import first_key, identity_urls
from finews_feeds.normalize.urls import Canonicalizer, Step
from finews_feeds.settings import RuleText
from finews_feeds.store.protocol import Transaction, Unsettled

#: Joins and parts that the report has one by one, and entries that it has of each; it counts them all.
_MOST_TOLD = 1000
_MOST_ENTRIES = 20


def rename(context: Context, tx: Transaction) -> None:
    """Gives every sighting its canonical URL by the rules of today and settles those that have another one.

    ConfigError where the operator's rules cannot be used; nothing is changed then.
    """
    rules = context.settings.rules
    key = identity_key(rules)
    # before there was a digest of rules, sightings did not keep their URLs
    renamed = _renamed if context.store.meta("rules") else _remembered
    changed: list[Sighting] = []
    touched: defaultdict[str, list[Sighting]] = defaultdict(list)
    for old in context.store.every_sighting():
        new = _with_former(renamed(old, key), key)
        if new != old:
            changed.append(new)
            for url in {old.canonical_url, new.canonical_url, *(each.canonical_url for each in new.former_urls)}:
                touched[url].append(new)
    before = _former_rules(context)
    tx.put_meta("rules.own", json.dumps([(each.place, each.text) for each in rules]))
    if changed:
        tx.put_canonical_urls(changed)
        unsettled, groups = settle_within(context, tx)
        _Telling(context, unsettled, _Reasons(touched, before, canonicalizer(rules))).tell(groups)


def _renamed(sighting: Sighting, key: Callable[[str], str]) -> Sighting:
    canonical_url = first_key(identity_urls(sighting), key)
    return sighting if canonical_url == sighting.canonical_url else replace(sighting, canonical_url=canonical_url)


def _with_former(sighting: Sighting, key: Callable[[str], str]) -> Sighting:
    """The same with the canonical URLs of today for where it stood before."""
    if not sighting.former_urls:
        return sighting
    found = (FormerUrl(first_key(each.identity_urls, key), each.identity_urls) for each in sighting.former_urls)
    return replace(sighting, former_urls=tuple(found))


def _remembered(sighting: Sighting, key: Callable[[str], str]) -> Sighting:
    """The same for a sighting that did not keep its URLs: the address of its own that has its canonical URL, else that.

    Of the last kind are the few whose URL stood elsewhere (`feedburner:origLink`, a permalink of its own): other rules
    may join these, but never part them.
    """
    wanted = key(sighting.canonical_url)
    only = (sighting.canonical_url,) if sighting.canonical_url else ()
    for kept in (None, ("",), only):
        known = replace(sighting, identity_urls=kept, canonical_url=wanted)
        if first_key(identity_urls(known), key) == wanted:
            return known
    return sighting


def _former_rules(context: Context) -> Canonicalizer:
    """The rules of the last cycle, as far as they were the operator's."""
    told = json.loads(context.store.meta("rules.own") or "[]")
    try:
        return canonicalizer(tuple(RuleText(place, text) for place, text in told))
    except ConfigError:
        # an older program could read them
        return Canonicalizer.shipped()


class _Reasons:
    """Which rules gave sightings other canonical URLs than they had.

    `touched` has them by the URL that each left and by the one that it came to: who leaves a URL that one source gave
    to two titles lets the others join.
    """

    def __init__(self, touched: Mapping[str, Sequence[Sighting]], before: Canonicalizer, now: Canonicalizer) -> None:
        self.touched, self.before, self.now = touched, before, now

    def are_in(self, members: Sequence[Sighting]) -> bool:
        """Whether any sighting came to where one of these is, or left it."""
        return any(each.canonical_url in self.touched for each in members)

    def of(self, members: Sequence[Sighting]) -> tuple[str, ...]:
        """The rules, each once: those that act now and did not, then those that did and do not now."""
        added: dict[str, None] = {}
        gone: dict[str, None] = {}
        for url in dict.fromkeys(each.canonical_url for each in members):
            for each in self.touched.get(url, ())[:_MOST_ENTRIES]:
                now, before = self._steps(self.now, each), self._steps(self.before, each)
                added.update(dict.fromkeys(_named(step) for at, step in now.items() if at not in before))
                gone.update(dict.fromkeys(_named(step) for at, step in before.items() if at not in now))
        lost = [f"no longer {name}" for name in gone if name not in added]
        return (*added, *lost) or ("the rules that come with the program",)

    @staticmethod
    def _steps(rules: Canonicalizer, sighting: Sighting) -> Mapping[tuple[str, str], Step]:
        return {
            (step.rule, step.url): step for url in identity_urls(sighting) for step in rules.explain(url) if step.by
        }


def _named(step: Step) -> str:
    files = ", ".join(f"{each.name} in {each.file}" for each in step.by)
    return f"{step.rule} ({files})"


class _Telling:
    """What readers see join and part, for the report: counted, and the first of it one by one."""

    def __init__(self, context: Context, before: Unsettled, reasons: _Reasons) -> None:
        self.context, self.before, self.reasons = context, before, reasons

    def tell(self, groups: Sequence[Group]) -> None:
        """Comes after the settling: the ids of today are asked of the store."""
        report = self.context.report
        parts: dict[int, list[Group]] = {}
        for group in groups:
            live = tuple(each for each in group if self.context.is_live(each))
            olds = {row for each in live if (row := self.old_row(each))}
            for row in olds:
                parts.setdefault(row, []).append(live)
            if len(olds) > 1 and self.reasons.are_in(live):
                report.joins += 1
                self.note("join", live, self.joined(live))
        for row, found in parts.items():
            members = [each for live in found for each in live]
            if len(found) > 1 and self.reasons.are_in(members):
                report.parts += 1
                self.note("part", members, self.parted(row, found))

    def old_row(self, sighting: Sighting) -> int:
        """The entry under which readers saw it; 0 where they saw none."""
        row = self.before.entry_of.get(sighting.row, 0)
        return row if row and self.before.entries[row].is_live else 0

    def note(
        self, what: Literal["join", "part"], members: Sequence[Sighting], entries: Iterator[RegroupedEntry]
    ) -> None:
        regrouped = self.context.report.regrouped
        if len(regrouped) < _MOST_TOLD:
            told = tuple(islice(entries, _MOST_ENTRIES))
            regrouped.append(Regrouped(what, told, self.reasons.of(members[:_MOST_ENTRIES])))

    def joined(self, live: Group) -> Iterator[RegroupedEntry]:
        """The entries as they were, the one that goes on first."""
        of_old: dict[int, Sighting] = {}
        for each in live:
            of_old.setdefault(self.old_row(each), each)
        of_old.pop(0, None)
        ids = {row: self.before.entries[row].atom_id for row in of_old}
        stays = self.id_now(live[0])
        for row in sorted(of_old, key=lambda row: (ids[row] != stays, row)):
            yield self.entry(ids[row], of_old[row])

    def parted(self, row: int, groups: Sequence[Group]) -> Iterator[RegroupedEntry]:
        """The entries as they are now, the one that keeps the id first."""
        was = self.before.entries[row].atom_id
        parts = [
            self.entry(self.id_now(live[0]), next(each for each in live if self.old_row(each) == row))
            for live in groups
        ]
        yield from sorted(parts, key=lambda each: each.atom_id != was)

    def id_now(self, sighting: Sighting) -> str:
        entry = self.context.store.entry_of(sighting.row)
        assert entry is not None
        return entry.atom_id

    def entry(self, atom_id: str, sighting: Sighting) -> RegroupedEntry:
        whole = self.context.store.sightings_in([sighting.row])[sighting.row]
        return RegroupedEntry(atom_id, whole.title, whole.link, whole.canonical_url)
