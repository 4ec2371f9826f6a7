"""A proxy on the loopback that makes tunnels (CONNECT, RFC 9110 §9.3.6), and remembers what it was asked.

    with FeedServer(tls=True) as origin, Tunnel() as proxy:
        ...                                             # ask origin.url through proxy.url
        assert proxy.asked[0].startswith(f"CONNECT {origin.host_port} ")

`Tunnel(answer=b"HTTP/1.1 407 ...")` refuses every tunnel with these bytes.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Tunnel:
    """See the module's docstring; a context manager."""

    answer: bytes = b""
    #: The heads of all requests, as they came.
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = [self._listener]
        self.host_port = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for each in self._open:
            _end(each)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := client.recv(4096)):
            head += piece
        self.asked.append(head.decode("latin-1"))
        if self.answer:
            client.sendall(self.answer)
            _end(client)
            return
        host, _, port = head.split(b" ", 2)[1].decode("ascii").rpartition(":")
        origin = socket.create_connection((host.strip("[]"), int(port)))
        self._open.append(origin)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_pour, args=(origin, client), daemon=True).start()
        _pour(client, origin)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    _end(sink)


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
