"""Every trap of feedgen that is known, as feedgen springs it, and beside it what we publish.

The first half of each test says what feedgen does by itself. Where a newer feedgen does better it fails, and the mend
can go.
"""

from __future__ import annotations

import locale
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree
from rendering import AT, HEAD, SITE, made, rendered

from finews_feeds.model import Link, Origin, Person, Text
from finews_feeds.publish.check import check_atom
from finews_feeds.publish.formats import renderer

ATOM = "{http://www.w3.org/2005/Atom}"


def by_feedgen(**fields: Any) -> FeedEntry:
    """An entry as feedgen makes it from the least it takes."""
    entry = FeedEntry()
    entry.id("tag:x.example,2022:1")
    entry.title("Title")
    entry.updated(AT)
    entry.link(href="https://x.example/1", rel="alternate")
    for name, value in fields.items():
        getattr(entry, name)(value)
    return entry


def ours(**changes: Any) -> Any:
    """The one entry of a feed of ours, as an element; the feed has no fault."""
    data = rendered("atom", made(**changes))
    assert check_atom(data, HEAD.self_url) == ()
    return etree.fromstring(data).find(f"{ATOM}entry")


def test_entry_links_keep_rel_type_hreflang_title_and_length() -> None:
    lost = by_feedgen()
    lost.link(href="https://x.example/2", rel="via", type="text/html")
    assert [dict(link.attrib) for link in lost.atom_entry().findall("link")] == [
        {"href": "https://x.example/1"},
        {"href": "https://x.example/2"},
    ]
    link = Link("https://x.example/a.mp3", "enclosure", "audio/mpeg", "zh-CN", "Listen", 12)
    kept = [dict(element.attrib) for element in ours(links=(link,)).findall(f"{ATOM}link")]
    assert kept[0] == {"href": "https://news.example/a/1.html", "rel": "alternate", "type": "text/html"}
    assert kept[1] == {
        "href": "https://x.example/a.mp3",
        "rel": "enclosure",
        "type": "audio/mpeg",
        "hreflang": "zh-CN",
        "title": "Listen",
        "length": "12",
    }


def test_a_relation_that_feedgen_does_not_know_is_published() -> None:
    with pytest.raises(ValueError, match="rel"):
        by_feedgen().link(href="https://x.example/", rel="license")
    links = ours(links=(Link("https://x.example/licence", "license"),)).findall(f"{ATOM}link")
    assert links[1].get("rel") == "license"


def test_updated_of_an_entry_is_its_own_and_never_the_present() -> None:
    unset = FeedEntry().updated()
    assert abs((datetime.now(UTC) - unset).total_seconds()) < 3600
    assert ours().findtext(f"{ATOM}updated") == "2022-05-24T15:31:09+08:00"


def test_updated_of_a_feed_is_its_own_and_never_the_present() -> None:
    unset = FeedGenerator().updated()
    assert abs((datetime.now(UTC) - unset).total_seconds()) < 3600
    assert b"<updated>2022-05-24T15:31:09+08:00</updated>" in rendered("atom")


def test_entries_stand_in_the_order_in_which_they_are_given() -> None:
    feed = FeedGenerator()
    first, second = feed.add_entry(), feed.add_entry()
    assert feed.entry() == [second, first]  # type: ignore[attr-defined]
    data = rendered("atom", made(atom_id="tag:x.example,2022:1"), made(atom_id="tag:x.example,2022:2"))
    assert re.findall(rb"2022:\d", data) == [b"2022:1", b"2022:2"]


@pytest.mark.parametrize("character", ["\x00", "\x08", "\ufffe", "\ud800"])
@pytest.mark.parametrize("field", ["title", "id", "rights"])
def test_a_forbidden_character_never_ends_the_feed(field: str, character: str) -> None:
    with pytest.raises(ValueError, match=r"XML|surrogates"):
        by_feedgen(**{field: f"tag:a{character}"}).atom_entry()
    name = "atom_id" if field == "id" else field
    entry = ours(**{name: f"tag:a{character}b"})
    if field != "id":
        assert entry.findtext(f"{ATOM}{field}") == "tag:ab"


@pytest.mark.parametrize("field", ["title", "id"])
def test_a_blank_title_or_id_never_ends_the_feed(field: str) -> None:
    with pytest.raises(ValueError, match="Required fields"):
        by_feedgen(**{field: ""}).atom_entry()
    assert ours(**{"atom_id" if field == "id" else field: ""}).findtext(f"{ATOM}{field}")


def test_an_instant_without_a_zone_is_utc_and_never_ends_the_feed() -> None:
    with pytest.raises(ValueError, match="timezone"):
        by_feedgen(updated=AT.replace(tzinfo=None))
    entry = ours(updated_at=AT.replace(tzinfo=None), published_at=AT.replace(tzinfo=None))
    assert entry.findtext(f"{ATOM}published") == "2022-05-24T15:31:09+08:00"


def test_an_offset_of_odd_seconds_is_published_as_utc() -> None:
    early = datetime(1899, 12, 31, 16, tzinfo=UTC)
    local = early.astimezone(ZoneInfo("Asia/Shanghai"))
    assert by_feedgen(published=local).atom_entry().findtext("published") == "1900-01-01T00:05:43+08:05:43"
    data = renderer("atom").fragment(made(published_at=early), SITE)
    assert b"<published>1899-12-31T16:00:00+00:00</published>" in data


@pytest.mark.parametrize("summary", [None, Text("Summary"), Text("<p>x</p>", "html")])
def test_an_entry_without_link_and_content_never_ends_the_feed(summary: Text | None) -> None:
    bare = FeedEntry()
    bare.id("tag:x.example,2022:1")
    bare.title("Title")
    with pytest.raises(ValueError, match="alternate link or"):
        bare.atom_entry()
    entry = ours(link="", content=None, summary=summary)
    assert entry.findtext(f"{ATOM}content") == (summary.value if summary else "标题")


def test_the_source_is_whole() -> None:
    poor = FeedEntry()
    poor.source("https://o.example/rss", "Origin")
    poor.id("tag:x.example,2022:1")
    poor.title("Title")
    poor.content("x")
    assert [child.tag for child in poor.atom_entry().iterfind("source/*")] == ["title", "link"]
    origin = Origin(
        "https://o.example/",
        "Origin",
        AT,
        "https://o.example/rss",
        "https://o.example/",
        (Person("A", "https://o.example/a", "a@o.example"),),
        "©",
    )
    source = ours(origin=origin).find(f"{ATOM}source")
    assert [(child.tag.removeprefix(ATOM), child.text or child.get("rel")) for child in source if not len(child)] == [
        ("id", "https://o.example/"),
        ("title", "Origin"),
        ("updated", "2022-05-24T15:31:09+08:00"),
        ("link", "self"),
        ("link", "alternate"),
        ("rights", "©"),
    ]
    assert [child.text for child in source.find(f"{ATOM}author")] == ["A", "a@o.example", "https://o.example/a"]


def test_language_and_base_are_said_where_they_differ_from_the_feeds() -> None:
    assert not {key for key in by_feedgen().atom_entry().attrib if "lang" in key}
    xml = "{http://www.w3.org/XML/1998/namespace}"
    entry = ours(lang="en", content=Text("<p>x</p>", "html", "https://news.example/a/1.html"))
    assert entry.get(f"{xml}lang") == "en"
    assert entry.find(f"{ATOM}content").get(f"{xml}base") == "https://news.example/a/1.html"
    assert ours(lang="zh-cn").get(f"{xml}lang") is None


def test_content_has_a_type_that_atom_knows_and_markup_never_ends_the_feed() -> None:
    by_cdata, by_xhtml = by_feedgen(), by_feedgen()
    by_cdata.content("x", type="CDATA")
    assert by_cdata.atom_entry().find("content").get("type") == "CDATA"  # type: ignore[union-attr]
    by_xhtml.content("<p>a<br>b</p>", type="xhtml")
    with pytest.raises(etree.XMLSyntaxError):
        by_xhtml.atom_entry()
    content = ours(content=Text("<p>a<br>b ]]&gt; </p>", "html")).find(f"{ATOM}content")
    assert (content.get("type"), content.text) == ("html", "<p>a<br>b ]]&gt; </p>")


def test_the_generator_is_ours_and_names_no_version() -> None:
    assert b"python-feedgen" in _least().atom_str()
    assert b"<generator>finews_feeds</generator>" in rendered("atom")
    assert not re.search(rb"python-feedgen|generator[^>]*version", rendered("atom"))


def _least() -> FeedGenerator:
    feed = FeedGenerator()
    feed.id("tag:x.example,2022:1")
    feed.title("Title")
    return feed


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_rendering_leaves_the_locale_of_the_process_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    plain = locale.setlocale
    monkeypatch.setattr(locale, "setlocale", lambda *given: calls.append(given) or plain(*given))
    feed = _least()
    feed.link([{"href": "https://x.example/"}])
    feed.description("x")
    feed.rss_str()
    assert calls
    calls.clear()
    rendered(name, made())
    assert not calls


def test_an_enclosure_without_type_or_length_never_ends_an_rss_feed() -> None:
    entry = by_feedgen()
    entry.link([{"href": "https://x.example/a.mp3", "rel": "enclosure"}])
    with pytest.raises(TypeError):
        entry.rss_entry()
    parsed = feedparser.parse(rendered("rss", made(links=(Link("https://x.example/a.mp3", "enclosure"),))))
    assert parsed.entries[0].enclosures[0].href == "https://x.example/a.mp3"


def test_an_author_without_an_address_stands_in_rss() -> None:
    entry = by_feedgen()
    entry.author([{"name": "A"}])
    assert entry.rss_entry().find("author") is None
    assert b"<dc:creator>A</dc:creator>" in rendered("rss", made(authors=(Person("A"),)))
