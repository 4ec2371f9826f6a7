"""Which sources are due, and which stand failing; `asking` asks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.report import FailedSource
from finews_feeds.model import SourceCondition, SourceState
from finews_feeds.settings import FeedSourceSettings
from finews_feeds.sources.local_file import is_file

#: A cycle that took this long is no pause.
_SHORTEST_PAUSE = timedelta(minutes=1)
_NOT_ASKED = (SourceCondition.GONE, SourceCondition.PAUSED)


class PolledFeeds:
    """The `[[sources]]` of the web, see `kinds.SourceKind`: each asked when the store says that it is due."""

    is_local = False

    def is_due(self, context: Context) -> bool:
        """Whether any source is to be asked in this cycle."""
        return bool(due_sources(context))

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Asks what is due, all at once but politely, and records each answer as it comes in."""
        _spread_overdue(context)
        due = due_sources(context)
        if due:
            from finews_feeds.cycle.asking import poll

            poll(context, due, meanwhile)
        # files were read before: what is said of them is new where their state is of this cycle
        _report_failing(context, {each.name for each in due} | _read_now(context))
        _note_next_poll(context)


def _spread_overdue(context: Context) -> None:
    """Has the sources that were missed by more than a whole interval asked one after another over the next one.

    So many are due at once after a pause alone: the daemon was down, the machine asleep. A one-shot has no later.
    """
    options = context.options
    if not options.again or options.force or options.offline:
        return
    missed = [each for each in context.settings.sources if _is_missed(each, context)]
    if len(missed) < 2:
        return
    from finews_feeds.sources.freshness import spread

    with context.store.transaction() as tx:
        for each in missed:
            at = context.now + spread(each.name, each.interval)
            context.states[each.name] = replace(context.states[each.name], next_poll_at=at)
            tx.put_source_state(context.states[each.name])


def _is_missed(source: FeedSourceSettings, context: Context) -> bool:
    state = context.states.get(source.name)
    if state is None or state.url != source.shown_url or state.next_poll_at is None or not is_due(source, context):
        return False
    return context.now - state.next_poll_at > max(source.interval, _SHORTEST_PAUSE)


def due_sources(context: Context, *, files: bool = False) -> list[FeedSourceSettings]:
    """The sources to ask in this cycle, or the `files` to read, in the order of the config; none with `offline`."""
    listed = (each for each in context.settings.sources if is_file(each.url) == files)
    return [] if context.options.offline else [each for each in listed if is_due(each, context)]


def is_due(settings: FeedSourceSettings, context: Context) -> bool:
    """Whether a source is to be asked in this cycle; one whose address the operator changed is asked at once."""
    state = context.states.get(settings.name)
    if not settings.enabled or (state and state.condition is SourceCondition.PAUSED):
        return False
    if state is None or state.url != settings.shown_url:
        return True
    if state.condition in _NOT_ASKED:
        return False
    if context.options.force:
        return True
    return state.next_poll_at is None or state.next_poll_at <= context.now


def _report_failing(context: Context, asked: set[str]) -> None:
    """Lists every configured source that stands failing or is held back, and what is odd in the last document of each.

    Asked now or not: a silent failure is a lost source.
    """
    for each in context.settings.sources:
        state = context.states.get(each.name)
        if state is None:
            continue
        context.report.source_findings += [(each.name, finding) for finding in state.findings]
        if not state.error or not each.enabled:
            continue
        failed = FailedSource(
            each.name, each.shown_url, state.error, state.mend, state.next_poll_at, each.name in asked
        )
        if state.failures:
            context.report.sources_failed.append(failed)
        if state.condition is SourceCondition.QUARANTINED:
            context.report.sources_held.append(failed)


def _read_now(context: Context) -> set[str]:
    states = (context.states.get(each.name) for each in context.settings.sources if is_file(each.url))
    return {state.name for state in states if state is not None and state.last_poll_at == context.now}


def _note_next_poll(context: Context) -> None:
    for each in context.settings.sources:
        at = _next_poll(each, context.states)
        if at is not None:
            context.report.due(at)


def _next_poll(settings: FeedSourceSettings, states: Mapping[str, SourceState]) -> datetime | None:
    state = states.get(settings.name)
    if state is None or not settings.enabled or state.condition in _NOT_ASKED:
        return None
    return state.next_poll_at
