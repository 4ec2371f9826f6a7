"""Giving every sighting that is new, changed or due its entry, its id and its feeds: one transaction."""

from __future__ import annotations

from finews_feeds.cycle.context import Context


def settle(context: Context) -> None:
    """Decides what there is to decide; what decides is loaded only where there is something."""
    with context.store.transaction() as tx:
        tx.unsettle_due(context.now)
        unsettled = tx.unsettled()
        if not unsettled.sightings:
            return
        from finews_feeds.cycle.settling import Settling

        nearness = None
        if context.settings.near.is_on:
            from finews_feeds.cycle.nearness import relate

            unsettled, nearness = relate(context, tx, unsettled)
        Settling(context, tx, unsettled, nearness).run()
