"""What the body of a post says beside its text: the digest, the article it was taken from, words for a title."""

from __future__ import annotations

import html
import re

from finews_feeds.sources.post_bytes import bare

#: Begins with the line end before it: a plain first character is looked for ten times as fast as any other.
_AUTOLINK_LINE = re.compile(r"\n[^\S\n]*<(https?://[^\s<>]+)?>[^\S\n]*(?=\n|\Z)", re.IGNORECASE)
_EMPTY_AUTOLINK = re.compile(r"^ {0,3}<>[ \t]*(?:\n+|\Z)", re.MULTILINE)
_LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:.+$", re.MULTILINE)
_QUOTE_MARK = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_MARKS = re.compile(
    r"^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+|!?\[([^\]\n]{0,400})\]\([^)\n]{0,800}\)|[*_`]{1,3}|\{:[^}\n]{0,200}\}",
    re.MULTILINE,
)
_ONLY_LINKS = re.compile(r"(?:<https?://[^\s<>]*>|<>|\[[^\]]*\]\([^)]*\)|[\s｜|·])*\Z", re.IGNORECASE)
_SENTENCE = re.compile(r".{3,}?(?:[。！？!?]|\.(?=\s|$))", re.DOTALL)

#: A closing line is one of the last so many that are not blank, within so many characters.
_CLOSING_LINES = 6
_CLOSING_CHARACTERS = 2000
#: How long a title made of a text may be, and an excerpt that nothing but its end bounds.
_TITLE_CHARACTERS = 60
_EXCERPT_CHARACTERS = 1000
#: How far the first paragraph of a body in HTML is looked for.
_SEARCHED_CHARACTERS = 8_000
_DEFAULT_SEPARATOR = "\n\n"


def has_liquid(body: str) -> bool:
    """Whether there is anything in it that Jekyll would run."""
    return "{" in body and ("{%" in body or "{{" in body)


def closing_autolinks(body: str) -> tuple[str, ...]:
    """The URLs of the autolinks that stand as paragraphs of their own in the closing lines of a body, in order.

    An empty autolink `<>`, which a script writes where it has no URL, gives "".
    """
    is_whole = len(body) <= _CLOSING_CHARACTERS
    text, first = ("\n" + body, 0) if is_whole else (body, len(body) - _CLOSING_CHARACTERS)
    found: list[str] = []
    for link in _AUTOLINK_LINE.finditer(text, first):
        start = link.start()
        above = text[max(text.rfind("\n", first, start) + 1, first) : start]
        below = text[link.end() :].split("\n")[1:]
        is_paragraph = not above.strip() and not (below and below[0].strip())
        if is_paragraph and len(below) < _CLOSING_LINES * 3 and sum(map(_is_written, below)) < _CLOSING_LINES:
            found.append(link[1] or "")
    return tuple(found)


def _is_written(line: str) -> bool:
    return bool(line.strip())


def without_empty_autolinks(body: str) -> str:
    """The body without the lines that are `<>` and nothing else."""
    return _EMPTY_AUTOLINK.sub("", body).strip("\n")


def digest(body: str, separator: str) -> str:
    """What stands before the separator, without the marks of a leading quotation; "" where there is none.

    Link definitions that stand further down come along, as in Jekyll. Text that nothing separates from the rest is no
    digest beyond its first paragraph.
    """
    body = body.lstrip("\n")
    end = body.find(separator)
    is_plain = separator == _DEFAULT_SEPARATOR
    if end < 0 and not is_plain:
        end, is_plain = body.find(_DEFAULT_SEPARATOR), True
    head = body if end < 0 else body[:end]
    head = head.strip()
    if not head or (head[0] in "<[" and _ONLY_LINKS.match(head)):
        return ""
    if head[0] == ">":
        head = (_QUOTE_MARK.sub("", head) if "\n" in head else head[1:]).strip()
    elif head[0] == "<" and is_plain:
        head = _first_paragraph(head)
    if end >= 0 and "[" in head and "]:" in body:
        definitions = "\n".join(_LINK_DEFINITION.findall(body, end))
        head = f"{head}\n\n{definitions}" if definitions else head
    return head


def _first_paragraph(markup: str) -> str:
    for match in _PARAGRAPH.finditer(markup[:_SEARCHED_CHARACTERS]):
        if _TAG.sub("", match.group(1)).strip():
            return match.group()
    return markup if len(markup) <= _EXCERPT_CHARACTERS else ""


def plain(text: str) -> str:
    """A text without HTML tags and the commonest Markdown marks, on one line."""
    if "<" in text:
        text = _TAG.sub("", text)
    return " ".join(bare(html.unescape(_MARKS.sub(r"\1", text))).split())


def title_of(text: str) -> str:
    """Words for a title where a post has none: the first sentence of its text, cut where it is long; "" for none."""
    words = plain(text[: 20 * _TITLE_CHARACTERS])
    sentence = _SENTENCE.match(words)
    if sentence is not None and len(sentence.group()) <= _TITLE_CHARACTERS:
        return sentence.group()
    return words if len(words) <= _TITLE_CHARACTERS else words[: _TITLE_CHARACTERS - 1].rstrip() + "…"
