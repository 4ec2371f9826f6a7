"""How a sighting is found by an address that readers click: its `link` or its `via`.

A look-up table holds 32 bits of each address and the sighting's row: a twentieth of what an index of the addresses
themselves would take. Whoever looks compares the sightings that it leads to, so that neither addresses that share
their 32 bits nor rows that an earlier link has left behind are ever taken for an answer.

Addresses are folded with no knowledge of any site: the identity of articles is `normalize`'s, and what it says may
change with its rules; what is written here may not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from zlib import crc32

from finews_feeds.model import Sighting

#: A hash and a sighting's row; those that are there already stay.
ADD_ADDRESS = "INSERT OR IGNORE INTO addresses (hash, sighting) VALUES (?, ?)"


def folded(url: str) -> str:
    """The address without what hardly ever tells two pages apart: scheme, `www.`, fragment, one slash at the end.

    >>> folded("https://www.example.org/a/#top")
    'example.org/a'
    """
    rest = url.partition("#")[0]
    return rest.rpartition("://")[2].removeprefix("www.").removesuffix("/")


def address_hash(url: str) -> int:
    """32 bits of the folded address."""
    return crc32(folded(url).encode("utf-8", "surrogatepass"))


def rows_of(row: int, sighting: Sighting) -> Iterator[tuple[int, int]]:
    """The rows of the look-up table for a sighting."""
    return _rows(row, sighting.link, sighting.via)


def rows_of_doc(row: int, doc: str) -> Iterator[tuple[int, int]]:
    """The same for a sighting as version 1 of the store has it."""
    found = json.loads(doc)
    return _rows(row, found.get("link", ""), found.get("via", ""))


def _rows(row: int, *urls: str) -> Iterator[tuple[int, int]]:
    return ((address_hash(url), row) for url in urls if url)
