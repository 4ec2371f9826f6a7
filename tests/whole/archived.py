"""A posts folder that is built in this process under a clock that the test moves, and a client that walks archives."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from finews_feeds.config import load
from finews_feeds.cycle import Options, Report, run_cycle
from finews_feeds.cycle.ask import asking, check
from finews_feeds.errors import Fault
from tests.whole.site import ATOM, WholeSite

SITE = "https://finews.example/"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


@dataclass
class Archived:
    """One operator; `posts` are name -> (title, tags), as they stand in the folder."""

    site: WholeSite
    now: datetime = datetime(2022, 6, 1, tzinfo=UTC)
    posts: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    base: str = SITE

    def post(self, number: int, title: str = "", tags: tuple[str, ...] = (), body: str = "正文") -> str:
        """Writes the post of a number: so many hours after New Year; gives its name."""
        at = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        name = f"{at:%Y-%m-%d}-p{number}"
        self.posts[name] = (title or f"T{number}", tags)
        text = (
            f"---\ntitle: {self.posts[name][0]}\ndate: {at:%Y-%m-%d %H:%M:%S} +0800\ntags: {list(tags)}\n---\n{body}\n"
        )
        self.site.post(f"{name}.md", text)
        return name

    def delete(self, name: str) -> None:
        del self.posts[name]
        (self.site.folder / "posts/_posts" / f"{name}.md").unlink()

    def build(self, **options: Any) -> Report:
        """One cycle, a minute after the last."""
        self.now += timedelta(minutes=1)
        self.site.write()
        settings = load(self.site.config, {})
        return run_cycle(settings, Options(offline=True, **options), lambda: self.now)

    def check(self) -> tuple[Fault, ...]:
        """What `finews-feeds check` finds."""
        with asking(load(self.site.config, {}), self.now) as context:
            return check(context)

    def rebuild(self) -> dict[str, bytes]:
        """All files after the output folder was lost."""
        shutil.rmtree(self.site.public)
        self.build(full=True)
        return self.site.bytes()

    def path(self, url: str) -> Path:
        from urllib.parse import unquote

        assert url.startswith(self.base), url
        return self.site.public / unquote(url.removeprefix(self.base))

    def chain(self, feed: str = "feed.xml") -> list[etree._Element]:
        """A feed's own document and its archives, the newest first, as a client walks them."""
        documents, url = [], self.base + feed
        while url:
            root = etree.fromstring(self.path(url).read_bytes())
            assert linked(root, "self") == url
            documents.append(root)
            url = linked(root, "prev-archive")
        for root in documents[1:]:
            assert root.find(ARCHIVE) is not None
            assert linked(root, "current") == self.base + feed
            assert linked(root, "next-archive") == ""
        return documents

    def walk(self, feed: str = "feed.xml") -> dict[str, str]:
        """Title by id: of each entry the newest version, of equally new ones the one nearer to the feed (RFC 5005 §4)."""
        found: dict[str, tuple[datetime, str]] = {}
        for root in self.chain(feed):
            for entry in root.iterchildren(ATOM + "entry"):
                updated = datetime.fromisoformat(entry.findtext(ATOM + "updated") or "")
                atom_id = entry.findtext(ATOM + "id") or ""
                if atom_id not in found or updated > found[atom_id][0]:
                    found[atom_id] = (updated, entry.findtext(ATOM + "title") or "")
        return {atom_id: title for atom_id, (_, title) in found.items()}

    def archives(self) -> dict[str, bytes]:
        """Every archive document."""
        return {path: data for path, data in self.site.bytes().items() if path.startswith("archive/feed")}

    def deleted(self, feed: str = "feed.xml") -> list[str]:
        """The names of the posts that a feed says were withdrawn."""
        return [(each.get("ref") or "").rpartition("/")[2] for each in self.site.feed(feed).iterchildren(DELETED)]


def linked(root: etree._Element, rel: str) -> str:
    """Where the only link of a relation leads; "" where there is none."""
    found = [link.get("href") or "" for link in root.iterchildren(ATOM + "link") if link.get("rel") == rel]
    assert len(found) <= 1
    return found[0] if found else ""


def key_of(atom_id: str) -> str:
    """The end of a post's id: its slug, "p12"."""
    return atom_id.rpartition("/")[2]
