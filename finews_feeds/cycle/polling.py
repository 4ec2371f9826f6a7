"""Asking the sources that are due, and recording what each of them said: one poll, one transaction.

`decide` is the whole of a poll without its I/O: (source, state, answer, now) -> outcome. Many machines would share the
work along this line; nothing else would change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from finews_feeds import __version__
from finews_feeds.cycle.carriers import source_carrier
from finews_feeds.cycle.context import Context, date_reader
from finews_feeds.cycle.reading import identity_url
from finews_feeds.errors import Fault, ParseError
from finews_feeds.log import event
from finews_feeds.model import (
    Answer,
    Failed,
    Finding,
    FindingKind,
    Gone,
    NotModified,
    ParsedFeed,
    Representation,
    Sighting,
    SourceCondition,
    SourceState,
    Validators,
)
from finews_feeds.normalize.identity import is_in_future, revise
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import feed
from finews_feeds.sources.freshness import next_poll_at
from finews_feeds.sources.http import Fetcher
from finews_feeds.sources.redirects import permanent_target
from finews_feeds.sources.validators import validators_of

#: Seconds after which a polling that waits for slow servers looks whether it is to end.
_PATIENCE = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one answer of one source comes to: its new state, and what its document says."""

    state: SourceState
    sightings: tuple[Sighting, ...] = ()
    findings: tuple[Finding, ...] = ()
    fault: Fault | None = None


def poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    """Asks these sources and records each answer; `publish_posts` is called where posts are written meanwhile."""
    asyncio.run(_poll(context, due, publish_posts))


async def _poll(context: Context, due: list[FeedSourceSettings], publish_posts: Callable[[], None]) -> None:
    subscriptions = len(context.settings.sources)
    async with Fetcher(context.settings.http, __version__, subscriptions) as fetcher:
        asking = [asyncio.ensure_future(_ask(fetcher, each, context.states.get(each.name))) for each in due]
        pending, done_before = set(asking), 0
        while pending and not context.options.stopped():
            done, pending = await asyncio.wait(pending, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            for number, asked in enumerate(sorted(done, key=asking.index), done_before + 1):
                _record(context, *asked.result())
                context.progress("polling", number, len(due))
            done_before += len(done)
            if context.options.posts_written():
                publish_posts()
        for unasked in pending:
            unasked.cancel()


async def _ask(
    fetcher: Fetcher, settings: FeedSourceSettings, state: SourceState | None
) -> tuple[FeedSourceSettings, Answer]:
    validators = validators_to_send(settings, state)
    return settings, await fetcher.fetch(settings.url, validators, state.validators_url if state else "")


def validators_to_send(settings: FeedSourceSettings, state: SourceState | None) -> Validators:
    """What makes the request conditional: nothing for a new address, nor when our parser learnt to read more."""
    if state is None or state.url != settings.shown_url or state.parser != feed.PARSER:
        return Validators()
    return state.validators


def _record(context: Context, settings: FeedSourceSettings, answer: Answer) -> None:
    old = context.states.get(settings.name)
    outcome = _outcome(context, settings, old, answer)
    report = context.report
    report.sources_polled += 1
    report.source_findings += outcome.findings
    with context.store.transaction() as tx:
        known = context.store.sightings(settings.name, [each.entry_id for each in outcome.sightings])
        said = {each.entry_id: each for each in outcome.sightings}
        revised = [revise(known.get(entry_id), each, context.now) for entry_id, each in said.items()]
        news = [each for each in revised if each is not None]
        tx.put_sightings(news)
        state = replace(outcome.state, last_change_at=context.now) if news else outcome.state
        if old is not None and source_carrier(settings, old.feed) != source_carrier(settings, state.feed):
            tx.unsettle(settings.name)
        tx.put_source_state(state)
    context.states[settings.name] = state
    if outcome.fault is None:
        report.sources_changed += bool(news)
        report.sources_unchanged += not news


def _outcome(context: Context, settings: FeedSourceSettings, old: SourceState | None, answer: Answer) -> Outcome:
    """`decide`, with a fault of our own turned into a failure of this one source: the others go on."""
    try:
        return decide(context.settings, settings, old, answer, context.now)
    except Exception as error:  # noqa: BLE001 - the spine: logged whole, listed, and the source is asked again
        event(logging.ERROR, "poll.broke", exc_info=True, source=settings.name, url=settings.shown_url)
        cause = f"our reader failed on its answer ({type(error).__name__}: {error})"
        failed = Failed(answer.url, cause, "report it with the document; the source is asked again")
        return decide(context.settings, settings, old, failed, context.now)


def decide(
    settings: Settings, source: FeedSourceSettings, old: SourceState | None, answer: Answer, now: datetime
) -> Outcome:
    """What an answer comes to; pure.

    An answer 304, and a body that is the last one byte for byte, say nothing new. Gone retires the source; what failed
    is asked again later, and nothing that it said before is touched.
    """
    if old is None or old.url != source.shown_url:
        old = SourceState(source.name, source.shown_url)
    asked = replace(old, last_poll_at=now, polls=old.polls + 1, status=_status(answer))
    if isinstance(answer, Failed):
        fault = Fault(source.shown_url, answer.error, answer.mend)
        return Outcome(_failing(source, asked, answer, fault, now), fault=fault)
    if isinstance(answer, Gone):
        mend = f"take sources.{source.name} out of the config, or give it its new address"
        fault = Fault(source.shown_url, "the server says that it is gone for good (410)", mend)
        gone = replace(_failing(source, asked, answer, fault, now), condition=SourceCondition.GONE, next_poll_at=None)
        return Outcome(gone, fault=fault)
    if isinstance(answer, NotModified):
        return Outcome(_ok(source, replace(asked, not_modified=old.not_modified + 1), answer, now))
    return _read(settings, source, replace(asked, received_bytes=old.received_bytes + len(answer.body)), answer, now)


def _read(
    settings: Settings, source: FeedSourceSettings, old: SourceState, answer: Representation, now: datetime
) -> Outcome:
    body_digest = sha256(answer.body).hexdigest()
    if body_digest == old.body_digest and old.parser == feed.PARSER:
        return Outcome(_ok(source, old, answer, now))
    try:
        parsed = feed.parse(answer.body, answer.headers, answer.url)
    except ParseError as error:
        fault = replace(error.faults[0], place=source.shown_url)
        return Outcome(_failing(source, old, answer, fault, now), fault=fault)
    sightings = _normalized(settings, source, parsed)
    read = replace(old, body_digest=body_digest, parser=feed.PARSER, feed=parsed.feed)
    findings = (*parsed.findings, *_dated_ahead(source, sightings, now))
    return Outcome(_ok(source, read, answer, now, sightings), sightings, findings)


def _normalized(settings: Settings, source: FeedSourceSettings, parsed: ParsedFeed) -> tuple[Sighting, ...]:
    normalizer = Normalizer(source.name, False, identity_url, date_reader(settings, source))
    return tuple(normalizer.sighting(entry) for entry in parsed.entries)


def _dated_ahead(source: FeedSourceSettings, sightings: tuple[Sighting, ...], now: datetime) -> list[Finding]:
    what = "dated in the future"
    mend = "nothing to do: it takes the time at which it was first seen"
    return [
        Finding(FindingKind.REPAIRED, each.link or source.shown_url, 0, what, mend)
        for each in sightings
        if is_in_future(each, now)
    ]


def _status(answer: Answer) -> int | None:
    if isinstance(answer, Representation | Failed):
        return answer.status
    return 304 if isinstance(answer, NotModified) else 410


def _ok(
    source: FeedSourceSettings,
    old: SourceState,
    answer: Representation | NotModified,
    now: datetime,
    sightings: tuple[Sighting, ...] = (),
) -> SourceState:
    return replace(
        old,
        condition=SourceCondition.OK,
        validators=validators_of(answer, old.validators),
        validators_url=answer.url,
        last_ok_at=now,
        failing_since=None,
        failures=0,
        error="",
        mend="",
        moved_to=permanent_target(answer.redirects),
        next_poll_at=next_poll_at(
            name=source.name,
            interval=source.interval,
            now=now,
            answer=answer,
            feed=old.feed,
            entry_times=[each.published_at for each in sightings if each.published_at],
            failures=0,
        ),
    )


def _failing(source: FeedSourceSettings, old: SourceState, answer: Answer, fault: Fault, now: datetime) -> SourceState:
    failures = old.failures + 1
    return replace(
        old,
        condition=SourceCondition.FAILING,
        failing_since=old.failing_since or now,
        failures=failures,
        error=fault.cause,
        mend=fault.mend,
        next_poll_at=next_poll_at(
            name=source.name,
            interval=source.interval,
            now=now,
            answer=answer,
            feed=old.feed,
            entry_times=(),
            failures=failures,
        ),
    )
