"""A tree in which one post of a hundred is broken: all that can be read is in each feed that it names, once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pytest
from lxml import etree

from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.normalize.terms import term_key
from finews_feeds.publish.check import check_atom
from finews_feeds.publish.slugs import feed_path
from tests.whole.made_posts import make_posts
from tests.whole.site import ATOM, WholeSite

#: No window hides a post, so that the feeds can be counted.
_WIDE = 'limit = 10000\nmax_bytes = "100 MiB"'
_BARRED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

#: Defect -> the words of each finding that the report must have of it, whether or not the post is published.
SKIPPED = {"empty_file": ["the file is empty"], "future_date": ["dated in the future"]}
REPAIRED = {
    "empty_fields": ["does not begin with a date", '"+0800" cannot be read', 'without a URL, "<>"', "title is empty"],
    "unescaped_quotes": ['the value of "title" is no valid YAML'],
    "unquoted_colon": ['the value of "title" is no valid YAML'],
    "tabs": ["tabs stand before keys"],
    "no_front_matter": ["there is no front matter"],
    "unclosed_front_matter": ['no closing "---"'],
    "leading_blank_line": ['stand before the opening "---"'],
    "bom": ["byte order mark"],
    "gbk": ["GB18030"],
    "cut_utf8": ["bytes that are not UTF-8"],
    "nul": ["U+0000"],
    "controls": ["U+0008"],
    "liquid": ["template markup"],
    "invalid_date": ['"2022-02-30 25:61:00 +0800" cannot be read'],
}
#: What Jekyll reads too, or what costs the reader nothing: no finding.
SOUND = {
    *("no_date", "crlf", "cdata_end", "unclosed_html"),
    *("categories_list", "categories_spaced", "category_key", "tags_block_list"),
    *("dup_scheme", "dup_host_case", "dup_tracking", "dup_fragment", "dup_path"),
}


class Tree:
    """A tree, its manifest, the report of its build, and the entries of every feed."""

    def __init__(self, site: WholeSite, count: int, *options: str) -> None:
        self.posts = make_posts(site.folder / "posts", count, *options)
        self.site = site
        site.output = _WIDE
        self.report = site.build()
        # a name with capitals is an old address of jekyll-feed's: the same bytes once more
        self.feeds = {path: self.entries(path) for path in site.feeds() if path == path.lower()}

    def entries(self, path: str) -> dict[str, etree._Element]:
        """The entries of a feed by the id of their post; the site's id of a post ends its page's address."""
        found: dict[str, etree._Element] = {}
        for entry in self.site.feed(path).iter(ATOM + "entry"):
            link = entry.find(ATOM + "link[@rel='alternate']")
            name = link.get("href", "").rpartition("/")[2].removesuffix(".html") if link is not None else ""
            assert name not in found, f"{path}: {name} stands there twice"
            found[name] = entry
        return found

    def of(self, *defects: str | None) -> list[dict[str, Any]]:
        return [post for post in self.posts if post["defect"] in defects]

    def missing(self, posts: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
        """(post, feed) for each feed that ought to have a post and does not."""
        return [
            (post["file"], path)
            for post in posts
            for path in feeds_of(post)
            if published_as(post) not in self.feeds.get(path, {})
        ]


def feeds_of(post: Mapping[str, Any]) -> list[str]:
    keys = [FeedKey(FeedKind.ALL), FeedKey(FeedKind.SOURCE, "site")]
    keys += [FeedKey(FeedKind.CATEGORY, term_key(each)) for each in post["categories"]]
    keys += [FeedKey(FeedKind.TAG, term_key(each)) for each in post["tags"]]
    return [feed_path(key) + ".xml" for key in keys]


def published_as(post: Mapping[str, Any]) -> str:
    # without a day there is no address of a page, and "<>" names no original
    return "" if post["defect"] == "empty_fields" else str(post["id"])


def leaders(tree: Tree) -> dict[str, str]:
    """File -> the post as which its article is published, for the articles that have two."""
    by_file = {post["file"]: post for post in tree.posts}
    found = {}
    for post in tree.posts:
        if post["duplicate_of"]:
            pair = sorted((post, by_file[post["duplicate_of"]]), key=lambda one: one["file"].rpartition("/")[2])
            found.update({one["file"]: pair[0]["id"] for one in pair})
    return found


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(WholeSite(tmp_path_factory.mktemp("malformed")), 1000, "--malformed")


def test_every_post_whole_or_broken_is_in_each_feed_that_it_names(tree: Tree) -> None:
    unpublished = {"empty_file", "future_date"}
    doubled = leaders(tree)
    single = [post for post in tree.posts if post["defect"] not in unpublished and post["file"] not in doubled]
    assert len(single) > 980
    assert tree.missing(single) == []
    assert tree.missing([{**post, "id": doubled[post["file"]]} for post in tree.posts if post["file"] in doubled]) == []


def test_an_article_of_two_posts_is_published_once(tree: Tree) -> None:
    unpublished = len(tree.of("empty_file", "future_date"))
    assert len(tree.feeds["feed.xml"]) == len(tree.posts) - unpublished - len(leaders(tree)) // 2
    assert tree.report["entries"]["waiting"] == 1


def test_title_date_and_original_are_those_that_were_meant(tree: Tree) -> None:
    wrong = []
    for post in tree.posts:
        entry = tree.feeds["feed.xml"].get(published_as(post))
        if entry is None:
            continue
        title = " ".join(_BARRED.sub("", post["title"]).split())
        if (entry.findtext(ATOM + "title") != title) if title else not entry.findtext(ATOM + "title"):
            wrong.append((post["file"], "title", entry.findtext(ATOM + "title")))
        published = entry.findtext(ATOM + "published")
        meant = datetime.fromisoformat(post["date"]) if post["date"] else None
        if (datetime.fromisoformat(published) if published else None) != meant:
            wrong.append((post["file"], "date", published))
        vias = [link.get("href") for link in entry.iter(ATOM + "link") if link.get("rel") == "via"]
        if post["source_url"] and post["source_url"] not in vias:
            wrong.append((post["file"], "via", str(vias)))
    assert wrong == []


def test_every_defect_is_reported_with_path_line_what_and_mend(tree: Tree) -> None:
    assert set(SKIPPED) | set(REPAIRED) | SOUND == {post["defect"] for post in tree.posts} - {None}
    wanted = Counter()
    for kind, table in (("skipped", SKIPPED), ("repaired", REPAIRED)):
        for post in tree.of(*table):
            found = [each for each in tree.report["posts"][kind] if each["path"] == post["file"]]
            for words in table[post["defect"]]:
                assert [each for each in found if words in each["what"]], (post["file"], words, found)
            assert all(each["line"] >= 1 and each["mend"] for each in found)
            wanted[kind] += len(table[post["defect"]])
    assert {kind: len(tree.report["posts"][kind]) for kind in wanted} == wanted


def test_every_file_is_well_formed_and_keeps_the_rfc(tree: Tree) -> None:
    assert tree.feeds
    for path in tree.feeds:
        assert check_atom((tree.site.public / path).read_bytes(), None) == (), path
    assert {path for post in tree.posts if post["defect"] != "future_date" for path in feeds_of(post)} == {*tree.feeds}


@pytest.mark.slow
def test_a_tree_of_thousands_of_terms_has_a_feed_for_each(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = WholeSite(tmp_path_factory.mktemp("terms"))
    tree = Tree(site, 3000, "--categories", "1975", "--tags", "3000")
    assert tree.missing(tree.posts) == []
    assert {path for post in tree.posts for path in feeds_of(post)} == {*tree.feeds}
    assert sum(map(len, tree.feeds.values())) == sum(len(set(feeds_of(post))) for post in tree.posts)
    for path in tree.feeds:
        assert check_atom((site.public / path).read_bytes(), None) == (), path
