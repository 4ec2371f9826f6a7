"""Changing the config file for the operator: sources added and taken out, every comment and blank line kept."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from finews_feeds.errors import ConfigError, Fault


def add_sources(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Appends one `[[sources]]` table for each row; values that are empty are left out."""
    document = tomlkit.parse(file.read_text("utf-8"))
    listed = document.get("sources")
    if not isinstance(listed, AoT):
        listed = tomlkit.aot()
        document["sources"] = listed
    for row in rows:
        table = tomlkit.table()
        for key, value in row.items():
            if value:
                table[key] = value
        listed.append(table)
    _replace(file, tomlkit.dumps(document))


def remove_source(file: Path, name: str) -> None:
    """Takes the `[[sources]]` table of that name out; ConfigError where there is none."""
    document = tomlkit.parse(file.read_text("utf-8"))
    listed = document.get("sources", [])
    numbers = [number for number, row in enumerate(listed) if row.get("name") == name]
    if not numbers:
        raise ConfigError(
            Fault(f"{file}: sources", f"there is no source {name!r}", "look at `finews-feeds sources list`")
        )
    for number in reversed(numbers):
        del listed[number]
    if not listed:
        document.pop("sources", None)
    _replace(file, tomlkit.dumps(document))


def _replace(file: Path, text: str) -> None:
    """Writes the file anew, whole or not at all, with the rights that it had."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("w", encoding="utf-8", newline="") as handle:
            handle.write(text)
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
