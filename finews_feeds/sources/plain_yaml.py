"""YAML with every scalar kept as it is spelled: YAML's own types turn `NO` into False, `12:30` into 750, `010` into 8.

Values are built from PyYAML's events, not from its nodes: composing a document that nests some ten thousand deep
overflows the C stack and ends the process, events do not nest. Imported only when a post or a config needs it, since
PyYAML costs 30 ms that most runs need not pay.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from finews_feeds.sources.values import NULLS, MalformedError, Quoted, Value

#: Bounds of what a document may unfold to: lists nest, and aliases of aliases grow, without end.
_MAX_DEPTH = 20
_MAX_VALUES = 20_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Value:
    """The value that the text spells; MalformedError where it is no YAML, or more of it than any post has."""
    try:
        events = yaml.parse(text, Loader=_LOADER)
        next(events), next(events)  # the stream starts; a document starts, or the stream ends
        first = next(events, None)
        value = None if first is None else _Document(events).value(first, 0)
        if first is not None and sum(1 for _ in events) > 2:
            raise MalformedError  # a second document
    except (yaml.YAMLError, UnicodeError) as error:
        raise MalformedError from error
    return value


class _Document:
    """Builds the values of one document from its events, and gives up on one that grows without end."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._count = 0
        #: Anchor -> its value, and how many values that holds.
        self._anchors: dict[str, tuple[Value, int]] = {}

    def value(self, event: Event, depth: int) -> Value:
        self._grow(1)
        if depth > _MAX_DEPTH:
            raise MalformedError
        if isinstance(event, AliasEvent):
            return self._alias(event)
        before = self._count
        value = self._made(event, depth)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = value, self._count - before + 1
        return value

    def _made(self, event: Event, depth: int) -> Value:
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            return [self.value(item, depth + 1) for item in self._until(SequenceEndEvent)]
        if not isinstance(event, MappingStartEvent):
            raise MalformedError
        made: dict[str, Value] = {}
        for key in self._until(MappingEndEvent):
            name = self.value(key, depth + 1)
            value = self.value(next(self._events), depth + 1)
            if isinstance(name, str):
                made[str(name)] = value
        return made

    def _until(self, end: type[Event]) -> Iterator[Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _alias(self, event: AliasEvent) -> Value:
        if event.anchor not in self._anchors:
            raise MalformedError
        value, count = self._anchors[event.anchor]
        self._grow(count)
        return value

    def _grow(self, count: int) -> None:
        self._count += count
        if self._count > _MAX_VALUES:
            raise MalformedError


def _scalar(event: ScalarEvent) -> str | None:
    if event.tag and event.tag != "!" and not event.tag.startswith("tag:yaml.org,"):
        raise MalformedError  # `title: !重磅` is no tag but a title
    text = str(event.value)
    if event.style:
        return Quoted(text)
    return None if not text or text in NULLS else text
