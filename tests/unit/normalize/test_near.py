"""Two tellings, one story or two: the rule by itself; the labelled set is in tests/near."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Entry, Link, Sighting, Text
from finews_feeds.normalize import near
from finews_feeds.normalize.near_words import Words, text_words, title_words

LEAD = "周二两市缩量震荡，沪指收涨百分之一，银行保险板块领涨，多数股票收红。"
REST = "机构认为短期市场仍以结构性行情为主，建议关注低估值品种。"
STORY = LEAD + REST


def alike(one: str, other: str, title: str = "收评", other_title: str = "收评") -> float | None:
    return near.similarity(near.telling(title, None, Text(one)), near.telling(other_title, None, Text(other)))


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(STORY, True, id="the same words"),
        pytest.param("财联社5月24日电，" + STORY, True, id="a dateline"),
        pytest.param("【收评】" + STORY, True, id="the title before the text"),
        pytest.param(STORY + "（责任编辑：王某）", True, id="credits"),
        pytest.param(STORY.replace("，", ",").replace("。", "; "), True, id="other punctuation"),
        pytest.param(LEAD[:24] + "…", True, id="a summary that is cut"),
        pytest.param(STORY + "盘后有消息称，监管层将召开座谈会。", True, id="a sentence more"),
        pytest.param(STORY.replace("周二", "周三"), False, id="another day"),
        pytest.param(STORY.replace("百分之一", "百分之二"), False, id="another number"),
        pytest.param(STORY.replace("收涨", "收跌"), False, id="another direction"),
        pytest.param(STORY.replace("银行", "券商"), False, id="another name"),
        pytest.param(STORY.replace("建议", "不建议"), False, id="a negation"),
        pytest.param("以下是今天的要闻。一、央行降准。二、油价上调。" * 3 + STORY, False, id="a digest that holds it"),
    ],
)
def test_a_copy_may_add_but_not_say_otherwise(other: str, is_same: bool) -> None:
    assert (alike(STORY, other) is not None) is is_same


@pytest.mark.parametrize(
    ("title", "is_same"),
    [
        ("收评：沪指收涨", True),
        ("收评（第2期）", False),
        ("午评", False),
        ("银行保险板块领涨，低估值品种受关注", False),
        ("", False),
    ],
)
def test_titles_that_differ_take_more_than_a_short_text(title: str, is_same: bool) -> None:
    assert (alike(STORY, STORY, other_title=title) is not None) is is_same


def test_datelines_of_two_days_are_two_stories() -> None:
    assert alike("财联社5月24日电，" + STORY, "新华社北京5月24日电（记者 张某）" + STORY) == 1.0
    assert alike("财联社5月24日电，" + STORY, "财联社5月25日电，" + STORY) is None
    assert alike("LONDON, May 24 (Reuters) - " + STORY, "LONDON, May 25 (Reuters) - " + STORY) is None


def test_a_notice_in_place_of_an_article_is_no_evidence() -> None:
    notice = (
        "This article is for subscribers only. Sign in or subscribe to read it, " + "and support our reporters. " * 9
    )
    assert alike(notice, notice, "Mine strike ends in Peru", "Minister resigns in Norway") is None


@pytest.mark.parametrize("text", ["", "涨1.2%", "详情请见公告全文。", "…", "【】", "\ud800" * 40])
def test_what_is_too_short_has_no_marks_and_no_like(text: str) -> None:
    assert alike(text, text) is None
    assert near.marks(None, Text(text)) == () or len(text) == 40


def test_the_summary_stands_where_there_is_no_content() -> None:
    assert near.marks(Text(STORY), None) == near.marks(Text("anything"), Text(f"<p>{STORY}</p>", "html"))


@given(st.text(), st.text())
def test_the_answer_is_the_same_both_ways_and_never_an_error(one: str, other: str) -> None:
    assert alike(one + STORY, other + STORY, one, other) == alike(other + STORY, one + STORY, other, one)


NUMBERS = st.from_regex(r"(?:[1-9][0-9]{0,4}(?:\.[0-9]{1,2})?|[一二三四五六七八九])[%万亿]?", fullmatch=True)


@given(NUMBERS, NUMBERS)
def test_numbers_in_one_place_that_differ_part_two_stories(one: str, other: str) -> None:
    found = alike(f"{STORY}成交额{one}点收盘。", f"{STORY}成交额{other}点收盘。")
    same = text_words(f"x成交额{one}点收盘。").tokens == text_words(f"x成交额{other}点收盘。").tokens
    if not same:
        assert found is None


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("涨１．２％，报3,107.50点", (("涨", "1.2%"), ("报", "3107.5", "点"))),
        ("-0.5% 与 $5 bln", (("-0.5%", "与", "$5", "billion"),)),
        ("第十一期 周三", (("第", "十一", "期", "周三"),)),
        ("The U.S. said 5 percent", (("u",), ("s",), ("5%",))),
        ("2022-05-24", (("2022", "5", "24"),)),
    ],
)
def test_a_number_is_one_word_in_one_spelling(text: str, clauses: tuple[tuple[str, ...], ...]) -> None:
    assert title_words(text) == Words(clauses)


def sighting(source: str, row: int, name: str = "1") -> Sighting:
    at = datetime(2022, 5, 24, tzinfo=UTC)
    return Sighting(
        source, name, f"//{source}/{name}", False, "t", f"https://{source}/{name}", first_seen_at=at, row=row
    )


def test_three_join_where_each_is_like_each() -> None:
    groups = [(sighting("a", 1),), (sighting("b", 2),), (sighting("c", 3),)]
    chain = {1: {2: 0.9}, 2: {1: 0.9, 3: 0.8}, 3: {2: 0.8}}
    ring = {1: {2: 0.9, 3: 0.7}, 2: {1: 0.9, 3: 0.8}, 3: {2: 0.8, 1: 0.7}}
    assert [len(each) for each in near.join(groups, chain, lambda _: frozenset("x"))] == [2, 1]
    assert [len(each) for each in near.join(groups[::-1], ring, lambda _: frozenset("x"))] == [3]
    assert [len(each) for each in near.join(groups, ring, lambda group: frozenset(group[0].source))] == [1, 1, 1]


def test_what_one_source_shows_side_by_side_never_joins() -> None:
    groups = [(sighting("a", 1),), (sighting("b", 2),), (sighting("a", 3, "2"),)]
    ties = {1: {2: 0.9}, 2: {1: 0.9, 3: 0.8}, 3: {2: 0.8}}
    assert [[each.row for each in group] for group in near.join(groups, ties, lambda _: frozenset("x"))] == [
        [1, 2],
        [3],
    ]


def test_a_link_that_an_entry_has_is_not_given_again() -> None:
    at = datetime(2022, 5, 24, tzinfo=UTC)
    entry = Entry("urn:1", "t", "https://a/1", at, at, links=(Link("https://b/1", "via"),))
    links = (Link("https://a/1", "related"), Link("https://b/1", "related"), Link("https://c/1", "related"))
    assert near.with_related(entry, links).links == (entry.links[0], links[2])


def test_ten_links_are_enough() -> None:
    groups = {row: (sighting(f"s{row}", row),) for row in range(2, 30)}
    ties = {1: dict.fromkeys(groups, 0.9)}
    found = near.related((sighting("a", 1),), {row: row for row in groups}, groups, ties)
    assert len(found) == 10
