"""How a source is doing beyond its state: since when it has had nothing new, and what asking it has cost. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from finews_feeds.model import SourceCondition, SourceState

#: A silence is remarkable where it is as long as this many of the source's usual distances between entries …
_USUAL_DISTANCES = 10
#: … and never before this.
_SHORTEST_SILENCE = timedelta(days=30)


def silent_since(state: SourceState) -> datetime | None:
    """The date of its newest entry; of entries without dates, when the document last had something new.

    Dates that lay ahead when it was last asked tell nothing. None where it never had anything.
    """
    asked_at = state.last_poll_at
    told = [at for at in state.entry_times if asked_at is None or at <= asked_at]
    return max(told, default=state.last_change_at)


def is_silent(state: SourceState, now: datetime) -> bool:
    """Whether a source that answers has said nothing new for far longer than it used to.

    It is asked: of one that fails or is paused, silence tells nothing new.
    """
    since = silent_since(state)
    if state.condition is not SourceCondition.OK or since is None:
        return False
    times = sorted(at for at in state.entry_times if at <= since)
    distances = sorted(newer - older for older, newer in pairwise(times))
    usual = distances[len(distances) // 2] if distances else timedelta(0)
    return now - since >= max(_SHORTEST_SILENCE, usual * _USUAL_DISTANCES)


def gone_since(state: SourceState) -> datetime | None:
    """When it was retired: it has not been asked since it said that it is gone for good; None where it has not."""
    return state.last_poll_at if state.condition is SourceCondition.GONE else None


def not_modified_share(state: SourceState) -> float | None:
    """Which part of all requests was answered with 304, from 0 to 1; None where none was made."""
    return round(state.not_modified / state.polls, 4) if state.polls else None
