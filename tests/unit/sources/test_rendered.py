"""The content on a rendered page: where the page is, and which part of it is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from post_support import SITE, config, read_date

from finews_feeds.settings import PostsSettings
from finews_feeds.sources.post import PostReader
from finews_feeds.sources.rendered import content_of, page_file

CONTENTS = [
    ("marked by schema.org", "<article><h1>T</h1><div itemprop=articleBody><p>x</p></div></article>", "<p>x</p>"),
    ("by a theme", "<main><div class='a post-content b'>t<p>x</p></div></main>", "t<p>x</p>"),
    ("the article without its frame", "<article><header><h1>T</h1></header>a<p>x</p><footer>f</footer>b</article>", "a<p>x</p>b"),
    ("the only main", "<nav>n</nav><main><nav>m</nav><p>x</p></main>", "<p>x</p>"),
    ("not one of many articles", "<article>a</article><article>b</article><main><p>x</p></main>", "<p>x</p>"),
    ("nothing to be taken for it", "<div><p>x</p></div>", ""),
    ("references as they stand", "<main>a &lt; b &amp; c<br>债券</main>", "a &lt; b &amp; c<br>债券"),
    ("comments go", "<main><!-- c --><p>x</p></main>", "<p>x</p>"),
    ("no page", "", ""),
    ("a comment alone", "<!-- x -->", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in CONTENTS], ids=[case[0] for case in CONTENTS])
def test_the_content_of_a_page_is(body: str, expected: str) -> None:
    page = f"<!DOCTYPE html><html><body>{body}</body></html>" if body else ""
    assert content_of(page.encode()) == expected


def test_bytes_that_are_no_page_have_no_content() -> None:
    assert content_of(bytes(range(256)) * 20) == ""
    assert content_of(b"\xef\xbb\xbf<main><p>\xe5\x80\xba</p></main>") == "<p>债</p>"


PAGES = [
    ("a file", "/a/b.html", "a/b.html"),
    ("a folder", "/a/c/", "a/c/index.html"),
    ("a folder without its slash", "/a/c", "a/c/index.html"),
    ("without its suffix", "/a/b", "a/b.html"),
    ("percent-encoded", "/a/%E5%80%BA%20x.html", "a/债 x.html"),
    ("missing", "/a/none.html", None),
    ("outside", "/../secret.html", None),
    ("outside, encoded", "/%2e%2e/secret.html", None),
    ("outside by a link", "/link/secret.html", None),
    ("a NUL", "/a%00.html", None),
    ("a very long name", "/" + "x" * 5000, None),
    ("the home page", "/", None),
]


@pytest.mark.parametrize(("path", "expected"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES])
def test_a_page_is_found_as_a_web_server_finds_it(tmp_path: Path, path: str, expected: str | None) -> None:
    root = tmp_path / "_site"
    for name in ("a/b.html", "a/c/index.html", "a/债 x.html", "../secret.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "link").symlink_to(tmp_path)
    assert page_file(root, path) == (root / expected if expected else None)


POST = b"---\ntitle: T\n---\n> {{ site.title }}\n\n{% include x.html %} text\n\n<https://o.example/1>\n"


def parsed(page: str | None) -> tuple[str, str, str, list[str]]:
    read = None if page is None else (lambda path: page)
    settings = PostsSettings("site", Path("/nowhere"))
    post = PostReader(settings, SITE, config(), read_date, read).parse("_posts/2022-05-24-x.md", POST)
    entry = post.entry
    assert entry is not None
    assert entry.content is not None
    return entry.content.kind, entry.content.value, entry.original, [each.what for each in post.findings]


def test_a_post_takes_its_content_from_its_page_and_all_else_from_its_file() -> None:
    kind, content, original, findings = parsed("<p>made by Jekyll</p>")
    assert (kind, content, original) == ("html", "<p>made by Jekyll</p>", "https://o.example/1")
    # what its own text holds for Jekyll alone is no fault then
    assert findings == []


def test_a_post_without_a_page_has_its_own_text_and_a_finding() -> None:
    kind, content, _, findings = parsed("")
    assert kind == "markdown"
    assert " text\n\n<https://o.example/1>" in content
    assert any("/2022/05/24/x.html" in what for what in findings)
    assert parsed(None)[3] == findings[1:]
