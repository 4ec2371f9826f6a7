"""Sanitised HTML: golden pages (tests/golden/html/NAME.in.html and .out.html), and what holds for any input."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finews_feeds.normalize import references
from finews_feeds.normalize.html import sanitize, to_text
from finews_feeds.normalize.text import clean

BASE = "https://news.example/2022/a.html"
GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "html").glob("*.in.html"))


@pytest.mark.parametrize("page", GOLDEN, ids=[page.name.removesuffix(".in.html") for page in GOLDEN])
def test_a_page_comes_out_as_its_golden_twin(page: Path) -> None:
    expected = page.with_name(page.name.replace(".in.", ".out.")).read_text(encoding="utf-8").rstrip("\n")
    assert sanitize(page.read_text(encoding="utf-8"), BASE) == expected
    assert sanitize(expected, BASE) == expected


def test_the_golden_pages_are_found() -> None:
    assert len(GOLDEN) >= 6


LINKS = [
    ("an absolute URL stays", "https://a.example/b?c=1&d=2#e", "", "https://a.example/b?c=1&d=2#e"),
    ("a relative one is resolved", "../c", BASE, "https://news.example/c"),
    ("and left out without a base", "../c", "", ""),
    ("a base that is none is no base", "c", "folder/page.html", ""),
    ("a host alone is read as https", "//a.example/b", "", "https://a.example/b"),
    ("or in the base's scheme", "//a.example/b", "http://b.example/", "http://a.example/b"),
    ("a fragment is one of the base", "#x", BASE, BASE + "#x"),
    ("letters of any script stay", "https://a.example/中文", "", "https://a.example/中文"),
    ("spaces and quotes are encoded", 'https://a.example/a b"c', "", "https://a.example/a%20b%22c"),
    ("line breaks inside are dropped", " https://a.exa\nmple/ ", "", "https://a.example/"),
    ("a missing slash is added", "https:/a.example/b", "", "https://a.example/b"),
    ("backslashes are slashes", "\\\\a.example\\b?c=\\", "", "https://a.example/b?c=%5C"),
    ("scripts are no links", "javascript:alert(1)", BASE, ""),
    ("however they are spelled", "\x01 JAVA\tSCRIPT:alert(1)", BASE, ""),
    ("nor are data, files and blobs", "data:text/html,x", BASE, ""),
    ("vbscript", "vbscript:x", BASE, ""),
    ("file", "file:///etc/passwd", BASE, ""),
    ("mail is", "mailto:a@b.example", "", "mailto:a@b.example"),
    ("no host, no link", "https:///", "", ""),
    ("a broken host", "http://[::1", "", ""),
    ("a broken port", "http://a.example:99999/", "", ""),
    ("nothing", "", BASE, ""),
]


@pytest.mark.parametrize(("name", "reference", "base", "expected"), LINKS, ids=[case[0] for case in LINKS])
def test_a_link_is_absolute_or_left_out(name: str, reference: str, base: str, expected: str) -> None:
    assert references.link(reference, base) == expected
    assert references.link(expected, base) == expected


START_TAGS = [
    ("an absolute link stays", '<a href="http://a.example/">', "http://b.example/", '<a href="http://a.example/">'),
    ("one without a scheme gets the base's", '<a href="//a.example/b">', BASE, '<a href="https://a.example/b">'),
    ("whichever that is", '<a href="//a.example:80?b">', "http://b.example/", '<a href="http://a.example:80?b">'),
    (
        "other attributes keep their places",
        '<a href="//a.example" class="c">',
        "",
        '<a href="https://a.example" class="c">',
    ),
    ("on either side", '<a class="c" href="//a.example">', "", '<a class="c" href="https://a.example">'),
    ("ampersands stay references", '<a href="//a.example/?b&amp;c">', "", '<a href="https://a.example/?b&amp;c">'),
    ("quotes in a link are encoded", '<a href="//a.example/?b=&quot;">', "", '<a href="https://a.example/?b=%22">'),
    ("so are angle brackets", '<a href="//a.example/<b>">', "", '<a href="https://a.example/%3Cb%3E">'),
    ("a port that is none is no link", '<a href="//a.example:99999/">', "", "<a>"),
    ("no host, no link", '<a href="///b">', BASE, '<a href="https://b">'),
    ("a citation is a link too", '<q cite="/b">', BASE, '<q cite="https://news.example/b">'),
    (
        "behind other attributes",
        '<del datetime="1" cite="b">',
        BASE,
        '<del datetime="1" cite="https://news.example/2022/b">',
    ),
    ("and a title that looks like one is none", "<q title=' cite=\">'>", BASE, '<q title=" cite=&quot;&gt;">'),
    (
        "a picture keeps every character of its text",
        '<img src="//a.example/?b&amp;c" alt="&amp;lt; &lt;&quot;&gt;&nbsp;&amp;amp;&#39;">',
        "",
        '<img src="https://a.example/?b&amp;c" alt="&amp;lt; &lt;&quot;&gt;&nbsp;&amp;amp;\'">',
    ),
]


@pytest.mark.parametrize(("name", "tag", "base", "expected"), START_TAGS, ids=[case[0] for case in START_TAGS])
def test_a_start_tag_is_finished(name: str, tag: str, base: str, expected: str) -> None:
    once = sanitize(f"<p>x {tag}y", base)
    assert expected in once
    assert once.count("<") == sanitize(once, base).count("<")
    assert sanitize(once, base) == once


SRCSETS = [
    (
        "each candidate is resolved",
        "a.jpg 1x, /b.jpg 2x",
        "https://news.example/2022/a.jpg 1x, https://news.example/b.jpg 2x",
    ),
    (
        "commas may stand in URLs",
        "a,b.jpg 480w,c.jpg",
        "https://news.example/2022/a,b.jpg 480w, https://news.example/2022/c.jpg",
    ),
    ("ill-formed descriptors go", "a.jpg huge, b.jpg 2x", "https://news.example/2022/b.jpg 2x"),
    ("so do other schemes", "javascript:x 1x, data:image/png;base64,AA 2x", ""),
    ("commas alone are nothing", ",, , ,", ""),
]


@pytest.mark.parametrize(("name", "value", "expected"), SRCSETS, ids=[case[0] for case in SRCSETS])
def test_a_srcset_has_absolute_candidates(name: str, value: str, expected: str) -> None:
    assert references.srcset(value, BASE) == expected


def test_a_picture_within_the_page_stays_and_a_link_to_one_does_not() -> None:
    picture = "data:image/png;base64," + "A" * 120
    assert sanitize(f'<img src="{picture}">') == f'<img src="{picture}">'
    assert sanitize(f'<a href="{picture}">x</a>') == "<a>x</a>"
    assert sanitize('<img src="data:image/svg+xml;base64,' + "A" * 120 + '">') == ""


class _Judge(HTMLParser):
    """Python's own parser, which knows nothing of the sanitiser: what would a page run, load or leave?"""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg"}:
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "id", "name"}:
                self.faults.append(name)
            if name in {"href", "src", "cite", "poster"} and not re.match(
                r"(https?|mailto|tel|ftp)://?|mailto:|tel:|data:image/", value or ""
            ):
                self.faults.append(f"{name}={value}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(data)


_TAGS = """\
<p> </p> <a href=x> </a> <b> </b> <i> <div> </div> <table> <tr> <td> </table> <ul> <li> </ul> <form> </form>
<button> <svg> </svg> <math> <mi> <mtext> </math> <style> </style> <script> </script> <title> </title>
<img src=/y onerror=z> <iframe src=//v.example> </iframe> <pre> </pre> <select> <option> <noscript> </noscript>
<!-- --> <br> <hr> &lt; &#1; ]]> <a href=javascript:x> <template> <annotation-xml> <mglyph> <details> <summary>
<ruby> <rt> <video src=v> <source srcset=a> <img src=q width=1 height=1> <object data=x> <center> <font> <nobr>
<h1> <h2> <dd> <dt> <caption> <frameset> <body> <html> <p title="a>b"> text < & " <xmp> <plaintext> <textarea>
"""
_PIECES = st.sampled_from([*re.findall(r"<[^>]*>|\S+", _TAGS), "\n", " ", "\x00", "\ud800"])


@given(st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=60))
@example("<a><table><a>x</table>")
@example("<p><form><p>x")
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>")
@example("<pre>\n\n\nx</pre>")
@example("<b><p>x</b>y<a><b></a>z")
def test_whatever_comes_in_nothing_harmful_goes_out_and_a_second_time_changes_nothing(html: str) -> None:
    once = sanitize(html, BASE)
    assert sanitize(once, BASE) == once
    judge = _Judge()
    judge.feed(once)
    judge.close()
    assert not judge.faults


HOSTILE = [
    ("deep nesting", "<div>" * 200_000),
    ("deep nesting in disguise", '<div title="<">' * 60_000),
    ("unclosed tags", '<a title="' * 60_000),
    ("tags within tags", "<a <a " * 60_000),
    ("a hundred thousand attributes", "<a " + " ".join(f"x{n}={n}" for n in range(100_000)) + ">"),
    ("commas in a srcset", '<img src=x srcset="' + "," * 100_000 + '">'),
    ("many frames", "<iframe src=//a.example/></iframe>" * 5_000),
]


@pytest.mark.parametrize(("name", "html"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_no_page_holds_the_program_for_long(name: str, html: str) -> None:
    began = time.process_time()
    sanitize(html, BASE)
    to_text(html)
    assert time.process_time() - began < 10  # a second at most; minutes where time grows with the square


def test_media_come_from_the_web_alone_and_references_hide_no_controls() -> None:
    assert sanitize('<video src="mailto:a@b.example"></video>', BASE) == "<video></video>"
    assert sanitize("<p>a&#1;b&#xFFFE;</p>") == "<p>ab</p>"


def test_a_base_of_another_kind_resolves_nothing() -> None:
    assert sanitize('<a href="/x">y</a>', "ftp://a.example/") == "<a>y</a>"
    assert sanitize("", BASE) == ""


@given(st.text(st.characters(exclude_characters="<&>\xa0")))
def test_text_without_a_mark_of_markup_comes_as_the_cleaner_would_leave_it(text: str) -> None:
    assert sanitize(f"<b></b>{text}<br>") == f"<b></b>{clean(text)}<br>"
    assert sanitize(text) == clean(text).strip()
