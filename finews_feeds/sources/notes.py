"""What had to be mended or left out while one file was read."""

from __future__ import annotations

from finews_feeds.model import Finding, FindingKind


class Notes:
    """The findings of one file, in the order in which they were met; every step of its reading adds to them."""

    __slots__ = ("_findings", "_place")

    def __init__(self, place: str) -> None:
        self._place = place
        self._findings: list[Finding] = []

    def repaired(self, line: int, what: str, mend: str) -> None:
        """Says that something was mended on the way in; `mend` is what was done, and what the author can do."""
        self._findings.append(Finding(FindingKind.REPAIRED, self._place, line, what, mend))

    def skipped(self, line: int, what: str, mend: str) -> None:
        """Says that the whole file was left out."""
        self._findings.append(Finding(FindingKind.SKIPPED, self._place, line, what, mend))

    def withheld(self, line: int, what: str, mend: str) -> None:
        """Says that the file was left out because its author says so."""
        self._findings.append(Finding(FindingKind.WITHHELD, self._place, line, what, mend))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was noted so far."""
        return tuple(self._findings) if self._findings else ()


def line_at(text: str, offset: int) -> int:
    """The line, counted from 1, that holds the character at `offset`."""
    return text.count("\n", 0, offset) + 1
