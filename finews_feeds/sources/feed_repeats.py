"""Which entries of a document are one entry told again, and which tell nothing.

Different entries may have one id, and entries come without any: each stays as the document has it. Which of them an id
belongs to depends on what was read before, and this document does not know.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from finews_feeds.model import Finding, FindingKind, SourceEntry

#: An entry and the line that it begins on, 0 where that is not known.
Numbered = tuple[int, SourceEntry]

#: A date is shorter than this.
_MAX_DATE = 100


def once(numbered: Iterable[Numbered], url: str) -> tuple[tuple[SourceEntry, ...], tuple[Finding, ...]]:
    """The entries of a document in their order, each told once, and a finding for each that is not among them.

    What is told again stands where it was told first. It is the newest by its own dates; the first, where they do not
    tell.
    """
    taken: dict[Hashable, SourceEntry] = {}
    findings: list[Finding] = []
    for line, entry in numbered:
        if not _is_readable(entry):
            what = "an entry has neither id, link nor words"
            findings.append(Finding(FindingKind.SKIPPED, url, line, what, "give it a title or a description"))
            continue
        key = _key(entry)
        before = taken.setdefault(key, entry)
        if before is not entry:
            is_newer = _is_newer(entry, before)
            taken[key] = entry if is_newer else before
            name = entry.entry_id or entry.link or (entry.title.value if entry.title else "without a name")
            what = f"the entry {name!r:.200} stands in it again; the {'newer' if is_newer else 'first'} was taken"
            findings.append(Finding(FindingKind.REPAIRED, url, line, what, "publish every entry once"))
    return tuple(taken.values()), tuple(findings)


def _is_readable(entry: SourceEntry) -> bool:
    return bool(entry.entry_id or entry.link or entry.title or entry.summary or entry.content)


def _key(entry: SourceEntry) -> Hashable:
    """Equal for what is one entry: the same id and link, or the same id and title without a link.

    Without an id only what is equal in everything is one.
    """
    if entry.entry_id is None:
        return entry
    return entry.entry_id, entry.link, None if entry.link or entry.title is None else entry.title.value


def _is_newer(entry: SourceEntry, other: SourceEntry) -> bool:
    own, others = (_instant(each.updated or each.published) for each in (entry, other))
    # An instant with an offset and a time without one cannot be compared.
    return own is not None and others is not None and _is_aware(own) == _is_aware(others) and own > others


def _is_aware(instant: datetime) -> bool:
    return instant.tzinfo is not None


def _instant(spelled: str) -> datetime | None:
    """A date as RFC 3339 or RFC 5322 has it, None for anything else."""
    if len(spelled) > _MAX_DATE:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(spelled)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
