"""Answers about what the program knows, without changing anything: status, explain, check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from finews_feeds.cycle.context import Context, Options, parse_queries
from finews_feeds.cycle.report import Report
from finews_feeds.cycle.rules import canonicalizer, rule_faults
from finews_feeds.cycle.shown import shown_state
from finews_feeds.errors import Fault
from finews_feeds.model import FindingKind, Sighting, SourceCondition, SourceState
from finews_feeds.normalize.merge import in_order, is_own_site
from finews_feeds.normalize.sighting import identity_urls
from finews_feeds.normalize.urls import Step, is_home_page
from finews_feeds.publish.rehearsal import RehearsalSite
from finews_feeds.publish.slugs import feed_path
from finews_feeds.settings import Settings
from finews_feeds.store import Store, open_store
from finews_feeds.store.protocol import EntryRow, FeedRow


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one configured source is doing."""

    name: str
    url: str
    kind: str
    state: SourceState
    skipped: int = 0
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """How everything is doing."""

    sources: tuple[SourceStatus, ...]
    feeds: tuple[FeedRow, ...]


@contextmanager
def asking(settings: Settings, now: datetime) -> Iterator[Context]:
    """The store opened for reading, with everything that the answers need."""
    store = open_store(settings.store_url, settings.file.absolute().parent)
    try:
        site = RehearsalSite(settings.output.dir)
        report = Report(started_at=now)
        yield Context(
            settings,
            parse_queries(settings),
            store,
            site,
            now,
            Options(),
            lambda *_: None,
            report,
            store.source_states(),
        )
    finally:
        store.close()


def status(context: Context) -> Status:
    """Every configured source, and every feed ever published."""
    settings = context.settings
    sources = [_posts_status(context, each.name, str(each.path)) for each in settings.posts]
    for each in settings.sources:
        state = context.states.get(each.name)
        if state is None or state.url != each.shown_url:
            state = SourceState(each.name, each.shown_url)
        state = shown_state(each, state)
        skipped = sum(finding.kind is FindingKind.SKIPPED for finding in state.findings)
        repaired = len(state.findings) - skipped
        sources.append(SourceStatus(each.name, each.shown_url, "feed", state, skipped, repaired))
    return Status(tuple(sources), tuple(each for each in context.store.feeds() if each.path))


def _posts_status(context: Context, name: str, path: str) -> SourceStatus:
    findings = [finding for file in context.store.post_files(name).values() for finding in file.findings]
    skipped = sum(each.kind is not FindingKind.REPAIRED for each in findings)
    state = context.states.get(name) or SourceState(name, path)
    return SourceStatus(name, path, "posts", state, skipped, len(findings) - skipped)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an entry is what it is; `entry` is None where nothing is known under what was asked."""

    asked: str
    canonical_url: str
    steps: tuple[Step, ...]
    #: Why the URL is no key although it is a URL; "" where it is one.
    refused: str
    entry: EntryRow | None = None
    #: The leader first; then those that no longer stand.
    sightings: tuple[Sighting, ...] = ()
    #: Why the first of them leads.
    why: str = ""
    feeds: tuple[str, ...] = ()
    #: Where `[near]` is on: what tells the same story under another URL, the most alike first.
    near: tuple[Relation, ...] = ()


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


def explain(context: Context, asked: str) -> Explanation:
    """What is known of an article by its URL, or of an entry by its atom:id."""
    store = context.store
    rules = canonicalizer(context.settings.rules)
    steps, canonical = rules.explain(asked), rules.canonical(asked)
    refused = "it is the home page of a site, which many entries may name" if is_home_page(canonical) else ""
    entry = store.entry(asked) or _entry_of(store, store.sightings_at(canonical))
    entry = entry or _entry_of(store, store.sightings_linking(asked))
    if entry is None:
        return Explanation(asked, canonical, steps, refused)
    carriers = context.carriers()
    known = store.sightings_of([entry.row])[entry.row]
    if canonical != entry.key:
        # asked by its id, or by an address that is no key: the steps are those of the address that is
        addresses = [url for each in known for url in identity_urls(each) if url]
        url = next((url for url in addresses if rules.canonical(url) == entry.key), "")
        steps, canonical = rules.explain(url), rules.canonical(url)
    live = in_order((each for each in known if context.is_live(each)), carriers)
    gone = tuple(each for each in known if each not in live)
    # the slug is asked of the row: a feed keeps the path under which it was first published
    paths = {each.key: each.path or feed_path(each.key, context.settings.output.slugs) for each in store.feeds()}
    feeds = tuple(sorted(paths[key] + ".xml" for key in store.feeds_of(entry.row) if key in paths))
    near = tuple(_relations(context, entry, live)) if context.settings.near.is_on else ()
    return Explanation(asked, canonical, steps, refused, entry, live + gone, _why(context, live), feeds, near)


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


def _entry_of(store: Store, sightings: Iterable[Sighting]) -> EntryRow | None:
    found = (store.entry_of(each.row) for each in sightings)
    return next((each for each in found if each is not None and each.is_live), None)


def _why(context: Context, live: tuple[Sighting, ...]) -> str:
    """The first rule that set the leader apart from the next (DESIGN §4)."""
    if not live:
        return "no source stands behind it any more"
    if len(live) == 1:
        return "it is the only one"
    leader, following = live[0], live[1]
    carriers = context.carriers()
    one, two = carriers[leader.source], carriers[following.source]
    if leader.is_post != following.is_post:
        return "a local post leads"
    if is_own_site(leader, one) != is_own_site(following, two):
        return "it comes from the article's own site"
    if one.rank != two.rank:
        return f"its rank is lower ({one.rank} against {two.rank})"
    if leader.published_at != following.published_at:
        return "it was published first"
    return "its id is the smaller one"


def check(context: Context) -> tuple[Fault, ...]:
    """Everything that is wrong with sources, posts folders and published feeds; the config was checked before."""
    return (*_check_sources(context), *_check_files(context))


def check_rules(context: Context) -> tuple[Fault, ...]:
    """Everything that is wrong with the operator's rules for canonical URLs: no build goes by them as they are."""
    return rule_faults(context.settings.rules)


def _check_sources(context: Context) -> Iterator[Fault]:
    for each in context.settings.posts:
        if not each.path.is_dir():
            yield Fault(str(each.path), "the folder is not there", f"make it, or mend posts.{each.name}.path")
    for source in status(context).sources:
        state = source.state
        if state.error and source.kind == "feed":
            yield Fault(f"{source.name}: {source.url}", state.error, state.mend)
        if state.moved_to and state.condition is SourceCondition.OK:
            mend = f"write the new address into sources.{source.name}.url"
            yield Fault(f"{source.name}: {source.url}", f"it has moved to {state.moved_to}", mend)


def _check_files(context: Context) -> Iterator[Fault]:
    from finews_feeds.cycle.moved_feeds import Moves
    from finews_feeds.cycle.old_addresses import OldAddresses
    from finews_feeds.publish.check import CHECKS
    from finews_feeds.publish.formats import suffix_of
    from finews_feeds.publish.slugs import address

    site = context.settings.site
    feeds = context.store.feeds()
    moves = Moves(context, feeds, OldAddresses(context).by_path)
    for feed in feeds:
        for name in context.settings.output.formats if feed.path and moves.is_standing(feed) else ():
            path = feed.path + suffix_of(name)
            data = context.site.read(path)
            if data is None:
                yield Fault(str(context.settings.output.dir / path), "the file is missing", "run `finews-feeds build`")
                continue
            yield from CHECKS[name](data, address(site.url, path), str(context.settings.output.dir / path))
