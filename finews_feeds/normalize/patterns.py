"""Regular expressions that an operator writes, matched in time that grows with the text and with nothing else.

Python's own engine tries one way after the other, and `(a+)+b` keeps it busy for years on thirty letters. A rule in a
config file runs over every entry of every source, so it may not be able to do that. Here all ways are followed at once
(Ken Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968): each character of the text is looked at once.

What there is: literals, `.`, classes `[…]`, `\\d \\w \\s` and their opposites, groups, `|`, `* + ? {m,n}`, `^`, `$`,
and `(?i)` in front. What there is not, because it cannot be had in linear time or is of no use here: back-references,
look-around, named groups, `\\b`. The syntax of single characters and classes is that of Python's `re`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: How long a pattern may be, how much it may grow by its repetitions, and how much of a text it looks at.
MAX_CHARACTERS = 200
MAX_STEPS = 500
MAX_TEXT = 1000

_REPEAT = re.compile(r"(?:([*+?])|\{(\d{0,3})(,?)(\d{0,3})\})[?]?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[dDwWsSaftnrv]|[^0-9A-Za-z])", re.DOTALL)


class BadPatternError(ValueError):
    """A pattern that cannot be used: why, and what to write instead."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.mend = mend


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction: a test of one character, or an anchor, or a fork; jumps are relative to its own place."""

    test: Callable[[str], object] | None = None
    anchor: str = ""
    jumps: tuple[int, ...] = (1,)


_Steps = tuple[_Step, ...]


class Pattern:
    """A pattern taken apart once; `begins` asks it of a text."""

    def __init__(self, spelled: str) -> None:
        """Raises BadPatternError for what is no regular expression, or none that can be matched in linear time."""
        _check(spelled)
        is_folded = spelled.startswith("(?i)")
        parser = _Parser(spelled[4 * is_folded :], re.DOTALL | (re.IGNORECASE if is_folded else 0))
        self._steps = parser.all()

    def begins(self, text: str) -> bool:
        """Whether the text begins with something that matches; no more than `MAX_TEXT` characters are looked at."""
        steps, end = self._steps, len(text)
        live = self._reached((0,), 0, end)
        for place, char in enumerate(text[:MAX_TEXT], 1):
            if not live or len(steps) in live:
                break
            passed = [number + 1 for number in live if (test := steps[number].test) and test(char)]
            live = self._reached(passed, place, end)
        return len(steps) in live

    def _reached(self, numbers: Iterable[int], place: int, end: int) -> set[int]:
        """The tests, and the end of the program, that can be reached from these steps without another character."""
        waiting, seen, found = list(numbers), set[int](), set[int]()
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            step = self._steps[number] if number < len(self._steps) else None
            if step is None or step.test:
                found.add(number)
            elif not step.anchor or place == (0 if step.anchor == "^" else end):
                waiting += [number + jump for jump in step.jumps]
        return found


def _check(spelled: str) -> None:
    if len(spelled) > MAX_CHARACTERS:
        raise BadPatternError("it is too long", f"write at most {MAX_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(spelled)
    except (re.error, OverflowError, Warning) as error:
        mend = "mend it, or put a \\ before a character that is meant as it stands"
        raise BadPatternError(f"it is no regular expression: {error}", mend) from error


class _Parser:
    """Reads a pattern from left to right; Python's `re` has found it well formed."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags
        self._at = 0

    def all(self) -> _Steps:
        found = self._either()
        if self._at < len(self._text):
            raise BadPatternError("a bracket is left open", "close it, or write \\( for the character itself")
        return found

    def _either(self) -> _Steps:
        found = self._sequence()
        while self._next() == "|":
            self._at += 1
            other = self._sequence()
            found = (_Step(jumps=(1, len(found) + 2)), *found, _Step(jumps=(len(other) + 1,)), *other)
        return self._bounded(found)

    def _sequence(self) -> _Steps:
        found: _Steps = ()
        while self._next() not in ("", "|", ")"):
            found += self._repeated(self._atom())
        return self._bounded(found)

    def _repeated(self, steps: _Steps) -> _Steps:
        match = _REPEAT.match(self._text, self._at)
        # "{}" and "{,}" stand for themselves in Python, as does a brace without numbers
        if match is None or not (match[1] or match[2] or match[4]):
            return steps
        self._at = match.end()
        low, high = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}.get(match[1], (-1, -1))
        if low < 0:
            low = int(match[2] or 0)
            high = low if not match[3] else int(match[4]) if match[4] else -1
        self._bounded(steps * max(low, high))
        if high < 0:
            again = (_Step(jumps=(1, len(steps) + 2)), *steps, _Step(jumps=(-len(steps) - 1,)))
            return steps * low + again
        return steps * low + (_Step(jumps=(1, len(steps) + 1)), *steps) * (high - low)

    def _atom(self) -> _Steps:
        char = self._next()
        if char == "(":
            return self._group()
        if char in "^$":
            self._at += 1
            return (_Step(anchor=char),)
        spelled, length = self._one(char)
        self._at += length
        return (_Step(test=re.compile(spelled, self._flags).match),)

    def _group(self) -> _Steps:
        self._at += 1
        if self._next() == "?":
            if not self._text.startswith("?:", self._at):
                raise BadPatternError(
                    f'"({self._text[self._at :][:3]}…" is not known here',
                    "use plain groups ( ) or (?: ); (?i) may stand at the beginning",
                )
            self._at += 2
        found = self._either()
        self._at += 1
        return found

    def _one(self, char: str) -> tuple[str, int]:
        """What tests one character, in the spelling of `re`, and how much of the pattern it takes."""
        if char == "\\":
            match = _ESCAPE.match(self._text, self._at)
            if match is None:
                cause = f'"{self._text[self._at : self._at + 2]}" is not known here'
                raise BadPatternError(cause, "use \\d, \\w, \\s, or \\ before a sign; ^ and $ for beginning and end")
            return match[0], len(match[0])
        found = _CLASS.match(self._text, self._at)
        if found:
            return found[0], len(found[0])
        return (char if char == "." else re.escape(char)), 1

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _bounded(self, steps: _Steps) -> _Steps:
        if len(steps) > MAX_STEPS:
            raise BadPatternError("its repetitions make it too large", "use * or + instead of large numbers in { }")
        return steps
