"""Documents are read where a bad one costs its source an error, and not the cycle."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from finews_feeds.cycle.polling import Outcome, decide
from finews_feeds.cycle.readers import SMALL_BYTES, Reader, ReaderLostError, Readers
from finews_feeds.model import Answer, NotModified, Representation
from finews_feeds.settings import FeedSourceSettings, HttpSettings, OutputSettings, Settings, SiteSettings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SOURCE = FeedSourceSettings("a", "https://n.example/feed", "https://n.example/feed")
SITE = SiteSettings("https://f.example/", "F", "en", ZoneInfo("UTC"), "F", date(2000, 1, 1))
SETTINGS = Settings(Path("finews.toml"), SITE, "", OutputSettings(Path("public")))


def answer(entries: int, padding: int = 0) -> Representation:
    items = "".join(f"<item><title>t{number}</title><guid>{number}</guid></item>" for number in range(entries))
    body = f"<rss version='2.0'><channel><title>S</title>{items}<!--{'x' * padding}--></channel></rss>"
    return Representation(SOURCE.url, 200, (), body.encode())


def outcomes(settings: Settings, *answers: Answer) -> list[Outcome]:
    async def run() -> list[Outcome]:
        with Readers(settings) as readers:
            return await asyncio.gather(*(readers.outcome(SOURCE, None, each, NOW) for each in answers))

    return asyncio.run(run())


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader(SETTINGS)
    yield reader
    reader.end()


def within(seconds: float) -> Settings:
    return replace(SETTINGS, http=HttpSettings(read_deadline=timedelta(seconds=seconds)))


def test_an_outcome_is_the_same_wherever_it_comes_from() -> None:
    small, large = answer(3), answer(3, SMALL_BYTES)
    found = outcomes(SETTINGS, small, large, NotModified(SOURCE.url, ()))
    assert found == [decide(SETTINGS, SOURCE, None, each, NOW) for each in (small, large, NotModified(SOURCE.url, ()))]
    assert len(found[1].sightings) == 3


def test_a_process_that_was_ended_is_replaced(reader: Reader) -> None:
    job = pickle.dumps((SOURCE, None, answer(1), NOW))
    assert reader.ask(job).fault is None
    assert reader._process is not None
    reader._process.kill()
    with pytest.raises(ReaderLostError, match="ended on this document"):
        reader.ask(job)
    assert reader.ask(job).fault is None


def test_a_process_that_is_late_is_killed_and_replaced(reader: Reader) -> None:
    reader.ask(pickle.dumps((SOURCE, None, answer(1), NOW)))
    process = reader._process
    assert process is not None
    reader._settings = within(0.05)
    with pytest.raises(ReaderLostError, match="could not be read within"):
        reader.ask(pickle.dumps((SOURCE, None, answer(5000), NOW)))
    assert process.returncode is not None
    reader._settings = SETTINGS
    assert reader.ask(pickle.dumps((SOURCE, None, answer(1), NOW))).fault is None


def test_what_it_raises_is_raised_here_and_it_goes_on(reader: Reader) -> None:
    with pytest.raises(RuntimeError, match="AttributeError"):
        reader.ask(pickle.dumps((None, None, answer(1), NOW)))
    process = reader._process
    assert reader.ask(pickle.dumps((SOURCE, None, answer(1), NOW))).fault is None
    assert reader._process is process


def test_a_small_document_that_hangs_is_given_up_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    # a deadline of nothing: no thread can keep it
    found = outcomes(within(0), answer(1))
    assert found[0].fault is not None
    assert "could not be read within" in found[0].fault.cause
    assert found[0].state.failures == 1


def test_without_processes_everything_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert outcomes(SETTINGS, answer(3, SMALL_BYTES))[0].fault is None
