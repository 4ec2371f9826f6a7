"""Canonical URLs: one key for every address under which the same article is known.

The order of the steps, for each URL (the section numbers are those of the RFCs):

1. syntax: RFC 3986 §6.2.2 and the WHATWG's reading of what people write (`url_syntax`);
2. folding: http = https, `www.` off, `index.html` and its like off, one slash at the end off;
3. wrappers are opened, and the address in them begins anew;
4. a host that shows the same pages as another takes its name, and the URL begins anew;
5. trackers go; the parameters are sorted by name, those of one name and those without a name in their old order;
6. the first site rule that fits gives the key; if that changed anything, the key begins anew.

So what comes out is what would come out of itself. A false match is worse than a missed one: whatever no rule knows
to be meaningless stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.normalize.url_matching import AliasMatch, HostRules, RuleIndex, SiteMatch, WrapperMatch
from finews_feeds.normalize.url_rules import Rule, RuleFile, combined, read_shipped
from finews_feeds.normalize.url_syntax import Url, parse
from finews_feeds.settings import RuleText

# More wrappers in wrappers than anybody means; also ends rules of the operator's that lead to each other.
_MOST_ROUNDS = 8
_INDEX_PAGES = ("/index.html", "/index.htm", "/index.php", "/default.aspx", "/Default.aspx")
# A canonical URL has no dot segments that could lead back up.
_BELOW_HOME = re.compile(r"https?://[^/?#]+/[A-Za-z0-9]").match
# Not after a dot: what is left there could be a dot segment.
_SESSION = re.compile(r"(?<!\.)(?:;(?:jsessionid|phpsessid)=[^/;]*)+", re.IGNORECASE).sub


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule as it is shown: its name and the file that it stands in."""

    name: str
    #: "config/rules/own.toml:12", or "shipped sites-china.toml"; "" where nobody said it.
    file: str


@dataclass(frozen=True, slots=True)
class Step:
    """One change on the way to the canonical URL."""

    #: Which rule made it: "syntax", "fold: www", "tracker: utm_source", "site: eastmoney-article" …
    rule: str
    #: What the URL was after it; "" where it turned out to be no key.
    url: str
    #: The rules of files that had a part in it; none for syntax and folding.
    by: tuple[NamedRule, ...] = ()


def canonical_url(url: str) -> str:
    """The canonical URL by the shipped rules: `http://host/path?query` in ASCII; "" for what cannot be a key.

    Total, pure, idempotent, offline. "" stands for all that is no http(s) URL with a host. The URL of a home page has
    a canonical URL too, though it is no key: see `is_home_page`.

    >>> canonical_url("https://www.example.org/a/index.html?utm_source=rss&id=1#top")
    'http://example.org/a?id=1'
    """
    return Canonicalizer.shipped().canonical(url)


def is_home_page(canonical: str) -> bool:
    """Whether this canonical URL is a site's first page: a host and nothing else. False for ""."""
    if _BELOW_HOME(canonical):
        return False
    url = parse(canonical)
    return url is not None and url.path == "/" and not url.query and not url.fragment


class Canonicalizer:
    """Canonical URLs by one set of rules."""

    __slots__ = ("_index", "_places", "rules")

    def __init__(self, rules: Iterable[Rule], places: Mapping[str, str] | None = None) -> None:
        self.rules = tuple(rules)
        self._index = RuleIndex(self.rules)
        self._places = places or {}

    @staticmethod
    def shipped() -> Canonicalizer:
        """By the rules that come with the program; read once."""
        return _shipped()

    @staticmethod
    def with_rules(texts: Sequence[RuleText]) -> Canonicalizer:
        """By the shipped rules and those of an operator's files, of which later ones go before earlier ones.

        ConfigError with every fault of every file, where a rule is malformed or its own examples do not hold.
        """
        from finews_feeds.normalize.url_rule_check import broken_examples, read_rules

        faults, files = list[Fault](), [read_shipped()]
        places = dict(files[0].places)
        for text in texts:
            files.append(read_rules(text, places.keys(), faults))
            places |= files[-1].places
        made = Canonicalizer(combined(files), places)
        if not faults:
            # the rules of all files hold together, so each file's examples are tried on all of them
            for text, file in zip(texts, files[1:], strict=True):
                faults += broken_examples(text, _standing(file, made.rules), made.canonical)
        if faults:
            raise ConfigError(*faults)
        return made

    def canonical(self, url: str) -> str:
        """The canonical URL of any string; "" for what cannot be a key."""
        return self._canonical(url, None)

    def explain(self, url: str) -> tuple[Step, ...]:
        """Every step that changed something, in order; none if the URL is its own canonical URL.

        The last step's URL is the canonical URL.
        """
        trace = _Trace(url, self._places)
        self._canonical(url, trace)
        return tuple(trace.steps)

    def _canonical(self, text: str, trace: _Trace | None) -> str:
        last = ""
        for _ in range(_MOST_ROUNDS):
            url = parse(text)
            if url is None:
                return _no_key(trace, "no key: no http URL with a host")
            if trace:
                trace.note("syntax", str(url))
            url = _folded(url, trace)
            rules = self._index.at(url.host)
            again = _opened(url, rules.wrappers, trace) or _moved(url, rules.aliases, trace)
            if again:
                text = again
                continue
            essential = _essential(url, rules.trackers, trace) if url.query else url
            # A rule's key need not be in normal form: where it is this URL again, nothing is left to do.
            shown = str(essential)
            if shown == last:
                return last
            last = shown
            key = _site_key(essential, rules.sites, trace)
            # In a new order the parameters of a wrapper may be what they were not before.
            if not key and (essential is url or not rules.wrappers):
                return last
            text = key or last
        return _no_key(trace, "no key: rules without end")


class _Trace:
    """The steps so far; notes only what changed something."""

    __slots__ = ("_places", "last", "steps")

    def __init__(self, url: str, places: Mapping[str, str]) -> None:
        self.last = url
        self.steps: list[Step] = []
        self._places = places

    def note(self, rule: str, url: str, *names: str) -> None:
        if url != self.last:
            by = tuple(NamedRule(name, self._places.get(name, "")) for name in dict.fromkeys(names))
            self.steps.append(Step(rule, url, by))
            self.last = url


@cache
def _shipped() -> Canonicalizer:
    shipped = read_shipped()
    return Canonicalizer(shipped.rules, shipped.places)


def _standing(file: RuleFile, rules: Sequence[Rule]) -> RuleFile:
    """The file without the rules that a later one replaces or takes away: their examples need not hold."""
    return replace(file, rules=tuple(rule for rule in file.rules if any(rule is each for each in rules)))


def _no_key(trace: _Trace | None, reason: str) -> str:
    if trace:
        trace.note(reason, "")
    return ""


def _folded(url: Url, trace: _Trace | None) -> Url:
    scheme, host, port, path, query, fragment = url
    if scheme == "https":
        # https on http's own port has no spelling under http: it stays apart.
        scheme = "https" if port == ":80" else "http"
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    if len(path) > 1:
        path = _folded_path(path)
    folded = Url(scheme, host, port, path, query, fragment)
    if trace:
        trace.note("fold: scheme", str(url._replace(scheme=scheme)))
        trace.note("fold: www", str(url._replace(scheme=scheme, host=host)))
        trace.note("fold: path", str(folded))
    return folded


def _folded_path(path: str) -> str:
    """Without index pages and one slash at the end; two slashes there are a path of their own."""
    if ";" in path:
        path = _SESSION("", path)
    while True:
        shorter = path
        if path.endswith(_INDEX_PAGES):
            shorter = path[: path.rindex("/") + 1]
        elif path.endswith("/") and not path.endswith("//"):
            shorter = path[:-1]
        if not shorter or shorter == path:
            return path
        path = shorter


def _opened(url: Url, rules: Sequence[WrapperMatch], trace: _Trace | None) -> str:
    """The address that this one wraps, or ""."""
    for wrapper in rules:
        target = wrapper.target(url)
        if target and parse(target) is not None:
            if trace:
                trace.note(f"wrapper: {wrapper.name}", target, wrapper.name)
            return target
    return ""


def _moved(url: Url, rules: Sequence[AliasMatch], trace: _Trace | None) -> str:
    """The same page under the host's other name, or ""."""
    for alias in rules:
        name = alias.name_of(url.host)
        if name:
            moved = str(url._replace(host=name))
            if trace:
                trace.note(f"host: {alias.name}", moved, alias.name)
            return moved
    return ""


def _essential(url: Url, rules: Sequence[HostRules], trace: _Trace | None) -> Url:
    """The URL without trackers and empty parameters, the others sorted; itself, if that changes nothing."""
    kept, gone = list[str](), list[str]()
    for param in url.query.split("&"):
        if param:
            (gone if _is_tracker(param, rules) else kept).append(param)
    if trace and gone:
        shorter = str(url._replace(query="&".join(kept)))
        trace.note(f"tracker: {', '.join(map(_name, gone))}", shorter, *(_tracker_of(each, rules) for each in gone))
    if len(kept) > 1:
        kept.sort(key=_name)
    query = "&".join(kept)
    if query == url.query:
        return url
    essential = url._replace(query=query)
    if trace:
        trace.note("parameters in order", str(essential))
    return essential


def _name(param: str) -> str:
    """What a parameter is sorted by; one without "=" is nameless, and its place may be all that it means."""
    name, equals, _ = param.partition("=")
    return name if equals else ""


def _is_tracker(param: str, rules: Sequence[HostRules]) -> bool:
    name, _, value = param.partition("=")
    name = name.lower()
    for host in rules:  # noqa: SIM110 - `any` takes three times as long
        if host.is_tracker(name, value):
            return True
    return False


def _tracker_of(param: str, rules: Sequence[HostRules]) -> str:
    """The name of the rule by which a parameter goes."""
    name, _, value = param.partition("=")
    return next(filter(None, (host.tracker_of(name.lower(), value) for host in rules)), "")


def _site_key(url: Url, rules: Sequence[SiteMatch], trace: _Trace | None) -> str:
    """The key that the first fitting site rule gives, or "" where that is the URL itself, or none fits."""
    for site in rules:
        key = site.key_of(url)
        if key:
            if trace:
                trace.note(f"site: {site.name}", key, site.name)
            return key if key != str(url) else ""
    return ""
