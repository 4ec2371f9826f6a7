"""How much the documents in hand may take together, from their first byte until they are read and recorded.

Servers answer faster than documents are read: were all asked at once, what they say would wait here by the thousand. So
nobody is asked before there is a place for the answer, and there are a few more of these than there are requests at
once. A document that grows beyond what most feeds have needs one of fewer places, for large documents, as well; until
there is one its bytes stay in the network, which holds the sender back. Whoever has such a place needs nothing else to
be done with, and who waits for its turn at a server has none: so nobody waits for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Up to here a document is small: all that may be in hand with the usual fifty requests at once are 17 MiB.
SMALL_BYTES = 256 * 1024
#: How many documents may be in hand beside those that are on their way: enough for whoever reads them, and for those
#: that are recorded together.
_MORE_THAN_REQUESTS = 16


class Place:
    """One document's share; see `Memory.place`."""

    def __init__(self, every: asyncio.Semaphore, large: asyncio.Semaphore) -> None:
        self._every, self._large = every, large
        self._is_taken = self._is_large = False

    async def take(self) -> None:
        """Waits until one more document may be in hand; comes before it is asked for, and again changes nothing."""
        if not self._is_taken:
            await self._every.acquire()
            self._is_taken = True

    def must_wait(self, size_bytes: int) -> bool:
        """Whether a document of this size wants a place that is not free."""
        return size_bytes > SMALL_BYTES and not self._is_large and self._large.locked()

    async def grow(self, size_bytes: int) -> None:
        """Waits, where the document is large, until there is a place for it."""
        if size_bytes > SMALL_BYTES and not self._is_large:
            await self._large.acquire()
            self._is_large = True

    def leave(self) -> None:
        if self._is_large:
            self._large.release()
        if self._is_taken:
            self._every.release()
        self._is_taken = self._is_large = False


class Memory:
    """Hands out places, on one event loop: as many large ones as fit into `most_bytes`."""

    def __init__(self, most_bytes: int, largest_bytes: int, requests: int) -> None:
        self._every = asyncio.Semaphore(requests + _MORE_THAN_REQUESTS)
        self._large = asyncio.Semaphore(max(1, most_bytes // max(1, largest_bytes)))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A place for one document, given back at the end of the block."""
        place = Place(self._every, self._large)
        try:
            yield place
        finally:
            place.leave()
