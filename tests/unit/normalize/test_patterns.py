"""The operator's patterns: Python's meaning, in time that grows with the text alone."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.normalize.patterns import MAX_TEXT, BadPatternError, Pattern

MATCHES = [
    ("a beginning", "返回", "返回首页", True),
    ("not in the middle", "返回", "请返回", False),
    ("a whole", "返回首页$", "返回首页", True),
    ("not the whole", "返回$", "返回首页", False),
    ("a bracket meant as such", r"^\[返回.*", "[返回栏目](//x)｜[返回首页](//y)", True),
    ("any character, a line break too", "a.b", "a\nb", True),
    ("one of a class", "[甲乙]x", "乙x", True),
    ("none of a class", "[^]x]y", "ay", True),
    ("a bracket in a class", r"[\]]x", "]x", True),
    ("digits", r"\d+/\d+$", "12/3", True),
    ("alternatives", "Read (more|also)", "Read also: this", True),
    ("no alternative", "Read (more|also)", "Read on", False),
    ("an empty alternative", "a(b|)c", "ac", True),
    ("counted", "a{2,3}$", "aaa", True),
    ("counted too often", "a{2,3}$", "aaaa", False),
    ("at least", "(?:ab){2,}c", "abababc", True),
    ("at most", "a{,2}b", "aab", True),
    ("braces that count nothing", "{a}x{", "{a}x{", True),
    ("lazy is as good as greedy", "a+?b??$", "aa", True),
    ("case folded", "(?i)the POST", "The post", True),
    ("case as written", "the", "The", False),
    ("a sign as it stands", "a b#-", "a b#-c", True),
    ("by number", r"\u8fd4\x41", "返A", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), [case[1:] for case in MATCHES], ids=[c[0] for c in MATCHES])
def test_a_pattern_matches_as_in_python(pattern: str, text: str, expected: bool) -> None:
    assert Pattern(pattern).begins(text) is expected
    assert bool(re.compile(pattern, re.DOTALL).match(text)) is expected


BAD = [
    ("no expression", "(", "no regular expression"),
    ("nothing to repeat", "*a", "no regular expression"),
    ("an open class", "[a", "no regular expression"),
    ("look-ahead", "(?=a)b", "not known"),
    ("a named group", "(?P<x>a)", "not known"),
    ("a back-reference", r"(a)\1", "not known"),
    ("a word's edge", r"\bx", "not known"),
    ("too long", "a" * 201, "too long"),
    ("too large by repetition", "((a{99}){99}){99}", "too large"),
]


@pytest.mark.parametrize(("pattern", "cause"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_matched_is_refused_with_a_mend(pattern: str, cause: str) -> None:
    with pytest.raises(BadPatternError) as caught:
        Pattern(pattern)
    assert cause in caught.value.cause
    assert caught.value.mend


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "a*a*a*a*a*a*a*b", "(a|aa)+$b", "((a{1,5}){1,5})+b"]
)
def test_patterns_that_hold_up_other_engines_are_soon_done(pattern: str) -> None:
    begun = time.process_time()
    assert not Pattern(pattern).begins("a" * 100_000)
    assert time.process_time() - begun < 2


def test_no_more_than_the_beginning_of_a_text_is_looked_at() -> None:
    assert not Pattern("a+b").begins("a" * MAX_TEXT + "b")
    assert not Pattern("a+$").begins("a" * (MAX_TEXT + 1))


_PIECES = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", "^", "$"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "{2}"])).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ),
    max_leaves=6,
)


@given(_PIECES, st.text("ab\n", max_size=6))
def test_any_pattern_means_what_python_means_by_it(pattern: str, text: str) -> None:
    # Python's `$` also stands before a line break at the end
    assert Pattern(pattern).begins(text) is bool(re.compile(pattern.replace("$", r"\Z"), re.DOTALL).match(text))
