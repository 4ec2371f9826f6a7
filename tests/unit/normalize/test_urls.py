"""Canonical URLs as a caller sees them: pairs that are one article, pairs that are not, and what holds for any string."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finews_feeds.normalize.urls import Canonicalizer, NamedRule, Step, canonical_url, is_home_page

DATA = Path(__file__).parents[2] / "data" / "urls"


def pairs(name: str) -> Iterator[object]:
    # Split at line feeds alone: some of the URLs end in a space that Python takes for the end of a line.
    for line in (DATA / name).read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            topic, *urls = line.split("\t")
            for number, (one, other) in enumerate(combinations(urls, 2), 1):
                yield pytest.param(one, other, id=f"{topic} {number}")


@pytest.mark.parametrize(("one", "other"), list(pairs("equal.tsv")))
def test_two_addresses_of_one_article_have_one_canonical_url(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other) != ""


@pytest.mark.parametrize(("one", "other"), list(pairs("differ.tsv")))
def test_two_articles_never_have_one_canonical_url(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


NO_KEY = [
    "", " ", "a", "/a/b", "//a.example/b", "a.example/b", "ftp://a.example/", "mailto:a@b.example", "urn:uuid:1", "http:",
    "http://", "https:///", "http://?a", "http://#a", "http://@/", "http://:80/", "http://./", "http://a..example/",
    "http://.a.example/", "http://a b/", "http://%00/", "http://[::1", "http://a.example:65536/", "http://a.example:x/",
    "http://256.1.1.1/", "javascript:alert(1)", "data:text/html,x", "feed:http://a.example/", "\ud800", "http://\ud800/",
    "tag:a.example,2022:1", "http://" + "9" * 5000 + "/", "http://a.example:" + "9" * 5000 + "/",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_KEY)
def test_what_is_no_http_url_has_no_canonical_url(text: str) -> None:
    assert canonical_url(text) == ""


FORMS = [
    ("https://www.Example.org", "http://example.org/"),
    ("http://例え.jp/你 好?q=é", "http://xn--r8jz45g.jp/%E4%BD%A0%20%E5%A5%BD?q=%C3%A9"),
    ("http://a.example/\ud800", "http://a.example/%ED%A0%80"),
    ("http://a.example/?1750,4", "http://a.example/?1750,4"),
    ("http://a.example/?c=1&b&a=2&utm_id=3&b=", "http://a.example/?b&a=2&b=&c=1"),
    ("https://a.example:8443/#!/x", "http://a.example:8443/#!/x"),
    ("http://finance.eastmoney.com/news/1350,202205242390025644.html", "http://finance.eastmoney.com/a/202205242390025644.html"),
    ("https://mp.weixin.qq.com/s?sn=0f&mid=2&idx=1&__biz=MzA=&scene=1", "http://mp.weixin.qq.com/s?__biz=MzA&idx=1&mid=2&sn=0f"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "form"), FORMS)
def test_the_canonical_url_is_readable_ascii_under_http(url: str, form: str) -> None:
    assert canonical_url(url) == form


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://www.a.example/index.html?utm_source=x#top", True),
        ("http://a.example:8080", True),
        ("http://a.example/x", False),
        ("http://a.example/?id=1", False),
        ("http://a.example/#!/x", False),
        ("no url", False),
    ],
)
def test_a_home_page_is_known_by_its_canonical_url(url: str, home: bool) -> None:
    assert is_home_page(canonical_url(url)) is home


def test_explain_names_the_rule_of_each_step() -> None:
    url = "HTTPS://www.finance.eastmoney.com/news/1350,202205242390025644.html?utm_source=rss&b=1&a=2#top"
    assert Canonicalizer.shipped().explain(url) == (
        Step("syntax", "https://www.finance.eastmoney.com/news/1350,202205242390025644.html?utm_source=rss&b=1&a=2"),
        Step("fold: scheme", "http://www.finance.eastmoney.com/news/1350,202205242390025644.html?utm_source=rss&b=1&a=2"),
        Step("fold: www", "http://finance.eastmoney.com/news/1350,202205242390025644.html?utm_source=rss&b=1&a=2"),
        Step("tracker: utm_source", "http://finance.eastmoney.com/news/1350,202205242390025644.html?b=1&a=2",
             (NamedRule("utm", "shipped trackers.toml"),)),
        Step("parameters in order", "http://finance.eastmoney.com/news/1350,202205242390025644.html?a=2&b=1"),
        Step("site: eastmoney-article", "http://finance.eastmoney.com/a/202205242390025644.html",
             (NamedRule("eastmoney-article", "shipped sites-china.toml"),)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("http://a.example/x", []),
        ("http://a.example/x/", ["fold: path"]),
        ("http://m.cls.cn/detail/1", ["host: cls-mobile"]),
        ("http://duckduckgo.com/l?uddg=http%3A%2F%2Fa.example%2Fx%23top", ["wrapper: duckduckgo", "syntax"]),
        ("nothing", ["no key: no http URL with a host"]),
    ],
)
def test_explain_tells_only_what_changed_something(url: str, rules: list[str]) -> None:
    assert [step.rule for step in Canonicalizer.shipped().explain(url)] == rules


def test_wrappers_without_end_have_no_key() -> None:
    url = "http://a.example/x"
    for _ in range(20):
        url = "https://href.li/?" + url
    assert canonical_url(url) == ""


# Strings that are nearly URLs: pieces of URLs and of the traps in them, in any order.
_PIECES = st.sampled_from(
    """http:// https:// HTTP:\\\\ a.example www. www.google.com href.li l.facebook.com eastmoney.com mp.weixin.qq.com
    youtube.com blogspot.de m.cls.cn / // /. /.. /%2e%2E/ /index.html /index.php/ ; ;jsessionid=1 ? & &amp; amp; = + %2B
    %2F % %4 %41 %zz %25 %E4%BD # #! #/ : :80 :443 :8080 @ u:p@ [ ] [::1] 1.2.3.4 0x7f.1 例え é \\ | ^ " ' ~ utm_source=x
    from=timeline id=1 url=http%3A%2F%2Fb.example%2F u=http://c.example s?__biz=MzA=&mid=1&idx=1 watch?v=dQw4w9WgXcQ
    /a/202205242390025644.html /url?q= /amp/s/ . ..""".split()  # noqa: SIM905 - seventy lines else
) | st.sampled_from([" ", "\t", "\n", "\0", "\u3000", "\u00ad", "\ud800", "\udfff", "\ufeff"])
_NEARLY = st.lists(_PIECES, max_size=14).map("".join)
_ANY = st.text(st.characters(codec=None, categories=None), max_size=60)


@settings(deadline=None, max_examples=400)
@given(_NEARLY | st.builds("http://a.example/{}".format, _NEARLY) | _ANY | st.builds("http://{}".format, _ANY))
@example("https://href.li/?z=1&https://b.example/x?id=1")
@example("http://a.example/?a=1&%61mp;b=2")
@example("http://a.example/b/..;jsessionid=1/c")
@example("http://a.example/b;jsessionid=1.;jsessionid=2")
@example("https://a.example:80/x")
def test_any_string_has_a_canonical_url_that_is_its_own(text: str) -> None:
    canonical = canonical_url(text)
    steps = Canonicalizer.shipped().explain(text)
    assert canonical.isascii()
    assert canonical_url(canonical) == canonical
    assert canonical == "" or canonical.startswith(("http://", "https://"))
    assert (steps[-1].url if steps else text) == canonical
