"""What publishing costs with many feeds: `python -m benchmarks.publish [ENTRIES]`.

A store of 100,000 entries in 2,000 feeds. One new entry is timed by the clock from its record, which is committed, to
when it is on the disk in all its feeds, synced, and to when the lists of all feeds are there as well; each figure is
the median of several entries. All feeds are rendered in processor time: from the entries that the store keeps
serialised, which is what a change of the config or a lost folder costs, and with every entry serialised anew
(`--full`). There are two yardsticks, which write as many files in the same way. "Joined" makes each entry once as a
plain string, from the store, its Markdown made HTML as for the feeds, so it is what `--full` is to be measured by.
"Copied" joins the lines of the very bytes and knows nothing of entries, so it is that of a render from what is kept.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from html import escape
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from benchmarks.explain import SHARERS, START, sighting
from finews_feeds.cycle.context import Context, Options
from finews_feeds.cycle.publishing import publish
from finews_feeds.cycle.report import Report
from finews_feeds.cycle.settle import settle
from finews_feeds.model import FeedKey, FeedKind, Sighting
from finews_feeds.normalize.content import finish
from finews_feeds.publish.site import FolderSite
from finews_feeds.settings import OutputSettings, PostsSettings, Settings, SiteSettings
from finews_feeds.store import open_store
from finews_feeds.store.protocol import EntryRow, Settled, Store

SITE = SiteSettings(
    "https://finews.example/", "金融消息", "zh-CN", ZoneInfo("Asia/Shanghai"), "ZNing", date(2021, 12, 1)
)
#: What we want to reach.
REQUIRED_MS, REQUIRED_RATIO = 50, 2.0
ROUNDS = 15


class TimedSite(FolderSite):
    """A site that knows when a feed was last written."""

    feed_at = 0.0

    def write(self, path: str, data: bytes) -> bool:
        is_new = super().write(path, data)
        if is_new and path.startswith(("feed.", "feed/")):
            type(self).feed_at = perf_counter()
        return is_new


def keys_of(one: Sighting) -> frozenset[FeedKey]:
    """The four feeds of an entry."""
    tag = FeedKey(FeedKind.TAG, one.terms[1].key)
    category = FeedKey(FeedKind.CATEGORY, one.terms[0].key)
    return frozenset((FeedKey(FeedKind.ALL), FeedKey(FeedKind.SOURCE, one.source), category, tag))


def fill(store: Store, entries: int) -> None:
    """Each sighting an entry of its own; every feed is dirty then."""
    with store.transaction() as tx:
        tx.put_sightings(sighting(SHARERS + number) for number in range(entries))
        made = []
        for one in tx.unsettled().sightings:
            at = one.published_at or START
            row = EntryRow(0, f"https://finews.example/{one.entry_id}", one.canonical_url, at, at, one.digest, at)
            made.append(Settled(row, (one.row,), keys_of(one)))
        tx.settle(made, (), ())


class Bench:
    """A store and what is published of it."""

    def __init__(self, folder: Path, entries: int) -> None:
        self.folder = folder
        self.entries = entries
        self.settings = Settings(
            folder / "config" / "finews.toml",
            SITE,
            "sqlite:///finews.db",
            OutputSettings(folder / "public", min_age=timedelta(0)),
            posts=(PostsSettings("site", folder / "posts"),),
        )
        self.store = open_store(self.settings.store_url, folder)
        fill(self.store, entries)

    def context(self, name: str = "public", full: bool = False) -> Context:
        """The surroundings of a cycle that publishes into a folder of this name."""
        now = START + timedelta(days=3650)
        options, report = Options(offline=True, full=full), Report(now)
        site = TimedSite(self.folder / name)
        return Context(self.settings, {}, self.store, site, now, options, lambda *_: None, report)

    def published(self, name: str, full: bool = False) -> Callable[[], object]:
        """The work of publishing every feed into an empty folder."""
        with self.store.transaction() as tx:
            tx.touch_feeds()
        return lambda: publish(self.context(name, full))

    def one_new(self, number: int) -> tuple[float, float]:
        """Milliseconds from the record of an entry until its feeds, and until everything, is on the disk."""
        with self.store.transaction() as tx:
            tx.put_sightings([sighting(SHARERS + self.entries + number)])
        began = perf_counter()
        context = self.context()
        settle(context)
        publish(context)
        ended = perf_counter()
        assert len(context.report.feeds_written) == 4, context.report.feeds
        return (TimedSite.feed_at - began) * 1000, (ended - began) * 1000

    def joined(self) -> None:
        """The yardstick: what the files hold, put together from the same entries as strings, escaped once each."""
        made: dict[int, str] = {}
        site = FolderSite(self.folder / "joined")
        output = self.settings.output
        for feed in self.store.feeds():
            rows = self.store.newest(feed.row, output.limit, output.min_age)
            missing = [each.row for each in rows if each.row not in made]
            for row, (one,) in self.store.sightings_of(missing).items():
                made[row] = _joined(one)
            text = "".join(made[each.row] for each in rows)
            for suffix in (".xml", ".html"):
                site.write(feed.path + suffix, f"<feed><title>{escape(feed.label)}</title>{text}</feed>".encode())
        site.flush()

    def copied(self) -> None:
        """The bytes of every published file from its lines, joined and written."""
        site = FolderSite(self.folder / "copied")
        for path, lines in self.lines:
            site.write(path, b"".join(lines))
        site.flush()

    def read_lines(self) -> None:
        public = self.folder / "public"
        paths = sorted(path for path in public.rglob("*") if path.is_file())
        self.lines = [(path.relative_to(public).as_posix(), path.read_bytes().splitlines(True)) for path in paths]


def _joined(one: Sighting) -> str:
    content = finish(one.content)
    terms = "".join(f'<category term="{escape(each.key)}" label="{escape(each.label)}"/>' for each in one.terms)
    return (
        f"<entry><id>{escape(one.link)}</id><title>{escape(one.title)}</title><updated>{one.published_at}</updated>"
        f'<link href="{escape(one.link)}"/><link rel="via" href="{escape(one.via)}"/>{terms}'
        f'<content type="html">{escape(content.value if content else "")}</content></entry>\n'
    )


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began = process_time()
    work()
    return process_time() - began


def main(entries: int) -> None:
    """Measures in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), entries)
        publish(bench.context())
        print(f"{entries} entries, {len(bench.store.feeds())} feeds")
        rounds = [bench.one_new(number) for number in range(ROUNDS)][2:]
        feeds, everything = (median(each) for each in zip(*rounds, strict=True))
        print(f"one new entry, on disk in its four feeds {feeds:8.1f} ms {feeds / REQUIRED_MS:6.2f} x {REQUIRED_MS} ms")
        print(f"and the lists of all feeds with it       {everything:8.1f} ms {everything / REQUIRED_MS:6.2f}")
        bench.read_lines()
        floor = spent(bench.copied)
        joined = spent(bench.joined)
        print(f"the same bytes, only copied              {floor:8.2f} s")
        print(f"the same entries joined as strings       {joined:8.2f} s {1:6.2f} (wanted: {REQUIRED_RATIO})")
        for what, folder, full in (("every feed, entries kept", "again", False), ("every feed, --full", "full", True)):
            seconds = spent(bench.published(folder, full))
            print(f"{what:40} {seconds:8.2f} s {seconds / joined:6.2f} x joined {seconds / floor:6.2f} x copied")
        bench.store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
