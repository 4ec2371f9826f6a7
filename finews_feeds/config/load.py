"""From a TOML file to `Settings`, with all faults at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from finews_feeds.config.rule_files import read_rule_files
from finews_feeds.config.schema import Key, Table, tables
from finews_feeds.config.theme import read_theme
from finews_feeds.config.values import CONTROLS, BadValueError, show
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.settings import (
    FeedSourceSettings,
    HttpSettings,
    ListSettings,
    NearSettings,
    OutputSettings,
    PostsSettings,
    QuerySettings,
    RuleText,
    ServerSettings,
    Settings,
    SiteSettings,
    Theme,
)

DEFAULT_FILE = "config/finews.toml"
#: What stands for a value of the environment.
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: Another spelling of a value that is nothing but one of the environment.
_WHOLE_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
#: Values that are shown in no spelling, so that "env:NAME" may stand for them as well as ${NAME}.
_HIDDEN_KEYS = {("sources", "headers"), ("sources", "user"), ("sources", "password"), ("http", "proxy")}
#: Where ${NAME} is filled in from the environment: the values that can hold a secret.
_SECRET_KEYS = {("store", "url"), ("sources", "url"), ("lists", "url"), *_HIDDEN_KEYS}

#: (table, key, value) -> the cause and the mend of each fault that only somebody else can see, such as a query that
#: cannot be read; the third word is where in the value it is, said instead of the key, or "".
Judge = Callable[[str, str, object], Iterable[tuple[str, str, str]]]


def config_file(given: str | None, environ: Mapping[str, str]) -> Path:
    """Which file is the config: the one given, else FINEWS_CONFIG, else config/finews.toml."""
    return Path(given or environ.get("FINEWS_CONFIG") or DEFAULT_FILE)


def fill_in(spelled: str, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """A value with each ${NAME} filled in from the environment, and the names that the environment does not have."""
    missing = tuple(name for name in VARIABLE.findall(spelled) if name not in environ)
    return VARIABLE.sub(lambda match: environ.get(match[1], match[0]), spelled), missing


def load(file: Path, environ: Mapping[str, str] | None = None, judge: Judge | None = None) -> Settings:
    """Reads and checks the whole config; `judge` is asked about each value that this module can read.

    Raises ConfigError with every fault of the file: unreadable, no TOML, unknown keys, missing keys, wrong values,
    names that two sources share, variables that the environment does not have, and what the judge found.
    """
    return loads(_bytes(file), file, environ, judge)


def loads(data: bytes, file: Path, environ: Mapping[str, str] | None = None, judge: Judge | None = None) -> Settings:
    """The same from the bytes that `file` has, or is to have."""
    reading = _Reading(file, os.environ if environ is None else environ, judge or (lambda *_: ()))
    document = _document(data, file)
    # the folder is made absolute here, so that no setting depends on where the program was started
    found = {name: reading.table(name, table, document) for name, table in tables(file.absolute().parent).items()}
    reading.unknown("", document, found)
    reading.one_name_each(document)
    rules = read_rule_files(file.parent, (found["urls"] or {}).get("rules"), reading.fault)
    theme = read_theme((found["output"] or {}).get("theme"), reading.fault)
    if reading.faults:
        # rules cost time to judge: a cycle does it once for each state of the files, and here it is for the whole list
        told = [*(reading.judge("urls", "texts", rules) if rules else ())]
        told += reading.judge("output", "files", theme) if theme else ()
        raise ConfigError(*reading.faults, *(Fault(where, cause, mend) for cause, mend, where in told))
    return _settings(file, found, rules, theme)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        mend = "make one with `finews-feeds init`, or name another with -c FILE or FINEWS_CONFIG"
        raise ConfigError(Fault(str(file), "there is no such file", mend)) from None
    except OSError as error:
        raise ConfigError(
            Fault(str(file), f"it cannot be read ({error.strerror})", "check its path and rights")
        ) from error


def _document(data: bytes, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
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
    judge: Judge
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
                value = self.value(name, key, label, rule, given[key])
                if value is not None:
                    found[key] = value
            elif rule.required:
                self.fault(f"{label}.{key}", "the key is missing", f"add {key} = …")
        self.unknown(label, given, table.keys)
        if name == "lists" and ("url" in given) == ("file" in given):
            self.fault(label, "it has a url and a file, or neither", "give it one of the two")
        if name in ("sources", "lists"):
            found["shown_url"] = given.get("url", "")
        return found

    def value(self, name: str, key: str, label: str, rule: Key, given: object) -> Any:
        """One value as the program uses it; None where it cannot be used. What is shown is the file's spelling."""
        may_be_secret = (name, key) in _SECRET_KEYS and isinstance(given, str | dict)
        filled, missing = self.filled(given, (name, key) in _HIDDEN_KEYS) if may_be_secret else (given, ())
        for variable in missing:
            self.fault(f"{label}.{key}", f"the environment has no {variable}", f"set {variable} before starting")
        if missing:
            return None
        try:
            found = rule.read(filled)
        except BadValueError as bad:
            self.fault(f"{label}.{key}", *(_filled_badly(given) if filled != given else (bad.cause, bad.mend)))
            return None
        for cause, mend, where in self.judge(name, key, found):
            self.fault(f"{label}.{where or key}", f"{show(given)}: {cause}" if may_be_secret else cause, mend)
        return found

    def filled(self, given: object, is_hidden: bool) -> tuple[object, tuple[str, ...]]:
        """A value, or a table of values, with its variables filled in, and the variables that are not there."""
        if isinstance(given, dict):
            each = {name: self.filled(value, is_hidden) for name, value in given.items()}
            missing = tuple(variable for _, several in each.values() for variable in several)
            return {name: value for name, (value, _) in each.items()}, missing
        if not isinstance(given, str):
            return given, ()
        whole = _WHOLE_VARIABLE.fullmatch(given) if is_hidden else None
        return fill_in(f"${{{whole[1]}}}" if whole else given, self.environ)

    def unknown(self, label: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        for key in given:
            if key not in known:
                place = f"{label}.{key}" if label else key
                self.fault(place, "there is no such key", _nearest(key, known))

    def one_name_each(self, document: Mapping[str, Any]) -> None:
        """Posts and sources share one space of names, query feeds have their own: two of one name would be one path."""
        for group in (("posts", "sources", "lists"), ("feeds",)):
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
                        things = "query feed" if name == "feeds" else "posts folder, source and list"
                        self.fault(f"{where}.name", cause, f"give each {things} a name of its own")
                    seen.setdefault(called.strip().casefold(), where)


def _rows(given: object) -> list[Mapping[str, Any]]:
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []


def _label(name: str, number: int, row: Mapping[str, Any]) -> str:
    called = row.get("name")
    is_name = isinstance(called, str) and called.strip() and not CONTROLS.search(called)
    return f"{name}.{called}" if is_name else f"{name}[{number}]"


def _filled_badly(given: object) -> tuple[str, str]:
    """What to say of a value that the environment spoils, without showing what it is."""
    spelled = str(given)
    names = ", ".join(dict.fromkeys(VARIABLE.findall(spelled) + _WHOLE_VARIABLE.findall(spelled)))
    return (
        f"{show(given) if isinstance(given, str) else 'it'} cannot be used as the environment fills it in",
        f"look at the value of {names}",
    )


def _required(table: Table) -> list[str]:
    return [key for key, rule in table.keys.items() if rule.required]


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, list(known), 1)
    return f"did you mean {near[0]}?" if near else f"take it out; the keys here are {', '.join(known)}"


def _settings(file: Path, found: Mapping[str, Any], rules: tuple[RuleText, ...], theme: Theme | None) -> Settings:
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
    output = {"dir": folder.parent / "public", **(found["output"] or {}), "theme": theme}
    return Settings(
        file=file,
        site=SiteSettings(**(defaults | site)),
        store_url=(found["store"] or {}).get("url", "sqlite:///../var/finews.db"),
        output=OutputSettings(**output),
        posts=tuple(PostsSettings(**row) for row in found["posts"]),
        sources=tuple(FeedSourceSettings(**row) for row in found["sources"]),
        lists=tuple(ListSettings(**row) for row in found["lists"]),
        http=HttpSettings(**({"contact": site["url"]} | (found["http"] or {}))),
        feeds=tuple(QuerySettings(**row) for row in found["feeds"]),
        server=_server(found["server"]),
        near=NearSettings(**(found["near"] or {})),
        rules=rules,
    )


def _server(found: Mapping[str, Any] | None) -> ServerSettings | None:
    if found is None:
        return None
    host, _, port = found["listen"].rpartition(":")
    return ServerSettings(host.strip("[]"), int(port), found.get("public_url", ""))
