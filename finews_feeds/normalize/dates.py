"""Instants from whatever a source or a post spells as a date, and one spelling for what we publish.

Rules
- A date is read whole or not at all: nothing is filled in from today, and an unknown word makes it unreadable (None).
- Year, month and day must be there; a time must have hour and minute. Without a time it is midnight where the date is
  read (`timezone`, or UTC for naive dates in UTC).
- A day that the month does not have rolls over, as Ruby's Time.parse has it: 2022-02-30 is 2 March. An impossible
  time (25:61) is no time, and then there is no date. 24:00 is the next midnight (ISO 8601), 23:59:60 the next minute.
- Which of two numbers is the month is never guessed: 05/06/2022 is unreadable, 24/05/2022 and 05/24/2022 are not. With
  dots the day comes first, as wherever dates have dots. Two-digit years: in RFC 822 dates as RFC 2822 §4.3 has them;
  of three numbers with hyphens the year is first, as in a post's file name.
- Local times that a clock skips are read with the offset before the change, and so come out an hour later; of those
  that it shows twice, the first is meant. So does Ruby (and PEP 495's fold=0).
- A zone's name is first what `timezone` itself is called then, so CST is China's in Asia/Shanghai; else what RFC 822 §5
  and common use say. Names that several zones share (IST) are unknown, and then the date is unreadable: an hour off is
  worse than none. Military letters mean UTC (RFC 2822 §4.3). Behind a time, the names of the tz database
  (Asia/Shanghai) and ET, CT, MT and PT are read; where an offset stands as well, it has the word.
- Not believable, and so None: all up to 1970-01-01T00:00Z, the zero of clocks that were never set, and the last days
  of the year 9999, which not every time zone can spell. Fractions are cut to microseconds.

python-dateutil, which feedgen brings along, is not used: it fills what is missing from today, guesses the order of day
and month, knows English only, and refuses 30 February.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from finews_feeds.settings import NaiveDates

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)

#: What nearly every post and Atom feed has, and the standard library reads at once: Ruby's spelling and RFC 3339's.
_COMMON = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d) ?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?", re.ASCII)
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?"
_OFFSET = r"(Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC?|GMT)?"
#: The same with all that RFC 3339, YAML timestamps and Ruby allow.
_ISO = re.compile(rf"\s*(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:(?:[ \t]+|T){_TIME}\s*{_OFFSET})?\s*", re.I | re.A)
_OFFSET_PARTS = re.compile(r"(?:Z|UTC?|GMT)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?", re.IGNORECASE | re.ASCII)
#: RFC 822 §5 as RSS has it. The day of the week is not looked at: where it is wrong, the date is meant.
_RFC822 = re.compile(
    rf"\s*(?:[a-z]{{3}},?\s+)?(\d{{1,2}})\s+([a-z]{{3}})\s+(\d{{4}})\s+{_TIME}\s*{_OFFSET}\s*", re.I | re.A
)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


def parse_instant(raw: str, timezone: ZoneInfo, naive: NaiveDates = "local") -> datetime | None:
    """The instant that a text spells, aware and in UTC; None where it cannot be read or believed. Never raises.

    A date without an offset is read in `timezone` ("local"), or in UTC ("utc": Jekyll's own reading of front matter).
    """
    at = _common(raw, timezone, naive) or _read(raw, timezone, naive)
    return at if at and _EPOCH < at < _LATEST else None


def _common(raw: str, timezone: ZoneInfo, naive: NaiveDates) -> datetime | None:
    match = _COMMON.fullmatch(raw)
    if not match:
        return None
    local, zone = match.groups()
    try:
        if zone:
            return datetime.fromisoformat(local + zone).astimezone(UTC)
        return placed(datetime.fromisoformat(local), None, timezone, naive)
    except (ValueError, OverflowError):
        return None


def _read(raw: str, timezone: ZoneInfo, naive: NaiveDates) -> datetime | None:
    try:
        if match := _ISO.fullmatch(raw):
            year, month, day, *clock, zone = match.groups()
            local = assembled(int(year), int(month), int(day), *clock)
        elif (match := _RFC822.fullmatch(raw)) and match[2].lower() in _MONTHS:
            day, name, year, *clock, zone = match.groups()
            local = assembled(int(year), _MONTHS[name.lower()], int(day), *clock)
        else:
            # Imported here because it is seldom needed, and its tables take a while to build.
            from finews_feeds.normalize.loose_dates import read

            return read(raw, timezone, naive)
        return placed(local, zone, timezone, naive)
    except (ValueError, OverflowError):
        return None


def assembled(
    year: int,
    month: int,
    day: int,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    fraction: str | None = None,
) -> datetime:
    """A naive datetime from its parts, days rolled over; ValueError or OverflowError where there is no such time."""
    if not 1 <= day <= 31:
        raise ValueError(day)
    at = datetime(year, month, 1)  # noqa: DTZ001  # the zone is looked for later
    if day > 1:
        at += timedelta(days=day - 1)
    if not hour:
        return at
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    is_midnight = hours == 24 and not (minutes or seconds or micros)
    if (hours > 23 and not is_midnight) or minutes > 59 or seconds > 60:
        raise ValueError(hour)
    return at + timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)


def placed(local: datetime, zone: str | None, timezone: ZoneInfo, naive: NaiveDates) -> datetime:
    """A naive datetime as an instant in UTC: by its offset where it has one, else where naive dates are read."""
    if zone:
        return (local - offset(zone)).replace(tzinfo=UTC)
    if naive == "utc":
        return local.replace(tzinfo=UTC)
    return local.replace(tzinfo=timezone).astimezone(UTC)


@lru_cache(maxsize=256)
def offset(zone: str) -> timedelta:
    """What `Z`, `UTC`, `+08:00`, `+0800`, `-5` or `GMT+8` stand east of UTC; ValueError for what is none."""
    match = _OFFSET_PARTS.fullmatch(zone)
    if not match:
        raise ValueError(zone)
    sign, hours, minutes = match.groups()
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        raise ValueError(zone)
    span = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -span if sign == "-" else span
