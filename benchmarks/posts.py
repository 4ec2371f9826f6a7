"""A tree of posts, cold, with one new post, and with nothing new; against Hugo on the same posts where it is installed.

    python -m benchmarks.posts [--posts 17000] [--categories 40 --tags 300]

Two trees are measured unless their terms are given: one with the terms of the model site, and one with 1,975 categories
and 3,000 tags, which is fifteen times as many feeds. A run with one new post says how many files it wrote.
Each line is the best of three whole processes, start-up included. Hugo is given the same posts with their terms as
lists of plain words, because it cannot read them as they are; it renders the newest 100 of each term, as we do.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.trees import Cost, cost_of, make_tree

CONFIG = """
[site]
url = "https://finews.example/"
title = "金融消息"
timezone = "Asia/Shanghai"
language = "zh-CN"
since = 2021-12-01
[output]
min_age = "0s"
[[posts]]
name = "site"
path = "../posts"
"""
HUGO_CONFIG = """
baseURL = "https://finews.example/"
title = "x"
disableKinds = ["section", "sitemap", "robotsTXT", "404"]
[taxonomies]
category = "categories"
tag = "tags"
[outputs]
page = []
home = ["RSS"]
taxonomy = []
term = ["RSS"]
[markup.goldmark.renderer]
unsafe = true
"""
HUGO_FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom">{{ $p := .Pages }}{{ if .IsHome }}{{ $p = .Site.RegularPages }}{{ end }}'
    "{{ range first 100 $p.ByDate.Reverse }}<entry><id>{{ .Permalink }}</id><title>{{ .Title }}</title>"
    '<updated>{{ .Date }}</updated><content type="html">{{ .Content | html }}</content></entry>{{ end }}</feed>'
)
#: (categories, tags) of the trees that are measured: the model site's, and many.
SHAPES = ((40, 300), (1975, 3000))
#: Whole processes that each figure is the best of.
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=17_000)
    parser.add_argument("--categories", type=int)
    parser.add_argument("--tags", type=int)
    given = parser.parse_args()
    is_named = given.categories is not None or given.tags is not None
    for categories, tags in [(given.categories or 40, given.tags or 300)] if is_named else SHAPES:
        measure_tree(given.posts, categories, tags)


def measure_tree(posts: int, categories: int, tags: int) -> None:
    """All runs over one tree, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape = ["--categories", str(categories), "--tags", str(tags)]
        make_tree(folder / "more", posts + ROUNDS, *shape)
        make_tree(folder / "site" / "posts", posts, *shape)
        hugo = measure_hugo(folder) if shutil.which("hugo") else None
        print(f"{categories} categories, {tags} tags, ", end="")
        measure(folder, hugo)


def measure(folder: Path, hugo: Cost | None) -> None:
    """The three runs of ours, and their ratios."""
    site = folder / "site"
    (site / "config").mkdir()
    (site / "config" / "finews.toml").write_text(CONFIG, "utf-8")
    command = [sys.executable, "-m", "finews_feeds", "-c", str(site / "config" / "finews.toml"), "build"]
    posts = sorted(path.name for path in (site / "posts" / "_posts").iterdir())
    new = sorted({path.name for path in (folder / "more" / "_posts").iterdir()} - set(posts))

    def forget() -> None:
        shutil.rmtree(site / "public", ignore_errors=True)
        shutil.rmtree(site / "var", ignore_errors=True)

    stood: dict[Path, int] = {}

    def add_one() -> None:
        shutil.copy(folder / "more" / "_posts" / new[0], site / "posts" / "_posts" / new.pop(0))
        stood.update(times(site / "public"))

    cold = best(command, forget)
    one = best(command, add_one)
    stands = times(site / "public")
    files, written = len(stands), sum(stood.get(path) != at for path, at in stands.items())
    nothing = best(command, lambda: None)
    assert times(site / "public") == stands, "a run with nothing new has written a file"
    print(f"{len(posts)} posts, {files} files, {written} of them written for the last new post")
    if hugo:
        print(f"hugo              {hugo}   1.00")
    for name, found in (("cold", cold), ("one new post", one), ("nothing new", nothing)):
        ratio = f"{found.cpu_seconds / hugo.cpu_seconds:6.2f} x hugo's cpu" if hugo else ""
        print(f"{name:<17} {found} {ratio}")


def times(folder: Path) -> dict[Path, int]:
    """When each file below a folder was written last."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def best(command: list[str], prepare: Callable[[], None], cwd: Path | None = None) -> Cost:
    """The cheapest of a few runs, each after `prepare`."""
    found = []
    for _ in range(ROUNDS):
        prepare()
        found.append(cost_of(command, cwd))
    return min(found, key=lambda cost: cost.cpu_seconds)


def measure_hugo(folder: Path) -> Cost:
    """Hugo's cold run over the same posts; it knows no other."""
    site = folder / "hugo"
    (site / "layouts" / "_default").mkdir(parents=True)
    (site / "config.toml").write_text(HUGO_CONFIG, "utf-8")
    (site / "layouts" / "_default" / "rss.xml").write_text(HUGO_FEED, "utf-8")
    (site / "content").mkdir()
    for path in (folder / "site" / "posts" / "_posts").iterdir():
        text = re.sub(
            r"^categories: (.*)$", r'categories: ["\1"]', path.read_text("utf-8"), count=1, flags=re.MULTILINE
        )
        text = re.sub(r"^tags: (.*)$", _plain_tags, text, count=1, flags=re.MULTILINE)
        (site / "content" / path.name).write_text(text, "utf-8")
    return best(["hugo", "--quiet"], lambda: shutil.rmtree(site / "public", ignore_errors=True), site)


def _plain_tags(found: re.Match[str]) -> str:
    names = dict.fromkeys(re.findall(r"[一-龥A-Za-z0-9]{2,}", found[1]))
    quoted = [f'"{name}"' for name in names if name not in ("null", "true")]
    return f"tags: [{', '.join(quoted)}]"


if __name__ == "__main__":
    main()
