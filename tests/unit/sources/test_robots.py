"""robots.txt: whom it keeps from what (RFC 9309)."""

from __future__ import annotations

import asyncio

import pytest

from finews_feeds.model import Answer, Failed, Gone, Representation
from finews_feeds.sources.robots import Robots

SITE = "https://a.example"

RULES = [
    # name, robots.txt, path, may be asked
    ("nothing said", "", "/page", True),
    ("all of it", "User-agent: *\nDisallow: /", "/page", False),
    ("our name", "User-agent: *\nDisallow:\n\nUser-agent: Finews_Feeds\nDisallow: /", "/page", False),
    ("our name goes before all", "User-agent: finews_feeds\nAllow: /\n\nUser-agent: *\nDisallow: /", "/page", True),
    ("another's name", "User-agent: otherbot\nDisallow: /", "/page", True),
    ("a name that ours ends in", "User-agent: feeds\nDisallow: /", "/page", True),
    ("the longest rule (2.2.2)", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    ("whatever its place", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
    ("equally long: allowed", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    ("a star and an end (2.2.3)", "User-agent: *\nDisallow: /*.php$", "/x/y.php", False),
    ("not at the end", "User-agent: *\nDisallow: /*.php$", "/x/y.php?z", True),
    ("a query", "User-agent: *\nDisallow: /*?", "/x?y=1", False),
    ("percent-encoding", "User-agent: *\nDisallow: /%E8%B4%A2", "/财/经", False),
    ("a mark at the beginning", "\ufeffUser-agent: *\nDisallow: /", "/page", False),
    ("a page instead of rules", "<!doctype html><title>404</title>", "/page", True),
    ("no text at all", "\x00\x01\ufffd" * 50, "/page", True),
]  # fmt: skip


def asked(answer: Answer, url: str) -> tuple[str, list[str]]:
    """The cause of the refusal, "" for none, and what was asked for it."""
    requests: list[str] = []

    async def ask(place: str) -> Answer:
        requests.append(place)
        return answer

    async def twice() -> str:
        robots = Robots(ask)
        await robots.refusal(url)
        fault = await robots.refusal(url)
        return fault.cause if fault else ""

    return asyncio.run(twice()), requests


@pytest.mark.parametrize(("text", "path", "may"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_a_page_is_asked_where_the_rules_let_us(text: str, path: str, may: bool) -> None:
    answer = Representation(f"{SITE}/robots.txt", 200, (), text.encode())
    cause, _ = asked(answer, SITE + path)
    assert cause == ("" if may else "its robots.txt forbids programs to ask for this page")


PLACE = f"{SITE}/robots.txt"
UNKNOWN = [
    # name, answer, may be asked
    ("not found", Failed(PLACE, "404 Not Found", status=404), True),
    ("forbidden", Failed(PLACE, "403 Forbidden", status=403), True),
    ("gone", Gone(PLACE, ()), True),
    ("it redirects without end", Failed(PLACE, "more than 10 redirects", status=302), True),
    ("an error of the server's", Failed(PLACE, "500", status=500), False),
    ("overload", Failed(PLACE, "503", status=503), False),
    ("nobody answers", Failed(PLACE, "no connection"), False),
    ("cut off on its way", Failed(PLACE, "it ended too soon", status=200), False),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "may"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_no_rules_allow_all_and_unknown_rules_forbid_all(answer: Answer, may: bool) -> None:
    cause, _ = asked(answer, f"{SITE}/page")
    assert not cause if may else cause.startswith("its robots.txt cannot be asked (")


def test_each_site_is_asked_once_at_its_root_and_without_credentials() -> None:
    _, requests = asked(Gone(PLACE, ()), "https://user:secret@a.example:8443/deep/page?x=1#y")
    assert requests == ["https://a.example:8443/robots.txt"]


def test_rules_hold_for_their_own_site() -> None:
    async def ask(place: str) -> Answer:
        closed = b"User-agent: *\nDisallow: /" if place.startswith("http://") else b""
        return Representation(place, 200, (), closed)

    async def both() -> list[bool]:
        robots = Robots(ask)
        return [await robots.refusal(each) is None for each in ("http://a.example/p", "https://a.example/p")]

    assert asyncio.run(both()) == [False, True]
