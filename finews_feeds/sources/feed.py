"""A representation to a feed: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, in whatever state they arrive.

    bytes --charset--> characters --feed_xml--> tree --feed_bounds--+--feed_facts--> facts --------------+
                                                                   +--feed_tidy--> XML --feedparser-----+
        ParsedFeed <--feed_repeats-- entries <--feed_fields---------------------------------------------+

Whatever the bytes, the outcome is a ParsedFeed or a ParseError. What had to be mended or left out is told in findings;
what is missing stays missing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import Finding, FindingKind, Headers, ParsedFeed, SourceEntry, SourceFeed
from finews_feeds.sources import (
    charset,
    discover,
    feed_bounds,
    feed_facts,
    feed_fields,
    feed_names,
    feed_repeats,
    feed_tidy,
    feed_xml,
    json_feed,
)
from finews_feeds.sources.feed_facts import Facts
from finews_feeds.sources.feed_repeats import Numbered
from finews_feeds.sources.link_fields import with_hubs

_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_BINARY = re.compile(rb"\x1f\x8b|PK\x03\x04|%PDF|\x89PNG|\xff\xd8\xff|GIF8|BZh|\x28\xb5\x2f\xfd")


def parse(body: bytes, headers: Headers, url: str, max_entries: int = feed_bounds.MAX_ENTRIES) -> ParsedFeed:
    """The feed in the body of one answer; `url` is where it came from, and the base of its relative references.

    Media types are not believed: what the bytes are decides. An entry has the id that the document gives it, also
    where others have it too. Raises ParseError with one fault where the bytes are no feed at all; for a page, the
    fault names the feed that the page points to.
    """
    if _BINARY.match(body):
        raise ParseError(Fault(url, "the answer is a binary file and no feed", "check the address of the feed"))
    text, findings = charset.decode(body, headers, url)
    if not text.strip():
        raise ParseError(Fault(url, "the answer is empty", "check the address of the feed"))
    return _parsed(text, findings, body, headers, url, max_entries)


def parse_part(text: str, headers: Headers, url: str, max_entries: int = feed_bounds.MAX_ENTRIES) -> ParsedFeed:
    """`parse` for the characters of a document that some of its entries were taken out of (see `feed_parts`)."""
    return _parsed(text, (), text.encode("utf-8", "surrogatepass"), headers, url, max_entries)


def _parsed(
    text: str, findings: tuple[Finding, ...], body: bytes, headers: Headers, url: str, max_entries: int
) -> ParsedFeed:
    if text.lstrip().startswith(("{", "[")):
        parsed = json_feed.parse(text, url, max_entries)
        numbered: list[Numbered] = [(0, entry) for entry in parsed.entries]
    else:
        parsed, numbered = _parse_xml(text, body, headers, url, max_entries)
    entries, doubtful = feed_repeats.once(numbered, url)
    told = with_hubs(parsed.feed, headers, url)
    return replace(parsed, feed=told, entries=entries, findings=findings + parsed.findings + doubtful)


def _parse_xml(
    text: str, body: bytes, headers: Headers, url: str, max_entries: int
) -> tuple[ParsedFeed, list[Numbered]]:
    if feed_xml.is_page(text):
        raise _no_feed(body, headers, url)
    text, cut = feed_bounds.bound_elements(text, url)
    text, findings = feed_bounds.bound_namespaces(feed_bounds.bound_tags(text), url)
    tree = feed_xml.tree(text, url)
    if cut:
        # Where we broke it off, the source is not to be told so.
        tree = feed_xml.Tree(tree.root, cut)
    root = feed_names.with_feed(tree.root)
    name = feed_xml.local_name(root)
    if name == "html":
        raise _no_feed(body, headers, url)
    if name not in _FEED_ROOTS:
        raise ParseError(
            Fault(url, f"its root element is <{name[:40]}>, which is no feed", "check the address of the feed")
        )
    findings += (*tree.findings, *feed_bounds.bound_attributes(root, url))
    feed_names.declare_prefixes(root)
    findings += tuple(feed_bounds.part_entries(root, url))
    findings += tuple(feed_bounds.bound_entries(root, url, max_entries))
    facts = feed_facts.facts(root, url)
    tidied = feed_tidy.tidied(root, url)
    try:
        feed, entries = feed_fields.read(tidied, facts, url)
    except ParseError:
        feed, entries = _one_by_one(root, tidied.texts, facts, url)
        lost = [fact.line for number, fact in enumerate(facts.entries) if number not in entries]
        what = "an entry cannot be read: elements stand in others where they may not"
        findings += tuple(Finding(FindingKind.SKIPPED, url, line, what, "send a valid feed") for line in lost)
    numbered = [(facts.entries[number].line, entries[number]) for number in sorted(entries)]
    return ParsedFeed(feed, (), findings, is_whole=tree.is_whole), numbered


def _one_by_one(
    root: etree._Element, texts: tuple[str, ...], facts: Facts, url: str
) -> tuple[SourceFeed, dict[int, SourceEntry]]:
    """What can be read of a feed that cannot be read whole."""
    feed, entries = SourceFeed(), {}
    for number, xml in enumerate(feed_tidy.singles(root)):
        try:
            read, entry = feed_fields.read(feed_tidy.Tidied(xml, texts), facts, url)
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
