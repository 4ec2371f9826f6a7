"""What `[near]` makes of the labelled set: nothing that is two stories is taken for one."""

from __future__ import annotations

from itertools import chain

import pytest

from finews_feeds.model import Text
from finews_feeds.normalize import near

from .labelled import HALVES, Pair, pairs, strangers


def alike(pair: Pair) -> float | None:
    """As the store and the words find it: enough marks in common, then no contradiction."""
    (title, text), (other_title, other_text) = pair.one, pair.other
    shared = set(near.marks(None, Text(text))) & set(near.marks(None, Text(other_text)))
    if len(shared) < near.SHARED_MARKS:
        return None
    return near.similarity(near.telling(title, None, Text(text)), near.telling(other_title, None, Text(other_text)))


def test_the_set_is_large_enough_to_say_anything() -> None:
    every = list(chain.from_iterable(map(pairs, HALVES)))
    assert sum(pair.is_same for pair in every) >= 150
    assert sum(not pair.is_same for pair in every) >= 300


@pytest.mark.parametrize("half", HALVES)
def test_no_two_stories_are_taken_for_one(half: str) -> None:
    every = chain(pairs(half), strangers(half))
    assert [pair.what for pair in every if not pair.is_same and alike(pair) is not None] == []


@pytest.mark.parametrize("half", HALVES)
def test_most_copies_of_a_story_are_found(half: str) -> None:
    same = [pair for pair in pairs(half) if pair.is_same]
    assert sum(alike(pair) is not None for pair in same) / len(same) > 0.9
