"""Whatever bytes a post is made of: no exception leaves the way from the file to the feed, and the feed is sound."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from finews_feeds.cycle.rendering import finish
from finews_feeds.model import Carrier, FeedHead, FeedKey, FeedKind, FindingKind
from finews_feeds.normalize.dates import parse_instant
from finews_feeds.normalize.identity import revise
from finews_feeds.normalize.merge import merge
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.normalize.urls import canonical_url
from finews_feeds.publish.atom import AtomRenderer
from finews_feeds.publish.check import check_atom
from finews_feeds.settings import PostsSettings, SiteSettings
from finews_feeds.sources.jekyll import read_config
from finews_feeds.sources.post import PostReader, looks_torn
from tests.fuzz.seeds import BODIES, HEADS, PATHS, cases, golden_posts
from tests.whole.made_posts import make_posts

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2022, 5, 25, tzinfo=UTC)
#: The feed's `updated`: no entry may be newer, and the cases are of all years.
LATE = datetime(9999, 12, 30, tzinfo=UTC)
SITE = SiteSettings("https://finews.example/", "t", "zh-CN", ZONE, "ZNing", date(2021, 12, 1))
CARRIERS = {"site": Carrier("site", True, 0, "site")}
READ_DATE = partial(parse_instant, timezone=ZONE)
RENDERER = AtomRenderer()
HEAD = FeedHead(
    *(FeedKey(FeedKind.ALL), "feed", "https://finews.example/feed.xml", "t", "", "https://finews.example/feed.xml"),
    *("https://finews.example/feed.html", LATE, "ZNing", "zh-CN"),
)
CONFIGS = (
    None,
    b"url: https://finews.example\ntimezone: Asia/Shanghai\n",
    b"url: https://finews.example\nbaseurl: /b\npermalink: /:categories/:year/:y_day/:slug/\nauthor: {name: Z}\n"
    b"excerpt_separator: <!--more-->\ndefaults:\n- scope: {path: es}\n  values: {categories: [es], tags: x y}\n",
)
FAST, ALL, SHARDS = 3_000, 100_000, 10


class Way(NamedTuple):
    """One site's way from a file's bytes to an entry of a feed."""

    reader: PostReader
    normalizer: Normalizer


def way(config: bytes | None) -> Way:
    posts = PostsSettings("site", Path("/nowhere"), ("_posts", "old_post"))
    jekyll = None if config is None else read_config(config, "_config.yml")[0]
    normalizer = Normalizer("site", True, canonical_url, READ_DATE, config is not None)
    return Way(PostReader(posts, SITE, jekyll, READ_DATE), normalizer)


WAYS = [way(config) for config in CONFIGS]


def fragment(way: Way, path: str, data: bytes, number: int = 0) -> bytes | None:
    """The entry as it stands in a feed; None where the post is left out, which a finding must then say."""
    looks_torn(data)
    parsed = way.reader.parse(path, data)
    if parsed.entry is None:
        assert any(finding.kind is not FindingKind.REPAIRED for finding in parsed.findings)
        return None
    sighting = revise(None, way.normalizer.sighting(parsed.entry), NOW)
    assert sighting is not None
    assert sighting.title
    entry = finish(merge(f"tag:finews.example,2021:{number}", [sighting], CARRIERS))
    return RENDERER.fragment(entry, SITE)


@dataclass
class Tally:
    """How many posts went all the way."""

    published: int = 0
    left_out: int = 0


def run(found: Iterable[tuple[str, bytes]]) -> Tally:
    """Takes every case all the way, in documents of a hundred entries that a strict parser and the RFC judge."""
    tally = Tally()
    pending: list[bytes] = []
    for number, (path, data) in enumerate(found):
        try:
            made = fragment(WAYS[number % len(WAYS)], path, data, number)
            if made is not None:
                etree.fromstring(made)
        except Exception as error:
            pytest.fail(f"case {number}: {path!r} {data!r}: {error!r}")
        if made is None:
            tally.left_out += 1
            continue
        tally.published += 1
        pending.append(made)
        if len(pending) == 100:
            assert check_atom(RENDERER.document(HEAD, pending, SITE), None) == ()
            pending.clear()
    assert check_atom(RENDERER.document(HEAD, pending, SITE), None) == ()
    return tally


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The golden posts and, where their generator is at hand, one post of every defect that it can write."""
    found = golden_posts()
    out = tmp_path_factory.mktemp("defects") / "tree"
    try:
        posts = make_posts(out, 120, "--malformed")
    except pytest.skip.Exception:
        return found
    return found + [(out / post["file"]).read_bytes() for post in posts if post["defect"]]


def test_damaged_posts_go_all_the_way_or_are_left_out_with_a_reason(seeds: list[bytes]) -> None:
    tally = run(cases(seeds, 1, FAST))
    # a fuzzer whose cases are all refused at the door tests the door
    assert tally.published > FAST * 0.7


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_hundred_thousand_damaged_posts_go_all_the_way(seeds: list[bytes], shard: int) -> None:
    run(cases(seeds, 1000 + shard, ALL // SHARDS))


@given(
    st.lists(st.sampled_from(HEADS) | st.text(max_size=60), max_size=5),
    st.lists(st.sampled_from(BODIES) | st.text(max_size=120), max_size=4),
    st.sampled_from(PATHS),
    st.sampled_from(WAYS),
)
@settings(max_examples=300)
def test_any_head_and_body_go_all_the_way(head: list[str], body: list[str], path: str, way: Way) -> None:
    text = "---\n" + "\n".join(head) + "\n---\n" + "\n\n".join(body)
    made = fragment(way, path, text.encode("utf-8", "surrogatepass"))
    assert made is None or check_atom(RENDERER.document(HEAD, [made], SITE), None) == ()


DEEP = (
    "a: " + "[" * 100_000,
    "a: " + "{b: " * 100_000,
    "- " * 100_000,
    "a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 2000)),
)


def test_front_matter_nested_without_end_does_not_end_the_process() -> None:
    # composing such a document overflows PyYAML's C stack; a process of its own shows it as a signal
    program = (
        "from finews_feeds.sources import front_matter\n"
        "from finews_feeds.sources.notes import Notes\n"
        "from tests.fuzz.test_posts import DEEP\n"
        "for text in DEEP:\n"
        "    notes = Notes('p')\n"
        "    front_matter.read(f'---\\n{text}\\n---\\nbody', notes)\n"
        "    front_matter.mapping(text, notes)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (done.returncode, done.stderr)
