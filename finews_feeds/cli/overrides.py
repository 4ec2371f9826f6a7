"""`merge`, `split` and `overrides list|undo`: the operator's word on which sightings are one entry."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from finews_feeds.cli.common import clock, print_json, settings_of, when
from finews_feeds.model import Override, OverrideKind, SightingName

_NEXT = "it is settled; the feeds are written at the next cycle (`finews-feeds build`; a daemon begins one at once)"


def merge(arguments: argparse.Namespace) -> int:
    """Makes two entries one."""
    from finews_feeds.cycle import overriding

    word = overriding.merge(settings_of(arguments), arguments.one, arguments.other, clock(), _waiting)
    print(f"merged: {word.atom_id} stays, {word.other_id} is retired")
    print(f"override {word.row}; {_NEXT}")
    return 0


def split(arguments: argparse.Namespace) -> int:
    """Parts a sighting from its entry."""
    from finews_feeds.cycle import overriding

    word, ids = overriding.split(
        settings_of(arguments), arguments.entry, arguments.source, arguments.entry_id, clock(), _waiting
    )
    for line in _ids(ids):
        print(f"split: {line}")
    print(f"override {word.row}; {_NEXT}")
    return 0


def undo(arguments: argparse.Namespace) -> int:
    """Takes back what was said."""
    from finews_feeds.cycle import overriding

    word, ids = overriding.undo(settings_of(arguments), arguments.number, clock(), _waiting)
    for line in _ids(ids):
        print(f"undone: {line}")
    print(f"{word.kind} {word.row} is taken back; {_NEXT}")
    return 0


def list_overrides(arguments: argparse.Namespace) -> int:
    """Everything that stands."""
    from finews_feeds.cycle import overriding

    settings = settings_of(arguments)
    found = overriding.overrides(settings, clock())
    if arguments.json:
        print_json({"overrides": [override_document(each) for each in found]})
    else:
        print("\n".join(_lines(found, settings.site.timezone)) or "nothing was merged or split by hand")
    return 0


def override_document(word: Override) -> dict[str, object]:
    """A word for programs."""
    return {
        "number": word.row,
        "kind": word.kind,
        "said_at": word.said_at,
        "id": word.atom_id,
        "other_id": word.other_id,
        "sighting": _name(word.one),
        "others": [_name(each) for each in word.others],
    }


def override_line(word: Override, zone: ZoneInfo) -> str:
    """A word for people, in one line."""
    said = f"{word.row}: on {when(word.said_at, zone)}"
    if word.kind is OverrideKind.MERGE:
        return f"{said} you merged {word.other_id} into {word.atom_id}"
    return f"{said} you split {shown_name(word.one)} from {word.atom_id} ({word.other_id} was minted)"


def shown_name(name: SightingName) -> str:
    """A sighting's name in one line."""
    return f"{name[0]} ({' '.join(name[1].split())})"


def _lines(found: tuple[Override, ...], zone: ZoneInfo) -> Iterator[str]:
    return (override_line(each, zone) for each in found)


def _name(name: SightingName) -> dict[str, str]:
    return {"source": name[0], "entry_id": name[1]}


def _ids(ids: dict[SightingName, str]) -> Iterator[str]:
    return (f"{shown_name(name)} is {atom_id}" for name, atom_id in ids.items())


def _waiting() -> None:
    print("waiting for another run …", file=sys.stderr)
