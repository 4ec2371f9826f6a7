"""What an answer of a source comes to, and recording it: one poll, one transaction; `asking` asks.

`decide` is the whole of a poll without its I/O: (source, state, answer, now) -> outcome. Many machines would share the
work along this line, as the processes of `readers` do; nothing else would change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import chain

from finews_feeds.cycle.admitting import admit, delivered, mend_of
from finews_feeds.cycle.carriers import source_carrier
from finews_feeds.cycle.context import Context, date_reader
from finews_feeds.cycle.moves import moved
from finews_feeds.cycle.recalling import OddPartsError, Parts, Recalled, completed, parts_of, recall
from finews_feeds.cycle.rules import identity_key
from finews_feeds.cycle.shown import masked, shown_address
from finews_feeds.errors import Fault, ParseError
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
    SourceEntry,
    SourceState,
    Validators,
)
from finews_feeds.normalize import version
from finews_feeds.normalize.identity import is_in_future
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import feed, local_file
from finews_feeds.sources.freshness import newest_times, next_poll_at
from finews_feeds.sources.redirects import permanent_target
from finews_feeds.sources.validators import validators_of
from finews_feeds.store import Store
from finews_feeds.store.protocol import Transaction

#: What is kept of the findings of one document; the state of a source stays small whatever it sends.
_MOST_FINDINGS = 100


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
    if state is None or state.url != source.shown_url or state.parser != _parser(settings, source):
        return Validators()
    return state.validators


def is_unread(
    settings: Settings, source: FeedSourceSettings, state: SourceState | None, answer: Representation
) -> bool:
    """Whether `decide` has a body to read: another than the last one, or one that it would read otherwise now."""
    if state is None or state.url != source.shown_url or state.parser != _parser(settings, source):
        return True
    return state.body_digest != sha256(answer.body).hexdigest()


def recall_document(
    store: Store, settings: Settings, source: FeedSourceSettings, answer: Representation
) -> Recalled | None:
    """What the store knows of a document; None where it is to be read whole."""
    return recall(store, source.name, answer, _parser(settings, source), settings.http.max_entries)


def _parser(settings: Settings, source: FeedSourceSettings) -> str:
    """Stands for everything beside a document's bytes that decides what is read in it."""
    told = (source.timezone or settings.site.timezone, source.naive_dates or settings.site.naive_dates)
    return f"{feed.PARSER} {version.READING} {told[0]} {told[1]}"


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
        admitted = admit(context, settings, old, state, outcome.sightings, outcome.parts, outcome.known)
        state, told, parts = admitted.state, admitted.news, admitted.parts
    elif outcome.is_part:
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
    return replace(outcome, state=moved(settings.http, source, outcome.state, answer, now))


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
    parser = _parser(settings, source)
    if body_digest == old.body_digest and old.parser == parser:
        return Outcome(_ok(source, old, answer, now))
    try:
        parsed = _parsed(settings, answer, recalled)
    except ParseError as error:
        found = error.faults[0]
        fault = Fault(source.shown_url, _located(source, answer, found.cause), found.mend)
        state = _failing(source, old, answer, fault, now)
        # what was a feed, and suddenly is a page, is not to be asked for its news: it is for somebody to look at
        return Outcome(replace(state, condition=SourceCondition.QUARANTINED) if old.last_ok_at else state, fault=fault)
    read = _normalized(settings, source, parsed)
    odd = [list(_odd_dates(source, *each, now)) for each in zip(parsed.entries, read, strict=True)]
    sightings = completed(recalled, parsed, read) if recalled else read
    known = tuple(each for each in recalled.known if each is not None) if recalled else ()
    parts = recalled.parts if recalled else parts_of(answer, parsed, parser)
    if parts is not None:
        # what is odd about it may be otherwise tomorrow, and is told again
        parts = parts.without([place for place, each in zip(_places(recalled, read), odd, strict=True) if each])
    findings = (*parsed.findings, *chain.from_iterable(odd))[:_MOST_FINDINGS]
    told = replace(old, body_digest=body_digest, parser=parser, feed=parsed.feed, findings=findings)
    state = _ok(source, told, answer, now, sightings)
    if not parsed.is_whole:
        # cut short: the validators speak of a document that we have not seen (RFC 9111 §3.3)
        state = replace(state, validators=Validators(), body_digest="")
    return Outcome(state, sightings, is_read=parsed.is_whole or bool(sightings), parts=parts, known=known)


def _places(recalled: Recalled | None, read: Sequence[Sighting]) -> Iterable[int]:
    """Where what was read stands in the document."""
    return recalled.places() if recalled else range(len(read))


def _parsed(settings: Settings, answer: Representation, recalled: Recalled | None) -> ParsedFeed:
    if recalled is None:
        return feed.parse(answer.body, answer.headers, answer.url, settings.http.max_entries)
    try:
        return feed.parse_part(recalled.unread, answer.headers, answer.url, settings.http.max_entries)
    except ParseError as error:
        raise OddPartsError from error


def _normalized(settings: Settings, source: FeedSourceSettings, parsed: ParsedFeed) -> tuple[Sighting, ...]:
    normalizer = Normalizer(source.name, False, identity_key(settings.rules), date_reader(settings, source))
    return tuple(normalizer.sighting(entry) for entry in parsed.entries)


def _odd_dates(source: FeedSourceSettings, said: SourceEntry, meant: Sighting, now: datetime) -> Iterator[Finding]:
    """Dates of an entry that are not taken as they stand: no date is made up silently."""
    place = meant.link or source.shown_url
    for spelled, at in ((said.published, meant.published_at), (said.updated, meant.updated_at)):
        if spelled and at is None:
            what = f"the date {spelled[:60]!r} cannot be read"
            yield Finding(FindingKind.REPAIRED, place, 0, what, f"it is left out; tell the publisher ({source.name})")
    if is_in_future(meant, now):
        what = f"dated in the future by {source.name}"
        yield Finding(FindingKind.REPAIRED, place, 0, what, "nothing to do: it takes the time when it was first seen")


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
