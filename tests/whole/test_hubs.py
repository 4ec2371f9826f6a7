"""WebSub as a publisher: hubs are told of changes, and hold up nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from finews_feeds.publish.websub import tell_hub
from finews_feeds.store import open_store
from tests.server import FeedServer, Reply, Request
from tests.whole.site import ATOM, SAMPLE, WholeSite
from tests.whole.test_daemon import running, wait_for


class Hub:
    """A hub on the loopback: remembers what it was told, answers as it is told to."""

    def __init__(self, server: FeedServer) -> None:
        self.status = 202
        self.told: list[list[tuple[str, str]]] = []
        self.url = server.serve("/hub", self.answer)

    def answer(self, request: Request) -> Reply:
        self.told.append(parse_qsl(request.body.decode()))
        return Reply(self.status, "queue is full")

    def topics(self) -> list[str]:
        return [value for told in self.told for name, value in told if name == "hub.url"]


@pytest.fixture
def hub(server: FeedServer) -> Hub:
    return Hub(server)


def test_every_hub_is_told_of_changed_feeds_and_of_nothing_else(site: WholeSite, hub: Hub) -> None:
    site.output = f'formats = ["atom", "json"]\nhubs = ["{hub.url}"]'
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    assert hub.told[0][0] == ("hub.mode", "publish")
    assert "https://finews.example/feed.xml" in hub.topics()
    assert "https://finews.example/feed.json" in hub.topics()
    assert (
        "https://finews.example/feed/by_tag/%E4%B8%9C%E8%B4%A2%E6%BB%9A%E5%8A%A8%E6%96%B0%E9%97%BB.xml" in hub.topics()
    )
    assert not any(topic.endswith(".html") for topic in hub.topics())
    hub.told.clear()
    site.build()
    assert hub.told == []
    site.post("2022-05-25-b.md", "---\ntitle: B\ndate: 2022-05-25 10:00:00 +0800\ntags: [neu]\n---\nB\n")
    site.build()
    assert {topic.rpartition("/")[2] for topic in hub.topics()} == {
        *("feed.xml", "feed.json", "neu.xml", "neu.json", "site.xml", "site.json")
    }


def test_every_format_names_the_hub_and_one_self(site: WholeSite, hub: Hub) -> None:
    site.output = f'formats = ["atom", "rss", "json"]\nhubs = ["{hub.url}", "https://hub.example/"]'
    site.build("--offline")
    for path in ("feed.xml", "feed.rss"):
        rels = [(each.get("rel"), each.get("href")) for each in site.feed(path).iter(ATOM + "link")]
        assert [href for rel, href in rels if rel == "hub"] == [hub.url, "https://hub.example/"]
        assert len([href for rel, href in rels if rel == "self"]) == 1
    told = json.loads((site.public / "feed.json").read_text("utf-8"))["hubs"]
    assert told == [{"type": "WebSub", "url": hub.url}, {"type": "WebSub", "url": "https://hub.example/"}]
    site.run("check")


def test_a_hub_that_fails_holds_up_nothing_and_is_told_again_later(site: WholeSite, hub: Hub) -> None:
    hub.status = 500
    site.output = f'hubs = ["{hub.url}"]'
    report = site.build()
    assert (site.public / "feed.xml").exists()
    assert report["faults"][0]["cause"] == "it answered 500: queue is full"
    assert "told again from" in report["faults"][0]["mend"]
    hub.told.clear()
    assert site.build()["faults"] == []  # not due yet
    assert hub.told == []


def test_nothing_is_told_offline_and_all_of_it_later(site: WholeSite, hub: Hub) -> None:
    site.output = f'hubs = ["{hub.url}"]'
    site.build("--offline")
    site.build("--dry-run")
    assert hub.told == []
    site.build()
    assert "https://finews.example/feed.xml" in hub.topics()


REPLIES: list[tuple[str, Callable[[FeedServer], str], str]] = [
    ("204", lambda server: server.serve("/a", Reply(204)), ""),
    ("308 is followed", lambda server: server.serve("/a", Reply(308, headers=[("Location", "/hub")])), ""),
    ("303 is no yes", lambda server: server.serve("/a", Reply(303, headers=[("Location", "/hub")])), "it answered 303"),
    ("404", lambda server: server.url + "/none", "it answered 404"),
    ("a loop", lambda server: server.serve("/a", Reply(307, headers=[("Location", "/a")])), "it answered 307"),
    ("307 to nowhere", lambda server: server.serve("/a", Reply(307)), "it cannot be reached"),
    ("nobody there", lambda server: "http://127.0.0.1:1/", "it cannot be reached"),
]


@pytest.mark.parametrize(("make", "error"), [case[1:] for case in REPLIES], ids=[case[0] for case in REPLIES])
def test_whatever_a_hub_answers_is_a_yes_or_a_reason(
    server: FeedServer, hub: Hub, make: Callable[[FeedServer], str], error: str
) -> None:
    found = tell_hub(make(server), ["https://finews.example/feed.xml"], "finews_feeds/test", timedelta(seconds=5))
    assert found.startswith(error) if error else not found


def test_what_an_ended_run_may_have_written_is_told_by_the_next(site: WholeSite, hub: Hub) -> None:
    site.output = f'hubs = ["{hub.url}"]'
    site.build()
    hub.told.clear()
    with closing(open_store("sqlite:///../var/finews.db", site.config.parent)) as store, store.transaction() as tx:
        tx.put_meta("hubs_writing", '["feed/by_source/site.xml"]')
    site.build()
    assert hub.topics() == ["https://finews.example/feed/by_source/site.xml"]


def test_the_daemon_tells_hubs_beside_its_cycles(site: WholeSite, hub: Hub) -> None:
    site.output = f'hubs = ["{hub.url}"]'
    site.write()
    with running(site):
        wait_for(lambda: "https://finews.example/feed.xml" in hub.topics())
        site.post(SAMPLE.name, SAMPLE.read_bytes())
        wait_for(lambda: "https://finews.example/feed/emnews.xml" in hub.topics())
