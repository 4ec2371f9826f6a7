"""References of documents: what takes a short way comes to what the standard library makes of it."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.sources.references import absolute

BASE = "https://news.example/a/feed.xml"
REFERENCES = [
    ("absolute", "http://a.example/1?b=2#c", "http://a.example/1?b=2#c"),
    ("dot segments stay where there is a host", "http://a.example/../1", "http://a.example/../1"),
    ("an empty query of the same scheme goes", "https://a.example/1?", "https://a.example/1"),
    ("and an empty fragment", "https://a.example/1#", "https://a.example/1"),
    ("the scheme is put in lower case", "HTTPS://a.example/1", "https://a.example/1"),
    ("a port that is none", "http://a.example:x/", "http://a.example:x/"),
    ("no host", "http://:80/", ""),
    ("from the root", "/1", "https://news.example/1"),
    ("from the folder", "../1", "https://news.example/1"),
    ("spaces are encoded", " http://a.example/1 2 ", "http://a.example/1%202"),
    ("no address", "javascript:x", ""),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(("reference", "url"), [case[1:] for case in REFERENCES], ids=[case[0] for case in REFERENCES])
def test_a_reference_is_made_absolute_or_nothing(reference: str, url: str) -> None:
    assert absolute(BASE, reference) == url


def pieces(*spelled: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(spelled), max_size=12).map("".join)


@given(
    st.sampled_from(("http:", "https:", "HTTP:", "ftp:", "")),
    pieces("//", "a.example", ":80", ":x", "@", "/", ".", "..", ";", "?", "#", "=", "&", "%20", "[", "新", "-", "~"),
)
def test_an_address_comes_to_what_the_standard_library_makes_of_it(scheme: str, rest: str) -> None:
    try:
        url = urljoin(BASE, scheme + rest)
        has_host = bool(urlsplit(url).hostname)
    except ValueError:
        url, has_host = "", False
    assert absolute(BASE, scheme + rest) == (url if has_host and scheme + rest else "")
