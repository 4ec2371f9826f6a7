"""What only a room can say of a value of the config: whether a query, a rule or a store's address can be used.

`config` knows no room; it is handed this judge, so that these faults are reported together with all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from finews_feeds.errors import ConfigError
from finews_feeds.model import Hand
from finews_feeds.settings import RuleText, Theme


def judge(table: str, key: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """The faults of one value that `config` has read: cause, mend, and where in the value, or ""."""
    if (table, key) == ("feeds", "query"):
        yield from _query(value)
    elif (table, key) == ("store", "url"):
        yield from _store_url(value)
    elif (table, key) == ("urls", "texts"):
        yield from _rules(value)
    elif (table, key) == ("output", "files"):
        yield from _theme(value)
    elif key == "strip" and value:
        yield from _hand(Hand(strip=value))
    elif key == "alias" and value:
        yield from _hand(Hand(alias=value))


def _query(query: str) -> Iterator[tuple[str, str, str]]:
    from finews_feeds.publish.query import parse

    try:
        # which time zone its dates are in decides what it finds, not whether it can be read
        parse(query, UTC)
    except ConfigError as error:
        yield from ((fault.cause, fault.mend, fault.place) for fault in error.faults)


def _store_url(url: str) -> Iterator[tuple[str, str, str]]:
    from finews_feeds.store import url_fault

    found = url_fault(url)
    if found:
        yield (*found, "")


def _rules(texts: tuple[RuleText, ...]) -> Iterator[tuple[str, str, str]]:
    from finews_feeds.cycle.rules import rule_faults

    yield from ((fault.cause, fault.mend, fault.place) for fault in rule_faults(texts))


def _theme(theme: Theme) -> Iterator[tuple[str, str, str]]:
    from finews_feeds.cycle.themes import theme_faults

    yield from ((fault.cause, fault.mend, fault.place) for fault in theme_faults(theme))


def _hand(hand: Hand) -> Iterator[tuple[str, str, str]]:
    from finews_feeds.normalize.hand import faults

    yield from ((cause, mend, "") for _, cause, mend in faults(hand))
