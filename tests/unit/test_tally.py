"""What a daemon's cycles came to, and when something is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from finews_feeds.cycle.report import Report
from finews_feeds.cycle.tally import PATIENCE, CycleTally

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def tally() -> CycleTally:
    return CycleTally()


def test_a_daemon_that_begins_is_well(tally: CycleTally) -> None:
    assert tally.trouble(NOON) == ""


def test_a_cycle_that_tells_of_no_progress_hangs(tally: CycleTally) -> None:
    tally.note_alive(NOON)
    assert tally.trouble(NOON + PATIENCE) == ""
    assert tally.trouble(NOON + PATIENCE + SECOND) == "nothing was done in the cycle since 2026-11-23T12:00:00+00:00"
    tally.note_alive(NOON + PATIENCE)
    assert tally.trouble(NOON + PATIENCE + SECOND) == ""


def test_until_a_cycle_is_due_it_is_not_missed(tally: CycleTally) -> None:
    tally.note_alive(NOON)
    tally.count(Report(NOON), due_at=NOON + timedelta(hours=6))
    assert tally.trouble(NOON + timedelta(hours=6) + PATIENCE) == ""
    assert tally.trouble(NOON + timedelta(hours=6) + PATIENCE + SECOND)


def test_cycles_that_fail_again_and_again_are_no_sign_of_health(tally: CycleTally) -> None:
    for minute in range(17):
        at = NOON + timedelta(minutes=minute)
        tally.note_alive(at)
        tally.count_failure(at)
    assert tally.trouble(NOON + PATIENCE) == ""
    assert tally.trouble(NOON + PATIENCE + SECOND) == "every cycle has failed since 2026-11-23T12:00:00+00:00"
    tally.count(Report(NOON + PATIENCE), NOON + PATIENCE)
    assert tally.trouble(NOON + PATIENCE + SECOND) == ""


def test_the_numbers_are_those_of_all_cycles_and_of_the_last(tally: CycleTally) -> None:
    report = Report(NOON, NOON + 2 * SECOND, feeds_published=7, entries_published=40, sources_polled=3)
    report.source_states = {"ok": 2, "quarantined": 1}
    tally.count(report, NOON)
    tally.count(report, NOON)
    found = {(each.name, each.label): each.value for each in tally.measures()}
    assert found[("polls", None)] == 6
    assert found[("last_cycle_duration_seconds", None)] == 2
    assert (found[("feeds", None)], found[("entries", None)]) == (7, 40)
    assert found[("sources", ("state", "quarantined"))] == 1
    assert found[("sources", ("state", "gone"))] == 0
