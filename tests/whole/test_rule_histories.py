"""Random histories of posts and rules: no id changes without cause, and what comes out is what a fresh build gives."""

from __future__ import annotations

import random
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finews_feeds.config import load
from finews_feeds.cycle import Options, Report, run_cycle
from finews_feeds.store import open_store

START = datetime(2023, 1, 1, tzinfo=UTC)
SOURCES = ("a", "b", "c")
#: Four articles, in spellings that are one or several by the rules below.
URLS = [
    f"http://{host}n.example/{folder}/{number}{mark}"
    for host in ("", "m.")
    for folder in ("a", "wap")
    for number in (1, 2)
    for mark in ("", "?mark=1", "?mark=2")
]
RULES = {
    "tracker": "[[tracker]]\nname = 'mark'\nparams = ['mark']\nhosts = ['n.example']\n",
    "host": "[[host]]\nname = 'mobile'\nfrom = ['m.n.example']\nto = 'n.example'\n",
    "site": "[[site]]\nname = 'pages'\nhosts = ['n.example']\npath = '/wap/(?P<id>\\d)'\nkey = 'http://n.example/a/{id}'\n"
    "keep = ['mark']\n",
    "home": "[[site]]\nname = 'home'\nhosts = ['=m.n.example']\npath = '/wap/1'\nkey = 'http://n.example/'\n",
}

Name = tuple[str, str]


class History:
    """One site, and what its readers have seen of it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random, self.now = folder, random.Random(seed), START
        self.config = folder / "config" / "finews.toml"
        self.rules = folder / "config" / "rules"
        self.rules.mkdir(parents=True)
        lines = ["[site]", 'url = "https://finews.example/"', "since = 2021-12-01"]
        for source in SOURCES:
            # one source has ids of its own, the others get theirs from the canonical URL
            (folder / source / "_posts").mkdir(parents=True)
            lines += ["[[posts]]", f'name = "{source}"', f'path = "../{source}"', 'link = "original"']
        self.config.write_text("\n".join(lines) + "\n", "utf-8")
        self.made = 0

    def step(self) -> bool:
        """Does one thing at random; says whether only the rules changed."""
        if self.made > 3 and self.random.random() < 0.5:
            for name in RULES:
                (self.rules / f"{name}.toml").unlink(missing_ok=True)
            for name in self.random.sample(sorted(RULES), self.random.randrange(len(RULES))):
                (self.rules / f"{name}.toml").write_text(RULES[name], "utf-8")
            return True
        standing = sorted(self.folder.glob("?/_posts/*.md"))
        if standing and self.random.random() < 0.3:
            file = self.random.choice(standing)
            if self.random.random() < 0.5:
                file.unlink()
            else:
                self.write(file, file.stem.partition("-post")[2])
        for _ in range(self.random.randrange(1, 4)):
            self.made += 1
            source = self.random.choice(SOURCES)
            self.write(self.folder / source / "_posts" / f"2022-05-24-post{self.made}.md", str(self.made))
        return False

    def write(self, file: Path, number: str) -> None:
        url = self.random.choice(URLS)
        date = f"2022-05-24 08:{int(number) % 60:02}:00"
        file.write_text(f"---\ntitle: T{number}\ndate: {date}\noriginal_url: {url}\n---\nwords {number}\n", "utf-8")

    def build(self, *, dry_run: bool = False) -> Report:
        self.now += timedelta(hours=1)
        return run_cycle(load(self.config, {}), Options(dry_run=dry_run), lambda: self.now)

    def ids(self, *, gone: bool = False) -> dict[Name, str]:
        """What stands (or all that ever stood) -> the id that readers know it by."""
        found = {}
        with closing(open_store("sqlite:///../var/finews.db", self.config.parent)) as store:
            for each in store.every_sighting():
                entry = store.entry_of(each.row)
                if entry is not None and (gone or (each.gone_at is None and entry.is_live)):
                    found[each.source, each.entry_id] = entry.atom_id
        return found

    def keys(self) -> dict[Name, str]:
        """What stands -> its canonical URL."""
        with closing(open_store("sqlite:///../var/finews.db", self.config.parent)) as store:
            return {
                (each.source, each.entry_id): each.canonical_url for each in store.every_sighting() if not each.gone_at
            }

    def pages(self) -> dict[str, bytes]:
        """The published feeds without what depends on history: ids, and which feeds once were."""
        files = sorted((self.folder / "public").rglob("*.xml"))
        return {
            file.relative_to(self.folder).as_posix(): re.sub(
                rb"<id>tag:[^<]*</id>|<id>[^<]*/\d{4}/[^<]*</id>", b"", file.read_bytes()
            )
            for file in files
        }


def members_of(ids: dict[Name, str]) -> dict[str, set[Name]]:
    found: defaultdict[str, set[Name]] = defaultdict(set)
    for name, atom_id in ids.items():
        found[atom_id].add(name)
    return found


def broken_promises(
    last: dict[Name, str], before: dict[Name, str], now: dict[Name, str], ever: dict[Name, str]
) -> Iterator[str]:
    """What subscribers could complain of.

    `last` is under which id each was last seen, `before` and `now` what stands, `ever` all that belongs to an id now: of
    an article whose first post is deleted, another post takes over.
    """
    seen, groups, owners = set(last.values()), members_of(now), members_of(ever)
    for atom_id, members in groups.items():
        if atom_id in seen and atom_id not in {last.get(name) for name in owners[atom_id]}:
            yield f"{atom_id} was another's"
        olds = {before[name] for name in members if name in before}
        if olds and atom_id not in olds and not olds <= groups.keys():
            yield f"{members} were {olds}, none of which is in use, and are {atom_id}"


def test_a_broken_promise_is_seen() -> None:
    one, two = ("a", "1"), ("a", "2")
    moved = {one: "x"}, {one: "x"}, {one: "y"}, {one: "y"}
    parted = {one: "x", two: "x"}, {one: "x", two: "x"}, {one: "x", two: "z"}, {one: "x", two: "z"}
    strange = {one: "x"}, {}, {two: "x"}, {two: "x"}
    assert list(broken_promises(*moved))
    assert list(broken_promises(*parted)) == []
    assert list(broken_promises(*strange))


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 10))])
def test_no_id_changes_without_cause_and_the_entries_are_those_of_a_fresh_build(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path / "grown", seed)
    last: dict[Name, str] = {}
    before: dict[Name, str] = {}
    for _ in range(12):
        only_rules = history.step()
        rehearsed = history.build(dry_run=True) if only_rules and before else None
        report = history.build()
        now = history.ids()
        assert list(broken_promises(last, before, now, history.ids(gone=True))) == []
        if only_rules:
            assert (report.posts_read, report.sources_polled) == (0, 0)
            joins = sum(len({before[name] for name in each}) > 1 for each in members_of(now).values())
            parts = sum(len({now[name] for name in each}) > 1 for each in members_of(before).values())
            assert (report.joins, report.parts) == (joins, parts)
        if rehearsed is not None:
            assert (rehearsed.joins, rehearsed.parts) == (report.joins, report.parts)
            assert [each.what for each in rehearsed.regrouped] == [each.what for each in report.regrouped]
        last, before = last | now, now
    fresh = History(tmp_path / "fresh", seed)
    for name in (*SOURCES, "config"):
        shutil.copytree(history.folder / name, fresh.folder / name, dirs_exist_ok=True)
    fresh.build()
    assert sorted(map(sorted, members_of(fresh.ids()).values())) == sorted(map(sorted, members_of(before).values()))
    assert fresh.keys() == history.keys()
    grown = history.pages()
    assert {path: grown[path] for path in fresh.pages()} == fresh.pages()
