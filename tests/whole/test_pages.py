"""Themes, and the lists of sources and feeds, over whole cycles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.server import FeedServer, Reply
from tests.whole.site import WholeSite

POST = "---\ntitle: {0}\ndate: 2022-05-24 15:31:09 +0800\ncategories: markets\ntags: [{0}]\n---\n{0}\n"
FEED = '<rss version="2.0"><channel><title>Bank</title><item><guid>1</guid><title>a</title></item></channel></rss>'


@pytest.fixture
def themed(site: WholeSite) -> WholeSite:
    site.post("2022-05-24-a.md", POST.format("银行"))
    site.output = 'theme = "../theme"'
    put(site, "site.css", "body { color: black }")
    return site


def put(site: WholeSite, name: str, text: str) -> Path:
    file = site.folder / "theme" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def health(site: WholeSite) -> list[dict[str, str]]:
    found = ElementTree.fromstring((site.public / "sources.opml").read_bytes()).iter("outline")
    return [{name.rpartition("}")[2]: value for name, value in each.attrib.items()} for each in found]


def test_a_theme_is_laid_over_the_shipped_pages_and_a_change_of_it_makes_them_anew(themed: WholeSite) -> None:
    put(themed, "entry.html", "<article>ours {{ title }}</article>\n")
    themed.build()
    assert themed.bytes()["site.css"] == b"body { color: black }"
    pages = [path for path, data in themed.bytes().items() if path.startswith("feed") and b"ours" in data]
    assert sorted(pages) == ["feed.html", "feed/by_source/site.html", "feed/by_tag/银行.html", "feed/markets.html"]
    stamps = themed.stamps()
    themed.build()
    assert themed.stamps() == stamps
    feeds = {path: data for path, data in themed.bytes().items() if path.endswith(".xml")}
    put(themed, "entry.html", "<article>other {{ title }}</article>\n")
    themed.build()
    assert b"other" in themed.bytes()["feed/markets.html"]
    assert {path: data for path, data in themed.bytes().items() if path.endswith(".xml")} == feeds


def test_files_of_a_theme_come_and_go_with_it(themed: WholeSite) -> None:
    themed.build()
    before = themed.bytes()
    put(themed, "img/logo.png", "png")
    themed.build()
    assert themed.bytes() == before | {"img/logo.png": b"png"}
    (themed.folder / "theme" / "img" / "logo.png").unlink()
    themed.build()
    assert themed.bytes() == before
    themed.output = ""
    themed.build()
    assert b"--paper" in themed.bytes()["site.css"]


def test_a_fault_in_a_theme_ends_the_run_with_its_place_and_leaves_the_site_whole(themed: WholeSite) -> None:
    themed.build()
    before = themed.stamps()
    file = put(themed, "feed.html", "{{ title }}\n{{ nothing }}\n")
    put(themed, "index.html", "{{ nothing }}")
    themed.post("2022-05-24-b.md", POST.format("保险"))
    said = themed.run("build", code=2)
    assert f"{file}:2: UndefinedError: 'nothing' is undefined" in said
    assert f"{file.with_name('index.html')}:1" in said
    assert themed.stamps() == before
    faults: dict[str, Any] = json.loads(themed.run("check", "--json", code=2).strip())
    assert [fault["place"] for fault in faults["faults"]] == [f"{file}:2", f"{file.with_name('index.html')}:1"]
    put(themed, "feed.html", "{{ title }}")
    put(themed, "index.html", "{{ title }}")
    themed.build()
    assert themed.bytes()["index.html"] == "金融消息".encode()
    assert themed.bytes()["feed/by_tag/保险.html"] == "保险 – 金融消息".encode()


def test_sources_opml_says_how_sources_do_and_is_written_only_when_that_changes(
    site: WholeSite, server: FeedServer
) -> None:
    good, bad = server.serve("/a", FEED), server.serve("/b?key=hunter2", Reply(500))
    site.allow = [server.host_port]
    site.sources = [
        ("a", good, 'title = "Bank"\ncategories = ["banks"]'),
        ("b", bad.replace("://", "://me:${WORD}@").replace("hunter2", "${WORD}"), ""),
    ]
    environ = {"WORD": "hunter2"}
    site.build(**environ)
    well, ill = health(site)
    assert (well["title"], well["xmlUrl"], well["category"], well["state"]) == (
        "Bank",
        good,
        "/banks",
        "ok",
    )
    assert "failingSince" not in well
    assert ill["state"] == "failing"
    assert ill["failingSince"]
    assert ill["xmlUrl"] == bad.replace("hunter2", "${WORD}")
    assert not [path for path, data in site.bytes().items() if b"hunter2" in data]
    stamps = site.stamps()
    report = site.build("--force", **environ)
    assert report["sources"]["polled"] == 2
    assert site.stamps() == stamps
    server.serve("/b?key=hunter2", FEED.replace(">1<", ">2<"))
    site.build("--force", **environ)
    assert [each["state"] for each in health(site)] == ["ok", "ok"]


def test_snippets_change_only_when_a_feed_comes_or_goes(site: WholeSite) -> None:
    site.post("2022-05-24-a.md", POST.format("银行"))
    site.build()
    head, listed = ((site.public / f"snippets/{name}.html").read_text("utf-8") for name in ("head", "list"))
    assert 'href="https://finews.example/feed.xml"' in head
    assert 'href="https://finews.example/feed/markets.xml"' in head
    assert "银行" not in head
    assert 'href="https://finews.example/feed/by_tag/%E9%93%B6%E8%A1%8C.html">银行</a>' in listed
    stamps = site.stamps()
    site.post("2022-05-24-b.md", POST.format("银行").replace("15:31", "16:31"))
    site.build()
    changed = {path for path, at in site.stamps().items() if stamps.get(path) != at}
    assert "feeds.json" in changed
    assert not [path for path in changed if path.startswith("snippets/")]
