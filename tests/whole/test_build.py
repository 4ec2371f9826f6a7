"""End to end: sources and posts in, files out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import feedparser
import pytest

from finews_feeds.publish.check import check_atom
from tests.server import FeedServer, Reply
from tests.whole.site import ATOM, SAMPLE, WholeSite

ARTICLE = "http://finance.eastmoney.com/news/1350,202205242390025644.html"


def rss(*items: str, title: str = "Source", version: str = "2.0") -> str:
    return f'<rss version="{version}"><channel><title>{title}</title><link>https://s.example/</link>{"".join(items)}</channel></rss>'


def item(link: str, title: str = "T", day: int = 1, more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{link}#{title}</guid>"
        f"<pubDate>{day:02} May 2022 08:00:00 +0800</pubDate><description>words</description>{more}</item>"
    )


def rdf(link: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://r.example/"><title>R</title>'
        f'<link>https://r.example/</link></channel><item rdf:about="{link}"><title>T</title><link>{link}</link>'
        "<dc:date>2022-05-20T08:00:00+08:00</dc:date><dc:subject>rdf tag</dc:subject></item></rdf:RDF>"
    )


def atom(link: str, entry_id: str = "urn:x:1", title: str = "T", updated: str = "2022-05-20T00:00:00Z") -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:feed</id><title>X</title>'
        f'<updated>{updated}</updated><link rel="self" href="https://x.example/feed"/><entry><id>{entry_id}</id>'
        f'<title>{title}</title><link href="{link}"/><updated>{updated}</updated><category term="atom tag"/>'
        "<content type='html'>&lt;p&gt;body&lt;/p&gt;</content></entry></feed>"
    )


def test_the_sample_post_is_published_as_the_issue_says(site: WholeSite) -> None:
    site.jekyll()
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    for path in ("feed.xml", "feed/emnews.xml", "feed/by_tag/东财滚动新闻.xml", "feed/by_source/site.xml"):
        entry = site.feed(path).find(ATOM + "entry")
        assert entry is not None
        assert entry.findtext(ATOM + "id") == "https://finews.example/emnews/2022/05/24/202205242390025644"
        assert entry.findtext(ATOM + "published") == "2022-05-24T15:31:09+08:00"
        assert entry.findtext(ATOM + "title") == "金融助力“一号发展工程” 江西南昌现场签约超5700亿元"
        summary = entry.findtext(ATOM + "summary") or ""
        assert summary.startswith("24日，2022年南昌市金融助力")
        assert summary.endswith("（中国新闻网）")
        links = {link.get("rel"): link.get("href") for link in entry.iter(ATOM + "link")}
        assert links == {
            "alternate": "https://finews.example/emnews/2022/05/24/202205242390025644.html",
            "via": ARTICLE,
        }
        assert [dict(each.attrib) for each in entry.iter(ATOM + "category")] == [
            {"term": "emnews", "scheme": "https://finews.example/category/", "label": "emnews"},
            {"term": "东财滚动新闻", "scheme": "https://finews.example/tag/", "label": "东财滚动新闻"},
        ]
        assert "5700.52亿元" in (entry.findtext(ATOM + "content") or "")


def test_without_a_site_of_its_own_a_post_links_to_the_original(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    entry = site.feed("feed.xml").find(ATOM + "entry")
    assert entry is not None
    links = {link.get("rel"): link.get("href") for link in entry.iter(ATOM + "link")}
    assert links["alternate"] == ARTICLE


def test_a_second_run_changes_no_byte_and_no_mtime(site: WholeSite, server: FeedServer) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.sources = [("a", server.serve("/a", rss(item("https://n.example/1"))), 'interval = "1s"')]
    site.allow = [server.host_port]
    site.build()
    before = site.stamps(), site.bytes()
    report = site.build("--force")
    assert (site.stamps(), site.bytes()) == before
    assert report["feeds"] == {"written": 0, "unchanged": 0, "paths": []}
    assert report["sources"]["unchanged"] == 1


def twenty_feeds(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    for number in range(20):
        own = item(f"https://n{number}.example/own", f"Own {number}", day=number + 1)
        body = rss(own)
        if number == 3:
            body = rss(own, item(ARTICLE + "?utm_source=rss", "From three", 24, "<category>three tag</category>"))
        elif number == 7:
            body = rdf(ARTICLE.replace("http:", "https:") + "#top")
        elif number == 12:
            body = atom(ARTICLE.replace("/news/1350,", "/a/"))
        url = server.serve(f"/{number}", body)
        site.sources.append((f"s{number}", url, f'title = "Source {number}"\ncategories = ["shelf {number}"]'))


def test_an_article_of_three_feeds_and_a_post_is_published_once_in_all_their_feeds(
    site: WholeSite, server: FeedServer
) -> None:
    site.jekyll()
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    twenty_feeds(site, server)
    report = site.build()
    assert report["sources"]["failed"] == []
    everywhere = [path for path in site.feeds() if SAMPLE_TITLE in site.titles(path)]
    assert everywhere == sorted(
        ["feed.xml", "feed/emnews.xml", "feed/by_tag/东财滚动新闻.xml", "feed/by_source/site.xml"]
        + [f"feed/by_source/s{number}.xml" for number in (3, 7, 12)]
        + [f"feed/shelf {number}.xml" for number in (3, 7, 12)]
        + [f"feed/by_tag/{tag}.xml" for tag in ("three tag", "rdf tag", "atom tag")]
    )
    assert len(site.titles("feed.xml")) == 19
    entry = next(
        each for each in site.feed("feed.xml").iter(ATOM + "entry") if each.findtext(ATOM + "title") == SAMPLE_TITLE
    )
    vias = {link.get("href"): link.get("title") for link in entry.iter(ATOM + "link") if link.get("rel") == "via"}
    assert vias == {
        ARTICLE: None,
        ARTICLE + "?utm_source=rss": "Source 3",
        ARTICLE.replace("http:", "https:") + "#top": "Source 7",
        ARTICLE.replace("/news/1350,", "/a/"): "Source 12",
    }


SAMPLE_TITLE = "金融助力“一号发展工程” 江西南昌现场签约超5700亿元"


def test_published_feeds_please_a_strict_parser_feedparser_and_the_rfc(site: WholeSite, server: FeedServer) -> None:
    site.jekyll()
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    twenty_feeds(site, server)
    site.build()
    for path in site.feeds():
        data = (site.public / path).read_bytes()
        assert check_atom(data, None) == ()
        assert not feedparser.parse(data).bozo
    assert site.run("check", "--json")


def test_sources_in_any_order_give_the_same_bytes(tmp_path: Path, server: FeedServer) -> None:
    found = []
    for name in ("forth", "back"):
        site = WholeSite(tmp_path / name)
        site.folder.mkdir()
        site.post(SAMPLE.name, SAMPLE.read_bytes())
        twenty_feeds(site, server)
        if name == "back":
            site.sources.reverse()
        site.build()
        found.append(site.bytes())
    assert found[0] == found[1]


def test_a_torn_post_and_a_dead_source_are_listed_and_stop_nothing(site: WholeSite, server: FeedServer) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.post("2022-05-25-torn.md", b"")
    site.allow = [server.host_port, "127.0.0.1:9"]
    site.sources = [
        ("dead", "http://127.0.0.1:9/feed", ""),
        ("broken", server.serve("/broken", Reply(500)), ""),
        ("page", server.serve("/page", "<!doctype html><title>x</title><p>no feed"), ""),
        ("private", "http://127.0.0.1:1/", ""),
        ("good", server.serve("/good", rss(item("https://n.example/1", "Good"))), ""),
    ]
    report = site.build()
    assert [each["path"] for each in report["posts"]["skipped"]] == ["_posts/2022-05-25-torn.md"]
    assert [each["name"] for each in report["sources"]["failed"]] == ["dead", "broken", "page", "private"]
    for each in report["sources"]["failed"]:
        assert each["error"]
        assert each["mend"]
        assert each["url"]
    assert site.titles("feed.xml") == [SAMPLE_TITLE, "Good"]
    assert "dead" in site.run("build")
    site.run("build", "--strict", code=1)
    states = {each["name"]: each["state"] for each in __import__("json").loads(site.run("status", "--json"))["sources"]}
    assert states == {
        "site": "ok",
        "dead": "failing",
        "broken": "failing",
        "page": "failing",
        "private": "failing",
        "good": "ok",
    }


def test_an_update_is_published_and_the_id_stays(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    url = server.serve("/a", atom("https://n.example/1", title="Before"))
    site.sources = [("a", url, 'interval = "1s"')]
    site.build()
    assert site.titles("feed.xml") == ["Before"]
    server.serve("/a", atom("https://n.example/1", title="After", updated="2022-05-21T00:00:00Z"))
    site.build("--force")
    assert site.titles("feed.xml") == ["After"]
    entry = site.feed("feed.xml").find(ATOM + "entry")
    assert entry is not None
    assert entry.findtext(ATOM + "id") == "urn:x:1"
    assert entry.findtext(ATOM + "updated") == "2022-05-21T08:00:00+08:00"


def claiming(*entries: tuple[str, str]) -> str:
    """An Atom feed whose entries, (title, path), all claim one id."""
    listed = "".join(
        f'<entry><id>urn:1</id><title>{title}</title><link href="https://x.example{path}"/>'
        "<updated>2022-05-20T00:00:00Z</updated></entry>"
        for title, path in entries
    )
    head = "<id>urn:f</id><title>X</title><updated>2022-05-20T00:00:00Z</updated>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{listed}</feed>'


def ids(site: WholeSite, path: str = "feed.xml") -> dict[str, str]:
    entries = site.feed(path).iter(ATOM + "entry")
    return {entry.findtext(ATOM + "title") or "": entry.findtext(ATOM + "id") or "" for entry in entries}


def test_an_id_claimed_by_two_articles_never_changes_hands(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.sources = [("a", server.serve("/a", claiming(("A", "/a"))), "")]
    site.build()
    server.serve("/a", claiming(("B", "/b"), ("A", "/a")))
    site.build("--force")
    both = ids(site)
    assert both["A"] == "urn:1"
    server.serve("/a", claiming(("B", "/b")))
    site.build("--force")
    assert ids(site) == both


def test_a_feed_without_ids_may_edit_headline_and_tracker_at_once(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    other = rss(item("https://n.example/1", "Other"), title="Other")
    bare = "<rss version='2.0'><channel><title>S</title><item><title>{}</title><link>{}</link></item></channel></rss>"
    url = server.serve("/a", bare.format("Head", "http://n.example/1?utm_source=a"))
    site.sources = [("a", url, "rank = 1"), ("b", server.serve("/b", other), "")]
    site.build()
    before = ids(site)
    assert list(before) == ["Head"]
    server.serve("/a", bare.format("Headline", "https://n.example/1?utm_source=b"))
    site.build("--force")
    assert ids(site) == {"Headline": before["Head"]}


def test_what_is_odd_in_a_document_is_reported_as_long_as_it_stands(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    odd = item("https://n.example/1").replace("01 May 2022", "31 Foo 2022")
    site.sources = [("a", server.serve("/a", rss(odd)), "")]
    for _ in range(2):
        findings = site.build("--force")["sources"]["findings"]
        assert [(each["name"], "cannot be read" in each["what"]) for each in findings] == [("a", True)]


def test_a_build_asks_nothing_that_is_not_due(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.sources = [("a", server.serve("/a", rss(item("https://n.example/1"))), "")]
    site.build()
    site.build()
    site.build("--offline", "--force")
    assert len(server.requests) == 1
    site.build("--force")
    assert len(server.requests) == 2


def test_a_deleted_post_leaves_and_its_feed_stays(site: WholeSite) -> None:
    file = site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    before = site.feed("feed/emnews.xml").findtext(ATOM + "updated")
    file.unlink()
    report = site.build()
    assert report["posts"]["removed"] == 1
    assert site.titles("feed/emnews.xml") == []
    assert site.feed("feed/emnews.xml").findtext(ATOM + "updated") == before
    assert check_atom((site.public / "feed/emnews.xml").read_bytes(), None) == ()
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    assert site.titles("feed/emnews.xml") == [SAMPLE_TITLE]


def test_a_post_that_moves_between_its_folders_changes_nothing(site: WholeSite) -> None:
    file = site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    before = site.bytes()
    (site.folder / "posts" / "old_post").mkdir()
    file.rename(site.folder / "posts" / "old_post" / file.name)
    site.build()
    assert site.bytes() == before


def test_a_missing_posts_folder_withdraws_nothing(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    before = site.bytes()
    (site.folder / "posts").rename(site.folder / "away")
    site.write()
    (site.folder / "posts" / "_posts").rmdir()
    (site.folder / "posts").rmdir()
    assert "the folder is not there" in site.run("build")
    assert site.bytes() == before


def test_a_post_of_tomorrow_waits(site: WholeSite) -> None:
    site.post("2099-01-01-later.md", "---\ntitle: Later\ndate: 2099-01-01 00:00:00 +0800\n---\nwords\n")
    report = site.build()
    assert report["entries"]["waiting"] == 1
    assert site.titles("feed.xml") == []


def test_the_feed_of_an_empty_site_is_dated_by_its_beginning(site: WholeSite) -> None:
    site.build()
    assert site.feed("feed.xml").findtext(ATOM + "updated") == "2021-12-01T00:00:00+08:00"
    assert check_atom((site.public / "feed.xml").read_bytes(), None) == ()


def test_what_was_published_is_made_again_where_somebody_took_it_away(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    before = site.bytes()
    (site.public / "feed/emnews.xml").unlink()
    (site.public / "index.html").unlink()
    site.build()
    assert site.bytes() == before


def test_a_dry_run_says_what_would_change_and_changes_nothing(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    report = site.build("--dry-run")
    assert "feed/emnews" in report["feeds"]["paths"]
    assert not site.public.exists()
    assert not (site.folder / "var").exists()
    assert site.build()["feeds"]["paths"] == report["feeds"]["paths"]


def test_a_full_build_gives_the_bytes_of_all_the_small_ones(tmp_path: Path) -> None:
    small, whole = WholeSite(tmp_path / "small"), WholeSite(tmp_path / "whole")
    posts = [
        (f"2022-05-{day:02}-p{day}.md", f"---\ntitle: P{day}\ntags: [t{day % 3}, All]\n---\n{day}\n")
        for day in range(1, 9)
    ]
    for site in (small, whole):
        site.folder.mkdir()
        for name, text in posts:
            site.post(name, text)
            if site is small:
                site.build()
    small.post("2022-05-03-p3.md", posts[2][1].replace("P3", "Other"))
    whole.post("2022-05-03-p3.md", posts[2][1].replace("P3", "Other"))
    whole.build()
    small.build()
    changed = [path for path, data in small.bytes().items() if whole.bytes()[path] != data]
    # an edit under standing dates is dated by the moment that we saw it: only `updated` may tell the two apart
    for path in changed:
        assert path.endswith((".xml", ".html", ".json", ".opml"))
    before = small.bytes()
    assert small.build("--full")["feeds"]["written"] == 0
    assert small.bytes() == before


def test_a_renamed_site_renders_everything_anew_and_keeps_ids(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    ids = [each.text for each in site.feed("feed.xml").iter(ATOM + "id")]
    site.site = site.site.replace("金融消息", "Other")
    report = site.build()
    assert report["feeds"]["written"] == 4
    assert [each.text for each in site.feed("feed.xml").iter(ATOM + "id")] == ids


def test_a_source_taken_out_of_the_config_takes_its_entries_along(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.sources = [("a", server.serve("/a", rss(item("https://n.example/1", "Mine"))), 'categories = ["shelf"]')]
    site.build()
    site.sources = []
    site.build()
    assert site.titles("feed.xml") == []
    assert site.titles("feed/shelf.xml") == []


@pytest.mark.parametrize("formats", ['["rss"]', '["atom", "rss", "json"]'])
def test_other_formats_stand_beside(site: WholeSite, formats: str) -> None:
    site.output = f"formats = {formats}"
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build()
    assert (site.public / "feed/emnews.rss").exists()
    assert (site.public / "feed/emnews.json").exists() == ("json" in formats)


def test_entries_stand_newest_first_and_within_the_limits(site: WholeSite) -> None:
    site.output = 'limit = 3\nmin_age = "0s"'
    for day in range(1, 9):
        site.post(f"2022-05-{day:02}-p.md", f"---\ntitle: P{day}\n---\nwords {day}\n")
    site.build()
    assert site.titles("feed.xml") == ["P8", "P7", "P6"]
    site.output = 'limit = 3\nmin_age = "96h"'
    site.build()
    assert site.titles("feed.xml") == ["P8", "P7", "P6", "P5", "P4"]
    site.output = 'limit = 3\nmax_bytes = "10 B"'
    site.build()
    assert site.titles("feed.xml") == ["P8"]


def test_the_store_of_a_stranger_is_refused_and_kept(site: WholeSite) -> None:
    site.write()
    (site.folder / "var").mkdir()
    (site.folder / "var" / "finews.db").write_bytes(b"not a database" * 100)
    assert "finews.db" in site.run("build", code=3)
    assert (site.folder / "var" / "finews.db").read_bytes() == b"not a database" * 100


def test_an_output_that_cannot_be_made_ends_with_3(site: WholeSite) -> None:
    site.write()
    site.public.write_text("a file")
    assert "public" in site.run("build", code=3)


def test_instants_are_those_of_the_post_in_any_time_zone(site: WholeSite) -> None:
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.build(TZ="America/New_York", LC_ALL="C")
    entry = site.feed("feed.xml").find(ATOM + "entry")
    assert entry is not None
    found = datetime.fromisoformat(entry.findtext(ATOM + "published") or "")
    assert found == datetime.fromisoformat("2022-05-24T15:31:09+08:00")
