"""What every store must keep: one suite for all of them. Another store is one more line in `STORES`.

Each test gets an empty store (`store`) and a way to open it once more (`open_again`).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finews_feeds.errors import StoreError
from finews_feeds.model import (
    FeedKey,
    FeedKind,
    Finding,
    FindingKind,
    FormerUrl,
    KnownParts,
    Override,
    OverrideKind,
    PostFile,
    Sighting,
    SourceState,
    Text,
)
from finews_feeds.store import open_store
from finews_feeds.store.protocol import EntryRow, Settled, Store, Transaction

from . import values
from .values import ALL, BANKS, CHIPS, NEWS, NOON, entry, settled, sighting

STORES = [
    "sqlite:///var/finews.db",
]


@pytest.fixture(params=STORES)
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the test's store once more."""
    return partial(open_store, request.param, tmp_path)


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Iterator[Store]:
    """An empty store."""
    opened = open_again()
    yield opened
    opened.close()


def cases(table: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """A table whose first column is the name of the case, as arguments of `parametrize`."""
    return {"argvalues": [case[1:] for case in table], "ids": [case[0] for case in table]}


def put(store: Store, *sightings: Sighting) -> dict[str, Sighting]:
    """Records sightings; gives them as the store has them, by entry id."""
    with store.transaction() as tx:
        tx.put_sightings(sightings)
    sources = {one.source for one in sightings}
    return {key: one for source in sources for key, one in store.sightings(source).items()}


def settle(store: Store, *decisions: Settled, vacated: tuple[int, ...] = (), idle: tuple[int, ...] = ()) -> None:
    with store.transaction() as tx:
        tx.settle(decisions, vacated, idle)


def publish(store: Store) -> None:
    """Makes every feed clean."""
    with store.transaction() as tx:
        for feed in store.feeds():
            tx.put_feed(replace(feed, published_seq=feed.changed_seq))


def settle_one(store: Store, feeds: tuple[FeedKey, ...] = (ALL, CHIPS)) -> EntryRow:
    """One sighting, one entry, its feeds published."""
    one = put(store, sighting("1", "//example.org/1"))["1"]
    settle(store, settled(entry("urn:1"), one, feeds=feeds))
    publish(store)
    return entry_at(store, "urn:1")


def entry_at(store: Store, atom_id: str) -> EntryRow:
    found = store.entry(atom_id)
    assert found is not None
    return found


def row_of(store: Store, key: FeedKey) -> int:
    return next(feed.row for feed in store.feeds() if feed.key == key)


def dirty(store: Store) -> set[FeedKey]:
    return {feed.key for feed in store.dirty_feeds()}


def to_decide(store: Store) -> set[str]:
    with store.transaction() as tx:
        return {one.entry_id for one in tx.unsettled().sightings}


#: (name, what stands as [(entry id, URL)…] an entry, what is put then as (entry id, URL), what is to be decided)
CLOSURES = [
    ("one without a URL joins nobody", [[("a", "")], [("b", "")]], [("c", "")], "c"),
    ("one that was there is decided alone", [[("a", "/1")], [("b", "/2")]], [("a", "/1")], "a"),
    ("who has the same URL comes along", [[("a", "/1")], [("b", "/2")]], [("c", "/1")], "ac"),
    ("who shares the entry comes along", [[("a", "/1"), ("b", "/2")]], [("a", "/1")], "ab"),
    ("who has the URL of one that shares it, too", [[("a", "/1"), ("b", "/2")], [("c", "/2")]], [("a", "/1")], "abc"),
    (
        "through many steps",
        [[("a", "/1"), ("b", "/2")], [("c", "/2"), ("d", "/3")], [("e", "/4")]],
        [("f", "/3")],
        "abcdf",
    ),
    ("those left behind by a new URL", [[("a", "/1"), ("b", "/1")]], [("a", "/2")], "ab"),
    ("those who could take its old place", [[("a", "/1")], [("b", "/1")], [("c", "/9")]], [("a", "/2")], "ab"),
    ("those it meets at its new URL", [[("a", "/1")], [("b", "/2")]], [("a", "/2")], "ab"),
    ("several that are new", [[("a", "/1")]], [("b", "/2"), ("c", "/2")], "bc"),
]

#: (name, limit, min_age in minutes, most, the atom:ids expected) of entries at minutes 0, 1, 2, 2, 3, 3
NEWEST = [
    ("the newest come first, and in an instant the smaller id", 9, 0, None, "efcdba"),
    ("a limit cuts", 2, 0, None, "ef"),
    ("a limit cuts through an instant by id", 3, 0, None, "efc"),
    ("within the age all stay, to the last second", 1, 1, None, "efcd"),
    ("an age that covers less than the limit changes nothing", 5, 1, None, "efcdb"),
    ("no age is no more than the limit", 1, 0, None, "e"),
    ("a limit of none leaves those within the age", 0, 1, None, "efcd"),
    ("no more than there is room for", 9, 9, 2, "ef"),
]


class StoreContract:
    """The suite; a test module makes it run by inheriting from it."""

    # --- sources, files, facts ------------------------------------------------------------------------------------

    @given(state=values.source_states)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_source_states_come_back_as_they_were(self, store: Store, state: SourceState) -> None:
        with store.transaction() as tx:
            tx.put_source_state(state)
        assert store.source_states()[state.name] == state

    def test_source_states_are_replaced_and_forgotten_by_name(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.put_source_state(SourceState("b", polls=1))
            tx.put_source_state(SourceState("a"))
            tx.put_source_state(SourceState("b", polls=2))
        assert list(store.source_states().items()) == [("a", SourceState("a")), ("b", SourceState("b", polls=2))]
        with store.transaction() as tx:
            tx.delete_source_state("b")
            tx.delete_source_state("never there")
        assert list(store.source_states()) == ["a"]

    @given(file=values.post_files)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_post_files_come_back_as_they_were(self, store: Store, file: PostFile) -> None:
        with store.transaction() as tx:
            tx.put_post_files("posts", [file])
        assert store.post_files("posts")[file.path] == file

    def test_post_files_are_replaced_and_forgotten_by_source_and_path(self, store: Store) -> None:
        finding = Finding(FindingKind.SKIPPED, "b.md", 3, "no date", "write one")
        with store.transaction() as tx:
            tx.put_post_files("posts", [PostFile("a.md", 1, 1, "a"), PostFile("\udce4.md", 1, 1, "\udce4")])
            tx.put_post_files("posts", [PostFile("b.md", 1, 1, "", (finding,))])
            tx.put_post_files("other", [PostFile("a.md", 9, 9, "a")])
            tx.put_post_files("posts", [PostFile("a.md", 2, 2, "a")])
        assert store.post_findings("posts") == [finding]
        assert store.post_files("posts") == {
            "a.md": PostFile("a.md", 2, 2, "a"),
            "b.md": PostFile("b.md", 1, 1, "", (finding,)),
            "\udce4.md": PostFile("\udce4.md", 1, 1, "\udce4"),
        }
        assert store.post_files("posts", ["a.md", "\udce4.md", "never.md"]).keys() == {"a.md", "\udce4.md"}
        assert store.post_files("posts", []) == {}
        assert sorted(store.post_stamps("posts")) == [("a.md", 2, 2), ("b.md", 1, 1), ("\udce4.md", 1, 1)]
        with store.transaction() as tx:
            tx.delete_post_files("posts", ["a.md", "\udce4.md", "never.md"])
        assert list(store.post_files("posts")) == ["b.md"]
        assert list(store.post_files("other")) == ["a.md"]

    def test_post_files_are_found_by_what_they_stand_for(self, store: Store) -> None:
        copy = PostFile("old/a.md", 1, 1, "a//old/a.md", (Finding(FindingKind.REPAIRED, "old/a.md", 1, "two", "one"),))
        plain = [PostFile("b.md", 1, 1, ""), PostFile("c.md", 1, 1, "c//d"), PostFile("\udce4.md", 1, 1, "\udce4//")]
        with store.transaction() as tx:
            tx.put_post_files("posts", [PostFile("a.md", 1, 1, "a"), copy, *plain])
            tx.put_post_files("other", [PostFile("e.md", 1, 1, "e//")])
        assert store.posts_keyed("posts", "//") == {"old/a.md", "c.md", "\udce4.md"}
        assert store.posts_standing("posts", ["a", "a//old/a.md", "\udce4//", "e//", "b"]) == {
            "a",
            copy.entry_id,
            "\udce4//",
        }
        assert store.posts_standing("posts", []) == set()

    def test_facts_are_kept_by_key(self, store: Store) -> None:
        assert store.meta("config") is None
        with store.transaction() as tx:
            tx.put_meta("config", "1")
            tx.put_meta("config", "2")
        assert store.meta("config") == "2"

    @given(entries=st.lists(st.tuples(st.text(), st.text())))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_known_parts_come_back_as_they_were(self, store: Store, entries: list[tuple[str, str]]) -> None:
        parts = KnownParts("around", tuple(entries))
        with store.transaction() as tx:
            tx.put_known_parts("a", KnownParts("", ()))
            tx.put_known_parts("a", parts)
        assert store.known_parts("a") == parts
        assert store.known_parts("b") is None

    def test_known_parts_are_forgotten_with_what_they_speak_of(self, store: Store) -> None:
        def left(change: Callable[[Transaction], None]) -> set[str]:
            with store.transaction() as tx:
                for name in ("a", "b"):
                    tx.put_known_parts(name, KnownParts("", ()))
                change(tx)
            return {name for name in ("a", "b") if store.known_parts(name)}

        assert left(lambda tx: tx.put_source_state(SourceState("a"))) == {"a", "b"}
        assert left(lambda tx: tx.put_sightings([sighting("1", source="a")])) == {"b"}
        assert left(lambda tx: tx.delete_source_state("b")) == {"a"}
        moved = store.sightings("a").values()
        assert left(lambda tx: tx.put_canonical_urls(moved)) == set()

    # --- sightings ------------------------------------------------------------------------------------------------

    @given(one=values.sightings)
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_sightings_come_back_as_they_were(self, store: Store, one: Sighting) -> None:
        with store.transaction() as tx:
            tx.put_sightings([one])
        (bare,) = store.sightings(one.source, [one.entry_id]).values()
        assert bare == replace(one, row=bare.row, summary=None, content=None)
        assert store.contents([bare.row]) == {bare.row: (one.summary, one.content)}
        settle(store, settled(store.entry_of(bare.row) or entry(f"urn:{bare.row}"), bare))
        found = store.entry_of(bare.row)
        assert found is not None
        assert store.sightings_of([found.row]) == {found.row: (replace(one, row=bare.row),)}

    def test_a_sighting_is_replaced_by_name_and_keeps_its_row(self, store: Store) -> None:
        first = put(store, sighting("1", source="a", content=Text("old")), sighting("1", source="b"))["1"]
        first = store.sightings("a")["1"]
        put(store, sighting("1", source="a", content=Text("new"), row=77, gone_at=NOON))
        second = store.sightings("a")["1"]
        assert (second.row, second.gone_at) == (first.row, NOON)
        assert store.contents([second.row]) == {second.row: (None, Text("new"))}
        assert store.sightings("b")["1"].gone_at is None

    def test_of_one_name_twice_in_a_batch_the_later_stands(self, store: Store) -> None:
        assert put(store, sighting("1", lang="a"), sighting("1", lang="b"))["1"].lang == "b"

    def test_a_sighting_that_comes_without_bodies_has_none(self, store: Store) -> None:
        row = put(store, sighting("1", summary=Text("s"), content=Text("c")))["1"].row
        put(store, sighting("1"))
        assert store.contents([row, 999]) == {row: (None, None)}

    def test_sightings_are_found_by_source_name_and_url(self, store: Store) -> None:
        put(store, sighting("2", "/x", "b"), sighting("1", "/x", "b", content=Text("c")), sighting("1", "/x", "a"))
        assert set(store.sightings("b")) == {"1", "2"}
        assert set(store.sightings("b", ["2", "3"])) == {"2"}
        assert store.sightings("c") == {}
        assert [(one.source, one.entry_id) for one in store.sightings_at("/x")] == [("a", "1"), ("b", "1"), ("b", "2")]
        assert store.sightings_at("/x")[1].content == Text("c")
        assert store.sightings_at("") == ()

    def test_canonical_urls_change_alone_and_what_is_concerned_is_decided_anew(self, store: Store) -> None:
        body = Text("words")
        one, two, three = put(
            store,
            sighting("1", "//a/1", summary=body, gone_at=NOON),
            sighting("2", "//a/1"),
            sighting("3", "//a/3"),
        ).values()
        settle(store, settled(entry("urn:1"), one, two), settled(entry("urn:3"), three))
        moved = replace(one, canonical_url="//a/3", identity_urls=("//a/3?x", ""), title="not written")
        with store.transaction() as tx:
            tx.put_canonical_urls([moved])
            found = tx.unsettled()
        assert [each.entry_id for each in found.sightings] == ["1", "2", "3"]
        (kept,) = (each for each in store.sightings_at("//a/3") if each.entry_id == "1")
        assert (kept.identity_urls, kept.summary, kept.gone_at) == (moved.identity_urls, body, NOON)
        with store.transaction() as tx:
            tx.put_canonical_urls([replace(one, canonical_url="")])
        assert store.sightings_at("//a/3") == (three,)

    def test_one_that_has_moved_is_found_where_it_stood(self, store: Store) -> None:
        stood = (FormerUrl("/1", ("http://n.example/1",)), FormerUrl("/2"))
        put(store, sighting("b", "/3", former_urls=stood, content=Text("c")), sighting("a", "/4", former_urls=stood))
        put(store, sighting("c", "/1"))
        assert [each.entry_id for each in store.sightings_once_at("/1")] == ["a", "b"]
        assert store.sightings_once_at("/1")[1].content == Text("c")
        assert [each.entry_id for each in store.sightings_once_at("/2", 1)] == ["a"]
        assert store.sightings_once_at("/3") == ()
        with store.transaction() as tx:
            known = store.sightings("posts")["a"]
            tx.put_canonical_urls([replace(known, former_urls=(FormerUrl("/9"),))])
        assert [each.entry_id for each in store.sightings_once_at("/1")] == ["b"]
        assert [each.former_urls for each in store.sightings_once_at("/9")] == [(FormerUrl("/9"),)]

    #: (where the new one stands, where it stood before, who is decided with it)
    FORMER = (("/1", "", "abn"), ("/2", "", "abn"), ("/3", "", "abn"), ("/9", "/1", "abn"), ("/9", "/8", "n"))

    @pytest.mark.parametrize(("url", "former", "expected"), FORMER)
    def test_where_one_stood_ties_it_like_where_it_stands(
        self, store: Store, url: str, former: str, expected: str
    ) -> None:
        moved = sighting("a", "/3", former_urls=(FormerUrl("/1"), FormerUrl("/2")))
        known = put(store, moved, sighting("b", "/1"), sighting("c", "/7"))
        for name, one in known.items():
            settle(store, settled(entry(f"urn:{name}"), one))
        put(store, sighting("n", url, former_urls=(FormerUrl(former),) if former else ()))
        assert to_decide(store) == set(expected)

    def test_every_sighting_is_met_once(self, store: Store) -> None:
        assert list(store.every_sighting()) == []
        names = {str(number) for number in range(1201)}
        put(store, *(sighting(name, source=f"s{int(name) % 3}") for name in names))
        assert sorted(each.entry_id for each in store.every_sighting()) == sorted(names)

    def test_so_many_sightings_of_one_url_as_are_wanted(self, store: Store) -> None:
        put(store, *(sighting(str(n), "/x", source, content=Text("c")) for n in (2, 1) for source in "ba"))
        found = store.sightings_at("/x", 3)
        assert [(one.source, one.entry_id, one.content) for one in found] == [
            ("a", "1", Text("c")),
            ("a", "2", Text("c")),
            ("b", "1", Text("c")),
        ]

    def test_sightings_are_found_by_the_addresses_that_readers_click(self, store: Store) -> None:
        one = replace(sighting("1", "/x"), link="https://www.site.example/p/", via="http://o.example/a?id=1#top")
        put(store, one, replace(sighting("2"), link="http://site.example/p"), sighting("3"))
        for url in ("http://site.example/p", "https://www.site.example/p/#x", "site.example/p"):
            assert [each.entry_id for each in store.sightings_linking(url)] == ["1", "2"]
        assert [each.entry_id for each in store.sightings_linking("https://o.example/a?id=1")] == ["1"]
        assert store.sightings_linking("http://o.example/a?id=2") == store.sightings_linking("") == ()
        put(store, replace(one, link="http://site.example/moved"))
        assert [each.entry_id for each in store.sightings_linking("http://site.example/p")] == ["2"]
        assert [each.entry_id for each in store.sightings_linking("http://site.example/moved")] == ["1"]

    def test_the_neighbours_of_a_url_are_found_each_once(self, store: Store) -> None:
        put(store, *(sighting(f"{n}{source}", f"/{n}", source) for n in (1, 2, 4, 5, 6) for source in "ba"))
        found = store.sightings_near("/4", 2)
        assert [(one.canonical_url, one.source) for one in found] == [
            ("/1", "a"),
            ("/2", "a"),
            ("/5", "a"),
            ("/6", "a"),
        ]
        assert [one.canonical_url for one in store.sightings_near("/3", 1)] == ["/2", "/4"]
        assert store.sightings_near("/4", 0) == ()

    # --- the operator's word --------------------------------------------------------------------------------------

    @given(one=values.overrides)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_what_the_operator_said_comes_back_as_it_was(self, store: Store, one: Override) -> None:
        with store.transaction() as tx:
            row = tx.put_override(one)
        assert replace(one, row=row) in store.overrides()

    def test_what_the_operator_said_is_listed_by_number_and_forgotten(self, store: Store) -> None:
        with store.transaction() as tx:
            word = Override(OverrideKind.MERGE, ("a", "1"), (("b", "1"),), NOON, "urn:1", "urn:2")
            rows = [tx.put_override(replace(word, atom_id=f"urn:{n}")) for n in range(3)]
            tx.put_override(replace(word, atom_id="urn:0", other_id="urn:9", row=rows[0]))
            tx.delete_override(rows[1])
            tx.delete_override(77)
        assert len(set(rows)) == 3
        assert store.overrides() == (
            replace(word, atom_id="urn:0", other_id="urn:9", row=rows[0]),
            replace(word, atom_id="urn:2", row=rows[2]),
        )

    def test_sightings_can_be_decided_anew_by_name(self, store: Store) -> None:
        rows = [put(store, sighting(f"{n}", f"/{n}", f"s{n}"))[f"{n}"] for n in range(3)]
        settle(store, *(settled(entry(f"urn:{one.row}"), one) for one in rows))
        with store.transaction() as tx:
            assert tx.unsettle_named([("s1", "1"), ("s2", "1"), ("s2", "2")]) == 2
        assert to_decide(store) == {"1", "2"}

    def test_the_latest_sightings_of_a_source_come_latest_first(self, store: Store) -> None:
        later = NOON + timedelta(hours=1)
        put(store, *(sighting(name, source="a", first_seen_at=NOON, content=Text("c")) for name in "cb"))
        put(store, sighting("d", source="a", first_seen_at=later), sighting("x", source="b", first_seen_at=later))
        assert [one.entry_id for one in store.latest_sightings("a", 9)] == ["d", "b", "c"]
        assert [one.entry_id for one in store.latest_sightings("a", 2)] == ["d", "b"]
        assert store.latest_sightings("a", 2)[1].content is None
        assert store.latest_sightings("c", 2) == ()

    def test_the_latest_sightings_of_some_instants_are_looked_for_among_the_latest_alone(self, store: Store) -> None:
        seen = {name: NOON + timedelta(hours=hours) for hours, name in enumerate("abcd")}
        dates = {"a": NOON, "b": None, "c": NOON, "d": NOON - timedelta(hours=1)}
        put(store, *(sighting(name, published_at=dates[name], first_seen_at=at) for name, at in seen.items()))

        def found(most: int, *published_at: datetime | None) -> list[str]:
            return [each.entry_id for each in store.latest_sightings("posts", most, published_at)]

        assert found(9, NOON) == ["c", "a"]
        assert found(3, NOON, None) == ["c", "b"]
        assert found(9, NOON + timedelta(hours=1)) == found(9) == []

    def test_the_sightings_of_one_source_are_found_by_many_urls(self, store: Store) -> None:
        put(store, sighting("2", "/x", "b"), sighting("1", "/x", "b", content=Text("c")), sighting("1", "/x", "a"))
        put(store, sighting("3", "/y", "b"), sighting("4", "", "b"))
        found = store.sightings_among("b", ["/x", "/y", "/z", ""])
        assert {url: [one.entry_id for one in each] for url, each in found.items()} == {"/x": ["1", "2"], "/y": ["3"]}
        assert found["/x"][0].content == Text("c")
        assert store.sightings_among("c", ["/x"]) == {}

    def test_sightings_flow_through_without_being_held(self, store: Store) -> None:
        body = "金" * 20_000
        tracemalloc.start()
        with store.transaction() as tx:
            tx.put_sightings(sighting(str(n), content=Text(body + str(n))) for n in range(2_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2_000 * 40_000 / 2

    # --- what is to be decided ------------------------------------------------------------------------------------

    def test_what_is_new_is_to_be_decided_and_in_order(self, store: Store) -> None:
        put(store, sighting("2", "/1", "a"), sighting("1", "", "b"), sighting("1", "/1", "a", content=Text("c")))
        with store.transaction() as tx:
            found = tx.unsettled()
        assert [(one.source, one.entry_id, one.content) for one in found.sightings] == [
            ("a", "1", None),
            ("a", "2", None),
            ("b", "1", None),
        ]
        assert (found.entry_of, found.entries) == ({}, {})

    @given(values.sightings)
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_what_is_to_be_decided_has_what_tells_who_is_one_and_in_full_all_but_its_bodies(
        self, store: Store, told: Sighting
    ) -> None:
        whole = put(store, told)[told.entry_id]
        with store.transaction() as tx:
            little = {each.row: each for each in tx.unsettled().sightings}[whole.row]
            full = {each.row: each for each in tx.unsettled(in_full=True).sightings}[whole.row]
            assert tx.told([whole.row, 0]) == {whole.row: full}
        assert full == replace(whole, summary=None, content=None)
        kept = ("row", "own_atom_id", "former_urls", "published_at", "first_seen_at", "gone_at")
        assert little == Sighting(
            whole.source,
            whole.entry_id,
            whole.canonical_url,
            whole.is_post,
            whole.title,
            "",
            **{name: getattr(whole, name) for name in kept},
        )

    def test_nothing_is_to_be_decided_in_an_empty_or_settled_store(self, store: Store) -> None:
        assert to_decide(store) == set()
        settle_one(store)
        assert to_decide(store) == set()

    @pytest.mark.parametrize(("standing", "new", "expected"), **cases(CLOSURES))
    def test_whoever_could_be_concerned_is_decided_too(
        self, store: Store, standing: list[list[tuple[str, str]]], new: list[tuple[str, str]], expected: str
    ) -> None:
        for group in standing:
            known = put(store, *(sighting(*name) for name in group))
            settle(store, settled(entry(f"urn:{group[0][0]}"), *(known[name] for name, _ in group)))
        put(store, *(sighting(*name) for name in new))
        assert to_decide(store) == set(expected)

    def test_a_former_url_is_remembered_through_several_changes_and_forgotten_when_settled(self, store: Store) -> None:
        settle(store, settled(entry("urn:a"), put(store, sighting("a", "/1"))["a"]))
        settle(store, settled(entry("urn:b"), put(store, sighting("b", "/1"))["b"]))
        with store.transaction() as tx:
            tx.unsettle()
        put(store, sighting("a", "/2"))
        a = put(store, sighting("a", "/3"))["a"]
        settle(store, settled(entry_at(store, "urn:b"), store.sightings("posts")["b"]))
        assert to_decide(store) == {"a", "b"}
        settle(store, settled(entry_at(store, "urn:a"), a))
        put(store, sighting("c", "/3"))
        assert to_decide(store) == {"a", "c"}

    def test_what_is_decided_brings_its_entries(self, store: Store) -> None:
        settle_one(store)
        row = put(store, sighting("1", "//example.org/1", gone_at=NOON))["1"].row
        with store.transaction() as tx:
            found = tx.unsettled()
        found_entry = entry_at(store, "urn:1")
        assert (found.entry_of, found.entries) == ({row: found_entry.row}, {found_entry.row: found_entry})
        assert found.sightings[0].gone_at == NOON

    def test_all_or_one_source_can_be_decided_anew(self, store: Store) -> None:
        rows = [put(store, sighting(f"{n}", f"/{n}", f"s{n}"))[f"{n}"] for n in range(3)]
        settle(store, *(settled(entry(f"urn:{one.row}"), one) for one in rows))
        with store.transaction() as tx:
            assert tx.unsettle("s1") == 1
        assert to_decide(store) == {"1"}
        with store.transaction() as tx:
            assert tx.unsettle() == 3
        assert to_decide(store) == {"0", "1", "2"}

    def test_one_that_waits_is_decided_when_its_time_has_come(self, store: Store) -> None:
        row = put(store, sighting("1"))["1"].row
        with store.transaction() as tx:
            tx.settle((), (), (row,))
            tx.wait({row: NOON})
        assert to_decide(store) == set()
        with store.transaction() as tx:
            assert tx.unsettle_due(NOON - timedelta(microseconds=1)) == 0
            assert tx.unsettle_due(NOON) == 1
            assert tx.unsettle_due(NOON) == 0
        assert to_decide(store) == {"1"}

    def test_a_decision_forgets_that_one_waited(self, store: Store) -> None:
        row = put(store, sighting("1"))["1"].row
        with store.transaction() as tx:
            tx.wait({row: NOON})
            tx.settle([settled(entry("urn:1"), row)], (), ())
            assert tx.unsettle_due(NOON) == 0

    def test_one_that_is_no_entry_is_not_asked_for_again(self, store: Store) -> None:
        row = put(store, sighting("1", gone_at=NOON))["1"].row
        settle(store, idle=(row,))
        assert to_decide(store) == set()
        assert store.entry_of(row) is None

    # --- what a decision leaves -----------------------------------------------------------------------------------

    @given(one=values.entries)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_entries_come_back_as_they_were(self, store: Store, one: EntryRow) -> None:
        old = store.entry(one.atom_id)
        settle(store, settled(replace(one, row=old.row if old else 0)))
        found = entry_at(store, one.atom_id)
        assert found == replace(one, row=found.row)
        with store.transaction() as tx:
            assert tx.atom_ids([one.atom_id, "no such id"]) == {one.atom_id: found.row}

    def test_an_entry_knows_its_sightings_and_feeds(self, store: Store) -> None:
        known = put(store, sighting("2", source="a", content=Text("c")), sighting("1", source="b"), sighting("3"))
        settle(store, settled(entry("urn:1"), known["2"], known["1"], feeds=(NEWS, ALL, CHIPS, BANKS)))
        found = entry_at(store, "urn:1")
        ((_, sightings),) = store.sightings_of([found.row, 999]).items()
        assert [(one.source, one.entry_id, one.content) for one in sightings] == [
            ("a", "2", Text("c")),
            ("b", "1", None),
        ]
        assert store.entry_of(known["1"].row) == found
        assert store.entry_of(known["3"].row) is None
        assert store.feeds_of(found.row) == (ALL, NEWS, CHIPS, BANKS)
        assert store.feeds_of(999) == ()
        assert store.feed_rows_of(found.row) == store.feeds()
        assert store.feed_rows_of(999) == []

    @pytest.mark.parametrize(
        ("most_bytes", "expected"), [(0, [3]), (1, [3]), (6, [3]), (7, [3, 1]), (11, [3, 1]), (12, [3, 1, 2])]
    )
    def test_the_first_entries_come_whole_until_their_bodies_are_so_many_bytes(
        self, store: Store, most_bytes: int, expected: list[int]
    ) -> None:
        bodies = {"1": Text("five!"), "2": None, "3": Text("one"), "4": Text("two")}
        known = put(store, *(sighting(key, content=text) for key, text in bodies.items()))
        settle(store, *(settled(entry(f"urn:{key}"), known[key]) for key in "12"))
        settle(store, settled(entry("urn:3"), known["3"], known["4"]))
        rows = {key: entry_at(store, f"urn:{key}").row for key in (1, 2, 3)}
        found = store.sightings_of([rows[3], rows[1], rows[2]], most_bytes)
        assert list(found) == [rows[key] for key in expected]
        assert len(found[rows[3]]) == 2

    def test_a_decision_is_exact(self, store: Store) -> None:
        known = put(store, sighting("1"), sighting("2"))
        settle(store, settled(entry("urn:1"), known["1"], known["2"]))
        settle(store, settled(entry_at(store, "urn:1"), known["1"]), settled(entry("urn:2"), known["2"]))
        first, second = entry_at(store, "urn:1").row, entry_at(store, "urn:2").row
        found = store.sightings_of([first, second])
        assert {row: [one.entry_id for one in ones] for row, ones in found.items()} == {first: ["1"], second: ["2"]}
        settle(store, settled(entry_at(store, "urn:2")), idle=(known["2"].row,))
        assert store.entry_of(known["2"].row) is None

    def test_a_vacated_entry_leaves_its_feeds_and_keeps_its_id(self, store: Store) -> None:
        old = settle_one(store)
        with store.transaction() as tx:
            tx.put_fragments("atom", {old.row: ("d", b"<entry/>")})
        row = put(store, sighting("1", "//example.org/1", gone_at=NOON))["1"].row
        settle(store, vacated=(old.row,))
        retired = entry_at(store, "urn:1")
        assert retired == replace(old, is_live=False)
        assert store.feeds_of(old.row) == ()
        assert [(feed.key, feed.entries) for feed in store.dirty_feeds()] == [(ALL, 0), (CHIPS, 0)]
        assert store.fragments("atom", [old.row]) == {}
        assert to_decide(store) == set()
        assert store.entry_of(row) == retired
        publish(store)
        settle(store, settled(replace(retired, is_live=True), row, feeds=(CHIPS,)))
        assert (dirty(store), entry_at(store, "urn:1")) == ({CHIPS}, old)

    def test_an_entry_that_is_not_live_stands_in_no_feed(self, store: Store) -> None:
        settle(store, settled(entry("urn:1", is_live=False), feeds=(ALL,)))
        assert store.feeds() == []
        assert store.feeds_of(entry_at(store, "urn:1").row) == ()

    def test_an_id_is_never_changed_nor_given_twice(self, store: Store) -> None:
        old = settle_one(store)
        with pytest.raises(ValueError, match="urn:1"):
            settle(store, settled(replace(old, atom_id="urn:2")))
        with pytest.raises(ValueError, match="999"):
            settle(store, settled(replace(old, row=999)))
        with pytest.raises(StoreError):
            settle(store, settled(entry("urn:1")))
        assert store.entry("urn:1") == old
        assert store.entry("urn:2") is None

    # --- which feeds are dirty ------------------------------------------------------------------------------------

    #: (name, what becomes of the entry in ALL and CHIPS, its feeds then, the feeds that are dirty)
    CHANGES = (
        ("nothing", {}, (ALL, CHIPS), set()),
        ("what no reader sees", {"key": "other", "updated_at": NOON + timedelta(1)}, (ALL, CHIPS), set()),
        ("its digest", {"digest": "e"}, (ALL, CHIPS), {ALL, CHIPS}),
        ("its place", {"sort_at": NOON + timedelta(1)}, (ALL, CHIPS), {ALL, CHIPS}),
        ("it leaves a feed", {}, (ALL,), {CHIPS}),
        ("it joins a feed", {}, (ALL, CHIPS, BANKS), {BANKS}),
        ("it goes from one to another", {}, (ALL, BANKS), {CHIPS, BANKS}),
        ("it changes and leaves", {"digest": "e"}, (ALL,), {ALL, CHIPS}),
        ("it moves and leaves", {"sort_at": NOON + timedelta(1)}, (ALL,), {ALL, CHIPS}),
        ("it is withdrawn", {"is_live": False}, (), {ALL, CHIPS}),
    )

    @pytest.mark.parametrize(("change", "feeds", "expected"), **cases(CHANGES))
    def test_a_feed_is_dirty_exactly_if_a_reader_sees_a_difference(
        self, store: Store, change: dict[str, Any], feeds: tuple[FeedKey, ...], expected: set[FeedKey]
    ) -> None:
        old = settle_one(store)
        changed = replace(old, **change)
        settle(store, settled(changed, store.sightings("posts")["1"], feeds=feeds))
        assert dirty(store) == expected
        assert entry_at(store, "urn:1") == changed
        counts = {feed.key: feed.entries for feed in store.feeds()}
        assert counts == {ALL: 0, CHIPS: 0} | dict.fromkeys(feeds, 1)

    def test_a_new_feed_is_dirty_and_has_no_path_yet(self, store: Store) -> None:
        settle(store, settled(entry("urn:1"), feeds=(CHIPS,)))
        (feed,) = store.dirty_feeds()
        assert (feed.key, feed.path, feed.atom_id, feed.label, feed.entries) == (CHIPS, "", "", "", 1)
        with store.transaction() as tx:
            tx.put_feed(replace(feed, path="feed/x", atom_id="urn:f", label="芯片", updated_at=NOON, published_seq=1))
        (feed,) = store.feeds()
        assert (feed.path, feed.atom_id, feed.label, feed.updated_at) == ("feed/x", "urn:f", "芯片", NOON)
        assert dirty(store) == set()

    def test_a_change_while_a_feed_is_being_published_is_not_lost(self, store: Store) -> None:
        settle(store, settled(entry("urn:1")))
        (read,) = store.dirty_feeds()
        settle(store, settled(entry("urn:2")))
        with store.transaction() as tx:
            tx.put_feed(replace(read, published_seq=read.changed_seq))
        assert dirty(store) == {ALL}

    def test_every_transaction_that_changes_feeds_has_a_number_of_its_own(self, store: Store) -> None:
        settle(store, settled(entry("urn:1")), settled(entry("urn:2"), feeds=(CHIPS,)))
        first = {feed.changed_seq for feed in store.feeds()}
        settle(store, settled(entry("urn:3"), feeds=(ALL, CHIPS)))
        second = {feed.changed_seq for feed in store.feeds()}
        assert len(first) == len(second) == 1
        assert max(second) > max(first)

    def test_feeds_can_be_touched_all_or_by_key(self, store: Store) -> None:
        settle_one(store)
        with store.transaction() as tx:
            tx.touch_feeds([CHIPS, BANKS])
        assert dirty(store) == {CHIPS, BANKS}
        publish(store)
        with store.transaction() as tx:
            tx.touch_feeds()
        assert dirty(store) == {ALL, CHIPS, BANKS}

    def test_feeds_come_by_kind_and_key(self, store: Store) -> None:
        keys = [FeedKey(kind, key) for kind in sorted(FeedKind) for key in ("", "a", "b", "芯片")]
        with store.transaction() as tx:
            tx.touch_feeds(reversed(keys))
        assert [feed.key for feed in store.feeds()] == [feed.key for feed in store.dirty_feeds()] == keys

    # --- reading a feed -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("limit", "minutes", "most", "expected"), **cases(NEWEST))
    @pytest.mark.parametrize("order", ["abcdef", "fedcba"])
    def test_the_newest_of_a_feed(
        self, store: Store, order: str, limit: int, minutes: int, most: int | None, expected: str
    ) -> None:
        at = dict(zip("abcdef", (0, 1, 2, 2, 3, 3), strict=True))
        settle(store, *(settled(entry(name, at[name])) for name in order), settled(entry("x", 9), feeds=(CHIPS,)))
        found = store.newest(row_of(store, ALL), limit, timedelta(minutes=minutes), most)
        assert "".join(one.atom_id for one in found) == expected
        oldest = store.oldest(row_of(store, ALL))
        assert oldest is not None
        assert oldest.atom_id == "a"

    def test_an_empty_feed_has_no_newest_and_no_oldest(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.touch_feeds([ALL])
        assert store.newest(row_of(store, ALL), 10, timedelta(hours=48)) == []
        assert store.oldest(row_of(store, ALL)) is None

    def test_fragments_are_kept_by_kind_and_entry(self, store: Store) -> None:
        row = settle_one(store).row
        with store.transaction() as tx:
            tx.put_fragments("atom", {row: ("1", b"old")})
            tx.put_fragments("atom", {row: ("2", b"\0new")})
            tx.put_fragments("html", {row: ("3", b"<p>")})
        assert store.fragments("atom", [row, 999]) == {row: ("2", b"\0new")}
        assert store.fragments("json", [row]) == {}

    @pytest.mark.parametrize(("most_bytes", "expected"), [(0, 1), (2, 1), (3, 2), (6, 3), (9, 3)])
    def test_the_first_fragments_come_until_they_exceed_so_many_bytes(
        self, store: Store, most_bytes: int, expected: int
    ) -> None:
        known = put(store, *(sighting(key) for key in "123"))
        settle(store, *(settled(entry(f"urn:{key}"), one) for key, one in known.items()))
        rows = [entry_at(store, f"urn:{key}").row for key in "312"]
        with store.transaction() as tx:
            tx.put_fragments("atom", dict.fromkeys(rows, ("d", b"abc")))
        assert list(store.fragments("atom", rows, most_bytes)) == rows[:expected]

    @given(data=st.data())
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_counts_order_and_dirt_are_what_counting_anew_would_give(
        self, open_again: Callable[[], Store], data: st.DataObject
    ) -> None:
        store = open_again()
        with store.rehearsal():
            # Every example begins with the empty store: a rehearsal takes back what it did.
            model: dict[str, tuple[int, str, frozenset[FeedKey]]] = {}
            for _ in range(data.draw(st.integers(1, 4))):
                before = shown(model)
                step = data.draw(STEPS)
                publish(store)
                settle(store, *(decision(store, name, *what) for name, what in step.items()))
                model |= step
                after = shown(model)
                assert dirty(store) == {
                    key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
                }
                for feed in store.feeds():
                    expected = after.get(feed.key, [])
                    assert feed.entries == len(expected)
                    found = store.newest(feed.row, 99, timedelta(0))
                    assert [(one.atom_id, one.digest) for one in found] == [
                        (name, digest) for _, name, digest in expected
                    ]
        store.close()

    # --- transactions ---------------------------------------------------------------------------------------------

    def test_a_transaction_that_fails_changes_nothing(self, store: Store) -> None:
        old = settle_one(store)
        with pytest.raises(KeyError), store.transaction() as tx:
            tx.put_meta("a", "b")
            tx.put_sightings([sighting("2")])
            tx.settle([settled(entry("urn:2"))], (old.row,), ())
            raise KeyError
        assert store.meta("a") is None
        assert set(store.sightings("posts")) == {"1"}
        assert (store.entry("urn:1"), store.entry("urn:2"), store.dirty_feeds()) == (old, None, [])

    def test_a_transaction_sees_what_it_wrote(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.put_meta("a", "b")
            assert store.meta("a") == "b"

    def test_nothing_is_written_outside_a_transaction(self, store: Store) -> None:
        with store.transaction() as tx:
            pass
        with pytest.raises(RuntimeError):
            tx.put_meta("a", "b")
        with store.transaction(), pytest.raises(RuntimeError), store.transaction():
            pass
        with store.rehearsal(), pytest.raises(RuntimeError):
            tx.put_meta("a", "b")
        assert store.meta("a") is None

    def test_what_was_committed_is_there_for_others_and_later(
        self, store: Store, open_again: Callable[[], Store]
    ) -> None:
        other = open_again()
        with store.transaction() as tx:
            tx.put_meta("a", "b")
            assert other.meta("a") is None
        assert other.meta("a") == "b"
        other.close()
        store.close()
        later = open_again()
        assert later.meta("a") == "b"
        later.close()

    def test_a_rehearsal_takes_everything_back(self, store: Store) -> None:
        old = settle_one(store)
        with store.rehearsal():
            with store.transaction() as tx:
                tx.put_meta("a", "b")
            with pytest.raises(KeyError), store.transaction() as tx:
                tx.put_meta("a", "c")
                raise KeyError
            assert store.meta("a") == "b"
            settle(store, vacated=(old.row,))
            assert dirty(store) == {ALL, CHIPS}
        assert (store.meta("a"), store.entry("urn:1"), dirty(store)) == (None, old, set())
        with pytest.raises(KeyError), store.rehearsal():
            raise KeyError
        with store.transaction() as tx:
            tx.put_meta("a", "d")
        assert store.meta("a") == "d"


#: Entry -> (minutes after noon, digest, feeds): what is decided together.
STEPS = st.dictionaries(
    st.sampled_from("abcde"),
    st.tuples(st.integers(0, 2), st.sampled_from("12"), st.frozensets(st.sampled_from([ALL, CHIPS, BANKS, NEWS]))),
    min_size=1,
)


def decision(store: Store, name: str, minutes: int, digest: str, feeds: frozenset[FeedKey]) -> Settled:
    old = store.entry(name)
    one = entry(name, minutes, digest, is_live=bool(feeds))
    return Settled(replace(one, row=old.row if old else 0), (), feeds)


def shown(model: dict[str, tuple[int, str, frozenset[FeedKey]]]) -> dict[FeedKey, list[tuple[int, str, str]]]:
    """What each feed shows, newest first, by counting anew."""
    feeds: dict[FeedKey, list[tuple[int, str, str]]] = {}
    for name, (minutes, digest, keys) in model.items():
        for key in keys:
            feeds.setdefault(key, []).append((-minutes, name, digest))
    return {key: sorted(entries) for key, entries in feeds.items()}
