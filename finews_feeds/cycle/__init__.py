"""The spine: one cycle, called once or by the scheduler. Only this package imports the rooms.

    read posts, poll sources  ->  settle (what is one entry, where it stands)  ->  publish (what changed)

Each stage leaves a whole store behind and begins with what the store says is to be done; so a cycle that was ended at
any instruction is taken up by the next one, which ends in the bytes of an undisturbed one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import Context, Options, Progress, parse_queries
from finews_feeds.cycle.kinds import SourceKind, source_kinds
from finews_feeds.cycle.lists import with_listed
from finews_feeds.cycle.lock import lock_file, one_at_a_time
from finews_feeds.cycle.problems import publish_problems
from finews_feeds.cycle.publishing import publish
from finews_feeds.cycle.report import Report
from finews_feeds.cycle.rules import digest_of_rules
from finews_feeds.cycle.settle import settle
from finews_feeds.cycle.themes import check_theme
from finews_feeds.log import event
from finews_feeds.model import Finding, FindingKind, SourceCondition
from finews_feeds.publish.behind import BehindSite
from finews_feeds.publish.site import FolderSite, Site
from finews_feeds.publish.twins import TwinSite
from finews_feeds.settings import Settings
from finews_feeds.store import Store, open_store

if TYPE_CHECKING:
    from finews_feeds.publish.query import Query

__all__ = ["Options", "Progress", "Report", "lock_file", "run_cycle"]

Clock = Callable[[], datetime]


def _no_progress(stage: str, done: int, total: int) -> None:
    """Shows nothing."""


def run_cycle(settings: Settings, options: Options, clock: Clock, progress: Progress = _no_progress) -> Report:
    """One cycle; returns what it did.

    Raises StoreError or OutputError where the store or the output folder cannot be used, and ConfigError for a query
    that cannot be read; a post or source that cannot be read is in the report and stops nothing.
    """
    queries = parse_queries(settings)
    base = settings.file.absolute().parent
    if options.dry_run and not lock_file(settings).exists():
        from tempfile import TemporaryDirectory

        # nothing was ever built here, and a rehearsal leaves nothing behind, not even an empty store
        with TemporaryDirectory() as folder, closing(open_store("sqlite:///rehearsal.db", Path(folder))) as store:
            return _rehearse(settings, options, queries, store, clock, progress)
    with (
        one_at_a_time(lock_file(settings), lambda: progress("waiting for another run", 0, 1)),
        closing(open_store(settings.store_url, base)) as store,
    ):
        if options.dry_run:
            return _rehearse(settings, options, queries, store, clock, progress)
        with closing(BehindSite(_with_twins(FolderSite(settings.output.dir), settings))) as site:
            site.sweep()
            return _cycle(settings, options, queries, store, site, clock, progress)


def _rehearse(
    settings: Settings, options: Options, queries: Mapping[str, Query], store: Store, clock: Clock, progress: Progress
) -> Report:
    """A cycle of which nothing remains. It asks no source: the answers could not be kept, and would be asked again."""
    from finews_feeds.publish.rehearsal import RehearsalSite

    quiet = replace(options, offline=options.offline or not options.force)
    site = _with_twins(RehearsalSite(settings.output.dir), settings)
    with store.rehearsal():
        return _cycle(settings, quiet, queries, store, site, clock, progress)


def _with_twins(site: Site, settings: Settings) -> Site:
    return TwinSite(site, settings.output.compress)


def _cycle(
    settings: Settings,
    options: Options,
    queries: Mapping[str, Query],
    store: Store,
    site: Site,
    clock: Clock,
    progress: Progress,
) -> Report:
    now = clock()
    report = Report(started_at=now)
    settings = with_listed(settings, store)
    context = Context(settings, queries, store, site, now, options, progress, report, store.source_states())
    check_theme(context)
    _apply_config(context)

    kinds = source_kinds()
    local = [kind for kind in kinds if kind.is_local]
    distant = [kind for kind in kinds if not kind.is_local]

    def publish_local() -> None:
        context.now = clock()
        _gather(context, local)
        settle(context)
        publish(context)

    _gather(context, local)
    if context.report.posts_read and any(kind.is_due(context) for kind in distant):
        # posts are not kept waiting for other people's servers
        settle(context)
        publish(context)
    _gather(context, distant, publish_local)
    context.report.is_stopped = options.stopped()
    if not context.report.is_stopped:
        settle(context)
        publish(context)
        publish_problems(context)
    _report_waiting(context)
    states = (context.states.get(each.name) for each in settings.sources)
    context.report.source_states = Counter(str(each.condition if each else SourceCondition.NEW) for each in states)
    context.report.finished_at = clock()
    _log(context.report)
    return context.report


def _gather(context: Context, kinds: Iterable[SourceKind], meanwhile: Callable[[], None] = lambda: None) -> None:
    for kind in kinds:
        kind.gather(context, meanwhile)


def _apply_config(context: Context) -> None:
    """Has everything settled anew where the config, or the program, means it differently than in the last cycle.

    Where the rules for canonical URLs changed, what is known gets its canonical URLs, and its entries, in one
    transaction and before anything else: who comes in meets the others under the names of today.
    """
    meaning, rules = context.digest_of_meaning(), digest_of_rules(context.settings.rules)
    has_other_meaning = context.store.meta("meaning") != meaning
    has_other_rules = context.store.meta("rules") != rules
    if not has_other_meaning and not has_other_rules:
        return
    with context.store.transaction() as tx:
        if has_other_meaning:
            tx.unsettle()
            if not context.settings.near.is_on:
                tx.near().forget()
            tx.put_meta("meaning", meaning)
        if has_other_rules:
            from finews_feeds.cycle.renaming import rename

            rename(context, tx)
            tx.put_meta("rules", rules)


def _report_waiting(context: Context) -> None:
    """Lists the posts that wait for their date: no post is left out without a line."""
    zone = context.settings.site.timezone
    for each in context.store.waiting():
        if each.published_at is None or each.source not in context.names:
            continue
        context.report.due(each.published_at)
        context.report.entries_waiting += 1
        path = context.store.post_path(each.source, each.entry_id) or each.entry_id
        what = f"dated in the future, {each.published_at.astimezone(zone).isoformat(sep=' ')}"
        mend = "nothing to do: it is published when its time has come"
        context.report.post_findings.append(Finding(FindingKind.WITHHELD, path, 1, what, mend))


def _log(report: Report) -> None:
    for failed in report.sources_failed:
        if failed.is_fresh:
            event(
                logging.WARNING,
                "poll.failed",
                source=failed.name,
                url=failed.url,
                error=failed.error,
                next_poll_at=failed.next_poll_at,
            )
    for held in report.sources_held:
        if held.is_fresh:
            event(logging.WARNING, "poll.held", source=held.name, url=held.url, why=held.error)
    event(
        logging.INFO,
        "cycle.done",
        posts_read=report.posts_read,
        polled=report.sources_polled,
        entries_changed=report.entries_changed,
        files_written=len(report.files_written),
        next_due_at=report.next_due_at,
    )
