"""What a post says: golden files for whole posts, tables for single fields."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from post_support import CONFIG, reader

from finews_feeds.model import FindingKind, ParsedPost, SourceEntry, TermKind

GOLDEN = Path(__file__).parents[2] / "golden" / "posts"
POST = "_posts/2022-05-24-x.md"


def shown(post: ParsedPost) -> dict[str, Any]:
    """A parsed post as JSON has it, without the fields that are empty."""
    entry = None
    if post.entry is not None:
        entry = {key: value for key, value in asdict(post.entry).items() if value not in ("", None, ())}
    findings = [[str(one.kind), one.line, one.what, one.mend] for one in post.findings]
    return json.loads(json.dumps({"entry": entry, "findings": findings}))


def entry_of(post: str, path: str = POST, **options: Any) -> SourceEntry:
    entry = reader(**options).parse(path, post.encode()).entry
    assert entry is not None
    return entry


def terms_of(entry: SourceEntry, kind: TermKind) -> list[str]:
    return [term.term for term in entry.terms if term.kind is kind]


@pytest.mark.parametrize("expected", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_post_is_read_as_its_golden_file_says(expected: Path) -> None:
    wanted = json.loads(expected.read_text("utf-8"))
    source = next(path for path in GOLDEN.glob(f"{expected.stem}.*") if path.suffix != ".json")
    assert shown(reader().parse(wanted.pop("path"), source.read_bytes())) == wanted


CATEGORIES = [
    ("a word", "_posts/2022-1-5-x.md", "categories: emnews", ["emnews"]),
    ("words", "_posts/2022-1-5-x.md", "categories: a  b a", ["a", "b"]),
    ("one with spaces", "_posts/2022-1-5-x.md", "category: Hong Kong", ["Hong Kong"]),
    ("both keys", "_posts/2022-1-5-x.md", "category: c d\ncategories: a b", ["a", "b", "c d"]),
    ("a list", "_posts/2022-1-5-x.md", "categories: [a b, 'c']", ["a b", "c"]),
    ("letter case tells terms apart", "_posts/2022-1-5-x.md", "categories: [Foo, foo]", ["Foo", "foo"]),
    ("folders above", "es/news/_posts/sub/2022-1-5-x.md", "categories: a", ["es", "news", "a"]),
    ("folders below are none", "_posts/es/2022-1-5-x.md", "title: t", []),
    ("another folder of posts", "es/old_post/2022-1-5-x.md", "title: t", ["es"]),
    ("false is none", "_posts/2022-1-5-x.md", "categories: false\ncategory: false", []),
    ("a quoted false is a word", "_posts/2022-1-5-x.md", "category: 'false'", ["false"]),
    ("lists in lists", "_posts/2022-1-5-x.md", "categories: [[a, b], c, ~]", ["a", "b", "c"]),
    ("null is none", "_posts/2022-1-5-x.md", "categories: ~\ncategory:", []),
    ("numbers and booleans as spelled", "_posts/2022-1-5-x.md", "categories: [2022, 1.10, NO]", ["2022", "1.10", "NO"]),
]


@pytest.mark.parametrize(("case", "path", "head", "expected"), CATEGORIES, ids=[case[0] for case in CATEGORIES])
def test_categories_are_those_of_jekyll(case: str, path: str, head: str, expected: list[str]) -> None:
    assert terms_of(entry_of(f"---\n{head}\n---\ntext", path), TermKind.CATEGORY) == expected


TAGS = [
    ("a word", "tags: 东财滚动新闻", ["东财滚动新闻"]),
    ("words", "tags: a b", ["a", "b"]),
    ("a full-width comma splits nothing", "tags: 银行，保险、证券", ["银行，保险、证券"]),
    ("an ideographic space splits nothing", "tags: 银行\u3000保险", ["银行\u3000保险"]),
    ("tag goes before tags", "tag: a b\ntags: c", ["a b"]),
    ("an empty tag is a word as well", "tag: []\ntags: [a]", []),
    ("a null tag is none", "tag:\ntags: [a]", ["a"]),
    ("commas split nothing", "tags: a, b", ["a,", "b"]),
    ("colons that nobody quoted", "tags: [C: intro, 'D']", ["C: intro", "D"]),
    ("a mapping is no list", "tags:\n  a: b", []),
    ("a quoted null is a word", 'tags: ["null", null]', ["null"]),
    ("odd ones", 'tags: ["C#", "\\"引号\\"", "A:B", "- x", "a, b"]', ["C#", '"引号"', "A:B", "- x", "a, b"]),
]


@pytest.mark.parametrize(("case", "head", "expected"), TAGS, ids=[case[0] for case in TAGS])
def test_tags_are_those_of_jekyll(case: str, head: str, expected: list[str]) -> None:
    assert terms_of(entry_of(f"---\n{head}\n---\ntext"), TermKind.TAG) == expected


ORIGINALS = [
    ("an autolink that closes the body", "", "text\n\n<http://a.example/1>\n\n[返回](../)", "http://a.example/1"),
    ("at the very end", "", "text\n\n<HTTPS://a.example/1>", "HTTPS://a.example/1"),
    ("two of them", "", "text\n\n<http://a.example/1>\n\n<http://a.example/2>", ""),
    ("inside a paragraph", "", "text\n<http://a.example/1>\nmore", ""),
    ("at the head of a paragraph", "", "text\n\n<http://a.example/1>\nmore", ""),
    ("at the foot of a paragraph", "", "text\n<http://a.example/1>\n\nmore", ""),
    ("beside words", "", "text\n\nsee <http://a.example/1>", ""),
    ("far from the end", "", "<http://a.example/1>\n\n" + "line\n\n" * 9, ""),
    ("far from the end of one long line", "", "<http://a.example/1>\n\n" + "x" * 3000, ""),
    ("front matter goes first", "source_url: http://b.example/", "text\n\n<http://a.example/1>", "http://b.example/"),
    (
        "canonical before source",
        "source_url: http://b.example/\ncanonical_url: http://c.example/",
        "t",
        "http://c.example/",
    ),
    ("a path is no URL", "canonical_url: /x/", "text\n\n<http://a.example/1>", "http://a.example/1"),
]


@pytest.mark.parametrize(("case", "head", "body", "expected"), ORIGINALS, ids=[case[0] for case in ORIGINALS])
def test_the_original_is_named_by_front_matter_or_the_closing_autolink(
    case: str, head: str, body: str, expected: str
) -> None:
    entry = entry_of(f"---\ntitle: t\n{head}\n---\n{body}")
    assert entry.original == expected
    assert entry.identity_urls == (expected or entry.link,)


SUMMARIES = [
    ("a quotation", "> a digest\n> of two lines\n\n<p>body</p>", "a digest\nof two lines"),
    ("the first paragraph", "\n\none\ntwo\n\nthree", "one\ntwo"),
    ("a body of links alone", "<http://a.example/>\n\n[返回](../)", None),
    ("the first paragraph of HTML", "<p><br/></p><p>一</p>\n<p>二</p>", "<p>一</p>"),
    (
        "link definitions come along",
        "see [a][1]\n\nmore\n\n[1]: http://a.example/",
        "see [a][1]\n\n[1]: http://a.example/",
    ),
    ("nothing", "", None),
]


@pytest.mark.parametrize(("case", "body", "expected"), SUMMARIES, ids=[case[0] for case in SUMMARIES])
def test_the_summary_is_the_digest(case: str, body: str, expected: str | None) -> None:
    summary = entry_of(f"---\ntitle: t\n---\n{body}").summary
    assert (summary.value if summary else None) == expected


def test_a_description_goes_before_the_digest() -> None:
    summary = entry_of("---\ndescription: said\nexcerpt: x\n---\ntext").summary
    assert summary is not None
    assert (summary.value, summary.kind) == ("said", "text")


def test_an_empty_separator_switches_excerpts_off() -> None:
    assert entry_of("---\ntitle: t\n---\na\n\nb", text=CONFIG + 'excerpt_separator: ""\n').summary is None


TITLES = [
    ("as spelled", "title: 一  二", "x", "一 二"),
    ("a list that YAML sees", "title: [快讯] 三", "x", "[快讯] 三"),
    ("a list that it rightly sees", "title: [快讯]", "x", "[快讯]"),
    ("a tag that YAML sees", "title: !重磅 三", "x", "!重磅 三"),
    ("an alias that YAML sees", "title: *重磅* 三", "x", "*重磅* 三"),
    ("colons", "title: 快讯: a: b", "x", "快讯: a: b"),
    ("quotes inside", 'title: "甲"乙"丙"', "x", '甲"乙"丙'),
    ("escaped quotes", 'title: "甲\\"乙\\""', "x", '甲"乙"'),
    ("no end of the quotes", 'title: "甲', "x", '"甲'),
    ("none but words in the name", "layout: post", "text.", "My First Post"),
    ("empty", 'title: ""', "> 第一句。第二句。", "第一句。"),
    ("empty and nothing but a reference to no character", "title:", "&#x0;", "My First Post"),
    ("empty and nothing but a long text", "title:", "字" * 99, "字" * 59 + "…"),
]


@pytest.mark.parametrize(("case", "head", "body", "expected"), TITLES, ids=[case[0] for case in TITLES])
def test_a_title_is_recovered(case: str, head: str, body: str, expected: str) -> None:
    title = entry_of(f"---\n{head}\n---\n{body}", "_posts/2022-05-24-my-first-post.md").title
    assert title is not None
    assert title.value == expected


DATES = [
    ("front matter", "2022-05-24-first.md", "date: 2022-05-23 10:00:00 +0800", "2022-05-23 10:00:00 +0800", 0),
    ("the name alone", "2022-5-4-first.md", "title: t", "2022-05-04", 0),
    ("two digits of a year", "99-5-4-first.md", "title: t", "1999-05-04", 0),
    ("a day past the month's end rolls over", "2022-02-30-first.md", "title: t", "2022-03-02", 0),
    ("no date of this world", "2022-05-24-first.md", "date: 2022-02-30 25:61:00", "2022-05-24", 1),
    ("an empty one", "2022-05-24-first.md", "date:", "2022-05-24", 1),
    ("a day in the name that never was", "2022-13-45-first.md", "date: 2022-05-23", "2022-05-23", 0),
    ("none in the name", "first.md", "date: 2022-05-23", "2022-05-23", 1),
    ("day before month between slashes", "2022-05-24-first.md", "date: 04/05/2022 10:00", "2022-05-04 10:00", 0),
    ("in quotes", "2022-05-24-first.md", 'date: "2022-05-23"', "2022-05-23", 0),
]


@pytest.mark.parametrize(("case", "name", "head", "expected", "findings"), DATES, ids=[case[0] for case in DATES])
def test_published_is_the_date_as_spelled_or_the_day_of_the_name(
    case: str, name: str, head: str, expected: str, findings: int
) -> None:
    post = reader().parse(f"_posts/{name}", f"---\nlayout: post\n{head}\n---\ntext".encode())
    assert post.entry is not None
    assert post.entry.published == expected
    assert len(post.findings) == findings


#: As people of several countries and importers from other systems write them.
SPELLINGS = [
    ("a space before the colon", "layout : post\ntitle : T\ntags : [a]", "T", ["a"], "2022-05-24"),
    ("values in columns", "title:      T\ntags:       a b\ndate:       2022-05-23", "T", ["a", "b"], "2022-05-23"),
    ("a tab before the value", "title:  \tT\ntags:\t- a", "T", ["-", "a"], "2022-05-24"),
    ("an empty list and a missing value", "tag: []\ntags: a\nmodified:\ntitle: T", "T", [], "2022-05-24"),
    ("a title over two lines", "title: 'A: b\n  c'", "A: b c", [], "2022-05-24"),
    ("a complex key", "title: T\n? ''\n: - a\n  - b", "T", [], "2022-05-24"),
    ("a comment for a key", "#title: x\ntitle: T\n#tags: [a]", "T", [], "2022-05-24"),
    ("names with marks", "title: T\ntags: [c#, c++, .net, F#]", "T", ["c#", "c++", ".net", "F#"], "2022-05-24"),
    ("a comma at the end", "title: T\ntags: [a, b, ]", "T", ["a", "b"], "2022-05-24"),
    ("digits for a date", "title: T\ndate: 20220523", "T", [], "20220523"),
    (
        "nanoseconds",
        "title: T\ndate: 2022-05-23 10:00:00.123456789 +0800",
        "T",
        [],
        "2022-05-23 10:00:00.123456789 +0800",
    ),
    ("a mapping in a list", "title: T\ntags:\n- a\n- b: c", "T", ["a", "b: c"], "2022-05-24"),
    ("escapes that no feed may hold", 'title: "T\\x00\\uFFFF"', "T", [], "2022-05-24"),
]


@pytest.mark.parametrize(("case", "head", "title", "tags", "date"), SPELLINGS, ids=[case[0] for case in SPELLINGS])
def test_front_matter_is_read_as_people_spell_it(case: str, head: str, title: str, tags: list[str], date: str) -> None:
    entry = entry_of(f"---\n{head}\n---\ntext")
    assert (entry.title and entry.title.value, terms_of(entry, TermKind.TAG)) == (title, tags)
    if date != "20220523" and not date.endswith("+0800"):
        assert entry.published == date


def test_a_day_that_nobody_believes_is_reported() -> None:
    post = reader().parse("_posts/1111-11-11-x.md", b"---\ntitle: t\n---\ntext")
    # the reader of these tests believes every day; the program's own believes none before 1970
    assert post.entry is not None
    assert post.entry.published == "1111-11-11"


def test_a_site_that_names_no_base_has_an_empty_one() -> None:
    entry = entry_of("---\ntitle: t\n---\n![]({{ site.url }}{{ site.baseurl }}/a.png)")
    assert entry.content is not None
    assert entry.content.value == "![](https://finews.example/a.png)"


WITHHELD = [
    ("published: false", POST, "published: false", CONFIG, False),
    ("a key that says nothing is no yes", POST, "published:", CONFIG, False),
    ("everything is shown", POST, "published: false", CONFIG + "unpublished: true\n", True),
    ("a quoted false is a word", POST, 'published: "false"', CONFIG, True),
    ("published: true", POST, "published: true", CONFIG, True),
    ("a draft in front matter", POST, "draft: true", CONFIG, False),
    ("a draft by folder", "_drafts/x.md", "title: t", CONFIG, False),
    ("drafts shown", "_drafts/x.md", "title: t", CONFIG + "show_drafts: true\n", True),
    ("far in the future", "_posts/2099-01-01-x.md", "title: t", CONFIG, True),
]


@pytest.mark.parametrize(("case", "path", "head", "text", "shown_"), WITHHELD, ids=[case[0] for case in WITHHELD])
def test_a_post_is_withheld_when_its_author_says_so(case: str, path: str, head: str, text: str, shown_: bool) -> None:
    post = reader(text).parse(path, f"---\n{head}\n---\ntext".encode())
    assert (post.entry is not None, post.is_published) == (shown_, shown_)
    if not shown_:
        assert [finding.kind for finding in post.findings] == [FindingKind.WITHHELD]


def test_a_post_keeps_its_key_wherever_it_moves() -> None:
    paths = ["es/_posts/2022-1-5-x.md", "es/old_post/2022-1-5-x.md", "es/_posts/2022/01/2022-1-5-x.md"]
    assert {entry_of("---\ntitle: t\n---\n", path).entry_id for path in paths} == {"es/2022-1-5-x.md"}


def test_authors_come_from_the_post_then_the_data_then_the_site() -> None:
    authors = "jane:\n  name: Jane Doe\n  url: https://jane.example/\n"
    heads = ["author: jane", "author: Bob", "authors: [jane, Bob]", "author: {name: Eve, email: e@x.example}", "x: y"]
    heads.append("author: {display_name: Ann, login: a}")
    names = [[person.name for person in entry_of(f"---\n{head}\n---\nt", authors=authors).authors] for head in heads]
    assert names == [["Jane Doe"], ["Bob"], ["Jane Doe", "Bob"], ["Eve"], ["ZNing"], ["Ann"]]


def test_without_a_config_the_page_stands_below_the_sites_own_address() -> None:
    entry = entry_of("---\ntitle: t\ndate: 2022-05-24 23:00:00\ncategories: a\n---\n", text=None)
    assert entry.link == "https://feeds.example/a/2022/05/24/x.html"


def test_a_missing_update_stays_missing_and_a_bad_one_is_reported() -> None:
    post = reader().parse(POST, b"---\ntitle: t\nupdated: soon\n---\n")
    assert post.entry is not None
    assert post.entry.updated == ""
    assert [(finding.line, finding.kind) for finding in post.findings] == [(3, FindingKind.REPAIRED)]


NO_POSTS = [
    ("a page among the posts", "_posts/README.md", "title: t", CONFIG, False),
    ("any other name was meant for a post", "_posts/x.md", "title: t", CONFIG, True),
    ("one with a date was meant for a post", "_posts/x.md", "date: 2022-05-23", CONFIG, True),
    ("no Jekyll site", "_posts/README.md", "title: t", None, True),
    ("a collection needs no dates", "_notes/x.md", "title: t", CONFIG + "collections: {notes: {output: true}}", True),
]


@pytest.mark.parametrize(("case", "path", "head", "text", "is_post"), NO_POSTS, ids=[case[0] for case in NO_POSTS])
def test_a_page_among_the_posts_of_a_jekyll_site_is_no_post(
    case: str, path: str, head: str, text: str | None, is_post: bool
) -> None:
    post = reader(text, folders=("_posts", "_notes")).parse(path, f"---\n{head}\n---\ntext".encode())
    assert (post.entry is not None) == is_post
    if not is_post:
        assert [(one.kind, one.mend) for one in post.findings] == [
            (FindingKind.SKIPPED, 'name it "YYYY-MM-DD-name.md"')
        ]


NAMES = [
    ("words with blanks", "how to Post", "How to post"),
    ("words with underscores", "my_first_post", "My_first_post"),
    ("Chinese", "中文-标题", "中文 标题"),
    ("a number is no title", "NW202205242390025644", "Text."),
]


@pytest.mark.parametrize(("case", "slug", "title"), NAMES, ids=[case[0] for case in NAMES])
def test_a_title_is_made_of_the_words_of_a_name(case: str, slug: str, title: str) -> None:
    found = entry_of("---\nlayout: post\n---\nText.", f"_posts/2022-05-24-{slug}.md").title
    assert found is not None
    assert found.value == title
