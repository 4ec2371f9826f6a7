"""Conditional requests and content negotiation, as RFC 9110 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.serve.conditions import chosen_coding, is_not_modified, is_precondition_failed

ETAG = '"abc"'
#: Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
MODIFIED = 784111777

CONDITIONS = [
    ("nothing asked", None, None, False),
    ("the same tag", ETAG, None, True),
    ("weak comparison, §13.1.2", 'W/"abc"', None, True),
    ("one of a list", '"x", "a,b" ,"abc"', None, True),
    ("any", "*", None, True),
    ("another tag", '"abd"', None, False),
    ("no quotes", "abc", None, False),
    ("part of a tag", '"abc', None, False),
    ("empty", "", None, False),
    ("the tag rules over the date", '"x"', "Sun, 06 Nov 1994 08:49:37 GMT", False),
    ("the tag rules over an older date", ETAG, "Sun, 06 Nov 1993 08:49:37 GMT", True),
    ("even malformed", "abc", "Sun, 06 Nov 1994 08:49:37 GMT", False),
    ("even empty", "", "Sun, 06 Nov 1994 08:49:37 GMT", False),
    ("the same date", None, "Sun, 06 Nov 1994 08:49:37 GMT", True),
    ("a later date", None, "Sun, 06 Nov 1994 08:49:38 GMT", True),
    ("an earlier date", None, "Sun, 06 Nov 1994 08:49:36 GMT", False),
    ("the form of RFC 850", None, "Sunday, 06-Nov-94 08:49:37 GMT", True),
    ("the form of asctime", None, "Sun Nov  6 08:49:37 1994", True),
    ("no date", None, "yesterday", False),
    ("no day", None, "Sun, 99 Nov 1994 08:49:37 GMT", False),
]


@pytest.mark.parametrize(
    ("none_match", "since", "expected"), [case[1:] for case in CONDITIONS], ids=[case[0] for case in CONDITIONS]
)
def test_a_condition_decides_between_200_and_304(none_match: str | None, since: str | None, expected: bool) -> None:
    assert is_not_modified(ETAG, MODIFIED, none_match, since) is expected


PRECONDITIONS = [
    ("nothing asked", None, None, False),
    ("the same tag", ETAG, None, False),
    ("one of a list", '"x", "a,b" ,"abc"', None, False),
    ("any", " * ", None, False),
    ("strong comparison, §13.1.1", 'W/"abc"', None, True),
    ("another tag", '"abd"', None, True),
    ("no tag", "abc", None, True),
    ("the tag rules over the date", ETAG, "Sun, 06 Nov 1993 08:49:37 GMT", False),
    ("the same date", None, "Sun, 06 Nov 1994 08:49:37 GMT", False),
    ("an earlier date", None, "Sunday, 06-Nov-94 08:49:36 GMT", True),
    ("no date", None, "yesterday", False),
]


@pytest.mark.parametrize(
    ("match", "since", "expected"), [case[1:] for case in PRECONDITIONS], ids=[case[0] for case in PRECONDITIONS]
)
def test_who_wants_another_state_gets_none(match: str | None, since: str | None, expected: bool) -> None:
    assert is_precondition_failed(ETAG, MODIFIED, match, since) is expected


CODINGS = [
    (None, False),
    ("", False),
    ("gzip", True),
    ("GZip", True),
    ("x-gzip", True),
    ("br, gzip;q=0.5", True),
    ("gzip;q=0", False),
    ("gzip; q=0.000", False),
    ("gzip;q=0, *", False),
    ("*", True),
    ("*;q=0", False),
    ("identity", False),
    ("identity, gzip;q=0.5", False),
    ("identity;q=0.5, gzip", True),
    ("identity;q=0", False),
    ("gzip;q=0.5, *;q=0.8", False),
    ("gzip;q=nonsense", False),
    ("gzip;q=2", False),
    ("deflate, br", False),
]


@pytest.mark.parametrize(("field", "expected"), CODINGS)
def test_gzip_is_sent_to_those_who_want_it(field: str | None, expected: bool) -> None:
    assert chosen_coding(field, ("gzip",)) == ("gzip" if expected else "")


SEVERAL = [
    ("gzip, br, zstd", ("zstd", "br", "gzip"), "zstd"),
    ("gzip, br, zstd", ("br", "gzip"), "br"),
    ("gzip;q=1.0, br;q=0.9", ("br", "gzip"), "gzip"),
    ("br;q=0, *", ("br", "gzip"), "gzip"),
    ("x-gzip, br;q=0.2", ("br", "gzip"), "gzip"),
    ("deflate", ("br", "gzip"), ""),
    ("br, identity;q=0.1", ("br", "gzip"), "br"),
    ("br;q=0.1, identity;q=0.2", ("br", "gzip"), ""),
    ("gzip, br", (), ""),
]


@pytest.mark.parametrize(("field", "available", "expected"), SEVERAL)
def test_the_coding_that_is_wanted_most_is_sent_and_of_equal_ones_the_first(
    field: str, available: tuple[str, ...], expected: str
) -> None:
    assert chosen_coding(field, available) == expected


@given(field=st.text())
def test_no_field_is_too_odd_to_answer(field: str) -> None:
    assert chosen_coding(field, ("br", "gzip")) in ("br", "gzip", "")
    assert is_not_modified(ETAG, MODIFIED, None, field) in (True, False)
    assert is_not_modified(ETAG, MODIFIED, field, field) in (True, False)
    assert is_precondition_failed(ETAG, MODIFIED, field, field) in (True, False)
