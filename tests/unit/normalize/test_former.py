"""An entry that moves keeps in mind where it stood, and who names that place is one with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import FormerUrl, Sighting, Text
from finews_feeds.normalize.identity import group, revise

NOW = datetime(2022, 5, 24, 12, tzinfo=UTC)
MOMENT = datetime(2022, 5, 24, 8, 17, tzinfo=UTC)
HOUR = datetime(2022, 5, 24, 16, tzinfo=UTC) - timedelta(days=1)


def said(name: str, url: str, *former: str, title: str = "T", **more: Any) -> Sighting:
    """A sighting of the source that the first letter names."""
    once = tuple(FormerUrl(each, (each,)) for each in former)
    return Sighting(name[0], name, url, is_post=False, title=title, link=url, former_urls=once, **more)


def groups(*sightings: Sighting) -> list[str]:
    """The names in each group."""
    return sorted(" ".join(each.entry_id for each in members) for members in group(sightings))


# --- what is kept in mind ---------------------------------------------------------------------------------------------

#: (name, title, date and digest before, the same after, whether it is the same article for certain)
MOVES = [
    ("nothing else changed", ("T", MOMENT, "d"), ("T", MOMENT, "d"), True),
    ("the words changed, too", ("T", MOMENT, "d"), ("T", MOMENT, "e"), True),
    ("dated by the day, in the same words", ("T", HOUR, "d"), ("T", HOUR, "d"), True),
    ("a title of every day, in other words", ("T", HOUR, "d"), ("T", HOUR, "e"), False),
    ("a new headline at the very moment", ("T", MOMENT, "d"), ("U", MOMENT, "e"), True),
    ("a new headline on the same day", ("T", HOUR, "d"), ("U", HOUR, "e"), False),
    ("a new headline without dates", ("T", None, "d"), ("U", None, "e"), False),
    ("the column of the next day", ("T", MOMENT, "d"), ("T", MOMENT + timedelta(days=1), "e"), False),
    ("the next day in the same words", ("T", MOMENT, "d"), ("T", MOMENT + timedelta(days=1), "d"), False),
    ("undated in the same words", ("T", None, "d"), ("T", None, "d"), True),
    ("undated in other words", ("T", None, "d"), ("T", None, "e"), False),
    ("a date that is lost", ("T", MOMENT, "d"), ("T", None, "d"), True),
    ("a date that is found with other words", ("T", None, "d"), ("T", MOMENT, "e"), False),
    ("no title, the same words", ("", None, "d"), ("", None, "d"), True),
    ("no title, other words", ("", HOUR, "d"), ("", HOUR, "e"), False),
]


@pytest.mark.parametrize(("before", "after", "is_kept"), [case[1:] for case in MOVES], ids=[case[0] for case in MOVES])
def test_a_place_is_kept_where_it_is_the_same_article_for_certain(
    before: tuple[str, datetime | None, str], after: tuple[str, datetime | None, str], is_kept: bool
) -> None:
    def one(url: str, told: tuple[str, datetime | None, str]) -> Sighting:
        return said("a", url, title=told[0], published_at=told[1], digest=told[2], summary=Text("words"))

    moved = revise(revise(None, one("/1", before), NOW), one("/2", after), NOW + timedelta(hours=1))
    assert moved is not None
    assert [each.canonical_url for each in moved.former_urls] == ["/1"] * is_kept


@pytest.mark.parametrize("at", [None, HOUR])
def test_a_title_without_a_text_is_no_proof(at: datetime | None) -> None:
    assert moved_through("/1", "/2", published_at=at, summary=None).former_urls == ()


def moved_through(*urls: str, **more: Any) -> Sighting:
    told = {"summary": Text("words"), **more}
    found = said("a", urls[0], **told)
    for url in urls[1:]:
        found = revise(found, said("a", url, **told), NOW) or found
    return found


def test_places_are_kept_in_their_order_each_once_and_not_where_it_stands() -> None:
    assert [each.canonical_url for each in moved_through("/1", "/2", "/3", "/2").former_urls] == ["/1", "/3"]
    assert moved_through("/1", "/2", "").former_urls == (FormerUrl("/1", ("/1",)), FormerUrl("/2", ("/2",)))
    assert moved_through("", "/2").former_urls == ()


def test_an_address_that_never_rests_keeps_its_first_places() -> None:
    urls = [f"/{number}" for number in range(50)]
    assert [each.canonical_url for each in moved_through(*urls).former_urls] == urls[:10]


def test_what_is_another_article_has_no_past() -> None:
    found = moved_through("/1", "/2", published_at=MOMENT)
    other = revise(found, said("a", "/3", title="Other", published_at=NOW, digest="e"), NOW)
    assert other is not None
    assert other.former_urls == ()


def test_another_original_in_a_post_is_a_correction() -> None:
    post = Sighting("site", "p", "/1", is_post=True, title="T", link="/1")
    moved = revise(post, Sighting("site", "p", "/2", is_post=True, title="T", link="/2"), NOW)
    assert moved is not None
    assert moved.former_urls == ()


def test_a_place_stays_in_mind_while_words_change() -> None:
    edited = revise(moved_through("/1", "/2"), said("a", "/2", title="Other", digest="e"), NOW)
    assert edited is not None
    assert [each.canonical_url for each in edited.former_urls] == ["/1"]


# --- who is one with it ---------------------------------------------------------------------------------------------

GONE = {"gone_at": NOW}

#: (name, sightings, the groups expected)
JOINS = [
    ("who names the old place", [said("a", "/2", "/1"), said("b", "/1")], ["a b"]),
    ("who names the old or the new", [said("a", "/2", "/1"), said("b", "/1"), said("c", "/2")], ["a b c"]),
    ("whatever its title", [said("a", "/2", "/1"), said("b", "/1", title="Other")], ["a b"]),
    ("two that went to different places", [said("a", "/2", "/1"), said("b", "/3", "/1")], ["a b"]),
    (
        "not under two titles, where nobody stands any more",
        [said("a", "/2", "/login", title="A"), said("b", "/3", "/login", title="B")],
        ["a", "b"],
    ),
    (
        "whatever their titles, if somebody stands there still",
        [said("a", "/2", "/1", title="A"), said("b", "/3", "/1", title="B"), said("c", "/1")],
        ["a b c"],
    ),
    ("through several places", [said("a", "/3", "/1", "/2"), said("b", "/1"), said("c", "/2")], ["a b c"]),
    ("through several sources", [said("a", "/2", "/1"), said("b", "/3", "/2"), said("c", "/1")], ["a b c"]),
    ("one that stands nowhere now", [said("a", "", "/1"), said("b", "/1")], ["a b"]),
    ("one that was withdrawn under the old place", [said("a", "/2", "/1"), said("b", "/1", **GONE)], ["a b"]),
    ("its own entry that was withdrawn there", [said("a1", "/2", "/1"), said("a2", "/1", **GONE)], ["a1 a2"]),
    ("not one that stands elsewhere", [said("a", "/2", "/1"), said("b", "/3")], ["a", "b"]),
    ("not by one that was withdrawn", [said("a", "/2", "/1", **GONE), said("b", "/1")], ["a", "b"]),
    (
        "not where a source shows both places",
        [said("a", "/2", "/1"), said("b1", "/1"), said("b2", "/2")],
        ["a b2", "b1"],
    ),
    (
        "not what came to the old place, by its title",
        [said("a1", "/2", "/1"), said("a2", "/1", title="New"), said("b", "/1"), said("c", "/1", title="New")],
        ["a1 b", "a2 c"],
    ),
    (
        "not others that left a page of many",
        [said("a1", "/2", "/n", title="A"), said("a2", "/3", "/n", title="B"), said("b", "/n"), said("c", "/3")],
        ["a1", "a2 c", "b"],
    ),
    (
        "but the one with its title",
        [said("a1", "/2", "/n", title="A"), said("a2", "/3", "/n", title="B"), said("b", "/n", title="B")],
        ["a1", "a2 b"],
    ),
    (
        "not twice in one document",
        [said("a1", "/2", "/1"), said("a2", "/1"), said("b", "/1")],
        ["a1", "a2 b"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sightings", "expected"), [case[1:] for case in JOINS], ids=[case[0] for case in JOINS])
def test_who_is_one_with_an_entry_that_has_moved(sightings: list[Sighting], expected: list[str]) -> None:
    assert groups(*sightings) == expected
    assert groups(*reversed(sightings)) == expected


_URLS = st.sampled_from(["/1", "/2", "/3", ""])


@given(
    st.lists(
        st.builds(
            lambda source, url, former, title, gone: (source, url, former, title, gone),
            st.sampled_from("abc"),
            _URLS,
            st.lists(_URLS, max_size=2),
            st.sampled_from("TU"),
            st.booleans(),
        ),
        max_size=7,
    ),
    st.randoms(),
)
def test_the_order_of_arrival_does_not_matter(told: list[tuple[str, str, list[str], str, bool]], rng: Any) -> None:
    sightings = [
        said(f"{source}{number}", url, *former, title=title, gone_at=NOW if gone else None)
        for number, (source, url, former, title, gone) in enumerate(told)
    ]
    expected = groups(*sightings)
    rng.shuffle(sightings)
    assert groups(*sightings) == expected
    assert sorted(" ".join(expected).split()) == sorted(each.entry_id for each in sightings)
