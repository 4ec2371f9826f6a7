"""The front matter of a post: where it begins and ends, and what its keys say, whatever state it is in.

Jekyll's rule: a first line `---`, YAML, a line `---` or `...`. Three readers in turn, from the fast to the patient:

1. lines of `key: value` with nothing that YAML would read otherwise (99 posts of 100; 5 us where PyYAML takes 30);
2. PyYAML, with every scalar kept as it is spelled: its own types turn `NO` into False and `12:30` into 750;
3. key by key, so that one bad line costs no more than itself, and is named in a finding.

Nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from finews_feeds.sources.notes import Notes, line_at
from finews_feeds.sources.post_bytes import ends_inside_a_character
from finews_feeds.sources.values import NULLS, MalformedError, Quoted, Value

_OPENING = re.compile(r"[\s\ufeff]*---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"([^\W\d][\w.-]*|\"[^\"\n]+\"|'[^'\n]+')[ \t]*:(?=[ \t]|$)")
#: Well-known keys whose value follows the colon at once, or stands after a full-width one: no mapping to YAML.
_TIGHT = re.compile(
    r"^(title|date|categor(?:y|ies)|tags?|author|layout|slug|permalink|description)[ \t]*(?::(?=\S)|：)", re.M
)
_TERM_KEYS = frozenset(("category", "categories", "tag", "tags"))
_TERM = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^,\s\"'\[\]][^,\n\"'\[\]]*)")
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_TAB_AFTER_COLON = re.compile(r"^([ ]*[\w.-]+:)[ ]*\t[ \t]*", re.MULTILINE)
#: Characters that begin something other than a plain scalar (YAML 1.2 §7.3.3), or might.
_INDICATORS = frozenset("[]{}>|*&!%#`@,?:-'\"")
#: Whole lines `key: "quoted"`, `key: plain` and `key: [list]`, one match for each; comments, tabs want a closer look.
_COMMON_LINES = re.compile(
    r"^([A-Za-z_][A-Za-z0-9_]*+): ++"
    r"(?:(\"[^\"\\\n]*+\"|'[^'\\\n]*+')|([^\s\[\]{}>|*&!%#`@,?:\-'\"][^\n\t#]*+)|(\[[^\n\t]*+))\n",
    re.MULTILINE,
).findall
#: What a plain item of a flow list may not hold if it is to be read without YAML.
_NOT_IN_ITEM = re.compile(r"[\"'\[\]{}:#&*!|>%@`\\]|^[?,-]")
_OPEN_DATA = re.compile(rb"(?:\xef\xbb\xbf)?\s*---[ \t]*\r?(?:\n|\Z)")
_CLOSING_DATA = re.compile(rb"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)


class FrontMatter(NamedTuple):
    """A post taken apart; `line` is that of the first key (0 where there is no front matter at all)."""

    values: dict[str, Value]
    body: str
    line: int


def read(text: str, notes: Notes) -> FrontMatter:
    """The front matter and body of a post; repairs are noted, and a text without front matter is all body."""
    if text.startswith("---\n"):
        start = 4
    else:
        opening = _OPENING.match(text)
        if opening is None:
            return FrontMatter({}, text, 0)
        start = opening.end()
        if text[0] != "-":
            notes.repaired(1, 'blank lines or marks stand before the opening "---"', "left out")
    line = line_at(text, start)
    end, after = _closing(text, start)
    if end >= 0:
        head = text[start:end]
        values = _mapping(head, line, notes)
        if values is None and _is_whole(head):
            values = _recover(head, line, notes)
        if values is not None:
            return FrontMatter(values, text[after:], line)
    return _unclosed(text, start, line, notes)


def _closing(text: str, start: int) -> tuple[int, int]:
    """Where the front matter ends and where the body begins; -1 where nothing closes it."""
    end = text.find("\n---", start - 1) + 1
    if end and text[end + 3 : end + 4] == "\n" and "\n..." not in text[start - 1 : end]:
        return end, end + 4
    closing = _CLOSING.search(text, start)
    return (closing.start(), closing.end() + 1) if closing else (-1, -1)


def mapping(text: str, notes: Notes) -> dict[str, Value]:
    """A whole file of YAML, such as `_config.yml`, with every scalar as it is spelled; repairs are noted."""
    text = text.removeprefix("---\n")
    values = _mapping(text, 1, notes)
    return _recover(text, 1, notes) if values is None else values


def looks_torn(data: bytes) -> bool:
    """Whether the file was seen half written: empty, cut inside a character, or front matter that never closes."""
    if not data.strip():
        return True
    opening = _OPEN_DATA.match(data)
    if opening is not None and _CLOSING_DATA.search(data, opening.end()) is None:
        return True
    return ends_inside_a_character(data)


def _mapping(head: str, line: int, notes: Notes) -> dict[str, Value] | None:
    """The first and second reader; None where the third is needed."""
    values = _simple(head, line, notes)
    if values is not None:
        return values
    if "\t" in head:
        head = _TAB_AFTER_COLON.sub(r"\1 ", _without_tabs(head, line, notes))
        values = _simple(head, line, notes)
    if values is None:
        try:
            found = _yaml(head)
        except MalformedError:
            found = ""
        values = {} if found is None else found if isinstance(found, dict) else None
        if values and any(_TIGHT.match(key) for key in values):
            values = None  # `title:快讯: 一` is a mapping to YAML, with an odd key
    return values if values is not None else _loosened(head, line, notes)


def _loosened(head: str, line: int, notes: Notes) -> dict[str, Value] | None:
    """The same once more where known keys stand tight at their values: `title:标题`, `tags：股市`."""
    tight = _TIGHT.search(head)
    if tight is None:
        return None
    what = f'no ": " stands between "{tight.group(1)}" and its value'
    notes.repaired(line_at(head, tight.start()) + line - 1, what, "read as if it did; write it there")
    head = _TIGHT.sub(r"\1: ", head)
    values = _mapping(head, line, notes)
    return _recover(head, line, notes) if values is None else values


# --- the first reader: plain lines ----------------------------------------------------------------------------------


def _simple(head: str, line: int, notes: Notes) -> dict[str, Value] | None:
    return _at_once(head) or _line_by_line(head, line, notes)


def _at_once(head: str) -> dict[str, Value] | None:
    """What `_line_by_line` gives, in a third of its time, for lines of the commonest shapes; None for all else."""
    found = _COMMON_LINES(head)
    if len(found) != head.count("\n") or head[-1:] != "\n":
        return None
    values: dict[str, Value] = {}
    for key, quoted, plain, listed in found:
        if quoted:
            values[key] = Quoted(quoted[1:-1])
        elif plain:
            if ": " in plain or plain[-1] in ": ":
                return None
            values[key] = plain if plain not in NULLS else None
        else:
            try:
                values[key] = _flow_list(listed)
            except MalformedError:
                return None
    return values if len(values) == len(found) else None


def _line_by_line(head: str, line: int, notes: Notes) -> dict[str, Value] | None:
    values: dict[str, Value] = {}
    doubled: list[tuple[int, str]] = []
    for number, text in enumerate(head.split("\n"), line):
        if not text or text[0] == "#":
            continue
        key, colon, rest = text.partition(":")
        if not colon or (rest and rest[0] not in " \t") or not (key.isidentifier() or _is_key(key)):
            return None
        rest = rest.strip(" \t")
        if not rest or rest in NULLS:
            value: Value = None
        else:
            try:
                value = _scalar(rest) if rest[0] != "[" else _flow_list(rest)
            except MalformedError:
                return None
        if key in values:
            doubled.append((number, key))
        values[key] = value
    for number, key in doubled:
        notes.repaired(number, f'the key "{key}" stands twice', "the last one is used, as YAML readers do")
    return values


def _is_key(key: str) -> bool:
    return key.replace("-", "_").isidentifier()


def _scalar(text: str) -> str:
    first = text[0]
    if first in "\"'":
        if len(text) > 1 and text[-1] == first and text.count(first) == 2 and "\\" not in text:
            return Quoted(text[1:-1])
        raise MalformedError
    if first in _INDICATORS or ": " in text or text[-1] == ":" or " #" in text or "\t" in text:
        raise MalformedError
    return text


def _flow_list(text: str) -> list[Value]:
    if text[-1] != "]":
        raise MalformedError
    inner = text[1:-1].strip()
    return [_item(item.strip(" \t")) for item in inner.split(",")] if inner else []


def _item(text: str) -> Value:
    if not text:
        raise MalformedError
    if text[0] in "\"'":
        return _scalar(text)
    if _NOT_IN_ITEM.search(text):
        raise MalformedError
    return None if text in NULLS else text


# --- the second reader: YAML ----------------------------------------------------------------------------------------


def _yaml(text: str) -> Value:
    from finews_feeds.sources.plain_yaml import load  # PyYAML costs 30 ms, and few posts need it

    return load(text)


# --- the third reader: key by key -----------------------------------------------------------------------------------


def _without_tabs(head: str, line: int, notes: Notes) -> str:
    """Leading tabs, which YAML forbids (§6.1), as spaces; those that stand before every key go altogether."""
    if not _LEADING_TABS.search(head):
        return head
    first = _LEADING_TABS.search(head)
    number = line + head.count("\n", 0, first.start()) if first else line
    notes.repaired(number, "tabs stand before keys of the front matter", "read as spaces; YAML allows no tabs there")
    if all(text.startswith("\t") for text in head.split("\n") if text.strip()):
        head = re.sub(r"^\t", "", head, flags=re.MULTILINE)
    return _LEADING_TABS.sub(lambda tabs: "  " * len(tabs.group()), head)


def _is_key_line(text: str) -> bool:
    return _KEY.match(text) is not None


def _belongs(text: str) -> bool:
    """Whether a line may stand inside front matter: a key, a comment, a list item, or a line set in."""
    return _is_key_line(text) or text[0] in " \t#" or text.startswith("- ") or text == "-"


def _is_whole(head: str) -> bool:
    """Whether all of it is front matter, and not a rule `---` of the body that seems to close it.

    Prose between keys is a stray line; prose and no key after it is the body.
    """
    strays_after_last_key = False
    for text in head.split("\n"):
        if _is_key_line(text.lstrip("\t")):
            strays_after_last_key = False
        elif text.strip() and not _belongs(text):
            strays_after_last_key = True
    return not strays_after_last_key


def _unclosed(text: str, start: int, line: int, notes: Notes) -> FrontMatter:
    end = start
    count = 0
    for row in text[start:].split("\n"):
        if not row.strip() or not _belongs(row):
            break
        end += len(row) + 1
        count += 1
    if count == 0:
        return FrontMatter({}, text[start:] if text[start:].strip() else text, 0)
    what = 'the front matter is opened and has no closing "---"'
    notes.repaired(line + count, what, 'read up to the first line that is no front matter; write "---" there')
    head = text[start:end]
    values = _mapping(head, line, notes)
    if values is None:
        values = _recover(head, line, notes)
    return FrontMatter(values, text[end:], line)


def _recover(head: str, line: int, notes: Notes) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for number, block in _blocks(head, line, notes):
        try:
            found = _yaml(block)
        except MalformedError:
            found = None
        if isinstance(found, dict) and len(found) == 1:
            values.update(found)
            continue
        key, raw = _raw(block)
        values[key] = _terms(raw, block) if key in _TERM_KEYS and isinstance(raw, str) else raw
        notes.repaired(number, f'the value of "{key}" is no valid YAML', "taken as it is spelled; quote it rightly")
    return values


def _terms(raw: str, block: str) -> Value:
    """Terms out of a value that is no YAML: a list that is not closed or not aligned, words each in quotes."""
    rows = [row.strip() for row in block.split("\n")[1:] if row.strip()]
    if rows and all(row[0] == "-" for row in rows):
        return [row.lstrip("- \t").strip("\"'") for row in rows]
    spelled = block.partition(":")[2].strip()
    if spelled[:1] == "[" or len(re.findall(r"\"[^\"]*\"|'[^']*'", spelled)) > 1:
        return ["".join(match.groups("")).strip() for match in _TERM.finditer(spelled)]
    return raw


def _blocks(head: str, line: int, notes: Notes) -> list[tuple[int, str]]:
    """Each key with the lines that belong to it, and the line where it stands."""
    blocks: list[tuple[int, str]] = []
    if "\t" in head:
        head = _LEADING_TABS.sub(lambda tabs: "  " * len(tabs.group()), _TAB_AFTER_COLON.sub(r"\1 ", head))
    margin = len(head) - len(head.lstrip(" "))
    for number, full in enumerate(head.split("\n"), line):
        text = full[margin:] if not full[:margin].strip() else full
        if _is_key_line(text):
            blocks.append((number, text))
        elif not text.strip() or text[0] == "#":
            continue
        elif blocks and _belongs(text):
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}\n{text}")
        else:
            notes.repaired(number, f'"{text.strip()[:40]}" is no front matter', "left out")
    return blocks


def _raw(block: str) -> tuple[str, Value]:
    key, _, rest = block.partition(":")
    text = " ".join(part.strip() for part in rest.split("\n")).strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return key.strip(" \"'"), Quoted(text[1:-1].replace('\\"', '"'))
    return key.strip(" \"'"), Quoted(text)
