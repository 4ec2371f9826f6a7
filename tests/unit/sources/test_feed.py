"""What holds for every feed, beyond the golden ones: sizes, traps, times, and that no bytes break the reader."""

from __future__ import annotations

import random
import re
import time
from base64 import b64encode
from html import escape
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from finews_feeds.errors import ParseError
from finews_feeds.model import FindingKind, ParsedFeed
from finews_feeds.sources import feed, feed_bounds, feed_names, feed_tidy, feed_xml, version

URL = "https://news.example/feed.xml"
FOLDER = Path(__file__).parents[2] / "golden" / "feeds"
GOLDEN = [path.read_bytes() for path in sorted(FOLDER.glob("*.feed"))]


def rss(items: str, channel: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{channel}{items}</channel></rss>'.encode()


def atom(entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:t</id>{entries}</feed>'.encode()


def parse(body: bytes) -> ParsedFeed:
    return feed.parse(body, (), URL)


TEXTS = [
    # name, RSS title, kind and value
    ("plain words stay plain", "Rates up", "text", "Rates up"),
    ("an ampersand is no markup", "A &amp; B", "text", "A & B"),
    ("a comparison is no markup", "1 &lt; 2", "text", "1 < 2"),
    ("escaped tags are markup", "&lt;b&gt;Up&lt;/b&gt;", "html", "<b>Up</b>"),
    ("doubly escaped ampersands are markup", "A &amp;amp; B", "html", "A &amp; B"),
    ("a section is read like escapes", "<![CDATA[A <em>b</em>]]>", "html", "A <em>b</em>"),
    ("bare tags are markup", "A <b>c</b>", "html", "A <b>c</b>"),
    ("scripts are markup", "&lt;script&gt;x()&lt;/script&gt;A", "html", "<script>x()</script>A"),
    ("a tag without its end is none", "A &lt;b&gt; c", "text", "A <b> c"),
    ("what looks mis-decoded is kept", "Martine Ã©crit", "text", "Martine Ã©crit"),
]


@pytest.mark.parametrize(("title", "kind", "value"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_title_of_rss_is_markup_where_it_has_any(title: str, kind: str, value: str) -> None:
    text = parse(rss(f"<item><title>{title}</title><link>{URL}</link></item>")).entries[0].title
    assert text is not None
    assert (text.kind, text.value) == (kind, value)


LONG = "<p>央行 raised rates</p>" * 20
ESCAPED = LONG.replace("<", "&lt;")
CODED = b64encode(LONG.encode()).decode()
BODIES = [
    # name, element, whether it is of Atom, kind and value
    ("a description is markup", f"<description>{ESCAPED}</description>", False, "html", LONG),
    ("a description in a section", f"<description><![CDATA[{LONG}]]></description>", False, "html", LONG),
    ("markup around references", f"<description>&amp;amp;{ESCAPED}</description>", False, "html", "&amp;" + LONG),
    ("RSS lets nobody say that it is text", f"<summary>{ESCAPED}</summary>", False, "html", LONG),
    ("HTML of Atom", f'<summary type="html">{ESCAPED}</summary>', True, "html", LONG),
    ("HTML in capitals, in a language", f'<summary type="HTML" xml:lang="zh">{ESCAPED}</summary>', True, "html", LONG),
    ("text of Atom", f"<summary>{ESCAPED}</summary>", True, "text", LONG),
    ("XHTML of Atom", f'<summary type="xhtml"><div>{LONG}</div></summary>', True, "html", LONG),
    ("Base64 of Atom 0.3", f'<summary type="text/html" mode="base64">{CODED}</summary>', True, "html", LONG),
    ("Windows' quotation marks", f"<description>\x93a\x94{ESCAPED}</description>", False, "html", "“a”" + LONG),
    ("what looks mis-decoded", f"<description>Ã©{ESCAPED}</description>", False, "html", "Ã©" + LONG),
]


@pytest.mark.parametrize(
    ("element", "is_atom", "kind", "value"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
def test_long_markup_comes_as_it_was_sent(element: str, is_atom: bool, kind: str, value: str) -> None:
    entries = f"<entry>{element}</entry><entry><title>b</title></entry>"
    parsed = parse(atom(entries) if is_atom else rss(entries.replace("entry>", "item>")))
    text = parsed.entries[0].summary
    assert text is not None
    assert (text.kind, text.value) == (kind, value)


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cc", "Cs", "Cn", "Co"])))
def test_markup_is_the_same_however_long_it_is(text: str) -> None:
    short, long = f"<b>{text}", f"<b>{text}" + "." * 200
    items = "".join(f"<item><description>{escape(each)}</description></item>" for each in (short, long))
    summaries = [entry.summary for entry in parse(rss(items)).entries]
    assert [summary.value for summary in summaries if summary] == [short.strip(), long]


def test_nobody_can_point_to_a_text_that_is_not_there() -> None:
    # only by reference, for the characters themselves are left out of every document
    signs = "".join(f"&#xFDD1;{number}&#xFDD1;" for number in ("1", "99999", "9" * 5000))
    items = f"<item><description>a{signs}z</description></item><item><description>{ESCAPED}</description></item>"
    first, second = parse(rss(items)).entries
    assert first.summary is not None
    assert (first.summary.value[0], first.summary.value[-1]) == ("a", "z")
    assert second.summary is not None
    assert second.summary.value == LONG


PERMALINKS = [
    ("a guid is a permalink unless it says no", "<guid>https://a.example/1</guid>", "https://a.example/1"),
    ("said to be one", '<guid isPermaLink="true">https://a.example/1</guid>', "https://a.example/1"),
    ("said in capitals not to be one", '<guid isPermaLink="FALSE">https://a.example/1</guid>', ""),
    ("a number is none", "<guid>123</guid>", ""),
    ("a tag URI is none", "<guid>tag:a.example,2022:1</guid>", ""),
]


@pytest.mark.parametrize(("guid", "link"), [case[1:] for case in PERMALINKS], ids=[case[0] for case in PERMALINKS])
def test_a_guid_is_kept_as_it_is_spelled_and_is_a_link_only_where_it_is_one(guid: str, link: str) -> None:
    entry = parse(rss(f"<item>{guid}</item>")).entries[0]
    assert entry.entry_id == guid.partition(">")[2].partition("<")[0]
    assert (entry.link, entry.identity_urls) == (link, (link,) if link else ())
    assert entry.own_atom_id == ""


ATOM_IDS = [
    ("tag:a.example,2022:x/Y?Z", "tag:a.example,2022:x/Y?Z"),
    ("HTTP://A.example/../x", "HTTP://A.example/../x"),
    ("urn:uuid:60a76c80-d399-11d9-b91C-0003939e0af6", "urn:uuid:60a76c80-d399-11d9-b91C-0003939e0af6"),
    ("http://a.example/新闻", "http://a.example/新闻"),
    ("relative/id", ""),
    ("two words:x y", ""),
    ("17", ""),
]


@pytest.mark.parametrize(("atom_id", "own"), ATOM_IDS)
def test_an_atom_id_is_kept_character_by_character_and_published_if_absolute(atom_id: str, own: str) -> None:
    entry = parse(atom(f"<entry><id> {atom_id}\n</id><title>x</title></entry>")).entries[0]
    assert (entry.entry_id, entry.own_atom_id) == (atom_id, own)


PEOPLE = [
    ("jane@stats.finance (Jane Roe)", "Jane Roe", "jane@stats.finance"),
    ("Jane Roe &lt;jane@stats.example&gt;", "Jane Roe", "jane@stats.example"),
    ('"Roe, Jane" &lt;jane@stats.example&gt;', "Roe, Jane", "jane@stats.example"),
    ("mailto:jane@stats.example", "jane@stats.example", "jane@stats.example"),
    ("金融 编辑部", "金融 编辑部", ""),
    ("Jane\n  Roe", "Jane Roe", ""),
]


@pytest.mark.parametrize(("spelled", "name", "email"), PEOPLE)
def test_an_author_in_one_line_is_split_into_name_and_mail(spelled: str, name: str, email: str) -> None:
    (author,) = parse(rss(f"<item><title>x</title><author>{spelled}</author></item>")).entries[0].authors
    assert (author.name, author.email) == (name, email)


DATES = [
    ("pubDate alone", "<pubDate>soon</pubDate>", "soon", ""),
    ("updated is never made of published", "<pubDate>a</pubDate>", "a", ""),
    ("dc:date where nothing else dates it", "<dc:date>b</dc:date>", "b", ""),
    ("dc:date beside pubDate is an update", "<dc:date>b</dc:date><pubDate>a</pubDate>", "a", "b"),
    ("none", "", "", ""),
]


@pytest.mark.parametrize(
    ("dates", "published", "updated"), [case[1:] for case in DATES], ids=[case[0] for case in DATES]
)
def test_dates_are_as_the_source_spells_them(dates: str, published: str, updated: str) -> None:
    entry = parse(rss(f"<item><title>x</title>{dates}</item>")).entries[0]
    assert (entry.published, entry.updated) == (published, updated)


def test_an_entry_that_cannot_be_read_loses_itself_and_no_other() -> None:
    licence = 'xmlns:cc="http://backend.userland.com/creativeCommonsRssModule"'
    broken = (
        f"<item><title>bad <link>x</link><cc:license {licence}>y<cc:license>z</cc:license></cc:license></title></item>"
    )
    parsed = parse(rss(f"<item><title>a</title></item>{broken}<item><title>b</title></item>", "<ttl>9</ttl>"))
    assert [entry.title.value for entry in parsed.entries if entry.title] == ["a", "b"]
    assert (parsed.feed.title, parsed.feed.ttl_minutes) == ("T", 9)
    assert [finding.kind for finding in parsed.findings] == [FindingKind.SKIPPED]


def test_entries_are_told_one_by_one_whatever_the_namespaces_are_called() -> None:
    # lxml reads such a name, and makes no element that has it
    root = feed_xml.tree("<rss xmlns:x='中 //['><channel><title>T</title><item/><item/></channel></rss>", URL).root
    documents = [etree.fromstring(each, etree.XMLParser(recover=True)) for each in feed_tidy.singles(root)]
    assert [len(list(feed_names.entries_of(each))) for each in documents] == [0, 1, 1]


DAYS = ("<pubDate>Mon, 02 May 2022 08:00:00 GMT</pubDate>", "<pubDate>Tue, 03 May 2022 08:00:00 +0800</pubDate>")
TOLD_AGAIN = [
    # name, two items, the summaries of the entries that they come to
    ("the newer of two", "<guid>1</guid>" + DAYS[0], "<guid>1</guid>" + DAYS[1], "b"),
    ("the newer, told first", "<guid>1</guid>" + DAYS[1], "<guid>1</guid>" + DAYS[0], "a"),
    ("the first of two without dates", "<guid>1</guid>", "<guid>1</guid>", "a"),
    ("the first where one date is none", "<guid>1</guid>" + DAYS[0], "<guid>1</guid><pubDate>soon</pubDate>", "a"),
    (
        "the first where one has no offset",
        "<guid>1</guid>" + DAYS[0],
        "<guid>1</guid><pubDate>2023-01-01</pubDate>",
        "a",
    ),
    ("the first of two days alike", "<guid>1</guid>" + DAYS[0], "<guid>1</guid>" + DAYS[0], "a"),
    ("both titles of one id", "<guid>1</guid><title>x</title>", "<guid>1</guid><title>y</title>", "ab"),
    ("both links of one id", f"<guid>1</guid><link>{URL}</link>", "<guid>1</guid><link>/y</link>", "ab"),
    (
        "one link of one id, whatever the titles",
        "<guid>http://x/</guid><title>x</title>",
        "<guid>http://x/</guid>",
        "a",
    ),
    ("both of one link without an id", f"<link>{URL}</link>", f"<link>{URL}</link>", "ab"),
]


@pytest.mark.parametrize(
    ("one", "other", "kept"), [case[1:] for case in TOLD_AGAIN], ids=[case[0] for case in TOLD_AGAIN]
)
def test_of_entries_told_again_one_stays_and_different_ones_all_stay(one: str, other: str, kept: str) -> None:
    parsed = parse(
        rss(f"<item>{one}<description>a</description></item><item>{other}<description>b</description></item>")
    )
    assert "".join(entry.summary.value for entry in parsed.entries if entry.summary) == kept
    assert [finding.kind for finding in parsed.findings] == [FindingKind.REPAIRED] * (2 - len(kept))


def test_entries_that_share_an_id_all_keep_it() -> None:
    one, other = ("<entry><id>urn:x:1</id><title>a</title></entry>", "<entry><id>urn:x:1</id><title>b</title></entry>")
    parsed = parse(atom(one + other))
    assert [(entry.entry_id, entry.own_atom_id) for entry in parsed.entries] == [("urn:x:1", "urn:x:1")] * 2
    assert parsed.findings == ()


def test_what_an_entry_says_does_not_depend_on_the_others() -> None:
    items = [
        "<item><guid>1</guid><title>a</title></item>",
        "<item><guid>1</guid><title>b</title></item>",
        f"<item><title>c</title><link>{URL}</link></item>",
        f"<item><title>d</title><link>{URL}</link></item>",
        "<item><title>e</title></item>",
        "<item><description>f</description></item>",
    ]
    alone = tuple(parse(rss(item)).entries[0] for item in items)
    assert parse(rss("".join(items))).entries == alone
    assert [entry.entry_id for entry in alone] == ["1", "1", None, None, None, None]


BARE = [
    ("A && B &", "A && B &"),
    ("a & b; c &amp; d", "a & b; c & d"),
    ("1 < 2 <3 && &lt;4", "1 < 2 <3 && <4"),
    ("x &#38;& &#xD800;y", "x && y"),
    ("<<& &nosuch; &;", "<<& &nosuch; &;"),
]


@pytest.mark.parametrize(("spelled", "title"), BARE)
def test_bare_ampersands_and_angle_brackets_are_the_characters_that_they_are(spelled: str, title: str) -> None:
    (entry,) = parse(rss(f"<item><title>{spelled}</title><link>/?a=1&&b=2& c;</link></item>")).entries
    assert entry.title is not None
    assert (entry.title.value, entry.link) == (title, "https://news.example/?a=1&&b=2&%20c;")


WHOLE = [
    ("whole", rss("<item><title>a</title></item>"), True),
    ("a bare ampersand", rss("<item><title>a & b</title></item>"), True),
    ("a tag that is never closed", rss("<item><title>a</item>"), True),
    ("words after its end", rss("<item><title>a</title></item>") + b" &", True),
    ("a document type", b"<!DOCTYPE rss>" + rss("<item><title>a</title></item>"), True),
    ("more elements than are read", rss("<item><title>a</title></item>" + "<item/>" * 90_000), True),
    ("cut in an entry", rss("<item><title>a</title></item><item><title>b")[:-30], False),
    ("cut after an entry", rss("<item><title>a</title></item>")[:-16], False),
    ("cut in its last tag", rss("<item><title>a</title></item>")[:-3], False),
    ("cut JSON", b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": "a"}, {"ti', False),
    (
        "JSON cut after its items",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": "a"}], "',
        False,
    ),
    ("whole JSON", b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": "a"}]}', True),
]


@pytest.mark.parametrize(("body", "is_whole"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_a_document_that_breaks_off_is_known_as_such(body: bytes, is_whole: bool) -> None:
    parsed = parse(body)
    assert parsed.is_whole == is_whole
    assert [entry.title.value[:1] for entry in parsed.entries if entry.title] == ["a"]
    assert is_whole or parsed.findings


def test_an_entry_that_stands_in_another_is_one_of_its_own() -> None:
    item = "<item><title>{}</title><guid>{}</guid>{}</item>"
    nested = item.format("a", 1, item.format("b", 2, item.format("c", 3, "")) + item.format("d", 4, ""))
    parsed = parse(rss(nested + item.format("e", 5, "")))
    assert [entry.entry_id for entry in parsed.entries] == ["1", "2", "3", "4", "5"]
    (finding,) = parsed.findings
    assert finding.what.startswith("3 entries stand inside others")


@pytest.mark.parametrize("space", ["http://search.yahoo.com/mrss/ ", "\n http://search.yahoo.com/mrss/"])
def test_white_space_around_the_name_of_a_namespace_is_not_part_of_it(space: str) -> None:
    content = "<media:content url='http://m.example/v.mp4' type='video/mp4'/>"
    (entry,) = parse(rss(f"<item xmlns:media='{space}'><title>t</title>{content}</item>")).entries
    assert [link.href for link in entry.links] == ["http://m.example/v.mp4"]


def test_an_item_of_another_vocabulary_in_an_entry_is_no_entry() -> None:
    other = '<x:item xmlns:x="urn:x"><x:title>no</x:title></x:item>'
    assert len(parse(rss(f"<item><title>a</title>{other}</item>")).entries) == 1


def test_an_atom_entry_that_is_a_whole_document_is_read() -> None:
    body = atom("<entry xml:lang='de' xml:base='b/'><id>urn:1</id><title>t</title><link href='c'/></entry>")
    entry = body[body.index(b"<entry") : body.index(b"</feed>")].replace(
        b"<entry", b"<entry xmlns='http://www.w3.org/2005/Atom'"
    )
    (read,) = parse(entry).entries
    assert (read.own_atom_id, read.lang, read.link) == ("urn:1", "de", "https://news.example/b/c")
    with pytest.raises(ParseError, match="root element is <entry>"):
        parse(entry.replace(b"2005/Atom", b"2005/Other"))


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\n\0", b"\0" * 50])
def test_an_answer_without_a_character_is_empty(body: bytes) -> None:
    with pytest.raises(ParseError, match="empty"):
        parse(body)


PAGES = [
    "<!doctype html><title>Log in</title>",
    " <!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>x",
    "<head><meta charset=utf-8></head>",
    "<br />\n<b>Fatal error</b>: out of memory",
    "<center><h1>502 Bad Gateway</h1></center>",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_its_outermost_tag_is_a_page(page: str) -> None:
    with pytest.raises(ParseError, match="it is a web page and no feed"):
        parse(page.encode())


@pytest.mark.parametrize("page", ["<br />\n<b>Warning</b>: x", "<!doctype html>"])
def test_a_message_before_a_feed_makes_no_page_of_it(page: str) -> None:
    assert len(parse(page.encode() + rss("<item><title>t</title></item>")).entries) == 1


HINTS = [("180", 180), (" 60\n", 60), ("99999999999", 10**9), ("9" * 5000, 10**9), ("-5", None), ("1.5", None)]


@pytest.mark.parametrize(("spelled", "minutes"), HINTS)
def test_a_time_to_live_is_a_number_however_large(spelled: str, minutes: int | None) -> None:
    assert parse(rss("", f"<ttl>{spelled}</ttl>")).feed.ttl_minutes == minutes


def test_a_channel_element_that_was_never_closed_does_not_swallow_the_entries() -> None:
    parsed = parse(
        b"<rss version='2.0'><channel><title>T</title><link>https://a.example/<item><title>a</title></item></rss>"
    )
    assert [entry.title and entry.title.value for entry in parsed.entries] == ["a"]
    assert (parsed.feed.title, parsed.feed.site_url) == ("T", "https://a.example/")


def test_names_with_undeclared_prefixes_are_what_they_are_meant_to_be() -> None:
    entry = parse(
        rss(
            "<item><x:title>no</x:title><dc:creator>Jo</dc:creator><x:>y</x:><media:thumbnail x:y='' url='/t'/></item>"
            "<item><title>t</title><dc:date>d</dc:date></item>"
        )
    ).entries
    assert [each.title and each.title.value for each in entry] == ["t"]
    assert entry[0].published == "d"


def test_entries_beyond_the_limit_are_left_out_and_counted() -> None:
    body = rss("".join(f"<item><guid>{n}</guid></item>" for n in range(feed_bounds.MAX_ENTRIES + 7)))
    parsed = parse(body)
    assert [entry.entry_id for entry in parsed.entries] == [str(n) for n in range(feed_bounds.MAX_ENTRIES)]
    (finding,) = parsed.findings
    assert (finding.kind, finding.what[:9]) == (FindingKind.SKIPPED, "7 entries")


def test_elements_beyond_the_limit_are_left_out_with_the_entry_that_they_break() -> None:
    fat = "<item><title>{}</title>" + "<enclosure url='c'/>" * (feed_bounds.MAX_ELEMENTS // 2) + "</item>"
    parsed = parse(rss(fat.format("a") + fat.format("b")))
    assert [entry.title and entry.title.value for entry in parsed.entries] == ["a"]
    assert [(finding.kind, finding.what[:4]) for finding in parsed.findings] == [(FindingKind.SKIPPED, "it h")]


TERMS = [
    ("categories", "".join(f"<category>c{n}</category>" for n in range(100))),
    ("upper case", "".join(f"<CATEGORY>c{n}</CATEGORY>" for n in range(100))),
    ("keywords", f"<media:keywords>{','.join(f'k{n}' for n in range(100))}</media:keywords>"),
    ("both", f"<category>c</category><media:keywords>{','.join(f'k{n}' for n in range(100))}</media:keywords>"),
]


@pytest.mark.parametrize("terms", [case[1] for case in TERMS], ids=[case[0] for case in TERMS])
def test_terms_beyond_the_limit_are_left_out_and_told(terms: str) -> None:
    few = "<category>a</category><media:keywords>b, c</media:keywords>"
    parsed = parse(rss(f"<item><title>a</title>{terms}</item><item>{few}<title>b</title></item>"))
    assert [len(entry.terms) for entry in parsed.entries] == [feed_bounds.MAX_TERMS, 3]
    assert [finding.what[:21] for finding in parsed.findings if "categories" in finding.what] == [
        "an entry has more tha"
    ]


BOUNDED = [
    ("attributes", "".join(f" a{n}='1'" for n in range(200)), "1 elements have more than 100 attributes"),
    ("undeclared attributes", "".join(f" x:a{n}='1'" for n in range(200)), "1 elements have more than 100 attributes"),
    ("prefixes", "".join(f" xmlns:a{n}='u{n}'" for n in range(200)), "136 namespace declarations"),
    ("a base", f" xml:base='http://a.example/{'a/' * 2000}'", "an xml:base is longer"),
]


@pytest.mark.parametrize(("attributes", "what"), [case[1:] for case in BOUNDED], ids=[case[0] for case in BOUNDED])
def test_what_is_beyond_a_bound_is_told_and_costs_no_entry(attributes: str, what: str) -> None:
    parsed = parse(rss(f"<item{attributes}><title>a</title><link>/b</link></item>"))
    assert [entry.link for entry in parsed.entries] == ["https://news.example/b"]
    assert any(finding.what.startswith(what) for finding in parsed.findings)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_hundred_thousand_attributes_are_cut_before_they_are_read(quote: str) -> None:
    many = "".join(f" a{number}={quote}/> b{quote}" for number in range(100_000))
    body = rss(f"<item{many}><link{many}/><title>t</title></item><item><title>u</title></item>")
    assert len(feed_bounds.bound_tags(body.decode())) < 10_000
    parsed = parse(body)
    assert [entry.title and entry.title.value for entry in parsed.entries] == ["t", "u"]
    assert any("more than 100 attributes" in finding.what for finding in parsed.findings)


def test_many_declarations_in_many_entries_are_all_read() -> None:
    div = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>x</b></div></content>'
    parsed = parse(atom("".join(f"<entry><id>{n}</id>{div}</entry>" for n in range(200))))
    assert [entry.content and entry.content.value for entry in parsed.entries] == ["<b>x</b>"] * 200
    assert parsed.findings == ()


def test_a_document_cut_anywhere_gives_its_whole_entries_in_order_and_no_others() -> None:
    body = (FOLDER / "rss20-full.feed").read_bytes()
    whole = feed.parse(body, (), URL).entries
    for cut in range(body.index(b"<channel>"), len(body), 13):
        parsed = feed.parse(body[:cut], (), URL)
        assert [entry.title for entry in parsed.entries] == [entry.title for entry in whole[: len(parsed.entries)]]
        assert len(parsed.entries) == body[:cut].count(b"</item>")


def test_no_file_of_the_machine_gets_into_a_feed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the password")
    doctypes = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
        f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;]>',
        f'<!DOCTYPE rss SYSTEM "{secret.as_uri()}">',
    )
    for doctype in doctypes:
        entry = parse(doctype.encode() + rss("<item><title>a &x; b</title></item>")).entries[0]
        assert entry.title is not None
        assert entry.title.value == "a &x; b"


HEAVY = [
    (
        "entities in entities",
        b'<!DOCTYPE a [<!ENTITY a "%s">' % (b"ha" * 9000) + b'<!ENTITY b "&a;&a;">]><rss>&b;</rss>' * 9,
    ),
    ("a deep tree", b"<rss><channel>" + b"<a>" * 200_000),
    ("unclosed comments", b"<rss>" + b"<!--" * 200_000),
    ("unclosed sections", b"<rss><channel><item>" + b"<![CDATA[" * 100_000),
    ("document types", b"<rss>" + b"<!DOCTYPE [" * 100_000),
    ("open quotes", b"<rss>" + b"<a b='" * 100_000),
    ("bare angles", b"<rss>" + b"<" * 300_000),
    ("a long author", rss("<item><title>x</title><author>" + "a" * 300_000 + "</author></item>")),
    ("a long date", rss("<item><title>x</title><pubDate>" + "1 " * 150_000 + "</pubDate></item>")),
    ("a long title", rss("<item><title>" + "&lt;a " * 50_000 + "</title></item>")),
    ("a long prefix", b"<rss xmlns:" + b"x" * 300_000 + b"='u'/>"),
    ("many items never closed", b"<rss><channel>" + b"<item><title>x" * 20_000),
    ("deep JSON", b'{"items": ' + b"[" * 200_000),
    ("a long number in JSON", b'{"items": [{"id": ' + b"9" * 200_000 + b"}]}"),
    ("wide page", b"<html>" + b"<link rel=alternate href=x>" * 20_000),
    ("question marks", b"<?" * 200_000),
    ("many attributes", b"<rss " + b" ".join(b'a%d="1"' % n for n in range(40_000)) + b">" + rss("<item/>")),
    ("many prefixes", b"<rss " + b" ".join(b'xmlns:a%d="1"' % n for n in range(40_000)) + b">" + rss("<item/>")),
    ("many declarations", atom("<entry><id>1</id>" + "<a xmlns='u'/>" * 100_000 + "</entry>")),
    ("many items", rss("<item><title>a</title></item>" * 120_000)),
    ("many elements in a namespace", atom("<entry><id>1</id>" + "<a/>" * 300_000 + "</entry>")),
    ("nested elements", b"<rss><channel>" + b"<a>" * 300_000 + b"</a>" * 300_000 + b"</channel></rss>"),
    ("ends without a start", b"<rss><channel>" + b"<a>" * 190 + b"</z>" * 300_000),
    ("bare ampersands", b"<rss>" + b"&" * 600_000),
    ("bare ampersands in text", b"<rss>" + b"& < " * 300_000),
    (
        "a long base",
        atom("<entry><id>1</id></entry>" * 5000).replace(b"<feed", b"<feed xml:base='" + b"a/" * 300_000 + b"'"),
    ),
    ("many categories", rss("<item>" + "".join(f"<category>{n}</category>" for n in range(70_000)) + "</item>")),
    ("many keywords", rss("<item><media:keywords>" + ",".join(map(str, range(300_000))) + "</media:keywords></item>")),
    ("links of the feed", rss("", "<link>x</link>" * 70_000)),
]


@pytest.mark.parametrize("body", [case[1] for case in HEAVY], ids=[case[0] for case in HEAVY])
def test_a_hostile_document_costs_no_more_than_its_size(body: bytes) -> None:
    began = time.process_time()
    outcome_of(body)
    assert time.process_time() - began < 4


def outcome_of(body: bytes, content_type: str = "") -> ParsedFeed | ParseError:
    headers = (("content-type", content_type),) if content_type else ()
    try:
        return feed.parse(body, headers, URL)
    except ParseError as error:
        assert len(error.faults) == 1
        assert error.faults[0].place == URL
        assert error.faults[0].cause
        return error


@given(
    st.binary(max_size=400), st.sampled_from(["", "text/xml; charset=gbk", "x; charset=utf-16", "text/html;charset="])
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_feed_or_a_parse_error(body: bytes, content_type: str) -> None:
    outcome_of(body, content_type)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_mutation_of_a_feed_is_a_feed_or_a_parse_error(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(GOLDEN)))
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    pieces = (
        b"",
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<item>",
        b"</entry>",
        b"\0",
        b"\xff",
        b"&#xD800;",
        b"<!--",
        b'"',
    )
    for _ in range(data.draw(st.integers(1, 8))):
        at = chance.randrange(len(body) + 1)
        body[at : at + chance.randrange(20)] = chance.choice(pieces)
    outcome = outcome_of(bytes(body))
    if isinstance(outcome, ParsedFeed):
        named = (entry.entry_id or entry.link or entry.title for entry in outcome.entries)
        assert all(name or entry.summary or entry.content for name, entry in zip(named, outcome.entries, strict=True))
        ids = [entry.entry_id for entry in outcome.entries if entry.entry_id]
        text = repr(outcome.entries)
        assert "\ufdd0" not in text
        assert not any(chr(code) in text for code in (0, 8, 0xFFFE))
        assert all(entry.entry_id is None or isinstance(entry.entry_id, str) for entry in outcome.entries)
        assert len(ids) <= feed_bounds.MAX_ENTRIES


TOMBSTONE = """<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="urn:1" when="2030-01-01T00:00:00Z">
    <at:by><name>Other</name></at:by><at:comment>gone</at:comment><id>urn:other</id><title>Other</title>
    <link rel="self" href="https://other.example/self"/><link rel="alternate" href="https://other.example/"/>
    <author><name>Other</name></author><source><id>urn:other</id><title>Other</title></source></at:deleted-entry>"""
ENTRY = '<entry><id>urn:1</id><title>One</title><link href="https://n.example/1"/></entry>'


@pytest.mark.parametrize(
    "entries",
    [TOMBSTONE + ENTRY, ENTRY + TOMBSTONE, ENTRY.replace("</entry>", TOMBSTONE + "</entry>")],
    ids=["before the entry", "after the entry", "inside the entry"],
)
def test_a_tombstone_and_what_is_in_it_are_passed_over(entries: str) -> None:
    history = '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/>'
    assert parse(atom(history + entries)) == parse(atom(ENTRY))


def test_reading_twice_gives_the_same() -> None:
    for body in GOLDEN:
        assert repr(outcome_of(body)) == repr(outcome_of(body))


def test_the_parser_names_itself_with_the_version_of_feedparser() -> None:
    assert re.fullmatch(rf"finews-\d+ feedparser-{re.escape(feedparser.__version__)}", version.feed_reader())


def test_a_term_of_rss_has_no_markup() -> None:
    item = f"<item><title>T</title><link>{URL}</link><category>&lt;b&gt;x &amp;amp; y&lt;/b&gt;</category></item>"
    assert [term.term for term in parse(rss(item)).entries[0].terms] == ["x & y"]
