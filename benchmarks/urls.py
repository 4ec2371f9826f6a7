"""How fast URLs become canonical: `python -m benchmarks.urls`.

The floor is what anybody pays who only takes a URL apart and puts it together again with the standard library.
Required: 50,000 URLs a second on one core, and the shipped rules loaded in under 15 ms.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter
from urllib.parse import SplitResult, urlunsplit

from finews_feeds.normalize.url_rules import read_shipped
from finews_feeds.normalize.urls import Canonicalizer, canonical_url

_COUNT = 50_000
_ROUNDS = 5
_REQUIRED = 50_000
_REQUIRED_LOAD_MS = 15
# What the feeds of a financial site bring: mostly its own articles, then other news sites, then everything else.
_SHAPES = (
    "http://finance.eastmoney.com/news/1350,2022{n:06d}90025644.html",
    "https://finance.eastmoney.com/a/2022052423{n:08d}.html",
    "http://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW2022052423{n:08d}",
    "https://finance.sina.com.cn/stock/2022-05-24/doc-imizmscu{n:07d}.shtml?cref=cj",
    "https://www.reuters.com/world/china/some-title-{n}-2022-05-24/?taid=628c&utm_source=rss",
    "https://blog.example.org/2022/05/24/a-rather-long-title-of-a-post-{n}/?utm_source=rss&utm_medium=feed",
    "https://www.example.com/news/{n}/index.html",
    "http://example.net/?p={n}",
    "https://news.example.cn/财经/{n}.html",
    "https://mp.weixin.qq.com/s?__biz=MzA3MDEyMzQ1Ng==&mid={n}&idx=1&sn=0f1e2d3c4b5a&chksm=84&scene=27#wechat_redirect",
)


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        work()
        seconds.append(perf_counter() - began)
    return min(seconds)


def _floor(urls: list[str]) -> None:
    # urlsplit keeps its last answers; `__wrapped__` is the one that does the work, as new URLs would have it.
    from urllib.parse import urlsplit

    split: Callable[..., SplitResult] = getattr(urlsplit, "__wrapped__", urlsplit)
    for url in urls:
        urlunsplit(split(url))


def _canonical(urls: list[str]) -> None:
    for url in urls:
        canonical_url(url)


def main() -> None:
    """Measures, prints, and ends with an error where a requirement is not met."""
    chosen = random.Random(1)
    urls = [chosen.choice(_SHAPES).format(n=chosen.randrange(10**6)) for _ in range(_COUNT)]
    load_ms = _best(lambda: Canonicalizer(read_shipped().rules)) * 1000
    canonical_url(urls[0])
    floor, ours = _best(lambda: _floor(urls)), _best(lambda: _canonical(urls))
    rate = _COUNT / ours
    print(f"shipped rules loaded      {load_ms:9.1f} ms  (required: under {_REQUIRED_LOAD_MS})")
    print(f"urlsplit and urlunsplit   {_COUNT / floor:9,.0f} URLs/s")
    print(f"canonical_url             {rate:9,.0f} URLs/s  (required: {_REQUIRED:,})")
    print(f"canonical_url / floor     {ours / floor:9.1f} x its time")
    if rate < _REQUIRED or load_ms > _REQUIRED_LOAD_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
