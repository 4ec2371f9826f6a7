"""Callbacks over HTTP: what hubs ask and deliver below `websub/`, bounded, and handed to whoever understands it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

FOLDER = "websub"
#: How a callback is called; anything else is nobody's.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,64}")
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a short text."""

    status: int
    body: bytes


class Callbacks(Protocol):
    """Who knows what hubs may say. Every method is called in a thread, and never raises for what a hub does."""

    #: The largest document that is taken.
    max_bytes: int

    def is_expecting(self, token: str) -> bool:
        """Whether a message may come in at this callback."""

    def verify(self, token: str, query: Mapping[str, str]) -> Reply:
        """The answer to a GET."""

    def deliver(self, token: str, signature: str, media_type: str, body: bytes) -> Reply:
        """The answer to a POST."""


def token_in(parts: tuple[str, ...] | None) -> str:
    """The callback that a path names, "" for none; a proxy may put a path of its own before it."""
    return parts[-1] if parts and parts[-2:-1] == (FOLDER,) and _TOKEN.fullmatch(parts[-1]) else ""


async def answer_hub(
    callbacks: Callbacks,
    token: str,
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
) -> Reply:
    """The answer to one request of a hub's. A body is read only where one is expected, and no further than allowed."""
    if scope["method"] == "GET":
        pairs = parse_qsl(scope["query_string"][:8192].decode("latin-1"), keep_blank_values=True, max_num_fields=None)
        return await asyncio.to_thread(callbacks.verify, token, dict(pairs))
    if scope["method"] != "POST":
        return Reply(405, b"only GET and POST\n")
    if not await asyncio.to_thread(callbacks.is_expecting, token):
        return Reply(404, b"there is no such subscription\n")
    try:
        async with asyncio.timeout(_SECONDS):
            body = await _body(receive, callbacks.max_bytes)
    except TimeoutError:
        return Reply(408, b"it took too long\n")
    if body is None:
        return Reply(413, b"it is too large\n")
    fields = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    signature = fields.get(b"x-hub-signature", "")
    return await asyncio.to_thread(callbacks.deliver, token, signature, fields.get(b"content-type", ""), body)


async def _body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int) -> bytes | None:
    """The whole body; None where it is larger than allowed, or its sender is gone."""
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)
