"""Markdown as HTML: CommonMark with GitHub's extensions, and Kramdown's daily additions."""

from __future__ import annotations

import time

import pytest
from cmarkgfm import _cmark
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.normalize import commonmark
from finews_feeds.normalize.html import sanitize
from finews_feeds.normalize.markdown import to_html

RENDERED = [
    ("a paragraph", "one *two*", "<p>one <em>two</em></p>"),
    (
        "a table",
        "| a |\n|---|\n| 1 |",
        "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>",
    ),
    ("strikethrough", "~~old~~", "<p><del>old</del></p>"),
    (
        "an autolink",
        "<http://a.example/1350,2.html>",
        '<p><a href="http://a.example/1350,2.html">http://a.example/1350,2.html</a></p>',
    ),
    ("a bare link", "see https://a.example/", '<p>see <a href="https://a.example/">https://a.example/</a></p>'),
    (
        "a bare link ends where Chinese begins",
        "见 https://a.example/b。后面",
        '<p>见 <a href="https://a.example/b">https://a.example/b</a>。后面</p>',
    ),
    ("HTML stays", "<p>a <b>b</b></p>", "<p>a <b>b</b></p>"),
    (
        "HTML after a digest is outside of it",
        "> digest\n<p>body</p>",
        "<blockquote>\n<p>digest</p>\n</blockquote>\n<p>body</p>",
    ),
    ("the end of a CDATA section is text", "a ]]> b", "<p>a ]]&gt; b</p>"),
    (
        "attributes of the block before",
        'text\n{: .note #x data-a="b c"}',
        '<p id="x" data-a="b c" class="note">text</p>',
    ),
    ("attributes of the block after", "one\n\n{: .lead}\ntwo", '<p>one</p>\n\n<p class="lead">two</p>'),
    ("attributes of a heading", "# T\n{: .no_toc }", '<h1 class="no_toc">T</h1>'),
    ("attributes of a quote", "> q\n{: .pull}", '<blockquote class="pull">\n<p>q</p>\n</blockquote>'),
    ("attributes of a list", "- a\n- b\n{: .l}", '<ul class="l">\n<li>a</li>\n<li>b</li>\n</ul>'),
    (
        "attributes of an inner list's outer one",
        "- a\n  - b\n{: .l}",
        '<ul class="l">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>',
    ),
    ("attributes in a list item", "1. x\n\n    y\n    {: .in}", "<ol>\n<li>\n<p>x</p>\n<p>y</p>\n</li>\n</ol>"),
    ("attributes of a picture", '![i](p.png){: width="300"}', '<p><img width="300" src="p.png" alt="i" /></p>'),
    ("attributes of a link", '[l](u){:target="_blank" .ext}', '<p><a target="_blank" class="ext" href="u">l</a></p>'),
    ("attributes of emphasis and code", "*a*{:.x} `b`{:.y}", '<p><em class="x">a</em> <code class="y">b</code></p>'),
    ("named attributes", '{:ref: .a k="v"}\ntext\n{: ref}', '<p k="v" class="a">text</p>'),
    ("unknown names", "text\n{: nobody}", "<p>text</p>"),
    (
        "code is not touched",
        "```\n{: .x}\n* TOC\n{:toc}\n```\n\n    {: .y}\n\n`{: .z}`",
        "<pre><code>{: .x}\n* TOC\n{:toc}\n</code></pre>\n<pre><code>{: .y}\n</code></pre>\n<p><code>{: .z}</code></p>",
    ),
    ("a hash is no list of attributes", "Ruby's {:a => 1} here", "<p>Ruby's {:a =&gt; 1} here</p>"),
    ("a table of contents", "* TOC\n{:toc}\n\nbody", "<p>body</p>"),
    ("comments", "a\n\n{::comment}\nhidden\n{:/comment}\n\nb", "<p>a</p>\n<p>b</p>"),
    ("options", '{::options toc_levels="1" /}\n\na', "<p>a</p>"),
    ("no Markdown", "{::nomarkdown}\n<b>*x*</b>\n{:/}", "<b>*x*</b>"),
    (
        "a definition list",
        "term\n: one *two*\n: three\n\nafter {:",
        "<dl><dt>term</dt><dd>one <em>two</em></dd><dd>three</dd></dl>\n<p>after {:</p>",
    ),
    (
        "Markdown in HTML",
        '<div class="a" markdown="1">\n**x**\n</div>',
        '<div class="a">\n<p><strong>x</strong></p>\n</div>',
    ),
]


@pytest.mark.parametrize(("name", "markdown", "expected"), RENDERED, ids=[case[0] for case in RENDERED])
def test_markdown_reads_as_its_authors_mean_it(name: str, markdown: str, expected: str) -> None:
    assert to_html(markdown).strip() == expected


def test_footnotes_have_a_place_to_go_to() -> None:
    html = to_html("text[^1]\n\n[^1]: note")
    assert 'href="#fn-1"' in html
    assert '<li id="fn-1">' in html


def test_without_the_inner_library_the_result_is_the_same() -> None:
    markdown = b"# T\n\n| a |\n|---|\n| ~~b~~ |\n\n- [x] done <b>c</b> www.a.example[^1]\n\n[^1]: n\n"
    assert commonmark._leaking_renderer(markdown) == commonmark.render(markdown.decode())


def test_the_inner_library_is_reached_on_this_platform() -> None:
    assert _cmark.lib is not None
    assert commonmark._renderer() is not commonmark._leaking_renderer


_PIECES = st.sampled_from(
    ["{:", "}", "{: .a}", "\n", "\n\n", "{::comment}", "{:/}", "{::nomarkdown}", "`", "```", "~~~", "> ", "- ", "    ", "* TOC\n{:toc}",
     "term\n: def\n", '<div markdown="1">', "</div>", "*a*", "[l](u)", "text", "{:x: .b}", "{: x}", "<!--kramdown 0-->", "\x00", "\ud800", "|a|\n|-|\n"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=20).map("".join) | st.text(max_size=80))
def test_no_text_is_beyond_reading(markdown: str) -> None:
    sanitize(to_html(markdown))


HOSTILE = [
    ("quotes in quotes", ">" * 50_000),
    ("backticks", "{:" + "`a ``b " * 20_000),
    ("attribute lists", "{: .x}\n" * 5_000),
    ("lists behind emphasis", "*x*{: .a}" * 3_000),
    ("unclosed lists", "x{: " * 30_000),
    ("unclosed comments", "{::comment}" * 20_000),
    ("definitions", "a\n: b\n\n" * 3_000),
    ("terms without definitions", "{:\n" + "a\n" * 50_000),
    ("unclosed tags", "<div a" * 20_000 + "{:"),
]


@pytest.mark.parametrize(("name", "markdown"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_no_text_holds_the_program_for_long(name: str, markdown: str) -> None:
    began = time.process_time()
    to_html(markdown)
    assert time.process_time() - began < 10


KRAMDOWN = [
    (
        "attributes at the head of an item",
        "* {: .a #b} one\n* two",
        '<ul>\n<li id="b" class="a">one</li>\n<li>two</li>\n</ul>',
    ),
    (
        "and of a loose one",
        "1. {:.a} *x*\n\n2. y",
        '<ol>\n<li class="a">\n<p><em>x</em></p>\n</li>\n<li>\n<p>y</p>\n</li>\n</ol>',
    ),
    ("inside of an item", "* one\n  {: .a}\n* two", "<ul>\n<li>one\n\n</li>\n<li>two</li>\n</ul>"),
    ("but not in code", "* `{: .a}`", "<ul>\n<li><code>{: .a}</code></li>\n</ul>"),
    ("the id of a heading", "## Über uns {#about}", '<h2 id="about">Über uns</h2>'),
    ("of an underlined one", "Uns {#about}\n---", '<h2 id="about">Uns</h2>'),
    ("no heading, no id", "Uns {#about}", "<p>Uns {#about}</p>"),
    (
        "an abbreviation",
        'An HTML, not XHTML, `HTML`.\n\n*[HTML]: Hyper "Text"',
        '<p>An <abbr title="Hyper &quot;Text&quot;">HTML</abbr>, not XHTML, <code>HTML</code>.</p>',
    ),
    ("inside of attributes it is none", "[x](HTML)\n\n*[HTML]: y", '<p><a href="HTML">x</a></p>'),
    ("mathematics in a line", "so $$a_1 * b_1 * c<d$$ *is*", "<p>so $$a_1 * b_1 * c&lt;d$$ <em>is</em></p>"),
    ("mathematics by itself", "$$\na_1\n* b_1 \\\\\n$$\n\nx", "<p>$$\na_1\n* b_1 \\\\\n$$</p>\n<p>x</p>"),
    ("two prices and a name in $$", "$$ 5 *and*", "<p>$$ 5 <em>and</em></p>"),
    ("mathematics in code is code", "`$$a*b*c$$`", "<p><code>$$a*b*c$$</code></p>"),
    (
        "a table without a head",
        "| a | *b* |\n| c \\| d |  |",
        "<table><tr><td>a</td><td><em>b</em></td></tr><tr><td>c | d</td><td></td></tr></table>",
    ),
    ("rules wherever one likes", "|---|\n| a |\n|===|\n| b |", "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"),
    (
        "rules with a plus",
        "| a | b |\n|---+---|\n| c | d |\n{: .t}",
        '<table class="t">\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>c</td>\n<td>d</td>\n'
        "</tr>\n</tbody>\n</table>",
    ),
    ("a mark at the end of a block", "x\n\n^\n\ny", "<p>x</p>\n<p>y</p>"),
    ("one tilde strikes nothing out", "增长5%~10%，或20%~30%", "<p>增长5%~10%，或20%~30%</p>"),
]


@pytest.mark.parametrize(("case", "markdown", "html"), KRAMDOWN, ids=[case[0] for case in KRAMDOWN])
def test_kramdown_is_read_as_it_means(case: str, markdown: str, html: str) -> None:
    assert to_html(markdown).strip() == html


@pytest.mark.parametrize("piece", ["$$", "$$ ", "*[a]: b\n", "|", "| a\n", "|-", "{#", "^\n", "* {: .a} b\n", "<code>"])
def test_no_repetition_of_it_takes_long(piece: str) -> None:
    start = time.perf_counter()
    to_html("*[a]: b\n\n" + piece * 20_000)
    assert time.perf_counter() - start < 5
