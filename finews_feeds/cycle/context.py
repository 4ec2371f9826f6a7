"""What the stages of a cycle share: the settings, the store, the site, the instant, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from finews_feeds import __version__
from finews_feeds.cycle.report import Report
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Carrier, Sighting, SourceFeed, SourceState
from finews_feeds.normalize import version
from finews_feeds.settings import FeedSourceSettings, NaiveDates, PostsSettings, Settings
from finews_feeds.store import Store

if TYPE_CHECKING:
    from finews_feeds.publish.query import Query
    from finews_feeds.publish.site import Site

#: (stage, done, of how many): called often; whoever shows it decides how often to show.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked of this cycle beyond the config."""

    offline: bool = False
    force: bool = False
    full: bool = False
    dry_run: bool = False
    #: Another cycle follows by itself: what seems half written can wait for it.
    again: bool = False
    #: Asked now and then: whether the cycle is to end early, leaving the rest to the next one.
    stopped: Callable[[], bool] = lambda: False
    #: Asked while other people's servers are waited for: whether posts were written since it was last asked.
    posts_written: Callable[[], bool] = lambda: False


def parse_queries(settings: Settings) -> dict[str, Query]:
    """All query feeds by name; ConfigError with every query that cannot be read, each with its column.

    The other rules of the config that only a room can judge are judged here as well, so that all faults come at once.
    """
    queries: dict[str, Query] = {}
    faults = _rule_faults(settings) if _has_rules(settings) else []
    for each in settings.feeds:
        from finews_feeds.publish.query import parse

        try:
            queries[each.name] = parse(each.query, settings.site.timezone)
        except ConfigError as error:
            place = f"{settings.file}: feeds.{each.name}"
            faults += [replace(fault, place=f"{place}.{fault.place}") for fault in error.faults]
    if faults:
        raise ConfigError(*faults)
    return queries


def _has_rules(settings: Settings) -> bool:
    rows: list[PostsSettings | FeedSourceSettings] = [*settings.posts, *settings.sources]
    return any(each.strip or each.alias for each in rows)


def _rule_faults(settings: Settings) -> list[Fault]:
    from finews_feeds.cycle.carriers import rule_faults

    return rule_faults(settings)


@dataclass
class Context:
    """One cycle's surroundings. `now` is read once, so that everything in a cycle happens at one instant."""

    settings: Settings
    #: The query feeds by name.
    queries: Mapping[str, Query]
    store: Store
    site: Site
    now: datetime
    options: Options
    progress: Progress
    report: Report
    states: dict[str, SourceState] = field(default_factory=dict)

    def set_sources(self, sources: tuple[FeedSourceSettings, ...]) -> None:
        """Has other sources for the rest of the cycle."""
        self.settings = replace(self.settings, sources=sources)
        self.__dict__.pop("names", None)

    def carriers(self, only: Container[str] | None = None) -> dict[str, Carrier]:
        """All configured sources, or some of them, as the merge sees them: by the config and by their documents."""
        from finews_feeds.cycle.carriers import posts_carrier, source_carrier

        found = {each.name: posts_carrier(each) for each in self.settings.posts}
        for each in self.settings.sources:
            if only is not None and each.name not in only:
                continue
            state = self.states.get(each.name)
            found[each.name] = source_carrier(each, state.feed if state else SourceFeed())
        return found

    def must_wait(self, sighting: Sighting) -> bool:
        """Whether this is a post dated in the future: it is shown from that instant on."""
        return sighting.is_post and sighting.published_at is not None and sighting.published_at > self.now

    def is_live(self, sighting: Sighting) -> bool:
        """Whether a sighting puts its entry into feeds now: it stands, its source is configured, its time has come."""
        return sighting.gone_at is None and sighting.source in self.names and not self.must_wait(sighting)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all configured sources; what others said before they were taken out is no longer shown."""
        return frozenset([*(each.name for each in self.settings.posts), *(each.name for each in self.settings.sources)])

    def digest_of_meaning(self) -> str:
        """Stands for everything in the config that decides which entries there are and where they stand.

        The site's url and `since` are in every id that is yet to be minted; terms, ranks and titles come from here.
        """
        site = self.settings.site
        told = (version.MERGING, site.url, site.since, self.settings.posts, self.settings.sources, self.settings.feeds)
        return digest_of((*told, self.settings.near) if self.settings.near.is_on else told)

    def digest_of_rendering(self) -> str:
        """Stands for everything in the config that decides how feeds look."""
        styles = [each.id_style for each in self.settings.posts]
        return digest_of((__version__, self.settings.site, self.settings.output, styles))


def digest_of(told: object) -> str:
    """Stands for a value made of plain values and dataclasses, which print all their fields, in order."""
    return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def date_reader(
    settings: Settings, own: PostsSettings | FeedSourceSettings, zone: ZoneInfo | None = None
) -> Callable[[str], datetime | None]:
    """Reads dates as one source means them: its own time zone, else the one of its site (`zone`), else the site's."""
    from finews_feeds.normalize.dates import parse_instant

    timezone = own.timezone or zone or settings.site.timezone
    naive: NaiveDates = own.naive_dates or settings.site.naive_dates
    return lambda raw: parse_instant(raw, timezone, naive)
