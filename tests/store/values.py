"""Values for the store's tests: short ones to write cases with, and strategies that fill every field."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from finews_feeds.model import (
    FeedKey,
    FeedKind,
    Finding,
    FindingKind,
    FormerUrl,
    Link,
    Origin,
    Override,
    OverrideKind,
    Person,
    PostFile,
    Quarantine,
    Sighting,
    SourceCondition,
    SourceFeed,
    SourceState,
    Storm,
    Term,
    TermKind,
    Text,
    Validators,
)
from finews_feeds.store.protocol import EntryRow, Settled

NOON = datetime(2022, 5, 24, 12, tzinfo=UTC)
ALL = FeedKey(FeedKind.ALL)
CHIPS = FeedKey(FeedKind.TAG, "芯片")
BANKS = FeedKey(FeedKind.TAG, "银行")
NEWS = FeedKey(FeedKind.CATEGORY, "emnews")


def sighting(entry_id: str, url: str = "", source: str = "posts", **more: Any) -> Sighting:
    """What a source says, as short as a case wants it."""
    return Sighting(source, entry_id, url, is_post=False, title=entry_id, link="", **more)


def entry(atom_id: str, minutes: int = 0, digest: str = "d", **more: Any) -> EntryRow:
    """A new entry, so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return EntryRow(0, atom_id, f"key of {atom_id}", at, at, digest, at, **more)


def settled(one: EntryRow, *sightings: Sighting | int, feeds: tuple[FeedKey, ...] = (ALL,)) -> Settled:
    """The decision that these sightings, or rows of sightings, are this entry."""
    rows = tuple(each if isinstance(each, int) else each.row for each in sightings)
    return Settled(one, rows, frozenset(feeds))


# --- strategies: every field, and text of all sorts, lone surrogates and NUL among it ---------------------------------

texts = st.text(st.characters(), max_size=12) | st.sampled_from(["", "标签", "\uffff", "\0", "\udce4.md", "{}", "'"])
instants = st.datetimes(timezones=st.just(UTC))
whole = st.integers(0, 2**53)

_STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "bool": st.booleans(),
    "int": whole,
    "int | None": st.none() | whole,
    "str | None": st.none() | texts,
    "datetime": instants,
    "datetime | None": st.none() | instants,
    "tuple[str, ...] | None": st.none() | st.lists(texts, max_size=2).map(tuple),
    "tuple[str, ...]": st.lists(texts, max_size=2).map(tuple),
    "tuple[int, ...]": st.lists(whole, max_size=2).map(tuple),
    "tuple[datetime, ...]": st.lists(instants, max_size=2).map(tuple),
    "tuple[tuple[str, str], ...]": st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    "Storm": st.sampled_from(Storm),
    "TextKind": st.sampled_from(["text", "html", "markdown"]),
    "TermKind": st.sampled_from(TermKind),
    "FindingKind": st.sampled_from(FindingKind),
    "SourceCondition": st.sampled_from(SourceCondition),
    "OverrideKind": st.sampled_from(OverrideKind),
    "SightingName": st.tuples(texts, texts),
    "tuple[SightingName, ...]": st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
}


def _of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass of the model; its annotations are read as they are written."""
    made = st.builds(cls, **{field.name: _STRATEGIES[str(field.type)] for field in fields(cls)})
    _STRATEGIES[cls.__name__] = made
    _STRATEGIES[f"{cls.__name__} | None"] = st.none() | made
    _STRATEGIES[f"tuple[{cls.__name__}, ...]"] = st.lists(made, max_size=2).map(tuple)
    return made


for _cls in (Text, Link, Person, Term, Origin, FormerUrl, Validators, SourceFeed, Finding, Quarantine):
    _of(_cls)
sightings = _of(Sighting)
source_states = _of(SourceState)
post_files = _of(PostFile)
overrides = _of(Override)
entries = _of(EntryRow).filter(lambda one: one.atom_id != "")
