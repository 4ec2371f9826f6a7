"""An entry that comes back under another id takes the place of what its source said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from finews_feeds.model import Sighting
from finews_feeds.normalize.identity import group
from finews_feeds.normalize.succession import news

URL = "http://n.example/1"
NOW = datetime(2022, 5, 24, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def said(entry_id: str, title: str = "T", url: str = URL) -> Sighting:
    return Sighting("s", entry_id, url, is_post=False, title=title, link=url, digest=title)


def told(document: Sequence[Sighting], store: dict[str, Sighting], now: datetime) -> dict[str, Sighting]:
    """What the store has after a poll."""
    found = news(document, store.get, lambda url: [each for each in store.values() if each.canonical_url == url], now)
    return store | {each.entry_id: each for each in found}


def standing(store: dict[str, Sighting]) -> list[str]:
    return sorted(each.entry_id for each in store.values() if each.gone_at is None)


def test_another_id_takes_over_with_the_history_of_the_one_before() -> None:
    store = told([said("a")], {}, NOW)
    store = told([said("b")], store, LATER)
    assert standing(store) == ["b"]
    assert store["b"].first_seen_at == NOW
    assert store["b"].changed_at is None
    assert store["a"].gone_at == LATER


def test_a_headline_that_changes_afterwards_does_not_part_the_entry() -> None:
    store = told([said("b")], told([said("a")], {}, NOW), LATER)
    store = told([said("b", "T, corrected")], store, LATER)
    assert [sorted(each.entry_id for each in members) for members in group(store.values())] == [["a", "b"]]


def test_an_id_that_comes_back_takes_over_again() -> None:
    store: dict[str, Sighting] = {}
    for entry_id in "abab":
        store = told([said(entry_id)], store, LATER)
        assert standing(store) == [entry_id]


def test_what_stands_in_the_document_besides_is_not_taken_over() -> None:
    store = told([said("a")], {}, NOW)
    assert standing(told([said("a"), said("b")], store, LATER)) == ["a", "b"]


def test_another_title_or_url_is_another_entry_and_takes_nothing_over() -> None:
    store = told([said("a")], {}, NOW)
    assert standing(told([said("b", "Other")], store, LATER)) == ["a", "b"]
    assert standing(told([said("b", url="http://n.example/2")], store, LATER)) == ["a", "b"]
    nowhere = told([replace(said("c"), canonical_url="")], {}, NOW)
    assert standing(told([replace(said("d"), canonical_url="")], nowhere, LATER)) == ["c", "d"]


def test_texts_of_one_origin_are_taken_over_each_by_its_title() -> None:
    store = told([said("a", "A"), said("b", "B")], {}, NOW)
    store = told([said("x", "B"), said("y", "A")], store, LATER)
    assert standing(store) == ["x", "y"]
    assert sorted(sorted(each.entry_id for each in members) for members in group(store.values())) == [
        ["a", "y"],
        ["b", "x"],
    ]


def test_what_left_the_document_without_a_successor_stands() -> None:
    store = told([said("a"), said("b", url="http://n.example/2")], {}, NOW)
    assert standing(told([said("a")], store, LATER)) == ["a", "b"]
