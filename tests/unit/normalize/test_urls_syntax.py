"""The syntax of URLs, against what a parser of the WHATWG's makes of the same strings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finews_feeds.normalize.url_host import normal_host
from finews_feeds.normalize.url_syntax import parse, percent_decoded, percent_normal

_WHATWG = Path(__file__).parents[2] / "data" / "urls" / "whatwg.tsv"
CASES = [
    [json.loads(cell) for cell in line.split("\t")]
    for line in _WHATWG.read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("text", "serialized"), CASES)
def test_a_string_is_read_as_the_whatwg_reads_it(text: str, serialized: str) -> None:
    # Theirs is parsed too, for they keep userinfo, fragments and needless percent-encoding.
    assert parse(text) == (parse(serialized) if serialized else None)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("%7E%41%2d", "~A-"),
        ("%2f%2B%2c%3A", "%2F%2B%2C%3A"),
        ("%e4%bd%a0你", "%E4%BD%A0%E4%BD%A0"),
        ("%", "%25"),
        ("%4", "%254"),
        ("%%34%31", "%2541"),
        ('a b"<>`{}|\\^', "a%20b%22%3C%3E%60%7B%7D%7C%5C%5E"),
        ("!$&'()*+,;=:@/?-._~", "!$&'()*+,;=:@/?-._~"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_percent_encoding_has_one_normal_form(text: str, normal: str) -> None:
    assert percent_normal(text) == normal
    assert percent_normal(normal) == normal


def test_decoding_leaves_bytes_beyond_ascii_encoded() -> None:
    assert percent_decoded("http%3A%2F%2Fa%25E4%E4") == "http://a%E4%E4"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("A.Example", "a.example"),
        ("a.example.", "a.example"),
        ("a.example..", ""),
        ("a_b.example", "a_b.example"),
        ("☃.example", "xn--n3h.example"),
        ("[2001:DB8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"),
        ("[0:0:1::]", "[0:0:1::]"),
        ("[::ffff:1.2.3.4]", "[::ffff:102:304]"),
        ("[]", ""),
        ("1.2.3.4.", "1.2.3.4"),
        ("1.2.3.0x", "1.2.3.0"),
        ("a.1", ""),
        ("%E4", ""),
        ("", ""),
    ],
)
def test_a_host_has_one_normal_form(text: str, host: str) -> None:
    assert normal_host(text) == host
