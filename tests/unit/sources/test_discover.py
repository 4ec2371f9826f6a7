"""Which feeds a page names."""

from __future__ import annotations

import pytest

from finews_feeds.model import Headers
from finews_feeds.sources import discover

URL = "https://blog.example/2022/post.html"
ATOM = 'type="application/atom+xml"'
RSS = 'type="application/rss+xml"'

PAGES = [
    ("a link in the head", f'<link rel="alternate" {RSS} href="/feed/">', ["https://blog.example/feed/"]),
    ("relative to the page", f'<link rel=alternate {RSS} href="feed.xml">', ["https://blog.example/2022/feed.xml"]),
    (
        "relative to its base",
        f'<base href="https://cdn.example/b/"><link rel="alternate" {RSS} href="f">',
        ["https://cdn.example/b/f"],
    ),
    ("in capitals", '<LINK REL="Alternate" TYPE="APPLICATION/RSS+XML" HREF="/F">', ["https://blog.example/F"]),
    (
        "with parameters",
        '<link rel="alternate" type="application/atom+xml;charset=utf-8" href="/a">',
        ["https://blog.example/a"],
    ),
    (
        "comments come last",
        f'<link rel="alternate" {RSS} title="Comments" href="/c"><link rel="alternate" {ATOM} href="/a">',
        ["https://blog.example/a", "https://blog.example/c"],
    ),
    (
        "each once",
        f'<link rel="alternate" {RSS} href="/f"><link rel="alternate" {ATOM} href="/f">',
        ["https://blog.example/f"],
    ),
    (
        "a JSON Feed",
        '<link rel="alternate" type="application/feed+json" href="/f.json">',
        ["https://blog.example/f.json"],
    ),
    ("not an API", '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', []),
    ("XML that says feed", '<link rel="alternate" type="text/xml" title="RSS" href="/x">', ["https://blog.example/x"]),
    ("not a translation", '<link rel="alternate" hreflang="de" href="/de/feed-me">', []),
    ("not a style sheet", f'<link rel="stylesheet" {RSS} href="/f">', []),
    ("not a script", f'<link rel="alternate" {RSS} href="javascript:alert(1)">', []),
    ("not in a comment", f'<!-- <link rel="alternate" {RSS} href="/f"> -->', []),
    ("rel=feed", '<link rel="feed" href="/f">', ["https://blog.example/f"]),
    ("an anchor that says so", f'<body><a rel="alternate" {ATOM} href="/a">x</a>', ["https://blog.example/a"]),
    ("an anchor that does not", '<body><a href="/feed.xml">RSS</a>', []),
    ("nothing", "", []),
]


@pytest.mark.parametrize(("page", "feeds"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES])
def test_a_page_names_its_feeds(page: str, feeds: list[str]) -> None:
    body = f"<!doctype html><html><head><meta charset=utf-8>{page}".encode()
    assert [link.href for link in discover.feed_links(body, (), URL)] == feeds


FIELDS = [
    ('</feed>; rel="alternate"; type="application/atom+xml"', ["https://blog.example/feed"]),
    ("<a>;rel=alternate;type=application/rss+xml", ["https://blog.example/2022/a"]),
    (
        '<x>; rel=preload, </f>; rel="home alternate"; type="application/atom+xml"; title="a, \\"b\\""',
        ["https://blog.example/f"],
    ),
    ('</f>; rel=alternate; type="application/atom+xml"; anchor="/other"', []),
    ("broken <", []),
]


@pytest.mark.parametrize(("value", "feeds"), FIELDS)
def test_a_link_field_names_feeds_and_is_looked_at_first(value: str, feeds: list[str]) -> None:
    headers: Headers = (("content-type", "text/html"), ("link", value))
    body = f'<link rel="alternate" {RSS} href="/page">'.encode()
    assert [link.href for link in discover.feed_links(b"", headers, URL)] == feeds
    assert [link.href for link in discover.feed_links(body, headers, URL)] == [*feeds, "https://blog.example/page"]


def test_the_usual_paths_begin_in_the_folder_of_the_page() -> None:
    paths = discover.usual_paths("https://a.example/blog/index.html?x=1")
    assert paths[0] == "https://a.example/blog/feed.xml"
    assert "https://a.example/feed/" in paths
    assert len(set(paths)) == len(paths)
    assert discover.usual_paths("https://a.example") == discover.usual_paths("https://a.example/")
    assert "https://a.example/blog/atom.xml" in discover.usual_paths("https://a.example/blog")


def test_a_hostile_link_field_costs_no_more_than_its_size() -> None:
    for value in ("<a>; b" + " " * 19_000, "<" * 19_000, "<a>;" * 5_000, '<a>; b="' + "\\" * 19_000):
        assert discover.feed_links(b"", (("link", value),), URL) == ()
