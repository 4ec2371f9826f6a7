"""A post's Markdown as HTML: GitHub-flavoured CommonMark, and what Kramdown, Jekyll's own dialect, adds to it daily.

CommonMark itself is cmark-gfm's work; a text without the signs of Kramdown goes straight to it. `normalize.kramdown`
does the rest. Smart quotes are not made: an author's characters stay as they are.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

from finews_feeds.normalize import kramdown
from finews_feeds.normalize.commonmark import render

#: A bare link that ran on into Chinese text: GFM (§6.9) ends it at white space, which Chinese does without.
#: Repetition is possessive, since an address that ends properly would be tried at every length otherwise.
_RUN_ON = re.compile(
    '<a href="([^"]*+)">((?:https?://|www\\.)[!-;=?-~]++)'
    "([\u2014\u2018-\u201d\u2026\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65][^<]*)</a>"
)


def to_html(markdown: str) -> str:
    """The HTML of a post's body, not yet cleaned: `normalize.html.sanitize` comes after. Never raises.

    A `> digest` ends where HTML begins; raw HTML stays as it is written.
    """
    html = kramdown.to_html(markdown) if kramdown.is_needed(markdown) else render(markdown)
    return _RUN_ON.sub(_ended, html) if "</a>" in html else html


def _ended(match: re.Match[str]) -> str:
    href, address, rest = match.groups()
    tail = quote(unescape(rest), safe="/?:@!$&'()*+,;=~%#")
    return f'<a href="{href.removesuffix(tail.replace("&", "&amp;"))}">{address}</a>{rest}'
