"""A server of feeds for benchmarks, in a process of its own: `python -m benchmarks.feed_server`.

It prints its port and answers until its input is closed. `/NUMBER.xml` is a feed of 30 entries; `/round/NUMBER` gives
each feed so many new entries at its head. A feed's validators are its round, so that who sends them back gets a 304.
"""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from subprocess import PIPE, Popen
from types import TracebackType

ENTRIES = 30
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_REQUEST = re.compile(rb"GET /(?:round/(\d+)|(\d+)\.xml) ")
_WORDS = [
    "央行公告称",
    "为维护",
    *("the", "markets", "opened", "higher", "on", "Monday", "as", "yields", "fell", "oil", "rose"),
]


def feed(number: int, rounds: int) -> bytes:
    """RSS as most blogs send it: HTML of some 1,300 characters in every entry, 50 KB in all."""
    entries = "".join(_entry(number, place) for place in range(rounds + ENTRIES - 1, rounds - 1, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
        'content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Feed {number}</title><link>https://site{number}.example/</link><description>Of {number}</description>"
        f"<language>en</language>{entries}</channel></rss>"
    ).encode()


def _entry(number: int, place: int) -> str:
    words = " ".join(_WORDS[(number + place * 7 + at) % len(_WORDS)] for at in range(26))
    link = f"https://site{number}.example/posts/{place}/"
    text = "".join(
        f'<p>{words} <a href="/posts/{place}/{part}?a=1&amp;b=2">{part}</a> <em>{words[:40]}</em></p>'
        f'<p><img src="/img/{place}-{part}.jpg" alt="{part}" width="600" height="400" /></p>'
        for part in range(3)
    )
    return (
        f"\n<item><title>Entry {place} of feed {number}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><dc:creator>Author {number}</dc:creator>'
        f"<pubDate>{format_datetime(_BEGAN + timedelta(hours=3 * place))}</pubDate>"
        f"<category>topic{place % 20}</category><description>{words}</description>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded></item>"
    )


class _Connection(asyncio.Protocol):
    """Keep-alive and pipelining, and nothing else of HTTP: the server's own time is to be no part of the measure."""

    rounds = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._unread = transport, b""

    def data_received(self, data: bytes) -> None:
        *requests, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        found = _REQUEST.match(request)
        if found is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if found[1]:
            type(self).rounds = int(found[1])
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        etag = b'"%s-%d"' % (found[2], self.rounds)
        if b"none-match: " + etag in request or b"None-Match: " + etag in request:
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag
        body = feed(int(found[2]), self.rounds)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
        return head % (etag, len(body)) + body


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class FeedServer:
    """The server from outside; a context manager."""

    def __init__(self) -> None:
        self._process = Popen([sys.executable, "-m", "benchmarks.feed_server"], stdin=PIPE, stdout=PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> FeedServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def url(self, number: int) -> str:
        """Where a feed is."""
        return f"http://127.0.0.1:{self.port}/{number}.xml"

    def turn(self, rounds: int) -> None:
        """So many entries were published since the beginning, by each feed."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", f"/round/{rounds}")
        connection.getresponse().read()
        connection.close()


if __name__ == "__main__":
    asyncio.run(_serve())
