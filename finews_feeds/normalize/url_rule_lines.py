"""Where in a rule file a rule and its keys stand: TOML read as values has forgotten its lines."""

from __future__ import annotations

import re
from bisect import bisect_right

#: What a line may begin with that matters here; strings and comments are passed over, whatever stands in them.
_TOKENS = re.compile(
    r"""
      \"{3} (?: \\. | [^\\] )*? \"{3} | '{3} .*? '{3}
    | "(?: \\. | [^"\\\n] )*" (?! \s* = ) | '[^'\n]*' (?! \s* = ) | \#[^\n]*
    | ^ [ \t]* \[\[ [ \t]* ["']? (?P<kind> [\w-]+ ) ["']? [ \t]* \]\]
    | ^ [ \t]* (?P<quote> ["']? ) (?P<key> [\w-]+ ) (?P=quote) [ \t]* =
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


class RuleLines:
    """The lines of one file's text, from 1; 0 where one cannot be told."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._lines = text.split("\n")
        self._of: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        kind, number = "", 0
        for token in _TOKENS.finditer(text):
            if token["kind"]:
                kind = token["kind"]
                number = counts[kind] = counts.get(kind, 0) + 1
                self._of[kind, number, ""] = self._line(token.start("kind"))
            elif token["key"]:
                self._of.setdefault((kind, number, token["key"]), self._line(token.start("key")))

    def _line(self, place: int) -> int:
        return bisect_right(self._ends, place - 1) + 1

    def of(self, kind: str, number: int, key: str = "") -> int:
        """The line of a key in the `number`th table of a kind, else that of the table's header; kind "" is the top."""
        found = self._of.get((kind, number, key)) or self._of.get((kind, number, ""))
        # a list of tables may be written as a value, too
        return found or self._of.get((kind, 1, "")) or self._of.get(("", 0, kind)) or 0

    def with_all(self, start: int, *words: str) -> int:
        """The first line from `start` on in which all the words stand; `start` where there is none."""
        for number in range(max(start, 1), len(self._lines) + 1):
            if all(word in self._lines[number - 1] for word in words):
                return number
        return start
