"""A document cut at its entries, so that those which were read before need not be read again.

What an entry says depends on its own characters, on what stands around all entries, and on nothing else; and a tree
without some of its entries is well-formed exactly if the whole one is. So the document without them, read in the common
way, gives the others as the whole document would.

Only a document that can be cut without a doubt is: entries side by side, in lower case and without a prefix, none
within another, no two alike, no document type, no namespace declared within one (a reader may carry it on to the next).
Marks are looked for as XML has them: what stands in a comment or a CDATA section is none, `<` stands in no attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from finews_feeds.model import Headers
from finews_feeds.sources import charset, feed_bounds

_MARK = re.compile(
    # what ends with the last of these groups is as it should be; a run of characters is three times as fast as `.*?`,
    # and a look at the character behind `<` five times as fast as trying all that may stand there
    r"<(?=[!?/ie])(?:!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+(?P<section>\]\]>)"
    r"|!--[^-]*+(?:-(?!->)[^-]*+)*+(?P<comment>-->)"
    r"|\?[^?]*+(?:\?(?!>)[^?]*+)*+(?P<instruction>\?>)"
    r"|(?P<end>/?)(?P<name>item|entry)(?=[\s/>])[^<>]*+(?P<close>>)|(?P<odd>[!?]))"
)
#: What is another in every copy of a document and decides nothing about its entries. A section is looked at first, for
#: what looks like a comment in it is none.
_PASSING = re.compile(
    r"(?P<section><!\[CDATA\[.*?(?:\]\]>|\Z))|<!--.*?(?:-->|\Z)|<items>.*?(?:</items>|\Z)"
    r"|<(?P<date>lastBuildDate|pubDate|updated|modified|dc:date)(?:\s[^<>]*)?>[^<]*</(?P=date)\s*>",
    re.DOTALL,
)

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """A document in parts; each has a digest that stands for it."""

    #: What stands around the entries, but for what is another in every copy.
    around: str
    #: The entries in document order.
    entries: tuple[str, ...]
    text: str
    spans: tuple[_Span, ...]

    def only(self, numbers: Iterable[int]) -> str:
        """The document with these of its entries alone, counted from 0 and ascending."""
        kept = [self.text[slice(*self.spans[number])] for number in numbers]
        return "".join((self.text[: self.spans[0][0]], *kept, self.text[self.spans[-1][1] :]))


def parts(body: bytes, headers: Headers, url: str) -> Parts | None:
    """The parts of the document in the body of one answer; None where it has no entries, or is to be read whole."""
    text, repairs = charset.decode(body, headers, url)
    if repairs or text.count("<") > feed_bounds.MAX_ELEMENTS or text.count("xmlns") > feed_bounds.MAX_PREFIXES:
        return None
    spans = _spans(text)
    if not spans or "xmlns:" in text[spans[0][0] : spans[-1][1]]:
        return None
    entries = tuple(_digest(text[start:end]) for start, end in spans)
    around = _PASSING.sub(_lasting, f"{text[: spans[0][0]]}\0{text[spans[-1][1] :]}")
    return Parts(_digest(around), entries, text, spans) if len(set(entries)) == len(entries) else None


def _spans(text: str) -> tuple[_Span, ...]:
    """Where the entries begin and end; none where that is not certain."""
    try:
        return tuple(_entries(text))
    except ValueError:
        return ()


def _entries(text: str) -> Iterator[_Span]:
    """The entries one after another; ValueError where what was found is not to be relied on."""
    began, name, last = -1, "", -1
    for mark in _MARK.finditer(text):
        kind = mark.lastgroup
        if kind == "close" and (is_end := bool(mark["end"])) == (began >= 0) and not mark[0].endswith("/>"):
            if is_end and mark["name"] == name:
                last = mark.end()
                yield began, last
                began = -1
            elif not is_end and (last < 0 or not text[last : mark.start()].strip()):
                began, name = mark.start(), mark["name"]
            else:
                raise ValueError(mark.start())
        elif kind not in ("section", "comment", "instruction"):
            raise ValueError(mark.start())
    if began >= 0:
        raise ValueError(began)


def _lasting(found: re.Match[str]) -> str:
    return found["section"] or ""


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
