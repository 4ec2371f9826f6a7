"""The operator's word: what merge and split make of groups, in any order of arrival."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import FormerUrl, Override, OverrideKind, Sighting, SightingName
from finews_feeds.normalize.identity import assign, candidates, group, owned_urls
from finews_feeds.normalize.overrides import minter, name_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URLS = ["http://n.example/1", "http://n.example/2", "http://n.example/3"]
MERGE, SPLIT = OverrideKind.MERGE, OverrideKind.SPLIT


def sighting(name: str, url: str = URLS[0], title: str = "T", **more: object) -> Sighting:
    """`name` is the source's and the entry's id in two letters."""
    told = {"canonical_url": url, "is_post": False, "title": title, "link": url, "digest": "d", **more}
    return Sighting(name[0], name[1:], **told)  # type: ignore[arg-type]


def word(kind: OverrideKind, one: str, *others: str, minutes: int = 0) -> Override:
    named = [(each[0], each[1:]) for each in (one, *others)]
    return Override(kind, named[0], tuple(named[1:]), NOW + timedelta(minutes=minutes), "urn:1", "urn:2")


def parts(sightings: list[Sighting], *words: Override) -> list[str]:
    """The groups, each as its names in one string."""
    return sorted(" ".join("".join(name_of(each)) for each in members) for members in group(sightings, words))


A, B, C = (sighting(f"{name}1", url) for name, url in zip("abc", URLS, strict=True))
#: Three sources under one URL.
X, Y, Z = (sighting(f"{name}1") for name in "xyz")

CASES = [
    # name, sightings, words, the groups
    ("a merge joins what the rules hold apart", [A, B, C], [word(MERGE, "a1", "b1")], ["a1 b1", "c1"]),
    ("merges form chains", [A, B, C], [word(MERGE, "a1", "b1"), word(MERGE, "c1", "b1")], ["a1 b1 c1"]),
    ("a merge brings all that the rules hold together", [A, sighting("b1", URLS[1]), sighting("d1", URLS[1])],
     [word(MERGE, "a1", "b1")], ["a1 b1 d1"]),
    ("two entries of one source under one URL may be merged", [sighting("p1", title="T"), sighting("p2", title="U")],
     [word(MERGE, "p2", "p1")], ["p1 p2"]),
    ("a merge of what is not there says nothing", [A, C], [word(MERGE, "a1", "b1")], ["a1", "c1"]),
    ("a split parts what the rules hold together", [X, Y, Z], [word(SPLIT, "y1", "x1", "z1")], ["x1 z1", "y1"]),
    ("what is parted is alone, and not with another that is", [X, Y, Z],
     [word(SPLIT, "y1", "x1", "z1"), word(SPLIT, "z1", "x1")], ["x1", "y1", "z1"]),
    ("a split holds when only one of the others is left", [Y, Z], [word(SPLIT, "y1", "x1", "z1")], ["y1", "z1"]),
    ("where a split parts from nobody, the rules have the word", [Y, Z], [word(SPLIT, "y1", "x1")], ["y1 z1"]),
    ("at another URL the rules have the word", [X, sighting("y1", URLS[1]), sighting("q1", URLS[1])],
     [word(SPLIT, "y1", "x1")], ["q1 y1", "x1"]),
    ("what is parted may be merged with others", [X, Y, B], [word(SPLIT, "y1", "x1"), word(MERGE, "b1", "y1")],
     ["b1 y1", "x1"]),
    ("a split stands above a merge that contradicts it", [X, Y], [word(SPLIT, "y1", "x1"), word(MERGE, "x1", "y1")],
     ["x1", "y1"]),
    ("a split looks through merges", [sighting("x1"), sighting("y1", URLS[1]), sighting("z1", URLS[1])],
     [word(MERGE, "x1", "z1"), word(SPLIT, "y1", "x1")], ["x1 z1", "y1"]),
    ("a split holds for what its source says there under another id", [X, Y, Z, sighting("y2")],
     [word(SPLIT, "y1", "x1", "z1")], ["x1 z1", "y1 y2"]),
    ("under another title, too", [sighting("x1", title="U"), sighting("y1", gone_at=NOW), sighting("y2", title="U")],
     [word(SPLIT, "y1", "x1")], ["x1", "y1 y2"]),
    ("and where it stood before", [X, sighting("y1", URLS[1], former_urls=(FormerUrl(URLS[0]),)), sighting("y2")],
     [word(SPLIT, "y1", "x1")], ["x1", "y1", "y2"]),
    ("but not elsewhere", [A, sighting("d1"), sighting("d2", URLS[1]), B], [word(SPLIT, "d1", "a1")],
     ["a1", "b1 d2", "d1"]),
    ("not where its source is on both sides", [X, Y, sighting("y2"), sighting("y3")], [word(SPLIT, "y1", "x1", "y2")],
     ["x1 y2 y3", "y1"]),
    ("not against a word of its own", [X, Y, sighting("y2")], [word(SPLIT, "y1", "x1"), word(MERGE, "x1", "y2")],
     ["x1 y2", "y1"]),
    ("of two merges that a split lets only one hold, the earlier holds", [A, B, C],
     [word(SPLIT, "a1", "c1"), word(MERGE, "b1", "c1", minutes=1), word(MERGE, "b1", "a1", minutes=2)],
     ["a1", "b1 c1"]),
]  # fmt: skip


@pytest.mark.parametrize(("given_sightings", "words", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])  # fmt: skip
def test_the_operators_word_stands_above_the_rules(
    given_sightings: list[Sighting], words: list[Override], expected: list[str]
) -> None:
    assert parts(given_sightings, *words) == expected


def test_a_url_that_is_split_names_neither_entry_and_those_that_are_merged_name_theirs() -> None:
    assert owned_urls(group([X, Y], [word(SPLIT, "y1", "x1")])) == frozenset()
    assert owned_urls(group([A, B], [word(MERGE, "a1", "b1")])) == set(URLS[:2])


SINCE = date(2021, 12, 1)
SITE = "https://finews.example/"


def first_id(each: Sighting, is_key: bool = True) -> str:
    return next(candidates(each, is_key, SITE, SINCE))


OWN = sighting("p1", is_post=True, own_atom_id="urn:p")
MINTED = [
    # name, the sightings in their order, the id, whose it is
    ("its own id", [X, OWN], "urn:p", "p1"),
    ("of one that came first, though another with an id leads now", [OWN, X], first_id(X), "x1"),
    ("of the URL, of the leader", [X, Y], first_id(Y), "x1"),
    ("of its source and id", [X, Y], first_id(Y, False), "y1"),
    ("of nobody that is here: the leader's", [X, Y], "urn:other", "x1"),
]


@pytest.mark.parametrize(("ordered", "atom_id", "expected"), [case[1:] for case in MINTED], ids=[c[0] for c in MINTED])
def test_an_id_is_of_the_sighting_that_it_was_minted_for(ordered: list[Sighting], atom_id: str, expected: str) -> None:
    assert "".join(name_of(minter(ordered, atom_id, SITE, SINCE))) == expected


# --- properties -------------------------------------------------------------------------------------------------------

names = st.tuples(st.sampled_from("abc"), st.sampled_from("123"))
sightings = st.lists(
    st.builds(
        lambda name, url, title, gone: Sighting(
            *name, url, is_post=False, title=title, link=url, gone_at=NOW if gone else None
        ),
        names,
        st.sampled_from([*URLS, ""]),
        st.sampled_from("TU"),
        st.booleans(),
    ),
    unique_by=name_of,
)
words = st.lists(
    st.builds(
        lambda kind, named, minutes: Override(
            kind, named[0], tuple(named[1:2] if kind is MERGE else named[1:]), NOW + minutes * timedelta(minutes=1), "", ""
        ),
        st.sampled_from(OverrideKind),
        st.lists(names, min_size=2, max_size=4, unique=True),
        st.integers(0, 2),
    ),
    max_size=5,
)  # fmt: skip


@given(sightings, words, st.randoms(use_true_random=False))
def test_no_order_of_arrival_matters(found: list[Sighting], said: list[Override], order: random.Random) -> None:
    expected = group(found, said)
    order.shuffle(found)
    order.shuffle(said)
    assert group(found, said) == expected


@given(sightings, words)
def test_nothing_is_lost_or_doubled_and_what_is_split_is_never_one(found: list[Sighting], said: list[Override]) -> None:
    place = {name_of(each): at for at, members in enumerate(group(found, said)) for each in members}
    assert sum(map(len, group(found, said))) == len(found) == len(place)
    for one, other in _pairs(said, SPLIT, place):
        assert place[one] != place[other]


@given(sightings, words)
def test_what_no_word_concerns_is_as_the_rules_have_it(found: list[Sighting], said: list[Override]) -> None:
    assert group(found, ()) == group(found)
    named = {name for each in said for name in (each.one, *each.others)}
    concerned = {members for members in group(found) if any(name_of(each) in named for each in members)}
    assert set(group(found)) - concerned <= set(group(found, said))


@given(sightings, words)
def test_merges_alone_always_hold_and_part_nothing(found: list[Sighting], said: list[Override]) -> None:
    merges = [each for each in said if each.kind is MERGE]
    place = {name_of(each): at for at, members in enumerate(group(found, merges)) for each in members}
    for one, other in _pairs(merges, MERGE, place):
        assert place[one] == place[other]
    for members in group(found):
        assert len({place[name_of(each)] for each in members}) == 1


def _pairs(said: list[Override], kind: OverrideKind, here: dict[SightingName, int]) -> list[tuple[SightingName, SightingName]]:  # fmt: skip
    return [
        (each.one, other)
        for each in said
        if each.kind is kind
        for other in each.others
        if {each.one, other} <= here.keys()
    ]


@given(sightings, st.lists(words, min_size=2, max_size=4))
def test_an_entry_keeps_its_id_for_ever_and_none_is_given_twice(
    found: list[Sighting], history: list[list[Override]]
) -> None:
    """Words come and go; every cycle decides all anew, as the cycle does, with rows for ids."""
    found = [Sighting(each.source, each.entry_id, each.canonical_url, False, each.title, "", row=at)
             for at, each in enumerate(found)]  # fmt: skip
    entry_of: dict[int, int] = {}
    given_rows: set[int] = set()
    told = []
    for said in history:
        groups = group(found, said)
        rows = assign(groups, entry_of)
        for at, row in enumerate(rows):
            rows[at] = row or len(given_rows) + 1
            given_rows.add(rows[at])
        assert len(set(rows)) == len(rows)
        entry_of = {each.row: row for members, row in zip(groups, rows, strict=True) for each in members}
        told.append(entry_of)
    for before, after in pairwise(told):
        # an entry that lives on lives on in one of its own sightings
        for row in set(before.values()) & set(after.values()):
            assert {each for each, at in before.items() if at == row} & {
                each for each, at in after.items() if at == row
            }
