"""The language of query feeds: what it finds, and what it says of a query that is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.errors import ConfigError
from finews_feeds.model import Entry, Person, Term, TermKind, Text
from finews_feeds.publish.matching import FIELDS, folded
from finews_feeds.publish.query import MAX_CHARACTERS, MAX_DEPTH, parse

AT = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)
ENTRY = Entry(
    "tag:x,2021:1",
    "半导体 设备 ＥＴＦ 上涨",
    "https://finance.example/1",
    AT,
    AT,
    summary=Text("Chips are UP"),
    content=Text("<p>Wafer <b class='hidden-word'>prices</b> &amp; Straße</p>", "html"),
    authors=(Person("Ada Lovelace"), Person("王小明")),
    terms=(
        Term(TermKind.CATEGORY, "emnews", "EMNews"),
        Term(TermKind.TAG, "芯片", "芯片"),
        Term(TermKind.TAG, "s&p 500", "S&P 500"),
    ),
    lang="zh-CN",
    sources=("eastmoney", "site"),
)

FOUND = [
    "tag:芯片",
    'tag:芯片 OR (category:emnews AND title:"半导体")',
    "category:EMNEWS",
    "category=ｅｍｎｅｗｓ",
    'tag:"S&P  500"',
    "TAG:芯片",
    "tag: 芯片",
    "source:site",
    "source:EastMoney",
    "author:lovelace",
    "author:小明",
    "title:半导体",
    'title:"设备   etf"',
    "半导体",
    "chips",
    "text:wafer",
    'text:"prices & strasse"',
    "lang:zh",
    "lang:ZH-cn",
    "半导体 chips",
    "-tag:银行",
    "NOT tag:银行",
    "--tag:芯片",
    "x OR NOT y",
    "a b OR 半导体",
    "半导体 OR a b",
    "-(absent OR missing)",
    "(半导体)(chips)",
    "a\nOR\n\tchips",
    "published:2022",
    "published:2022-05",
    "published:2022-05-24",
    "published:2022-05-24T07:31:09Z",
    "published:2022-05-24T15:31+08:00",
    "published:2022-05..2022-06",
    "published:..2022-05-24",
    "published:2022-05-24..",
    "published>=2022-05-24",
    "published<=2022",
    "published>2022-05-23",
    "published<2022-05-25",
    'published:"2022-05-24 07:31"',
    "published >= 2022",
]
MISSED = [
    "tag:芯",
    "tag:emnews",
    "category:芯片",
    "source:east",
    "source:eastmoney -source:site",
    "author:turing",
    "text:hidden-word",
    "title:chips",
    "lang:z",
    "lang:en",
    "lang:zh-CN-x",
    "半导体 缺席",
    "NOT 半导体",
    "-(半导体 OR b)",
    "absent AND chips",
    "published:2021",
    "published:2022-06..",
    "published:..2022-05-23",
    "published>2022",
    "published<2022-05-24",
    "published:2022-05-24T07:32",
    '"author:lovelace"',
]


@pytest.mark.parametrize("query", FOUND)
def test_an_entry_is_found(query: str) -> None:
    assert parse(query).matches(ENTRY)


@pytest.mark.parametrize("query", MISSED)
def test_an_entry_is_not_found(query: str) -> None:
    assert not parse(query).matches(ENTRY)


def test_a_day_is_one_of_the_site() -> None:
    late = replace(ENTRY, published_at=datetime(2022, 5, 24, 16, 30, tzinfo=UTC))
    assert parse("published:2022-05-24").matches(late)
    assert parse("published:2022-05-25", ZoneInfo("Asia/Shanghai")).matches(late)


def test_an_entry_without_publication_goes_by_its_last_change() -> None:
    assert parse("published:2022-05").matches(replace(ENTRY, published_at=None))


def test_an_entry_that_lacks_everything_is_found_by_no_field() -> None:
    bare = Entry("tag:x,2021:2", "", "", None, AT)
    assert not [name for name in FIELDS if name != "published" and parse(f"{name}:a").matches(bare)]


FAULTS = [
    ("nothing", "  ", 1, "the query is empty"),
    ("a field that is none", "tag:a tagg:b", 7, 'there is no field "tagg"; write one of category, tag'),
    ("an address", "https://finance.example/", 1, "put it in quotation marks"),
    ("an open parenthesis", "(tag:a", 7, "a parenthesis is not closed"),
    ("a parenthesis too many", "tag:a)", 6, "cannot stand here"),
    ("an empty parenthesis", "a ()", 4, "cannot stand here"),
    ("an open quotation mark", 'a title:"b', 9, "this quotation mark is not closed"),
    ("nothing in quotation marks", 'tag:""', 5, "nothing between the quotation marks"),
    ("an end too early", "a OR", 5, "the query ends too early"),
    ("a field without a value", "tag:", 5, "the query ends too early"),
    ("a word that joins nothing", "AND a", 1, "cannot stand here"),
    ("two that join", "a OR AND b", 6, "cannot stand here"),
    ("a small or", "a or b", 3, "write OR"),
    ("a bar", "a || b", 3, "write OR"),
    ("an ampersand", "a & b", 3, "write AND"),
    ("no date under its other name", "date>=may", 7, '"may" is no date'),
    ("a minus alone", "a - b", 3, "cannot stand here"),
    ("a full-width colon", "tag：芯片", 4, "： is a full-width sign; write :"),
    ("full-width quotation marks", "title:“芯片”", 7, "“ is a full-width sign"),
    ("a comparison of words", "title>=b", 6, "title cannot be compared by >="),
    ("no date", "published>=may", 12, '"may" is no date'),
    ("no day", "published:2022-02-30", 11, '"2022-02-30" is no date'),
    ("no offset", "published:2022-05-24T07:31+99:00", 11, "is no date"),
    ("no range", "published:..", 11, '".." is no date'),
    ("a range compared", "published>2021..2022", 11, "is no date"),
    ("the end of the calendar", "published:9999", 11, "is no date"),
    ("too long", "a " * MAX_CHARACTERS, MAX_CHARACTERS + 1, "longer than 4000 characters"),
    ("too deep", "-" * (MAX_DEPTH + 2) + "a", MAX_DEPTH + 2, "nested more than 50 deep"),
]


@pytest.mark.parametrize(
    ("query", "column", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_a_fault_points_at_its_column(query: str, column: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(query)
    (fault,) = caught.value.faults
    assert fault.place == f"query, column {column}"
    assert message in str(fault)
    assert fault.mend


def test_the_caret_stands_below_the_fault_in_wide_characters_too() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("tag:芯片 OR\ntag:芯片 tagg:b")
    assert caught.value.faults[0].place == "query, column 8 of line 2"
    assert str(caught.value).splitlines()[-2:] == ["    tag:芯片 tagg:b", "             ^"]


def test_of_a_long_query_the_place_alone_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a " * 500 + "tagg:b" + " c" * 500)
    line, caret = str(caught.value).splitlines()[-2:]
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("tagg:b")


@pytest.mark.parametrize("query", ["{}:2022-05-24", "{}>=2022-05", "{}:2022..", "NOT {}>2022", "{}<2022-05-24"])
def test_a_date_is_when_an_entry_was_published(query: str) -> None:
    assert parse(query.format("date")).root == parse(query.format("published")).root


# --- against an evaluator that could not be plainer -----------------------------------------------------------------

Naive = tuple[str, Callable[[Entry], bool]]
WORDS = st.sampled_from(["芯片", "银行", "a", "b c", "OR", 'say "x"', "back\\slash", "（x）"])


def quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tag_of(word: str) -> Naive:
    return f"tag:{quoted(word)}", lambda entry: any(term.label == word for term in entry.terms)


def title_of(word: str) -> Naive:
    return f"title:{quoted(word)}", lambda entry: folded(word) in folded(entry.title)


def since_of(year: int) -> Naive:
    return f"published>={year}", lambda entry: entry.updated_at.year >= year


def both(one: Naive, other: Naive, word: str) -> Naive:
    return f"({one[0]}){word}({other[0]})", lambda entry: one[1](entry) and other[1](entry)


def either(one: Naive, other: Naive) -> Naive:
    return f"({one[0]}) OR {other[0]}", lambda entry: one[1](entry) or other[1](entry)


def unless(one: Naive, sign: str) -> Naive:
    return f"{sign}({one[0]})", lambda entry: not one[1](entry)


def larger(smaller: st.SearchStrategy[Naive]) -> st.SearchStrategy[Naive]:
    return st.one_of(
        st.builds(both, smaller, smaller, st.sampled_from([" ", " AND ", "\n", ""])),
        st.builds(either, smaller, smaller),
        st.builds(unless, smaller, st.sampled_from(["-", "NOT ", "NOT"])),
    )


ATOMS = st.one_of(st.builds(tag_of, WORDS), st.builds(title_of, WORDS), st.builds(since_of, st.integers(2020, 2024)))


@given(
    naive=st.recursive(ATOMS, larger, max_leaves=8),
    tags=st.sets(WORDS, max_size=3),
    title=st.lists(WORDS, max_size=3).map(" ".join),
    year=st.integers(2019, 2025),
)
def test_a_query_decides_as_its_plain_meaning(naive: Naive, tags: set[str], title: str, year: int) -> None:
    terms = tuple(Term(TermKind.TAG, folded(tag), tag) for tag in sorted(tags))
    entry = Entry("x", title, "", None, datetime(year, 7, 1, tzinfo=UTC), terms=terms)
    text, means = naive
    assert parse(text).matches(entry) is means(entry)


@given(text=st.text(alphabet=st.sampled_from('ab芯 :"()-<>=.\\\n：ORANDNOTtagpublished2022')))
def test_any_text_is_a_query_or_a_fault_with_a_column(text: str) -> None:
    try:
        parse(text).matches(ENTRY)
    except ConfigError as error:
        assert "column" in error.faults[0].place


def test_the_parser_library_is_loaded_only_for_a_query() -> None:
    code = "import sys, finews_feeds.publish.query; assert 'lark' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
