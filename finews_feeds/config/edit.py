"""Changing the config file for the operator: sources added and taken out, every comment and blank line kept.

What is written was read first as the program will read it: no change leaves a config behind that cannot be used.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array

from finews_feeds.config.load import Judge, loads
from finews_feeds.errors import ConfigError, Fault


def add_sources(file: Path, rows: Iterable[Mapping[str, Any]], judge: Judge | None = None) -> None:
    """Appends one `[[sources]]` table for each row; values that are empty are left out.

    Raises ConfigError with every fault that the file would have then, and leaves it as it is.
    """
    document = _parsed(file)
    listed = document.get("sources")
    if not isinstance(listed, AoT | Array):
        listed = tomlkit.aot()
        document["sources"] = listed
    wanted = [*_names(document)]
    for row in rows:
        table = tomlkit.inline_table() if isinstance(listed, Array) else tomlkit.table()
        for key, value in row.items():
            if value:
                table[key] = value
        listed.append(table)
        wanted.append(str(row["name"]))
    _replace(file, document, wanted, judge)


def remove_source(file: Path, name: str, judge: Judge | None = None) -> None:
    """Takes the `[[sources]]` table of that name out; ConfigError where there is none."""
    document = _parsed(file)
    listed = document.get("sources", [])
    numbers = [number for number, called in enumerate(_names(document)) if called == name]
    if not numbers:
        raise ConfigError(
            Fault(f"{file}: sources", f"there is no source {name!r}", "look at `finews-feeds sources list`")
        )
    for number in reversed(numbers):
        del listed[number]
    if not listed:
        document.pop("sources", None)
    _replace(file, document, _names(document), judge)


def _parsed(file: Path) -> tomlkit.TOMLDocument:
    # bytes, so that the ends of lines stay what they are
    return tomlkit.parse(file.read_bytes().decode("utf-8-sig"))


def _names(document: tomlkit.TOMLDocument) -> list[str]:
    return [str(row.get("name", "")).strip() for row in document.get("sources", [])]


def _replace(file: Path, document: tomlkit.TOMLDocument, wanted: list[str], judge: Judge | None) -> None:
    """Writes the file anew, whole or not at all, with the rights that it had."""
    data = tomlkit.dumps(document).encode()
    if [each.name for each in loads(data, file, judge=judge).sources] != wanted:
        raise ConfigError(
            Fault(str(file), "it is laid out in a way that cannot be changed safely", "change it by hand")
        )
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        beside.chmod(file.stat().st_mode)
        # the file may be a link into a folder of configs: what it points to is what is replaced
        beside.replace(file.resolve())
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(
            Fault(str(file), f"it cannot be written ({error.strerror})", "let this user write it")
        ) from error
