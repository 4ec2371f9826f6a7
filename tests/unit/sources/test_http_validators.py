"""Which validators are sent next time (RFC 9110 §8.8, RFC 9111 §4.3.4)."""

from __future__ import annotations

import pytest

from finews_feeds.model import Answer, Failed, Gone, Headers, NotModified, Redirect, Representation, Validators
from finews_feeds.sources.redirects import next_hop, permanent_target
from finews_feeds.sources.validators import validators_of

URL = "https://news.example/feed.xml"
HELD = Validators('"a"', "Mon, 23 Nov 2026 04:00:00 GMT")
LATER = "Mon, 23 Nov 2026 05:00:00 GMT"


def ok(*headers: tuple[str, str]) -> Answer:
    return Representation(URL, 200, headers, b"<rss/>")


def unchanged(*headers: tuple[str, str]) -> Answer:
    return NotModified(URL, headers)


CASES: list[tuple[str, Answer, Validators, Validators]] = [
    ("a 200 brings both", ok(("etag", '"b"'), ("last-modified", LATER)), HELD, Validators('"b"', LATER)),
    ("a 200 with one clears the other", ok(("etag", 'W/"b"')), HELD, Validators('W/"b"', None)),
    ("a 200 without any clears both", ok(("content-type", "text/xml")), HELD, Validators()),
    ("an empty field is none", ok(("etag", "")), HELD, Validators()),
    ("odd ones are kept as they are", ok(("etag", "b"), ("last-modified", "soon")), HELD, Validators("b", "soon")),
    ("of two tags the first", ok(("etag", "1"), ("etag", "2")), HELD, Validators("1")),
    ("a star is no tag: it would match for ever", ok(("etag", "*")), HELD, Validators()),
    ("one too long to be sent is none", ok(("etag", "x" * 3000)), HELD, Validators()),
    ("a 304 without any keeps ours", unchanged(), HELD, HELD),
    (
        "a 304 with our strong tag updates the date",
        unchanged(("etag", '"a"'), ("last-modified", LATER)),
        HELD,
        Validators('"a"', LATER),
    ),
    (
        "a 304 with another strong tag names a body that we have not read",
        unchanged(("etag", '"b"'), ("last-modified", LATER)),
        HELD,
        HELD,
    ),
    (
        "a 304 with our tag made weak updates it",
        unchanged(("etag", 'W/"a"')),
        HELD,
        Validators('W/"a"', HELD.last_modified),
    ),
    ("a 304 with another weak tag does not", unchanged(("etag", 'W/"b"')), HELD, HELD),
    (
        "a 304 with our date brings a weak tag along",
        unchanged(("etag", 'W/"b"'), ("last-modified", LATER)),
        Validators(None, LATER),
        Validators('W/"b"', LATER),
    ),
    (
        "a 304 with our date brings no strong tag along",
        unchanged(("etag", '"b"'), ("last-modified", LATER)),
        Validators(None, LATER),
        Validators(None, LATER),
    ),
    ("a 304 with another date alone changes nothing", unchanged(("last-modified", LATER)), HELD, HELD),
    ("an error changes nothing", Failed(URL, "HTTP 500", status=500, headers=(("etag", '"e"'),)), HELD, HELD),
    ("410 changes nothing", Gone(URL, (("etag", '"e"'),)), HELD, HELD),
]


@pytest.mark.parametrize(("name", "answer", "held", "expected"), CASES, ids=[case[0] for case in CASES])
def test_validators_stand_only_beside_a_body_that_was_read(
    name: str, answer: Answer, held: Validators, expected: Validators
) -> None:
    assert validators_of(answer, held) == expected


def redirects(*statuses: int) -> tuple[Redirect, ...]:
    return tuple(Redirect(status, f"https://news.example/{number}") for number, status in enumerate(statuses))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), ""),
        ((301,), "https://news.example/0"),
        ((308, 301), "https://news.example/1"),
        ((302,), ""),
        ((302, 301), ""),
        ((301, 307), "https://news.example/0"),
        ((303, 308), ""),
    ],
)
def test_a_source_has_moved_as_far_as_the_redirects_are_permanent(statuses: tuple[int, ...], expected: str) -> None:
    assert permanent_target(redirects(*statuses)) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("b.xml", "https://news.example/a/b.xml"),
        ("../b.xml?x=1#top", "https://news.example/b.xml?x=1"),
        ("//other.example/", "https://other.example/"),
        ("https://me:secret@other.example/", "https://other.example/"),
        ("/a%2Fb c.xml", "https://news.example/a%2Fb%20c.xml"),
        ("/消息".encode().decode("latin-1"), "https://news.example/%E6%B6%88%E6%81%AF"),
        ("/caf\xe9", "https://news.example/caf%C3%A9"),
        ("?page=2", "https://news.example/a/feed.xml?page=2"),
    ],
)
def test_a_location_is_resolved_against_where_it_was_met(location: str, expected: str) -> None:
    assert next_hop("https://news.example/a/feed.xml", location) == expected


def test_the_type_of_headers_is_what_the_model_says() -> None:
    headers: Headers = (("etag", '"a"'),)
    assert validators_of(Representation(URL, 203, headers, b""), Validators()) == Validators('"a"')
