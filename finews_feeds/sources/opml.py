"""OPML 1.0 and 2.0 (http://opml.org/spec2.opml): subscription lists in and out.

An outline with `xmlUrl` is a subscription; one without is a folder, and the path of folders around a subscription, its
names joined by "/", is a category of it. The `category` attribute holds more, split by commas: what has a slash is a
category, what has none a tag. A subscription that stands in several folders is one subscription in several categories.
What seems to be a subscription and cannot be one is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import Finding, FindingKind
from finews_feeds.sources import charset, feed_xml
from finews_feeds.sources.references import absolute_http, is_http


@dataclass(frozen=True, slots=True)
class OpmlSource:
    """One subscription: where its feed is, how it is called, and on which shelves it stands."""

    url: str
    title: str = ""
    site_url: str = ""
    #: Paths of folders, "Markets/China", without slashes at their ends.
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: The line of its first outline, 0 where it is not known.
    line: int = field(default=0, compare=False)


def parse(data: bytes, place: str, must_be_whole: bool = False) -> tuple[tuple[OpmlSource, ...], tuple[Finding, ...]]:
    """The subscriptions of a list, each URL once, in document order; `place` is its file or URL, for messages.

    Broken XML is read as far as it goes; with `must_be_whole` one that breaks off is none. Addresses spelled `feed:…`
    are mended; outlines that seem to be subscriptions and have no http(s) URL as `xmlUrl` are left out; there is a
    finding for each. Raises ParseError where the document is no OPML.
    """
    text, _findings = charset.decode(data, (), place)
    tree = feed_xml.tree(text, place)
    root = tree.root
    if feed_xml.local_name(root) != "opml":
        mend = "give the file or URL of an OPML subscription list"
        raise ParseError(Fault(place, f"its root element is <{feed_xml.local_name(root)[:40]}>, not <opml>", mend))
    if must_be_whole and not tree.is_whole:
        raise ParseError(Fault(place, "the document breaks off before its end", "nothing to do: it is read again"))
    found: dict[str, OpmlSource] = {}
    findings: list[Finding] = []
    for source in _sources(root, (), place, findings):
        known = found.get(source.url)
        found[source.url] = source if known is None else _united(known, source)
    return tuple(found.values()), tuple(findings)


def render(sources: Iterable[OpmlSource], title: str) -> bytes:
    """The same as OPML 2.0 in UTF-8: what `parse` reads from it is what was given, in the order of its folders.

    A comma in a tag becomes a full-width one, for OPML knows no other way to write it.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _clean(title)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for source in sources:
        for category in source.categories or ("",):
            path = tuple(filter(None, category.split("/")))
            etree.SubElement(_folder(folders, path), "outline", _attributes(source))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _sources(
    parent: etree._Element, path: tuple[str, ...], place: str, findings: list[Finding]
) -> Iterator[OpmlSource]:
    """Depth first; the parser has bounded the depth."""
    for outline in parent:
        attributes = {key.lower(): value for key, value in outline.attrib.items()}
        name = " ".join((attributes.get("title") or attributes.get("text") or "").split())
        if feed_xml.local_name(outline) != "outline":
            yield from _sources(outline, path, place, findings)
        elif "xmlurl" in attributes:
            source = _source(attributes, name, path, outline.sourceline or 0)
            findings += _findings(attributes["xmlurl"], source, place)
            if source.url:
                yield source
            yield from _sources(outline, path, place, findings)
        else:
            if len(outline) == 0 and not _PAGES.isdisjoint(attributes):
                what = f"{_called(name, attributes)}: it has no xmlUrl"
                findings.append(Finding(FindingKind.SKIPPED, place, outline.sourceline or 0, what, _GIVE))
            yield from _sources(outline, (*path, name.replace("/", "∕")) if name else path, place, findings)


#: An outline that has one of these, no xmlUrl and nothing below it was meant to be more than a folder.
_PAGES = frozenset({"url", "htmlurl"})
_GIVE = "write the http or https address of its feed as xmlUrl"


def _called(name: str, attributes: dict[str, str]) -> str:
    return f'"{_clean(name or attributes.get("htmlurl") or attributes.get("url") or "an outline")[:200]}"'


def _findings(spelled: str, source: OpmlSource, place: str) -> Iterator[Finding]:
    """What was odd about one `xmlUrl`."""
    shown = _clean(spelled)[:200]
    called = f'"{_clean(source.title)[:200]}" ({shown})' if source.title else f'"{shown}"'
    if not shown:
        yield Finding(FindingKind.SKIPPED, place, source.line, f"{called}: its xmlUrl is empty", _GIVE)
    elif not source.url:
        yield Finding(FindingKind.SKIPPED, place, source.line, f"{called}: no absolute http or https URL", _GIVE)
    elif spelled.strip()[:5].lower() == "feed:":
        what = f"{called}: taken as {source.url[:200]}"
        yield Finding(FindingKind.REPAIRED, place, source.line, what, "see that it is the address of the feed")


def _without_feed_scheme(spelled: str) -> str:
    """An address without `feed:`, by which browsers handed feeds to readers: feed://host/x and feed:https://host/x."""
    if spelled.strip()[:5].lower() != "feed:":
        return spelled
    address = spelled.strip()[5:].removeprefix("//")
    return address if is_http(address) else f"http://{address}"


def _source(attributes: dict[str, str], name: str, path: tuple[str, ...], line: int) -> OpmlSource:
    spelled = [part.strip() for part in attributes.get("category", "").split(",")]
    shelves = [part.strip("/") for part in spelled if "/" in part]
    return OpmlSource(
        url=absolute_http("", _without_feed_scheme(attributes["xmlurl"])),
        title=name,
        site_url=absolute_http("", attributes.get("htmlurl", "")),
        categories=tuple(dict.fromkeys(filter(None, ["/".join(path), *shelves]))),
        tags=tuple(dict.fromkeys(part for part in spelled if part and "/" not in part)),
        line=line,
    )


def _united(known: OpmlSource, again: OpmlSource) -> OpmlSource:
    return replace(
        known,
        title=known.title or again.title,
        site_url=known.site_url or again.site_url,
        categories=tuple(dict.fromkeys((*known.categories, *again.categories))),
        tags=tuple(dict.fromkeys((*known.tags, *again.tags))),
    )


def _folder(folders: dict[tuple[str, ...], etree._Element], path: tuple[str, ...]) -> etree._Element:
    if path not in folders:
        name = _clean(path[-1])
        folders[path] = etree.SubElement(_folder(folders, path[:-1]), "outline", text=name, title=name)
    return folders[path]


def _attributes(source: OpmlSource) -> dict[str, str]:
    title = _clean(source.title or source.url)
    attributes = {"text": title, "title": title, "type": "rss", "xmlUrl": source.url}
    if source.site_url:
        attributes["htmlUrl"] = source.site_url
    if source.tags:
        attributes["category"] = ",".join(_clean(tag).replace(",", "，").replace("/", "∕") for tag in source.tags)
    return attributes


def _clean(text: str) -> str:
    """Without what may not stand in XML 1.0 (§2.2), and on one line."""
    return " ".join(charset.FORBIDDEN.sub("", text).split())
