"""How much of a document is read at all, so that no source can keep the program busy by what it sends.

What costs more than its bytes, each found by running it: lxml walks over all attributes before the one that it is asked
for, as does the reader under feedparser; it looks for the namespace of every element that is taken out; feedparser
compares a term with all before it, asks all prefixes in use about every element without one, and takes some twenty
microseconds for any element. So elements and namespaces are counted in the characters, before there is a tree, where
most of too many attributes are left out as well; the others, and terms, before anything walks over them. Depth needs no
count: libxml2 refuses 256 levels, the mender 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from finews_feeds.model import Finding, FindingKind
from finews_feeds.sources.feed_names import XML, all_text, entries_of
from finews_feeds.sources.feed_xml import ENTRY_NAMES, local_name

#: Entries beyond this, in document order, are left out where the config has no other word.
MAX_ENTRIES = 5_000
#: Elements in all; 5,000 entries of a common feed have some 50,000.
MAX_ELEMENTS = 80_000
#: Attributes of one element, in document order; feeds have ten at most.
MAX_ATTRIBUTES = 100
#: Namespace prefixes in all; podcasts have some twenty.
MAX_PREFIXES = 64
#: Categories and keywords of one entry.
MAX_TERMS = 64
#: Characters of an xml:base, which is joined with every reference below it.
MAX_BASE = 1_000

#: Namespace declarations in all; XHTML in every entry makes one each.
MAX_DECLARATIONS = 20_000

_TAG = re.compile(
    r"""<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<[^\W\d](?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+""", re.DOTALL
)
_DECLARATION = re.compile(r"""\sxmlns(?::([\w.-]+))?\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(r"""\s[^\s=<>"'/]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_WIDE = etree.XPath(f"//*[count(@*) > {MAX_ATTRIBUTES}]")
_TERMS = frozenset({"category", "subject", "keywords"})
_NESTED = etree.XPath(
    "//*[local-name() = 'item' or local-name() = 'entry']/*[local-name() = 'item' or local-name() = 'entry']"
    "[namespace-uri() = namespace-uri(..)]"
)
_LONG_BASES = etree.XPath(f"//*[string-length(@xml:base) > {MAX_BASE}]")


def bound_elements(text: str, url: str) -> tuple[str, tuple[Finding, ...]]:
    """The document up to its last element that is read; where it is cut, it is broken and wants mending."""
    if text.count("<") <= MAX_ELEMENTS:
        return text, ()
    starts = (tag.start() for tag in _TAG.finditer(text) if tag[0][1:2] != "!")
    end = next(islice(starts, MAX_ELEMENTS, None), None)
    if end is None:
        return text, ()
    what = f"it has more than {MAX_ELEMENTS} elements; what stands from here on was left out"
    line = text.count("\n", 0, end) + 1
    return text[:end], (Finding(FindingKind.SKIPPED, url, line, what, "publish fewer entries in one document"),)


def bound_tags(text: str) -> str:
    """The document without most of the attributes of elements that have far too many: in a tree each takes 200 bytes.

    One more than the bound is left, for `bound_attributes` to tell of.
    """
    # to count one character takes a tenth of the time of counting two
    if text.count("=") <= MAX_ELEMENTS or text.count('="') + text.count("='") <= MAX_ELEMENTS:
        return text
    return _TAG.sub(_shortened, text)


def _shortened(tag: re.Match[str]) -> str:
    spelled = tag[0]
    if spelled[1] == "!" or len(spelled) < 4 * MAX_ATTRIBUTES:
        return spelled
    end = next(islice((each.end() for each in _ATTRIBUTE.finditer(spelled)), MAX_ATTRIBUTES, None), None)
    return spelled if end is None else spelled[:end] + ("/" if spelled.endswith("/") else "")


def bound_namespaces(text: str, url: str) -> tuple[str, tuple[Finding, ...]]:
    """The document with its first namespace declarations alone; a name with another prefix is one that nobody reads."""
    if text.count("xmlns") <= MAX_PREFIXES:
        return text, ()
    declared = _Declared()
    text = _TAG.sub(declared.bounded, text)
    if not declared.left_out:
        return text, ()
    what = f"{declared.left_out} namespace declarations beyond {MAX_PREFIXES} prefixes and {MAX_DECLARATIONS} in all"
    finding = Finding(FindingKind.REPAIRED, url, 0, f"{what} were left out", "declare each once, at the root")
    return text, (finding,)


@dataclass(slots=True)
class _Declared:
    """One walk over the tags of a document, and the prefixes that were declared so far."""

    prefixes: set[str] = field(default_factory=set)
    kept: int = 0
    left_out: int = 0

    def bounded(self, tag: re.Match[str]) -> str:
        spelled = tag[0]
        return spelled if spelled[1] == "!" or "xmlns" not in spelled else _DECLARATION.sub(self._declaration, spelled)

    def _declaration(self, declaration: re.Match[str]) -> str:
        prefix = declaration[1] or ""
        is_known = prefix in self.prefixes or len(self.prefixes) < MAX_PREFIXES
        if not is_known or self.kept == MAX_DECLARATIONS:
            self.left_out += 1
            return " "
        self.prefixes.add(prefix)
        self.kept += 1
        return declaration[0]


def bound_attributes(root: etree._Element, url: str) -> Iterator[Finding]:
    """Takes from the tree the attributes that are beyond the bounds; a finding for each kind."""
    wide = _found(_WIDE, root)
    for element in wide:
        for key in list(element.attrib)[MAX_ATTRIBUTES:]:
            del element.attrib[key]
    if wide:
        what = f"{len(wide)} elements have more than {MAX_ATTRIBUTES} attributes; the others were left out"
        yield Finding(FindingKind.REPAIRED, url, wide[0].sourceline or 0, what, "send elements as the format has them")
    for element in _found(_LONG_BASES, root):
        del element.attrib[f"{XML}base"]
        what = f"an xml:base is longer than {MAX_BASE} characters, and was left out"
        yield Finding(FindingKind.REPAIRED, url, element.sourceline or 0, what, "send a shorter address")


def part_entries(root: etree._Element, url: str) -> Iterator[Finding]:
    """Puts entries that stand in others behind these: somebody forgot an end tag, and another one made up for it."""
    inner = _found(_NESTED, root)
    for entry in reversed(inner):
        outer = entry
        while (above := outer.getparent()) is not None and local_name(above) in ENTRY_NAMES:
            outer = above
        outer.addnext(entry)
    if inner:
        what = f"{len(inner)} entries stand inside others; each was read by itself"
        mend = "end every entry before the next one"
        yield Finding(FindingKind.REPAIRED, url, inner[0].sourceline or 0, what, mend)


def bound_entries(root: etree._Element, url: str, max_entries: int = MAX_ENTRIES) -> Iterator[Finding]:
    """Takes from the tree the entries that are beyond the bounds, and from the others the terms that are."""
    entries = list(entries_of(root))
    left_off = entries[max_entries:]
    for entry in left_off:
        parent = entry.getparent()
        if parent is not None:
            parent.remove(entry)
    if left_off:
        what = f"{len(left_off)} entries beyond the first {max_entries} were left out"
        yield Finding(FindingKind.SKIPPED, url, 0, what, "publish fewer entries in one document")

    for entry in entries[:max_entries]:
        if _bound_terms(entry):
            what = f"an entry has more than {MAX_TERMS} categories and keywords; the others were left out"
            yield Finding(
                FindingKind.REPAIRED, url, entry.sourceline or 0, what, "give every entry the few that fit it"
            )


def _bound_terms(entry: etree._Element) -> bool:
    """Leaves the first terms of an entry; True where there were more."""
    room = MAX_TERMS
    is_cut = False
    for element in [each for each in entry.iter() if local_name(each) in _TERMS]:
        terms = all_text(element).split(",") if local_name(element) == "keywords" else [""]
        if len(terms) > room:
            is_cut = True
            _shorten(element, ",".join(terms[:room]))
        room -= min(room, len(terms))
    return is_cut


def _shorten(element: etree._Element, text: str) -> None:
    parent = element.getparent()
    if text:
        del element[:]
        element.text = text
    elif parent is not None:
        parent.remove(element)


def _found(path: etree.XPath, root: etree._Element) -> list[etree._Element]:
    found = path(root)
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []
