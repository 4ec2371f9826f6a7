"""Characters that XML forbids, and plain lines out of any text."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Text
from finews_feeds.normalize.text import clean, one_line, plain

CLEANED = [
    ("plain ASCII stays", "abc", "abc"),
    ("Chinese and emoji stay", "金融消息 🚀", "金融消息 🚀"),
    ("tab and newline stay", "a\tb\nc", "a\tb\nc"),
    ("line ends are one newline", "a\r\nb\rc", "a\nb\nc"),
    ("NUL and C0 controls go", "a\x00b\x08c\x0bd\x1fe", "abcde"),
    ("DEL and C1 controls go", "a\x7fb\x85c\x9fd", "abcd"),
    ("the replacement character goes", "a\ufffdb", "ab"),
    ("noncharacters go, in every plane", "a\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffffb", "ab"),
    ("lone surrogates go", "a\ud800b\udfffc", "abc"),
    (
        "what stands next to them stays",
        "\xa0\ud7ff\ue000\ufffc\U00010000\U0010fffd",
        "\xa0\ud7ff\ue000\ufffc\U00010000\U0010fffd",
    ),
]


@pytest.mark.parametrize(("name", "value", "expected"), CLEANED, ids=[case[0] for case in CLEANED])
def test_only_what_may_stand_in_xml_is_kept(name: str, value: str, expected: str) -> None:
    assert clean(value) == expected


@given(st.text(st.characters(), max_size=50))
def test_clean_text_is_accepted_by_an_xml_parser_and_stays_clean(value: str) -> None:
    cleaned = clean(value)
    assert ElementTree.fromstring(f"<t>{escape(cleaned)}</t>").text in (cleaned, None)
    assert clean(cleaned) == cleaned


PLAIN = [
    ("text is not markup", Text("a <b> & c"), "a <b> & c"),
    ("white space is one space", Text(" a \n\t b　c "), "a b c"),
    ("HTML loses its tags", Text("<b>Fed</b> raises<br>rates", "html"), "Fed raises rates"),
    ("references are decoded once", Text("AT&amp;T &amp;amp; &#8220;x&#8221;", "html"), "AT&T &amp; “x”"),
    ("blocks are apart", Text("<p>one</p><p>two</p><ul><li>three</ul>", "html"), "one two three"),
    ("inline markup is not", Text("in<b>fla</b>tion", "html"), "inflation"),
    ("scripts say nothing", Text("a<script>b()</script><style>c{}</style>", "html"), "a"),
    ("a lone < is a character", Text("1 < 2 &lt; 3", "html"), "1 < 2 < 3"),
    ("references to controls are left out", Text("a&#1;b&#xFFFE;", "html"), "ab"),
    ("Markdown is read", Text("> **24日**，[签约](http://a.example) `x`", "markdown"), "24日，签约 x"),
    ("plain Markdown is left alone", Text("24日，签约总金额", "markdown"), "24日，签约总金额"),
    ("nothing is nothing", Text("<p> </p>", "html"), ""),
]


@pytest.mark.parametrize(("name", "text", "expected"), PLAIN, ids=[case[0] for case in PLAIN])
def test_any_text_has_one_plain_line(name: str, text: Text, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(max_size=80), st.sampled_from(["text", "html", "markdown"]))
def test_a_plain_line_is_one_clean_line(value: str, kind: str) -> None:
    line = plain(Text(value, kind))  # type: ignore[arg-type]  # sampled from the kinds
    assert line == one_line(line)
    assert "\n" not in line
