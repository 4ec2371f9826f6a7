"""Atom, RSS, JSON Feed and OPML by their specifications, and by the messages of the W3C's feed validator.

Each message begins with the validator's name for it where there is one ("ContainsUndeclaredHTML"), else with the
section of the specification. Whatever that validator calls a mere piece of information is left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
DC = "{http://purl.org/dc/elements/1.1/}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
FH = "{http://purl.org/syndication/history/1.0}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"

_SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


# --- values -------------------------------------------------------------------------------------------------------

#: RFC 3986, with what it lets stand where; brackets are for addresses of IPv6.
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?://(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)(?::\d*)?(?=[/?#]|\Z))?"
    r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?\Z"
)
_TAG = re.compile(r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:[\w;/?:@&=+$.!~*'()%,#-]*\Z", re.ASCII)
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:(?:[a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+\Z", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"""[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+\Z""")
_EMAIL = re.compile(r"[A-Za-z0-9_+.'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+\Z")
_WEB = re.compile(r"https?://(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9][A-Za-z0-9-]*(?::\d+)?(?:/|\Z)", re.IGNORECASE)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_RFC2822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d [+-]\d\d[03]0\Z",
    re.ASCII,
)
#: ISO 639-1 whole; of the longer codes those that the tests speak of.
_LANGUAGES = _words(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu yue gsw haw"""
)
_SCHEMES = _words("http https ftp mailto tag urn data")


def _uri(value: str, what: str) -> Iterator[str]:
    scheme = value.partition(":")[0].lower()
    if not _URI.match(value):
        yield f"UriNotIri, InvalidIRI: {what} {value!r}"
    elif scheme == "tag" and not _TAG.match(value):
        yield f"InvalidTAG: {what} {value!r}"
    elif scheme == "urn" and not _URN.match(value):
        yield f"InvalidURN: {what} {value!r}"
    elif scheme in ("http", "https") and not urlsplit(value).hostname:
        yield f"InvalidFullLink: {what} {value!r}"
    elif scheme.isalpha() and scheme not in _SCHEMES:
        yield f"SchemeNotIANARegistered: {what} {value!r}"


def _language(value: str, what: str) -> Iterator[str]:
    if value.partition("-")[0].lower() not in _LANGUAGES or not re.fullmatch(
        "[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", value
    ):
        yield f"InvalidLanguage: {what} {value!r}"


def _plausible(at: datetime, what: str) -> Iterator[str]:
    if not 1970 <= at.year <= 2100:
        yield f"ImplausibleDate: {what} {at}"


def _rfc3339(value: str, what: str) -> Iterator[str]:
    if not _RFC3339.match(value):
        yield f"InvalidRFC3339Date: {what} {value!r}"
    else:
        yield from _plausible(datetime.fromisoformat(value), what)


def _rfc2822(value: str, what: str) -> Iterator[str]:
    if not _RFC2822.match(value):
        yield f"ProblematicalRFC822Date: {what} {value!r}"
        return
    at = parsedate_to_datetime(value)
    if at.strftime("%a") != value[:3]:
        yield f"IncorrectDOW: {what} {value!r}"
    yield from _plausible(at, what)


def _characters(value: str, what: str) -> Iterator[str]:
    found = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]", value)
    if found:
        yield f"BadCharacters: {what} has U+{ord(found[0]):04X}"


# --- HTML ---------------------------------------------------------------------------------------------------------

_KNOWN = _words(
    """a abbr acronym address article aside audio b bdi big blockquote br caption center cite code col colgroup data dd
    del details dfn div dl dt em figcaption figure footer header h1 h2 h3 h4 h5 h6 hgroup hr i img ins kbd li main mark
    menu meter nav ol p picture pre progress q rp rt ruby s samp section small source span strike strong sub summary sup
    table tbody td tfoot th thead time tr track tt u ul var video wbr"""
)
_ATTRIBUTES = _words(
    """abbr align alt border cite class colspan datetime dir headers height high href hreflang kind label lang loop low
    max media min muted open optimum playsinline poster reversed rowspan scope sizes span src srclang srcset start
    summary title type valign value width"""
)
_REFERENCES = frozenset({"href", "src", "poster", "cite"})


class _Fragment(HTMLParser):
    """Collects what the validator would say of a piece of HTML."""

    def __init__(self, what: str) -> None:
        super().__init__(convert_charrefs=True)
        self.what, self.said = what, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _KNOWN:
            self.said.append(f"SecurityRisk, NotHtml: <{tag}> in {self.what}")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.said.append(f"SecurityRiskAttr: {name} on <{tag}> in {self.what}")
            if name in _REFERENCES:
                self._reference(tag, name, value or "")
            if name == "srcset":
                for candidate in re.split(r",\s+", value or ""):
                    self._reference(tag, name, candidate.split()[0])
        if tag == "img" and {dict(attrs).get("width"), dict(attrs).get("height")} <= {"0", "1"}:
            self.said.append(f"a tracking pixel in {self.what}")

    def _reference(self, tag: str, name: str, value: str) -> None:
        if not re.match(r"(?:https?://[^/]|mailto:|ftp://|tel:|magnet:)|data:image/(?!svg)", value):
            self.said.append(f"ContainsRelRef: {name}={value[:60]!r} on <{tag}> in {self.what}")

    def handle_comment(self, data: str) -> None:
        self.said.append(f"a comment in {self.what}")


def _html(value: str, what: str) -> Iterator[str]:
    yield from _characters(value, what)
    fragment = _Fragment(what)
    fragment.feed(value)
    fragment.close()
    yield from fragment.said


def _plain(value: str, what: str, source: str = "") -> Iterator[str]:
    """Text in which the validator would suspect markup; `source` is how it is written, references and all."""
    yield from _characters(value, what)
    if re.search(rf"</(?:{'|'.join(_KNOWN)}|script|font|iframe)>", value, re.IGNORECASE):
        yield f"ContainsHTML, ContainsUndeclaredHTML: {what} {value!r}"
    for name in re.findall(r"&(#?\w+)", value):
        # "&#x26;" for "&" is how the RSS Profile says that a sign is meant and no markup
        if "&#x" not in source and (name in name2codepoint or name == "apos" or not name.isalpha()):
            yield f"ContainsHTML, ContainsUndeclaredHTML: {what} {value!r}"


# --- Atom ---------------------------------------------------------------------------------------------------------


def atom(data: bytes, url: str) -> list[str]:
    """All that the schema of RFC 4287 and the validator have to say of an Atom feed that is published at `url`."""
    return list(_atom(data, url))


def _parsed(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _atom(data: bytes, url: str) -> Iterator[str]:
    feed = _parsed(data)
    if not _SCHEMA.validate(feed):
        yield from (f"RFC 4287 appendix B: {error}" for error in _SCHEMA.error_log)
    lines = data.decode().split("\n")
    for element in feed.iter(etree.Element):
        yield from _atom_element(element, lines)
    yield from _atom_feed(feed, url)
    for entry in feed.iterchildren(ATOM + "entry"):
        yield from _atom_entry(entry, feed)


def _atom_element(element: etree._Element, lines: list[str]) -> Iterator[str]:
    name, text = str(element.tag).removeprefix(ATOM), "".join(element.itertext())
    kind = element.get("type", "text")
    line = lines[(element.sourceline or 1) - 1]
    if element.get(XML + "lang") is not None:
        yield from _language(element.get(XML + "lang", ""), "xml:lang")
    if element.get(XML + "base") is not None:
        yield from _uri(element.get(XML + "base", ""), "xml:base")
    if name in ("title", "subtitle", "summary", "content", "rights"):
        if not text.strip():
            yield f"NotBlank: {name}"
        if name in ("title", "subtitle", "rights") and kind != "text":
            yield f"a {name} of type {kind}"
        yield from _html(text, name) if kind == "html" else _plain(text, name, line)
    elif name in ("id", "icon", "logo", "uri"):
        yield from _uri(text, name)
    elif name in ("updated", "published"):
        yield from _rfc3339(text, name)
    elif name == "name":
        if not text.strip():
            yield "NotBlank: name"
        yield from _plain(text, name, line)
    elif name == "email" and not _EMAIL.match(text):
        yield f"InvalidContact: {text!r}"
    elif name == "link":
        yield from _atom_link(element, line)
    elif name == "category":
        yield from _uri(element.get("scheme", "urn:none:x"), "scheme")
        yield from _plain(element.get("label", "x"), "label", line)
        if not element.get("term", "").strip():
            yield "category has no term"


def _atom_link(link: etree._Element, line: str) -> Iterator[str]:
    yield from _uri(link.get("href", ""), f"link rel={link.get('rel')}")
    if link.get("title") is not None:
        yield from _plain(link.get("title", ""), "link title", line)
        if not link.get("title", "").strip():
            yield "AttrNotBlank: title"
    if link.get("hreflang") is not None:
        yield from _language(link.get("hreflang", ""), "hreflang")
    if link.get("type") is not None and not _MEDIA_TYPE.match(link.get("type", "")):
        yield f"InvalidMIMEType: {link.get('type')!r}"
    rel = link.get("rel", "alternate")
    if not re.fullmatch("[a-z-]+", rel):
        yield from _uri(rel, "rel")


def _atom_feed(feed: etree._Element, url: str) -> Iterator[str]:
    if [link.get("href") for link in feed.findall(ATOM + "link[@rel='self']")] != [url]:
        yield f"MissingSelf, SelfDoesntMatchLocation: {url}"
    if not feed.get(XML + "lang"):
        yield "MissingDCLanguage"
    names = [str(child.tag) for child in feed if isinstance(child.tag, str)]
    if ATOM + "entry" in names and set(names[names.index(ATOM + "entry") :]) != {ATOM + "entry"}:
        yield "MisplacedMetadata"
    ids = Counter(entry.findtext(ATOM + "id") for entry in feed.iterchildren(ATOM + "entry"))
    yield from (f"DuplicateEntries: {each}" for each, count in ids.items() if count > 1)
    yield from _alternates(feed, "feed")
    if feed.find(FH + "archive") is not None and feed.find(ATOM + "link[@rel='current']") is None:
        yield "MissingCurrentInArchive"
    if feed.find(FH + "archive") is not None and feed.find(ATOM + "link[@rel='current']").get("href") == url:  # type: ignore[union-attr]
        yield "CurrentNotSelfInCompleteFeed"
    tombstones = [(each.get("ref"), each.get("when")) for each in feed.iterchildren(DELETED)]
    if len(tombstones) != len(set(tombstones)):
        yield "RFC 6721 §3: (ref, when) stands twice"
    for ref, when in tombstones:
        yield from _uri(ref or "", "ref")
        yield from _rfc3339(when or "", "when")


def _alternates(parent: etree._Element, what: str) -> Iterator[str]:
    links = [link for link in parent.iterchildren(ATOM + "link") if link.get("rel", "alternate") == "alternate"]
    kinds = Counter((link.get("type"), link.get("hreflang")) for link in links)
    yield from (f"DuplicateAtomLink: {kind} in {what}" for kind, count in kinds.items() if count > 1)
    same = Counter(tuple(sorted(link.attrib.items())) for link in parent.iterchildren(ATOM + "link"))
    yield from (f"a link stands twice: {link} in {what}" for link, count in same.items() if count > 1)


def _atom_entry(entry: etree._Element, feed: etree._Element) -> Iterator[str]:
    what = entry.findtext(ATOM + "id") or "?"
    yield from _alternates(entry, what)
    content, summary = entry.find(ATOM + "content"), entry.find(ATOM + "summary")
    has_alternate = any(link.get("rel", "alternate") == "alternate" for link in entry.iterchildren(ATOM + "link"))
    if content is None and not has_alternate:
        yield f"MissingContentOrAlternate: {what}"
    if content is None and summary is None:
        yield f"MissingTextualContent: {what}"
    if content is not None and summary is not None and content.text == summary.text:
        yield f"SameContent: {what}"
    if entry.find(ATOM + "author") is None:
        yield f"MissingAuthor: {what}"
    for link in entry.iterchildren(ATOM + "link"):
        if link.get("rel") in ("self", "current", "first", "last", "next", "previous", "prev-archive", "next-archive"):
            yield f"FeedHistoryRelInEntry: {link.get('rel')} in {what}"
    source = entry.find(ATOM + "source")
    if source is not None:
        yield from (
            f"MissingSourceElement: {name} in {what}"
            for name in ("id", "title", "updated")
            if not (source.findtext(ATOM + name) or "").strip()
        )
        yield from _alternates(source, f"source of {what}")


# --- RSS ----------------------------------------------------------------------------------------------------------


def rss(data: bytes, url: str) -> list[str]:
    """All that the specification, the RSS Profile and the validator have to say of RSS 2.0 published at `url`."""
    return list(_rss(data, url))


def _rss(data: bytes, url: str) -> Iterator[str]:
    root, lines = _parsed(data), data.decode().split("\n")
    channel = root.find("channel")
    assert root.get("version") == "2.0"
    assert channel is not None
    for name in ("title", "link", "description", "language"):
        if not (channel.findtext(name) or "").strip():
            yield f"channel has no {name}"
    if [link.get("href") for link in channel.findall(ATOM + "link[@rel='self']")] != [url]:
        yield f"MissingAtomSelfLink, SelfDoesntMatchLocation: {url}"
    names = [str(child.tag) for child in channel]
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        yield "MisplacedItem"
    guids = Counter(item.findtext("guid") for item in channel.iterchildren("item"))
    yield from (f"DuplicateValue: guid {each}" for each, count in guids.items() if count > 1)
    for element in channel.iter(etree.Element):
        yield from _rss_element(element, lines)
    for item in channel.iterchildren("item"):
        yield from _rss_item(item)


def _rss_element(element: etree._Element, lines: list[str]) -> Iterator[str]:
    name, text = str(element.tag), element.text or ""
    line = lines[(element.sourceline or 1) - 1]
    if name == "link":
        yield from _uri(text, "link")
    elif name in ("title", "category", "source", DC + "rights"):
        if not text.strip():
            yield f"NotBlank: {name}"
        yield from _plain(text, name, line)
    elif name in ("pubDate", "lastBuildDate"):
        yield from _rfc2822(text, name)
    elif name in ("language", DC + "language"):
        yield from _language(text, name)
    elif name in ("managingEditor", "webMaster", "author") and not re.match(r"\S+@\S+ \(.+\)\Z", text):
        yield f"MissingRealName: {text!r}"
    elif name == ATOM + "link":
        yield from _atom_link(element, line)
    elif name == ATOM + "updated":
        yield from _rfc3339(text, name)


def _rss_item(item: etree._Element) -> Iterator[str]:
    what = item.findtext("guid") or "?"
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") not in ("true", "false"):
        yield f"MissingGuid: {what}"
    elif guid.get("isPermaLink") == "true":
        yield from _uri(what, "guid")
    for name in ("title", "link", "description", "guid", "pubDate", "enclosure", "source", ENCODED):
        if len(item.findall(name)) > 1:
            yield f"DuplicateElement: {name} in {what}"
    names = [str(child.tag) for child in item]
    if ENCODED in names and "description" not in names[: names.index(ENCODED)]:
        yield f"NeedDescriptionBeforeContent: {what}"
    for name in ("description", ENCODED):
        yield from _html(item.findtext(name) or "", f"{name} of {what}")
    for enclosure in item.iterchildren("enclosure"):
        if not (enclosure.get("length") or "").isdigit() or not _MEDIA_TYPE.match(enclosure.get("type") or ""):
            yield f"MissingAttribute: enclosure {dict(enclosure.attrib)}"
        yield from _uri(enclosure.get("url", ""), "enclosure")
        if not _WEB.match(enclosure.get("url", "")):
            yield f"InvalidURLAttribute: enclosure {enclosure.get('url')!r}"
    for source in item.iterchildren("source"):
        yield from _uri(source.get("url", ""), "source")


# --- JSON Feed ----------------------------------------------------------------------------------------------------

#: Member -> its type; "!" is required, "u" a URL, "s" a string, "t" an instant, "a" authors, "l" a list of strings.
_FEED = {"version": "!s", "title": "!s", "home_page_url": "u", "feed_url": "u", "description": "s", "language": "s"} | {
    "authors": "a",
    "hubs": "*",
    "items": "*",
}
_ITEM = {"id": "!s", "url": "u", "title": "s", "content_html": "s", "content_text": "s", "summary": "s"} | {
    "date_published": "t",
    "date_modified": "t",
    "authors": "a",
    "tags": "l",
    "language": "s",
    "attachments": "*",
}


def json_feed(data: bytes, url: str) -> list[str]:
    """All that JSON Feed 1.1 has to say of a document that is published at `url`."""
    return list(_json_feed(json.loads(data), url))


def _json_feed(feed: dict[str, object], url: str) -> Iterator[str]:
    yield from _members(feed, _FEED, "feed")
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or feed.get("feed_url") != url:
        yield f"version {feed.get('version')!r}, feed_url {feed.get('feed_url')!r}"
    items = feed.get("items")
    assert isinstance(items, list)
    for item in items:
        what = str(item.get("id"))
        yield from _members(item, _ITEM, what)
        if not isinstance(item.get("content_html"), str) and not isinstance(item.get("content_text"), str):
            yield f"{what} has no content"
        yield from _html(item.get("content_html", ""), what)
        for attachment in item.get("attachments", []):
            yield from _uri(attachment.get("url", ""), "attachment")
            if not _MEDIA_TYPE.match(attachment.get("mime_type", "")):
                yield f"attachment without mime_type in {what}"
            if not isinstance(attachment.get("size_in_bytes", 0), int):
                yield f"size_in_bytes in {what}"
    ids = Counter(item["id"] for item in items)
    yield from (f"the id {each} stands twice" for each, count in ids.items() if count > 1)


def _members(told: dict[str, object], known: dict[str, str], what: str) -> Iterator[str]:
    for name in told:
        if name not in known and not name.startswith("_"):
            yield f"{what} has a member {name}"
    for name, kind in known.items():
        value = told.get(name)
        if value is None:
            if kind.startswith("!"):
                yield f"{what} has no {name}"
            continue
        kind = kind.lstrip("!")
        if kind in "sut" and not (isinstance(value, str) and value):
            yield f"{what}: {name} is {value!r}"
        elif kind == "u":
            yield from _uri(str(value), name)
        elif kind == "t":
            yield from _rfc3339(str(value), name)
        elif kind == "l" and not (isinstance(value, list) and all(isinstance(each, str) and each for each in value)):
            yield f"{what}: {name} is {value!r}"
        elif kind == "a":
            assert isinstance(value, list)
            for author in value:
                if not set(author) <= {"name", "url", "avatar"} or not author.get("name"):
                    yield f"{what}: author {author!r}"
                yield from _uri(author.get("url", "urn:none:x"), "author url")
        if name == "language":
            yield from _language(str(value), what)


# --- OPML ---------------------------------------------------------------------------------------------------------

_HEAD = frozenset({"title", "dateCreated", "dateModified", "ownerName", "ownerEmail", "ownerId"})
_OUTLINE = _words(
    """category created description htmlUrl isBreakpoint isComment language text title type url version xmlUrl"""
)


def opml(data: bytes) -> list[str]:
    """All that OPML 2.0 and the validator have to say of a list of subscriptions."""
    return list(_opml(_parsed(data)))


def _opml(root: etree._Element) -> Iterator[str]:
    head, body = root.find("head"), root.find("body")
    if root.tag != "opml" or root.get("version") != "2.0" or head is None or body is None:
        yield "not OPML 2.0"
        return
    for child in head:
        if child.tag not in _HEAD:
            yield f"UndefinedElement: {child.tag} in head"
        if str(child.tag).startswith("date"):
            yield from _rfc2822(child.text or "", str(child.tag))
        if child.tag == "ownerId":
            yield from _uri(child.text or "", "ownerId")
    if body.find("outline") is None:
        yield "MissingElement: outline in body"
    for outline in body.iter("outline"):
        unknown = [name for name in outline.attrib if "{" not in name and name not in _OUTLINE]
        if unknown or not outline.get("text"):
            yield f"outline {dict(outline.attrib)}"
        if outline.get("type") == "rss" and not (outline.get("xmlUrl") and outline.get("title")):
            yield f"MissingXmlURL, MissingTitleAttr: {dict(outline.attrib)}"
        if outline.get("type") is None and outline.get("title") is not None:
            yield f"MissingOutlineType: {dict(outline.attrib)}"
        for name in ("xmlUrl", "htmlUrl"):
            yield from _uri(outline.get(name, "urn:none:x"), name)
        if outline.get("language") is not None:
            yield from _language(outline.get("language", ""), "language")
