"""https through an http proxy: a tunnel, in which everything is as without one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest

from finews_feeds.model import Answer, Failed, NotModified, Representation, Validators
from finews_feeds.settings import HttpSettings
from finews_feeds.sources.http import Fetcher
from finews_feeds.sources.private import Private
from tests.server import FeedServer, Reply, trusting_context, unused_port
from tests.server.tunnel import Tunnel

FEED = b"<feed/>"


@pytest.fixture
def origin() -> Iterator[FeedServer]:
    with FeedServer(tls=True) as running:
        running.serve("/feed.xml", Reply(body=FEED, etag='"1"'))
        yield running


def fetch(url: str, proxy: str, *allowed: FeedServer, tls: ssl.SSLContext | None = None, etag: str = "") -> Answer:
    http = HttpSettings(allow_private=tuple(each.host_port for each in allowed), proxy=f"http://{proxy}")

    async def run() -> Answer:
        async with Fetcher(http, "1.2.3", 7, gap=timedelta(0), tls=tls or trusting_context()) as fetcher:
            return await fetcher.fetch(url, Validators(etag or None), private=Private(url, (("X-Key", "k"),)))

    return asyncio.run(run())


def test_a_tunnel_is_asked_for_with_the_proxys_login_and_nothing_of_the_sources(origin: FeedServer) -> None:
    with Tunnel() as proxy:
        answer = fetch(origin.url + "/feed.xml", f"me:s%40crt@{proxy.host_port}", origin)
        (asked,) = proxy.asked
    assert isinstance(answer, Representation)
    assert answer.body == FEED
    assert asked.startswith(f"CONNECT {origin.host_port} HTTP/1.1\r\n")
    assert "proxy-authorization: basic bwu6c0bjcnq=" in asked.lower()
    assert "x-key" not in asked.lower()
    (request,) = origin.requests
    assert (request.path, request.header("x-key")) == ("/feed.xml", "k")
    assert request.header("proxy-authorization") is None


def test_a_request_in_a_tunnel_is_conditional_as_ever(origin: FeedServer) -> None:
    with Tunnel() as proxy:
        answer = fetch(origin.url + "/feed.xml", proxy.host_port, origin, etag='"1"')
    assert isinstance(answer, NotModified)


def test_a_redirect_in_a_tunnel_has_a_tunnel_of_its_own(origin: FeedServer) -> None:
    with FeedServer(tls=True) as other, Tunnel() as proxy:
        url = origin.serve("/old", Reply(302, headers=[("Location", other.serve("/new", FEED))]))
        answer = fetch(url, proxy.host_port, origin, other)
        assert [head.split()[1] for head in proxy.asked] == [origin.host_port, other.host_port]
    assert isinstance(answer, Representation)
    assert other.requests[0].header("x-key") is None


def test_the_certificate_is_checked_at_the_end_of_the_tunnel(origin: FeedServer) -> None:
    with Tunnel() as proxy:
        answer = fetch(origin.url + "/feed.xml", proxy.host_port, origin, tls=ssl.create_default_context())
    assert isinstance(answer, Failed)
    assert "certificate" in answer.error
    assert origin.requests == []


def test_no_tunnel_is_asked_for_to_a_private_address() -> None:
    with Tunnel() as proxy:
        answer = fetch("https://10.0.0.1/feed.xml", proxy.host_port)
        assert proxy.asked == []
    assert isinstance(answer, Failed)
    assert "private" in answer.error


REFUSALS = [
    ("a login is wanted", b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "407"),
    ("it will not", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "403"),
    ("it cannot", b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502"),
    ("it sends us away", b"HTTP/1.1 302 Found\r\nLocation: https://10.0.0.1/\r\n\r\n", "302"),
    ("it says nothing", b"\r\n\r\n", ""),
]


@pytest.mark.parametrize(("said", "status"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_a_tunnel_that_is_refused_is_the_proxys_fault(origin: FeedServer, said: bytes, status: str) -> None:
    with Tunnel(said) as proxy:
        answer = fetch(origin.url + "/feed.xml", proxy.host_port, origin)
    assert isinstance(answer, Failed)
    assert status in answer.error
    assert "proxy" in answer.error or not status
    assert "http.proxy" in answer.mend or not status
    # what the proxy says of itself says nothing of the source
    assert answer.status is None
    assert origin.requests == []


def test_a_proxy_that_is_not_there_is_a_failure(origin: FeedServer) -> None:
    answer = fetch(origin.url + "/feed.xml", f"127.0.0.1:{unused_port()}", origin)
    assert isinstance(answer, Failed)
    assert "refused" in answer.error
