"""The feed of problems, and how sources are doing, over simulated days."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from finews_feeds.cli import main
from finews_feeds.publish.check import CHECKS
from tests.server import FeedServer, Reply
from tests.whole.days import START, Days, rss

SECRET = "s3cr3t-and-long"


@pytest.fixture
def days(tmp_path: Path, server: FeedServer) -> Days:
    return Days(tmp_path, server, output="problems = true")


def file(days: Days) -> Path:
    return days.folder / "public" / "problems.xml"


def problems(days: Days) -> list[dict[str, str]]:
    """The entries, each by the names of its elements; the document is valid."""
    data = file(days).read_bytes()
    assert list(CHECKS["atom"](data, "https://finews.example/problems.xml", "problems.xml")) == []
    root = etree.fromstring(data)
    return [
        {etree.QName(child).localname: "".join(child.itertext()) for child in entry}
        for entry in root.iterfind("{*}entry")
    ]


def titles(days: Days) -> list[str]:
    return [each["title"] for each in problems(days)]


def test_where_all_is_well_the_feed_is_valid_empty_and_keeps_its_bytes(days: Days) -> None:
    days.source(days.server.serve("/a", rss("one")))
    days.cycle()
    assert problems(days) == []
    before = file(days).read_bytes()
    assert b"<updated>2000-01-01T00:00:00+00:00</updated>" in before
    assert "problems.xml" not in days.wait(days=2).files_written
    assert file(days).read_bytes() == before


def test_it_is_off_unless_asked_for_and_goes_when_switched_off(days: Days) -> None:
    days.source(days.server.serve("/a", Reply(500)))
    days.output = ""
    days.cycle()
    assert not file(days).exists()
    days.output = "problems = true"
    days.cycle()
    assert len(problems(days)) == 1
    days.output = ""
    days.cycle()
    assert not file(days).exists()


def test_a_failing_source_is_one_entry_that_stays_the_same_until_its_words_change(days: Days) -> None:
    days.source(days.server.serve("/a", rss("one")))
    days.cycle()
    days.server.serve("/a", Reply(500))
    days.wait(hours=3)
    (first,) = problems(days)
    assert first["title"] == "a is failing"
    assert "500" in first["content"]
    assert "last answered 2026-11-23 04:30:00+00:00" in first["content"]
    assert first["published"] == first["updated"] == "2026-11-23T07:30:00+00:00"
    before = file(days).read_bytes()
    days.wait(hours=3)
    assert days.state().failures == 2
    assert file(days).read_bytes() == before
    days.server.serve("/a", Reply(404))
    days.wait(hours=6)
    (later,) = problems(days)
    assert (later["id"], later["published"]) == (first["id"], first["published"])
    assert later["updated"] == "2026-11-23T16:30:00+00:00"


def test_what_is_well_again_leaves_and_what_fails_again_is_new(days: Days) -> None:
    url = days.server.serve("/a", Reply(500))
    days.source(url)
    days.cycle()
    (first,) = problems(days)
    days.server.serve("/a", rss("one"))
    days.wait(hours=1)
    assert problems(days) == []
    assert b"<updated>2026-11-23T05:30:00+00:00</updated>" in file(days).read_bytes()
    days.server.serve("/a", Reply(500))
    days.wait(hours=3)
    (again,) = problems(days)
    assert again["id"] != first["id"]


def test_gone_moved_silent_and_left_out(days: Days) -> None:
    days.source(days.server.serve("/gone", Reply(410)), name="gone")
    days.source(days.server.serve("/old", Reply(301, headers=[("Location", "/new")])), name="moved")
    days.server.serve("/new", rss("m"))
    days.source(days.server.serve("/quiet", rss("q", when=START - timedelta(days=31))), name="quiet")
    rare = rss("r").replace("Mon, 23 Nov 2026", "Thu, 01 Oct 2026")
    old = "<item><title>o</title><guid>o</guid><pubDate>Wed, 01 Jul 2026 00:00:00 GMT</pubDate></item>"
    days.source(days.server.serve("/rare", rare.replace("</channel>", f"{old}</channel>")), name="rare")
    days.source(days.server.serve("/fresh", rss("f")), name="fresh")
    days.source(days.server.serve("/off", Reply(500)), "enabled = false", name="off")
    days.cycle()
    found = {each["title"]: each["content"] for each in problems(days)}
    assert sorted(found) == ["gone is gone", "moved has moved", "quiet is silent"]
    assert "(410)" in found["gone is gone"]
    assert f"moved to {days.server.url}/new. Mend: write that into sources.moved.url" in found["moved has moved"]
    assert "newest entry is of 2026-10-23 04:30:00" in found["quiet is silent"]


def test_a_source_falls_silent_as_time_goes_by(days: Days) -> None:
    days.source(days.server.serve("/a", rss("one")))
    days.cycle()
    days.wait(days=29)
    assert problems(days) == []
    days.wait(days=2)
    assert titles(days) == ["a is silent"]
    days.server.serve("/a", rss("one", "two", when=days.now))
    days.wait(days=1)
    assert problems(days) == []


def test_posts_that_are_left_out_and_folders_that_are_missing(days: Days) -> None:
    folder = days.folder / "posts"
    days.more = '[[posts]]\nname = "p"\npath = "../posts"'
    days.cycle()
    assert titles(days) == ["p: the folder is missing"]
    (folder / "_posts").mkdir(parents=True)
    (folder / "_posts" / "2026-01-01-a.md").write_bytes(b"")
    days.cycle()
    (problem,) = problems(days)
    assert problem["title"] == "1 posts are left out"
    assert "2026-01-01-a.md" in problem["content"]


def test_no_secret_is_in_it(days: Days) -> None:
    days.environ = {"KEY": SECRET}
    days.server.serve(f"/{SECRET}/new?k={SECRET}", rss("one"))
    to = [("Location", f"/{SECRET}/new?k={SECRET}")]
    days.server.serve(f"/old?k={SECRET}", Reply(301, headers=to))
    days.source(days.server.url + "/old?k=${KEY}", name="moved")
    days.source(days.server.url + "/${KEY}/none", name="failing")
    days.source(days.server.url + "/none", "password = 'env:KEY'\nuser = 'u'", name="login")
    days.cycle()
    assert len(problems(days)) == 3
    assert SECRET not in file(days).read_text("utf-8")


@pytest.mark.parametrize("end", ["remembered", "written"])
def test_a_run_that_was_ended_leaves_the_same_bytes_to_the_next(
    days: Days, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    from finews_feeds.cycle import problems as module
    from finews_feeds.publish.site import FolderSite

    days.source(days.server.serve("/a", Reply(500)))
    days.cycle()
    undisturbed = file(days).read_bytes()
    file(days).unlink()

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(*((module, "_document") if end == "remembered" else (FolderSite, "flush")), ended)
    with pytest.raises(KeyboardInterrupt):
        days.wait(seconds=10)
    monkeypatch.undo()
    days.wait(seconds=10)
    assert file(days).read_bytes() == undisturbed


def test_status_says_what_a_source_costs_and_since_when_it_is_silent(
    days: Days, capsys: pytest.CaptureFixture[str]
) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), etag='"1"')))
    days.source(days.server.serve("/gone", Reply(410)), name="gone")
    days.cycle()
    for _ in range(3):
        days.wait(days=2)
    config = str(days.folder / "config" / "finews.toml")
    assert main(["-c", config, "sources", "list", "--json"]) == 0
    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)["sources"]}
    assert told["a"]["not_modified_share"] == 0.75
    assert told["a"]["received_bytes"] == len(rss("one"))
    assert told["a"]["silent_since"] == "2026-11-23T04:25:00+00:00"
    assert told["a"]["gone_since"] is None
    assert told["gone"]["gone_since"] == "2026-11-23T04:30:00+00:00"
    main(["-c", config, "status"])
    line = f"asked 4 times, 75% of them 304, {len(rss('one'))} B of documents; nothing new since 2026-11-23 04:25:00"
    assert line in capsys.readouterr().out
