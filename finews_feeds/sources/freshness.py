"""When a source is asked again: a pure function of what it answered, what it says of itself, and now.

Rules
- Never sooner than `interval`, and never sooner than the server asked for.
- What lengthens the wait after an answer: the freshness lifetime of the answer, the feed's own `ttl` and `sy:*` hints
  (each at most a day), and the source's rhythm, learnt from its entries (at most four intervals). The longest counts.
- `skipHours` and `skipDays` move an instant out of the hours and days in which the source says nothing new.
- After a failure: five minutes, doubling with each further one up to a day. So a source that has failed for weeks is
  asked once a day, and never dropped.
- Retry-After holds on errors (429 and 503 above all) and on redirects; at most a day, so that a slip of the server's
  pen does not silence a source for a year.
- A little is added, at most a tenth and at most half an hour, drawn from the source's name and `now`: sources that were
  asked together drift apart, and the same input still gives the same instant.
- Spans under a minute are taken as they are, without rhythm or jitter: who sets "1s" wants one second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise

from finews_feeds.model import Answer, Failed, Gone, SourceFeed
from finews_feeds.sources.cache_headers import freshness_lifetime, retry_after

__all__ = ["freshness_lifetime", "newest_times", "next_poll_at", "put_off_until", "retry_after", "spread"]

LONGEST = timedelta(days=1)
FIRST_BACK_OFF = timedelta(minutes=5)
_SHORT = timedelta(minutes=1)
_LONGEST_JITTER = timedelta(minutes=30)
_HOUR = timedelta(hours=1)

#: The rhythm: how many of the newest entries tell it, what part of their distance we wait, how many intervals at most.
_RHYTHM_ENTRIES = 20
#: Kept are some more, because those that lie ahead are passed over.
_KEPT_TIMES = 30
_RHYTHM_PART = 4
_RHYTHM_INTERVALS = 4

#: The syndication module's periods; a month and a year are only ever cut to a day.
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_poll_at(
    *,
    name: str,
    interval: timedelta,
    now: datetime,
    answer: Answer,
    feed: SourceFeed = SourceFeed(),  # noqa: B008  # frozen
    entry_times: Sequence[datetime] = (),
    failures: int = 0,
) -> datetime:
    """The instant at which the source `name` is due again, after it gave `answer` at `now`.

    `feed` is what its last readable document said of itself, `entry_times` are the instants of its entries in any
    order (those after `now` are passed over), `failures` counts the failures in a row, this one included. A source
    that is Gone is due in a day: whether it is asked at all is the caller's decision.
    """
    if isinstance(answer, Failed | Gone):
        wait = max(interval, LONGEST if isinstance(answer, Gone) else back_off(failures))
    else:
        wait = max(
            interval,
            min(freshness_lifetime(answer.headers, now) or timedelta(0), LONGEST),
            min(_hinted(feed, now), LONGEST),
            _rhythm(entry_times, interval, now),
        )
    asked_for = _asked_for(answer, now)
    wait = max(wait, min(asked_for - now, LONGEST)) if asked_for else wait
    due = now + wait + (jitter := _jitter(name, now, wait))
    awake = _out_of_skipped(due, feed)
    return due if awake == due else awake + jitter


def back_off(failures: int) -> timedelta:
    """How long to leave a source alone after this many failures in a row."""
    doublings = min(max(failures, 1) - 1, 16)
    return min(FIRST_BACK_OFF * (1 << doublings), LONGEST)


def put_off_until(answer: Answer, now: datetime) -> datetime | None:
    """Until when a server wants to be left alone that asks for it in its own name, on 429, 503 and redirects.

    A day at most, as for the feed itself; None where it asks for nothing.
    """
    if not answer.redirects and not (isinstance(answer, Failed) and answer.status in (429, 503)):
        return None
    at = retry_after(answer.headers, now)
    return None if at is None or at <= now else min(at, now + LONGEST)


def spread(name: str, span: timedelta) -> timedelta:
    """A place within `span` that is this source's own: after a pause everybody is overdue, and nobody comes at once."""
    return span * _drawn(name)


def _asked_for(answer: Answer, now: datetime) -> datetime | None:
    """Retry-After where it has a meaning: 429 (RFC 6585 §4), 503 and 3xx (RFC 9110 §10.2.3), and any other error.

    A redirect that was followed leaves its Retry-After at the head of the final answer's fields: `http` sees to that.
    """
    return retry_after(answer.headers, now) if isinstance(answer, Failed) or answer.redirects else None


def _hinted(feed: SourceFeed, now: datetime) -> timedelta:
    """The longer one of RSS `ttl` and the syndication module's period; zero where the document gives neither."""
    ttl_minutes = min(max(feed.ttl_minutes or 0, 0), 24 * 60)
    return max(timedelta(minutes=ttl_minutes), _syndication(feed, now))


def _syndication(feed: SourceFeed, now: datetime) -> timedelta:
    """Time until the document is next updated by its own word: period / frequency, counted from `updateBase`.

    Period and frequency have defaults, daily and 1, but a document that gives neither has given no hint.
    """
    period = _PERIODS.get(feed.update_period.strip().lower())
    if period is None and (feed.update_period.strip() or feed.update_frequency is None):
        return timedelta(0)
    frequency = feed.update_frequency if feed.update_frequency and feed.update_frequency > 0 else 1
    span = (period or _PERIODS["daily"]) / min(frequency, 86_400)
    base = _w3c_date(feed.update_base)
    return span if base is None else span - (now - base) % span


def _w3c_date(value: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def newest_times(entry_times: Iterable[datetime]) -> tuple[datetime, ...]:
    """The instants that tell a source's rhythm, the newest first: what is to be kept of them between two polls."""
    return tuple(sorted(entry_times, reverse=True)[:_KEPT_TIMES])


def _rhythm(entry_times: Sequence[datetime], interval: timedelta, now: datetime) -> timedelta:
    """A quarter of the source's usual distance between entries, or of its present silence if that is longer."""
    times = sorted((at for at in entry_times if at <= now), reverse=True)[:_RHYTHM_ENTRIES]
    if not times or interval < _SHORT:
        return timedelta(0)
    distances = sorted(newer - older for newer, older in pairwise(times))
    usual = distances[len(distances) // 2] if distances else timedelta(0)
    return min(max(usual, now - times[0]) / _RHYTHM_PART, interval * _RHYTHM_INTERVALS)


def _jitter(name: str, now: datetime, wait: timedelta) -> timedelta:
    if wait < _SHORT:
        return timedelta(0)
    return min(wait / 10, _LONGEST_JITTER) * _drawn(f"{name}\0{now.isoformat()}")


def _drawn(seed: str) -> float:
    """A number from 0 to 1 that is always the same for one seed."""
    return int.from_bytes(blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big") / 2**32


def _out_of_skipped(at: datetime, feed: SourceFeed) -> datetime:
    """The first instant from `at` on outside the skipped hours and days (GMT); `at` if a week has none."""
    hours = {hour % 24 for hour in feed.skip_hours}
    days = {_WEEKDAYS.index(day) for spelled in feed.skip_days if (day := spelled.strip().lower()) in _WEEKDAYS}
    awake = at.astimezone(UTC)
    for _ in range(8 * 24):
        if awake.hour not in hours and awake.weekday() not in days:
            return awake
        awake = awake.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at
