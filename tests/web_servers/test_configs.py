"""nginx and Caddy with the configs of docs/serving say what `serve` says, of one published site."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from finews_feeds.publish.moved import moved_files
from finews_feeds.serve.app import create_app
from tests.browser import sample
from tests.programs import needed
from tests.unit.serve.served import Answer, Client, running

DOCS = Path(__file__).parents[2] / "docs" / "serving"
SITE_URL = "https://finews.example/"
#: Names that a config's own language might take for something else.
ODD = [
    "feed/ETF.xml",
    'feed/"q".xml',
    "feed/a\\b.xml",
    "feed/$uri.xml",
    "feed/{x};.xml",
    "feed/a b.xml",
    "feed/~^.*.xml",
]
MOVED = {"feed/旧.xml": "feed/by_tag/" + "银行.xml", "feed/old $1.xml": "feed.xml"} | dict.fromkeys(ODD, "feed.xml")
GONE = ["feed/gone.xml", "feed/没有.xml"]

SAME = (
    *("content-type", "cache-control", "vary", "link", "access-control-allow-origin", "content-encoding", "location"),
    *("content-security-policy", "referrer-policy", "x-frame-options", "permissions-policy", "x-content-type-options"),
    *("allow", "accept-ranges", "access-control-expose-headers", "access-control-allow-methods"),
    *("access-control-allow-headers", "access-control-max-age"),
)
OF_304 = ("cache-control", "vary", "link", "access-control-allow-origin", "access-control-expose-headers")
TAG = "/feed/by_tag/" + quote("银行")
GZIP, BR, NONE = {"accept_encoding": "gzip"}, {"accept_encoding": "gzip, br"}, {"accept_encoding": "br;q=0, gzip;q=0"}
#: (what, path, method, request fields)
TABLE: list[tuple[str, str, str, dict[str, str]]] = [
    ("the main feed", "/feed.xml", "GET", {}),
    ("its gzip twin", "/feed.xml", "GET", GZIP),
    ("its brotli twin", "/feed.xml", "GET", BR),
    ("no coding wanted", "/feed.xml", "GET", NONE),
    ("only asked about", "/feed.xml", "HEAD", GZIP),
    ("RSS", "/feed.rss", "GET", {}),
    ("JSON Feed", "/feed.json", "GET", {}),
    ("the page of a feed", "/feed.html", "GET", {}),
    ("a tag's feed", TAG + ".xml", "GET", {}),
    ("a tag's page", TAG + ".html", "GET", GZIP),
    ("an archive", "/archive/feed.1.xml", "GET", {}),
    ("the index", "/", "GET", {}),
    ("the index by name", "/index.html", "GET", GZIP),
    ("styles", "/site.css", "GET", {}),
    ("script", "/site.js", "GET", {}),
    ("a picture", "/site.svg", "GET", {}),
    ("all feeds for readers", "/feeds.opml", "GET", {}),
    ("all feeds for programs", "/feeds.json", "GET", {}),
    ("a twin by its name", "/feed.xml.gz", "GET", {}),
    ("a query", "/feed.xml?a=b", "GET", {}),
    ("a range", "/feed.xml", "GET", {"range": "bytes=0-3"}),
    ("any version is had", "/feed.xml", "GET", {"if_none_match": "*"}),
    ("an old version is had", "/feed.xml", "GET", {"if_none_match": '"old"'}),
    ("had later than made", "/feed.xml", "GET", {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    ("had before it was made", "/feed.xml", "GET", {"if_modified_since": "Sun, 06 Nov 1994 08:49:37 GMT"}),
    ("nothing", "/nothing", "GET", {}),
    ("nothing with a feed's name", "/feed/nothing.xml", "GET", {}),
    ("a folder", "/feed", "GET", {}),
    ("a folder with its slash", "/feed/", "GET", {}),
    ("hidden", "/.hidden", "GET", {}),
    ("hidden in a folder", "/feed/.hidden", "GET", {}),
    ("up", "/feed/../feed.xml", "GET", {}),
    ("up, encoded", "/feed/%2e%2e/feed.xml", "GET", {}),
    ("an encoded slash", "/feed%2Femnews.xml", "GET", {}),
    ("an empty part", "//feed.xml", "GET", {}),
    ("a file with a slash", "/feed.xml/", "GET", {}),
    ("outside by a link", "/link.xml", "GET", {}),
    ("POST", "/feed.xml", "POST", {"content_length": "0"}),
    ("DELETE", "/feed.xml", "DELETE", {}),
    ("OPTIONS of a feed", "/feed.xml", "OPTIONS", {}),
    ("OPTIONS of a tag's feed", TAG + ".rss?a=b", "OPTIONS", {"origin": "https://reader.example"}),
    ("OPTIONS of an archive", "/archive/feed.1.xml", "OPTIONS", {}),
    ("OPTIONS of a list", "/feeds.opml", "OPTIONS", {}),
    ("OPTIONS of a page", "/feed.html", "OPTIONS", {}),
    ("OPTIONS of what has moved", "/" + quote("feed/旧.xml"), "OPTIONS", {}),
    ("OPTIONS of nothing", "/nothing", "OPTIONS", {}),
    *((f"moved: {old}", "/" + quote(old), "GET", {}) for old in MOVED),
    *((f"gone: {old}", "/" + quote(old), "GET", {}) for old in GONE),
    ("moved, asked about with a condition", "/" + quote("feed/旧.xml"), "HEAD", {"if_none_match": "*"}),
    ("another case is another feed", "/feed/etf.xml", "GET", {}),
]  # fmt: skip
#: What a server cannot be told; docs/serving.md says so too.
DIFFERENT = {
    ("caddy", "/link.xml", ""): "Caddy follows links out of the folder and cannot be told otherwise",
    ("nginx", "/feed.xml", "gzip, br"): "nginx has no brotli twins beside disable_symlinks",
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A published site."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        more = '[output]\nformats = ["atom", "rss", "json"]\narchives = 20\ncompress = ["gzip", "br"]\n'
        public = sample.build(made / "site", SITE_URL, posts=120, more=more)
        for path, data in moved_files(MOVED, GONE, SITE_URL).items():
            (public / path).write_bytes(data)
        (public / ".hidden").write_text("x")
        (public / "feed" / ".hidden").write_text("x")
        (made / "secret").write_text("x")
        (public / "link.xml").symlink_to(made / "secret")
        (made / "site" / "public" / "feed" / "etf.xml").write_bytes((public / "feed.xml").read_bytes())
        yield public


@pytest.fixture(scope="module")
def ours(folder: Path) -> Iterator[Client]:
    with running(create_app(folder, SITE_URL, timedelta(minutes=15))) as client:
        yield client


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def nginx(folder: Path, work: Path, port: int) -> list[str]:
    text = (DOCS / "nginx.conf").read_text("utf-8").replace("/srv/news/public", str(folder))
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (work / "site.conf").write_text(text, "utf-8")
    paths = "".join(
        f"{each}_temp_path {work}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (work / "nginx.conf").write_text(
        # its own user, where root starts it, need not be able to read what a test makes
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; error_log stderr crit; pid {work}/pid; events {{}}\n"
        f"http {{ access_log off; {paths} include {work}/site.conf; }}\n"
    )
    return [needed("nginx"), "-p", str(work), "-c", str(work / "nginx.conf")]


def caddy(folder: Path, work: Path, port: int) -> list[str]:
    text = (DOCS / "Caddyfile").read_text("utf-8").replace("/srv/news/public", str(folder))
    text = re.sub(r"^finews\.example \{", f"http://127.0.0.1:{port} {{", text, flags=re.MULTILINE)
    (work / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text, "utf-8")
    command = ["--config", str(work / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run([needed("caddy"), "validate", *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [needed("caddy"), "run", *command]


SERVERS: dict[str, Callable[[Path, Path, int], list[str]]] = {"nginx": nginx, "caddy": caddy}


@contextmanager
def started(command: list[str], port: int, work: Path) -> Iterator[Client]:
    environ = {**os.environ, "XDG_DATA_HOME": str(work), "XDG_CONFIG_HOME": str(work)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            end = time.monotonic() + 20
            while True:
                try:
                    Client(port).get("/")
                    break
                except (OSError, http.client.HTTPException):
                    assert process.poll() is None, process.stdout and process.stdout.read()
                    assert time.monotonic() < end
                    time.sleep(0.02)
            yield Client(port)
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="module", params=SERVERS)
def theirs(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[str, Client]]:
    needed(request.param)
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        with started(SERVERS[request.param](folder, work, port), port, work) as client:
            yield request.param, client


def told(answer: Answer) -> dict[str, str]:
    """What must be the same. What else stands in a 304 is no matter (RFC 9110 §15.4.5), nor what a 308 has to read."""
    names = {304: OF_304, 308: ("location", "cache-control", "access-control-allow-origin")}
    fields = {name: answer.headers[name] for name in names.get(answer.status, SAME) if name in answer.headers}
    return {"status": str(answer.status), **fields}


@pytest.mark.parametrize(("path", "method", "fields"), [each[1:] for each in TABLE], ids=[each[0] for each in TABLE])
def test_it_says_what_serve_says(
    ours: Client, theirs: tuple[str, Client], path: str, method: str, fields: dict[str, str]
) -> None:
    name, client = theirs
    difference = DIFFERENT.get((name, path, fields.get("accept_encoding", "")))
    if difference:
        pytest.skip(difference)
    expected, found = ours.get(path, method, **fields), client.get(path, method, **fields)
    assert told(found) == told(expected)
    if expected.status == 200:
        assert found.body == expected.body
        assert found.headers["etag"].startswith('"')
        assert "last-modified" in found.headers


def test_its_own_validators_give_304(theirs: tuple[str, Client]) -> None:
    client = theirs[1]
    for coding in ("gzip", "identity"):
        got = client.get("/feed.xml", accept_encoding=coding)
        again = client.get("/feed.xml", accept_encoding=coding, if_none_match=got.headers["etag"])
        assert (again.status, again.headers["etag"]) == (304, got.headers["etag"])
        since = got.headers["last-modified"]
        assert client.get("/feed.xml", accept_encoding=coding, if_modified_since=since).status == 304
        other = client.get("/feed.xml", accept_encoding=coding, if_none_match='"x"', if_modified_since=since)
        assert other.status == 200


def test_every_moved_feed_of_the_program_is_in_the_configs(folder: Path) -> None:
    told_json = json.loads((folder / "moved.json").read_text("utf-8"))
    assert set(told_json["moved"]) == set(MOVED)
    assert len((folder / "moved.nginx.conf").read_text("utf-8").splitlines()) == len(MOVED) + len(GONE)
    assert len((folder / "moved.caddy").read_text("utf-8").splitlines()) == len(MOVED) + len(GONE)
