"""Which sightings are one entry; what is new about a sighting; which id an entry gets."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Sighting
from finews_feeds.normalize.identity import assign, candidates, claim, group, is_in_future, owned_urls, revise

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "http://news.example/a"


def sighting(source: str = "a", entry_id: str = "1", **fields: object) -> Sighting:
    given_fields = {"canonical_url": URL, "is_post": False, "title": "Title", "link": URL, "digest": "d", **fields}
    return Sighting(source, entry_id, **given_fields)  # type: ignore[arg-type]


def names(groups: list[tuple[Sighting, ...]]) -> list[list[str]]:
    return [[f"{each.source}/{each.entry_id}" for each in members] for members in groups]


def test_one_url_in_several_sources_is_one_entry_whatever_the_titles() -> None:
    found = group([sighting("a"), sighting("b", title="Another"), sighting("c", title="A third")])
    assert names(found) == [["a/1", "b/1", "c/1"]]


def test_a_url_that_one_source_gives_to_two_titles_joins_only_equal_titles() -> None:
    found = group(
        [sighting("a", "1", title="中文"), sighting("a", "2", title="English"), sighting("b", title="english ")]
    )
    assert sorted(names(found)) == [["a/1"], ["a/2", "b/1"]]
    assert owned_urls(found) == frozenset()


def test_one_source_may_repeat_an_article_under_another_id() -> None:
    assert len(group([sighting("a", "1"), sighting("a", "2")])) == 1


def test_a_withdrawn_entry_does_not_make_its_url_shared() -> None:
    assert len(group([sighting("a", "1", title="Old", gone_at=NOW), sighting("a", "2", title="New")])) == 1


def test_without_a_url_each_is_its_own() -> None:
    assert len(group([sighting("a", canonical_url=""), sighting("b", canonical_url="")])) == 2


def test_groups_that_join_become_the_oldest_entry() -> None:
    groups = group(
        [sighting("a", row=1), sighting("b", row=2), sighting("c", canonical_url="http://o.example/", row=3)]
    )
    assert dict(zip([names([each])[0][0] for each in groups], assign(groups, {1: 8, 2: 7}), strict=True)) == {
        "a/1": 7,
        "c/1": 0,
    }


def test_of_an_entry_that_parts_the_most_senior_group_stays_what_it_was() -> None:
    old = sighting("a", row=1, first_seen_at=NOW)
    young = sighting("b", canonical_url="http://o.example/", row=2, first_seen_at=NOW + HOUR)
    assert assign(group([young, old]), {1: 5, 2: 5}) == [5, 0]


def made_for(key: str) -> str:
    return f"tag:old.example,2000-01-01:entry/{sha256(key.encode()).hexdigest()[:20]}"


OTHER = "http://o.example/"
PARTED = [
    # name, the id of the entry, what the senior has, what the junior has, who keeps it
    ("the senior, where the id is nobody's", "urn:x", {}, {}, "senior"),
    ("whose own id it is", "urn:x", {}, {"own_atom_id": "urn:x"}, "junior"),
    ("whose canonical URL it was made of", made_for(OTHER), {}, {}, "junior"),
    ("whose name it was made of", made_for("junior\n1"), {}, {}, "junior"),
    ("the senior, where both have a word in it", made_for(OTHER), {"own_atom_id": made_for(OTHER)}, {}, "senior"),
    ("who stands, before whom it was made for", made_for(OTHER), {}, {"gone_at": NOW}, "senior"),
    ("who stands, before the senior", "urn:x", {"gone_at": NOW}, {}, "junior"),
]


@pytest.mark.parametrize(
    ("atom_id", "older", "younger", "keeper"), [case[1:] for case in PARTED], ids=[c[0] for c in PARTED]
)
def test_of_an_entry_that_parts_its_id_stays_with(
    atom_id: str, older: dict[str, object], younger: dict[str, object], keeper: str
) -> None:
    senior = sighting("senior", row=1, first_seen_at=NOW, **older)
    junior = sighting("junior", canonical_url=OTHER, row=2, first_seen_at=NOW + HOUR, **younger)
    groups = group([senior, junior])
    rows = assign(groups, {1: 5, 2: 5}, {5: atom_id})
    assert [members[0].source for members, row in zip(groups, rows, strict=True) if row == 5] == [keeper]


def test_groups_that_join_become_the_oldest_entry_that_readers_see() -> None:
    groups = group([sighting("a", row=1, gone_at=NOW), sighting("b", row=2), sighting("c", row=3)])
    assert assign(groups, {1: 5, 2: 7, 3: 8}, {7: "urn:7", 8: "urn:8"}) == [7]


def test_who_takes_an_older_entry_leaves_the_other_to_those_who_share_it() -> None:
    both = [sighting("a", row=1, first_seen_at=NOW), sighting("b", row=2, first_seen_at=NOW)]
    left = sighting("c", canonical_url=OTHER, row=3, first_seen_at=NOW + HOUR)
    assert assign(group([*both, left]), {1: 5, 2: 6, 3: 6}, {5: "urn:5", 6: "urn:6"}) == [5, 6]


SEEN = {"first_seen_at": NOW, "row": 4}
DAY = NOW - timedelta(days=1)


def test_of_an_entry_that_parts_what_stands_stays_what_it_was() -> None:
    # its source gave it another id, which withdrew the first, and then moved it to another address
    withdrawn = sighting("s", "1", row=1, first_seen_at=NOW, gone_at=NOW)
    standing = sighting("s", "2", row=2, first_seen_at=NOW, canonical_url="http://o.example/x")
    groups = group([withdrawn, standing])
    assert groups == [(standing,), (withdrawn,)]
    assert assign(groups, {1: 7, 2: 7}) == [7, 0]


def test_a_first_sighting_is_dated_by_its_being_seen() -> None:
    assert revise(None, sighting(), NOW) == sighting(first_seen_at=NOW)


def test_the_same_words_again_are_no_news() -> None:
    assert revise(sighting(published_at=DAY, **SEEN), sighting(published_at=DAY), NOW + HOUR) is None


def test_other_words_under_the_same_dates_changed_when_we_saw_it() -> None:
    found = revise(sighting(published_at=DAY, **SEEN), sighting(published_at=DAY, digest="e"), NOW + HOUR)
    assert found is not None
    assert (found.changed_at, found.first_seen_at, found.row) == (NOW + HOUR, NOW, 4)


def test_other_words_under_a_new_date_changed_when_the_source_says() -> None:
    old = sighting(updated_at=DAY, changed_at=NOW, **SEEN)
    found = revise(old, sighting(updated_at=NOW, digest="e"), NOW + HOUR)
    assert found is not None
    assert (found.updated_at, found.changed_at) == (NOW, None)


def test_a_new_date_over_the_same_words_is_no_update() -> None:
    assert revise(sighting(updated_at=DAY, **SEEN), sighting(updated_at=NOW), NOW + HOUR) is None


def test_a_post_that_comes_back_is_no_longer_gone() -> None:
    found = revise(sighting(is_post=True, gone_at=NOW, **SEEN), sighting(is_post=True), NOW + HOUR)
    assert found is not None
    assert found.gone_at is None


def test_a_date_too_far_ahead_is_not_believed_even_when_its_day_has_come() -> None:
    ahead = sighting(published_at=NOW + timedelta(days=2))
    assert is_in_future(ahead, NOW)
    first = revise(None, ahead, NOW)
    assert first is not None
    assert first.published_at is None
    assert revise(replace(first, row=4), ahead, NOW + timedelta(days=3)) is None


def test_a_clock_that_is_minutes_ahead_is_believed() -> None:
    ahead = sighting(published_at=NOW + timedelta(minutes=5))
    assert not is_in_future(ahead, NOW)
    assert revise(None, ahead, NOW) == replace(ahead, first_seen_at=NOW)


def test_a_post_keeps_a_date_in_the_future() -> None:
    ahead = sighting(is_post=True, published_at=NOW + timedelta(days=400))
    assert not is_in_future(ahead, NOW)
    assert revise(None, ahead, NOW) == replace(ahead, first_seen_at=NOW)


def hexes(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:20]


def wanted(leader: Sighting, is_key: bool, site: str = "https://finews.example/") -> list[str]:
    return list(islice(candidates(leader, is_key, site, date(2021, 12, 1)), 3))


def test_an_entry_keeps_its_own_id_if_it_has_one() -> None:
    assert wanted(sighting(own_atom_id="urn:x:1"), True)[0] == "urn:x:1"


def test_a_minted_id_stands_for_the_canonical_url() -> None:
    assert wanted(sighting(), True)[0] == f"tag:finews.example,2021-12-01:entry/{hexes(URL)}"


def test_a_minted_id_stands_for_source_and_entry_id_where_the_url_is_no_key() -> None:
    assert wanted(sighting(), False)[0] == f"tag:finews.example,2021-12-01:entry/{hexes('a' + chr(10) + '1')}"


def test_there_is_always_one_more_id() -> None:
    found = wanted(sighting(own_atom_id="urn:x:1"), True, "https://金融.example/")
    assert len(set(found)) == 3
    assert all(each.isascii() for each in found)


def claimed(document: list[Sighting], store: list[Sighting]) -> list[tuple[str, str]]:
    """(entry id, title) of each sighting of a document, as the store will know it."""
    by_id = {each.entry_id: each for each in store}
    found = claim(document, by_id.get, lambda url: [each for each in store if each.canonical_url == url])
    return [(each.entry_id, each.title) for each in found]


def test_an_id_that_two_articles_share_stays_with_the_one_that_has_it() -> None:
    known = sighting("s", "urn:1", title="A", canonical_url="http://x.example/a")
    other = sighting("s", "urn:1", title="B", canonical_url="http://x.example/b")
    own = "urn:1\nhttp://x.example/b"
    assert claimed([other, known], [known]) == [(own, "B"), ("urn:1", "A")]
    # and when one day it stands alone, it is still who it was
    named = claim([other, known], {"urn:1": known}.get, lambda _: [])[0]
    assert claimed([other], [known, named]) == [(own, "B")]
    assert named.own_atom_id == ""


def test_an_id_that_two_new_articles_share_goes_to_the_first_published_in_any_order() -> None:
    first = sighting("s", "urn:1", title="A", canonical_url="http://x.example/a", published_at=DAY)
    second = sighting("s", "urn:1", title="B", canonical_url="http://x.example/b", published_at=NOW)
    assert sorted(claimed([first, second], [])) == sorted(claimed([second, first], []))
    assert ("urn:1", "A") in claimed([first, second], [])


def test_entries_without_ids_under_one_link_are_told_apart_by_their_titles() -> None:
    # without an id of its own an entry is named by its URL
    one, two = sighting("s", URL, title="One"), sighting("s", URL, title="Two")
    assert sorted(title for _, title in claimed([one, two], [])) == ["One", "Two"]
    names = {title: name for name, title in claimed([one, two], [])}
    assert len(set(names.values())) == 2
    store = claim([one, two], {}.get, lambda _: [])
    assert {title: name for name, title in claimed([two], store)} == {"Two": names["Two"]}
    assert claimed([two, one], store) == [(names["Two"], "Two"), (names["One"], "One")]


def test_an_id_alone_that_comes_with_another_url_has_moved() -> None:
    known = sighting("s", "urn:1", canonical_url="http://x.example/a")
    assert claimed([sighting("s", "urn:1", canonical_url="http://x.example/b")], [known]) == [("urn:1", "Title")]


def test_an_id_in_another_spelling_of_the_same_url_is_the_same() -> None:
    known = sighting("s", "http://news.example/a", title="Old")
    assert claimed([sighting("s", "https://news.example/a", title="New")], [known]) == [
        ("http://news.example/a", "New")
    ]
    both = [sighting("s", "https://news.example/a", title="New"), known]
    assert claimed(both, [known])[0][0] == "https://news.example/a"


NAMELESS = "http://news.example/a?mark=1"


def test_an_entry_named_by_its_url_is_the_same_under_other_rules() -> None:
    known = sighting("s", NAMELESS, title="Old", link=NAMELESS)
    assert claimed([sighting("s", URL, title="New", link=NAMELESS)], [known]) == [(NAMELESS, "New")]
    assert claimed([sighting("s", URL, title="New", link="http://news.example/a?mark=2")], [known]) == [(URL, "New")]


def test_of_several_that_were_named_by_one_url_the_title_tells_which_it_is() -> None:
    known = [
        sighting("s", NAMELESS, title="One", link=NAMELESS),
        sighting("s", f"{NAMELESS}\n{NAMELESS}\ntwo", title="Two", link=NAMELESS),
    ]
    two = sighting("s", URL, title="Two", link=NAMELESS)
    three = sighting("s", URL, title="Three", link=NAMELESS)
    assert claimed([two], known) == [(f"{NAMELESS}\n{NAMELESS}\ntwo", "Two")]
    assert claimed([three], known) == [(URL, "Three")]


def test_spellings_of_an_id_are_compared_by_the_rules_of_today() -> None:
    known = sighting("s", "http://news.example/a?mark=1", title="Old")
    found = claim(
        [sighting("s", "http://news.example/a?mark=2", title="New")],
        {known.entry_id: known}.get,
        lambda url: [known] if url == known.canonical_url else [],
        lambda url: url.partition("?")[0],
    )
    assert [each.entry_id for each in found] == [known.entry_id]


def test_another_id_at_the_same_url_is_another_entry() -> None:
    assert claimed([sighting("s", "issue-2", title="New")], [sighting("s", "issue-1")]) == [("issue-2", "New")]


sightings = st.lists(
    st.builds(
        sighting,
        st.sampled_from("abc"),
        st.sampled_from("123"),
        canonical_url=st.sampled_from(["", URL, "http://o.example/x"]),
        title=st.sampled_from(["T", "U", ""]),
        first_seen_at=st.sampled_from([NOW, NOW + HOUR]),
        gone_at=st.sampled_from([None, None, NOW]),
    ),
    unique_by=lambda each: (each.source, each.entry_id),
)


@given(sightings, st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order_of_arrival(
    given_sightings: list[Sighting], order: random.Random
) -> None:
    shuffled = list(given_sightings)
    order.shuffle(shuffled)
    assert group(shuffled) == group(given_sightings)


@given(sightings, sightings)
def test_claiming_loses_nothing_and_names_each_once(document: list[Sighting], store: list[Sighting]) -> None:
    # of one source, an id may come several times, but what is equal in id, place and words is one entry
    told = {
        (each.entry_id, each.canonical_url or each.link, each.title): replace(each, source="s") for each in document
    }
    document = list(told.values())
    by_id = {each.entry_id: each for each in store}
    found = claim(document, by_id.get, lambda url: [each for each in store if each.canonical_url == url])
    assert [each.title for each in found] == [each.title for each in document]
    assert len({each.entry_id for each in found}) == len(found)


@given(sightings)
def test_grouping_loses_and_doubles_nothing(given_sightings: list[Sighting]) -> None:
    found = [each for members in group(given_sightings) for each in members]
    assert sorted(map(repr, found)) == sorted(map(repr, given_sightings))


@given(sightings)
def test_two_standing_entries_of_one_source_with_other_titles_are_never_one(given_sightings: list[Sighting]) -> None:
    for members in group(given_sightings):
        for source in "abc":
            assert len({each.title for each in members if each.source == source and each.gone_at is None}) <= 1
