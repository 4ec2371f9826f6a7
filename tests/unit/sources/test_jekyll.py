"""What `_config.yml` says, and the addresses and ids that follow from it."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime
from pathlib import Path

import pytest
from post_support import CONFIG, SHANGHAI, SITE, config, reader

from finews_feeds.normalize.dates import parse_instant
from finews_feeds.settings import PostsSettings
from finews_feeds.sources import liquid, permalink
from finews_feeds.sources.jekyll import JekyllConfig, read_config
from finews_feeds.sources.permalink import Page, Permalink, absolute, post_id, site_base, slugify
from finews_feeds.sources.post import PostReader

AT = datetime(2022, 1, 2, 3, 4, 5, tzinfo=UTC)
PAGE = Page(AT, "中文 标题", ("Classic Hollywood", "Foo", "foo"), "2022-01-02-中文 标题", "/sub/2022-01-02-中文 标题")
QUOTED = "%E4%B8%AD%E6%96%87-%E6%A0%87%E9%A2%98"

TEMPLATES = [
    ("date", f"/classic%20hollywood/foo/2022/01/02/{QUOTED}.html"),
    ("pretty", f"/classic%20hollywood/foo/2022/01/02/{QUOTED}/"),
    ("ordinal", f"/classic%20hollywood/foo/2022/002/{QUOTED}.html"),
    ("weekdate", f"/classic%20hollywood/foo/2021/W52/Sun/{QUOTED}.html".replace("2021/", "2022/")),
    ("none", f"/classic%20hollywood/foo/{QUOTED}.html"),
    ("/:slugified_categories/:title", f"/classic-hollywood/foo/{QUOTED}"),
    ("/:collection/:path:output_ext", f"/posts/sub/2022-01-02-{QUOTED.replace('-', '%20')}.html"),
    ("/:name.html", f"/2022-01-02-{QUOTED}.html"),
    ("/:short_year/:i_month/:i_day/:hour:minute:second/", "/22/1/2/030405/"),
    ("/:short_month/:long_month/:short_day/:long_day", "/Jan/January/Sun/Sunday"),
    ("/:w_year/:week/:w_day", "/2021/52/7"),
    ("/:month_:day", "/01_02"),
    ("a//b/../c/./:year", "/a/b/c/2022"),
    ("/100%/:nosuch/:year", "/100%/:nosuch/2022"),
]


@pytest.mark.parametrize(("template", "path"), TEMPLATES)
def test_a_template_is_filled_as_jekyll_fills_it(template: str, path: str) -> None:
    assert Permalink(template).path(PAGE) == path


def test_a_template_that_wants_a_date_gives_no_page_without_one() -> None:
    page = PAGE._replace(at=None)
    assert Permalink("date").path(page) == ""
    assert Permalink("/:slug/").path(page) == f"/{QUOTED}/"


SLUGS = [
    ("Mr. Robot!", "Mr.-Robot!", "mr-robot"),
    ("-x-", "x", "x"),
    ("a_b", "a_b", "a-b"),
    ("हिन्दी", "हिन्दी", "हिन्दी"),
    ("½ ①5", "5", "5"),
    ("", "", ""),
]


@pytest.mark.parametrize(("text", "pretty", "plain"), SLUGS)
def test_slugs_keep_letters_marks_and_digits(text: str, pretty: str, plain: str) -> None:
    assert (slugify(text, pretty=True), slugify(text)) == (pretty, plain)


BASES = [
    ("https://Finews.Example", "", "https://finews.example"),
    ("https://finews.example:443/", "/", "https://finews.example"),
    ("http://finews.example:8080", "blog/", "http://finews.example:8080/blog"),
    ("http://bücher.example", "/博客", "http://xn--bcher-kva.example/%E5%8D%9A%E5%AE%A2"),
    ("finews.example", "", ""),
    ("http://[bad", "", ""),
    ("http://x:99999", "", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("url", "baseurl", "base"), BASES)
def test_the_base_of_a_site_is_in_normal_form(url: str, baseurl: str, base: str) -> None:
    assert site_base(url, baseurl) == base


# From the rules of `Document#id`: the folder of the page, and the slug as spelled, in the normal form of Addressable.
IDS = [
    ("/emnews/2022/05/24/x.html", "x", "http://a.example/emnews/2022/05/24/x"),
    ("/2022/05/24/x/", "x", "http://a.example/2022/05/24/x"),
    ("/x.html", "x", "http://a.example/x"),
    (f"/2022/{QUOTED}.html", "中文 标题", f"http://a.example/2022/{QUOTED.replace('-', '%20')}"),
    ("/2022/100.html", "100%", "http://a.example/2022/100%25"),
]


@pytest.mark.parametrize(("path", "slug", "expected"), IDS)
def test_a_post_has_the_id_that_jekyll_feed_gives_it(path: str, slug: str, expected: str) -> None:
    assert post_id("http://a.example", path, slug) == expected


def test_a_page_near_midnight_stands_under_the_day_of_the_sites_time_zone() -> None:
    post = b"---\ntitle: t\ndate: 2022-05-24 00:30:00 +0800\n---\n"
    days = [
        reader(f"url: http://a.example\ntimezone: {zone}\n").parse("_posts/2022-05-24-x.md", post).entry
        for zone in ("UTC", "Asia/Shanghai")
    ]
    assert [entry.own_atom_id for entry in days if entry] == [
        "http://a.example/2022/05/23/x",
        "http://a.example/2022/05/24/x",
    ]


def test_a_plain_date_without_an_offset_is_utc_in_addresses_and_a_quoted_one_is_local() -> None:
    links = []
    for spelled in ("2022-05-24 20:00:00", '"2022-05-24 20:00:00"'):
        entry = reader().parse("_posts/2022-05-24-x.md", f"---\ntitle: t\ndate: {spelled}\n---\n".encode()).entry
        assert entry is not None
        links.append(entry.link)
    assert links == ["https://finews.example/2022/05/25/x.html", "https://finews.example/2022/05/24/x.html"]


CONFIGS = [
    ("nothing", "", JekyllConfig()),
    ("flags", "future: true\nshow_drafts: yes\n", JekyllConfig(future=True, show_drafts=True)),
    (
        "addresses",
        "url: http://a.example\nbaseurl: /b\npermalink: pretty\n",
        JekyllConfig(url="http://a.example", baseurl="/b", permalink="pretty"),
    ),
    (
        "the posts' own permalink",
        "permalink: none\ncollections:\n  posts:\n    permalink: /:year/:title/\n",
        JekyllConfig(permalink="/:year/:title/"),
    ),
    ("a separator", 'excerpt_separator: "<!-- more -->"\n', JekyllConfig(excerpt_separator="<!-- more -->")),
]


@pytest.mark.parametrize(("case", "text", "expected"), CONFIGS, ids=[case[0] for case in CONFIGS])
def test_a_config_says_what_posts_mean(case: str, text: str, expected: JekyllConfig) -> None:
    made, findings = read_config(text.encode(), "_config.yml")
    assert findings == ()
    assert [getattr(made, name) for name in JekyllConfig.__slots__ if name != "data"] == [
        getattr(expected, name) for name in JekyllConfig.__slots__ if name != "data"
    ]


BAD_CONFIGS = [
    ("an unknown zone", "timezone: Mars/Olympus\n"),
    ("a zone that leads outside", "timezone: ../../etc/passwd\n"),
    ("an unknown placeholder", "permalink: /:nosuch/\n"),
    ("a set without values", "defaults:\n  - scope: {path: ''}\n"),
    ("no YAML", "title: a: b\nurl: http://a.example\n"),
]


@pytest.mark.parametrize(("case", "text"), BAD_CONFIGS, ids=[case[0] for case in BAD_CONFIGS])
def test_a_fault_of_a_config_is_a_finding_and_the_rest_is_used(case: str, text: str) -> None:
    made, findings = read_config((text + "baseurl: /b\n").encode(), "site/_config.yml")
    assert made.baseurl == "/b"
    assert [finding.place for finding in findings] == ["site/_config.yml"]


DEFAULTS = (
    CONFIG
    + """defaults:
  - scope: {path: "", type: posts}
    values: {categories: [all], author: Desk, image: {path: /a.png}}
  - scope: {path: _posts/es, type: posts}
    values: {lang: es}
  - scope: {path: "_posts/*/deep"}
    values: {lang: deep}
  - scope: {path: _posts/es, type: pages}
    values: {lang: never}
  - scope: {path: _posts}
    values: {lang: zh, author: Bureau}
"""
)
# The last set goes below all others where a longer path came before it.
CASES = [
    ("_posts/2022-1-1-x.md", "zh", "Bureau"),
    ("_posts/es/2022-1-1-x.md", "es", "Desk"),
    ("_posts/es/deep/2022-1-1-x.md", "deep", "Desk"),
    ("old_post/2022-1-1-x.md", "zh-CN", "Desk"),
]


@pytest.mark.parametrize(("path", "lang", "author"), CASES)
def test_defaults_hold_by_path_and_type_in_jekylls_order(path: str, lang: str, author: str) -> None:
    entry = reader(DEFAULTS).parse(path, b"---\ntitle: t\n---\n").entry
    assert entry is not None
    assert (entry.lang, entry.authors[0].name) == (lang, author)
    assert [term.term for term in entry.terms] == ["all"]


SCOPES = [
    ("a path begins with it", "{path: _posts/e}", "_posts/es/x.md", True),
    ("one star stays within a folder", "{path: '_posts/*/deep'}", "_posts/a/b/deep/x.md", False),
    ("two stars do not", "{path: '_posts/**/deep'}", "_posts/a/b/deep/x.md", True),
    ("any character, a set", "{path: '_posts/?[st]*'}", "_posts/es/x.md", True),
    ("a set that is not met", "{path: '_posts/*[xy]'}", "_posts/es/x.md", False),
    ("an empty type is no type", '{path: "", type: ""}', "_posts/x.md", False),
    ("an old name of a type", "{path: '', type: post}", "_posts/x.md", True),
    ("a file", "{path: '_posts/*.md'}", "_posts/x.md", True),
]


@pytest.mark.parametrize(("case", "scope", "path", "applies"), SCOPES, ids=[case[0] for case in SCOPES])
def test_a_scope_holds_where_jekyll_says(case: str, scope: str, path: str, applies: bool) -> None:
    text = f"{CONFIG}defaults:\n  - scope: {scope}\n    values: {{lang: xx}}\n"
    entry = reader(text).parse(path.replace("x.md", "2022-1-1-x.md"), b"---\ntitle: t\n---\n").entry
    assert entry is not None
    assert (entry.lang == "xx") == applies


def test_categories_of_folders_defaults_and_post_add_up() -> None:
    text = CONFIG + "defaults:\n  - scope: {path: ''}\n    values: {categories: all news, tags: [x]}\n"
    post = b"---\ncategories: [own, news]\ncategory: last\ntags: [y]\n---\ntext"
    entry = reader(text).parse("es/_posts/2022-1-1-x.md", post).entry
    assert entry is not None
    assert [term.term for term in entry.terms] == ["es", "all", "news", "own", "last", "y"]


PAGES = [
    ("a style's name is none in front matter", "", "permalink: pretty", "/pretty"),
    ("placeholders in front matter", "", "permalink: /p/:year/:slug", "/p/2022/x"),
    ("a site in a folder of its own", "source: ./src/\n", "", "/es/2022/05/24/x.html"),
    ("a site whose collections have one", "source: src\ncollections_dir: es\n", "", "/2022/05/24/x.html"),
    ("the path of a post", "source: src\npermalink: /:path\n", "", "/es/2022-05-24-x"),
]


@pytest.mark.parametrize(("case", "text", "head", "path"), PAGES, ids=[case[0] for case in PAGES])
def test_a_page_stands_where_jekyll_puts_it(case: str, text: str, head: str, path: str) -> None:
    entry = reader(CONFIG + text).parse("src/es/_posts/2022-05-24-x.md", f"---\ntitle: t\n{head}\n---\n".encode()).entry
    assert entry is not None
    if "source" not in text:
        path = path.replace("/2022/05", "/src/es/2022/05")
    assert entry.link == f"https://finews.example{path}"


COLLECTIONS = [
    ("no pages", "notes:", "", ""),
    ("pages by their paths", "notes: {output: true}", "/notes/sub/x.html", "/notes/sub/x"),
    ("a template", "notes: {output: true, permalink: '/n/:title/'}", "/n/x/", "/n/x"),
]


@pytest.mark.parametrize(("case", "said", "path", "atom_id"), COLLECTIONS, ids=[case[0] for case in COLLECTIONS])
def test_a_folder_that_is_a_collection_has_its_pages(case: str, said: str, path: str, atom_id: str) -> None:
    text = (
        CONFIG + f"collections:\n  {said}\ndefaults:\n  - scope: {{path: '', type: notes}}\n    values: {{lang: xx}}\n"
    )
    entry = reader(text, folders=("_notes",)).parse("_notes/sub/x.md", b"---\ntitle: t\n---\nt").entry
    assert entry is not None
    base = "https://finews.example"
    assert (entry.link, entry.own_atom_id) == (path and base + path, atom_id and base + atom_id)
    assert entry.lang == "xx"


def test_polyglot_puts_other_languages_into_folders_of_their_own() -> None:
    text = CONFIG + "languages: [en, fr]\ndefault_lang: en\nplugins: [jekyll-polyglot]\npermalink: /:title/\n"
    entries = [
        reader(text).parse("_posts/2022-05-24-x.md", f"---\ntitle: t\nlang: {lang}\n---\n".encode()).entry
        for lang in ("en", "fr", "de")
    ]
    assert [entry.link for entry in entries if entry] == [
        f"https://finews.example{path}" for path in ("/x/", "/fr/x/", "/x/")
    ]


TIMES = [
    ("one digit each", "2022-5-24 20:00:00", "25"),
    ("a T and a fraction", "2022-05-24T20:00:00.5", "25"),
    ("no seconds: no timestamp, and so local", "2022-05-24 20:00", "24"),
]


@pytest.mark.parametrize(("case", "spelled", "day"), TIMES, ids=[case[0] for case in TIMES])
def test_a_timestamp_without_an_offset_is_utc_in_addresses(case: str, spelled: str, day: str) -> None:
    def read(date: str) -> datetime | None:
        return parse_instant(date, SHANGHAI)

    made = PostReader(PostsSettings("site", Path("/nowhere")), SITE, config(), read)
    entry = made.parse("_posts/2022-01-01-x.md", f"---\ntitle: t\ndate: {spelled}\n---\n".encode()).entry
    assert entry is not None
    assert entry.link == f"https://finews.example/2022/05/{day}/x.html"


def test_a_posts_own_values_go_before_the_defaults() -> None:
    entry = reader(DEFAULTS).parse("_posts/2022-1-1-x.md", b"---\nlang: fr\nauthor: ~\n---\ntext").entry
    assert entry is not None
    assert (entry.lang, entry.authors[0].name) == ("fr", "Bureau")


LIQUID = [
    ("none", "a { b } c", "a { b } c", 0),
    ("a variable", "{{ site.url }}/{{page.title}}", "http://a.example/T", 0),
    ("a nested one", "{{ site.deep.key }}", "v", 0),
    ("an unknown one", "a{{ site.nosuch }}b", "ab", 1),
    ("filters of addresses", '{{ "/x" | relative_url }} {{ "x" | absolute_url }}', "/b/x http://a.example/b/x", 0),
    (
        "plain filters",
        "{{ page.title | downcase | append: '|' | replace: '|', '!' }}{{ ' A b' | slugify }}",
        "t!a-b",
        0,
    ),
    ("a value where there is none", "{{ '' | default: page.title }}", "T", 0),
    ("another filter", "{{ page.title | markdownify }}", "", 1),
    ("a file", "[x]({% link /a/b.pdf %})", "[x](/b/a/b.pdf)", 0),
    ("where the baseurl stands already", "{{ site.baseurl }}{% link a/b.pdf %}", "/b/a/b.pdf", 0),
    ("what nobody knows", "{% link about.md %}{% post_url x %}", "", 2),
    ("raw", "{% raw %}{{ x }}{% endraw %}", "{{ x }}", 0),
    ("a comment", "a{% comment %}{{ x }}{% endcomment %}b", "ab", 0),
    ("highlight", "{% highlight py %}\nx = '{{'\n{% endhighlight %}", "```py\nx = '{{'\n```", 0),
    ("tags go, their text stays", "{% if a %}yes{% endif %}", "yes", 2),
    ("what never closes is text", "a {{ b {% c", "a {{ b {% c", 0),
    ("dashes", "{{- page.title -}}", "T", 0),
]


@pytest.mark.parametrize(("case", "text", "expected", "count"), LIQUID, ids=[case[0] for case in LIQUID])
def test_liquid_is_read_as_far_as_it_can_be(case: str, text: str, expected: str, count: int) -> None:
    site = {"url": "http://a.example", "baseurl": "/b", "deep": {"key": "v"}}

    def address(tag: str, named: str) -> str | None:
        return "/b/a/b.pdf" if named.endswith(".pdf") else None

    done = liquid.render(text, site, {"title": "T"}, "http://a.example/b", is_html=False, address=address)
    assert (done.text, done.count) == (expected, count)


ADDRESSES = [
    ("a post by its name", "permalink: /:year/:title/", "{% post_url 2022-01-05-y %}", "/b/2022/y/"),
    ("in quotes and in a folder", "permalink: /:title", "{% post_url 'sub/2022-01-05-y' %}", "/b/y"),
    ("by its path", "permalink: /:title", "{% link _posts/2022-01-05-y.md %}", "/b/y"),
    (
        "by the defaults",
        "defaults: [{scope: {}, values: {permalink: /p/:slug}}]",
        "{% post_url 2022-1-5-Y %}",
        "/b/p/y",
    ),
    ("by categories that only it knows", "", "{% post_url 2022-01-05-y %}", ""),
    ("no post's name", "permalink: /:title", "{% post_url y %}", ""),
    ("a picture", "", "{% link img/a.png %}", "/b/img/a.png"),
    ("a page", "permalink: pretty", "{% link about.md %}", ""),
]


@pytest.mark.parametrize(("case", "text", "tag", "expected"), ADDRESSES, ids=[case[0] for case in ADDRESSES])
def test_a_link_to_a_file_of_the_site_leads_to_its_address(case: str, text: str, tag: str, expected: str) -> None:
    post = reader(f"{CONFIG}baseurl: /b\n{text}\n").parse(
        "_posts/2022-05-24-x.md", f"---\ntitle: t\npermalink: /x\n---\n[y]({tag})".encode()
    )
    assert post.entry is not None
    assert post.entry.content is not None
    assert post.entry.content.value == f"[y]({expected})"
    assert len(post.findings) == (not expected)


def test_the_examples_hold() -> None:
    assert doctest.testmod(permalink).failed == 0


def test_an_absolute_address_is_percent_encoded() -> None:
    assert absolute("http://a.example", "/中 文/a%2Fb/?q=1") == "http://a.example/%E4%B8%AD%20%E6%96%87/a%2Fb/?q=1"
