"""What a source says, as the bytes of a document: RSS 2.0, RSS 1.0, Atom, JSON Feed; and a post as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Said:
    """What one source says of one article at present."""

    number: int
    #: Which entry it belongs to by the truth: the same for all that are one article to those who see only this.
    identity: str
    #: None where the source gives none.
    entry_id: str | None
    url: str
    title: str
    words: str
    tags: tuple[str, ...] = ()
    #: The article's own address, where `url` is an aggregator's.
    original: str = ""
    published_at: datetime | None = None

    @property
    def body(self) -> str:
        """Every text names its article: that is how it is known again in what is published."""
        return f"[[{self.number}]] {self.words}"


def rss(title: str, home: str, entries: list[Said]) -> bytes:
    """RSS 2.0."""
    return _document(
        '<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel>'
        f"<title>{escape(title)}</title><link>{escape(home)}</link>{''.join(map(_item, entries))}</channel></rss>"
    )


def _item(said: Said) -> str:
    permalink = "true" if said.entry_id == said.url else "false"
    return _element(
        "item",
        _text("title", said.title),
        _text("link", said.url),
        f'<guid isPermaLink="{permalink}">{escape(said.entry_id)}</guid>' if said.entry_id else "",
        _text("pubDate", format_datetime(said.published_at) if said.published_at else ""),
        _text("description", said.body),
        *[_text("category", tag) for tag in said.tags],
        _text("feedburner:origLink", said.original),
    )


def rdf(title: str, home: str, entries: list[Said]) -> bytes:
    """RSS 1.0, in which an entry's address is its id."""
    items = "".join(
        f'<item rdf:about="{escape(said.url)}">{_text("title", said.title)}{_text("link", said.url)}'
        f"{_text('description', said.body)}{_text('dc:date', _iso(said.published_at))}"
        f"{''.join(_text('dc:subject', tag) for tag in said.tags)}</item>"
        for said in entries
    )
    return _document(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{escape(home)}">{_text("title", title)}{_text("link", home)}</channel>{items}</rdf:RDF>'
    )


def atom(title: str, home: str, entries: list[Said]) -> bytes:
    """Atom 1.0; where an entry has no id or date it is the worse for it, as some are."""
    items = "".join(
        _element(
            "entry",
            _text("id", said.entry_id or ""),
            _text("title", said.title),
            f'<link href="{escape(said.url)}"/>',
            _text("published", _iso(said.published_at)),
            _text("updated", _iso(said.published_at)),
            f'<content type="html">{escape(f"<p>{said.body}</p>")}</content>',
            *[f'<category term="{escape(tag)}"/>' for tag in said.tags],
        )
        for said in entries
    )
    return _document(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feed:{escape(title)}</id>{_text("title", title)}'
        f'<link href="{escape(home)}"/><updated>2022-05-24T00:00:00Z</updated>{items}</feed>'
    )


def json_feed(title: str, home: str, entries: list[Said]) -> bytes:
    """JSON Feed 1.1."""
    items = [
        {
            name: value
            for name, value in {
                "id": said.entry_id,
                "url": said.url,
                "title": said.title,
                "content_text": said.body,
                "tags": list(said.tags),
                "date_published": _iso(said.published_at),
            }.items()
            if value
        }
        for said in entries
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": title, "home_page_url": home, "items": items}).encode()


WRITERS = {"rss": rss, "rdf": rdf, "atom": atom, "json": json_feed}


def post(said: Said, categories: tuple[str, ...], autolink: bool) -> str:
    """A Jekyll post: its original article as an autolink in the closing lines, or in the front matter."""
    original = f"<{said.url}>\n" if said.url and autolink else ""
    front = {
        "title": said.title,
        "date": said.published_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S +0800") if said.published_at else "",
        "categories": " ".join(categories),
        "tags": json.dumps(said.tags, ensure_ascii=False),
        "source_url": json.dumps(said.url, ensure_ascii=False) if said.url and not autolink else "",
    }
    lines = "".join(f"{name}: {value}\n" for name, value in front.items() if value)
    return f"---\n{lines}---\n\n{said.body}\n\n{original}"


def _document(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _element(name: str, *children: str) -> str:
    return f"<{name}>{''.join(children)}</{name}>"


def _text(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
