"""The pages for people: what stands on them, and what cannot get onto them."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, Term, TermKind, Text
from finews_feeds.publish import pages
from finews_feeds.publish.directory import FeedListing
from finews_feeds.publish.formats import Renderer
from finews_feeds.publish.pages import PageRenderer, assets, index_page
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.settings import SiteSettings

ZH = SiteSettings("https://finews.example/", "金融消息", "zh-CN", ZoneInfo("Asia/Shanghai"), "ZNing", date(2021, 12, 1))
EN = replace(ZH, title="Markets", language="en-GB")
SEEN = datetime(2022, 5, 24, 7, 31, 9, tzinfo=UTC)
ENTRY = Entry(
    "tag:finews.example,2021-12-01:entry/1",
    "江西南昌现场签约超5700亿元",
    "https://finance.example/a/1.html?a=1&b=2",
    SEEN,
    SEEN,
    summary=Text("24日，2022年南昌市。"),
    terms=(Term(TermKind.CATEGORY, "emnews", "emnews"), Term(TermKind.TAG, "bond connect", "Bond Connect")),
    sources=("eastmoney", "site"),
)
FRAGMENT = PageRenderer().fragment(ENTRY, ZH)
VOID = {"meta", "link", "img", "input", "br"}


class Page(HTMLParser):
    """A page as a browser would have it; refuses tags that do not nest and ids that stand twice."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(data.decode())
        assert self._open == []
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(set(ids)) == len(ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> is no HTML")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [has for name, has in self.elements if name == tag and wanted.items() <= has.items()]


TAG = FeedKey(FeedKind.TAG, "银行")


def head(key: FeedKey = TAG, title: str = "银行") -> FeedHead:
    path = feed_path(key)
    urls = address(ZH.url, path + ".xml"), address(ZH.url, path + ".html")
    return FeedHead(key, path, urls[0], title, "", *urls, SEEN, "ZNing", "zh-CN")


def page(*entries: Entry, site: SiteSettings = ZH, of: FeedHead | None = None) -> Page:
    renderer: Renderer = PageRenderer()
    return Page(renderer.document(of or head(), [renderer.fragment(entry, site) for entry in entries], site))


def test_an_entry_has_title_link_instant_sources_summary_and_terms() -> None:
    made = page(ENTRY)
    assert made.all("a", href=ENTRY.link)
    assert made.all("time", datetime="2022-05-24T15:31:09+08:00")
    for text in (
        ENTRY.title,
        "2022-05-24 15:31",
        "eastmoney",
        "site",
        "24日，2022年南昌市。",
        "emnews",
        "Bond Connect",
    ):
        assert text in made.text


def test_an_entry_without_publication_shows_its_last_change() -> None:
    made = page(replace(ENTRY, published_at=None, updated_at=SEEN.replace(year=2023)))
    assert made.all("time", datetime="2023-05-24T15:31:09+08:00")


def test_a_feed_page_says_how_to_subscribe_and_advertises_its_feed_and_the_main_one() -> None:
    made = page(ENTRY)
    feed = "https://finews.example/feed/by_tag/%E9%93%B6%E8%A1%8C.xml"
    alternates = [
        (link["title"], link["href"]) for link in made.all("link", rel="alternate", type="application/atom+xml")
    ]
    assert alternates == [("银行", feed), ("金融消息", "https://finews.example/feed.xml")]
    assert made.all("button", **{"data-copy": feed})
    assert made.all("a", href=feed)
    assert made.all("a", href="feed:" + feed)
    assert "什么是订阅源？" in made.text
    assert made.all("html", lang="zh-CN")


def test_the_page_of_the_whole_advertises_it_once() -> None:
    made = page(of=head(FeedKey(FeedKind.ALL), "金融消息"))
    assert [link["href"] for link in made.all("link", rel="alternate")] == ["https://finews.example/feed.xml"]
    assert made.all("link", rel="stylesheet", href="site.css")


def test_a_feed_without_entries_has_a_page_that_says_so() -> None:
    assert "目前没有条目" in page().text
    assert "no entries at present" in page(site=EN).text


def test_pages_speak_the_language_of_the_site() -> None:
    assert "Latest entries" in page(ENTRY, site=EN).text
    assert "最新条目" in page(ENTRY, site=replace(ZH, language="zh-Hant-TW")).text
    assert "Latest entries" in page(ENTRY, site=replace(ZH, language="fr")).text


def test_an_entry_in_another_language_says_so() -> None:
    assert page(replace(ENTRY, lang="en")).all("article", lang="en")
    assert page(replace(ENTRY, lang="zh-CN")).all("article") == [{}]


SUMMARIES = [
    ("text is kept as characters", Text("a <b>c</b> & d"), "a <b>c</b> & d"),
    ("markup is read", Text("<p>a &amp; <b>b</b></p><p>c</p>", "html"), "a & b c"),
    ("a long one is cut", Text("长" * 300), "长" * 280 + "…"),
    ("lines become one", Text("a\n\n b"), "a b"),
]


@pytest.mark.parametrize(("text", "shown"), [case[1:] for case in SUMMARIES], ids=[case[0] for case in SUMMARIES])
def test_a_summary_is_shown_as_text(text: Text, shown: str) -> None:
    assert shown in page(replace(ENTRY, summary=text)).text


def test_without_a_summary_the_content_begins_the_entry() -> None:
    shown = page(replace(ENTRY, summary=None, content=Text("<h1>Rates</h1>", "html"))).text
    assert "Rates" in shown
    assert page(replace(ENTRY, summary=None)).all("p", **{"class": "summary"}) == []


HOSTILE = '"><script>alert(1)</script><a href=x onclick=y>{{ 7*7 }}{% raw %}\x00\u202e'


def test_nothing_hostile_becomes_markup_or_template() -> None:
    term = Term(TermKind.TAG, HOSTILE, HOSTILE)
    entry = replace(
        ENTRY,
        title=HOSTILE,
        link="javascript:alert(1)",
        summary=Text(HOSTILE),
        terms=(term,),
        sources=(HOSTILE,),
        lang=HOSTILE,
    )
    made = page(entry, of=head(title=HOSTILE))
    assert [script["src"] for script in made.all("script")] == ["../../site.js"]
    assert not [name for _, attributes in made.elements for name in attributes if name.startswith("on")]
    assert not [a for a in made.all("a") if a["href"].startswith("javascript:")]
    assert "49" not in made.text


@given(text=st.text(), key=st.text(max_size=20))
def test_any_text_leaves_a_whole_page(text: str, key: str) -> None:
    term = Term(TermKind.TAG, key, text)
    made = page(replace(ENTRY, title=text, summary=Text(text, "html"), link=text, terms=(term,)), of=head(title=text))
    assert len(made.all("article")) == 1


def test_the_same_values_give_the_same_bytes() -> None:
    one, other = PageRenderer(), PageRenderer()
    assert one.fragment(ENTRY, ZH) == other.fragment(ENTRY, ZH)
    assert one.document(head(), [b"x"], ZH) == other.document(head(), [b"x"], ZH)


# --- the index ----------------------------------------------------------------------------------------------------


def listing(kind: FeedKind, key: str, label: str = "", entries: int = 3) -> FeedListing:
    path = feed_path(FeedKey(kind, key))
    urls = address(ZH.url, path + ".xml"), address(ZH.url, path + ".html")
    return FeedListing(FeedKey(kind, key), path, label or key, label or key, entries, SEEN, *urls)


LISTINGS = [
    listing(FeedKind.ALL, "", "金融消息", 17_012),
    listing(FeedKind.CATEGORY, "emnews"),
    listing(FeedKind.TAG, "bond connect", "Bond Connect"),
    listing(FeedKind.TAG, "100%", '"<b>'),
    listing(FeedKind.SOURCE, "boe", "Bank of England"),
    listing(FeedKind.QUERY, "chips", "芯片"),
]


def test_the_index_shows_every_feed_with_page_address_count_and_day() -> None:
    made = Page(index_page(LISTINGS, ZH))
    for one in LISTINGS:
        assert made.all("a", href=one.atom_url)
        assert one.label in made.text
        assert f"{one.entries:,} 条" in made.text
    assert made.all("a", href="feed/by_tag/bond%20connect.html")
    assert made.all("time", datetime="2022-05-24")
    assert made.all("input", type="search")
    assert [link["href"] for link in made.all("link", rel="alternate")] == ["https://finews.example/feed.xml"]


def test_every_control_has_a_name_that_a_screen_reader_can_say() -> None:
    made = Page(index_page(LISTINGS, EN))
    assert made.all("label", **{"for": "wanted"})
    assert {link["aria-label"] for link in made.all("a", **{"class": "atom"})} >= {"Subscribe to Bank of England"}
    assert made.all("a", href="#content")
    assert [image["alt"] for image in made.all("img")] == [""]


def test_terms_on_a_page_lead_to_their_lines_in_the_index() -> None:
    keys = ["银行", "bond connect", "100%", "5g/6g", "a%20b", "a b"]
    listings = [listing(FeedKind.TAG, key) for key in keys]
    lines = {line["id"] for line in Page(index_page(listings, ZH)).all("li") if "id" in line}
    terms = tuple(Term(TermKind.TAG, key, key) for key in keys)
    links = [a["href"] for a in page(replace(ENTRY, sources=(), terms=terms)).all("a") if "#tag:" in a["href"]]
    assert {unquote(urlsplit(link).fragment) for link in links} == lines
    assert len(lines) == len(keys)


def test_one_entry_is_not_called_many() -> None:
    texts = [Page(index_page([listing(FeedKind.SOURCE, "boe", entries=count)], EN)).text for count in (0, 1, 2)]
    assert [wanted in text for wanted, text in zip(("0 entries", "1 entry", "2 entries"), texts, strict=True)] == [
        True
    ] * 3


def test_an_index_without_feeds_is_a_whole_page() -> None:
    made = Page(index_page([], ZH))
    assert made.all("main")
    assert made.all("section") == []


def test_the_order_of_the_listings_changes_no_byte() -> None:
    assert index_page(LISTINGS[::-1], ZH) == index_page(LISTINGS, ZH)


# --- style and script ---------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_anybody_else_and_nothing_is_inline() -> None:
    for made in (Page(index_page(LISTINGS, ZH)), page(ENTRY)):
        fetched = [has.get("src") or has.get("href") for name, has in made.elements if name in ("script", "img")]
        fetched += [link["href"] for link in made.all("link") if link["rel"] in ("stylesheet", "icon")]
        assert {str(url).rpartition("/")[2] for url in fetched} == set(assets())
        assert not [url for url in fetched if "://" in str(url)]
        assert not made.all("style")
        assert not [has for _, has in made.elements if "style" in has]
        assert made.all("meta", **{"http-equiv": "Content-Security-Policy"})
    for name, data in assets().items():
        assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", data), name


def test_compiled_templates_are_kept_and_give_the_same_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(pages._TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(pages, "_TEMPLATES", tmp_path / "templates")
    pages.compile_templates()
    compiled = sorted((tmp_path / "templates" / "__pycache__").iterdir())
    assert len(compiled) == len(list((tmp_path / "templates").glob("*.html")))
    assert PageRenderer().fragment(ENTRY, ZH) == FRAGMENT
    for each in compiled:
        each.write_bytes(each.read_bytes()[:-10])  # a torn file is no reason to fail
    assert PageRenderer().fragment(ENTRY, ZH) == FRAGMENT


def test_a_folder_that_cannot_be_written_to_keeps_no_compiled_templates_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(pages._TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "templates" / "__pycache__").write_text("no folder")
    monkeypatch.setattr(pages, "_TEMPLATES", tmp_path / "templates")
    pages.compile_templates()
    assert PageRenderer().fragment(ENTRY, ZH) == FRAGMENT
