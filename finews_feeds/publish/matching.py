"""What a query asks of an entry: conditions, and how they join. The language that they are written in is `query`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from finews_feeds.model import Entry, TermKind, Text
from finews_feeds.publish.spelling import plain_text


class Subject:
    """An entry as conditions look at it; what is costly is made when first asked for."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @cached_property
    def title(self) -> str:
        return folded(self.entry.title)

    @cached_property
    def text(self) -> str:
        parts = (self.entry.title, _characters(self.entry.summary), _characters(self.entry.content))
        return folded("\n".join(parts))

    @cached_property
    def authors(self) -> str:
        return "\n".join(folded(person.name) for person in self.entry.authors)

    @cached_property
    def sources(self) -> frozenset[str]:
        return frozenset(folded(name) for name in self.entry.sources)

    def terms(self, kind: TermKind) -> frozenset[str]:
        terms = [term for term in self.entry.terms if term.kind is kind]
        return frozenset(folded(word) for term in terms for word in (term.key, term.label))


def folded(text: str) -> str:
    """The text without the differences of case, width and white space that the language does not make."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.split())


def _characters(text: Text | None) -> str:
    if text is None:
        return ""
    # Markdown may hold HTML; the signs that are its own disturb no search for words.
    return text.value if text.kind == "text" else plain_text(text.value)


def _is_language(subject: Subject, wanted: str) -> bool:
    lang = subject.entry.lang.casefold()
    return lang == wanted or lang.startswith(wanted + "-")


_TESTS: dict[str, Callable[[Subject, str], bool]] = {
    "category": lambda subject, wanted: wanted in subject.terms(TermKind.CATEGORY),
    "tag": lambda subject, wanted: wanted in subject.terms(TermKind.TAG),
    "source": lambda subject, wanted: wanted in subject.sources,
    "author": lambda subject, wanted: wanted in subject.authors,
    "title": lambda subject, wanted: wanted in subject.title,
    "text": lambda subject, wanted: wanted in subject.text,
    "lang": _is_language,
}
FIELDS = (*_TESTS, "published")


@dataclass(frozen=True, slots=True)
class Condition:
    """A field and what is wanted in it, folded."""

    field: str
    wanted: str

    def matches(self, subject: Subject) -> bool:
        return _TESTS[self.field](subject, self.wanted)


@dataclass(frozen=True, slots=True)
class Published:
    """Published at `since` or later and before `until`; None where that end is open."""

    since: datetime | None
    until: datetime | None

    def matches(self, subject: Subject) -> bool:
        published_at = subject.entry.published_at or subject.entry.updated_at
        return (self.since is None or self.since <= published_at) and (self.until is None or published_at < self.until)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts."""

    parts: tuple[Node, ...]

    def matches(self, subject: Subject) -> bool:
        return any(part.matches(subject) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the parts."""

    parts: tuple[Node, ...]

    def matches(self, subject: Subject) -> bool:
        return all(part.matches(subject) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Negation:
    """Not the part."""

    part: Node

    def matches(self, subject: Subject) -> bool:
        return not self.part.matches(subject)


Node = Condition | Published | AnyOf | AllOf | Negation
