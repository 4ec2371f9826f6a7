"""What the operator may type. Each command's code is imported only when it is the one that was typed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from finews_feeds import __version__

_EPILOG = """exit codes:
  0  done; sources and posts that failed are listed, and stop nothing
  1  done, but something failed, and --strict (or `check`) was asked to say so
  2  the config or the command line is wrong: every fault is named
  3  the store or the output folder could not be used

The config is config/finews.toml, or the file that -c or FINEWS_CONFIG names.
"""


class Arguments(argparse.Namespace):
    """What was typed; `run` does it and gives the exit code."""

    run: Callable[[argparse.Namespace], int]


def parse(argv: Sequence[str]) -> Arguments:
    """Reads a command line; ends the process with 2 where it is wrong, with 0 after `--help`."""
    return _parser(_typed(argv)).parse_args(argv, Arguments(config=None, log_format="text", quiet=False, verbose=0))


def _typed(argv: Sequence[str]) -> str:
    """The command that was typed, "" where it takes the whole parser to tell."""
    words = iter(argv)
    for word in words:
        if word in ("-c", "--config", "--log-format"):
            next(words, None)
        elif word not in ("-q", "--quiet", "-v", "-vv", "--verbose"):
            return word if word in _ADDED_BY else ""
    return ""


def _parser(typed: str = "") -> argparse.ArgumentParser:
    """The parser of all commands, or of the one that was typed: to build them all takes longer than to parse."""
    parser = argparse.ArgumentParser(
        prog="finews-feeds",
        description="Reads source feeds and folders of posts; publishes one Atom feed for every category and every "
        "tag, with each article once.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common()],
    )
    parser.add_argument("--version", action="version", version=f"finews_feeds {__version__}")
    # told its own name, argparse need not lay out a usage to find it
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog="finews-feeds")
    for name, add in _ADDED_BY.items():
        if not typed or name == typed:
            add(commands)
    return parser


def _common() -> argparse.ArgumentParser:
    """The options that stand before or after the command. Left out, they leave what stood at the other place."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group("everywhere")
    group.add_argument("-c", "--config", metavar="FILE", help="the config file")
    group.add_argument("--log-format", choices=("text", "json"), help="how events are logged (default: text)")
    group.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    group.add_argument("-v", "--verbose", action="count", help="log every event; twice: details too")
    return common


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def _command(commands: _Commands, name: str, where: str, summary: str) -> argparse.ArgumentParser:
    """A command whose work is the function that `where` ("module:function") names."""
    added = commands.add_parser(name, help=summary, description=summary, parents=[_common()])

    def run(arguments: argparse.Namespace) -> int:
        module, _, function = where.partition(":")
        result: int = getattr(import_module(f"finews_feeds.cli.{module}"), function)(arguments)
        return result

    added.set_defaults(run=run)
    return added


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON document for programs")


def _init(commands: _Commands) -> None:
    command = _command(commands, "init", "init:init", "write a commented config and one sample post")
    command.add_argument("dir", nargs="?", default=".", metavar="DIR", help="where to (default: here)")


def _build(commands: _Commands) -> None:
    command = _command(commands, "build", "build:build", "one cycle: read, poll, publish; then exit")
    command.add_argument("--offline", action="store_true", help="poll nothing")
    command.add_argument("--force", action="store_true", help="poll every source now, due or not")
    command.add_argument("--full", action="store_true", help="render every feed, changed or not")
    command.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing; asks no source"
    )
    command.add_argument("--strict", action="store_true", help="exit with 1 where a source or a post failed")
    _json(command)


def _run(commands: _Commands) -> None:
    _command(
        commands, "run", "run:run", "the daemon: the same cycle again and again, the posts watched, HTTP with [server]"
    )


def _serve(commands: _Commands) -> None:
    command = _command(commands, "serve", "run:serve", "answer readers over HTTP, and nothing else")
    command.add_argument("--listen", metavar="HOST:PORT", help="instead of [server] listen")


def _check(commands: _Commands) -> None:
    summary = "check config, sources and published feeds: each fault with its place and its mend"
    _json(_command(commands, "check", "ask:check", summary))


def _status(commands: _Commands) -> None:
    _json(_command(commands, "status", "ask:status", "how every source and every feed is doing"))


def _explain(commands: _Commands) -> None:
    summary = "why an entry is what it is: its canonical URL step by step, its sightings, its leader, its feeds"
    command = _command(commands, "explain", "explain:explain", summary)
    command.add_argument("what", metavar="URL|ID", help="the URL of an article, or the atom:id of an entry")
    _json(command)


def _merge(commands: _Commands) -> None:
    command = _command(commands, "merge", "overrides:merge", "make two entries one, whatever the rules say")
    command.add_argument("one", metavar="A", help="the entry that keeps its id: an atom:id, or a URL of its article")
    command.add_argument("other", metavar="B", help="the entry that joins it")


def _split(commands: _Commands) -> None:
    summary = "part what one source says from an entry, whatever the rules say"
    command = _command(commands, "split", "overrides:split", summary)
    command.add_argument("entry", metavar="ENTRY", help="an atom:id, or a URL of the article")
    command.add_argument("source", metavar="SOURCE", help="the name of a source, or of a posts folder")
    command.add_argument(
        "entry_id",
        nargs="?",
        default="",
        metavar="ENTRY-ID",
        help="which of the source's sightings, where several are in the entry: its id or link, as `explain` shows it",
    )


def _overrides(commands: _Commands) -> None:
    summary = "list and take back what was said by merge and split"
    parser = commands.add_parser("overrides", help=summary, description=summary, parents=[_common()])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _json(_command(actions, "list", "overrides:list_overrides", "every merge and split that stands"))
    undo = _command(actions, "undo", "overrides:undo", "take one back")
    undo.add_argument("number", type=int, metavar="NUMBER", help="its number in `overrides list`")


def _sources(commands: _Commands) -> None:
    summary = "list, add, remove, pause and resume sources; OPML in and out"
    parser = commands.add_parser("sources", help=summary, description=summary, parents=[_common()])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _json(_command(actions, "list", "sources:list_sources", "every configured source and how it is doing"))
    add = _command(actions, "add", "sources:add", "add a source to the config; finds the feed behind a page")
    add.add_argument("url", metavar="URL", help="the address of a feed, or of a page that names one")
    add.add_argument("--name", help="what to call it (default: from its title)")
    add.add_argument("--category", action="append", default=[], metavar="LABEL", help="a category for all its entries")
    add.add_argument("--tag", action="append", default=[], metavar="LABEL", help="a tag for all its entries")
    for action, does in (
        ("remove", "take a source out of the config; its entries leave the feeds"),
        ("pause", "ask a source no more until it is resumed; its entries stay"),
        ("resume", "ask a paused source again; let in what was held back of one in quarantine"),
    ):
        _command(actions, action, f"sources:{action}", does).add_argument("name", help="the source's name")
    bring = _command(actions, "import", "sources:import_opml", "add every source of an OPML file to the config")
    bring.add_argument("file", metavar="FILE", help="an OPML file; - for standard input")
    give = _command(actions, "export", "sources:export_opml", "write the sources as OPML 2.0")
    give.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: standard output")


_ADDED_BY: dict[str, Callable[[_Commands], None]] = {
    "init": _init,
    "build": _build,
    "run": _run,
    "serve": _serve,
    "check": _check,
    "status": _status,
    "explain": _explain,
    "merge": _merge,
    "split": _split,
    "overrides": _overrides,
    "sources": _sources,
}
