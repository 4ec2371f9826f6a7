"""The polled sources as `sources.opml` shows them: from the config and from what their last answers said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from finews_feeds.cycle.shown import masked, shown_address
from finews_feeds.model import SourceState
from finews_feeds.publish.listings import SourceListing
from finews_feeds.settings import FeedSourceSettings
from finews_feeds.sources.local_file import is_file

if TYPE_CHECKING:
    from finews_feeds.cycle.context import Context

#: Of a source that the operator has switched off; its state is what it was then.
_DISABLED = "disabled"


def source_listings(context: Context) -> list[SourceListing]:
    """The sources by name: the order of the config means nothing to anybody else. Nobody can subscribe to a file."""
    sources = sorted((each for each in context.settings.sources if not is_file(each.url)), key=lambda each: each.name)
    return [_listing(each, context.states.get(each.name) or SourceState(each.name)) for each in sources]


def _listing(source: FeedSourceSettings, state: SourceState) -> SourceListing:
    return SourceListing(
        title=source.title or state.feed.title or source.name,
        url=_without_login(masked(source, source.shown_url or source.url)),
        site_url=_without_login(shown_address(source, state.feed.site_url)),
        categories=source.categories,
        tags=source.tags,
        state=str(state.condition) if source.enabled else _DISABLED,
        failing_since=state.failing_since,
        last_ok_at=_before_failing(state),
        newest_entry=next((at.astimezone(UTC).date() for at in state.entry_times), None),
        moved_to=_without_login(shown_address(source, state.asked_url)),
    )


def _before_failing(state: SourceState) -> datetime | None:
    """When it last answered; of a source that is well that would be another instant at every poll."""
    return state.last_ok_at if state.failing_since else None


def _without_login(url: str) -> str:
    """A login typed into an address is for the operator's eyes, and this list is for everybody's."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url
