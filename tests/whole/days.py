"""Days of polling in seconds: one operator's folder, a loopback server, and a clock that the test moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from finews_feeds.config import load
from finews_feeds.cycle import Options, Report, run_cycle
from finews_feeds.model import SourceState
from finews_feeds.settings import Settings
from finews_feeds.store import open_store
from tests.server import FeedServer, Request

#: A Monday.
START = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def rss(*titles: str, head: str = "", when: datetime = START - timedelta(minutes=5)) -> str:
    """A feed whose entries came a minute apart, the last of them at `when`."""
    items = "".join(
        f"<item><title>{title}</title><link>https://n.example/{title}</link><guid>{title}</guid>"
        f"<pubDate>{when - timedelta(minutes=number):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>S</title><link>https://s.example/</link>{head}{items}</channel></rss>"


def atom(*titles: str, when: datetime = START - timedelta(minutes=5)) -> str:
    """The same as Atom, its links relative to a base."""
    entries = "".join(
        f"<entry><title>{title}</title><id>tag:n.example,2026:{title}</id><link href='{title}'/>"
        f"<updated>{when - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
        for number, title in enumerate(titles)
    )
    base = "xmlns='http://www.w3.org/2005/Atom' xml:base='https://n.example/'"
    return f"<feed {base}><title>S</title><id>urn:s</id><updated>{when:%Y-%m-%dT%H:%M:%SZ}</updated>{entries}</feed>"


def atom03(*titles: str, when: datetime = START - timedelta(minutes=5)) -> str:
    """The same as Atom 0.3."""
    entries = "".join(
        f"<entry><title mode='escaped'>{title}</title><id>tag:n.example,2026:{title}</id>"
        f"<link rel='alternate' href='https://n.example/{title}'/>"
        f"<issued>{when - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}</issued></entry>"
        for number, title in enumerate(titles)
    )
    return f"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>S</title>{entries}</feed>"


def rdf(*titles: str, when: datetime = START - timedelta(minutes=5)) -> str:
    """The same as RSS 1.0, its items beside the channel, dated by Dublin Core."""
    items = "".join(
        f"<item rdf:about='https://n.example/{title}'><title>{title}</title><link>https://n.example/{title}</link>"
        f"<dc:date>{when - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}</dc:date><dc:creator>Ann</dc:creator></item>"
        for number, title in enumerate(titles)
    )
    spaces = (
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    )
    head = "<channel rdf:about='https://s.example/'><title>S</title><link>https://s.example/</link></channel>"
    return f"<rdf:RDF {spaces}>{head}{items}</rdf:RDF>"


def podcast(*titles: str, when: datetime = START - timedelta(minutes=5)) -> str:
    """The same as a podcast, with a file to each entry."""
    spaces = (
        "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
        "xmlns:podcast='https://podcastindex.org/namespace/1.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    )
    text = rss(*titles, when=when).replace("<rss ", f"<rss {spaces} ")
    for title in titles:
        more = (
            f"<enclosure url='https://m.example/{title}.mp3' length='17' type='audio/mpeg'/>"
            f"<itunes:duration>1:02:03</itunes:duration><itunes:summary>In short</itunes:summary>"
            f"<content:encoded>&lt;p&gt;{title}&lt;/p&gt;</content:encoded>"
            f"<podcast:transcript url='https://m.example/{title}.vtt' type='text/vtt'/>"
        )
        text = text.replace(f"<guid>{title}</guid>", f"<guid>{title}</guid>{more}")
    return text


def json_feed(*titles: str, when: datetime = START - timedelta(minutes=5)) -> str:
    """The same as JSON Feed."""
    items = [
        {
            "id": title,
            "url": f"https://n.example/{title}",
            "title": title,
            "content_text": title,
            "date_published": f"{when - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
        }
        for number, title in enumerate(titles)
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "S", "items": items})


#: Every format by its name.
FORMATS = {
    "RSS": rss,
    "Atom": atom,
    "Atom 0.3": atom03,
    "RDF": rdf,
    "a podcast": podcast,
    "JSON Feed": json_feed,
}


@dataclass
class Days:
    """See the module's docstring."""

    folder: Path
    server: FeedServer
    now: datetime = START
    #: name -> (url, more lines of TOML).
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    http: str = ""
    output: str = ""
    more: str = ""
    allow: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def source(self, url: str, more: str = "", name: str = "a") -> None:
        self.sources[name] = (url, more)

    def settings(self) -> Settings:
        allow = json.dumps([self.server.host_port, *self.allow])
        lines = ['[site]\nurl = "https://finews.example/"\ntitle = "T"', f"[http]\nallow_private = {allow}", self.http]
        lines += ["[output]", self.output]
        lines += [f'[[sources]]\nname = "{name}"\nurl = "{url}"\n{more}' for name, (url, more) in self.sources.items()]
        lines.append(self.more)
        file = self.folder / "config" / "finews.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines), "utf-8")
        return load(file, self.environ)

    def cycle(self, **options: Any) -> Report:
        """One cycle at the present instant."""
        return run_cycle(self.settings(), Options(**options), lambda: self.now)

    def wait(self, **span: float) -> Report:
        """One cycle after a while."""
        self.now += timedelta(**span)
        return self.cycle()

    def live(self, **span: float) -> list[datetime]:
        """Cycles at every instant at which one is due, as the daemon has them; when each of them was that asked."""
        end, asked = self.now + timedelta(**span), []
        while self.now < end:
            before = len(self.server.requests)
            report = self.cycle(again=True)
            asked += [self.now] * (len(self.server.requests) > before)
            self.now = min(report.next_due_at or end, end)
        return asked

    def state(self, name: str = "a") -> SourceState:
        store = open_store("sqlite:///../var/finews.db", self.folder / "config")
        try:
            return store.source_states()[name]
        finally:
            store.close()

    @property
    def last(self) -> Request:
        return self.server.requests[-1]

    def published(self) -> etree._Element:
        """The feed of everything, read by a strict parser."""
        return etree.fromstring((self.folder / "public" / "feed.xml").read_bytes())

    def titles(self) -> list[str]:
        """What is published."""
        return sorted(each.text or "" for each in self.published().iterfind("{*}entry/{*}title"))
