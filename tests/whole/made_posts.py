"""Trees of posts from the generator that lies beside the repository, and what its manifest says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[2].parent / "shared" / "tools" / "make_posts.py"


def generator() -> Path:
    """The generator: the file that FINEWS_MAKE_POSTS names, else the one beside the repository."""
    found = Path(os.environ.get("FINEWS_MAKE_POSTS") or _BESIDE)
    if not found.is_file():
        pytest.skip(f"there is no generator of posts: {found}; name one in FINEWS_MAKE_POSTS")
    return found


def make_posts(out: Path, count: int, *options: str) -> list[dict[str, Any]]:
    """Writes a Jekyll tree of `count` posts to `out`; what its manifest says of each."""
    command = [sys.executable, str(generator()), str(out), "--posts", str(count), *options]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found: list[dict[str, Any]] = json.loads((out / "manifest.json").read_text("utf-8"))["posts"]
    return found
