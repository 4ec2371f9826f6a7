"""What a document of a known source is: news, the same under other ids, or something to hold back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Sighting, Storm
from finews_feeds.normalize.backlog import placed
from finews_feeds.normalize.identity import MOST_MOVES, REST, revise
from finews_feeds.normalize.storms import Pair, judge, rename

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def one(number: int, entry_id: str = "id-{}", url: str = "http://n.example/{}", **more: object) -> Sighting:
    given_fields = {
        "title": f"Title {number}",
        "digest": f"words {number}",
        "published_at": NOW - DAY * (20 - number),
        "is_post": False,
        **more,
    }
    at = url.format(number)
    return Sighting("s", entry_id.format(number), at, link=at, **given_fields)  # type: ignore[arg-type]


def some(count: int = 8, first: int = 1, **more: object) -> list[Sighting]:
    return [one(number, **more) for number in range(first, first + count)]  # type: ignore[arg-type]


def stored(sightings: Iterable[Sighting]) -> list[Sighting]:
    return [replace(each, first_seen_at=NOW - DAY, row=row) for row, each in enumerate(sightings, 1)]


def pairs_of(store: Sequence[Sighting], document: Sequence[Sighting]) -> list[Pair]:
    known = {each.entry_id: each for each in store}
    return [(known.get(each.entry_id), each) for each in document]


def renamed(store: Sequence[Sighting], document: Sequence[Sighting]) -> dict[str, str]:
    return rename(pairs_of(store, document), lambda url: [each for each in store if each.canonical_url == url])


KNOWN = stored(some())
NEW = "new-{}"
ELSEWHERE = "http://m.example/p/{}"


@pytest.mark.parametrize(
    ("why", "document", "expected"),
    [
        ("all ids are new", some(entry_id=NEW), 8),
        ("one id is new, under the old title", [*some(7), one(8, NEW)], 1),
        ("one id is new, under another title", [*some(7), one(8, NEW, title="Other")], 0),
        ("most ids are new, and one title", [*some(7, entry_id=NEW), one(8, NEW, title="Other")], 8),
        ("most ids and all titles are new, and the dates are not", some(entry_id=NEW, title="Other"), 8),
        ("other articles at standing addresses", some(entry_id=NEW, title="Other", published_at=NOW), 0),
        ("less than half of the ids, under other titles", [*some(5), *some(3, 6, entry_id=NEW, title="Other")], 0),
        ("new ids beside the old ones", [*some(), *some(entry_id=NEW)], 0),
        ("new ids that share an address", [one(1, "x"), one(1, "y")], 0),
        ("new ids at new addresses", some(entry_id=NEW, url=ELSEWHERE), 0),
        ("new ids without an address", some(entry_id=NEW, url=""), 0),
    ],
)
def test_new_ids_at_known_urls_are_known_entries(why: str, document: list[Sighting], expected: int) -> None:
    found = renamed(KNOWN, document)
    assert len(found) == expected
    assert all(new.removeprefix("new-") == old.removeprefix("id-") for new, old in found.items())


def test_a_url_that_stands_for_two_titles_names_nobody() -> None:
    store = stored([one(1, "a", title="中文"), one(1, "b", title="English")])
    assert renamed(store, [one(1, "c", title="中文"), one(1, "d", title="English")]) == {}


@pytest.mark.parametrize(
    ("why", "store", "document", "expected"),
    [
        ("the same again", KNOWN, some(), None),
        ("one is new", KNOWN, some(8, 2), None),
        ("a first import", [], some(50), None),
        ("a first import dated now", [], some(50, published_at=NOW), None),
        ("a first import of thousands", [], some(101), Storm.FLOOD),
        ("thousands later", KNOWN, some(109), Storm.FLOOD),
        ("empty from the first day", [], [], None),
        ("empty now", KNOWN, [], Storm.EMPTY),
        ("three turn over", stored(some(3)), some(3, 4, published_at=NOW), None),
        ("a busy source", KNOWN, some(30, 9), None),
        ("a busy source without dates", stored(some(published_at=None)), some(8, 9, published_at=None), None),
        ("moved, new ids", KNOWN, some(entry_id=NEW, url=ELSEWHERE), Storm.ELSEWHERE),
        ("moved, the old ids", KNOWN, some(url=ELSEWHERE), Storm.ELSEWHERE),
        ("moved, and some news", KNOWN, some(12, entry_id=NEW, url=ELSEWHERE), Storm.ELSEWHERE),
        ("two moved", stored(some(2)), some(2, entry_id=NEW, url=ELSEWHERE), Storm.ELSEWHERE),
        ("one moved", stored(some(1)), some(1, entry_id=NEW, url=ELSEWHERE), None),
        ("four moved under their ids", stored(some(4)), some(4, url=ELSEWHERE), None),
        ("another host under the old ids", KNOWN, some(url="http://m.example/{}"), None),
        ("a number in every address", KNOWN, some(url="http://n.example/{}?z=1"), None),
        ("most moved under their ids, one did not", KNOWN, [*some(7, url=ELSEWHERE), one(8)], None),
        ("moved without dates", KNOWN, some(entry_id=NEW, url=ELSEWHERE, published_at=None), Storm.ELSEWHERE),
        ("moved, dated by the move", KNOWN, some(entry_id=NEW, url=ELSEWHERE, published_at=NOW), Storm.ELSEWHERE),
        (
            "daily titles",
            KNOWN,
            [one(n, NEW, ELSEWHERE, published_at=NOW + MINUTE * 60 * n) for n in range(1, 9)],
            None,
        ),
        ("dated anew", KNOWN, some(published_at=NOW), Storm.RESTAMPED),
        ("most dated anew", KNOWN, [*some(7, published_at=NOW), one(8)], None),
        ("four dated anew", stored(some(4)), some(4, published_at=NOW), None),
        (
            "corrected by a day each",
            KNOWN,
            [replace(each, published_at=NOW - DAY * n) for n, each in enumerate(some())],
            None,
        ),
        ("strangers in one moment", KNOWN, some(8, 90, published_at=NOW), Storm.RESTAMPED),
        ("strangers with old dates", KNOWN, some(8, 90, published_at=NOW - DAY * 99), Storm.STRANGE),
        ("four strangers", KNOWN, some(4, 90, published_at=NOW - DAY * 99), None),
        ("strangers beside one that is known", KNOWN, [one(1), *some(4, 90, published_at=NOW - DAY * 99)], None),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_could_be_news_is_let_in(
    why: str, store: list[Sighting], document: list[Sighting], expected: Storm | None
) -> None:
    verdict = judge(pairs_of(store, document), lambda: store, 100)
    assert (verdict.storm, verdict.is_habit) == (expected, False)
    assert bool(verdict.why) == (expected is not None)


@pytest.mark.parametrize("document", [some(published_at=NOW), some(8, 90, published_at=NOW)], ids=["same", "others"])
def test_a_source_that_always_dated_all_at_one_moment_is_no_storm(document: list[Sighting]) -> None:
    store = stored(some(published_at=NOW - DAY))
    verdict = judge(pairs_of(store, document), lambda: store, 100)
    assert (verdict.storm, verdict.is_habit) == (Storm.RESTAMPED, True)


def test_moved_articles_are_told_by_title_and_date() -> None:
    verdict = judge(pairs_of(KNOWN, moved := some(entry_id=NEW, url=ELSEWHERE)), lambda: KNOWN, 100)
    assert dict(verdict.names) == {each.entry_id: each.entry_id.replace("new", "id") for each in moved}


documents = st.lists(
    st.builds(
        one,
        st.integers(1, 6),
        st.sampled_from(["id-{}", NEW, "x"]),
        st.sampled_from(["http://n.example/{}", ELSEWHERE, "http://n.example/same", ""]),
        title=st.sampled_from(["T", "U", ""]),
        published_at=st.sampled_from([None, NOW, NOW - DAY]),
    ),
    unique_by=lambda each: each.entry_id,
)


@given(documents, documents)
def test_no_known_id_is_given_twice_or_taken_from_who_has_it(store: list[Sighting], document: list[Sighting]) -> None:
    found = renamed(stored(store), document)
    known, present = {each.entry_id for each in store}, {each.entry_id for each in document}
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= known - present
    assert set(found) <= present - known


@given(documents)
def test_other_ids_for_everything_leave_the_entries_as_they_are(document: list[Sighting]) -> None:
    store = stored(document)
    owned = [each for each in store if sum(each.canonical_url == other.canonical_url for other in store) == 1]
    owned = [each for each in owned if each.canonical_url]
    again = [replace(each, entry_id=f"session {each.entry_id}", row=0, first_seen_at=None) for each in owned]
    found = renamed(store, again)
    known = {each.entry_id: each for each in store}
    for each in again:
        assert found[each.entry_id] == each.entry_id.removeprefix("session ")
        old = known[found[each.entry_id]]
        assert revise(old, replace(each, entry_id=old.entry_id), NOW) is None


@given(documents)
def test_the_judge_is_quiet_about_what_is_known_and_as_it_was(document: list[Sighting]) -> None:
    store = stored(document)
    assert judge(pairs_of(store, document), lambda: store, 100).storm in (None, Storm.EMPTY)


# --- dates that are not believed, and words that never rest ---------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "said", "kept"),
    [
        ("dated anew after it was seen", NOW, NOW - DAY * 3),
        ("no date any more", None, NOW - DAY * 3),
        ("an earlier one", NOW - DAY * 4, NOW - DAY * 4),
        ("a later one before it was seen", NOW - DAY * 2, NOW - DAY * 2),
    ],
)
def test_nothing_is_published_after_it_was_seen(why: str, said: datetime | None, kept: datetime) -> None:
    old = replace(one(17), first_seen_at=NOW - DAY, row=1)
    found = revise(old, one(17, published_at=said), NOW) or old
    assert found.published_at == kept


def test_words_that_never_rest_move_updated_so_often_and_again_after_a_rest() -> None:
    old, now, moved = replace(one(1), first_seen_at=NOW, row=1), NOW, set()
    for number in range(3 * MOST_MOVES):
        now += MINUTE
        found = revise(old, one(1, digest=f"{number}"), now)
        assert found is not None
        assert found.digest == f"{number}"
        old = found
        moved.add(old.changed_at)
    assert len(moved) == MOST_MOVES
    rested = revise(old, one(1, digest="at last"), now + REST)
    assert rested is not None
    assert rested.changed_at == now + REST


def test_a_source_that_moves_its_own_updated_is_bounded_too() -> None:
    old, moved = replace(one(1), first_seen_at=NOW, row=1), set()
    for number in range(3 * MOST_MOVES):
        at = NOW + MINUTE * number
        old = revise(old, one(1, digest=f"{number}", updated_at=at), at) or old
        moved.add(old.updated_at)
    assert len(moved) == MOST_MOVES


# --- first imports --------------------------------------------------------------------------------------------------


def order(document: list[Sighting]) -> list[str]:
    oldest = NOW - DAY * 9999
    found = placed(document, oldest)
    return [each.entry_id for each in sorted(found, key=lambda each: each.published_at or each.placed_at or NOW)][::-1]


@pytest.mark.parametrize("dates", ["", "1", "3", "5", "15", "12345"])
def test_undated_entries_stand_in_the_order_of_their_document(dates: str) -> None:
    document = [
        replace(each, published_at=NOW - DAY * number if str(number) in dates else None)
        for number, each in enumerate(some(5), 1)
    ]
    assert order(document) == [each.entry_id for each in document]


def test_without_any_date_they_stand_behind_everything() -> None:
    oldest = NOW - DAY * 9999
    assert all((each.placed_at or NOW) <= oldest for each in placed(some(3, published_at=None), oldest))
