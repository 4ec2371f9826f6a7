"""Storms of ids, addresses and dates: what readers see while they last, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.server import FeedServer, Reply
from tests.whole.site import ATOM, WholeSite

TODAY = datetime.now(UTC).replace(microsecond=0)
OLD = datetime(2022, 5, 1, 8, tzinfo=UTC)
NAME = "a"


@dataclass
class Item:
    """One RSS item."""

    number: int
    url: str = "https://n.example/{}"
    guid: str = "id-{}"
    title: str = "Title {}"
    words: str = "words {}"
    at: datetime | None = None
    undated: bool = False

    def __str__(self) -> str:
        at = self.at or OLD + timedelta(days=self.number)
        date = "" if self.undated else f"<pubDate>{format_datetime(at)}</pubDate>"
        url, guid, title, words = (each.format(self.number) for each in (self.url, self.guid, self.title, self.words))
        return (
            f"<item><title>{title}</title><link>{url}</link><guid isPermaLink='false'>{guid}</guid>{date}"
            f"<description>{words}</description></item>"
        )


def rss(*items: Item, title: str = "A feed") -> str:
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title><link>https://n.example/</link>"
        f"<description>d</description>{''.join(map(str, items))}</channel></rss>"
    )


def items(count: int = 8, first: int = 1, **more: Any) -> list[Item]:
    return [Item(number, **more) for number in range(first, first + count)][::-1]


class Source:
    """One source of a site, and what it says next."""

    def __init__(self, site: WholeSite, server: FeedServer) -> None:
        self.site, self.server = site, server
        site.allow = [server.host_port]
        self.says(*items())
        site.sources = [(NAME, server.url + "/a", 'interval = "1s"')]

    def says(self, *entries: Item, title: str = "A feed") -> None:
        body = rss(*entries, title=title)
        self.server.serve("/a", Reply(body=body, etag=f'"{hash(body)}"'))

    def polled(self, *entries: Item) -> dict[str, Any]:
        if entries:
            self.says(*entries)
        return self.site.build("--force")

    def status(self) -> dict[str, Any]:
        found = json.loads(self.site.run("status", "--json"))["sources"]
        return next(each for each in found if each["name"] == NAME)

    @property
    def state(self) -> str:
        return str(self.status()["state"])

    def resume(self) -> str:
        return self.site.run("sources", "resume", NAME)

    def titles(self) -> list[str]:
        return self.site.titles("feed.xml")

    def ids(self) -> dict[str, str]:
        entries = self.site.feed("feed.xml").iter(ATOM + "entry")
        return {each.findtext(ATOM + "title") or "": each.findtext(ATOM + "id") or "" for each in entries}


#: It says how sources are doing, so a source in quarantine changes it.
HEALTH = "sources.opml"


def shown(source: Source) -> dict[str, bytes]:
    """What subscribers get."""
    return {path: data for path, data in source.site.bytes().items() if path != HEALTH}


def stamps(source: Source) -> dict[str, int]:
    """When that was written."""
    return {path: at for path, at in source.site.stamps().items() if path != HEALTH}


@pytest.fixture
def source(site: WholeSite, server: FeedServer) -> Source:
    return Source(site, server)


def test_guids_that_change_at_every_poll_change_no_byte(source: Source) -> None:
    source.polled(*items(guid="{}?s=0"))
    before = shown(source)
    for session in range(1, 4):
        report = source.polled(*items(guid=f"{{}}?s={session}"))
        assert shown(source) == before
        assert report["entries"]["changed"] == 0
    assert source.state == "ok"
    # what is new is still new, and what is edited is still the same entry
    source.polled(*items(9, guid="{}?s=8"))
    ids = source.ids()
    source.polled(*items(8, guid="{}?s=9", first=2), Item(1, guid="{}?s=9", title="Other"))
    assert len(source.titles()) == 9
    assert source.ids()["Other"] == ids["Title 1"]


def test_a_new_generator_gives_new_ids_and_an_id_it_gave_is_known_from_then_on(source: Source) -> None:
    source.polled()
    ids = source.ids()
    source.polled(*items(guid="new-{}"))
    # one that moves afterwards, and is edited, under the new id
    source.polled(
        *items(7, first=2, guid="new-{}"), Item(1, guid="new-1", url="https://n.example/moved", title="Moved")
    )
    assert source.ids()["Moved"] == ids["Title 1"]
    assert len(source.titles()) == 8


@pytest.mark.parametrize(
    ("why", "storm"),
    [
        ("another host, and the addresses are the ids", items(url="https://m.example/{}", guid="https://m.example/{}")),
        ("three of them", items(3, first=6, url="https://n.example/p/{}", guid="p-{}")),
        ("other paths under the same ids", items(url="https://n.example/redirect/{}")),
        ("a page of lies", items(first=1, url="https://n.example/s/{}", guid="s-{}", title="Offer {}")),
        ("all dated now", items(at=TODAY)),
        ("all dated now, and edited", items(at=TODAY, words="other {}")),
        ("all unknown and dated now", items(url="https://n.example/q/{}", guid="q-{}", title="Q {}", at=TODAY)),
        ("moved, and dated by the move", items(url="https://n.example/q/{}", guid="q-{}", at=TODAY)),
        ("nothing at all", []),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_storm_is_held_back_and_goes_by_itself(source: Source, why: str, storm: list[Item]) -> None:
    source.polled()
    before, written = shown(source), stamps(source)
    source.says(*storm, title="Other title")
    for _ in range(2):
        report = source.polled()
        (held,) = report["sources"]["quarantined"]
        assert (held["name"], report["sources"]["failed"]) == (NAME, [])
        assert held["error"]
        assert "finews-feeds sources resume a" in held["mend"]
        assert (shown(source), stamps(source)) == (before, written)
    status = source.status()
    assert status["state"] == "quarantined"
    assert (status["error"], status["mend"]) == (held["error"], held["mend"])
    assert status["quarantined_since"]
    assert held["error"] in source.site.run("status")
    assert held["error"] in source.site.run("check", code=1)
    assert f"held     {NAME}" in source.site.run("build")
    source.site.run("build", "--strict", code=1)
    # it was asked with the validators of what is held back, and not sent again
    assert source.status()["not_modified"] >= 1
    assert source.polled(*items())["sources"]["quarantined"] == []
    assert source.state == "ok"
    assert shown(source) == before


def test_what_was_held_back_is_let_in_once_and_known_articles_keep_their_ids(source: Source) -> None:
    source.polled()
    ids = source.ids()
    source.polled(*items(url="https://m.example/{}", guid="m-{}"), Item(9, url="https://m.example/9", guid="m-9"))
    assert "let in" in source.resume()
    assert source.state == "ok"
    source.site.build()
    assert source.state == "ok"
    found = source.ids()
    assert {**ids, "Title 9": found["Title 9"]} == found
    links = {each.get("href") for each in source.site.feed("feed.xml").iter(ATOM + "link")}
    assert {f"https://m.example/{number}" for number in range(1, 10)} <= links
    # the next storm of the kind is a new question
    assert source.polled(*items(9, url="https://m.example/{}", guid="m-{}"))["sources"]["quarantined"] == []
    source.polled(*items(9, url="https://o.example/{}", guid="o-{}"))
    assert source.state == "quarantined"


@pytest.mark.parametrize("ago", [0, 5], ids=["now", "hours before we first saw it"])
def test_a_site_that_dates_all_anew_at_each_build_is_let_in_for_good_and_not_believed(source: Source, ago: int) -> None:
    source.polled()
    before = shown(source)
    for number in range(3):
        source.polled(*items(at=TODAY + timedelta(seconds=number, hours=-ago)))
        assert source.state == ("quarantined" if number == 0 else "ok")
        if number == 0:
            source.resume()
        source.site.build()
        assert shown(source) == before
    source.polled(*items(9, at=TODAY))
    assert len(source.titles()) == 9


def test_a_feed_that_may_be_empty_is_let_in_for_good(source: Source) -> None:
    source.polled()
    before = shown(source)
    source.says()
    source.polled()
    source.resume()
    source.polled()
    assert source.state == "ok"
    source.polled(*items())
    source.says()
    source.polled()
    assert source.state == "ok"
    assert shown(source) == before


def test_a_feed_that_is_suddenly_a_page_is_in_quarantine_until_it_is_a_feed_again(source: Source) -> None:
    source.polled()
    before = shown(source)
    source.server.serve("/a", Reply(body="<!doctype html><title>x</title><p>soon", content_type="text/html"))
    report = source.polled()
    assert [each["name"] for each in report["sources"]["failed"]] == [NAME]
    assert [each["name"] for each in report["sources"]["quarantined"]] == [NAME]
    assert source.state == "quarantined"
    source.polled(*items())
    assert source.state == "ok"
    assert shown(source) == before


def test_a_first_import_of_thousands_waits_for_the_operator(source: Source) -> None:
    thousands = [Item(number, at=OLD + timedelta(minutes=number)) for number in range(2001)]
    source.polled(*thousands)
    assert source.state == "quarantined"
    assert source.titles() == [] or not source.site.feeds()
    source.resume()
    source.site.build()
    assert source.state == "ok"
    assert source.titles()[0] == "Title 2000"
    # with a larger bound nobody is asked
    source.site.sources = [(NAME, source.server.url + "/a", 'interval = "1s"\nmax_new = 5000')]
    source.polled(*(Item(number, at=OLD + timedelta(minutes=number)) for number in range(4500)))
    assert source.state == "ok"


def test_a_resumed_source_that_was_paused_in_quarantine_is_in_quarantine_again(source: Source) -> None:
    source.polled()
    source.polled(*items(url="https://m.example/{}", guid="m-{}"))
    source.site.run("sources", "pause", NAME)
    assert source.state == "paused"
    assert "in quarantine" in source.resume()
    assert source.state == "quarantined"
    source.polled()
    assert source.state == "quarantined"


def test_a_redirect_is_not_confirmed_by_the_storm_behind_it(source: Source) -> None:
    source.site.http = 'redirect_confirmations = 1\nredirect_period = "0s"'
    source.polled()
    away = source.server.serve("/away", rss(*items(url="https://m.example/{}", guid="m-{}")))
    source.server.serve("/a", Reply(301, headers=[("Location", away)]))
    for _ in range(4):
        source.polled()
        assert source.state == "quarantined"
    # it was asked at its own address each time, and comes back there
    assert source.polled(*items())["sources"]["quarantined"] == []


def test_a_server_that_fails_in_between_does_not_end_a_quarantine(source: Source) -> None:
    source.polled()
    before = shown(source)
    source.polled(*items(url="https://m.example/{}", guid="m-{}"))
    source.server.serve("/a", Reply(500))
    source.polled()
    assert source.state == "failing"
    source.polled(*items(url="https://m.example/{}", guid="m-{}"))
    assert source.state == "quarantined"
    assert shown(source) == before


NEWS: dict[str, Callable[[int], list[Item]]] = {
    "a small feed that turns over": lambda poll: items(3, first=1 + 3 * poll, at=TODAY - timedelta(days=3 - poll)),
    "a busy one that turns over": lambda poll: items(30, first=1 + 30 * poll),
    "a batch a day, dated by the batch": lambda poll: items(20, 1 + 20 * poll, at=TODAY - timedelta(days=5 - poll)),
    "the same titles every day": lambda poll: [
        Item(n, url=f"https://n.example/{poll}/{{}}", guid=f"{poll}-{{}}", at=OLD + timedelta(days=poll, hours=n))
        for n in range(8)
    ],
    "silence for months, then other entries": lambda poll: items(10, 1 + 100 * poll),
    "dates of the day, several times a day": lambda poll: items(20, 1 + 20 * poll, at=OLD),
    "a tracker that changes in every address": lambda poll: items(url=f"https://n.example/{{}}?sid={poll}"),
    "another name of the same host": lambda poll: items(url=f"http{'s' * (poll % 2)}://www.n.example/{{}}"),
}


@pytest.mark.parametrize("name", NEWS)
def test_news_is_no_storm(source: Source, name: str) -> None:
    seen: set[str] = set()
    for poll in range(3):
        entries = NEWS[name](poll)
        assert source.polled(*entries)["sources"]["quarantined"] == []
        seen |= {each.title.format(each.number) for each in entries}
    assert set(source.titles()) == seen
    assert source.state == "ok"


def test_words_that_never_rest_are_refreshed_and_move_updated_a_few_times(source: Source) -> None:
    found = set()
    for number in range(14):
        source.polled(*items(7, first=2), Item(1, words=f"{number} watch this"))
        entry = next(
            each
            for each in source.site.feed("feed.xml").iter(ATOM + "entry")
            if each.findtext(ATOM + "title") == "Title 1"
        )
        assert f"{number} watch" in (entry.findtext(ATOM + "summary") or "")
        found.add(entry.findtext(ATOM + "updated"))
    assert len(found) <= 11


def test_undated_entries_of_a_first_import_stand_in_their_order_and_before_nothing_that_is_dated(
    source: Source,
) -> None:
    dated = source.site.sources[0]
    source.server.serve("/b", rss(*(Item(n, url="https://u.example/{}", title="U{}", undated=True) for n in range(5))))
    source.site.sources = [dated, ("u", source.server.url + "/b", 'interval = "1s"')]
    source.polled()
    assert source.titles() == [f"Title {n}" for n in range(8, 0, -1)] + [f"U{n}" for n in range(5)]
    # what comes later is news when it is seen
    source.server.serve(
        "/b", rss(*(Item(n, url="https://u.example/{}", title="U{}", undated=True) for n in (9, 0, 1, 2, 3)))
    )
    source.polled()
    assert source.titles()[0] == "U9"
