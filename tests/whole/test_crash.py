"""Killed at any seam, the next run ends in the bytes of an undisturbed one, and every file is whole meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lxml import etree

from tests.server import FeedServer
from tests.whole.site import SAMPLE, WholeSite
from tests.whole.test_build import item, rss

#: Runs the command line with one function replaced by one that ends the process at its Nth call, as kill -9 would.
KILLER = """
import os, sys, importlib
module, name, at, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
owner = importlib.import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
real, calls = getattr(owner, last), [0]
def killing(*args, **kwargs):
    calls[0] += 1
    if calls[0] == at and when == "before":
        os.kill(os.getpid(), 9)
    result = real(*args, **kwargs)
    if calls[0] == at and when == "after":
        os.kill(os.getpid(), 9)
    return result
setattr(owner, last, killing)
from finews_feeds.cli import main
sys.exit(main(sys.argv[5:]))
"""

SEAMS = [
    # where, which call of it, before or after
    ("finews_feeds.store.writing", "SqliteTransaction.put_sightings", 1, "before"),
    ("finews_feeds.store.writing", "SqliteTransaction.put_post_files", 1, "after"),
    ("finews_feeds.store.writing", "SqliteTransaction.put_source_state", 2, "before"),
    ("finews_feeds.store.writing", "SqliteTransaction.put_source_state", 2, "after"),
    ("finews_feeds.store.writing", "SqliteTransaction.settle", 1, "after"),
    ("finews_feeds.store.writing", "SqliteTransaction.put_feed", 2, "before"),
    ("finews_feeds.store.writing", "SqliteTransaction.put_fragments", 1, "after"),
    ("finews_feeds.publish.site", "FolderSite._write_temporary", 3, "after"),
    ("finews_feeds.publish.site", "FolderSite._rename", 3, "after"),
    ("finews_feeds.publish.site", "FolderSite.flush", 1, "before"),
    ("finews_feeds.publish.site", "FolderSite.flush", 1, "after"),
    ("finews_feeds.publish.site", "FolderSite.flush", 2, "before"),
]


def filled(site: WholeSite, server: FeedServer) -> WholeSite:
    site.folder.mkdir(exist_ok=True)
    site.allow = [server.host_port]
    for number in range(3):
        url = server.serve(f"/{number}", rss(item(f"https://n{number}.example/1", f"T{number}", number + 1)))
        site.sources.append((f"s{number}", url, f'categories = ["shelf {number}"]\ninterval = "1s"'))
    site.post(SAMPLE.name, SAMPLE.read_bytes())
    site.write()
    return site


def assert_whole(site: WholeSite) -> None:
    for path in site.public.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            if path.suffix in (".xml", ".opml"):
                etree.fromstring(path.read_bytes())
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            else:
                assert path.stat().st_size > 0


@pytest.mark.parametrize("seam", SEAMS, ids=[f"{seam[3]}-{seam[1]}-{seam[2]}" for seam in SEAMS])
def test_killed_at_a_seam(tmp_path: Path, server: FeedServer, seam: tuple[str, str, int, str]) -> None:
    undisturbed = filled(WholeSite(tmp_path / "a"), server)
    undisturbed.run("build")
    killed = filled(WholeSite(tmp_path / "b"), server)
    command = [sys.executable, "-c", KILLER, *map(str, seam), "-c", str(killed.config), "build"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert_whole(killed)
    killed.run("build", "--force")
    assert killed.bytes() == undisturbed.bytes()
    assert not list(killed.public.rglob(".*"))


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, server: FeedServer) -> None:
    undisturbed = filled(WholeSite(tmp_path / "a"), server)
    undisturbed.run("build")
    for number in range(12):
        killed = filled(WholeSite(tmp_path / f"b{number}"), server)
        process = killed.start("build")
        time.sleep(0.15 + number * 0.06)
        process.kill()
        process.communicate()
        assert_whole(killed)
        killed.run("build", "--force")
        assert killed.bytes() == undisturbed.bytes()


def test_two_runs_at_once_wait_for_each_other_and_lose_nothing(tmp_path: Path, server: FeedServer) -> None:
    undisturbed = filled(WholeSite(tmp_path / "a"), server)
    undisturbed.run("build")
    site = filled(WholeSite(tmp_path / "b"), server)
    running = [site.start("build", "--force") for _ in range(3)]
    for process in running:
        assert process.wait(timeout=60) == 0
        process.communicate()
    assert site.bytes() == undisturbed.bytes()
    assert os.path.exists(site.folder / "var" / "finews.db")
