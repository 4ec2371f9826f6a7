"""One history: the world changes, cycles run and are ended at random, and what is published is held against the truth."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from lxml import etree

from finews_feeds.cycle import Options, run_cycle
from finews_feeds.cycle.sources import set_paused
from finews_feeds.settings import (
    FeedSourceSettings,
    HttpSettings,
    OutputSettings,
    PostsSettings,
    Settings,
    SiteSettings,
)
from tests.simulation.world import POSTS, World

ATOM = "{http://www.w3.org/2005/Atom}"
_NUMBER = re.compile(r"\[\[(\d+)\]\]")

#: Where a cycle is ended: module, function, and how many of its calls there may be in a small one.
SEAMS = [
    ("finews_feeds.store.writing", "SqliteTransaction.put_sightings", 4),
    ("finews_feeds.store.writing", "SqliteTransaction.put_post_files", 1),
    ("finews_feeds.store.writing", "SqliteTransaction.delete_post_files", 1),
    ("finews_feeds.store.writing", "SqliteTransaction.put_source_state", 4),
    ("finews_feeds.store.writing", "SqliteTransaction.settle", 2),
    ("finews_feeds.store.writing", "SqliteTransaction.wait", 1),
    ("finews_feeds.store.writing", "SqliteTransaction.put_feed", 6),
    ("finews_feeds.store.writing", "SqliteTransaction.put_fragments", 1),
    ("finews_feeds.store.writing", "SqliteTransaction.put_meta", 4),
    ("finews_feeds.publish.site", "FolderSite._write_temporary", 6),
    ("finews_feeds.publish.site", "FolderSite._rename", 6),
    ("finews_feeds.publish.site", "FolderSite.flush", 2),
]


class Killed(BaseException):
    """The end of a cycle at a seam; nothing catches it, as nothing catches a signal 9."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is not as it should be."""

    what: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what} {self.where}: {self.detail}"


@contextmanager
def ended_at(module: str, name: str, call: int, before: bool) -> Iterator[None]:
    """A block in which one call of a function is the last thing that happens."""
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    real, calls = getattr(owner, last), [0]

    def ending(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and before:
            raise Killed
        result = real(*args, **kwargs)
        if calls[0] == call:
            raise Killed
        return result

    setattr(owner, last, ending)
    try:
        yield
    finally:
        setattr(owner, last, real)


def _kills(work: Callable[[], None], seam: tuple[str, str, int, bool]) -> bool:
    """Does the work in a process of its own, which kills itself at the seam; whether it came there."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with ended_at(*seam):
                work()
            code = 0
        except Killed:
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("the cycle failed in its own process")
    return os.WIFSIGNALED(status)


@dataclass
class Stage:
    """A folder in which a world is played to the program: documents and posts in, feeds out."""

    folder: Path
    world: World
    #: Whether a cycle that is ended is a process that dies of signal 9, rather than an exception.
    kills_processes: bool = False
    limit: int = 1000
    wrong: list[Wrong] = field(default_factory=list)
    #: How often each was cut short.
    cut: int = 0
    cycles: int = 0
    #: Published id -> the article that had it first; article -> its ids.
    owner_of: dict[str, int] = field(default_factory=dict)
    ids_of: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: What has stood so far: the identity of each, and each (carrier, article) that it was known by.
    stood: set[str | tuple[str, int]] = field(default_factory=set)
    written: dict[str, bytes] = field(default_factory=dict)

    @property
    def public(self) -> Path:
        return self.folder / "public"

    def settings(self) -> Settings:
        """The config of the moment."""
        zone = ZoneInfo("Asia/Shanghai")
        return Settings(
            file=self.folder / "finews.toml",
            site=SiteSettings("https://finews.example/", "金融消息", "zh-CN", zone, "ZNing", date(2021, 12, 1)),
            store_url="sqlite:///finews.db",
            output=OutputSettings(self.public, limit=self.limit, max_bytes=2**36),
            posts=(PostsSettings(POSTS, self.folder / "posts", ("_posts", "old_post")),),
            sources=tuple(
                FeedSourceSettings(
                    name=each.name,
                    url=self.address(each.name),
                    shown_url=self.address(each.name),
                    categories=each.categories,
                    rank=each.rank,
                    alias=each.alias,
                    interval=timedelta(seconds=1),
                )
                for each in self.world.carriers
                if each.is_configured
            ),
            http=self.http(),
        )

    def address(self, name: str) -> str:
        """Where a source is to be asked."""
        return f"file:in/{name}"

    def http(self) -> HttpSettings:
        """What has to be allowed for it."""
        return HttpSettings(allow_files=(self.folder / "in",))

    def answer(self, name: str, document: bytes | None) -> None:
        """Has a source say this from now on; None: it cannot be reached."""
        path = self.folder / "in" / name
        if document is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(document)

    def write(self) -> None:
        """Puts the world of the moment where the program reads it."""
        wanted: dict[str, bytes] = {}
        for post in self.world.posts.values():
            wanted[f"posts/{post.path}"] = post.text().encode()
        if self.world.is_jekyll:
            wanted["posts/_config.yml"] = b"url: https://finews.example\ntitle: T\ntimezone: Asia/Shanghai\n"
        for folder in ("in", "posts/_posts", "posts/old_post"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        for path in self.written.keys() - wanted.keys():
            (self.folder / path).unlink()
        stamp = int(self.world.now.timestamp() * 10**9)
        for path, data in wanted.items():
            if self.written.get(path) != data:
                (self.folder / path).write_bytes(data)
                os.utime(self.folder / path, ns=(stamp, stamp))
        self.written = wanted
        for each in self.world.carriers:
            self.answer(each.name, None if each.is_down else each.document())

    def cycle(self, options: Options) -> None:
        """One cycle at the world's time, and one more where the operator lets in what it held back.

        To the program a redesign is a storm: that it holds it back, and what stands meanwhile, other tests see.
        """
        self.cycles += 1
        report = run_cycle(self.settings(), options, lambda: self.world.now)
        if report.sources_held and not options.offline:
            for each in report.sources_held:
                set_paused(self.settings(), each.name, False, self.world.now, lambda: None)
            run_cycle(self.settings(), options, lambda: self.world.now)

    def killed(self, options: Options, seam: tuple[str, str, int, bool]) -> None:
        """A cycle that is ended at a seam, if it comes there."""
        if self.kills_processes:
            self.cut += _kills(lambda: self.cycle(options), seam)
            return
        try:
            with ended_at(*seam):
                self.cycle(options)
        except Killed:
            self.cut += 1

    def published(self) -> dict[str, list[tuple[int, str]]]:
        """Path of each feed -> (article, id) of its entries."""
        found: dict[str, list[tuple[int, str]]] = {}
        for path in self.public.rglob("*.xml"):
            data = path.read_bytes()
            feed = etree.fromstring(data)
            rows: list[tuple[int, str]] = []
            if self._is_moved(path, data, feed.findtext(ATOM + "id") or ""):
                found[path.relative_to(self.public).as_posix()] = rows
                continue
            for entry in feed.iter(ATOM + "entry"):
                numbers = {
                    int(number)
                    for name in ("summary", "content")
                    for number in _NUMBER.findall(
                        "".join(node.xpath("string()") for node in entry.findall(ATOM + name))
                    )
                }
                rows.append((numbers.pop() if len(numbers) == 1 else 0, entry.findtext(ATOM + "id") or ""))
            found[path.relative_to(self.public).as_posix()] = rows
        return found

    def _is_moved(self, path: Path, data: bytes, feed_id: str) -> bool:
        """Whether a file is the old address of a feed whose term was renamed: then it is the new feed, byte for byte."""
        target = self.public / unquote(feed_id.removeprefix("https://finews.example/"))
        return target != path and target.is_file() and target.read_bytes() == data

    def bytes(self) -> dict[str, bytes]:
        """Every published file."""
        return {
            path.relative_to(self.public).as_posix(): path.read_bytes()
            for path in self.public.rglob("*")
            if path.is_file()
        }

    def judge(self) -> None:
        """Holds what is published against the truth."""
        published, expected = self.published(), self.world.expected()
        for path in sorted(published.keys() | expected.keys()):
            is_ = Counter(number for number, _ in published.get(path, []))
            should = expected.get(path, Counter())
            if is_ != should:
                self.wrong.append(Wrong("feed", path, f"too many {dict(is_ - should)}, missing {dict(should - is_)}"))
        self._judge_ids(published.get("feed.xml", []))

    def _judge_ids(self, rows: list[tuple[int, str]]) -> None:
        for atom_id, times in Counter(atom_id for _, atom_id in rows).items():
            if times > 1:
                self.wrong.append(Wrong("id", atom_id, f"{times} entries have it"))
        for number, atom_id in rows:
            first = self.owner_of.setdefault(atom_id, number)
            if first != number:
                self.wrong.append(Wrong("id", atom_id, f"was of article {first} and is of {number}"))
        now: defaultdict[int, set[str]] = defaultdict(set)
        for number, atom_id in rows:
            now[number].add(atom_id)
        new = self._new_ones()
        for number, ids in now.items():
            if len(ids - self.ids_of[number]) > new[number]:
                self.wrong.append(Wrong("id", str(number), f"had {self.ids_of[number]} and has {ids}"))
            self.ids_of[number] |= ids

    def _new_ones(self) -> Counter[int]:
        """Article -> how many entries of it stand now that may have a new id.

        An entry is new whose identity never stood and that none of its carriers had brought under another: a copy
        without a named origin is one, even where the article itself has left with its only source.
        """
        found: Counter[int] = Counter()
        for identity, sayings in self.world.standing().items():
            known_by = {identity, *((name, said.number) for name, said in sayings)}
            found[sayings[0][1].number] += not known_by & self.stood
            self.stood |= known_by
        return found


@dataclass(frozen=True)
class Played:
    """What came of a history."""

    seed: int
    wrong: tuple[Wrong, ...]
    cycles: int
    cut: int
    articles: int
    #: Stands for every byte that was published at its end.
    digest: str


@dataclass(frozen=True)
class Play:
    """How histories are played."""

    #: A source may give all its entries other ids at once.
    redesigns: bool = True
    #: Cycles are ended at seams.
    is_disturbed: bool = True
    kills_processes: bool = False
    stage: Callable[[Path, World], Stage] = Stage

    def history(self, seed: int, folder: Path) -> Played:
        """One history from beginning to end, in a folder of its own that is gone afterwards."""
        rng, ends = Random(seed), Random(f"ends of {seed}")
        world = World(rng, carriers=rng.randint(2, 4), redesigns=self.redesigns)
        folder.mkdir(parents=True)
        stage = self.stage(folder, world)
        stage.kills_processes = self.kills_processes
        for _ in range(rng.choice((3, 4, 5, 6, 10))):
            self._step(stage, rng, ends)
            if stage.wrong:
                break
        before = stage.bytes()
        if not stage.wrong:
            stage.cycle(Options(offline=True, full=True))
            stage.wrong += [Wrong("full", path, "other bytes") for path in differing(before, stage.bytes())]
        shutil.rmtree(folder)
        digest = sha256(repr(sorted(before.items())).encode()).hexdigest()
        return Played(seed, tuple(stage.wrong), stage.cycles, stage.cut, len(world.articles), digest)

    def _step(self, stage: Stage, rng: Random, ends: Random) -> None:
        """The world changes, time passes, a cycle runs, perhaps after some that were ended."""
        world = stage.world
        for happens in rng.choices(world.events(), k=rng.randint(1, 6)):
            happens()
        world.now += timedelta(minutes=rng.choice((1, 7, 60, 1500)))
        stage.write()
        polled = rng.random() < 0.9
        options = Options(force=polled, offline=not polled)
        while self.is_disturbed and ends.random() < 0.3:
            module, name, most = ends.choice(SEAMS)
            stage.killed(options, (module, name, ends.randint(1, most), ends.random() < 0.5))
        stage.cycle(options)
        world.deliver(polled)
        stage.judge()


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The paths at which two sites differ."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
