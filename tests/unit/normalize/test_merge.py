"""One entry out of its sightings, whatever the order in which they came."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Carrier, Link, Origin, Person, Sighting, Term, TermKind, Text
from finews_feeds.normalize.merge import digest, in_order, merge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "http://news.example/a"

CARRIERS = {
    "posts": Carrier("posts", True, 0, "Posts", terms=(Term(TermKind.CATEGORY, "local", "Local"),)),
    "own": Carrier("own", False, 300, "News", "urn:own", "https://news.example/feed", "https://www.news.example/"),
    "low": Carrier("low", False, 10, "Low", feed_url="https://low.example/feed", rights="© Low"),
    "a": Carrier("a", False, 100, "A", feed_url="https://a.example/feed"),
    "b": Carrier("b", False, 100, "B", feed_url="https://b.example/feed"),
}


def sighting(source: str, entry_id: str = "1", **fields: object) -> Sighting:
    given_fields = {
        "canonical_url": URL,
        "is_post": source == "posts",
        "title": f"Title of {source}",
        "link": f"https://news.example/a?from={source}",
        "first_seen_at": NOW,
        "digest": "d",
        **fields,
    }
    return Sighting(source, entry_id, **given_fields)  # type: ignore[arg-type]


LEADERS = [
    ("a local post", ["posts", "own", "low"], {}),
    ("the article's own site", ["own", "low", "a"], {}),
    ("the lower rank", ["low", "a"], {}),
    ("the earlier published", ["b", "a"], {"b": {"published_at": NOW - HOUR}, "a": {"published_at": NOW}}),
    ("a date before none", ["b", "a"], {"b": {"published_at": NOW}}),
    ("the smaller id", ["b", "a"], {"b": {"entry_id": "0"}}),
    ("the smaller name at last", ["a", "b"], {}),
]


@pytest.mark.parametrize(("order", "fields"), [case[1:] for case in LEADERS], ids=[case[0] for case in LEADERS])
def test_who_leads(order: list[str], fields: dict[str, dict[str, object]]) -> None:
    given_sightings = [sighting(source, **fields.get(source, {})) for source in sorted(order, reverse=True)]
    assert [each.source for each in in_order(given_sightings, CARRIERS)] == order


def test_gaps_are_filled_from_the_next() -> None:
    content, author = Text("c", "html"), Person("N. N.")
    entry = merge("urn:1", [sighting("low", title=""), sighting("a", content=content, authors=(author,))], CARRIERS)
    assert (entry.title, entry.link) == ("Title of a", "https://news.example/a?from=low")
    assert (entry.content, entry.authors, entry.rights) == (content, (author,), "© Low")


def test_published_is_the_earliest_and_updated_the_leaders() -> None:
    low = sighting("low", published_at=NOW, updated_at=NOW + HOUR)
    entry = merge("urn:1", [low, sighting("a", published_at=NOW - HOUR, updated_at=NOW + 9 * HOUR)], CARRIERS)
    assert (entry.published_at, entry.updated_at) == (NOW - HOUR, NOW + HOUR)


UPDATED = [
    ("the source's word", {"updated_at": NOW - HOUR, "published_at": NOW - 2 * HOUR}, NOW - HOUR),
    ("else published", {"published_at": NOW - 2 * HOUR}, NOW - 2 * HOUR),
    ("else first seen", {}, NOW),
    ("a change that we saw", {"published_at": NOW - HOUR, "changed_at": NOW}, NOW),
    ("a change before the source's word", {"updated_at": NOW + HOUR, "changed_at": NOW}, NOW + HOUR),
    ("never before published", {"updated_at": NOW - HOUR, "published_at": NOW}, NOW),
]


@pytest.mark.parametrize(("fields", "expected"), [case[1:] for case in UPDATED], ids=[case[0] for case in UPDATED])
def test_updated(fields: dict[str, object], expected: datetime) -> None:
    assert merge("urn:1", [sighting("a", **fields)], CARRIERS).updated_at == expected


def test_a_date_that_nobody_told_is_not_made_up() -> None:
    assert merge("urn:1", [sighting("a")], CARRIERS).published_at is None


def test_terms_are_the_union_with_those_of_the_config() -> None:
    tags = (Term(TermKind.TAG, "ai", "AI"), Term(TermKind.TAG, "zoo", "zoo"))
    entry = merge(
        "urn:1",
        [sighting("posts", terms=tags[:1]), sighting("a", terms=(Term(TermKind.TAG, "ai", "Ai"), tags[1]))],
        CARRIERS,
    )
    assert entry.terms == (Term(TermKind.CATEGORY, "local", "Local"), *tags)


def test_every_carrier_is_a_via_with_its_title() -> None:
    post = sighting("posts", link="https://finews.example/p", via="https://news.example/a")
    entry = merge("urn:1", [post, sighting("a"), sighting("b", link="https://news.example/a")], CARRIERS)
    assert entry.links == (
        Link("https://news.example/a", "via"),
        Link("https://news.example/a?from=a", "via", title="A"),
        Link("https://b.example/feed", "via", title="B"),
    )
    assert entry.sources == ("a", "b", "posts")


def test_a_copied_entry_names_its_feed_and_one_that_names_another_keeps_it() -> None:
    own = merge("urn:1", [sighting("own", published_at=NOW)], CARRIERS).origin
    assert own == Origin("urn:own", "News", NOW, "https://news.example/feed", "https://www.news.example/")
    passed = Origin("urn:far", "Far")
    assert merge("urn:1", [sighting("a", origin=passed)], CARRIERS).origin == passed
    assert merge("urn:1", [sighting("posts")], CARRIERS).origin is None


def test_enclosures_of_the_leader_stay() -> None:
    sound = Link("https://news.example/a.mp3", "enclosure", "audio/mpeg", length=5)
    assert merge("urn:1", [sighting("a", links=(sound,))], CARRIERS).links[0] == sound


instants = st.sampled_from([None, NOW, NOW + HOUR, NOW - HOUR])
members = st.lists(
    st.builds(
        sighting,
        st.sampled_from(sorted(CARRIERS)),
        st.sampled_from("123"),
        title=st.sampled_from(["", "T", "U"]),
        link=st.sampled_from(["", "https://news.example/a", "https://m.news.example/a"]),
        published_at=instants,
        updated_at=instants,
        changed_at=instants,
        summary=st.sampled_from([None, Text("s")]),
        content=st.sampled_from([None, Text("c", "html")]),
        terms=st.sampled_from([(), (Term(TermKind.TAG, "ai", "AI"),), (Term(TermKind.TAG, "ai", "Ai"),)]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: (each.source, each.entry_id),
)


@given(members, st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_the_order_of_arrival(given_sightings: list[Sighting], order: random.Random) -> None:
    shuffled = list(given_sightings)
    order.shuffle(shuffled)
    assert merge("urn:1", shuffled, CARRIERS) == merge("urn:1", given_sightings, CARRIERS)
    assert digest("urn:1", shuffled, CARRIERS) == digest("urn:1", given_sightings, CARRIERS)


@given(members)
def test_each_link_stands_once_and_never_repeats_the_alternate(given_sightings: list[Sighting]) -> None:
    entry = merge("urn:1", given_sightings, CARRIERS)
    hrefs = [link.href for link in entry.links if link.rel == "via"]
    assert len(hrefs) == len(set(hrefs))
    assert entry.link not in hrefs


@given(members, members)
def test_equal_digests_mean_equal_entries(one: list[Sighting], two: list[Sighting]) -> None:
    # bodies are what `digest` stands for: here each has the digest of its words
    one = [replace(each, digest=repr((each.summary, each.content))) for each in one]
    two = [replace(each, digest=repr((each.summary, each.content))) for each in two]
    if digest("urn:1", one, CARRIERS) == digest("urn:1", two, CARRIERS):
        assert merge("urn:1", one, CARRIERS) == merge("urn:1", two, CARRIERS)


def test_a_licence_of_the_config_is_for_entries_that_name_none() -> None:
    carriers = {**CARRIERS, "a": replace(CARRIERS["a"], license="https://licence.example/by", rights="© A")}
    own = Link("https://licence.example/own", "license")
    for links, expected in (((), ["https://licence.example/by"]), ((own,), ["https://licence.example/own"])):
        entry = merge("urn:x", [sighting("a", links=links), sighting("b")], carriers)
        assert [link.href for link in entry.links if link.rel == "license"] == expected
    assert merge("urn:x", [sighting("a"), sighting("b")], carriers).rights == "© A"
    assert merge("urn:x", [sighting("a", rights="own")], carriers).rights == "own"
