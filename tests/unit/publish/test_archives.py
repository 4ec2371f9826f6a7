"""Where archive documents stand, what changes in them when the site moves, and which tombstones still stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering import HEAD, SITE, made

from finews_feeds.model import FeedKey, FeedKind, Tombstone
from finews_feeds.publish.archives import SMALLEST_TOMBSTONE_BYTES, archive_path, relocated, standing
from finews_feeds.publish.atom import AtomRenderer
from finews_feeds.publish.slugs import feed_path

NOON = datetime(2022, 5, 24, 12, tzinfo=UTC)

KEYS = st.builds(FeedKey, st.sampled_from([FeedKind.CATEGORY, FeedKind.TAG]), st.text(max_size=6)) | st.builds(
    FeedKey,
    st.just(FeedKind.CATEGORY),
    st.sampled_from(["1", "1.xml", "2.1", "by_tag", "by_tag.1", "x", "x.1", "x.1.xml"]),
)


@given(st.sets(st.tuples(KEYS, st.integers(1, 30)), max_size=8))
def test_no_two_archives_want_one_path_or_one_a_folder_where_another_has_a_file(
    wanted: set[tuple[FeedKey, int]],
) -> None:
    paths = [archive_path(feed_path(key), number) for key, number in wanted] + [archive_path("feed", 1)]
    assert len(set(paths)) == len(wanted) + 1
    folders = {path[:at] for path in paths for at, char in enumerate(path) if char == "/"}
    assert folders.isdisjoint(paths)


def days(*ago: float) -> list[Tombstone]:
    """Tombstones of so many days before noon; each is named by its number."""
    return [Tombstone(f"urn:{number}", NOON - timedelta(days=each)) for number, each in enumerate(ago)]


STANDING = [
    # name, tombstones by days ago, the newest entry in days ago, how many stand of a span of ten days
    ("none", (), 0, 0),
    ("all within the span", (1, 2, 10), 0, 3),
    ("one beyond it", (1, 2, 10.001), 0, 2),
    ("measured from an entry", (5, 9), -5, 1),
    ("measured from a tombstone that is newer", (1, 10.5, 12), 30, 2),
    ("of a feed without entries", (1, 10.5, 12), None, 2),
]


@pytest.mark.parametrize(
    ("ago", "newest", "count"), [case[1:] for case in STANDING], ids=[case[0] for case in STANDING]
)
def test_a_tombstone_stands_for_its_span(ago: tuple[float, ...], newest: float | None, count: int) -> None:
    newest_at = None if newest is None else NOON - timedelta(days=newest)
    found = standing(days(*ago), newest_at, timedelta(days=10), 10**6)
    assert found == tuple(days(*ago)[:count])


def test_tombstones_take_no_more_than_they_may_and_the_newest_stand() -> None:
    stones = days(1, 2, 3)
    each = SMALLEST_TOMBSTONE_BYTES + len("urn:0")
    for count in range(4):
        assert standing(stones, NOON, timedelta(days=9), each * count + each - 1) == tuple(stones[:count])
    head = AtomRenderer().document(HEAD, (), SITE)
    with_them = AtomRenderer().document(replace(HEAD, tombstones=tuple(stones)), (), SITE)
    assert 0 < len(with_them) - len(head) <= 3 * each


def test_links_of_a_site_at_another_address_change_and_nothing_else() -> None:
    entry = AtomRenderer().fragment(made(), SITE)
    opening = AtomRenderer().document(HEAD, (entry,), SITE).partition(entry)[0]
    moved = relocated(opening, SITE.url, "https://other.example/a&b/")
    assert b'href="https://other.example/a&amp;b/feed.xml" rel="self"' in moved
    assert b"<id>https://finews.example/feed.xml</id>" in moved
    assert relocated(moved, "https://other.example/a&b/", SITE.url) == opening
