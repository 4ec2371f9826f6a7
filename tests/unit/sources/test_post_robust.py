"""No bytes make the reader raise, and every file gives an entry or says why not."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from post_support import reader

from finews_feeds.model import FindingKind, ParsedPost
from finews_feeds.sources.jekyll import read_authors, read_config
from finews_feeds.sources.post import PostReader, looks_torn

POSTS = [path for path in (Path(__file__).parents[2] / "golden" / "posts").iterdir() if path.suffix != ".json"]
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")
PIECES = [
    *(b"---\n", b"\n---", b'"', b"'", b": ", b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"{%", b"%}", b"{{", b"}}", b"["),
    *(b"]", b"{", b"&a", b"*a", b"!x", b"\r", b"<", b">", b"<>", b"]]>", b"- ", b"#", b"|", b"\xe4\xb8", b"date: 9"),
    *(b"title:", b"{% raw %}", b"tags: {a: b}", b"date: 0001-01-01 00:00:00 +1400", b"permalink: /:year/:x/..//"),
    *(b"\xed\xa0\x80", b"last_modified_at: 9999-12-31 23:59:59 -1400", b"image: {path: ' '}", b"author: [[]]"),
]


def check(made: PostReader, path: str, data: bytes) -> ParsedPost:
    post = made.parse(path, data)
    if post.entry is None:
        assert any(finding.kind is FindingKind.SKIPPED for finding in post.findings)
    else:
        texts = [post.entry.title, post.entry.summary, post.entry.content]
        assert all(type(text.value) is str and not FORBIDDEN.search(text.value) for text in texts if text)
        assert post.entry.title is not None
        assert post.entry.title.value.strip()
        assert post.entry.entry_id
    assert all(finding.place == path and finding.line >= 1 and finding.what for finding in post.findings)
    assert made.parse(path, data) == post
    looks_torn(data)
    return post


@pytest.mark.parametrize("path", POSTS, ids=lambda path: path.stem)
def test_mutations_of_real_posts_never_raise(path: Path) -> None:
    seed, made, rng = path.read_bytes(), reader(), random.Random(path.stem)
    for _ in range(150):
        data = bytearray(seed)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(data) + 1)
            kind = rng.randrange(4)
            if kind == 0:
                data[at:at] = rng.choice(PIECES)
            elif kind == 1:
                del data[at : at + rng.randint(1, 40)]
            elif kind == 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            else:
                del data[at:]
        check(made, "_posts/2022-05-24-x.md", bytes(data))


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_left_out_with_a_reason(data: bytes) -> None:
    check(reader(), "_posts/2022-05-24-x.md", data)
    read_config(data, "_config.yml")
    read_authors(read_config(b"", "")[0], data, "authors.yml")


@given(st.text(max_size=300), st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_head_and_body_are_read_or_left_out_with_a_reason(head: str, body: str) -> None:
    data = f"---\n{head}\n---\n{body}".encode("utf-8", "surrogatepass")
    check(reader(), "_posts/2022-05-24-x.md", data)


@given(st.text(max_size=40).map(lambda path: path.rstrip("/") or "x"))
@settings(max_examples=100, deadline=None)
def test_any_path_is_read(path: str) -> None:
    check(reader(), path, b"---\ntitle: t\ncategories: [a, '..', 'C#']\n---\ntext")


LONG = [
    ("openings of Liquid", b"{{ {% " * 50_000),
    ("openings of Liquid before one end", b"{{ {% " * 50_000 + b"%} }}"),
    ("raw without end", b"{% raw %}" * 5_000),
    ("brackets", b"[" * 200_000),
    ("quotation marks", b"> " * 100_000),
    ("paragraphs", b"<p>" * 100_000),
    ("keys", b"---\n" + b"a: 'x\n" * 3_000),
    ("autolinks", b"\n<>\n" * 50_000),
    ("dashes", b"---\n" * 50_000),
]


@pytest.mark.parametrize(("case", "data"), LONG, ids=[case[0] for case in LONG])
@pytest.mark.timeout(10)
def test_a_hostile_text_takes_no_longer_than_its_length(case: str, data: bytes) -> None:
    check(reader(), "_posts/2022-05-24-x.md", data)
