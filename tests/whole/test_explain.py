"""`explain`: every reason why an entry is what it is, and why a URL is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server import FeedServer
from tests.whole.site import WholeSite

FUTURE = "2099-05-24 15:31:09 +0800"


def atom(*entries: tuple[str, str, str, str]) -> str:
    """A feed of (id, title, link, tag)."""
    told = "".join(
        f"<entry><id>{entry_id}</id><title>{title}</title><link href='{link}'/><updated>2022-05-24T08:00:00Z</updated>"
        f"<published>2022-05-24T08:00:00Z</published><category term='{tag}'/></entry>"
        for entry_id, title, link, tag in entries
    )
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:f</id><title>F</title>"
        f"<updated>2022-05-24T08:00:00Z</updated>{told}</feed>"
    )


def post(site: WholeSite, name: str, front: str, date: str = "2022-05-24 15:31:09 +0800") -> None:
    text = f"---\ntitle: {name}\ndate: {date}\n{front}\n---\nWords.\n"
    site.post(f"2022-05-24-{name}.md", text)


@pytest.fixture
def told(site: WholeSite, server: FeedServer) -> WholeSite:
    site.jekyll()
    site.posts_more = 'alias = { "AI" = "人工智能" }\ndrop = ["其他"]'
    site.more = '[[feeds]]\nname = "q"\nquery = "tag:人工智能"'
    post(site, "p", "tags: [AI, 其他]\noriginal_url: https://o.example/x?utm_source=p")
    post(site, "later", "original_url: https://o.example/later", FUTURE)
    post(site, "home", "original_url: https://o.example/")
    site.allow = [server.host_port]
    site.sources = [
        ("a", server.serve("/a", atom(("urn:a:1", "A", "https://o.example/x", "x"))), "rank = 5\ntags = ['given']"),
        ("b", server.serve("/b", atom(("urn:b:1", "B", "https://r.example/y", "y"))), ""),
        ("c", server.serve("/c", atom(("urn:b:1", "C", "https://r.example/y", "z"))), "rank = 7"),
    ]
    site.build()
    return site


def test_the_leader_is_told_with_the_criterion_that_decides_and_both_values(told: WholeSite) -> None:
    found = told.explained("https://www.o.example/x/?utm_campaign=z")
    assert found["leader"] == {
        "source": "site", "why": "a local post leads", "rule": "local post", "values": [True, False], "next": "a"
    }  # fmt: skip
    assert [each["rule"] for each in found["steps"]] == [
        "fold: scheme",
        "fold: www",
        "fold: path",
        "tracker: utm_campaign",
    ]
    assert [each["state"] for each in found["sightings"]] == ["leads", "stands"]
    found = told.explained("https://r.example/y")
    assert (found["leader"]["rule"], found["leader"]["values"], found["leader"]["next"]) == ("rank", [7, 100], "b")
    assert "the first one leads: its rank is lower (rank: 7; of b: 100)" in told.run("explain", "https://r.example/y")


def test_every_feed_has_its_reason(told: WholeSite) -> None:
    found = told.explained("https://o.example/x")
    assert found["feeds"] == [each["path"] for each in found["feed_reasons"]]
    assert {each["path"]: each["because"] for each in found["feed_reasons"]} == {
        "feed.xml": ["every entry stands here"],
        "feed/by_query/q.xml": ["it matches the query tag:人工智能"],
        "feed/by_source/a.xml": ["a carries it"],
        "feed/by_source/site.xml": ["site carries it"],
        "feed/by_tag/given.xml": ['the config gives the tag "given" to all of a'],
        "feed/by_tag/x.xml": ['a gives it the tag "x"'],
        "feed/by_tag/人工智能.xml": ['site gives it the tag "AI", which is "人工智能" by an alias of the config'],
    }


def refusals(found: dict[str, Any]) -> dict[str, str]:
    return {each["what"]: each["why"] for each in found["refusals"]}


def test_what_was_refused_is_told(told: WholeSite, server: FeedServer) -> None:
    why = refusals(told.explained("https://o.example/x"))
    assert why['tag "其他"'] == "the config drops it from site"
    assert why['tag "AI"'] == 'the config has site call it "人工智能"'
    assert why["urn:a:1"].endswith("the entry had its id before, and keeps it")
    why = refusals(told.explained("https://finews.example/2022/05/24/home.html"))
    assert why["https://o.example/"] == "never a key: it is the home page of a site, which many entries may name"
    server.serve("/d", atom(("urn:b:1", "D", "https://r.example/other", "x")))
    told.sources = [*told.sources[1:], ("d", server.url + "/d", "")]
    (told.folder / "posts/_posts/2022-05-24-p.md").unlink()
    told.build("--force")
    why = refusals(told.explained("https://r.example/other"))
    assert why["urn:b:1"] == "d (urn:b:1): it is another entry's"
    found = told.explained("https://o.example/x", code=1)
    assert [each["state"] for each in found["sightings"]] == ["not configured", "withdrawn"]
    assert refusals(found)["a (urn:a:1)"] == "its source is in the config no more"
    assert any(each.startswith("withdrawn on ") for each in refusals(found).values())


def test_what_is_no_entry_is_told_with_its_reason_and_what_is_nearest(told: WholeSite) -> None:
    found = told.explained("https://o.example/later", code=1)
    assert (found["entry"], [each["state"] for each in found["sightings"]]) == (None, ["waiting"])
    assert "it waits until 2099-05-24 15:31:09" in str(found["refusals"])
    found = told.explained("https://www.o.example/x?id=7", code=1)
    assert found["canonical_url"] == "http://o.example/x?id=7"
    (near,) = found["nearest"]
    assert (near["url"], near["why"]) == ("http://o.example/x", "the same page with other parameters: none")
    assert told.explained("https://nowhere.example/x", code=1)["nearest"] == []
    for odd in ("", "urn:none", "https://o.example/", "http://[", "金"):
        assert told.explained(odd, code=1)["nearest"] == []
