"""How much of a feed stands in its document: the newest so many, within so many bytes, and one at least."""

from __future__ import annotations

from collections.abc import Sequence


def fitting(sizes_bytes: Sequence[int], head_bytes: int, max_bytes: int) -> int:
    """How many entries fit, from the newest down: the head and so many fragments stay within `max_bytes`.

    The first entry stands even where it is larger than the limit: a feed with entries never publishes none.
    """
    total = head_bytes
    for number, size in enumerate(sizes_bytes):
        total += size
        if total > max_bytes and number > 0:
            return number
    return len(sizes_bytes)
