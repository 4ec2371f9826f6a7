"""What an answer's header fields say of time: how long it stays fresh, and when to come again.

Pure readers of RFC 9111 §4.2 and RFC 9110 §10.2.3. Nothing here decides; `freshness` does.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from finews_feeds.model import Headers
from finews_feeds.sources.validators import header

#: What "a delta-seconds value greater than the greatest integer it can represent" is taken for (RFC 9111 §1.2.2).
_LONGEST_SECONDS = 2**31

_DIRECTIVE = re.compile(r'\s*([!#$%&\'*+\-.^_`|~\w]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?[^,]*')


def freshness_lifetime(headers: Headers, now: datetime) -> timedelta | None:
    """How long from `now` the answer may be used without asking again; None where it does not say.

    Zero for what has expired already. We are a private cache: max-age and Expires count, s-maxage does not
    (RFC 9111 §4.2.1). Under no-store or no-cache nothing may be kept unasked, so no lifetime is given. The time spent
    in caches on the way (Age) is taken off. The answer's own Date is not compared with our clock: one of the two that
    goes wrong would turn every lifetime into nothing.
    """
    directives = _cache_control(headers)
    if "no-store" in directives or "no-cache" in directives:
        return None
    if "max-age" in directives:
        lifetime = delta_seconds(directives["max-age"]) or timedelta(0)
    elif (expires := header(headers, "expires")) is not None:
        lifetime = _until(expires, header(headers, "date"), now)
    else:
        return None
    age = delta_seconds(header(headers, "age") or "") or timedelta(0)
    return max(lifetime - age, timedelta(0))


def retry_after(headers: Headers, now: datetime) -> datetime | None:
    """The instant before which the server asks us not to come again (RFC 9110 §10.2.3); None where it names none.

    Both forms are read: seconds from `now`, and a date. An instant that has passed is given as `now`; of several
    fields (a redirect's and the final answer's) the latest instant.
    """
    return max((at for name, value in headers if name == "retry-after" and (at := _instant(value, now))), default=None)


def _instant(value: str, now: datetime) -> datetime | None:
    delay = delta_seconds(value)
    if delay is not None:
        return now + delay
    at = http_date(value)
    return None if at is None else max(at, now)


def delta_seconds(value: str) -> timedelta | None:
    """Whole seconds as a span (RFC 9111 §1.2.2), absurd ones cut to 68 years; None for anything else."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    significant = digits.lstrip("0") or "0"
    return timedelta(seconds=_LONGEST_SECONDS if len(significant) > 10 else min(int(significant), _LONGEST_SECONDS))


def http_date(value: str) -> datetime | None:
    """An HTTP-date in any of its three forms (RFC 9110 §5.6.7), in UTC; None for anything else."""
    try:
        read = parsedate_to_datetime(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _until(expires: str, date: str | None, now: datetime) -> timedelta:
    """Expires less Date (RFC 9111 §4.2.1); an Expires that is no date, "0" above all, has passed (§5.3)."""
    until = http_date(expires)
    since = http_date(date or "") or now
    return timedelta(0) if until is None else max(until - since, timedelta(0))


def _cache_control(headers: Headers) -> dict[str, str]:
    """Directives in lower case with their arguments, quoted or not; of a repeated one the first (RFC 9111 §4.2.1)."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == "cache-control":
            for match in _DIRECTIVE.finditer(value):
                directive, quoted, token = match.groups()
                found.setdefault(directive.lower(), quoted if quoted is not None else token or "")
    return found
