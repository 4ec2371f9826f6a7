"""Gets newsboat for the tests where there is none: `python -m tests.readers.install`.

Debian's own by apt where we are root and apt is there. Where it cannot be had it says so and ends well: the tests of
newsboat are then skipped, each saying why. The other reader, `reader`, is a Python package and comes with the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess

_COMMANDS = (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "newsboat"])


def newsboat() -> str:
    """Where newsboat is: the file that FINEWS_NEWSBOAT names, else the one in the path, else ""."""
    return os.environ.get("FINEWS_NEWSBOAT") or shutil.which("newsboat") or ""


def install() -> bool:
    """Whether there is a newsboat now."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if newsboat() or not is_root or not shutil.which("apt-get"):
        return bool(newsboat())
    for command in _COMMANDS:
        print("no newsboat here:", " ".join(command), flush=True)
        try:
            done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=900)
        except subprocess.TimeoutExpired:
            break
        if done.returncode:
            break
    return bool(newsboat())


if __name__ == "__main__" and not install():
    print("\n*** There is no newsboat, and none could be installed: its tests in tests/readers will be SKIPPED. ***")
    print("*** Install it by hand (apt-get install newsboat), or name it in FINEWS_NEWSBOAT.                 ***\n")
