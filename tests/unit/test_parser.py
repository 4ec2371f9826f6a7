"""The command line is read alike, whether the parser knows all commands or only the one that was typed."""

from __future__ import annotations

import pytest

from finews_feeds.cli.parser import Arguments, _parser, _typed, parse


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("build", "build"),
        ("-c FILE build --full", "build"),
        ("--config FILE -q -v build -c OTHER --json", "build"),
        ("--log-format json status --json", "status"),
        ("-vv sources add https://example.org/ --tag build", "sources"),
        # an option's value is no command
        ("-c build status", "status"),
        # what takes more than a look is left to the whole parser
        ("--config=FILE check", ""),
        ("-qv check", ""),
        ("-cFILE explain build", ""),
    ],
)
def test_the_parser_of_one_command_reads_what_the_whole_one_reads(typed: str, command: str) -> None:
    words = typed.split()
    assert _typed(words) == command
    given = Arguments(config=None, log_format="text", quiet=False, verbose=0)
    own, whole = vars(parse(words)), vars(_parser().parse_args(words, given))
    assert own.keys() == whole.keys()
    assert {**own, "run": None} == {**whole, "run": None}


@pytest.mark.parametrize("typed", ["", "-h", "--version", "-c", "biuld", "-c build", "-x build"])
def test_no_command_is_known_before_the_whole_parser_has_spoken(typed: str) -> None:
    assert _typed(typed.split()) == ""
