"""What a cycle does for subscriptions: it records what hubs delivered, and asks hubs to begin, go on and end."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from finews_feeds import __version__
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.polling import Outcome, record
from finews_feeds.cycle.readers import Readers
from finews_feeds.cycle.subscriptions import Message, Subscription, Subscriptions, source_of
from finews_feeds.log import event
from finews_feeds.model import Representation, SourceCondition, SourceState
from finews_feeds.settings import FeedSourceSettings
from finews_feeds.sources.freshness import newest_times
from finews_feeds.sources.http import Fetcher

#: How long we ask to be told of changes; the hub decides.
LEASE = timedelta(days=10)
#: A hub that fails, or does not make sure, is asked again after this, doubling; one that we leave is forgotten then.
_PATIENCE, _LONGEST = timedelta(hours=1), timedelta(days=1)


def take_messages(context: Context, known: Sequence[Subscription]) -> None:
    """Records everything that waits, each message as an answer of its source, in that source's own transaction."""
    subscriptions = Subscriptions(context.store)
    waiting = [(each, message) for each in known for message in subscriptions.waiting(each.token)]
    if waiting:
        asyncio.run(_take(context, waiting))


async def _take(context: Context, waiting: Sequence[tuple[Subscription, Message]]) -> None:
    with Readers(context.settings) as readers:
        for subscription, message in waiting:
            source, old = source_of(context, subscription), context.states.get(subscription.source)
            if source is not None and old is not None and old.condition is not SourceCondition.PAUSED:
                await _record(context, readers, source, old, message)
            Subscriptions(context.store).done(subscription.token, message)


async def _record(
    context: Context, readers: Readers, source: FeedSourceSettings, old: SourceState, message: Message
) -> None:
    """What a message says is new is recorded like what a poll found; of the source's state only what it tells."""
    headers = (("content-type", message.type),) if message.type else ()
    url = old.validators_url or old.asked_url or source.url
    answer = Representation(url, 200, headers, message.body)
    outcome = await readers.outcome(source, old, answer, context.now)
    if outcome.fault is not None:
        event(logging.WARNING, "push.failed", source=source.name, error=outcome.fault.cause)
        return
    # it may hold nothing but what is new: validators, digest and the next poll are those of the document at the source
    state = replace(
        old,
        entry_times=newest_times({*outcome.state.entry_times, *old.entry_times}),
        received_bytes=old.received_bytes + len(message.body),
    )
    polled, changed, unchanged = _counts(context)
    with context.store.transaction() as tx:
        record(tx, context, source, old, Outcome(state, outcome.sightings, is_part=True))
    context.report.sources_polled, context.report.sources_changed, context.report.sources_unchanged = (
        polled,
        changed,
        unchanged,
    )


def _counts(context: Context) -> tuple[int, int, int]:
    """Nobody was asked for a message, so it does not count among the polls."""
    return context.report.sources_polled, context.report.sources_changed, context.report.sources_unchanged


def ask_hubs(context: Context, known: Sequence[Subscription], wanted: Mapping[str, tuple[str, str]]) -> None:
    """Makes, renews and ends subscriptions, as far as they are due."""
    subscriptions = Subscriptions(context.store)
    now = context.now.timestamp()
    if context.settings.server is None or not context.settings.server.public_url:
        # nothing of a hub's can reach us any more; what it still sends ends with its span
        for each in known:
            subscriptions.forget(each.token)
        return
    for each in known:
        if each.state != "leaving" and wanted.get(each.source) != (each.hub, each.topic):
            subscriptions.change(
                each.token, lambda old: replace(old, state="leaving", until=0, next_at=now, failures=0)
            )
    there = {each.source for each in subscriptions.all() if each.state != "leaving"}
    for source, (hub, topic) in wanted.items():
        if source not in there:
            token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
            subscriptions.add(Subscription(token, source, hub, topic, secret))
    due = [each for each in subscriptions.all() if each.next_at <= now]
    if due:
        asyncio.run(_ask_all(context, due))


async def _ask_all(context: Context, due: Sequence[Subscription]) -> None:
    async with Fetcher(context.settings.http, __version__, len(context.settings.sources)) as fetcher:
        await asyncio.gather(*(_ask(context, fetcher, each) for each in due))


async def _ask(context: Context, fetcher: Fetcher, subscription: Subscription) -> None:
    subscriptions, token = Subscriptions(context.store), subscription.token
    if subscription.state == "leaving" and subscription.failures:
        # it was asked to end once; a hub that goes on all the same is told by our callback that there is nobody
        subscriptions.forget(token)
        return
    # a hub may make sure before it answers, so we are ready for it first
    subscriptions.change(token, lambda old: _asking(old, context.now))
    status, error = await fetcher.post(subscription.hub, _form(context, subscription))
    if 200 <= status < 300:
        return
    error = error or f"it answered {status}"
    event(logging.WARNING, "subscribe.failed", source=subscription.source, hub=subscription.hub, error=error)
    subscriptions.change(token, lambda old: replace(old, error=error))


def _asking(old: Subscription, now: datetime) -> Subscription:
    """What holds until the hub makes sure: then it is asked no more, else again, later each time."""
    is_leaving = old.state == "leaving"
    wait = _LONGEST if is_leaving else min(_PATIENCE * (1 << min(old.failures, 10)), _LONGEST)
    state = "pending" if old.state == "denied" else old.state
    return replace(
        old,
        state=state,
        asked_at=now.timestamp(),
        next_at=(now + wait).timestamp(),
        failures=old.failures + 1,
        error="",
    )


def _form(context: Context, subscription: Subscription) -> bytes:
    assert context.settings.server is not None
    form = {
        "hub.callback": f"{context.settings.server.public_url}websub/{subscription.token}",
        "hub.mode": "unsubscribe" if subscription.state == "leaving" else "subscribe",
        "hub.topic": subscription.topic,
    }
    if subscription.state != "leaving":
        form |= {"hub.lease_seconds": str(int(LEASE.total_seconds())), "hub.secret": subscription.secret}
    return urlencode(form).encode()
