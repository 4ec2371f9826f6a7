"""`explain`: why an entry is what it is, in words or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from finews_feeds.cli.common import clock, print_json, settings_of, when
from finews_feeds.cli.overrides import override_document, override_line
from finews_feeds.cycle import ask
from finews_feeds.cycle.explaining import Explanation, Lead, Placed, Relation, Seen
from finews_feeds.cycle.explaining import explain as explained
from finews_feeds.model import Sighting


def explain(arguments: argparse.Namespace) -> int:
    """One entry; 1 where none stands under what was asked."""
    settings = settings_of(arguments)
    with ask.asking(settings, clock()) as context:
        found = explained(context, arguments.what)
        titles = {name: each.title for name, each in context.carriers(found.sources).items()}
    if arguments.json:
        print_json(_document(found))
    else:
        print("\n".join(_lines(found, titles, settings.site.timezone)))
    return 0 if found.entry else 1


# --- for programs -------------------------------------------------------------------------------------------------


def _document(found: Explanation) -> dict[str, object]:
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
        "leader": _leader_document(found),
        "sightings": [_seen_document(each) for each in found.sightings],
        "feeds": [each.path for each in found.feeds],
        "feed_reasons": [_feed_document(each) for each in found.feeds],
        "refusals": [asdict(each) for each in found.refusals],
        "overrides": [override_document(each) for each in found.overrides],
        "nearest": [
            {"url": each.url, "title": each.title, "id": each.atom_id, "why": each.why} for each in found.nearest
        ],
        "near": [_relation_document(each) for each in found.near],
    }


def _leader_document(found: Explanation) -> dict[str, object] | None:
    if not found.sightings or not found.entry:
        return None
    lead = found.lead
    return {
        "source": found.sightings[0].sighting.source,
        "why": lead.why,
        "rule": lead.rule or None,
        "values": list(lead.values) if lead.values else None,
        "next": lead.following or None,
    }


def _relation_document(each: Relation) -> dict[str, object]:
    return {
        "source": each.source,
        "similarity": each.alike,
        "relation": "merged" if each.is_joined else "related",
        "id": each.atom_id,
        "other": _sighting_document(each.other),
    }


def _seen_document(seen: Seen) -> dict[str, object]:
    return {**_sighting_document(seen.sighting), "state": seen.state}


def _sighting_document(each: Sighting) -> dict[str, object]:
    return {
        "source": each.source,
        "entry_id": each.entry_id,
        "canonical_url": each.canonical_url or None,
        "former_urls": [former.canonical_url for former in each.former_urls],
        "title": each.title,
        "link": each.link,
        "via": each.via or None,
        "published_at": each.published_at,
        "updated_at": each.updated_at,
        "first_seen_at": each.first_seen_at,
        "changed_at": each.changed_at,
        "gone_at": each.gone_at,
    }


def _feed_document(placed: Placed) -> dict[str, object]:
    row = placed.row
    return {
        "path": placed.path,
        "kind": row.key.kind,
        "key": row.key.key,
        "title": row.label,
        "because": list(placed.because),
    }


# --- for people -----------------------------------------------------------------------------------------------------


def _lines(found: Explanation, titles: dict[str, str], zone: ZoneInfo) -> Iterator[str]:
    if found.canonical_url:
        yield f"canonical URL  {found.canonical_url}"
    for step in found.steps:
        yield f"    {step.rule:<28} {step.url}"
        yield from (f"        {each.name}, {each.file}" for each in step.by)
    if found.refused:
        yield f"    never a key: {found.refused}"
    if found.entry is None:
        yield f"nothing is known of {found.asked}" if not found.sightings else f"no entry stands under {found.asked}"
    else:
        yield f"entry          {found.entry.atom_id}"
        yield f"    published {when(found.entry.published_at, zone)}, updated {when(found.entry.updated_at, zone)}"
    if found.sightings:
        yield f"sightings      {len(found.sightings)}; {_lead_line(found.lead, zone)}"
    for seen in found.sightings:
        yield from _sighting_lines(seen, titles, zone)
    for near in found.near:
        relation = "merged" if near.is_joined else "related"
        title = f"{titles.get(near.other.source, near.other.source)}: {near.other.title}"
        yield f"{relation:<14} {near.alike:.2f} alike: {title}"
        yield f"        {near.other.link or '-'}  ({near.atom_id})"
    if found.entry:
        yield f"feeds          {len(found.feeds)}"
        for placed in found.feeds:
            yield f"    {placed.path}"
            yield from (f"        {reason}" for reason in placed.because)
    if found.overrides:
        yield f"your word      {len(found.overrides)}"
        yield from (f"    {override_line(each, zone)}" for each in found.overrides)
    if found.refusals:
        yield f"refused        {len(found.refusals)}"
        yield from (f"    {each.what}: {each.why}" for each in found.refusals)
    if found.nearest:
        yield f"nearest        {len(found.nearest)}"
        for each in found.nearest:
            yield f"    {each.url}  {each.title}"
            yield f"        {each.atom_id}; {each.why}"


def _lead_line(lead: Lead, zone: ZoneInfo) -> str:
    if lead.values is None:
        return f"the first one leads: {lead.why}" if lead.counts else lead.why
    one, two = (_shown(value, zone) for value in lead.values)
    return f"the first one leads: {lead.why} ({lead.rule}: {one}; of {lead.following}: {two})"


def _shown(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return when(value, zone) if isinstance(value, datetime) or value is None else " ".join(str(value).split())


def _sighting_lines(seen: Seen, titles: dict[str, str], zone: ZoneInfo) -> Iterator[str]:
    each = seen.sighting
    entry_id = " ".join(each.entry_id.split())
    dates = f"published {when(each.published_at, zone)}; first seen {when(each.first_seen_at, zone)}"
    gone = f", gone {when(each.gone_at, zone)}" if each.gone_at else ""
    name = titles.get(each.source, each.source)
    yield f"    {name if name == each.source else f'{name} [{each.source}]'}: {each.title}  ({seen.state})"
    yield f"        {each.link or '-'}  ({entry_id}; {dates}{gone})"
    yield from (f"        it stood at {former.canonical_url} before" for former in each.former_urls)
