"""Subscription lists in and out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from finews_feeds.errors import ParseError
from finews_feeds.sources import opml
from finews_feeds.sources.opml import OpmlSource

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Markets &amp; Money">
    <outline text="中国">
      <outline type="rss" text="央行" title="央行 公告" xmlUrl="https://a.example/feed"
        htmlUrl="https://a.example/" category="/Banks/Central,official, cn"/>
    </outline>
    <outline type="rss" text="Two" xmlUrl="https://b.example/rss"/>
  </outline>
  <outline type="rss" TEXT="Three" XMLURL="https://c.example/rss"/>
  <outline text="Elsewhere"><outline text="again" xmlUrl="https://a.example/feed" category="later"/></outline>
  <outline text="a script" xmlUrl="javascript:alert(1)"/>
  <outline text="a note"/>
</body></opml>"""


def test_outlines_are_subscriptions_and_folders_are_categories() -> None:
    assert opml.parse(LIST.encode(), "list.opml")[0] == (
        OpmlSource(
            "https://a.example/feed",
            "央行 公告",
            "https://a.example/",
            ("Markets & Money/中国", "Banks/Central", "Elsewhere"),
            ("official", "cn", "later"),
        ),
        OpmlSource("https://b.example/rss", "Two", "", ("Markets & Money",)),
        OpmlSource("https://c.example/rss", "Three"),
    )


OUTLINES = [
    # name, attributes of one outline, the address that is taken, the words of the finding
    ("the scheme feed", 'text="T" xmlUrl="feed://a.example/f"', "http://a.example/f", "taken as http://a.example/f"),
    ("feed before https", 'xmlUrl=" Feed:https://a.example/f"', "https://a.example/f", "taken as https://a.example/f"),
    ("feed and both", 'xmlUrl="feed://https://a.example/f"', "https://a.example/f", "taken as https://a.example/f"),
    ("a script", 'text="T" xmlUrl="javascript:alert(1)"', "", '"T" (javascript:alert(1)): no absolute http or https'),
    ("no scheme", 'xmlUrl="a.example/f"', "", '"a.example/f": no absolute http or https URL'),
    ("nothing", 'text="T" xmlUrl=" "', "", '"T" (): its xmlUrl is empty'),
    ("a page alone", 'text="T" htmlUrl="https://a.example/"', "", '"T": it has no xmlUrl'),
    ("a folder with nothing in it", 'text="T"', "", ""),
    ("nothing odd", 'text="T" xmlUrl="https://a.example/f"', "https://a.example/f", ""),
]


@pytest.mark.parametrize(
    ("attributes", "url", "words"), [case[1:] for case in OUTLINES], ids=[case[0] for case in OUTLINES]
)
def test_an_outline_that_is_mended_or_left_out_is_named_with_its_line(attributes: str, url: str, words: str) -> None:
    sources, findings = opml.parse(f"<opml>\n<body>\n<outline {attributes}/></body></opml>".encode(), "list.opml")
    assert [each.url for each in sources] == ([url] if url else [])
    assert [each.line for each in sources] == ([3] if url else [])
    assert [(each.place, each.line) for each in findings] == ([("list.opml", 3)] if words else [])
    for each in findings:
        assert words in each.what
        assert each.mend
        assert each.kind == ("repaired" if url else "skipped")


BROKEN = [
    ("bare ampersands", LIST.replace("&amp;", "&"), 3),
    ("cut in the middle", LIST[: LIST.index('  <outline text="Elsewhere"')], 3),
    ("entities", '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + LIST.partition("?>")[2], 3),
    (
        "version 1 without a head",
        '<opml version="1.0"><body><outline text="x" xmlUrl="http://x.example/"/></body></opml>',
        1,
    ),
    ("empty", '<opml version="2.0"/>', 0),
]


@pytest.mark.parametrize(("text", "count"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_list_is_read_as_far_as_it_goes(text: str, count: int) -> None:
    assert len(opml.parse(text.encode(), "list.opml")[0]) == count


@pytest.mark.parametrize("body", [b"", b"words", b"<rss version='2.0'/>", b"<html><body/></html>", b"\x00\xff"])
def test_what_is_no_list_is_refused_with_its_place(body: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        opml.parse(body, "list.opml")
    assert caught.value.faults[0].place == "list.opml"


def test_a_list_in_another_charset_is_read() -> None:
    body = LIST.replace('"UTF-8"', '"gb2312"').encode("gb18030")
    assert opml.parse(body, "list.opml")[0][0].title == "央行 公告"


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="/,\ufffd", exclude_categories=("C", "Z")), min_size=1, max_size=8
)
SOURCES = st.lists(
    st.builds(
        OpmlSource,
        url=st.integers(0, 10**6).map(lambda n: f"https://s.example/{n}?a=1&b=2"),
        title=WORDS,
        site_url=st.sampled_from(["", "https://s.example/"]),
        categories=st.lists(st.lists(WORDS, min_size=1, max_size=3).map("/".join), max_size=3, unique=True).map(tuple),
        tags=st.lists(WORDS, max_size=3, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=lambda source: source.url,
)


@given(SOURCES, st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_what_is_rendered_is_read_again(sources: list[OpmlSource], title: str) -> None:
    body = opml.render(sources, title)
    read = {source.url: source for source in opml.parse(body, "x")[0]}
    assert read.keys() == {source.url for source in sources}
    for source in sources:
        again = read[source.url]
        # Folders order what stands in them, so a source's categories may change places.
        assert sorted(again.categories) == sorted(source.categories)
        assert (again.title, again.site_url, again.tags) == (source.title, source.site_url, source.tags)
    assert etree.fromstring(body).get("version") == "2.0"


def test_the_same_sources_give_the_same_bytes() -> None:
    sources, _ = opml.parse(LIST.encode(), "x")
    assert opml.render(sources, "t") == opml.render(sources, "t")
    assert opml.parse(opml.render(sources, "t"), "x")[0][0].categories == sources[0].categories
