"""What the cycles of a daemon came to, as numbers that its server shows."""

from __future__ import annotations

from collections.abc import Iterator

from finews_feeds.cycle.report import Report
from finews_feeds.serve.metrics import Measure


class CycleTally:
    """Sums over all cycles, and what the last one found; written by one thread, read by another."""

    def __init__(self) -> None:
        self._last: Report | None = None
        self._cycles = self._failures = self._polls = self._entries = self._files = 0

    def count(self, report: Report) -> None:
        """Counts a cycle that was done."""
        self._last = report
        self._cycles += 1
        self._polls += report.sources_polled
        self._entries += report.entries_changed
        self._files += len(report.files_written)

    def count_failure(self) -> None:
        """Counts a cycle that could not use the store or the output."""
        self._failures += 1

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
        ended_at = (last.finished_at or last.started_at).timestamp()
        yield Measure("last_cycle_timestamp_seconds", "When the last cycle ended.", ended_at)
        yield Measure("posts", "Post files that are there.", last.posts_found)
        yield Measure("posts_left_out", "Posts that are left out, see `finews-feeds build --json`.", len(last.skipped))
        yield Measure("sources_failing", "Sources that could not be read when last asked.", len(last.sources_failed))
