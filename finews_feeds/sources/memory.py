"""How much the documents in hand may take together, from their first byte until they are read and recorded.

Most feeds are small, and so many of them may be in hand at once as there are requests. One that grows beyond that needs
one of a few places for large documents; until there is one its bytes stay in the network, which holds the sender back.
Whoever has such a place needs nothing else to be done with, so nobody waits for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Up to here a document is small: fifty of them are 13 MiB.
SMALL_BYTES = 256 * 1024


class Place:
    """One document's share; see `Memory.place`."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self.is_large = False

    def must_wait(self, size_bytes: int) -> bool:
        """Whether a document of this size wants a place that is not free."""
        return size_bytes > SMALL_BYTES and not self.is_large and self._large.locked()

    async def grow(self, size_bytes: int) -> None:
        """Waits, where the document is large, until there is a place for it."""
        if size_bytes > SMALL_BYTES and not self.is_large:
            await self._large.acquire()
            self.is_large = True

    def leave(self) -> None:
        if self.is_large:
            self._large.release()
            self.is_large = False


class Memory:
    """Hands out places, on one event loop: as many large ones as fit into `most_bytes`."""

    def __init__(self, most_bytes: int, largest_bytes: int) -> None:
        self._large = asyncio.Semaphore(max(1, most_bytes // max(1, largest_bytes)))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A place for one document, given back at the end of the block."""
        place = Place(self._large)
        try:
            yield place
        finally:
            place.leave()
