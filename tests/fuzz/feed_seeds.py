"""Feeds to begin with, and what happens to them: every mutation follows from a seed, so a failure can be had again."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_GOLDEN = Path(__file__).parents[1] / "golden" / "feeds"
#: No case is larger, however often a piece of it is repeated.
_MOST_BYTES = 200_000

TYPES = (
    *("application/rss+xml", "application/atom+xml; charset=utf-8", "text/xml", "text/html; charset=iso-8859-1", ""),
    *("application/feed+json", "text/xml; charset=gbk", "application/xml; charset=utf-16", "text/plain;charset=x-none"),
)
_CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "cp932", "cp1252", "iso2022_jp")

_ENVELOPES = (
    "<rss version='2.0' {ns}><channel>{head}{entries}</channel></rss>",
    "<?xml version='1.0'?><rss version='0.91'><channel>{head}</channel>{entries}</rss>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' {ns}>"
    "<channel rdf:about='x'>{head}</channel>{entries}</rdf:RDF>",
    "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://a.example/b/' {ns}>{head}{entries}</feed>",
    "<a:feed xmlns:a='http://www.w3.org/2005/Atom' {ns}>{head}{entries}</a:feed>",
    "<feed version='0.3' xmlns='http://purl.org/atom/ns#' {ns}>{head}{entries}</feed>",
    "<!DOCTYPE rss [<!ENTITY x 'y'><!ENTITY z SYSTEM 'file:///etc/passwd'>]><rss>{head}{entries}</rss>",
)
_SPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
    "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:podcast='https://podcastindex.org/namespace/1.0'"
)
_HEADS = (
    *("<title>T</title>", "<link>http://a.example/</link>", "<link href='/x' rel='self'/>", "<id>urn:f</id>"),
    *("<ttl>60</ttl>", "<ttl>-1</ttl>", "<skipHours><hour>25</hour><hour>x</hour></skipHours>", "<updated/>"),
    *("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", "<language>zh</language>"),
    *("<sy:updateBase>9999-12-31T23:59:59-23:59</sy:updateBase>", "<author><name/><uri>:</uri></author>", "<image/>"),
    *("<skipDays><day>Monday</day><day/></skipDays>", "<link rel='hub' href='http://['/>", "<textInput><title>q"),
)
#: What may stand in an entry, plain and awkward, each a child of it.
_CHILDREN = (
    *(
        "<title>t</title>",
        "<title>中文 &amp;amp; &lt;b&gt;</title>",
        "<title type='xhtml'><div>a<b>c</b></div></title>",
    ),
    *("<title><![CDATA[a]]]]><![CDATA[>b]]></title>", "<title>&#0;&#xD800;&#1114112;&bogus;&nbsp;</title>", "<title/>"),
    *("<link>http://a.example/1</link>", "<link>javascript:alert(1)</link>", "<link>http://[::1</link>", "<link/>"),
    *("<link href='../2?a=b&amp;c' rel='alternate'/>", "<link rel='enclosure' href='x' length='-1' type=';'/>"),
    *(
        "<guid>http://a.example/1</guid>",
        "<guid isPermaLink='maybe'>1</guid>",
        "<guid/>",
        "<id>urn:1</id>",
        "<id> </id>",
    ),
    *("<id>tag:a.example,2026:\u202e</id>", "<pubDate>Mon, 23 Nov 2026 04:00:00 GMT</pubDate>", "<pubDate>0</pubDate>"),
    *("<pubDate>Fri, 31 Dec 9999 23:59:59 -1200</pubDate>", "<updated>0001-01-01T00:00:00+23:59</updated>"),
    *(
        "<published>2026-11-23T04:00:60.999999999Z</published>",
        "<dc:date>2026-W48</dc:date>",
        "<updated>九月</updated>",
    ),
    *("<pubDate>99999999999999999999</pubDate>", "<description>&lt;p onclick=x&gt;a&lt;script&gt;</description>"),
    *("<description><![CDATA[<img src=//x><a href='x:y'><table><td>]]></description>", "<summary type='image/png'>"),
    *("<content:encoded><![CDATA[" + "<b>" * 300 + "]]></content:encoded>", "<content type='text/html' src='/c'/>"),
    *("<content type='xhtml' xml:base='http://['><div xmlns='http://www.w3.org/1999/xhtml'><p>x</div></content>",),
    *("<category>a</category>", "<category term='' label='x'/>", "<category>../..\x01\u0000</category>", "<category/>"),
    *("<dc:creator>A (b@c.example)</dc:creator>", "<author>a@b.example (" + "(" * 40 + "</author>", "<dc:subject>x"),
    *("<author><name>N</name><email>@</email><uri>javascript:x</uri></author>", "<media:thumbnail url='t.png'/>"),
    *("<media:group><media:content url='v.mp4' medium='video'/><media:title>m</media:title></media:group>",),
    *(
        "<enclosure url='http://m.example/a.mp3' length='1e9' type='audio/mpeg'/>",
        "<itunes:duration>::</itunes:duration>",
    ),
    *("<podcast:transcript url='t.vtt' type='text/vtt'/>", "<itunes:keywords>" + "k," * 90 + "</itunes:keywords>"),
    *(
        "<source url='http://o.example/f'>O</source>",
        "<source><id>urn:o</id><updated>x</updated><link href='/'/></source>",
    ),
    *(
        "<rights>©</rights>",
        "<item><title>inner</title></item>",
        "<entry/>",
        "<comments>http://a.example/#c</comments>",
    ),
)
_ITEM_VALUES: tuple[object, ...] = (
    *("1", 1, 1.5, -0.0, 1e308, None, True, [], {}, "", "http://a.example/1", "javascript:x", "2026-11-23T04:00:00Z"),
    *("\ud800", "\0", "<p onclick=x>a</p>", ["a", None, 1], [{"name": None, "url": "x:"}], {"name": "n"}, 10**400),
    [{"url": "a.mp3", "mime_type": 1, "size_in_bytes": -1}],
)
_ITEM_KEYS = (
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published", "tags"),
    *("date_modified", "author", "authors", "image", "banner_image", "attachments", "language", "_x"),
)
_PIECES = (
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b'"', b"'", b"/>", b"</", b"\0", b"\xff"),
    *(
        b"<!DOCTYPE x [",
        b"<!ENTITY a 'b'>",
        b"&a;",
        b"&#x0;",
        b"&#55296;",
        b"&lt;",
        b"&amp;amp;",
        b"\xed\xa0\x80",
        b"\x1b$B",
    ),
    *(
        b"<item>",
        b"</item>",
        b"<entry>",
        b"</entry>",
        b"<title>",
        b"</channel>",
        b"<rss>",
        b"<html>",
        b"<x:y>",
        b"<x><x>",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xb9\xfa",
        b"\xe4\xb8",
        b"\xc2\x85",
        b"\x0c",
        b"\xe2\x80\xa8",
        b"\r",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'\\ud800"',
        b"1e999",
        b" xmlns='urn:x'",
        b" xml:base='//['",
        b" a='1' a='2'",
    ),
)
_TAG = re.compile(rb"<[^<>]{1,300}>")
_NUMBER = re.compile(rb"[0-9]+")


class Case(NamedTuple):
    """One answer: its Content-Type, "" for none, and its body."""

    content_type: str
    body: bytes


def golden_feeds() -> list[bytes]:
    """The golden feeds of the reader's own tests: every format, and what is broken in the commonest ways."""
    return [path.read_bytes() for path in sorted(_GOLDEN.glob("*.feed"))]


def made_up(rng: random.Random) -> bytes:
    """A feed of a few awkward pieces, in one format and one encoding or another."""
    if rng.random() < 0.2:
        items = [{key: rng.choice(_ITEM_VALUES) for key in rng.sample(_ITEM_KEYS, rng.randint(0, 7))} for _ in range(4)]
        head = {key: rng.choice(_ITEM_VALUES) for key in ("title", "home_page_url", "feed_url", "authors", "hubs")}
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", **head, "items": items}).encode()
    envelope = rng.choice(_ENVELOPES)
    name = "item" if "rss" in envelope[:60] or "rdf" in envelope[:60] else "a:entry" if "<a:" in envelope else "entry"
    entries = "".join(
        f"<{name}>{''.join(rng.choices(_CHILDREN, k=rng.randint(0, 7)))}</{name}>" for _ in range(rng.randint(0, 5))
    )
    head = "".join(rng.choices(_HEADS, k=rng.randint(0, 4)))
    text = envelope.format(ns=rng.choice((_SPACES, "")), head=head, entries=entries)
    codec = rng.choice(("utf-8",) * 12 + _CODECS)
    return text.encode(codec, "replace")


def mutated(seed: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """The feed after one to six accidents to its bytes, tags, numbers, encoding and length."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, 6)):
        _damage(data, others, rng)
    return bytes(data[:_MOST_BYTES])


def _damage(data: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    match rng.randrange(10):
        case 0:
            data[at:at] = rng.choice(_PIECES)
        case 1:
            del data[at : at + rng.randint(1, 60)]
        case 2:
            data[at : at + 1] = bytes([rng.randrange(256)])
        case 3:
            data[at:at] = rng.choice(_CHILDREN).encode("utf-8", "surrogatepass")
        case 4:
            data[at:at] = data[at : at + rng.randint(1, 300)] * rng.choice((1, 2, 3, 40))
        case 5:
            _damage_tag(data, rng)
        case 6:
            _replace_one(data, _NUMBER, rng.choice((b"-1", b"0", b"9" * 30, b"1e9", b"", b"\xef\xbc\x91")), rng)
        case 7:
            other = rng.choice(others)
            cut = rng.randrange(len(other) + 1)
            data[at:] = other[cut:]
        case 8:
            data[:] = data.decode("utf-8", "replace").encode(rng.choice(_CODECS), "replace")
        case _:
            if rng.random() < 0.4:
                del data[at:]


def _damage_tag(data: bytearray, rng: random.Random) -> None:
    """A tag is lost, doubled, changed for another of the document's, or closed where it was opened."""
    tags = [found.group() for found in _TAG.finditer(data)]
    if tags:
        tag = rng.choice(tags)
        other = (b"", tag + tag, rng.choice(tags), b"</" + tag[1:], tag.upper(), tag[:-1], tag[:-1] + b"/>")
        _replace_one(data, re.compile(re.escape(tag)), rng.choice(other), rng)


def _replace_one(data: bytearray, pattern: re.Pattern[bytes], piece: bytes, rng: random.Random) -> None:
    found = [match.span() for match in pattern.finditer(data)]
    if found:
        start, end = rng.choice(found)
        data[start:end] = piece


def cases(seeds: Sequence[bytes], seed: int, count: int) -> Iterator[Case]:
    """`count` answers: the seeds damaged, and feeds of awkward pieces, whole and damaged."""
    rng = random.Random(seed)
    for _ in range(count):
        data = rng.choice(seeds) if rng.random() < 0.5 else made_up(rng)
        yield Case(rng.choice(TYPES), mutated(data, seeds, rng) if rng.random() < 0.85 else data)
