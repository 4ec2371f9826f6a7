"""Reading lists of sources again: conditional requests with the same manners as for any source."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from finews_feeds import __version__
from finews_feeds.config import values
from finews_feeds.cycle.context import Context
from finews_feeds.cycle.lists import Listed, keep_listed, listed_by, state_name, state_of, with_listed
from finews_feeds.cycle.shown import masked
from finews_feeds.errors import Fault, ParseError
from finews_feeds.model import (
    Answer,
    Failed,
    Finding,
    FindingKind,
    Gone,
    NotModified,
    Representation,
    SourceCondition,
    SourceState,
    Validators,
)
from finews_feeds.settings import FeedSourceSettings, ListSettings
from finews_feeds.sources import opml
from finews_feeds.sources.freshness import next_poll_at
from finews_feeds.sources.http import Fetcher
from finews_feeds.sources.private import Private
from finews_feeds.sources.redirects import permanent_target
from finews_feeds.sources.validators import validators_of

#: More sources of one list than this are a mistake, or an attack; the first ones are taken.
_MOST = 5000
_MOST_FINDINGS = 100
#: Stands for what is read in a list, so that an equal document is read again by a program that reads it otherwise.
_PARSER = "opml 1"


def read_lists(context: Context, due: Sequence[ListSettings]) -> None:
    """Reads these lists, one after the other, and has their sources in the settings of this cycle."""
    answers = asyncio.run(_answers(context, due))
    has_changed = [_record(context, listing, answer) for listing, answer in zip(due, answers, strict=True)]
    if any(has_changed):
        context.set_sources(with_listed(replace(context.settings, sources=_own(context)), context.store).sources)
        with context.store.transaction() as tx:
            tx.unsettle()
            tx.put_meta("meaning", context.digest_of_meaning())


def _own(context: Context) -> tuple[FeedSourceSettings, ...]:
    """The sources that stand in the config itself."""
    return tuple(each for each in context.settings.sources if not each.listed_by)


async def _answers(context: Context, due: Sequence[ListSettings]) -> list[Answer]:
    async with Fetcher(context.settings.http, __version__, len(context.settings.sources)) as fetcher:
        return [await _answer(context, fetcher, each) for each in due]


async def _answer(context: Context, fetcher: Fetcher, listing: ListSettings) -> Answer:
    if listing.file is not None:
        return _file(listing)
    state = state_of(listing, context.states)
    validators = state.validators if state.parser == _PARSER else Validators()
    return await fetcher.fetch(listing.url, validators, state.validators_url, private=Private(listing.url))


def _file(listing: ListSettings) -> Answer:
    assert listing.file is not None
    try:
        return Representation(str(listing.file), 200, (), listing.file.read_bytes())
    except OSError as error:
        return Failed(str(listing.file), f"it cannot be read ({error.strerror})", "check its path and rights")


def _record(context: Context, listing: ListSettings, answer: Answer) -> bool:
    """Writes what a reading came to, in one transaction; whether the list names other sources now."""
    old = replace(state_of(listing, context.states), last_poll_at=context.now, status=None)
    old = replace(old, polls=old.polls + 1)
    known = listed_by(context.store, listing)
    state, listed = _decided(context, listing, old, answer, known)
    with context.store.transaction() as tx:
        tx.put_source_state(state)
        if listed != known:
            keep_listed(tx, listing, listed)
    context.states[state.name] = state
    return listed != known


def _decided(
    context: Context, listing: ListSettings, old: SourceState, answer: Answer, known: tuple[Listed, ...]
) -> tuple[SourceState, tuple[Listed, ...]]:
    """The list's new state, and its sources: those that it had, where it says nothing new, or nothing to be read."""
    now = context.now
    if isinstance(answer, Failed | Gone):
        cause = answer.error if isinstance(answer, Failed) else "the server says that it is gone for good (410)"
        mend = answer.mend if isinstance(answer, Failed) else f"give lists.{listing.name} its new address"
        return _failing(listing, old, answer, Fault(listing.shown_place, cause, mend), now), known
    if not isinstance(answer, Representation):
        return _ok(listing, replace(old, not_modified=old.not_modified + 1), answer, now), known
    digest = sha256(answer.body).hexdigest()
    old = replace(old, received_bytes=old.received_bytes + len(answer.body))
    if (digest, _PARSER) == (old.body_digest, old.parser):
        return _ok(listing, old, answer, now), known
    try:
        found, findings = opml.parse(answer.body, listing.shown_place, must_be_whole=True)
    except ParseError as error:
        # what it said last holds, and it is asked for the whole of it again
        fault = replace(error.faults[0], place=listing.shown_place)
        return _failing(listing, replace(old, validators=Validators()), answer, fault, now), known
    listed, refused = _listed(context, listing, found, known)
    state = replace(old, body_digest=digest, parser=_PARSER, findings=(*findings, *refused)[:_MOST_FINDINGS])
    state = _ok(listing, state, answer, now)
    return (replace(state, last_change_at=now) if listed != known else state), listed


def _ok(listing: ListSettings, old: SourceState, answer: Representation | NotModified, now: datetime) -> SourceState:
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
        next_poll_at=_next(listing, answer, now, 0),
    )


def _failing(listing: ListSettings, old: SourceState, answer: Answer, fault: Fault, now: datetime) -> SourceState:
    asked = FeedSourceSettings(listing.name, listing.url, listing.shown_place)
    return replace(
        old,
        condition=SourceCondition.FAILING,
        failing_since=old.failing_since or now,
        failures=old.failures + 1,
        error=masked(asked, fault.cause),
        mend=masked(asked, fault.mend),
        next_poll_at=_next(listing, answer, now, old.failures + 1),
    )


def _next(listing: ListSettings, answer: Answer, now: datetime, failures: int) -> datetime | None:
    """When an address is asked again; a file is looked at in every cycle."""
    if listing.file is not None:
        return None
    return next_poll_at(name=state_name(listing), interval=listing.interval, now=now, answer=answer, failures=failures)


def _listed(
    context: Context, listing: ListSettings, found: Sequence[opml.OpmlSource], known: tuple[Listed, ...]
) -> tuple[tuple[Listed, ...], list[Finding]]:
    """The sources of a list as it is now, under the names that they had; those that left it; what is refused."""
    names = {each.url: each.name for each in known}
    taken = {name.casefold() for name in (*names.values(), *context.names)}
    listed: list[Listed] = []
    refused: list[Finding] = []
    for number, each in enumerate(found):
        refusal = _refusal(each.url) if number < _MOST else (f"it is one of more than {_MOST}", "split the list")
        if refusal:
            refused.append(
                Finding(
                    FindingKind.SKIPPED, listing.shown_place, each.line, f"{each.url[:200]}: {refusal[0]}", refusal[1]
                )
            )
            continue
        name = names.get(each.url) or _free(f"{listing.name}: {_called(each)}", taken)
        taken.add(name.casefold())
        listed.append(Listed(name, each.url, each.title, each.categories, each.tags))
    here = {each.url for each in listed}
    left = (replace(each, is_on_list=False) for each in known if each.url not in here)
    return (*listed, *left), refused


def _refusal(url: str) -> tuple[str, str] | None:
    try:
        values.web_url(url)
    except values.BadValueError as bad:
        return bad.cause, bad.mend
    return None


def _called(source: opml.OpmlSource) -> str:
    from finews_feeds.cycle.sources import name_for

    return name_for(source.url, source.title)


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name.casefold() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
