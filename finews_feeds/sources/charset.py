"""Bytes to characters: which encoding a document is really in, whatever it and its server say.

The order is that of RFC 7303 §3 (which ends the rule that `text/xml` without a charset is ASCII): a byte order mark,
then the `charset` of the Content-Type, then the XML declaration, then UTF-8. The first that decodes every byte is
taken, with three exceptions learnt from servers that stamp one charset on everything they send: well-formed UTF-8 with
characters beyond ASCII is UTF-8 whatever single-byte charset it is called, Latin-1 that reads as Chinese, Japanese,
Korean or Russian is that, and a declared UTF-16 whose bytes are plainly not 16 bits wide is ignored. What no
declaration fits is judged by its commonest characters. Labels mean what browsers mean by them (WHATWG Encoding §4.2):
GB2312 is GB18030, ISO-8859-1 is Windows-1252, Shift_JIS is code page 932.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from finews_feeds.model import Finding, FindingKind, Headers

#: Other labels are taken as Python spells them, if they are one of `_KNOWN`.
_LABELS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
}
_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "iso2022_jp"})
_SINGLE = frozenset(
    {f"iso8859-{part}" for part in range(2, 17)}
    | {f"cp125{page}" for page in range(9)}
    | {"cp866", "cp874", "koi8-r", "koi8-u", "mac-roman"}
)
_KNOWN = _WIDE | _MULTIBYTE | _SINGLE | {"utf-8"}

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What "<" or "{" looks like at the start of a wide document without a byte order mark (XML 1.0 appendix F).
_WIDE_STARTS = (
    (re.compile(rb"(?:[ \t\r\n]\0\0\0)*+[<{]\0\0\0"), "utf-32-le"),
    (re.compile(rb"(?:\0\0\0[ \t\r\n])*+\0\0\0[<{]"), "utf-32-be"),
    (re.compile(rb"(?:[ \t\r\n]\0)*+[<{]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"(?:\0[ \t\r\n])*+\0[<{]\0[^\0]"), "utf-16-be"),
)
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""", re.IGNORECASE)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)

#: For each encoding that documents forget to declare, the characters that its languages use most.
_COMMONEST = {
    "gb18030": frozenset("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出年会月日，。"),
    "big5hkscs": frozenset("的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出年會月日，。"),
    "cp932": frozenset("のにはをたがでとしれさるいなもっ、。年日ンスト"),
    "euc_jp": frozenset("のにはをたがでとしれさるいなもっ、。年日ンスト"),
    "cp949": frozenset("이다는에의을가고한지로도기하사를은인일"),
    "cp1251": frozenset("оеаинтсрвл"),
    "koi8-r": frozenset("оеаинтсрвл"),
}
#: Below this share of the commonest characters a guess is no better than chance.
_ENOUGH = 0.08

#: Characters that are left out: XML 1.0 (§2.2) refuses them, or they mean that something was lost before.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
#: Fits what has none of these and nothing beyond the BMP: nearly every document, in half the time of the search.
_HARMLESS = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc]*+").fullmatch
_HIGH = re.compile(rb"[\x80-\xff]+")


def decode(body: bytes, headers: Headers, place: str) -> tuple[str, tuple[Finding, ...]]:
    """The characters of a document, without byte order mark and without what may not stand in XML, and the repairs.

    Never fails: bytes that fit no encoding are left out, and a finding says how many.
    """
    declared = list(_declared(body, headers))
    codec = _fitting(body, declared)
    text = body.decode(codec, "replace").removeprefix("\ufeff")
    findings = []
    origin, first = declared[0]
    if codec != first:
        findings.append(_repaired(place, 0, f"the {origin} says {first}, but its bytes are {codec}", "declare UTF-8"))
    bad = None if _HARMLESS(text) else FORBIDDEN.search(text)
    if bad:
        text, count = FORBIDDEN.subn("", text)
        what = f"{count} characters that cannot be decoded or may not stand in XML were left out"
        findings.append(_repaired(place, text.count("\n", 0, bad.start()) + 1, what, "send clean UTF-8"))
    return text, tuple(findings)


def codec_named(label: str) -> str:
    """Python's name of the encoding that a label means, "" for one that is unknown or none for documents."""
    label = label.strip().lower()
    if label in _LABELS:
        return _LABELS[label]
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return name if name in _KNOWN else ""


def _declared(body: bytes, headers: Headers) -> Iterator[tuple[str, str]]:
    """(who says it, codec), most trusted first; never empty, for XML without a word is UTF-8."""
    yield from (("byte order mark", codec) for bom, codec in _BOMS if body.startswith(bom))
    yield from (("first character", codec) for start, codec in _WIDE_STARTS if start.match(body))
    content_type = next((value for name, value in headers if name == "content-type"), "")
    in_header = _CHARSET.search(content_type)
    in_body = _DECLARATION.match(body[:400])
    labels = (
        ("Content-Type", in_header.group(1) if in_header else ""),
        ("XML declaration", in_body.group(1).decode("ascii", "replace") if in_body else ""),
    )
    for origin, label in labels:
        codec = codec_named(label)
        # Wide bytes were recognised above; these are not, so the label is a program's habit and not the truth.
        if codec and codec not in _WIDE:
            yield origin, codec
    yield "XML standard", "utf-8"


def _fitting(body: bytes, declared: list[tuple[str, str]]) -> str:
    is_utf8 = _decodes(body, "utf-8")
    for _origin, codec in declared:
        if codec in _SINGLE and is_utf8 and not body.isascii():
            return "utf-8"
        if codec in _MULTIBYTE and is_utf8 and any(char > "\u07ff" for char in body.decode("utf-8")):
            return "utf-8"
        if codec == "cp1252" and not body.isascii() and (guess := _guess(body)) != "cp1252":
            return guess
        if is_utf8 if codec == "utf-8" else _decodes(body, codec):
            return codec
    for _origin, codec in declared:
        if _damage(body, codec) <= 0.1:
            return codec
    return _guess(body)


def _decodes(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _damage(body: bytes, codec: str) -> float:
    """How much of what lies beyond ASCII is lost in this encoding: 0 none, 1 all of it."""
    text = body.decode(codec, "replace")
    beyond = len(text) - sum(map(text.count, map(chr, range(128))))
    return text.count("\ufffd") / beyond if beyond else 0.0


def _guess(body: bytes) -> str:
    runs = [len(run) for run in _HIGH.findall(body)]
    # Western text has single accents between ASCII letters; all others write in long runs of high bytes.
    if sum(run for run in runs if run > 1) < 0.6 * sum(runs):
        return "cp1252"
    best = max(_COMMONEST, key=lambda codec: _likeness(body, codec))
    return best if _likeness(body, best) >= _ENOUGH else "cp1252"


def _likeness(body: bytes, codec: str) -> float:
    text = body[:200_000].decode(codec, "replace")
    beyond = [char for char in text if char > "\x7f"]
    return sum(char in _COMMONEST[codec] for char in beyond) / len(beyond) if beyond else 0.0


def _repaired(place: str, line: int, what: str, mend: str) -> Finding:
    return Finding(FindingKind.REPAIRED, place, line, what, mend)
