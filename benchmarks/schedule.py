"""100,000 sources on virtual time: how late polls are, and what ends first: `python -m benchmarks.schedule`.

    python -m benchmarks.schedule [--sources 100000] [--hours 2] [--interval 30] [--cpu-ms 2.0] [--concurrency 50]

Nothing is asked and nobody waits: an event is an instant in a heap. What is held to:

- the daemon looks once a second whether anything is due, and asks all that is in one cycle; one cycle at a time, and
  five seconds between two (so long do so many sources have it rest);
- a cycle begins by reading the states of all sources, which is measured here on a store of so many;
- at most `--concurrency` requests are in flight and two to one host, whose place rests for as long as an answer took;
- a server takes 50 to 500 ms; three sources share a host;
- one processor, which takes `--cpu-ms` for a poll that brings nothing new (see `benchmarks.polling`), recording it
  included, one after the other;
- when a source is due again is `freshness.next_poll_at`. The first time is where `freshness.spread` puts it.

Lateness is from the instant that a source is due until its request is sent. It is held against the jitter that
`freshness` may add to the wait, a tenth of it: a poll that is less late is where chance could have put it anyway. Of
each resource is shown how much was in use, and with how many sources it would be full: the least of these ends first.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from finews_feeds.model import NotModified, SourceState
from finews_feeds.sources.freshness import next_poll_at, spread
from finews_feeds.sources.manners import AT_ONCE_PER_HOST
from finews_feeds.store import open_store

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_LATENCY_SECONDS = (0.05, 0.5)
_SOURCES_PER_HOST = 3
_TICK_SECONDS = 1.0
_REST_SECONDS = 5.0
_UNCHANGED = NotModified("https://feed.example/", ())


@dataclass
class Daemon:
    """The daemon of a virtual day; times are seconds since its beginning."""

    interval: timedelta
    concurrency: int
    poll_seconds: float
    cycle_seconds: float
    due: list[tuple[float, int]] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    cycles: int = 0
    #: Request-seconds in flight.
    flight_seconds: float = 0.0
    chosen: random.Random = field(default_factory=lambda: random.Random(1))

    def run(self, sources: int, seconds: float) -> None:
        """Asks all sources, each when it is due, for so long."""
        self.due = [(spread(f"s{each}", self.interval).total_seconds(), each) for each in range(sources)]
        heapq.heapify(self.due)
        now = -_REST_SECONDS
        while now < seconds:
            now = math.ceil(max(now + _REST_SECONDS, self.due[0][0]) / _TICK_SECONDS) * _TICK_SECONDS
            batch = []
            while self.due[0][0] <= now:
                batch.append(heapq.heappop(self.due))
            now = self.cycle(now + self.cycle_seconds, batch)

    def cycle(self, now: float, batch: list[tuple[float, int]]) -> float:
        """One cycle's polls; gives the instant of its end."""
        self.cycles += 1
        asking = Asking(self, {source: at for at, source in batch})
        for recorded_at, source in asking.run(now):
            at = _BEGIN + timedelta(seconds=recorded_at)
            due = next_poll_at(name=f"s{source}", interval=self.interval, now=at, answer=_UNCHANGED)
            heapq.heappush(self.due, ((due - _BEGIN).total_seconds(), source))
            now = recorded_at
        return now


@dataclass
class Asking:
    """The requests of one cycle: in the order in which they are due, as places are free."""

    daemon: Daemon
    due: dict[int, float]
    heap: list[tuple[float, int, str, int]] = field(default_factory=list)
    order: count[int] = field(default_factory=count)
    hosts: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    at_host: defaultdict[int, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    waiting: deque[int] = field(default_factory=deque)
    in_flight: int = 0

    def run(self, now: float) -> Iterable[tuple[float, int]]:
        """(when it is recorded, which source), in that order."""
        for source in self.due:
            self.want(now, source)
        processor_free_at = now
        while self.heap:
            now, _, what, source = heapq.heappop(self.heap)
            if what == "rested":
                self.rested(now, source)
                continue
            self.in_flight -= 1
            if self.waiting:
                self.send(now, self.waiting.popleft())
            processor_free_at = max(now, processor_free_at) + self.daemon.poll_seconds
            yield processor_free_at, source

    def want(self, now: float, source: int) -> None:
        host = source // _SOURCES_PER_HOST
        if self.hosts[host] == AT_ONCE_PER_HOST:
            self.at_host[host].append(source)
            return
        self.hosts[host] += 1
        if self.in_flight == self.daemon.concurrency:
            self.waiting.append(source)
        else:
            self.send(now, source)

    def send(self, now: float, source: int) -> None:
        self.in_flight += 1
        self.daemon.late.append(now - self.due[source])
        took = self.daemon.chosen.uniform(*_LATENCY_SECONDS)
        self.daemon.flight_seconds += took
        heapq.heappush(self.heap, (now + took, next(self.order), "answered", source))
        heapq.heappush(self.heap, (now + 2 * took, next(self.order), "rested", source))

    def rested(self, now: float, source: int) -> None:
        host = source // _SOURCES_PER_HOST
        self.hosts[host] -= 1
        if self.at_host[host]:
            self.want(now, self.at_host[host].popleft())


def cycle_seconds(sources: int) -> float:
    """What a cycle costs before it asks anybody: the states of all sources, read from a store."""
    state = SourceState("", "https://feed.example/", entry_times=(_BEGIN,) * 30, last_poll_at=_BEGIN)
    with TemporaryDirectory() as folder:
        store = open_store("sqlite:///finews.db", Path(folder))
        with store.transaction() as tx:
            for each in range(sources):
                tx.put_source_state(SourceState(**{**_fields(state), "name": f"s{each}"}))
        began = process_time()
        store.source_states()
        took = process_time() - began
        store.close()
    return took


def _fields(state: SourceState) -> dict[str, object]:
    return {name: getattr(state, name) for name in SourceState.__dataclass_fields__}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=100_000)
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--interval", type=float, default=30, help="minutes")
    parser.add_argument("--cpu-ms", type=float, default=2.0, help="of one poll that brings nothing new")
    parser.add_argument("--concurrency", type=int, default=50)
    given = parser.parse_args()
    reading = cycle_seconds(given.sources)
    daemon = Daemon(timedelta(minutes=given.interval), given.concurrency, given.cpu_ms / 1000, reading)
    span = given.hours * 3600
    daemon.run(given.sources, span)
    show(daemon, given.sources, span)


def show(daemon: Daemon, sources: int, span: float) -> None:
    """Lateness, and the use of each resource."""
    late = sorted(daemon.late)
    jitter = daemon.interval.total_seconds() / 10
    minutes = daemon.interval.total_seconds() / 60
    polls = len(late)
    print(f"{sources} sources every {minutes:g} min: {polls} polls in {span / 3600:g} h, {daemon.cycles} cycles")
    parts = " ".join(f"p{part:g} {late[int((polls - 1) * part / 100)]:.1f} s" for part in (50, 99, 99.9))
    beyond = sum(each > jitter for each in late)
    print(f"late: {parts} max {late[-1]:.1f} s; jitter up to {jitter:g} s; later than that: {beyond} polls")
    flight = daemon.flight_seconds / span / daemon.concurrency
    recording = polls * daemon.poll_seconds / span
    reading = daemon.cycles * daemon.cycle_seconds / span
    print(f"a cycle reads all states in {daemon.cycle_seconds:.2f} s of processor time")
    for name, share in (
        (f"requests in flight, of {daemon.concurrency}", flight),
        ("processor, and the one writer: polls", recording),
    ):
        print(f"{name:<40} {share:6.1%} in use, full at {sources / share:10,.0f} sources")
    # there is a cycle as often as the last one has ended: this takes what is left, and lengthens with the sources
    print(f"{'processor: states read by each cycle':<40} {reading:6.1%} in use")


if __name__ == "__main__":
    main()
