"""Trees of posts to measure on, and what a whole process costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL) as process:
        # this child alone: getrusage would give the largest of all children so far
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)
