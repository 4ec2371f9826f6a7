"""When the daemon begins its next cycle."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finews_feeds import daemon
from finews_feeds.config.load import loads
from finews_feeds.cycle import Report

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONFIG = b"""
[site]
url = "https://finews.example/"
title = "Finews"
"""


@pytest.mark.parametrize(
    ("sources", "due_in", "expected"),
    [
        (0, 0.0, 0.0),
        (20, 0.0, 0.02),
        (20, 1.0, 1.0),
        (2_000, 0.5, 2.0),
        (100_000, 0.5, 5.0),
        (100_000, 60.0, 60.0),
    ],
)
def test_the_more_sources_there_are_the_longer_a_cycle_waits_for_what_is_due_soon(
    sources: int, due_in: float, expected: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report(NOON, source_states={"ok": sources}, next_due_at=NOON + timedelta(seconds=due_in))
    monkeypatch.setattr(daemon, "run_cycle", lambda *_: report)
    settings = replace(loads(CONFIG, tmp_path / "finews.toml"), posts=())
    runs = daemon._Daemon(settings, lambda: NOON)
    asyncio.run(runs.cycle())
    assert runs.due_at - NOON == timedelta(seconds=expected)
