"""Lists that others keep: sources come and go with them, over simulated days."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finews_feeds.cli import main
from finews_feeds.errors import ConfigError
from tests.server import FeedServer, Reply
from tests.whole.days import Days, rss

SECRET = "s3cr3t-and-long"


@pytest.fixture
def days(tmp_path: Path, server: FeedServer) -> Days:
    for name in "abc":
        server.serve(f"/{name}", rss(name))
    return Days(tmp_path, server, more=f'[[lists]]\nname = "l"\nurl = "{server.url}/list"')


def opml(days: Days, *names: str, folder: str = "") -> str:
    rows = "".join(f'<outline text="T{each}" xmlUrl="{days.server.url}/{each}"/>' for each in names)
    rows = f'<outline text="{folder}">{rows}</outline>' if folder else rows
    return f'<opml version="2.0"><head/><body>{rows}</body></opml>'


def asked(days: Days) -> list[str]:
    """The paths that were asked since this was last called."""
    paths = [each.path for each in days.server.requests]
    days.server.requests.clear()
    return paths


def told(days: Days, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    config = str(days.folder / "config" / "finews.toml")
    assert main(["-c", config, *arguments]) == code
    return "".join(capsys.readouterr())


def listed(days: Days, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    rows = json.loads(told(days, capsys, "sources", "list", "--json"))["sources"]
    return {each["name"]: each for each in rows}


def test_the_sources_of_a_list_come_in_the_cycle_that_reads_it(days: Days) -> None:
    days.server.serve("/list", opml(days, "a", "b"))
    report = days.cycle()
    assert sorted(asked(days)) == ["/a", "/b", "/list"]
    assert (report.sources_polled, days.titles()) == (2, ["a", "b"])
    assert (days.folder / "public" / "feed" / "by_source").is_dir()


def test_what_leaves_is_asked_no_more_keeps_its_entries_and_comes_back(days: Days) -> None:
    days.server.serve("/list", opml(days, "a", "b"))
    days.cycle()
    days.server.serve("/list", opml(days, "b", "c"))
    asked(days)
    days.wait(hours=3)
    assert sorted(asked(days)) == ["/b", "/c", "/list"]
    assert days.titles() == ["a", "b", "c"]
    published = (days.folder / "public" / "feed.xml").read_bytes()
    days.server.serve("/list", opml(days, "a", "b", "c"))
    days.wait(hours=3)
    assert "/a" in asked(days)
    assert days.state("l: Ta").polls == 2
    assert (days.folder / "public" / "feed.xml").read_bytes() == published


def test_a_source_keeps_its_name_whatever_the_list_calls_it_later(
    days: Days, capsys: pytest.CaptureFixture[str]
) -> None:
    days.server.serve("/list", opml(days, "a"))
    days.cycle()
    days.server.serve("/list", opml(days, "c", "a").replace('"Ta"', '"Renamed"').replace('"Tc"', '"Ta"'))
    days.wait(hours=3)
    found = listed(days, capsys)
    assert found["l: Ta"]["url"] == f"{days.server.url}/a"
    assert found["l: Ta 2"]["url"] == f"{days.server.url}/c"


def test_a_list_is_asked_conditionally_and_when_it_is_due(days: Days) -> None:
    days.server.serve("/list", Reply(body=opml(days, "a"), etag='"1"'))
    report = days.cycle()
    assert report.next_due_at is not None
    days.wait(minutes=50)
    assert asked(days).count("/list") == 1
    days.wait(minutes=30)
    (request,) = days.server.asked("/list")
    assert request.header("if-none-match") == '"1"'
    days.wait(hours=3)
    assert days.titles() == ["a"]
    assert days.state("\x1fl").not_modified == 2


BROKEN = [
    ("an error", Reply(500)),
    ("gone", Reply(410)),
    ("no OPML", "<html><body>login</body></html>"),
    ("no XML", "nothing"),
    ("it breaks off", '<opml version="2.0"><body><outline text="x" xmlUrl="http://x.example/"/>'),
    ("cut on its way", Reply(body="<opml version='2.0'><body/></opml>", cut=20)),
]


@pytest.mark.parametrize("broken", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_list_that_cannot_be_read_leaves_everything_as_it_was(
    days: Days, capsys: pytest.CaptureFixture[str], broken: Reply | str
) -> None:
    days.server.serve("/list", Reply(body=opml(days, "a"), etag='"1"'))
    days.cycle()
    days.server.serve("/list", broken)
    report = days.wait(hours=3)
    assert [each.name for each in report.sources_failed] == ["l"]
    found = listed(days, capsys)
    assert (found["l"]["state"], found["l"]["kind"]) == ("failing", "list")
    assert (found["l: Ta"]["state"], found["l: Ta"]["list"]) == ("ok", "l")
    asked(days)
    days.server.serve("/list", Reply(body=opml(days, "a", "b"), etag='"2"'))
    assert not days.wait(days=2).sources_failed
    assert set(asked(days)) == {"/list", "/a", "/b"}


def test_an_empty_list_is_a_list(days: Days) -> None:
    days.server.serve("/list", opml(days, "a"))
    days.cycle()
    days.server.serve("/list", opml(days))
    days.wait(hours=3)
    asked(days)
    days.wait(hours=3)
    assert asked(days) == ["/list"]
    assert days.titles() == ["a"]


def test_nested_outlines_and_the_lists_own_terms_are_categories(days: Days) -> None:
    days.more += '\ncategories = ["own"]\ntags = ["t"]'
    days.server.serve("/list", opml(days, "a", folder="Markets"))
    days.cycle()
    public = days.folder / "public" / "feed"
    assert (public / "markets.xml").is_file()
    assert (public / "own.xml").is_file()
    assert (public / "by_tag" / "t.xml").is_file()


def test_the_config_goes_before_a_list_and_a_list_before_a_later_one(
    days: Days, capsys: pytest.CaptureFixture[str]
) -> None:
    days.source(days.server.url + "/a", name="mine")
    days.more += f'\n[[lists]]\nname = "m"\nurl = "{days.server.url}/more"'
    days.server.serve("/list", opml(days, "a", "b"))
    days.server.serve("/more", opml(days, "a", "b", "c"))
    days.cycle()
    assert sorted(asked(days)) == ["/a", "/b", "/c", "/list", "/more"]
    feeds = {name for name, each in listed(days, capsys).items() if each["kind"] == "feed"}
    assert feeds == {"mine", "l: Tb", "m: Tc"}


def test_a_file_is_looked_at_in_every_cycle_and_read_when_it_changed(days: Days) -> None:
    file = days.folder / "list.opml"
    days.more = '[[lists]]\nname = "l"\nfile = "../list.opml"'
    assert [each.error for each in days.cycle().sources_failed] == ["it cannot be read (No such file or directory)"]
    file.write_text(opml(days, "a"), "utf-8")
    days.wait(seconds=10)
    assert asked(days) == ["/a"]
    file.write_text(opml(days, "a", "b"), "utf-8")
    assert days.wait(seconds=10).sources_failed == []
    assert asked(days) == ["/b"]
    polls = days.state("\x1fl").polls
    days.wait(seconds=10)
    assert days.state("\x1fl").polls == polls
    file.unlink()
    days.wait(seconds=10)
    assert days.titles() == ["a", "b"]


def test_a_list_taken_out_of_the_config_takes_its_sources_along(days: Days) -> None:
    days.server.serve("/list", opml(days, "a"))
    days.cycle()
    days.more = ""
    days.wait(hours=3)
    assert days.titles() == []


def test_a_disabled_list_leaves_entries_and_asks_nobody(days: Days) -> None:
    days.server.serve("/list", opml(days, "a"))
    days.cycle()
    asked(days)
    days.more += "\nenabled = false"
    days.wait(hours=3)
    assert (asked(days), days.titles()) == ([], ["a"])


def test_no_secret_is_filled_in_or_shown(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    days.environ = {"KEY": SECRET}
    days.more = f'[[lists]]\nname = "l"\nurl = "{days.server.url}/list?k=${{KEY}}"'
    days.server.serve(f"/list?k={SECRET}", opml(days, "a?k=${KEY}"))
    days.server.serve("/a?k=${KEY}", rss("a"))
    days.cycle()
    assert not any(SECRET in path for path in asked(days) if path.startswith("/a"))


def test_sources_of_lists_are_paused_exported_and_not_removed(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    days.server.serve("/list", opml(days, "a", folder="F"))
    days.cycle()
    assert "from the list l" in told(days, capsys, "sources", "list")
    told(days, capsys, "sources", "pause", "l: Ta")
    asked(days)
    days.wait(hours=3)
    assert asked(days) == ["/list"]
    assert "take it off that list, or pause it" in told(days, capsys, "sources", "remove", "l: Ta", code=2)
    out = told(days, capsys, "sources", "export")
    assert '<outline text="F"' in out
    assert f'xmlUrl="{days.server.url}/a"' in out


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('name = "l"', "it has a url and a file, or neither"),
        ('name = "l"\nurl = "https://a.example/"\nfile = "x"', "it has a url and a file, or neither"),
        ('name = "l"\nurl = "a.example"', "no absolute http or https URL"),
        ('name = "A"\nfile = "x"', "the name 'A' is taken"),
    ],
)
def test_a_list_has_one_place_and_a_name_of_its_own(days: Days, rows: str, words: str) -> None:
    days.source("https://a.example/")
    days.more = f"[[lists]]\n{rows}"
    with pytest.raises(ConfigError) as caught:
        days.settings()
    assert words.replace("'", '"') in str(caught.value)
