"""Giving every sighting that is new, changed or due its entry, its id and its feeds: one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import Context
from finews_feeds.store.protocol import Transaction, Unsettled

if TYPE_CHECKING:
    from finews_feeds.normalize.identity import Group


def settle(context: Context) -> None:
    """Decides what there is to decide; what decides is loaded only where there is something."""
    with context.store.transaction() as tx:
        tx.unsettle_due(context.now)
        settle_within(context, tx)


def settle_within(context: Context, tx: Transaction) -> tuple[Unsettled, Sequence[Group]]:
    """The same in a transaction that has begun; gives what there was to decide, and what became one entry each."""
    unsettled = tx.unsettled()
    if not unsettled.sightings:
        return unsettled, ()
    from finews_feeds.cycle.settling import Settling

    nearness = None
    if context.settings.near.is_on:
        from finews_feeds.cycle.nearness import relate

        unsettled, nearness = relate(context, tx, unsettled)
    settling = Settling(context, tx, unsettled, nearness)
    settling.run()
    return unsettled, settling.groups
