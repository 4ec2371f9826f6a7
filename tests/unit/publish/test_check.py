"""One good feed of each format, and one fault each: the judge finds that one, and no other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.publish.check import Check, check_atom, check_json, check_rss

JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.text())

URL = "https://x.example/feed.xml"

GOOD = """<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="urn:example:module" xml:lang="zh-CN">
  <id>https://x.example/feed.xml</id>
  <title type="text">Feed</title>
  <updated>2022-05-24T15:31:09+08:00</updated>
  <author><name>Author</name><uri>https://x.example/</uri><email>a@x.example</email></author>
  <link href="https://x.example/feed.xml" rel="self" type="application/atom+xml"/>
  <link href="https://x.example/" rel="alternate" type="text/html"/>
  <generator uri="https://g.example/">g</generator>
  <m:hint>x</m:hint>
  <entry>
    <id>tag:x.example,2021:1</id>
    <title type="text">One</title>
    <updated>2022-05-24T07:31:09.5Z</updated>
    <published>2022-05-24T07:31:09Z</published>
    <link href="https://x.example/1" rel="alternate" type="text/html"/>
    <link href="https://x.example/1.en" rel="alternate" type="text/html" hreflang="en"/>
    <link href="https://y.example/1" rel="via" length="1"/>
    <category term="t" label="T" scheme="https://x.example/tag/"/>
    <summary type="text">Summary</summary>
    <content type="html">&lt;p&gt;&lt;a href="https://x.example/"&gt;x&lt;/a&gt;
      &lt;img src="https://x.example/i.png" srcset="https://x.example/i.png 2x"&gt;&lt;/p&gt;</content>
    <source>
      <id>https://y.example/</id>
      <title>Y</title>
      <updated>2022-05-24T07:31:09Z</updated>
      <link href="https://y.example/rss" rel="self"/>
    </source>
    <m:hint>x</m:hint>
  </entry>
  <entry>
    <id>tag:x.example,2021:2</id>
    <title>Two</title>
    <updated>2022-05-23T07:31:09Z</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Two</p></div></content>
  </entry>
</feed>
""".replace("07:31:09.5Z", "07:31:09.0Z")

ONE = "tag:x.example,2021:1"
TWO = "tag:x.example,2021:2"

CONTENT = GOOD[GOOD.index("<content") : GOOD.index("</content>") + len("</content>")]
XHTML = GOOD[GOOD.rindex("<content") : GOOD.rindex("</content>") + len("</content>")]
SOURCE = GOOD[GOOD.index("    <source>") : GOOD.index("</source>") + len("</source>")]
SECOND = GOOD[GOOD.rindex("  <entry>") : GOOD.index("</feed>")]


def html(markup: str) -> tuple[str, str]:
    """The change that makes the first entry's content another HTML."""
    escaped = markup.replace("&", "&amp;").replace("<", "&lt;")
    return CONTENT, f'<content type="html">{escaped}</content>'


CURRENT = '<link href="https://x.example/f.xml" rel="current"/>'
FH = "http://purl.org/syndication/history/1.0"
STONE = (
    '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'ref="tag:x.example,2021:9" when="2022-05-24T07:31:09Z"/>'
)

# (what is wrong, what to replace, by what, the entry that is named, words of the cause)
BAD_ATOM = [
    # archives and tombstones
    ("an archive of nothing", "<m:hint>", f'<archive xmlns="{FH}"/><m:hint>', "", "no link rel=current"),
    (
        "an archive of itself",
        "<m:hint>",
        f'<archive xmlns="{FH}"/>{CURRENT.replace("f.xml", "feed.xml")}<m:hint>',
        "",
        "its own URL as rel=current",
    ),
    (
        "an archive that is complete",
        "<m:hint>",
        f'<archive xmlns="{FH}"/><complete xmlns="{FH}"/>{CURRENT}<m:hint>',
        "",
        "both fh:archive and fh:complete",
    ),
    ("two feeds of one archive", "<m:hint>", f"{CURRENT}{CURRENT}<m:hint>", "", "2 links rel=current"),
    ("a tombstone of nothing", "<m:hint>", STONE.replace("tag:x.example,2021:9", "") + "<m:hint>", "", "ref=''"),
    ("a relative tombstone", "<m:hint>", STONE.replace("tag:x.example,2021:9", "/9") + "<m:hint>", "/9", "ref='/9'"),
    (
        "a tombstone without a date",
        "<m:hint>",
        STONE.replace("2022-05-24T07:31:09Z", "today") + "<m:hint>",
        "tag:x.example,2021:9",
        "today",
    ),
    ("a tombstone twice", "<m:hint>", STONE + STONE + "<m:hint>", "tag:x.example,2021:9", "same ref and when"),
    ("a tombstone of what stands there", "<m:hint>", STONE.replace("2021:9", "2021:1") + "<m:hint>", ONE, "beside its own"),
    # the document
    ("not well-formed", "</feed>", "", "", "not well-formed XML"),
    ("a control character", "Summary", "Sum\x08mary", "", "not well-formed XML"),
    ("a character that XML forbids, by reference", "Summary", "Sum&#x8;mary", "", "not well-formed XML"),
    ("a document type", "<feed ", "<!DOCTYPE feed>\n<feed ", "", "document type"),
    ("another root", "2005/Atom", "2005/Atoms", "", "not an Atom feed"),
    ("another encoding", "utf-8", "iso-8859-1", "", "encoded in"),
    # the feed
    ("no feed id", "  <id>https://x.example/feed.xml</id>\n", "", "", "feed has no id"),
    ("two feed titles", '<title type="text">Feed', '<title>x</title><title type="text">Feed', "", "2 of title"),
    ("no feed updated", "  <updated>2022-05-24T15:31:09+08:00</updated>\n", "", "", "feed has no updated"),
    ("two generators", "  <generator ", "  <generator>x</generator>\n  <generator ", "", "2 of generator"),
    ("a blank generator", ">g</generator>", "/>", "", "generator is blank"),
    ("no self link", 'rel="self" type="application/atom+xml"', 'rel="related"', "", "0 links rel=self"),
    (
        "two self links",
        '<link href="https://x.example/" rel="alternate" type="text/html"/>',
        '<link href="https://x.example/feed.xml" rel="self"/>',
        "",
        "2 links rel=self",
    ),
    ("a self link to elsewhere", 'feed.xml" rel="self"', 'other.xml" rel="self"', "", "leads to"),
    ("a self link of another type", 'type="application/atom+xml"', 'type="text/xml"', "", "another type"),
    ("a feed older than its entries", "24T15:31:09+08:00", "24T15:31:08+08:00", "", "older than its newest"),
    ("a blank author", "<name>Author</name>", "<name> </name>", "", "blank name"),
    ("an author without a name", "<name>Author</name>", "", "", "author has no name"),
    ("an author with two addresses", "<email>", "<email>b@x.example</email><email>", "", "2 of email"),
    ("an address without an at", "a@x.example", "a.x.example", "", "no address"),
    ("a relative person", "<uri>https://x.example/</uri>", "<uri>/me</uri>", "", "not an absolute IRI"),
    ("metadata after entries", "</feed>", "<rights>©</rights></feed>", "", "rights stands after an entry"),
    ("an unknown element", "  <m:hint>x</m:hint>\n  <entry>", "  <hint>x</hint>\n  <entry>", "", "does not know there"),
    ("an element without a namespace", "<m:hint>x</m:hint>\n  <entry>", '<h xmlns="">x</h>\n  <entry>', "", "child h"),
    ("an element in the wrong place", "<generator", "<summary>x</summary><generator", "", "child {http"),
    ("text between elements", "<generator", "oops<generator", "", "text between"),
    ("a wrong language", 'xml:lang="zh-CN"', 'xml:lang="中文"', "", "no language tag"),
    ("a country for a language", 'xml:lang="zh-CN"', 'xml:lang="cn"', "", "no language tag"),
    ("a word for a language", 'xml:lang="zh-CN"', 'xml:lang="english"', "", "no language tag"),
    ("a relative base", 'xml:lang="zh-CN"', 'xml:base="/x"', "", "not absolute"),
    # an entry
    ("no entry id", f"    <id>{ONE}</id>\n", "", "entry 1", "entry has no id"),
    ("a relative id", f"<id>{ONE}", "<id>/1", "/1", "not an absolute IRI"),
    ("an id with a space", f"<id>{ONE}", "<id>tag:x y", "tag:x y", "not an absolute IRI"),
    ("an id twice", TWO, ONE, "", "2 entries have the id"),
    ("no entry title", "    <title>Two</title>\n", "", TWO, "entry has no title"),
    ("a blank title", "<title>Two</title>", "<title/>", TWO, "title is blank"),
    ("a title of an unknown type", "<title>Two", '<title type="text/plain">Two', TWO, "type='text/plain'"),
    ("a title with markup", "<title>Two", "<title>T<b xmlns='urn:x'>w</b>o", TWO, "child elements"),
    ("two summaries", "<summary ", "<summary>x</summary><summary ", ONE, "2 of summary"),
    ("an undecoded character", "Summary", "Sum\ufffdmary", ONE, "U+FFFD"),
    ("a C1 control", "Summary", "Sum\x85mary", ONE, "U+0085"),
    ("a noncharacter", "Summary", "Sum\U0001fffemary", ONE, "U+1FFFE"),
    ("an undecoded character in an attribute", 'label="T"', 'label="\ufffd"', ONE, "U+FFFD"),
    ("neither content nor alternate", XHTML, "<summary>x</summary>", TWO, "neither content nor a link"),
    (
        "neither content nor summary",
        XHTML,
        '<link href="https://x.example/2"/>',
        TWO,
        "neither content nor summary",
    ),
    ("content elsewhere without summary", XHTML, '<content src="https://x.example/2"/>', TWO, "no summary"),
    ("content in base64 without summary", XHTML, '<content type="image/png">aaaa</content>', TWO, "no summary"),
    ("content both here and elsewhere", CONTENT, '<content src="https://x.example/2">x</content>', ONE, "both src"),
    ("content at a relative address", CONTENT, '<content src="2.html"/>', ONE, "src='2.html'"),
    ("content of an unknown type", 'content type="html"', 'content type="CDATA"', ONE, "type='CDATA'"),
    ("xhtml without a div", XHTML, '<content type="xhtml">x</content>', TWO, "not one xhtml:div"),
    ("blank content", CONTENT, '<content type="html"/>', ONE, "content is blank"),
    ("an unknown attribute", "<summary ", '<summary mode="escaped" ', ONE, "attribute mode"),
    ("an unknown element in an entry", "<m:hint>x</m:hint>\n  </entry>", "<item/>\n  </entry>", ONE, "item"),
    # dates
    ("a date without offset", "<published>2022-05-24T07:31:09Z", "<published>2022-05-24T07:31:09", ONE, "is no date"),
    ("a date with a space", "<published>2022-05-24T", "<published>2022-05-24 ", ONE, "is no date"),
    ("a date in lower case", "<published>2022-05-24T07:31:09Z", "<published>2022-05-24t07:31:09z", ONE, "is no date"),
    ("a date without seconds", "<published>2022-05-24T07:31:09Z", "<published>2022-05-24T07:31Z", ONE, "is no date"),
    ("the 30th of February", "<published>2022-05-24", "<published>2022-02-30", ONE, "is no date"),
    ("an offset of seconds", "<published>2022-05-24T07:31:09Z", "<published>2022-05-24T07:31:09+08:05:43", ONE, "date"),
    ("a date before there was anything", "<published>2022", "<published>0001", ONE, "implausible"),
    ("a date in RFC 822", "<published>2022-05-24T07:31:09Z", "<published>Tue, 24 May 2022", ONE, "is no date"),
    # links
    ("two alternates of a kind", ' hreflang="en"', "", ONE, "2 links rel=alternate have text/html"),
    ("a link without href", 'href="https://y.example/1" ', "", ONE, "href=None"),
    ("a relative link", 'href="https://y.example/1" ', 'href="/1" ', ONE, "href='/1'"),
    ("a link without a host", 'href="https://y.example/1" ', 'href="https:///1" ', ONE, "href='https:///1'"),
    ("a link with a space", 'href="https://y.example/1" ', 'href="https://y.example/a 1" ', ONE, "not an absolute"),
    ("a link with brackets", 'href="https://y.example/1" ', 'href="https://y.example/1?a[]=1" ', ONE, "not an absolute"),
    ("an unregistered relation", 'rel="via"', 'rel="mirror"', ONE, "no registered relation"),
    ("an entry's self link", 'rel="via"', 'rel="self"', ONE, "rel=self"),
    ("an entry's archive link", 'rel="via"', 'rel="prev-archive"', ONE, "rel=prev-archive"),
    ("a link of no media type", 'rel="via"', 'rel="via" type="html"', ONE, "no media type"),
    ("a link in no language", 'hreflang="en"', 'hreflang="e n"', ONE, "no language tag"),
    ("a link of no length", 'length="1"', 'length="1k"', ONE, "no number of bytes"),
    ("a link with text", 'length="1"/>', 'length="1">x</link>', ONE, "link has text"),
    # categories and source
    ("a category without term", 'term="t" ', "", ONE, "no term"),
    ("a category with a relative scheme", 'scheme="https://x.example/tag/"', 'scheme="tag"', ONE, "scheme='tag'"),
    ("a source without id", "      <id>https://y.example/</id>\n", "", ONE, "source has no id"),
    ("a source without title", "      <title>Y</title>\n", "", ONE, "source has no title"),
    ("a source without updated", "      <updated>2022-05-24T07:31:09Z</updated>\n", "", ONE, "source has no updated"),
    ("two sources", SOURCE, SOURCE + SOURCE, ONE, "2 of source"),
    # HTML
    ("a script", *html("<p>x</p><script>x()</script>"), ONE, "<script>"),
    ("a form", *html('<form><p>x</p></form>'), ONE, "<form>"),
    ("a frame", *html('<iframe></iframe>'), ONE, "<iframe>"),
    ("a handler", *html('<p onclick="x()">x</p>'), ONE, "event handler"),
    ("a link that runs", *html('<a href=" java\tscript:x()">x</a>'), ONE, "that runs"),
    ("a link to data", *html('<a href="data:text/html,x">x</a>'), ONE, "that runs"),
    ("a dangerous style", *html('<p style="background:url(//x)">x</p>'), ONE, "dangerous style"),
    ("a relative link in HTML", *html('<a href="/x">x</a>'), ONE, "relative reference"),
    ("a link without a scheme in HTML", *html('<a href="//x.example/">x</a>'), ONE, "relative reference"),
    ("a relative image", *html('<img src="x.png" alt="">'), ONE, "relative reference"),
    ("a relative image in a set", *html('<img srcset="https://x.example/1 1x, 2.png 2x">'), ONE, "srcset='2.png'"),
    ("a relative citation", *html('<q cite="x">x</q>'), ONE, "cite='x'"),
    ("a relative poster", *html('<video poster="x"></video>'), ONE, "poster='x'"),
    ("a tracking pixel", *html('<img src="https://t.example/" width="1" height="1">'), ONE, "tracking pixel"),
    ("a whole document", *html("<html><p>x</p></html>"), ONE, "whole document"),
    ("a script in xhtml", "<p>Two</p>", "<script>x()</script>", TWO, "<script>"),
    ("an undecoded character in HTML", *html("<p>\ufffd</p>"), ONE, "U+FFFD"),
]  # fmt: skip


def test_a_good_atom_feed_has_no_fault() -> None:
    assert check_atom(GOOD.encode(), URL) == ()
    assert check_atom(GOOD.encode(), None) == ()


@pytest.mark.parametrize(
    ("old", "new", "at", "words"), [pytest.param(*case[1:], id=case[0].replace(" ", "-")) for case in BAD_ATOM]
)
def test_a_bad_atom_feed_has_exactly_the_fault_that_was_put_in(old: str, new: str, at: str, words: str) -> None:
    assert old in GOOD
    faults = check_atom(GOOD.replace(old, new, 1).encode("utf-8"), URL)
    assert [words in fault.cause for fault in faults] == [True], [str(fault) for fault in faults]
    assert faults[0].place == (f"{URL}: {at}" if at else URL)
    assert faults[0].mend


def test_names_of_bad_feeds_are_distinct() -> None:
    assert len({case[0] for case in BAD_ATOM}) == len(BAD_ATOM) > 40


def test_an_author_may_stand_on_the_entry_or_in_its_source() -> None:
    author = GOOD[GOOD.index("  <author>") : GOOD.index("</author>") + len("</author>")]
    nowhere = GOOD.replace(author, "").replace(SECOND, "")
    assert ["no author" in fault.cause for fault in check_atom(nowhere.encode(), URL)] == [True]
    on_entry = nowhere.replace("<summary", f"{author}<summary")
    in_source = nowhere.replace("</source>", f"{author}</source>")
    assert check_atom(on_entry.encode(), URL) == check_atom(in_source.encode(), URL) == ()


def test_every_fault_of_a_bad_feed_is_found_and_not_only_the_first() -> None:
    bad = (
        GOOD.replace('type="text">One', 'type="x">One')
        .replace("<title>Two", "<title/><m:x>Two")
        .replace("Two</title>", "Two</m:x>")
    )
    assert len(check_atom(bad.encode(), URL)) == 2


@pytest.mark.parametrize("data", [b"", b"\x00", b"<", b"\xff\xfe<", "<feed/>".encode("utf-16"), b"{}", b"[" * 100_000])
def test_what_is_no_feed_at_all_is_one_fault(data: bytes) -> None:
    for check in (check_atom, check_rss, check_json):
        assert check(data, None)


def test_a_fault_names_the_file_where_it_is_told_which() -> None:
    for check in (check_atom, check_rss, check_json):
        assert check(b"", URL, "public/feed.xml")[0].place == "public/feed.xml"


@pytest.mark.parametrize("check", [check_atom, check_rss, check_json])
@given(st.one_of(st.binary(), st.text().map(str.encode), st.recursive(JSON, st.lists).map(json.dumps).map(str.encode)))
def test_a_check_never_raises(check: Check, data: bytes) -> None:
    check(data, None)


@pytest.mark.parametrize(("check", "good"), [(check_atom, "GOOD"), (check_rss, "GOOD_RSS"), (check_json, "GOOD_JSON")])
@given(st.data())
def test_a_check_of_a_damaged_feed_never_raises(check: Check, good: str, data: st.DataObject) -> None:
    whole = globals()[good]
    document = whole if isinstance(whole, str) else json.dumps(whole)
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(len(document), start + 60)))
    check((document[:start] + data.draw(st.text(max_size=5)) + document[end:]).encode("utf-8", "replace"), URL)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><feed>&b;</feed>'
    assert [fault.cause.startswith("has a document type") for fault in check_atom(bomb, None)] == [True, False]


# --- RSS ----------------------------------------------------------------------------------------------------------

GOOD_RSS = """<?xml version='1.0' encoding='utf-8'?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
  <channel>
    <title>Feed</title>
    <link>https://x.example/</link>
    <description>About</description>
    <language>zh-CN</language>
    <lastBuildDate>Tue, 24 May 2022 15:31:09 +0800</lastBuildDate>
    <atom:link href="https://x.example/feed.rss" rel="self" type="application/rss+xml"/>
    <item>
      <title>One</title>
      <link>https://x.example/1</link>
      <guid isPermaLink="false">1</guid>
      <pubDate>Tue, 24 May 2022 07:31:09 GMT</pubDate>
      <category domain="https://x.example/tag/">a</category>
      <category>b</category>
      <description>Summary</description>
      <content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded>
      <enclosure url="https://x.example/1.mp3" length="0" type="audio/mpeg"/>
      <source url="https://y.example/rss">Y</source>
    </item>
  </channel>
</rss>
"""
ITEM = GOOD_RSS[GOOD_RSS.index("    <item>") : GOOD_RSS.index("  </channel>")]

BAD_RSS = [
    ("not well-formed", "</rss>", "", "not well-formed"),
    ("another version", 'version="2.0"', 'version="0.91"', "not RSS 2.0"),
    ("no title", "<title>Feed</title>", "", "no title"),
    ("no description", "<description>About</description>", "", "no description"),
    ("no self link", 'rel="self"', 'rel="related"', "0 atom:link"),
    ("a self link to elsewhere", "feed.rss", "other.rss", "leads to"),
    ("no language", "zh-CN", "中文", "no language tag"),
    ("a relative link", "<link>https://x.example/1<", "<link>/1<", "not an absolute URL"),
    ("a link that is no URI", "<link>https://x.example/1<", "<link>https://x.example/新<", "not an absolute URL"),
    ("an enclosure by ftp", "https://x.example/1.mp3", "ftp://x.example/1.mp3", "RSS wants of http"),
    ("an enclosure behind a login", "https://x.example/1.mp3", "https://u:p@x.example/1.mp3", "RSS wants of http"),
    ("an odd offset", "Tue, 24 May 2022 07:31:09 GMT", "Tue, 24 May 2022 13:16:09 +0545", "validators doubt"),
    ("a date of RFC 3339", "Tue, 24 May 2022 07:31:09 GMT", "2022-05-24T07:31:09Z", "is no date"),
    ("the wrong day of the week", "Tue, 24 May 2022 07:31:09 GMT", "Mon, 24 May 2022 07:31:09 GMT", "wrong day"),
    ("a Chinese month", "24 May 2022 07", "24 五月 2022 07", "is no date"),
    ("no guid", '<guid isPermaLink="false">1</guid>', "", "no guid"),
    ("a permalink that is none", ' isPermaLink="false"', "", "no permalink"),
    ("a guid twice", ITEM, ITEM + ITEM, "2 items have the guid"),
    ("two pubDates", "<pubDate>", "<pubDate>Tue, 24 May 2022 07:31:09 GMT</pubDate><pubDate>", "2 of pubDate"),
    ("an unknown element", "<source ", "<updated/><source ", "does not know there"),
    ("a relative enclosure", "https://x.example/1.mp3", "1.mp3", "enclosure has url"),
    ("an enclosure without length", 'length="0"', 'length=""', "enclosure has length"),
    ("an enclosure without type", ' type="audio/mpeg"', "", "enclosure has type"),
    ("a source without url", ' url="https://y.example/rss"', "", "source has url"),
    ("content without description", "<description>Summary</description>", "", "without a description"),
    ("a script", "&lt;p&gt;x&lt;/p&gt;", "&lt;script&gt;x&lt;/script&gt;", "<script>"),
    ("an undecoded character", "<title>One", "<title>\ufffd", "U+FFFD"),
]  # fmt: skip


def test_a_good_rss_feed_has_no_fault() -> None:
    assert check_rss(GOOD_RSS.encode(), "https://x.example/feed.rss") == ()


@pytest.mark.parametrize(
    ("old", "new", "words"), [pytest.param(*case[1:], id=case[0].replace(" ", "-")) for case in BAD_RSS]
)
def test_a_bad_rss_feed_has_exactly_the_fault_that_was_put_in(old: str, new: str, words: str) -> None:
    assert old in GOOD_RSS
    faults = check_rss(GOOD_RSS.replace(old, new, 1).encode(), "https://x.example/feed.rss")
    assert [words in fault.cause for fault in faults] == [True], [str(fault) for fault in faults]


# --- JSON ---------------------------------------------------------------------------------------------------------

GOOD_ITEM = {
    "id": "1",
    "url": "https://x.example/1",
    "content_html": "<p>x</p>",
    "date_published": "2022-05-24T15:31:09+08:00",
    "authors": [{"name": "A"}],
    "tags": ["a"],
    "attachments": [{"url": "https://x.example/1.mp3", "mime_type": "audio/mpeg"}],
    "_more": 1,
}
GOOD_JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Feed",
    "feed_url": "https://x.example/feed.json",
    "language": "zh-CN",
    "items": [GOOD_ITEM],
}

BAD_JSON: list[tuple[str, dict[str, object], dict[str, object], str]] = [
    ("another version", {"version": "2"}, {}, "not JSON Feed"),
    ("no title", {"title": ""}, {}, "no title"),
    ("a feed_url to elsewhere", {"feed_url": "https://x.example/other.json"}, {}, "feed_url is"),
    ("an unknown member", {"author": {}}, {}, "does not know"),
    ("no language", {"language": "中文"}, {}, "no language tag"),
    ("no items", {"items": None}, {}, "items is no list"),
    ("an item that is none", {"items": ["x"]}, {}, "no object"),
    ("an id twice", {"items": [GOOD_ITEM, GOOD_ITEM]}, {}, "2 items have the id"),
    ("no id", {}, {"id": ""}, "no id"),
    ("an id that is a number", {}, {"id": 1}, "id is no str"),
    ("no content", {}, {"content_html": ""}, "neither content_html"),
    ("a relative url", {}, {"url": "/1"}, "not an absolute URL"),
    ("a date of RFC 822", {}, {"date_published": "Tue, 24 May 2022 07:31:09 GMT"}, "is no date"),
    ("an author without a name", {}, {"authors": [{}]}, "author has no name"),
    ("tags that are numbers", {}, {"tags": [1]}, "not all strings"),
    ("an attachment without a type", {}, {"attachments": [{"url": "https://x.example/"}]}, "no mime_type"),
    ("an attachment without a url", {}, {"attachments": [{"mime_type": "audio/mpeg"}]}, "no absolute url"),
    ("a script", {}, {"content_html": "<script>x</script>"}, "<script>"),
]  # fmt: skip


def test_a_good_json_feed_has_no_fault() -> None:
    assert check_json(json.dumps(GOOD_JSON).encode(), "https://x.example/feed.json") == ()


@pytest.mark.parametrize(
    ("feed", "item", "words"), [pytest.param(*case[1:], id=case[0].replace(" ", "-")) for case in BAD_JSON]
)
def test_a_bad_json_feed_has_the_fault_that_was_put_in(
    feed: dict[str, object], item: dict[str, object], words: str
) -> None:
    document = {**GOOD_JSON, "items": [{**GOOD_ITEM, **item}], **feed}
    faults = check_json(json.dumps(document).encode(), "https://x.example/feed.json")
    assert any(words in fault.cause for fault in faults), [str(fault) for fault in faults]


@pytest.mark.parametrize(
    "more",
    [
        f'<archive xmlns="{FH}"/>{CURRENT}<link href="https://x.example/1.xml" rel="prev-archive"/>',
        STONE,
        STONE + STONE.replace("2021:9", "2021:8"),
        # an entry that came back (RFC 6721 §3: a later `updated` wins)
        STONE.replace("2021:9", "2021:1").replace("2022-", "2021-"),
    ],
)
def test_archives_and_tombstones_as_they_should_be_are_no_fault(more: str) -> None:
    assert check_atom(GOOD.replace("<m:hint>", more + "<m:hint>", 1).encode(), URL) == ()
