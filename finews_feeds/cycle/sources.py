"""Finding, pausing and carrying over sources: what `finews-feeds sources` does beside reading the config."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from finews_feeds import __version__
from finews_feeds.cycle.lock import lock_file, one_at_a_time
from finews_feeds.errors import ConfigError, Fault, FetchError, ParseError
from finews_feeds.model import Answer, Failed, Representation, SourceCondition, SourceState, Validators
from finews_feeds.settings import FeedSourceSettings, Settings
from finews_feeds.sources import discover, feed, opml
from finews_feeds.sources.http import Fetcher
from finews_feeds.store import open_store


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was asked and read: its address, its title, how many entries it has now."""

    url: str
    title: str
    entries: int


def find_feed(settings: Settings, url: str) -> Found:
    """The feed at `url`, or the one that the page there names, or one at a usual place beside it.

    Raises FetchError where nothing answers, or where no feed can be found.
    """
    return asyncio.run(_find(settings, url))


async def _find(settings: Settings, url: str) -> Found:
    async with Fetcher(settings.http, __version__, len(settings.sources)) as fetcher:
        answer = await fetcher.fetch(url, Validators())
        if not isinstance(answer, Representation):
            raise FetchError(_fault(url, answer))
        found = _read(answer)
        if found:
            return found
        named = [link.href for link in discover.feed_links(answer.body, answer.headers, answer.url)]
        for candidate in dict.fromkeys((*named, *discover.usual_paths(answer.url))):
            tried = await fetcher.fetch(candidate, Validators())
            found = _read(tried) if isinstance(tried, Representation) else None
            if found:
                return found
    raise FetchError(Fault(url, "it is no feed, and names none", "give the address of the feed itself"))


def _fault(url: str, answer: Answer) -> Fault:
    if isinstance(answer, Failed):
        return Fault(url, answer.error, answer.mend)
    return Fault(url, "the server says that it is gone for good (410)", "look for its new address")


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
    return " ".join(title.split())[:60].strip() or urlsplit(url).hostname or url


def read_opml(settings: Settings, data: bytes, place: str) -> list[dict[str, object]]:
    """The sources of an OPML document that the config does not have yet, as rows for it.

    ConfigError where it is no OPML.
    """
    known = {each.url for each in settings.sources}
    rows: list[dict[str, object]] = []
    names: list[str] = []
    for each in opml.parse(data, place):
        if each.url in known:
            continue
        known.add(each.url)
        name = free_name(settings, name_for(each.url, each.title), names)
        names.append(name)
        rows.append({"name": name, "url": each.url, "categories": list(each.categories)})
    return rows


def write_opml(settings: Settings) -> bytes:
    """All configured sources as OPML 2.0, addresses as the config spells them: no secret is filled in."""
    sources = [
        opml.OpmlSource(url=each.shown_url, title=each.title or each.name, categories=each.categories)
        for each in settings.sources
    ]
    return opml.render(sources, settings.site.title)


def set_paused(settings: Settings, name: str, paused: bool, now: datetime, waiting: Callable[[], None]) -> SourceState:
    """Pauses or resumes a source; resumed, it is due at once. ConfigError where there is no source of that name."""
    source = next((each for each in settings.sources if each.name == name), None)
    if source is None:
        place = f"{settings.file}: sources"
        raise ConfigError(Fault(place, f"there is no source {name!r}", "look at `finews-feeds sources list`"))
    with one_at_a_time(lock_file(settings), waiting):
        store = open_store(settings.store_url, settings.file.absolute().parent)
        try:
            state = _paused(source, store.source_states().get(name), paused, now)
            with store.transaction() as tx:
                tx.put_source_state(state)
            return state
        finally:
            store.close()


def _paused(source: FeedSourceSettings, old: SourceState | None, paused: bool, now: datetime) -> SourceState:
    state = old or SourceState(source.name, source.shown_url)
    if paused:
        return replace(state, condition=SourceCondition.PAUSED, next_poll_at=None)
    condition = (
        SourceCondition.FAILING if state.error else SourceCondition.OK if state.last_ok_at else SourceCondition.NEW
    )
    return replace(state, condition=condition, next_poll_at=now)
