"""The manners of polling (#5), line by line, over simulated days: what is asked, when, and what becomes of the answer.

| docs/configuration.md, "When a source is asked" | tests below |
|---|---|
| validators, byte for byte | `--- 1` |
| the wait, its causes and its bounds | `--- 2` |
| redirects, moves, sources that fail or are gone | `--- 3` |
| addresses, bounds, documents that cannot be read | `--- 4` |
| who we say we are, whom we tell what, how many at once | `--- 5` |
| whatever bytes | `--- 6` |

What a single request does is in tests/unit/sources/test_http.py, the arithmetic of the wait in test_freshness.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from finews_feeds.model import SourceCondition, Validators
from finews_feeds.sources import version
from finews_feeds.sources.http import Fetcher
from tests.server import FeedServer, Reply, Request
from tests.whole.days import FORMATS, START, Days, podcast, rss

HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def days(tmp_path: Path, server: FeedServer) -> Days:
    return Days(tmp_path, server)


@pytest.fixture
def other() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def conditions(request: Request) -> tuple[str | None, str | None]:
    return request.header("if-none-match"), request.header("if-modified-since")


# --- 1: validators ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("etag", "date"),
    [
        ('"strong"', None),
        ('W/"weak"', "Mon, 23 Nov 2026 04:00:00 GMT"),
        ("unquoted", "Sat, 01 Jan 2095 00:00:00 GMT"),
        (None, "2026-11-23 04:00:00"),
    ],
)
def test_validators_outlive_a_restart_byte_for_byte(days: Days, etag: str | None, date: str | None) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), etag=etag, last_modified=date)))
    days.cycle()
    days.wait(hours=3)
    assert conditions(days.last) == (etag, date)
    assert (days.state().not_modified, days.state().polls) == (1, 2)


def test_none_are_invented(days: Days) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), headers=[("Date", "Mon, 23 Nov 2026 04:00:00 GMT")])))
    days.cycle()
    days.wait(hours=3)
    assert conditions(days.last) == (None, None)


def test_a_later_200_without_any_clears_them(days: Days) -> None:
    url = days.server.serve("/a", Reply(body=rss("one"), etag='"1"'))
    days.source(url)
    days.cycle()
    days.server.serve("/a", rss("one", "two"))
    days.wait(hours=3)
    days.wait(hours=3)
    assert [conditions(each)[0] for each in days.server.requests] == [None, '"1"', None]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], ('"1"', "then")),
        ([("ETag", '"1"'), ("Last-Modified", "now")], ('"1"', "now")),
        ([("ETag", '"2"')], ('"1"', "then")),
    ],
    ids=["none keeps ours", "ours brings a new date", "a strong one of a body that we never saw is not ours"],
)
def test_a_304_updates_what_its_validators_identify(
    days: Days, fields: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), etag='"1"', last_modified="then")))
    days.cycle()
    days.server.serve("/a", Reply(304, headers=fields))
    days.wait(hours=3)
    days.wait(hours=3)
    assert conditions(days.last) == expected


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("an error", Reply(500, body=rss("two"), etag='"2"')),
        ("cut by its length", Reply(body=rss("two"), etag='"2"', cut=40)),
        ("cut inside the XML", Reply(body=rss("two", "three")[:-60], etag='"2"')),
        ("a page", Reply(body="<!doctype html><title>x</title>", etag='"2"')),
        ("empty", Reply(body="", etag='"2"')),
    ],
)
def test_validators_are_never_taken_from_an_error_or_a_cut_answer(days: Days, name: str, reply: Reply) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), etag='"1"')))
    days.cycle()
    days.server.serve("/a", reply)
    days.wait(days=2)
    days.wait(days=2)
    assert days.last.header("if-none-match") != '"2"', name
    assert "one" in days.titles()


def test_a_newer_parser_asks_for_everything_once(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one"), etag='"1"')))
    days.cycle()
    monkeypatch.setattr(version, "feed_reader", lambda: "newer")
    days.wait(hours=3)
    days.wait(hours=3)
    assert [conditions(each)[0] for each in days.server.requests] == [None, None, '"1"']


# --- 2: when to ask again ---------------------------------------------------------------------------------------------


def test_nothing_is_asked_before_it_is_due_whoever_starts(days: Days) -> None:
    days.source(days.server.serve("/a", rss("one")))
    days.cycle()
    for _ in range(5):
        days.wait(minutes=5)
        days.cycle(again=True)
    assert len(days.server.requests) == 1
    days.wait(minutes=10)
    assert len(days.server.requests) == 2


def test_a_busy_source_is_asked_near_its_interval_and_a_silent_one_out_to_four(days: Days) -> None:
    counts = {}
    for name, age in (("busy", timedelta(minutes=1)), ("silent", timedelta(days=90))):
        url = days.server.serve(
            f"/{name}", Reply(body=rss("one", "two", when=START - age), etag='"1"', headers=[("X", name)])
        )
        days.source(url, name=name)
    days.live(hours=6)
    for name in ("busy", "silent"):
        counts[name] = len(days.server.asked(f"/{name}"))
    # the busy one falls silent, too, and is asked less from then on; a 304 does not make a source forget its rhythm
    assert counts["busy"] > counts["silent"]
    assert 3 <= counts["silent"] <= 4


def test_a_source_without_dates_has_the_rhythm_of_its_news(days: Days) -> None:
    undated = rss("one").replace("pubDate", "x")
    days.source(days.server.serve("/a", Reply(body=undated, etag='"1"')))
    asked = days.live(days=2)
    assert asked[-1] - asked[-2] >= timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "head", "fields", "low", "high"),
    [
        ("freshness", "", [("Cache-Control", "max-age=7200")], 2, 2.3),
        ("less its age", "", [("Cache-Control", "max-age=7200"), ("Age", "3600")], 1, 1.2),
        ("absurd freshness is a day", "", [("Cache-Control", "max-age=99999999999")], 24, 24.6),
        ("an absurd Expires likewise", "", [("Expires", "Fri, 31 Dec 9999 23:59:59 GMT")], 24, 24.6),
        ("ttl", "<ttl>180</ttl>", [], 3, 3.4),
        ("an absurd ttl likewise", "<ttl>99999999999</ttl>", [], 24, 24.6),
        ("skipped hours", "<skipHours><hour>5</hour><hour>6</hour></skipHours>", [], 2.5, 2.6),
        ("skipped days", "<skipDays><day>Monday</day></skipDays>", [], 19.5, 19.6),
    ],
)
def test_headers_and_hints_lengthen_the_wait(
    days: Days, name: str, head: str, fields: list[tuple[str, str]], low: float, high: float
) -> None:
    days.source(days.server.serve("/a", Reply(body=rss("one", head=head), headers=fields)))
    report = days.cycle()
    assert report.next_due_at is not None
    assert timedelta(hours=low) <= report.next_due_at - days.now <= timedelta(hours=high), name


@pytest.mark.parametrize("status", [302, 429, 503])
@pytest.mark.parametrize("value", ["7200", "Mon, 23 Nov 2026 06:30:00 GMT"])
def test_a_retry_after_is_kept_in_both_forms(days: Days, status: int, value: str) -> None:
    days.server.serve("/feed", rss("one"))
    fields = [("Retry-After", value), ("Location", "/feed")]
    days.source(days.server.serve("/a", Reply(status, headers=fields)))
    report = days.cycle()
    assert report.next_due_at is not None
    assert report.next_due_at - days.now >= timedelta(hours=2)


@pytest.mark.parametrize(
    ("scope", "held"), [("", False), ('retry_after_scope = "host"', True), ('retry_after_scope = "domain"', True)]
)
def test_a_retry_after_reaches_as_far_as_the_config_says(days: Days, other: FeedServer, scope: str, held: bool) -> None:
    days.http = scope
    days.allow = [other.host_port]
    days.source(days.server.serve("/a", Reply(429, headers=[("Retry-After", "7200")])), 'interval = "1m"', "a")
    days.source(days.server.serve("/b", rss("b")), 'interval = "1h"', "b")
    days.source(other.serve("/c", rss("c")), 'interval = "1h"', "c")
    days.sources = {"b": days.sources["b"], "c": days.sources["c"]}
    days.cycle()
    days.source(days.server.url + "/a", 'interval = "1m"', "a")
    days.wait(minutes=10)
    days.wait(minutes=80)
    assert len(days.server.asked("/b")) == (1 if held else 2)
    # another port is another host, but an address is its own domain whatever the port
    assert len(other.asked("/c")) == (1 if held and "domain" in scope else 2)
    days.wait(hours=2)
    assert len(days.server.asked("/b")) == (2 if held else 3)


def test_in_the_cycle_that_hears_it_the_others_of_the_host_are_left_alone(days: Days) -> None:
    days.http = 'retry_after_scope = "host"'
    for number in range(12):
        reply = Reply(503, headers=[("Retry-After", "7200")], delay=0.02)
        days.source(days.server.serve(f"/{number}", reply), name=f"s{number}")
    report = days.cycle()
    assert len(days.server.requests) <= 4
    assert report.next_due_at is not None
    assert report.next_due_at - days.now >= timedelta(hours=2)


def test_errors_back_off_by_doubling_to_a_day_and_never_end(days: Days) -> None:
    days.source(days.server.serve("/a", Reply(503)), 'interval = "1m"')
    asked = days.live(days=21)
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert timedelta(minutes=5) <= waits[0] <= timedelta(minutes=6)
    assert all(later > earlier * 1.5 for earlier, later in pairwise(waits[:7]))
    assert all(timedelta(days=1) <= wait <= timedelta(days=1, minutes=30) for wait in waits[-12:])
    state = days.state()
    assert (state.condition, state.failing_since, state.failures) == (SourceCondition.FAILING, START, len(asked))
    assert days.cycle(offline=True).sources_failed[0].name == "a"


def test_after_a_pause_the_daemon_spreads_what_is_overdue_over_an_interval(days: Days) -> None:
    for number in range(30):
        days.source(days.server.serve(f"/{number}", rss(f"e{number}")), name=f"s{number}")
    days.cycle()
    days.now += timedelta(days=3)
    asked = days.live(minutes=30)
    assert len(days.server.requests) == 60
    assert len(asked) >= 25
    assert asked[-1] - asked[0] >= timedelta(minutes=20)


def test_a_build_after_a_pause_asks_what_is_due(days: Days) -> None:
    for number in range(5):
        days.source(days.server.serve(f"/{number}", rss(f"e{number}")), name=f"s{number}")
    days.cycle()
    days.wait(days=3)
    assert len(days.server.requests) == 10


# --- 3: redirects, failing, gone --------------------------------------------------------------------------------------


def move(days: Days, status: int = 301) -> None:
    days.server.serve("/new", Reply(body=rss("one"), etag='"1"'))
    days.source(days.server.serve("/old", Reply(status, headers=[("Location", "/new")])), 'interval = "12h"')


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_remembered_after_three_times_over_three_days(days: Days, status: int) -> None:
    move(days, status)
    days.cycle()
    assert (days.state().moved_to, days.state().asked_url) == (days.server.url + "/new", "")
    days.live(days=8)
    asked = [each.path for each in days.server.requests]
    first = next(number for number, path in enumerate(asked) if path == "/new" and asked[number - 1] == "/new")
    assert 2 * 3 <= first <= 2 * 9
    assert "/old" not in asked[first:]
    assert days.state().asked_url == days.server.url + "/new"
    assert days.last.header("if-none-match") == '"1"'
    assert 'url = "' + days.server.url + '/old"' in (days.folder / "config/finews.toml").read_text()


def test_many_confirmations_within_a_day_are_not_enough(days: Days) -> None:
    move(days)
    days.source(days.server.url + "/old", 'interval = "1h"')
    days.live(days=1)
    assert days.state().moved_times > 3
    assert days.state().asked_url == ""
    days.live(days=3)
    assert days.state().asked_url == days.server.url + "/new"


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_followed_and_forgotten(days: Days, status: int) -> None:
    move(days, status)
    days.live(days=8)
    assert len(days.server.asked("/old")) == len(days.server.asked("/new"))
    assert days.state().moved_to == ""


def test_a_redirect_to_what_is_no_feed_is_never_remembered(days: Days) -> None:
    move(days)
    days.server.serve("/new", "<!doctype html><title>Under maintenance</title>")
    days.live(days=20)
    assert days.state().asked_url == ""
    assert days.server.asked("/old")


def test_a_redirect_that_ends_is_not_confirmed(days: Days) -> None:
    move(days)
    days.live(days=2)
    days.server.serve("/old", rss("one"))
    days.live(days=2)
    assert days.state().moved_to == ""
    move(days)
    days.live(days=2)
    assert days.state().asked_url == ""


def moved_for_good(days: Days) -> None:
    days.http = 'redirect_confirmations = 1\nredirect_period = "0s"'
    move(days)
    days.cycle()
    assert days.state().asked_url == days.server.url + "/new"


def test_the_old_address_is_asked_again_when_the_target_fails_for_long(days: Days) -> None:
    moved_for_good(days)
    days.server.serve("/new", Reply(503))
    days.server.serve("/old", rss("back"))
    days.live(days=5)
    assert days.state().asked_url == ""
    assert days.last.path == "/old"
    assert "back" in days.titles()


def test_a_target_that_is_gone_does_not_retire_the_source_before_its_own_address_was_asked(days: Days) -> None:
    moved_for_good(days)
    days.server.serve("/new", Reply(410))
    days.server.serve("/old", rss("back"))
    days.live(days=2)
    assert days.state().condition is SourceCondition.OK


@pytest.mark.parametrize(("status", "condition"), [(301, SourceCondition.GONE), (302, SourceCondition.FAILING)])
def test_what_is_gone_for_good_behind_a_redirect_for_now_is_asked_again(
    days: Days, status: int, condition: SourceCondition
) -> None:
    days.server.serve("/new", Reply(410))
    days.source(days.server.serve("/old", Reply(status, headers=[("Location", "/new")])))
    days.cycle()
    assert days.state().condition is condition


def test_another_address_in_the_config_begins_anew(days: Days) -> None:
    moved_for_good(days)
    days.source(days.server.serve("/third", rss("third")))
    days.cycle()
    assert days.last.path == "/third"
    assert conditions(days.last) == (None, None)


def test_gone_retires_the_source_and_keeps_its_entries(days: Days) -> None:
    days.source(days.server.serve("/a", rss("one")))
    days.cycle()
    days.server.serve("/a", Reply(410))
    days.live(days=30)
    days.cycle(force=True)
    assert len(days.server.requests) == 2
    assert days.state().condition is SourceCondition.GONE
    assert days.titles() == ["one"]


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("/a", "loop"),
        ("ftp://n.example/", "only the schemes"),
        ("http://169.254.169.254/", "private"),
        ("http://10.0.0.1/", "private"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_a_clear_error(days: Days, location: str, says: str) -> None:
    days.source(days.server.serve("/a", Reply(301, headers=[("Location", location)])))
    (failed,) = days.cycle().sources_failed
    assert says in failed.error
    assert failed.url == days.server.url + "/a"


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(404), "HTTP 404"),
        (Reply(410), "gone for good"),
        (Reply(body="<!doctype html><title>Log in</title>"), "web page"),
        (Reply(302, headers=[("Location", "ftp://n.example/")]), "only the schemes"),
    ],
)
def test_what_fails_behind_a_redirect_is_said_to_be_there(days: Days, reply: Reply, says: str) -> None:
    days.environ = {"KEY": "open-sesame"}
    days.server.serve("/login?back=Open-sesame", reply)
    url = days.server.serve("/a", Reply(302, headers=[("Location", "/login?back=Open-sesame")]))
    days.source(url + "?key=${KEY}")
    days.cycle()
    state = days.state()
    assert state.error.startswith(f"redirected to {days.server.url}/login?…: ")
    assert says in state.error
    assert "sesame" not in state.error


# --- 4: safety --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_in_time_is_its_sources_error_alone(days: Days) -> None:
    days.http = 'read_deadline = "1s"\nmax_entries = 100000'
    many = "".join(f"<item><guid>{number}</guid></item>" for number in range(100_000))
    days.source(days.server.serve("/a", rss("one").replace("<item>", many + "<item>", 1)), name="a")
    days.source(days.server.serve("/b", rss("two")), name="b")
    (failed,) = days.cycle().sources_failed
    assert failed.name == "a"
    assert "could not be read within 1 s" in failed.error
    assert "read_deadline" in failed.mend
    assert days.titles() == ["two"]


def test_entries_beyond_the_limit_are_left_out_and_told(days: Days) -> None:
    days.http = "max_entries = 3"
    days.source(days.server.serve("/a", rss(*"abcde")))
    report = days.cycle()
    assert days.titles() == ["a", "b", "c"]
    assert any("beyond the first 3" in finding.what for _, finding in report.source_findings)


def test_entities_are_neither_fetched_nor_expanded(days: Days) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    outside = f'<!ENTITY x SYSTEM "{days.server.url}/secret">'
    body = f"<!DOCTYPE rss [{bomb}{outside}]>" + rss("one").replace(">one<", ">one &e11;&x;<")
    days.source(days.server.serve("/a", body))
    days.cycle()
    assert [each.path for each in days.server.requests] == ["/a"]
    assert (days.folder / "public/feed.xml").stat().st_size < 10_000


def test_a_client_that_breaks_on_one_source_asks_the_others(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Fetcher.fetch

    async def broken(fetcher: Fetcher, url: str, *more: Any, **told: Any) -> Any:
        if url.endswith("/a"):
            raise KeyError("nobody thought of this")
        return await ask(fetcher, url, *more, **told)

    monkeypatch.setattr(Fetcher, "fetch", broken)
    for name in "abc":
        days.source(days.server.serve(f"/{name}", rss(name)), name=name)
    (failed,) = days.cycle().sources_failed
    assert failed.name == "a"
    assert "nobody thought of this" in failed.error
    assert days.titles() == ["b", "c"]


# --- 5: manners -------------------------------------------------------------------------------------------------------


def test_every_request_says_who_asks_and_for_how_many(days: Days) -> None:
    for name in "ab":
        days.source(days.server.serve(f"/{name}", rss(name)), name=name)
    days.cycle()
    for request in days.server.requests:
        agent = request.header("user-agent") or ""
        assert agent.startswith("finews_feeds/")
        assert "+https://finews.example/" in agent
        assert "2 subscriptions" in agent
        assert request.header("cookie") is request.header("referer") is request.header("authorization") is None


def test_fields_and_login_come_from_the_environment_and_go_to_their_origin_alone(days: Days, other: FeedServer) -> None:
    days.environ = {"KEY": "open sesame", "PW": "p\u00e4ss"}
    days.allow = [other.host_port]
    other.serve("/new", rss("one"))
    url = days.server.serve("/a", Reply(301, headers=[("Location", other.url + "/new"), ("X", "open sesame")]))
    days.source(url, 'headers = { "X-Key" = "env:KEY", "Accept" = "text/xml" }\nuser = "me"\npassword = "env:PW"')
    days.http = 'redirect_confirmations = 1\nredirect_period = "0s"'
    days.cycle()
    days.wait(days=1)
    (asked,) = days.server.requests
    assert (asked.header("x-key"), asked.header("accept")) == ("open sesame", "text/xml")
    assert asked.header("authorization") == "Basic bWU6cMOkc3M="
    for request in other.requests:
        assert request.header("x-key") is request.header("authorization") is None
    stored = (days.folder / "var/finews.db").read_bytes()
    assert b"open sesame" not in stored
    assert "sesame" not in repr(days.settings())


def test_a_proxy_is_asked_instead_and_only_by_the_config(days: Days, other: FeedServer) -> None:
    feed_url = "http://192.0.2.1.nip.invalid/feed.xml"
    days.http = f'proxy = "http://me:secret@{other.host_port}"'
    other.serve(feed_url, rss("by proxy"))
    days.source(feed_url)
    days.source("http://10.0.0.1/feed.xml", name="inside")
    (failed,) = days.cycle().sources_failed
    assert (failed.name, "private" in failed.error) == ("inside", True)
    (request,) = other.requests
    assert (request.path, request.header("proxy-authorization")) == (feed_url, "Basic bWU6c2VjcmV0")
    assert days.titles() == ["by proxy"]


# --- 6: whatever bytes ------------------------------------------------------------------------------------------------

CHINESE = "中国人民银行今天公布了新的货币政策"
JSON_FEED = {"version": "https://jsonfeed.org/version/1.1", "title": "S", "items": [{"id": "1", "title": "t"}]}
BYTES: list[tuple[str, Reply, list[str]]] = [
    ("a wrong type", Reply(body=rss("t"), content_type="text/html"), ["t"]),
    ("gbk by its header", Reply(body=rss(CHINESE).encode("gbk"), content_type="text/xml; charset=gbk"), [CHINESE]),
    ("gbk called utf-8", Reply(body=rss(CHINESE).encode("gbk"), content_type="text/xml; charset=utf-8"), [CHINESE]),
    ("utf-8 called latin-1", Reply(body=rss(CHINESE), content_type="text/xml; charset=iso-8859-1"), [CHINESE]),
    (
        "big5",
        Reply(body=rss("中央銀行的決定").encode("big5"), content_type="text/xml; charset=big5"),
        ["中央銀行的決定"],
    ),
    ("shift-jis", Reply(body=rss("日本の株価").encode("cp932"), content_type="x; charset=shift_jis"), ["日本の株価"]),
    ("utf-16", Reply(body=rss(CHINESE).encode("utf-16")), [CHINESE]),
    ("windows-1252", Reply(body=rss("L’été").encode("cp1252"), content_type="x; charset=iso-8859-1"), ["L’été"]),
    ("NUL and controls", Reply(body=rss("t").replace(">t<", ">t\0\x01\x1f<")), ["t"]),
    ("cut short", Reply(body=rss("a", "b")[: rss("a", "b").rindex("<item>") + 9]), ["a"]),
    ("JSON Feed", Reply(body=json.dumps(JSON_FEED), content_type="text/plain"), ["t"]),
    ("doubled ids", Reply(body=rss("t", "t")), ["t"]),
]


@pytest.mark.parametrize(("reply", "titles"), [case[1:] for case in BYTES], ids=[case[0] for case in BYTES])
def test_whatever_bytes_come_the_entries_are_read(days: Days, reply: Reply, titles: list[str]) -> None:
    days.source(days.server.serve("/a", reply))
    days.cycle()
    assert days.titles() == titles


def ids(days: Days) -> dict[str, str]:
    entries = days.published().iterfind("{*}entry")
    return {entry.findtext("{*}title") or "": entry.findtext("{*}id") or "" for entry in entries}


@pytest.mark.parametrize("name", FORMATS)
def test_a_feed_of_any_format_is_followed_for_days(days: Days, name: str) -> None:
    make = FORMATS[name]
    days.source(days.server.serve("/a", Reply(body=make("one"), etag='"1"')))
    days.cycle()
    first = ids(days)
    assert list(first) == ["one"]
    days.wait(days=1)
    assert days.state().not_modified == 1
    days.now += timedelta(days=1)
    days.server.serve("/a", Reply(body=make("two", "one", when=days.now - timedelta(hours=1)), etag='"2"'))
    days.cycle()
    assert ids(days) == first | {"two": ids(days)["two"]}
    days.now += timedelta(days=1)
    # cut short: nothing that was said is taken back, and the whole is asked for again
    days.server.serve("/a", Reply(body=make("three", "two", "one")[:-40], etag='"3"'))
    days.cycle()
    assert ids(days).keys() >= {"one", "two"}
    days.server.serve("/a", Reply(body=make("three", "two", "one"), etag='"3"'))
    days.wait(days=1)
    assert conditions(days.last) == (None, None)
    assert ids(days).keys() == {"one", "two", "three"}
    assert ids(days)["one"] == first["one"]
    assert days.state().condition is SourceCondition.OK


def test_a_podcast_keeps_its_files_and_its_text(days: Days) -> None:
    days.source(days.server.serve("/a", podcast("one")))
    days.cycle()
    (entry,) = days.published().iterfind("{*}entry")
    links = {link.get("rel"): link for link in entry.iterfind("{*}link")}
    file = links["enclosure"]
    assert [file.get(key) for key in ("href", "type", "length")] == ["https://m.example/one.mp3", "audio/mpeg", "17"]
    assert links["alternate"].get("href") == "https://n.example/one"
    assert entry.findtext("{*}content") == "<p>one</p>"


POOR = [
    ("no id", "<item><title>t</title><link>https://n.example/t</link></item>", ["t"]),
    ("no link", "<item><title>t</title><guid isPermaLink='false'>1</guid></item>", ["t"]),
    ("no title", "<item><guid isPermaLink='false'>1</guid><description>words</description></item>", ["words"]),
    ("nothing but words", "<item><description>words</description></item>", ["words"]),
    ("nothing but a title", "<item><title>t</title></item><item><title>u</title></item>", ["t", "u"]),
    (
        "one id for two",
        "<item><guid>1</guid><title>t</title></item><item><guid>1</guid><title>u</title></item>",
        ["t", "u"],
    ),
    ("nothing at all", "<item/><item><title>t</title></item>", ["t"]),
]


@pytest.mark.parametrize(("items", "titles"), [case[1:] for case in POOR], ids=[case[0] for case in POOR])
def test_entries_that_lack_something_are_published_once_and_keep_their_ids(
    days: Days, items: str, titles: list[str]
) -> None:
    body = f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>"
    days.source(days.server.serve("/a", body))
    days.cycle()
    before = ids(days)
    assert sorted(before) == titles
    # the order of a document, and a word around it, make no other entries
    days.server.serve("/a", body.replace("<title>S<", "<title>S2<"))
    days.wait(days=1)
    days.wait(days=1)
    assert ids(days) == before


def test_a_page_instead_of_a_feed_names_the_feed_that_it_points_to(days: Days) -> None:
    days.source(days.server.serve("/a", "<html><link rel=alternate type=application/rss+xml href=/rss.xml></html>"))
    (failed,) = days.cycle().sources_failed
    assert days.server.url + "/rss.xml" in failed.mend
    assert days.state().validators == Validators()
