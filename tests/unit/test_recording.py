"""Polls that are ready together share a commit, and none of them falls apart by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from finews_feeds.cycle.context import Context, Options
from finews_feeds.cycle.polling import decide
from finews_feeds.cycle.recording import Poll, Recorder
from finews_feeds.cycle.report import Report
from finews_feeds.errors import Fault, StoreError
from finews_feeds.model import NotModified, Representation, SourceState
from finews_feeds.publish.site import FolderSite
from finews_feeds.settings import FeedSourceSettings, OutputSettings, Settings, SiteSettings
from finews_feeds.store import Store, open_store
from finews_feeds.store.writing import SqliteTransaction

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SITE = SiteSettings("https://f.example/", "F", "en", ZoneInfo("UTC"), "F", date(2000, 1, 1))


def source(number: int) -> FeedSourceSettings:
    url = f"https://n{number}.example/feed"
    return FeedSourceSettings(f"s{number}", url, url)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(tmp_path / "finews.toml", SITE, "", OutputSettings(tmp_path / "public"))
    store = open_store("sqlite:///finews.db", tmp_path)
    with closing(store):
        yield Context(
            settings,
            {},
            store,
            FolderSite(settings.output.dir),
            NOW,
            Options(),
            lambda *_: None,
            Report(NOW),
            store.source_states(),
        )


class Counting:
    """A store that counts its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def transaction(self) -> Any:
        self.transactions += 1
        return self._store.transaction()


def poll(context: Context, number: int, entries: Sequence[str] = ()) -> Poll:
    items = "".join(
        f"<item><title>{each}</title><guid>{each}</guid><link>https://n{number}.example/{each}</link></item>"
        for each in entries
    )
    body = f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>".encode()
    own, old = source(number), context.states.get(f"s{number}")
    answer = Representation(own.url, 200, (), body) if entries else NotModified(own.url, ())
    return Poll(own, old, decide(context.settings, own, old, answer, NOW), tuple)


def record(context: Context, *polls: Poll) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        with Recorder(context) as recorder:
            return await asyncio.gather(*(recorder.record(each) for each in polls), return_exceptions=True)

    return asyncio.run(run())


def test_polls_that_are_ready_together_are_one_commit_and_each_is_recorded_whole(context: Context) -> None:
    polls = [poll(context, number, ["a", "b"]) for number in range(20)]
    counting = Counting(context.store)
    assert record(replace(context, store=counting), *polls) == [None] * 20
    assert counting.transactions == 1
    assert sorted(context.store.source_states()) == sorted(f"s{number}" for number in range(20))
    assert all(sorted(context.store.sightings(f"s{number}")) == ["a", "b"] for number in range(20))
    assert context.report.sources_polled == 20


def test_more_polls_than_a_commit_takes_are_all_recorded(context: Context) -> None:
    assert record(context, *(poll(context, number) for number in range(120))) == [None] * 120
    assert len(context.store.source_states()) == 120


def test_where_the_store_fails_every_poll_of_the_commit_is_told_and_none_is_recorded(context: Context) -> None:
    good = poll(context, 1, ["a"])

    def fail() -> list[SourceState]:
        raise StoreError(Fault("finews.db", "the disk is full", ""))

    told = record(context, good, replace(poll(context, 2), later=fail))
    assert [type(each) for each in told] == [StoreError, StoreError]
    assert context.store.source_states() == {}
    assert context.store.sightings("s1") == {}


class Ended(BaseException):
    """The end of the program."""


@pytest.mark.timeout(10)
def test_what_ends_the_program_while_polls_are_recorded_is_raised_to_whoever_waits(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ending(*_: object) -> None:
        raise Ended

    first, second = poll(context, 1), poll(context, 2)
    monkeypatch.setattr(SqliteTransaction, "put_source_state", ending)
    assert [type(error) for error in record(context, first, second)] == [Ended, Ended]


def test_a_source_that_another_puts_off_keeps_what_it_was_recorded_with_before(context: Context) -> None:
    first = poll(context, 1, ["a"])
    until = NOW + timedelta(hours=20)

    def put_off() -> list[SourceState]:
        # as `Holds.later` does: from the state of the moment at which it is recorded
        return [replace(context.states["s1"], next_poll_at=until)]

    record(context, first, replace(poll(context, 2), later=put_off))
    state = context.store.source_states()["s1"]
    assert (state.next_poll_at, state.body_digest) == (until, first.outcome.state.body_digest)


def test_what_was_ready_when_the_polling_is_stopped_is_recorded(context: Context) -> None:
    async def run() -> None:
        with Recorder(context) as recorder:
            waiting = asyncio.ensure_future(recorder.record(poll(context, 1, ["a"])))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(run())
    assert list(context.store.sightings("s1")) == ["a"]


def test_a_document_that_is_read_again_brings_what_is_new_alone(context: Context) -> None:
    record(context, poll(context, 1, ["a", "b"]))
    seen = context.store.sightings("s1")
    later = replace(context, now=NOW + timedelta(hours=1))
    record(later, poll(context, 1, ["c", "a", "b"]))
    found = context.store.sightings("s1")
    assert {name: each.first_seen_at for name, each in found.items()} == {"a": NOW, "b": NOW, "c": later.now}
    assert {name: found[name] for name in seen} == seen


def test_a_source_that_is_taken_up_again_without_its_state_keeps_its_entries(context: Context) -> None:
    first = poll(context, 1, ["a"])
    record(context, first)
    with context.store.transaction() as tx:
        tx.delete_source_state("s1")
    later = replace(context, now=NOW + timedelta(hours=1))
    record(later, first)
    assert context.store.sightings("s1")["a"].first_seen_at == NOW
