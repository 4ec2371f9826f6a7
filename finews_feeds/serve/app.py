"""The site over HTTP: an ASGI application that answers from the folder of published files and from nothing else.

    request -> segments -> file (memory or disk) -> coding -> 304 or 200

GET and HEAD, and OPTIONS for browsers (Fetch §3.2, CORS); no cookies, no ranges, no state between requests but the
files in memory. Whatever is not a regular, visible file inside the folder is 404, whoever asks however.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakKeyDictionary

from finews_feeds.serve.callbacks import Callbacks, answer_hub, token_in
from finews_feeds.serve.conditions import chosen_coding, is_not_modified, is_precondition_failed
from finews_feeds.serve.media import OPEN_HEADERS, PREFLIGHT_HEADERS, media_of
from finews_feeds.serve.metrics import Measuring, Tally
from finews_feeds.serve.moved import MOVED_FILE, moves_in
from finews_feeds.serve.shelf import Coded, Shelf, StoredFile, segments

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
Headers = list[tuple[bytes, bytes]]
#: Status, header fields, content.
Answer = tuple[int, Headers, bytes]

_ALLOWED = ("GET", "HEAD", "OPTIONS")
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
#: RFC 9110 §4.1 has 8,000 bytes as what everybody should take.
_TARGET_BYTES = 8 * 1024
_MOST_FIELDS = 100
#: The header fields of a request that its answer depends on.
_CONDITIONS = frozenset(
    (b"accept-encoding", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since")
)
_TEXT = ("content-type", "text/plain; charset=utf-8")
_PAGE = ("content-type", "text/html; charset=utf-8")
_ALLOW = ("allow", ", ".join(_ALLOWED))
_NOSNIFF = (b"x-content-type-options", b"nosniff")


@dataclass(frozen=True, slots=True)
class _Heads:
    """The header fields of a 200 and of a 304 for a file in one coding, made once and sent often."""

    whole: Headers
    not_modified: Headers


def create_app(
    folder: Path,
    site_url: str,
    max_age: timedelta,
    hubs: Sequence[str] = (),
    memory_bytes: int = _MEMORY_BYTES,
    measuring: Measuring = tuple,
    callbacks: Callbacks | None = None,
    trouble: Callable[[], str] = str,
) -> App:
    """An ASGI application that serves the site in `folder`.

    `site_url` is where readers reach it (for `Link: rel=self`; if it has a path, requests may come with that path or
    without it, as a proxy in front prefers), `max_age` how long an answer stays fresh, `hubs` the WebSub hubs of the
    feeds, `memory_bytes` the bound on what is kept in memory, and `measuring` what else `/metrics` shows; `callbacks`
    answers hubs that we subscribe at, where we do. `trouble` says what `/healthz` is to say of the rest of the process,
    "" while all is well. The folder need not exist yet.
    """
    return _SiteApp(Shelf(folder, memory_bytes), site_url, max_age, hubs, Tally(measuring), callbacks, trouble)


class _SiteApp:
    def __init__(
        self,
        shelf: Shelf,
        site_url: str,
        max_age: timedelta,
        hubs: Sequence[str],
        tally: Tally,
        callbacks: Callbacks | None,
        trouble: Callable[[], str],
    ) -> None:
        self._shelf = shelf
        self._callbacks = callbacks
        self._trouble = trouble
        self._tally = tally
        self._site_url = site_url
        self._prefix = urlsplit(site_url).path.encode().rstrip(b"/")
        self._cache_control = f"public, max-age={max(0, int(max_age.total_seconds()))}"
        self._hubs = tuple(hubs)
        self._not_found = _NOT_FOUND.format(escape(self._prefix.decode() + "/")).encode()
        #: By file and coding; a file that is held no longer takes its heads along.
        self._heads: WeakKeyDictionary[StoredFile, dict[str, _Heads]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            status, headers, body = _refused(scope) or await self._answer(scope, receive)
            if scope["method"] == "HEAD":
                # RFC 9110 §9.3.2: the same fields without the content
                body = b""
            self._tally.count(status, len(body))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        parts = segments(self._path(scope))
        if self._callbacks and (token := token_in(parts)):
            reply = await answer_hub(self._callbacks, token, scope, receive)
            # a challenge is given back as plain text, which no browser takes for a page
            return _whole(reply.status, [_TEXT, ("cache-control", "no-store")], reply.body)
        if scope["method"] not in _ALLOWED:
            return _whole(405, [_TEXT, _ALLOW], b"only GET, HEAD and OPTIONS\n")
        if scope["method"] == "OPTIONS":
            return _options("/".join(parts or ()))
        if parts is None:
            return self._nothing()
        if parts == ("healthz",):
            return self._health()
        if parts == ("metrics",):
            media_type, page = self._tally.page()
            return _whole(200, [("content-type", media_type), ("cache-control", "no-store")], page)
        if moved := await self._moved("/".join(parts)):
            return moved
        stored = await self._find(parts)
        if stored is not None:
            return self._file(scope, stored)
        if parts[-1] and await self._shelf.file((*parts, "index.html")):
            return _whole(308, [_TEXT, ("location", self._address("/".join(parts)) + "/")], b"")
        return self._nothing()

    def _nothing(self) -> Answer:
        return _whole(404, [_PAGE, *media_of(".html").headers], self._not_found)

    def _path(self, scope: Scope) -> bytes:
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        path = _AUTHORITY.sub(b"", raw.partition(b"?")[0], count=1) or b"/"
        if self._prefix and (path + b"/").startswith(self._prefix + b"/"):
            path = path[len(self._prefix) :] or b"/"
        return path

    def _address(self, path: str) -> str:
        """Where a path of the site is, for `Location`: relative to the host (RFC 9110 §10.2.2)."""
        return self._prefix.decode() + "/" + quote(path, safe=_PCHAR)

    async def _moved(self, path: str) -> Answer | None:
        """The answer for a feed that has moved or was withdrawn; None for all else."""
        moves = moves_in(await self._shelf.file((MOVED_FILE,)))
        if path in moves.gone:
            return _whole(410, [_TEXT, *OPEN_HEADERS], b"this feed was withdrawn\n")
        if path not in moves.moved:
            return None
        fields = [("location", self._address(moves.moved[path])), ("cache-control", self._cache_control)]
        return _whole(308, [_TEXT, *fields, *OPEN_HEADERS], b"")

    async def _find(self, parts: tuple[str, ...]) -> StoredFile | None:
        return await self._shelf.file(parts if parts[-1] else (*parts[:-1], "index.html"))

    def _health(self) -> Answer:
        trouble = self._trouble() if self._shelf.is_folder(()) else "the output folder is missing"
        status, said = (503, trouble) if trouble else (200, "ok")
        return _whole(status, [_TEXT, ("cache-control", "no-store")], f"{said}\n".encode())

    def _file(self, scope: Scope, stored: StoredFile) -> Answer:
        asked = _asked(scope["headers"])
        coding = chosen_coding(asked.get(b"accept-encoding"), tuple(stored.coded))
        coded = stored.coded[coding] if coding else stored.plain
        heads = self._heads_of(stored, coded)
        if is_precondition_failed(
            coded.etag, stored.last_modified, asked.get(b"if-match"), asked.get(b"if-unmodified-since")
        ):
            return _whole(412, [_TEXT], b"it is another by now\n")
        none_match, since = asked.get(b"if-none-match"), asked.get(b"if-modified-since")
        if is_not_modified(coded.etag, stored.last_modified, none_match, since):
            return 304, heads.not_modified, b""
        return 200, heads.whole, coded.body

    def _heads_of(self, stored: StoredFile, coded: Coded) -> _Heads:
        by_coding = self._heads.setdefault(stored, {})
        if coded.coding not in by_coding:
            common = self._representation_fields(stored, coded)
            fields = [*common, ("content-type", stored.media.type), *stored.media.headers]
            if coded.coding:
                fields.append(("content-encoding", coded.coding))
            # a script that asks whether there is news reads the answer that there is none, too
            known = [*common, *stored.media.headers] if stored.media.is_open else common
            by_coding[coded.coding] = _Heads(_whole(200, fields, coded.body)[1], _fields(known))
        return by_coding[coded.coding]

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


def _refused(scope: Scope) -> Answer | None:
    """The answer to a request that is none, or that asks too much of everybody; None for all others."""
    fields, target = scope["headers"], scope.get("raw_path") or b""
    if len(target) + len(scope.get("query_string", b"")) > _TARGET_BYTES:
        return _whole(414, [_TEXT], b"the address is too long\n")
    if len(fields) > _MOST_FIELDS:
        return _whole(431, [_TEXT], b"there are too many header fields\n")
    # RFC 9112 §3.2: "A server MUST respond with a 400 to any HTTP/1.1 request message that lacks a Host header field
    # and to any that contains more than one"
    if scope.get("http_version") == "1.1" and [name for name, _ in fields].count(b"host") != 1:
        return _whole(400, [_TEXT], b"name one host\n")
    return None


def _options(path: str) -> Answer:
    """What may be asked of a path, whether or not there is something; 204 has no length (RFC 9110 §8.6)."""
    cross_origin = PREFLIGHT_HEADERS if media_of(path).is_open else ()
    return 204, [*_fields([_ALLOW, *cross_origin]), _NOSNIFF], b""


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def _asked(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """Those header fields that matter, by name; lines of one name are one list (RFC 9110 §5.3)."""
    asked: dict[bytes, str] = {}
    for name, value in headers:
        if name in _CONDITIONS:
            text = value.decode("latin-1")
            asked[name] = f"{asked[name]}, {text}" if name in asked else text
    return asked


def _fields(fields: Sequence[tuple[str, str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]


def _whole(status: int, fields: Sequence[tuple[str, str]], body: bytes) -> Answer:
    """An answer with content, even if that is empty."""
    return status, [*_fields(fields), (b"content-length", str(len(body)).encode()), _NOSNIFF], body
