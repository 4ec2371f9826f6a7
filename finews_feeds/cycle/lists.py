"""Lists of sources that others keep (`[[lists]]`): OPML that is read again, its sources coming and going with it.

What a list says is remembered, so that a list that cannot be read leaves everything as it was. A source keeps the name
that it had first, whatever the list calls it later: its feed's address is made of it. What left the list is asked no
more, and its entries stay; back on the list it is as it was. The config goes before every list, and an earlier list
before a later one, where both have the same address.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.report import FailedSource
from finews_feeds.model import SourceState
from finews_feeds.settings import FeedSourceSettings, ListSettings, Settings
from finews_feeds.store import Store
from finews_feeds.store.protocol import Transaction

#: Before the name of a list where its state stands among those of sources, whose names have no control characters.
_MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Listed:
    """A source as a list has it, or had it; `name` is ours, and for ever."""

    name: str
    url: str
    title: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_on_list: bool = True


class LivingLists:
    """The `[[lists]]` of the config, see `kinds.SourceKind`: read before the sources, which they may name."""

    is_local = False

    def is_due(self, context: Context) -> bool:
        """Whether any list is to be read in this cycle."""
        return bool(due_lists(context))

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Reads the lists that are due; what they name from then on are sources of this very cycle."""
        due = due_lists(context)
        if due:
            from finews_feeds.cycle.list_reading import read_lists

            read_lists(context, due)
        for each in context.settings.lists:
            _report(context, each)


def due_lists(context: Context) -> list[ListSettings]:
    """The lists to read in this cycle: files that are not what they were, and addresses that are due."""
    return [each for each in context.settings.lists if each.enabled and _is_due(context, each)]


def _is_due(context: Context, listing: ListSettings) -> bool:
    state = context.states.get(state_name(listing))
    if listing.file is not None:
        return state is None or state.url != listing.shown_place or _has_changed(listing.file, state)
    if context.options.offline:
        return False
    if state is None or state.url != listing.shown_place or context.options.force:
        return True
    return state.next_poll_at is None or state.next_poll_at <= context.now


def _has_changed(file: Path, state: SourceState) -> bool:
    """Whether a file has other bytes than those that were read; what could not be read is tried each time."""
    try:
        return bool(state.error) or sha256(file.read_bytes()).hexdigest() != state.body_digest
    except OSError:
        return True


def _report(context: Context, listing: ListSettings) -> None:
    state = context.states.get(state_name(listing))
    if state is None or not listing.enabled:
        return
    if state.next_poll_at is not None and listing.file is None:
        context.report.due(state.next_poll_at)
    if state.error:
        failed = FailedSource(listing.name, listing.shown_place, state.error, state.mend, state.next_poll_at)
        is_fresh = state.last_poll_at == context.now
        context.report.sources_failed.append(replace(failed, is_fresh=is_fresh))


def state_name(listing: ListSettings) -> str:
    """Under which name the store keeps how a list is doing."""
    return _MARK + listing.name


def state_of(listing: ListSettings, states: dict[str, SourceState]) -> SourceState:
    """How a list is doing; a state under another address says nothing."""
    state = states.get(state_name(listing))
    if state is None or state.url != listing.shown_place:
        return SourceState(state_name(listing), listing.shown_place)
    return state


def with_listed(settings: Settings, store: Store) -> Settings:
    """The settings with the sources of all lists, as they were when last read, behind those of the config."""
    if not settings.lists:
        return settings
    urls = {url for each in settings.sources for url in (each.url, each.shown_url)}
    names = {each.name.casefold() for each in settings.posts} | {each.name.casefold() for each in settings.sources}
    found: list[FeedSourceSettings] = []
    for listing in settings.lists:
        for each in listed_by(store, listing):
            if each.url not in urls and each.name.casefold() not in names:
                found.append(_source(listing, each))
                names.add(each.name.casefold())
                if each.is_on_list:
                    urls.add(each.url)
    return replace(settings, sources=(*settings.sources, *found))


def _source(listing: ListSettings, listed: Listed) -> FeedSourceSettings:
    return FeedSourceSettings(
        name=listed.name,
        url=listed.url,
        shown_url=listed.url,
        categories=tuple(dict.fromkeys((*listing.categories, *listed.categories))),
        tags=tuple(dict.fromkeys((*listing.tags, *listed.tags))),
        enabled=listing.enabled and listed.is_on_list,
        listed_by=listing.name,
    )


def listed_by(store: Store, listing: ListSettings) -> tuple[Listed, ...]:
    """All sources that a list ever had, in the order of its last reading; those that left it come last."""
    return tuple(_rows(json.loads(store.meta(f"list {listing.name}") or "[]")))


def _rows(rows: list[dict[str, Any]]) -> Iterator[Listed]:
    for row in rows:
        yield Listed(**{**row, "categories": tuple(row["categories"]), "tags": tuple(row["tags"])})


def keep_listed(tx: Transaction, listing: ListSettings, listed: tuple[Listed, ...]) -> None:
    """Remembers the sources of a list."""
    rows = [
        {
            "name": each.name,
            "url": each.url,
            "title": each.title,
            "categories": each.categories,
            "tags": each.tags,
            "is_on_list": each.is_on_list,
        }
        for each in listed
    ]
    tx.put_meta(f"list {listing.name}", json.dumps(rows, ensure_ascii=False))
