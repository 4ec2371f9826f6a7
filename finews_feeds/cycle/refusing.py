"""What was refused when an entry was decided, and why: addresses that are no key, terms, ids, sightings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.lookup import MOST_AT_ONE_URL
from finews_feeds.cycle.rules import canonicalizer
from finews_feeds.model import Carrier, Override, OverrideKind, Sighting
from finews_feeds.normalize.hand import terms as published_terms
from finews_feeds.normalize.identity import sharers
from finews_feeds.normalize.overrides import held_along, name_of
from finews_feeds.normalize.sighting import identity_urls
from finews_feeds.normalize.urls import is_home_page
from finews_feeds.store.protocol import EntryRow

#: Of a kind; a URL may be shared by thousands.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was said and does not count, or not so."""

    #: "url", "sighting", "term" or "id".
    kind: str
    #: Which one: a URL, a sighting's source and id, a term, an id.
    what: str
    why: str


def refusals(
    context: Context,
    entry: EntryRow | None,
    known: Sequence[Sighting],
    carriers: Mapping[str, Carrier],
    said: Sequence[Override],
) -> tuple[Refusal, ...]:
    """Everything that was refused of these sightings, which are an entry, or none where `entry` is None."""
    found = [*_sightings(context, known), *_no_keys(context, known)]
    if entry is not None:
        found += [*_apart(context, entry, known, said), *_ids(context, entry, known)]
    for each in known:
        found += _terms(each, carriers[each.source]) if context.is_live(each) else ()
    return tuple(dict.fromkeys(found))


def named(sighting: Sighting) -> str:
    """A sighting for people: its source and its id, in one line."""
    return f"{sighting.source} ({' '.join(sighting.entry_id.split())})"


def _sightings(context: Context, known: Sequence[Sighting]) -> Iterator[Refusal]:
    zone = context.settings.site.timezone
    for each in known:
        if each.gone_at is not None:
            yield Refusal("sighting", named(each), f"withdrawn on {each.gone_at.astimezone(zone):%Y-%m-%d %H:%M:%S}")
        elif each.source not in context.names:
            yield Refusal("sighting", named(each), "its source is in the config no more")
        elif each.published_at and context.must_wait(each):
            at = f"{each.published_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            yield Refusal("sighting", named(each), f"dated in the future: it waits until {at}")


def _no_keys(context: Context, known: Sequence[Sighting]) -> Iterator[Refusal]:
    """Why a sighting has no canonical URL: then only its own source can say that another is the same."""
    rules = canonicalizer(context.settings.rules)
    for each in known:
        if each.canonical_url:
            continue
        urls = [url for url in dict.fromkeys((*identity_urls(each), each.via, each.link)) if url]
        if not urls:
            yield Refusal("url", named(each), "it has no link at all, and so no canonical URL")
        for url in urls:
            canonical = rules.canonical(url)
            why = (
                "it is no http URL with a host" if not canonical else "its source does not name it as the article's own"
            )
            if is_home_page(canonical):
                why = "it is the home page of a site, which many entries may name"
            yield Refusal("url", url, f"never a key: {why}")


def _apart(context: Context, entry: EntryRow, known: Sequence[Sighting], said: Sequence[Override]) -> Iterator[Refusal]:
    """Sightings under one of the entry's URLs that are not this entry."""
    here = {each.row for each in known}
    stood = [each.canonical_url for one in known for each in one.former_urls]
    for url in dict.fromkeys((*(each.canonical_url for each in known), *stood)):
        store = context.store
        at = (*store.sightings_at(url, MOST_AT_ONE_URL), *store.sightings_once_at(url, MOST_AT_ONE_URL)) if url else ()
        others = [each for each in at if each.row not in here]
        shared = sharers(at)
        if others and shared:
            names = ", ".join(shared)
            yield Refusal("url", url, f"no key alone: {names} shows several entries with other titles under it")
        for each in others[:_MOST]:
            other = context.store.entry_of(each.row)
            whose = f"it is {other.atom_id}" if other and other.row != entry.row else "it is no entry now"
            yield Refusal("sighting", named(each), f"kept apart, {whose}: {_why_apart(each, at, known, said, shared)}")
        if len(others) > _MOST:
            yield Refusal("url", url, f"{len(others) - _MOST} more sightings under it, or more, are kept apart")


def _why_apart(
    other: Sighting,
    at: Sequence[Sighting],
    known: Sequence[Sighting],
    said: Sequence[Override],
    shared: tuple[str, ...],
) -> str:
    names = {name_of(each) for each in known}
    name = name_of(other)
    along = held_along(said, [(*known, *at)])
    for word in said:
        parted = {word.one, *(each for each, words in along.items() if word in words)}
        is_between = (not names.isdisjoint(parted) and name in word.others) or (
            name in parted and not names.isdisjoint(word.others)
        )
        if word.kind is OverrideKind.SPLIT and is_between:
            return f"you split them (override {word.row})"
    if shared:
        return f'its title is "{other.title}", and under a shared URL only equal titles are one'
    if other.gone_at is not None:
        return "it was withdrawn before it stood in any feed"
    if other.canonical_url not in {each.canonical_url for each in known}:
        return "one of them has moved, and one source shows both apart"
    return "the next build settles it"


def _ids(context: Context, entry: EntryRow, known: Sequence[Sighting]) -> Iterator[Refusal]:
    for each in known:
        own = each.own_atom_id
        if own and own != entry.atom_id:
            other = context.store.entry(own)
            why = "the entry had its id before, and keeps it"
            if other is not None:
                why = "it is another entry's" if other.is_live else "it was another entry's, and is never given again"
            yield Refusal("id", own, f"{named(each)}: {why}")
        if not each.is_post and "\n" in each.entry_id:
            given = each.entry_id.partition("\n")[0]
            yield Refusal("id", given, f"{each.source} gives it to several entries; this one is known by id and URL")


def _terms(sighting: Sighting, carrier: Carrier) -> Iterator[Refusal]:
    for said in sighting.terms:
        shown = published_terms(replace(sighting, terms=(said,)), carrier)
        spelled = f'{said.kind} "{said.label}"'
        if not shown:
            yield Refusal("term", spelled, f"the config drops it from {sighting.source}")
        elif shown[0].key != said.key:
            why = f'the config has {sighting.source} call it "{shown[0].label}"'
            yield Refusal("term", spelled, why)
