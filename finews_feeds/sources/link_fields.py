"""`Link` header fields (RFC 8288 §3): targets with their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from finews_feeds.model import Headers, SourceFeed
from finews_feeds.sources.references import absolute_http

#: One link of a field: its target and its parameters, quoted strings whole.
_LINK = re.compile(r"""<([^<>]*)>((?:\s*+;\s*+[\w!#$&+.^`|~*-]+\s*+(?:=\s*+(?:"(?:[^"\\]|\\.)*+"|[^\s",;]*+))?)*)""")
_PARAMETER = re.compile(r""";\s*([\w!#$&+.^`|~*-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?""")
_LONGEST = 20_000


def links(headers: Headers) -> Iterator[tuple[str, dict[str, str]]]:
    """All links about the answer itself: the target as spelled, and the first value of each parameter.

    A link of another context (`anchor`, §3.2) is not about this answer.
    """
    for name, value in headers:
        if name != "link":
            continue
        for target, spelled in _LINK.findall(value[:_LONGEST]):
            parameters: dict[str, str] = {}
            for key, quoted, token in _PARAMETER.findall(spelled):
                parameters.setdefault(key.lower(), re.sub(r"\\(.)", r"\1", quoted) or token)
            if "anchor" not in parameters:
                yield target, parameters


def with_hubs(feed: SourceFeed, headers: Headers, url: str) -> SourceFeed:
    """The feed with the hubs and the topic that its header fields name: they go before the document's (WebSub §4)."""
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for target, parameters in links(headers):
        for rel in found.keys() & parameters.get("rel", "").lower().split():
            found[rel].append(absolute_http(url, target))
    hubs = tuple(dict.fromkeys(filter(None, found["hub"]))) or feed.hubs
    self_url = next(filter(None, found["self"]), "") or feed.self_url
    return feed if (hubs, self_url) == (feed.hubs, feed.self_url) else replace(feed, hubs=hubs, self_url=self_url)
