"""The vocabularies of feeds, and how to find a word of them in a tree.

A word is a family and a local name, both in lower case: ("core", "title") is the title of RSS in any version and of
Atom, ("dc", "date") that of Dublin Core, whatever prefix a document gives it and however it spells its namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from finews_feeds.sources.feed_xml import AROUND_ENTRIES, ENTRY_NAMES, local_name, namespace, split_name
from finews_feeds.sources.references import absolute

#: What lxml calls the namespace of xml:lang and xml:base.
XML = "{http://www.w3.org/XML/1998/namespace}"
#: An author or a date longer than this is neither; patterns for them are slow on long text.
MAX_FIELD = 1000
#: The namespaces of Atom 1.0 and 0.3, in lower case.
ATOM = ("http://www.w3.org/2005/atom", "http://purl.org/atom/ns#")
_FAMILIES = {
    "": "core",
    "http://www.w3.org/2005/atom": "core",
    "http://purl.org/atom/ns#": "core",
    "http://purl.org/rss/1.0/": "core",
    "http://my.netscape.com/rdf/simple/0.9/": "core",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.pheedo.com/namespace/pheedo": "pheedo",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://web.resource.org/cc/": "cc",
    "http://creativecommons.org/ns#license": "cc",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
#: Namespaces of prefixes that documents use without declaring them, as feedparser knows them.
_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "pheedo": "http://www.pheedo.com/namespace/pheedo",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

#: The children of an element by the words that they are, those of one word in document order.
Children = Mapping[tuple[str, str], list[etree._Element]]


def words(spelled: str) -> frozenset[str]:
    """A set of names from a line of them."""
    return frozenset(spelled.split())


def declare_prefixes(root: etree._Element) -> None:
    """Gives names whose prefix the document does not declare the namespace that it means by it."""
    for element in root.iter():
        if element.tag[0] != "{" and ":" in element.tag:
            element.tag = _declared(element.tag)
        for key in [key for key in element.attrib if key[0] != "{" and ":" in key]:
            element.set(_declared(key), element.attrib[key])
            del element.attrib[key]


def _declared(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    known = _PREFIXES.get(prefix.lower())
    if known and _NAME.fullmatch(local):
        return f"{{{known}}}{local}"
    # A name that no reader looks for, so that `x:title` is not taken for a title.
    return "undeclared-" + re.sub(r"[^A-Za-z0-9]", "-", name)


def entries_of(parent: etree._Element, depth: int = 0) -> Iterator[etree._Element]:
    """The elements that hold an entry each, in document order; none of them stands in another."""
    for child in parent:
        kin, name = word(child)
        if name in ENTRY_NAMES and kin == "core":
            yield child
        elif name in AROUND_ENTRIES and depth < 4:
            yield from entries_of(child, depth + 1)


def with_feed(root: etree._Element) -> etree._Element:
    """The root of a feed; an Atom entry that is a document of its own (RFC 4287 §2) is put into one."""
    if local_name(root) != "entry" or namespace(root) not in ATOM:
        return root
    feed = etree.Element(root.tag[: -len("entry")] + "feed")
    feed.append(root)
    return feed


def head_of(root: etree._Element) -> etree._Element:
    """The element that holds what the feed says of itself: the root of Atom, the channel of RSS."""
    return next((child for child in root if local_name(child) == "channel"), root)


def base_at(element: etree._Element, url: str) -> str:
    """The base URI in force at an element (XML Base §4.2)."""
    bases = []
    above: etree._Element | None = element
    while above is not None:
        bases.append(above.get(f"{XML}base") or "")
        above = above.getparent()
    for base in reversed(bases):
        url = absolute(url, base) or url if base else url
    return url


def family(element: etree._Element) -> str:
    """The family that an element belongs to, "" for one that nobody here reads."""
    return word(element)[0]


def word(element: etree._Element) -> tuple[str, str]:
    """The family of an element and its local name."""
    return _word(element.tag, element.prefix is None)


@lru_cache(maxsize=1024)
def _word(tag: str, is_default: bool) -> tuple[str, str]:
    space, name = split_name(tag)
    # A default namespace that nobody knows (RSS 0.9x with one of its maker's own) changes nothing.
    return _FAMILIES.get(space) or ("core" if is_default or "userland" in space else ""), name


def children(element: etree._Element) -> Children:
    """The children of an element, to be asked for by their words."""
    found: dict[tuple[str, str], list[etree._Element]] = {}
    for child in element:
        found.setdefault(word(child), []).append(child)
    return found


def child_text(found: Children, kin: str, name: str) -> str:
    """The text of the first child that is this word and has any, "" where there is none."""
    return next(filter(None, map(all_text, found.get((kin, name), ()))), "")


def nested_texts(found: Children, name: str) -> list[str]:
    """The texts of what stands in a child of RSS: each hour in skipHours."""
    return [all_text(child) for outer in found.get(("core", name), ()) for child in outer]


def all_text(element: etree._Element) -> str:
    """The characters of an element and all in it, stripped."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name, however it is cased or qualified."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2].lower() == name:
            return value.strip()
    return ""
