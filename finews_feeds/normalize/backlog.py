"""Where the undated entries of a first import stand: in the order of their document, and never as news.

Nobody knows how old they are, only that they are no news: we have seen the source for the first time. So they get no
date (`published` stays None, `updated` is when we first saw them), but a place in the feeds: beside the dated entry
that they stand next to in their document, and where nothing in it is dated, behind everything that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from finews_feeds.model import Sighting

#: Two neighbours are so far apart: nothing else fits in between, and the store keeps it.
_STEP = timedelta(microseconds=1)


def placed(document: Sequence[Sighting], oldest: datetime) -> list[Sighting]:
    """The sightings of a first import, in the order of the document, with places for those without any date.

    `oldest` is before everything that is dated: the place of the first entry of a document without dates.
    """
    first = next((at for each in document if (at := _dated_at(each))), None)
    # those above the first dated entry stand above it, in their order
    above = next((number for number, each in enumerate(document) if _dated_at(each)), 0)
    place = oldest + _STEP if first is None else first + _STEP * (above + 1)
    found = []
    for each in document:
        at = _dated_at(each)
        place = at or place - _STEP
        found.append(each if at else replace(each, placed_at=place))
    return found


def _dated_at(sighting: Sighting) -> datetime | None:
    return sighting.published_at or sighting.updated_at
