"""Every document published, whatever the sources sent, is one that nobody outside has a word against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from tests.outside import judge
from tests.outside.sources import FEEDS
from tests.server import FeedServer, Reply
from tests.whole.conftest import server, site
from tests.whole.made_posts import make_posts
from tests.whole.site import SAMPLE, WholeSite

__all__ = ["server", "site"]

URL = "https://finews.example/"
#: Everything on, and no window that hides an entry but `max_bytes`.
OUTPUT = 'formats = ["atom", "rss", "json"]\nlimit = 10000\nmax_bytes = "100 MiB"\narchives = 40\ntombstones = "30d"\nhubs = ["https://hub.example/"]'


def said(site: WholeSite) -> Iterator[str]:
    """What the judges say of every file of a site."""
    for file in sorted(site.public.rglob("*")):
        path = file.relative_to(site.public).as_posix()
        if file.is_file() and (judged := of(file, path)):
            yield from (f"{path}: {each}" for each in dict.fromkeys(judged))


def of(file: Path, path: str) -> list[str]:
    from finews_feeds.publish.slugs import address

    data, url = file.read_bytes(), address(URL, path)
    if path.endswith(".xml") and any(each.isupper() for each in path):
        # an old address of jekyll-feed's has the bytes of the feed at its new one
        assert file.with_name(file.name.lower()).read_bytes() == data
        return []
    if path.endswith((".xml", ".rss")):
        read = feedparser.parse(data)
        bozo = [f"bozo: {read['bozo_exception']}"] if read["bozo"] else []
        return bozo + (judge.atom if path.endswith(".xml") else judge.rss)(data, url)
    if path.endswith(".json") and path != "feeds.json":
        return judge.json_feed(data, url)
    return judge.opml(data) if path.endswith(".opml") else []


def checked(site: WholeSite) -> str:
    """What `finews-feeds check` says."""
    process = site.start("check")
    out, err = process.communicate(timeout=300)
    return out + err if process.returncode else ""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=[pytest.mark.slow, pytest.mark.timeout(600)]) if each == "large" else each
        for each in FEEDS
    ],
)
def test_of_hostile_sources(site: WholeSite, server: FeedServer, name: str) -> None:
    document, media_type = FEEDS[name]
    body = document().encode("utf-8", "surrogatepass")
    site.allow, site.output = [server.host_port], OUTPUT
    site.http = 'max_bytes = "40 MiB"'
    site.sources = [(name, server.serve("/feed", Reply(body=body, content_type=media_type)), "")]
    assert site.build()["sources"]["failed"] == []
    assert list(said(site)) == []
    assert checked(site) == ""


def test_of_the_sample_post(site: WholeSite) -> None:
    site.jekyll()
    site.output = OUTPUT
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    assert list(said(site)) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_a_thousand_posts_of_which_some_are_broken(site: WholeSite) -> None:
    make_posts(site.folder / "posts", 1000, "--malformed")
    site.output = OUTPUT
    site.build()
    assert list(said(site)) == []
    assert checked(site) == ""
