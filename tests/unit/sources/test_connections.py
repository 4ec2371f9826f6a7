"""One connection and the next request on it: what is kept, what is asked anew, what is never taken for an answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from finews_feeds.sources import connections, guard
from finews_feeds.sources.addresses import allow_list
from finews_feeds.sources.connections import Connections
from finews_feeds.sources.guard import Guard
from tests.server import trusting_context, unused_port

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO_BODY = b"HTTP/1.1 304 Not Modified\r\n\r\n"
END = b"END"


@dataclass
class Server:
    """Answers the requests of each connection with its list of bytes, one after another.

    What is no whole answer ends the connection when it is sent; END ends it without waiting for another request.
    """

    scripts: Sequence[Sequence[bytes]]
    port: int = 0
    #: The requests of each connection.
    asked: list[list[bytes]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    async def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        await self.connected(reader, writer)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self.asked)
        self.asked.append([])
        script = self.scripts[min(number, len(self.scripts) - 1)]
        try:
            for reply in script:
                if reply == END:
                    break
                self.asked[number].append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(reply)
                await writer.drain()
            if script[-1] not in (OK, NO_BODY):
                writer.close()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended.append(number)
            writer.close()


@asynccontextmanager
async def talking(server: Server, most_idle: int = 4) -> Any:
    listening = await asyncio.start_server(server.begin, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    with ThreadPoolExecutor(1) as resolvers:
        doors = (f"127.0.0.1:{server.port}", f"localhost:{server.port}")
        transport = Connections(Guard(allow_list(doors), resolvers), trusting_context, most_idle)
        async with listening:
            yield transport
            await transport.aclose()
            # every connection was ended, so that nobody is left waiting at the other end
            async with asyncio.timeout(5):
                await asyncio.gather(*server.tasks)


async def get(transport: Connections, server: Server, host: str = "127.0.0.1", **more: Any) -> tuple[int, bytes]:
    request = httpx.Request("GET", f"http://{host}:{server.port}/feed.xml", **more)
    answer = await transport.handle_async_request(request)
    try:
        return answer.status_code, await answer.aread()
    finally:
        await answer.aclose()


def run(server: Server, asks: Callable[[Connections], Awaitable[Any]], most_idle: int = 4) -> Any:
    async def whole() -> Any:
        async with talking(server, most_idle) as transport:
            return await asks(transport)

    return asyncio.run(whole())


def many(server: Server, requests: int, pause: float = 0) -> list[tuple[int, bytes]]:
    async def asks(transport: Connections) -> list[tuple[int, bytes]]:
        found = []
        for _ in range(requests):
            found.append(await get(transport, server))
            await asyncio.sleep(pause)
        return found

    found: list[tuple[int, bytes]] = run(server, asks)
    return found


KEPT = [
    # name, what each connection answers, how many connections three requests make
    ("a whole answer by length", [[OK, OK, OK]], 1),
    ("304 without a length", [[NO_BODY, NO_BODY, OK]], 1),
    ("chunks", [[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", OK, OK]], 1),
    ("an answer before the answer", [[b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK, OK, OK]], 1),
    ("the server ends it", [[b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"], [OK, OK]], 2),
    ("HTTP/1.0", [[b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"], [OK, OK]], 2),
    ("the end is the end of the body", [[b"HTTP/1.1 200 OK\r\n\r\nok"], [OK, OK]], 2),
    ("something behind the answer", [[OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"], [OK, OK]], 2),
    ("something behind a 304", [[NO_BODY + b"evil"], [OK, OK]], 2),
    ("closed after the answer", [[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b""], [OK, OK]], 2),
]


@pytest.mark.parametrize(("scripts", "expected"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_a_connection_is_used_again_only_after_a_whole_answer(scripts: list[list[bytes]], expected: int) -> None:
    server = Server(scripts)
    found = many(server, 3)
    assert {body for _, body in found} <= {b"ok", b""}
    assert len(server.asked) == expected


def test_a_kept_connection_that_its_server_closed_meanwhile_is_replaced() -> None:
    server = Server([[OK, END], [OK, OK]])
    assert many(server, 3, pause=0.02) == [(200, b"ok")] * 3
    assert [len(asked) for asked in server.asked] == [1, 2]


def test_what_comes_unasked_on_a_kept_connection_is_no_answer() -> None:
    class Talkative(Server):
        async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = len(self.asked)
            self.asked.append([await reader.readuntil(b"\r\n\r\n")])
            writer.write(OK)
            if not number:
                await asyncio.sleep(0.01)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            await reader.read()
            writer.close()

    server = Talkative([])
    assert many(server, 2, pause=0.05) == [(200, b"ok")] * 2
    assert len(server.asked) == 2


def test_a_new_connection_that_gives_no_answer_is_not_asked_again() -> None:
    server = Server([[b""]])
    with pytest.raises(httpx.RemoteProtocolError, match="without an answer"):
        many(server, 1)
    assert len(server.asked) == 1


def test_half_a_head_on_a_kept_connection_is_an_answer_and_not_asked_again() -> None:
    server = Server([[OK, b"HTTP/1.1 200"], [OK]])
    with pytest.raises(httpx.RemoteProtocolError, match=r'within the head of its answer, "HTTP/1\.1 200"'):
        many(server, 2)
    assert len(server.asked) == 1


def test_a_connection_is_left_where_its_answer_was_not_read_to_the_end() -> None:
    server = Server([[b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nok", OK], [OK]])

    async def asks(transport: Connections) -> tuple[int, bytes]:
        request = httpx.Request("GET", f"http://127.0.0.1:{server.port}/")
        await (await transport.handle_async_request(request)).aclose()
        return await get(transport, server)

    assert run(server, asks) == (200, b"ok")
    assert len(server.asked) == 2


def test_a_kept_connection_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_KEEP_ALIVE_SECONDS", 0.02)
    server = Server([[OK, OK]])

    async def asks(transport: Connections) -> list[int]:
        await get(transport, server)
        await asyncio.sleep(0.1)
        return list(server.ended)

    assert run(server, asks) == [0]


def test_no_more_connections_are_kept_than_agreed() -> None:
    server = Server([[OK, OK]])

    async def asks(transport: Connections) -> tuple[int, int]:
        requests = [httpx.Request("GET", f"http://127.0.0.1:{server.port}/") for _ in range(5)]
        answers = [await transport.handle_async_request(each) for each in requests]
        for answer in answers:
            await answer.aread()
            await answer.aclose()
        await asyncio.sleep(0.02)
        ended = len(server.ended)
        await asyncio.gather(*(get(transport, server) for _ in range(5)))
        return ended, len(server.asked)

    # three of five were ended; the other two are used again, and three are made anew
    assert run(server, asks, most_idle=2) == (3, 8)


def test_a_sender_is_held_back_while_nobody_reads() -> None:
    sent = 0

    class Flood(Server):
        async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    writer.write(bytes(65536))
                    await writer.drain()
                    sent += 65536
            except ConnectionError:
                writer.close()

    server = Flood([])

    async def asks(transport: Connections) -> None:
        answer = await transport.handle_async_request(httpx.Request("GET", f"http://127.0.0.1:{server.port}/"))
        await asyncio.sleep(0.3)
        await answer.aclose()
        await asyncio.sleep(0.05)

    run(server, asks)
    # what the system keeps for both ends, and a little of ours
    assert sent < 32 * 1024 * 1024


@pytest.mark.parametrize(
    "headers",
    [{"X-Bad": "a\r\nEvil: 1"}, {"X-Bad": "a\x00b"}, {"If-None-Match": "a\nb"}],
    ids=["two lines", "a NUL", "a bare line feed"],
)
def test_a_field_that_would_be_two_is_never_sent(headers: dict[str, str]) -> None:
    server = Server([[OK]])
    with pytest.raises(httpx.LocalProtocolError):
        run(server, lambda transport: get(transport, server, headers=headers))
    assert server.asked in ([], [[]])


def test_the_next_address_of_a_host_is_tried_where_one_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(guard.socket, "getaddrinfo", lambda *_, **__: found)
    server = Server([[OK]])
    assert run(server, lambda transport: get(transport, server, host="localhost")) == (200, b"ok")


def test_an_address_that_does_not_answer_is_given_up_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "NEXT_ADDRESS_SECONDS", 0.05)
    with socket.socket() as full:
        # a listener whose queue is full lets whoever comes wait
        full.bind(("127.0.0.3", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        server = Server([[OK]])

        async def whole() -> tuple[int, bytes]:
            listening = await asyncio.start_server(server.begin, "127.0.0.1", full.getsockname()[1])
            server.port = full.getsockname()[1]
            found = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.3", "127.0.0.1")
            ]
            monkeypatch.setattr(guard.socket, "getaddrinfo", lambda *_, **__: found)
            with ThreadPoolExecutor(1) as resolvers:
                transport = Connections(Guard(allow_list([f"localhost:{server.port}"]), resolvers), trusting_context, 4)
                async with listening:
                    answer = await get(transport, server, host="localhost")
                    await transport.aclose()
                    await asyncio.gather(*server.tasks)
                    return answer

        assert asyncio.run(whole()) == (200, b"ok")
        for each in waiting:
            each.close()


def test_a_connection_that_is_refused_says_so() -> None:
    server = Server([[OK]])

    async def asks(transport: Connections) -> None:
        server.port = unused_port()
        with ThreadPoolExecutor(1) as resolvers:
            elsewhere = Connections(Guard(allow_list([f"127.0.0.1:{server.port}"]), resolvers), trusting_context, 4)
            await get(elsewhere, server)

    with pytest.raises(ConnectionRefusedError):
        run(server, asks)


def test_nobody_is_trusted_before_the_first_is_asked_by_https() -> None:
    server = Server([[OK]])
    asked: list[ssl.SSLContext] = []

    async def asks(_: Connections) -> tuple[int, bytes]:
        with ThreadPoolExecutor(1) as resolvers:

            def trusted() -> ssl.SSLContext:
                asked.append(trusting_context())
                return asked[-1]

            transport = Connections(Guard(allow_list([f"127.0.0.1:{server.port}"]), resolvers), trusted, 4)
            answer = await get(transport, server)
            await transport.aclose()
            return answer

    assert run(server, asks) == (200, b"ok")
    assert asked == []
