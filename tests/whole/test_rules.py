"""The operator's rules for canonical URLs, from the file to what subscribers see; and what a change of them moves."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.server import FeedServer
from tests.whole.site import ATOM, WholeSite

ROOT = Path(__file__).parents[2]
TRACKER = """[[tracker]]
name = "own-mark"
hosts = ["n.example"]
params = ["mark"]
equal = 'http://n.example/1?mark=2 http://n.example/1'
differ = 'http://n.example/1?page=2 http://n.example/1'
"""
SITE = """[[site]]
name = "own-pages"
hosts = ["n.example"]
path = '/(?:wap|a)/(?P<id>\\d+)'
key = 'http://n.example/a/{id}'
"""


def item(title: str, link: str, more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{title}</guid>{more}"
        f"<pubDate>Tue, 24 May 2022 0{len(title) % 10}:00:00 GMT</pubDate><description>{title}</description></item>"
    )


def rss(*items: str) -> str:
    space = "xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'"
    return (
        f"<rss version='2.0' {space}><channel><title>S</title><link>https://s.example/</link>{''.join(items)}</channel>"
        "</rss>"
    )


def rules(site: WholeSite, text: str, name: str = "own.toml") -> Path:
    """Writes a file of rules beside the config; "" takes it away."""
    file = site.config.parent / "rules" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8") if text else file.unlink(missing_ok=True)
    return file


def polled(site: WholeSite, server: FeedServer, **documents: str) -> None:
    """Sources that are asked once; whoever asks again is found out by `server.requests`."""
    site.allow = [server.host_port]
    for name, document in documents.items():
        site.sources.append((name, server.serve(f"/{name}", document), 'interval = "1s"'))


def shown(site: WholeSite) -> dict[str, str]:
    """Title -> id, of the main feed."""
    entries = site.feed("feed.xml").iter(ATOM + "entry")
    return {each.findtext(ATOM + "title") or "": each.findtext(ATOM + "id") or "" for each in entries}


def regrouped(report: dict[str, Any]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (each["what"], [entry["title"] for entry in each["entries"]], each["rules"])
        for each in report["rules"]["regrouped"]
    ]


def test_a_rule_joins_what_is_stored_without_asking_anybody_and_taken_away_parts_it(
    site: WholeSite, server: FeedServer
) -> None:
    polled(site, server, a=rss(item("One", "http://n.example/1?mark=a")), b=rss(item("Two", "http://n.example/1")))
    site.build()
    apart, asked = shown(site), len(server.requests)
    file = rules(site, TRACKER)

    report = site.build("--offline")
    by = f"tracker: mark (own-mark in {file}:1)"
    assert report["rules"]["joins"] == 1
    assert regrouped(report) == [("join", ["One", "Two"], [by])]
    joined = shown(site)

    rules(site, "")
    report = site.build("--offline")
    assert report["rules"]["parts"] == 1
    assert regrouped(report)[0][2] == [f"no longer {by}"]
    again = shown(site)
    # the id of the first goes on, the other's is retired and never given again
    assert set(joined.values()) == {apart["One"]}
    assert again["One"] == apart["One"]
    assert again["Two"] not in apart.values()
    assert len(server.requests) == asked

    rules(site, TRACKER)
    site.build("--offline")
    assert shown(site) == joined


def test_a_dry_run_says_what_would_join_and_part_and_changes_nothing(site: WholeSite) -> None:
    for number in range(25):
        site.post(f"2022-05-24-a{number}.md", post(f"A{number}", f"http://n.example/a/{number}"))
        other = site.folder / "b" / "_posts" / f"2022-05-24-b{number}.md"
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text(post(f"B{number}", f"http://n.example/wap/{number}"), "utf-8")
    site.more = '[[posts]]\nname = "b"\npath = "../b"'
    site.build()
    before, store = site.bytes(), dumped(site)
    file = rules(site, SITE)

    text = site.run("build", "--dry-run")
    assert "rules    entries that would join: 25; that would part: 0\n" in text
    assert text.count(f"  join     site: own-pages (own-pages in {file}:1)") == 20
    assert "… and 5 more" in text
    assert text.count("(keeps its id)") == text.count("(retired)") == 20
    found = json.loads(site.run("build", "--dry-run", "--json"))
    assert (found["rules"]["joins"], len(found["rules"]["regrouped"])) == (25, 25)
    assert {entry["canonical_url"] for each in found["rules"]["regrouped"] for entry in each["entries"]} == {
        f"http://n.example/a/{number}" for number in range(25)
    }
    assert site.bytes() == before
    assert dumped(site) == store

    assert site.build()["rules"] == found["rules"]
    assert len(shown(site)) == 25
    assert site.build()["rules"] == {"joins": 0, "parts": 0, "regrouped": []}


def post(title: str, original: str) -> str:
    return f"---\ntitle: {title}\ndate: 2022-05-24 08:00:00 +0800\noriginal_url: {original}\n---\nwords\n"


def dumped(site: WholeSite) -> list[str]:
    with closing(sqlite3.connect(site.folder / "var" / "finews.db")) as database:
        return list(database.iterdump())


def test_a_comment_in_a_rule_file_changes_nothing(site: WholeSite) -> None:
    site.post("2022-05-24-a.md", post("A", "http://n.example/1?mark=1"))
    rules(site, TRACKER)
    site.build()
    rules(site, "# other words\n" + TRACKER)
    report = site.build()
    assert (report["posts"]["read"], report["entries"]["changed"], report["files_written"]) == (0, 0, [])


def test_an_address_that_is_no_link_is_kept_for_other_rules(site: WholeSite, server: FeedServer) -> None:
    origin = "<feedburner:origLink>http://n.example/{}</feedburner:origLink>".format
    polled(
        site,
        server,
        a=rss(item("One", "http://go.example/1", origin("a/1"))),
        b=rss(item("Two", "http://n.example/a/1")),
    )
    rules(site, SITE.replace("wap|a", "nothing|x"))
    site.build()
    assert len(shown(site)) == 1
    asked = len(server.requests)
    rules(site, SITE.replace("{id}", "{id}?of=1").replace("'/(?:wap|a)", "'/(?:wap)"))
    site.build("--offline")
    assert len(shown(site)) == 1
    rules(site, "[[site]]\nname = 'x'\nhosts = ['go.example']\npath = '/(?P<id>\\d)'\nkey = 'http://n.example/b/{id}'")
    # the link is not what One is known by
    report = site.build("--offline")
    assert (report["rules"]["joins"], report["rules"]["parts"]) == (0, 0)
    assert len(server.requests) == asked


def test_explain_names_the_rule_and_its_file(site: WholeSite) -> None:
    site.post("2022-05-24-a.md", post("A", "http://n.example/wap/1?mark=1&utm_source=rss"))
    file = rules(site, TRACKER + SITE)
    site.build()
    found = json.loads(site.run("explain", "--json", "http://n.example/wap/1?mark=1&utm_source=rss"))
    assert found["canonical_url"] == "http://n.example/a/1"
    assert [(each["rule"], each["by"]) for each in found["steps"]] == [
        (
            "tracker: mark, utm_source",
            [{"name": "own-mark", "file": f"{file}:1"}, {"name": "utm", "file": "shipped trackers.toml"}],
        ),
        ("site: own-pages", [{"name": "own-pages", "file": f"{file}:7"}]),
    ]
    text = site.run("explain", found["id"])
    assert f"own-pages, {file}:7" in text


BROKEN = TRACKER.replace("page=2 http://n.example/1'", "mark=1 http://n.example/1'")


def test_rules_that_cannot_be_used_stop_a_build_before_anything_is_changed(site: WholeSite) -> None:
    site.post("2022-05-24-a.md", post("A", "http://n.example/1"))
    site.build()
    before = site.bytes()
    file = rules(site, BROKEN)
    site.post("2022-05-24-b.md", post("B", "http://n.example/2"))
    place = f"{file}:6: own-mark.differ"
    assert place in site.run("build", code=2)
    assert place in site.run("explain", "http://n.example/1", code=2)
    assert site.bytes() == before
    site.run("status")
    rules(site, TRACKER)
    site.build()
    assert sorted(shown(site)) == ["A", "B"]


def test_check_tells_every_fault_of_the_rules_beside_all_others(site: WholeSite) -> None:
    site.build()
    (site.public / "feed.xml").write_text("<feed/>", "utf-8")
    first = rules(site, BROKEN)
    done = site.start("check", "--json")
    document = json.loads(done.communicate(timeout=60)[0])
    assert done.returncode == 2
    assert document["faults"][0]["place"] == f"{first}:6: own-mark.differ"
    assert any("feed.xml" in each["place"] for each in document["faults"])
    rules(site, TRACKER)
    site.build("--full")
    assert "1 files of rules, no faults" in site.run("check")


def test_the_faults_of_the_rules_come_with_those_of_the_config(site: WholeSite) -> None:
    file = rules(site, "[[tracker]]\nname = 'x'\n")
    site.more = "[urls]\nrule = 1"
    site.write()
    told = site.run("build", code=2)
    assert "urls.rule: there is no such key; did you mean rules?" in told
    assert f"{file}:1: x.params: names no parameter" in told


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ('["rules/*.toml", "none.toml"]', '"none.toml" names no file'),
        ('["rule/*.toml"]', '"rule/*.toml" names no file'),
        ('["rules"]', "rules cannot be read"),
        ('["latin.toml"]', "latin.toml:2 is not UTF-8"),
        ('"rules/*.toml"', "urls.rules: "),
    ],
)
def test_a_rule_file_that_is_not_there_is_a_fault(site: WholeSite, listed: str, told: str) -> None:
    rules(site, TRACKER)
    (site.config.parent / "latin.toml").write_bytes(b"# a\n# \xe9\n")
    site.more = f"[urls]\nrules = {listed}"
    site.write()
    assert told in site.run("build", code=2)


def test_files_are_taken_in_the_order_of_the_list_and_a_later_one_goes_first(site: WholeSite, tmp_path: Path) -> None:
    rules(site, TRACKER, "b.toml")
    rules(site, "disable = ['own-mark', 'utm']", "a.toml")
    far = tmp_path / "far [away].toml"
    shutil.move(rules(site, "disable = ['matomo']", "c.toml"), far)
    url = "http://n.example/?mark=1&utm_id=2&pk_kwd=3"

    def canonical(listed: str) -> str:
        site.more = f"[urls]\nrules = {listed}" if listed else ""
        site.write()
        out, _ = site.start("explain", "--json", url).communicate(timeout=60)
        return str(json.loads(out).get("canonical_url", out))

    assert canonical('["rules/b.toml", "rules/*.toml"]') == "http://n.example/?mark=1&utm_id=2"
    assert canonical("[]") == "http://n.example/?mark=1"
    assert canonical(json.dumps(["rules/b.toml", str(far)])) == "http://n.example/?pk_kwd=3"


def test_without_a_list_the_folder_beside_the_config_is_read(site: WholeSite) -> None:
    site.post("2022-05-24-a.md", post("A", "http://n.example/1?mark=1"))
    site.build()
    rules(site, TRACKER)
    (site.config.parent / "rules" / ".#hidden.toml").write_text("[[", "utf-8")
    (site.config.parent / "rules" / "old.toml~").write_text("[[", "utf-8")
    site.build()
    assert (
        json.loads(site.run("explain", "--json", "http://n.example/1?mark=1"))["entry"]["key"] == "http://n.example/1"
    )


def test_the_sample_in_the_repository_holds_its_examples(site: WholeSite) -> None:
    rules(site, (ROOT / "config/rules/sample.toml").read_text("utf-8"), "sample.toml")
    site.build()
    assert "no faults" in site.run("check")


def test_a_store_that_kept_no_addresses_goes_by_what_it_has(site: WholeSite, server: FeedServer) -> None:
    origin = "<feedburner:origLink>http://n.example/wap/2</feedburner:origLink>"
    polled(
        site,
        server,
        a=rss(item("Link", "http://n.example/wap/1"), item("Other", "http://go.example/2", origin)),
        b=rss(item("Plain", "http://n.example/a/1"), item("Plain two", "http://n.example/a/2")),
    )
    site.posts_more = 'link = "original"'
    site.post("2022-05-24-a.md", post("Post", "http://n.example/wap/3"))
    site.post("2022-05-24-b.md", post("Post two", "http://n.example/a/3"))
    site.build()
    apart, asked = shown(site), len(server.requests)
    forget_addresses(site)
    rules(site, SITE)
    report = site.build("--offline")
    assert report["posts"]["read"] == 0
    # two posts of one folder with other titles share a URL, and stay two
    assert report["rules"]["joins"] == 2
    assert set(shown(site).values()) < set(apart.values())
    rules(site, "")
    report = site.build("--offline")
    # Other is known by the canonical URL that it had, which was taken from no address that the store has
    assert report["rules"]["parts"] == 2
    assert len(server.requests) == asked


def forget_addresses(site: WholeSite) -> None:
    """Makes the store what it was before sightings kept their addresses."""
    with closing(sqlite3.connect(site.folder / "var" / "finews.db")) as database, database:
        database.execute("UPDATE sightings SET doc = json_remove(doc, '$.identity_urls')")
        database.execute("DELETE FROM meta WHERE key IN ('rules', 'rules.own')")


def test_entries_without_ids_keep_their_names_under_other_rules(site: WholeSite, server: FeedServer) -> None:
    def nameless(title: str) -> str:
        return rss(f"<item><title>{title}</title><link>http://n.example/1?mark=1</link></item>")

    polled(site, server, a=nameless("Title"))
    rules(site, TRACKER)
    site.build()
    before = shown(site)["Title"]
    rules(site, "")
    server.serve("/a", nameless("Another title"))
    site.build("--force")
    assert shown(site) == {"Another title": before}
