"""What the checks of all formats share: the report that they write, and the judgement of single values.

Written apart from what the renderers use, and meant to stay so: a judge that shares its rules with the accused finds
nothing.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from lxml import etree
from lxml.etree import HTMLParser, XMLParser, _Element

from finews_feeds.errors import Fault


class Report:
    """The faults found so far in one document; `at` names what is being looked at."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._faults: list[Fault] = []
        self.at = ""

    def say(self, cause: str, mend: str) -> None:
        """Notes one fault, at the present place."""
        place = f"{self._document}: {self.at}" if self.at else self._document
        self._faults.append(Fault(place, cause, mend))

    def faults(self) -> tuple[Fault, ...]:
        """All faults in the order in which they were found, each once."""
        return tuple(dict.fromkeys(self._faults))


# --- values -------------------------------------------------------------------------------------------------------

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20\x7f-\xa0<>\"{}|\\^`%\ufffd]|%[0-9A-Fa-f]{2})+\Z")
_WEB_IRI = re.compile(r"https?://[^/?#:@]", re.IGNORECASE)
_RFC3339 = re.compile(
    r"(?P<whole>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?P<zone>Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII
)
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UT)\Z",
    re.ASCII,
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*\Z")
#: Each first letter and the second letters that it makes a code of ISO 639-1 with, former codes included.
_CODES = (
    "aabefkmnrsvyz baeghimnors caehorsuvy daevz eelnostu fafijory gadlnuv haeiortuyz iadegiknostuw jaiv "
    "kagijklmnorsuvwy labginotuv mghiklnorsty nabdeglnorvy ocjmrs pailst qu rmnouw sacdeghiklmnoqrstuvw "
    "taeghiklnorstwy ugkrz veio wao xh yio zahu"
)
_SECOND_LETTERS = {each[0]: each[1:] for each in _CODES.split()}
_BRACKET = re.compile(r"[\[\]]")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_MEDIA_TYPE = re.compile(
    r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+(?:\s*;\s*[^\s;=]+=(?:\"[^\"]*\"|[^\s;\"]+))*\Z"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
#: Nobody published a feed's entry before; RSS and Atom are younger, but posts are kept from earlier.
_FIRST_YEAR = 1970


def is_absolute_iri(text: str) -> bool:
    """Whether the text is an IRI with a scheme (RFC 3987), and with a host where the scheme is the web's."""
    if not _IRI.match(text):
        return False
    if _BRACKET.search(_AUTHORITY.sub("", text, count=1)):
        return False  # brackets hold an IPv6 address, and stand nowhere else (RFC 3986 §3.2.2)
    return _WEB_IRI.match(text) is not None if text.lower().startswith(("http:", "https:")) else True


def is_absolute_uri(text: str) -> bool:
    """The same in ASCII (RFC 3986), for formats that know no IRI."""
    return text.isascii() and is_absolute_iri(text)


def is_language(text: str) -> bool:
    """Whether the text is a language tag (RFC 5646) that can name a language: of two letters only those of ISO 639."""
    found = _LANGUAGE.match(text)
    if found is None:
        return False
    first, rest = found[1][0].lower(), found[1][1:].lower()
    return len(rest) == 2 or rest in _SECOND_LETTERS.get(first, "")


def is_media_type(text: str) -> bool:
    """Whether the text is a media type (RFC 6838), with or without parameters."""
    return _MEDIA_TYPE.match(text) is not None


def is_email(text: str) -> bool:
    """Whether the text matches RFC 4287 §3.2.3, which asks for little."""
    return _EMAIL.match(text) is not None


def read_rfc3339(text: str, report: Report) -> datetime | None:
    """The instant, or None and a fault (RFC 3339 §5.6, RFC 4287 §3.3)."""
    match = _RFC3339.match(text)
    try:
        instant = datetime.fromisoformat(match["whole"] + match["zone"]) if match else None
    except ValueError:  # February the 30th, hour 25
        instant = None
    return _plausible(instant, text, 'write an RFC 3339 date such as "2022-05-24T15:31:09+08:00"', report)


def read_rfc822(text: str, report: Report) -> datetime | None:
    """The instant, or None and a fault (RFC 822 with years of four digits, as RSS 2.0 asks)."""
    try:
        instant = parsedate_to_datetime(text) if _RFC822.match(text) else None
    except ValueError:
        instant = None
    if instant is not None and text[:3].isalpha() and text[:3] != _WEEKDAYS[instant.weekday()]:
        report.say(f"{text!r} names the wrong day of the week", "leave the day out or name the right one")
    if instant is not None and (instant.utcoffset() or timedelta()).seconds % 1800:
        report.say(f"{text!r} has an offset that validators doubt", "write the instant in UTC")
    return _plausible(instant, text, 'write an RFC 822 date such as "Tue, 24 May 2022 15:31:09 +0800"', report)


def _plausible(instant: datetime | None, text: str, mend: str, report: Report) -> datetime | None:
    if instant is None:
        report.say(f"{text!r} is no date", mend)
    elif instant.year < _FIRST_YEAR:
        report.say(f"{text!r} is an implausible date", "find the real one, or leave it out where it may be left out")
    return instant


# --- characters ---------------------------------------------------------------------------------------------------

_BAD_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
_ASTRAL = re.compile("[\U0001fffe-\U0010ffff]")


def check_characters(text: str, report: Report) -> None:
    """No controls, no C1, no surrogates, no noncharacters, no U+FFFD (DESIGN §5, XML 1.0 §2.2)."""
    bad = _BAD_CHARACTER.search(text)
    found = bad[0] if bad else next((c for c in _ASTRAL.findall(text) if ord(c) & 0xFFFE == 0xFFFE), "")
    if found:
        report.say(f"there is a forbidden character, U+{ord(found):04X}", "leave such characters out of all text")


# --- XML ----------------------------------------------------------------------------------------------------------


def read_xml(data: bytes, report: Report) -> _Element | None:
    """The root of a well-formed document in UTF-8 without a document type, or None and faults."""
    parser = XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        report.say(f"is not well-formed XML: {error}", "write it anew; strip what XML forbids before")
        return None
    info = root.getroottree().docinfo
    if info.doctype:
        report.say("has a document type declaration", "leave <!DOCTYPE …> out: feeds need no entities")
    if (info.encoding or "UTF-8").upper() not in ("UTF-8", "US-ASCII"):
        report.say(f"is encoded in {info.encoding}", "write UTF-8 and declare it")
    return root


# --- HTML ---------------------------------------------------------------------------------------------------------

_DOCUMENT_TAG = re.compile(r"<\s*/?\s*(html|head|body)[\s/>]", re.IGNORECASE)
_RISKY_TAG = re.compile(
    "applet|base|button|embed|form|frame|frameset|iframe|input|link|meta|noscript|object|param|script|select|style|textarea"
)
_URL_ATTRIBUTE = re.compile(
    "action|background|cite|classid|codebase|data|formaction|href|longdesc|manifest|ping|poster|profile|src"
)
_ABSOLUTE = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_SCRIPT_SCHEMES = frozenset({"javascript", "vbscript", "livescript", "mocha"})
_RISKY_STYLE = re.compile(
    r"url\s*\(|expression|javascript:|behaviou?r|-moz-binding|@import|position\s*:|\\", re.IGNORECASE
)
_WHITE = re.compile(r"[\x00-\x20]+")


def check_html(html: str, report: Report) -> None:
    """A fragment, not a document; nothing that runs, nothing that sends, every reference absolute."""
    check_characters(html, report)
    if _DOCUMENT_TAG.search(html):
        report.say("HTML is a whole document and not a fragment", "keep what stands inside <body> alone")
    root = etree.fromstring(f"<div>{html}</div>", HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True))
    for element in root.iter():
        if isinstance(element.tag, str):
            _check_tag(element, report)


def _check_tag(element: _Element, report: Report) -> None:
    tag = element.tag.lower()
    if _RISKY_TAG.fullmatch(tag):
        report.say(f"HTML has a <{tag}>", "clean the HTML through the allow-list")
    for name, value in element.attrib.items():
        _check_attribute(tag, name.lower(), value, report)
    if tag == "img" and {element.get("width"), element.get("height")} <= {"0", "1"}:
        report.say("HTML has a tracking pixel", "leave images of one pixel out")


def _check_attribute(tag: str, name: str, value: str, report: Report) -> None:
    if name.startswith("on"):
        report.say(f"HTML has an event handler, {name} on <{tag}>", "clean the HTML through the allow-list")
    elif name == "style" and _RISKY_STYLE.search(value):
        report.say(f"HTML has a dangerous style on <{tag}>: {value!r}", "clean the HTML through the allow-list")
    elif _URL_ATTRIBUTE.fullmatch(name):
        _check_reference(tag, name, value, report)
    elif name == "srcset":
        for candidate in re.findall(r"[^\s,]\S*[^\s,]", value):
            if not re.fullmatch(r"[\d.]+[wxh]", candidate):
                _check_reference(tag, name, candidate, report)


def _check_reference(tag: str, name: str, value: str, report: Report) -> None:
    scheme = _ABSOLUTE.match(_WHITE.sub("", value))
    if scheme is None:
        report.say(f"HTML has a relative reference, {name}={value!r} on <{tag}>", "resolve it against the entry's URL")
    elif scheme[1].lower() in _SCRIPT_SCHEMES or (scheme[1].lower() == "data" and tag != "img"):
        report.say(f"HTML has a reference that runs, {name}={value[:40]!r} on <{tag}>", "leave the attribute out")
