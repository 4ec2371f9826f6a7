"""The pages as people meet them: with a mouse, a keyboard, a phone, a screen reader, in the dark and without script."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PLAIN_HOST, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

FEED = "feed/by_tag/" + quote("芯片") + ".html"
PAGES = ["", "feed.html", FEED]
COPIED = re.compile("已复制|Copied")
COPY = re.compile("^(复制|Copy)")


def shown(page: Page) -> list[str]:
    """The names of the feeds that the index shows."""
    return page.locator(".feeds li:visible .name").all_inner_texts()


def address(page: Page) -> str:
    """The feed that a page is for, as it advertises it."""
    return page.locator('link[rel="alternate"]').first.get_attribute("href") or ""


SEARCHES = [
    ("a word", "芯片", "芯片"),
    ("a part of a word", "半导", "半导体"),
    ("small letters for large ones", "techweb", "TechWeb"),
    ("full-width letters", "ＴｅｃｈＷｅｂ", "TechWeb"),
    ("several words in any order", "connect BOND", "Bond Connect"),
    ("blanks around it", "  芯片 ", "芯片"),
    ("signs", "<script>", "<script>"),
]


@pytest.mark.parametrize(("typed", "found"), [case[1:] for case in SEARCHES], ids=[case[0] for case in SEARCHES])
def test_the_search_leaves_the_feeds_whose_names_have_every_word(visitor: Visitor, typed: str, found: str) -> None:
    page = visitor().open()
    names = shown(page)
    page.get_by_role("searchbox").press_sequentially(typed)
    left = shown(page)
    assert found in left
    assert len(left) < len(names)
    folded = found.casefold()
    assert all(set(name.casefold()) & set(folded) for name in left)
    assert re.search(rf"\b{len(left)}\b", page.locator("#found").inner_text())
    assert page.locator(".group:visible").count() <= len(left)
    page.get_by_role("searchbox").fill("")
    assert shown(page) == names
    assert page.locator("#found").inner_text() == ""


def test_a_search_that_finds_nothing_says_so(visitor: Visitor) -> None:
    page = visitor().open()
    page.get_by_role("searchbox").fill("zzzz没有")
    assert shown(page) == []
    assert page.locator("#found").inner_text().strip()


def test_an_address_may_carry_a_search(visitor: Visitor) -> None:
    page = visitor().open("?q=" + quote("财联社"))
    assert set(shown(page)) <= {"财联社"}
    assert page.get_by_role("searchbox").input_value() == "财联社"


@pytest.mark.parametrize("host", ["", PLAIN_HOST], ids=["with a clipboard", "on a site without HTTPS"])
@pytest.mark.parametrize("path", PAGES, ids=["index", "main", "tag"])
def test_the_copy_button_puts_the_address_on_the_clipboard(visitor: Visitor, path: str, host: str) -> None:
    visit = visitor()
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visit.site.url.rstrip("/"))
    page = visit.open(path, host)
    button = page.locator(".subscribe").get_by_role("button", name=COPY)
    button.click()
    page.get_by_role("status").filter(has_text=COPIED).wait_for()
    assert COPIED.search(button.inner_text())
    reader = visit.open()
    assert reader.evaluate("navigator.clipboard.readText()") == address(page)


def test_every_feed_of_the_index_has_a_button_that_copies_its_address(visitor: Visitor) -> None:
    visit = visitor()
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open()
    assert page.locator(".feeds li").count() == page.locator(".feeds li button").count()
    line = page.locator(".feeds li").last
    line.get_by_role("button").click()
    page.get_by_role("status").filter(has_text=COPIED).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == line.locator(".atom").get_attribute("href")


def test_subscribing_leads_to_the_feed_itself(visitor: Visitor) -> None:
    visit = visitor()
    page = visit.open(FEED)
    answer = visit.context.request.get(address(page))
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert page.locator(".subscribe a").first.get_attribute("href") == address(page)
    assert page.locator(".subscribe a.button").get_attribute("href") == "feed:" + address(page)


_FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const here = document.elementFromPoint(box.x + Math.min(box.width, 12) / 2, box.y + box.height / 2);
  return {
    what: at.outerHTML.slice(0, 120),
    outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: here !== null && (at.contains(here) || here.contains(at)),
    isBody: at === document.body,
  };
}"""


@pytest.mark.parametrize("path", ["", FEED], ids=["index", "feed"])
def test_the_keyboard_alone_reaches_everything_in_order_and_one_sees_where_one_is(visitor: Visitor, path: str) -> None:
    page = visitor(viewport={"width": 900, "height": 700}, reduced_motion="reduce").open(path)
    wanted = page.locator("a[href]:visible, button:visible, input:visible, summary:visible").count()
    visited = []
    while len(visited) <= wanted:
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        if at["isBody"]:
            break
        assert at["outline"], at
        assert at["seen"], at
        visited.append(at["what"])
    assert len(visited) == wanted
    # the order of the document, so that nothing jumps about
    assert page.evaluate("[...document.querySelectorAll('[tabindex]')].every(each => each.tabIndex <= 0)")


def test_enter_does_what_a_click_does(visitor: Visitor) -> None:
    visit = visitor()
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details ol").is_visible()
    page.locator(".subscribe button").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text=COPIED).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == address(page)
    page.get_by_role("searchbox").focus()
    page.keyboard.type("36")
    page.locator(".feeds li:visible .name").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/feed/**")


WIDTHS = [320, 390, 768, 1280]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES, ids=["index", "main", "tag"])
def test_no_screen_is_too_narrow(visitor: Visitor, path: str, width: int) -> None:
    page = visitor(viewport={"width": width, "height": 700}).open(path)
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = """width => [...document.querySelectorAll("main *, header *, footer *")]
      .filter(each => each.getBoundingClientRect().right > width + 0.5).map(each => each.outerHTML.slice(0, 99))"""
    assert page.evaluate(outside, width) == []


def test_a_finger_meets_every_button(visitor: Visitor) -> None:
    page = visitor(viewport={"width": 320, "height": 700}).open()
    small = """() => [...document.querySelectorAll("button, .button, .atom, input, summary")]
      .map(each => each.getBoundingClientRect()).filter(box => box.width && (box.width < 24 || box.height < 24)).length"""
    assert page.evaluate(small) == 0


_LUMINANCE = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"


@pytest.mark.parametrize("path", ["", FEED], ids=["index", "feed"])
def test_the_pages_are_dark_where_the_reader_likes_it_dark(visitor: Visitor, path: str) -> None:
    light = visitor(color_scheme="light").open(path).evaluate(_LUMINANCE)
    dark = visitor(color_scheme="dark").open(path).evaluate(_LUMINANCE)
    assert light > 3 * 235
    assert dark < 3 * 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES, ids=["index", "main", "tag"])
def test_axe_finds_nothing_that_would_keep_anybody_out(visitor: Visitor, path: str, scheme: str) -> None:
    # a content security policy keeps scripts of others out, and axe is one
    page = visitor(color_scheme=scheme, bypass_csp=True).open(path)
    for details in page.locator("summary").all():
        details.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", PAGES, ids=["index", "main", "tag"])
def test_a_screen_reader_finds_its_way(visitor: Visitor, path: str) -> None:
    page = visitor().open(path)
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    levels = [int(each) for each in page.locator("h1, h2, h3").evaluate_all("all => all.map(each => each.tagName[1])")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = page.get_by_role("link").evaluate_all("all => all.map(each => each.ariaLabel || each.textContent.trim())")
    assert all(names)
    buttons = page.get_by_role("button").evaluate_all(
        "all => all.map(each => each.ariaLabel || each.textContent.trim())"
    )
    assert all(buttons)


def test_without_script_everything_is_there_but_what_needs_one(visitor: Visitor) -> None:
    visit = visitor(java_script_enabled=False)
    page = visit.open()
    assert page.get_by_role("searchbox").count() == 0
    assert page.get_by_role("button").count() == 0
    name = page.locator(".feeds .name").first.inner_text()
    assert page.locator(".feeds .atom").first.get_attribute("href")
    page.locator(".feeds .name").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    assert page.get_by_text("/feed/").first.is_visible()
    page.locator("summary").click()
    assert page.locator("details ol").is_visible()
    page.locator("article .terms a").first.click()
    page.wait_for_url("**/#category:*")
    assert page.locator(".feeds li:target").count() == 1


def test_every_link_of_the_pages_leads_somewhere(visitor: Visitor) -> None:
    visit = visitor()
    links = set()
    for path in PAGES:
        hrefs = "all => all.map(each => each.href.split('#')[0])"
        links |= set(visit.open(path).locator("a[href], link[href]").evaluate_all(hrefs))
    ours = sorted(link for link in links if link.startswith(visit.site.url))
    assert {visit.site.url + name for name in ("feeds.opml", "feeds.json", "sources.opml", "site.css")} <= set(ours)
    assert [link for link in ours if not visit.context.request.get(link).ok] == []
