"""The rules: the shipped ones hold their own examples, and an operator's are checked to the last fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.normalize.url_rule_check import read_rules
from finews_feeds.normalize.url_rule_lines import RuleLines
from finews_feeds.normalize.url_rules import KEYS, SHIPPED, HostAlias, Rule, read_shipped
from finews_feeds.normalize.urls import Canonicalizer, NamedRule, canonical_url
from finews_feeds.settings import RuleText

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
    assert read_rules(RuleText(path.name, path.read_text("utf-8")), frozenset(), faults).rules
    assert faults == []


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def by(*texts: str) -> Canonicalizer:
    """By the shipped rules and those of files with these texts: 1.toml, 2.toml …"""
    return Canonicalizer.with_rules([RuleText(f"{number}.toml", text) for number, text in enumerate(texts, 1)])


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
def test_an_operators_rules_come_on_top_of_the_shipped(url: str, key: str) -> None:
    assert by(OWN).canonical(url) == key


def test_an_operators_rule_replaces_the_shipped_one_of_its_name() -> None:
    own = "[[tracker]]\nname = 'utm'\nparams = ['utm_source']"
    made = by(own)
    assert made.canonical("http://a.example/x?utm_source=1&utm_id=2") == "http://a.example/x?utm_id=2"


def test_an_operator_can_take_a_shipped_rule_away() -> None:
    made = by('disable = ["utm"]')
    assert made.canonical("http://a.example/x?utm_source=1") == "http://a.example/x?utm_source=1"


def test_a_key_need_not_be_written_in_normal_form() -> None:
    own = "[[site]]\nname = 'x'\nhosts = ['a.example']\npath = '/x|/y'\nkey = 'https://www.A.example:443/x/#top'"
    made = by(own)
    assert made.canonical("http://a.example/y?id=1") == made.canonical("http://a.example/x") == "http://a.example/x"


def test_capitals_that_do_not_count_are_folded_and_percent_encoding_stays_in_normal_form() -> None:
    made = by("""
[[site]]
name = "folding"
hosts = ["a.example"]
path = '/(?P<who>[^/]+)/(?P<what>[^/]+)'
key = 'http://a.example/{who}/{what}'
fold = ["who"]
""")
    assert made.canonical("http://a.example/Ab%c3%a4C/De") == "http://a.example/ab%C3%A4c/De"
    assert made.canonical("http://a.example/ab%C3%A4c/De") == "http://a.example/ab%C3%A4c/De"


def test_rules_that_lead_to_each_other_give_no_key() -> None:
    there_and_back = Template("""
[[host]]
name = "$name"
from = ["$from"]
to = "$to"
""")
    own = there_and_back.substitute(name="there", to="b.example", **{"from": "a.example"})
    own += there_and_back.substitute(name="back", to="a.example", **{"from": "b.example"})
    made = by(own)
    assert made.canonical("http://a.example/x") == ""
    assert made.explain("http://a.example/x")[-1].rule == "no key: rules without end"


FAULTS = [
    ("[[sites]]", "1.toml:1: sites", "is no kind of rule"),
    ("site = 1", "1.toml:1: site", "is not a list of tables"),
    ("[[site]]\nhosts = ['a.example']\nkeep = []", "1.toml:1: site[1].name", "is missing"),
    ("[[site]]\nname = 'x'\nkeep = []", "1.toml:1: x.hosts", "names no host"),
    ("[[site]]\nname = 'x'\nhosts = ['A.example']\nkeep = []", "1.toml:3: x.hosts", "'A.example' is no host"),
    ("[[site]]\nname = 'x'\nhosts = ['www.a.example']\nkeep = []", "1.toml:3: x.hosts", "'www.a.example' is no host"),
    ("[[site]]\nname = 'x'\nhosts = 'a.example'\nkeep = []", "1.toml:3: x.hosts", "is not a list of strings"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']", "1.toml:1: x.key", "the rule changes nothing"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\nhost = 1", "1.toml:5: x.host", "is unknown"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\npath = '('", "1.toml:5: x.path", "is no regular expression"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'a.example'", "1.toml:4: x.key", "is no http URL"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'http://a.example/{id}'", "1.toml:4: x.key", "{id} is no group"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkey = 'http://a.example/{'", "1.toml:4: x.key", "brace"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nparams = ['id']\nkeep = []", "1.toml:4: x.params", "not a table of regexes"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nparams = { id = '1' }\nkeep = []", "1.toml:5: x.keep", "lacks a parameter"),
    ("[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\nfold = ['id']", "1.toml:5: x.fold", "'id' does not stand in key"),
    ("[[tracker]]\nname = 'x'", "1.toml:1: x.params", "names no parameter"),
    ("[[tracker]]\nname = 'x'\nparams = ['*']", "1.toml:3: x.params", "names no parameter"),
    ("[[tracker]]\nname = 'x'\nparams = ['a']\nvalues = '['", "1.toml:4: x.values", "is no regular expression"),
    ("[[wrapper]]\nname = 'x'\nhosts = ['a.example']", "1.toml:1: x.param", "is not clear"),
    ("[[wrapper]]\nname = 'x'\nhosts = ['a.example']\nparam = ['u']\ndecode = 'rot13'", "1.toml:5: x.decode", "is unknown"),
    ("[[host]]\nname = 'x'\nfrom = ['m.a.example']", "1.toml:1: x.to", "is no host"),
    ("[[host]]\nname = 'x'\nfrom = ['.m.a.example']\nto = 'a.example'", "1.toml:4: x.to", "mixes"),
    ("[[host]]\nname = 'x'\nfrom = ['.a.example']\nto = '.m.a.example'", "1.toml:4: x.to", "leads to itself"),
    ("disable = 'utm'", "1.toml:1: disable", "is not a list of names"),
    ("disable = ['nothing']", "1.toml:1: disable", "'nothing' is no rule's name"),
    ("[[site]", "1.toml:1", "it is no TOML"),
    (
        "[[site]]\nname = 'x'\nhosts = ['a.example']\nkeep = []\nequal = 'http://a.example/1 http://a.example/2'",
        "1.toml:5: x.equal",
        "http://a.example/1 gives",
    ),
    ("[[site]]\nname = \"a\\nb\"\nhosts = ['a.example']\nkeep = []", "1.toml:2: site[1].name", "control character"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "cause"), FAULTS)
def test_a_malformed_rule_is_told_with_its_file_line_rule_key_and_cause(text: str, place: str, cause: str) -> None:
    with pytest.raises(ConfigError) as raised:
        by(text)
    (fault,) = raised.value.faults
    assert fault.place == place
    assert cause in fault.cause
    assert fault.mend


def test_every_fault_of_every_file_is_told_at_once() -> None:
    broken = "[[site]]\nname = 1\nhosts = ['-']\n[[tracker]]\n[[site]]\nname = 'x'\nhosts = ['A']"
    with pytest.raises(ConfigError) as raised:
        by("[[", broken)
    assert [fault.place for fault in raised.value.faults] == [
        "1.toml:1",
        "2.toml:4: tracker[1].name",
        "2.toml:2: site[1].name",
        "2.toml:7: x.hosts",
        "2.toml:5: x.key",
    ]


HARD_LINES = """# [[site]] is no table here
[[tracker]]
name = "odd"
equal = '''
[[site]]
name = "neither here"
'''
params = [
  "a",
]
  [[ site ]] # "
  name = "first"

[["site"]]
hosts = ["A"]
"name" = "second"
[site.params]
id = '\\d'
"""


def test_lines_are_those_of_the_tables_whatever_stands_in_strings_and_comments() -> None:
    lines = RuleLines(HARD_LINES)
    assert lines.of("tracker", 1, "params") == 8
    assert lines.of("site", 1) == 11
    assert lines.of("site", 1, "name") == 12
    assert lines.of("site", 2, "hosts") == 15
    assert lines.of("site", 2, "name") == 16
    assert lines.of("site", 2, "params") == 14
    assert lines.of("host", 1) == 0


def test_a_broken_example_is_told_with_its_own_line() -> None:
    text = "[[tracker]]\nname = 'x'\nparams = ['a']\nequal = '''\nhttp://a.example/?a=1 http://a.example/\n"
    text += "http://a.example/?b=1 http://a.example/?b=2\n'''\ndiffer = 'http://a.example/?a=1 http://a.example/?a=2'"
    with pytest.raises(ConfigError) as raised:
        by(text)
    assert [fault.place for fault in raised.value.faults] == ["1.toml:6: x.equal", "1.toml:8: x.differ"]


def test_examples_that_are_no_key_at_all_are_not_equal() -> None:
    with pytest.raises(ConfigError, match="gives ''"):
        by(
            "[[tracker]]\nname = 'x'\nparams = ['a']\nequal = 'a.example/?a=1 a.example/'".replace(
                "a.example", "mailto:"
            )
        )


def test_the_examples_of_a_rule_that_a_later_file_replaces_need_not_hold() -> None:
    first = "[[tracker]]\nname = 'x'\nparams = ['a']\nequal = 'http://a.example/?a=1 http://a.example/'"
    second = "[[tracker]]\nname = 'x'\nparams = ['b']"
    third = "disable = ['x']"
    assert by(first, second).canonical("http://a.example/?a=1&b=2") == "http://a.example/?a=1"
    assert by(first, third).canonical("http://a.example/?a=1&b=2") == "http://a.example/?a=1&b=2"


def test_explain_names_the_file_of_each_rule() -> None:
    own = "\n[[tracker]]\nname = 'own'\nparams = ['zz*']\n"
    steps = by(own).explain("http://m.cls.cn/detail/1?zzz=1&utm_source=2")
    assert [(step.rule, step.by) for step in steps] == [
        ("host: cls-mobile", (NamedRule("cls-mobile", "shipped hosts.toml"),)),
        ("tracker: zzz, utm_source", (NamedRule("own", "1.toml:2"), NamedRule("utm", "shipped trackers.toml"))),
    ]


def test_two_rules_of_one_name_are_a_fault() -> None:
    twice = "[[tracker]]\nname = 'x'\nparams = ['a']\n" * 2
    with pytest.raises(ConfigError, match="is taken by another rule"):
        by(twice)


def test_hosts_lead_to_hosts_that_lead_nowhere() -> None:
    aliases = [rule for rule in RULES if isinstance(rule, HostAlias)]
    assert not {alias.target for alias in aliases} & {source for alias in aliases for source in alias.sources}


def test_the_reference_of_the_keys_is_the_one_that_is_checked() -> None:
    import finews_feeds.normalize.url_rules as module

    assert module.__doc__
    for kind, keys in KEYS.items():
        assert f"[[{kind}]]" in module.__doc__
        assert all(key in module.__doc__ for key in keys)
