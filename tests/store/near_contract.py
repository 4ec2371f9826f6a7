"""What every store must keep of which sightings tell one story; see `contract`."""

from __future__ import annotations

from datetime import timedelta

from finews_feeds.store.protocol import NearRow, Store

from .contract import put, settle_one
from .values import sighting

HOUR = timedelta(hours=1)


def mark(store: Store, *rows: NearRow) -> None:
    with store.transaction() as tx:
        tx.near().put(rows)


def near_row(row: int, source: str, at: int = 0, marks: tuple[int, ...] = (1, 2, 2**48 - 1)) -> NearRow:
    return NearRow(row, f"told {row}", source, at, marks)


class NearContract:
    """Marks and ties, and what is decided anew because of them."""

    def test_candidates_share_marks_are_near_in_time_and_of_another_source(self, store: Store) -> None:
        mark(
            store,
            near_row(1, "a"),
            near_row(2, "b", 3600),
            near_row(3, "b", 3601),
            near_row(4, "a"),
            near_row(5, "c", -3600, (2, 7, 2**48 - 1)),
            near_row(6, "d", 0, ()),
        )
        assert store.near().candidates(1, HOUR, 2) == [2, 5]
        assert store.near().candidates(1, HOUR, 3) == [2]
        assert store.near().candidates(6, HOUR, 1) == []
        assert store.near().candidates(99, HOUR, 1) == []

    def test_a_tie_is_known_from_both_ends_until_one_is_forgotten(self, store: Store) -> None:
        mark(store, near_row(1, "a"), near_row(2, "b"), near_row(3, "c"))
        with store.transaction() as tx:
            tx.near().tie([(1, 2, 0.75), (3, 2, 1.0)])
            tx.near().tie([(2, 1, 0.8)])
        assert store.near().ties([1, 2, 9]) == {1: {2: 0.8}, 2: {1: 0.8, 3: 1.0}}
        with store.transaction() as tx:
            tx.near().forget([1, 9])
        assert store.near().ties([1, 2]) == {2: {3: 1.0}}
        assert store.near().told([1, 2]) == {2: "told 2"}
        assert store.near().candidates(2, HOUR, 1) == [3]
        with store.transaction() as tx:
            tx.near().forget()
        assert store.near().told([1, 2, 3]) == store.near().ties([1, 2, 3]) == {}

    def test_a_sighting_that_was_forgotten_may_be_recorded_anew(self, store: Store) -> None:
        mark(store, near_row(1, "a"), near_row(2, "b"))
        with store.transaction() as tx:
            tx.near().forget([1])
            tx.near().put([near_row(1, "a", marks=(8, 9))])
        assert store.near().candidates(2, HOUR, 1) == []

    def test_sightings_unsettled_by_row_are_decided_anew(self, store: Store) -> None:
        settle_one(store)
        one = store.sightings("posts" if store.sightings("posts") else "news")["1"]
        with store.transaction() as tx:
            tx.unsettle_rows([one.row, 99])
            assert [each.row for each in tx.unsettled().sightings] == [one.row]

    def test_sightings_are_found_by_row_with_their_bodies(self, store: Store) -> None:
        one = put(store, sighting("1", "//example.org/1"))["1"]
        (found,) = store.sightings_in([one.row, 99]).values()
        assert (found.entry_id, found.row, found.content) == ("1", one.row, sighting("1", "//example.org/1").content)
