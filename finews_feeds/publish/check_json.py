"""Is this a JSON Feed 1.1 document? What the specification requires, and the same care for HTML as elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from finews_feeds.errors import Fault
from finews_feeds.publish.check_values import (
    Report,
    check_characters,
    check_html,
    is_absolute_iri,
    is_language,
    is_media_type,
    read_rfc3339,
)

_VERSIONS = ("https://jsonfeed.org/version/1.1", "https://jsonfeed.org/version/1")
#: Member -> its type; members that begin with "_" are extensions, all others are unknown.
_FEED: dict[str, type] = {
    **dict.fromkeys(("version", "title", "home_page_url", "feed_url", "description", "user_comment"), str),
    **dict.fromkeys(("next_url", "icon", "favicon", "language"), str),
    **dict.fromkeys(("authors", "hubs", "items"), list),
    "expired": bool,
}
_ITEM: dict[str, type] = {
    **dict.fromkeys(("id", "url", "external_url", "title", "content_html", "content_text", "summary"), str),
    **dict.fromkeys(("image", "banner_image", "date_published", "date_modified", "language"), str),
    **dict.fromkeys(("authors", "tags", "attachments"), list),
}
_URLS = ("home_page_url", "feed_url", "next_url", "icon", "favicon", "url", "external_url", "image", "banner_image")


def check_json(data: bytes, url: str | None, place: str = "") -> tuple[Fault, ...]:
    """All faults of a JSON Feed document, in the order in which they stand; none where it is good.

    `url` is where it is published, None where unknown; faults name `place`, such as its file, or else the URL.
    """
    report = Report(place or url or "feed")
    try:
        feed = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        report.say(f"is not JSON in UTF-8: {error}", "write it anew")
        return report.faults()
    if not isinstance(feed, dict) or feed.get("version") not in _VERSIONS:
        report.say("is not JSON Feed 1.1", f'write "version": "{_VERSIONS[0]}"')
        return report.faults()
    _check_feed(feed, url, report)
    return report.faults()


def _check_feed(feed: dict[str, Any], url: str | None, report: Report) -> None:
    _check_members(feed, _FEED, report)
    if not _string(feed, "title").strip():
        report.say("feed has no title", "give it one")
    if url is not None and feed.get("feed_url") != url:
        report.say(f"feed_url is {feed.get('feed_url')!r}", f"write the feed's own URL, {url}")
    items = feed.get("items")
    if not isinstance(items, list):
        report.say("feed has no list of items", "write one, empty where there are none")
        return
    for number, item in enumerate(items, 1):
        report.at = f"item {number}"
        if isinstance(item, dict):
            report.at = _string(item, "id") or report.at
            _check_item(item, report)
        else:
            report.say("is no object", "write an object for every item")
    report.at = ""
    for item_id, count in Counter(_string(item, "id") for item in items if isinstance(item, dict)).items():
        if item_id and count > 1:
            report.say(f"{count} items have the id {item_id}", "publish an entry once")


def _check_item(item: dict[str, Any], report: Report) -> None:
    _check_members(item, _ITEM, report)
    if not _string(item, "id"):
        report.say("item has no id", "give it the entry's id")
    if not (_string(item, "content_html") or _string(item, "content_text")):
        report.say("item has neither content_html nor content_text", "give it one of them")
    check_html(_string(item, "content_html"), report)
    for name in ("date_published", "date_modified"):
        if name in item:
            read_rfc3339(_string(item, name), report)
    if not all(isinstance(tag, str) for tag in _list(item, "tags")):
        report.say("tags are not all strings", "write strings")
    for attachment in _list(item, "attachments"):
        if not isinstance(attachment, dict) or not is_absolute_iri(_string(attachment, "url")):
            report.say("an attachment has no absolute url", "write the absolute URL")
        elif not is_media_type(_string(attachment, "mime_type")):
            report.say("an attachment has no mime_type", "write a media type")


def _check_members(value: dict[str, Any], known: Mapping[str, type], report: Report) -> None:
    for name, member in value.items():
        if name.startswith("_"):
            continue
        if name not in known:
            report.say(f"there is a member {name}, which JSON Feed does not know", "leave it out, or begin it with _")
        elif not isinstance(member, known[name]):
            report.say(f"{name} is no {known[name].__name__}", f"write a {known[name].__name__}")
        elif isinstance(member, str):
            check_characters(member, report)
            if name in _URLS and not is_absolute_iri(member):
                report.say(f"{name} {member!r} is not an absolute URL", "write the absolute URL")
            if name == "language" and not is_language(member):
                report.say(f"language {member!r} is no language tag", 'write one such as "zh-CN"')
    for author in _list(value, "authors"):
        if not isinstance(author, dict) or not any(_string(author, name) for name in ("name", "url", "avatar")):
            report.say("an author has no name", "name the person, or leave it out")


def _string(value: dict[str, Any], name: str) -> str:
    member = value.get(name)
    return member if isinstance(member, str) else ""


def _list(value: dict[str, Any], name: str) -> list[Any]:
    member = value.get(name)
    return member if isinstance(member, list) else []
