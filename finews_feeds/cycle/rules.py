"""The rules for canonical URLs that a cycle goes by: the operator's on top of the shipped ones.

What stands for them is found without reading them as rules; that is done only where a URL comes by, or they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import digest_of
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.normalize import version
from finews_feeds.settings import RuleText

if TYPE_CHECKING:
    from finews_feeds.normalize.urls import Canonicalizer


def digest_of_rules(rules: Sequence[RuleText]) -> str:
    """Stands for everything that decides which canonical URL a URL has; where the files lie does not."""
    return digest_of((version.CANONICAL, version.shipped_rules(), [each.text for each in rules]))


@lru_cache(maxsize=8)
def canonicalizer(rules: tuple[RuleText, ...]) -> Canonicalizer:
    """Canonical URLs by the shipped rules and these; ConfigError with every fault of these."""
    from finews_feeds.normalize.urls import Canonicalizer

    return Canonicalizer.with_rules(rules) if rules else Canonicalizer.shipped()


def identity_key(rules: tuple[RuleText, ...]) -> Callable[[str], str]:
    """Gives a URL's canonical URL where it may be a key: the home page of a site is nobody's alone (DESIGN §4)."""
    from finews_feeds.normalize.urls import is_home_page

    canonical = canonicalizer(rules).canonical

    def key(url: str) -> str:
        found = canonical(url)
        return "" if is_home_page(found) else found

    return key


def rule_faults(rules: tuple[RuleText, ...]) -> tuple[Fault, ...]:
    """Everything that is wrong with the operator's rules, their examples among it."""
    try:
        canonicalizer(rules)
    except ConfigError as error:
        return error.faults
    return ()
