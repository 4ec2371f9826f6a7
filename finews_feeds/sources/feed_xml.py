"""Characters to a tree: XML as it is sent, mended where it is broken, and harmless in any case.

A document that keeps the rules goes through a strict parser. Only one that does not is read token by token: bare
ampersands and angle brackets become text, HTML's names for characters become characters, a tag that was never closed
ends with its parent, an entry that was never closed ends where the next begins, and one that the document breaks off in
is left out, for what is there of it is not what its author wrote.

Nothing is ever fetched, and no entity is ever expanded: a document type is taken out before anything reads it, and a
reference to an entity of the document's own stays as the characters it was spelled with.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from html.entities import html5

from lxml import etree

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import Finding, FindingKind

#: The elements that hold one entry each, in all formats.
ENTRY_NAMES = frozenset({"item", "entry"})
#: The elements that may stand around entries.
AROUND_ENTRIES = frozenset({"rss", "rdf", "channel", "feed", "items"})
#: Elements that never hold one another, so that the start of one is the end of another.
_LEAVES = frozenset({"title", "link", "guid", "pubdate", "category", "description"})
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "wbr"})
#: libxml2 refuses a depth of 256; what is nested deeper than this loses its tags and keeps its text.
_MAX_DEPTH = 200
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})

_ROOT = re.compile(r"<\?xml\s|<(?:\w+:)?(?:rss|rdf|feed|channel|opml|html)[\s/>]", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed|channel)[\s/>]", re.IGNORECASE)
_PAGE_TYPE = re.compile(r"\s*<!DOCTYPE\s+html\b", re.IGNORECASE)
_PAGE_ROOT = re.compile("head|body|title|meta|link|base|script|style|div|p|br|hr|b|i|a|h[1-6]|center|font|pre|table")
_START = re.compile(r"<(?:\w+:)?([^\W\d][\w.-]*)")
_NO_ELEMENT = re.compile(r"<(?:!--.*?(?:-->|\Z)|[?!][^>]*(?:>|\Z))", re.DOTALL)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(
    r"""<!DOCTYPE(?:[^\[<>"']|"[^"]*"|'[^']*')*+(?:\[(?:[^\]"']|"[^"]*"|'[^']*')*+\]\s*)?>""", re.IGNORECASE
)
_TOKEN = re.compile(
    r"""<!\[CDATA\[(?P<cdata>.*?)(?P<cdata_end>\]\]>|\Z)
    | <!--.*?(?:-->|\Z)
    | <[!?][^>]*(?:>|\Z)
    | <(?P<end>/?)(?P<name>[^\W\d][\w.:-]*)(?P<attributes>(?:[^<>"']|"[^"<]*"|'[^'<]*')*+)>
    | <(?P<odd_end>/?)(?P<odd_name>[^\W\d][\w.:-]*)[^<>]*>
    | (?P<reference>&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|(?P<entity>[A-Za-z][A-Za-z0-9]{1,31}));)
    | [<&](?:[^<&]|<(?![^\W\d]|[/!?])|&(?![\#A-Za-z]))*+""",
    re.VERBOSE | re.DOTALL,
)


#: A namespace's declaration up to the quote that ends it.
_NAMESPACE = re.compile(r"""(\sxmlns(?::[\w.-]+)?\s*+=\s*+)("[^"]*+"|'[^']*+')""")


@dataclass(frozen=True, slots=True)
class Tree:
    """A document read: its root element, and what had to be mended."""

    root: etree._Element
    findings: tuple[Finding, ...] = ()
    #: False where the document breaks off: it ends inside an element.
    is_whole: bool = True


def tree(text: str, place: str) -> Tree:
    """The elements of a document; comments and processing instructions are left out.

    Raises ParseError where there is no element at all.
    """
    text = _without_declaration(text)
    # Entities of the document's own are never shown to a parser, however safe it is said to be.
    if "<!ENTITY" in text:
        return _mended(text, place, None)
    try:
        root = etree.fromstring(text.encode(), _parser(recover=False))
    except etree.XMLSyntaxError as error:
        return _mended(text, place, error)
    # A document type makes references to unknown entities legal, and they would be lost without a word.
    return _mended(text, place, None) if root.getroottree().docinfo.doctype else Tree(root)


def root_name(text: str) -> str:
    """The local name of a document's first element in lower case, "" where there is none."""
    start = _START.search(_NO_ELEMENT.sub("", text[:20_000]))
    return start.group(1).lower() if start else ""


def is_page(text: str) -> bool:
    """Whether a document is HTML, of which no tag but those around the text need be there (HTML §13.1.2.4).

    An error message in HTML that stands before a feed makes no page of it.
    """
    root = root_name(text)
    if root == "html" or not (_PAGE_ROOT.fullmatch(root) or _PAGE_TYPE.match(text)):
        return root == "html"
    return _FEED_ROOT.search(text) is None


def local_name(element: etree._Element) -> str:
    """An element's name in lower case, without namespace or prefix."""
    return split_name(element.tag)[1]


def namespace(element: etree._Element) -> str:
    """An element's namespace in lower case, as documents spell it in any; "" where it has none."""
    return split_name(element.tag)[0]


@lru_cache(maxsize=1024)
def split_name(tag: str) -> tuple[str, str]:
    """(namespace, local name) of a tag in lxml's notation, both in lower case."""
    space, _, name = tag.lower().removeprefix("{").rpartition("}")
    return space, name.rpartition(":")[2]


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )


def _mended(text: str, place: str, error: etree.XMLSyntaxError | None) -> Tree:
    findings = []
    text, has_entities = _without_doctype(text)
    if has_entities:
        what = "its document type declares entities; it was left out, and they were not expanded"
        findings.append(Finding(FindingKind.REPAIRED, place, 1, what, "send XML without a document type"))
    text, has_words_before = _from_root(text)
    if has_words_before:
        what = "something stands before its first element, and was left out"
        findings.append(Finding(FindingKind.REPAIRED, place, 1, what, "send nothing before the XML"))
    mender = _Mender()
    mended = mender.mend(text)
    if mender.torn_line is not None:
        kind = FindingKind.SKIPPED if mender.is_entry_torn else FindingKind.REPAIRED
        what = "it breaks off in the middle of an entry" if mender.is_entry_torn else "it breaks off before its end"
        findings.append(Finding(kind, place, mender.torn_line, what, "send the whole document"))
    if error is not None and not findings:
        what = f"it is no well-formed XML ({error.msg.partition(', line')[0]}); it was read as far as it goes"
        findings.append(Finding(FindingKind.REPAIRED, place, error.lineno or 0, what, "send well-formed XML"))
    try:
        element: etree._Element | None = etree.fromstring(mended.encode(), _parser(recover=True))
    except etree.XMLSyntaxError:
        element = None
    if element is None:
        raise ParseError(Fault(place, "there is no XML element in it", "check the address of the feed")) from error
    return Tree(element, tuple(findings), is_whole=mender.torn_line is None)


def _without_doctype(text: str) -> tuple[str, bool]:
    """The text without its document type, line for line, and whether that declared entities."""
    start, root = re.search("<!DOCTYPE", text, re.IGNORECASE), _ROOT.search(text)
    if start is None or (root and root.start() < start.start()):
        return text, False
    whole = _DOCTYPE.match(text, start.start())
    end = whole.end() if whole else root.start() if root else len(text)
    taken = text[start.start() : end]
    return text[: start.start()] + "\n" * taken.count("\n") + text[end:], "<!ENTITY" in taken.upper()


def _from_root(text: str) -> tuple[str, bool]:
    """The text from its XML declaration or root on, line for line, and whether anything but comments stood before."""
    root = _ROOT.search(text)
    if root is None or not _NO_ELEMENT.sub("", text[: root.start()]).strip():
        return text, False
    return "\n" * text.count("\n", 0, root.start()) + _without_declaration(text[root.start() :]), True


def _without_declaration(text: str) -> str:
    return _DECLARATION.sub(lambda match: "\n" * match.group().count("\n"), text)


@dataclass(slots=True)
class _Open:
    """An element that has begun; `at` is where its start tag stands in the output."""

    name: str
    spelled: str
    at: int
    line_at: int

    @property
    def is_entry(self) -> bool:
        return self.name.rpartition(":")[2] in ENTRY_NAMES


@dataclass(slots=True)
class _Mender:
    """One walk over the tokens of a broken document, with the elements that are open."""

    output: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    #: How many elements are open by each name, so that an end tag without a start need not look for one.
    names: Counter[str] = field(default_factory=Counter)
    #: Where in the stack the elements are that may stand around entries.
    around: list[int] = field(default_factory=list)
    #: Where the document breaks off, None where it does not; and whether that is inside an entry.
    torn_line: int | None = None
    is_entry_torn: bool = False

    def mend(self, text: str) -> str:
        at, is_cut = 0, False
        for token in _TOKEN.finditer(text):
            self.output.append(text[at : token.start()])
            at = token.end()
            is_cut = self._token(token) or is_cut
        self.output.append(text[at:])
        self._finish(text, is_cut)
        return "".join(self.output)

    def _token(self, token: re.Match[str]) -> bool:
        """Puts one token out; True where the document breaks off in it."""
        spelled = token.group()
        name = token.group("name") or token.group("odd_name")
        if name is not None:
            is_end = bool(token.group("end") or token.group("odd_end"))
            self._end(name) if is_end else self._start(name, token)
        elif token.group("cdata") is not None:
            if not token.group("cdata_end"):
                return True
            self.output.append(spelled)
        elif spelled[:2] not in ("<!", "<?"):
            self.output.append(_characters(token))
        return False

    def _start(self, name: str, token: re.Match[str]) -> None:
        lower = name.lower()
        self._close_before(lower)
        if len(self.stack) >= _MAX_DEPTH:
            return
        attributes = _attributes(token.group("attributes") or "")
        if attributes.endswith("/") or lower in _VOID:
            self.output.append(f"<{name}{attributes.rstrip('/')}/>")
            return
        if lower.rpartition(":")[2] in AROUND_ENTRIES:
            self.around.append(len(self.stack))
        self.stack.append(_Open(lower, name, len(self.output), token.start()))
        self.names[lower] += 1
        self.output.append(f"<{name}{attributes}>")

    def _close_before(self, name: str) -> None:
        """An entry does not begin inside an entry, nor a title inside a link."""
        if name.rpartition(":")[2] in ENTRY_NAMES:
            # A channel's link that was never closed must not swallow all entries.
            self._close_down_to(self.around[-1] + 1 if self.around else len(self.stack))
        elif name in _LEAVES and self.stack and self.stack[-1].name in _LEAVES:
            self._close_down_to(len(self.stack) - 1)

    def _end(self, name: str) -> None:
        lower = name.lower()
        if self.names[lower]:
            depth = len(self.stack) - 1
            while self.stack[depth].name != lower:
                depth -= 1
            self._close_down_to(depth)

    def _close_down_to(self, depth: int) -> None:
        while len(self.stack) > depth:
            closed = self.stack.pop()
            self.names[closed.name] -= 1
            self.output.append(f"</{closed.spelled}>")
        while self.around and self.around[-1] >= depth:
            self.around.pop()

    def _finish(self, text: str, is_cut: bool) -> None:
        if not self.stack and not is_cut:
            return
        self.torn_line = text.count("\n") + 1
        entry = next((depth for depth, open_ in enumerate(self.stack) if open_.is_entry), None)
        if entry is not None:
            torn = self.stack[entry]
            self.is_entry_torn = True
            self.torn_line = text.count("\n", 0, torn.line_at) + 1
            del self.output[torn.at :], self.stack[entry:]
        self._close_down_to(0)


def _attributes(spelled: str) -> str:
    """Attributes with their bare ampersands and foreign references mended, and no white space in namespaces' names."""
    if "xmlns" in spelled:
        spelled = _NAMESPACE.sub(lambda found: found[1] + "".join(found[2].split()), spelled)
    if "&" not in spelled:
        return spelled
    return _TOKEN.sub(_characters, spelled)


def _characters(token: re.Match[str]) -> str:
    """A reference, or text with ampersands and angle brackets that are no markup, as XML spells the characters."""
    if token.group("reference"):
        return _reference(token.group(), token.group("entity"))
    return token.group().replace("&", "&amp;").replace("<", "&lt;")


def _reference(spelled: str, entity: str | None) -> str:
    if entity is None:
        return spelled if _is_character(spelled) else ""
    if entity in _PREDEFINED:
        return spelled
    # HTML's own names are characters; an entity of the document's own stays as it was spelled.
    return html5.get(f"{entity};", "").replace("&", "&amp;").replace("<", "&lt;") or f"&amp;{entity};"


def _is_character(reference: str) -> bool:
    """Whether a numeric reference names a character that may stand in XML (XML 1.0 §2.2)."""
    digits = reference[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code < 0x110000
