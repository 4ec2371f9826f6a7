"""Is this an RSS 2.0 document that readers agree about? The specification, and the RSS Profile's advice on it."""

from __future__ import annotations

import re
from collections import Counter

from lxml.etree import _Element

from finews_feeds.errors import Fault
from finews_feeds.publish.check_values import (
    Report,
    check_characters,
    check_html,
    is_absolute_uri,
    is_language,
    is_media_type,
    read_rfc822,
    read_xml,
)

_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_WEB = re.compile(r"https?://[^/?#@]+/", re.IGNORECASE)
_CHANNEL = frozenset(
    {
        *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
        *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput"),
        *("skipHours", "skipDays", "item"),
    }
)
_ITEM = frozenset(
    ["title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"]
)
_MANY = frozenset({"category", "item"})


def check_rss(data: bytes, url: str | None, place: str = "") -> tuple[Fault, ...]:
    """All faults of an RSS 2.0 document, in the order in which they stand; none where it is good.

    `url` is where it is published, None where unknown; faults name `place`, such as its file, or else the URL.
    """
    report = Report(place or url or "feed")
    root = read_xml(data, report)
    if root is None:
        return report.faults()
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None:
        report.say("is not RSS 2.0", 'write <rss version="2.0"> with one <channel>')
        return report.faults()
    _check_channel(channel, url, report)
    items = channel.findall("item")
    for number, item in enumerate(items, 1):
        report.at = item.findtext("guid") or f"item {number}"
        _check_item(item, report)
    report.at = ""
    for guid, count in Counter(item.findtext("guid") for item in items).items():
        if guid and count > 1:
            report.say(f"{count} items have the guid {guid}", "publish an entry once")
    return report.faults()


def _check_channel(channel: _Element, url: str | None, report: Report) -> None:
    _check_children(channel, _CHANNEL, report)
    for name in ("title", "link", "description"):
        if not (channel.findtext(name) or "").strip():
            report.say(f"channel has no {name}", f"give it one {name}")
    language = channel.findtext("language")
    if language is not None and not is_language(language):
        report.say(f"language {language!r} is no language tag", 'write one such as "zh-CN"')
    hrefs = [link.get("href") for link in channel.findall(_ATOM_LINK) if link.get("rel") == "self"]
    if len(hrefs) != 1:
        report.say(f"there are {len(hrefs)} atom:link rel=self", "give the channel one, with its own URL")
    elif url is not None and hrefs[0] != url:
        report.say(f"atom:link rel=self leads to {hrefs[0]!r}", f"write the feed's own URL, {url}")


def _check_item(item: _Element, report: Report) -> None:
    _check_children(item, _ITEM, report)
    if not any((item.findtext(name) or "").strip() for name in ("title", "description")):
        report.say("item has neither title nor description", "give it one of them")
    _check_guid(item.find("guid"), report)
    for name in ("description", _ENCODED):
        html = item.findtext(name)
        if html:
            check_html(html, report)
    if item.find(_ENCODED) is not None and item.find("description") is None:
        report.say("content:encoded stands without a description", "write the content as description")
    for enclosure in item.findall("enclosure"):
        _check_enclosure(enclosure, report)
    source = item.find("source")
    if source is not None and not is_absolute_uri(source.get("url") or ""):
        report.say(f"source has url={source.get('url')!r}", "write the source feed's absolute URL")


def _check_guid(guid: _Element | None, report: Report) -> None:
    if guid is None or not (guid.text or "").strip():
        report.say("item has no guid", "give it the entry's id")
    elif guid.get("isPermaLink", "true") != "false" and not is_absolute_uri(guid.text or ""):
        report.say(f"guid {guid.text!r} is no permalink", 'write isPermaLink="false"')


def _check_enclosure(enclosure: _Element, report: Report) -> None:
    url, length, media_type = (enclosure.get(name) or "" for name in ("url", "length", "type"))
    if not is_absolute_uri(url):
        report.say(f"enclosure has url={url!r}", "write the absolute URL")
    elif not _WEB.match(url):
        report.say(f"enclosure has url={url!r}, which RSS wants of http", "write it as atom:link rel=enclosure")
    if not (length.isascii() and length.isdigit()):
        report.say(f"enclosure has length={length!r}", "write the size in bytes, 0 where unknown")
    if not is_media_type(media_type):
        report.say(f"enclosure has type={media_type!r}", "write a media type")


def _check_children(element: _Element, known: frozenset[str], report: Report) -> None:
    counts = Counter(child.tag for child in element if isinstance(child.tag, str))
    for tag, count in counts.items():
        if not tag.startswith("{") and tag not in known:
            report.say(f"{element.tag} has a child {tag}, which RSS 2.0 does not know there", "leave it out")
        elif tag in known and tag not in _MANY and count > 1:
            report.say(f"{element.tag} has {count} of {tag}", f"keep one {tag}")
    for child in element:
        if child.tag == "item" or not isinstance(child.tag, str):
            continue
        check_characters((child.text or "") + "".join(child.attrib.values()), report)
        if child.tag in ("pubDate", "lastBuildDate"):
            read_rfc822(child.text or "", report)
        if child.tag == "link" and not is_absolute_uri(child.text or ""):
            report.say(f"link {child.text!r} is not an absolute URL", "write the absolute URL")
        if child.tag == _ATOM_LINK and not is_absolute_uri(child.get("href") or ""):
            report.say(f"atom:link has href={child.get('href')!r}", "write the absolute URL")
