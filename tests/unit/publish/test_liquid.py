"""The Liquid of docs/pages.md, rendered by a Liquid engine over a real `feeds.json`, does what the page says of it."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from liquid import Environment
from test_directory import LISTINGS, SITE

from finews_feeds.publish.directory import feeds_json

PAGE = (Path(__file__).parents[3] / "docs" / "pages.md").read_text("utf-8")
OF_TERM, OF_POST, WITHOUT_DATA = re.findall(r"```liquid\n(.*?)```", PAGE, re.DOTALL)


def rendered(template: str, **page: Any) -> str:
    environment = Environment()
    # Jekyll's own filter
    environment.add_filter("absolute_url", lambda path: SITE.url.rstrip("/") + path)
    data = {"feeds": json.loads(feeds_json(LISTINGS, SITE))}
    text = environment.from_string(template).render(page=page, site={"data": data})
    return "\n".join(line for line in text.split("\n") if line.strip())


@pytest.mark.parametrize("tag", ["东财滚动新闻", " 银行 ", "5G/6G"])
def test_the_page_of_a_tag_names_its_own_feed(tag: str) -> None:
    feed = next(each for each in LISTINGS if each.key.key == tag.strip().lower())
    assert rendered(OF_TERM, tag=tag) == (
        f'<link rel="alternate" type="application/atom+xml" title="{escape(feed.title)}" href="{escape(feed.atom_url)}">'
    )


def test_the_page_of_a_tag_without_a_feed_names_none() -> None:
    assert rendered(OF_TERM, tag="nobody's") == ""


def test_the_page_of_a_category_names_its_own_feed() -> None:
    template = OF_TERM.replace('"tag"', '"category"').replace("page.tag", "page.category")
    assert 'href="https://finews.example/feed/emnews.xml"' in rendered(template, category="EMNews")
    assert rendered(template, category="银行") == ""


def test_a_post_links_to_the_feeds_of_its_tags() -> None:
    assert rendered(OF_POST, tags=["银行", "nobody's", "5G/6G"]).split("\n") == [
        '<a href="https://finews.example/feed/by_tag/%E9%93%B6%E8%A1%8C.html">银行</a>',
        '<a href="https://finews.example/feed/by_tag/5g=2f6g.html">5g/6g</a>',
    ]


def test_without_a_data_file_a_plain_name_gives_the_same_address() -> None:
    for tag in ("银行", "东财滚动新闻"):
        assert rendered(OF_TERM, tag=tag).split("href=")[1] == rendered(WITHOUT_DATA, tag=tag).split("href=")[1]
