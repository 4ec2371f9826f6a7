"""The language of query feeds: which entries a `[[feeds]]` of the operator's own collects.

    tag:芯片 OR (category:emnews AND title:"半导体") -source:example published>=2022-05

- `category:` and `tag:` name a term by its key or label, `source:` a source of the config; the whole name counts.
- `author:`, `title:` and `text:` are found anywhere in it; `text` is title, summary and content without markup. A word
  without a field is looked for as `text:` does.
- `lang:zh` takes zh-CN too (RFC 4647 §3.3.1).
- `date:`, or `published:`, takes a year, month, day or instant, or `from..to` with both ends included and either left
  out; and `>=`, `>`, `<=`, `<` compare with the whole of it. Where nothing tells when an entry was published, its last
  change counts. A date without an offset is one in the given zone.
- NOT (or `-`) binds closer than AND (or nothing), AND closer than OR; parentheses as ever.

Letter case, width and runs of white space make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Entry
from finews_feeds.publish.matching import FIELDS, AllOf, AnyOf, Condition, Negation, Node, Published, Subject, folded

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

#: A query is written by hand; what is longer or deeper is a mistake, and would cost every entry.
MAX_CHARACTERS = 4000
MAX_DEPTH = 50

_GRAMMAR = Path(__file__).with_name("query.lark")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; equal queries decide equally. `text` is as the operator wrote it."""

    text: str
    root: Node

    def matches(self, entry: Entry) -> bool:
        """Whether the entry belongs into the query's feed. Depends on nothing but the entry."""
        return self.root.matches(Subject(entry))


def parse(query: str, zone: tzinfo = UTC) -> Query:
    """The query as a value; `zone` is for dates that name none.

    ConfigError with a fault that names the column (from 1) and shows the place.
    """
    if not query.strip():
        _refuse(query, 0, "the query is empty", 'write one, such as tag:芯片 or title:"半导体"')
    if len(query) > MAX_CHARACTERS:
        _refuse(
            query, MAX_CHARACTERS, f"the query is longer than {MAX_CHARACTERS} characters", "divide it in two feeds"
        )
    return Query(query, _Reader(query, zone).node(_tree(query), 0))


@cache
def _grammar() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR.read_text("utf-8"), parser="lalr", propagate_positions=True)


def _tree(query: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return _grammar().parse(query)
    except UnexpectedCharacters as error:
        _refuse_character(query, error.pos_in_stream or 0)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            _refuse_end(query, error.accepts or error.expected)
        _refuse(query, error.token.start_pos or 0, f'"{error.token}" cannot stand here', _QUOTE)


_QUOTED = "put it in quotation marks if it is meant as a word"
_QUOTE = f"take it out, or {_QUOTED}"
#: What other languages join with, and what it is here.
_JOINTS = {"or": "OR", "and": "AND", "not": "NOT", "|": "OR", "||": "OR", "&": "AND", "&&": "AND", "!": "NOT"}
#: So much of a long line is shown on each side of its fault.
_SHOWN = 60
_PLAIN = str.maketrans("“”（）：＝＜＞", '""():=<>')


def _refuse_character(query: str, at: int) -> NoReturn:
    sign = query[at]
    if sign == '"':
        _refuse(query, at, "this quotation mark is not closed", 'close it with another "')
    plain = sign.translate(_PLAIN)
    if plain != sign:
        _refuse(query, at, f"{sign} is a full-width sign", f"write {plain}")
    _refuse(query, at, f"{sign} cannot stand here", _QUOTE)


def _refuse_end(query: str, expected: set[str]) -> NoReturn:
    if "RPAR" in expected:
        _refuse(query, len(query), "a parenthesis is not closed", "close it with )")
    _refuse(query, len(query), "the query ends too early", "write a word or field:value there")


class _Reader:
    """Makes nodes of a tree and checks what the grammar cannot: names of fields, values, depth."""

    def __init__(self, query: str, zone: tzinfo) -> None:
        self._query = query
        self._zone = zone

    def node(self, tree: Tree[Token], depth: int) -> Node:
        if depth > MAX_DEPTH:
            _refuse(self._query, tree.meta.start_pos, f"nested more than {MAX_DEPTH} deep", "write it more plainly")
        if tree.data == "condition":
            return self._condition(*_tokens(tree))
        if tree.data == "words":
            return self._words(_tokens(tree)[0])
        parts = tuple(self.node(part, depth + 1) for part in _parts(tree))
        if tree.data == "negation":
            return Negation(parts[0])
        return AnyOf(parts) if tree.data == "any_of" else AllOf(parts)

    def _words(self, token: Token) -> Condition:
        if token in _JOINTS:
            # Somebody's "a or b" would ask for three words and find nothing, without a word of complaint.
            _refuse(self._query, _place(token), f'"{token}" joins nothing', f"write {_JOINTS[token]}, or {_QUOTED}")
        return Condition("text", self._wanted(token))

    def _condition(self, field: Token, operator: Token, value: Token) -> Node:
        name = field.lower()
        if name in ("date", "published"):
            return self._published(operator, value)
        if name not in FIELDS:
            fields = ", ".join("date" if each == "published" else each for each in FIELDS)
            _refuse(self._query, _place(field), f'there is no field "{field}"', f"write one of {fields}, or {_QUOTED}")
        if operator not in (":", "="):
            _refuse(self._query, _place(operator), f"{name} cannot be compared by {operator}", f"write {name}:…")
        return Condition(name, self._wanted(value))

    def _wanted(self, token: Token) -> str:
        wanted = folded(_unquoted(token))
        if not wanted:
            _refuse(self._query, _place(token), "there is nothing between the quotation marks", "write what is wanted")
        return wanted

    def _published(self, operator: Token, value: Token) -> Published:
        text = _unquoted(value).strip()
        if operator in (":", "="):
            first, dots, last = text.partition("..")
            if not dots:
                return Published(*self._span(value, text))
            if first or last:
                since = self._span(value, first)[0] if first else None
                return Published(since, self._span(value, last)[1] if last else None)
        start, end = self._span(value, text)
        return {
            ">=": Published(start, None),
            ">": Published(end, None),
            "<": Published(None, start),
            "<=": Published(None, end),
        }[operator]

    def _span(self, value: Token, text: str) -> tuple[datetime, datetime]:
        """The beginning of what the date names, and of what follows it."""
        try:
            return _span(text, self._zone)
        except (ValueError, OverflowError):
            _refuse(
                self._query,
                _place(value),
                f'"{text}" is no date',
                "write 2022, 2022-05, 2022-05-24 or 2022-05-24T15:31:09+08:00",
            )


_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d))?([Zz]|[+-]\d\d:\d\d)?)?)?)?", re.ASCII)


def _span(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    if found[7]:
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{found[7].upper()}").tzinfo or zone
    start = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
    if month is None:
        end = start.replace(year=start.year + 1)
    elif day is None:
        end = (start + timedelta(days=31)).replace(day=1)
    elif hour is None:
        end = start + timedelta(days=1)
    else:
        end = start + (timedelta(minutes=1) if second is None else timedelta(seconds=1))
    return start.astimezone(UTC), end.astimezone(UTC)


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, str)]


def _parts(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if not isinstance(child, str)]


def _place(token: Token) -> int:
    return token.start_pos or 0


def _unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token.type == "STRING" else str(token)


def _refuse(query: str, at: int, cause: str, mend: str) -> NoReturn:
    """Raises the error for a place in the query, counted from 0; its line and a caret stand below the mend."""
    begin = query.rfind("\n", 0, at) + 1
    line = query[begin:].partition("\n")[0]
    shown = max(begin, at - _SHOWN)
    before = "".join("  " if unicodedata.east_asian_width(char) in "WF" else " " for char in query[shown:at])
    line = line[shown - begin : at - begin + _SHOWN]
    place = f"query, column {at - begin + 1}" + (f" of line {query.count(chr(10), 0, at) + 1}" if "\n" in query else "")
    raise ConfigError(Fault(place, cause, f"{mend}\n    {line}\n    {before}^"))
