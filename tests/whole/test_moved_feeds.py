"""Feeds that move or are withdrawn: what subscribers find at the old address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.whole.site import ATOM, WholeSite


def post(site: WholeSite, name: str, tag: str) -> None:
    text = f"---\ntitle: T {name}\ndate: 2022-05-24 15:31:09 +0800\ntags: [{tag}]\n---\n正文\n"
    site.post(f"2022-05-24-{name}.md", text)


def listed(site: WholeSite) -> list[str]:
    return [each["path"] for each in json.loads((site.public / "feeds.json").read_text("utf-8"))["feeds"]]


def moved(site: WholeSite) -> dict[str, object]:
    found: dict[str, object] = json.loads((site.public / "moved.json").read_text("utf-8"))
    return found


@pytest.fixture
def two_tags(site: WholeSite) -> WholeSite:
    post(site, "a", "old")
    post(site, "b", "new")
    return site


def same(site: WholeSite, one: str, two: str) -> bool:
    return (site.public / one).read_bytes() == (site.public / two).read_bytes()


def test_a_moved_feed_gives_the_bytes_of_the_new_one_and_is_listed_nowhere(two_tags: WholeSite) -> None:
    two_tags.build()
    assert not (two_tags.public / "moved.json").exists()
    two_tags.output = 'formats = ["atom", "rss"]\nmoved = { "feed/by_tag/old.xml" = "feed/by_tag/new.xml" }'
    two_tags.build()
    assert two_tags.titles("feed/by_tag/old.xml") == ["T b"]
    assert same(two_tags, "feed/by_tag/old.xml", "feed/by_tag/new.xml")
    assert same(two_tags, "feed/by_tag/old.rss", "feed/by_tag/new.rss")
    assert "https://finews.example/feed/by_tag/new.html" in (two_tags.public / "feed/by_tag/old.html").read_text(
        "utf-8"
    )
    assert not any("feed/by_tag/old" in each for each in listed(two_tags))
    pairs = {f"feed/by_tag/old{suffix}": f"feed/by_tag/new{suffix}" for suffix in (".html", ".rss", ".xml")}
    assert moved(two_tags) == {"moved": pairs, "gone": []}
    before = two_tags.bytes()
    assert two_tags.build()["files_written"] == []
    post(two_tags, "c", "new")
    two_tags.build()
    assert same(two_tags, "feed/by_tag/old.xml", "feed/by_tag/new.xml")
    assert before != two_tags.bytes()


def test_a_feed_that_comes_back_has_its_own_id_and_entries(two_tags: WholeSite) -> None:
    two_tags.build()
    before = two_tags.bytes()
    two_tags.output = 'moved = { "feed/by_tag/old.xml" = "feed/by_tag/new.xml" }'
    two_tags.build()
    two_tags.output = ""
    two_tags.build()
    assert two_tags.bytes() == before


def test_a_renamed_term_leaves_its_feed_at_the_old_address(two_tags: WholeSite) -> None:
    two_tags.build()
    before = two_tags.bytes()
    two_tags.posts_more = 'alias = { "old" = "new" }'
    two_tags.build()
    assert sorted(two_tags.titles("feed/by_tag/old.xml")) == ["T a", "T b"]
    assert same(two_tags, "feed/by_tag/old.xml", "feed/by_tag/new.xml")
    assert two_tags.build()["files_written"] == []
    post(two_tags, "c", "old")
    two_tags.build()
    assert same(two_tags, "feed/by_tag/old.xml", "feed/by_tag/new.xml")
    assert len(two_tags.titles("feed/by_tag/old.xml")) == 3
    (two_tags.folder / "posts/_posts/2022-05-24-c.md").unlink()
    two_tags.posts_more = ""
    two_tags.build()
    assert {path: data for path, data in two_tags.bytes().items() if "old" in path} == {
        path: data for path, data in before.items() if "old" in path
    }


def test_a_feed_of_another_generator_is_to_be_had_at_its_old_address(two_tags: WholeSite) -> None:
    two_tags.output = 'moved = { "atom.xml" = "feed.xml", "blog/rss2.rss" = "feed.xml" }\nformats = ["atom", "rss"]'
    two_tags.build()
    assert same(two_tags, "atom.xml", "feed.xml")
    assert same(two_tags, "blog/rss2.rss", "feed.rss")
    (two_tags.public / "atom.xml").unlink()
    two_tags.build()
    assert same(two_tags, "atom.xml", "feed.xml")


def test_a_withdrawn_feed_leaves_the_disk_with_its_twins_and_comes_back(two_tags: WholeSite) -> None:
    two_tags.output = 'compress = ["gzip"]'
    two_tags.build()
    before = two_tags.bytes()
    two_tags.output = 'compress = ["gzip"]\ngone = ["feed/by_tag/old.xml"]'
    two_tags.build()
    assert [path for path in two_tags.bytes() if "old" in path] == []
    assert moved(two_tags)["gone"] == [f"feed/by_tag/old{each}" for each in (".html", ".json", ".rss", ".xml")]
    assert not any("old" in each for each in listed(two_tags))
    two_tags.run("check")
    assert two_tags.build()["files_written"] == []
    two_tags.output = 'compress = ["gzip"]'
    two_tags.build()
    assert two_tags.bytes() == before


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ('moved = { "feed/by_tag/old.xml" = "feed/none.xml" }', "there is no feed feed/none.xml"),
        ('moved = { "a.xml" = "b.xml", "b.xml" = "a.xml" }', "it leads back to itself"),
        (
            'gone = ["feed/by_tag/new.xml"]\nmoved = { "feed/by_tag/old.xml" = "feed/by_tag/new.xml" }',
            "there is no feed feed/by_tag/new.xml",
        ),
    ],
)
def test_a_move_to_nowhere_is_a_fault_and_stops_nothing(two_tags: WholeSite, output: str, words: str) -> None:
    two_tags.output = output
    report = two_tags.build()
    assert words in report["faults"][0]["cause"]
    assert two_tags.titles("feed/by_tag/old.xml") == ["T a"]


@pytest.mark.parametrize(
    "spelled", ["/feed.xml", "../feed.xml", "feed", "a//b.xml", ".a/b.xml", "index.html", "a\\\\b.xml", "a/ b.xml"]
)
def test_an_address_outside_the_site_is_a_fault_of_the_config(site: WholeSite, spelled: str) -> None:
    site.output = f'gone = ["{spelled}"]'
    site.write()
    assert "output.gone" in site.run("build", code=2)


def test_a_move_at_the_first_build_is_the_same_as_later(site: WholeSite, tmp_path: Path) -> None:
    post(site, "a", "old")
    post(site, "b", "new")
    site.output = 'moved = { "feed/by_tag/old.xml" = "feed/by_tag/new.xml" }'
    assert site.build()["faults"] == []
    at_once = site.bytes()
    site.output = ""
    site.build()
    site.output = 'moved = { "feed/by_tag/old.xml" = "feed/by_tag/new.xml" }'
    site.build()
    assert site.bytes() == at_once
    assert (site.feed("feed/by_tag/old.xml").findtext(ATOM + "id") or "").endswith("new.xml")
