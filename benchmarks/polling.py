"""Polling many feeds of 30 entries on one loopback server, against `reader` (lemon24/reader): whole processes.

    python -m benchmarks.polling [--feeds 500 2000] [--rounds 3]

Three cases: the first poll of all feeds; a poll that brings nothing (304 for all); one that brings one new entry a
feed. Ours is `finews-feeds build --force`, publishing and all; reader's is `update_feeds(scheduled=False)` with
workers. The floor is bare httpx that asks for the same and reads nothing. Each figure is the best of a few processes,
start-up included; memory is that of all processes of a run together, at one time.

`reader` is installed by pip, the newest version that this Python can have, into an environment of its own below the
user's cache folder; where that fails, its lines are left out with a word.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.feed_server import FeedServer
from benchmarks.trees import Cost, cost_of

#: (case, what of reader's wall and cpu we may take at most)
REQUIRED = {"first poll": 0.5, "304 for all": 0.4, "one new entry": 0.25}
REQUIRED_MEMORY = 2.0
_READER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "finews_feeds" / "reader"
#: reader gains nothing by more workers: their parsing shares one interpreter.
_WORKERS = 10
_READER_PROGRAM = """
import sys
from reader import make_reader
what, db, *rest = sys.argv[1:]
reader = make_reader(db)
if what == "add":
    for url in sys.stdin.read().split():
        reader.add_feed(url)
else:
    reader.update_feeds(workers=int(rest[0]), scheduled=False)
reader.close()
"""
_FLOOR_PROGRAM = """
import asyncio, sys, httpx
what, feeds, base = sys.argv[1], int(sys.argv[2]), sys.argv[3]
async def main():
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=10)) as client:
        async def ask(numbers):
            for number in numbers:
                tag = {"If-None-Match": f'"{number}-{what}"'} if what else {}
                (await client.get(base % number, headers=tag)).content
        await asyncio.gather(*(ask(range(first, feeds, 10)) for first in range(10)))
asyncio.run(main())
"""
_CONFIG = """
[site]
url = "https://finews.example/"
title = "bench"
timezone = "UTC"
language = "en"
since = 2021-12-01
[http]
allow_private = ["127.0.0.1:{port}"]
[output]
dir = "../public"
[store]
url = "sqlite:///../var/finews.db"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, nargs="+", default=[500, 2_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--offline", action="store_true", help="do not look for a newer version of reader")
    given = parser.parse_args()
    python = reader_python(given.offline)
    for feeds in given.feeds:
        with FeedServer() as server, tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), server, feeds, given.rounds, python)


def reader_python(offline: bool) -> Path | None:
    """The interpreter that has `reader`, made and brought up to date here; None, with a word, where there is none."""
    python = _READER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_READER)], check=False)
    if not offline:
        # the feedparser that reader brings along imports sgmllib, which its own list of packages no longer names
        pip = [str(python), "-m", "pip", "install", "--quiet", "--upgrade", "reader", "sgmllib3k"]
        subprocess.run(pip, check=False, stderr=subprocess.DEVNULL)
    found = subprocess.run(
        [str(python), "-c", "import reader; print(reader.__version__)"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        print("reader cannot be installed here: its lines, and the ratios to it, are left out")
        return None
    print(f"reader {found.stdout.strip()}, {_WORKERS} workers")
    return python


def measure(folder: Path, server: FeedServer, feeds: int, rounds: int, python: Path | None) -> None:
    """All cases for one number of feeds, and what was required of them."""
    ours, theirs = Ours(folder / "ours", server, feeds), Reader(folder / "reader", server, feeds, python)
    sides = {"finews_feeds": ours.run, **({"reader": theirs.run} if python else {})}
    forget = {"finews_feeds": ours.forget, "reader": theirs.forget}
    published = 0
    costs: dict[str, dict[str, Cost]] = {}

    def case(name: str, prepare: Callable[[str], None], tag: str) -> None:
        found = {side: [] for side in sides} | {"bare httpx": []}
        for _ in range(rounds):
            for side, run in sides.items():
                prepare(side)
                found[side].append(run())
            found["bare httpx"].append(cost_of([sys.executable, "-c", _FLOOR_PROGRAM, tag, str(feeds), base]))
        costs[name] = {side: min(each, key=lambda cost: cost.cpu_seconds) for side, each in found.items()}
        show(feeds, name, costs[name])

    base = f"http://127.0.0.1:{server.port}/%d.xml"

    def publish(side: str) -> None:
        # each side is asked about every round, one after the other, and each finds one new entry a feed
        nonlocal published
        published += side == "finews_feeds"
        server.turn(published)

    case("first poll", lambda side: forget[side](), "")
    case("304 for all", lambda side: None, "0")
    case("one new entry", publish, "")


def show(feeds: int, name: str, costs: dict[str, Cost]) -> None:
    """One case: a line a side, its ratio to reader, and whether it is what was required."""
    theirs = costs.get("reader")
    for side, cost in costs.items():
        ratio = ""
        if theirs and side != "reader":
            wall, cpu = cost.wall_seconds / theirs.wall_seconds, cost.cpu_seconds / theirs.cpu_seconds
            memory = cost.peak_mib / theirs.peak_mib
            ratio = f"  {wall:5.2f} x wall {cpu:5.2f} x cpu {memory:5.2f} x memory"
            if side == "finews_feeds" and name in REQUIRED:
                is_met = max(wall, cpu) <= REQUIRED[name] and memory <= REQUIRED_MEMORY
                ratio += f"  (required {REQUIRED[name]}, memory {REQUIRED_MEMORY}: {'met' if is_met else 'MISSED'})"
        print(f"{feeds:>5} feeds  {name:<14} {side:<13} {cost}{ratio}", flush=True)


class Ours:
    """finews_feeds, from the command line."""

    def __init__(self, folder: Path, server: FeedServer, feeds: int) -> None:
        self._folder = folder
        self._config = folder / "config" / "finews.toml"
        self._config.parent.mkdir(parents=True)
        sources = (f'[[sources]]\nname = "s{each}"\nurl = "{server.url(each)}"\n' for each in range(feeds))
        self._config.write_text(_CONFIG.format(port=server.port) + "".join(sources), "utf-8")

    def forget(self) -> None:
        shutil.rmtree(self._folder / "public", ignore_errors=True)
        shutil.rmtree(self._folder / "var", ignore_errors=True)

    def run(self) -> Cost:
        return cost_of([sys.executable, "-m", "finews_feeds", "-q", "-c", str(self._config), "build", "--force"])


class Reader:
    """lemon24/reader, from Python: its command line asks one more question, for plugins."""

    def __init__(self, folder: Path, server: FeedServer, feeds: int, python: Path | None) -> None:
        folder.mkdir(parents=True)
        self._command = [str(python), "-c", _READER_PROGRAM]
        self._empty, self._db = folder / "empty.sqlite", folder / "reader.sqlite"
        if python:
            urls = " ".join(server.url(each) for each in range(feeds))
            subprocess.run([*self._command, "add", str(self._empty)], input=urls, text=True, check=True)

    def forget(self) -> None:
        for path in self._db.parent.glob(f"{self._db.name}*"):
            path.unlink()
        shutil.copy(self._empty, self._db)

    def run(self) -> Cost:
        return cost_of([*self._command, "update", str(self._db), str(_WORKERS)])


if __name__ == "__main__":
    main()
