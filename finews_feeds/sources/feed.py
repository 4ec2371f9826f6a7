"""A representation to a feed: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, in whatever state they arrive.

    bytes --charset--> characters --feed_xml--> tree --feed_facts--> facts --+
                                                  +--feed_tidy--> XML --feedparser--> feed_fields--> ParsedFeed

Whatever the bytes, the outcome is a ParsedFeed or a ParseError. What had to be mended or left out is told in findings;
what is missing stays missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import Finding, FindingKind, Headers, ParsedFeed, SourceEntry, SourceFeed
from finews_feeds.sources import charset, discover, feed_facts, feed_fields, feed_names, feed_tidy, feed_xml, json_feed
from finews_feeds.sources.feed_facts import Facts

#: Names how we read; a change of it asks for every document once more.
PARSER = f"finews-1 feedparser-{feed_fields.FEEDPARSER_VERSION}"

#: Entries beyond this, in document order, are left out.
MAX_ENTRIES = 5_000

_Numbered = tuple[int, SourceEntry]
_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_BINARY = re.compile(rb"\x1f\x8b|PK\x03\x04|%PDF|\x89PNG|\xff\xd8\xff|GIF8|BZh|\x28\xb5\x2f\xfd")


def parse(body: bytes, headers: Headers, url: str) -> ParsedFeed:
    """The feed in the body of one answer; `url` is where it came from, and the base of its relative references.

    Media types are not believed: what the bytes are decides. Raises ParseError with one fault where they are no feed
    at all; for a page, the fault names the feed that the page points to.
    """
    if not body.strip():
        raise ParseError(Fault(url, "the answer is empty", "check the address of the feed"))
    if _BINARY.match(body):
        raise ParseError(Fault(url, "the answer is a binary file and no feed", "check the address of the feed"))
    text, findings = charset.decode(body, headers, url)
    if text.lstrip().startswith(("{", "[")):
        parsed = json_feed.parse(text, url)
        numbered: list[_Numbered] = [(0, entry) for entry in parsed.entries[:MAX_ENTRIES]]
        left_off = len(parsed.entries) - len(numbered)
    else:
        parsed, numbered, left_off = _parse_xml(text, body, headers, url)
    findings += parsed.findings
    if left_off > 0:
        what = f"{left_off} entries beyond the first {MAX_ENTRIES} were left out"
        findings += (Finding(FindingKind.SKIPPED, url, 0, what, "publish fewer entries in one document"),)
    entries, unidentified = _identified(numbered, url)
    return ParsedFeed(parsed.feed, tuple(entries), findings + tuple(unidentified))


def _parse_xml(text: str, body: bytes, headers: Headers, url: str) -> tuple[ParsedFeed, list[_Numbered], int]:
    if feed_xml.root_name(text) == "html":
        raise _no_feed(body, headers, url)
    root, findings = feed_xml.tree(text, url)
    name = feed_xml.local_name(root)
    if name == "html":
        raise _no_feed(body, headers, url)
    if name not in _FEED_ROOTS:
        raise ParseError(
            Fault(url, f"its root element is <{name[:40]}>, which is no feed", "check the address of the feed")
        )
    feed_names.declare_prefixes(root)
    facts = feed_facts.facts(root, url, MAX_ENTRIES)
    tidied = feed_tidy.tidied(root, url, MAX_ENTRIES)
    try:
        feed, entries = feed_fields.read(tidied, facts, url)
    except ParseError:
        feed, entries = _one_by_one(root, facts, url)
        lost = [fact.line for number, fact in enumerate(facts.entries) if number not in entries]
        what = "an entry cannot be read: elements stand in others where they may not"
        findings += tuple(Finding(FindingKind.SKIPPED, url, line, what, "send a valid feed") for line in lost)
    numbered = [(facts.entries[number].line, entries[number]) for number in sorted(entries)]
    return ParsedFeed(feed, (), findings), numbered, facts.left_off


def _one_by_one(root: etree._Element, facts: Facts, url: str) -> tuple[SourceFeed, dict[int, SourceEntry]]:
    """What can be read of a feed that cannot be read whole."""
    feed, entries = SourceFeed(), {}
    for number, xml in enumerate(feed_tidy.singles(root)):
        try:
            read, entry = feed_fields.read(xml, facts, url)
        except ParseError:
            continue
        feed = feed if number else read
        entries.update(entry)
    return feed, entries


def _no_feed(body: bytes, headers: Headers, url: str) -> ParseError:
    links = discover.feed_links(body, headers, url)
    if not links:
        return ParseError(Fault(url, "it is a web page and no feed, and names none", "find the feed's own address"))
    return ParseError(
        Fault(url, "it is a web page and no feed", f"write {links[0].href}, the feed that the page names")
    )


# --- which entry is which -------------------------------------------------------------------------------------------


def _identified(numbered: list[_Numbered], url: str) -> tuple[list[SourceEntry], list[Finding]]:
    """The entries that something names, each by a name that no other entry of the document has.

    An entry is named by its id, else by its link, else by its title. Where different entries claim one id, none of them
    may keep it: which of them had it first is not to be known, and at the next poll another would take it over.
    """
    findings: list[Finding] = []
    named = list(_told_once(numbered, url, findings))
    shared = _shared(entry.entry_id for _line, entry in named)
    for at, (line, entry) in enumerate(named):
        if entry.entry_id in shared and (entry.link or entry.title):
            named[at] = (line, replace(entry, entry_id=None, own_atom_id=""))
            what = f"different entries have the id {entry.entry_id!r:.200}; this one goes by its link"
            findings.append(Finding(FindingKind.REPAIRED, url, line, what, "give every entry an id of its own"))
    links = _shared(entry.link for _line, entry in named)
    return [_by_title(entry, links) for _line, entry in named], findings


def _told_once(numbered: list[_Numbered], url: str, findings: list[Finding]) -> Iterator[_Numbered]:
    seen: set[tuple[str | None, str, str]] = set()
    for line, entry in numbered:
        title = entry.title.value if entry.title else ""
        if not (entry.entry_id or entry.link or title):
            what = "an entry has neither id, link nor title"
            findings.append(Finding(FindingKind.SKIPPED, url, line, what, "give it an id"))
        elif (entry.entry_id, entry.link, title) in seen:
            what = f"the entry {entry.entry_id or entry.link or title!r:.200} stands in it again; the first was taken"
            findings.append(Finding(FindingKind.SKIPPED, url, line, what, "publish every entry once"))
        else:
            seen.add((entry.entry_id, entry.link, title))
            yield line, entry


def _by_title(entry: SourceEntry, shared_links: set[str]) -> SourceEntry:
    if entry.entry_id is None and entry.title and (not entry.link or entry.link in shared_links):
        return replace(entry, entry_id=entry.title.value)
    return entry


def _shared(names: Iterator[str | None]) -> set[str]:
    counts = Counter(names)
    return {name for name, count in counts.items() if name and count > 1}
