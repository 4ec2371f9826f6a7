"""Where a source is asked: at the address of the config, or where permanent redirects have led for long enough.

One permanent redirect proves little: a maintenance page, a captive portal, a slip of the server's pen. So a target is
asked instead only after it was met several times over several days, and each time with a feed behind it
(`http.redirect_confirmations`, `http.redirect_period`). The config's address stays what the operator wrote; it is asked
again when the target has failed for as long, or says that it is gone. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from finews_feeds.cycle.shown import masked
from finews_feeds.model import Answer, Gone, SourceCondition, SourceState
from finews_feeds.settings import FeedSourceSettings, HttpSettings
from finews_feeds.sources.redirects import permanent_target

#: A target is given this long to come back, at least.
_SHORTEST_PATIENCE = timedelta(days=1)


def asked_url(source: FeedSourceSettings, state: SourceState | None) -> str:
    """The address to ask: the remembered one, else the config's; a state under another address says nothing."""
    if state is None or state.url != source.shown_url:
        return source.url
    return state.asked_url or source.url


def moved(
    http: HttpSettings, source: FeedSourceSettings, state: SourceState, answer: Answer, now: datetime
) -> SourceState:
    """The state that an answer came to, with what it says of the source's address."""
    if state.condition is not SourceCondition.OK:
        return _forgotten(state) if _has_failed(http, state, answer, now) else state
    target = permanent_target(answer.redirects)
    if not target:
        if (state.moved_to, state.moved_since, state.moved_times) == (state.asked_url, None, 0):
            return state
        return replace(state, moved_to=state.asked_url, moved_since=None, moved_times=0)
    if target != state.moved_to or state.moved_since is None:
        state = replace(state, moved_to=target, moved_since=now, moved_times=0)
    state = replace(state, moved_times=state.moved_times + 1)
    is_confirmed = state.moved_times >= http.redirect_confirmations and _since(state, now) >= http.redirect_period
    if not is_confirmed or not _may_be_stored(source, target):
        return state
    return replace(state, asked_url=target, moved_since=None, moved_times=0)


def _since(state: SourceState, now: datetime) -> timedelta:
    return now - (state.moved_since or now)


def _has_failed(http: HttpSettings, state: SourceState, answer: Answer, now: datetime) -> bool:
    """Whether the remembered target has had its time."""
    if not state.asked_url:
        return False
    failing = now - (state.failing_since or now)
    return isinstance(answer, Gone) or failing >= max(http.redirect_period, _SHORTEST_PATIENCE)


def _forgotten(state: SourceState) -> SourceState:
    return replace(state, asked_url="", moved_to="", moved_since=None, moved_times=0)


def _may_be_stored(source: FeedSourceSettings, target: str) -> bool:
    """Whether an address holds no secret of the source's, in whichever spelling the server handed it on."""
    if masked(source, target) != target:
        return False
    return source.url == source.shown_url or not urlsplit(target).query
