"""WebSub as a subscriber (W3C Recommendation): what is remembered of subscriptions, and the way from hub to cycle.

Where a source names a hub and a topic, and `[server] public_url` says where hubs reach us, the cycle subscribes
(`subscribing`) and the server answers hubs (`callbacks`). The two meet in the store alone, so that they may be two
processes, and a restart loses nothing. A hub that falls silent costs time and no entry: polling only slows down.

The callback of each subscription is an address of its own that cannot be guessed, and whatever comes in there has to be
signed with a secret that only the hub was told.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from finews_feeds.cycle.context import Context
from finews_feeds.model import SourceState
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.store import Store
from finews_feeds.store.protocol import Transaction

_INDEX = "websub"
#: What waits for a cycle at one callback: more is put off, and the hub delivers it again.
_MOST_WAITING = 20
#: Messages that are known, so that one which is sent again, by whomever, changes nothing.
_MOST_SEEN = 100


@dataclass(frozen=True, slots=True)
class Subscription:
    """One source's subscription at one hub; instants are seconds since 1970."""

    token: str
    source: str
    hub: str
    topic: str
    secret: str
    #: pending: asked for; active: the hub has made sure; denied: by the hub; leaving: we ask it to end.
    state: str = "pending"
    #: Until when the hub tells us of changes, 0 for not at all.
    until: float = 0
    #: When the hub is asked next: to begin with, again after a failure, and to renew.
    next_at: float = 0
    #: When the hub was last asked.
    asked_at: float = 0
    #: How often it was asked without having made sure.
    failures: int = 0
    error: str = ""

    def is_active(self, now: datetime) -> bool:
        """Whether the hub has promised to tell us of changes."""
        return self.state == "active" and self.until > now.timestamp()


@dataclass(frozen=True, slots=True)
class Message:
    """A document that a hub delivered, and that was signed as it must be."""

    type: str
    body: bytes

    @property
    def digest(self) -> str:
        """Stands for the body."""
        return sha256(self.body).hexdigest()


class Subscriptions:
    """What the store has of them. What it changes, it reads again in the same transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Subscription]:
        """Every subscription, in the order in which they were made."""
        found = (self.at(token) for token in json.loads(self._store.meta(_INDEX) or "[]"))
        return [each for each in found if each is not None]

    def at(self, token: str) -> Subscription | None:
        """The subscription of a callback."""
        row = self._store.meta(f"{_INDEX} {token}")
        return Subscription(**json.loads(row)) if row else None

    def add(self, made: Subscription) -> None:
        """Remembers a new one."""
        with self._store.transaction() as tx:
            self._index(tx, [*json.loads(self._store.meta(_INDEX) or "[]"), made.token])
            _put(tx, made)

    def change(self, token: str, changed: Callable[[Subscription], Subscription]) -> Subscription | None:
        """Changes one that is still there."""
        with self._store.transaction() as tx:
            known = self.at(token)
            if known is not None:
                _put(tx, known := changed(known))
            return known

    def forget(self, token: str) -> None:
        """Forgets one, and what waits at its callback."""
        with self._store.transaction() as tx:
            self._index(tx, [each for each in json.loads(self._store.meta(_INDEX) or "[]") if each != token])
            for kept in ("", "box ", "seen "):
                tx.put_meta(f"{_INDEX} {kept}{token}", "")

    def _index(self, tx: Transaction, tokens: list[str]) -> None:
        tx.put_meta(_INDEX, json.dumps(tokens))

    # --- what hubs deliver --------------------------------------------------------------------------------------------

    def deliver(self, token: str, message: Message) -> bool:
        """Keeps a message for the next cycle; False where too much waits. What came before is taken, and dropped."""
        with self._store.transaction() as tx:
            waiting, seen = self._box(token), self._seen(token)
            if message.digest in seen:
                return True
            if len(waiting) >= _MOST_WAITING:
                return False
            _put_box(tx, token, [*waiting, message])
            tx.put_meta(f"{_INDEX} seen {token}", json.dumps([*seen, message.digest][-_MOST_SEEN:]))
            return True

    def waiting(self, token: str) -> list[Message]:
        """What waits at a callback, the first first."""
        return self._box(token)

    def done(self, token: str, message: Message) -> None:
        """Takes a message away that the cycle has recorded."""
        with self._store.transaction() as tx:
            _put_box(tx, token, [each for each in self._box(token) if each != message])

    def _box(self, token: str) -> list[Message]:
        rows = json.loads(self._store.meta(f"{_INDEX} box {token}") or "[]")
        return [Message(kind, b64decode(body)) for kind, body in rows]

    def _seen(self, token: str) -> list[str]:
        found: list[str] = json.loads(self._store.meta(f"{_INDEX} seen {token}") or "[]")
        return found


def _put(tx: Transaction, subscription: Subscription) -> None:
    tx.put_meta(f"{_INDEX} {subscription.token}", json.dumps(asdict(subscription)))


def _put_box(tx: Transaction, token: str, messages: list[Message]) -> None:
    rows = [(each.type, b64encode(each.body).decode("ascii")) for each in messages]
    tx.put_meta(f"{_INDEX} box {token}", json.dumps(rows))


class Subscribing:
    """Subscriptions as a part of the cycle, see `kinds.SourceKind`: after the polls, which say what there is."""

    is_local = False

    def is_due(self, context: Context) -> bool:
        """Nothing local waits for it: what it does, `gather` finds out."""
        return False

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Records what hubs delivered, asks hubs for what is due, and slows polling down where a hub does the work."""
        known = Subscriptions(context.store).all()
        wanted = {} if context.options.dry_run else wanted_by(context.settings, context.states)
        if not known and not wanted:
            return
        may_ask = not context.options.offline and not context.options.dry_run
        if _has_messages(context.store, known) or (may_ask and _has_requests(context, known, wanted)):
            from finews_feeds.cycle.subscribing import ask_hubs, take_messages

            take_messages(context, known)
            if may_ask:
                ask_hubs(context, known, wanted)
        for each in Subscriptions(context.store).all():
            context.report.due(datetime.fromtimestamp(each.next_at, context.now.tzinfo))
        _slow_down(context)


def _has_messages(store: Store, known: list[Subscription]) -> bool:
    return any(Subscriptions(store).waiting(each.token) for each in known)


def _has_requests(context: Context, known: list[Subscription], wanted: dict[str, tuple[str, str]]) -> bool:
    """Whether any hub is to be asked for anything, or any subscription is to be forgotten."""
    standing = {each.source: (each.hub, each.topic) for each in known if each.state != "leaving"}
    return standing != wanted or any(each.next_at <= context.now.timestamp() for each in known)


def wanted_by(settings: Settings, states: dict[str, SourceState]) -> dict[str, tuple[str, str]]:
    """Source -> hub and topic, for each that names both and that we may speak of to others.

    A source with a secret has none: its hub would be told what is nobody else's business.
    """
    if settings.server is None or not settings.server.public_url:
        return {}
    found = {}
    for each in settings.sources:
        state = states.get(each.name)
        is_public = each.url == each.shown_url and "@" not in each.url and not (each.headers or each.user)
        if each.enabled and is_public and state is not None and state.url == each.shown_url and state.last_ok_at:
            hub, topic = next(iter(state.feed.hubs), ""), state.feed.self_url
            if hub and topic and state.next_poll_at is not None:
                found[each.name] = hub, topic
    return found


def _slow_down(context: Context) -> None:
    """Has sources polled in this cycle come again later, where a hub tells of changes: four intervals, at most a day.

    No later than the hub's promise lasts.
    """
    active = {each.source: each.until for each in Subscriptions(context.store).all() if each.is_active(context.now)}
    slowed = []
    for source in context.settings.sources:
        state = context.states.get(source.name)
        if state is None or source.name not in active or state.last_poll_at != context.now or state.error:
            continue
        later = context.now + min(4 * source.interval, timedelta(days=1))
        later = min(later, datetime.fromtimestamp(active[source.name], context.now.tzinfo))
        if state.next_poll_at is not None and state.next_poll_at < later:
            slowed.append(replace(state, next_poll_at=later))
    if slowed:
        with context.store.transaction() as tx:
            for each in slowed:
                tx.put_source_state(each)
                context.states[each.name] = each


def source_of(context: Context, subscription: Subscription) -> FeedSourceSettings | None:
    """The source of a subscription, where it still is one."""
    named = (each for each in context.settings.sources if each.name == subscription.source and each.enabled)
    return next(named, None)
