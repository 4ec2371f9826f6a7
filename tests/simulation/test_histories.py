"""Random histories end in the truth: each article once, in its feeds, under its id, in the bytes of a full rebuild."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from finews_feeds.cycle import Options
from finews_feeds.normalize.urls import canonical_url
from finews_feeds.settings import HttpSettings
from tests.server import FeedServer, Reply
from tests.simulation.history import Play, Stage, differing
from tests.simulation.scale import figures
from tests.simulation.sites import PLACES, Place, spelled
from tests.simulation.world import World

ROOT = Path(__file__).parents[2]
#: More of them: `python -m benchmarks.truth --histories 10000`.
SOME = int(os.environ.get("FINEWS_HISTORIES", "500"))


@pytest.mark.parametrize("seed", range(12))
def test_a_few_histories_end_in_the_truth(tmp_path: Path, seed: int) -> None:
    played = Play().history(seed, tmp_path / "site")
    assert [str(each) for each in played.wrong] == []
    assert played.cycles > 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("tens", range(10))
def test_many_histories_end_in_the_truth(tmp_path: Path, tens: int) -> None:
    for seed in range(1000 + tens, 1000 + SOME, 10):
        played = Play().history(seed, tmp_path / str(seed))
        assert [str(each) for each in played.wrong] == [], f"seed {seed}"


@pytest.mark.parametrize("seed", [1, 2, pytest.param(range(3, 8), marks=pytest.mark.slow)])
def test_a_disturbed_history_ends_in_the_bytes_of_an_undisturbed_one(tmp_path: Path, seed: int | range) -> None:
    for each in [seed] if isinstance(seed, int) else seed:
        disturbed = Play().history(each, tmp_path / "a")
        undisturbed = Play(is_disturbed=False).history(each, tmp_path / "b")
        assert disturbed.digest == undisturbed.digest, each
        assert undisturbed.cut == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_processes_that_die_of_signal_9_lose_and_double_nothing(tmp_path: Path) -> None:
    # in a process without threads, which may fork
    command = [sys.executable, "-m", "benchmarks.truth", "--histories", "20", "--seed", "5000", "--articles", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr


class Served(Stage):
    """The same world, asked over HTTP, with entity tags."""

    server: FeedServer

    def address(self, name: str) -> str:
        return f"{self.server.url}/{name}"

    def http(self) -> HttpSettings:
        return HttpSettings(allow_private=(self.server.host_port,))

    def answer(self, name: str, document: bytes | None) -> None:
        tag = f'"{hash(document)}"'
        self.server.serve(f"/{name}", Reply(503) if document is None else Reply(body=document, etag=tag))


@pytest.fixture
def served() -> Iterator[type[Served]]:
    with FeedServer() as running:
        yield type("ServedHere", (Served,), {"server": running})


@pytest.mark.parametrize("seed", [7, pytest.param(range(8, 11), marks=pytest.mark.slow)])
@pytest.mark.timeout(900)
def test_histories_over_http_are_those_of_files(tmp_path: Path, served: type[Served], seed: int | range) -> None:
    for each in [seed] if isinstance(seed, int) else seed:
        played = Play(stage=served).history(each, tmp_path / str(each))
        assert [str(wrong) for wrong in played.wrong] == [], each
    assert served.server.requests


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_world_of_many_sources_is_published_as_it_is(tmp_path: Path) -> None:
    found = figures(1, tmp_path / "site", sources=30, articles=600)
    assert (found.wrongly_merged, found.wrongly_parted, found.wrong_feeds, found.changed_ids) == (0, 0, 0, 0)
    assert found.sightings > found.entries > 0


#: What a build must not depend on: the day, and the environment of its process.
ENVIRONMENTS = [
    (1, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}),
    (2, {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
    (400, {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4294967295", "LANG": "ja_JP"}),
    (7000, {"TZ": "Pacific/Kiritimati", "LC_ALL": "zh_CN.GB18030", "PYTHONHASHSEED": "77"}),
]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_builds_on_other_days_and_machines_give_the_same_bytes(tmp_path: Path, seed: int) -> None:
    found = set()
    for day, environ in ENVIRONMENTS:
        command = [sys.executable, "-m", "tests.simulation.once", str(seed), str(tmp_path / str(day)), str(day)]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


# --- the simulation itself: a judge that sees nothing proves nothing -----------------------------------------------


@pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])
def test_every_spelling_of_an_address_is_one_article_and_no_other(place: Place) -> None:
    rng = Random(1)
    keys = [{canonical_url(spelled(place, number, rng)) for _ in range(200)} for number in (1, 2, 19_999)]
    assert [len(each) for each in keys] == [1, 1, 1]
    assert len(set().union(*keys)) == 3


def played(folder: Path) -> Stage:
    world = World(Random(3), carriers=3)
    folder.mkdir()
    stage = Stage(folder, world)
    for _ in range(8):
        world.publish()
    stage.write()
    stage.cycle(Options(force=True))
    world.deliver()
    stage.judge()
    assert stage.wrong == []
    return stage


def test_the_judge_sees_an_article_that_is_missing_doubled_or_misplaced(tmp_path: Path) -> None:
    stage = played(tmp_path / "site")
    feed = stage.public / "feed.xml"
    whole = feed.read_text("utf-8")
    entry = whole[whole.index("<entry") : whole.index("</entry>") + len("</entry>")]
    for broken in (whole.replace(entry, ""), whole.replace(entry, entry + entry.replace("<id>", "<id>urn:"))):
        feed.write_text(broken, "utf-8")
        stage.wrong.clear()
        stage.judge()
        assert {each.where for each in stage.wrong if each.what == "feed"} == {"feed.xml"}
    other = next(path for path in sorted(stage.public.rglob("*.xml")) if path.read_text("utf-8").count("<entry") == 1)
    feed.write_text(whole, "utf-8")
    other.unlink()
    stage.wrong.clear()
    stage.judge()
    assert [each.where for each in stage.wrong] == [other.relative_to(stage.public).as_posix()]


def test_the_judge_sees_an_id_that_changes_or_changes_hands(tmp_path: Path) -> None:
    stage = played(tmp_path / "site")
    feed = stage.public / "feed.xml"
    whole = feed.read_text("utf-8")
    for broken in (
        whole.replace("<id>tag:", "<id>tag:x", 1),
        whole.replace("[[1]]", "[[x]]").replace("[[2]]", "[[1]]"),
    ):
        assert broken != whole
        feed.write_text(broken, "utf-8")
        stage.wrong.clear()
        stage.judge()
        assert "id" in {each.what for each in stage.wrong}


def test_bytes_that_differ_are_named() -> None:
    assert differing({"a": b"1", "b": b"2"}, {"b": b"3", "c": b"4"}) == ["a", "b", "c"]
