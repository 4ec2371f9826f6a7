"""Posts to begin with, and what happens to them: every mutation follows from a seed, so a failure can be had again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_GOLDEN = Path(__file__).parents[1] / "golden" / "posts"

PATHS = (
    *("_posts/2022-05-24-x.md", "es/_posts/2022-1-5-C#.markdown", "_posts/-x.md", "old_post/99-2-30-中文 标题.html"),
    *("_posts/9999-12-31-x.md", "_posts/0001-01-01-x.md", "_drafts/x.md", "x.md", "_posts/2022-05-24-.md"),
)

#: Front matter as people and scripts spell it, one line or a few each; joined at random.
HEADS = (
    *("title: a: b", "title: 'it''s'", 'title: "a" b', "title: [x]", "title: {a: b}", "title: >\n  folded\n  lines"),
    *("title: |\n  kept\n\n  lines", "title: @x", "title: `x`", "title: %x", "title: *x*", "title: &x y", "title: !x"),
    *(
        "title: 2022",
        "title: true",
        "title: ~",
        "title:\ttab",
        "title: ]]>",
        "title: <b>&amp;</b>",
        "title: \\x00\\ud800",
    ),
    *('title: "\\x00\\uD800\\uFFFF"', "title: - x", "title: ? x", "title: '", 'title: "', "title: #", "? title\n: x"),
    *(
        "date: 2022-05-24",
        "date: 2022-02-30 25:61:00 +0800",
        "date: +0800",
        "date: [1]",
        "date: 0001-01-01 00:00:00 +2359",
    ),
    *(
        "date: 9999-12-31T23:59:59-1200",
        "date: 2022-05-24 15:31:09.123456789 +0800",
        "date: 1653377469",
        "date: 99999999999999",
    ),
    *("date: 24 May 2022", "date: 二〇二二年五月", "date: !!timestamp 2022-05-24", "date: 2022-05-24T15:31:09Z[UTC]"),
    *(
        "categories: a b",
        "categories: [a, [b, {c: d}]]",
        "categories: {a: b}",
        "category: a/b",
        "categories: ['..', '.', '', ' ']",
    ),
    *(
        "tags: [1, 1.0, true, NO, ~, 'null', 2022-05-24]",
        "tags: C# C++ .net",
        "tags:\n- a\n-b\n- c",
        "tag: a\n  b",
        "tags: \u3000",
    ),
    *(
        "tags: [\u202e, \u200d, \U0001f680, e\u0301, \ufb01]",
        "author: {name: , email: a@b}",
        "authors: [[[]]]",
        "author: {name: [x]}",
    ),
    *(
        "permalink: /:year/:nosuch/../:title",
        "permalink: ''",
        "permalink: http://x/%zz",
        "permalink: :title:categories",
        "slug: ../x",
    ),
    *(
        "slug: 中文%20x",
        "image: {path: //x/y.jpg}",
        "image: [x]",
        "image: ' '",
        "image: javascript:x",
        "excerpt_separator: ''",
    ),
    *(
        "excerpt_separator: <!--more-->",
        "excerpt: [x]",
        "description: <p>x",
        "source_url: http://[::1",
        "canonical_url: //x",
    ),
    *("canonical_url: http://x.example:99999/", "original_url: http://xn--a.example/é", "lang: '\"<'", "rights: ©\x07"),
    *(
        "published: maybe",
        "render_with_liquid: false",
        "last_modified_at: 9999-12-31 23:59:59 -1400",
        "updated: [x]",
        "a" * 300 + ": b",
    ),
    *(
        "a: &a [*a]",
        "a: &a b\nc: *a",
        "<<: {title: x}",
        "- title: x",
        "title: x\n---\ntitle: y",
        "%YAML 1.1",
        "'a b': c",
        "é: x",
    ),
)
BODIES = (
    *(
        "",
        "text",
        "> digest\n\n<p>body</p>\n\n<http://x.example/1>",
        "<http://x.example/1",
        "<>\n\n<>\n",
        "<p><b>x</p></b><td>",
    ),
    *(
        "]]>&nbsp;&bogus;&#0;&#x1f;&#xffff;",
        "{{ site.url }}{{ page.title | upcase }}{% if x %}",
        "{% raw %}{{{% endraw %}",
    ),
    *(
        "{% highlight ruby linenos %}\n```\n{% endhighlight %}",
        "[a]: javascript:x\n\n[a] ![b][a]",
        "<a href='//x/%zz' onclick=x>",
    ),
    *(
        "<svg><script>x</script></svg><math><mi>",
        "<!-- <p> --> <![CDATA[ x ]]> <?php x ?>",
        "* a\n    * b\n\t\t* c\n1) d",
    ),
    *(
        "| a | b |\n|---|---|\n| c | d |\n{: .x #y z='w'}",
        "x[^1]\n\n[^1]: y\n    z",
        "```\nunclosed",
        "# h {#id}\n\n$$ x $$\n* toc\n{:toc}",
    ),
    *(
        "a\u2028b\u2029c\x85d",
        "<img src=x onerror=y><iframe src='http://x'></iframe><base href='/'>",
        "\\" * 50,
        "<" * 60,
        "&" * 60,
    ),
    *(
        "> " * 40 + "x",
        "- " * 40 + "x",
        "[" * 60 + "x" + "](y)" * 60,
        "*_" * 60,
        "<p>" * 60,
        "</div>" * 30,
        "\ufeff\u200b\u00ad",
    ),
)
_PIECES = (
    *(
        b"---\n",
        b"\n---\n",
        b"\n...\n",
        b'"',
        b"'",
        b": ",
        b"\t",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"{%",
        b"%}",
        b"{{",
        b"}}",
    ),
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b"&a ",
        b"*a",
        b"!x ",
        b"\r",
        b"\r\n",
        b"<",
        b">",
        b"<>",
        b"</",
        b"]]>",
        b"- ",
        b"#",
        b"|",
        b"`",
    ),
    *(
        b"\xe4\xb8",
        b"\xed\xa0\x80",
        b"\xc2\x85",
        b"\xf4\x90\x80\x80",
        b"\xb9\xfa\xc4\xda",
        b"&#x0;",
        b"&lt;",
        b"<![CDATA[",
        b"<!--",
    ),
    *(
        b"\ntitle:",
        b"\ndate: ",
        b"\ntags: [",
        b"\ncategories:",
        b"\npermalink: /:",
        b"\nauthor: {",
        b"{: .x }",
        b"[^1]:",
        b"http://",
    ),
)


def golden_posts() -> list[bytes]:
    """The golden posts of the reader's own tests."""
    return [path.read_bytes() for path in sorted(_GOLDEN.iterdir()) if path.suffix != ".json"]


def made_up(rng: random.Random) -> bytes:
    """A post of a few awkward keys and bodies, in one encoding or another."""
    head = "\n".join(rng.choices(HEADS, k=rng.randint(0, 5)))
    text = f"---\n{head}\n---\n" + "\n\n".join(rng.choices(BODIES, k=rng.randint(0, 3)))
    coding = rng.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "utf-16-le", "gb18030"))
    return text.encode(coding, "replace")


def mutated(seed: bytes, rng: random.Random) -> bytes:
    """The post after one to six accidents."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, 6)):
        # half of what goes wrong, goes wrong near the front matter
        at = rng.randrange(min(len(data), 300) + 1) if rng.random() < 0.5 else rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[at:at] = rng.choice(_PIECES)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                data[at:at] = rng.choice(HEADS).encode("utf-8", "surrogatepass") + b"\n"
            case 4:
                piece = data[at : at + rng.randint(1, 200)]
                data[at:at] = piece * rng.randint(1, 4)
            case _:
                if rng.random() < 0.3:
                    del data[at:]
    return bytes(data)


def cases(seeds: list[bytes], seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of `count` posts: the seeds damaged, and posts of awkward pieces, whole and damaged."""
    rng = random.Random(seed)
    for _ in range(count):
        data = rng.choice(seeds) if rng.random() < 0.4 else made_up(rng)
        yield rng.choice(PATHS), mutated(data, rng) if rng.random() < 0.8 else data
