"""`sources add`: which requests the way from an address to its feed costs, and which are not made."""

from __future__ import annotations

import pytest

from tests.server import FeedServer, Reply
from tests.whole.site import WholeSite

FEED = '<rss version="2.0"><channel><title>Found</title><item><title>a</title></item></channel></rss>'
LINK = '<link rel="alternate" type="application/rss+xml" href="{0}">'
CLOSED = "User-agent: *\nDisallow: /"
#: No second between two requests to one host: there is one request, or the last of a few.
ADD = ("sources", "add")


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, server: FeedServer) -> WholeSite:
    made = WholeSite(tmp_path_factory.mktemp("site"))
    made.allow = [server.host_port]
    made.write()
    return made


def paths(server: FeedServer) -> list[str]:
    return [each.path for each in server.requests]


@pytest.mark.parametrize("path", ["/feed.xml", "/blog/feed/", "/?feed=rss2", "/x/rss", "/a.json"])
def test_a_feed_is_asked_without_robots_txt(site: WholeSite, server: FeedServer, path: str) -> None:
    server.serve("/robots.txt", CLOSED)
    site.run(*ADD, server.serve(path, FEED))
    assert paths(server) == [path]


def test_a_page_that_robots_txt_forbids_is_not_asked(site: WholeSite, server: FeedServer) -> None:
    server.serve("/robots.txt", "User-agent: *\nDisallow: /private/")
    before = site.config.read_bytes()
    said = site.run(*ADD, server.serve("/private/page", LINK.format("/feed.xml")), code=1)
    assert "/private/page: its robots.txt forbids programs to ask for this page; give the address of the feed" in said
    assert paths(server) == ["/robots.txt"]
    assert site.config.read_bytes() == before


def test_a_page_that_looks_like_a_feed_is_not_looked_into(site: WholeSite, server: FeedServer) -> None:
    server.serve("/robots.txt", CLOSED)
    server.serve("/found", FEED)
    assert "forbids" in site.run(*ADD, server.serve("/rss", LINK.format("/found")), code=1)
    assert paths(server) == ["/rss", "/robots.txt"]


def test_a_feed_that_an_allowed_page_names_is_asked_whatever_robots_txt_says(
    site: WholeSite, server: FeedServer
) -> None:
    server.serve("/robots.txt", "User-agent: *\nDisallow: /feeds/")
    server.serve("/feeds/all", FEED)
    out = site.run(*ADD, server.serve("/page", LINK.format("/feeds/all")))
    assert f"added Found: {server.url}/feeds/all (1 entries now)" in out
    assert paths(server) == ["/robots.txt", "/page", "/feeds/all"]


def test_a_link_field_names_the_feed_of_a_page(site: WholeSite, server: FeedServer) -> None:
    server.serve("/named", FEED)
    link = ("Link", '</named>; rel="alternate"; type="application/rss+xml"')
    out = site.run(*ADD, server.serve("/page", Reply(body="<p>", content_type="text/html", headers=[link])))
    assert f"{server.url}/named" in out


def test_usual_places_that_robots_txt_forbids_are_not_guessed(site: WholeSite, server: FeedServer) -> None:
    server.serve("/robots.txt", "User-agent: *\nDisallow: /feed.xml\nAllow: /$\nAllow: /atom.xml")
    server.serve("/feed.xml", FEED)
    server.serve("/atom.xml", FEED)
    server.serve("/", "<p>no links")
    assert f"{server.url}/atom.xml" in site.run(*ADD, server.url + "/")
    assert paths(server) == ["/robots.txt", "/", "/atom.xml"]


@pytest.mark.parametrize("status", [500, 503])
def test_where_robots_txt_cannot_be_had_no_page_is_asked(site: WholeSite, server: FeedServer, status: int) -> None:
    server.serve("/robots.txt", Reply(status))
    assert "its robots.txt cannot be asked (" in site.run(*ADD, server.serve("/page", "<p>"), code=1)
    assert paths(server) == ["/robots.txt"]


def test_a_redirect_to_a_site_that_forbids_it_is_not_looked_into(site: WholeSite, server: FeedServer) -> None:
    with FeedServer() as other:
        site.allow.append(other.host_port)
        site.write()
        other.serve("/robots.txt", CLOSED)
        other.serve("/found", FEED)
        there = other.serve("/page", LINK.format("/found"))
        url = server.serve("/page", Reply(302, headers=[("Location", there)]))
        assert "forbids" in site.run(*ADD, url, code=1)
        assert "/found" not in paths(other)
