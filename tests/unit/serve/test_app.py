"""The site over HTTP, from a real server."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
import zstandard
from served import Client, running

from finews_feeds.serve.app import App, create_app
from finews_feeds.serve.metrics import Measure

SITE_URL = "https://finews.example/"
FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + "东财滚动新闻".encode() * 100 + b"</feed>"
TAG = "/feed/by_tag/" + quote("东财滚动新闻") + ".xml"
MODIFIED_NS = 1_653_377_469 * 10**9  # 2022-05-24T07:31:09Z
MODIFIED = "Tue, 24 May 2022 07:31:09 GMT"

FILES = {
    "feed.xml": FEED,
    "feed.rss": FEED,
    "feed.json": b"{}",
    "feed/emnews.xml": FEED,
    "feed/by_tag/东财滚动新闻.xml": FEED,
    "feed/by_tag/bond connect.html": b"<!doctype html>",
    "index.html": b"<!doctype html><title>index</title>",
    "archive/feed.1.xml": FEED,
    "archive/feed/by_tag/东财.12.xml": FEED,
    "archive/other.xml": b"<x/>",
    "feeds.opml": b"<opml/>",
    "feeds.json": b"[]",
    "site.css": b"a{}",
    "site.js": b"1",
    "site.svg": b"<svg/>",
    "data.bin": b"\0",
    ".hidden": b"secret",
    "feed/.finews-tmp-1": b"secret",
    ".git/config": b"secret",
    "docs/index.html": b"<!doctype html><title>docs</title>",
}


def make(parent: Path) -> Path:
    for path, data in FILES.items():
        put(parent / "public", path, data)
    (parent / "secret.xml").write_bytes(b"secret")
    return parent / "public"


def put(folder: Path, path: str, data: bytes, mtime_ns: int = MODIFIED_NS) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data)
    os.utime(folder / path, ns=(mtime_ns, mtime_ns))


def app_of(folder: Path) -> App:
    return create_app(folder, SITE_URL, timedelta(minutes=5), ["https://hub.example/"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site that the test may change, and `changing` its server."""
    return make(tmp_path)


@pytest.fixture
def changing(folder: Path) -> Iterator[Client]:
    with running(app_of(folder)) as client:
        yield client


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server for all the tests that change nothing."""
    with running(app_of(make(tmp_path_factory.mktemp("site")))) as client:
        yield client


def test_a_feed_is_sent_with_everything_that_a_reader_needs(client: Client) -> None:
    answer = client.get(TAG)
    assert (answer.status, answer.body) == (200, FEED)
    assert answer.headers.pop("date")
    etag = answer.headers.pop("etag")
    assert etag.startswith('"')
    assert answer.headers == {
        "content-type": "application/atom+xml; charset=utf-8",
        "content-length": str(len(FEED)),
        "last-modified": MODIFIED,
        "cache-control": "public, max-age=300",
        "vary": "Accept-Encoding",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag, Last-Modified, Link",
        "link": f'<https://finews.example{TAG}>; rel="self", <https://hub.example/>; rel="hub"',
        "x-content-type-options": "nosniff",
    }


TYPES = [
    ("/feed.xml", "application/atom+xml; charset=utf-8", "*"),
    ("/feed.rss", "application/rss+xml; charset=utf-8", "*"),
    ("/feed.json", "application/feed+json; charset=utf-8", "*"),
    ("/feed/emnews.xml", "application/atom+xml; charset=utf-8", "*"),
    ("/feed/by_tag/bond%20connect.html", "text/html; charset=utf-8", None),
    ("/", "text/html; charset=utf-8", None),
    ("/feeds.opml", "text/x-opml; charset=utf-8", "*"),
    ("/feeds.json", "application/json", "*"),
    ("/site.css", "text/css; charset=utf-8", None),
    ("/site.js", "text/javascript; charset=utf-8", None),
    ("/site.svg", "image/svg+xml", None),
    ("/data.bin", "application/octet-stream", None),
]


@pytest.mark.parametrize(("target", "media_type", "origin"), TYPES)
def test_each_file_has_its_media_type(client: Client, target: str, media_type: str, origin: str | None) -> None:
    answer = client.get(target)
    assert answer.status == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers.get("access-control-allow-origin") == origin


@pytest.mark.parametrize("path", ["archive/feed.1.xml", "archive/feed/by_tag/%E4%B8%9C%E8%B4%A2.12.xml"])
def test_an_archive_of_a_feed_is_kept_for_a_year_and_has_no_hub(client: Client, path: str) -> None:
    answer = client.get("/" + path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["link"] == f'<https://finews.example/{path}>; rel="self"'
    again = client.get("/" + path, if_none_match=answer.headers["etag"])
    assert (again.status, again.headers["cache-control"]) == (304, answer.headers["cache-control"])


def test_what_else_stands_in_the_archive_folder_is_no_archive(client: Client) -> None:
    assert client.get("/archive/other.xml").headers["cache-control"] == "public, max-age=300"


def test_pages_have_a_strict_policy_and_feeds_have_none(client: Client) -> None:
    page = client.get("/index.html").headers
    assert page["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert page["x-frame-options"] == "DENY"
    assert "content-security-policy" not in client.get("/feed.xml").headers


NOWHERE = [
    "/nothing.xml",
    "/.hidden",
    "/%2ehidden",
    "/.git/config",
    "/feed/.finews-tmp-1",
    "/../secret.xml",
    "/%2e%2e/secret.xml",
    "/..%2fsecret.xml",
    "/feed/..%2f..%2fsecret.xml",
    "/..%5csecret.xml",
    "/%252e%252e/secret.xml",
    "/feed/../feed.xml",
    "/./feed.xml",
    "//feed.xml",
    "/feed//emnews.xml",
    "/feed%2femnews.xml",
    "/feed.xml/",
    "/feed.xml%00",
    "/%ff.xml",
    "/%c0%ae%c0%ae/secret.xml",
    "/feed",
    "/feed/",
    "/" + "a" * 5000,
    "feed.xml",
    "*",
]


@pytest.mark.parametrize("target", NOWHERE)
def test_nothing_outside_or_hidden_is_ever_served(client: Client, target: str) -> None:
    answer = client.get(target)
    assert answer.status in (400, 404)
    assert b"secret" not in answer.body


def test_links_are_followed_inside_the_folder_and_not_out_of_it(changing: Client, folder: Path) -> None:
    (folder / "alias.xml").symlink_to(folder / "feed.xml")
    (folder / "out.xml").symlink_to(folder.parent / "secret.xml")
    (folder / "away").symlink_to(folder.parent)
    (folder / "peek.xml").symlink_to(folder / ".hidden")
    (folder / "loop.xml").symlink_to(folder / "loop.xml")
    assert changing.get("/alias.xml").body == FEED
    for target in ("/out.xml", "/away/secret.xml", "/peek.xml", "/loop.xml"):
        assert changing.get(target).status == 404


def test_what_is_no_regular_file_is_not_served(changing: Client, folder: Path) -> None:
    os.mkfifo(folder / "pipe.xml")
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(folder)
        try:
            door.bind("door.xml")
        finally:
            os.chdir(here)
        assert changing.get("/pipe.xml").status == 404
        assert changing.get("/door.xml").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "PATCH"])
def test_other_methods_are_told_which_are_allowed(client: Client, method: str) -> None:
    answer = client.get("/feed.xml", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


PREFLIGHTS = [
    ("a feed", "/feed.xml", True),
    ("a feed of a tag", TAG, True),
    ("a feed with a query", "/feed.json?a=b", True),
    ("an archive", "/archive/feed.1.xml", True),
    ("the list of all feeds", "/feeds.opml", True),
    ("what has moved, for its new address may be asked then", "/feed/old.xml", True),
    ("a page", "/feed.html", False),
    ("the index", "/", False),
    ("what the process says of itself", "/metrics", False),
]


@pytest.mark.parametrize(("target", "is_open"), [case[1:] for case in PREFLIGHTS], ids=[case[0] for case in PREFLIGHTS])
def test_a_script_elsewhere_may_ask_a_feed_for_news_alone(client: Client, target: str, is_open: bool) -> None:
    asked = {"origin": "https://reader.example", "access_control_request_method": "GET"}
    answer = client.get(target, "OPTIONS", **asked, access_control_request_headers="if-none-match")
    assert (answer.status, answer.body, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    assert "content-length" not in answer.headers
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    fields = {"allow-origin": "*", "allow-methods": "GET, HEAD", "max-age": "86400"}
    fields["allow-headers"] = "If-None-Match, If-Modified-Since"
    assert told == ({f"access-control-{name}": value for name, value in fields.items()} if is_open else {})


def test_a_script_elsewhere_reads_that_there_is_no_news(client: Client) -> None:
    etag = client.get(TAG).headers["etag"]
    answer = client.get(TAG, if_none_match=etag, origin="https://reader.example")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (304, "*")
    assert answer.headers["access-control-expose-headers"] == "ETag, Last-Modified, Link"


@pytest.mark.parametrize("target", ["/feed.xml", "/", "/nothing", "/healthz"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_is_get_without_the_content(client: Client, target: str, coding: str) -> None:
    got, head = (client.get(target, method, accept_encoding=coding) for method in ("GET", "HEAD"))
    got.headers.pop("date")
    head.headers.pop("date")
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


def test_the_query_and_the_absolute_form_change_nothing(client: Client) -> None:
    assert client.get("/feed.xml?utm_source=x").body == FEED
    assert client.get("http://finews.example/feed.xml").body == FEED


# --- validators ---------------------------------------------------------------------------------------------------


def test_either_validator_gives_304_with_the_fields_of_a_200(client: Client) -> None:
    got = client.get("/feed.xml")
    for condition in ({"if_none_match": got.headers["etag"]}, {"if_modified_since": got.headers["last-modified"]}):
        answer = client.get("/feed.xml", **condition)
        assert (answer.status, answer.body) == (304, b"")
        for name in ("etag", "cache-control", "vary", "last-modified", "link"):
            assert answer.headers[name] == got.headers[name]
        assert "content-type" not in answer.headers


def test_a_wrong_tag_gives_200_although_the_date_fits(client: Client) -> None:
    assert client.get("/feed.xml", if_none_match='"x"', if_modified_since=MODIFIED).status == 200


def test_the_tag_is_of_the_content_and_not_of_the_time(changing: Client, folder: Path) -> None:
    before = changing.get("/feed.xml").headers["etag"]
    put(folder, "feed.xml", FEED, MODIFIED_NS + 10**9)
    assert changing.get("/feed.xml").headers["etag"] == before
    put(folder, "feed.xml", FEED.upper(), MODIFIED_NS + 10**9)
    changed = changing.get("/feed.xml", if_none_match=before)
    assert (changed.status, changed.body) == (200, FEED.upper())


def test_last_modified_never_goes_back(changing: Client, folder: Path) -> None:
    assert changing.get("/feed.xml").headers["last-modified"] == MODIFIED
    put(folder, "feed.xml", b"from a backup", MODIFIED_NS - 10**12)
    answer = changing.get("/feed.xml")
    assert (answer.body, answer.headers["last-modified"]) == (b"from a backup", MODIFIED)


def test_a_file_that_goes_is_gone_and_one_that_comes_is_there(changing: Client, folder: Path) -> None:
    assert changing.get("/feed.xml").status == 200
    (folder / "feed.xml").unlink()
    assert changing.get("/feed.xml").status == 404
    put(folder, "feed.xml", b"again")
    assert changing.get("/feed.xml").body == b"again"


# --- codings ------------------------------------------------------------------------------------------------------


def test_gzip_has_a_tag_of_its_own_and_unpacks_to_the_same_bytes(client: Client) -> None:
    plain, packed = (client.get("/feed.xml", accept_encoding=coding) for coding in ("gzip;q=0", "gzip, br"))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    again = client.get("/feed.xml", accept_encoding="gzip", if_none_match=packed.headers["etag"])
    assert again.status == 304
    assert client.get("/feed.xml", accept_encoding="gzip", if_none_match=plain.headers["etag"]).status == 200


def test_what_is_small_or_packed_already_is_not_compressed(changing: Client, folder: Path) -> None:
    put(folder, "feed.xml.gz", gzip.compress(FEED * 9))
    for target in ("/site.css", "/data.bin", "/feed.xml.gz"):
        assert "content-encoding" not in changing.get(target, accept_encoding="gzip").headers


def test_a_twin_is_sent_as_it_lies_unless_it_lags_behind(changing: Client, folder: Path) -> None:
    twin = gzip.compress(FEED, 1, mtime=7)
    put(folder, "feed/emnews.xml.gz", twin)
    assert changing.get("/feed/emnews.xml", accept_encoding="gzip").body == twin
    put(folder, "feed/emnews.xml", FEED.upper(), MODIFIED_NS + 10**9)
    assert gzip.decompress(changing.get("/feed/emnews.xml", accept_encoding="gzip").body) == FEED.upper()


@pytest.mark.parametrize("memory_bytes", [0, 3000, 100_000])
def test_any_bound_on_memory_gives_the_same_answers(folder: Path, memory_bytes: int) -> None:
    with running(create_app(folder, SITE_URL, timedelta(0), (), memory_bytes)) as client:
        for _ in range(2):
            for path in ("feed.xml", "feed/emnews.xml", "index.html", "feeds.opml"):
                assert client.get("/" + path).body == FILES[path]
        assert client.get("/feed.xml").headers["cache-control"] == "public, max-age=0"


# --- addresses ----------------------------------------------------------------------------------------------------


def test_a_folder_with_an_index_answers_with_it(client: Client) -> None:
    assert client.get("/docs/").body == FILES["docs/index.html"]
    moved = client.get("/docs")
    assert (moved.status, moved.headers["location"]) == (308, "/docs/")


def test_a_site_below_a_path_answers_with_that_path_and_without_it(folder: Path) -> None:
    with running(create_app(folder, "https://example.org/news/", timedelta(0))) as client:
        for target in ("/news/feed.xml", "/feed.xml"):
            assert client.get(target).body == FEED
        assert client.get("/news").body == client.get("/").body == FILES["index.html"]
        assert client.get("/news/feed.xml").headers["link"] == '<https://example.org/news/feed.xml>; rel="self"'
        assert client.get("/newsfeed.xml").status == 404
        assert client.get("/docs").headers["location"] == "/news/docs/"


def test_health_is_asked_of_the_folder(changing: Client, folder: Path) -> None:
    assert changing.get("/healthz").status == 200
    folder.rename(folder.with_name("moved"))
    assert changing.get("/healthz").status == 503
    assert changing.get("/feed.xml").status == 404


def test_health_tells_what_is_wrong_with_the_rest_of_the_process(folder: Path) -> None:
    troubles: list[str] = []
    with running(create_app(folder, SITE_URL, timedelta(0), trouble=lambda: "".join(troubles))) as client:
        assert client.get("/healthz").body == b"ok\n"
        troubles.append("nothing was done since then")
        answer = client.get("/healthz")
        assert (answer.status, answer.body) == (503, b"nothing was done since then\n")
        assert client.get("/feed.xml").status == 200


def test_a_missing_address_has_a_page(client: Client) -> None:
    answer = client.get("/nothing")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-security-policy" in answer.headers
    assert b'href="/"' in answer.body


def test_the_best_twin_that_a_reader_takes_is_sent(changing: Client, folder: Path) -> None:
    put(folder, "feed/emnews.xml.br", brotli.compress(FEED))
    put(folder, "feed/emnews.xml.zst", zstandard.compress(FEED))
    put(folder, "feed/emnews.xml", FEED)
    tags = set()
    for asked, coding in (("gzip", "gzip"), ("gzip, br", "br"), ("zstd", "zstd"), ("identity", None)):
        answer = changing.get("/feed/emnews.xml", accept_encoding=asked)
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        tags.add(answer.headers["etag"])
        again = changing.get("/feed/emnews.xml", accept_encoding=asked, if_none_match=answer.headers["etag"])
        assert again.status == 304
    assert len(tags) == 4


@pytest.mark.parametrize("suffix", [".br", ".zst"])
@pytest.mark.parametrize(
    "twin", [b"junk", b"", brotli.compress(b"other"), zstandard.compress(b"other"), brotli.compress(b"0" * 10_000_000)]
)
def test_a_twin_of_other_bytes_is_not_sent(changing: Client, folder: Path, suffix: str, twin: bytes) -> None:
    put(folder, "feed/emnews.xml" + suffix, twin)
    put(folder, "feed/emnews.xml", FEED)
    assert changing.get("/feed/emnews.xml", accept_encoding="br, zstd").headers.get("content-encoding") is None


def test_a_feed_that_moved_answers_with_308_and_a_withdrawn_one_with_410(changing: Client, folder: Path) -> None:
    told = {"moved": {"feed/旧.xml": "feed/by_tag/东财滚动新闻.xml"}, "gone": ["feed/emnews.xml"]}
    put(folder, "moved.json", json.dumps(told).encode())
    put(folder, "feed/旧.xml", FEED)
    answer = changing.get("/feed/" + quote("旧") + ".xml")
    assert (answer.status, answer.headers["location"]) == (308, TAG)
    assert answer.headers["access-control-allow-origin"] == "*"
    answer = changing.get("/feed/emnews.xml")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (410, "*")
    assert changing.get("/feed.xml").status == 200
    put(folder, "moved.json", b'{"moved": {}, "gone": []}', MODIFIED_NS + 10**9)
    assert changing.get("/feed/emnews.xml").status == 200


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"[]", b'{"moved": 1, "gone": 2}', b'{"moved": {"feed.xml": 1}, "gone": []}']
)
def test_a_list_of_moves_that_is_none_moves_nothing(changing: Client, folder: Path, junk: bytes) -> None:
    put(folder, "moved.json", junk)
    assert changing.get("/feed.xml").status == 200


def test_metrics_count_answers_and_show_what_else_is_measured(folder: Path) -> None:
    app = create_app(
        folder,
        SITE_URL,
        timedelta(0),
        measuring=lambda: [
            Measure("cycles", "Cycles.", 3, is_total=True),
            Measure("posts", "Posts.", 17_000),
            Measure("sources", "Sources.", 5, label=("state", "ok")),
            Measure("sources", "Sources.", 1, label=("state", "gone")),
        ],
    )
    with running(app) as client:
        size = len(client.get("/feed.xml").body)
        client.get("/feed.xml", method="HEAD")
        client.get("/none.xml", method="HEAD")
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    lines = answer.body.decode().splitlines()
    for line in (
        'finews_http_answers_total{status="200"} 2.0',
        'finews_http_answers_total{status="404"} 1.0',
        f"finews_http_sent_bytes_total {float(size)}",
        "finews_cycles_total 3.0",
        "finews_posts 17000.0",
        'finews_sources{state="ok"} 5.0',
        'finews_sources{state="gone"} 1.0',
    ):
        assert line in lines
