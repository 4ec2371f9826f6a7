"""What comes back on the wire for what strangers send, byte by byte, and what a connection may cost."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from served import Client, running

from finews_feeds.serve.app import create_app
from finews_feeds.serve.protocol import BoundedProtocol

FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + b"a" * 1000 + b"</feed>"
LARGE = b"x" * 20_000_000
MOVED = b'{"moved": {"old.xml": "feed.xml"}, "gone": ["gone.xml"]}'
HOST = b"Host: finews.example\r\n"
GET = b"GET /feed.xml HTTP/1.1\r\n" + HOST


class Hasty(BoundedProtocol):
    """As the protocol is, with less patience than a test has."""

    head_seconds, stall_seconds = 0.1, 0.1


class Narrow(BoundedProtocol):
    """As the protocol is, with room for two."""

    most_connections = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name, data in (("feed.xml", FEED), ("large.bin", LARGE), ("moved.json", MOVED), ("old.xml", FEED)):
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with running(create_app(folder, "https://finews.example/", timedelta(0))) as client:
        yield client


@pytest.fixture
def hasty(folder: Path) -> Iterator[Client]:
    with running(create_app(folder, "https://finews.example/", timedelta(0)), Hasty) as client:
        yield client


def sent(port: int, *pieces: bytes, until_closed: bool = False) -> bytes:
    """All that comes back; a request that ends the connection, or a client that says it has no more, is the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if not until_closed:
            connection.sendall(b"GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        found = b""
        try:
            while data := connection.recv(65536):
                found += data
        except ConnectionResetError:
            pass  # it had not read all that was sent when it closed
        return found


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


#: What is sent, and the statuses of all answers; 404 is that of the request which ends the connection, and without it
#: the server has closed the connection by itself.
WIRE = [
    ("one request", GET + b"\r\n", [200, 404]),
    ("HEAD", GET.replace(b"GET", b"HEAD") + b"\r\n", [200, 404]),
    ("many at once", (GET + b"\r\n") * 20, [200] * 20 + [404]),
    ("empty lines before, RFC 9112 §2.2", b"\r\n\r\n" + GET + b"\r\n", [200, 404]),
    ("HTTP/1.0 closes", b"GET /feed.xml HTTP/1.0\r\n\r\n", [200]),
    ("no host, RFC 9112 §3.2", b"GET /feed.xml HTTP/1.1\r\n\r\n", [400, 404]),
    ("two hosts", GET + HOST + b"\r\n", [400, 404]),
    ("the absolute form", b"GET http://finews.example/feed.xml?x HTTP/1.1\r\n" + HOST + b"\r\n", [200, 404]),
    ("a query", b"GET /feed.xml?a=/../b&c=%00 HTTP/1.1\r\n" + HOST + b"\r\n", [200, 404]),
    ("a range is ignored", GET + b"Range: bytes=0-3\r\n\r\n", [200, 404]),
    ("a range on condition", GET + b'Range: bytes=0-3\r\nIf-Range: "x"\r\n\r\n', [200, 404]),
    ("only if it is that", GET + b'If-Match: "x"\r\n\r\n', [412, 404]),
    ("only if it is any", GET + b"If-Match: *\r\n\r\n", [200, 404]),
    ("only if it is as old", GET + b"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", [412, 404]),
    ("not if it is any", GET + b"If-None-Match: *\r\n\r\n", [304, 404]),
    ("a content nobody asked for", GET + b"Content-Length: 5\r\n\r\nhello", [200, 404]),
    ("a method with content", GET.replace(b"GET", b"POST") + b"Content-Length: 5\r\n\r\nhello", [405, 404]),
    (
        "and in chunks",
        GET.replace(b"GET", b"PUT") + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        [405, 404],
    ),
    ("OPTIONS for all", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", [204, 404]),
    ("TRACE", GET.replace(b"GET", b"TRACE") + b"\r\n", [405, 404]),
    ("another protocol", GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", [200]),
    ("HTTP/2 in clear", GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", [200]),
    ("a long address", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", [414, 404]),
    ("a long query", b"GET /feed.xml?" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", [414, 404]),
    ("a long name", b"GET /" + b"a" * 300 + b" HTTP/1.1\r\n" + HOST + b"\r\n", [404, 404]),
    ("many fields", GET + b"X: y\r\n" * 200 + b"\r\n", [431, 404]),
    ("a moved feed is moved under every condition", b"GET /old.xml HTTP/1.1\r\nIf-None-Match: *\r\n" + HOST + b"\r\n",
     [308, 404]),
    ("and a withdrawn one gone", b"GET /gone.xml HTTP/1.1\r\nIf-Match: *\r\n" + HOST + b"\r\n", [410, 404]),
]  # fmt: skip


@pytest.mark.parametrize(("request_bytes", "expected"), [each[1:] for each in WIRE], ids=[each[0] for each in WIRE])
def test_a_request_has_its_answer_and_leaves_the_connection_in_order(
    client: Client, request_bytes: bytes, expected: list[int]
) -> None:
    assert statuses(sent(client.port, request_bytes, until_closed=404 not in expected)) == expected


MALFORMED = [
    b"junk\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"get /feed.xml HTTP/1.1\r\n\r\n",
    b"GET /a b HTTP/1.1\r\n\r\n",
    b"GET /\0 HTTP/1.1\r\n\r\n",
    "GET /旧.xml HTTP/1.1\r\n\r\n".encode(),
    b"GET /feed.xml HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", MALFORMED)
def test_what_is_no_request_ends_the_connection(client: Client, request_bytes: bytes) -> None:
    assert statuses(sent(client.port, request_bytes, until_closed=True)) == [400]


def test_a_head_that_never_ends_is_cut_off(client: Client) -> None:
    pieces = (GET, *(b"X-%d: " % n + b"y" * 1000 + b"\r\n" for n in range(2000)))
    # it may be cut off while it is still talking
    with suppress(BrokenPipeError, ConnectionResetError):
        assert statuses(sent(client.port, *pieces, until_closed=True)) in ([431], [])
    assert client.get("/feed.xml").status == 200


@pytest.mark.parametrize("head", [b"", b"GET", GET, GET + b"\r\n" + GET])
def test_a_head_that_does_not_come_is_not_waited_for(hasty: Client, head: bytes) -> None:
    answered = [200] if head.count(b"GET") == 2 else []
    assert statuses(sent(hasty.port, head, until_closed=True)) == [*answered, 408]


def test_one_connection_too_many_is_told_to_come_back_and_a_place_that_is_free_is_had(folder: Path) -> None:
    with running(create_app(folder, "https://finews.example/", timedelta(0)), Narrow) as client:
        held = [socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in range(2)]
        for each in held:
            # answered, so it is no longer on its way
            each.sendall(GET + b"\r\n")
            assert each.recv(65536).startswith(b"HTTP/1.1 200 ")
        with socket.create_connection(("127.0.0.1", client.port), timeout=10) as third:
            answer = b"".join(iter(lambda: third.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: 5\r\n" in answer
        held[0].sendall(GET + b"Connection: close\r\n\r\n")
        while held[0].recv(65536):
            pass
        assert client.get("/feed.xml").status == 200
        for each in held:
            each.close()


def test_a_reader_who_takes_nothing_is_left(hasty: Client) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as connection:
        connection.sendall(b"GET /large.bin HTTP/1.1\r\n" + HOST + b"\r\n")
        # far longer than its patience; what was on its way is all that there is then
        time.sleep(0.5)
        got = 0
        with suppress(ConnectionResetError):
            while data := connection.recv(1_000_000):
                got += len(data)
        assert got < len(LARGE)


def test_a_slow_reader_gets_everything(hasty: Client) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as connection:
        connection.sendall(b"GET /large.bin HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        got = b""
        while data := connection.recv(1_000_000):
            got += data
            time.sleep(0.01)
    assert got.endswith(LARGE)


def test_answers_of_one_connection_do_not_wait_for_acknowledgements(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as connection:
        began = time.perf_counter()
        for _ in range(100):
            connection.sendall(GET + b"\r\n")
            while not connection.recv(65536).endswith(b"</feed>"):
                pass
    # 40 ms each where they do
    assert time.perf_counter() - began < 2


def test_many_connections_are_answered_beside_one_another(client: Client) -> None:
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append(statuses(sent(client.port, GET + b"\r\n")))) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[200, 404]] * 50
