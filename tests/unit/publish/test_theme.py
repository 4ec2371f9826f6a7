"""Themes: what goes before the shipped templates, and what is said of one that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from finews_feeds.errors import ConfigError
from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, Text
from finews_feeds.publish.formats import FORMATS, renderer
from finews_feeds.publish.pages import assets, index_page, snippets
from finews_feeds.publish.rehearsed_theme import faults_of
from finews_feeds.settings import SiteSettings, Theme

SITE = SiteSettings("https://finews.example/", "Markets", "en", ZoneInfo("UTC"), "A", date(2021, 12, 1))
AT = datetime(2022, 5, 24, tzinfo=UTC)
ENTRY = Entry("tag:finews.example,2021:1", "<b>", "https://news.example.org/1", AT, AT, summary=Text("s"))
URLS = ("https://finews.example/feed/by_tag/a.xml", "https://finews.example/feed/by_tag/a.html")
HEAD = FeedHead(FeedKey(FeedKind.TAG, "a"), "feed/by_tag/a", URLS[0], "a – Markets", "", *URLS, AT, "A", "en")


def theme(**files: str) -> Theme:
    """A theme of these templates, their names without ".html"."""
    return Theme("digest", Path("/theme"), tuple((f"{name}.html", text.encode()) for name, text in files.items()))


def page(of: Theme | None) -> str:
    made = renderer("page", of)
    return made.document(HEAD, [made.fragment(ENTRY, SITE)], SITE).decode()


def test_a_template_of_the_theme_stands_for_the_shipped_one_and_the_others_stay() -> None:
    own = theme(entry="<article>{{ title }}</article>")
    assert "<article>&lt;b&gt;</article>" in page(own)
    assert page(own).replace("<article>&lt;b&gt;</article>", "") == page(None).replace(
        page(None)[page(None).index("<article>") : page(None).index("</article>") + len("</article>\n")], ""
    )
    assert index_page([], SITE, own) == index_page([], SITE)


def test_a_template_may_change_one_block_of_the_shipped_one_of_its_name() -> None:
    own = theme(base='{% extends "shipped/base.html" %}{% block foot %}<p>ours</p>{% endblock %}')
    for made in (page(own), index_page([], SITE, own).decode()):
        assert "<p>ours</p>" in made
        assert "feeds.json" not in made
        assert '<main id="content"' in made


def test_a_theme_may_have_templates_of_its_own_and_call_functions() -> None:
    own = theme(**{"entry": '{% include "parts/x.html" %}', "parts/x": "{% for n in range(3) %}{{ n }}{% endfor %}"})
    assert "012" in page(own)


def test_whatever_a_theme_prints_is_escaped() -> None:
    own = theme(feed="{{ title }}", **{"snippet-head": "{{ site_title }}"})
    hostile = replace(HEAD, title="<script>")
    assert renderer("page", own).document(hostile, [], SITE) == b"&lt;script&gt;"
    assert snippets([], replace(SITE, title="<b>"), own)["snippets/head.html"] == b"&lt;b&gt;"


def test_files_of_a_theme_stand_for_the_shipped_ones_and_beside_them() -> None:
    own = Theme("d", Path("/theme"), (("base.html", b"x"), ("fonts/a.woff2", b"f"), ("site.css", b"c")))
    assert assets(own) == assets() | {"site.css": b"c", "fonts/a.woff2": b"f"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_theme_is_for_pages_alone(name: str) -> None:
    own = theme(entry="x", feed="y")
    assert renderer(name, own).fragment(ENTRY, SITE) == renderer(name).fragment(ENTRY, SITE)


WRONG = [
    # name, template, its text, where, what is said
    ("a tag that is none", "feed", "a\n{% fro x %}", "feed.html:2", "unknown tag"),
    ("a block that is not closed", "index", "{% block x %}", "index.html:1", "Unexpected end of template"),
    ("a variable that there is not", "entry", "\n\n{{ titel }}", "entry.html:3", "'titel' is undefined"),
    ("an attribute that there is not", "feed", "{{ words.lates }}", "feed.html:1", "no attribute 'lates'"),
    ("a filter that there is not", "feed", "{{ title | uper }}", "feed.html:1", "No filter named 'uper'"),
    ("a parent that there is not", "feed", '{% extends "bse.html" %}', "feed.html:1", "bse.html"),
    ("a sum of words", "index", "{{ 1 + title }}", "index.html:1", "TypeError"),
    ("a fault where there are no feeds", "index", "{{ main[0].label }}", "index.html:1", "no element 0"),
    ("a template that nothing uses", "other", "{% if %}", "other.html:1", "Expected an expression"),
    ("a snippet", "snippet-list", "\n{{ group }}", "snippet-list.html:2", "'group' is undefined"),
    ("a parent whose child is shipped", "base", "{{ titles }}", "base.html:1", "'titles' is undefined"),
]


@pytest.mark.parametrize(
    ("name", "text", "place", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_fault_is_named_with_its_file_and_line(name: str, text: str, place: str, said: str) -> None:
    faults = faults_of(theme(**{name: text}))
    assert {fault.place for fault in faults} == {f"/theme/{place}"}
    assert said in faults[0].cause
    assert faults[0].mend


def test_all_templates_that_cannot_be_read_are_named_at_once() -> None:
    faults = faults_of(theme(feed="{% if %}", entry="{{ }}", index="{{ title }}"))
    assert sorted(fault.place for fault in faults) == ["/theme/entry.html:1", "/theme/feed.html:1"]


def test_the_shipped_templates_are_a_theme_without_a_fault() -> None:
    folder = Path(__file__).parents[3] / "finews_feeds/publish/templates"
    files = tuple((path.name, path.read_bytes()) for path in sorted(folder.glob("*.*")))
    assert faults_of(Theme("d", Path("/theme"), files)) == ()


def test_what_only_real_values_upset_stops_the_rendering_with_its_place() -> None:
    own = theme(entry="{{ 1 // (title | length - 3) }}")
    assert faults_of(own) == ()
    with pytest.raises(ConfigError, match=r"/theme/entry\.html:1: ZeroDivisionError"):
        page(own)
