"""The operator's hand: boilerplate taken off, contents held back, terms renamed and left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Carrier, Hand, Sighting, Term, TermKind, Text
from finews_feeds.normalize.hand import as_published, bodies, faults
from finews_feeds.normalize.html import sanitize
from finews_feeds.normalize.merge import digest, merge
from finews_feeds.normalize.terms import term

BASE = "https://x.example/"
FOOTER = "[返回栏目](//x.example/a)｜[返回首页](//x.example/)"


def carrier(**rules: Any) -> Carrier:
    return Carrier("s", True, 0, "S", hand=Hand(**rules))


def value(text: Text | None) -> str:
    return text.value if text else ""


STRIPPED = [
    # name, patterns, kind, content, what is left
    ("a footer by its words", ["返回"], "markdown", f"正文\n\n{FOOTER}", "<p>正文</p>"),
    ("a footer as it is written", [r"^\[返回.*"], "markdown", f"正文\n\n{FOOTER}\n", "<p>正文</p>"),
    ("words within the text stay", ["返回"], "markdown", "他返回了\n\n返回", "<p>他返回了</p>"),
    (
        "a paragraph of HTML in Markdown",
        ["（文章来源"],
        "markdown",
        "<p>正文</p><p>（文章来源：甲）</p>",
        "<p>正文</p>",
    ),
    ("an autolink", ["https?://"], "markdown", "正文\n\n<https://x.example/1>", "<p>正文</p>"),
    (
        "a paragraph",
        ["Read also"],
        "html",
        "<p>One</p><p><b>Read</b> also: two</p><p>Three</p>",
        "<p>One</p><p>Three</p>",
    ),
    ("what encloses only it", ["Ad$"], "html", "<p>One</p><div><div><p>Ad</p></div></div>", "<p>One</p>"),
    ("not what encloses more", ["Ad$"], "html", "<div><p>Ad</p><p>One</p></div>", "<div><p>One</p></div>"),
    ("not a block by its first words", ["Ad"], "html", "<div>Ad<p>One</p></div>", "<div><p>One</p></div>"),
    ("a line", ["返回"], "html", "正文<br>返回首页", "正文<br>"),
    ("an element that goes on", ["b"], "html", "<p>a <i>c<br>b</i></p>", "<p>a <i>c<br></i></p>"),
    ("an item of a list", ["Share"], "html", "<ul><li>One</li><li>Share</li></ul>", "<ul><li>One</li></ul>"),
    ("references are read", ["A & B"], "html", "<p>A &amp; B</p><p>C</p>", "<p>C</p>"),
    ("a line of text", ["Sent from"], "text", "One\nSent from my phone", "One"),
    ("nothing", ["x"], "html", "<p>One</p><p></p>", "<p>One</p><p></p>"),
    ("everything", ["One"], "html", "<p>One</p>", ""),
]


@pytest.mark.parametrize(
    ("patterns", "kind", "content", "expected"), [case[1:] for case in STRIPPED], ids=[case[0] for case in STRIPPED]
)
def test_strip_takes_off(patterns: list[str], kind: Any, content: str, expected: str) -> None:
    _, left = bodies(None, Text(content, kind, BASE), carrier(strip=tuple(patterns)))
    assert value(left).strip() == expected


SUMMARIES = [
    ("a digest", "markdown", "摘要\n\n返回首页", "摘要"),
    ("its words", "markdown", "**返回**首页", ""),
    ("HTML", "html", "<p>Words</p><p>返回</p>", "<p>Words</p>"),
    ("text", "text", "返回", ""),
]


@pytest.mark.parametrize(
    ("kind", "summary", "expected"), [case[1:] for case in SUMMARIES], ids=[c[0] for c in SUMMARIES]
)
def test_strip_speaks_of_summaries_too_and_leaves_them_of_their_kind(kind: Any, summary: str, expected: str) -> None:
    left, _ = bodies(Text(summary, kind), None, carrier(strip=("返回",)))
    assert value(left).strip() == expected
    assert left is None or left.kind == kind


@given(st.text("<>pbr/返 a&;\"='\n", max_size=60), st.sampled_from(["返", "a", "<", "."]))
def test_what_is_left_is_as_clean_as_it_was(markup: str, pattern: str) -> None:
    given_text = sanitize(markup, BASE)
    _, left = bodies(None, Text(given_text, "html", BASE) if given_text else None, carrier(strip=(pattern,)))
    assert sanitize(value(left), BASE) == value(left)


LONG = "第一句话。" * 80
SHOWN = [
    ("full", "s", "c", ("s", "<p>c</p>\n")),
    ("summary", "s", "c", ("s", "")),
    ("summary", "", "**c** d", ("c d", "")),
    ("summary", "", LONG, (LONG[:300], "")),
    ("summary", "", "词" * 400, ("词" * 300 + "…", "")),
    ("summary", "", "", ("", "")),
    ("link", "s", "c", ("", "")),
]


@pytest.mark.parametrize(("mode", "summary", "content", "expected"), SHOWN)
def test_content_says_what_is_published(mode: Any, summary: str, content: str, expected: tuple[str, str]) -> None:
    found = bodies(
        Text(summary) if summary else None,
        Text(content, "markdown") if content else None,
        carrier(content=mode, strip=("zz",)),
    )
    assert (value(found[0]), value(found[1]).strip()) == (expected[0], expected[1].strip())


def sighting(*labels: str, source: str = "s", **fields: Any) -> Sighting:
    own = (term(TermKind.TAG, label) for label in labels)
    return Sighting(
        source, "1", "", True, "T", "https://x.example/1", terms=tuple(each for each in own if each), **fields
    )


TERMS = [
    ("renamed", {"alias": (("ai", "人工智能"),)}, ["ＡＩ", "x"], ["人工智能", "x"]),
    ("many to one", {"alias": (("ai", "人工智能"), ("AI技术", "人工智能"))}, ["AI", "ai技术"], ["人工智能"]),
    ("spelled", {"alias": (("ecb", "ECB"),)}, ["ecb"], ["ECB"]),
    ("left out", {"drop": ("Uncategorized",)}, ["uncategorized", "x"], ["x"]),
    ("left out by its new name", {"alias": (("a", "b"),), "drop": ("B",)}, ["A"], []),
    ("as they are", {"content": "link"}, ["b", "a"], ["b", "a"]),
]


@pytest.mark.parametrize(("rules", "given_labels", "expected"), [c[1:] for c in TERMS], ids=[c[0] for c in TERMS])
def test_terms_are(rules: dict[str, Any], given_labels: list[str], expected: list[str]) -> None:
    found = as_published(sighting(*given_labels), carrier(**rules))
    assert [each.label for each in found.terms] == expected


def test_merging_lays_the_hand_on_each_source_alone() -> None:
    given_term = Term(TermKind.TAG, "drop me", "Drop me")
    carriers = {
        "s": Carrier("s", True, 0, "S", terms=(given_term,), hand=Hand(content="link", drop=("Drop me", "x"))),
        "o": Carrier("o", False, 0, "O"),
    }
    one = sighting("x", content=Text("mine", "text"))
    other = sighting("x", source="o", content=Text("theirs", "text"))
    assert merge("urn:1", [one], carriers).content is None
    assert merge("urn:1", [one], carriers).terms == (given_term,)
    both = merge("urn:1", [one, other], carriers)
    assert value(both.content) == "theirs"
    assert {each.key for each in both.terms} == {"drop me", "x"}
    plain = {**carriers, "s": Carrier("s", True, 0, "S", terms=(given_term,))}
    assert digest("urn:1", [one], carriers) != digest("urn:1", [one], plain)
    assert merge("urn:1", [one], carriers).updated_at == merge("urn:1", [one], plain).updated_at


FAULTS = [
    ("none", {"strip": ("返回",), "alias": (("a", "b"), ("b", "c"), ("c", "C"))}, []),
    ("a bad pattern", {"strip": ("(",)}, ["strip"]),
    ("one that matches all", {"strip": (".*",)}, ["strip"]),
    ("a circle", {"alias": (("a", "b"), ("B", "A"), ("c", "a"))}, ["alias"]),
    ("all at once", {"strip": ("(", ".*"), "alias": (("a", "b"), ("b", "a"))}, ["strip", "strip", "alias"]),
]


@pytest.mark.parametrize(("rules", "expected"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_faults_name_key_cause_and_mend(rules: dict[str, Any], expected: list[str]) -> None:
    found = list(faults(Hand(**rules)))
    assert [key for key, _, _ in found] == expected
    assert all(cause and mend for _, cause, mend in found)
    if "alias" in expected:
        assert '"a", "b": ' in found[-1][1]
