"""What front matter holds: scalars as they are spelled, and collections of them."""

from __future__ import annotations

import re
from typing import TypeAlias

#: A scalar as it is spelled, a `Quoted` one, a collection of them, or null.
Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

#: The plain scalars that are null (YAML 1.2 §10.3.2).
NULLS = frozenset(("~", "null", "Null", "NULL"))


class Quoted(str):
    """A scalar that stood in quotes or in a block: never null, never a boolean, whatever it spells."""

    __slots__ = ()


_SPACE = re.compile(r"[ \t\n\v\f\r]+")


def words(value: Value) -> list[str]:
    """The terms that a plural key names: a string is split at white space, and at nothing else; a list is kept."""
    if isinstance(value, str):
        # what is printable has no other white space of YAML's than blanks
        if " " not in value and value.isprintable():
            return [str(value)] if value else []
        return [word for word in _SPACE.split(value) if word]
    return flat(value) if isinstance(value, list) else []


def flat(value: Value) -> list[str]:
    """The scalars of a value, as spelled, whatever it nests; null and blank ones are none.

    A mapping in a list is a term with a colon that nobody quoted, `- Ruby: 3.4`, and is read as it was meant.
    """
    if isinstance(value, str):
        text = str(value)
        return [text] if text and not text.isspace() else []
    if isinstance(value, list):
        return [word for item in value for word in flat(item)]
    return [_with_colon(key, item) for key, item in value.items()] if value else []


def _with_colon(key: str, value: Value) -> str:
    return f"{key}: {' '.join(flat(value))}".rstrip()


class MalformedError(Exception):
    """A text is no YAML that can be used as it stands; never leaves the reader."""
