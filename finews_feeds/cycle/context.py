"""What the stages of a cycle share: the settings, the store, the site, the instant, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from finews_feeds import __version__
from finews_feeds.cycle.report import Report
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Carrier, Sighting, SourceFeed, SourceState, Term, TermKind
from finews_feeds.normalize import merge
from finews_feeds.normalize.terms import term, union
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
    #: Asked now and then: whether the cycle is to end early, leaving the rest to the next one.
    stopped: Callable[[], bool] = lambda: False


def parse_queries(settings: Settings) -> dict[str, Query]:
    """All query feeds by name; ConfigError with every query that cannot be read, each with its column."""
    if not settings.feeds:
        return {}
    from finews_feeds.publish.query import parse

    queries: dict[str, Query] = {}
    faults: list[Fault] = []
    for each in settings.feeds:
        try:
            queries[each.name] = parse(each.query, settings.site.timezone)
        except ConfigError as error:
            place = f"{settings.file}: feeds.{each.name}"
            faults += [replace(fault, place=f"{place}.{fault.place}") for fault in error.faults]
    if faults:
        raise ConfigError(*faults)
    return queries


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

    def carriers(self) -> dict[str, Carrier]:
        """All configured sources as the merge sees them, from the config and from what their documents say."""
        found = {each.name: posts_carrier(each) for each in self.settings.posts}
        for each in self.settings.sources:
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
        told = (merge.VERSION, site.url, site.since, self.settings.posts, self.settings.sources, self.settings.feeds)
        return _digest(told)

    def digest_of_rendering(self) -> str:
        """Stands for everything in the config that decides how feeds look."""
        return _digest((__version__, self.settings.site, self.settings.output))


def _digest(told: object) -> str:
    # dataclasses print all their fields, in order
    return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def posts_carrier(settings: PostsSettings) -> Carrier:
    """A posts folder as the merge sees it."""
    return Carrier(settings.name, True, settings.rank, settings.title or settings.name, terms=_given_terms(settings))


def source_carrier(settings: FeedSourceSettings, feed: SourceFeed) -> Carrier:
    """A polled source as the merge sees it; an address that holds a secret is never shown."""
    has_secret = settings.url != settings.shown_url or bool(urlsplit(settings.url).username)
    feed_url = feed.self_url or ("" if has_secret else settings.url)
    return Carrier(
        name=settings.name,
        is_posts=False,
        rank=settings.rank,
        title=settings.title or feed.title or settings.name,
        feed_id=feed.feed_id,
        feed_url=feed_url,
        site_url=feed.site_url,
        authors=feed.authors,
        rights=feed.rights,
        terms=_given_terms(settings),
    )


def _given_terms(settings: PostsSettings | FeedSourceSettings) -> tuple[Term, ...]:
    categories = (term(TermKind.CATEGORY, label) for label in settings.categories)
    tags = (term(TermKind.TAG, label) for label in settings.tags)
    return union(each for each in (*categories, *tags) if each is not None)


def date_reader(
    settings: Settings, own: PostsSettings | FeedSourceSettings, zone: ZoneInfo | None = None
) -> Callable[[str], datetime | None]:
    """Reads dates as one source means them: its own time zone, else the one of its site (`zone`), else the site's."""
    from finews_feeds.normalize.dates import parse_instant

    timezone = own.timezone or zone or settings.site.timezone
    naive: NaiveDates = own.naive_dates or settings.site.naive_dates
    return lambda raw: parse_instant(raw, timezone, naive)


#: A poll is one second early at most: what is due within the tick is due.
TICK = timedelta(seconds=1)
