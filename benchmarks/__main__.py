"""Runs every benchmark, one after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Each in a process of its own, so that none measures what another left behind."""
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if file.stem not in ("feed_server", "trees"):
            print(f"== benchmarks.{file.stem}", flush=True)
            subprocess.run([sys.executable, "-m", f"benchmarks.{file.stem}"], check=False)


if __name__ == "__main__":
    main()
