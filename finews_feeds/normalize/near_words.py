"""A text as the clauses that it says: what near-duplicates are compared by.

- NFKC, whatever the case; punctuation parts clauses and is otherwise not looked at, since every copy has its own.
- A Han, kana, Thai, Lao, Khmer or Burmese character is a word of its own; other scripts have words between spaces.
- A number is one word with its sign, currency, decimals and percent sign: 1,200.50 is 1200.5, "1.2%" never "1.3%".
- What a copy adds of its own is left out: the dateline before the first sentence (its date is kept, for two datelines
  of different days are two stories), the credits after the last one, and words that say nothing ("said", 表示, 据悉).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

Clause = tuple[str, ...]

#: Characters of a text that are looked at: a story that is told otherwise is so long before.
TEXT_CHARACTERS = 4000

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_NUMERALS = "〇零一二三四五六七八九十百千两"
_SIGNED = r"(?:(?<![^\s(\[,:;])[-+])?"
_TOKEN = re.compile(
    rf"(?P<number>{_SIGNED}[$€£¥₩₹]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?::\d+)*%?)"
    rf"|(?P<numeral>(?:周|星期|礼拜)[一二三四五六日天]|[{_NUMERALS}]+)"
    rf"|(?P<word>[^\W\d_{_UNSPACED}]+(?:'[^\W\d_{_UNSPACED}]+)*)"
    rf"|(?P<character>[{_UNSPACED}])"
    r"|(?P<end>\.{2,}|[.!?;:,()\[\]|_\n•—–]|(?<=\s)-+(?=\s))"
)
#: Marks that end a clause also between digits, where NFKC would make decimals and thousands of them.
_WIDE_ENDS = str.maketrans(
    dict.fromkeys("。，、；：！？｡､丨【】〔〕（）〈〉", "\n") | {"’": "'", "‘": "'", "−": "-", "×": "x"}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_PERCENT = re.compile(r"(?<=\d) ?(?:percent|per cent|pct)\b")

_MONTH_DAY = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? \d{1,2}"
_DATELINES = tuple(
    re.compile(spelled)
    for spelled in (
        # 新华社北京5月24日电 (记者 …), 财联社5月24日电, 格隆汇5月24日丨
        r"[^。！？!?，,]{0,24}?(?P<month>\d{1,2})月(?P<day>\d{1,2})日(?:[电電讯訊]|消息|快讯)?(?:[丨|]|(?<=[电電讯訊息]))",
        # 证券时报网讯, 智通财经APP获悉, 每经AI快讯
        r"[^。！？!?，,\d]{0,20}?(?:[讯訊]|获悉)(?=[\s，,（(：:])",
        # WASHINGTON, May 24 (Reuters) -   NEW YORK (AP) —   LONDON --
        rf"[A-Z][A-Z .,'/]{{1,40}}(?:, (?P<day_after>{_MONTH_DAY}))?"
        r"(?: ?\([^()]{2,30}\))? (?:--?|—|–)\s",
        # May 24 (Reuters) -   (Bloomberg) --
        rf"(?P<day_before>{_MONTH_DAY} )?\([^()]{{2,30}}\) ?(?:--?|—|–)\s",
    )
)
#: The title once more, as flash news has it before its text.
_HEADLINE = re.compile(r"\s*【[^【】]{1,80}】")
#: Characters at the end in which a cut is looked for.
_END = 40
#: A word that was cut in two where a summary ends.
_CUT = re.compile(rf"(?:[^\W_{_UNSPACED}]|[.,:%$'])*\s?\[?(?:…|\.{{3}})+\]?\s*$")
_REPORTER = re.compile(r"\s*[（(][^（）()]{0,4}记者[^（）()]{0,30}[）)]")
_CREDITS = re.compile(
    r"[（(【\[]?\s*(?:责任编辑|责编|编辑|校对|文章来源|来源|作者|原标题)\s*[：:丨|]\s*[^\s，。；：:）)】\]]{1,16}\s*[）)】\]]?"
    r"|\(?\b(?:Additional reporting|Reporting|Writing|Editing) by [^().]{1,160}[).]?"
    r"|(?:阅读全文|查看全文|点击查看|Read more|Read the full|Continue reading|The post .{1,200} appeared first on)"
    r".{0,120}$",
    re.DOTALL,
)

#: Chinese words without which a sentence says the same; never one that negates, compares or tells before from after.
_EMPTY_CHINESE = re.compile("表示|指出|据悉|获悉|据报道|数据显示|宣布|今日|今天|当日|当天|日前|近日|[称说的了]")
#: English ones, likewise.
_EMPTY_ENGLISH = frozenset(
    ("a", "an", "the", "that", "which", "said", "says", "say", "saying", "it", "its", "their", "has", "have", "had")
)
_SAME = {"mln": "million", "mn": "million", "bln": "billion", "bn": "billion", "tn": "trillion", "trn": "trillion"}


@dataclass(frozen=True, slots=True)
class Words:
    """A title or a text: its clauses, none empty, and the date of its dateline, "" where it has none."""

    clauses: tuple[Clause, ...]
    dateline: str = ""

    @property
    def tokens(self) -> tuple[str, ...]:
        """All words in order."""
        return tuple([token for clause in self.clauses for token in clause])


def title_words(title: str) -> Words:
    """The words of a title."""
    return Words(tuple(_clauses(title)))


def text_words(text: str, most: int = TEXT_CHARACTERS) -> Words:
    """The words of a text in one line without markup, of its first `most` characters."""
    text = text[:most]
    # only the end is looked at: a search for an end from every beginning is a square of the length
    text = text[:-_END] + _CUT.sub("", text[-_END:])
    text, dateline = _without_dateline(_HEADLINE.sub("", text, count=1).lstrip("　 【["))
    return Words(tuple(_clauses(_CREDITS.sub("\n", text))), dateline)


def _without_dateline(text: str) -> tuple[str, str]:
    for pattern in _DATELINES:
        found = pattern.match(text)
        if found:
            rest = text[found.end() :]
            reporter = _REPORTER.match(rest)
            date = " ".join(value.casefold().strip() for value in found.groupdict().values() if value)
            return rest[reporter.end() :] if reporter else rest, date
    return text, ""


def _clauses(text: str) -> Iterator[Clause]:
    text = _INVISIBLE.sub("", text).translate(_WIDE_ENDS)
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _EMPTY_CHINESE.sub("", _PERCENT.sub("%", text))
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "end":
            if found:
                yield tuple(found)
            found = []
        elif kind == "number":
            found.append(_number(token))
        elif token not in _EMPTY_ENGLISH:
            found.append(_SAME.get(token, token))
    if found:
        yield tuple(found)


def _number(token: str) -> str:
    """One spelling of a number: without thousands' commas and needless zeros; a code such as 000858 stays."""
    token = token.replace(",", "")
    if "." in token:
        end = "%" if token.endswith("%") else ""
        return token.removesuffix("%").rstrip("0").rstrip(".") + end
    return token[1:] if len(token) == 2 and token[0] == "0" else token


def numbers(tokens: tuple[str, ...]) -> frozenset[str]:
    """The words that count or date: numbers, Chinese numerals, days of the week and months."""
    return frozenset(token for token in tokens if token[-1] in _COUNTING or token in _DATING)


_COUNTING = frozenset("0123456789%" + _NUMERALS)
_DATING = frozenset(
    (
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "周日", "周天", "星期日"),
        *("星期天", "礼拜日", "礼拜天", "january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december", "first", "second", "third", "fourth", "fifth"),
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    )
)
