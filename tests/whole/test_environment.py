"""What the command line publishes does not depend on where it is typed: zone, locale, encoding, hash seed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.server import FeedServer
from tests.whole.made_posts import make_posts
from tests.whole.site import WholeSite
from tests.whole.test_build import item, rss

#: Without these Python mends a plain locale by itself.
PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENVIRONMENTS = [
    {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "POSIX", "PYTHONHASHSEED": "1", **PLAIN},
    {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4294967295", **PLAIN},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "zh_CN.GB18030", "LANG": "tr_TR", "PYTHONHASHSEED": "77", **PLAIN},
]


def build(site: WholeSite, environ: dict[str, str]) -> dict[str, bytes]:
    """A first build as an operator's shell would start it; every file by its name."""
    shutil.rmtree(site.folder / "var", ignore_errors=True)
    shutil.rmtree(site.public, ignore_errors=True)
    command = [sys.executable, "-m", "finews_feeds", "-c", str(site.config), "build"]
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, timeout=100, cwd=site.folder)
    assert done.returncode == 0, done.stderr
    assert "→ ".encode() in done.stdout
    return site.bytes()


@pytest.mark.slow
def test_builds_in_any_zone_locale_and_encoding_give_the_same_bytes(site: WholeSite, server: FeedServer) -> None:
    make_posts(site.folder / "posts", 100)  # all dated: what has no date takes the instant of its first build
    site.output = 'formats = ["atom", "rss", "json"]\narchives = 20\ncompress = ["gzip", "br", "zstd"]'
    site.allow = [server.host_port]
    url = server.serve("/a", rss(item("https://n.example/1", "第一"), item("https://n.example/2", "İstanbul ı")))
    site.sources = [("a", url, 'tags = ["东财", "İ", "ß", "é"]')]
    site.write()
    found = [build(site, environ) for environ in ENVIRONMENTS]
    assert any("东财" in path for path in found[0])
    for other in found[1:]:
        assert other == found[0]


def test_an_output_folder_whose_names_cannot_be_written_is_a_clear_error(site: WholeSite) -> None:
    code = (
        "from pathlib import Path; from finews_feeds.publish.site import FolderSite; from finews_feeds.errors import *\n"
        "try: FolderSite(Path('public'))\nexcept OutputError as error: print(error)"
    )
    environ = {**os.environ, **PLAIN, "LC_ALL": "POSIX"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, cwd=site.folder)
    assert "this process has file names in ascii" in done.stdout, done.stderr
    assert "PYTHONUTF8=1" in done.stdout
