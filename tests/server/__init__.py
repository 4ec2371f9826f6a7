"""A web server on the loopback that does what a test tells it to, well or badly, and remembers what it was asked.

    with FeedServer() as server:
        url = server.serve("/feed.xml", "<rss/>")                        # a body: 200, application/xml
        server.serve("/kept.xml", Reply(body=feed, etag='"1"'))          # answers 304 to that entity tag by itself
        server.serve("/moved", Reply(301, headers=[("Location", "/feed.xml")]))
        server.serve("/changing", lambda request: Reply(body=...))       # any function of the request
        server.serve("/bomb", Reply(raw=b"HTTP/1.1 200 OK\\r\\n..."))      # bytes as they are, then the connection ends
        ...                                                              # poll server.url + "/feed.xml"
        assert server.requests[-1].header("if-none-match") == '"1"'

- `server.url` is "http://127.0.0.1:PORT", without a slash at the end; `server.host_port` is "127.0.0.1:PORT", as
  `http.allow_private` wants it. Every server has a port of its own.
- A path is matched with its query first, then without; any other path is answered 404. HEAD is answered like GET, but
  without the body.
- `server.requests` are all requests so far, in order of arrival; `server.asked(path)` those of one path.
- `server.most_at_once` is the largest number of requests that were being answered at the same time.
- `FeedServer(tls=True)` speaks https with a certificate for 127.0.0.1, ::1 and localhost that `trusting_context()`
  trusts and nobody else. `FeedServer(host="::1")` listens on IPv6.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

CERTIFICATE = Path(__file__).with_name("loopback.pem")


@dataclass(frozen=True)
class Request:
    """What one request said: header fields in their order and spelling; `at` is on the monotonic clock, in seconds."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    at: float
    #: The client's address and port: equal for two requests on one connection.
    client: tuple[Any, ...]
    #: What a POST brought along.
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first field of this name, in any case of letters; None where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Reply:
    """One answer. Content-Length is added unless the body is chunked or `headers` name their own."""

    status: int = 200
    body: bytes | str = b""
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "application/xml"
    #: Sent as they are; a request that brings the tag, or else the date, back byte for byte is answered 304.
    etag: str | None = None
    last_modified: str | None = None
    #: These bytes and nothing else, then the connection is closed.
    raw: bytes | None = None
    #: Seconds before the first byte.
    delay: float = 0
    #: Seconds after each byte of the body.
    drip: float = 0
    chunked: bool = False
    #: The connection is closed after so many bytes of the body.
    cut: int | None = None


Answer = bytes | str | Reply
Script = Answer | Callable[[Request], Answer]


@dataclass
class FeedServer:
    """See the module's docstring; a context manager, and `close` ends it together with every answer under way."""

    host: str = "127.0.0.1"
    tls: bool = False
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._lock = threading.Lock()
        self._at_once = 0
        self._closed = threading.Event()
        self._server = _server_class(self.host)((self.host, 0), _handler_class(self))
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def host_port(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host_port}"

    def serve(self, path: str, script: Script) -> str:
        """From now on answer `path` so; gives the whole URL."""
        self._scripts[path] = script
        return self.url + path

    def asked(self, path: str) -> list[Request]:
        """The requests for one path so far."""
        return [request for request in self.requests if request.path == path]

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> FeedServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _answer(self, request: Request) -> Reply:
        script = self._scripts.get(request.path, self._scripts.get(request.path.partition("?")[0], Reply(404)))
        answer = script(request) if callable(script) else script
        return answer if isinstance(answer, Reply) else Reply(body=answer)

    def _begin(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def _end(self) -> None:
        with self._lock:
            self._at_once -= 1

    def _rest(self, seconds: float) -> None:
        if seconds and self._closed.wait(seconds):
            raise ConnectionAbortedError("the server was closed")


def trusting_context() -> ssl.SSLContext:
    """A client's context that trusts the certificate of `FeedServer(tls=True)`."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def unused_port() -> int:
    """A port on the loopback at which nobody listens (now, and very likely for the rest of the test)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _server_class(host: str) -> type[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up, or does not trust our certificate, is what many tests are about."""

    return Server


def _handler_class(server: FeedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # one write for the head and the body, as real servers do

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            fields, client = tuple(self.headers.items()), tuple(self.client_address)
            request = Request(self.command, self.path, fields, time.monotonic(), client, body)
            server._begin(request)
            try:
                self._send(request, server._answer(request))
            finally:
                server._end()

        do_HEAD = do_POST = do_GET  # noqa: N815  # the names that http.server looks for

        def _send(self, request: Request, reply: Reply) -> None:
            server._rest(reply.delay)
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                self.wfile.flush()
                self.close_connection = True
                return
            not_modified = _is_not_modified(request, reply)
            body = b"" if not_modified else reply.body.encode() if isinstance(reply.body, str) else reply.body
            self._send_head(reply, 304 if not_modified else reply.status, len(body))
            if request.method != "HEAD" and not not_modified:
                self._send_body(reply, body)

        def _send_head(self, reply: Reply, status: int, length: int) -> None:
            self.send_response(status)
            named = {name.lower() for name, _ in reply.headers}
            has_body = status not in (204, 304)
            own = (
                ("Content-Type", reply.content_type if has_body else None),
                ("ETag", reply.etag),
                ("Last-Modified", reply.last_modified),
                ("Transfer-Encoding", "chunked" if reply.chunked and has_body else None),
                ("Content-Length", str(length) if has_body and not reply.chunked else None),
            )
            for name, value in own:
                if value is not None and name.lower() not in named:
                    self.send_header(name, value)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()

        def _send_body(self, reply: Reply, body: bytes) -> None:
            shown = body if reply.cut is None else body[: reply.cut]
            step = 1 if reply.drip else max(len(shown), 1)
            for at in range(0, len(shown), step):
                piece = shown[at : at + step]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece)
                if reply.drip:
                    self.wfile.flush()
                    server._rest(reply.drip)
            if reply.cut is not None:
                self.close_connection = True
            elif reply.chunked:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            """Tests look at `requests`, not at a log."""

    return Handler


def _is_not_modified(request: Request, reply: Reply) -> bool:
    """The entity tag decides where one was sent, else the date (RFC 9110 §13.1.3); both compared byte for byte."""
    tag = request.header("if-none-match")
    if tag is not None:
        return reply.etag is not None and tag == reply.etag
    return reply.last_modified is not None and request.header("if-modified-since") == reply.last_modified
