"""How long `explain` takes to answer: `python -m benchmarks.explain [ENTRIES]`.

The answer itself, in process, on a store of 100,000 entries in 2,000 feeds; the first answer, which reads the rules of
canonical URLs, is not counted. Each line is the median of a hundred answers and its ratio to the yardstick: bare
SQLite's SELECT of one sighting by its canonical URL, by an index, in the same file. The ratios hold from machine to
machine. Ends with 1 where an answer takes more than is required.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from finews_feeds.cycle.ask import asking
from finews_feeds.cycle.explaining import explain
from finews_feeds.model import FeedKey, FeedKind, Sighting, Term, TermKind, Text
from finews_feeds.settings import OutputSettings, PostsSettings, Settings, SiteSettings
from finews_feeds.store import open_store
from finews_feeds.store.protocol import EntryRow, Settled

REQUIRED_MS = 50
ROUNDS = 100
START = datetime(2022, 1, 1, tzinfo=UTC)
#: So many share one canonical URL under other titles each.
SHARERS = 1_000


def sighting(number: int) -> Sighting:
    """A post with a page of its own and an original article."""
    tag = f"标签{number % 2_000}"
    return Sighting(
        "site",
        f"2022-05-24-{number:08}.md",
        "http://o.example/shared" if number < SHARERS else f"http://finance.eastmoney.com/a/2022{number:014}.html",
        is_post=True,
        title=f"金融助力现场签约超{number}亿元",
        link=f"https://finews.example/2022/05/24/{number:08}.html",
        via=f"http://finance.eastmoney.com/news/1350,2022{number:014}.html",
        content=Text("中国人民银行授权公布" * 40, "markdown"),
        published_at=START + timedelta(minutes=number),
        terms=(Term(TermKind.CATEGORY, "emnews", "emnews"), Term(TermKind.TAG, tag, tag)),
        digest=f"{number:064x}",
        first_seen_at=START,
    )


def fill(url: str, folder: Path, entries: int) -> None:
    """Makes the store: each sighting an entry of its own, in four feeds."""
    store = open_store(url, folder)
    with store.transaction() as tx:
        tx.put_sightings(sighting(number) for number in range(entries))
        made = []
        for one in tx.unsettled().sightings:
            at = one.published_at or START
            keys = [FeedKey(FeedKind.ALL), FeedKey(FeedKind.SOURCE, "site"), FeedKey(FeedKind.CATEGORY, "emnews")]
            keys.append(FeedKey(FeedKind.TAG, one.terms[1].key))
            entry = EntryRow(0, f"https://finews.example/{one.entry_id}", one.canonical_url, at, at, one.digest, at)
            made.append(Settled(entry, (one.row,), frozenset(keys)))
        tx.settle(made, (), ())
        for feed in store.dirty_feeds():
            tx.put_feed(replace(feed, path=f"feed/{feed.row}", published_seq=feed.changed_seq))
    store.close()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds: the median of many, after one that warms the caches."""
    work()
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return median(taken) * 1000


def settings_in(folder: Path) -> Settings:
    """A config for the store."""
    zone = ZoneInfo("Asia/Shanghai")
    site = SiteSettings("https://finews.example/", "t", "zh-CN", zone, "t", date(2021, 12, 1))
    posts = (PostsSettings("site", folder),)
    return Settings(folder / "finews.toml", site, "sqlite:///finews.db", OutputSettings(folder / "public"), posts)


def main(entries: int) -> None:
    """Measures, prints, and ends with an error where the requirement is not met."""
    with tempfile.TemporaryDirectory() as name:
        settings = settings_in(Path(name))
        fill(settings.store_url, Path(name), entries)
        middle = sighting(entries // 2)
        bare = sqlite3.connect(Path(name) / "finews.db")
        select = "SELECT * FROM sightings WHERE canonical_url = ?"
        yardstick = timed(lambda: bare.execute(select, (middle.canonical_url,)).fetchall())
        bare.close()
        print(f"{entries} entries{'':28}ms    ratio")
        print(f"{'bare SELECT by an index':36}{yardstick:8.3f} {1:8.1f}")
        worst = 0.0
        with asking(settings, datetime(2030, 1, 1, tzinfo=UTC)) as context:
            for what, asked in (
                ("by its canonical URL", middle.canonical_url),
                ("by the original's URL", middle.via),
                ("by its own page's URL", middle.link),
                ("by its id", f"https://finews.example/{middle.entry_id}"),
                (f"by a URL that {SHARERS} share", "https://o.example/shared"),
                ("by a URL that nothing stands under", f"{middle.via}?other=1"),
            ):
                taken = timed(lambda asked=asked: explain(context, asked))  # type: ignore[misc]
                worst = max(worst, taken)
                print(f"{what:36}{taken:8.3f} {taken / yardstick:8.1f}")
        print(f"the slowest {worst:.1f} ms (required: {REQUIRED_MS} ms)")
    if worst > REQUIRED_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
