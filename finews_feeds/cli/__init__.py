"""The command line: reads what the operator typed, calls the spine, prints what it did.

Exit codes: 0 done (what failed is listed; `--strict` makes it 1), 2 the config or the command line is wrong, 3 the
store or the output could not be used. Results go to standard output, everything else to standard error; a program
that asked for JSON gets the faults that ended a command as JSON, too.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict

from finews_feeds.cli.parser import parse
from finews_feeds.errors import FinewsError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; never raises for what an operator or a disk can do wrong."""
    if argv is None:
        _speak_utf8()
    arguments = parse(sys.argv[1:] if argv is None else argv)
    # values are frozen and hold no cycles: looking for garbage every 700 of them is a fifth of a cold build
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    try:
        try:
            return arguments.run(arguments)
        except FinewsError as error:
            return _failed(arguments, error)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # the reader of a pipe has seen enough; leave nothing for the interpreter to flush into it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _speak_utf8() -> None:
    """Begins anew in UTF-8 mode (PEP 540) where file names or the terminal are in anything else.

    A cron job may run under LC_ALL=POSIX, whose file names are ASCII. The same site must come of it, byte for byte and
    name for name; Python itself does so from 3.15 on (PEP 686). The process keeps its number.
    """
    if not sys.flags.utf8_mode and sys.getfilesystemencoding() != "utf-8" and os.name == "posix":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _failed(arguments: argparse.Namespace, error: FinewsError) -> int:
    for fault in error.faults:
        print(f"finews-feeds: {fault}", file=sys.stderr)
    if getattr(arguments, "json", False):
        from finews_feeds.cli.common import print_json

        print_json({"faults": [asdict(fault) for fault in error.faults]})
    return error.exit_code
