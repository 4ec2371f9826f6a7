"""Programs of others that the tests ask, and how to get them: `python -m tests.programs [NAME …]`, all by default.

Debian's own packages by apt, where we are root and apt is there; for Chromium else the one that Playwright brings. What
cannot be had is told, and that is no failure: its tests are then skipped, each saying why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.browser.chromium import executable


@dataclass(frozen=True)
class Program:
    """A program: where it is ("" if nowhere), Debian's packages, the command to try after them, and whose tests ask."""

    find: Callable[[], str]
    packages: tuple[str, ...]
    tests: str
    otherwise: tuple[str, ...] = ()


def _named(name: str) -> Callable[[], str]:
    """Finds the file that FINEWS_NAME names, else the one in the path."""
    return lambda: os.environ.get(f"FINEWS_{name.upper()}") or shutil.which(name) or ""


PROGRAMS = {
    "chromium": Program(
        executable,
        ("chromium", "fonts-noto-cjk"),
        "tests/browser",
        (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"),
    ),
    "newsboat": Program(_named("newsboat"), ("newsboat",), "tests/readers"),
    "nginx": Program(_named("nginx"), ("nginx-light",), "tests/web_servers"),
    "caddy": Program(_named("caddy"), ("caddy",), "tests/web_servers"),
}


def needed(name: str) -> str:
    """Where a program is, for a test; skips the test where it is nowhere."""
    import pytest

    found = PROGRAMS[name].find()
    if not found:
        pytest.skip(f"THERE IS NO {name}: run `python -m tests.programs`, or name one in FINEWS_{name.upper()}")
    return found


def install(names: Sequence[str]) -> list[str]:
    """Those of the programs that are missing still."""
    missing = [name for name in names if not PROGRAMS[name].find()]
    has_apt = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if missing and has_apt and _done("apt-get", "update"):
        # one by one: what a release does not have keeps nobody from the rest
        for name in missing:
            _done("apt-get", "install", "--yes", "--no-install-recommends", *PROGRAMS[name].packages)
    for program in (PROGRAMS[name] for name in missing):
        if program.otherwise and not program.find():
            _done(*program.otherwise)
    return [name for name in missing if not PROGRAMS[name].find()]


def _done(*command: str) -> bool:
    print("for the tests:", *command, flush=True)
    # a package may start its service, which is none of ours
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=900, env=environ)
    except subprocess.TimeoutExpired:
        return False
    return not done.returncode


if __name__ == "__main__":
    for lacking in install(sys.argv[1:] or list(PROGRAMS)):
        print(
            f"\n*** There is no {lacking}, and none could be had: its tests in {PROGRAMS[lacking].tests} will be SKIPPED."
        )
        print(f"*** Install it by hand, or name it in FINEWS_{lacking.upper()}.\n")
