"""How well, and how fast, `[near]` tells one story from two: `python -m benchmarks.near`.

Precision and recall on the labelled set of `tests/near`, each half by itself: the rule is changed by what the first
half shows, so the second says more. Every story of a half is also compared with every other one.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

from finews_feeds.model import Text
from finews_feeds.normalize import near
from tests.near.labelled import HALVES, Pair, pairs, strangers
from tests.near.test_labelled import alike

#: An article of usual length: 1,000 Chinese characters.
ARTICLE = (
    "央行公告称，为维护银行体系流动性合理充裕，开展逆回购操作，中标利率持平。净投放七百亿元，市场利率小幅下行。" * 20
)
ROUNDS = 200


def quality(half: str) -> str:
    """One half in a line."""
    every: list[Pair] = [*pairs(half), *strangers(half)]
    found = [pair for pair in every if alike(pair) is not None]
    right = sum(pair.is_same for pair in found)
    same = sum(pair.is_same for pair in every)
    edited = sum(not pair.is_same for pair in pairs(half))
    return (
        f"{half:<10} {same:>5} {edited:>10} {len(every) - same - edited:>10} "
        f"{right / len(found):>10.3f} {right / same:>8.3f}"
    )


def microseconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    begin = process_time()
    for _ in range(ROUNDS):
        work()
    return (process_time() - begin) / ROUNDS * 1e6


def main() -> None:
    """Prints both tables."""
    print("half        same  different  strangers  precision   recall")
    for half in HALVES:
        print(quality(half))
    body = Text(ARTICLE)
    one, other = near.telling("甲", None, body), near.telling("甲", None, Text(f"据悉，{ARTICLE}"))
    print()
    print(f"marks of an entry      {microseconds(lambda: near.marks(None, body)):8.0f} us")
    print(f"words of a candidate   {microseconds(lambda: near.telling('甲', None, body)):8.0f} us")
    print(f"one comparison         {microseconds(lambda: near.similarity(one, other)):8.0f} us")


if __name__ == "__main__":
    main()
