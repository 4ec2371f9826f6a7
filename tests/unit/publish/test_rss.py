"""RSS 2.0: the same entries, ids and order as in Atom, in RSS's own words."""

from __future__ import annotations

import feedparser
import pytest
from lxml import etree
from lxml.etree import _Element
from rendering import AT, HEAD, SITE, made, rendered

from finews_feeds.model import Entry, Link, Origin, Person, Term, TermKind, Text
from finews_feeds.publish.check import check_rss
from finews_feeds.publish.formats import renderer

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def item(entry: Entry) -> _Element:
    """The one item of a feed without a fault."""
    data = rendered("rss", entry)
    assert check_rss(data, "https://finews.example/feed.rss") == ()
    found = etree.fromstring(data).find("channel/item")
    assert found is not None
    return found


def test_the_guid_is_the_atom_id_and_no_permalink() -> None:
    guid = item(made(atom_id="https://x.example/1")).find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("https://x.example/1", "false")


def test_dates_are_english_and_in_the_sites_zone() -> None:
    assert item(made(published_at=AT)).findtext("pubDate") == "Tue, 24 May 2022 15:31:09 +0800"
    assert item(made(published_at=None)).findtext("pubDate") is None


@pytest.mark.parametrize(
    ("summary", "content", "description", "encoded"),
    [
        (Text("a < b"), Text("<p>x</p>", "html"), "a &lt; b", "<p>x</p>"),
        (None, Text("<p>x</p>", "html"), "<p>x</p>", None),
        (Text("<i>s</i>", "html"), None, "<i>s</i>", None),
        (None, None, "标题", None),
        (Text("s"), Text("a < b"), "s", "a &lt; b"),
    ],
)
def test_description_is_html_and_the_summary_where_there_is_one(
    summary: Text | None, content: Text | None, description: str, encoded: str | None
) -> None:
    found = item(made(summary=summary, content=content))
    assert (found.findtext("description"), found.findtext(CONTENT)) == (description, encoded)


def test_one_enclosure_is_rss_own_and_the_others_are_atoms() -> None:
    links = tuple(Link(f"https://x.example/{n}.mp3", "enclosure", "audio/mpeg", length=n) for n in (1, 2))
    found = item(made(links=(*links, Link("https://via.example/", "via"))))
    assert [dict(element.attrib) for element in found.findall("enclosure")] == [
        {"url": "https://x.example/1.mp3", "length": "1", "type": "audio/mpeg"}
    ]
    atom = [(link.get("rel"), link.get("href")) for link in found.findall("{http://www.w3.org/2005/Atom}link")]
    assert atom == [("enclosure", "https://x.example/2.mp3"), ("via", "https://via.example/")]


def test_terms_source_authors_and_rights_are_told() -> None:
    entry = made(
        terms=(Term(TermKind.TAG, "chips", "Chips"),),
        origin=Origin("urn:x", "Origin", feed_url="https://o.example/rss"),
        authors=(Person("A"), Person("B")),
        rights="©",
        lang="en",
    )
    parsed = feedparser.parse(rendered("rss", entry))
    read = parsed.entries[0]
    assert [(tag.term, tag.scheme) for tag in read.tags] == [("Chips", "https://finews.example/tag/")]
    assert (read.source.title, read.source.href) == ("Origin", "https://o.example/rss")
    assert [author.name for author in read.authors] == ["A", "B"]
    assert read.rights == "©"
    assert item(entry).findtext("{http://purl.org/dc/elements/1.1/}language") == "en"


def test_namespaces_are_declared_once() -> None:
    data = rendered("rss", made(), made(atom_id="urn:x:2"))
    assert data.count(b"xmlns:") == 3
    assert renderer("rss").fragment(made(), SITE).startswith(b"<item>\n")


def test_the_channel_leads_to_itself_to_its_page_and_to_its_atom_twin() -> None:
    parsed = feedparser.parse(rendered("rss"))
    assert not parsed.bozo
    assert parsed.feed.link == HEAD.page_url
    assert [(link.rel, link.href) for link in parsed.feed.links][1:] == [
        ("self", "https://finews.example/feed.rss"),
        ("alternate", HEAD.self_url),
    ]


@pytest.mark.parametrize(
    "url", ["ftp://x.example/1.mp3", "https://u:p@x.example/1.mp3", "https://x.example?1", "http://[2001:db8::1]/1.mp3"]
)
def test_an_enclosure_that_rss_would_not_have_is_a_link(url: str) -> None:
    found = item(made(links=(Link(url, "enclosure", "audio/mpeg", length=5),)))
    assert found.find("enclosure") is None
    assert [link.get("href") for link in found.iter("{http://www.w3.org/2005/Atom}link")] == [url]


def test_a_title_with_an_ampersand_does_not_look_like_markup() -> None:
    assert b"<title>S&#x26;P500 &#x3C; 5%</title>" in rendered("rss", made(title="S&P500 < 5%"))
    assert item(made(title="S&P500 < 5%")).findtext("title") == "S&P500 < 5%"
