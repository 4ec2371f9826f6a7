"""Servers that asked not to be asked for a while, and the sources that this holds for beside the one that was told.

`http.retry_after_scope`, or a source's own, says how far a Retry-After reaches. By default it is the feed's alone: one
sick route of a server of many people's feeds is no reason to leave the others (FIELD §2.6 has both complaints).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.moves import asked_url
from finews_feeds.model import Answer, SourceState
from finews_feeds.settings import FeedSourceSettings, RetryScope
from finews_feeds.sources.freshness import put_off_until
from finews_feeds.sources.scopes import scope_of


@dataclass
class Holds:
    """What servers asked for in this cycle."""

    context: Context
    #: (scope, whom it holds for) -> until when.
    until: dict[tuple[RetryScope, str], datetime] = field(default_factory=dict)
    #: The name of a source that was told so -> whom it holds for.
    told: dict[str, tuple[RetryScope, str]] = field(default_factory=dict)

    def note(self, source: FeedSourceSettings, answer: Answer) -> None:
        """Takes in what a server asks for as soon as it has answered: from then on `may_ask` knows it."""
        scope = source.retry_after_scope or self.context.settings.http.retry_after_scope
        at = put_off_until(answer, self.context.now)
        here = asked_url(source, self.context.states.get(source.name)) if answer.redirects else answer.url
        key = scope, scope_of(here, scope)
        if at is not None and key[1]:
            self.until[key] = max(at, self.until.get(key, at))
            self.told[source.name] = key

    def may_ask(self, source: FeedSourceSettings) -> bool:
        """Whether nobody asked in this cycle to leave this source alone."""
        url = asked_url(source, self.context.states.get(source.name))
        return not any(scope_of(url, scope) == whom for scope, whom in self.until)

    def later(self, told: FeedSourceSettings) -> Iterator[SourceState]:
        """The states of all other sources that are to be asked later for what this one was told."""
        if told.name not in self.told:
            return
        scope, whom = key = self.told[told.name]
        for each in self.context.settings.sources:
            state = self.context.states.get(each.name) or SourceState(each.name, each.shown_url)
            due = state.next_poll_at or self.context.now
            is_asked = state.next_poll_at is not None or state.last_poll_at is None
            is_sooner = each.name != told.name and is_asked and due < self.until[key]
            if is_sooner and scope_of(asked_url(each, state), scope) == whom:
                yield replace(state, next_poll_at=self.until[key])
