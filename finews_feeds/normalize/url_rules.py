"""The rules for canonical URLs: their four kinds, and how they are read from TOML.

A rule file holds tables of these kinds, each with `name` (unique), and with `equal` and `differ`, the rule's own
examples: on each line of `equal` two or more URLs, parted by blanks, that have one canonical URL; on each line of
`differ` URLs of which no two have the same.

    [[tracker]]  params: names that go, "utm_*" for all that begin so; values: a regex that the whole value must match
                 (default: any); hosts (default: everywhere)
    [[wrapper]]  hosts, path: which address wraps another; param: in which parameter, the first that is there ("?": the
                 whole query); or a group (?P<target>…) in path; decode: "google-news" (default: percent-encoding)
    [[host]]     from, to: hosts that show the same pages under the same paths; with a dot before, the end of a host
    [[site]]     hosts, path, params: which addresses; key: the URL that stands for them; keep: the parameters that stay
                 (default: all, or with a key none); fold: the names in key in which capitals do not count

Hosts are without "www." and stand for their subdomains too, "=example.com" for that one alone; the longest that fits
is asked first, then the order of the file. `path` is a regex for the whole path and `params` a table of regexes for
whole values of parameters, all of which must be there; they see normal forms, without a slash at the end. `{name}` in
`key` is a named group, or a parameter of `params`. Without `key` the URL stays as it is, but for its parameters.

An operator's file has the same shape. A rule with the name of a shipped one (or of one in an earlier file) replaces it,
`disable = ["name"]` at the top takes such rules away, and the rules of later files are asked before those of earlier
ones, the shipped ones last.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal

#: The rules that come with the program.
SHIPPED = Path(__file__).with_name("rules")


@dataclass(frozen=True, slots=True)
class Examples:
    """A rule's own tests, as they stand in its file."""

    equal: str = ""
    differ: str = ""

    def pairs(self) -> Iterator[tuple[bool, str, str]]:
        """Every pair of URLs with whether they are the same."""
        for same, text in ((True, self.equal), (False, self.differ)):
            for line in text.splitlines():
                yield from ((same, one, other) for one, other in combinations(line.split(), 2))


@dataclass(frozen=True, slots=True)
class Tracker:
    """Parameters that tell how a reader came, never what is read."""

    name: str
    hosts: tuple[str, ...]
    params: tuple[str, ...]
    values: str
    examples: Examples


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An address that only leads to another, which stands in it."""

    name: str
    hosts: tuple[str, ...]
    path: str
    param: tuple[str, ...]
    decode: str
    examples: Examples


@dataclass(frozen=True, slots=True)
class HostAlias:
    """Hosts that show the same pages as another under the same paths."""

    name: str
    sources: tuple[str, ...]
    target: str
    examples: Examples


@dataclass(frozen=True, slots=True)
class Site:
    """Addresses of one site that stand for the same article."""

    name: str
    hosts: tuple[str, ...]
    path: str
    params: tuple[tuple[str, str], ...]
    #: "" for the URL itself.
    key: str
    #: None: every parameter stays.
    keep: frozenset[str] | None
    #: The names in `key` in which capitals do not count.
    fold: frozenset[str]
    examples: Examples


Rule = Tracker | Wrapper | HostAlias | Site
Kind = Literal["tracker", "wrapper", "host", "site"]

#: Each kind of rule, in the order in which a file's rules are read, and what a table of it may say.
KEYS: dict[Kind, frozenset[str]] = {
    "tracker": frozenset({"name", "equal", "differ", "params", "values", "hosts"}),
    "wrapper": frozenset({"name", "equal", "differ", "hosts", "path", "param", "decode"}),
    "host": frozenset({"name", "equal", "differ", "from", "to"}),
    "site": frozenset({"name", "equal", "differ", "hosts", "path", "params", "key", "keep", "fold"}),
}


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one file says."""

    rules: tuple[Rule, ...]
    disabled: frozenset[str] = frozenset()
    #: Rule name -> the file that it stands in, and the line where one is known.
    places: Mapping[str, str] = field(default_factory=dict)


def read_shipped() -> RuleFile:
    """The rules of the package, in the order of their files' names; not checked, the tests do that."""
    rules: list[Rule] = []
    places: dict[str, str] = {}
    for path in sorted(SHIPPED.glob("*.toml")):
        tables = tomllib.loads(path.read_text("utf-8"))
        found = [made_rule(kind, table) for kind in KEYS for table in tables.get(kind, ())]
        places.update((rule.name, f"shipped {path.name}") for rule in found)
        rules += found
    return RuleFile(tuple(rules), places=places)


def made_rule(kind: Kind, table: Mapping[str, object]) -> Rule:
    """The table as a rule; the table has been checked."""

    def text(key: str) -> str:
        return str(table.get(key, ""))

    def texts(key: str) -> tuple[str, ...]:
        value = table.get(key, ())
        assert isinstance(value, list | tuple)
        return tuple(value)

    name, examples = text("name"), Examples(text("equal"), text("differ"))
    if kind == "tracker":
        return Tracker(name, texts("hosts"), texts("params"), text("values"), examples)
    if kind == "wrapper":
        return Wrapper(name, texts("hosts"), text("path"), texts("param"), text("decode"), examples)
    if kind == "host":
        return HostAlias(name, texts("from"), text("to"), examples)
    params = table.get("params", {})
    assert isinstance(params, dict)
    keep = frozenset(texts("keep")) if "keep" in table else None
    fold = frozenset(texts("fold"))
    return Site(name, texts("hosts"), text("path"), tuple(params.items()), text("key"), keep, fold, examples)


def combined(files: Sequence[RuleFile]) -> tuple[Rule, ...]:
    """The rules of all files, later files first; of rules with one name the last file's stands."""
    rules: list[Rule] = []
    hidden: set[str] = set()
    for file in reversed(files):
        rules.extend(rule for rule in file.rules if rule.name not in hidden)
        hidden |= {rule.name for rule in file.rules} | file.disabled
    return tuple(rules)
