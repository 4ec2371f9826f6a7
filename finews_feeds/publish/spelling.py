"""How single values are spelled in a document of any format: text, IRIs, instants, languages, media types.

Nothing here knows what a feed is. Everything takes any string whatever and gives one that may stand, or "".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree

# --- text ---------------------------------------------------------------------------------------------------------

#: What XML 1.0 §2.2 forbids or discourages: controls but tab and line ends, C1, surrogates, noncharacters; and U+FFFD,
#: which only says that somebody could not decode. Two expressions, because one over both planes is eight times slower.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
_FORBIDDEN_ASTRAL = re.compile(
    "[" + "".join(f"{chr(p << 16 | 0xFFFE)}-{chr(p << 16 | 0xFFFF)}" for p in range(1, 17)) + "]"
)

#: Fits a text without any of those and without characters above U+FFFF; half the work of a search for the opposite.
#: Letter for letter what `normalize.text` has: Python compiles one expression once, and this one takes 3 ms.
_HARMLESS = re.compile("[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc]*+").fullmatch


def clean(text: str) -> str:
    """The text without the characters that XML forbids or that stand for undecodable bytes (DESIGN §5).

    Most texts are clean, and to see that costs a fraction of what the expressions cost.
    """
    return text if _HARMLESS(text) else _FORBIDDEN_ASTRAL.sub("", _FORBIDDEN.sub("", text))


def _is_printable(text: str) -> bool:
    """Whether Python would print every character, which it would not do with any that is forbidden but U+FFFD."""
    return text.isprintable() and "\ufffd" not in text


def one_line(text: str) -> str:
    """The clean text on one line: what names, titles and labels are."""
    if _is_printable(text):
        return text.strip()
    return " ".join(line.strip() for line in clean(text).strip().splitlines())


_BLOCK = re.compile(r"(?=</?(?:p|div|br|hr|li|dt|dd|h[1-6]|tr|td|th|blockquote|pre|figcaption)\b)", re.IGNORECASE)


def plain_text(html: str) -> str:
    """The words that a reader of this HTML sees, white space collapsed; "" where there are none."""
    spaced = _BLOCK.sub(" ", clean(html))
    tree = etree.fromstring(f"<div>{spaced}</div>", etree.HTMLParser(remove_comments=True, remove_pis=True))
    # Cleaned again, for a character reference may stand for what must not be written in any way.
    return " ".join(clean("".join(tree.itertext())).split())


#: The elements of Atom and RSS that hold plain text, up to what follows, and the attributes that do. Each begins with a
#: character of its own: what stands in between, whole articles, is skipped four times as fast as with a look behind.
_PLAIN_SPOT = re.compile(
    rb'<(?:title|subtitle|rights|name|category|source|dc:rights|(?:summary|content)(?: type="text")?>)[^<]*'
    rb'| (?:title|label)="[^"<]*'
)
#: What finds something wherever one of those has a reference in it: each skips from one `<`, or one name, to the next,
#: and all three together take a quarter of the time. Most entries have none.
_REFERRING = (
    re.compile(
        rb'<(?:title|subtitle|rights|name|category|source|dc:rights|(?:summary|content)(?: type="text")?>)[^<&]*+&'
    ),
    re.compile(rb' title="[^"<&]*+&'),
    re.compile(rb' label="[^"<&]*+&'),
)


def plainly(xml: bytes) -> bytes:
    """The same XML with `&` and `<` in plain text as hexadecimal references, so that nobody suspects markup.

    "S&amp;P500" in a title is right and looks to the W3C's validator, and to readers who decode twice, like an entity.
    The RSS Profile asks for `&#x26;` and `&#x3C;` there; to an XML parser it is all one. A title that speaks of "</b>"
    the validator suspects in every spelling, and only other words would content it: they are the publisher's, and stay.
    """
    if not any(each.search(xml) for each in _REFERRING):
        return xml
    return _PLAIN_SPOT.sub(lambda spot: spot[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), xml)


def shortened(text: str, limit: int) -> str:
    """The text, or its first `limit` characters and an ellipsis."""
    return text if len(text) <= limit else text[:limit].rstrip() + "…"


# --- identifiers --------------------------------------------------------------------------------------------------

#: What nearly all are, seen with one look.
_COMMON_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:(?:[!#$&-;=?-Z\[\]_a-z~]++|%[0-9A-Fa-f]{2})++\Z")
_COMMON_URL = re.compile(
    r"https?://[A-Za-z0-9.-]++(?::[0-9]++)?+(?:[/?](?:[!$&-;=?-Z_a-z~]++|%[0-9A-Fa-f]{2})*+)?+(?:#(?:[!$&-;=?-Z_a-z~]++|%[0-9A-Fa-f]{2})*+)?+\Z"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=.)")
#: What RFC 3987 §2.2 has no place for, and a percent sign that begins no escape.
_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f-\xa0\u2028\u2029\u3000]|%(?![0-9A-Fa-f]{2})")
_LINE_ENDS = re.compile(r"[\t\r\n]")
_WEB = re.compile("https?:", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?[^/?#@:\s]", re.IGNORECASE)
#: What stands before a host, the host, and the rest up to the second number sign, which RFC 3986 §3.5 has no place for.
_PARTS = re.compile(r"([a-z]+://(?:[^/?#@]*@)?)(\[[^\]]*\]|[^/?#:\[]*)([^#]*#?)(.*)", re.IGNORECASE | re.DOTALL)
_NO_URI = re.compile(r"[^\x00-\x7f]|[\[\]]")

#: Schemes that a link in a feed may lead to; no `javascript:`, `data:`, `file:`. The W3C's validator misses `magnet` in
#: IANA's registry, and non-ASCII characters in an id make it ask for a URI: RFC 4287 asks for an IRI, and without the
#: one link, or with another id, readers would be the poorer.
_LINKED = frozenset({"http", "https", "ftp", "magnet", "mailto"})


def is_iri(text: str) -> bool:
    """Whether the text is an absolute IRI (RFC 3987 §2.2) and could be compared character by character."""
    if _COMMON_URL.match(text):
        return True
    if _WEB.match(text) and not _HOST.match(text):
        return False
    if _COMMON_IRI.match(text):
        return True
    return _SCHEME.match(text) is not None and _NO_IRI.search(text) is None and clean(text) == text


def link_uri(text: str) -> str:
    """The text as the target of a link: an absolute URI (RFC 3986) of a harmless scheme; or "".

    Tabs and line ends go, as in the WHATWG's URL parser; what a URI may not hold is escaped, which leads every browser
    to the same place. RFC 4287 would take an IRI, but RSS has no place for one, and the W3C's validator takes a long
    path of Chinese for an error; so what is not ASCII is spelled as RFC 3987 §3.1 says.
    """
    if _COMMON_URL.match(text):
        return text
    text = _NO_IRI.sub(_escaped, _LINE_ENDS.sub("", clean(text).strip()))
    scheme = text.partition(":")[0].lower()
    if scheme not in _LINKED or not _SCHEME.match(text):
        return ""
    if scheme in ("http", "https") and not _HOST.match(text):
        return ""
    return _as_uri(text) if _can_be_split(text) else ""


def _as_uri(iri: str) -> str:
    parts = _PARTS.fullmatch(iri)
    if parts is None:
        return _NO_URI.sub(_escaped, iri)
    before, host_name, after, fragment = parts.groups()
    rest = _NO_URI.sub(_escaped, after + fragment.replace("#", "%23"))
    return _NO_URI.sub(_escaped, before) + _ascii_host(host_name) + rest


def _ascii_host(name: str) -> str:
    """A host as the domain name system has it (UTS 46), or else percent-encoded (RFC 3986 §3.2.2)."""
    if name.isascii():
        return name
    import idna

    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return _NO_URI.sub(_escaped, name)


def _can_be_split(url: str) -> bool:
    """False for hosts with stray brackets and the like, at which Python's own reader, and so other readers, raise."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def host(url: str) -> str:
    """The host of a URL that `link_uri` gave, or of one of the site's own; "" where there is none."""
    return (urlsplit(url).hostname or "") if url else ""


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


#: Two letters of ISO 639-1, with the codes that it had once, or three of any later part. Two letters that are no
#: language are mostly a country ("cn", "jp"); four and more have never been given out.
_LANGUAGE = re.compile(
    r"(?:a[abefkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]|h[aeiortuyz]|i[adegiknostuw]"
    r"|j[aiv]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnorsty]|n[abdeglnorvy]|o[cjmrs]|p[ailst]|qu|r[mnouw]"
    r"|s[acdeghiklmnoqrstuvw]|t[aeghiklnorstwy]|u[gkrz]|v[eio]|w[ao]|xh|y[io]|z[ahu]|[a-z]{3})(?:-[a-z0-9]{1,8})*\Z",
    re.IGNORECASE | re.ASCII,
)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+\Z")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")


@lru_cache(maxsize=256)
def language(text: str) -> str:
    """The language tag (RFC 5646 §2.1), as spelled, or "" for what names no language of ISO 639.

    Underscores, as locales have them, become hyphens.
    """
    text = text.strip().replace("_", "-")
    return text if _LANGUAGE.match(text) else ""


def media_type(text: str) -> str:
    """The media type (RFC 6838 §4.2) without its parameters, or ""."""
    text = text.partition(";")[0].strip()
    return text if _MEDIA_TYPE.match(text) else ""


def email_address(text: str) -> str:
    """The address where it is one that nobody could doubt, or ""."""
    text = text.strip()
    return text if _EMAIL.match(text) else ""


# --- instants -----------------------------------------------------------------------------------------------------


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zoned(instant: datetime, zone: tzinfo) -> datetime:
    """The instant in a zone, or in UTC where the zone's offset then was no whole minutes or leaves the calendar.

    RFC 3339 §4.2 and RFC 5322 §3.3 know hours and minutes only; Shanghai's local mean time, until 1901, was
    +08:05:43. An instant that lacks a zone is UTC, as everywhere in `model`: never the zone of the process.
    """
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        local = instant.astimezone(zone)
    except OverflowError:
        return instant.astimezone(UTC)
    offset = local.utcoffset() or timedelta()
    return local if offset.seconds % 60 == 0 and not offset.microseconds else instant.astimezone(UTC)


def rfc3339(instant: datetime, zone: tzinfo) -> str:
    """The instant in a zone as "2022-05-24T15:31:09+08:00", with a fraction only where there is one (RFC 3339 §5.6)."""
    return zoned(instant, zone).isoformat()


def rfc822(instant: datetime, zone: tzinfo) -> str:
    """The instant in a zone as "Tue, 24 May 2022 15:31:09 +0800" (RFC 5322 §3.3), English under any locale.

    In UTC where the offset is no half hours: validators doubt the +0545 of Kathmandu.
    """
    at = zoned(instant, zone)
    if (at.utcoffset() or timedelta()).seconds % 1800:
        at = at.astimezone(UTC)
    # `email.utils` does the same, and loads sockets for it
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S %z}"
