"""`merge`, `split` and `overrides`: the operator's word from outside, and what subscribers see of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.server import FeedServer
from tests.whole.site import ATOM, WholeSite


def rss(*items: tuple[str, str, str], site: str = "https://s.example/") -> str:
    """A feed of (guid, title, link)."""
    told = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><link>{link}</link>"
        "<pubDate>Tue, 24 May 2022 08:00:00 GMT</pubDate></item>"
        for guid, title, link in items
    )
    return f"<rss version='2.0'><channel><title>S</title><link>{site}</link>{told}</channel></rss>"


def ids(site: WholeSite) -> dict[str, str]:
    """Title -> id of what is published."""
    return {
        each.findtext(ATOM + "title") or "": each.findtext(ATOM + "id") or ""
        for each in site.feed("feed.xml").iter(ATOM + "entry")
    }


def standing(site: WholeSite) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(site.run("overrides", "list", "--json"))["overrides"]
    return found


@pytest.fixture
def two(site: WholeSite, server: FeedServer) -> WholeSite:
    """Two sources that tell one story under two URLs."""
    site.allow = [server.host_port]
    site.sources = [
        ("a", server.serve("/a", rss(("a1", "Story", "https://a.example/story"))), 'tags = ["x"]'),
        ("b", server.serve("/b", rss(("b1", "Tale", "https://b.example/tale"))), 'tags = ["y"]'),
    ]
    site.build()
    return site


def test_a_merge_keeps_the_first_id_and_retires_the_other(two: WholeSite) -> None:
    before = ids(two)
    out = two.run("merge", "https://b.example/tale?utm_source=x", before["Story"])
    assert f"merged: {before['Tale']} stays, {before['Story']} is retired" in out
    assert "finews-feeds build" in out
    two.build("--offline")
    # a leads still: the smaller id; the entry is b's all the same
    assert ids(two) == {"Story": before["Tale"]}
    assert two.titles("feed/by_tag/x.xml") == two.titles("feed/by_tag/y.xml") == ["Story"]
    bytes_before = two.bytes()
    two.build("--force", "--full")
    assert two.bytes() == bytes_before
    assert [each["kind"] for each in two.explained("https://a.example/story")["overrides"]] == ["merge"]
    assert "is retired: you merged it into" in two.run("merge", before["Story"], before["Tale"], code=2)


def test_what_comes_later_follows_a_merge_and_a_change_of_the_config(two: WholeSite, server: FeedServer) -> None:
    before = ids(two)
    two.run("merge", before["Story"], before["Tale"])
    two.sources.append(("c", server.serve("/c", rss(("c1", "Third", "http://www.b.example/tale/"))), "rank = 7"))
    two.build()
    assert ids(two) == {"Third": before["Story"]}
    assert two.titles("feed/by_source/c.xml") == ["Third"]


def test_a_merge_that_is_taken_back_gives_both_their_ids(two: WholeSite) -> None:
    before, published = ids(two), two.bytes()["feed.xml"]
    two.run("merge", before["Tale"], before["Story"])
    two.build("--offline")
    (word,) = standing(two)
    assert (word["kind"], word["id"], word["other_id"]) == ("merge", before["Tale"], before["Story"])
    out = two.run("overrides", "undo", str(word["number"]))
    assert f"a (a1) is {before['Story']}" in out
    assert f"b (b1) is {before['Tale']}" in out
    two.build("--offline")
    assert ids(two) == before
    assert two.bytes()["feed.xml"] == published
    assert standing(two) == []
    assert "nothing was merged or split by hand" in two.run("overrides", "list")


def post(site: WholeSite, name: str, title: str, url: str = "https://o.example/x") -> Path:
    text = f"---\ntitle: {title}\ndate: 2022-05-24 15:31:09 +0800\noriginal_url: {url}\n---\nWords.\n"
    return site.post(f"2022-05-24-{name}.md", text)


def test_two_posts_of_one_folder_can_be_merged_and_no_rule_does_it(site: WholeSite) -> None:
    site.jekyll()
    post(site, "a", "中文")
    post(site, "b", "English")
    site.build()
    before = ids(site)
    said = site.run("merge", "https://o.example/x", before["English"], code=2)
    assert "2 entries stand under this URL" in said
    assert before["中文"] in said
    apart = [each["why"] for each in site.explained(before["中文"])["refusals"]]
    assert any("site shows several entries with other titles" in each for each in apart)
    assert any(f"kept apart, it is {before['English']}" in each and 'its title is "English"' in each for each in apart)
    site.run("merge", before["English"], "https://finews.example/2022/05/24/a.html")
    site.build()
    assert list(ids(site).values()) == [before["English"]]
    # read anew, as after a change of the file
    post(site, "a", "中文字")
    site.build("--full")
    assert ids(site) == {"中文字": before["English"]}


@pytest.fixture
def one(site: WholeSite, server: FeedServer) -> WholeSite:
    """A post and two sources that share a URL."""
    site.jekyll()
    post(site, "p", "Post", "https://o.example/x")
    site.allow = [server.host_port]
    site.sources = [
        ("a", server.serve("/a", rss(("a1", "Other", "https://o.example/x"))), 'tags = ["x"]'),
        ("b", server.serve("/b", rss(("b1", "Third", "https://www.o.example/x?utm_source=b"))), 'tags = ["y"]'),
    ]
    site.build()
    return site


def test_a_split_keeps_the_id_and_mints_one_for_what_is_parted(one: WholeSite, server: FeedServer) -> None:
    before = ids(one)
    assert list(before) == ["Post"]
    out = one.run("split", "https://o.example/x", "a")
    assert f" is {before['Post']}\n" in out
    one.build("--offline")
    after = ids(one)
    assert after["Post"] == before["Post"]
    assert set(after) == {"Post", "Other"}
    assert one.titles("feed/by_tag/x.xml") == ["Other"]
    assert one.titles("feed/by_tag/y.xml") == ["Post"]
    # polled again, with other words, and everything decided anew
    server.serve("/a", rss(("a1", "Other words", "https://o.example/x")))
    server.serve("/c", rss(("c1", "Fourth", "https://o.example/x")))
    one.sources.append(("c", server.url + "/c", ""))
    one.build("--force", "--full")
    assert ids(one) == {"Post": before["Post"], "Other words": after["Other"]}
    assert one.titles("feed/by_source/c.xml") == ["Post"]
    why = [each["why"] for each in one.explained(before["Post"])["refusals"]]
    assert any("you split them" in each for each in why)
    (word,) = standing(one)
    said = one.run("merge", before["Post"], after["Other"], code=2)
    assert f"you split them (a is parted from the other); take that back first: `finews-feeds overrides undo {word['number']}`" in said  # fmt: skip
    one.run("overrides", "undo", str(word["number"]))
    one.build("--offline")
    assert ids(one) == before
    one.run("split", before["Post"], "a")
    one.build("--offline")
    # what was retired is never given again
    assert ids(one)["Other words"] not in {after["Other"], *before.values()}


def test_a_split_of_the_leader_leaves_the_id_where_it_was_minted(one: WholeSite) -> None:
    before = ids(one)["Post"]
    out = one.run("split", before, "site")
    assert re.search(rf"^split: site \(.+\) is {re.escape(before)}$", out, re.MULTILINE)
    one.build("--offline")
    after = ids(one)
    assert after["Post"] == before
    assert set(after) == {"Post", "Other"}
    assert {each["source"] for each in one.explained(after["Other"])["sightings"]} == {"a", "b"}


CONFLICTS = [
    # name, what is typed, what is said
    ("an entry with itself", ("merge", "https://o.example/x", "http://www.o.example/x"), "it is one entry with"),
    ("an unknown entry", ("merge", "https://o.example/x", "urn:none"), "urn:none: no entry stands under it"),
    ("an unknown source", ("split", "https://o.example/x", "nobody"), "give one of a, b, site"),
    ("an unknown sighting", ("split", "https://o.example/x", "a", "a9"), "give one of 'a1'"),
    ("nothing to split", ("split", "https://none.example/", "a"), "no entry stands under it"),
    ("an unknown number", ("overrides", "undo", "9"), "nothing that you said has this number"),
    ("no number", ("overrides", "undo", "x"), "invalid int"),
]


@pytest.mark.parametrize(("typed", "words"), [case[1:] for case in CONFLICTS], ids=[case[0] for case in CONFLICTS])
def test_what_cannot_be_is_named_and_changes_nothing(one: WholeSite, typed: tuple[str, ...], words: str) -> None:
    before = one.bytes()
    assert words in one.run(*typed, code=2)
    assert standing(one) == []
    one.build("--offline")
    assert one.bytes() == before


def test_a_source_that_is_gone_or_alone_is_not_split(one: WholeSite) -> None:
    one.sources = one.sources[1:]
    one.build("--offline")
    assert "it is in the config no more" in one.run("split", "https://o.example/x", "a", code=2)
    one.run("split", "https://o.example/x", "b")
    assert "site alone stands behind it" in one.run("split", "https://finews.example/2022/05/24/p.html", "site", code=2)


def test_what_was_merged_is_parted_by_taking_that_back(two: WholeSite) -> None:
    before = ids(two)
    two.run("merge", before["Story"], before["Tale"])
    said = two.run("split", before["Story"], "b", code=2)
    assert "because you merged them; take that back instead: `finews-feeds overrides undo 1`" in said


def test_chains_of_merges_come_apart_in_any_order(two: WholeSite, server: FeedServer) -> None:
    two.sources.append(("c", server.serve("/c", rss(("c1", "Report", "https://c.example/r"))), ""))
    two.build()
    before = ids(two)
    two.run("merge", before["Tale"], before["Story"])
    two.run("merge", before["Report"], before["Tale"])
    two.build("--offline")
    assert list(ids(two).values()) == [before["Report"]]
    two.run("overrides", "undo", "1")
    two.build("--offline")
    assert ids(two)["Story"] == before["Story"]
    assert len(ids(two)) == 2
    two.run("overrides", "undo", "2")
    two.build("--offline")
    assert ids(two) == before


#: (name, what is merged with what, in which order that is taken back)
CHAINS = [
    ("the first one first", ["bc", "ac"], "12"),
    ("the last one first", ["bc", "ac"], "21"),
    ("one end of both", ["ab", "ac"], "12"),
    ("an id that was another's in between", ["ca", "ba"], "12"),
    ("a ring of three", ["ac", "ba", "cb"], "21"),
]


@pytest.mark.parametrize(("merges", "undone"), [each[1:] for each in CHAINS], ids=[each[0] for each in CHAINS])
def test_no_entry_has_the_id_of_another_while_merges_come_apart(
    site: WholeSite, server: FeedServer, merges: list[str], undone: str
) -> None:
    site.allow = [server.host_port]
    url = "https://{}.example/1".format
    site.sources = [(each, server.serve(f"/{each}", rss((each, each, url(each)))), "") for each in "abc"]
    site.build()
    before = ids(site)
    for one, other in merges:
        # where they are one already there is nothing to take back
        site.start("merge", url(one), url(other)).communicate(timeout=60)
    for number in undone:
        site.run("overrides", "undo", number)
        site.build("--offline")
        for atom_id in ids(site).values():
            carried = {told["source"] for told in site.explained(atom_id)["sightings"]}
            assert atom_id in {before[title] for title in carried}
    assert standing(site) == []
    assert ids(site) == before


def test_a_store_that_cannot_be_used_is_no_typing_error(site: WholeSite) -> None:
    site.write()
    (site.folder / "var").mkdir()
    (site.folder / "var" / "finews.db").write_bytes(b"not a database" * 100)
    for typed in (("merge", "a", "b"), ("split", "a", "b"), ("overrides", "list"), ("overrides", "undo", "1")):
        assert "finews.db" in site.run(*typed, code=3)


def test_two_words_at_once_wait_for_each_other(one: WholeSite) -> None:
    running = [one.start("split", "https://o.example/x", each) for each in ("a", "b")]
    assert [each.wait(60) for each in running] == [0, 0]
    for each in running:
        each.communicate()
    one.build("--offline")
    assert set(ids(one)) == {"Post", "Other", "Third"}
    assert [each["number"] for each in standing(one)] == [1, 2]


TRACKER = '[[tracker]]\nname = "own-mark"\nhosts = ["o.example"]\nparams = ["mark"]\n'


def test_a_word_stands_above_a_rule_that_comes_later(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    for name, url in (("a", "https://o.example/x"), ("b", "https://o.example/y"), ("c", "https://o.example/x?mark=1")):
        site.sources.append((name, server.serve(f"/{name}", rss((f"{name}1", name.upper(), url))), ""))
    site.build()
    before = ids(site)
    assert set(before) == {"A", "B", "C"}
    site.run("merge", before["B"], before["A"])
    rules = site.config.parent / "own.toml"
    rules.write_text(TRACKER, "utf-8")
    site.more = '[urls]\nrules = ["own.toml"]'
    site.build("--offline")
    # C is A by the rule, and A is B by the word
    assert list(ids(site).values()) == [before["B"]]
    site.run("split", "https://o.example/x", "c")
    site.build("--offline")
    assert len(ids(site)) == 2
    site.more = ""
    site.build("--offline", "--full")
    after = ids(site)
    site.more = '[urls]\nrules = ["own.toml"]'
    site.build("--offline")
    assert ids(site) == after


def test_a_split_stands_above_what_near_joins(site: WholeSite, server: FeedServer) -> None:
    words = (
        "央行公告称，为维护银行体系流动性合理充裕，当日以利率招标方式开展1200亿元七天期逆回购操作，中标利率为1.80%。"
    )
    site.allow = [server.host_port]
    site.more = '[near]\nmerge = ["m"]'
    for name in ("a", "b"):
        told = rss((f"{name}1", "央行开展1200亿元逆回购操作", f"https://{name}.example/1"))
        told = told.replace("</item>", f"<description>{words}</description></item>")
        site.sources.append((name, server.serve(f"/{name}", told), 'categories = ["m"]'))
    site.build()
    assert len(site.titles("feed.xml")) == 1
    site.run("split", "https://a.example/1", "b")
    site.build("--offline", "--full")
    assert len(site.titles("feed.xml")) == 2
    site.run("overrides", "undo", "1")
    site.build("--offline")
    assert len(site.titles("feed.xml")) == 1
