"""`sources list|add|remove|pause|resume|import|export`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from finews_feeds.cli.ask import source_document, source_lines
from finews_feeds.cli.common import clock, print_json, settings_of
from finews_feeds.cycle import ask
from finews_feeds.errors import ConfigError, Fault


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
    found = sources.find_feed(settings, arguments.url)
    known = next((each.name for each in settings.sources if each.url == found.url), None)
    if known is not None:
        raise ConfigError(Fault(str(settings.file), f"{found.url} is there already, as {known!r}", "nothing to do"))
    name = sources.free_name(settings, arguments.name or sources.name_for(found.url, found.title))
    if arguments.name and name != arguments.name:
        raise ConfigError(Fault(str(settings.file), f"the name {arguments.name!r} is taken", f"take {name!r}"))
    row = {"name": name, "url": found.url, "categories": arguments.category, "tags": arguments.tag}
    add_sources(settings.file, [row])
    print(f"added {name}: {found.url} ({found.entries} entries now); it is read at the next build")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Takes a source out of the config."""
    from finews_feeds.config.edit import remove_source

    settings = settings_of(arguments)
    remove_source(settings.file, arguments.name)
    print(f"removed {arguments.name}; its entries leave the feeds at the next build")
    return 0


def pause(arguments: argparse.Namespace) -> int:
    """Asks a source no more."""
    return _set_paused(arguments, True)


def resume(arguments: argparse.Namespace) -> int:
    """Asks a paused source again."""
    return _set_paused(arguments, False)


def _set_paused(arguments: argparse.Namespace, paused: bool) -> int:
    from finews_feeds.cycle import sources

    def waiting() -> None:
        print("waiting for another run …", file=sys.stderr)

    sources.set_paused(settings_of(arguments), arguments.name, paused, clock(), waiting)
    print(f"{arguments.name} is {'paused; its entries stay' if paused else 'resumed; it is due now'}")
    return 0


def import_opml(arguments: argparse.Namespace) -> int:
    """Adds what an OPML file lists and the config does not have."""
    from finews_feeds.config.edit import add_sources
    from finews_feeds.cycle import sources

    settings = settings_of(arguments)
    rows = sources.read_opml(settings, _read(arguments.file), arguments.file)
    if rows:
        add_sources(settings.file, rows)
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
