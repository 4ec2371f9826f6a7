"""How fast posts are read, stage by stage: `python -m benchmarks.reading`.

Each stage is timed in one pass over posts that were never met before, and shown as a ratio to a floor that is taken on
the same posts in the same pass: ratios hold on any machine, microseconds do not. The floors:

- bare: the file read by `Path.read_bytes` and decoded;
- yaml: the head by PyYAML's C loader, as most readers of front matter have it;
- split: the article's URL by `urlsplit` and `urlunsplit`;
- list: the folder by a bare `scandir` with a `stat` of each file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import yaml

from finews_feeds.model import SourceEntry
from finews_feeds.normalize.dates import parse_instant
from finews_feeds.normalize.identity import revise
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.normalize.urls import canonical_url
from finews_feeds.settings import PostsSettings, SiteSettings
from finews_feeds.sources import files
from finews_feeds.sources.jekyll import read_config
from finews_feeds.sources.post import PostReader

_COUNT = 3_000
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SITE = SiteSettings("https://feeds.example/", "t", "zh-CN", _SHANGHAI, "t", date(2021, 12, 1))
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_CONFIG = b"url: https://finews.example\ntimezone: Asia/Shanghai\nlang: zh-CN\n"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Stage, its floor, and how many times the floor it may take.
_REQUIRED = (
    ("read", "bare", 0.5),
    ("parse", "yaml", 1.8),
    ("canonical_url", "split", 2.8),
    ("sighting", "bare", 2.0),
    ("revise", "bare", 0.25),
)
_REQUIRED_SCAN = 2.0

_Given = TypeVar("_Given")


def _post(number: int, chosen: random.Random) -> str:
    """A post like those of a Chinese financial site: a short head, 2,000 characters, the article's URL at the end."""
    words = [chr(chosen.randrange(0x4E00, 0x9FA5)) for _ in range(2_000)]
    text = "".join(words)
    paragraphs = "".join(f"<p>{text[start : start + 180]}，{number}。</p>" for start in range(0, len(text), 180))
    return (
        f'---\nlayout: post\ntitle: "{text[:20]}"\ndate: 2022-05-24 15:{number % 60:02}:09 +0800\n'
        f'categories: shelf{number % 40}\ntags: ["媒体{number % 300}", "题材{number % 90}"]\n---\n'
        f"> {text[20:80]}\n\n{paragraphs}\n\n"
        f"<http://finance.eastmoney.com/news/1350,2022052423{number:08}.html>\n\n[首页](//finews.example/)"
    )


@dataclass(slots=True)
class _Clock:
    """The times of every stage, in nanoseconds."""

    taken: dict[str, list[int]] = field(default_factory=dict)

    def time(self, stage: str, work: Callable[[], _Given]) -> _Given:
        began = perf_counter_ns()
        given = work()
        self.taken.setdefault(stage, []).append(perf_counter_ns() - began)
        return given

    def median_us(self, stage: str) -> float:
        return median(self.taken[stage]) / 1000


def _time_one(clock: _Clock, root: Path, path: str, reader: PostReader, normalizer: Normalizer) -> None:
    text = clock.time("bare", lambda: (root / path).read_bytes().decode())
    head = text[4 : text.index("\n---\n")]
    clock.time("yaml", lambda: yaml.load(head, Loader=_LOADER))  # a safe loader, both of them
    data = clock.time("read", lambda: files.read(root, path))
    entry = clock.time("parse", lambda: reader.parse(path, data)).entry
    assert isinstance(entry, SourceEntry)
    clock.time("split", lambda: urlunsplit(urlsplit(entry.original)))
    clock.time("canonical_url", lambda: canonical_url(entry.original))
    sighting = clock.time("sighting", lambda: normalizer.sighting(entry))
    clock.time("revise", lambda: revise(None, sighting, _NOW))


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(5):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return min(seconds)


def _listed(folder: Path) -> list[os.stat_result]:
    with os.scandir(folder) as entries:
        return [entry.stat() for entry in entries]


def _read_date(spelled: str) -> datetime | None:
    return parse_instant(spelled, _SHANGHAI)


def main() -> None:
    """Measures, prints, and ends with an error where a requirement is not met."""
    chosen = random.Random(1)
    clock = _Clock()
    with TemporaryDirectory() as made:
        root, folder = Path(made), Path(made, "_posts")
        folder.mkdir()
        for number in range(_COUNT):
            (folder / f"2022-05-24-{number:08}.md").write_text(_post(number, chosen), "utf-8")
        settings = PostsSettings("site", root)
        reader = PostReader(settings, _SITE, read_config(_CONFIG, "_config.yml")[0], _read_date)
        normalizer = Normalizer("site", True, canonical_url, _read_date)
        for file in files.scan(root, settings.folders).files:
            _time_one(clock, root, file.path, reader, normalizer)
        scan, floor = _best(lambda: files.scan(root, settings.folders)), _best(lambda: _listed(folder))
    failed = False
    for stage, below, required in _REQUIRED:
        own, bare = clock.median_us(stage), clock.median_us(below)
        failed |= own > bare * required
        print(f"{stage:14} {own:7.1f} us {own / bare:6.2f} x {below:6} {bare:7.1f} us  (required: {required} x)")
    failed |= scan > floor * _REQUIRED_SCAN
    each, bare = scan / _COUNT * 1e6, floor / _COUNT * 1e6
    print(f"{'scan':14} {each:7.1f} us {scan / floor:6.2f} x {'list':6} {bare:7.1f} us  (required: {_REQUIRED_SCAN} x)")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
