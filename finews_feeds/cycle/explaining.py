"""Why an entry is what it is: its URL, its sightings, its leader, its feeds, and all that was refused on the way.

Everything is looked up by an index and bounded, so that an answer takes the same few milliseconds whatever the store
holds. What was decided is told by asking the very functions that decided it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Literal
from urllib.parse import urlsplit

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.lookup import MOST_AT_ONE_URL, find, sightings_clicked
from finews_feeds.cycle.refusing import Refusal, refusals
from finews_feeds.cycle.rules import canonicalizer
from finews_feeds.model import Carrier, FeedKind, Override, Sighting, TermKind
from finews_feeds.normalize.hand import terms as published_terms
from finews_feeds.normalize.merge import deciding, in_order, is_own_site
from finews_feeds.normalize.sighting import identity_urls
from finews_feeds.normalize.urls import Canonicalizer, Step, is_home_page
from finews_feeds.publish.slugs import feed_path
from finews_feeds.store.protocol import EntryRow, FeedRow

State = Literal["leads", "stands", "withdrawn", "waiting", "not configured"]

#: How many neighbours are shown of a URL that nothing stands under.
_MOST_NEAR = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting, and what it counts for."""

    sighting: Sighting
    state: State


@dataclass(frozen=True, slots=True)
class Lead:
    """Why the leader leads: the first of DESIGN §4's criteria in which it differs from the next."""

    #: In words.
    why: str
    #: One of `merge.CRITERIA`; "" where there is nothing to decide.
    rule: str = ""
    #: What the leader and the next have there.
    values: tuple[object, object] | None = None
    #: The source of the next; "" where there is none.
    following: str = ""
    #: False where none of the sightings counts.
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A feed that the entry stands in, and every reason that puts it there."""

    path: str
    row: FeedRow
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Something that stands under a URL like the one that was asked for."""

    url: str
    title: str
    atom_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Two sightings that tell one story: one of the entry's, and another one."""

    source: str
    other: Sighting
    #: Jaccard similarity of their shingles, 0.7 to 1.
    alike: float
    #: Whether both are one entry; else that of the other one.
    is_joined: bool
    atom_id: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an entry is what it is; `entry` is None where none stands under what was asked."""

    asked: str
    canonical_url: str
    steps: tuple[Step, ...]
    #: Why the URL is no key although it is a URL; "" where it is one.
    refused: str
    entry: EntryRow | None = None
    #: The leader first; then those that do not count, by (source, entry_id).
    sightings: tuple[Seen, ...] = ()
    lead: Lead = Lead("none of them counts", counts=False)
    feeds: tuple[Placed, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    #: What the operator said that concerns it.
    overrides: tuple[Override, ...] = ()
    nearest: tuple[Near, ...] = ()
    #: Where `[near]` is on: what tells the same story under another URL, the most alike first.
    near: tuple[Relation, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """The names of all sources that say something of it."""
        return frozenset(each.sighting.source for each in self.sightings).union(each.other.source for each in self.near)


def explain(context: Context, asked: str) -> Explanation:
    """What is known of an article by its URL, or of an entry by its atom:id."""
    store = context.store
    rules = canonicalizer(context.settings.rules)
    canonical, steps = rules.canonical(asked), rules.explain(asked)
    refused = "it is the home page of a site, which many entries may name" if is_home_page(canonical) else ""
    met = next(iter(find(context, asked)), None)
    if met is None:
        return _unknown(context, Explanation(asked, canonical, steps, refused))
    known = store.sightings_of([met.entry.row]).get(met.entry.row, ())
    carriers = context.carriers({each.source for each in known})
    live = in_order((each for each in known if context.is_live(each)), carriers)
    ordered = live + tuple(each for each in known if each not in live)
    if ordered and ordered[0].canonical_url and canonical not in urls_of(known):
        # asked by its id, or by an address that is no key: the steps are those of the address that is
        canonical, steps = _key(rules, ordered[0])
    said = _words(store.overrides(), ordered, met.entry.atom_id)
    return Explanation(
        asked,
        canonical,
        steps,
        refused,
        met.entry,
        tuple(Seen(each, state_of(context, each, is_leader=each in live[:1])) for each in ordered),
        _lead(live, carriers),
        tuple(_placed(context, row, live, carriers) for row in store.feed_rows_of(met.entry.row)),
        refusals(context, met.entry, ordered, carriers, said),
        said,
        near=tuple(_relations(context, met.entry, live)) if context.settings.near.is_on else (),
    )


def state_of(context: Context, sighting: Sighting, is_leader: bool = False) -> State:
    """What a sighting counts for now."""
    if sighting.gone_at is not None:
        return "withdrawn"
    if sighting.source not in context.names:
        return "not configured"
    if context.must_wait(sighting):
        return "waiting"
    return "leads" if is_leader else "stands"


def urls_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """The canonical URLs that sightings have, or had before they moved."""
    return frozenset(
        url for each in sightings for url in (each.canonical_url, *(once.canonical_url for once in each.former_urls))
    )


def _key(rules: Canonicalizer, leader: Sighting) -> tuple[str, tuple[Step, ...]]:
    """A sighting's canonical URL, and the steps from the address of its that leads there."""
    urls = (*identity_urls(leader), leader.via, leader.link)
    origin = next((url for url in urls if url and rules.canonical(url) == leader.canonical_url), "")
    return leader.canonical_url, rules.explain(origin) if origin else ()


def _words(said: tuple[Override, ...], known: tuple[Sighting, ...], atom_id: str) -> tuple[Override, ...]:
    names = {(each.source, each.entry_id) for each in known}
    return tuple(
        word
        for word in said
        if not names.isdisjoint((word.one, *word.others)) or atom_id in (word.atom_id, word.other_id)
    )


# --- who leads --------------------------------------------------------------------------------------------------------


def _lead(live: tuple[Sighting, ...], carriers: Mapping[str, Carrier]) -> Lead:
    if not live:
        return Lead("no source stands behind it any more", counts=False)
    if len(live) == 1:
        return Lead("it is the only one")
    rule = deciding(live[0], live[1], carriers)
    one, two = (_value(rule, each, carriers[each.source]) for each in live[:2])
    return Lead(_REASONS[rule], rule, (one, two), live[1].source)


_REASONS = {
    "local post": "a local post leads",
    "own site": "it comes from the article's own site",
    "rank": "its rank is lower",
    "published": "it was published first",
    "entry id": "its id is the smaller one",
    "source": "the name of its source is the smaller one",
}


def _value(rule: str, sighting: Sighting, carrier: Carrier) -> bool | int | str | datetime | None:
    if rule == "local post":
        return sighting.is_post
    if rule == "own site":
        return is_own_site(sighting, carrier)
    if rule == "rank":
        return carrier.rank
    if rule == "published":
        return sighting.published_at
    return sighting.entry_id if rule == "entry id" else sighting.source


# --- where it stands --------------------------------------------------------------------------------------------------


def _placed(context: Context, row: FeedRow, live: tuple[Sighting, ...], carriers: Mapping[str, Carrier]) -> Placed:
    # a feed keeps the path under which it was first published
    path = row.path or feed_path(row.key, context.settings.output.slugs)
    because = tuple(dict.fromkeys(_because(context, row, live, carriers)))
    outdated = "it stood here when it was last settled; the config has changed, and the next build settles it anew"
    return Placed(f"{path}.xml", row, because or (outdated,))


def _because(context: Context, row: FeedRow, live: tuple[Sighting, ...], carriers: Mapping[str, Carrier]) -> list[str]:
    kind, key = row.key.kind, row.key.key
    if kind is FeedKind.ALL:
        return ["every entry stands here"]
    if kind is FeedKind.SOURCE:
        return [f"{key} carries it" for each in live if each.source == key]
    if kind is FeedKind.QUERY:
        return [f"it matches the query {each.query}" for each in context.settings.feeds if each.name == key]
    found = []
    for each in live:
        carrier = carriers[each.source]
        found += _of_own_terms(each, carrier, TermKind(kind.value), key)
        found += [
            f'the config gives the {kind} "{given.label}" to all of {each.source}'
            for given in carrier.terms
            if (given.kind, given.key) == (TermKind(kind.value), key)
        ]
    return found


def _of_own_terms(sighting: Sighting, carrier: Carrier, kind: TermKind, key: str) -> list[str]:
    """The terms of a sighting that come out as this one, under their own name or by an alias."""
    found = []
    for said in sighting.terms:
        for shown in published_terms(replace(sighting, terms=(said,)), carrier):
            if (shown.kind, shown.key) == (kind, key):
                alias = f', which is "{shown.label}" by an alias of the config' if said.key != key else ""
                found.append(f'{sighting.source} gives it the {kind} "{said.label}"{alias}')
    return found


# --- what tells the same story ---------------------------------------------------------------------------------------


def _relations(context: Context, entry: EntryRow, live: tuple[Sighting, ...]) -> Iterator[Relation]:
    """What each other sighting is to the entry, by its closest tie, the most alike first."""
    store = context.store
    ties = store.near().ties(each.row for each in live)
    others = store.sightings_in({row for found in ties.values() for row in found})
    shown: set[int] = set()
    found = [(-alike, own.source, own, others[row]) for own in live for row, alike in ties.get(own.row, {}).items()]
    for alike, _, own, other in sorted(found, key=lambda each: (each[0], each[1], each[3].source, each[3].entry_id)):
        its_entry = store.entry_of(other.row)
        if its_entry is None or other.row in shown:
            continue
        is_joined = its_entry.row == entry.row
        shown.update((own.row, other.row) if is_joined else (other.row,))
        yield Relation(own.source, other, -alike, is_joined, its_entry.atom_id)


# --- where nothing stands ---------------------------------------------------------------------------------------------


def _unknown(context: Context, found: Explanation) -> Explanation:
    """What there is all the same: sightings that are no entry, why, and what stands under URLs like this one."""
    store, canonical = context.store, found.canonical_url
    if found.refused:
        return found
    at = store.sightings_at(canonical, MOST_AT_ONE_URL)
    seen = tuple({each.row: each for each in (*at, *sightings_clicked(store, found.asked, canonical))}.values())
    carriers = context.carriers({each.source for each in seen})
    return replace(
        found,
        sightings=tuple(Seen(each, state_of(context, each)) for each in seen),
        refusals=refusals(context, None, seen, carriers, ()),
        overrides=_words(store.overrides(), seen, found.asked),
        nearest=_nearest(context, canonical) if canonical else (),
    )


def _nearest(context: Context, canonical: str) -> tuple[Near, ...]:
    """The standing entries of the same site whose canonical URLs have the longest beginning in common with this one."""
    asked = urlsplit(canonical)
    found = []
    for each in context.store.sightings_near(canonical, _MOST_NEAR):
        entry, url = context.store.entry_of(each.row), urlsplit(each.canonical_url)
        if entry is None or not entry.is_live or url.netloc != asked.netloc:
            continue
        begins = _common_beginning(each.canonical_url, canonical)
        why = f"its address begins alike: {begins}"
        if (url.path, url.fragment) == (asked.path, asked.fragment):
            why = f"the same page with other parameters: {url.query or 'none'}"
        found.append((-len(begins), Near(each.canonical_url, each.title, entry.atom_id, why)))
    return tuple(near for _, near in sorted(found, key=lambda pair: (pair[0], pair[1].url)))[:_MOST_NEAR]


def _common_beginning(one: str, other: str) -> str:
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
