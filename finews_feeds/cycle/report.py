"""What a cycle did, as values; the command line prints them, `--json` hands them to programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from finews_feeds.errors import Fault
from finews_feeds.model import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source that could not be read the last time it was asked."""

    name: str
    url: str
    error: str
    mend: str
    #: When it is asked again; None for a posts folder, which every cycle reads.
    next_poll_at: datetime | None = None
    #: Whether it was asked in this very cycle.
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Entries that became one, or one that became several, because the rules for canonical URLs changed."""

    #: "join": the entries as they were, the first is what all are now. "part": as they are now, the first keeps its id.
    what: Literal["join", "part"]
    entries: tuple[RegroupedEntry, ...]
    #: The rules that made it, as `explain` names their steps, with the file where one is known.
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegroupedEntry:
    """An entry that joined, or a part of one: how readers know it, and the canonical URL that it has now."""

    atom_id: str
    title: str
    link: str
    canonical_url: str


@dataclass(slots=True)
class Report:
    """Filled by the stages of one cycle as they go; nobody changes it afterwards."""

    started_at: datetime
    finished_at: datetime | None = None
    #: Posts: how many there are, and how many were read in this cycle because they are new or rewritten.
    posts_found: int = 0
    posts_read: int = 0
    posts_removed: int = 0
    #: What was left out or mended, of all posts that stand, read in this cycle or before.
    post_findings: list[Finding] = field(default_factory=list)
    #: Sources: asked in this cycle, and of these with a new document, and unchanged.
    sources_polled: int = 0
    sources_changed: int = 0
    sources_unchanged: int = 0
    sources_failed: list[FailedSource] = field(default_factory=list)
    #: Sources in quarantine: what they said last is held back, and waits for the operator.
    sources_held: list[FailedSource] = field(default_factory=list)
    #: All sources that are asked, or would be, by state, as `status` names it; and what stands in the feeds in all.
    source_states: dict[str, int] = field(default_factory=dict)
    feeds_published: int = 0
    entries_published: int = 0
    #: What was left out of the last document of each source, or mended in it, with the source's name.
    source_findings: list[tuple[str, Finding]] = field(default_factory=list)
    #: Entries that appeared or changed, and that left.
    entries_changed: int = 0
    entries_removed: int = 0
    entries_waiting: int = 0
    #: After a change of the rules for canonical URLs: how often entries became one, and one became several; the first
    #: of these one by one.
    joins: int = 0
    parts: int = 0
    regrouped: list[Regrouped] = field(default_factory=list)
    #: Files whose bytes are new, by path below the output folder.
    files_written: list[str] = field(default_factory=list)
    #: Every feed that was rendered, by path without suffix: whether any of its files has new bytes.
    feeds: dict[str, bool] = field(default_factory=dict)
    #: Things that went wrong beside posts and sources; none of them stopped the cycle.
    faults: list[Fault] = field(default_factory=list)
    #: When something is due next: a poll, or a post that waits; None where nothing is.
    next_due_at: datetime | None = None
    #: Whether the cycle was asked to end before it was done; the next one goes on from there.
    is_stopped: bool = False

    def due(self, at: datetime) -> None:
        """Notes that something is due at an instant; the earliest counts."""
        self.next_due_at = min(self.next_due_at or at, at)

    def note_feed(self, path: str, written: bool) -> None:
        """Counts a rendered feed once, however often the cycle came to it."""
        self.feeds[path] = self.feeds.get(path, False) or written

    @property
    def feeds_written(self) -> list[str]:
        """The feeds with new bytes, in the order of their rendering."""
        return [path for path, written in self.feeds.items() if written]

    @property
    def feeds_unchanged(self) -> int:
        """How many feeds were rendered to the bytes that they had."""
        return sum(not written for written in self.feeds.values())

    @property
    def skipped(self) -> list[Finding]:
        """The posts that are left out, by a fault or by their author's word."""
        return [each for each in self.post_findings if each.kind is not FindingKind.REPAIRED]

    @property
    def repaired(self) -> list[Finding]:
        """The posts that were mended on the way in."""
        return [each for each in self.post_findings if each.kind is FindingKind.REPAIRED]

    @property
    def is_clean(self) -> bool:
        """Whether every source and every post was read; what `--strict` asks."""
        is_lost = any(each.kind is FindingKind.SKIPPED for each in self.post_findings)
        return not self.sources_failed and not self.sources_held and not is_lost and not self.faults
