"""`status`, `explain` and `check`: what the program knows, in words or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from zoneinfo import ZoneInfo

from finews_feeds.cli.common import clock, print_json, settings_of, when
from finews_feeds.cycle import ask
from finews_feeds.model import Sighting, SourceState


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
        "state": state.condition,
        "last_poll_at": state.last_poll_at,
        "last_ok_at": state.last_ok_at,
        "last_change_at": state.last_change_at,
        "next_poll_at": state.next_poll_at,
        "failing_since": state.failing_since,
        "failures": state.failures,
        "error": state.error or None,
        "mend": state.mend or None,
        "status": state.status,
        "moved_to": state.moved_to or None,
        "asked_url": state.asked_url or None,
        "polls": state.polls,
        "not_modified": state.not_modified,
        "received_bytes": state.received_bytes,
        "skipped": source.skipped,
        "repaired": source.repaired,
    }


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
        if state.error:
            times = "once" if state.failures == 1 else f"{state.failures} times"
            since = f"failing since {when(state.failing_since, zone)}, {times}"
            yield f"    {since}: {state.error}; {state.mend}"
        if state.moved_to:
            yield f"    moved to {state.moved_to}{_of_the_move(state, zone)}"
        if each.skipped or each.repaired:
            yield f"    {each.skipped} left out, {each.repaired} mended; `finews-feeds build --json` lists them"


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


def explain(arguments: argparse.Namespace) -> int:
    """One entry; 1 where nothing is known of it."""
    settings = settings_of(arguments)
    with ask.asking(settings, clock()) as context:
        found = ask.explain(context, arguments.what)
        carriers = context.carriers()
    titles = {name: each.title for name, each in carriers.items()}
    if arguments.json:
        print_json(_explanation_document(found))
    else:
        print("\n".join(_explanation_lines(found, titles, settings.site.timezone)))
    return 0 if found.entry else 1


def _explanation_document(found: ask.Explanation) -> dict[str, object]:
    entry = found.entry
    return {
        "asked": found.asked,
        "canonical_url": found.canonical_url or None,
        "steps": [
            {"rule": each.rule, "url": each.url, "by": [asdict(rule) for rule in each.by]} for each in found.steps
        ],
        "refused": found.refused or None,
        "entry": asdict(entry) if entry else None,
        "id": entry.atom_id if entry else None,
        "leader": {"source": found.sightings[0].source, "why": found.why} if found.sightings else None,
        "sightings": [_sighting_document(each) for each in found.sightings],
        "feeds": list(found.feeds),
        "near": [_relation_document(each) for each in found.near],
    }


def _relation_document(each: ask.Relation) -> dict[str, object]:
    return {
        "source": each.source,
        "similarity": each.alike,
        "relation": "merged" if each.is_joined else "related",
        "id": each.atom_id,
        "other": _sighting_document(each.other),
    }


def _sighting_document(each: Sighting) -> dict[str, object]:
    return {
        "source": each.source,
        "entry_id": each.entry_id,
        "canonical_url": each.canonical_url or None,
        "title": each.title,
        "link": each.link,
        "published_at": each.published_at,
        "updated_at": each.updated_at,
        "first_seen_at": each.first_seen_at,
        "changed_at": each.changed_at,
        "gone_at": each.gone_at,
    }


def _explanation_lines(found: ask.Explanation, titles: dict[str, str], zone: ZoneInfo) -> Iterator[str]:
    if found.canonical_url:
        yield f"canonical URL  {found.canonical_url}"
        for step in found.steps:
            yield f"    {step.rule:<28} {step.url}"
            yield from (f"        {each.name}, {each.file}" for each in step.by)
        if found.refused:
            yield f"    never a key: {found.refused}"
    if found.entry is None:
        yield f"nothing is known of {found.asked}"
        return
    yield f"entry          {found.entry.atom_id}"
    yield f"    published {when(found.entry.published_at, zone)}, updated {when(found.entry.updated_at, zone)}"
    yield f"sightings      {len(found.sightings)}; the first one leads: {found.why}"
    for each in found.sightings:
        seen = f"first seen {when(each.first_seen_at, zone)}"
        gone = f", gone {when(each.gone_at, zone)}" if each.gone_at else ""
        yield f"    {titles.get(each.source, each.source)}: {each.title}"
        yield f"        {each.link or '-'}  ({each.entry_id}; {seen}{gone})"
    for near in found.near:
        relation = "merged" if near.is_joined else "related"
        title = f"{titles.get(near.other.source, near.other.source)}: {near.other.title}"
        yield f"{relation:<14} {near.alike:.2f} alike: {title}"
        yield f"        {near.other.link or '-'}  ({near.atom_id})"
    yield f"feeds          {len(found.feeds)}"
    for path in found.feeds:
        yield f"    {path}"


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
