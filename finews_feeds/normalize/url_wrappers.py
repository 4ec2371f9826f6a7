"""The addresses that stand inside other addresses, in plain sight or in code; nobody is asked."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from urllib.parse import quote

from finews_feeds.normalize.url_syntax import percent_decoded

_SCHEME = re.compile(r"https?:", re.IGNORECASE).match
_ENCODED_SCHEME = re.compile(r"https?%3A", re.IGNORECASE).match


def has_scheme(target: str) -> bool:
    """Whether this begins as http URLs do."""
    return _SCHEME(target) is not None


def in_param(target: str, query: str) -> str:
    """The value of a parameter, percent-decoded."""
    del query
    return percent_decoded(target)


def in_path(target: str, query: str) -> str:
    """What stands in a path, with the query that follows it; a host without a scheme gets one.

    It is decoded only where its own "://" is encoded: else what is encoded in it is encoded in the target too.
    """
    if _ENCODED_SCHEME(target):
        return percent_decoded(target)
    address = target if has_scheme(target) else f"http://{target}"
    return f"{address}?{query}" if query else address


def google_news(target: str, query: str) -> str:
    """The article's URL in the Base64 of a Google News link of before 2024; "" in those of later years.

    The bytes are a protocol buffer: field 1 is 19, field 4 the URL with its length before it.
    """
    del query
    try:
        message = urlsafe_b64decode(target + "=" * (-len(target) % 4))
    except ValueError:
        return ""
    if not message.startswith(b"\x08\x13\x22") or len(message) < 5:
        return ""
    length, start = message[3], 4
    if length > 127:
        length, start = (length & 127) + (message[4] << 7), 5
    url = message[start : start + length]
    # Later links hold a token here, not a URL; one that is cut off is worse than none.
    return quote(url, safe="/:?&=#%+,;@!$'()*~") if len(url) == length else ""


Decoder = Callable[[str, str], str]

#: What `decode` in a rule may say, and the two ways that stand for none: where the target is found, and its query.
DECODERS: dict[str, Decoder] = {"param": in_param, "path": in_path, "google-news": google_news}
