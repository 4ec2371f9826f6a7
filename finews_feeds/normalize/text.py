"""Text that may stand in any feed: characters that XML forbids are left out, and markup gives its plain words.

RFC 4287 §2 makes a feed a well-formed XML 1.0 document, and XML 1.0 §2.2 has no place for most control characters,
for surrogates, U+FFFE and U+FFFF: not even as `&#1;`. One of them makes the whole feed unreadable, so they go at the
door. What XML merely discourages goes too, because validators complain of it and no reader shows it: C1 controls and
DEL, noncharacters, and U+FFFD, the scar of bytes that somebody failed to decode.
"""

from __future__ import annotations

import re
from functools import cache

from finews_feeds.model import Text

#: Fits what is plainly harmless: no forbidden character, no CR, nothing beyond the BMP. A set within the BMP costs a
#: tenth of one beyond it, a whole match half of a search for the opposite, and nearly all text ends its check here
#: (4 us for 2,500 characters).
_HARMLESS = re.compile("[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc]*+").fullmatch

#: What may be more than plain characters in Markdown; a text without any of these reads as it is written.
_MARKDOWN = re.compile(r"[\\`*_~\[\]<>&|{}]|^\s*(?:[-+=#]|\d+[.)])", re.MULTILINE)


@cache
def _forbidden() -> re.Pattern[str]:
    """Finds what may not stand; made for the first text that may have it, since making it takes 4 ms."""
    planes = "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0x10000, 0x110000, 0x10000))
    return re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff{planes}]")


def clean(value: str) -> str:
    """The same text without the characters that may not, or should not, stand in XML 1.0 (§2.2).

    Tab and newline stay; CRLF and a lone CR become a newline, as an XML parser reads them (XML 1.0 §2.11).
    """
    if _HARMLESS(value):
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _forbidden().sub("", value)


def one_line(value: str) -> str:
    """Clean text with every run of white space, the ideographic space among them, as one space, and none outside."""
    return " ".join(clean(value).split())


def plain(text: Text) -> str:
    """One line of plain characters: for titles and wherever markup has no place (RFC 4287 §3.1.1.1).

    Tags go and character references are decoded once: `AT&amp;amp;T` in HTML is `AT&amp;T` in plain text. Markdown is
    read as Markdown, so a leading "1." or "#" is layout and goes as well. "" where nothing is left.
    """
    # Imported here because most texts are plain, and the two libraries need not be loaded for them.
    if text.kind == "html":
        from finews_feeds.normalize.html import to_text

        return to_text(text.value)
    if text.kind == "markdown" and _MARKDOWN.search(text.value):
        from finews_feeds.normalize.html import to_text
        from finews_feeds.normalize.markdown import to_html

        return to_text(to_html(text.value))
    return one_line(text.value)
