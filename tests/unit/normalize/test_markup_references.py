"""References in markup: what takes a short way comes to what the standard library makes of it."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urljoin

from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.normalize import references
from finews_feeds.normalize.html import sanitize

PIECES = ("/", ".", "..", "a", "b.c", ";", "?", "#", "=", "&", "&amp;", "<", '"', "%2F", ":", "@", "[", "新", "~", "-")


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


SOURCES = (
    "https://a.example",
    "http://www.google-analytics.com",
    "//a.example",
    "/a",
    "a",
    "https://s1.cnzz.com:80",
    "",
)


@given(
    st.sampled_from(SOURCES),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.sampled_from(("", "1", "0", "12", "1px", "100%", "x&y")),
    st.sampled_from(("https://news.example/a/b?c", "http://news.example:80", "")),
)
def test_it_is_one_in_which_order_attributes_stand(host: str, rest: str, width: str, base: str) -> None:
    # what begins with its URL takes the short way, what does not the long one
    url, width = escape(host + rest), escape(width)
    pairs = [
        (f'<img src="{url}" alt="a" width="{width}">', f'<img alt="a" width="{width}" src="{url}">'),
        (f'<img src="{url}" class="{width}" height="20">', f'<img height="20" class="{width}" src="{url}">'),
    ]
    if "&lt;" not in url and "&quot;" not in url:
        # a link with these is passed over with its spelling
        pairs.append((f'<a href="{url}" title="{width}">x</a>', f'<a title="{width}" href="{url}">x</a>'))
    for pair in pairs:
        short, long = (sorted(re.findall(r' \w+="[^"]*"|<\w+', sanitize(each, base))) for each in pair)
        assert short == long
