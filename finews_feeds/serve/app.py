"""The site over HTTP: an ASGI application that answers from the folder of published files and from nothing else.

    request -> segments -> file (memory or disk) -> coding -> 304 or 200

GET and HEAD only; no cookies, no ranges, no state between requests but the files in memory. Whatever is not a regular,
visible file inside the folder is 404, whoever asks however.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from datetime import timedelta
from email.utils import formatdate
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from finews_feeds.serve.callbacks import Callbacks, answer_hub, token_in
from finews_feeds.serve.conditions import chosen_coding, is_not_modified
from finews_feeds.serve.media import OPEN_HEADERS, media_of
from finews_feeds.serve.metrics import Measuring, Tally
from finews_feeds.serve.moved import MOVED_FILE, moves_in
from finews_feeds.serve.shelf import Coded, Shelf, StoredFile, segments

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
Headers = list[tuple[bytes, bytes]]

_ALLOWED = ("GET", "HEAD")
#: Of what never changes: a year, and RFC 8246 for those who reload.
_FIXED = "public, max-age=31536000, immutable"
_MEMORY_BYTES = 64 * 1024 * 1024
#: What may stand bare in a path segment (RFC 3986 §3.3, pchar).
_PCHAR = "/!$&'()*+,;=:@~"
#: RFC 9112 §3.2.2: "a server MUST accept the absolute-form in requests".
_AUTHORITY = re.compile(rb"(?i)https?://[^/?#]*")

_NOT_FOUND = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>404</title><link rel="stylesheet" href="{0}site.css">'
    '<h1>404</h1><p>There is nothing at this address.</p><p><a href="{0}">All feeds</a></p></html>\n'
)


def create_app(
    folder: Path,
    site_url: str,
    max_age: timedelta,
    hubs: Sequence[str] = (),
    memory_bytes: int = _MEMORY_BYTES,
    measuring: Measuring = tuple,
    callbacks: Callbacks | None = None,
) -> App:
    """An ASGI application that serves the site in `folder`.

    `site_url` is where readers reach it (for `Link: rel=self`; if it has a path, requests may come with that path or
    without it, as a proxy in front prefers), `max_age` how long an answer stays fresh, `hubs` the WebSub hubs of the
    feeds, `memory_bytes` the bound on what is kept in memory, and `measuring` what else `/metrics` shows; `callbacks`
    answers hubs that we subscribe at, where we do. The folder need not exist yet.
    """
    return _SiteApp(Shelf(folder, memory_bytes), site_url, max_age, hubs, Tally(measuring), callbacks)


class _SiteApp:
    def __init__(
        self,
        shelf: Shelf,
        site_url: str,
        max_age: timedelta,
        hubs: Sequence[str],
        tally: Tally,
        callbacks: Callbacks | None,
    ) -> None:
        self._shelf = shelf
        self._callbacks = callbacks
        self._tally = tally
        self._site_url = site_url
        self._prefix = urlsplit(site_url).path.encode().rstrip(b"/")
        self._cache_control = f"public, max-age={max(0, int(max_age.total_seconds()))}"
        self._hubs = tuple(hubs)
        self._not_found = _NOT_FOUND.format(escape(self._prefix.decode() + "/")).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, self._counted(send))
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close"})

    def _counted(self, send: Send) -> Send:
        """`send`, and the answer is counted when it begins; its content is one message (see `_start`)."""
        statuses: list[int] = []

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            else:
                self._tally.count(statuses[0], len(message["body"]))
            await send(message)

        return counting

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        with_body = scope["method"] != "HEAD"
        token = token_in(segments(self._path(scope))) if self._callbacks else ""
        if self._callbacks and token:
            reply = await answer_hub(self._callbacks, token, scope, receive)
            # a challenge is given back as plain text, which no browser takes for a page
            return await _answer(send, reply.status, _text([("cache-control", "no-store")]), reply.body, with_body)
        if scope["method"] not in _ALLOWED:
            return await _answer(send, 405, _text([("allow", ", ".join(_ALLOWED))]), b"only GET and HEAD\n", with_body)
        parts = segments(self._path(scope))
        if parts == ("healthz",):
            return await self._health(send, with_body)
        if parts == ("metrics",):
            media_type, page = self._tally.page()
            headers = _fields([("content-type", media_type), ("cache-control", "no-store")])
            return await _answer(send, 200, headers, page, with_body)
        if parts is not None and (moved := await self._moved("/".join(parts))):
            return await _answer(send, *moved, with_body)
        stored = await self._find(parts) if parts is not None else None
        if stored is not None:
            return await self._file(scope, send, stored, with_body)
        if parts and parts[-1] and await self._shelf.file((*parts, "index.html")):
            location = [("location", self._address("/".join(parts)) + "/")]
            return await _answer(send, 308, _text(location), b"", with_body)
        headers = _fields([("content-type", "text/html; charset=utf-8"), *media_of(".html").headers])
        return await _answer(send, 404, headers, self._not_found, with_body)

    def _path(self, scope: Scope) -> bytes:
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        path = _AUTHORITY.sub(b"", raw.partition(b"?")[0], count=1) or b"/"
        if self._prefix and (path + b"/").startswith(self._prefix + b"/"):
            path = path[len(self._prefix) :] or b"/"
        return path

    def _address(self, path: str) -> str:
        """Where a path of the site is, for `Location`: relative to the host (RFC 9110 §10.2.2)."""
        return self._prefix.decode() + "/" + quote(path, safe=_PCHAR)

    async def _moved(self, path: str) -> tuple[int, Headers, bytes] | None:
        """The answer for a feed that has moved or was withdrawn; None for all else."""
        moves = moves_in(await self._shelf.file((MOVED_FILE,)))
        if path in moves.gone:
            return (
                410,
                _fields([("content-type", "text/plain; charset=utf-8"), *OPEN_HEADERS]),
                b"this feed was withdrawn\n",
            )
        if path not in moves.moved:
            return None
        fields = [("location", self._address(moves.moved[path])), ("cache-control", self._cache_control), *OPEN_HEADERS]
        return 308, _text(fields), b""

    async def _find(self, parts: tuple[str, ...]) -> StoredFile | None:
        return await self._shelf.file(parts if parts[-1] else (*parts[:-1], "index.html"))

    async def _health(self, send: Send, with_body: bool) -> None:
        is_well = self._shelf.is_folder(())
        status, body = (200, b"ok\n") if is_well else (503, b"the output folder is missing\n")
        await _answer(send, status, _text([("cache-control", "no-store")]), body, with_body)

    async def _file(self, scope: Scope, send: Send, stored: StoredFile, with_body: bool) -> None:
        asked = _asked(scope["headers"])
        coding = chosen_coding(asked.get(b"accept-encoding"), tuple(stored.coded))
        coded = stored.coded[coding] if coding else stored.plain
        fields = self._representation_fields(stored, coded)
        none_match, since = asked.get(b"if-none-match"), asked.get(b"if-modified-since")
        if is_not_modified(coded.etag, stored.last_modified, none_match, since):
            return await _start(send, 304, _fields(fields), b"")
        fields += [("content-type", stored.media.type), *stored.media.headers]
        if coded.coding:
            fields.append(("content-encoding", coded.coding))
        return await _answer(send, 200, _fields(fields), coded.body, with_body)

    def _representation_fields(self, stored: StoredFile, coded: Coded) -> list[tuple[str, str]]:
        """What a 200 and a 304 have in common (RFC 9110 §15.4.5)."""
        fields = [
            ("etag", coded.etag),
            ("last-modified", formatdate(stored.last_modified, usegmt=True)),
            ("cache-control", _FIXED if stored.media.is_fixed else self._cache_control),
        ]
        if stored.media.is_compressible:
            fields.append(("vary", "Accept-Encoding"))
        if stored.media.is_feed:
            self_url = self._site_url + quote(stored.path, safe=_PCHAR)
            links = [(self_url, "self"), *((hub, "hub") for hub in self._hubs if not stored.media.is_fixed)]
            fields.append(("link", ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links)))
        return fields


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def _asked(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """Header fields by name; lines of one name are one list (RFC 9110 §5.3)."""
    asked: dict[bytes, str] = {}
    for name, value in headers:
        text = value.decode("latin-1")
        asked[name] = f"{asked[name]}, {text}" if name in asked else text
    return asked


def _fields(fields: Sequence[tuple[str, str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]


def _text(fields: Sequence[tuple[str, str]]) -> Headers:
    return _fields([("content-type", "text/plain; charset=utf-8"), *fields])


async def _answer(send: Send, status: int, headers: Headers, body: bytes, with_body: bool) -> None:
    """Sends a complete answer; to a HEAD the same fields without the content (RFC 9110 §9.3.2)."""
    headers = [*headers, (b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
    await _start(send, status, headers, body if with_body else b"")


async def _start(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
