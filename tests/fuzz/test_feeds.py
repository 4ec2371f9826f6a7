"""Whatever a feed's bytes are: no exception past the source, no hang, no memory without end, and what comes is sound.

Every case is decided as in a cycle. The hundred thousand go through the process that reads documents, which is killed at
`read_deadline` and has no more memory than it is given: there a hang and a swelling are a `ReaderLostError`.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from finews_feeds.cycle.polling import Outcome, decide
from finews_feeds.cycle.readers import Reader
from finews_feeds.cycle.rendering import finish
from finews_feeds.model import Carrier, FeedHead, FeedKey, FeedKind, FindingKind, Representation
from finews_feeds.normalize.identity import revise
from finews_feeds.normalize.merge import merge
from finews_feeds.publish.atom import AtomRenderer
from finews_feeds.publish.check import check_atom
from finews_feeds.settings import FeedSourceSettings, OutputSettings, Settings, SiteSettings
from tests.fuzz.feed_seeds import Case, cases, golden_feeds

NOW = datetime(2026, 11, 24, tzinfo=UTC)
#: The feed's `updated`: no entry may be newer, and the cases are of all years.
LATE = datetime(9999, 12, 30, tzinfo=UTC)
URL = "https://news.example/feed"
SITE = SiteSettings("https://finews.example/", "t", "zh-CN", ZoneInfo("Asia/Shanghai"), "ZNing", date(2021, 12, 1))
SOURCE = FeedSourceSettings("a", URL, URL)
SETTINGS = Settings(Path("finews.toml"), SITE, "", OutputSettings(Path("public")), sources=(SOURCE,))
CARRIERS = {"a": Carrier("a", False, 100, "a")}
RENDERER = AtomRenderer()
HEAD = FeedHead(
    *(FeedKey(FeedKind.ALL), "feed", "https://finews.example/feed.xml", "t", "", "https://finews.example/feed.xml"),
    *("https://finews.example/feed.html", LATE, "ZNing", "zh-CN"),
)
FAST, ALL, SHARDS = 2_000, 100_000, 10
#: What is counted for time: calls of functions, for a document of nothing, and for each of its bytes.
CALLS_AT_REST, CALLS_PER_BYTE = 10_000, 30

Decide = Callable[[Representation], Outcome]


@dataclass
class Tally:
    """What became of the cases."""

    read: int = 0
    refused: int = 0
    entries: int = 0


def answer(case: Case) -> Representation:
    headers = (("content-type", case.content_type),) if case.content_type else ()
    return Representation(URL, 200, headers, case.body)


def here(said: Representation) -> Outcome:
    return decide(SETTINGS, SOURCE, None, said, NOW)


def fragments(outcome: Outcome, first: int) -> Iterator[bytes]:
    """The document's entries as they stand in a feed, their ids numbered from `first` on."""
    for number, told in enumerate(outcome.sightings, first):
        sighting = revise(None, told, NOW)
        assert sighting is not None
        entry = finish(merge(f"tag:finews.example,2021:{number}", [sighting], CARRIERS))
        made = RENDERER.fragment(entry, SITE)
        etree.fromstring(made)
        yield made


def judged(outcome: Outcome, tally: Tally) -> list[bytes]:
    """The entries of a document that was read; one that was not says why and what mends it."""
    if outcome.fault is not None:
        assert outcome.fault.cause
        assert outcome.fault.mend
        assert not outcome.sightings
        tally.refused += 1
        return []
    tally.read += 1
    for finding in outcome.state.findings:
        assert finding.kind in FindingKind
        assert finding.what
        assert finding.mend
    made = list(fragments(outcome, tally.entries))
    tally.entries += len(made)
    return made


def run(found: Iterable[Case], decide: Decide) -> Tally:
    """Takes every case all the way, in documents of a hundred entries that a strict parser and the RFC judge."""
    tally = Tally()
    pending: list[bytes] = []
    for number, case in enumerate(found):
        try:
            pending += judged(decide(answer(case)), tally)
        except Exception as error:
            pytest.fail(f"case {number}: {case!r}: {error!r}")
        if len(pending) >= 100:
            assert check_atom(RENDERER.document(HEAD, pending, SITE), None) == (), number
            pending.clear()
    assert check_atom(RENDERER.document(HEAD, pending, SITE), None) == ()
    return tally


def test_damaged_feeds_are_read_or_refused_with_a_reason_and_what_is_read_is_sound() -> None:
    tally = run(cases(golden_feeds(), 1, FAST), here)
    # a fuzzer whose cases are all refused at the door tests the door
    assert tally.read > FAST * 0.6
    assert tally.entries > FAST


class Calls:
    """Counts the calls of functions, Python's and C's, while it is on."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Calls:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, _frame: FrameType, event: str, _argument: Any) -> None:
        self.count += event in ("call", "c_call")


def test_what_a_damaged_feed_costs_is_bounded_by_its_size() -> None:
    for body in golden_feeds():  # what is compiled and imported once is no document's cost
        here(answer(Case("", body)))
    for number, case in enumerate(cases(golden_feeds(), 2, FAST // 10)):
        with Calls() as calls:
            here(answer(case))
        assert calls.count <= CALLS_AT_REST + CALLS_PER_BYTE * len(case.body), (number, case)


def peak_bytes(pid: int) -> int:
    """The most memory that a process ever held at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_hundred_thousand_damaged_feeds_neither_break_nor_hang_nor_swell_the_reader(shard: int) -> None:
    reader = Reader(SETTINGS)
    try:
        reader.ask(pickle.dumps((SOURCE, None, answer(Case("", golden_feeds()[0])), NOW)))
        process = reader._process
        assert process is not None
        tally = run(
            cases(golden_feeds(), 1000 + shard, ALL // SHARDS),
            lambda said: reader.ask(pickle.dumps((SOURCE, None, said, NOW))),
        )
        assert tally.read > ALL // SHARDS * 0.6
        # no case had it killed and replaced
        assert reader._process is process
        if sys.platform == "linux":
            assert peak_bytes(process.pid) < 4 * SETTINGS.http.max_memory
    finally:
        reader.end()
