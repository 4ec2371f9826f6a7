"""The daemon: the same cycle again and again, posts at once, readers answered, a clean end."""

from __future__ import annotations

import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.server import FeedServer
from tests.whole.site import SAMPLE, WholeSite
from tests.whole.test_build import SAMPLE_TITLE, item, rss


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def wait_for(truth: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@contextmanager
def running(site: WholeSite, *arguments: str) -> Iterator[str]:
    """A daemon or server with `[server]`, until the block ends; then it is asked to end, and must do so with 0."""
    port = free_port()
    site.more = f'[server]\nlisten = "127.0.0.1:{port}"'
    site.write()
    process = site.start(*(arguments or ("run",)))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, (out, err)
    assert "Traceback" not in err, err


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {key.lower(): value for key, value in error.headers.items()}, error.read()


def answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def test_a_post_is_published_at_once_and_a_source_when_it_is_due(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    url = server.serve("/a", rss(item("https://n.example/1", "First")))
    site.sources = [("a", url, 'interval = "1s"')]
    with running(site):
        wait_for(lambda: (site.public / "feed.xml").exists() and site.titles("feed.xml") == ["First"])
        site.post(SAMPLE.name, SAMPLE.read_bytes())
        wait_for(lambda: site.titles("feed.xml") == [SAMPLE_TITLE, "First"])
        server.serve("/a", rss(item("https://n.example/1", "First"), item("https://n.example/2", "Second", 2)))
        wait_for(lambda: "Second" in site.titles("feed.xml"))
        (site.folder / "posts" / "_posts" / SAMPLE.name).unlink()
        wait_for(lambda: site.titles("feed.xml") == ["Second", "First"])


def test_the_daemon_ends_in_the_bytes_of_a_one_shot(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    before = site.bytes()
    with running(site) as url:
        wait_for(lambda: answers(url + "/feed.xml"))
    assert site.bytes() == before


def test_readers_are_answered_as_http_has_it(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    with running(site, "serve") as url:
        wait_for(lambda: answers(url + "/feed.xml"))
        feed = url + "/feed/by_tag/" + urllib.request.pathname2url("东财滚动新闻") + ".xml"
        status, headers, body = get(feed)
        assert (status, body) == (200, (site.public / "feed/by_tag/东财滚动新闻.xml").read_bytes())
        assert headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert get(feed, If_None_Match=headers["etag"])[0] == 304
        assert get(feed, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])[0] == 200
        assert get(feed, Accept_Encoding="gzip")[1]["content-encoding"] == "gzip"
        assert get(url + "/../config/finews.toml")[0] == 404
        assert get(url + "/%2e%2e/config/finews.toml")[0] == 404
        assert get(url + "/none.xml")[0] == 404


def test_a_port_that_is_taken_ends_the_daemon_with_3(site: WholeSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        site.more = f'[server]\nlisten = "127.0.0.1:{held.getsockname()[1]}"'
        site.write()
        assert "cannot listen there" in site.run("run", code=3)


def test_a_post_does_not_wait_for_a_slow_source(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    held = threading.Event()

    def slow(request: object) -> str:
        held.wait(20)
        return rss(item("https://n.example/1", "Slow"))

    site.sources = [("slow", server.serve("/slow", slow), "")]
    with running(site):
        wait_for(lambda: bool(server.requests))
        site.post(SAMPLE.name, SAMPLE.read_bytes())
        wait_for(lambda: (site.public / "feed.xml").exists() and site.titles("feed.xml") == [SAMPLE_TITLE], 15)
        held.set()
        wait_for(lambda: site.titles("feed.xml") == [SAMPLE_TITLE, "Slow"])


def test_a_page_that_is_rendered_anew_does_not_wait_for_the_sweep(site: WholeSite) -> None:
    site.jekyll()
    site.posts_more = 'rendered = "../rendered"'
    site.post("2022-05-24-x.md", "---\ntitle: T\n---\nown text")
    page = site.folder / "rendered" / "2022" / "05" / "24" / "x.html"
    page.parent.mkdir(parents=True)
    page.write_text("<article>first</article>", "utf-8")
    with running(site):
        wait_for(
            lambda: (site.public / "feed.xml").exists() and "first" in (site.public / "feed.xml").read_text("utf-8")
        )
        page.write_text("<article>second one</article>", "utf-8")
        # the sweep comes after 30 seconds, and this waits for 20
        wait_for(lambda: "second one" in (site.public / "feed.xml").read_text("utf-8"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_that_waits_for_a_slow_source_ends_at_once(
    site: WholeSite, server: FeedServer, number: signal.Signals
) -> None:
    site.allow = [server.host_port]

    def slow(request: object) -> str:
        time.sleep(5)
        return rss()

    site.sources = [("slow", server.serve("/slow", slow), "")]
    site.write()
    process = site.start("run")
    wait_for(lambda: bool(server.requests))
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, (out, err)
    assert time.monotonic() - began < 4


def test_the_operators_word_is_published_without_waiting_for_the_next_poll(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    first = server.serve("/a", rss(item("https://n.example/1", "First")))
    second = server.serve("/b", rss(item("https://n.example/2", "Second", 2)))
    site.sources = [("a", first, 'interval = "12h"'), ("b", second, 'interval = "12h"')]
    with running(site):
        wait_for(lambda: (site.public / "feed.xml").exists() and len(site.titles("feed.xml")) == 2)
        # sooner than the folders are swept
        site.run("merge", "https://n.example/1", "https://n.example/2")
        wait_for(lambda: len(site.titles("feed.xml")) == 1, 15)
        site.run("overrides", "undo", "1")
        wait_for(lambda: len(site.titles("feed.xml")) == 2, 15)
        server.serve("/a", rss(item("https://n.example/3", "Third", 3)))
        site.run("sources", "resume", "a")
        wait_for(lambda: "Third" in site.titles("feed.xml"), 15)


def test_an_operator_sees_feeds_entries_and_sources_by_state(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.sources = [("a", server.serve("/a", rss(item("https://n.example/1", "First"))), "")]
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    with running(site) as url:
        wait_for(lambda: answers(url + "/healthz") and "finews_entries 2.0" in get(url + "/metrics")[2].decode())
        lines = get(url + "/metrics")[2].decode().splitlines()
    assert 'finews_sources{state="ok"} 1.0' in lines
    assert 'finews_sources{state="quarantined"} 0.0' in lines
    assert "finews_sources_held 0.0" in lines
    assert f"finews_feeds {float(len(site.feeds()))}" in lines
