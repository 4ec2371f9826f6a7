"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/): characters to a feed.

The format is simple enough that what breaks it is mostly a value of another type than it should have: a number as id,
a string where a list belongs. Such a value is read for what it plainly says, or not at all.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import (
    Finding,
    FindingKind,
    Link,
    ParsedFeed,
    Person,
    SourceEntry,
    SourceFeed,
    SourceTerm,
    TermKind,
    Text,
)
from finews_feeds.sources.feed_bounds import MAX_ENTRIES
from finews_feeds.sources.references import absolute, absolute_http, is_http, unique

_Object = dict[str, Any]

#: A string, whole or not, and what opens or closes a value of several.
_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_CLOSING = {"[": "]", "{": "}"}
#: Attachments of one item: podcasts have three at most. Each is an address to be resolved, 0.1 ms.
MAX_ATTACHMENTS = 64
_MOST_DIGITS = 300
#: What is nested deeper is no JSON Feed.
_MAX_DEPTH = 100


def parse(text: str, url: str, max_entries: int = MAX_ENTRIES) -> ParsedFeed:
    """The feed in a JSON document from `url`; entries in document order, the first `max_entries`.

    `url` of an item is its link and identity; `external_url`, what the item speaks of, is kept as a related link, and
    stands in for a missing `url`. Raises ParseError for JSON that is no JSON Feed, and for what is no JSON.
    """
    feed, is_whole, has_more = _object(text, url)
    version, items = _string(feed, "version"), feed.get("items")
    if not isinstance(items, list):
        raise ParseError(
            Fault(url, "it is JSON without a list of items, and no JSON Feed", "check the address of the feed")
        )
    findings = []
    if "jsonfeed.org/version/" not in version:
        what = "it does not say that it is a JSON Feed, but reads like one"
        findings.append(
            Finding(FindingKind.REPAIRED, url, 0, what, 'set "version" to "https://jsonfeed.org/version/1.1"')
        )
    broken = sum(not isinstance(item, dict) for item in items)
    if broken:
        what = f"{broken} items are no JSON objects"
        findings.append(Finding(FindingKind.SKIPPED, url, 0, what, "send every item as an object"))
    if has_more:
        what = "something stands behind its end, and was left out"
        findings.append(Finding(FindingKind.REPAIRED, url, text.count("\n") + 1, what, "send nothing after the JSON"))
    if not is_whole:
        what = "it breaks off before its end; the items before that were read"
        findings.append(Finding(FindingKind.SKIPPED, url, text.count("\n") + 1, what, "send the whole document"))
    found = [item for item in items if isinstance(item, dict)]
    if len(found) > max_entries:
        what = f"{len(found) - max_entries} entries beyond the first {max_entries} were left out"
        findings.append(Finding(FindingKind.SKIPPED, url, 0, what, "publish fewer entries in one document"))
    lang = _string(feed, "language")
    authors = _authors(feed, url)
    crowded = sum(len(_objects(item, "attachments")) > MAX_ATTACHMENTS for item in found[:max_entries])
    if crowded:
        what = f"{crowded} items have more than {MAX_ATTACHMENTS} attachments; the others were left out"
        findings.append(Finding(FindingKind.REPAIRED, url, 0, what, "give every item the few that belong to it"))
    entries = tuple(_entry(item, url, lang) for item in found[:max_entries])
    return ParsedFeed(_feed(feed, url, lang, authors), entries, tuple(findings), is_whole)


def _object(text: str, url: str) -> tuple[_Object, bool, bool]:
    """The object that the document is, whether it is whole, and whether something stands behind it.

    Of one that breaks off, what stands before that.
    """
    is_whole, end = True, len(text)
    try:
        value, end = _loaded(text)
    except (ValueError, RecursionError) as error:
        value, is_whole = _torn(text), False
        if value is None:
            line = getattr(error, "lineno", 0)
            cause = f"it looks like JSON, but is broken{f' (line {line})' if line else ''}"
            raise ParseError(Fault(url, cause, "send the whole document")) from error
    if not isinstance(value, dict):
        raise ParseError(Fault(url, "it is JSON, but no JSON Feed", "check the address of the feed"))
    return value, is_whole, bool(text[end:].strip())


def _loaded(text: str) -> tuple[object, int]:
    """The value that a text begins with, and where that ends; numbers too long for Python to read are infinite."""
    reader = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < _MOST_DIGITS else math.inf)
    return reader.raw_decode(text, len(text) - len(text.lstrip()))


def _torn(text: str) -> object:
    """What a document that breaks off says up to its last whole item, None where it is broken otherwise."""
    open_: list[str] = []
    end, closing = 0, ""
    for mark in _MARK.finditer(text):
        if mark[0] in _CLOSING:
            open_.append(_CLOSING[mark[0]])
            if len(open_) > _MAX_DEPTH:
                return None
        elif mark[0] in _CLOSING.values():
            if not open_ or open_.pop() != mark[0]:
                return None
            if open_ in (["}"], ["}", "]"]):
                end, closing = mark.end(), "".join(reversed(open_))
    try:
        return _loaded(text[:end] + closing)[0] if open_ and end else None
    except (ValueError, RecursionError):
        return None


def _feed(feed: _Object, url: str, lang: str, authors: tuple[Person, ...]) -> SourceFeed:
    self_url = absolute_http(url, _string(feed, "feed_url"))
    return SourceFeed(
        feed_id=_string(feed, "feed_url"),
        title=" ".join(_string(feed, "title").split()),
        site_url=absolute_http(url, _string(feed, "home_page_url")),
        self_url=self_url,
        lang=lang,
        authors=authors,
        hubs=unique([absolute_http(url, _string(hub, "url")) for hub in _objects(feed, "hubs")]),
    )


def _entry(item: _Object, url: str, lang: str) -> SourceEntry:
    entry_id = _string(item, "id")
    own, external = (absolute_http(url, _string(item, key)) for key in ("url", "external_url"))
    # "Ideally, the id is the full URL of the resource described by the item."
    id_url = absolute_http("", entry_id)
    content_html = _string(item, "content_html")
    content = Text(content_html, "html", url) if content_html else _plain_text(item, "content_text", url)
    return SourceEntry(
        entry_id=entry_id or None,
        title=_plain_text(item, "title", url),
        link=own or id_url or external,
        identity_urls=unique([own, id_url]) or unique([external]),
        summary=_plain_text(item, "summary", url),
        content=content,
        published=_string(item, "date_published"),
        updated=_string(item, "date_modified"),
        authors=_authors(item, url),
        terms=tuple(SourceTerm(TermKind.TAG, tag) for tag in dict.fromkeys(_strings(item, "tags"))),
        links=tuple(_links(item, url, external if own or id_url else "")),
        lang=_string(item, "language") or lang,
    )


def _links(item: _Object, url: str, external: str) -> Iterator[Link]:
    if external:
        yield Link(external, "related")
    for attachment in _objects(item, "attachments")[:MAX_ATTACHMENTS]:
        href = absolute(url, _string(attachment, "url"))
        if href:
            size = attachment.get("size_in_bytes")
            length = int(size) if isinstance(size, int | float) and math.isfinite(size) and size >= 0 else None
            title = _string(attachment, "title")
            yield Link(href, "enclosure", _string(attachment, "mime_type"), title=title, length=length)
    image = absolute(url, _string(item, "image") or _string(item, "banner_image"))
    if is_http(image):
        yield Link(image, "preview")


def _authors(said: _Object, url: str) -> tuple[Person, ...]:
    """`authors` of version 1.1, else `author` of version 1.0."""
    found = _objects(said, "authors") or [author for author in [said.get("author")] if isinstance(author, dict)]
    people = ((_string(author, "name"), _string(author, "url")) for author in found)
    named = (
        (" ".join(name.split()) or uri.removeprefix("mailto:"), absolute(url, uri))
        for name, uri in people
        if name or uri
    )
    return tuple(
        Person(name, uri if is_http(uri) else "", uri.removeprefix("mailto:") if uri.startswith("mailto:") else "")
        for name, uri in dict(named).items()
    )


def _plain_text(said: _Object, key: str, url: str) -> Text | None:
    value = _string(said, key)
    return Text(value, "text", url) if value else None


def _string(said: _Object, key: str) -> str:
    """A value as a string: an id that is a number says what its digits say (version 1.1, "Items")."""
    return next(_as_strings([said.get(key)]), "")


def _strings(said: _Object, key: str) -> list[str]:
    values = said.get(key)
    return list(_as_strings(values if isinstance(values, list) else [values]))


def _as_strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and value.strip():
            yield value.encode("utf-8", "ignore").decode().strip()
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
            yield str(value)


def _objects(said: _Object, key: str) -> list[_Object]:
    values = said.get(key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
