"""What a request asks of a representation: whether it has it already, and in which coding it wants it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from operator import itemgetter

#: RFC 9110 §8.8.3: `entity-tag = [ weak ] opaque-tag`; a comma may stand inside the quotes.
_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")


def is_precondition_failed(
    etag: str, last_modified: int, if_match: str | None, if_unmodified_since: str | None
) -> bool:
    """Whether the answer to a GET or HEAD is 412: the client wants this very state and no other.

    These come before the conditions of a 304, and If-Match before the date (RFC 9110 §13.2.2); its comparison is the
    strong one (§13.1.1).
    """
    if if_match is not None:
        return if_match.strip() != "*" and ("", etag) not in _ENTITY_TAG.findall(if_match)
    if if_unmodified_since is None:
        return False
    since = _http_date(if_unmodified_since)
    return since is not None and last_modified > since.timestamp()


def is_not_modified(etag: str, last_modified: int, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the answer to a GET or HEAD is 304, in the order of RFC 9110 §13.2.2.

    `etag` is strong and quoted, `last_modified` in seconds since the epoch. "A recipient MUST ignore If-Modified-Since
    if the request contains an If-None-Match header field" (§13.1.3), even where that one is malformed.
    """
    if if_none_match is not None:
        # most send back the one tag that they have
        return if_none_match in (etag, "*") or _is_listed(etag, if_none_match)
    if if_modified_since is None:
        return False
    since = _http_date(if_modified_since)
    return since is not None and last_modified <= since.timestamp()


def _is_listed(etag: str, field: str) -> bool:
    """The weak comparison (§8.8.3.2)."""
    return field.strip() == "*" or any(tag == etag for _, tag in _ENTITY_TAG.findall(field))


def chosen_coding(accept_encoding: str | None, available: Sequence[str]) -> str:
    """Which of the available codings (best first) is wanted most (RFC 9110 §12.5.3); "" for none of them.

    None, too, where no coding at all is wanted more. Without the field any coding would do; we send none then, for a
    client that says nothing may be a simple one.
    """
    if accept_encoding is None or not available:
        return ""
    weights = _weights(accept_encoding)
    others = weights.get("*", 0.0)
    wanted = [(_weight_of(coding, weights, others), coding) for coding in available]
    best, coding = max(wanted, key=itemgetter(0))
    is_named = coding in weights or (coding == "gzip" and "x-gzip" in weights)
    identity = weights.get("identity", others if is_named else 0.0)
    return coding if best > 0 and best >= identity else ""


def _weight_of(coding: str, weights: dict[str, float], others: float) -> float:
    """`x-gzip` is gzip's other name (§8.4.1.3)."""
    return weights.get(coding, weights.get("x-gzip", others) if coding == "gzip" else others)


def _weights(field: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for member in field.lower().split(","):
        coding, _, parameter = (part.strip() for part in member.partition(";"))
        name, _, value = (part.strip() for part in parameter.partition("="))
        if not parameter:
            weights[coding] = 1.0
        elif name == "q" and _WEIGHT.match(value):
            weights[coding] = float(value)
    return weights


def _http_date(field: str) -> datetime | None:
    """An HTTP-date in any of its three forms (RFC 9110 §5.6.7), or None: an invalid one is ignored (§13.1.3)."""
    try:
        date = parsedate_to_datetime(field)
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
