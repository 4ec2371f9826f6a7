"""`status` and `check`: what the program knows, in words or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from finews_feeds.cli.common import clock, print_json, settings_of, size, when
from finews_feeds.cycle import ask, health
from finews_feeds.cycle.subscriptions import Subscription
from finews_feeds.model import SourceState


def status(arguments: argparse.Namespace) -> int:
    """Every source and every feed."""
    settings = settings_of(arguments)
    with ask.asking(settings, clock()) as context:
        found = ask.status(context)
        sources = found.sources
    if arguments.json:
        print_json({"sources": [source_document(each) for each in sources], "feeds": _feed_documents(found)})
        return 0
    zone = settings.site.timezone
    print("\n".join((*source_lines(sources, zone), "", *_feed_lines(found, zone))))
    return 0


def source_document(source: ask.SourceStatus) -> dict[str, object]:
    """A source for programs."""
    state = source.state
    return {
        "name": source.name,
        "url": source.url,
        "kind": source.kind,
        "list": source.listed_by or None,
        "websub": _subscription_document(source.subscription) if source.subscription else None,
        "state": state.condition,
        "last_poll_at": state.last_poll_at,
        "last_ok_at": state.last_ok_at,
        "last_change_at": state.last_change_at,
        "next_poll_at": state.next_poll_at,
        "failing_since": state.failing_since,
        "quarantined_since": state.quarantine.since_at if state.quarantine else None,
        "failures": state.failures,
        "error": state.error or None,
        "mend": state.mend or None,
        "status": state.status,
        "moved_to": state.moved_to or None,
        "moved_since": state.moved_since,
        "asked_url": state.asked_url or None,
        "polls": state.polls,
        "not_modified": state.not_modified,
        "not_modified_share": health.not_modified_share(state),
        "received_bytes": state.received_bytes,
        "silent_since": health.silent_since(state),
        "gone_since": health.gone_since(state),
        "skipped": source.skipped,
        "repaired": source.repaired,
    }


def _subscription_document(told: Subscription) -> dict[str, object]:
    """A subscription for programs, without what only its hub may know."""
    until = datetime.fromtimestamp(told.until, UTC) if told.until else None
    return {"hub": told.hub, "topic": told.topic, "state": told.state, "until": until, "error": told.error or None}


def _feed_documents(found: ask.Status) -> list[dict[str, object]]:
    return [
        {
            "path": f"{each.path}.xml",
            "kind": each.key.kind,
            "key": each.key.key,
            "title": each.label,
            "id": each.atom_id,
            "entries": each.entries,
            "updated": each.updated_at,
        }
        for each in found.feeds
    ]


def source_lines(sources: tuple[ask.SourceStatus, ...], zone: ZoneInfo) -> Iterator[str]:
    """Sources for people: state, last ok, next poll; under each what is wrong and how to mend it."""
    yield f"{'source':<24} {'state':<12} {'last ok':<20} {'next poll':<20} url"
    for each in sources:
        state = each.state
        last, following = when(state.last_ok_at, zone), when(state.next_poll_at, zone)
        yield f"{each.name:<24} {state.condition:<12} {last:<20} {following:<20} {each.url}"
        if each.subscription:
            yield f"    {_of_the_hub(each.subscription, zone)}"
        if each.listed_by:
            yield f"    from the list {each.listed_by}"
        if state.quarantine and not state.failures:
            yield f"    held back since {when(state.quarantine.since_at, zone)}: {state.error}; {state.mend}"
        elif state.error:
            times = "once" if state.failures == 1 else f"{state.failures} times"
            since = f"failing since {when(state.failing_since, zone)}, {times}"
            yield f"    {since}: {state.error}; {state.mend}"
        if state.moved_to:
            yield f"    moved to {state.moved_to}{_of_the_move(state, zone)}"
        if state.polls:
            yield f"    {_of_the_polls(state, zone)}"
        if each.skipped or each.repaired:
            yield f"    {each.skipped} left out, {each.repaired} mended; `finews-feeds build --json` lists them"


def _of_the_hub(told: Subscription, zone: ZoneInfo) -> str:
    """Whether a hub tells of changes, and until when; else what keeps it from that."""
    if told.state == "active":
        return f"{told.hub} tells of changes until {when(datetime.fromtimestamp(told.until, UTC), zone)}"
    return f"{told.hub} is to tell of changes: {told.error or 'it has not made sure yet'}"


def _of_the_polls(state: SourceState, zone: ZoneInfo) -> str:
    """What asking it has cost, and since when it has had nothing new."""
    times = "once" if state.polls == 1 else f"{state.polls} times"
    if state.last_ok_at is None:
        return f"asked {times}, never answered with a feed"
    share = f"{health.not_modified_share(state) or 0:.0%} of them 304, {size(state.received_bytes)} of documents"
    since = health.silent_since(state)
    return f"asked {times}, {share}" + (f"; nothing new since {when(since, zone)}" if since else "")


def _of_the_move(state: SourceState, zone: ZoneInfo) -> str:
    """Whether the new address is asked already; else since when it is known."""
    if state.asked_url == state.moved_to:
        return ", and is asked there; write it into the config"
    times = "once" if state.moved_times == 1 else f"{state.moved_times} times"
    return f", met {times} since {when(state.moved_since, zone)}" if state.moved_since else ""


def _feed_lines(found: ask.Status, zone: ZoneInfo) -> Iterator[str]:
    yield f"{'entries':>8}  {'updated':<20} feed"
    for each in found.feeds:
        yield f"{each.entries:>8}  {when(each.updated_at, zone):<20} {each.path}.xml"


def check(arguments: argparse.Namespace) -> int:
    """Config, rules, sources, published feeds; 1 where anything is wrong, 2 where no build could go by it."""
    settings = settings_of(arguments)
    with ask.asking(settings, clock()) as context:
        unusable = ask.check_rules(context)
        faults = (*unusable, *ask.check(context))
        feeds = sum(1 for each in context.store.feeds() if each.path)
    if arguments.json:
        print_json({"config": str(settings.file), "feeds": feeds, "faults": [asdict(each) for each in faults]})
    else:
        for fault in faults:
            print(fault)
        sources = len(settings.sources) + len(settings.posts)
        rules = f", {len(settings.rules)} files of rules" if settings.rules else ""
        print(f"{settings.file}: {sources} sources, {feeds} feeds{rules}, {len(faults) or 'no'} faults")
    return 2 if unusable else 1 if faults else 0
