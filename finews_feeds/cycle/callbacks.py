"""What hubs get to hear at our callbacks (WebSub §5.3, §7): the server's side of subscriptions."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

from finews_feeds.cycle.subscriptions import Message, Subscription, Subscriptions
from finews_feeds.errors import StoreError
from finews_feeds.serve.callbacks import Reply
from finews_feeds.settings import Settings
from finews_feeds.store import Store, open_store

_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_SHORTEST, _LONGEST, _USUAL = timedelta(minutes=5), timedelta(days=30), timedelta(days=10)
#: How long after our request a hub may make sure of it; more than once, for its own answer may get lost.
_ANSWER_WITHIN = timedelta(days=1)
#: Which part of a lease passes before it is renewed.
_RENEWED = 0.8
_DENIED = timedelta(days=7)
_NOBODY = Reply(404, b"there is no such subscription\n")
_BUSY = Reply(503, b"try again in a minute\n")


class HubCallbacks:
    """Answers hubs; called from threads, with a store of its own for each call. `on_message` is told of messages."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], on_message: Callable[[], None]) -> None:
        self._settings, self._clock, self._on_message = settings, clock, on_message
        self.max_bytes = settings.http.max_bytes

    def is_expecting(self, token: str) -> bool:
        """Whether a message may come in there, so that its body is worth reading."""
        try:
            with closing(self._store()) as store:
                found = Subscriptions(store).at(token)
                return found is not None and found.is_active(self._clock())
        except StoreError:
            return True

    def verify(self, token: str, query: Mapping[str, str]) -> Reply:
        """The hub makes sure that we want what it was asked for; only then its challenge is given back."""
        try:
            with closing(self._store()) as store:
                return self._verify(Subscriptions(store), token, query)
        except StoreError:
            return _BUSY

    def _verify(self, subscriptions: Subscriptions, token: str, query: Mapping[str, str]) -> Reply:
        known, mode, now = subscriptions.at(token), query.get("hub.mode", ""), self._clock()
        challenge = query.get("hub.challenge", "")
        if known is None or known.topic != query.get("hub.topic"):
            return _NOBODY
        if mode == "denied":
            subscriptions.change(token, lambda old: _denied(old, query.get("hub.reason", ""), now))
            return Reply(200, b"")
        was_asked = known.asked_at > (now - _ANSWER_WITHIN).timestamp()
        if mode == "subscribe" and challenge and was_asked and known.state in ("pending", "active"):
            subscriptions.change(token, lambda old: _verified(old, query.get("hub.lease_seconds", ""), now))
            return Reply(200, challenge.encode())
        if mode == "unsubscribe" and challenge and known.state == "leaving":
            subscriptions.forget(token)
            return Reply(200, challenge.encode())
        return _NOBODY

    def deliver(self, token: str, signature: str, media_type: str, body: bytes) -> Reply:
        """A hub delivers a document: taken if it is signed with our secret, and read by the next cycle."""
        try:
            with closing(self._store()) as store:
                subscriptions = Subscriptions(store)
                known = subscriptions.at(token)
                if known is None or not known.is_active(self._clock()):
                    return _NOBODY
                if not _is_signed(known.secret, signature, body):
                    return Reply(403, b"the signature is missing or wrong\n")
                if not subscriptions.deliver(token, Message(media_type[:200], body)):
                    return _BUSY
        except StoreError:
            return _BUSY
        self._on_message()
        return Reply(202, b"")

    def _store(self) -> Store:
        return open_store(self._settings.store_url, self._settings.file.absolute().parent)


def _verified(old: Subscription, lease: str, now: datetime) -> Subscription:
    """A promise of the hub's; one without a span, or with one that cannot be meant, is taken for the usual."""
    seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else 0
    span = min(max(timedelta(seconds=seconds), _SHORTEST), _LONGEST) if seconds else _USUAL
    return replace(
        old,
        state="active",
        until=(now + span).timestamp(),
        next_at=(now + span * _RENEWED).timestamp(),
        failures=0,
        error="",
    )


def _denied(old: Subscription, reason: str, now: datetime) -> Subscription:
    error = "the hub refuses" + (f": {' '.join(reason.split())[:200]}" if reason else "")
    return replace(old, state="denied", until=0, next_at=(now + _DENIED).timestamp(), error=error)


def _is_signed(secret: str, signature: str, body: bytes) -> bool:
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in _METHODS or not digest.isascii():
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method.lower()).hexdigest(), digest.strip().lower())
