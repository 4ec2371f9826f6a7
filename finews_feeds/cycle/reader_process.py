"""The process behind `readers`: answers in on standard input, outcomes out on standard output, one after another."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import suppress

from finews_feeds.cycle.messages import read_message, write_message
from finews_feeds.cycle.polling import Outcome, decide
from finews_feeds.settings import Settings

#: Address space beside the document: the libraries; and for each of its bytes: characters, tree and values.
_LIBRARIES_BYTES = 1024 * 1024 * 1024
_TIMES_THE_DOCUMENT = 40


def main() -> None:
    """Reads until the other end is closed, as it is when the program ends, however that happens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends us
    jobs = sys.stdin.buffer
    outcomes = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no outcome
    with suppress(EOFError, BrokenPipeError):
        settings: Settings = pickle.loads(read_message(jobs))  # noqa: S301  # the program wrote it
        _bound_memory(settings)
        write_message(outcomes, b"")
        while True:
            write_message(outcomes, pickle.dumps(_outcome(settings, read_message(jobs))))


def _outcome(settings: Settings, job: bytes) -> Outcome | Exception:
    try:
        return decide(settings, *pickle.loads(job))  # noqa: S301  # likewise
    except Exception as error:  # noqa: BLE001 - raised in the program, which says so and goes on
        return RuntimeError(f"{type(error).__name__}: {error}")


def _bound_memory(settings: Settings) -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system can
        import resource

        most = _LIBRARIES_BYTES + _TIMES_THE_DOCUMENT * settings.http.max_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
