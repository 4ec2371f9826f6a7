"""What other web servers are told of feeds that moved or were withdrawn."""

from __future__ import annotations

import pytest

from finews_feeds.publish.moved import MOVED_FILES, moved_files

SITE = "https://finews.example/"


def lines(site_url: str, moved: dict[str, str], gone: tuple[str, ...] = ()) -> tuple[str, str]:
    files = moved_files(moved, gone, site_url)
    return tuple(files[path].decode() for path in MOVED_FILES[1:])  # type: ignore[return-value]


def test_without_moves_there_are_no_files() -> None:
    assert moved_files({}, (), SITE) == {}


#: (site, old path, what nginx matches, where it leads, what Caddy matches)
CASES = [
    (SITE, "feed/旧.xml", '"/feed/旧.xml"', "/feed/%E6%96%B0.xml", '"/feed/旧.xml"'),
    ("https://a.example/news/", "feed/a.xml", '"/news/feed/a.xml"', "/news/feed/%E6%96%B0.xml", '"/news/feed/a.xml"'),
    (SITE, 'feed/"\\.xml', '"/feed/\\"\\\\.xml"', "/feed/%E6%96%B0.xml", r'"~^/feed/\x{22}\x{5c}\x{2e}xml$"'),
    (SITE, "feed/{a}.xml", '"/feed/{a}.xml"', "/feed/%E6%96%B0.xml", r'"~^/feed/\x{7b}a\x{7d}\x{2e}xml$"'),
]


@pytest.mark.parametrize(("site", "old", "nginx", "to", "caddy"), CASES)
def test_a_moved_feed_is_one_line_for_each_server(site: str, old: str, nginx: str, to: str, caddy: str) -> None:
    for_nginx, for_caddy = lines(site, {old: "feed/新.xml"})
    assert for_nginx.startswith(f"location = {nginx} {{")
    assert f'return 308 "{to}";' in for_nginx
    assert for_caddy == f'{caddy} "{to}" ""\n'


def test_a_variable_of_nginx_in_a_new_address_is_encoded() -> None:
    assert 'return 308 "/feed/%24uri.xml";' in lines(SITE, {"feed/a.xml": "feed/$uri.xml"})[0]


def test_a_withdrawn_feed_is_410() -> None:
    for_nginx, for_caddy = lines(SITE, {}, ("feed/a.xml",))
    assert r'return 410 "this feed was withdrawn\n";' in for_nginx
    assert for_caddy == '"/feed/a.xml" "" "yes"\n'


def test_an_address_with_a_line_break_breaks_no_config() -> None:
    assert lines(SITE, {"feed/a\n} evil {.xml": "feed.xml"}) == ("", "")
