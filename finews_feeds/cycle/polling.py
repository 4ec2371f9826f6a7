"""What an answer of a source comes to, and recording it: one poll, one transaction; `asking` asks.

`decide` is the whole of a poll without its I/O: (source, state, answer, now) -> outcome. Many machines would share the
work along this line, as the processes of `readers` do; nothing else would change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from finews_feeds.cycle.carriers import source_carrier
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.moves import moved
from finews_feeds.cycle.shown import masked, shown_address
from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import (
    Answer,
    Failed,
    Gone,
    NotModified,
    Representation,
    Sighting,
    SourceCondition,
    SourceState,
    Validators,
)
from finews_feeds.normalize import version
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import local_file
from finews_feeds.sources import version as sources_version
from finews_feeds.sources.freshness import newest_times, next_poll_at
from finews_feeds.sources.redirects import permanent_target
from finews_feeds.sources.validators import validators_of
from finews_feeds.store.protocol import Transaction

if TYPE_CHECKING:
    from finews_feeds.cycle.recalling import Parts, Recalled


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one answer of one source comes to: its new state, and what its document says."""

    state: SourceState
    sightings: tuple[Sighting, ...] = ()
    fault: Fault | None = None
    #: Whether a document was read whole, or at least in part: then it is judged, even if it has nothing in it.
    is_read: bool = False
    #: Whether it is what a hub delivered: news alone, so that what is missing in it says nothing.
    is_part: bool = False
    #: What was read, or recalled, part by part; None where the next document is to be read whole.
    parts: Parts | None = None
    #: What the store had of those sightings that were recalled.
    known: tuple[Sighting, ...] = ()


def read_files(context: Context, due: list[FeedSourceSettings]) -> None:
    """Reads these `file:` sources and records each as the answer of a poll."""
    http, base = context.settings.http, context.settings.file.absolute().parent
    for source in due:
        old = context.states.get(source.name)
        answer = local_file.read(source.url, base, http.allow_files, http.max_bytes)
        with context.store.transaction() as tx:
            record(tx, context, source, old, decide(context.settings, source, old, answer, context.now))


def validators_to_send(settings: Settings, source: FeedSourceSettings, state: SourceState | None) -> Validators:
    """What makes the request conditional: nothing for a new address, nor where we would read it otherwise now."""
    if state is None or state.url != source.shown_url or state.parser != reading(settings, source):
        return Validators()
    return state.validators


def is_unread(
    settings: Settings, source: FeedSourceSettings, state: SourceState | None, answer: Representation
) -> bool:
    """Whether `decide` has a body to read: another than the last one, or one that it would read otherwise now."""
    if state is None or state.url != source.shown_url or state.parser != reading(settings, source):
        return True
    return state.body_digest != sha256(answer.body).hexdigest()


def reading(settings: Settings, source: FeedSourceSettings) -> str:
    """Stands for everything beside a document's bytes that decides what is read in it."""
    told = (source.timezone or settings.site.timezone, source.naive_dates or settings.site.naive_dates)
    return f"{sources_version.feed_reader()} {version.READING} {told[0]} {told[1]}"


def record(
    tx: Transaction,
    context: Context,
    settings: FeedSourceSettings,
    old: SourceState | None,
    outcome: Outcome,
    later: Iterable[SourceState] = (),
) -> None:
    """Writes what a poll came to: sightings, validators and next poll time stand or fall together.

    `later` are other sources that are to be asked later for it. Other polls may share the transaction.
    """
    state, told, parts = outcome.state, list[Sighting](), None
    if outcome.is_read:
        from finews_feeds.cycle.admitting import admit

        admitted = admit(context, settings, old, state, outcome.sightings, outcome.parts, outcome.known)
        state, told, parts = admitted.state, admitted.news, admitted.parts
    elif outcome.is_part:
        from finews_feeds.cycle.admitting import delivered

        told = delivered(context, settings, state, outcome.sightings)
    tx.put_sightings(told)
    if parts is not None:
        tx.put_known_parts(settings.name, parts)
    state = replace(state, last_change_at=context.now) if told else state
    if old is not None and source_carrier(settings, old.feed) != source_carrier(settings, state.feed):
        tx.unsettle(settings.name)
    for each in (*later, state):
        tx.put_source_state(each)
        context.states[each.name] = each
    report = context.report
    report.sources_polled += 1
    if outcome.fault is None:
        report.sources_changed += bool(told)
        report.sources_unchanged += not told


def decide(
    settings: Settings,
    source: FeedSourceSettings,
    old: SourceState | None,
    answer: Answer,
    now: datetime,
    recalled: Recalled | None = None,
) -> Outcome:
    """What an answer comes to; pure. What is `recalled` of its document is not read; OddPartsError where it has to be.

    An answer 304, and a body that is the last one byte for byte, say nothing new. Gone retires the source; what failed
    is asked again later, and nothing that it said before is touched.
    """
    outcome = _decided(settings, source, old, answer, now, recalled)
    state = moved(settings.http, source, outcome.state, answer, now)
    return outcome if state is outcome.state else replace(outcome, state=state)


def _decided(
    settings: Settings,
    source: FeedSourceSettings,
    old: SourceState | None,
    answer: Answer,
    now: datetime,
    recalled: Recalled | None,
) -> Outcome:
    if old is None or old.url != source.shown_url:
        old = SourceState(source.name, source.shown_url)
    asked = replace(old, last_poll_at=now, polls=old.polls + 1, status=_status(answer))
    if isinstance(answer, Failed):
        fault = Fault(source.shown_url, _located(source, answer, answer.error), answer.mend)
        return Outcome(_failing(source, asked, answer, fault, now), fault=fault)
    if isinstance(answer, Gone):
        mend = f"take sources.{source.name} out of the config, or give it its new address"
        cause = _located(source, answer, "the server says that it is gone for good (410)")
        fault = Fault(source.shown_url, cause, mend)
        failing = _failing(source, asked, answer, fault, now)
        is_elsewhere = bool(answer.redirects) and permanent_target(answer.redirects) != answer.url
        if old.asked_url or is_elsewhere:
            # what is gone is where it had moved to, or where it is for now: the config's own address has not said so
            return Outcome(failing, fault=fault)
        return Outcome(replace(failing, condition=SourceCondition.GONE, next_poll_at=None), fault=fault)
    if isinstance(answer, NotModified):
        return Outcome(_ok(source, replace(asked, not_modified=old.not_modified + 1), answer, now))
    asked = replace(asked, received_bytes=old.received_bytes + len(answer.body))
    return _read(settings, source, asked, answer, now, recalled)


def _read(
    settings: Settings,
    source: FeedSourceSettings,
    old: SourceState,
    answer: Representation,
    now: datetime,
    recalled: Recalled | None,
) -> Outcome:
    body_digest = sha256(answer.body).hexdigest()
    parser = reading(settings, source)
    if body_digest == old.body_digest and old.parser == parser:
        return Outcome(_ok(source, old, answer, now))
    from finews_feeds.cycle.documents import read_document

    try:
        document = read_document(settings, source, answer, parser, now, recalled)
    except ParseError as error:
        found = error.faults[0]
        fault = Fault(source.shown_url, _located(source, answer, found.cause), found.mend)
        state = _failing(source, old, answer, fault, now)
        # what was a feed, and suddenly is a page, is not to be asked for its news: it is for somebody to look at
        return Outcome(replace(state, condition=SourceCondition.QUARANTINED) if old.last_ok_at else state, fault=fault)
    told = replace(old, body_digest=body_digest, parser=parser, feed=document.feed, findings=document.findings)
    state = _ok(source, told, answer, now, document.sightings)
    if not document.is_whole:
        # cut short: the validators speak of a document that we have not seen (RFC 9111 §3.3)
        state = replace(state, validators=Validators(), body_digest="")
    is_read = document.is_whole or bool(document.sightings)
    return Outcome(state, document.sightings, is_read=is_read, parts=document.parts, known=document.known)


def _located(source: FeedSourceSettings, answer: Failed | Gone | Representation, cause: str) -> str:
    """What is wrong, and where: behind a redirect it is not at the address of the config."""
    if all(each.url != answer.url for each in answer.redirects):
        return cause
    return f"redirected to {shown_address(source, answer.url)[:200]}: {cause}"


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
    told = newest_times(at for each in sightings if (at := each.published_at or each.updated_at))
    entry_times = told or old.entry_times
    held = old.quarantine
    return replace(
        old,
        condition=SourceCondition.QUARANTINED if held else SourceCondition.OK,
        validators=validators_of(answer, old.validators),
        validators_url=answer.url,
        last_ok_at=now,
        failing_since=None,
        failures=0,
        error=held.why if held else "",
        mend=mend_of(source.name) if held else "",
        entry_times=entry_times,
        next_poll_at=next_poll_at(
            name=source.name,
            interval=source.interval,
            now=now,
            answer=answer,
            feed=old.feed,
            entry_times=entry_times or ([old.last_change_at] if old.last_change_at else []),
            failures=0,
        ),
    )


def mend_of(name: str) -> str:
    """What lets a document in that is held back."""
    return f"look at the feed; if that is right, let it in with `finews-feeds sources resume {name}`"


def _failing(source: FeedSourceSettings, old: SourceState, answer: Answer, fault: Fault, now: datetime) -> SourceState:
    failures = old.failures + 1
    error, mend = masked(source, fault.cause), masked(source, fault.mend)
    return replace(
        old,
        condition=SourceCondition.FAILING,
        failing_since=old.failing_since or now,
        failures=failures,
        error=error,
        mend=mend,
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
