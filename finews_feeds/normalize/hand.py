"""The operator's hand: what a `[[posts]]` or `[[sources]]` table makes of what was said there.

Rules
- It is laid on when entries are merged, on posts and source entries alike. What is stored stays what was said, so a
  changed config holds from the next cycle on, and nothing has to be polled or read again for it.
- No date follows from it: `updated` speaks of the source's words, not of the operator's.
- It touches what its own source says and nothing else: another source that carries the article may still give the
  content, and what `categories` and `tags` of the config give is given as it is written there.

A paragraph is what a reader sees as one: a block of the finished HTML that has no other block in it, or a line that
`<br>` ends. In a post's Markdown it is also what stands between blank lines, as it is written. It is left out whole
where a `strip` pattern matches its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape

from finews_feeds.model import Carrier, Hand, Sighting, Term, Text
from finews_feeds.normalize.content import finish
from finews_feeds.normalize.patterns import BadPatternError, Pattern
from finews_feeds.normalize.terms import TermRules
from finews_feeds.normalize.text import one_line, plain

#: How long a summary made of a content may be.
_EXCERPT_CHARACTERS = 300
_BLANK_LINES = re.compile(r"(\n[ \t]*(?:\n[ \t]*)+)")
#: The tags between which a paragraph stands; the markup is sanitised, so `<` begins nothing but tags.
_BOUNDARY = re.compile(
    r"(</?(?:address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|"
    r"header|hgroup|hr|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)(?: [^>]*)?>)"
)
_TAG = re.compile(r"<[^>]*>")
_EMPTY = re.compile(
    r"<(address|article|aside|blockquote|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|li|main|nav|ol|p|"
    r"section|ul|a|b|em|font|i|span|strong)(?: [^>]*)?>\s*</\1>"
)
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)")


def as_published(sighting: Sighting, carrier: Carrier) -> Sighting:
    """The sighting as the operator lets it be published; the same one where they leave it as it is."""
    if carrier.hand is None:
        return sighting
    summary, content = bodies(sighting.summary, sighting.content, carrier)
    return replace(sighting, summary=summary, content=content, terms=terms(sighting, carrier))


def terms(sighting: Sighting, carrier: Carrier) -> tuple[Term, ...]:
    """A sighting's own terms under the names that the operator gives them."""
    hand = carrier.hand
    if hand is None or not (hand.alias or hand.drop):
        return sighting.terms
    return _term_rules(hand).apply(sighting.terms)


def bodies(summary: Text | None, content: Text | None, carrier: Carrier) -> tuple[Text | None, Text | None]:
    """A sighting's summary and content as the operator lets them be published."""
    hand = carrier.hand
    if hand is None:
        return summary, content
    if hand.content == "link":
        return None, None
    if hand.strip:
        patterns = _patterns(hand)
        summary, content = _stripped_summary(summary, patterns), _stripped(content, patterns)
    if hand.content == "summary":
        return summary or _excerpt(content), None
    return summary, content


def faults(hand: Hand) -> Iterator[tuple[str, str, str]]:
    """What is wrong with these rules: the key, the cause and the mend of each."""
    for spelled in hand.strip:
        try:
            matches_all = Pattern(spelled).begins("")
        except BadPatternError as error:
            yield "strip", f'"{spelled[:60]}": {error.cause}', error.mend
        else:
            if matches_all:
                yield "strip", f'"{spelled[:60]}" matches every paragraph', "write the words that it begins with"
    circles = _term_rules(hand).circles()
    if circles:
        names = ", ".join(f'"{name}"' for name in circles)
        yield "alias", f"{names}: the names lead round in a circle", "let one of them be the name of all"


@cache
def _term_rules(hand: Hand) -> TermRules:
    return TermRules(dict(hand.alias), frozenset(hand.drop))


@cache
def _patterns(hand: Hand) -> tuple[Pattern, ...]:
    return tuple(map(Pattern, hand.strip))


def _is_boilerplate(words: str, patterns: tuple[Pattern, ...]) -> bool:
    return bool(words) and any(pattern.begins(words) for pattern in patterns)


def _stripped(text: Text | None, patterns: tuple[Pattern, ...]) -> Text | None:
    """A body without its boilerplate; Markdown that is left has become HTML, where its paragraphs show."""
    if text is None or text.kind == "text":
        return _without_lines(text, patterns)
    if text.kind == "markdown":
        text = _without_parts(text, patterns)
    finished = finish(text)
    return _with(finished, _without_paragraphs(finished.value, patterns, finished.base)) if finished else None


def _stripped_summary(text: Text | None, patterns: tuple[Pattern, ...]) -> Text | None:
    """A summary without its boilerplate; Markdown stays Markdown, for a digest is published as plain words."""
    if text is None or text.kind != "markdown":
        return _stripped(text, patterns)
    left = _without_parts(text, patterns)
    is_words = left is not None and "<" not in left.value and _is_boilerplate(plain(left), patterns)
    return None if is_words else left


def _without_lines(text: Text | None, patterns: tuple[Pattern, ...]) -> Text | None:
    if text is None:
        return None
    kept = (line for line in text.value.split("\n") if not _is_boilerplate(line.strip(), patterns))
    return _with(text, "\n".join(kept))


def _without_parts(text: Text, patterns: tuple[Pattern, ...]) -> Text | None:
    parts = _BLANK_LINES.split(text.value)
    # every other part is the white space between two paragraphs
    kept = ["" if _is_boilerplate(part.strip(), patterns) else part for part in parts]
    return _with(text, "".join(kept))


def _without_paragraphs(html: str, patterns: tuple[Pattern, ...], base: str) -> str:
    pieces = _BOUNDARY.split(html)
    # odd pieces are the tags between two paragraphs
    kept = [piece if number % 2 else _paragraph(piece, patterns) for number, piece in enumerate(pieces)]
    if kept == pieces:
        return html
    from finews_feeds.normalize.html import sanitize

    left = "".join(kept)
    while (tidier := _EMPTY.sub("", left)) != left:
        left = tidier
    # what an inline element held may have ended in another paragraph
    return sanitize(left, base)


def _paragraph(markup: str, patterns: tuple[Pattern, ...]) -> str:
    words = one_line(unescape(_TAG.sub("", markup)))
    if not _is_boilerplate(words, patterns):
        return markup
    tags = _TAG.findall(markup)
    opened = sum(not tag.startswith("</") for tag in tags)
    # an element that begins here and ends in another paragraph, or the other way round, keeps its tags
    return "" if 2 * opened == len(tags) else "".join(tags)


def _excerpt(content: Text | None) -> Text | None:
    """A summary for a source that gives none: the first words, whole sentences where they fit."""
    finished = finish(content)
    words = plain(finished) if finished else ""
    if len(words) <= _EXCERPT_CHARACTERS:
        return Text(words) if words else None
    words = words[:_EXCERPT_CHARACTERS]
    ends = [match.end() for match in _SENTENCE_END.finditer(words)]
    if ends:
        return Text(words[: ends[-1]])
    return Text((words.rpartition(" ")[0] or words).rstrip() + "…")


def _with(text: Text, value: str) -> Text | None:
    if not value or value.isspace():
        return None
    return text if value == text.value else replace(text, value=value)
