"""A feed's tree as feedparser is to be given it: well-formed, small, and with its traps taken out.

What feedparser 6 makes of other words of an entry, each found by running it: the second of two descriptions
(`itunes:summary`, `media:description`) becomes the content; title and link of an element inside an entry overwrite the
entry's own; a link without a type gets `text/html`; text in Latin letters that could be UTF-8 read as Latin-1 is
"repaired", so that a title about such a mishap says something else; authors and dates of great length take minutes. So
elements that nobody asks for are taken out (which makes it faster, too), and the rest is spelled so that it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from finews_feeds.sources.feed_names import (
    MAX_FIELD,
    XML,
    attribute,
    base_at,
    children,
    entries_of,
    family,
    words,
)
from finews_feeds.sources.feed_xml import AROUND_ENTRIES, ENTRY_NAMES, local_name
from finews_feeds.sources.references import absolute

#: An element of ours in every entry; its text is the entry's place in the document, from 0.
NUMBER = "finewsnumber"
#: Put into text that feedparser would "repair"; a noncharacter, so that no document brings it along.
SHIELD = "\ufdd0"
_MISDECODED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")
#: Stands for a type that is not there; feedparser would say text/html.
NO_TYPE = "unknown/unknown"

_IN_ENTRY = {
    "core": words(
        "title link description guid pubdate category keywords enclosure source content summary id published "
        "updated issued modified created rights copyright body fullitem"
    ),
    "dc": words("title description subject date rights"),
    "dcterms": words("created issued modified"),
    "content": frozenset({"encoded"}),
    "media": words("content thumbnail group category keywords title description"),
    "itunes": words("keywords summary image"),
    "cc": frozenset({"license"}),
    "creativecommons": frozenset({"license"}),
    "xhtml": frozenset({"body"}),
}
_IN_FEED = {
    "core": words("title link description subtitle tagline copyright rights pubdate lastbuilddate id updated modified"),
    "dc": words("title date rights"),
}
#: A feed that says more of itself than this says it over and over.
_MAX_HEAD = 500
_SHORT = words("author creator managingeditor pubdate lastbuilddate date published updated issued modified created")
#: Words that hold characters alone; feedparser loses its way where they hold elements.
_FLAT = _SHORT | words("link guid id category keywords enclosure license subject")
#: Where the text of an entry stands, best first; feedparser is shown the first kind alone.
_SUMMARIES = ("core", "dc", "itunes", "media")


def tidied(root: etree._Element, url: str) -> bytes:
    """The document with its entries, each numbered from 0 in an element `NUMBER`; changes the tree."""
    for number, entry in enumerate(list(entries_of(root))):
        _prune_entry(entry, url)
        etree.SubElement(entry, NUMBER).text = str(number)
    return _serialised(root)


def singles(root: etree._Element) -> Iterator[bytes]:
    """A tidied document once more for each of its entries, with that one alone, and before them without any."""
    entries = list(entries_of(root))
    for entry in entries:
        _remove(entry)
    yield etree.tostring(root, encoding="utf-8", xml_declaration=True)
    # a copy, because lxml makes no element anew whose namespaces are no URIs
    alone = deepcopy(root)
    del alone[:]
    for entry in entries:
        alone.append(entry)
        yield etree.tostring(alone, encoding="utf-8", xml_declaration=True)
        alone.remove(entry)


def _prune_entry(entry: etree._Element, url: str) -> None:
    """Leaves what feedparser is to read, one summary and one title among it."""
    _prune(entry, _IN_ENTRY)
    _keep_best(entry, ("description", "summary"), _SUMMARIES)
    _keep_best(entry, ("title",), ("core", "dc", "media"))
    for link in children(entry, "core", "link"):
        if link.get(f"{XML}base"):
            link.set("href", absolute(base_at(link, url), attribute(link, "href")))
        if attribute(link, "href") and not attribute(link, "type"):
            link.set("type", NO_TYPE)


def _keep_best(entry: etree._Element, names: tuple[str, ...], families: tuple[str, ...]) -> None:
    """Of elements that say the same in several vocabularies, leaves those of the first vocabulary."""
    found = [element for element in _with_groups(entry) if local_name(element) in names]
    best = next((kin for kin in families if any(family(element) == kin for element in found)), None)
    for element in found:
        if family(element) != best:
            _remove(element)


def _with_groups(entry: etree._Element) -> Iterator[etree._Element]:
    """The children of an entry, and what stands in media:group and media:content."""
    for child in entry:
        yield child
        if family(child) == "media":
            yield from child.iter("{http://search.yahoo.com/mrss/}*", "{http://search.yahoo.com/mrss}*")


def _prune(parent: etree._Element, wanted: dict[str, frozenset[str]]) -> None:
    for child in list(parent):
        if local_name(child) not in wanted.get(family(child), ()):
            _remove(child)
        elif local_name(child) in _FLAT and len(child):
            text = "".join(child.itertext())
            for element in list(child):
                child.remove(element)
            child.text = text


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _prune_around(parent: etree._Element, depth: int = 0) -> None:
    """Leaves of all that stands outside entries what feedparser is to read of the feed itself."""
    kept = 0
    for child in list(parent):
        name = local_name(child)
        if name in AROUND_ENTRIES and depth < 4:
            _prune_around(child, depth + 1)
        elif name in ENTRY_NAMES and family(child) == "core":
            continue
        elif name not in _IN_FEED.get(family(child), ()) or kept == _MAX_HEAD:
            parent.remove(child)
        else:
            kept += 1


def _serialised(root: etree._Element) -> bytes:
    _prune_around(root)
    # Bases are read; feedparser would join and check them at every tag.
    etree.strip_attributes(root, f"{XML}base", "base")
    for element in root.iter():
        text = _shielded(element.text)
        if text is not None and local_name(element) in _SHORT:
            text = text[:MAX_FIELD]
        element.tail = _shielded(element.tail)
        # Every reference is an event of its own to feedparser, every section a single one: three times as fast.
        is_section = text is not None and len(element) == 0 and ("<" in text or "&" in text) and "]]>" not in text
        element.text = etree.CDATA(text) if text is not None and is_section else text
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _shielded(text: str | None) -> str | None:
    return text + SHIELD if text and _MISDECODED.search(text) else text
