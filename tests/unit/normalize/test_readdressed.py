"""A source that names entries by their URLs mends a slug: the same entry where it is certain, else another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from finews_feeds.model import Sighting, Text
from finews_feeds.normalize.readdressed import readdressed

NOW = datetime(2022, 5, 24, 12, tzinfo=UTC)
MOMENT = datetime(2022, 5, 24, 8, 17, tzinfo=UTC)
DAY = datetime(2022, 5, 23, 16, tzinfo=UTC)
EARLIER = timedelta(days=2)


def said(path: str, title: str = "T", at: datetime | None = MOMENT, digest: str = "d", **more: Any) -> Sighting:
    url = path if "://" in path else f"http://n.example/{path}"
    told = {"link": url, "published_at": at, "digest": digest, "first_seen_at": NOW, **more}
    return Sighting("s", told.pop("entry_id", url), url, False, title, **told)


WORDS = {"summary": Text("words")}
OLD = said("old")
OLDER = said("older", "Before", MOMENT - EARLIER, first_seen_at=NOW - EARLIER)
UNDATED = said("old", at=None)
UNDATED_OLDER = said("older", "Before", None, first_seen_at=NOW - EARLIER)
BEFORE = said("before", "Before", DAY - timedelta(hours=1), first_seen_at=NOW - timedelta(days=1))
UNDATED_BEFORE = said("before", "Before", None, first_seen_at=NOW - timedelta(days=1))
LATER = said("later", "After", MOMENT + EARLIER)

#: (name, what is known, the document, the known id that the first of it stands for)
CASES = [
    ("title and moment", [OLD, OLDER], [said("new", digest="e"), OLDER], "old"),
    ("day and the whole text", [said("old", at=DAY), OLDER], [said("new", at=DAY, **WORDS), OLDER], "old"),
    ("not a day and a title alone", [said("old", at=DAY), OLDER], [said("new", at=DAY), OLDER], ""),
    ("not by the day if it was the only one", [said("old", at=DAY)], [said("new", at=DAY, **WORDS)], ""),
    ("not if what came before it has scrolled out", [OLD, BEFORE, OLDER], [said("new", digest="e"), OLDER], ""),
    (
        "not by the day beside one that never goes",
        [said("old", at=DAY), BEFORE, OLDER],
        [said("new", at=DAY, **WORDS), OLDER],
        "",
    ),
    (
        "not without dates beside one that never goes",
        [UNDATED, UNDATED_BEFORE, UNDATED_OLDER],
        [said("new", at=None, **WORDS), UNDATED_OLDER],
        "",
    ),
    ("the whole text, alone in its document", [OLD], [said("new", **WORDS)], "old"),
    ("the whole text without dates", [UNDATED, UNDATED_OLDER], [said("new", at=None, **WORDS), UNDATED_OLDER], "old"),
    ("not if it may have scrolled out", [OLD, LATER], [said("new", digest="e"), LATER], ""),
    ("not if it was the only one", [OLD], [said("new")], ""),
    ("not in other words on one day", [said("old", at=DAY), OLDER], [said("new", at=DAY, digest="e"), OLDER], ""),
    ("not with another date", [OLD, OLDER], [said("new", at=MOMENT + EARLIER, **WORDS), OLDER], ""),
    ("not with another title", [OLD, OLDER], [said("new", "U"), OLDER], ""),
    ("not without dates by its title alone", [UNDATED, UNDATED_OLDER], [said("new", at=None), UNDATED_OLDER], ""),
    ("not without dates where nothing older stands", [UNDATED], [said("new", at=None, **WORDS)], ""),
    ("not while the old one stands there", [OLD, OLDER], [said("new", **WORDS), OLD, OLDER], ""),
    ("not on another host", [OLD, OLDER], [said("http://m.example/new", **WORDS), OLDER], ""),
    ("not if two are new", [OLD, OLDER], [said("new", **WORDS), said("more", **WORDS), OLDER], ""),
    ("not if two are gone", [OLD, said("gone"), OLDER], [said("new", **WORDS), OLDER], ""),
    ("not if it was withdrawn", [said("old", gone_at=NOW), OLDER], [said("new", **WORDS), OLDER], ""),
    ("not by an id that is no URL", [OLD, OLDER], [said("new", entry_id="7", **WORDS), OLDER], ""),
    ("nor if the old one is none", [said("old", entry_id="6"), OLDER], [said("new", **WORDS), OLDER], ""),
]


@pytest.mark.parametrize(("known", "document", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_new_address_is_the_old_entry_where_it_is_certain(
    known: list[Sighting], document: list[Sighting], expected: str
) -> None:
    by_id = {each.entry_id: each for each in known}
    pairs = [(by_id.get(each.entry_id), each) for each in document]
    found = readdressed(pairs, lambda: known, lambda dates: [each for each in known if each.published_at in dates])
    assert found == ({document[0].entry_id: f"http://n.example/{expected}"} if expected else {})


def test_nobody_is_asked_where_nothing_is_new() -> None:
    def never(*_: object) -> list[Sighting]:
        raise AssertionError

    assert readdressed([(OLD, OLD)], never, never) == {}
    assert readdressed([(None, said("new", entry_id="7"))], never, never) == {}


def test_what_is_known_is_gone_through_only_where_a_date_is_known() -> None:
    def never() -> list[Sighting]:
        raise AssertionError

    assert readdressed([(None, said("new", at=DAY))], never, lambda _: []) == {}
