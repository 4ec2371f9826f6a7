"""`sources list|add|remove|pause|resume|import|export`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from finews_feeds.cli.ask import source_document, source_lines
from finews_feeds.cli.common import clock, print_json, settings_of
from finews_feeds.config import fill_in, values
from finews_feeds.cycle import ask
from finews_feeds.cycle.judge import judge
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import FindingKind


def list_sources(arguments: argparse.Namespace) -> int:
    """Every source and how it is doing."""
    settings = settings_of(arguments)
    with ask.asking(settings, clock()) as context:
        found = ask.status(context).sources
    if arguments.json:
        print_json({"sources": [source_document(each) for each in found]})
    else:
        print("\n".join(source_lines(found, settings.site.timezone)))
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Looks the feed up, then writes it into the config."""
    from finews_feeds.config.edit import add_sources
    from finews_feeds.cycle import sources

    settings = settings_of(arguments)
    wanted = _name(arguments.name)
    found = sources.find_feed(settings, _address(arguments.url), arguments.url)
    for each in found.refused:
        print(f"left out {each}", file=sys.stderr)
    known = next((each.name for each in settings.sources if found.url in (each.url, each.shown_url)), None)
    if known is not None:
        raise ConfigError(Fault(str(settings.file), f"{found.url} is there already, as {known!r}", "nothing to do"))
    name = sources.free_name(settings, wanted or sources.name_for(found.url, found.title))
    if wanted and name != wanted:
        raise ConfigError(Fault(str(settings.file), f"the name {wanted!r} is taken", f"take {name!r}"))
    row = {"name": name, "url": found.url, "categories": arguments.category, "tags": arguments.tag}
    add_sources(settings.file, [row], judge)
    print(f"added {name}: {found.url} ({found.entries} entries now); it is read at the next build")
    return 0


def _name(typed: str | None) -> str:
    """The name that was asked for, "" where none was."""
    try:
        return values.name(typed) if typed is not None else ""
    except values.BadValueError as bad:
        raise ConfigError(Fault("--name", bad.cause, bad.mend)) from bad


def _address(typed: str) -> str:
    """The address to ask: the operator, and nobody else, may have secrets filled in."""
    filled, missing = fill_in(typed, os.environ)
    if missing:
        raise ConfigError(*(Fault(typed, f"the environment has no {each}", f"set {each} first") for each in missing))
    return filled


def remove(arguments: argparse.Namespace) -> int:
    """Takes a source out of the config, and forgets how it was doing."""
    from finews_feeds.cycle import sources

    sources.remove(settings_of(arguments), arguments.name, _waiting)
    print(f"removed {arguments.name}; its entries leave the feeds at the next build")
    return 0


def pause(arguments: argparse.Namespace) -> int:
    """Asks a source no more."""
    return _set_paused(arguments, True)


def resume(arguments: argparse.Namespace) -> int:
    """Asks a paused source again, or lets in what was held back of one in quarantine."""
    return _set_paused(arguments, False)


def _set_paused(arguments: argparse.Namespace, paused: bool) -> int:
    from finews_feeds.cycle import sources

    state = sources.set_paused(settings_of(arguments), arguments.name, paused, clock(), _waiting)
    if state.quarantine and not paused:
        print(f"{arguments.name} is resumed, and in quarantine as before: {state.quarantine.why}")
    else:
        done = "paused; its entries stay" if paused else "resumed; it is due now, and what it says then is let in"
        print(f"{arguments.name} is {done if paused or state.excused else 'resumed; it is due now'}")
    return 0


def _waiting() -> None:
    print("waiting for another run …", file=sys.stderr)


def import_opml(arguments: argparse.Namespace) -> int:
    """Adds what an OPML file lists and the config does not have."""
    from finews_feeds.config.edit import add_sources
    from finews_feeds.cycle import sources

    settings = settings_of(arguments)
    rows, findings = sources.read_opml(settings, _read(arguments.file), arguments.file)
    if rows:
        add_sources(settings.file, rows, judge)
    for each in findings:
        word = "mended" if each.kind is FindingKind.REPAIRED else "left out"
        line = f":{each.line}" if each.line else ""
        print(f"{word} {each.place}{line}: {each.what}; {each.mend}")
    for row in rows:
        print(f"added {row['name']}: {row['url']}")
    print(f"{len(rows)} sources added; they are read at the next build")
    return 0


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise ConfigError(Fault(file, f"it cannot be read ({error.strerror})", "check its path and rights")) from error


def export_opml(arguments: argparse.Namespace) -> int:
    """Writes the sources as OPML."""
    from finews_feeds.cycle import sources

    data = sources.write_opml(settings_of(arguments))
    if arguments.file == "-":
        sys.stdout.buffer.write(data)
    else:
        try:
            Path(arguments.file).write_bytes(data)
        except OSError as error:
            fault = Fault(arguments.file, f"it cannot be written ({error.strerror})", "check its path and rights")
            raise ConfigError(fault) from error
    return 0
