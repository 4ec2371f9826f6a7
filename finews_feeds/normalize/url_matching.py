"""The rules, ready to be asked: found by host, compiled when first a URL of that host comes by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from finews_feeds.normalize.url_rules import HostAlias, Rule, Site, Tracker, Wrapper
from finews_feeds.normalize.url_syntax import Url
from finews_feeds.normalize.url_wrappers import DECODERS, has_scheme

_CAPITALS = re.compile("%[0-9A-F]{2}|([A-Z]+)")


class RuleIndex:
    """Which rules hold for a host.

    The table of compiled rules grows by one entry for each host that a rule names, and by none that a URL brings; of
    the hosts that URLs bring, the last thousand are remembered.
    """

    __slots__ = ("_below", "_everywhere", "_own", "_rules", "at")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {"": []}
        for rule in rules:
            for host in _hosts(rule):
                self._rules.setdefault(host, []).append(rule)
        self._own: dict[str, HostRules] = {}
        self._below: dict[str, HostRules] = {}
        self._everywhere = HostRules(self._rules[""])
        #: The rules for a host, then those for the hosts above it, then those for all.
        self.at: Callable[[str], Held] = lru_cache(maxsize=1024)(self._at)

    def _at(self, host: str) -> Held:
        found = []
        if host in self._rules:
            found.append(self._own.get(host) or self._compile_own(host))
        above = host.partition(".")[2]
        while above:
            if above in self._rules:
                found.append(self._below.get(above) or self._compile_below(above))
            above = above.partition(".")[2]
        found.append(self._everywhere)
        return Held(
            tuple(wrapper for rules in found for wrapper in rules.wrappers),
            tuple(alias for rules in found for alias in rules.aliases),
            tuple(site for rules in found for site in rules.sites),
            tuple(found),
        )

    def _compile_own(self, host: str) -> HostRules:
        made = self._own[host] = HostRules(self._rules[host])
        return made

    def _compile_below(self, host: str) -> HostRules:
        rules = [rule for rule in self._rules[host] if _holds_below(rule, host)]
        made = self._below[host] = HostRules(rules)
        return made


def _hosts(rule: Rule) -> Iterable[str]:
    """Under which names the rule stands in the index; "" is every host."""
    names = rule.sources if isinstance(rule, HostAlias) else rule.hosts
    return dict.fromkeys(name.lstrip("=.") for name in names) if names else ("",)


class Held(NamedTuple):
    """All the rules that hold for a host, those of each kind in the order in which they are asked."""

    wrappers: tuple[WrapperMatch, ...]
    aliases: tuple[AliasMatch, ...]
    sites: tuple[SiteMatch, ...]
    trackers: tuple[HostRules, ...]


class HostRules:
    """The rules that name one host, for the host itself or for those below it."""

    __slots__ = ("_names", "_prefixes", "_trackers", "_valued", "aliases", "sites", "wrappers")

    def __init__(self, rules: list[Rule]) -> None:
        self.wrappers = tuple(WrapperMatch(rule) for rule in rules if isinstance(rule, Wrapper))
        self.aliases = tuple(AliasMatch(rule) for rule in rules if isinstance(rule, HostAlias))
        self.sites = tuple(SiteMatch(rule) for rule in rules if isinstance(rule, Site))
        trackers = self._trackers = [rule for rule in rules if isinstance(rule, Tracker)]
        always = [param for rule in trackers if not rule.values for param in rule.params]
        self._names = frozenset(param for param in always if not param.endswith("*"))
        self._prefixes = tuple(param[:-1] for param in always if param.endswith("*"))
        self._valued: dict[str, list[re.Pattern[str]]] = {}
        for rule in trackers:
            if rule.values:
                for param in rule.params:
                    self._valued.setdefault(param, []).append(re.compile(rule.values))

    def is_tracker(self, name: str, value: str) -> bool:
        """Whether a parameter of this name, in lower case, and this value goes."""
        return (
            name in self._names
            or name.startswith(self._prefixes)
            or (name in self._valued and any(regex.fullmatch(value) for regex in self._valued[name]))
        )

    def tracker_of(self, name: str, value: str) -> str:
        """The name of the first rule by which `is_tracker` holds, "" where it does not; slow, for `explain`."""
        return next((rule.name for rule in self._trackers if HostRules([rule]).is_tracker(name, value)), "")


def _holds_below(rule: Rule, suffix: str) -> bool:
    if isinstance(rule, HostAlias):
        return "." + suffix in rule.sources
    return suffix in rule.hosts


class AliasMatch:
    """A `[[host]]` rule."""

    __slots__ = ("_sources", "_target", "name")

    def __init__(self, rule: HostAlias) -> None:
        self.name, self._sources, self._target = rule.name, rule.sources, rule.target

    def name_of(self, host: str) -> str:
        """The host's other name, or ""."""
        for source in self._sources:
            if source[0] == "." and host.endswith(source):
                return host[: -len(source)] + self._target
            if source == host:
                return self._target
        return ""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A regex for a whole text; the empty one fits all."""

    regex: re.Pattern[str] | None

    def groups(self, text: str) -> dict[str, str | None] | None:
        if self.regex is None:
            return {}
        match = self.regex.fullmatch(text)
        return match.groupdict() if match else None


def _pattern(text: str) -> _Pattern:
    return _Pattern(re.compile(text) if text else None)


class WrapperMatch:
    """A `[[wrapper]]` rule."""

    __slots__ = ("_decode", "_param", "_path", "name")

    def __init__(self, rule: Wrapper) -> None:
        self.name = rule.name
        self._path, self._param = _pattern(rule.path), rule.param
        self._decode = DECODERS[rule.decode or ("param" if rule.param else "path")]

    def target(self, url: Url) -> str:
        """The address inside, as it is written there; "" if this one wraps none."""
        groups = self._path.groups(url.path)
        if groups is None:
            return ""
        if not self._param:
            return self._decode(groups["target"] or "", url.query)
        if self._param == ("?",):
            return url.query if has_scheme(url.query) else ""
        values = _params(url.query)
        target = next((values[name] for name in self._param if values.get(name)), "")
        return self._decode(target, "") if target else ""


def _params(query: str) -> dict[str, str]:
    """The first value of each name."""
    values: dict[str, str] = {}
    for param in query.split("&"):
        name, equals, value = param.partition("=")
        if equals:
            values.setdefault(name, value)
    return values


class SiteMatch:
    """A `[[site]]` rule."""

    __slots__ = ("_fold", "_keep", "_key", "_params", "_path", "name")

    def __init__(self, rule: Site) -> None:
        self.name, self._key, self._keep, self._fold = rule.name, rule.key, rule.keep, rule.fold
        self._path = _pattern(rule.path)
        self._params = tuple((name, _pattern(regex)) for name, regex in rule.params)

    def key_of(self, url: Url) -> str:
        """The key of a URL whose parameters are in order; "" if the rule does not fit."""
        groups = self._path.groups(url.path)
        if groups is None or (self._params and not self._add_params(url.query, groups)):
            return ""
        query = url.query if self._keep is None else _only(url.query, self._keep)
        if not self._key:
            return str(url._replace(query=query))
        said = {name: value or "" for name, value in groups.items()}
        key = self._key.format_map(said | {name: _folded(said[name]) for name in self._fold})
        return f"{key}{'&' if '?' in key else '?'}{query}" if query and self._keep else key

    def _add_params(self, query: str, groups: dict[str, str | None]) -> bool:
        """Whether all the parameters are there; their values and groups are added."""
        values = _params(query)
        for name, pattern in self._params:
            found = pattern.groups(values[name]) if values.get(name) else None
            if found is None:
                return False
            groups[name] = values[name]
            groups.update(found)
        return True


def _folded(text: str) -> str:
    """Small letters; the hexadecimal digits of what is percent-encoded stay, as the normal form has them."""
    return _CAPITALS.sub(lambda found: found[1].lower() if found[1] else found[0], text)


def _only(query: str, names: frozenset[str]) -> str:
    if not query or not names:
        return ""
    return "&".join(param for param in query.split("&") if param.partition("=")[0] in names)
