"""A feed's tree as feedparser is to be given it: well-formed, small, and with its traps taken out.

What feedparser 6 makes of other words of an entry, each found by running it: the second of two descriptions
(`itunes:summary`, `media:description`) becomes the content; title and link of an element inside an entry overwrite the
entry's own; a link without a type gets `text/html`; text in Latin letters that could be UTF-8 read as Latin-1 is
"repaired", so that a title about such a mishap says something else; authors and dates of great length take minutes. So
elements that nobody asks for are taken out (which makes it faster, too), and the rest is spelled so that it stays.

Each element costs feedparser some 25 microseconds, and each character of a text beyond ASCII one look into a table.
So what `feed_facts` reads is not shown to it either, and for long markup, of which it changes nothing, a short sign
stands in the XML: the place of the text in `Tidied.texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from finews_feeds.sources.feed_names import (
    MAX_FIELD,
    XML,
    attribute,
    base_at,
    entries_of,
    word,
    words,
)
from finews_feeds.sources.feed_xml import AROUND_ENTRIES, ENTRY_NAMES, local_name
from finews_feeds.sources.references import absolute

#: An element of ours in every entry; its attribute `at` is the entry's place in the document, from 0.
NUMBER = "finewsnumber"
#: Put into text that feedparser would "repair"; a noncharacter, so that no document brings it along.
SHIELD = "\ufdd0"
#: Stands before and behind the place of a text that is not in the XML; another noncharacter.
HIDDEN = "\ufdd1"
_MISDECODED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")
#: Stands for a type that is not there; feedparser would say text/html.
NO_TYPE = "unknown/unknown"

_IN_ENTRY = {
    "core": words(
        "title link description pubdate category keywords enclosure source content summary published updated issued "
        "modified created rights copyright body fullitem"
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
#: What of this nobody asks for; it stays where elements that were never closed made it hold others.
_NEEDLESS = words("description subtitle tagline id")
#: A feed that says more of itself than this says it over and over.
_MAX_HEAD = 500
_SHORT = words("author creator managingeditor pubdate lastbuilddate date published updated issued modified created")
#: Words that hold characters alone; feedparser loses its way where they hold elements.
_FLAT = _SHORT | words("link category keywords enclosure license subject")
#: Words that may hold markup, and which type they have where they do not say.
_MARKUP = {
    ("content", "encoded"): "text/html",
    ("core", "description"): "text/html",
    ("core", "summary"): "text/plain",
    ("core", "content"): "text/plain",
}
_LANG = f"{XML}lang"
_HTML_TYPES = frozenset({"html", "text/html"})
#: Markup shorter than this is not worth a sign.
_LONG = 100
#: Fits what has no C1 controls: feedparser reads them as Windows-1252 has them.
_WITHOUT_C1 = re.compile("[^\x80-\x9f]*+").fullmatch
#: Where the text of an entry stands, best first; feedparser is shown the first kind alone.
_SUMMARIES = ("core", "dc", "itunes", "media")
_MEDIA = ("{http://search.yahoo.com/mrss/}*", "{http://search.yahoo.com/mrss}*")

#: An element, its family and its local name.
_Word = tuple[etree._Element, str, str]


@dataclass(frozen=True, slots=True)
class Tidied:
    """A document for feedparser, and the long texts that are not in it."""

    xml: bytes
    texts: tuple[str, ...]


def tidied(root: etree._Element, url: str) -> Tidied:
    """The document with its entries, each numbered from 0 in an element `NUMBER`; changes the tree."""
    texts: list[str] = []
    for number, entry in enumerate(list(entries_of(root))):
        _prune_entry(entry, url, texts)
        etree.SubElement(entry, NUMBER, at=str(number))
    return Tidied(_serialised(root), tuple(texts))


def singles(root: etree._Element) -> Iterator[bytes]:
    """The XML of a tidied tree once more for each of its entries, with that one alone, and before without any."""
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


def _prune_entry(entry: etree._Element, url: str, texts: list[str]) -> None:
    """Leaves what feedparser is to read, one summary and one title among it; long markup goes to `texts`."""
    said = list(_pruned(entry))
    for element, kin, name in said:
        if kin == "core" and name == "link":
            _complete_link(element, url)
        elif (kin, name) in _MARKUP:
            _hide_markup(element, _MARKUP[kin, name], texts)
    grouped = [(inner, *word(inner)) for element, kin, _ in said if kin == "media" for inner in element.iter(*_MEDIA)]
    _keep_best(said + grouped, ("description", "summary"), _SUMMARIES)
    _keep_best(said + grouped, ("title",), ("core", "dc", "media"))


def _pruned(entry: etree._Element) -> Iterator[_Word]:
    """The words of an entry that are left."""
    for child in list(entry):
        kin, name = word(child)
        if name not in _IN_ENTRY.get(kin, ()):
            entry.remove(child)
            continue
        if len(child) and name in _FLAT:
            text = "".join(child.itertext())
            for element in list(child):
                child.remove(element)
            child.text = text
        yield child, kin, name


def _complete_link(link: etree._Element, url: str) -> None:
    if link.get(f"{XML}base"):
        link.set("href", absolute(base_at(link, url), attribute(link, "href")))
    if attribute(link, "href") and not attribute(link, "type"):
        link.set("type", NO_TYPE)


def _hide_markup(element: etree._Element, default: str, texts: list[str]) -> None:
    """Moves what feedparser would surely take for HTML, and leave as it is, from an element to `texts`."""
    text = element.text
    if not text or len(text) < _LONG or len(element):
        return
    attributes = {key: value for key, value in element.attrib.items() if key != _LANG}
    if attributes.pop("type", default).lower() in _HTML_TYPES and not attributes and _WITHOUT_C1(text):
        element.text = f"{HIDDEN}{len(texts)}{HIDDEN}"
        texts.append(text)


def _keep_best(said: list[_Word], names: tuple[str, ...], families: tuple[str, ...]) -> None:
    """Of elements that say the same in several vocabularies, leaves those of the first vocabulary."""
    found = [(element, kin) for element, kin, name in said if name in names]
    kins = {kin for _, kin in found}
    best = next((kin for kin in families if kin in kins), None)
    for element, kin in found:
        if kin != best:
            _remove(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _prune_around(parent: etree._Element, depth: int = 0) -> None:
    """Leaves of all that stands outside entries what feedparser is to read of the feed itself."""
    kept = 0
    for child in list(parent):
        kin, name = word(child)
        if name in AROUND_ENTRIES and depth < 4:
            _prune_around(child, depth + 1)
        elif name in ENTRY_NAMES and kin == "core":
            continue
        elif name not in _IN_FEED.get(kin, ()) or kept == _MAX_HEAD or (name in _NEEDLESS and not len(child)):
            parent.remove(child)
        else:
            kept += 1


def _serialised(root: etree._Element) -> bytes:
    _prune_around(root)
    # Bases are read; feedparser would join and check them at every tag.
    etree.strip_attributes(root, f"{XML}base", "base")
    for element in root.iter():
        text, tail = element.text, element.tail
        if text:
            _spell(element, text)
        if tail and not tail.isascii():
            element.tail = _shielded(tail)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _spell(element: etree._Element, text: str) -> None:
    shown = text if text.isascii() else _shielded(text)
    if len(shown) > MAX_FIELD and local_name(element) in _SHORT:
        shown = shown[:MAX_FIELD]
    # Every reference is an event of its own to feedparser, every section a single one: three times as fast.
    if ("<" in shown or "&" in shown) and len(element) == 0 and "]]>" not in shown:
        element.text = etree.CDATA(shown)
    elif shown is not text:
        element.text = shown


def _shielded(text: str) -> str:
    return text + SHIELD if _MISDECODED.search(text) else text
