"""Content codings: undone within bounds, refused when cut short."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.sources.coding import CodingError, TooLargeError, decoded

MIB = 1024 * 1024

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": zstandard.compress,
}

UNSIZED = zstandard.ZstdCompressor(write_content_size=False).compress(b"<rss/>")


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(max_size=200) | st.binary(max_size=20).map(lambda piece: piece * 20_000))
def test_what_was_coded_comes_back(coding: str, body: bytes) -> None:
    assert decoded(CODINGS[coding](body), coding, MIB) == body


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(min_size=1, max_size=2000), data=st.data())
def test_a_coded_body_that_ends_too_soon_is_refused(coding: str, body: bytes, data: st.DataObject) -> None:
    coded = CODINGS[coding](body)
    length = data.draw(st.integers(1, len(coded) - 1))
    with pytest.raises(CodingError):
        decoded(coded[:length], coding, MIB)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_takes_no_more_memory_than_the_limit_and_a_little(coding: str) -> None:
    bomb = CODINGS[coding](bytes(64 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            decoded(bomb, coding, MIB)
        assert tracemalloc.get_traced_memory()[1] < 5 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_nothing_but_empty_pieces_is_refused(coding: str) -> None:
    with pytest.raises(CodingError, match="pieces"):
        decoded(CODINGS[coding](b"") * 200_000, coding, 10 * MIB)


@given(raw=st.binary(max_size=300), coding=st.text(max_size=20) | st.sampled_from([*CODINGS, "gzip, br", "x-gzip"]))
def test_whatever_comes_it_is_a_body_or_one_of_two_errors(raw: bytes, coding: str) -> None:
    with suppress(CodingError, TooLargeError):
        assert len(decoded(raw, coding, 1000)) <= 1000


@pytest.mark.parametrize(
    ("raw", "coding", "expected"),
    [
        pytest.param(b"<rss/>", "", b"<rss/>", id="no coding"),
        pytest.param(b"<rss/>", "Identity", b"<rss/>", id="identity"),
        pytest.param(b"<rss/>", "UTF-8", b"<rss/>", id="a charset in the field by mistake"),
        pytest.param(gzip.compress(b"<rss/>"), "none, gzip, ", b"<rss/>", id="words that are no coding beside one"),
        pytest.param(b"", "gzip", b"", id="nothing to decode"),
        pytest.param(gzip.compress(b""), "gzip", b"", id="an empty body, coded"),
        pytest.param(gzip.compress(b"<rss") + gzip.compress(b"/>"), "gzip", b"<rss/>", id="two gzip members"),
        pytest.param(gzip.compress(b"<rss/>") + bytes(512), "gzip", b"<rss/>", id="padding after gzip"),
        pytest.param(zstandard.compress(b"<rss") + zstandard.compress(b"/>"), "zstd", b"<rss/>", id="two zstd frames"),
        pytest.param(zstandard.compress(b"<rss/>") + bytes(64), "zstd", b"<rss/>", id="padding after zstd"),
        pytest.param(UNSIZED, "zstd", b"<rss/>", id="a zstd frame without its size"),
        pytest.param(brotli.compress(gzip.compress(b"<rss/>")), "gzip, br", b"<rss/>", id="coded twice"),
    ],
)
def test_odd_bodies_are_read_as_the_rfc_has_them(raw: bytes, coding: str, expected: bytes) -> None:
    assert decoded(raw, coding, MIB) == expected
