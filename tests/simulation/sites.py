"""Addresses of articles: sites of the field with the spellings under which one article is known there.

Written from what the sites do, not from the rules that are to be tested. `{n}` is the number of the article.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from urllib.parse import quote


@dataclass(frozen=True)
class Place:
    """One site: spellings of an article's address without the scheme, and the address of its first page."""

    name: str
    home: str
    spellings: tuple[str, ...]
    #: Whether "www." may stand before the host, and a slash at the end.
    is_plain: bool = False


_LETTERS = "abcdefghij"


def _letters(number: int, width: int, letters: str = _LETTERS) -> str:
    return "".join(letters[int(digit)] for digit in f"{number:0{width}}")


PLACES = (
    Place(
        "eastmoney",
        "finance.eastmoney.com/",
        ("finance.eastmoney.com/a/20220524{n:010}.html", "finance.eastmoney.com/news/1350,20220524{n:010}.html"),
    ),
    Place(
        "sina",
        "finance.sina.com.cn/",
        (
            "finance.sina.com.cn/stock/2022-05-24/doc-i{low7}{n:07}.shtml",
            "finance.sina.com.cn/roll/2022-05-24/doc-i{low7}{n:07}.shtml?cref=cj",
            "finance.sina.cn/2022-05-24/detail-i{low7}{n:07}.d.html?vt=4&cid=76993",
        ),
    ),
    Place(
        "163",
        "money.163.com/",
        (
            "www.163.com/dy/article/H{up15}.html",
            "m.163.com/dy/article/H{up15}.html?spss=adap_pc",
            "3g.163.com/dy/article/H{up15}.html",
            "c.m.163.com/news/a/H{up15}.html",
        ),
    ),
    Place("36kr", "36kr.com/", ("36kr.com/p/{n:016}", "m.36kr.com/p/{n:016}")),
    Place(
        "wallstreetcn",
        "wallstreetcn.com/",
        ("wallstreetcn.com/articles/{n:07}", "m.wallstreetcn.com/articles/{n:07}", "awtmt.com/articles/{n:07}"),
    ),
    Place("wire", "wire.example/", ("wire.example/2022/{n}.html", "wire.example:443/2022/./{n}.html#more")),
    Place("bureau", "bureau.example/", ("bureau.example/news/{n}-words",), is_plain=True),
    Place("query", "paper.example/", ("paper.example/show?id={n}&b=2", "paper.example/show?b=2&id={n}"), is_plain=True),
    Place(
        "中文", "新闻.example/", ("新闻.example/文章/{n}", "xn--efvy88h.example/%E6%96%87%E7%AB%A0/{n}"), is_plain=True
    ),
)

_TRACKERS = ("utm_source=rss", "utm_medium=feed&utm_campaign=x%20y", "fbclid=IwAR0", "spm=a2.1", "from=timeline")


def spelled(place: Place, number: int, rng: Random, plain: bool = False) -> str:
    """One of the addresses of an article; `plain` gives the first, as the site itself has it."""
    fields = {"n": number, "low7": _letters(number % 10**7, 7), "up15": _letters(number, 15, "ABCDEFGHIJ")}
    if plain:
        return "https://" + place.spellings[0].format(**fields)
    found = rng.choice(place.spellings).format(**fields)
    scheme = "https://" if ":443" in found else rng.choice(("http://", "https://"))
    if place.is_plain and rng.random() < 0.3:
        found = "www." + found
    if place.is_plain and "?" not in found and rng.random() < 0.3:
        found += "/"
    path, sharp, fragment = found.partition("#")
    if rng.random() < 0.4:
        path += ("&" if "?" in path else "?") + rng.choice(_TRACKERS)
    return _wrapped(scheme + path + sharp + fragment, rng)


def _wrapped(url: str, rng: Random) -> str:
    """The address itself, or another one in which it stands."""
    chance = rng.random()
    if chance < 0.04:
        return "https://www.google.com/url?sa=t&url=" + quote(url, safe="")
    if chance < 0.08:
        return "https://link.zhihu.com/?target=" + quote(url, safe="")
    if chance < 0.12 and "#" not in url and ":443" not in url and url.isascii():
        secure, _, rest = url.partition("://")
        return f"https://cdn.ampproject.org/c/{'s/' if secure == 'https' else ''}{rest}"
    return url
