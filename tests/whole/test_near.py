"""`[near]`: one story under several URLs, from the config to the bytes."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from tests.server import FeedServer
from tests.whole.site import ATOM, WholeSite

TITLE = "央行开展1200亿元逆回购操作"
TEXT = (
    "央行公告称，为维护银行体系流动性合理充裕，当日以利率招标方式开展1200亿元七天期逆回购操作，中标利率为1.80%，"
    "与前次持平。鉴于当日有500亿元逆回购到期，公开市场实现净投放700亿元。"
)
OTHER = TEXT.replace("1.80%", "1.70%")


def item(host: str, title: str = TITLE, text: str = TEXT, hour: int = 9, name: str = "1") -> str:
    return (
        f"<item><guid isPermaLink='false'>{host}-{name}</guid><title>{title}</title>"
        f"<link>https://{host}.example/a/{name}.html</link><description>{text}</description>"
        f"<pubDate>Tue, 24 May 2022 {hour:02}:00:00 +0800</pubDate></item>"
    )


def rss(*items: str) -> str:
    return (
        f"<rss version='2.0'><channel><title>f</title><link>https://f.example/</link>{''.join(items)}</channel></rss>"
    )


class Wires:
    """Sources that carry what they are told to."""

    def __init__(self, site: WholeSite, server: FeedServer) -> None:
        self.site, self.server = site, server
        site.allow = [server.host_port]

    def tell(self, source: str, *items: str, more: str = "") -> None:
        """Sets what a source has from now on."""
        from tests.server import Reply

        url = self.server.serve(f"/{source}.xml", Reply(body=rss(*items).encode()))
        if all(name != source for name, _, _ in self.site.sources):
            self.site.sources.append((source, url, more))

    def related(self, path: str = "feed.xml") -> dict[str, list[str]]:
        """The link of each entry of a feed -> what it is related to."""
        found = {}
        for entry in self.site.feed(path).iter(ATOM + "entry"):
            links = [(each.get("rel"), each.get("href") or "") for each in entry.iter(ATOM + "link")]
            own = next(href for rel, href in links if rel in (None, "alternate"))
            found[own] = [href for rel, href in links if rel == "related"]
        return found


@pytest.fixture
def wires(site: WholeSite, server: FeedServer) -> Wires:
    return Wires(site, server)


A, B, C = (f"https://{name}.example/a/1.html" for name in "abc")


def test_one_story_of_two_sources_is_linked_both_ways(wires: Wires) -> None:
    wires.site.more = "[near]\nshow = true"
    wires.tell("a", item("a"))
    wires.tell("b", item("b", text="财联社5月24日电，" + TEXT, hour=11))
    wires.tell("c", item("c", text=OTHER))
    wires.site.build()
    assert wires.related() == {A: [B], B: [A], C: []}
    link = wires.site.feed("feed.xml").find(f".//{ATOM}link[@rel='related']")
    assert link is not None
    assert link.get("title") == TITLE


def test_off_is_the_default_and_costs_no_byte(wires: Wires, tmp_path: Path) -> None:
    import sqlite3

    wires.tell("a", item("a"))
    wires.tell("b", item("b", hour=11))
    wires.site.build()
    before = wires.site.bytes()
    assert wires.related() == {A: [], B: []}
    wires.site.more = "[near]\nshow = false"
    assert wires.site.build("--offline")["files_written"] == []
    wires.site.more = "[near]\nshow = true"
    wires.site.build("--offline")
    assert wires.related() == {A: [B], B: [A]}
    wires.site.more = ""
    wires.site.build("--offline")
    assert wires.site.bytes() == before
    store = sqlite3.connect(tmp_path / "var" / "finews.db")
    for table in ("near", "near_marks", "near_ties"):
        assert store.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    store.close()


def test_the_bytes_do_not_depend_on_who_came_first(wires: Wires, server: FeedServer, tmp_path: Path) -> None:
    told = {
        "a": item("a"),
        "b": item("b", text="据悉，" + TEXT, hour=11),
        "c": item("c", text=TEXT + "市场利率小幅下行。", hour=12),
    }
    found = []
    for number, order in enumerate(itertools.permutations(told)):
        folder = tmp_path / str(number)
        folder.mkdir()
        each = Wires(WholeSite(folder, more="[near]\nshow = true"), server)
        for name in order:
            each.tell(name, told[name])
            each.site.build()
        found.append({path: data for path, data in each.site.bytes().items() if path.endswith(".xml")})
        assert all(len(links) == 2 for links in each.related().values())
    assert all(each == found[0] for each in found)


def test_feeds_are_written_exactly_when_relations_change(wires: Wires) -> None:
    site = wires.site
    site.more = "[near]\nshow = true"
    wires.tell("a", item("a"))
    wires.tell("b", item("b"), item("b", "另一件事", "与此无关", name="2"))
    site.build()
    assert wires.related()[A] == [B]
    assert site.build("--force")["files_written"] == []
    wires.tell("b", item("b", text=OTHER), item("b", "另一件事", "与此无关", name="2"))
    assert "feed/by_source/a.xml" in site.build("--force")["files_written"]
    assert wires.related()[A] == []
    wires.tell("b", item("b", text=OTHER), item("b", "另一件事", "仍与此无关", name="2"))
    assert "feed/by_source/a.xml" not in site.build("--force")["files_written"]


def test_what_a_post_said_goes_with_it(wires: Wires) -> None:
    site = wires.site
    site.more = "[near]\nshow = true"
    wires.tell("a", item("a"))
    post = site.post("2022-05-24-x.md", f"---\ntitle: {TITLE}\ndate: 2022-05-24 10:00\n---\n{TEXT}\n")
    site.build()
    assert len(wires.related()[A]) == 1
    post.unlink()
    site.build("--offline")
    assert wires.related() == {A: []}


def test_stories_too_far_apart_are_two(wires: Wires) -> None:
    wires.site.more = '[near]\nshow = true\nwithin = "2h"'
    wires.tell("a", item("a", hour=9))
    wires.tell("b", item("b", hour=12))
    wires.tell("c", item("c", hour=11))
    wires.site.build()
    assert wires.related() == {A: [C], B: [C], C: [B, A]} or wires.related() == {A: [C], B: [C], C: [A, B]}


def test_what_one_source_shows_twice_is_two(wires: Wires) -> None:
    wires.site.more = "[near]\nshow = true"
    wires.tell("a", item("a"), item("a", name="2"))
    wires.site.build()
    assert set(map(tuple, wires.related().values())) == {()}


def test_within_a_category_of_the_config_they_are_one_entry(wires: Wires) -> None:
    site = wires.site
    site.more = '[near]\nmerge = ["Markets"]'
    wires.tell("a", item("a"), more='categories = ["markets"]')
    site.build()
    first = [each.text for each in site.feed("feed.xml").iter(ATOM + "id")][1]
    wires.tell("b", item("b", hour=8), more='categories = ["markets"]\nrank = 1')
    wires.tell("c", item("c"), more='categories = ["banks"]')
    site.build()
    entries = site.feed("feed/markets.xml").findall(ATOM + "entry")
    assert [each.findtext(ATOM + "id") for each in entries] == [first]
    links = [each.get("href") for each in entries[0].findall(ATOM + "link")]
    assert links[0] == B
    assert A in links
    assert len(site.titles("feed.xml")) == 2
    assert site.titles("feed/by_source/a.xml") == site.titles("feed/by_source/b.xml") == [TITLE]
    told = json.loads(site.run("explain", A, "--json"))
    assert [(each["relation"], each["similarity"], each["other"]["source"]) for each in told["near"]] == [
        ("merged", 1.0, "b"),
        ("related", 1.0, "c"),
    ]
    assert "related        1.00 alike: " in site.run("explain", A)


def test_merged_entries_part_when_the_evidence_is_gone(wires: Wires) -> None:
    site = wires.site
    site.more = '[near]\nmerge = ["markets"]'
    wires.tell("a", item("a"), more='categories = ["markets"]')
    wires.tell("b", item("b"), more='categories = ["markets"]')
    site.build()
    (one,) = site.feed("feed/markets.xml").findall(ATOM + "entry")
    wires.tell("b", item("b", text=OTHER), more='categories = ["markets"]')
    site.build("--force")
    ids = [each.findtext(ATOM + "id") for each in site.feed("feed/markets.xml").findall(ATOM + "entry")]
    assert len(set(ids)) == 2
    assert one.findtext(ATOM + "id") in ids


def test_faults_of_the_table_are_named(wires: Wires) -> None:
    wires.site.more = '[near]\nshow = "yes"\nmerge = "markets"\nwithin = "30d"\nshown = true'
    wires.site.write()
    told = wires.site.run("build", code=2)
    for words in (
        'near.show: "yes" is neither true nor false',
        'near.merge: "markets" is no list',
        'near.within: "30d" is too long',
        "near.shown: there is no such key",
    ):
        assert words in told
