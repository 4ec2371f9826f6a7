"""Trees of posts to measure on, and what a whole process costs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


def generator() -> Path:
    """The program that makes trees of posts: FINEWS_MAKE_POSTS, else the one that lies beside the repository."""
    path = Path(os.environ.get("FINEWS_MAKE_POSTS", ROOT.parent / "shared" / "tools" / "make_posts.py"))
    if not path.exists():
        sys.exit(f"{path}: there is no such file; name make_posts.py in FINEWS_MAKE_POSTS")
    return path


def make_tree(folder: Path, posts: int, *arguments: str) -> None:
    """Writes `posts` posts below `folder`."""
    command = [sys.executable, str(generator()), str(folder), "--posts", str(posts), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Cost:
    """What a process took: CPU and wall seconds, and its largest resident size."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float

    def __str__(self) -> str:
        return f"{self.cpu_seconds:6.2f} s cpu {self.wall_seconds:6.2f} s wall {self.peak_mib:5.0f} MiB"


def cost_of(command: list[str], cwd: Path | None = None) -> Cost:
    """Runs a command to its end, which must be a good one."""
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        peak = _PeakOfSession(process.pid)
        # this child alone: getrusage would give the largest of all children so far
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        peak.end()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, seconds, max(used.ru_maxrss / 1024, peak.mib))


class _PeakOfSession:
    """The largest resident size of a process and all that it starts, taken ten times a second; 0 without /proc.

    The largest of each process by itself, which is what the system keeps, says nothing of several at one time.
    """

    def __init__(self, session: int) -> None:
        self.mib = 0.0
        self._session = session
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        page_mib = os.sysconf("SC_PAGESIZE") / 1024 / 1024
        while not self._is_over.wait(0.1):
            self.mib = max(self.mib, sum(self._pages()) * page_mib)

    def _pages(self) -> Iterator[int]:
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # behind the name, which may hold anything: state, parent, group, session; the 22nd is the size
                fields = path.read_bytes().rpartition(b")")[2].split()
                if int(fields[3]) == self._session:
                    yield int(fields[21])
