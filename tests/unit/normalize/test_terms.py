"""Terms: equality, labels, union, and the operator's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Term, TermKind
from finews_feeds.normalize.terms import TermRules, term, term_key, union

CATEGORY, TAG = TermKind.CATEGORY, TermKind.TAG

KEYS = [
    ("letter case", ["AI", "ai", "Ai", "ＡＩ", " AI\n"], "ai"),
    ("full width", ["5G", "５Ｇ"], "5g"),
    ("inner space", ["Bond  Connect", "bond\u3000connect", "BOND\xa0CONNECT"], "bond connect"),
    ("composed and decomposed", ["é-commerce", "e\u0301-commerce", "É-Commerce"], "é-commerce"),
    ("sharp s", ["Straße", "STRASSE", "Strasse"], "strasse"),
    ("dotted I, which grows", ["İstanbul"], "i\u0307stanbul"),
    ("compatibility", ["㈱日本", "(株)日本"], "(株)日本"),
    ("letters that folding takes apart", ["ΐ", "Ϊ́", "ι\u0308\u0301"], "ΐ"),
    ("ligatures", ["ﬁntech", "FINTECH"], "fintech"),
    ("invisible characters", ["A\u200bI", "\ufeffAI", "A\u00adI"], "ai"),
    ("controls", ["A\x00I"], "ai"),
    ("what differs stays apart", ["C++"], "c++"),
    ("nothing", ["", "  ", "\x00", "\u200b", "\u200d"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "labels", "key"), KEYS, ids=[case[0] for case in KEYS])
def test_spellings_of_one_term_have_one_key(name: str, labels: list[str], key: str) -> None:
    assert {term_key(label) for label in labels} == {key}


@given(st.text(max_size=30))
def test_the_key_of_a_key_is_the_key(label: str) -> None:
    key = term_key(label)
    assert term_key(key) == key
    assert key == " ".join(key.split())


def test_a_term_is_called_what_the_source_shows() -> None:
    assert term(TAG, " Ａ  股 ") == Term(TAG, "a 股", "Ａ 股")
    assert term(TAG, "markets-eu", "European Markets") == Term(TAG, "markets-eu", "European Markets")
    assert term(TAG, "", "Shown") == Term(TAG, "shown", "Shown")
    assert term(TAG, " \x00") is None


def test_a_union_has_categories_first_and_the_first_label() -> None:
    first = [Term(TAG, "b", "B"), Term(TAG, "a", "A")]
    second = [Term(TAG, "a", "a"), Term(CATEGORY, "z", "Z"), Term(CATEGORY, "a", "A")]
    assert union(first, second) == (
        Term(CATEGORY, "z", "Z"),
        Term(CATEGORY, "a", "A"),
        Term(TAG, "b", "B"),
        Term(TAG, "a", "A"),
    )


_TERMS = st.builds(Term, st.sampled_from(TermKind), st.sampled_from("abcde"), st.sampled_from("ABCDE"))


@given(st.lists(_TERMS), st.lists(_TERMS))
def test_a_union_is_sorted_without_doubles_and_stable(one: list[Term], other: list[Term]) -> None:
    joined = union(one, other)
    assert len({(each.kind, each.key) for each in joined}) == len(joined)
    assert union(joined, joined) == joined


RULES = [
    ("an alias", {"ＡＩ": "人工智能"}, (), "ai", Term(TAG, "人工智能", "人工智能")),
    ("a chain", {"a": "b", "b": "C"}, (), "a", Term(TAG, "c", "C")),
    ("a chain to a name of its own", {"a": "b", "b": "B"}, (), "a", Term(TAG, "b", "B")),
    ("another spelling", {"ai": "AI"}, (), "ai", Term(TAG, "ai", "AI")),
    ("a circle leaves all as it is", {"a": "b", "b": "a"}, (), "a", Term(TAG, "a", "a")),
    ("a circle further on", {"a": "b", "b": "c", "c": "b"}, (), "a", Term(TAG, "a", "a")),
    ("dropped by its own name", {"a": "b"}, ("A",), "a", None),
    ("dropped by its new name", {"a": "b"}, ("B",), "a", None),
    ("an alias to nothing is none", {"a": " "}, (), "a", Term(TAG, "a", "a")),
    ("untouched", {"x": "y"}, ("z",), "a", Term(TAG, "a", "a")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "alias", "drop", "key", "expected"), RULES, ids=[case[0] for case in RULES])
def test_rules_rename_and_drop(
    name: str, alias: dict[str, str], drop: tuple[str, ...], key: str, expected: Term | None
) -> None:
    rules = TermRules(alias, frozenset(drop))
    assert rules.apply([Term(TAG, key, key)]) == (() if expected is None else (expected,))


def test_rules_merge_terms_into_one() -> None:
    rules = TermRules({"fed": "Federal Reserve"})
    assert rules.apply([Term(TAG, "fed", "Fed"), Term(TAG, "federal reserve", "federal reserve")]) == (
        Term(TAG, "federal reserve", "Federal Reserve"),
    )


@given(st.dictionaries(st.sampled_from("abcde"), st.sampled_from("ABCDE")), st.lists(_TERMS))
def test_rules_always_end_and_a_second_time_changes_nothing(alias: dict[str, str], terms: list[Term]) -> None:
    rules = TermRules(alias)
    once = rules.apply(terms)
    assert rules.apply(once) == once
