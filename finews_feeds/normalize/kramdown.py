"""What Kramdown, the Markdown that Jekyll writes, adds to CommonMark.

    {: .class #id key="v"}      on a line of its own: attributes of the block before it, or after an empty line, of the
                                next one; behind a link, picture, emphasis or code span: attributes of that;
                                at the head of a list item: of the item
    ## Title {#id}              the id of a heading
    {:name: .class}             names a list of attributes, for `{: name}`
    * TOC / {:toc}              a table of contents: left out, a feed has no use for it
    {::comment}…{:/comment}     left out; other `{::…}` extensions lose their tags
    {::nomarkdown}…{:/}         goes into the HTML as it is
    term / : definition         a definition list
    <div markdown="1">          Markdown within HTML
    *[HTML]: Hyper Text         an abbreviation, wherever the word stands outside of code
    $$ a_1 * b_1 $$             mathematics: text, in which nothing is emphasis
    | a | b |                   a table, with `|---|` and `|---+---|` where one likes, or without
    ^                           alone on a line: the end of a block

Theory of operation: one pass over the text puts HTML comments, which CommonMark leaves alone, where these stood; one
pass over the HTML puts what they stand for in their place. Code (fenced, indented, spans) is never touched. What
cannot be applied is left out, so that none of it is ever seen as text.
"""

from __future__ import annotations

import re
from html import escape, unescape

from finews_feeds.normalize.commonmark import render

_LIST = r"\{:(?![:/])[^}\n]*+\}"
#: Whichever begins first has its turn, so code shields what is in it. Repetition is possessive: no backtracking.
_SOURCE = re.compile(
    rf"""
    ^(?:
      (?P<fence> [ ]*+(?P<mark>`{{3,}}+(?=[^`\n]*+$)|~{{3,}}+)[^\n]*+
        (?:\n(?![ ]*+(?P=mark)[`~]*+[ \t]*+$)[^\n]*+)*+ (?:\n[ ]*+(?P=mark)[`~]*+[ \t]*+$)? )
    | (?P<indented> (?:\A|(?<=\n\n)) (?:(?:[ ]{{4}}|\t)[^\n]++(?:\n|\Z))++ )
    | (?P<toc> [ ]{{0,3}}(?:[*+-]|\d{{1,9}}[.)])[ \t]++[^\n]*+\n[ \t]*+\{{:[ \t]*+toc\b[^}}\n]*+\}}[ \t]*+$ )
    | (?P<named> [ ]*+\{{:(?P<name>[\w-]++):(?P<listed>[^}}\n]*+)\}}[ \t]*+$ )
    | (?P<abbreviation> [ ]{{0,3}}\*\[(?P<short>[^\]\n]++)\]:(?P<long>[^\n]*+)$ )
    | (?P<end_of_block> \^[ \t]*+$ )
    | (?P<table> (?:\A|(?<=\n\n)) (?:[ ]{{0,3}}\|[^\n]++(?:\n|\Z))++ (?=\n|\Z|[ ]*+\{{:) )
    | (?P<block> (?P<indent>[ \t>]*+)(?P<attributes>{_LIST})[ \t]*+$ )
    | (?P<element> (?P<begin>[ ]{{0,3}}<(?P<tag>[a-zA-Z][a-zA-Z0-9]*+)(?:\s(?!markdown=)[^>\s]*+)*+)
        \smarkdown=["']?(?:1|block|span)["']?(?P<end>[^>\n]*+>) )
    | (?P<close> [ ]{{0,3}}</(?P<closed>[a-zA-Z][a-zA-Z0-9]*+)[ ]*+> )
    | (?P<definitions> (?:\A|(?<=\n\n))
        (?:(?:(?![ \t:>\#|<`~*+-])[^\n]++\n)++ \n?+
           (?:[ ]{{0,3}}:[ \t]++[^\n]*+(?:\n|\Z) (?:[ \t]{{2,}}+[^\n]++(?:\n|\Z))*+ (?:\n(?=[ ]{{0,3}}:[ \t]))?+ )++
           \n?+ )++ )
    )
    | (?P<span> (?<!`)(?P<ticks>`++) (?:[^`\n]|\n(?!\n)){{1,999}}+ (?P=ticks)(?!`) )
    | (?P<math> (?<![\\$])\$\$(?!\$) (?:(?!\$\$|\n[ \t]*+\n)[\s\S])++ \$\$(?!\$) )
    | \{{:[:/] (?:
      (?P<comment> (?<=:)comment\b(?:[^}}/]|/(?!\}}))*+\}} (?:(?!\{{:/)[\s\S])*+ (?:\{{:/[a-z]*+\}}|\Z) )
    | (?P<raw> (?<=:)nomarkdown\b(?:[^}}/]|/(?!\}}))*+\}} (?P<html>(?:(?!\{{:/)[\s\S])*+) (?:\{{:/[a-z]*+\}}|\Z) )
    | (?P<extension> [^}}\n]*+\}} )
    )
    """,
    re.MULTILINE | re.VERBOSE,
)
_TABLE_RULE = re.compile(r"[ ]{0,3}\|[ \t]*:?[-=]+:?[ \t]*(?:[|+][ \t]*:?[-=]+:?[ \t]*)*\|?[ \t]*\Z")
_CELL_END = re.compile(r"(?<!\\)\|")
_DEFINITION = re.compile(r"[ ]{0,3}:[ \t]+")

#: In the rendered HTML: an inline element with attributes behind it, a marker, or a list of attributes left at the
#: end of a paragraph (within a list item it may be indented like code, and so was not found before).
_RENDERED = re.compile(
    rf"(?P<inline></(?:a|code|del|em|strong)>|<img [^>]*>)(?P<span>(?:{_LIST})+)"
    rf"|<!--kramdown (?P<number>\d+)-->"
    rf"|<li>(?P<paragraph>\s*<p>)?(?P<item>{_LIST})[ \t]*"
    r"|[ \t]*\{\#(?P<id>[A-Za-z][\w:-]*+)\}</(?P<heading>h[1-6])>"
    rf"|(?:(?<=<p>)|\n)[ \t]*(?P<left>{_LIST})(?=</(?:p|li|dd|td)>)"
)
_ATTRIBUTE = re.compile(
    r"""([\w:-]+)=(?:"([^"]*)"|'([^']*)') | \.([\w-]+) | \#([\w:.-]+) | ([A-Za-z][\w-]*)""", re.VERBOSE
)
_BLOCK_END = re.compile(r"(?:</([a-z][a-z0-9]*)>|<([hb]r) />)\s*\Z")
_BLOCK_START = re.compile(r"\s*<[a-z][a-z0-9]*")


def is_needed(markdown: str) -> bool:
    """Whether a text has any sign of Kramdown; where this is False, CommonMark is the whole truth."""
    return (
        "{:" in markdown
        or "\n:" in markdown
        or "markdown=" in markdown
        or "$$" in markdown
        or "{#" in markdown
        or "*[" in markdown
        or "\n|" in markdown
        or "\n^" in markdown
        or markdown[:1] == "|"
    )


def to_html(markdown: str) -> str:
    """The HTML of a Kramdown text, not yet cleaned. Never raises."""
    document = _Document()
    return document.abbreviated(document.html(markdown.replace("\r\n", "\n")))


class _Document:
    """One text on its way: what its markers stand for, and the attribute lists that it names."""

    def __init__(self) -> None:
        self._markers: list[tuple[str, str]] = []
        self._named: dict[str, str] = {}
        self._abbreviations: dict[str, str] = {}
        self._open: set[str] = set()

    def html(self, markdown: str) -> str:
        return self._placed(render(_SOURCE.sub(self._marked, markdown)))

    # --- from the text to markers ---

    def _marked(self, match: re.Match[str]) -> str:
        """What CommonMark gets to see instead of a piece of Kramdown."""
        match match.lastgroup:
            case "block":
                kind = "next" if _follows_a_blank_line(match) else "last"
                return match["indent"] + self._marker(kind, match["attributes"][2:-1])
            case "named":
                self._named[match["name"]] = match["listed"]
                return ""
            case "abbreviation":
                self._abbreviations[match["short"].strip()] = match["long"].strip()
                return ""
            case "math":
                text = escape(match["math"], quote=False)
                return self._marker("raw", f"<p>{text}</p>" if _stands_alone(match) else text)
            case "table":
                return self._table(match["table"])
            case "raw":
                return self._marker("raw", match["html"])
            case "definitions":
                return self._marker("raw", self._definition_list(match[0])) + "\n\n"
            case "element":
                self._open.add(match["tag"].lower())
                return f"{match['begin']}{match['end']}\n\n"
            case "close":
                return "\n" + match[0] if match["closed"].lower() in self._open else match[0]
            case "toc" | "comment" | "extension" | "end_of_block":
                return ""
        return match[0]

    def _marker(self, kind: str, value: str) -> str:
        self._markers.append((kind, value))
        return f"<!--kramdown {len(self._markers) - 1}-->"

    def _table(self, source: str) -> str:
        """A table as GFM has them, or as a whole where these cannot be without a head."""
        rows = source.rstrip("\n").split("\n")
        rules = [bool(_TABLE_RULE.match(row)) for row in rows]
        if rules[1:2] == [True] and rules.count(True) == 1:
            return source.replace(rows[1], rows[1].replace("+", "|").replace("=", "-"), 1)
        if all(rules):
            return source
        has_head = rules[:1] == [False] and True in rules and rules.index(True) == 1
        lines = [(row, has_head and place == 0) for place, row in enumerate(rows) if not rules[place]]
        return (
            self._marker("raw", f"<table>{''.join(self._row(row, is_head) for row, is_head in lines)}</table>") + "\n"
        )

    def _row(self, row: str, is_head: bool) -> str:
        tag = "th" if is_head else "td"
        cells = _CELL_END.split(row.strip().removeprefix("|").removesuffix("|"))
        return f"<tr>{''.join(f'<{tag}>{self._inline(cell.strip())}</{tag}>' for cell in cells)}</tr>"

    def _definition_list(self, source: str) -> str:
        pieces: list[tuple[str, list[str]]] = []
        for line in source.splitlines():
            colon = _DEFINITION.match(line)
            if colon:
                pieces.append(("dd", [line[colon.end() :]]))
            elif line[:1].isspace() and pieces:
                pieces[-1][1].append(line.strip())
            elif line.strip():
                pieces.append(("dt", [line]))
        return (
            "<dl>" + "".join(f"<{tag}>{self._inline(chr(10).join(lines))}</{tag}>" for tag, lines in pieces) + "</dl>"
        )

    def _inline(self, markdown: str) -> str:
        html = self.html(markdown).strip()
        inner = html.removeprefix("<p>").removesuffix("</p>")
        return html if "<p>" in inner else inner

    # --- from markers to the HTML ---

    def _placed(self, html: str) -> str:
        """The rendered HTML with everything that was marked in its place."""
        done = ""
        position = 0
        for match in _RENDERED.finditer(html):
            done += html[position : match.start()]
            position = match.end()
            if match["inline"]:
                lists = self._attributes(match["span"].replace("{:", " ").replace("}", " "))
                done = _with_attributes(done + match["inline"], lists)
            elif match["item"]:
                done += f"<li{self._attributes(match['item'][2:-1])}>{match['paragraph'] or ''}"
            elif match["heading"]:
                done = _with_attributes(f"{done}</{match['heading']}>", f' id="{match["id"]}"')
            elif match["number"]:
                done, position = self._resolved(done, html, position, int(match["number"]))
        return done + html[position:]

    def _resolved(self, done: str, html: str, position: int, number: int) -> tuple[str, int]:
        kind, value = self._markers[number] if number < len(self._markers) else ("", "")
        if kind == "raw":
            done += value
        elif kind == "last":
            done = _with_attributes(done, self._attributes(value))
        elif kind == "next" and (start := _BLOCK_START.match(html, position)):
            return done + start[0] + self._attributes(value), start.end()
        return done, position

    def abbreviated(self, html: str) -> str:
        """The HTML with what its abbreviations stand for, outside of tags and code."""
        if not self._abbreviations:
            return html
        words = "|".join(re.escape(word) for word in sorted(self._abbreviations, key=len, reverse=True))
        code = 0
        done = ""
        position = 0
        for match in re.finditer(rf"<(/?)(code|pre|script|style)?\b[^>]*+>|<[^>]*+>|(?<!\w)(?:{words})(?!\w)", html):
            if match[2]:
                code += -1 if match[1] else 1
            elif html[match.start()] != "<" and code <= 0:
                title = escape(self._abbreviations[match[0]])
                done += f'{html[position : match.start()]}<abbr title="{title}">{match[0]}</abbr>'
                position = match.end()
        return done + html[position:]

    def _attributes(self, source: str, depth: int = 0) -> str:
        """A list of attributes as they stand in a tag; a name in it stands for the list of that name."""
        found: dict[str, str] = {}
        classes: list[str] = []
        rest = ""
        for key, double, single, class_name, id_, name in _ATTRIBUTE.findall(unescape(source)):
            if key:
                found[key] = double or single
            elif class_name:
                classes.append(class_name)
            elif id_:
                found["id"] = id_
            elif depth < 3:
                rest += self._attributes(self._named.get(name, ""), depth + 1)
        if classes:
            found["class"] = " ".join(classes)
        return "".join(f' {key}="{escape(value)}"' for key, value in found.items()) + rest


def _follows_a_blank_line(match: re.Match[str]) -> bool:
    end = max(0, match.start() - 1)
    return not match.string[match.string.rfind("\n", 0, end) + 1 : end].strip(" \t>")


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether a piece is a paragraph of its own."""
    line_end = match.string.find("\n", match.end())
    rest = match.string[match.end() : None if line_end < 0 else line_end]
    below = "" if line_end < 0 else match.string[line_end + 1 :].split("\n", 1)[0]
    start = match.string.rfind("\n", 0, match.start()) + 1
    is_first = not match.string[start : match.start()].strip() and (start == 0 or _follows_a_blank_line(match))
    return is_first and not rest.strip() and not below.strip()


def _with_attributes(html: str, attributes: str) -> str:
    """The HTML with the attributes in the start tag of the element that it ends with, if it ends with one."""
    end = _BLOCK_END.search(html, max(0, html.rstrip().rfind("<")))
    if html.endswith(">") and not end:
        name = "img"
        at = html.rfind("<img")
    elif end:
        name = end[1] or end[2]
        at = end.start() if end[2] else _start_of(html, name, end.start())
    else:
        return html
    if at < 0:
        return html
    at += 1 + len(name)
    return html[:at] + attributes + html[at:]


def _start_of(html: str, name: str, end: int) -> int:
    """Where the element begins whose end tag begins at `end`; -1 where it does not begin."""
    depth = 1
    while depth and (end := html.rfind("<", 0, end)) >= 0:
        if html.startswith(f"</{name}>", end):
            depth += 1
        elif html.startswith((f"<{name}>", f"<{name} "), end):
            depth -= 1
    return end
