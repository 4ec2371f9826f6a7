"""Front matter in every state it is found in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.sources import front_matter, plain_yaml
from finews_feeds.sources.front_matter import looks_torn
from finews_feeds.sources.notes import Notes
from finews_feeds.sources.post_bytes import decode
from finews_feeds.sources.values import Quoted, Value

WHOLE = [
    ("plain lines", "---\na: 1\nb: x y\n---\nbody", {"a": "1", "b": "x y"}, "body"),
    ("a tab after the colon", "---\na:\t1\n---\nbody", {"a": "1"}, "body"),
    ("a tab after the colon of a list", "---\na:\t\n- 1\n---\nbody", {"a": ["1"]}, "body"),
    ("dots close it", "---\na: 1\n...\nbody", {"a": "1"}, "body"),
    ("spaces after the marks", "--- \na: 1\n---  \nbody", {"a": "1"}, "body"),
    ("nothing in it", "---\n---\nbody", {}, "body"),
    ("comments and blank lines", "---\n# c\n\na: 1 # d\n---\nbody", {"a": "1"}, "body"),
    (
        "nothing is converted",
        "---\na: NO\nb: 12:30\nc: 010\nd: 2022-05-24\n---\n",
        {"a": "NO", "b": "12:30", "c": "010", "d": "2022-05-24"},
        "",
    ),
    ("null", "---\na: ~\nb: null\nc:\nd: 'null'\n---\n", {"a": None, "b": None, "c": None, "d": "null"}, ""),
    ("lists", "---\na: [x, 'y z', \"w\"]\nb:\n  - 1\n  - [2]\n---\n", {"a": ["x", "y z", "w"], "b": ["1", ["2"]]}, ""),
    ("mappings", "---\na: {b: c}\nd:\n  e: f\n---\n", {"a": {"b": "c"}, "d": {"e": "f"}}, ""),
    ("blocks", "---\na: >\n  x\n  y\nb: |\n  z\n---\n", {"a": "x y\n", "b": "z\n"}, ""),
    ("a rule in the body", "---\na: 1\n---\nx\n\n---\n\ny", {"a": "1"}, "x\n\n---\n\ny"),
    ("no front matter", "x\n---\ny", {}, "x\n---\ny"),
]


@pytest.mark.parametrize(("case", "text", "values", "body"), WHOLE, ids=[case[0] for case in WHOLE])
def test_sound_front_matter_is_read_without_a_finding(
    case: str, text: str, values: dict[str, Value], body: str
) -> None:
    notes = Notes("p")
    found = front_matter.read(text, notes)
    assert (found.values, found.body, notes.findings) == (values, body, ())


BROKEN = [
    ("a blank line before it", "\n\n---\na: 1\n---\nb", {"a": "1"}, "b", [1]),
    ("a mark before it", "\ufeff---\na: 1\n---\nb", {"a": "1"}, "b", [1]),
    ("never closed", "---\na: 1\nb: 2\n> digest\n\ntext", {"a": "1", "b": "2"}, "> digest\n\ntext", [4]),
    (
        "never closed, with a rule in the body",
        "---\na: 1\n\ntext: x y\nz\n\n---\nw",
        {"a": "1"},
        "\ntext: x y\nz\n\n---\nw",
        [3],
    ),
    ("cut in the middle", "---\na: 1\nb: [x", {"a": "1", "b": "[x"}, "", [4, 3]),
    ("tabs before the keys", "---\n\ta: 1\n\tb:\n\t- x\n---\nc", {"a": "1", "b": ["x"]}, "c", [2]),
    ("tabs before items", "---\na:\n\t- x\n---\nc", {"a": ["x"]}, "c", [3]),
    ("one bad value", "---\na: 'x\nb: @y\nc: 3\n---\nd", {"a": "'x", "b": "@y", "c": "3"}, "d", [2, 3]),
    ("a stray line", "---\na: 1\nstray\nb: x: y\n---\nd", {"a": "1", "b": "x: y"}, "d", [3, 4]),
    ("a list that is not closed", '---\ntags: [a b, "c"\nd: e\n---\n', {"tags": ["a b", "c"], "d": "e"}, "", [2]),
    ("items that are not aligned", "---\ntags:\n  - a\n -b\n- 'c'\n---\n", {"tags": ["a", "b", "c"]}, "", [2]),
    ("words each in quotes", "---\ncategories: \"a b\" 'c'\n---\n", {"categories": ["a b", "c"]}, "", [2]),
    ("no space after the colon", "---\nlayout: x\ntitle:标题\n---\n", {"layout": "x", "title": "标题"}, "", [3]),
    ("a full-width colon", "---\ntitle：标题\ntags：甲 乙\n---\n", {"title": "标题", "tags": "甲 乙"}, "", [2]),
    ("no space and no YAML either", "---\ntitle:快讯: 一\na: b\n---\n", {"title": "快讯: 一", "a": "b"}, "", [2, 2]),
    ("a doubled key", "---\na: 1\na: 2\n---\nd", {"a": "2"}, "d", [3]),
]


@pytest.mark.parametrize(("case", "text", "values", "body", "lines"), BROKEN, ids=[case[0] for case in BROKEN])
def test_broken_front_matter_is_recovered_and_each_repair_named_with_its_line(
    case: str, text: str, values: dict[str, Value], body: str, lines: list[int]
) -> None:
    notes = Notes("p")
    found = front_matter.read(text, notes)
    assert (found.values, found.body) == (values, body)
    assert [finding.line for finding in notes.findings] == lines


def test_a_document_that_unfolds_without_end_is_taken_as_it_is_spelled() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    notes = Notes("p")
    assert set(front_matter.mapping(bomb, notes)) == set("abcdefghi")
    assert notes.findings


def test_a_document_nested_without_end_is_taken_as_it_is_spelled() -> None:
    notes = Notes("p")
    assert front_matter.mapping("a: " + "[" * 50_000, notes)["a"]
    assert notes.findings


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text("ab:#'\"[]{},\\ -?!&*|>%@`~0\t中", max_size=8)
    )
)
def test_plain_lines_mean_what_yaml_means(lines: dict[str, str]) -> None:
    head = "".join(f"{key}: {value}\n" for key, value in lines.items())
    simple = front_matter._simple(head, 1, Notes("p"))
    if simple is not None and "\t" not in head:
        assert simple == (plain_yaml.load(head) or {})


def test_what_stood_in_quotes_is_known() -> None:
    values = front_matter.read('---\na: "false"\nb: false\nc: >\n  false\n---\n', Notes("p")).values
    assert [isinstance(values[key], Quoted) for key in "abc"] == [True, False, True]


TORN = [
    ("empty", b"", True),
    ("blank", b" \r\n", True),
    ("opened", b"---", True),
    ("opened and not closed", b"---\r\ntitle: x\r\n", True),
    ("cut inside a character", "---\na: b\n---\n中文".encode()[:-1], True),
    ("whole", "---\na: b\n---\n中文".encode(), False),
    ("whole, with a mark and CRLF", b"\xef\xbb\xbf---\r\na: b\r\n---\r\n", False),
    ("no front matter", b"text", False),
    ("damaged in the middle", b"---\na: b\n---\n\xe4\xb8 text", False),
    ("another encoding", "---\na: b\n---\n中文。".encode("gb18030"), False),
]


@pytest.mark.parametrize(("case", "data", "torn"), TORN, ids=[case[0] for case in TORN])
def test_a_half_written_file_looks_torn(case: str, data: bytes, torn: bool) -> None:
    assert looks_torn(data) is torn


TEXT = "---\ntitle: 标题·一\n---\n正文，第二句。\n" * 3
ENCODINGS = [
    ("UTF-8", TEXT.encode(), TEXT, 0),
    ("with a mark", b"\xef\xbb\xbf" + TEXT.encode(), TEXT, 1),
    ("GB18030", TEXT.encode("gb18030"), TEXT, 1),
    ("UTF-16 with a mark", TEXT.encode("utf-16"), TEXT, 1),
    ("UTF-16 LE", TEXT.encode("utf-16-le"), TEXT, 1),
    ("UTF-16 BE", TEXT.encode("utf-16-be"), TEXT, 1),
    ("CRLF", TEXT.replace("\n", "\r\n").encode(), TEXT, 0),
    ("CR", TEXT.replace("\n", "\r").encode(), TEXT, 0),
    ("Windows-1252", b"un caf\xe9 \x97 d\xe9j\xe0 vu, tr\xe8s bien", "un café — déjà vu, très bien", 1),
    ("a character cut", TEXT.encode()[:20] + TEXT.encode()[21:], None, 1),
    ("controls", b"a\x00b\x08c\x7f", "abc", 1),
    ("C1 controls and noncharacters", "a\x85b\ufdd0c\uffffd\ufffde".encode(), "abcde", 1),
]


@pytest.mark.parametrize(("case", "data", "text", "findings"), ENCODINGS, ids=[case[0] for case in ENCODINGS])
def test_bytes_are_decoded(case: str, data: bytes, text: str | None, findings: int) -> None:
    notes = Notes("p")
    found = decode(data, notes)
    assert found is not None
    assert text is None or found == text
    assert len(notes.findings) == findings
