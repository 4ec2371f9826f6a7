"""From a TOML file to `Settings`, with all faults at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from finews_feeds.config.schema import Key, Table, tables
from finews_feeds.config.values import BadValueError, show
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.settings import (
    FeedSourceSettings,
    HttpSettings,
    OutputSettings,
    PostsSettings,
    QuerySettings,
    ServerSettings,
    Settings,
    SiteSettings,
)

DEFAULT_FILE = "config/finews.toml"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: Where ${NAME} is filled in from the environment: the values that can hold a secret.
_SECRET_KEYS = {("store", "url"), ("sources", "url")}


def config_file(given: str | None, environ: Mapping[str, str]) -> Path:
    """Which file is the config: the one given, else FINEWS_CONFIG, else config/finews.toml."""
    return Path(given or environ.get("FINEWS_CONFIG") or DEFAULT_FILE)


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Reads and checks the whole config.

    Raises ConfigError with every fault of the file: unreadable, no TOML, unknown keys, missing keys, wrong values,
    names that two sources share, variables that the environment does not have.
    """
    reading = _Reading(file, os.environ if environ is None else environ)
    document = _document(file)
    # the folder is made absolute here, so that no setting depends on where the program was started
    found = {name: reading.table(name, table, document) for name, table in tables(file.absolute().parent).items()}
    reading.unknown("", document, found)
    reading.one_name_each(document)
    if reading.faults:
        raise ConfigError(*reading.faults)
    return _settings(file, found)


def _document(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        mend = "make one with `finews-feeds init`, or name another with -c FILE or FINEWS_CONFIG"
        raise ConfigError(Fault(str(file), "there is no such file", mend)) from None
    except OSError as error:
        raise ConfigError(
            Fault(str(file), f"it cannot be read ({error.strerror})", "check its path and rights")
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(Fault(f"{file}:{line}", "it is not UTF-8", "save it as UTF-8")) from error
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column \d+\)", str(error))
        place = f"{file}:{match[1]}" if match else str(file)
        cause = re.sub(r" \(at .*\)$", "", str(error))
        raise ConfigError(Fault(place, f"it is no TOML: {cause}", "look at this line and the one above")) from error


@dataclass
class _Reading:
    """One pass over the document; collects faults instead of stopping at the first."""

    file: Path
    environ: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: str, cause: str, mend: str) -> None:
        self.faults.append(Fault(f"{self.file}: {key}", cause, mend))

    def table(self, name: str, table: Table, document: Mapping[str, Any]) -> Any:
        """The values of one table (a list of them for an array), defaults left out; None where absent."""
        if name not in document:
            if table.required:
                self.fault(name, "the table is missing", f"add [{name}] with {', '.join(_required(table))}")
            return [] if table.is_array else None
        given = document[name]
        rows = given if isinstance(given, list) else [given]
        if table.is_array != isinstance(given, list) or not all(isinstance(row, dict) for row in rows):
            header = f"[[{name}]]" if table.is_array else f"[{name}]"
            self.fault(name, "it is not the kind of table that it must be", f"write it as {header}")
            return [] if table.is_array else None
        if not table.is_array:
            return self.row(name, name, table, given)
        return [self.row(name, _label(name, number, row), table, row) for number, row in enumerate(rows, 1)]

    def row(self, name: str, label: str, table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for key, rule in table.keys.items():
            if key in given:
                value = self.value(f"{label}.{key}", rule, self.filled(name, key, label, given[key]))
                if value is not None:
                    found[key] = value
            elif rule.required:
                self.fault(f"{label}.{key}", "the key is missing", f"add {key} = …")
        self.unknown(label, given, table.keys)
        if name == "sources":
            found["shown_url"] = given.get("url", "")
        return found

    def value(self, place: str, rule: Key, given: object) -> Any:
        try:
            return rule.read(given)
        except BadValueError as bad:
            self.fault(place, bad.cause, bad.mend)
            return None

    def filled(self, name: str, key: str, label: str, given: object) -> object:
        """The value with ${NAME} filled in from the environment, where the key may hold a secret."""
        if (name, key) not in _SECRET_KEYS or not isinstance(given, str):
            return given
        for variable in _VARIABLE.findall(given):
            if variable not in self.environ:
                self.fault(f"{label}.{key}", f"the environment has no {variable}", f"set {variable} before starting")
        return _VARIABLE.sub(lambda match: self.environ.get(match[1], "unset"), given)

    def unknown(self, label: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        for key in given:
            if key not in known:
                place = f"{label}.{key}" if label else key
                self.fault(place, "there is no such key", _nearest(key, known))

    def one_name_each(self, document: Mapping[str, Any]) -> None:
        """Posts and sources share one space of names, query feeds have their own: two of one name would be one path."""
        for group in (("posts", "sources"), ("feeds",)):
            seen: dict[str, str] = {}
            for name in group:
                for number, row in enumerate(_rows(document.get(name)), 1):
                    called = row.get("name")
                    if not isinstance(called, str):
                        continue
                    where = f"{name}[{number}]"
                    # names that differ by case only would be one file on some disks
                    if called.strip().casefold() in seen:
                        cause = f"the name {show(called)} is taken by {seen[called.strip().casefold()]}"
                        self.fault(f"{where}.name", cause, "give each posts folder and source a name of its own")
                    seen.setdefault(called.strip().casefold(), where)


def _rows(given: object) -> list[Mapping[str, Any]]:
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []


def _label(name: str, number: int, row: Mapping[str, Any]) -> str:
    called = row.get("name")
    return f"{name}.{called}" if isinstance(called, str) and called.strip() else f"{name}[{number}]"


def _required(table: Table) -> list[str]:
    return [key for key, rule in table.keys.items() if rule.required]


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, list(known), 1)
    return f"did you mean {near[0]}?" if near else f"take it out; the keys here are {', '.join(known)}"


def _settings(file: Path, found: Mapping[str, Any]) -> Settings:
    folder = file.absolute().parent
    site = found["site"]
    host = site["url"].split("/")[2]
    title = site.get("title", host)
    defaults = {
        "title": title,
        "language": "en",
        "timezone": ZoneInfo("UTC"),
        "author": title,
        "since": date(2000, 1, 1),
    }
    output = {"dir": folder.parent / "public", **(found["output"] or {})}
    return Settings(
        file=file,
        site=SiteSettings(**(defaults | site)),
        store_url=(found["store"] or {}).get("url", "sqlite:///../var/finews.db"),
        output=OutputSettings(**output),
        posts=tuple(PostsSettings(**row) for row in found["posts"]),
        sources=tuple(FeedSourceSettings(**row) for row in found["sources"]),
        http=HttpSettings(**({"contact": site["url"]} | (found["http"] or {}))),
        feeds=tuple(QuerySettings(**row) for row in found["feeds"]),
        server=_server(found["server"]),
    )


def _server(found: Mapping[str, Any] | None) -> ServerSettings | None:
    if found is None:
        return None
    host, _, port = found["listen"].rpartition(":")
    return ServerSettings(host.strip("[]"), int(port))
