"""Dates as people write them: what `normalize.dates` reads after the common forms, by the same rules.

A text is taken apart piece by piece (clock, offset, numbers, words). Every piece must be known and is used once; what
is left over makes the date unreadable, so that nothing is read into a text that is no date.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from finews_feeds.normalize.date_words import FILLERS, MONTHS, WEEKDAYS, ZONES, folded
from finews_feeds.normalize.dates import assembled, parse_instant, placed
from finews_feeds.settings import NaiveDates

#: No date is longer; whatever is, is not looked at.
_MAX_LENGTH = 100

#: Seconds since 1970, with or without a fraction, and milliseconds. Beginning with 1 (2001 to 2033), so that ten
#: digits cannot be a day and an hour.
_SECONDS = re.compile(r"(1\d{9})(?:\.(\d+))?", re.ASCII)
_MILLISECONDS = re.compile(r"1\d{12}", re.ASCII)
_CLOCK_AND_ZONE = r"(?:\s*t?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?\s*(z|[+-]\d{2}(?::?\d{2})?)?)?"
#: ISO 8601's other calendars: basic dates (§5.2.1.1), week dates (§5.2.3), ordinal dates (§5.2.2).
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})" + _CLOCK_AND_ZONE, re.ASCII)
_WEEK = re.compile(r"(\d{4})-?w(\d{2})-?(\d)" + _CLOCK_AND_ZONE, re.ASCII)
_ORDINAL = re.compile(r"(\d{4})-(\d{3})" + _CLOCK_AND_ZONE, re.ASCII)

#: A zone's name of the tz database behind a time, in brackets or not, as Java writes it behind an offset.
_TZ_NAME = re.compile(
    r"(.*\d[^/]*?)\s*[\[(]?\b([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+){1,2})[\])]?\s*", re.ASCII | re.DOTALL
)
#: What North Americans write behind a time in winter and summer alike; behind a date alone, "PT" is a Polish Friday.
_CIVIL = re.compile(r"(.*:\d\d(?:\s?[AaPp]\.?[Mm]\.?)?)\s*\(?\b([ECMP]T)\)?\s*", re.ASCII | re.DOTALL)
_CIVIL_ZONES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
#: A time with hyphens or dots behind a date that begins with its year: no file name may hold colons.
_HYPHENED = re.compile(
    r"(\s*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T_]+\d{1,2})([-.])(\d{2})\2(\d{2})(?!\d)(.*)", re.ASCII | re.DOTALL
)

_CJK = (
    (re.compile(r"(\d{2,4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?"), r" \1-\2-\3 "),
    (re.compile(r"(\d{1,2})\s*[時时点點시]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?"), r" \1:\2:\3 "),
    (re.compile(r"上午|午前|오전|凌晨|早上"), " am "),
    (re.compile(r"下午|午後|오후|晚上"), " pm "),
    (
        re.compile(r"\(?(?:(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일)\)?"),
        " ",
    ),
    (re.compile(r"\([月火水木金土日월화수목금토일]\)"), " "),
)
#: 15:31, 15:31:09.5, 15h31, kl. 15.31, 15.31 Uhr, 3 pm.
_CLOCK = re.compile(
    r"(?<![\d:.,])(?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?:?|(\d{1,2})\s?h\s?(\d{2})(?:\s?min)?"
    r"|klo?\.?\s*(\d{1,2})[.:](\d{2})|(\d{1,2})\.(\d{2})(?=\s*uhr)|(\d{1,2})(?=\s?[ap]\.?m\b))(?![\d:])",
    re.ASCII,
)
_CLOCK_STOOD_HERE = "\x00"
_SEPARATOR = re.compile(r"(?<=\d)t(?=\d)")
_HALF = re.compile(r"(?<![^\W\d_])([ap])\.?\s?m\b\.?")
_AFTER_CLOCK = re.compile(r"(?<=\x00)\s*((?:utc|gmt)?\s?[+-]\s?\d{1,2}(?::?\d{2})?|z\b)(?![\d:])", re.ASCII)
_AFTER_DATE = re.compile(r"((?<=\s)[+-]\d{2}:?\d{2}|[+-]\d{2}:\d{2}|(?<=\d)z)$", re.ASCII)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)\.?", re.ASCII)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^]]*\]")
_OPENED = str.maketrans("()[]", "    ")
_PIECES = re.compile(r"\d+|(?:[^\W\d_]|['’])+")


def read(raw: str, timezone: ZoneInfo, naive: NaiveDates) -> datetime | None:
    """The instant in UTC that a text spells, believable or not; None, ValueError or OverflowError for no date."""
    if len(raw) > _MAX_LENGTH:
        return None
    if named := _TZ_NAME.fullmatch(raw) or _CIVIL.fullmatch(raw):
        zone = _zone(_CIVIL_ZONES.get(named[2], named[2]))
        return parse_instant(named[1], zone) if zone else None
    if hyphened := _HYPHENED.fullmatch(raw):
        return parse_instant(hyphened.expand(r"\1:\3:\4\5"), timezone, naive)
    text = unicodedata.normalize("NFKC", raw).casefold().strip(" \t\r\n\"'")
    return _counted(text) or _calendar(text, timezone, naive) or _written(text, timezone, naive)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _counted(text: str) -> datetime | None:
    if match := _SECONDS.fullmatch(text):
        micros = int((match[2] or "0")[:6].ljust(6, "0"))
        return datetime.fromtimestamp(int(match[1]), UTC) + timedelta(microseconds=micros)
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text))
    return None


def _calendar(text: str, timezone: ZoneInfo, naive: NaiveDates) -> datetime | None:
    if match := _BASIC.fullmatch(text):
        year, month, day, *clock, zone = match.groups()
        return placed(assembled(int(year), int(month), int(day), *clock), zone, timezone, naive)
    if match := _WEEK.fullmatch(text):
        year, week, weekday, *clock, zone = match.groups()
        day_of = date.fromisocalendar(int(year), int(week), int(weekday))
    elif match := _ORDINAL.fullmatch(text):
        year, ordinal, *clock, zone = match.groups()
        day_of = date(int(year), 1, 1) + timedelta(days=int(ordinal) - 1)
        if day_of.year != int(year):
            return None
    else:
        return None
    return placed(assembled(day_of.year, day_of.month, day_of.day, *clock), zone, timezone, naive)


def _written(text: str, timezone: ZoneInfo, naive: NaiveDates) -> datetime | None:
    for pattern, replacement in _CJK:
        text = pattern.sub(replacement, text)
    text = folded(_SEPARATOR.sub(" ", text))
    clock, rest = _taken(_CLOCK, text, mark=True)
    half, rest = _taken(_HALF, rest) if clock else (None, rest)
    zone, rest = _taken(_AFTER_CLOCK if clock else _AFTER_DATE, rest)
    rest = _BRACKETS.sub(" ", rest) if zone else rest.translate(_OPENED)
    numbers, rest = _taken(_NUMBERS, rest)
    pieces = _PIECES.findall(rest.replace(_CLOCK_STOOD_HERE, " "))
    day_of = _numeric_date(*numbers.groups()) if numbers else _worded_date(pieces)
    if not day_of:
        return None
    local = assembled(*day_of, *_clock(clock, half))
    names = [piece for piece in pieces if not _is_of_no_account(piece, is_worded=not numbers)]
    if not names:
        return placed(local, zone[1].replace(" ", "") if zone else None, timezone, naive)
    return _in_named_zone(local, names, timezone) if len(names) == 1 and not zone else None


def _taken(pattern: re.Pattern[str], text: str, mark: bool = False) -> tuple[re.Match[str] | None, str]:
    """The first match and the text without it; `mark` leaves a sign where it stood, for the offset that follows."""
    match = pattern.search(text)
    if not match:
        return None, text
    return match, text[: match.start()] + (_CLOCK_STOOD_HERE if mark else " ") + text[match.end() :]


def _clock(
    clock: re.Match[str] | None, half: re.Match[str] | None
) -> tuple[str | None, str | None, str | None, str | None]:
    if not clock:
        return None, None, None, None
    hour, minute = (
        (clock[1] or clock[5] or clock[7] or clock[9] or clock[11]),
        (clock[2] or clock[6] or clock[8] or clock[10]),
    )
    if half:
        if int(hour) > 12 and half[1] == "a":
            raise ValueError(hour)
        hour = str(int(hour) % 12 + (12 if half[1] == "p" else 0)) if int(hour) <= 12 else hour
    return hour, minute, clock[3], clock[4]


def _numeric_date(first: str, mark: str, second: str, third: str) -> tuple[int, int, int] | None:
    """Year, month and day of three numbers, in the order that the mark between them or their size tells."""
    a, b, c = int(first), int(second), int(third)
    if len(first) == 4 and len(third) <= 2:
        return a, b, c
    if len(first) > 2 or len(third) == 3 or (len(third) == 1 and mark == "."):
        return None
    if mark == ".":
        return _full_year(third), b, a
    if len(third) <= 2:
        return (_full_year(first), b, c) if mark == "-" else None
    if a > 12 or a == b:
        return c, b, a
    return (c, a, b) if b > 12 else None


def _worded_date(pieces: list[str]) -> tuple[int, int, int] | None:
    """Year, month and day where a name tells the month: a day and a year of four digits, or of two after the month."""
    numbers = [piece for piece in pieces if piece.isdecimal()]
    months = [place for place, piece in enumerate(pieces) if piece in MONTHS]
    if len(months) > 1:
        # "mar 24 mai" is a Tuesday in May: of two names, the one that may be a day of the week is one.
        months = [place for place in months if pieces[place] not in WEEKDAYS]
    if len(months) != 1 or len(numbers) != 2:
        return None
    month = MONTHS[pieces[months[0]]]
    first, second = numbers
    if len(second) == 4 and len(first) <= 2:
        return int(second), month, int(first)
    if len(first) == 4 and len(second) <= 2:
        return int(first), month, int(second)
    is_around = pieces.index(first) < months[0] < len(pieces) - 1 - pieces[::-1].index(second)
    return (_full_year(second), month, int(first)) if is_around and len(first) <= 2 == len(second) else None


def _full_year(digits: str) -> int:
    """RFC 2822 §4.3: "If a two digit year is encountered whose value is between 00 and 49, […] 2000 is added"."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 50 else 1900)


def _is_of_no_account(piece: str, is_worded: bool) -> bool:
    """Whether a piece is part of the date already, or says nothing that a date needs."""
    return (is_worded and (piece.isdecimal() or piece in MONTHS)) or piece in WEEKDAYS or piece in FILLERS


def _in_named_zone(local: datetime, names: list[str], timezone: ZoneInfo) -> datetime | None:
    name = names[0]
    if (local.replace(tzinfo=timezone).tzname() or "").casefold() == name:
        return placed(local, None, timezone, "local")
    return (local - ZONES[name]).replace(tzinfo=UTC) if name in ZONES else None
