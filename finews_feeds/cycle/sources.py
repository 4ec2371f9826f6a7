"""Finding, pausing and carrying over sources: what `finews-feeds sources` does beside reading the config."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from finews_feeds import __version__
from finews_feeds.config import values
from finews_feeds.cycle.judge import judge
from finews_feeds.cycle.lists import with_listed
from finews_feeds.cycle.lock import ask_for_cycle, lock_file, one_at_a_time
from finews_feeds.cycle.shown import masked, shown_address
from finews_feeds.errors import ConfigError, Fault, FetchError, ParseError
from finews_feeds.model import (
    Answer,
    Failed,
    Finding,
    FindingKind,
    Representation,
    SourceCondition,
    SourceState,
    Validators,
)
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import discover, feed, opml
from finews_feeds.sources.http import Fetcher
from finews_feeds.sources.redirects import bare
from finews_feeds.sources.robots import Robots
from finews_feeds.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was asked and read: its address as the config is to have it, its title, how many entries it has."""

    url: str
    title: str
    entries: int
    #: The addresses that the page named and that may not be taken.
    refused: tuple[Fault, ...] = ()


def find_feed(settings: Settings, url: str, typed: str = "") -> Found:
    """The feed at `url`, or the one that the page there names, or one at a usual place beside it.

    `typed` is the same address before anything was filled in: what may be shown, and written. Raises FetchError where
    nothing answers, or where no feed can be found; ConfigError where one is found that may not be written.
    """
    return asyncio.run(_find(settings, FeedSourceSettings("", url, typed or url)))


async def _find(settings: Settings, asked: FeedSourceSettings) -> Found:
    async with Fetcher(settings.http, __version__, len(settings.sources)) as fetcher:
        look_up = _LookUp(asked, fetcher, Robots(fetcher.fetch))
        return await look_up.found()


class _LookUp:
    """One look for a feed. A feed is asked whatever robots.txt says; a page, and a place that is guessed, are not."""

    def __init__(self, asked: FeedSourceSettings, fetcher: Fetcher, robots: Robots) -> None:
        self._asked, self._fetcher, self._robots = asked, fetcher, robots
        self._refused: list[Fault] = []

    async def found(self) -> Found:
        """See `find_feed`."""
        if not discover.looks_like_a_feed(self._asked.url):
            await self._allow(self._asked.url)
        answer = await self._fetcher.fetch(self._asked.url)
        if not isinstance(answer, Representation):
            raise FetchError(_fault(self._asked, answer))
        found = _read(answer)
        if found:
            return _taken(self._asked, found)
        await self._allow(answer.url)
        named = [link.href for link in discover.feed_links(answer.body, answer.headers, answer.url)]
        guessed = [each for each in discover.usual_paths(answer.url) if each not in named]
        found = await self._first(named, is_named=True) or await self._first(guessed, is_named=False)
        if found:
            return replace(_taken(self._asked, found), refused=tuple(self._refused))
        none = Fault(self._asked.shown_url, "it is no feed, and names none", "give the address of the feed itself")
        raise FetchError(*self._refused, none)

    async def _allow(self, page: str) -> None:
        """FetchError where robots.txt keeps us from a page."""
        fault = await self._robots.refusal(page)
        if fault:
            place = shown_address(self._asked, fault.place)
            raise FetchError(Fault(place, masked(self._asked, fault.cause), masked(self._asked, fault.mend)))

    async def _first(self, candidates: list[str], is_named: bool) -> Found | None:
        """The first of these addresses that is a feed."""
        for candidate in candidates:
            if not await self._may_ask(candidate, is_named):
                continue
            tried = await self._fetcher.fetch(candidate)
            found = _read(tried) if isinstance(tried, Representation) else None
            if found:
                return found
        return None

    async def _may_ask(self, candidate: str, is_named: bool) -> bool:
        refusal = _refusal(candidate)
        if refusal:
            self._refused.append(Fault(shown_address(self._asked, candidate), *refusal))
        fault = None if is_named or refusal else await self._robots.refusal(candidate)
        if fault:
            self._refused.append(
                Fault(shown_address(self._asked, candidate), masked(self._asked, fault.cause), fault.mend)
            )
        return refusal is None and fault is None


def _fault(asked: FeedSourceSettings, answer: Answer) -> Fault:
    if isinstance(answer, Failed):
        return Fault(asked.shown_url, masked(asked, answer.error), masked(asked, answer.mend))
    return Fault(asked.shown_url, "the server says that it is gone for good (410)", "look for its new address")


def _taken(asked: FeedSourceSettings, found: Found) -> Found:
    """What was found, under the address that was typed where it is that one; ConfigError where it may not be written.

    Any other address came from outside: it may neither name a secret nor hold one.
    """
    if found.url == bare(asked.url):
        return replace(found, url=asked.shown_url)
    refusal = _refusal(found.url)
    if not refusal and masked(asked, found.url) != found.url:
        refusal = "the feed is there, and a secret would be written out", "give the address of the feed itself"
    if refusal:
        raise ConfigError(Fault(shown_address(asked, found.url), *refusal))
    return found


def _refusal(url: str) -> tuple[str, str] | None:
    """Why an address that came from outside may not be written into the config, and the mend."""
    if "${" in url:
        cause = "it holds ${, by which the config would fill in what only the environment knows"
        return cause, "if that is meant, write it into the config by hand"
    try:
        values.web_url(url)
    except values.BadValueError as bad:
        return bad.cause, bad.mend
    return None


def _read(answer: Representation) -> Found | None:
    try:
        parsed = feed.parse(answer.body, answer.headers, answer.url)
    except ParseError:
        return None
    return Found(answer.url, parsed.feed.title, len(parsed.entries))


def free_name(settings: Settings, wanted: str, taken: Sequence[str] = ()) -> str:
    """`wanted`, or with a number behind it where a source, in any spelling of case, has that name."""
    used = {each.name.casefold() for each in settings.posts} | {each.name.casefold() for each in settings.sources}
    used |= {each.casefold() for each in taken}
    name, number = wanted, 2
    while name.casefold() in used:
        name, number = f"{wanted} {number}", number + 1
    return name


def name_for(url: str, title: str) -> str:
    """What to call a source: its title in one line, else its host."""
    return " ".join(values.CONTROLS.sub(" ", title).split())[:60].strip() or urlsplit(url).hostname or url


def read_opml(settings: Settings, data: bytes, place: str) -> tuple[list[dict[str, object]], list[Finding]]:
    """The sources of an OPML document that the config does not have yet, as rows for it; and what was not taken, or
    not as it stands, in the order of the document.

    ConfigError where it is no OPML.
    """
    known = {url: each.name for each in settings.sources for url in (each.url, each.shown_url)}
    rows: list[dict[str, object]] = []
    names: list[str] = []
    try:
        listed, odd = opml.parse(data, place)
    except ParseError as error:
        raise ConfigError(*error.faults) from error
    findings = list(odd)
    for each in listed:
        there = "it is in the config, as " + values.show(known[each.url]) if each.url in known else ""
        refusal = (there, "nothing to do") if there else _refusal(each.url)
        if refusal:
            findings.append(_left_out(each, place, *refusal))
            continue
        name = free_name(settings, name_for(each.url, each.title), names)
        names.append(name)
        rows.append({"name": name, "url": each.url, "categories": list(each.categories)})
    return rows, sorted(findings, key=lambda each: each.line)


def _left_out(source: opml.OpmlSource, place: str, cause: str, mend: str) -> Finding:
    url = values.CONTROLS.sub("", source.url)
    called = f"{values.show(source.title)} ({url})" if source.title else url
    return Finding(FindingKind.SKIPPED, place, source.line, f"{called}: {cause}", mend)


def write_opml(settings: Settings) -> bytes:
    """All sources, those of lists among them, as OPML 2.0; addresses as the config spells them, no secret filled in."""
    if settings.lists:
        with closing(open_store(settings.store_url, settings.file.absolute().parent)) as store:
            settings = with_listed(settings, store)
    sources = [
        opml.OpmlSource(url=each.shown_url, title=each.title or each.name, categories=each.categories)
        for each in settings.sources
        if each.enabled or not each.listed_by
    ]
    return opml.render(sources, settings.site.title)


def set_paused(settings: Settings, name: str, paused: bool, now: datetime, waiting: Callable[[], None]) -> SourceState:
    """Pauses or resumes a source; resumed, it is due at once, and what was held back of it is let in.

    One that was paused in quarantine is in quarantine again. ConfigError where there is no source of that name.
    """
    if not settings.lists:
        _source(settings, name)
    with _alone(settings, waiting) as store:
        source = _source(with_listed(settings, store), name)
        state = _paused(source, store.source_states().get(name), paused, now)
        with store.transaction() as tx:
            tx.put_source_state(state)
        ask_for_cycle(settings)
        return state


def remove(settings: Settings, name: str, waiting: Callable[[], None]) -> None:
    """Takes a source out of the config and forgets how it was doing, so that one added under its name begins anew.

    ConfigError where there is no source of that name, where it stands in a list, or where the file cannot be changed.
    """
    from finews_feeds.config.edit import remove_source

    if not settings.lists:
        _source(settings, name)
    # the store is at hand before the file is changed: where it cannot be used, nothing has happened
    with _alone(settings, waiting) as store:
        source = _source(with_listed(settings, store), name)
        if source.listed_by:
            cause = f"{name!r} stands in the list {source.listed_by!r}, not in the config"
            raise ConfigError(Fault(f"{settings.file}: sources", cause, "take it off that list, or pause it"))
        with store.transaction() as tx:
            remove_source(settings.file, name, judge)
            tx.delete_source_state(name)


def _source(settings: Settings, name: str) -> FeedSourceSettings:
    source = next((each for each in settings.sources if each.name == name), None)
    if source is None:
        place = f"{settings.file}: sources"
        raise ConfigError(Fault(place, f"there is no source {name!r}", "look at `finews-feeds sources list`"))
    return source


@contextmanager
def _alone(settings: Settings, waiting: Callable[[], None]) -> Iterator[Store]:
    """The store, while no cycle is under way."""
    with one_at_a_time(lock_file(settings), waiting):
        store = open_store(settings.store_url, settings.file.absolute().parent)
        try:
            yield store
        finally:
            store.close()


def _paused(source: FeedSourceSettings, old: SourceState | None, paused: bool, now: datetime) -> SourceState:
    state = old or SourceState(source.name, source.shown_url)
    if paused:
        return replace(state, condition=SourceCondition.PAUSED, next_poll_at=None)
    state = replace(state, next_poll_at=now)
    if state.condition in (SourceCondition.PAUSED, SourceCondition.GONE):
        return replace(state, condition=_condition(state))
    if state.quarantine is None:
        return state
    # asked without validators, the document comes again, and is let in
    state = replace(state, validators=Validators(), body_digest="", excused="any", quarantine=None)
    return state if state.failures else replace(state, condition=SourceCondition.OK, error="", mend="")


def _condition(state: SourceState) -> SourceCondition:
    """How a source was doing before it was paused."""
    if state.quarantine:
        return SourceCondition.QUARANTINED
    if state.error:
        return SourceCondition.FAILING
    return SourceCondition.OK if state.last_ok_at else SourceCondition.NEW
