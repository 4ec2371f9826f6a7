"""An operator's own rules for canonical URLs: read, and checked so that every fault is told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field

from finews_feeds.errors import Fault
from finews_feeds.normalize.url_rule_lines import RuleLines
from finews_feeds.normalize.url_rules import KEYS, Kind, Rule, RuleFile, made_rule
from finews_feeds.settings import RuleText

_DECODERS = ("google-news",)
_HOST = re.compile(r"=?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*").fullmatch
_ALIAS = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*").fullmatch
_PLACE = re.compile(r"\{([^{}]*)\}")
#: How a fault's place is written in here: "site[2]", "site[2].key", or a key at the top.
_IN_TABLE = re.compile(r"(\w+)\[(\d+)\](?:\.(\w+).*)?").fullmatch


def read_rules(text: RuleText, known: Container[str], faults: list[Fault]) -> RuleFile:
    """The rules of an operator's file; what is wrong in it goes to `faults`, each with its line, rule, key and mend.

    `known` are the names that `disable` may name.
    """
    try:
        tables = tomllib.loads(text.text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+), column \d+\)", str(error))
        cause = re.sub(r" \(at .*\)$", "", str(error))
        number = int(line[1]) if line else text.text.count("\n") + 1
        faults.append(Fault(_at(text.place, number), f"it is no TOML: {cause}", "look at this line and the one above"))
        return RuleFile(())
    return _RuleReader(text.place, RuleLines(text.text), known, faults).read(tables)


def broken_examples(text: RuleText, file: RuleFile, canonical: Callable[[str], str]) -> Iterator[Fault]:
    """The examples of a file that do not hold by the rules that `canonical` goes by."""
    lines = RuleLines(text.text)
    for rule in file.rules:
        line = file.places[rule.name].removeprefix(f"{text.place}:")
        start = int(line) if line.isdigit() else 0
        for same, one, other in rule.examples.pairs():
            keys = canonical(one), canonical(other)
            # two that are no key would be equal for a wrong reason
            if (keys[0] == keys[1]) != same or (same and not keys[0]):
                key = "equal" if same else "differ"
                place = _at(text.place, lines.with_all(start, one, other))
                cause = f"{one} gives {keys[0]!r}, {other} gives {keys[1]!r}"
                yield Fault(f"{place}: {rule.name}.{key}", cause, "mend the rule, or its example")


def _at(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file


@dataclass(frozen=True, slots=True)
class _RuleReader:
    """Checks one operator's file; each method adds the faults that it finds, and none stops at the first."""

    file: str
    lines: RuleLines
    known: Container[str]
    faults: list[Fault]
    #: Place of a table -> the name of its rule, where it has one.
    names: dict[str, str] = field(default_factory=dict)

    def read(self, tables: Mapping[str, object]) -> RuleFile:
        rules: list[Rule] = []
        places: dict[str, str] = {}
        for key in sorted(tables.keys() - KEYS.keys() - {"disable"}):
            self._fault(key, "is no kind of rule", "write [[tracker]], [[wrapper]], [[host]] or [[site]]")
        for kind in KEYS:
            for number, (place, table) in enumerate(self._tables(kind, tables.get(kind, [])), 1):
                if self._check(kind, place, table):
                    rules.append(made_rule(kind, table))
                    self._name(place, rules[-1].name, places)
                    places[rules[-1].name] = _at(self.file, self.lines.of(kind, number))
        return RuleFile(tuple(rules), self._disabled(tables.get("disable", [])), places)

    def _fault(self, place: str, cause: str, mend: str) -> None:
        within = _IN_TABLE(place)
        if within:
            table = f"{within[1]}[{within[2]}]"
            line = self.lines.of(within[1], int(within[2]), within[3] or "")
            place = place.replace(table, self.names.get(table, table), 1)
        else:
            line = self.lines.of("", 0, place) or self.lines.of(place, 1)
        self.faults.append(Fault(f"{_at(self.file, line)}: {place}", cause, mend))

    def _tables(self, kind: Kind, found: object) -> Iterator[tuple[str, Mapping[str, object]]]:
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            self._fault(kind, "is not a list of tables", f"write [[{kind}]]")
            return
        for number, table in enumerate(found, 1):
            name = table.get("name")
            if isinstance(name, str) and name and name.isprintable():
                self.names[f"{kind}[{number}]"] = name
            yield f"{kind}[{number}]", table

    def _name(self, place: str, name: str, names: Container[str]) -> None:
        if name in names:
            self._fault(f"{place}.name", f"{name!r} is taken by another rule of this file", "give it a name of its own")

    def _disabled(self, found: object) -> frozenset[str]:
        if not _is_texts(found):
            self._fault("disable", "is not a list of names", 'write disable = ["name"]')
            return frozenset()
        assert isinstance(found, list)
        for name in sorted(each for each in set(found) if each not in self.known):
            self._fault("disable", f"{name!r} is no rule's name", "see `explain` for the names")
        return frozenset(found)

    def _check(self, kind: Kind, place: str, table: Mapping[str, object]) -> bool:
        """Whether the table is a rule of this kind."""
        before = len(self.faults)
        for key in sorted(table.keys() - KEYS[kind]):
            self._fault(f"{place}.{key}", "is unknown", f"known are {', '.join(sorted(KEYS[kind]))}")
        for key in sorted(table.keys() & KEYS[kind]):
            self._check_type(place, key, table[key])
        if not table.get("name"):
            self._fault(f"{place}.name", "is missing", "give the rule a name; `explain` shows it")
        elif place not in self.names and isinstance(table["name"], str):
            self._fault(
                f"{place}.name", "has a line break or a control character", "write it in one line of plain text"
            )
        if len(self.faults) == before:
            _CHECKS[kind](self, place, table)
        return len(self.faults) == before

    def _check_type(self, place: str, key: str, value: object) -> None:
        if key == "params" and place.startswith("site"):
            if not isinstance(value, dict) or not all(isinstance(regex, str) for regex in value.values()):
                self._fault(f"{place}.{key}", "is not a table of regexes", "write params = { id = '\\d+' }")
        elif key in ("hosts", "params", "param", "from", "keep", "fold"):
            if not _is_texts(value):
                self._fault(f"{place}.{key}", "is not a list of strings", f'write {key} = ["…"]')
        elif not isinstance(value, str):
            self._fault(f"{place}.{key}", "is not a string", f'write {key} = "…"')

    def _check_hosts(
        self, place: str, key: str, table: Mapping[str, object], is_host: Callable[[str], object], *, needed: bool
    ) -> None:
        hosts = table.get(key, [])
        assert isinstance(hosts, list)
        if needed and not hosts:
            self._fault(f"{place}.{key}", "names no host", f'write {key} = ["example.com"]')
        for host in hosts:
            if not is_host(host) or host.startswith(("www.", "=www.")):
                self._fault(f"{place}.{key}", f"{host!r} is no host", "write it in lower case, in ASCII, without www.")

    def _check_regex(self, place: str, text: object) -> re.Pattern[str] | None:
        try:
            return re.compile(str(text))
        except (re.error, RecursionError, OverflowError) as error:
            self._fault(place, f"{text!r} is no regular expression: {error}", "mend it")
            return None

    def _check_tracker(self, place: str, table: Mapping[str, object]) -> None:
        self._check_hosts(place, "hosts", table, _HOST, needed=False)
        self._check_regex(f"{place}.values", table.get("values", ""))
        params = table.get("params", [])
        assert isinstance(params, list)
        if not params or not all(param.rstrip("*") for param in params):
            self._fault(f"{place}.params", "names no parameter", 'write params = ["name", "prefix_*"]')

    def _check_wrapper(self, place: str, table: Mapping[str, object]) -> None:
        self._check_hosts(place, "hosts", table, _HOST, needed=True)
        path = self._check_regex(f"{place}.path", table.get("path", ""))
        if path and bool(table.get("param")) == ("target" in path.groupindex):
            self._fault(
                f"{place}.param", "where the target stands is not clear", "name param, or (?P<target>…) in path"
            )
        if "decode" in table and table["decode"] not in _DECODERS:
            self._fault(f"{place}.decode", f"{table['decode']!r} is unknown", f"known are {', '.join(_DECODERS)}")

    def _check_alias(self, place: str, table: Mapping[str, object]) -> None:
        self._check_hosts(place, "from", table, _ALIAS, needed=True)
        self._check_hosts(place, "to", {"to": [table.get("to", "")]}, _ALIAS, needed=True)
        sources, target = table.get("from", []), str(table.get("to", ""))
        assert isinstance(sources, list)
        if any(source.startswith(".") != target.startswith(".") for source in sources):
            self._fault(f"{place}.to", "mixes whole hosts and ends of hosts", "put a dot before all of them, or none")
        if any(target == source or target.endswith("." + source.lstrip(".")) for source in sources):
            self._fault(f"{place}.to", f"{target!r} leads to itself", "name another host")

    def _check_site(self, place: str, table: Mapping[str, object]) -> None:
        self._check_hosts(place, "hosts", table, _HOST, needed=True)
        params = table.get("params", {})
        assert isinstance(params, dict)
        regexes = [self._check_regex(f"{place}.path", table.get("path", ""))]
        regexes += [self._check_regex(f"{place}.params.{name}", regex) for name, regex in params.items()]
        places = set(params).union(*(regex.groupindex for regex in regexes if regex))
        key = str(table.get("key", ""))
        if key and not key.startswith(("http://", "https://")):
            self._fault(f"{place}.key", f"{key!r} is no http URL", 'begin it with "http://" and a host')
        for name in _PLACE.findall(key):
            if name not in places:
                self._fault(f"{place}.key", f"{{{name}}} is no group of path or params", f"name it (?P<{name}>…)")
        if any(brace in _PLACE.sub("", key) for brace in "{}"):
            self._fault(f"{place}.key", "has a brace without its partner", "write {name}")
        fold = table.get("fold", [])
        assert isinstance(fold, list)
        for name in fold:
            if name not in _PLACE.findall(key):
                self._fault(f"{place}.fold", f"{name!r} does not stand in key", f"write {{{name}}} there")
        self._check_keep(place, table, set(params))

    def _check_keep(self, place: str, table: Mapping[str, object], params: set[str]) -> None:
        keep = table.get("keep")
        if keep is None:
            if not table.get("key"):
                self._fault(f"{place}.key", "the rule changes nothing", "give it key, or keep, or both")
        elif not table.get("key") and isinstance(keep, list) and params - set(keep):
            self._fault(f"{place}.keep", "lacks a parameter of params", "keep what the rule needs")


_CHECKS: dict[Kind, Callable[[_RuleReader, str, Mapping[str, object]], None]] = {
    "tracker": _RuleReader._check_tracker,
    "wrapper": _RuleReader._check_wrapper,
    "host": _RuleReader._check_alias,
    "site": _RuleReader._check_site,
}


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
