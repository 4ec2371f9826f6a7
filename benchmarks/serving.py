"""Requests a second of `serve`, beside nginx on the same published files: `python -m benchmarks.serving [SECONDS]`.

Each server has one core and wrk the other one. The two take turns, and each figure is the best of its turns: what else
the machine does at the time slows both. nginx is given nothing to do that it need not: no log, no header field but its
own. Without nginx or wrk nothing is measured, and it says how to get them.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.posts import CONFIG
from benchmarks.trees import make_tree

POSTS = 1_000
CONNECTIONS = 32
ROUNDS = 3
#: What we want to reach, as a share of nginx's requests a second.
WANTED = 0.3
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ application/atom+xml xml; text/html html; }}
    server {{
        listen 127.0.0.1:{port};
        root {folder}/public;
        gzip_static on;
        gzip_vary on;
    }}
}}
"""


@dataclass(frozen=True)
class Request:
    """What is asked again and again."""

    what: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    #: Ask with the entity tag that the server gave; the answer is 304.
    is_conditional: bool = False

    def command(self, port: int, seconds: int) -> list[str]:
        """How wrk is called for it."""
        fields = [*self.fields]
        if self.is_conditional:
            fields.append(("If-None-Match", self._etag(port)))
        given = [part for name, value in fields for part in ("-H", f"{name}: {value}")]
        return ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *given, f"http://127.0.0.1:{port}{self.path}"]

    def _etag(self, port: int) -> str:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", self.path, headers=dict(self.fields))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.headers["ETag"]


REQUESTS = (
    Request("a feed", "/feed.xml"),
    Request("a feed not modified, 304", "/feed.xml", is_conditional=True),
    Request("its gzip twin", "/feed.xml", (("Accept-Encoding", "gzip"),)),
    Request("a page", "/feed.html"),
)


@dataclass
class Cores:
    """The core for the servers, and that for wrk; the same where there is but one."""

    every: list[int] = field(default_factory=lambda: sorted(os.sched_getaffinity(0)))

    def server(self, command: list[str]) -> list[str]:
        return ["taskset", "-c", str(self.every[0]), *command]

    def client(self, command: list[str]) -> list[str]:
        return ["taskset", "-c", str(self.every[-1]), *command]


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("wrk", "nginx", "taskset") if not shutil.which(name)]


def free_port() -> int:
    """One that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@contextmanager
def listening(command: list[str], port: int) -> Iterator[None]:
    """The server of this command, from when it answers until the block ends."""
    with subprocess.Popen(command) as process:
        try:
            for _ in range(1000):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield
        finally:
            process.terminate()


def rate(command: list[str]) -> float:
    """Requests a second; ends the program where an answer was none of those that are measured."""
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        sys.exit(f"{' '.join(command)}:\n{told}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def publish(folder: Path) -> list[str]:
    """A site of posts with its twins; gives the command line of the program."""
    make_tree(folder / "posts", POSTS)
    (folder / "config").mkdir()
    config = folder / "config" / "finews.toml"
    config.write_text(CONFIG.replace("[output]", '[output]\ncompress = ["gzip"]'), "utf-8")
    command = [sys.executable, "-m", "finews_feeds", "-c", str(config), "-q"]
    subprocess.run([*command, "build"], check=True)
    return command


def main(seconds: int) -> None:
    if lacking := missing():
        sys.exit(f"not measured: there is no {' and no '.join(lacking)} (apt-get install wrk nginx-light util-linux)")
    cores = Cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = publish(folder)
        ports = free_port(), free_port()
        # started by root it would read as somebody else
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(user + NGINX.format(folder=folder, port=ports[1]), "utf-8")
        serve = [*ours, "serve", "--listen", f"127.0.0.1:{ports[0]}"]
        nginx = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with listening(cores.server(serve), ports[0]), listening(cores.server(nginx), ports[1]):
            print(f"requests/s, {CONNECTIONS} connections        serve      nginx   serve / nginx (wanted: {WANTED})")
            for request in REQUESTS:
                commands = [cores.client(request.command(port, seconds)) for port in ports]
                turns = [[rate(command) for command in commands] for _ in range(ROUNDS)]
                best, other = (max(each) for each in zip(*turns, strict=True))
                print(f"{request.what:30}{best:12,.0f}{other:11,.0f}{best / other:10.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
