"""What is sent to a source's own origin alone, whom a Retry-After holds for, and what documents take in memory."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from finews_feeds.sources.memory import SMALL_BYTES, Memory
from finews_feeds.sources.private import Private
from finews_feeds.sources.scopes import scope_of

URL = "https://news.example/feed"


@pytest.mark.parametrize(
    ("here", "is_told"),
    [
        (URL, True),
        ("https://news.example:443/other?x", True),
        ("https://NEWS.example/", True),
        ("http://news.example/feed", False),
        ("https://news.example:8443/feed", False),
        ("https://www.news.example/feed", False),
        ("https://news.example.evil.example/feed", False),
        ("https://evil.example/https://news.example/", False),
    ],
)
def test_private_fields_go_to_their_origin_alone(here: str, is_told: bool) -> None:
    private = Private(URL, (("X-Key", "1"),), "me", "it")
    expected = (("X-Key", "1"), ("Authorization", "Basic bWU6aXQ="))
    assert private.fields(here) == (expected if is_told else ())
    assert "it" not in repr(private).replace("Private(url=", "")


@pytest.mark.parametrize(
    ("private", "expected"),
    [
        (Private("https://a%40b:c@news.example/"), "Basic YUBiOmM="),
        (Private("https://in:url@news.example/", (), "me", "it"), "Basic bWU6aXQ="),
        (Private(URL, (("authorization", "Bearer x"),), "me", "it"), "Bearer x"),
        (Private(URL, (), "", "token"), "Basic OnRva2Vu"),
    ],
)
def test_of_several_credentials_the_most_particular_are_sent(private: Private, expected: str) -> None:
    assert [value for name, value in private.fields(URL) if name.lower() == "authorization"] == [expected]


SCOPES: list[tuple[str, Literal["feed", "host", "domain"], str]] = [
    (URL, "feed", ""),
    (URL, "host", "news.example:443"),
    ("http://News.example./a", "host", "news.example:80"),
    ("http://news.example:8080/a", "host", "news.example:8080"),
    ("https://a.b.example.co.uk/", "domain", "example.co.uk"),
    ("https://blog.tumblr.com/rss", "domain", "tumblr.com"),
    ("https://one.github.io/", "domain", "one.github.io"),
    ("http://127.0.0.1:8080/", "domain", "127.0.0.1"),
    ("http://[::1]:8080/", "domain", "::1"),
    ("http://localhost/", "domain", "localhost"),
    ("http://[half", "host", ""),
]


@pytest.mark.parametrize(("url", "scope", "expected"), SCOPES)
def test_a_retry_after_holds_for_the_feed_its_host_or_its_domain(
    url: str, scope: Literal["feed", "host", "domain"], expected: str
) -> None:
    assert scope_of(url, scope) == expected


def test_large_documents_wait_for_a_place_and_small_ones_do_not() -> None:
    async def run() -> list[str]:
        memory, told = Memory(most_bytes=20, largest_bytes=10, requests=1), list[str]()

        async def document(name: str, size: int) -> None:
            async with memory.place() as place:
                await place.grow(size)
                told.append(f"{name} in")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            told.append(f"{name} out")

        sizes = {"a": SMALL_BYTES + 1, "b": SMALL_BYTES + 1, "c": SMALL_BYTES + 1, "small": SMALL_BYTES}
        await asyncio.gather(*(document(name, size) for name, size in sizes.items()))
        return told

    told = asyncio.run(run())
    assert told.index("small in") < told.index("a out")
    assert told.index("c in") > told.index("a out")
    assert len(told) == 8


def test_no_more_is_asked_for_than_may_be_in_hand() -> None:
    async def run() -> int:
        memory, asked = Memory(most_bytes=20, largest_bytes=10, requests=3), list[int]()
        done = asyncio.Event()

        async def document(number: int) -> None:
            async with memory.place() as place:
                await place.take()
                await place.take()  # at a redirect
                asked.append(number)
                await done.wait()

        documents = asyncio.gather(*map(document, range(100)))
        await asyncio.sleep(0)
        at_once = len(asked)
        done.set()
        await documents
        assert len(asked) == 100
        return at_once

    assert asyncio.run(run()) == 3 + 16
