"""HTTP/2, where the config wants it and the server speaks it (RFC 9113)."""

from __future__ import annotations

import asyncio
import ssl

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from finews_feeds.model import Answer, NotModified, Representation, Validators
from finews_feeds.settings import HttpSettings
from finews_feeds.sources.http import Fetcher
from tests.server import CERTIFICATE, trusting_context


class Http2Server:
    """Speaks HTTP/2 alone; answers the entity tag "1" with 304, all else with a feed."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, RequestReceived):
                    self.answer(connection, event)
            writer.write(connection.data_to_send())
        writer.close()

    def answer(self, connection: H2Connection, event: RequestReceived) -> None:
        asked = {str(name): str(value) for name, value in event.headers or ()}
        self.asked.append(asked)
        stream = event.stream_id or 0
        if asked.get("if-none-match") == '"1"':
            connection.send_headers(stream, [(":status", "304"), ("etag", '"1"')], end_stream=True)
            return
        connection.send_headers(stream, [(":status", "200"), ("etag", '"1"')])
        connection.send_data(stream, b"<feed/>", end_stream=True)


async def polled_twice(server: Http2Server) -> list[Answer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.set_alpn_protocols(["h2"])
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    http = HttpSettings(allow_private=(f"127.0.0.1:{port}",), http2=True)
    async with listening, Fetcher(http, "1", 1, tls=trusting_context()) as fetcher:
        url = f"https://127.0.0.1:{port}/feed.xml"
        return [await fetcher.fetch(url, Validators(etag)) for etag in (None, '"1"')]


def test_a_server_that_speaks_http2_is_asked_by_it_with_validators() -> None:
    server = Http2Server()
    first, second = asyncio.run(polled_twice(server))
    assert isinstance(first, Representation)
    assert first.body == b"<feed/>"
    assert isinstance(second, NotModified)
    assert [asked.get("if-none-match") for asked in server.asked] == [None, '"1"']
    assert server.asked[0][":path"] == "/feed.xml"
    assert server.asked[0]["user-agent"].startswith("finews_feeds/")
