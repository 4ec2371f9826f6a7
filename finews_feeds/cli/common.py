"""What every command begins with: the config, the log, the clock, and where progress is shown."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from finews_feeds import log
from finews_feeds.config import config_file, load
from finews_feeds.cycle.judge import judge
from finews_feeds.settings import Settings


def settings_of(arguments: argparse.Namespace, level: int = logging.ERROR) -> Settings:
    """The settings that the command line names; sets up the log on the way. `level` is what is logged without -v."""
    wanted = logging.ERROR if arguments.quiet else {0: level, 1: logging.INFO}.get(arguments.verbose, logging.DEBUG)
    log.set_up(arguments.log_format, wanted)
    return load(config_file(arguments.config, os.environ), judge=judge)


def clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def print_json(document: Any) -> None:
    """One JSON document on standard output; instants as RFC 3339 in UTC, spans as seconds."""
    print(json.dumps(document, ensure_ascii=False, indent=1, default=_jsonable))


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def when(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant for people, in the site's time zone; "-" where there is none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def size(count_bytes: int) -> str:
    """A size for people: "740 B", "12.3 kB", "4.5 MB"."""
    value, unit = float(count_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"


@contextmanager
def progress_shown(is_wanted: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Shows the progress of long work on a terminal; elsewhere, and for work that is soon done, nothing."""
    if not is_wanted or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    shown = _Bar()
    try:
        yield shown
    finally:
        shown.close()


class _Bar:
    """One bar a stage; the library that draws it is loaded for the first stage that takes more than a moment."""

    def __init__(self) -> None:
        self._began: dict[str, datetime] = {}
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        began = self._began.setdefault(stage, clock())
        if total <= 0 or (stage not in self._tasks and clock() - began < timedelta(seconds=0.3)):
            if stage.startswith("waiting"):
                print(f"{stage} …", file=sys.stderr)
            return
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
