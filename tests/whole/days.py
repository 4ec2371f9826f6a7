"""Days of polling in seconds: one operator's folder, a loopback server, and a clock that the test moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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

    def titles(self) -> list[str]:
        """What is published."""
        from lxml import etree

        feed = etree.fromstring((self.folder / "public" / "feed.xml").read_bytes())
        return sorted(each.text or "" for each in feed.iterfind("{*}entry/{*}title"))
