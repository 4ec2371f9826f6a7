"""What RFC 5005 and RFC 6721 ask of an Atom document, beside RFC 4287: archives and tombstones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lxml.etree import _Element

from finews_feeds.publish.check_values import Report, is_absolute_iri, read_rfc3339, read_xml

_ATOM = "{http://www.w3.org/2005/Atom}"
_HISTORY = "{http://purl.org/syndication/history/1.0}"
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_OF_ARCHIVES = ("current", "next-archive", "prev-archive")


@dataclass(frozen=True, slots=True)
class Past:
    """What a document shows, and which one it says to be before it; "" for none."""

    atom_ids: frozenset[str] = frozenset()
    prev_archive_url: str = ""


def past_of(data: bytes) -> Past:
    """See `Past`; empty where the document cannot be read, which `check_atom` tells."""
    root = read_xml(data, Report(""))
    if root is None:
        return Past()
    ids = frozenset(entry.findtext(f"{_ATOM}id") or "" for entry in root.iterchildren(f"{_ATOM}entry"))
    return Past(ids, next(iter(_links(root, "prev-archive")), ""))


def check_history(feed: _Element, report: Report) -> None:
    """An archive says that it is one and what it is an archive of; a tombstone says what was deleted, and when."""
    _check_archive(feed, report)
    _check_tombstones(feed, report)


def _check_archive(feed: _Element, report: Report) -> None:
    """RFC 5005 §4: each relation once; an archive document links to the subscription document (§4.2: SHOULD)."""
    for rel in _OF_ARCHIVES:
        if len(_links(feed, rel)) > 1:
            report.say(f"there are {len(_links(feed, rel))} links rel={rel}", "keep one")
    is_archive = feed.find(f"{_HISTORY}archive") is not None
    if is_archive and feed.find(f"{_HISTORY}complete") is not None:
        report.say("it has both fh:archive and fh:complete", "keep the one that holds")
    if is_archive and not _links(feed, "current"):
        report.say("an archive document has no link rel=current", "give it one, to the feed that it is an archive of")
    if is_archive and _links(feed, "current") == _links(feed, "self"):
        report.say("an archive document has its own URL as rel=current", "write that of the feed")


def _check_tombstones(feed: _Element, report: Report) -> None:
    """RFC 6721 §3: `ref` is an id, `when` a date; the two together once, and no entry beside that is not newer."""
    dates = {entry.findtext(f"{_ATOM}id"): entry.findtext(f"{_ATOM}updated") for entry in feed.iter(f"{_ATOM}entry")}
    met: Counter[tuple[str, str]] = Counter()
    for each in feed.iterchildren(_DELETED):
        ref, when = each.get("ref") or "", each.get("when") or ""
        report.at = ref
        met[ref, when] += 1
        if not is_absolute_iri(ref):
            report.say(f"deleted-entry has ref={ref!r}, not an absolute IRI", "write the id of the entry")
        withdrawn_at = read_rfc3339(when, report)
        updated_at = read_rfc3339(dates[ref] or "", Report("")) if ref in dates else None
        if withdrawn_at and ref in dates and not (updated_at and updated_at > withdrawn_at):
            report.say("the entry stands beside its own deleted-entry", "keep one of the two")
        if met[ref, when] == 2:
            report.say("two deleted-entry elements have the same ref and when", "keep one")
    report.at = ""


def _links(feed: _Element, rel: str) -> list[str]:
    return [link.get("href") or "" for link in feed.iterchildren(f"{_ATOM}link") if link.get("rel") == rel]
