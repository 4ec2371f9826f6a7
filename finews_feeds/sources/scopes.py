"""Whom a Retry-After holds for: the feed that got it, all feeds of its host, or of its registrable domain."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from finews_feeds.sources.addresses import literal_address

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def scope_of(url: str, scope: Literal["feed", "host", "domain"]) -> str:
    """What all URLs have in common that a Retry-After for `url` holds for; "" where it is the feed alone.

    A host counts with its port (RFC 9110 §4.3.1: another port may be another's server), a domain without. What has no
    registrable domain, such as an address or "localhost", stands for itself.
    """
    if scope == "feed":
        return ""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return ""
    if scope == "host":
        return f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"
    return host if literal_address(host) else _registrable(host)


@lru_cache(maxsize=1024)
def _registrable(host: str) -> str:
    """By the Public Suffix List: news.example.co.uk belongs to example.co.uk."""
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    # loaded only where the config asks for domains: the list has 10,000 lines
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
