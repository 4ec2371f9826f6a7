"""Gets a browser for the tests where there is none: `python -m tests.browser.install`.

Debian's own by apt where we are root and apt is there, else the one that Playwright brings. Where neither can be had it
says so and ends well: the tests of the pages are then skipped, each saying why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.chromium import executable

_APT = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
_PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]


def ways() -> list[list[list[str]]]:
    """What may be tried, best first: each a list of commands."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = [[["apt-get", "update"], _APT]] if is_root and shutil.which("apt-get") else []
    return [*apt, [_PLAYWRIGHT]]


def install() -> bool:
    """Whether there is a browser now."""
    for commands in ways():
        if executable():
            return True
        for command in commands:
            print("no Chromium here:", " ".join(command), flush=True)
            try:
                done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=900)
            except subprocess.TimeoutExpired:
                break
            if done.returncode:
                break
    return bool(executable())


if __name__ == "__main__" and not install():
    print("\n*** There is no Chromium, and none could be installed: the tests in tests/browser will be SKIPPED. ***")
    print("*** Install one by hand (apt-get install chromium), or name it in FINEWS_CHROMIUM.              ***\n")
