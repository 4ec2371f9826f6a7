"""Single values as documents spell them: any string in, one that may stand or "" out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.publish import spelling

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_exactly_the_characters_that_may_not_stand_are_left_out() -> None:
    forbidden = {
        *(set(range(0x20)) - {0x09, 0x0A, 0x0D}),
        *range(0x7F, 0xA0),
        *range(0xD800, 0xE000),
        *range(0xFDD0, 0xFDF0),
        0xFFFD,
        *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    }
    # Of the planes beyond the first, the ends are enough.
    codes = [*range(0x11000), *(code for code in range(0x11000, sys.maxunicode + 1) if code & 0xFFF0 in (0, 0xFFF0))]
    assert {code for code in codes if not spelling.clean(chr(code))} == forbidden
    # Nor does it matter what stands beside them.
    assert {code for code in codes if spelling.clean(f"\n{chr(code)}") == "\n"} == forbidden


@given(st.text(st.characters(codec=None)))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = spelling.clean(text)
    assert spelling.clean(once) == once
    once.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a ", "a"),
        ("a\r\nb\nc", "a b c"),
        ("a\u2028b", "a b"),
        ("全\u3000角", "全\u3000角"),
        ("\x00", ""),
        ("a\x00\nb", "a b"),
    ],
)
def test_a_name_is_one_line(text: str, expected: str) -> None:
    assert spelling.one_line(text) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><p>b</p>", "a b"),
        ("a&#1;b&#xFFFE;c", "abc"),
        ("<b>粗</b>体", "粗体"),
        ("a<br>b &amp; c", "a b & c"),
        ("<!-- x -->a<img alt='y'>", "a"),
        ("</div></body>a", "a"),
        ("", ""),
        ("<p>\x00</p>", ""),
    ],
)
def test_the_words_of_html_are_what_a_reader_sees(html: str, expected: str) -> None:
    assert spelling.plain_text(html) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.example/a?b=c&d#e", "https://x.example/a?b=c&d#e"),
        ("HTTP://X.example/", "HTTP://X.example/"),
        (" https://x.example/a\n b ", "https://x.example/a%20b"),
        ("https://x.example/a|b\"<>`^{}\\", "https://x.example/a%7Cb%22%3C%3E%60%5E%7B%7D%5C"),
        ("https://x.example/%e4%b8", "https://x.example/%e4%b8"),
        ("https://x.example/100%", "https://x.example/100%25"),
        ("https://x.example/中文?问=答#一", "https://x.example/%E4%B8%AD%E6%96%87?%E9%97%AE=%E7%AD%94#%E4%B8%80"),
        ("https://" + "新闻" * 80 + ".example/", "https://" + "%E6%96%B0%E9%97%BB" * 80 + ".example/"),
        ("https://me@例子.example:8080/", "https://me@xn--fsqu00a.example:8080/"),
        ("https://x.example/a[1]?b[]=c#d#e", "https://x.example/a%5B1%5D?b%5B%5D=c#d%23e"),
        ("http://[2001:db8::1]:80/[a]", "http://[2001:db8::1]:80/%5Ba%5D"),
        ("mailto:李@x.example", "mailto:%E6%9D%8E@x.example"),
        ("https://x.example/a\u3000b", "https://x.example/a%E3%80%80b"),
        ("https://x.example:8080", "https://x.example:8080"),
        ("http://x.example:8080/a?b#c", "http://x.example:8080/a?b#c"),
        ("http://x.example:8080中/", "http://x.example:8080%E4%B8%AD/"),
        ("https://user@x.example/", "https://user@x.example/"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("magnet:?xt=urn:btih:0", "magnet:?xt=urn:btih:0"),
        ("//x.example/", ""),
        ("/x", ""),
        ("x", ""),
        ("", ""),
        ("https:", ""),
        ("https://", ""),
        ("https:///x", ""),
        ("https://:80/", ""),
        ("https://[x", ""),
        ("https://a\u2100b/", ""),
        ("javascript:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("\ud800", ""),
    ],
)  # fmt: skip
def test_a_link_is_absolute_and_harmless_or_nothing(text: str, expected: str) -> None:
    assert spelling.link_uri(text) == expected
    assert spelling.link_uri(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:x.example,2022:a/b", True),
        ("urn:uuid:1", True),
        ("https://x.example/中", True),
        ("https://x.example/a b", False),
        ("https://x.example/%", False),
        ("http:", False),
        ("HTTP:0", False),
        ("urn:", False),
        ("12345", False),
        ("/a", False),
        ("urn:\ufffd", False),
        ("urn:\ud800", False),
        ("urn:a\n", False),
    ],
)
def test_an_id_is_an_absolute_iri(text: str, expected: bool) -> None:
    assert spelling.is_iri(text) is expected


@pytest.mark.parametrize(
    ("instant", "atom", "rss"),
    [
        (datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC), "2022-05-24T15:31:09+08:00", "Tue, 24 May 2022 15:31:09 +0800"),
        (datetime(1900, 1, 1, tzinfo=UTC), "1900-01-01T00:00:00+00:00", "Mon, 01 Jan 1900 00:00:00 +0000"),
        (datetime(988, 1, 1, tzinfo=UTC), "0988-01-01T00:00:00+00:00", "Tue, 01 Jan 0988 00:00:00 +0000"),
    ],
)
def test_instants_are_spelled_as_the_standards_ask(instant: datetime, atom: str, rss: str) -> None:
    assert spelling.rfc3339(instant, SHANGHAI) == atom
    assert spelling.rfc822(instant, SHANGHAI) == rss


def test_rss_is_in_utc_where_the_offset_is_no_half_hours() -> None:
    at = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)
    assert spelling.rfc822(at, ZoneInfo("Asia/Kathmandu")) == "Tue, 24 May 2022 07:31:09 +0000"
    assert spelling.rfc822(at, ZoneInfo("Asia/Kolkata")) == "Tue, 24 May 2022 13:01:09 +0530"
    assert spelling.rfc3339(at, ZoneInfo("Asia/Kathmandu")) == "2022-05-24T13:16:09+05:45"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<title>S&amp;P500 &lt;b></title>", "<title>S&#x26;P500 &#x3C;b></title>"),
        ('<summary type="text">a&amp;b</summary>', '<summary type="text">a&#x26;b</summary>'),
        ('<content type="html">&lt;p>a&amp;amp;b</content>', '<content type="html">&lt;p>a&amp;amp;b</content>'),
        ('<link href="x?a&amp;b" title="a&amp;b"/>', '<link href="x?a&amp;b" title="a&#x26;b"/>'),
        ("<title>a</title><link>x?a&amp;b</link>", "<title>a</title><link>x?a&amp;b</link>"),
        ('<category term="a" label="R&amp;D"/>', '<category term="a" label="R&#x26;D"/>'),
        ('<outline title="a" label="R&lt;D"/>', '<outline title="a" label="R&#x3C;D"/>'),
        ("<title>a</title><name>b&amp;c</name>", "<title>a</title><name>b&#x26;c</name>"),
        ("<dc:rights>a&amp;b</dc:rights>", "<dc:rights>a&#x26;b</dc:rights>"),
        ("<summary>a&amp;b</summary>", "<summary>a&#x26;b</summary>"),
    ],
)
def test_a_sign_in_plain_text_is_written_so_that_nobody_takes_it_for_markup(xml: str, expected: str) -> None:
    assert spelling.plainly(xml.encode()) == expected.encode()


@pytest.mark.parametrize(
    ("function", "text", "expected"),
    [
        (spelling.language, " zh-CN ", "zh-CN"),
        (spelling.language, "中文", ""),
        (spelling.language, "en_US", "en-US"),
        (spelling.language, "yue-Hant-HK", "yue-Hant-HK"),
        (spelling.language, "cn", ""),
        (spelling.language, "english", ""),
        (spelling.language, "x-klingon", ""),
        (spelling.media_type, "text/html; charset=utf-8", "text/html"),
        (spelling.media_type, "html", ""),
        (spelling.media_type, "text/html\n", "text/html"),
        (spelling.email_address, "a@x.example", "a@x.example"),
        (spelling.email_address, "a@x", ""),
        (spelling.email_address, "a at x.example", ""),
    ],
)
def test_what_is_not_well_formed_is_left_out(function: Callable[[str], str], text: str, expected: str) -> None:
    assert function(text) == expected
