"""Giving every sighting that is new, changed or due its entry, its id and its feeds: one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from finews_feeds.cycle.context import Context
from finews_feeds.model import SightingName
from finews_feeds.store.protocol import EntryRow, Transaction, Unsettled

if TYPE_CHECKING:
    from finews_feeds.normalize.identity import Group


def settle(context: Context) -> None:
    """Decides what there is to decide; what decides is loaded only where there is something."""
    with context.store.transaction() as tx:
        tx.unsettle_due(context.now)
        settle_within(context, tx)


def settle_within(
    context: Context, tx: Transaction, claims: Mapping[SightingName, EntryRow] = MappingProxyType({})
) -> tuple[Unsettled, Sequence[Group]]:
    """The same in a transaction that has begun; gives what there was to decide, and what became one entry each.

    The entry of a sighting in `claims` is the one that stands there, and no other is.
    """
    unsettled = tx.unsettled(context.settings.near.is_on)
    if not unsettled.sightings:
        return unsettled, ()
    from finews_feeds.cycle.settling import Settling, gathered

    overrides = context.store.overrides()
    unsettled, nearness = gathered(context, tx, unsettled, overrides)
    settling = Settling(context, tx, unsettled, nearness, overrides, claims)
    settling.run()
    return unsettled, settling.groups
