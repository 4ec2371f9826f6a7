"""Answers about what the program knows, without changing anything: status and check (`explaining` has the third)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from finews_feeds.cycle.context import Context, Options, parse_queries
from finews_feeds.cycle.lists import state_of, with_listed
from finews_feeds.cycle.report import Report
from finews_feeds.cycle.rules import rule_faults
from finews_feeds.cycle.shown import shown_state
from finews_feeds.cycle.subscriptions import Subscription, Subscriptions
from finews_feeds.cycle.themes import theme_faults
from finews_feeds.errors import Fault
from finews_feeds.model import FindingKind, SourceCondition, SourceState
from finews_feeds.publish.rehearsal import RehearsalSite
from finews_feeds.settings import FeedSourceSettings, ListSettings, Settings
from finews_feeds.store import open_store
from finews_feeds.store.protocol import FeedRow


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one configured source is doing."""

    name: str
    url: str
    kind: str
    state: SourceState
    skipped: int = 0
    repaired: int = 0
    #: The list that it comes from, "" for the config itself.
    listed_by: str = ""
    #: Where a hub is to tell us of its changes.
    subscription: Subscription | None = None


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
        settings = with_listed(settings, store)
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
    subscriptions = {each.source: each for each in Subscriptions(context.store).all() if each.state != "leaving"}
    sources = [_posts_status(context, each.name, str(each.path)) for each in settings.posts]
    sources += [_list_status(context, each) for each in settings.lists]
    for each in settings.sources:
        state = context.states.get(each.name)
        if state is None or state.url != each.shown_url:
            state = SourceState(each.name, each.shown_url)
        state = shown_state(each, state)
        skipped = sum(finding.kind is FindingKind.SKIPPED for finding in state.findings)
        repaired = len(state.findings) - skipped
        sources.append(
            SourceStatus(
                each.name,
                each.shown_url,
                "feed",
                state,
                skipped,
                repaired,
                each.listed_by,
                subscriptions.get(each.name),
            )
        )
    return Status(tuple(sources), tuple(each for each in context.store.feeds() if each.path))


def _list_status(context: Context, listing: ListSettings) -> SourceStatus:
    state = state_of(listing, context.states)
    skipped = sum(finding.kind is FindingKind.SKIPPED for finding in state.findings)
    state = shown_state(FeedSourceSettings(listing.name, listing.url, listing.shown_place), state)
    return SourceStatus(listing.name, listing.shown_place, "list", state, skipped, len(state.findings) - skipped)


def _posts_status(context: Context, name: str, path: str) -> SourceStatus:
    findings = [finding for file in context.store.post_files(name).values() for finding in file.findings]
    skipped = sum(each.kind is not FindingKind.REPAIRED for each in findings)
    state = context.states.get(name) or SourceState(name, path)
    return SourceStatus(name, path, "posts", state, skipped, len(findings) - skipped)


def check(context: Context) -> tuple[Fault, ...]:
    """Everything that is wrong with sources, posts folders and published feeds; the config was checked before."""
    return (*_check_sources(context), *_check_files(context))


def check_rules(context: Context) -> tuple[Fault, ...]:
    """What is wrong with the operator's rules for canonical URLs, and with the theme: no build goes by it."""
    return (*rule_faults(context.settings.rules), *theme_faults(context.settings.output.theme))


def _check_sources(context: Context) -> Iterator[Fault]:
    for each in context.settings.posts:
        if not each.path.is_dir():
            yield Fault(str(each.path), "the folder is not there", f"make it, or mend posts.{each.name}.path")
    for source in status(context).sources:
        state = source.state
        if state.error and source.kind != "posts":
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
    if context.settings.output.archives and "atom" in context.settings.output.formats:
        from finews_feeds.cycle.check_archives import check_archives

        yield from check_archives(context, feeds, moves)
