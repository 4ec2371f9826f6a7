"""The words of the program as values: what flows from a source to a published feed.

    Source --fetch--> Representation --parse--> SourceEntry --normalize--> Sighting --settle--> Entry --select--> Feed

Every value is frozen; a change makes a new one. Instants end in `_at` and are aware, in UTC; spans are `timedelta`;
sizes end in `_bytes`. A missing thing is `None` (or "" for text and () for a list), never a guess. This package
imports nothing of ours, and every room imports it.
"""

from __future__ import annotations

from finews_feeds.model.pieces import (
    Link,
    Origin,
    Person,
    SourceTerm,
    Term,
    TermKind,
    Text,
    TextKind,
)
from finews_feeds.model.published import (
    Carrier,
    Entry,
    FeedHead,
    FeedKey,
    FeedKind,
    Hand,
    Tombstone,
)
from finews_feeds.model.remembered import (
    FormerUrl,
    KnownParts,
    Override,
    OverrideKind,
    PostFile,
    Quarantine,
    Sighting,
    SightingName,
    SourceCondition,
    SourceState,
    Storm,
)
from finews_feeds.model.said import (
    Answer,
    Failed,
    Finding,
    FindingKind,
    Gone,
    Headers,
    NotModified,
    ParsedFeed,
    ParsedPost,
    Redirect,
    Representation,
    SourceEntry,
    SourceFeed,
    Validators,
)

__all__ = [
    "Answer",
    "Carrier",
    "Entry",
    "Failed",
    "FeedHead",
    "FeedKey",
    "FeedKind",
    "Finding",
    "FindingKind",
    "FormerUrl",
    "Gone",
    "Hand",
    "Headers",
    "KnownParts",
    "Link",
    "NotModified",
    "Origin",
    "Override",
    "OverrideKind",
    "ParsedFeed",
    "ParsedPost",
    "Person",
    "PostFile",
    "Quarantine",
    "Redirect",
    "Representation",
    "Sighting",
    "SightingName",
    "SourceCondition",
    "SourceEntry",
    "SourceFeed",
    "SourceState",
    "SourceTerm",
    "Storm",
    "Term",
    "TermKind",
    "Text",
    "TextKind",
    "Tombstone",
    "Validators",
]
