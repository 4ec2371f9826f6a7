"""What every store must keep of archives and of what was withdrawn; see `contract`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from finews_feeds.model import Tombstone
from finews_feeds.store.protocol import EntryRow, Sealed, Store

from .contract import dirty, entry_at, publish, put, row_of, settle
from .values import ALL, CHIPS, NOON, entry, settled, sighting


def three(store: Store) -> tuple[int, dict[str, EntryRow]]:
    """Three entries of one feed, published; the row of the feed, and the entries by id."""
    known = put(store, *(sighting(str(number), f"//example.org/{number}") for number in range(3)))
    settle(store, *(settled(entry(f"urn:{name}", int(name)), one, feeds=(ALL, CHIPS)) for name, one in known.items()))
    publish(store)
    return row_of(store, ALL), {f"urn:{name}": entry_at(store, f"urn:{name}") for name in known}


def seal(store: Store, feed: int, *entries: EntryRow, parts: tuple[bytes, ...] = (b"<a>", b"</a>")) -> int:
    with store.transaction() as tx:
        return tx.history().seal(feed, Sealed(parts, "https://x.example/", {each.row: each.digest for each in entries}))


class HistoryContract:
    """What every store keeps of archives and of what was withdrawn."""

    def test_archives_are_numbered_by_feed_and_kept_byte_for_byte(
        self, store: Store, open_again: Callable[[], Store]
    ) -> None:
        feed, known = three(store)
        other = row_of(store, CHIPS)
        assert store.history().archives() == {}
        assert store.history().archive(feed, 1) is None
        parts = (b"<a>\0\xff", b"same", b"same", b"", b"</a>")
        assert seal(store, feed, known["urn:0"], parts=parts) == 1
        assert seal(store, feed, known["urn:1"], parts=(b"same", b"other")) == 2
        assert seal(store, other, known["urn:0"], parts=parts) == 1
        again = open_again()
        assert again.history().archives() == {feed: 2, other: 1}
        assert again.history().archive(feed, 1) == Sealed(parts, "https://x.example/")
        assert again.history().archive(feed, 2) == Sealed((b"same", b"other"), "https://x.example/")
        assert again.history().archive(feed, 3) is None
        again.close()

    def test_unsealed_is_what_the_newest_archive_does_not_have_as_it_is(self, store: Store) -> None:
        feed, known = three(store)
        zero, one, two = (known[f"urn:{number}"] for number in range(3))
        assert store.history().unsealed(feed) == [zero.row, one.row, two.row]
        seal(store, feed, zero, one)
        assert store.history().unsealed(feed) == [two.row]
        assert store.history().unsealed(row_of(store, CHIPS)) == [zero.row, one.row, two.row]
        changed = replace(one, digest="other")
        settle(store, settled(changed, store.sightings("posts")["1"], feeds=(ALL,)))
        assert store.history().unsealed(feed) == [one.row, two.row]
        seal(store, feed, changed)
        settle(store, settled(one, store.sightings("posts")["1"], feeds=(ALL,)))
        assert store.history().unsealed(feed) == [one.row, two.row]
        seal(store, feed, one, two)
        assert store.history().unsealed(feed) == []

    def test_what_left_a_feed_is_not_unsealed_in_it(self, store: Store) -> None:
        feed, known = three(store)
        settle(store, settled(known["urn:1"], store.sightings("posts")["1"], feeds=(CHIPS,)))
        assert store.history().unsealed(feed) == [known["urn:0"].row, known["urn:2"].row]

    def test_unsealed_is_the_order_of_the_newest_from_its_end(self, store: Store) -> None:
        known = put(store, *(sighting(str(number), f"//example.org/{number}") for number in range(6)))
        settle(store, *(settled(entry(f"urn:{name}", int(name) // 2), one) for name, one in known.items()))
        feed = row_of(store, ALL)
        newest = store.newest(feed, 9, timedelta(0))
        assert store.history().unsealed(feed) == [each.row for each in reversed(newest)]
        rows = [each.row for each in newest]
        assert store.history().entries(rows) == newest
        assert store.history().entries(rows[::-1]) == newest[::-1]
        assert store.history().entries([]) == []

    def test_what_was_withdrawn_is_known_in_its_feeds_until_it_comes_back(self, store: Store) -> None:
        feed, known = three(store)
        chips = row_of(store, CHIPS)
        for minutes, name in ((1, "0"), (3, "2"), (3, "1")):
            with store.transaction() as tx:
                tx.history().withdraw({known[f"urn:{name}"].row: NOON + timedelta(minutes=minutes)})
                gone = replace(known[f"urn:{name}"], is_live=False)
                tx.settle([settled(gone, store.sightings("posts")[name], feeds=())], (), ())
        at = {0: NOON + timedelta(minutes=1), 1: NOON + timedelta(minutes=3), 2: NOON + timedelta(minutes=3)}
        stones = [Tombstone(f"urn:{number}", at[number]) for number in (1, 2, 0)]
        assert store.history().withdrawn(feed, 9) == store.history().withdrawn(chips, 9) == stones
        assert store.history().withdrawn(feed, 2) == stones[:2]
        publish(store)
        settle(store, settled(known["urn:2"], store.sightings("posts")["2"], feeds=(ALL,)))
        assert store.history().withdrawn(feed, 9) == store.history().withdrawn(chips, 9) == [stones[0], stones[2]]
        assert dirty(store) == {ALL, CHIPS}

    def test_what_is_sealed_in_a_transaction_that_fails_is_not_sealed(self, store: Store) -> None:
        feed, known = three(store)
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            tx.history().seal(feed, Sealed((b"x",), "", {known["urn:0"].row: "d"}))
            tx.history().withdraw({known["urn:0"].row: NOON})
            assert store.history().archives() == {feed: 1}
            raise ZeroDivisionError
        assert store.history().archives() == {}
        assert store.history().withdrawn(feed, 9) == []
        assert len(store.history().unsealed(feed)) == 3
