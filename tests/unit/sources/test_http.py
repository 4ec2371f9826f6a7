"""One line of good or bad behaviour of a server, one test: what is sent, and what comes of the answer.

Both transports are asked: `connections`, and `pools`, which is there for proxies and HTTP/2.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import brotli
import pytest
import zstandard

from finews_feeds.model import Answer, Failed, Gone, NotModified, Redirect, Representation, Validators
from finews_feeds.settings import HttpSettings
from finews_feeds.sources.faults import network_fault
from finews_feeds.sources.http import Fetcher, PutOffError, user_agent
from finews_feeds.sources.memory import SMALL_BYTES
from finews_feeds.sources.validators import validators_of
from tests.server import CERTIFICATE, FeedServer, Reply, Request, trusting_context, unused_port

FEED = b"<feed/>"
NOTHING = Validators()


def settings(*servers: FeedServer, **changes: Any) -> HttpSettings:
    # who offers HTTP/2 asks by httpcore's pools, also where nobody speaks it
    changes.setdefault("http2", any(isinstance(server, ByPools) for server in servers))
    return HttpSettings(allow_private=tuple(server.host_port for server in servers), **changes)


def fetch_all(asked: Sequence[tuple[str, Validators, str]], http: HttpSettings) -> list[Answer]:
    """The answers to requests made one after another by one Fetcher."""

    async def run() -> list[Answer]:
        async with Fetcher(http, "1.2.3", 7, gap=timedelta(0), tls=trusting_context()) as fetcher:
            return [await fetcher.fetch(*one) for one in asked]

    return asyncio.run(run())


def fetch(url: str, http: HttpSettings, validators: Validators = NOTHING, validators_url: str = "") -> Answer:
    return fetch_all([(url, validators, validators_url)], http)[0]


def failed(url: str, http: HttpSettings, validators: Validators = NOTHING) -> Failed:
    answer = fetch(url, http, validators)
    assert isinstance(answer, Failed)
    assert answer.error
    return answer


class ByPools(FeedServer):
    """A server that is asked by the other of the two transports."""


@pytest.fixture(params=[FeedServer, ByPools], ids=["by connections", "by pools"])
def server(request: pytest.FixtureRequest) -> Iterator[FeedServer]:
    with request.param() as running:
        yield running


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_plain_answer_is_a_representation_with_its_header_fields(server: FeedServer) -> None:
    url = server.serve("/feed.xml", Reply(body=FEED, headers=[("X-Odd", "caf\xe9")]))
    answer = fetch(url, settings(server))
    assert isinstance(answer, Representation)
    assert (answer.url, answer.status, answer.body, answer.redirects) == (url, 200, FEED, ())
    assert ("x-odd", "caf\xe9") in answer.headers


def test_the_request_names_the_program_and_what_it_can_read(server: FeedServer) -> None:
    fetch(server.serve("/feed.xml", FEED), settings(server, contact="https://finews.example/bot"))
    request = server.requests[0]
    assert request.header("user-agent") == "finews_feeds/1.2.3 (+https://finews.example/bot; 7 subscriptions)"
    assert "application/atom+xml" in (request.header("accept") or "")
    assert request.header("accept-encoding") == "gzip, deflate, br, zstd"
    assert request.header("host") == server.host_port
    sent = {name.lower() for name, _ in request.headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    ("contact", "subscriptions", "expected"),
    [
        ("", 1, "finews_feeds/1 (1 subscription)"),
        ("mailto:a@b.example", 2, "finews_feeds/1 (+mailto:a@b.example; 2 subscriptions)"),
        ("x)\r\nEvil: (1;", 0, "finews_feeds/1 (+xEvil:1; 0 subscriptions)"),
        ("https://消息.example/", 3, "finews_feeds/1 (+https://.example/; 3 subscriptions)"),
    ],
)
def test_the_user_agent_cannot_be_broken_by_the_contact(contact: str, subscriptions: int, expected: str) -> None:
    assert user_agent("1", contact, subscriptions) == expected


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        ('"strong"', None),
        ('W/"weak"', "Mon, 23 Nov 2026 04:00:00 GMT"),
        ("unquoted", None),
        ('"a, b"', "Sat, 01 Jan 2095 00:00:00 GMT"),
        ('"caf\xe9\xff"', None),
        ('W/"', "2026-11-23 04:00:00"),
        (None, "Mon, 23 Nov 2026 04:00:00 +0000"),
        ('""', None),
    ],
)
def test_validators_go_back_byte_for_byte(server: FeedServer, etag: str | None, last_modified: str | None) -> None:
    url = server.serve("/feed.xml", Reply(body=FEED, etag=etag, last_modified=last_modified))
    first = fetch(url, settings(server))
    kept = validators_of(first, Validators())
    assert kept == Validators(etag, last_modified)
    second = fetch(url, settings(server), kept)
    assert isinstance(second, NotModified)
    assert server.requests[1].header("if-none-match") == etag
    assert server.requests[1].header("if-modified-since") == last_modified
    assert validators_of(second, kept) == kept


def test_cookies_are_not_kept(server: FeedServer) -> None:
    url = server.serve("/feed.xml", Reply(body=FEED, headers=[("Set-Cookie", "id=1; Path=/")]))
    server.serve("/moved", Reply(302, headers=[("Location", "/feed.xml"), ("Set-Cookie", "id=2; Path=/")]))
    fetch_all([(url, Validators(), ""), (server.url + "/moved", Validators(), "")], settings(server))
    assert len(server.requests) == 3
    assert [request.header("cookie") for request in server.requests] == [None] * 3


def test_the_environment_gives_no_proxy(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{unused_port()}")
    assert isinstance(fetch(server.serve("/feed.xml", FEED), settings(server)), Representation)


def test_credentials_in_the_url_are_sent_to_its_origin_alone_and_never_shown(server: FeedServer) -> None:
    with FeedServer() as other:
        elsewhere = other.serve("/feed.xml", FEED)
        server.serve("/here", Reply(302, headers=[("Location", "/there")]))
        server.serve("/there", Reply(302, headers=[("Location", elsewhere.replace("//", "//me:me@"))]))
        answer = fetch(f"http://a%40b:c@{server.host_port}/here#top", settings(server, other))
        assert [request.header("authorization") for request in server.requests] == ["Basic YUBiOmM="] * 2
        assert other.requests[0].header("authorization") is None
    assert answer.url == elsewhere
    assert answer.redirects == (Redirect(302, server.url + "/there"), Redirect(302, elsewhere))


# --- conditions -------------------------------------------------------------------------------------------------------


def test_304_without_having_asked_for_it_is_a_failure(server: FeedServer) -> None:
    answer = failed(server.serve("/feed.xml", Reply(304, etag='"1"')), settings(server))
    assert "304" in answer.error
    assert answer.status == 304


def test_validators_go_to_the_url_they_came_from_and_to_no_other(server: FeedServer) -> None:
    target = server.serve("/target", Reply(body=FEED, etag='"1"'))
    url = server.serve("/moved", Reply(302, headers=[("Location", "/target")]))
    asked = [(url, Validators('"1"'), ""), (url, Validators('"1"'), target)]
    plain, conditional = fetch_all(asked, settings(server))
    sent = [(request.path, request.header("if-none-match")) for request in server.requests]
    assert sent == [("/moved", '"1"'), ("/target", None), ("/moved", None), ("/target", '"1"')]
    assert isinstance(plain, Representation)
    assert isinstance(conditional, NotModified)
    assert conditional.url == target


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_recorded(server: FeedServer, status: int) -> None:
    server.serve("/new/feed.xml", FEED)
    url = server.serve("/old", Reply(status, headers=[("Location", "new/feed.xml#entries")]))
    answer = fetch(url, settings(server))
    assert isinstance(answer, Representation)
    assert answer.url == server.url + "/new/feed.xml"
    assert answer.redirects == (Redirect(status, server.url + "/new/feed.xml"),)


def chain(server: FeedServer, hops: int) -> str:
    for hop in range(hops):
        server.serve(f"/{hop}", Reply(302, headers=[("Location", f"/{hop + 1}")]))
    server.serve(f"/{hops}", FEED)
    return server.url + "/0"


def test_as_many_redirects_as_the_setting_says_are_followed_and_no_more(server: FeedServer) -> None:
    url = chain(server, 3)
    assert isinstance(fetch(url, settings(server, max_redirects=3)), Representation)
    answer = failed(url, settings(server, max_redirects=2))
    assert "more than 2 redirects" in answer.error
    assert answer.status == 302
    assert len(server.requests) == 4 + 3


@pytest.mark.parametrize(
    ("name", "location", "says"),
    [
        ("to itself", "/start", "loop"),
        ("in a circle", "/back", "loop"),
        ("to another scheme", "ftp://127.0.0.1/feed.xml", "ftp"),
        ("to a file", "file:///etc/passwd", "file"),
        ("to nonsense", "http://[half/", "no URL"),
        ("to a bad port", "http://127.0.0.1:99999/", "no URL"),
        ("to a private address", "http://127.0.0.1:1/", "private"),
        ("to the metadata service", "http://169.254.169.254/latest/meta-data/", "private"),
        ("nowhere", None, "where to"),
        ("to a word", "mailto:a@b.example", "mailto"),
    ],
)
def test_a_redirect_that_may_not_be_followed_is_a_clear_error(
    server: FeedServer, name: str, location: str | None, says: str
) -> None:
    server.serve("/back", Reply(302, headers=[("Location", "/start")]))
    url = server.serve("/start", Reply(302, headers=[("Location", location)] if location else []))
    answer = failed(url, settings(server))
    assert says in answer.error, name
    assert answer.mend, name
    assert "/start" in answer.url or "/back" in answer.url or answer.url == location


def test_a_redirect_to_two_places_is_followed_to_neither(server: FeedServer) -> None:
    places = [server.serve("/one", FEED), server.serve("/two", FEED)]
    url = server.serve("/start", Reply(301, headers=[("Location", place) for place in places]))
    assert "2 places" in failed(url, settings(server)).error
    assert [request.path for request in server.requests] == ["/start"]
    server.serve("/start", Reply(301, headers=[("Location", "/one"), ("Location", "/one")]))
    assert isinstance(fetch(url, settings(server)), Representation)


def test_a_location_in_raw_utf8_is_understood(server: FeedServer) -> None:
    server.serve("/%E6%B6%88%E6%81%AF.xml", FEED)
    raw = "HTTP/1.1 301 Moved\r\nLocation: /消息.xml\r\nContent-Length: 0\r\n\r\n".encode()
    answer = fetch(server.serve("/old", Reply(raw=raw)), settings(server))
    assert isinstance(answer, Representation)
    assert answer.url == server.url + "/%E6%B6%88%E6%81%AF.xml"


def test_https_is_never_left_for_http(server: FeedServer) -> None:
    with FeedServer(tls=True) as secure:
        url = secure.serve("/feed.xml", Reply(301, headers=[("Location", server.serve("/feed.xml", FEED))]))
        answer = failed(url, settings(server, secure))
    assert "https down to http" in answer.error
    assert server.requests == []


def test_https_is_left_for_http_by_the_configs_word(server: FeedServer) -> None:
    with FeedServer(tls=True) as secure:
        url = secure.serve("/feed.xml", Reply(301, headers=[("Location", server.serve("/feed.xml", FEED))]))
        assert isinstance(fetch(url, settings(server, secure, allow_downgrade=True)), Representation)


def test_a_retry_after_on_a_redirect_is_carried_to_the_answer(server: FeedServer) -> None:
    server.serve("/feed.xml", FEED)
    url = server.serve("/old", Reply(302, headers=[("Location", "/feed.xml"), ("Retry-After", "3600")]))
    answer = fetch(url, settings(server))
    assert isinstance(answer, Representation)
    assert answer.headers[0] == ("retry-after", "3600")


# --- statuses ---------------------------------------------------------------------------------------------------------


def test_410_is_gone(server: FeedServer) -> None:
    assert isinstance(fetch(server.serve("/feed.xml", Reply(410)), settings(server)), Gone)


@pytest.mark.parametrize("status", [202, 204, 206, 300, 400, 401, 403, 404, 429, 451, 500, 503, 599])
def test_any_other_status_is_a_failure_that_names_it(server: FeedServer, status: int) -> None:
    url = server.serve("/feed.xml", Reply(status, body=FEED, headers=[("Retry-After", "120")], etag='"no"'))
    answer = failed(url, settings(server), Validators('"kept"'))
    assert f"HTTP {status}" in answer.error
    assert answer.mend
    assert (answer.status, answer.url) == (status, url)
    assert ("retry-after", "120") in answer.headers
    assert validators_of(answer, Validators('"kept"')) == Validators('"kept"')


# --- bodies -----------------------------------------------------------------------------------------------------------


def deflated(body: bytes) -> bytes:
    bare = zlib.compressobj(wbits=-15)
    return bare.compress(body) + bare.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(FEED, mtime=0)),
        ("X-GZIP", gzip.compress(FEED[:3], mtime=0) + gzip.compress(FEED[3:], mtime=0)),
        ("deflate", zlib.compress(FEED)),
        ("deflate", deflated(FEED)),
        ("br", brotli.compress(FEED)),
        ("zstd", zstandard.compress(FEED)),
        ("identity", FEED),
        ("deflate, gzip", gzip.compress(zlib.compress(FEED), mtime=0)),
    ],
)
def test_content_codings_are_undone(server: FeedServer, coding: str, body: bytes) -> None:
    answer = fetch(server.serve("/f", Reply(body=body, headers=[("Content-Encoding", coding)])), settings(server))
    assert isinstance(answer, Representation)
    assert answer.body == FEED


ZEROS = bytes(30_000_000)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(ZEROS, mtime=0)),
        ("gzip, gzip", gzip.compress(gzip.compress(ZEROS, mtime=0), mtime=0)),
        ("deflate", zlib.compress(ZEROS)),
        ("br", brotli.compress(ZEROS, quality=5)),
        ("zstd", zstandard.compress(ZEROS)),
    ],
)
def test_a_bomb_is_stopped_at_the_limit(server: FeedServer, coding: str, bomb: bytes) -> None:
    url = server.serve("/feed.xml", Reply(body=bomb, headers=[("Content-Encoding", coding)]))
    answer = failed(url, settings(server, max_bytes=1024 * 1024))
    assert "larger than 1 MiB" in answer.error
    assert "max_bytes" in answer.mend
    assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("announced", Reply(body=bytes(1001))),
        ("chunked", Reply(body=bytes(1001), chunked=True)),
        ("announced absurdly", Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")),
        ("unannounced", Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1001))),
    ],
)
def test_a_body_over_the_limit_is_refused(server: FeedServer, name: str, reply: Reply) -> None:
    assert "larger than 1000 bytes" in failed(server.serve("/f", reply), settings(server, max_bytes=1000)).error, name


def test_a_body_without_end_is_left_as_soon_as_it_passes_the_limit(server: FeedServer) -> None:
    endless = Reply(body=bytes(10_000), chunked=True, drip=0.005)
    assert "larger than 5 bytes" in failed(server.serve("/f", endless), settings(server, max_bytes=5)).error


def test_a_body_of_exactly_the_limit_is_taken(server: FeedServer) -> None:
    answer = fetch(server.serve("/f", Reply(body=bytes(1000))), settings(server, max_bytes=1000))
    assert isinstance(answer, Representation)


CUT = [
    ("by length", Reply(body=FEED, cut=3)),
    ("chunked", Reply(body=FEED, cut=3, chunked=True)),
    ("gzip", Reply(body=gzip.compress(FEED, mtime=0)[:-9], headers=[("Content-Encoding", "gzip")])),
    ("deflate", Reply(body=zlib.compress(FEED)[:-6], headers=[("Content-Encoding", "deflate")])),
    ("br", Reply(body=brotli.compress(FEED * 99)[:-2], headers=[("Content-Encoding", "br")])),
    ("zstd", Reply(body=zstandard.compress(FEED * 99)[:-2], headers=[("Content-Encoding", "zstd")])),
]


@pytest.mark.parametrize(("name", "reply"), CUT)
def test_a_body_that_was_cut_short_is_a_failure(server: FeedServer, name: str, reply: Reply) -> None:
    answer = failed(server.serve("/feed.xml", reply), settings(server))
    assert answer.status == 200, name


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress", "gzip, gzip, gzip, gzip"])
def test_a_body_that_is_not_what_its_coding_says_is_a_failure(server: FeedServer, coding: str) -> None:
    url = server.serve("/feed.xml", Reply(body=b"<rss>plain</rss>", headers=[("Content-Encoding", coding)]))
    assert "coded" in (answer := failed(url, settings(server))).error or coding in answer.error


def test_codings_in_several_fields_are_one_list(server: FeedServer) -> None:
    body, twice = gzip.compress(zlib.compress(FEED)), [("Content-Encoding", "deflate"), ("Content-Encoding", "gzip")]
    answer = fetch(server.serve("/feed.xml", Reply(body=body, headers=twice)), settings(server))
    assert isinstance(answer, Representation)
    assert answer.body == FEED


NO_HTTP = [
    ("a radio station", b"ICY 200 OK\r\n\r\nx", '"ICY 200 OK"'),
    ("a secure shell", b"SSH-2.0-OpenSSH_9.0\r\n\r\n", '"SSH-2.0-OpenSSH_9.0"'),
    ("a field with a blank in its name", b"HTTP/1.1 200 OK\r\nX A: b\r\n\r\nx", '"X A: b"'),
]


@pytest.mark.parametrize(("raw", "quoted"), [case[1:] for case in NO_HTTP], ids=[case[0] for case in NO_HTTP])
def test_what_is_no_http_is_quoted_as_it_came(server: FeedServer, raw: bytes, quoted: str) -> None:
    answer = failed(server.serve("/f", Reply(raw=raw)), settings(server))
    assert quoted in answer.error
    assert "port" in answer.mend


def test_a_body_closed_by_the_end_of_the_connection_is_taken(server: FeedServer) -> None:
    answer = fetch(server.serve("/f", Reply(raw=b"HTTP/1.0 200 OK\r\n\r\n<rss/>")), settings(server))
    assert isinstance(answer, Representation)
    assert answer.body == b"<rss/>"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("nothing", b""),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n"),
        ("half a head", b"HTTP/1.1 200 OK\r\nContent-Le"),
        ("a head without end", b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 30_000),
        ("a head too large", b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 70_000 + b"\r\n\r\n<rss/>"),
        ("control bytes in the head", b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n<rss/>"),
        ("bad chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>"),
        ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 6\r\n\r\n<rss/>"),
    ],
)
def test_an_answer_that_breaks_the_protocol_is_a_failure(server: FeedServer, name: str, raw: bytes) -> None:
    url = server.serve("/feed.xml", Reply(raw=raw))
    failed(url, settings(server))
    assert len(server.requests) == 1, name


# --- deadlines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("a dripping body", Reply(body=bytes(1000), drip=0.01)),
        ("a head that does not come", Reply(body=FEED, delay=5)),
    ],
)
def test_the_deadline_ends_a_slow_answer(server: FeedServer, name: str, reply: Reply) -> None:
    answer = failed(server.serve("/feed.xml", reply), settings(server, deadline=timedelta(seconds=0.3)))
    assert "within 0.3 s" in answer.error, name
    assert "deadline" in answer.mend


def test_the_deadline_counts_over_all_redirects(server: FeedServer) -> None:
    for hop in range(10):
        server.serve(f"/{hop}", Reply(302, headers=[("Location", f"/{hop + 1}")], delay=0.1))
    answer = failed(server.url + "/0", settings(server, deadline=timedelta(seconds=0.25)))
    assert "within 0.25 s" in answer.error
    assert len(server.requests) <= 3


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_refused_connection_is_said_so() -> None:
    place = f"127.0.0.1:{unused_port()}"
    assert "refused" in failed(f"http://{place}/feed.xml", HttpSettings(allow_private=(place,))).error


def test_a_name_that_does_not_exist_is_a_dns_failure() -> None:
    assert "DNS" in failed("http://" + "a" * 64 + ".invalid/feed.xml", HttpSettings()).error


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "ftp://example.org/",
        "http://",
        "http://[::1",
        "http://a:b/",
        "http://a b/",
        "http://１２７.０.０.１/",
        "http://a:0/",
    ],
)
def test_what_is_no_web_address_is_a_failure(url: str) -> None:
    assert failed(url, HttpSettings()).mend


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
    ],
)
def test_no_spelling_of_a_private_address_is_asked(server: FeedServer, host: str) -> None:
    answer = failed(f"http://{host}:{server.port}/feed.xml", HttpSettings())
    assert "private or reserved" in answer.error
    assert "allow_private" in answer.mend
    assert server.requests == []


def test_allow_private_opens_the_host_and_port_that_it_spells_and_no_other(server: FeedServer) -> None:
    server.serve("/feed.xml", FEED)
    by_name = HttpSettings(allow_private=(f"LocalHost:{server.port}",))
    assert isinstance(fetch(f"http://localhost:{server.port}/feed.xml", by_name), Representation)
    assert isinstance(fetch(f"http://127.0.0.1:{server.port}/feed.xml", by_name), Failed)
    with FeedServer() as other:
        assert isinstance(fetch(other.url + "/feed.xml", by_name), Failed)


def test_ipv6_works() -> None:
    with FeedServer(host="::1") as server:
        answer = fetch(server.serve("/feed.xml", FEED), settings(server))
        assert isinstance(answer, Representation)
        assert server.requests[0].header("host") == server.host_port


def test_the_environment_names_whom_to_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(url: str, http: HttpSettings) -> Answer:
        async with Fetcher(http, "1", 1) as fetcher:
            return await fetcher.fetch(url)

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with FeedServer(tls=True) as server:
        answer = asyncio.run(run(server.serve("/feed.xml", FEED), settings(server)))
    assert isinstance(answer, Representation)


def test_https_works_and_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async def distrustful(url: str, http: HttpSettings) -> Answer:
        async with Fetcher(http, "1", 1) as fetcher:
            return await fetcher.fetch(url)

    with FeedServer(tls=True) as server:
        url = server.serve("/feed.xml", FEED)
        assert isinstance(fetch(url, settings(server)), Representation)
        answer = asyncio.run(distrustful(url, settings(server)))
    assert isinstance(answer, Failed)
    assert "certificate" in answer.error


def test_a_server_without_http2_is_asked_by_http1(server: FeedServer) -> None:
    with FeedServer(tls=True) as secure:
        answers = [fetch(each.serve("/f", FEED), settings(server, secure, http2=True)) for each in (server, secure)]
    assert [type(answer) for answer in answers] == [Representation] * 2


def test_the_wait_for_a_place_does_not_count_against_the_deadline(server: FeedServer) -> None:
    large = bytes(SMALL_BYTES + 1)
    urls = [server.serve(f"/{number}", large) for number in range(3)]

    async def run() -> list[Answer]:
        async with Fetcher(settings(server, deadline=timedelta(seconds=0.5), max_memory=1), "1", 1) as fetcher:
            async with fetcher.memory.place() as taken:
                await taken.grow(len(large))
                asked = [asyncio.ensure_future(fetcher.fetch(url)) for url in urls]
                await asyncio.sleep(0.7)
                assert not any(each.done() for each in asked)
            return await asyncio.gather(*asked)

    assert [type(answer) for answer in asyncio.run(run())] == [Representation] * 3


def test_many_redirects_at_once_do_not_wait_for_one_another(server: FeedServer) -> None:
    urls = [
        server.serve(f"/{number}", Reply(302, headers=[("Location", server.serve(f"/new/{number}", FEED))]))
        for number in range(60)
    ]

    async def run() -> list[Answer]:
        async with (
            asyncio.timeout(20),
            Fetcher(settings(server, concurrency=1), "1", 1, gap=timedelta(0)) as fetcher,
        ):
            return await asyncio.gather(*map(fetcher.fetch, urls))

    assert {type(answer) for answer in asyncio.run(run())} == {Representation}


def test_who_would_rather_not_when_the_turn_has_come_asks_nothing(server: FeedServer) -> None:
    async def run() -> None:
        async with Fetcher(settings(server), "1", 1) as fetcher:
            await fetcher.fetch(server.serve("/f", FEED), may_ask=lambda: False)

    with pytest.raises(PutOffError):
        asyncio.run(run())
    assert server.requests == []


def test_plain_http_behind_an_https_address_is_a_tls_failure(server: FeedServer) -> None:
    assert "TLS" in failed(f"https://{server.host_port}/feed.xml", settings(server)).error


def test_connections_are_kept_and_a_kept_one_that_died_is_replaced(server: FeedServer) -> None:
    url = server.serve("/feed.xml", FEED)
    died = threading.Event()

    def dying(request: Request) -> Reply:
        if died.is_set():
            return Reply(body=FEED)
        died.set()
        return Reply(raw=b"")

    answers = fetch_all([(url, Validators(), "")] * 2, settings(server))
    assert len({request.client for request in server.requests}) == 1
    answers = fetch_all([(url, Validators(), ""), (server.serve("/dying", dying), Validators(), "")], settings(server))
    assert [type(answer) for answer in answers] == [Representation] * 2
    assert len(server.asked("/dying")) == 2


def nested(*errors: Exception) -> Exception:
    """The last error as it looks when each was raised while the one before it was handled."""
    for inner, outer in pairwise(errors):
        outer.__context__ = inner
    return errors[-1]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.gaierror(-2, "Name or service not known"), "DNS: the host's name has no address: Name or service"),
        (nested(ConnectionRefusedError(111, "no"), OSError("All failed"), RuntimeError("wrapped")), "refused"),
        (ExceptionGroup("several", [ConnectionRefusedError(111, "no")]), "refused"),
        (nested(ConnectionResetError(104, "reset"), RuntimeError()), "broke the connection off"),
        (OSError(113, "No route to host"), "No route to host"),
        (TimeoutError(110, "Connection timed out"), "Connection timed out"),
        (RuntimeError("Odd thing."), "no usable HTTP answer: Odd thing"),
        (RuntimeError(), "no usable HTTP answer: RuntimeError"),
    ],
)
def test_what_lies_at_the_bottom_of_an_error_is_what_is_said(error: Exception, says: str) -> None:
    fault = network_fault("https://news.example/", error)
    assert says in fault.cause
    assert fault.mend


# --- manners ----------------------------------------------------------------------------------------------------------


def together(urls: Sequence[str], http: HttpSettings, gap: timedelta) -> list[Answer]:
    async def run() -> list[Answer]:
        async with Fetcher(http, "1", 1, gap=gap) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(url) for url in urls))

    return asyncio.run(run())


def test_a_host_is_asked_by_two_at_once_at_most(server: FeedServer) -> None:
    urls = [server.serve(f"/{number}", Reply(body=FEED, delay=0.02)) for number in range(8)]
    answers = together(urls, settings(server), timedelta(0))
    assert all(isinstance(answer, Representation) for answer in answers)
    assert server.most_at_once == 2


def test_a_host_rests_as_long_as_it_worked(server: FeedServer) -> None:
    urls = [server.serve(f"/{number}", Reply(body=FEED, delay=0.05)) for number in range(6)]
    together(urls, settings(server), timedelta(seconds=1))
    at = sorted(request.at for request in server.requests)
    assert at[2] - at[0] >= 0.1
    assert at[4] - at[2] >= 0.1


def test_all_hosts_together_are_bounded_by_the_concurrency() -> None:
    together_now, most, lock = [0], [0], threading.Lock()

    def counted(_: Request) -> Reply:
        with lock:
            together_now[0] += 1
            most[0] = max(most[0], together_now[0])
        threading.Event().wait(0.03)
        with lock:
            together_now[0] -= 1
        return Reply(body=FEED)

    servers = [FeedServer() for _ in range(5)]
    try:
        urls = [server.serve(f"/{number}", counted) for server in servers for number in range(2)]
        answers = together(urls, settings(*servers, concurrency=3), timedelta(0))
    finally:
        for server in servers:
            server.close()
    assert all(isinstance(answer, Representation) for answer in answers)
    assert 1 < most[0] <= 3


def test_waiting_for_a_turn_does_not_count_against_the_deadline(server: FeedServer) -> None:
    urls = [server.serve(f"/{number}", Reply(body=FEED, delay=0.05)) for number in range(24)]
    answers = together(urls, settings(server, deadline=timedelta(seconds=0.5)), timedelta(0))
    assert all(isinstance(answer, Representation) for answer in answers)
