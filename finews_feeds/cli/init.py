"""`init`: a commented config and one sample post, in a folder that has neither."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from finews_feeds.errors import ConfigError, Fault

#: Where each file of the package's `starter` folder goes.
_FILES = {
    "finews.toml": "config/finews.toml",
    "_config.yml": "posts/_config.yml",
    "post.md": "posts/_posts/2026-01-01-hello.md",
}


def init(arguments: argparse.Namespace) -> int:
    """Writes the files, or none of them where one is there already."""
    folder = Path(arguments.dir)
    there = [folder / path for path in _FILES.values() if (folder / path).exists()]
    if there:
        mend = "name another folder, or move it away"
        raise ConfigError(*(Fault(str(path), "it is there already", mend) for path in there))
    for name, path in _FILES.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((files("finews_feeds.cli") / "starter" / name).read_bytes())
        except OSError as error:
            fault = Fault(str(target), f"it cannot be written ({error.strerror})", "choose a folder of your own")
            raise ConfigError(fault) from error
        print(f"wrote {target}")
    config = folder / _FILES["finews.toml"]
    print(f"next: look through {config}, then `finews-feeds -c {config} build`")
    return 0
