"""The rules: the shipped ones hold their own examples, and an operator's are checked to the last fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.normalize.url_rule_check import read_rules
from finews_feeds.normalize.url_rules import KEYS, SHIPPED, HostAlias, Rule, read_shipped
from finews_feeds.normalize.urls import Canonicalizer, canonical_url

RULES = read_shipped().rules


def examples() -> Iterator[object]:
    for rule in RULES:
        for number, (same, one, other) in enumerate(rule.examples.pairs(), 1):
            yield pytest.param(same, one, other, id=f"{rule.name} {number}")


@pytest.mark.parametrize(("same", "one", "other"), list(examples()))
def test_a_shipped_rule_holds_its_own_examples(same: bool, one: str, other: str) -> None:
    assert (canonical_url(one) == canonical_url(other)) is same


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_shipped_rule_has_examples_of_both_kinds_and_is_needed_for_its_own(rule: Rule) -> None:
    without = Canonicalizer(other for other in RULES if other is not rule)
    assert {same for same, _, _ in rule.examples.pairs()} == {True, False}
    assert any(
        same and without.canonical(one) != without.canonical(other) for same, one, other in rule.examples.pairs()
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_shipped_rule_gives_is_its_own_canonical_url(rule: Rule) -> None:
    for _, *urls in rule.examples.pairs():
        for key in map(canonical_url, urls):
            assert key
            assert canonical_url(key) == key


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_rules_pass_the_checks_of_an_operators(path: Path) -> None:
    faults: list[Fault] = []
    assert read_rules(path, frozenset(), faults).rules
    assert faults == []


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, "utf-8")
    return path


OWN = """
[[tracker]]
name = "own-tracker"
params = ["rss_*"]
hosts = ["a.example"]
equal = 'http://a.example/x?rss_id=1 http://a.example/x'
differ = 'http://c.example/x?rss_id=1 http://c.example/x'

[[host]]
name = "own-host"
from = ["m.a.example", "b.example"]
to = "a.example"

[[wrapper]]
name = "own-wrapper"
hosts = ["=go.example"]
path = '/to/(?P<target>.+)'

[[site]]
name = "own-site"
hosts = ["a.example"]
path = '/(?:news|wap)/(?P<id>\\d+)'
params = { part = '(?P<number>\\d+)' }
key = 'http://a.example/news/{id}?part={number}'
keep = ["lang"]
"""


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://a.example/x?rss_id=1&id=2", "http://a.example/x?id=2"),
        ("http://sub.a.example/x?rss_id=1", "http://sub.a.example/x"),
        ("http://m.a.example/x", "http://a.example/x"),
        ("http://go.example/to/b.example/x?id=1", "http://a.example/x?id=1"),
        ("http://sub.go.example/to/b.example/x", "http://sub.go.example/to/b.example/x"),
        ("http://b.example/wap/7?part=2&lang=de&x=1", "http://a.example/news/7?lang=de&part=2"),
        ("http://a.example/wap/7?x=1", "http://a.example/wap/7?x=1"),
        ("https://youtu.be/dQw4w9WgXcQ", "http://youtube.com/watch?v=dQw4w9WgXcQ"),
    ],
)
def test_an_operators_rules_come_on_top_of_the_shipped(tmp_path: Path, url: str, key: str) -> None:
    assert Canonicalizer.with_rules([write(tmp_path, OWN)]).canonical(url) == key


def test_an_operators_rule_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    own = "[[tracker]]\nname = 'utm'\nparams = ['utm_source']"
    made = Canonicalizer.with_rules([write(tmp_path, own)])
    assert made.canonical("http://a.example/x?utm_source=1&utm_id=2") == "http://a.example/x?utm_id=2"


def test_an_operator_can_take_a_shipped_rule_away(tmp_path: Path) -> None:
    made = Canonicalizer.with_rules([write(tmp_path, 'disable = ["utm"]')])
    assert made.canonical("http://a.example/x?utm_source=1") == "http://a.example/x?utm_source=1"


def test_a_key_need_not_be_written_in_normal_form(tmp_path: Path) -> None:
    own = "[[site]]\nname = 'x'\nhosts = ['a.example']\npath = '/x|/y'\nkey = 'https://www.A.example:443/x/#top'"
    made = Canonicalizer.with_rules([write(tmp_path, own)])
    assert made.canonical("http://a.example/y?id=1") == made.canonical("http://a.example/x") == "http://a.example/x"


def test_rules_that_lead_to_each_other_give_no_key(tmp_path: Path) -> None:
    there_and_back = Template("""
[[host]]
name = "$name"
from = ["$from"]
to = "$to"
""")
    own = there_and_back.substitute(name="there", to="b.example", **{"from": "a.example"})
    own += there_and_back.substitute(name="back", to="a.example", **{"from": "b.example"})
    made = Canonicalizer.with_rules([write(tmp_path, own)])
    assert made.canonical("http://a.example/x") == ""
    assert made.explain("http://a.example/x")[-1].rule == "no key: rules without end"


FAULTS = [
    ("[[sites]]", "sites", "is no kind of rule"),
    ("site = 1", "site", "is not a list of tables"),
    ("[[site]]\nhosts = ['a.example']\nkeep = []", "site[1].name", "is missing"),
    ("[[site]]\nname = 'x'\nkeep = []", "site[1].hosts", "names no host"),
    ("[[site]]\nname = 'x'\nhosts = ['A.example']\nkeep = []", "site[1].hosts", "'A.example' is no host"),
    ("[[site]]\nname = 'x'\nhosts = ['www.a.example']\nkeep = []", "site[1].hosts", "'www.a.example' is no host"),
    ("[[site]]\nname = 'x'\nhosts = 'a.example'\nkeep = []", "site[1].hosts", "is not a list of strings"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']", "site[1].key", "the rule changes nothing"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\nhost = 1", "site[1].host", "is unknown"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\npath = '('", "site[1].path", "is no regular expression"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'a.example'", "site[1].key", "is no http URL"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'http://a.example/{id}'", "site[1].key", "{id} is no group"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'http://a.example/{'", "site[1].key", "brace"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nparams = ['id']\nkeep = []", "site[1].params", "not a table of regexes"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nparams = { id = '1' }\nkeep = []", "site[1].keep", "lacks a parameter"),
    ("[[tracker]]\nname = 'x'", "tracker[1].params", "names no parameter"),
    ("[[tracker]]\nname = 'x'\nparams = ['*']", "tracker[1].params", "names no parameter"),
    ("[[tracker]]\nname = 'x'\nparams = ['a']\nvalues = '['", "tracker[1].values", "is no regular expression"),
    ("[[wrapper]]\nname = 'x'\nhosts = ['a.example']", "wrapper[1].param", "is not clear"),
    ("[[wrapper]]\nname = 'x'\nhosts = ['a.example']\nparam = ['u']\ndecode = 'rot13'", "wrapper[1].decode", "is unknown"),
    ("[[host]]\nname = 'x'\nfrom = ['m.a.example']", "host[1].to", "is no host"),
    ("[[host]]\nname = 'x'\nfrom = ['.m.a.example']\nto = 'a.example'", "host[1].to", "mixes"),
    ("[[host]]\nname = 'x'\nfrom = ['.a.example']\nto = '.m.a.example'", "host[1].to", "leads to itself"),
    ("disable = 'utm'", "disable", "is not a list of names"),
    ("disable = ['nothing']", "disable", "'nothing' is no rule's name"),
    ("[[site]", "", "is not TOML"),
    (
        "[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\nequal = 'http://a.example/1 http://a.example/2'",
        "x.equal",
        "http://a.example/1 gives",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "cause"), FAULTS)
def test_a_malformed_rule_is_told_with_its_file_key_and_cause(tmp_path: Path, text: str, key: str, cause: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        Canonicalizer.with_rules([path])
    (fault,) = raised.value.faults
    assert fault.place == (f"{path}: {key}" if key else str(path))
    assert cause in fault.cause
    assert fault.mend


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    broken = write(tmp_path, "[[site]]\nname = 1\nhosts = ['-']\n[[tracker]]\n[[site]]\nname = 'x'\nhosts = ['A']")
    with pytest.raises(ConfigError) as raised:
        Canonicalizer.with_rules([missing, broken])
    assert [fault.place.removeprefix(f"{tmp_path}/") for fault in raised.value.faults] == [
        "missing.toml",
        "rules.toml: tracker[1].name",
        "rules.toml: site[1].name",
        "rules.toml: site[2].hosts",
        "rules.toml: site[2].key",
    ]


def test_two_rules_of_one_name_are_a_fault(tmp_path: Path) -> None:
    twice = "[[tracker]]\nname = 'x'\nparams = ['a']\n" * 2
    with pytest.raises(ConfigError, match="is taken by another rule"):
        Canonicalizer.with_rules([write(tmp_path, twice)])


def test_hosts_lead_to_hosts_that_lead_nowhere() -> None:
    aliases = [rule for rule in RULES if isinstance(rule, HostAlias)]
    assert not {alias.target for alias in aliases} & {source for alias in aliases for source in alias.sources}


def test_the_reference_of_the_keys_is_the_one_that_is_checked() -> None:
    import finews_feeds.normalize.url_rules as module

    assert module.__doc__
    for kind, keys in KEYS.items():
        assert f"[[{kind}]]" in module.__doc__
        assert all(key in module.__doc__ for key in keys)
