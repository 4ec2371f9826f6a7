"""Which sources are due, and which stand failing; `polling` asks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.report import FailedSource
from finews_feeds.model import SourceCondition, SourceState
from finews_feeds.settings import FeedSourceSettings

_NOT_ASKED = (SourceCondition.GONE, SourceCondition.PAUSED)


class PolledFeeds:
    """The `[[sources]]` of the config, see `kinds.SourceKind`: each asked when the store says that it is due."""

    is_local = False

    def is_due(self, context: Context) -> bool:
        """Whether any source is to be asked in this cycle."""
        return bool(_due(context))

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Asks what is due, all at once but politely, and records each answer as it comes in."""
        due = _due(context)
        if due:
            from finews_feeds.cycle.polling import poll

            poll(context, due, meanwhile)
        _report_failing(context, {each.name for each in due})
        _note_next_poll(context)


def _due(context: Context) -> list[FeedSourceSettings]:
    """The sources to ask in this cycle, in the order of the config; none with `offline`."""
    return [] if context.options.offline else [each for each in context.settings.sources if is_due(each, context)]


def is_due(settings: FeedSourceSettings, context: Context) -> bool:
    """Whether a source is to be asked in this cycle; one whose address the operator changed is asked at once."""
    state = context.states.get(settings.name)
    if not settings.enabled or (state and state.condition is SourceCondition.PAUSED):
        return False
    if state is None or state.url != settings.shown_url or context.options.force:
        return True
    if state.condition in _NOT_ASKED:
        return False
    return state.next_poll_at is None or state.next_poll_at <= context.now


def _report_failing(context: Context, asked: set[str]) -> None:
    """Lists every configured source that stands failing, and what is odd in the last document of each.

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
        context.report.sources_failed.append(failed)


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
