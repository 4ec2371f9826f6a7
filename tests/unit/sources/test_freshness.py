"""When a source is asked again. Time is an argument: days pass here in microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Answer, Failed, Gone, NotModified, Redirect, Representation, SourceFeed
from finews_feeds.sources.freshness import back_off, freshness_lifetime, next_poll_at, retry_after

#: A Monday.
NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
URL = "https://news.example/feed.xml"

Fields = Sequence[tuple[str, str]]


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def h(hours: float) -> timedelta:
    return timedelta(hours=hours)


def wait(
    *,
    headers: Fields = (),
    answer: Answer | None = None,
    feed: SourceFeed | None = None,
    ages: Sequence[timedelta] = (),
    interval: timedelta = HALF_HOUR,
    failures: int = 0,
    now: datetime = NOW,
    name: str = "example",
) -> timedelta:
    return (
        next_poll_at(
            name=name,
            interval=interval,
            now=now,
            answer=answer or Representation(URL, 200, tuple(headers), b""),
            feed=feed or SourceFeed(),
            entry_times=[now - age for age in ages],
            failures=failures,
        )
        - now
    )


def assert_near(measured: timedelta, expected: timedelta) -> None:
    """As expected, or later by no more than the jitter."""
    most = timedelta(0) if expected < m(1) else min(expected / 10, m(30))
    assert expected <= measured <= expected + most


LIFETIMES: list[tuple[str, Fields, timedelta | None]] = [
    ("nothing said", [], None),
    ("max-age", [("cache-control", "max-age=600")], s(600)),
    ("max-age among others", [("cache-control", "public, MAX-AGE = 600, must-revalidate")], s(600)),
    ("max-age quoted", [("cache-control", 'max-age="600"')], s(600)),
    ("a comma inside quotes", [("cache-control", 'ext="a, max-age=5", max-age=600')], s(600)),
    ("in a second field", [("cache-control", "public"), ("cache-control", "max-age=600")], s(600)),
    ("of two the first", [("cache-control", "max-age=600, max-age=5")], s(600)),
    ("s-maxage is for shared caches", [("cache-control", "s-maxage=600")], None),
    ("max-age outranks s-maxage", [("cache-control", "s-maxage=9, max-age=600")], s(600)),
    ("max-age outranks Expires", [("cache-control", "max-age=0"), ("expires", "Mon, 23 Nov 2026 09:00:00 GMT")], s(0)),
    ("no-store", [("cache-control", "no-store, max-age=600")], None),
    ("no-cache", [("cache-control", "no-cache"), ("expires", "Mon, 23 Nov 2026 09:00:00 GMT")], None),
    ("nonsense is stale", [("cache-control", "max-age=soon")], s(0)),
    ("negative is stale", [("cache-control", "max-age=-5")], s(0)),
    ("absurd", [("cache-control", "max-age=" + "9" * 5000)], s(2**31)),
    ("Age is taken off", [("cache-control", "max-age=600"), ("age", "200")], s(400)),
    ("Age beyond it", [("cache-control", "max-age=600"), ("age", "700")], s(0)),
    ("Age that is none", [("cache-control", "max-age=600"), ("age", "old")], s(600)),
    (
        "Expires less Date",
        [("date", "Mon, 23 Nov 2026 02:00:00 GMT"), ("expires", "Mon, 23 Nov 2026 03:00:00 GMT")],
        h(1),
    ),
    ("Expires without Date", [("expires", "Mon, 23 Nov 2026 05:00:00 GMT")], HALF_HOUR),
    ("Expires in the past", [("expires", "Thu, 01 Jan 1970 00:00:00 GMT")], s(0)),
    ("Expires 0", [("expires", "0")], s(0)),
    ("Expires -1", [("expires", "-1")], s(0)),
    ("Expires as asctime", [("expires", "Mon Nov 23 05:00:00 2026")], HALF_HOUR),
    ("Expires as RFC 850", [("expires", "Monday, 23-Nov-26 05:00:00 GMT")], HALF_HOUR),
]


@pytest.mark.parametrize(("name", "headers", "expected"), LIFETIMES, ids=[case[0] for case in LIFETIMES])
def test_the_freshness_lifetime_is_what_the_header_fields_say(
    name: str, headers: Fields, expected: timedelta | None
) -> None:
    assert freshness_lifetime(tuple(headers), NOW) == expected


RETRIES: list[tuple[str, list[str], timedelta | None]] = [
    ("none", [], None),
    ("seconds", ["120"], s(120)),
    ("zero", ["0"], s(0)),
    ("a date", ["Mon, 23 Nov 2026 06:30:00 GMT"], h(2)),
    ("a date with an offset", ["Mon, 23 Nov 2026 14:30:00 +0800"], h(2)),
    ("a date that has passed", ["Mon, 23 Nov 2020 06:30:00 GMT"], s(0)),
    ("of two the later", ["120", "Mon, 23 Nov 2026 06:30:00 GMT"], h(2)),
    ("words", ["soon"], None),
    ("negative", ["-5"], None),
    ("empty", [""], None),
    ("absurd", ["9" * 5000], s(2**31)),
    ("an absurd date", ["Mon, 99 Nov 9999 99:99:99 GMT"], None),
]


@pytest.mark.parametrize(("name", "values", "expected"), RETRIES, ids=[case[0] for case in RETRIES])
def test_retry_after_is_read_in_both_forms(name: str, values: list[str], expected: timedelta | None) -> None:
    at = retry_after(tuple(("retry-after", value) for value in values), NOW)
    assert at == (None if expected is None else NOW + expected)


FEED = SourceFeed()
HINTS: list[tuple[str, SourceFeed, timedelta]] = [
    ("no hint", FEED, HALF_HOUR),
    ("ttl", SourceFeed(ttl_minutes=120), h(2)),
    ("ttl below the interval", SourceFeed(ttl_minutes=5), HALF_HOUR),
    ("ttl absurd", SourceFeed(ttl_minutes=10**12), h(24)),
    ("ttl negative", SourceFeed(ttl_minutes=-5), HALF_HOUR),
    ("hourly", SourceFeed(update_period="hourly"), h(1)),
    ("hourly, one of WordPress", SourceFeed(update_period="\n hourly ", update_frequency=1), h(1)),
    ("daily, four times", SourceFeed(update_period="daily", update_frequency=4), h(6)),
    ("weekly is cut to a day", SourceFeed(update_period="weekly"), h(24)),
    ("a frequency alone is of a day", SourceFeed(update_frequency=6), h(4)),
    ("a frequency of nothing", SourceFeed(update_period="hourly", update_frequency=0), h(1)),
    ("an absurd frequency", SourceFeed(update_period="daily", update_frequency=10**9), HALF_HOUR),
    ("a period that is none", SourceFeed(update_period="sometimes", update_frequency=2), HALF_HOUR),
    ("counted from the base", SourceFeed(update_period="daily", update_base="2020-01-01T06:00+00:00"), h(1.5)),
    ("a base in another zone", SourceFeed(update_period="daily", update_base="2020-01-01T14:00+08:00"), h(1.5)),
    ("a base to come", SourceFeed(update_period="daily", update_base="2030-01-01T06:00"), h(1.5)),
    ("a base that is none", SourceFeed(update_period="daily", update_base="noon"), h(24)),
    ("the longer of two", SourceFeed(update_period="hourly", ttl_minutes=180), h(3)),
]


@pytest.mark.parametrize(("name", "feed", "expected"), HINTS, ids=[case[0] for case in HINTS])
def test_what_the_feed_says_of_itself_lengthens_the_wait(name: str, feed: SourceFeed, expected: timedelta) -> None:
    assert_near(wait(feed=feed), expected)


RHYTHMS: list[tuple[str, list[timedelta], timedelta]] = [
    ("unknown", [], HALF_HOUR),
    ("busy", [m(minutes) for minutes in range(20)], HALF_HOUR),
    ("every three hours", [h(1), h(4), h(7), h(10)], m(45)),
    ("every four hours", [h(1), h(5), h(9)], h(1)),
    ("weekly", [h(1), h(169), h(337)], h(2)),
    ("busy once, silent for years", [timedelta(days=900) + m(minutes) for minutes in range(20)], h(2)),
    ("busy, silent this night", [h(5), h(5.1), h(5.2)], h(1.25)),
    ("one entry alone", [h(6)], h(1.5)),
    ("announced events do not count", [timedelta(days=-30), timedelta(days=-2), m(1), m(2)], HALF_HOUR),
    (
        "what was long ago does not count",
        [m(1) + m(10) * number for number in range(20)] + [h(100) * number for number in range(1, 40)],
        HALF_HOUR,
    ),
]


@pytest.mark.parametrize(("name", "ages", "expected"), RHYTHMS, ids=[case[0] for case in RHYTHMS])
def test_the_sources_own_rhythm_lengthens_the_wait_to_four_intervals(
    name: str, ages: list[timedelta], expected: timedelta
) -> None:
    assert_near(wait(ages=ages), expected)


@pytest.mark.parametrize(
    ("name", "headers", "expected"),
    [
        ("fresh for two hours", [("cache-control", "max-age=7200")], h(2)),
        ("fresh for a minute", [("cache-control", "max-age=60")], HALF_HOUR),
        ("fresh for a year", [("cache-control", "max-age=31536000")], h(24)),
        ("not to be stored", [("cache-control", "no-store, max-age=7200")], HALF_HOUR),
        ("Retry-After on a 200 means nothing", [("retry-after", "7200")], HALF_HOUR),
    ],
)
def test_freshness_lengthens_the_wait_up_to_a_day(name: str, headers: Fields, expected: timedelta) -> None:
    assert_near(wait(headers=headers), expected)
    assert_near(wait(answer=NotModified(URL, tuple(headers))), expected)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(0, m(5)), (1, m(5)), (2, m(10)), (3, m(20)), (8, m(640)), (9, h(21 + 1 / 3)), (10, h(24)), (10**6, h(24))],
)
def test_failures_double_the_wait_from_five_minutes_to_a_day(failures: int, expected: timedelta) -> None:
    assert back_off(failures) == expected
    assert_near(wait(answer=Failed(URL, "refused"), failures=failures, interval=s(1)), expected)


def test_a_failing_source_is_asked_no_sooner_than_a_sound_one() -> None:
    assert_near(wait(answer=Failed(URL, "refused"), failures=1), HALF_HOUR)
    assert_near(wait(answer=Failed(URL, "refused"), failures=9, interval=timedelta(days=3)), timedelta(days=3))


@pytest.mark.parametrize("status", [302, 429, 503])
@pytest.mark.parametrize(
    ("value", "expected"),
    [("7200", h(2)), ("Mon, 23 Nov 2026 06:30:00 GMT", h(2)), ("1", HALF_HOUR), ("99999999", h(24)), ("x", HALF_HOUR)],
)
def test_retry_after_holds_on_errors(status: int, value: str, expected: timedelta) -> None:
    assert_near(wait(answer=Failed(URL, "busy", "", status, (("retry-after", value),)), failures=1), expected)


def test_retry_after_never_shortens_the_back_off() -> None:
    assert_near(wait(answer=Failed(URL, "busy", "", 503, (("retry-after", "1"),)), failures=5), m(80))


def test_retry_after_of_a_redirect_that_was_followed_holds_on_success() -> None:
    moved = Representation(URL, 200, (("retry-after", "7200"),), b"", (Redirect(302, URL),))
    assert_near(wait(answer=moved), h(2))


def test_a_source_that_is_gone_is_due_in_a_day_if_anyone_asks() -> None:
    assert_near(wait(answer=Gone(URL, ())), h(24))


SKIPS: list[tuple[str, SourceFeed, datetime]] = [
    ("this hour", SourceFeed(skip_hours=(5,)), datetime(2026, 11, 23, 6, tzinfo=UTC)),
    ("over midnight", SourceFeed(skip_hours=tuple(range(5, 24))), datetime(2026, 11, 24, 0, tzinfo=UTC)),
    ("24 is midnight", SourceFeed(skip_hours=(5, 24)), datetime(2026, 11, 23, 6, tzinfo=UTC)),
    ("today", SourceFeed(skip_days=("monday",)), datetime(2026, 11, 24, tzinfo=UTC)),
    (
        "all days but Sunday",
        SourceFeed(skip_days=("Monday", " Tuesday", "Wednesday", "Thursday", "Friday", "SATURDAY")),
        datetime(2026, 11, 29, tzinfo=UTC),
    ),
    ("day and hour", SourceFeed(skip_days=("Monday",), skip_hours=(0, 1)), datetime(2026, 11, 24, 2, tzinfo=UTC)),
]


@pytest.mark.parametrize(("name", "feed", "expected"), SKIPS, ids=[case[0] for case in SKIPS])
def test_skipped_hours_and_days_are_left_out(name: str, feed: SourceFeed, expected: datetime) -> None:
    at = NOW + wait(feed=feed)
    assert expected <= at <= expected + m(3)


def test_sources_do_not_all_come_at_the_end_of_the_skipped_hour() -> None:
    waits = {wait(feed=SourceFeed(skip_hours=(5,)), name=f"source-{number}") for number in range(20)}
    assert len(waits) == 20


@pytest.mark.parametrize(
    "feed",
    [
        SourceFeed(skip_hours=tuple(range(24))),
        SourceFeed(skip_days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
        SourceFeed(skip_days=("Mon", "Someday")),
        SourceFeed(skip_hours=(12,)),
    ],
)
def test_skipping_everything_or_nothing_that_matters_changes_nothing(feed: SourceFeed) -> None:
    assert wait(feed=feed) == wait()


def test_an_interval_of_a_second_means_a_second() -> None:
    assert wait(interval=s(1), ages=[timedelta(days=900)]) == s(1)


def test_sources_asked_together_drift_apart_and_the_same_input_gives_the_same_instant() -> None:
    waits = [wait(name=f"source-{number}") for number in range(1000)]
    assert waits == [wait(name=f"source-{number}") for number in range(1000)]
    for tenth in range(10):
        low, high = HALF_HOUR + m(0.3) * tenth, HALF_HOUR + m(0.3) * (tenth + 1)
        assert 50 <= sum(low <= measured < high for measured in waits) <= 150


def test_weeks_of_failure_are_a_poll_a_day_and_one_success_ends_them() -> None:
    now, polls = NOW, 0
    while now < NOW + timedelta(weeks=6):
        polls += 1
        now = now + wait(answer=Failed(URL, "HTTP 500", status=500), failures=polls, now=now)
    assert 42 + 5 <= polls <= 42 + 12
    assert_near(wait(now=now), HALF_HOUR)


texts = st.text(max_size=20)


@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]),
            texts | st.sampled_from(["max-age=5", "max-age=99999999999", "0", "Mon, 23 Nov 2026 06:30:00 GMT"]),
        ),
        max_size=6,
    ),
    feed=st.builds(
        SourceFeed,
        ttl_minutes=st.none() | st.integers(),
        skip_hours=st.lists(st.integers(-50, 50)).map(tuple),
        skip_days=st.lists(texts | st.sampled_from(["Monday", "Tuesday", "Sunday"])).map(tuple),
        update_period=texts | st.sampled_from(["hourly", "yearly"]),
        update_frequency=st.none() | st.integers(),
        update_base=texts | st.just("9999-12-31T23:59:59-23:00") | st.just("0001-01-01T00:00:00+10:00"),
    ),
    ages=st.lists(st.timedeltas(timedelta(days=-9999), timedelta(days=9999))),
    interval=st.timedeltas(s(1), timedelta(days=30)),
    failures=st.integers(0, 10**9),
    status=st.sampled_from([200, 304, 302, 404, 429, 503]),
)
def test_whatever_comes_the_next_poll_is_neither_too_soon_nor_out_of_sight(
    headers: Fields, feed: SourceFeed, ages: list[timedelta], interval: timedelta, failures: int, status: int
) -> None:
    fields = tuple(headers)
    answer: Answer = (
        Representation(URL, 200, fields, b"")
        if status == 200
        else NotModified(URL, fields)
        if status == 304
        else Failed(URL, "failed", "", status, fields)
    )
    measured = wait(answer=answer, feed=feed, ages=ages, interval=interval, failures=failures)
    assert measured >= interval
    assert measured <= max(timedelta(days=1), interval * 4) + timedelta(days=7) + h(1)
