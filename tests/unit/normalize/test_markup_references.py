"""References in markup: what takes a short way comes to what the standard library makes of it."""

from __future__ import annotations

from urllib.parse import urljoin

from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.normalize import references

PIECES = ("/", ".", "..", "a", "b.c", ";", "?", "#", "=", "&", "%2F", ":", "@", "[", "新", "~", "-")


@given(
    st.sampled_from(
        ("https://news.example", "http://news.example:8080", "https://news.example:99999", "https://[::1]")
    ),
    st.sampled_from(("", "/", "/a/b", "/a/b/", "?c=/d", "/a;x#y", "/a/../b")),
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
)
def test_a_path_from_the_root_comes_to_what_the_standard_library_makes_of_it(
    host: str, path: str, reference: str
) -> None:
    reference = "/a" + reference
    assert references.link(reference, host + path) == references.link(urljoin(host + path, reference))


def test_empty_segments_queries_and_fragments_are_read_as_ever() -> None:
    base = "https://news.example/a/b"
    for reference in ("/", "/c/", "/c//d", "/c?", "/c#", "/c;", "/./c", "/c/..", "/..c", "/c?#", "/c?d#e"):
        assert references.web(reference, base) == urljoin(base, reference)
