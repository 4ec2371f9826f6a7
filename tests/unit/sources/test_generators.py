"""The ids and pages of other generators, byte for byte.

jekyll-feed: https://github.com/jekyll/jekyll-feed/blob/master/lib/jekyll-feed/feed.xml has `<id>{{ post.id |
absolute_url | xml_escape }}</id>`, and jekyll's lib/jekyll/document.rb makes `id` of the folder of the page's URL and
the slug, by File.join. Hugo: tpl/tplimpl/embedded/templates/rss.xml has `<guid>{{ .Permalink }}</guid>`. Pelican:
pelican/writers.py has `unique_id=get_tag_uri(link, item.date)`, of feedgenerator/django/utils/feedgenerator.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from post_support import SITE, config, read_date

from finews_feeds.model import SourceEntry
from finews_feeds.settings import IdStyle, PostsSettings
from finews_feeds.sources.post import PostReader

HOST = "https://finews.example"
CONFIG = "url: https://finews.example\ntimezone: Asia/Shanghai\n"


def entry(
    path: str, front: str, style: IdStyle = "jekyll-feed", permalink: str = "", more: str | None = CONFIG
) -> SourceEntry:
    settings = PostsSettings("site", Path("/nowhere"), ("_posts", "posts"), id_style=style, permalink=permalink)
    site = replace(SITE, url=HOST + "/")
    reader = PostReader(settings, site, config(more) if more is not None else None, read_date)
    found = reader.parse(path, f"---\n{front}\n---\ntext\n".encode()).entry
    assert found is not None
    return found


DATE = "date: 2022-05-24 15:31:09 +0800"
JEKYLL = [
    # what, path, front matter, _config.yml, id
    ("a post", "_posts/2022-05-24-NW2022.md", f"{DATE}\ncategories: emnews", "", "/emnews/2022/05/24/NW2022"),
    ("a category in capitals is lower case in it", "_posts/2022-05-24-x.md", f"{DATE}\ncategories: TechWeb", "", "/techweb/2022/05/24/x"),
    ("two categories", "_posts/2022-05-24-x.md", f"{DATE}\ncategories: [A, b, a]", "", "/a/b/2022/05/24/x"),
    ("none", "_posts/2022-05-24-x.md", DATE, "", "/2022/05/24/x"),
    ("a folder above", "es/_posts/2022-05-24-x.md", DATE, "", "/es/2022/05/24/x"),
    ("a category with a space", "_posts/2022-05-24-x.md", f"{DATE}\ncategory: Classic Hollywood", "", "/classic%20hollywood/2022/05/24/x"),
    ("a Chinese category", "_posts/2022-05-24-x.md", f"{DATE}\ncategory: 债券", "", "/%E5%80%BA%E5%88%B8/2022/05/24/x"),
    ("the slug raw, though the page has it pretty", "_posts/2022-05-24-中文 标题.md", DATE, "", "/2022/05/24/%E4%B8%AD%E6%96%87%20%E6%A0%87%E9%A2%98"),
    ("capitals of the slug", "_posts/2022-05-24-My-Post.md", DATE, "", "/2022/05/24/My-Post"),
    ("a slug of its own", "_posts/2022-05-24-x.md", f"{DATE}\nslug: y", "", "/2022/05/24/y"),
    ("the day of the front matter", "_posts/2022-05-20-x.md", DATE, "", "/2022/05/24/x"),
    ("the day in the site's time zone", "_posts/2022-05-24-x.md", "date: 2022-05-24 23:30:00 +0000", "", "/2022/05/25/x"),
    ("pretty", "_posts/2022-05-24-x.md", DATE, "permalink: pretty\n", "/2022/05/24/x"),
    ("none", "_posts/2022-05-24-x.md", f"{DATE}\ncategories: a", "permalink: none\n", "/a/x"),
    ("a permalink of its own", "_posts/2022-05-24-x.md", f"{DATE}\npermalink: /about/us.html", "", "/about/x"),
    ("a baseurl", "_posts/2022-05-24-x.md", DATE, "baseurl: /blog\n", "/blog/2022/05/24/x"),
    ("one digit", "_posts/2022-1-5-x.md", "title: t", "", "/2022/01/05/x"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "front", "more", "expected"), [c[1:] for c in JEKYLL], ids=[c[0] for c in JEKYLL])
def test_an_id_is_the_one_that_jekyll_feed_gives(path: str, front: str, more: str, expected: str) -> None:
    assert entry(path, front, more=CONFIG + more).own_atom_id == HOST + expected


def test_a_file_that_is_no_post_to_jekyll_had_no_id() -> None:
    assert entry("_posts/x.md", DATE).own_atom_id == ""


HUGO = [
    ("a file", "posts/My First.md", "title: t", "/posts/my-first/"),
    ("below content", "content/posts/a/b.md", "title: t", "/posts/a/b/"),
    ("the day stays in the name", "posts/2022-05-24-x.md", DATE, "/posts/2022-05-24-x/"),
    ("a bundle", "content/posts/trip/index.md", "title: t", "/posts/trip/"),
    ("a slug", "posts/x.md", "slug: Y", "/posts/y/"),
    ("a url", "posts/x.md", "url: /old/Page.html", "/old/Page.html"),
    ("Chinese", "posts/债券.md", "title: t", "/posts/%E5%80%BA%E5%88%B8/"),
]


@pytest.mark.parametrize(("path", "front", "expected"), [case[1:] for case in HUGO], ids=[case[0] for case in HUGO])
def test_an_id_of_hugo_is_the_pages_address(path: str, front: str, expected: str) -> None:
    found = entry(path, front, "hugo", more=None)
    assert found.own_atom_id == found.link == HOST + expected


PELICAN = [
    ("a slug", f"{DATE}\nslug: a-title", "", "tag:finews.example,2022-05-24:/a-title.html"),
    ("a title", f"{DATE}\ntitle: It's a  Title, 2nd!", "", "tag:finews.example,2022-05-24:/its-a-title-2nd.html"),
    ("a url", f"{DATE}\nurl: blog/x.html", "", "tag:finews.example,2022-05-24:/blog/x.html"),
    ("a url with a fragment", f"{DATE}\nurl: blog#x", "", "tag:finews.example,2022-05-24:/blog/x"),
    ("the day in the site's time zone", "date: 2022-05-24 23:30:00 +0000\nslug: x", "", "tag:finews.example,2022-05-25:/x.html"),
    ("a template", f"{DATE}\nslug: x", "/:year/:title/", "tag:finews.example,2022-05-24:/2022/x/"),
    ("no date", "slug: x", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("front", "permalink", "expected"), [c[1:] for c in PELICAN], ids=[c[0] for c in PELICAN])
def test_an_id_of_pelican_is_a_tag_uri(front: str, permalink: str, expected: str) -> None:
    assert entry("posts/x.md", front, "pelican", permalink, more=None).own_atom_id == expected


PERMALINKS = [
    ("the config's goes before the site's", "/:title/", DATE, "/x/"),
    ("the post's goes before both", "/:title/", f"{DATE}\npermalink: /y", "/y"),
    ("a style", "pretty", DATE, "/2022/05/24/x/"),
]


@pytest.mark.parametrize(("given", "front", "expected"), [c[1:] for c in PERMALINKS], ids=[c[0] for c in PERMALINKS])
def test_where_a_page_is(given: str, front: str, expected: str) -> None:
    assert entry("_posts/2022-05-24-x.md", front, permalink=given).link == HOST + expected
