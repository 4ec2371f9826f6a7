"""WebSub as a publisher: which hubs still have to be told of which feeds, and telling them.

Publishing notes what changed and goes on; hubs are told afterwards, by whoever ran the cycle. What a hub did not take
is kept and told again later, longer apart each time; so no hub ever holds up a feed, and none misses a change.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from finews_feeds import __version__
from finews_feeds.cycle.context import Context
from finews_feeds.errors import Fault
from finews_feeds.log import event
from finews_feeds.publish.slugs import address
from finews_feeds.settings import Settings
from finews_feeds.store import Store, open_store
from finews_feeds.store.protocol import Transaction

_META = "hubs"
#: Documents that are being written: told in any case where a run ends in between.
_WRITING = "hubs_writing"
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=1), timedelta(days=1)
_DEADLINE = timedelta(seconds=5)


@dataclass
class _Hub:
    """What one hub has yet to be told."""

    #: URL of a document -> the number of its change, so that one which comes while we speak is not taken for told.
    topics: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    #: Not before; in seconds since 1970.
    next_at: float = 0


class News:
    """The changes of one publishing, for hubs; where none is configured, nothing is noted."""

    def __init__(self, context: Context) -> None:
        self._site_url = context.settings.site.url
        self._hubs = context.settings.output.hubs
        self._store = context.store

    def begin(self, paths: Iterable[str]) -> None:
        """Notes which documents may change next: files are written before the note that they are published."""
        if self._hubs:
            with self._store.transaction() as tx:
                tx.put_meta(_WRITING, json.dumps(sorted(paths), ensure_ascii=False))

    def keep(self, tx: Transaction, paths: Iterable[str]) -> None:
        """Notes which documents did change, with the transaction that says that they are published."""
        if not self._hubs:
            return
        known = _hubs_of(self._store)
        number = int(self._store.meta("hubs_last") or "0") + 1
        topics = dict.fromkeys((address(self._site_url, path) for path in paths), number)
        for url in self._hubs:
            known.setdefault(url, _Hub()).topics.update(topics)
        _put(tx, {url: known[url] for url in self._hubs})
        tx.put_meta("hubs_last", str(number))
        tx.put_meta(_WRITING, "[]")

    def recover(self) -> None:
        """Counts as changed what a run that was ended may have written."""
        left = json.loads(self._store.meta(_WRITING) or "[]") if self._hubs else []
        if left:
            with self._store.transaction() as tx:
                self.keep(tx, left)


def tell_hubs(settings: Settings, clock: Callable[[], datetime]) -> tuple[list[Fault], datetime | None]:
    """Tells every hub that is due; gives what went wrong, and when the next attempt is due, None where none is.

    Raises StoreError where the store cannot be used; nothing that a hub does raises.
    """
    if not settings.output.hubs:
        return [], None
    with closing(open_store(settings.store_url, settings.file.absolute().parent)) as store:
        faults = [fault for url in settings.output.hubs if (fault := _tell(settings, store, url, clock))]
        waiting = [hub.next_at for hub in _hubs_of(store).values() if hub.topics]
    return faults, datetime.fromtimestamp(min(waiting), clock().tzinfo) if waiting else None


def _tell(settings: Settings, store: Store, url: str, clock: Callable[[], datetime]) -> Fault | None:
    hub = _hubs_of(store).get(url, _Hub())
    if not hub.topics or hub.next_at > clock().timestamp():
        return None
    # httpx takes a moment to load, and most cycles have nothing to tell
    from finews_feeds.publish.websub import AT_ONCE, tell_hub
    from finews_feeds.sources.http import user_agent

    name = user_agent(__version__, settings.http.contact, len(settings.sources))
    topics = sorted(hub.topics)
    for start in range(0, len(topics), AT_ONCE):
        batch = topics[start : start + AT_ONCE]
        error = tell_hub(url, batch, name, _DEADLINE)
        with store.transaction() as tx:
            next_at = _note(store, tx, url, {each: hub.topics[each] for each in batch}, error, clock())
        if error:
            event(logging.WARNING, "hub.failed", hub=url, error=error, next_at=next_at)
            mend = f"it is told again from {next_at.isoformat(timespec='seconds')}; feeds are published all the same"
            return Fault(url, error, mend)
    return None


def _note(store: Store, tx: Transaction, url: str, told: Mapping[str, int], error: str, now: datetime) -> datetime:
    """Records what came of telling a hub; gives when it may be told again."""
    known = _hubs_of(store)
    hub = known.setdefault(url, _Hub())
    if error:
        hub.failures += 1
        wait = min(_LAST_RETRY, _FIRST_RETRY * (1 << min(hub.failures - 1, 20)))
    else:
        hub.failures, wait = 0, timedelta(0)
        hub.topics = {topic: number for topic, number in hub.topics.items() if told.get(topic) != number}
    hub.next_at = (now + wait).timestamp()
    _put(tx, known)
    return now + wait


def _hubs_of(store: Store) -> dict[str, _Hub]:
    told: dict[str, dict[str, Any]] = json.loads(store.meta(_META) or "{}")
    return {url: _Hub(**each) for url, each in told.items()}


def _put(tx: Transaction, hubs: Mapping[str, _Hub]) -> None:
    rows = {url: {"topics": hub.topics, "failures": hub.failures, "next_at": hub.next_at} for url, hub in hubs.items()}
    tx.put_meta(_META, json.dumps(rows, ensure_ascii=False))
