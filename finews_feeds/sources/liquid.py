"""Liquid markup in a post, as far as it can be read without running Jekyll.

Literal text stays. `{% raw %}` and `{% highlight %}` turn to what they mean, comments go, and a variable of the site or
the page is filled in where it is a plain scalar, with the commonest filters; so are `{% link %}` and `{% post_url %}`
where the caller knows the address. Everything else is left out: the tag, not the text between two tags. What was left
out is counted, so that its post can be reported once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from finews_feeds.sources.permalink import slugify
from finews_feeds.sources.values import Value

#: The address of what a tag (`link`, `post_url`) names, below the site's host; None where it is not known.
Address = Callable[[str, str], str | None]

_OPENING = re.compile(r"\{[{%]")
_TAG = re.compile(r"-?\s*(\w+)\s*(.*)", re.DOTALL)
_VARIABLE = re.compile(r"(?:(site|page|post)((?:\.[\w-]+)+)|\"([^\"]*)\"|'([^']*)')\Z")
#: What stands between the bars of an output that are not in quotes, and the arguments of a filter.
_BETWEEN_BARS = re.compile(r"(?:\"[^\"]*+\"|'[^']*+'|[^|])++")
_ARGUMENTS = re.compile(r"\"[^\"]*+\"|'[^']*+'|[^,\s]++")
_PLAIN_FILTERS: Mapping[str, Callable[[str], str]] = {
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "escape": html.escape,
    "xml_escape": html.escape,
    "slugify": slugify,
    "strip_newlines": lambda text: text.replace("\n", ""),
    "normalize_whitespace": lambda text: " ".join(text.split()),
    "url_encode": quote_plus,
    "cgi_escape": quote_plus,
    "uri_escape": lambda text: quote(text, safe="!$&'()*+,/:;=?@[]#%-._~"),
}
_BACKTICKS = re.compile("`{3,}")
_ADDRESSES = frozenset(("link", "post_url"))
#: Tags whose inside is not Liquid, and how each ends.
_ENDS = {name: re.compile(r"\{%-?\s*end" + name + r"\s*-?%\}") for name in ("raw", "highlight", "comment")}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text without Liquid; `left_out` is the first markup that could not be read, with its offset, "" for none."""

    text: str
    left_out: str = ""
    offset: int = 0
    count: int = 0


def render(
    text: str,
    site: Mapping[str, Value],
    page: Mapping[str, Value],
    base: str,
    *,
    is_html: bool,
    address: Address = lambda tag, name: None,
) -> Rendered:
    """The text with its Liquid read as far as it goes; `base` is what `absolute_url` puts before a path."""
    scopes = {"site": site, "page": page, "post": page}
    parts: list[str] = []
    left_out: list[tuple[str, int]] = []
    unclosed: set[str] = set()
    end = 0
    for start, stop, output, tag in _markup(text):
        if start < end:
            continue  # inside of a block that was taken whole
        parts.append(text[end:start])
        end = stop
        name, arguments = tag
        closing = _ENDS[name].search(text, stop) if name in _ENDS and name not in unclosed else None
        if closing is None:
            unclosed.add(name)
        else:
            parts.append(_block(name, arguments, text[stop : closing.start()], is_html))
            end = closing.end()
            continue
        filled = _fill(output, scopes, base) if output else None
        if name in _ADDRESSES:
            filled = address(name, arguments.strip("\"'"))
            prefix = "/" + (_value("site.baseurl", scopes) or "").strip("/")
            # before Jekyll 4 the baseurl was written before the tag; since then the tag has it
            if filled and prefix != "/" and "".join(parts[-3:]).endswith(prefix):
                filled = filled.removeprefix(prefix)
        if filled is None:
            left_out.append((text[start:stop], start))
        else:
            parts.append(filled)
    parts.append(text[end:])
    first, offset = left_out[0] if left_out else ("", 0)
    return Rendered("".join(parts), first, offset, len(left_out))


def _markup(text: str) -> Iterator[tuple[int, int, str, tuple[str, str]]]:
    """Each `{{ output }}` or `{% tag arguments %}`: where it starts and stops, and what is in it.

    What never closes is literal text. One look ahead tells that nothing closes any more, so that a text full of
    openings takes no longer than another.
    """
    lasts = {"{{": text.rfind("}}"), "{%": text.rfind("%}")}
    end = 0
    while (opening := _OPENING.search(text, end)) is not None:
        end = opening.end()
        kind = opening.group()
        if lasts[kind] < end:
            continue
        close = text.find("}}" if kind == "{{" else "%}", end)
        inner = text[end:close]
        start, end = opening.start(), close + 2
        if kind == "{{":
            yield start, end, inner.strip("- \t\n") or '""', ("", "")
        else:
            tag = _TAG.match(inner.strip().removesuffix("-"))
            yield start, end, "", (tag.group(1), tag.group(2).strip()) if tag else ("", "")


def _block(tag: str, arguments: str, inner: str, is_html: bool) -> str:
    if tag == "raw":
        return inner
    if tag == "comment":
        return ""
    language = arguments.split()[0] if arguments else ""
    code = inner.strip("\n")
    if is_html:
        return f'<pre><code class="language-{html.escape(language)}">{html.escape(code)}</code></pre>'
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(code))])
    return f"{fence}{language}\n{code}\n{fence}"


def _fill(output: str, scopes: Mapping[str, Mapping[str, Value]], base: str) -> str | None:
    variable, *filters = (part.strip() for part in _BETWEEN_BARS.findall(output)) if output.strip("|") else ("",)
    is_site_url = variable == "site.url" and not scopes["site"].get("url")
    value = base if is_site_url else _value(variable, scopes)
    for one in filters:
        value = None if value is None else _filtered(value, one, scopes, base)
    return value


def _value(variable: str, scopes: Mapping[str, Mapping[str, Value]]) -> str | None:
    if variable == "site.baseurl" and "baseurl" not in scopes["site"]:
        return ""  # what Jekyll has where the config is silent
    match = _VARIABLE.match(variable)
    if match is None:
        return None
    scope, names, double, single = match.groups()
    if scope is None:
        return double if double is not None else single
    found: Value = dict(scopes[scope])
    for name in names[1:].split("."):
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return "" if found is None else str(found) if isinstance(found, str) else None


def _filtered(value: str, one: str, scopes: Mapping[str, Mapping[str, Value]], base: str) -> str | None:
    name, _, argument = (part.strip() for part in one.partition(":"))
    if name == "absolute_url":
        return value if "://" in value else f"{base}/{value.lstrip('/')}"
    if name == "relative_url":
        baseurl = (_value("site.baseurl", scopes) or "").strip("/")
        return value if "://" in value else re.sub("/{2,}", "/", f"/{baseurl}/{value}")
    if name in _PLAIN_FILTERS and not argument:
        return _PLAIN_FILTERS[name](value)
    others = [_value(other, scopes) for other in _ARGUMENTS.findall(argument)]
    first, second = others[0] if others else None, others[1] if len(others) > 1 else ""
    if first is None or second is None:
        return None
    match name:
        case "prepend":
            return first + value
        case "append":
            return value + first
        case "default":
            return value or first
        case "remove" | "replace":
            return value.replace(first, second)
    return None
