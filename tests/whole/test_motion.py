"""Posts in motion: rewritten, torn, moved, deleted and added, while the daemon watches or between two builds."""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.whole.made_posts import make_posts
from tests.whole.site import ATOM, WholeSite
from tests.whole.test_daemon import running, wait_for

ROUNDS = 50
#: How many posts the tree has; 17,000 is the size of the model site.
COUNT = int(os.environ.get("FINEWS_MOTION_POSTS", "300"))
_UPDATED = re.compile(rb"<updated>[^<]*</updated>")


def post(title: str, *, day: int = 24, body: str = "words", more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: 2022-05-{day:02} 08:00:00 +0800\ncategories: cat\n{more}---\n{body}\n"


class Motion:
    """A tree with an archive folder, and everything that scripts do to it at random; the same for the same seed."""

    def __init__(self, site: WholeSite, seed: int, *, edits: bool) -> None:
        made = site.folder / "made"
        found = make_posts(made, COUNT + COUNT // 5)
        files = [made / each["file"] for each in found]
        self.posts = site.folder / "posts"
        self.new, self.old = self.posts / "_posts", self.posts / "old_post"
        self.rng, self.edits = random.Random(seed), edits
        for folder in (self.new, self.old):
            folder.mkdir(parents=True)
        shutil.copy(made / "_config.yml", self.posts)
        self.spare = files[COUNT:]
        for file in files[:COUNT]:
            shutil.copy(file, self.rng.choice((self.new, self.old)))

    def standing(self) -> list[Path]:
        return sorted((*self.new.iterdir(), *self.old.iterdir()))

    def play(self, times: int) -> None:
        kinds = [self.rewrite, self.rewrite_nine_times, self.tear, self.move, self.copy_and_delete]
        # a post that comes back was withdrawn: what it says is older than its return, and its bytes are the same
        kinds += [self.delete, self.add]
        kinds += [self.edit_and_undo, self.tear_anywhere] if self.edits else []
        for _ in range(times):
            self.rng.choice(kinds)(self.rng.choice(self.standing()))

    def rewrite(self, file: Path) -> None:
        file.write_bytes(file.read_bytes())

    def rewrite_nine_times(self, file: Path) -> None:
        for _ in range(9):
            self.rewrite(file)

    def tear(self, file: Path) -> None:
        """In place, and seen empty, within the front matter, and inside a character, before it is whole."""
        whole = file.read_bytes()
        inside = next(place for place in range(len(whole) - 1, 0, -1) if whole[place] & 0xC0 == 0x80)
        for end in (0, len(whole[: whole.index(b"\n---\n")]) // 2, inside):
            file.write_bytes(whole[:end])
            time.sleep(self.rng.random() / 50)
        file.write_bytes(whole)

    def tear_anywhere(self, file: Path) -> None:
        whole = file.read_bytes()
        file.write_bytes(whole[: self.rng.randrange(len(whole))])
        time.sleep(self.rng.random() / 50)
        file.write_bytes(whole)

    def edit_and_undo(self, file: Path) -> None:
        whole = file.read_bytes()
        file.write_bytes(whole.replace("。".encode(), "！".encode()))
        time.sleep(self.rng.random() / 10)
        if self.rng.random() < 0.7:
            file.write_bytes(whole)

    def other(self, file: Path) -> Path:
        return (self.old if file.parent == self.new else self.new) / file.name

    def move(self, file: Path) -> None:
        if not self.other(file).exists():
            file.rename(self.other(file))

    def copy_and_delete(self, file: Path) -> None:
        if not self.other(file).exists():
            shutil.copy(file, self.other(file))
            time.sleep(self.rng.random() / 5)
            file.unlink()

    def delete(self, file: Path) -> None:
        if len(self.standing()) > COUNT // 2:
            held = self.posts.parent / "made" / "_posts" / file.name
            held.write_bytes(file.read_bytes())
            self.spare.append(held)
            file.unlink()

    def add(self, _: Path) -> None:
        if self.spare:
            shutil.copy(self.spare.pop(self.rng.randrange(len(self.spare))), self.new)


def settled(site: WholeSite, motion: Motion) -> None:
    """Waits until the daemon has seen everything: a post of our own that comes last is published."""
    last = post("The last of all", body="last", day=1).replace("2022-05", "2022-07")
    (motion.new / "2022-07-01-last.md").write_text(last, "utf-8")
    wait_for(lambda: "The last of all" in site.titles("feed.xml"), 60)
    # what was torn is read again two seconds later
    before = {}
    while before != site.stamps():
        before = site.stamps()
        time.sleep(3)


def fresh_build(site: WholeSite) -> dict[str, bytes]:
    again = WholeSite(site.folder.parent / "fresh", output=site.output)
    again.folder.mkdir()
    shutil.copytree(site.folder / "posts", again.folder / "posts")
    again.build()
    return again.bytes()


def own_files(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the old addresses of jekyll-feed's (names with capitals), which are copies and kept for ever."""
    return {path: data for path, data in files.items() if path == path.lower()}


def feeds_without_updated(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: _UPDATED.sub(b"", data) for path, data in files.items() if path.endswith(".xml")}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("edits", [False, True], ids=["the same words", "other words and back"])
def test_a_tree_in_motion_ends_in_the_bytes_of_a_fresh_build(tmp_path: Path, edits: bool) -> None:
    site = WholeSite(tmp_path / "moving")
    site.folder.mkdir()
    motion = Motion(site, seed=7, edits=edits)
    with running(site):
        wait_for(lambda: (site.public / "index.html").exists(), 60 + COUNT / 50)
        for _ in range(ROUNDS):
            motion.play(20)
            time.sleep(motion.rng.random() / 4)
        settled(site, motion)
    moved, fresh = own_files(site.bytes()), own_files(fresh_build(site))
    emptied = set(moved) - set(fresh)
    assert set(fresh) <= set(moved)
    # a feed that lost its last post stays (DESIGN §5), and stands in the lists
    assert all(path.startswith("feed/") for path in emptied)
    assert all(site.titles(path) == [] for path in emptied if path.endswith(".xml"))
    lists = {"index.html", "feeds.opml", "feeds.json", "snippets/list.html"} if emptied else set()
    if edits:
        # an edit under standing dates is dated by the moment in which it was seen, undone or not (DESIGN §5)
        moved, fresh = feeds_without_updated(moved), feeds_without_updated(fresh)
    assert [path for path in sorted(set(fresh) - lists) if moved[path] != fresh[path]] == []


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{}, {"WATCHFILES_FORCE_POLLING": "1"}], ids=["events", "polling"])
def test_a_new_post_is_published_without_waiting_for_the_next_sweep(
    site: WholeSite, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    site.post("2022-05-01-first.md", post("First", day=1))
    with running(site):
        wait_for(lambda: (site.public / "feed.xml").exists() and site.titles("feed.xml") == ["First"])
        for number in range(2, 5):
            site.post(f"2022-05-0{number}-x.md", post(f"P{number}", day=number))
            # a sweep comes every 30 seconds
            wait_for(lambda number=number: site.titles("feed.xml")[0] == f"P{number}", 5)


def test_a_torn_new_post_waits_for_the_daemon_to_read_it_whole(site: WholeSite) -> None:
    site.post("2022-05-01-first.md", post("First", day=1))
    whole = post("Whole", day=2)
    with running(site):
        wait_for(lambda: (site.public / "feed.xml").exists() and site.titles("feed.xml") == ["First"])
        site.post("2022-05-02-torn.md", whole[:20])
        site.post("2022-05-03-other.md", post("Other", day=3))
        wait_for(lambda: "Other" in site.titles("feed.xml"))
        assert site.titles("feed.xml") == ["Other", "First"]
        site.post("2022-05-02-torn.md", whole)
        wait_for(lambda: site.titles("feed.xml") == ["Other", "Whole", "First"])
    entry = site.feed("feed.xml").findall(ATOM + "entry")[1]
    assert entry.findtext(ATOM + "updated") == "2022-05-02T08:00:00+08:00"


def test_a_torn_file_leaves_a_good_entry_alone_and_is_read_again(site: WholeSite) -> None:
    file = site.post("2022-05-24-x.md", post("Good"))
    site.build()
    before = site.bytes()
    for torn in ("", "---\ntitle: Goo", post("Good", body="词").rstrip("\n").encode()[:-1]):
        site.post(file.name, torn)
        report = site.build()
        assert [each["what"] for each in report["posts"]["skipped"]] == [
            "it seems half written; the post stands as it was"
        ]
        assert site.bytes() == before
    file.write_text(post("Better"), "utf-8")
    site.build()
    assert site.titles("feed.xml") == ["Better"]


def test_what_stays_half_written_for_long_is_what_its_author_wrote(site: WholeSite) -> None:
    file = site.post("2022-05-24-x.md", post("Good"))
    site.build()
    file.write_bytes(b"")
    os.utime(file, (time.time() - 3600,) * 2)
    assert [each["what"] for each in site.build()["posts"]["skipped"]] == ["the file is empty"]
    assert site.titles("feed.xml") == []


def rewritten(file: Path, text: str, **stat: int) -> None:
    """Writes a file and sets its time of change, so that nothing depends on the clock of the file system."""
    file.write_text(text, "utf-8")
    os.utime(file, ns=(stat["mtime_ns"], stat["mtime_ns"]))


#: (case, seconds by which the time of change moves, the new title, whether it is read)
CLOCKS = [
    ("later", 60, "Other", True),
    ("earlier", -3600, "Other", True),
    ("before 1970", -(10**10), "Other", True),
    ("the far future", 10**10, "Other", True),
    ("the same time and another size", 0, "Longer", True),
    # nothing tells such a file from the one that was read; whoever writes so has to touch it
    ("the same time and the same size", 0, "Other", False),
]


@pytest.mark.parametrize(("case", "seconds", "title", "is_read"), CLOCKS, ids=[case[0] for case in CLOCKS])
def test_a_file_is_read_again_where_its_size_or_time_of_change_is_another(
    site: WholeSite, case: str, seconds: int, title: str, is_read: bool
) -> None:
    file = site.post("2022-05-24-x.md", post("First"))
    began = 1_653_400_000 * 10**9
    rewritten(file, post("First"), mtime_ns=began)
    site.build()
    rewritten(file, post(title), mtime_ns=began + seconds * 10**9)
    assert site.build()["posts"]["read"] == int(is_read)
    assert site.titles("feed.xml") == [title if is_read else "First"]


def copied_then_deleted(posts: Path, build: Callable[[], Any]) -> None:
    shutil.copy(posts / "_posts" / "2022-05-24-x.md", posts / "old_post" / "2022-05-24-x.md")
    build()
    (posts / "_posts" / "2022-05-24-x.md").unlink()


def moved_back_by_copy(posts: Path, build: Callable[[], Any]) -> None:
    copied_then_deleted(posts, build)
    build()
    shutil.copy(posts / "old_post" / "2022-05-24-x.md", posts / "_posts" / "2022-05-24-x.md")
    build()
    (posts / "old_post" / "2022-05-24-x.md").unlink()


def folder_renamed_below(posts: Path, build: Callable[[], Any]) -> None:
    (posts / "_posts" / "2022").mkdir()
    (posts / "_posts" / "2022-05-24-x.md").rename(posts / "_posts" / "2022" / "2022-05-24-x.md")
    build()
    (posts / "_posts" / "2022").rename(posts / "_posts" / "archive of 2022")


def link_for_the_folder(posts: Path, build: Callable[[], Any]) -> None:
    (posts / "_posts").rename(posts / "elsewhere")
    (posts / "_posts").symlink_to(posts / "elsewhere", target_is_directory=True)


def link_for_the_file(posts: Path, build: Callable[[], Any]) -> None:
    (posts / "_posts" / "2022-05-24-x.md").rename(posts / "kept.md")
    (posts / "_posts" / "2022-05-24-x.md").symlink_to(posts / "kept.md")


def folders_gone(posts: Path, build: Callable[[], Any]) -> None:
    (posts / "_posts").rename(posts / "posts being written")
    (posts / "old_post").rmdir()


def folder_replaced_by_a_file(posts: Path, build: Callable[[], Any]) -> None:
    folders_gone(posts, build)
    (posts / "_posts").write_text("a file")


STILL = [
    copied_then_deleted,
    moved_back_by_copy,
    folder_renamed_below,
    link_for_the_folder,
    link_for_the_file,
    folders_gone,
    folder_replaced_by_a_file,
]


@pytest.mark.parametrize("move", STILL, ids=[move.__name__ for move in STILL])
@pytest.mark.parametrize("original", ["", "source_url: https://n.example/article\n"], ids=["its own", "an article"])
def test_what_moves_or_is_out_of_sight_is_the_post_that_it_was(
    site: WholeSite, move: Callable[[Path, Callable[[], Any]], None], original: str
) -> None:
    site.jekyll()
    file = site.post("2022-05-24-x.md", post("T", more=original))
    (site.folder / "posts" / "old_post").mkdir()
    site.build()
    before = site.bytes()

    def build() -> None:
        site.run("build")
        assert site.titles("feed.xml") == ["T"]

    move(file.parents[1], build)
    build()
    assert site.bytes() == before


def test_a_folder_that_is_out_of_sight_is_reported(site: WholeSite) -> None:
    site.post("2022-05-24-x.md", post("T"))
    site.build()
    (site.folder / "posts" / "_posts").rename(site.folder / "posts" / "away")
    site.write = lambda: None  # type: ignore[method-assign]  # it would make the folder again
    report = site.build()
    assert [each["error"] for each in report["sources"]["failed"]] == ["none of its folders is there: _posts, old_post"]
    (site.folder / "posts" / "_posts").mkdir()
    assert site.build()["sources"]["failed"] == []
    assert site.titles("feed.xml") == []


def test_the_last_post_of_a_plain_folder_may_be_deleted(site: WholeSite) -> None:
    site.write()
    site.write = lambda: None  # type: ignore[method-assign]  # it would make _posts
    (site.folder / "posts" / "_posts").rmdir()
    file = site.post("2022-05-24-x.md", post("T"), folder=".")
    site.build()
    assert site.titles("feed.xml") == ["T"]
    file.unlink()
    site.build()
    assert site.titles("feed.xml") == []


def test_a_rename_by_case_alone_is_another_address_and_the_same_article(site: WholeSite) -> None:
    site.jekyll()
    file = site.post("2022-05-24-Word.md", post("T", more="source_url: https://n.example/article\n"))
    site.build()
    before = site.feed("feed.xml").find(ATOM + "entry")
    assert before is not None
    file.rename(file.with_name("2022-05-24-word.md"))
    site.build()
    entries = site.feed("feed.xml").findall(ATOM + "entry")
    assert [entry.findtext(ATOM + "id") for entry in entries] == [before.findtext(ATOM + "id")]


def test_copies_in_two_folders_are_one_entry_under_the_id_that_jekyll_feed_gives(site: WholeSite) -> None:
    site.jekyll()
    for folder in ("_posts", "old_post"):
        site.post("2022-05-24-x.md", post("T"), folder)
    report = site.build()
    (entry,) = site.feed("feed.xml").findall(ATOM + "entry")
    assert entry.findtext(ATOM + "id") == "https://finews.example/cat/2022/05/24/x"
    assert [each["path"] for each in report["posts"]["repaired"]] == ["old_post/2022-05-24-x.md"]


def test_two_posts_of_one_file_name_are_two_entries(site: WholeSite) -> None:
    site.jekyll()
    site.post("2022-05-24-x.md", post("One", day=1, more="source_url: https://n.example/1\n"))
    site.post("2022-05-24-x.md", post("Two", day=2, more="source_url: https://n.example/2\n"), "old_post")
    site.build()
    ids = {
        entry.findtext(ATOM + "title"): entry.findtext(ATOM + "id")
        for entry in site.feed("feed.xml").iter(ATOM + "entry")
    }
    assert ids == {
        "One": "https://finews.example/cat/2022/05/01/x",
        "Two": "https://finews.example/cat/2022/05/02/x",
    }


def test_a_file_that_cannot_be_read_leaves_its_entry_as_it_is(site: WholeSite) -> None:
    # a loop of links cannot be opened by anybody, root among them
    file = site.post("2022-05-24-x.md", post("T"))
    site.build()
    before = site.bytes()
    file.unlink()
    file.symlink_to(file)
    report = site.build()
    assert [each["path"] for each in report["posts"]["skipped"]] == ["_posts/2022-05-24-x.md"]
    assert site.bytes() == before
    file.unlink()
    site.build()
    assert site.titles("feed.xml") == []
