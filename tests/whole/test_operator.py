"""What the operator makes of posts and sources, and what subscribers of another generator keep."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.server import FeedServer
from tests.whole.site import ATOM, SAMPLE, WholeSite

FOOTER = "[返回栏目](//finews.example/emnews/)｜[返回首页](//finews.example/)"
WORDPRESS = "&lt;p&gt;Words&lt;/p&gt;&lt;p&gt;The post X appeared first on S.&lt;/p&gt;"


def rss(*categories: str) -> str:
    terms = "".join(f"<category>{each}</category>" for each in categories)
    return (
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>S</title>"
        "<link>https://s.example/</link><item><title>X</title><link>https://s.example/x</link>"
        f"<pubDate>Tue, 24 May 2022 08:00:00 GMT</pubDate><description>Digest</description>{terms}"
        f"<content:encoded>{WORDPRESS}</content:encoded></item></channel></rss>"
    )


def post(site: WholeSite, name: str, front: str = "", body: str = "正文", folder: str = "_posts") -> Path:
    text = f"---\ntitle: T {name}\ndate: 2022-05-24 15:31:09 +0800\n{front}\n---\n{body}\n"
    return site.post(f"2022-05-24-{name}.md", text, folder)


def content(site: WholeSite, path: str = "feed.xml") -> str:
    return site.feed(path).findtext(f".//{ATOM}content") or ""


def ids(site: WholeSite, path: str = "feed.xml") -> list[str]:
    return [each.findtext(ATOM + "id") or "" for each in site.feed(path).iter(ATOM + "entry")]


def updated(site: WholeSite) -> list[str]:
    return [each.text or "" for each in site.feed("feed.xml").iter(ATOM + "updated")]


def test_the_footer_and_the_source_note_of_the_sample_are_taken_off(site: WholeSite) -> None:
    site.jekyll()
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    assert "返回首页" in content(site)
    before = updated(site), ids(site)
    site.posts_more = "strip = ['返回', '（文章来源：.+）$', 'https?://']"
    report = site.build()
    text = content(site)
    assert not any(words in text for words in ("返回", "文章来源", "http://finance.eastmoney.com/news/1350"))
    assert text.rstrip().endswith("贡献了金融抗疫力量。</p>")
    assert "5700.52亿元" in text
    assert (updated(site), ids(site)) == before
    assert report["feeds"]["written"] == 4
    assert site.build()["feeds"]["written"] == 0


def test_a_changed_hand_holds_for_old_entries_of_a_source_without_another_request(
    site: WholeSite, server: FeedServer
) -> None:
    site.allow = [server.host_port]
    url = server.serve("/s", rss("uncategorized", "EZB"))
    site.sources = [("s", url, "")]
    site.build()
    asked = len(server.requests)
    assert "appeared first" in content(site)
    assert "feed/by_tag/uncategorized.xml" in site.feeds()
    before = updated(site)
    rules = [
        "strip = ['(?i)the post .+ appeared first on ']",
        'alias = { "ezb" = "ECB" }',
        'drop = ["Uncategorized"]',
    ]
    site.sources = [("s", url, "\n".join(rules))]
    site.build("--offline")
    assert content(site) == "<p>Words</p>"
    assert site.titles("feed/by_tag/uncategorized.xml") == []
    assert site.titles("feed/by_tag/ecb.xml") == ["X"]
    assert updated(site) == before
    site.sources = [("s", url, 'content = "summary"')]
    site.build("--offline")
    entry = site.feed("feed.xml").find(ATOM + "entry")
    assert entry is not None
    assert (entry.findtext(ATOM + "summary"), entry.find(ATOM + "content")) == ("Digest", None)
    site.sources = [("s", url, 'content = "link"')]
    site.build("--offline")
    entry = site.feed("feed.xml").find(ATOM + "entry")
    assert entry is not None
    # RFC 4287 §4.1.1.1 wants one of the two: the title stands in for both
    assert (entry.findtext(ATOM + "summary"), entry.find(ATOM + "content")) == ("X", None)
    assert len(server.requests) == asked
    assert updated(site) == before


def test_an_incremental_change_of_rules_ends_in_the_bytes_of_a_fresh_build(site: WholeSite, tmp_path: Path) -> None:
    for number, term in enumerate(["AI", "ai技术", "人工智能", "其他"]):
        post(site, str(number), f"tags: {term}", f"正文\n\n{FOOTER}")
    site.build()
    site.posts_more = 'strip = [\'返回\']\nalias = { "AI" = "人工智能", "ai技术" = "人工智能" }\ndrop = [\'其他\']'
    site.build()
    assert len(site.titles("feed/by_tag/人工智能.xml")) == 3
    # what was published stays as a feed, empty from now on
    left = {name: data for name, data in site.bytes().items() if name.startswith("feed/by_tag/人工智能")}
    main = site.bytes()["feed.xml"]
    fresh = WholeSite(tmp_path / "fresh", posts_more=site.posts_more)
    fresh.folder.mkdir()
    for number, term in enumerate(["AI", "ai技术", "人工智能", "其他"]):
        post(fresh, str(number), f"tags: {term}", f"正文\n\n{FOOTER}")
    fresh.build()
    assert fresh.bytes()["feed.xml"] == main
    assert {name: data for name, data in fresh.bytes().items() if name in left} == left
    assert "feed/by_tag/ai.xml" not in fresh.feeds()


def test_a_query_asks_what_is_published(site: WholeSite) -> None:
    post(site, "a", "tags: AI", f"正文\n\n{FOOTER}")
    site.posts_more = 'strip = [\'返回\']\nalias = { "AI" = "人工智能" }'
    site.more = "\n".join(
        f"[[feeds]]\nname = \"{name}\"\nquery = '{query}'"
        for name, query in (("t", "tag:人工智能"), ("old", "tag:AI"), ("words", "text:返回首页"), ("all", "text:正文"))
    )
    site.build()
    found = [path for path in site.feeds() if path.startswith("feed/by_query/")]
    assert found == ["feed/by_query/all.xml", "feed/by_query/t.xml"]


def test_faults_of_rules_are_reported_together_with_place_and_mend(site: WholeSite) -> None:
    site.posts_more = "strip = ['(', '.*']\nalias = { a = \"b\", b = \"a\" }"
    site.sources = [("s", "https://s.example/", r"strip = ['\bx']")]
    site.more = '[[feeds]]\nname = "q"\nquery = "AND"'
    site.write()
    said = site.run("build", code=2)
    for place in ("posts.site.strip", "posts.site.alias", "sources.s.strip", "feeds.q"):
        assert place in said
    assert said.count("posts.site.strip") == 2
    site.more, site.sources, site.posts_more = "", [], "content = 'all'\nalias = ['a']\nid_style = 'wordpress'"
    site.write()
    said = site.run("check", code=2)
    for place in ("posts.site.content", "posts.site.alias", "posts.site.id_style"):
        assert place in said


STYLES = [
    ("jekyll-feed", "https://finews.example/techweb/2022/05/24/x", ["feed.xml", "feed/TechWeb.xml", "feed/by_tag/ETF.xml"]),
    ("hugo", "https://finews.example/_posts/2022-05-24-x/", ["index.xml", "categories/techweb/index.xml", "tags/etf/index.xml"]),
    ("pelican", "tag:finews.example,2022-05-24:/t-x.html", ["feeds/all.atom.xml", "feeds/techweb.atom.xml"]),
]  # fmt: skip


@pytest.mark.parametrize(("style", "atom_id", "addresses"), STYLES, ids=[case[0] for case in STYLES])
def test_ids_and_addresses_of_another_generator_are_kept(
    site: WholeSite, style: str, atom_id: str, addresses: list[str]
) -> None:
    if style == "jekyll-feed":
        site.jekyll()
    site.posts_more = f'id_style = "{style}"'
    post(site, "x", "categories: TechWeb\ntags: ETF")
    site.build()
    ours = ["feed.xml", "feed/techweb.xml", "feed/by_tag/etf.xml"]
    files = site.bytes()
    for address in addresses:
        assert files[address] == files[ours[addresses.index(address)]]
        assert ids(site, address) == [atom_id]
    assert [path for path in site.feeds() if path not in {*ours, *addresses}] == ["feed/by_source/site.xml"]
    site.run("check")


def test_an_old_address_follows_its_feed_for_ever_and_comes_back_when_it_is_taken_away(site: WholeSite) -> None:
    site.jekyll()
    first = post(site, "a", "categories: TechWeb")
    site.build()
    post(site, "b", "categories: techweb")
    report = site.build()
    assert len(site.titles("feed/TechWeb.xml")) == 2
    assert "feed/TechWeb.xml" in report["files_written"]
    (site.public / "feed/TechWeb.xml").unlink()
    assert site.build()["files_written"] == ["feed/TechWeb.xml"]
    before = site.stamps()
    assert site.build()["files_written"] == []
    assert site.stamps() == before
    # the label is another one now, the address is not
    first.unlink()
    site.build()
    assert site.titles("feed/TechWeb.xml") == site.titles("feed/techweb.xml") == ["T b"]


def test_a_folder_that_never_was_a_jekyll_site_gets_no_old_addresses(site: WholeSite) -> None:
    post(site, "a", "categories: TechWeb")
    site.build()
    assert "feed/TechWeb.xml" not in site.feeds()


def test_contents_come_from_the_rendered_site_and_follow_it(site: WholeSite) -> None:
    site.jekyll()
    site.posts_more = 'rendered = "../_site"'
    post(site, "x", body="> 摘要\n\n{% include chart.html %}")
    post(site, "y", body="自己的")
    page = site.folder / "_site/2022/05/24/x.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html><body><nav>n</nav><article><h1>T</h1><p>图 <a href='/b'>b</a></p></article></body></html>")
    report = site.build()
    texts = {
        each.findtext(ATOM + "title"): each.findtext(ATOM + "content") for each in site.feed("feed.xml").iter(ATOM + "entry")
    }  # fmt: skip
    assert texts["T x"] == '<p>图 <a href="https://finews.example/b">b</a></p>'
    assert (texts["T y"] or "").strip() == "<p>自己的</p>"
    assert [(each["path"], "no page /2022/05/24/y.html" in each["what"]) for each in report["posts"]["repaired"]] == [
        ("_posts/2022-05-24-y.md", True)
    ]
    again = site.build()
    assert (again["posts"]["read"], again["files_written"]) == (0, [])
    page.write_text("<html><body><article><p>新图</p></article></body></html>")
    os.utime(page, ns=(0, page.stat().st_mtime_ns + 10**9))
    (page.parent / "y.html").write_text("<html><body><main><p>网页</p></main></body></html>")
    os.utime(page.parent / "y.html", ns=(0, page.stat().st_mtime_ns + 10**9))
    report = site.build()
    assert report["posts"]["read"] == 2
    assert report["posts"]["repaired"] == []
    assert {"<p>新图</p>", "<p>网页</p>"} == {each.text for each in site.feed("feed.xml").iter(ATOM + "content")}


def test_the_rules_of_the_shipped_configs_are_without_fault() -> None:
    from finews_feeds.config import load
    from finews_feeds.cycle.context import parse_queries

    root = Path(__file__).parents[2]
    for file in ("config/finews.toml", "finews_feeds/cli/starter/finews.toml"):
        parse_queries(load(root / file, {}))
