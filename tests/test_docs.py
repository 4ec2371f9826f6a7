"""What can be set and typed is documented, and what is documented can be set and typed."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from finews_feeds.cli.parser import _parser
from finews_feeds.config import KEYS

ROOT = Path(__file__).parents[1]
CONFIGURATION = (ROOT / "docs/configuration.md").read_text("utf-8")
COMMANDS = (ROOT / "docs/commands.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
DEPENDENCIES = (ROOT / "docs/dependencies.md").read_text("utf-8")


def documented(table: str) -> set[str]:
    """The keys that docs/configuration.md has for a table."""
    section = re.search(rf"^## \[+{table}\]+.*?(?=^## |\Z)", CONFIGURATION, re.DOTALL | re.MULTILINE)
    assert section, f"docs/configuration.md has no section on [{table}]"
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section[0], re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("table", sorted(KEYS))
def test_every_key_is_documented_and_no_other(table: str) -> None:
    assert documented(table) == set(KEYS[table])


def commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be typed, with its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield f"{before}{name}", below
                yield from commands(below, f"{before}{name} ")


ALL_COMMANDS = dict(commands(_parser()))
COMMON = {"-h", "--help", "-c", "--config", "--log-format", "-q", "--quiet", "-v", "--verbose"}


@pytest.mark.parametrize("command", sorted(ALL_COMMANDS))
def test_every_command_and_option_is_documented_and_has_help(command: str) -> None:
    parser = ALL_COMMANDS[command]
    if command != "sources":
        assert f"`{command}" in COMMANDS
    assert parser.description
    for action in parser._actions:
        assert action.help or action.choices, (command, action)
        for option in set(action.option_strings) - COMMON:
            assert option in COMMANDS, (command, option)


def test_the_readme_names_the_two_commands_and_nothing_that_is_not_there() -> None:
    assert "make run" in README
    assert "make test" in README
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|^ {4})make ([a-z-]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for command in re.findall(r"finews-feeds (?:-\w+ )?([a-z]+)", README):
        assert command in {name.split()[0] for name in ALL_COMMANDS}, command


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        # what stands in code is an example, not a link
        text = re.sub(r"`[^`]*`", "", file.read_text("utf-8"))
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (file.parent / target).exists(), (file.name, target)


def test_every_dependency_is_a_decision_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for requirement in (*project["dependencies"], *extras["pinyin"], *extras["http2"]):
        name = re.match(r"[A-Za-z0-9_-]+", requirement)
        assert name
        assert name[0].lower() in DEPENDENCIES.lower(), requirement


def test_every_dependency_is_pinned_without_an_address() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+", line) for line in lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in group:
            name = re.match(r"[A-Za-z0-9_-]+", requirement)
            assert name
            assert name[0].lower().replace("_", "-") in pinned, requirement
