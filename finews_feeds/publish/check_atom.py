"""Is this an Atom document that no reader and no validator has a word against?

RFC 4287's MUSTs, its SHOULDs, and beyond them what makes an entry good that is republished: a whole atom:source, clean
HTML with absolute references, a self link, text where text can be. Each fault names the document and the entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from lxml import etree
from lxml.etree import _Element

from finews_feeds.errors import Fault
from finews_feeds.publish.check_history import check_history
from finews_feeds.publish.check_values import (
    Report,
    check_characters,
    check_html,
    is_absolute_iri,
    is_email,
    is_language,
    is_media_type,
    read_rfc3339,
    read_xml,
)

_ATOM = "{http://www.w3.org/2005/Atom}"
_XHTML_DIV = "{http://www.w3.org/1999/xhtml}div"
_XML = "{http://www.w3.org/XML/1998/namespace}"

#: Element -> its Atom children with (least, most); foreign elements may stand in all of these (§6.4).
_ANY = (0, 1_000_000)
_ONE, _OPTIONAL = (1, 1), (0, 1)
_METADATA = {"author": _ANY, "category": _ANY, "contributor": _ANY, "link": _ANY, "rights": _OPTIONAL}
_REQUIRED = {"id": _ONE, "title": _ONE, "updated": _ONE}
_OF_FEED = {"generator": _OPTIONAL, "icon": _OPTIONAL, "logo": _OPTIONAL, "subtitle": _OPTIONAL}
_CHILDREN = {
    "feed": {**_METADATA, **_REQUIRED, **_OF_FEED, "entry": _ANY},
    "entry": {
        **_METADATA,
        **_REQUIRED,
        **dict.fromkeys(("content", "published", "source", "summary"), _OPTIONAL),
    },
    # §4.2.11 says SHOULD for these three, and the W3C's validator warns where one is missing.
    "source": {**_METADATA, **_REQUIRED, **_OF_FEED},
    "author": {"name": _ONE, "uri": _OPTIONAL, "email": _OPTIONAL},
}
_CHILDREN["contributor"] = _CHILDREN["author"]

#: Element -> its attributes without a namespace (§2: all others are undefined).
_ATTRIBUTES = {
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "category": {"term", "scheme", "label"},
    "generator": {"uri", "version"},
    "content": {"type", "src"},
    **{name: {"type"} for name in ("title", "subtitle", "summary", "rights")},
}

#: Registered relations that mean something in a feed.
_OF_HISTORY = frozenset({"current", "first", "last", "next", "next-archive", "prev-archive", "previous"})
_RELATIONS = _OF_HISTORY | {
    *("alternate", "describedby", "edit", "edit-media", "enclosure", "hub", "license", "payment", "related", "replies"),
    *("search", "self", "service", "up", "via"),
}


def check_atom(data: bytes, url: str | None, place: str = "") -> tuple[Fault, ...]:
    """All faults of an Atom document, in the order in which they stand; none where it is good.

    `url` is where it is published, None where unknown; faults name `place`, such as its file, or else the URL.
    """
    report = Report(place or url or "feed")
    root = read_xml(data, report)
    if root is None:
        return report.faults()
    if root.tag != f"{_ATOM}feed":
        report.say(f"the root is {root.tag}, not an Atom feed", "begin with <feed xmlns='http://www.w3.org/2005/Atom'>")
        return report.faults()
    _check_feed(root, url, report)
    return report.faults()


def _check_feed(feed: _Element, url: str | None, report: Report) -> None:
    entries = list(feed.iterchildren(f"{_ATOM}entry"))
    _check_element(feed, report)
    _check_links(feed, report)
    _check_self(feed, url, report)
    _check_order(feed, report)
    has_author = feed.find(f"{_ATOM}author") is not None
    for number, entry in enumerate(entries, 1):
        report.at = _text(entry, "id") or f"entry {number}"
        _check_entry(entry, has_author, report)
    report.at = ""
    _check_unique(entries, report)
    _check_newest(feed, entries, report)
    check_history(feed, report)


# --- the document as a whole --------------------------------------------------------------------------------------


def _check_self(feed: _Element, url: str | None, report: Report) -> None:
    """§4.1.1: "atom:feed elements SHOULD contain one atom:link element with a rel attribute value of self"."""
    selves = [link for link in feed.iterchildren(f"{_ATOM}link") if link.get("rel") == "self"]
    if len(selves) != 1:
        report.say(f"there are {len(selves)} links rel=self", "give the feed one, with its own URL")
        return
    if selves[0].get("type") != "application/atom+xml":
        report.say("the link rel=self has another type than the feed", 'write type="application/atom+xml"')
    if url is not None and selves[0].get("href") != url:
        report.say(f"the link rel=self leads to {selves[0].get('href')!r}", f"write the feed's own URL, {url}")


def _check_order(feed: _Element, report: Report) -> None:
    """Metadata first: readers that read as it comes want to know the feed before its entries."""
    is_after = False
    for child in _atom_children(feed):
        if child.tag == f"{_ATOM}entry":
            is_after = True
        elif is_after:
            report.say(f"{_name(child)} stands after an entry", "put the feed's metadata before its entries")
            return


def _check_unique(entries: list[_Element], report: Report) -> None:
    """§4.1.1 lets versions of one entry share an id where `updated` differs; we never publish two versions."""
    counts = Counter(_text(entry, "id") for entry in entries)
    for atom_id, count in counts.items():
        if atom_id and count > 1:
            report.say(f"{count} entries have the id {atom_id}", "publish an entry once")


def _check_newest(feed: _Element, entries: list[_Element], report: Report) -> None:
    """A feed is no older than its newest entry, or readers that ask by date miss it."""
    silent = Report("")
    dates = [read_rfc3339(_text(element, "updated"), silent) for element in (feed, *entries)]
    newest = max((date for date in dates[1:] if date is not None), default=None)
    if dates[0] is not None and newest is not None and newest > dates[0]:
        report.say("the feed's updated is older than its newest entry's", "give it the newest entry's")


# --- entries ------------------------------------------------------------------------------------------------------


def _check_entry(entry: _Element, feed_has_author: bool, report: Report) -> None:
    _check_element(entry, report)
    _check_links(entry, report)
    for link in entry.iterchildren(f"{_ATOM}link"):
        rel = link.get("rel", "alternate")
        if rel == "self" or rel in _OF_HISTORY:
            report.say(f"an entry has a link rel={rel}", "only feeds have those")
    authored = feed_has_author or entry.find(f"{_ATOM}author") is not None
    if not authored and entry.find(f"{_ATOM}source/{_ATOM}author") is None:
        report.say("there is no author on the entry, its source or the feed", "give one to the feed")
    _check_presence(entry, report)


def _check_presence(entry: _Element, report: Report) -> None:
    """§4.1.2: without content an alternate link; with content that is elsewhere or in base64 a summary."""
    content = entry.find(f"{_ATOM}content")
    summary = entry.find(f"{_ATOM}summary")
    rels = {link.get("rel") or "alternate" for link in entry.iterchildren(f"{_ATOM}link")}
    if content is None and "alternate" not in rels:
        report.say("there is neither content nor a link rel=alternate", "give the entry one of them")
    if content is None and summary is None:
        report.say("there is neither content nor summary", "give a summary, the title at least")
    if content is not None and summary is None and (content.get("src") is not None or _is_base64(content)):
        report.say("the content is not readable text and there is no summary", "give a summary")


def _is_base64(content: _Element) -> bool:
    media_type = (content.get("type") or "text").lower()
    return "/" in media_type and not media_type.startswith("text/") and not media_type.endswith(("+xml", "/xml"))


def _check_links(parent: _Element, report: Report) -> None:
    """§4.1.1, §4.1.2: one alternate for each combination of type and hreflang."""
    counts = Counter(
        (link.get("type", ""), link.get("hreflang", ""))
        for link in parent.iterchildren(f"{_ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    )
    for (media_type, hreflang), count in counts.items():
        if count > 1:
            kind = " ".join(part for part in (media_type, hreflang) if part) or "no type"
            report.say(f"{count} links rel=alternate have {kind}", "keep one and make the others rel=related")


# --- elements -----------------------------------------------------------------------------------------------------


def _check_element(element: _Element, report: Report) -> None:
    """Attributes, children and their number, and each child by its own rules; entries are left to the caller."""
    _check_attributes(element, report)
    _check_children(element, report)
    for child in _atom_children(element):
        if child.tag != f"{_ATOM}entry":
            _check_attributes(child, report)
            check = _CHECKS.get(_name(child))
            if check is not None:
                check(child, report)


def _check_attributes(element: _Element, report: Report) -> None:
    name = _name(element)
    for attribute, value in element.attrib.items():
        check_characters(value, report)
        if "{" not in attribute and attribute not in _ATTRIBUTES.get(name, ()):
            report.say(f"{name} has an attribute {attribute}, which Atom does not know", "leave it out")
    lang, base = element.get(f"{_XML}lang"), element.get(f"{_XML}base")
    if lang and not is_language(lang):
        report.say(f"xml:lang={lang!r} on {name} is no language tag", 'write one such as "zh-CN"')
    if base is not None and not is_absolute_iri(base):
        report.say(f"xml:base={base!r} on {name} is not absolute", "write the absolute URL")


def _check_children(element: _Element, report: Report) -> None:
    name = _name(element)
    allowed = _CHILDREN[name]
    counts = Counter(_name(child) for child in _atom_children(element))
    for child in element:
        # Elements of other namespaces are extensions (§6.4), so long as they have a namespace.
        is_ours = isinstance(child.tag, str) and (child.tag.startswith(_ATOM) or not child.tag.startswith("{"))
        if is_ours and not (child.tag.startswith(_ATOM) and _name(child) in allowed):
            report.say(f"{name} has a child {child.tag}, which Atom does not know there", "leave it out")
    for child_name, (least, most) in allowed.items():
        if counts[child_name] < least:
            report.say(f"{name} has no {child_name}", f"give it one {child_name}")
        if counts[child_name] > most:
            report.say(f"{name} has {counts[child_name]} of {child_name}", f"keep one {child_name}")
    if "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        report.say(f"{name} has text between its elements", "put it into an element, or leave it out")


def _check_id(element: _Element, report: Report) -> None:
    value = element.text or ""
    if not is_absolute_iri(value):
        report.say(f"{_name(element)} {value!r} is not an absolute IRI", "write one, such as a tag: URI")


def _check_date(element: _Element, report: Report) -> None:
    read_rfc3339(element.text or "", report)


def _check_source(element: _Element, report: Report) -> None:
    _check_element(element, report)
    _check_links(element, report)


def _check_person(element: _Element, report: Report) -> None:
    _check_children(element, report)
    for child in _atom_children(element):
        name, value = _name(child), child.text or ""
        check_characters(value, report)
        if name == "name" and not value.strip():
            report.say(f"{_name(element)} has a blank name", "name the person, or leave it out")
        if name == "uri" and not is_absolute_iri(value):
            report.say(f"uri {value!r} is not an absolute IRI", "write one, or leave it out")
        if name == "email" and not is_email(value):
            report.say(f"email {value!r} is no address", "write one, or leave it out")


def _check_link(element: _Element, report: Report) -> None:
    href, rel = element.get("href"), element.get("rel")
    if href is None or not is_absolute_iri(href):
        report.say(f"link has href={href!r}, not an absolute IRI", "write the absolute URL")
    if rel is not None and rel not in _RELATIONS and not is_absolute_iri(rel):
        report.say(f"rel={rel!r} is no registered relation", "use a registered one, or an absolute IRI")
    _check_link_hints(element, report)


def _check_link_hints(element: _Element, report: Report) -> None:
    media_type, hreflang, length = (element.get(name) for name in ("type", "hreflang", "length"))
    if media_type is not None and not is_media_type(media_type):
        report.say(f"type={media_type!r} is no media type", "write one, or leave it out")
    if hreflang is not None and not is_language(hreflang):
        report.say(f"hreflang={hreflang!r} is no language tag", "write one, or leave it out")
    if length is not None and not (length.isascii() and length.isdigit()):
        report.say(f"length={length!r} is no number of bytes", "write one, or leave it out")
    if (element.text or "").strip():
        report.say("link has text", "leave it out: a link has attributes only")


def _check_category(element: _Element, report: Report) -> None:
    scheme = element.get("scheme")
    if not (element.get("term") or "").strip():
        report.say("category has no term", "give it one, or leave the category out")
    if scheme is not None and not is_absolute_iri(scheme):
        report.say(f"scheme={scheme!r} is not an absolute IRI", "write the absolute URL")


def _check_generator(element: _Element, report: Report) -> None:
    if not (element.text or "").strip():
        report.say("generator is blank", "name the program, or leave it out")
    if element.get("uri") is not None and not is_absolute_iri(element.get("uri") or ""):
        report.say(f"generator has uri={element.get('uri')!r}", "write the absolute URL, or leave it out")


def _check_text(element: _Element, report: Report) -> None:
    """§3.1: text and html have no child elements, xhtml has a single xhtml:div."""
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        report.say(f"{_name(element)} has type={kind!r}", "write text, html or xhtml")
    elif kind == "xhtml":
        _check_xhtml(element, report)
    else:
        _check_plain(element, kind, report)


def _check_plain(element: _Element, kind: str, report: Report) -> None:
    name, value = _name(element), "".join(element.itertext())
    if len(element):
        report.say(f"{name} of type {kind} has child elements", "escape its markup, or write type=xhtml")
    elif not value.strip():
        report.say(f"{name} is blank", "give it a text, or leave it out where it may be left out")
    elif kind == "html":
        check_html(value, report)
    else:
        check_characters(value, report)


def _check_xhtml(element: _Element, report: Report) -> None:
    if [child.tag for child in element] != [_XHTML_DIV] or (element.text or "").strip():
        report.say(f"{_name(element)} of type xhtml is not one xhtml:div", "wrap it in <div> of XHTML's namespace")
    else:
        check_html(etree.tostring(element[0], encoding="utf-8", with_tail=False).decode(), report)


def _check_content(element: _Element, report: Report) -> None:
    """§4.1.3: one of the text types inline, a media type, or a reference without any content."""
    kind, src = element.get("type"), element.get("src")
    if src is not None:
        if not is_absolute_iri(src):
            report.say(f"content has src={src!r}", "write the absolute URL")
        if len(element) or (element.text or "").strip():
            report.say("content has both src and something inside", "keep one of them")
        if kind is not None and not is_media_type(kind):
            report.say(f"content with src has type={kind!r}", "write the media type of what is there")
    elif kind is None or kind in ("text", "html", "xhtml"):
        _check_text(element, report)
    elif not is_media_type(kind):
        report.say(f"content has type={kind!r}", "write text, html, xhtml or a media type")


_CHECKS: dict[str, Callable[[_Element, Report], None]] = {
    **dict.fromkeys(("id", "icon", "logo"), _check_id),
    **dict.fromkeys(("updated", "published"), _check_date),
    **dict.fromkeys(("author", "contributor"), _check_person),
    **dict.fromkeys(("title", "subtitle", "summary", "rights"), _check_text),
    "link": _check_link,
    "category": _check_category,
    "generator": _check_generator,
    "content": _check_content,
    "source": _check_source,
}


def _atom_children(element: _Element) -> Iterator[_Element]:
    return (child for child in element if isinstance(child.tag, str) and child.tag.startswith(_ATOM))


def _name(element: _Element) -> str:
    return str(element.tag).removeprefix(_ATOM)


def _text(element: _Element, name: str) -> str:
    return element.findtext(f"{_ATOM}{name}") or ""
