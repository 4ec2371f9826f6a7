"""The addresses that stand inside other addresses, in plain sight or in code; nobody is asked."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from urllib.parse import quote

from finews_feeds.normalize.url_syntax import percent_decoded

_SCHEME = re.compile(r"https?(?::|%3A)", re.IGNORECASE).match
_DOUBLY_ENCODED = re.compile(r"https?%3A", re.IGNORECASE).match


def percent(target: str, *, whole: bool) -> str:
    """The target, percent-decoded; in a path or a whole query (`whole`) only where its own "://" is encoded.

    There it stands as it is: what is encoded in it is encoded in the target too. A host without a scheme gets one.
    """
    if whole and not _DOUBLY_ENCODED(target):
        return target if _SCHEME(target) else f"http://{target}"
    return percent_decoded(target)


def google_news(target: str, *, whole: bool) -> str:
    """The article's URL in the Base64 of a Google News link of before 2024; "" in those of later years.

    The bytes are a protocol buffer: field 1 is 19, field 4 the URL with its length before it.
    """
    del whole
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


DECODERS: dict[str, Callable[..., str]] = {"percent": percent, "google-news": google_news}
