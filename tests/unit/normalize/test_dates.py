"""Instants from every spelling; all without an offset are read in Asia/Shanghai unless a case says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.normalize.dates import parse_instant

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CHICAGO = ZoneInfo("America/Chicago")

#: One instant, 2022-05-24T07:31:09Z, in many spellings.
SPELLINGS = """\
2022-05-24 15:31:09 +0800
2022-05-24 15:31:09
 2022-05-24  15:31:09\t+08:00
2022-05-24T15:31:09+08:00
2022-05-24t15:31:09+08
2022-05-24T07:31:09Z
2022-05-24t07:31:09z
2022-05-24 07:31:09 UTC
2022-5-24 7:31:09 -0000
2022-05-24T15:31:09+08:00[Asia/Shanghai]
2022-05-24 15:31:09 Asia/Shanghai
2022-05-24 03:31:09 (America/New_York)
2022-05-24 3:31:09 AM ET
2022-05-24 00:31:09 PT
2022-05-24 15-31-09
2022-05-24 15.31.09 +0800
2022-05-24_15-31-09
20220524T153109
20220524153109
20220524T073109Z
2022-W21-2T15:31:09
2022W212T153109
2022-144T15:31:09
Tue, 24 May 2022 15:31:09 +0800
Tue, 24 May 2022 07:31:09 GMT
Fri, 24 May 2022 07:31:09 UT
24 May 22 07:31:09 Z
Tue, 24 May 2022 03:31:09 EDT
Tuesday, 24-May-22 07:31:09 UTC
Tue May 24 15:31:09 2022
Tue May 24 15:31:09 CST 2022
Tue May 24 15:31:09 +0800 2022
Tue May 24 2022 15:31:09 GMT+0800 (China Standard Time)
2022/5/24 15:31:09
2022.05.24 15:31:09
24/05/2022 15:31:09
05/24/2022 3:31:09 PM
24.05.2022 15:31:09
24.5.22 15:31:09
May 24, 2022 3:31:09 p.m.
3:31:09 PM May 24th, 2022
24 mai 2022 à 15:31:09
mar. 24 mai 2022 15:31:09
Dienstag, 24. Mai 2022, 15:31:09 Uhr
24 de mayo de 2022 15:31:09
terça-feira, 24 de maio de 2022 às 15:31:09
24 maggio 2022 ore 15:31:09
24 mei 2022 15:31:09
24 maja 2022 r. 15:31:09
24 мая 2022 г. в 15:31:09
24 травня 2022 15:31:09
24. května 2022 15:31:09
24. toukokuuta 2022 klo 15:31:09
24 Mayıs 2022 15:31:09
2022年5月24日 15:31:09
2022年5月24日（星期二）15时31分09秒
２０２２年５月２４日　１５：３１：０９
2022年5月24日下午3点31分9秒
2022年5月24日(火) 15時31分09秒
2022년 5월 24일 오후 3:31:09
"2022-05-24 15:31:09"
1653377469
1653377469000"""


@pytest.mark.parametrize("raw", SPELLINGS.splitlines())
def test_one_instant_in_many_spellings(raw: str) -> None:
    assert parse_instant(raw, SHANGHAI) == datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)


READ = [
    ("a date alone is local midnight", "2022-05-24", SHANGHAI, "2022-05-23T16:00:00+00:00"),
    ("in any spelling", "24 mai 2022", BERLIN, "2022-05-23T22:00:00+00:00"),
    ("with its offset where it has one", "2022-05-24 +0200", SHANGHAI, "2022-05-23T22:00:00+00:00"),
    ("as a post's file name has it", "22-1-5", SHANGHAI, "2022-01-04T16:00:00+00:00"),
    ("seconds may be missing", "Tue, 24 May 2022 15:31 +0800", SHANGHAI, "2022-05-24T07:31:00+00:00"),
    ("noon and midnight", "May 24, 2022 12:05 AM", SHANGHAI, "2022-05-23T16:05:00+00:00"),
    ("15h31", "24 mai 2022 à 15h31", BERLIN, "2022-05-24T13:31:00+00:00"),
    ("15.31 Uhr", "24. März 2022, 15.31 Uhr", BERLIN, "2022-03-24T14:31:00+00:00"),
    ("a fraction with a comma", "2022-05-24T07:31:09,25Z", SHANGHAI, "2022-05-24T07:31:09.250000+00:00"),
    ("nanoseconds are cut", "2022-05-24T07:31:09.123456789Z", SHANGHAI, "2022-05-24T07:31:09.123456+00:00"),
    ("YAML's one-digit offset", "2001-12-14 21:59:43.10 -5", SHANGHAI, "2001-12-15T02:59:43.100000+00:00"),
    ("February 30 is March 2", "2022-02-30", SHANGHAI, "2022-03-01T16:00:00+00:00"),
    ("in words as well", "31 Apr 2022 10:00 GMT", SHANGHAI, "2022-05-01T10:00:00+00:00"),
    ("and across a year's time", "2022-02-31T23:59:59Z", SHANGHAI, "2022-03-03T23:59:59+00:00"),
    ("24:00 is the next midnight", "2022-12-31T24:00:00Z", SHANGHAI, "2023-01-01T00:00:00+00:00"),
    ("a leap second is the next minute", "2016-12-31T23:59:60Z", SHANGHAI, "2017-01-01T00:00:00+00:00"),
    ("two-digit years before 50", "06 Nov 49 08:49:37 GMT", SHANGHAI, "2049-11-06T08:49:37+00:00"),
    ("and after", "Sunday, 06-Nov-94 08:49:37 GMT", SHANGHAI, "1994-11-06T08:49:37+00:00"),
    ("CST is China's in China", "24 May 2022 15:31 CST", SHANGHAI, "2022-05-24T07:31:00+00:00"),
    ("and America's elsewhere", "24 Jan 2022 15:31 CST", BERLIN, "2022-01-24T21:31:00+00:00"),
    ("and there even in summer", "24 May 2022 15:31 CST", CHICAGO, "2022-05-24T21:31:00+00:00"),
    ("IST is India's in India", "24 May 2022 15:31 IST", ZoneInfo("Asia/Kolkata"), "2022-05-24T10:01:00+00:00"),
    ("a time that the clock skips", "2022-03-27 02:30", BERLIN, "2022-03-27T01:30:00+00:00"),
    ("a time that the clock shows twice", "2022-10-30 02:30", BERLIN, "2022-10-30T00:30:00+00:00"),
    ("a day of the week that is also a month", "mar 1 mars 2022 10:00 GMT", SHANGHAI, "2022-03-01T10:00:00+00:00"),
    ("equal numbers need no order", "05/05/2022 00:00 GMT", SHANGHAI, "2022-05-05T00:00:00+00:00"),
    ("an offset before a zone's name", "2022-05-24 10:00 +0000 Asia/Shanghai", BERLIN, "2022-05-24T10:00:00+00:00"),
    ("Eastern time in winter", "Jan 4, 2022 10:00 am ET", BERLIN, "2022-01-04T15:00:00+00:00"),
    ("and a zone with two slashes", "2022-01-04 10:00 America/Indiana/Knox", BERLIN, "2022-01-04T16:00:00+00:00"),
    ("a fraction of epoch seconds", "1653377469.5", SHANGHAI, "2022-05-24T07:31:09.500000+00:00"),
]


@pytest.mark.parametrize(("name", "raw", "timezone", "expected"), READ, ids=[case[0] for case in READ])
def test_odd_dates_are_read_by_rule(name: str, raw: str, timezone: ZoneInfo, expected: str) -> None:
    assert parse_instant(raw, timezone) == datetime.fromisoformat(expected)


UNREADABLE = """\


 +0800
now
yesterday
15:31
2022
2022-05
May 2022
24 May
2022-W21
2022-05-24T15
2022-13-01
2022-00-10
2022-05-00
2022-05-32
2022-02-30 25:61:00
2022-05-24 15:60
2022-05-24 15:31:61
2022-05-24 24:00:01
2022-05-24T15:31:09+25:00
2022-05-24T15:31:09+0860
2022-05-24 15:31 IST
2022-05-24 15:31 XYZ
2022-05-24 15:31:09 Asia/Nowhere
2022-05-24 10-30
2022-05-24 PST8PDT/US
05/06/2022
24/05/22
May 24, 2022 15:31 AM
Mayor 5 2022
3 Marvel 2022
jui 5 2022
24 May 2022 and 25 May 2022
2022-05-24 10:00 11:00
2022-367
1969-12-31
1970-01-01T00:00:00Z
1970-01-01
0001-01-01T00:00:00Z
9999-12-31
10000-01-01
99999999999999999999
0
-1
1e9
１
\ud800"""


@pytest.mark.parametrize("raw", UNREADABLE.splitlines())
def test_what_is_no_whole_believable_date_is_none(raw: str) -> None:
    assert parse_instant(raw, SHANGHAI) is None


NAIVE = ["2022-05-24 15:31:09", "2022-05-24  15:31:09", "24 May 2022 15:31:09", "20220524T153109", "2022-144T15:31:09"]


@pytest.mark.parametrize("raw", NAIVE)
def test_naive_dates_can_be_read_in_utc(raw: str) -> None:
    assert parse_instant(raw, SHANGHAI, "utc") == datetime(2022, 5, 24, 15, 31, 9, tzinfo=UTC)
    assert parse_instant(raw, SHANGHAI, "local") == datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)


_LETTERS = "0123456789-:/. TZ+,年月日时分amMayvrt()[]\x00"


@given(st.text(_LETTERS, max_size=40) | st.text(max_size=120))
def test_no_text_is_beyond_reading(raw: str) -> None:
    at = parse_instant(raw, SHANGHAI)
    if at:
        assert at.tzinfo is UTC
        assert parse_instant(at.astimezone(SHANGHAI).isoformat(), BERLIN) == at


_FIRST, _LAST = datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("9999-12-29")
_INSTANTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
_ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Europe/London", "America/St_Johns", "Asia/Kathmandu"])


@given(_INSTANTS, _ZONES)
def test_what_is_written_is_read_as_the_same_instant(at: datetime, zone: str) -> None:
    assert parse_instant(at.astimezone(ZoneInfo(zone)).isoformat(), SHANGHAI) == at


def test_every_day_of_every_month_rolls_over_like_a_calendar() -> None:
    for month in range(1, 13):
        for day in range(1, 32):
            expected = datetime(2022, month, 1, tzinfo=UTC) + timedelta(days=day - 1)
            assert parse_instant(f"2022-{month}-{day} 00:00Z", SHANGHAI) == expected
