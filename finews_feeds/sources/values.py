"""What front matter holds: scalars as they are spelled, and collections of them."""

from __future__ import annotations

from typing import TypeAlias

#: A scalar as it is spelled, a `Quoted` one, a collection of them, or null.
Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

#: The plain scalars that are null (YAML 1.2 §10.3.2).
NULLS = frozenset(("~", "null", "Null", "NULL"))


class Quoted(str):
    """A scalar that stood in quotes or in a block: never null, never a boolean, whatever it spells."""

    __slots__ = ()


class MalformedError(Exception):
    """A text is no YAML that can be used as it stands; never leaves the reader."""
