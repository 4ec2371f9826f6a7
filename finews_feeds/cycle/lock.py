"""One cycle at a time: a daemon and a one-shot on the same store wait for each other.

The file in which they meet also tells a daemon that another process has left it something to do: by its time of change.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os.path import normpath
from pathlib import Path

from finews_feeds.errors import Fault, StoreError
from finews_feeds.settings import Settings


def lock_file(settings: Settings) -> Path:
    """Where two processes on one store meet: beside the database file, else hidden in the output folder."""
    folder = settings.file.absolute().parent
    if settings.store_url.startswith("sqlite:///"):
        return Path(normpath(folder / (settings.store_url.removeprefix("sqlite:///") + ".lock")))
    return settings.output.dir / ".finews.lock"


@contextmanager
def one_at_a_time(file: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the lock on `file` for the block, making it where it is missing; calls `waiting` once if it has to wait.

    The system lets go of the lock when the process ends, however it ends. StoreError where the file cannot be made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("a+b")
    except OSError as error:
        mend = "let this user write there, or set another store.url"
        raise StoreError(Fault(str(file), f"it cannot be opened ({error.strerror})", mend)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ask_for_cycle(settings: Settings) -> None:
    """Has a daemon on this store, if there is one, begin a cycle within seconds; the caller holds the lock."""
    os.utime(lock_file(settings))


def asked_at(settings: Settings) -> int:
    """Stands for the moment at which a cycle was last asked for: another number, another moment."""
    try:
        return lock_file(settings).stat().st_mtime_ns
    except OSError:
        return 0
