"""`build`: one cycle, and what it did in words or as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict

from finews_feeds.cli.common import clock, print_json, progress_shown, settings_of, when
from finews_feeds.cycle import Options, Report, run_cycle
from finews_feeds.cycle.hubs import tell_hubs
from finews_feeds.model import Finding
from finews_feeds.settings import Settings

#: How many findings of a kind are printed one by one; `--json` and `status` have all of them.
_SHOWN = 20


def build(arguments: argparse.Namespace) -> int:
    """Runs one cycle; 1 with `--strict` where a source or a post failed."""
    settings = settings_of(arguments)
    options = Options(arguments.offline, arguments.force, arguments.full, arguments.dry_run)
    with progress_shown(not arguments.quiet and not arguments.json) as progress:
        report = run_cycle(settings, options, clock, progress)
    if not options.dry_run and not options.offline:
        report.faults += tell_hubs(settings, clock)[0]
    if arguments.json:
        print_json(document(report, settings, options))
    elif not arguments.quiet:
        print("\n".join(lines(report, settings, options)))
    else:
        for line in (*failures(report, settings), *(f"  fault    {each}" for each in report.faults)):
            print(line, file=sys.stderr)
    return 1 if arguments.strict and not report.is_clean else 0


def document(report: Report, settings: Settings, options: Options) -> dict[str, object]:
    """The report for programs."""
    return {
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "dry_run": options.dry_run,
        "posts": {
            "found": report.posts_found,
            "read": report.posts_read,
            "removed": report.posts_removed,
            "skipped": [_finding(each) for each in report.skipped],
            "repaired": [_finding(each) for each in report.repaired],
        },
        "sources": {
            "polled": report.sources_polled,
            "changed": report.sources_changed,
            "unchanged": report.sources_unchanged,
            "failed": [asdict(each) for each in report.sources_failed],
            "quarantined": [asdict(each) for each in report.sources_held],
            "findings": [{"name": name, "kind": each.kind, **_finding(each)} for name, each in report.source_findings],
        },
        "entries": {
            "changed": report.entries_changed,
            "removed": report.entries_removed,
            "waiting": report.entries_waiting,
        },
        "rules": {
            "joins": report.joins,
            "parts": report.parts,
            "regrouped": [asdict(each) for each in report.regrouped],
        },
        "feeds": {
            "written": len(report.feeds_written),
            "unchanged": report.feeds_unchanged,
            "paths": report.feeds_written,
        },
        "files_written": report.files_written,
        "faults": [asdict(each) for each in report.faults],
        "output": str(settings.output.dir),
        "url": settings.site.url,
        "next_due_at": report.next_due_at,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {"path": finding.place, "line": finding.line, "what": finding.what, "mend": finding.mend}


def lines(report: Report, settings: Settings, options: Options) -> Iterator[str]:
    """The report for people: what was read, what failed and how to mend it, what was published and where."""
    would = "would be " if options.dry_run else ""
    counts = f"{len(report.skipped)} left out, {len(report.repaired)} mended"
    yield f"posts    {report.posts_found} found, {report.posts_read} read, {report.posts_removed} removed; {counts}"
    yield from _findings("left out", report.skipped)
    yield from _findings("mended", report.repaired)
    fresh = sum(each.is_fresh for each in report.sources_failed)
    yield (
        f"sources  {report.sources_polled} polled: {report.sources_changed} with news, "
        f"{report.sources_unchanged} unchanged, {fresh} failed"
    )
    yield from failures(report, settings)
    if report.source_findings:
        yield f"         {len(report.source_findings)} entries mended or left out in their last documents (see --json)"
    waiting = f"; {report.entries_waiting} wait for their date" if report.entries_waiting else ""
    yield f"entries  {report.entries_changed} new or changed, {report.entries_removed} removed{waiting}"
    yield from _regrouped(report, options.dry_run)
    written = len(report.feeds_written)
    yield f"feeds    {written} {would}written, {report.feeds_unchanged} rendered without a change"
    for path in report.feeds_written[:_SHOWN]:
        yield f"         {settings.output.dir / path}.xml"
    if written > _SHOWN:
        yield f"         … and {written - _SHOWN} more"
    for fault in report.faults:
        yield f"  fault    {fault}"
    yield f"site     {settings.output.dir}  →  {settings.site.url}"


def _regrouped(report: Report, is_rehearsal: bool) -> Iterator[str]:
    """What a change of the rules for canonical URLs did to entries: nothing is said where it did nothing."""
    if not report.regrouped:
        return
    joined, parted = ("would join", "would part") if is_rehearsal else ("joined", "parted")
    yield f"rules    entries that {joined}: {report.joins}; that {parted}: {report.parts}"
    for each in report.regrouped[:_SHOWN]:
        first, *others = each.entries
        yield f"  {each.what:<8} {'; '.join(each.rules)}"
        yield f"           {first.atom_id}  {first.title}  {first.link}  (keeps its id)"
        word = "retired" if each.what == "join" else "new id"
        yield from (f"           {one.atom_id}  {one.title}  {one.link}  ({word})" for one in others)
    if report.joins + report.parts > _SHOWN:
        yield f"           … and {report.joins + report.parts - _SHOWN} more; `build --json` lists them"


def failures(report: Report, settings: Settings) -> Iterator[str]:
    """One line for each source that failed or is held back."""
    failed = {each.name for each in report.sources_failed}
    rows = [("failed", each) for each in report.sources_failed]
    rows += [("held", each) for each in report.sources_held if each.name not in failed]
    for word, each in rows:
        again = f" (next try {when(each.next_poll_at, settings.site.timezone)})" if each.next_poll_at else ""
        yield f"  {word:<8} {each.name}: {each.url}: {each.error}; {each.mend}{again}"


def _findings(word: str, findings: list[Finding]) -> Iterator[str]:
    for each in findings[:_SHOWN]:
        line = f":{each.line}" if each.line else ""
        yield f"  {word:<8} {each.place}{line}: {each.what}; {each.mend}"
    if len(findings) > _SHOWN:
        yield f"  {word:<8} … and {len(findings) - _SHOWN} more; `build --json` lists all"
