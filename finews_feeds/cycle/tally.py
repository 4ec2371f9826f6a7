"""What the cycles of a daemon came to, as numbers that its server shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from finews_feeds.cycle.report import Report
from finews_feeds.model import SourceCondition
from finews_feeds.serve.metrics import Measure

#: A cycle that tells of no progress for so long hangs. Everything that it waits for gives up sooner.
PATIENCE = timedelta(minutes=15)


class CycleTally:
    """Sums over all cycles, and what the last one found; written by one thread, read by another."""

    def __init__(self) -> None:
        self._last: Report | None = None
        self._cycles = self._failures = self._polls = self._entries = self._files = 0
        #: The last sign of life, or, between two cycles, when there will be the next; None before the first.
        self._alive_at: datetime | None = None
        self._failing_since: datetime | None = None

    def note_alive(self, at: datetime) -> None:
        """Notes that a cycle begins, or has done some more of its work."""
        self._alive_at = at

    def count(self, report: Report, due_at: datetime) -> None:
        """Counts a cycle that was done; the next one is due then."""
        self._last = report
        self._alive_at = due_at
        self._failing_since = None
        self._cycles += 1
        self._polls += report.sources_polled
        self._entries += report.entries_changed
        self._files += len(report.files_written)

    def count_failure(self, at: datetime) -> None:
        """Counts a cycle that could not use the store or the output."""
        self._failures += 1
        self._failing_since = self._failing_since or at

    def trouble(self, now: datetime) -> str:
        """What is wrong with the cycles; "" while nothing is.

        A cycle that hangs, one that should have begun and has not, and cycles that fail again and again.
        """
        if self._failing_since and now - self._failing_since > PATIENCE:
            return f"every cycle has failed since {_shown(self._failing_since)}"
        if self._alive_at and now - self._alive_at > PATIENCE:
            return f"nothing was done in the cycle since {_shown(self._alive_at)}"
        return ""

    def measures(self) -> Iterator[Measure]:
        """All numbers; those of the last cycle from the first one on."""
        yield Measure("cycles", "Cycles that were done.", self._cycles, is_total=True)
        yield Measure("cycle_failures", "Cycles that could not use the store or the output.", self._failures, True)
        yield Measure("polls", "Requests to sources that were due.", self._polls, is_total=True)
        yield Measure("entries_changed", "Entries that appeared or changed.", self._entries, is_total=True)
        yield Measure("files_written", "Published files with new bytes.", self._files, is_total=True)
        last = self._last
        if last is None:
            return
        ended_at = last.finished_at or last.started_at
        yield Measure("last_cycle_timestamp_seconds", "When the last cycle ended.", ended_at.timestamp())
        seconds = (ended_at - last.started_at).total_seconds()
        yield Measure("last_cycle_duration_seconds", "How long the last cycle took.", seconds)
        yield Measure("feeds", "Feeds that are published.", last.feeds_published)
        yield Measure("entries", "Entries that are published.", last.entries_published)
        for state in SourceCondition:
            of = ("state", state.value)
            yield Measure("sources", "Sources, by state.", last.source_states.get(state, 0), label=of)
        yield Measure("posts", "Post files that are there.", last.posts_found)
        yield Measure("posts_left_out", "Posts that are left out, see `finews-feeds build --json`.", len(last.skipped))
        yield Measure("sources_failing", "Sources that could not be read when last asked.", len(last.sources_failed))
        yield Measure("sources_held", "Sources in quarantine: what they say is held back.", len(last.sources_held))


def _shown(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
