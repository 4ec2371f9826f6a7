"""Markup from outside, made safe to republish: an allow-list, absolute URLs, nothing that runs or watches.

What stays: the words, and the elements and attributes listed below, all of them known to the W3C feed validator but
for MathML, which it calls "non-html" and which readers show all the same.

What goes, and why:
- scripts, forms, objects, SVG, comments, event handlers: RFC 4287 §8.1 warns of them;
- every `style`: what it may say safely is layout for another page, and a background URL is a way to count readers.
  Alignment that carries meaning (cells of a table) has its own attribute;
- `id`, `name` and `data-*`: two entries on one page would clash, and a script of that page could be misled by them;
- tracking pixels: images and frames that nobody can see, or from hosts that do nothing else;
- `autoplay`, and `controls` with it, which the validator calls a risk: readers give a player controls of their own;
- URLs of any scheme that is not listed. `data:` stays for raster images in `img src` alone, where a picture pasted
  into a post has no other place to be; it never stays in a link.
A frame (a video, mostly) becomes a link to what it shows; an image that waits for a script to load it gets its `src`.

Every URL becomes absolute (`normalize.references`), in `href`, `src`, `srcset`, `poster` and `cite`; what cannot be
made so is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from html import unescape

import nh3

from finews_feeds.normalize import references
from finews_feeds.normalize.text import clean, one_line


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_MATH = _words(
    "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub "
    "msubsup msup mtable mtd mtext mtr munder munderover semantics"
)
_BLOCKS = _words(
    "address article aside blockquote br caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 "
    "h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_ELEMENTS = (
    _MATH
    | _BLOCKS
    | _words(
        "a abbr acronym audio b bdi big cite code col colgroup data del dfn em i img ins kbd mark meter picture "
        "progress q rp rt ruby s samp small source span strike strong sub sup time track tt u var video wbr"
    )
)
#: Elements whose words are no words of the article. `iframe` is let through here and replaced afterwards.
#: So is `noscript`, which the parser reads as a browser with scripts does; mostly it repeats a lazy image or counts.
_WITHOUT_CONTENT = _words(
    "annotation annotation-xml noembed noframes noscript script select style svg template textarea title"
)
_CELL = frozenset({"align", "valign", "abbr", "colspan", "rowspan", "headers", "scope", "width"})
#: Where pages hide an image's address from browsers until a script puts it into `src`; best first.
_LAZY = ("data-src", "data-original", "data-lazy-src")
#: Read here and always taken off: what tells whether a thing can be seen, and where it really is.
_READ_ONLY = frozenset({"style", "hidden", *_LAZY, "data-srcset"})
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"class", "dir", "lang", "title"}),
    "a": frozenset({"href", "hreflang", "type"}),
    "audio": frozenset({"src", "loop", "muted"}),
    "blockquote": frozenset({"cite"}),
    "col": frozenset({"align", "span", "width"}),
    "colgroup": frozenset({"align", "span", "width"}),
    "data": frozenset({"value"}),
    "del": frozenset({"cite", "datetime"}),
    "details": frozenset({"open"}),
    "div": frozenset({"align"}),
    "h1": frozenset({"align"}),
    "h2": frozenset({"align"}),
    "h3": frozenset({"align"}),
    "iframe": frozenset({"src", "width", "height"}) | _READ_ONLY,
    "img": frozenset({"src", "srcset", "sizes", "alt", "width", "height", "align"}) | _READ_ONLY,
    "ins": frozenset({"cite", "datetime"}),
    "li": frozenset({"value"}),
    "math": frozenset({"display"}),
    "meter": frozenset({"high", "low", "max", "min", "optimum", "value"}),
    "mfrac": frozenset({"linethickness"}),
    "mo": frozenset({"fence", "separator", "stretchy"}),
    "mtd": frozenset({"columnspan", "rowspan"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "p": frozenset({"align"}),
    "progress": frozenset({"max", "value"}),
    "q": frozenset({"cite"}),
    "source": frozenset({"src", "srcset", "sizes", "type", "media", "width", "height"}),
    "table": frozenset({"align", "border", "summary", "width"}),
    "td": _CELL,
    "th": _CELL,
    "time": frozenset({"datetime"}),
    "tr": frozenset({"align", "valign"}),
    "track": frozenset({"src", "kind", "label", "srclang"}),
    "video": frozenset({"src", "poster", "height", "loop", "muted", "playsinline", "width"}),
}
#: Attributes in the cleaner's own spelling: values in double quotes, with `"`, `&`, `<` and `>` as references.
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
#: Hosts and paths that count readers and show nothing.
_COUNTING = (
    r"https?://(?:[^/]*\.)?(?:"
    r"doubleclick\.net|google-analytics\.com|googletagmanager\.com|scorecardresearch\.com|quantserve\.com|"
    r"feedsportal\.com|stats\.wordpress\.com|pixel\.wp\.com|pixel\.quantserve\.com|sb\.scorecardresearch\.com|"
    r"facebook\.com/tr\b|feeds\.feedburner\.com/~[a-z]+/|hm\.baidu\.com|s\d*\.cnzz\.com|matomo\.[^/]+/(?:matomo|piwik)\.php"
    r")"
)
_TRACKER = re.compile(_COUNTING, re.IGNORECASE)
#: A picture that can be seen, that is what it seems to be, and whose URL is absolute.
_PLAIN_IMAGE = (
    rf'img src="(?!(?i:{_COUNTING})){references.SPELLED}"'
    r'(?: (?:alt="[^"]*+"|(?:class|title)="[^"]++"|(?:width|height)="[1-9][0-9]++"))*+>'
)
#: Start tags that need work; in the cleaner's output `<` begins nothing but tags. A link or a plain picture that is
#: absolute already, which most are, is passed over, and so is an element that could cite something and does not.
_URL_TAG = re.compile(
    rf'<(?!a href="{references.FINISHED}"[> ]|{_PLAIN_IMAGE})'
    r'(a(?= )|img|audio|source|track|video|(?:blockquote|del|ins|q)(?=[^>]* cite="))((?: [a-z-]+="[^"]*+")*+)>'
)
#: The beginning of a link that lacks its scheme and nothing else; footers of posts are full of them.
_NO_SCHEME = re.compile(rf'<a href="(?={references.NO_SCHEME}"[> ])')
#: The beginning of a link or picture that lacks its host and nothing else.
_NO_HOST = re.compile(rf'="(?=/)(?:(?<=<a href=")|(?<=<img src="))(?={references.ROOTED}"[> ])')
_FRAME = re.compile(r'<iframe((?: [a-z-]+="[^"]*")*)>.*?</iframe>', re.DOTALL)
_PRE = re.compile(r'(<pre(?: [a-z]+="[^"]*")*>\n)')
#: The white space of HTML (§13.2.5.8) is spelled out, for `\s` takes longer. A stray `</` counts as a name: to take
#: two equal pages for different ones costs a round, and no more.
_TAG_NAME = re.compile(r"<[/a-zA-Z][^\t\n\f\r />]*+")
_MARKUP = re.compile(r"<[^>]*>")
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
#: A tag with more attributes than anybody writes; the parser compares each with all before it.
_SWOLLEN_TAG = re.compile(
    r"""<[a-zA-Z][^\s/>]*+(?:[\s/]++[^\s/"'>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+){500,}+[^>]*>?"""
)

_MAX_DEPTH = 256
#: Elements that have no end tag, or that their like or their parent's end closes where it is left out.
_UNCOUNTED = _words(
    "area base basefont bgsound br col colgroup dd dt embed frame hr img input keygen li link meta option p param rp "
    "rt source tbody td tfoot th thead tr track wbr"
)

_TINY = re.compile(r"\s*0*[01](?:\.\d+)?\s*(?:px)?\s*")
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:\.\d+)?px", re.I
)


def sanitize(html: str, base: str = "") -> str:
    """A well-formed fragment that is safe to republish, in which every URL is absolute.

    `base` is the absolute http(s) URL that relative references are resolved against; with any other base, relative
    references are left out. Entities, case and quotes come out in one spelling, so sanitising twice changes nothing.
    """
    if not any(mark in html for mark in "<&>\xa0"):
        # no markup, and nothing that the cleaner would spell otherwise
        return clean(html).strip()
    base = references.web(base)
    value, is_settled = _pass(html, base)
    # An element that is left out, or that the parser had to close, may leave a tree that reads otherwise once it is
    # written down: an `a` within an `a`, a `p` within a `p`. Two rounds settle all but the contrived.
    for _ in range(8):
        if is_settled:
            break
        before = value
        value, is_settled = _pass(before, base)
        is_settled = is_settled or value == before
    return value


def to_text(html: str) -> str:
    """The words alone, on one line: tags off, references decoded once; a block or a line break is a space."""
    if "<" not in html:
        return one_line(unescape(html) if "&" in html else html)
    return one_line(unescape(_MARKUP.sub(" ", _text_cleaner().clean(_flattened(clean(html))))))


@cache
def _cleaner() -> nh3.Cleaner:
    """One for all: it takes a while to read the lists, and has no state. Built when first needed."""
    return nh3.Cleaner(
        tags=set(_ELEMENTS | {"iframe"}),
        clean_content_tags=set(_WITHOUT_CONTENT),
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        url_schemes=set(references.SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


@cache
def _text_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_BLOCKS), clean_content_tags=set(_WITHOUT_CONTENT | {"iframe"}), attributes={}, link_rel=None
    )


def _pass(html: str, base: str) -> tuple[str, bool]:
    """One round, and whether another would surely change nothing.

    It would not where the cleaner's output has the tags of its input, one for one: then the input was well nested,
    and the parser, which goes by the tags alone, will build the same tree again.
    """
    given = _flattened(clean(html))
    cleaned = _cleaner().clean(given)
    if "&#" in given:
        cleaned = clean(cleaned)
    is_settled = "<iframe" not in cleaned and _TAG_NAME.findall(given) == _TAG_NAME.findall(cleaned)
    if not is_settled:
        cleaned = _FRAME.sub(partial(_frame, base), cleaned)
    # A replacement without a call costs a tenth of one with.
    value = _NO_SCHEME.sub(f'<a href="{references.scheme(base)}', cleaned)
    if origin := references.origin(base):
        value = _NO_HOST.sub(f'="{origin}', value)
    value = _URL_TAG.sub(partial(_tag, base), value)
    if "<pre" in value:
        # A parser drops the first line break of a `pre`; the cleaner writes back the second where there were two.
        value = _PRE.sub("\\1\n", value)
    return value.strip(), is_settled


def _flattened(html: str) -> str:
    """The same markup with no more than `_MAX_DEPTH` elements open at once, by as good a count as tags alone allow.

    The parser's time grows with the square of the depth: a megabyte of `<div>` would hold it for minutes. Browsers
    have such a limit too, at 512. A tag beyond it gets the name of one that holds nothing and is not let through.
    """
    if len(html) > 100_000:
        html = _SWOLLEN_TAG.sub("", html)
    if html.count("<") < 2 * _MAX_DEPTH:
        return html
    depth = dropped = 0

    def counted(match: re.Match[str]) -> str:
        nonlocal depth, dropped
        if match[2].lower() in _UNCOUNTED:
            return match[0]
        if match[1]:
            if dropped:
                dropped -= 1
                return "</param"
            depth = max(0, depth - 1)
        elif depth >= _MAX_DEPTH:
            dropped += 1
            return "<param"
        else:
            depth += 1
        return match[0]

    return _ANY_TAG.sub(counted, html)


def _attributes(raw: str) -> dict[str, str]:
    found = dict(_ATTRIBUTE.findall(raw))
    return {name: _unquoted(value) for name, value in found.items()} if "&" in raw else found


def _start_tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join([f' {key}="{_quoted(value)}"' for key, value in attributes.items()]) + ">"


def _quoted(value: str) -> str:
    """An attribute value in the spelling of the cleaner."""
    value = value.replace("&", "&amp;").replace('"', "&quot;").replace("\xa0", "&nbsp;")
    return value.replace("<", "&lt;").replace(">", "&gt;")


def _unquoted(value: str) -> str:
    """What `_quoted` was given; a quarter of the work of `unescape`, which knows two thousand names."""
    value = value.replace("&gt;", ">").replace("&lt;", "<")
    return value.replace("&nbsp;", "\xa0").replace("&quot;", '"').replace("&amp;", "&")


_RESOLVERS: dict[str, Callable[[str, str], str]] = {
    "href": references.link,
    "src": references.web,
    "srcset": references.srcset,
    "poster": references.web,
    "cite": references.web,
}


def _tag(base: str, match: re.Match[str]) -> str:
    """A start tag with its URLs absolute; nothing for a picture or a media source that has none left."""
    name, attributes = match[1], _attributes(match[2])
    if name == "img":
        return _image(base, attributes)
    for key, resolve in _RESOLVERS.items():
        if key in attributes:
            attributes[key] = resolve(attributes[key], base)
            if not attributes[key]:
                del attributes[key]
    if name in ("source", "track") and not attributes.keys() & {"src", "srcset"}:
        return ""
    return _start_tag(name, attributes)


def _image(base: str, attributes: dict[str, str]) -> str:
    if _is_unseen(attributes):
        return ""
    lazy = next((url for key in _LAZY if key in attributes and (url := references.web(attributes[key], base))), "")
    src = lazy or references.image(attributes.get("src", ""), base)
    srcset = references.srcset(attributes.get("data-srcset") or attributes.get("srcset", ""), base)
    if _TRACKER.match(src) or not (src or srcset or attributes.get("alt", "").strip()):
        return ""
    attributes |= {"src": src, "srcset": srcset}
    kept = {key: value for key, value in attributes.items() if (value or key == "alt") and key not in _READ_ONLY}
    return _start_tag("img", kept)


def _frame(base: str, match: re.Match[str]) -> str:
    """What a frame shows, as a link; the cleaner has seen to it that the frame's end is its own."""
    attributes = _attributes(match[1])
    url = references.web(attributes.get("src", ""), base)
    if not url or _is_unseen(attributes) or _TRACKER.match(url):
        return ""
    return _start_tag("a", {"href": url}) + _quoted(attributes.get("title", "").strip() or url) + "</a>"


def _is_unseen(attributes: dict[str, str]) -> bool:
    """Whether a picture or frame is made to be loaded but not seen: hidden, or a pixel in size."""
    if "hidden" in attributes or ("style" in attributes and _UNSEEN.search(attributes["style"])):
        return True
    sizes = [attributes[key] for key in ("width", "height") if key in attributes]
    return bool(sizes) and all(map(_TINY.fullmatch, sizes))
