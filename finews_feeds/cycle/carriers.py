"""Sources as the merge sees them: who each is, how much it weighs, and what the operator makes of what it says."""

from __future__ import annotations

from urllib.parse import urlsplit

from finews_feeds.errors import Fault
from finews_feeds.model import Carrier, Hand, SourceFeed, Term, TermKind
from finews_feeds.normalize.hand import faults
from finews_feeds.normalize.terms import term, union
from finews_feeds.settings import FeedSourceSettings, PostsSettings, Settings
from finews_feeds.sources.local_file import is_file


def rule_faults(settings: Settings) -> list[Fault]:
    """What is wrong with the `strip` and `alias` rules of posts folders and sources."""
    found = []
    for table, rows in (("posts", settings.posts), ("sources", settings.sources)):
        for row in rows:
            hand = _hand(row)
            place = f"{settings.file}: {table}.{row.name}"
            found += [Fault(f"{place}.{key}", cause, mend) for key, cause, mend in faults(hand)] if hand else []
    return found


def posts_carrier(settings: PostsSettings) -> Carrier:
    """A posts folder as the merge sees it."""
    return Carrier(
        name=settings.name,
        is_posts=True,
        rank=settings.rank,
        title=settings.title or settings.name,
        rights=settings.rights,
        terms=_given_terms(settings),
        hand=_hand(settings),
        license=settings.license,
    )


def source_carrier(settings: FeedSourceSettings, feed: SourceFeed) -> Carrier:
    """A polled source as the merge sees it; an address that holds a secret, or is a path, is never shown."""
    has_secret = settings.url != settings.shown_url or bool(urlsplit(settings.url).username)
    may_be_shown = not has_secret and not is_file(settings.url)
    feed_url = feed.self_url or (settings.url if may_be_shown else "")
    return Carrier(
        name=settings.name,
        is_posts=False,
        rank=settings.rank,
        title=settings.title or feed.title or settings.name,
        feed_id=feed.feed_id,
        feed_url=feed_url,
        site_url=feed.site_url,
        authors=feed.authors,
        rights=settings.rights or feed.rights,
        terms=_given_terms(settings),
        hand=_hand(settings),
        license=settings.license,
    )


def _hand(settings: PostsSettings | FeedSourceSettings) -> Hand | None:
    hand = Hand(settings.strip, settings.content, settings.alias, settings.drop)
    return None if hand == Hand() else hand


def _given_terms(settings: PostsSettings | FeedSourceSettings) -> tuple[Term, ...]:
    categories = (term(TermKind.CATEGORY, label) for label in settings.categories)
    tags = (term(TermKind.TAG, label) for label in settings.tags)
    return union(each for each in (*categories, *tags) if each is not None)
