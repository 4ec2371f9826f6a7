"""Names of feeds: one for each term, on any file system."""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finews_feeds.errors import ConfigError
from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.slugs import MAX_BYTES, SlugStyle, address, feed_path, slug

STYLES: tuple[SlugStyle, ...] = ("unicode", "pinyin")
FORBIDDEN = set('/\\:*?"<>|')
DEVICES = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\Z", re.IGNORECASE)

PLAIN = [
    "emnews",
    "东财滚动新闻",
    "by_tag",
    "bond connect",
    "碳中和 碳达峰",
    "安信国际证券(香港)",
    "a.b",
    "c++",
    "c#",
    "r&d",
    "it's",
    "🚀航天",
    "é-commerce",
    "i̇stanbul",
    "שלום",
    "null",
    "2022-05-24",
]

ESCAPED = [
    ("the escape itself", "a=b", "a=3db"),
    ("what looks like an escape", "=2f", "=3d2f"),
    ("a slash", "5g/6g", "5g=2f6g"),
    ("a backslash", "a\\b", "a=5cb"),
    ("a drive", "a:b", "a=3ab"),
    ("wildcards", "50?*", "50=3f=2a"),
    ("quotes and angles", '<"|">', "=3c=22=7c=22=3e"),
    ("a percent sign", "%2e%2e", "=252e=252e"),
    ("the folder itself", ".", "=2e"),
    ("the folder above", "..", "=2e=2e"),
    ("a hidden name", ".well-known", "=2ewell-known"),
    ("a dot at the end", "etc.", "etc=2e"),
    ("spaces at the ends", " a ", "=20a=20"),
    ("what a command takes for an option", "- 破折号", "=2d 破折号"),
    ("a device", "nul", "=6eul"),
    ("a device with an extension", "com1.news", "=63om1.news"),
    ("a device with a space", "aux .x", "=61ux .x"),
    ("a device with a superscript", "lpt²", "=6cpt²"),
    ("no device", "console", "console"),
    ("controls", "a\x00\x1f\x85b", "a=00=1f=c2=85b"),
    ("right-to-left override", "a\u202eb", "a=e2=80=aeb"),
    ("a joiner", "👩\u200d🚀", "👩=e2=80=8d🚀"),
    ("upper case", "Ai", "=41i"),
    ("the dotless i, an i to NTFS", "ı", "=c4=b1"),
    ("a decomposed letter", "e\u0301", "e=cc=81"),
    ("decomposed Hangul", "\u1100\u1161", "=e1=84=80=e1=85=a1"),
    ("a noncharacter", "\ufdd0", "=ef=b7=90"),
    ("half a surrogate pair", "\ud800", "=ed=a0=80"),
    ("nothing", "", "="),
]

# fmt: off
HARD_TERMS = [
    "AI", "ai", "Ai", "ＡＩ", "ETF", "etf", "ＥＴＦ", "5G", "５Ｇ", "A股", "Ａ股", "a股", "C++", "C#",
    "C", "c", "5G/6G", "新能源/储能", "R&D", "M1+M2", "#热点", "100%", "50?", "🚀航天", "🚀", "💰理财",
    "é-commerce", "e\u0301-commerce", "..", "a.b", "null", "true", "123", "1.10", "<script>",
    '"引号"', "it's", "A:B", "㈱日本", "①号", "ﬁntech", "ß", "ss", "Straße", "strasse", "İstanbul",
    "istanbul", "i\u0307stanbul", "ı", "i", "ſ", "s", "ς", "σ", "K", "k", "K", "Å", "Å", "Å",
    "ΐ", "ΐ", "con", "CON", "nul.xml", "行", "行",
]
# fmt: on


def name_of(key: str, style: SlugStyle) -> str:
    name = slug(key, style)
    assert name
    assert len((name + ".html.gz").encode()) + 12 <= 255
    assert len(name.encode()) <= MAX_BYTES
    assert not FORBIDDEN & set(name)
    assert name[0] not in ". -"
    assert name[-1] not in ". "
    assert not DEVICES.match(name.partition(".")[0].rstrip())
    assert not [c for c in name if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert style == "unicode" or name.isascii()
    return name


def as_file_systems_see_it(name: str) -> set[str]:
    """The name as a file system may compare it that minds neither case nor normal form."""
    return {
        unicodedata.normalize(form, fold(unicodedata.normalize(form, name)))
        for form in ("NFC", "NFD")
        for fold in (str.casefold, str.upper, str.lower, lambda text: text.upper().casefold())
    }


@pytest.mark.parametrize("key", PLAIN)
def test_a_plain_term_is_its_own_name(key: str) -> None:
    assert name_of(key, "unicode") == key


@pytest.mark.parametrize(("key", "name"), [case[1:] for case in ESCAPED], ids=[case[0] for case in ESCAPED])
def test_what_may_not_stand_in_a_name_is_escaped_visibly(key: str, name: str) -> None:
    assert name_of(key, "unicode") == name


@pytest.mark.parametrize("style", STYLES)
def test_hard_terms_get_names_that_no_file_system_takes_for_one(style: SlugStyle) -> None:
    terms = set(HARD_TERMS) | {term + "\u200b" for term in HARD_TERMS}
    seen: dict[str, str] = {}
    for term in terms:
        for name in as_file_systems_see_it(name_of(term, style)):
            assert seen.setdefault(name, term) == term


@pytest.mark.parametrize("style", STYLES)
def test_a_hundred_thousand_terms_get_as_many_names(style: SlugStyle) -> None:
    pieces = ["银", "引", "行", "市", "是", "b", "=", "/", ".", " ", "-", "é", "2f", "🚀", "\u202e", "con", "I", "ı"]
    terms = {"".join(parts) for size in (1, 2, 3, 4) for parts in product(pieces, repeat=size)}
    assert len(terms) > 100_000
    names = {slug(term, style).upper() for term in terms}
    assert len(names) == len(terms)


@pytest.mark.parametrize("style", STYLES)
@given(one=st.text(max_size=90), other=st.text(max_size=90))
@example(one="银行", other="引行")
@example(one="长" * 90, other="长" * 91)
def test_names_of_any_two_strings_differ_as_the_strings_do(style: SlugStyle, one: str, other: str) -> None:
    names = name_of(one, style), name_of(other, style)
    if one == other:
        assert names[0] == names[1]
    else:
        assert not as_file_systems_see_it(names[0]) & as_file_systems_see_it(names[1])


@given(key=st.text(alphabet=st.characters(), max_size=60))
def test_any_string_gives_a_file_inside_its_folder(key: str) -> None:
    path = Path("public") / (feed_path(FeedKey(FeedKind.TAG, key)) + ".xml")
    assert path.parent == Path("public/feed/by_tag")
    assert ".." not in path.parts


@given(key=st.text(alphabet="长é=/ .a🚀", min_size=MAX_BYTES // 4, max_size=400), other=st.text(max_size=3))
def test_long_terms_are_cut_between_characters_and_stay_apart(key: str, other: str) -> None:
    assert (name_of(key, "unicode") == name_of(key + other, "unicode")) is (other == "")


@given(key=st.text(max_size=60))
def test_reading_the_escapes_back_gives_the_term(key: str) -> None:
    name = slug(key)
    if "==" not in name and name != "=":
        raw = re.sub(rb"=([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), name.encode())
        assert raw.decode("utf-8", "surrogatepass") == key


def test_a_name_fits_on_disk_with_its_longest_suffix(tmp_path: Path) -> None:
    for key in ("长" * 300, "🚀" * 300, "/" * 300, "a" * 300):
        (tmp_path / (slug(key) + ".html.gz")).write_bytes(b"")
    assert len(list(tmp_path.iterdir())) == 4


PINYIN = [
    ("ascii stays as it is", "emnews", r"emnews"),
    ("Chinese is spelled and told apart by a hash", "银行", r"yinhang-[0-9a-f]{10}"),
    ("words are read, not characters", "重庆", r"chongqing-[0-9a-f]{10}"),
    ("mixed", "5g芯片", r"5gxinpian-[0-9a-f]{10}"),
    ("nothing left to spell", "🚀", r"term-[0-9a-f]{10}"),
    ("what looks hashed is hashed", "yinhang-0123456789", r"yinhang-0123456789-[0-9a-f]{10}"),
]


@pytest.mark.parametrize(("key", "pattern"), [case[1:] for case in PINYIN], ids=[case[0] for case in PINYIN])
def test_pinyin_is_ascii_and_as_unique_as_the_term(key: str, pattern: str) -> None:
    assert re.fullmatch(pattern, name_of(key, "pinyin"))


def test_pinyin_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    assert slug("emnews", "pinyin") == "emnews"
    with pytest.raises(ConfigError, match=r"output\.slugs: .*; pip install finews_feeds\[pinyin\]"):
        slug("银行", "pinyin")


PATHS = [
    (FeedKey(FeedKind.ALL), "feed"),
    (FeedKey(FeedKind.CATEGORY, "emnews"), "feed/emnews"),
    (FeedKey(FeedKind.TAG, "东财滚动新闻"), "feed/by_tag/东财滚动新闻"),
    (FeedKey(FeedKind.SOURCE, "boe"), "feed/by_source/boe"),
    (FeedKey(FeedKind.QUERY, "chips"), "feed/by_query/chips"),
]


@pytest.mark.parametrize(("key", "path"), PATHS)
def test_feeds_stand_where_jekyll_feed_put_them(key: FeedKey, path: str) -> None:
    assert feed_path(key) == path


def test_no_two_kinds_of_feed_claim_one_path() -> None:
    keys = ["", "feed", "by_tag", "by_tag/x", "x", "x.xml", "by_source", "by_query", "by_query/x"]
    paths = {feed_path(FeedKey(kind, key)) for kind in FeedKind if kind is not FeedKind.ALL for key in keys}
    assert len(paths) == 4 * len(keys)


def test_an_address_is_percent_encoded_as_jekyll_does_it() -> None:
    assert address("https://finews.example/", "feed/by_tag/东财.xml") == (
        "https://finews.example/feed/by_tag/%E4%B8%9C%E8%B4%A2.xml"
    )
    assert address("https://finews.example/n/", "feed/r&d c#.xml") == "https://finews.example/n/feed/r&d%20c%23.xml"


@given(key=st.text(max_size=60))
def test_an_address_leads_back_to_the_file(key: str) -> None:
    path = feed_path(FeedKey(FeedKind.CATEGORY, key)) + ".xml"
    parts = urlsplit(address("https://finews.example/", path))
    assert (unquote(parts.path), parts.query, parts.fragment) == ("/" + path, "", "")
