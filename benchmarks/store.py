"""What the embedded store costs beside bare SQLite: `python -m benchmarks.store [POSTS]`.

Every line is processor time, and its ratio to the yardstick: `executemany` of as many rows, with bodies of the same
size, into one table with a key and no other index, in a file of its own. The ratios hold from machine to machine; the
times do not.
"""

from __future__ import annotations

import gc
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from finews_feeds.model import FeedKey, FeedKind, PostFile, Sighting, Term, TermKind, Text
from finews_feeds.store import open_store
from finews_feeds.store.protocol import EntryRow, Settled, Store, Unsettled

URL = "sqlite:///finews.db"
START = datetime(2022, 1, 1, tzinfo=UTC)
#: 4 KB in UTF-8.
BODY = "中国人民银行授权公布市场报价利率" * 85
TWO_DAYS = timedelta(hours=48)


def sightings(posts: int) -> list[Sighting]:
    """Posts as the model site has them: a minute apart, one category and one of 300 tags each."""
    return [
        Sighting(
            "posts",
            f"2022-05-24-{n:012}",
            f"//finance.example.com/news/1350,{n * 7919 % 1_000_003}.html",
            is_post=True,
            title=f"金融助力“一号发展工程” 现场签约超{n}亿元",
            link=f"https://finews.example/emnews/{n}.html",
            content=Text(f"{BODY}{n}", "markdown"),
            published_at=START + timedelta(minutes=n),
            terms=(Term(TermKind.CATEGORY, "emnews", "emnews"), Term(TermKind.TAG, f"标签{n % 300}", f"标签{n % 300}")),
            digest=f"{n:064x}",
            first_seen_at=START,
        )
        for n in range(posts)
    ]


def decisions(found: Unsettled) -> list[Settled]:
    """Each sighting an entry of its own, in five feeds."""
    return [
        Settled(
            EntryRow(0, f"urn:{one.entry_id}", one.canonical_url, at, at, one.digest, at),
            (one.row,),
            frozenset(
                (
                    FeedKey(FeedKind.ALL),
                    FeedKey(FeedKind.SOURCE, one.source),
                    FeedKey(FeedKind.CATEGORY, "emnews"),
                    FeedKey(FeedKind.TAG, one.terms[1].key),
                    FeedKey(FeedKind.TAG, f"other{one.row % 37}"),
                )
            ),
        )
        for one in found.sightings
        for at in [one.published_at or START]
    ]


class Table:
    """Prints a line a measurement."""

    def __init__(self) -> None:
        self.yardstick = 0.0

    @contextmanager
    def line(self, what: str) -> Iterator[None]:
        """Measures its block."""
        gc.collect()
        begin = process_time()
        yield
        spent = process_time() - begin
        self.yardstick = self.yardstick or spent
        print(f"{what:44}{spent * 1000:9.1f} ms {spent / self.yardstick:8.2f}")


def bare(folder: Path, posts: int) -> None:
    """The yardstick."""
    connection = sqlite3.connect(folder / "bare.db")
    connection.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, name TEXT UNIQUE, title TEXT, body TEXT)")
    rows = ((n, f"2022-05-24-{n:012}", f"金融助力“一号发展工程” {n}", f"{BODY}{n}") for n in range(posts))
    connection.executemany("INSERT INTO posts VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()


def cold(table: Table, store: Store, posts: list[Sighting]) -> None:
    """The first import: all of it in one transaction."""
    files = [PostFile(f"{one.entry_id}.md", 4000, n, one.entry_id) for n, one in enumerate(posts)]
    with table.line("all of that, decided and committed"), store.transaction() as tx:
        with table.line("put_sightings, 4 KB each"):
            tx.put_sightings(posts)
        with table.line("put_post_files"):
            tx.put_post_files("posts", files)
        with table.line("unsettled, all new"):
            found = tx.unsettled()
        made = decisions(found)
        with table.line("settle, five feeds each"):
            tx.settle(made, (), ())
    publish(store)


def publish(store: Store) -> None:
    """Makes every feed clean."""
    with store.transaction() as tx:
        for feed in store.dirty_feeds():
            tx.put_feed(replace(feed, published_seq=feed.changed_seq))


def change_one(store: Store, post: Sighting) -> None:
    """What a cycle does for one changed post."""
    with store.transaction() as tx:
        tx.put_sightings([post])
        found = tx.unsettled()
        (one,) = found.sightings
        old = found.entries[found.entry_of[one.row]]
        tx.settle([Settled(replace(old, digest="new"), (one.row,), frozenset(store.feeds_of(old.row)))], (), ())
    for feed in store.dirty_feeds():
        store.newest(feed.row, 100, TWO_DAYS, 400)
    publish(store)


def warm(table: Table, store: Store, posts: list[Sighting], again: Callable[[], Store]) -> None:
    """What runs find and do after the first."""
    with table.line("post_files"):
        store.post_files("posts")
    with table.line("one post changed, five feeds touched"):
        change_one(store, replace(posts[len(posts) // 2], title="other"))
    whole = max(store.feeds(), key=lambda feed: feed.entries)
    with table.line("newest 100 of the largest feed"):
        store.newest(whole.row, 100, timedelta(0))
    with table.line("sightings of 1,000 entries, whole"):
        store.sightings_of(range(1, 1001))
    store.close()
    with table.line("open, nothing dirty, close"):
        store = again()
        store.dirty_feeds()
        store.close()


def main(posts: int) -> None:
    """Measures in a folder of its own, which is gone afterwards."""
    table = Table()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{posts} posts{'':37}cpu    ratio")
        with table.line("bare executemany"):
            bare(folder, posts)
        made = sightings(posts)
        store = open_store(URL, folder)
        cold(table, store, made)
        warm(table, store, made, lambda: open_store(URL, folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 17_000)
