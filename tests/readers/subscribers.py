"""Two feed readers behind one face: subscribe, look again, and tell what is shown."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reader import make_reader

from tests.programs import needed


@dataclass(frozen=True)
class Shown:
    """One entry as a reader has it: what it calls it, where it leads, its name, and its words."""

    title: str
    link: str
    entry_id: str
    content: str


class Subscriber(Protocol):
    """A reader with a memory, for one test."""

    def look(self, urls: Sequence[str]) -> None:
        """Asks the feeds, subscribing to those that it does not know."""

    def shown(self, url: str) -> list[Shown]:
        """What it has of one feed, by title."""

    def unread(self) -> int:
        """How many entries it would call its user's attention to."""


class Newsboat:
    """newsboat in a home of its own; what it shows is what its cache holds."""

    def __init__(self, home: Path) -> None:
        self._program = needed("newsboat")
        self._home = home
        home.mkdir()
        (home / "config").write_text("auto-reload no\nreload-threads 1\ndownload-retries 1\n", "utf-8")

    def look(self, urls: Sequence[str]) -> None:
        (self._home / "urls").write_text("".join(f"{url}\n" for url in urls), "utf-8")
        self._run("reload")

    def shown(self, url: str) -> list[Shown]:
        with closing(sqlite3.connect(self._home / "cache.db")) as cache:
            rows = cache.execute(
                "SELECT title, url, guid, content FROM rss_item WHERE feedurl = ? AND deleted = 0 ORDER BY title",
                (url,),
            )
            return [Shown(*row) for row in rows]

    def unread(self) -> int:
        return int(self._run("print-unread").split()[0])

    def _run(self, command: str) -> str:
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        arguments = [piece for flag, name in files.items() for piece in (flag, str(self._home / name))]
        environ = {**os.environ, "HOME": str(self._home), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        done = subprocess.run(
            [self._program, *arguments, "-x", command], env=environ, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout


class Reader:
    """lemon24's reader, with a database of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self._database = str(home / "reader.sqlite")

    def look(self, urls: Sequence[str]) -> None:
        with closing(make_reader(self._database)) as reader:
            for url in urls:
                reader.add_feed(url, exist_ok=True)
            reader.update_feeds(scheduled=False)
            for url in urls:
                assert reader.get_feed(url).last_exception is None

    def shown(self, url: str) -> list[Shown]:
        with closing(make_reader(self._database)) as reader:
            found = [
                Shown(each.title or "", each.link or "", each.id, found.value if (found := each.get_content()) else "")
                for each in reader.get_entries(feed=url)
            ]
        return sorted(found, key=lambda each: each.title)

    def unread(self) -> int:
        with closing(make_reader(self._database)) as reader:
            return reader.get_entry_counts(read=False).total or 0
