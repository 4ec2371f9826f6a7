"""Archives of feeds (RFC 5005 §4): a client that walks them has everything, and what was sealed never changes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from finews_feeds.publish.check import check_atom
from tests.whole.archived import ARCHIVE, SITE, Archived, key_of, linked
from tests.whole.site import ATOM, WholeSite
from tests.whole.test_crash import KILLER

SMALL = 'limit = 3\nmin_age = "0s"\narchives = 4\n'


@pytest.fixture
def archived(site: WholeSite) -> Archived:
    site.output = SMALL
    return Archived(site)


def titles(documents: list[object]) -> list[list[str]]:
    from lxml import etree

    found = []
    for root in documents:
        assert isinstance(root, etree._Element)
        found.append([entry.findtext(ATOM + "title") or "" for entry in root.iterchildren(ATOM + "entry")])
    return found


def assert_whole(archived: Archived, tags: tuple[str, ...], max_bytes: int) -> None:
    """Every feed and its archives show everything that stands in it, each in its newest version and without a fault."""
    live = {name.rpartition("-")[2]: title for name, (title, _) in archived.posts.items()}
    for path, wanted in [
        ("feed.xml", live),
        *(
            (f"feed/by_tag/{tag}.xml", {n.rpartition("-")[2]: t for n, (t, ts) in archived.posts.items() if tag in ts})
            for tag in tags
        ),
    ]:
        if not (archived.site.public / path).exists():
            assert not wanted
            continue
        walked = {key_of(atom_id): title for atom_id, title in archived.walk(path).items()}
        assert {key: walked[key] for key in wanted} == wanted, path
    for path, data in archived.site.bytes().items():
        if path.endswith(".xml"):
            assert check_atom(data, SITE + path) == (), path
            assert len(data) <= max_bytes or data.count(b"<entry>") == 1, path
    assert archived.check() == ()


def test_with_archives_off_nothing_is_sealed_and_no_feed_leads_to_one(archived: Archived) -> None:
    archived.site.output = 'limit = 3\nmin_age = "0s"'
    for number in range(12):
        archived.post(number)
    archived.build()
    assert archived.archives() == {}
    assert linked(archived.site.feed("feed.xml"), "prev-archive") == ""
    assert len(archived.site.titles("feed.xml")) == 3


def test_the_oldest_are_sealed_in_full_documents_and_the_rest_stands_in_the_feed(archived: Archived) -> None:
    for number in range(12):
        archived.post(number)
    archived.build()
    assert titles([*archived.chain()]) == [
        ["T11", "T10", "T9", "T8"],
        ["T7", "T6", "T5", "T4"],
        ["T3", "T2", "T1", "T0"],
    ]
    assert [each.find(ARCHIVE) is not None for each in archived.chain()] == [False, True, True]
    assert archived.build().files_written == []
    assert archived.check() == ()


def test_an_entry_changed_after_it_was_sealed_stands_in_the_feed_until_it_is_sealed_again(archived: Archived) -> None:
    for number in range(11):
        archived.post(number)
    archived.build()
    before = archived.archives()
    archived.post(1, "T1 corrected")
    archived.build()
    assert archived.site.titles("feed.xml") == ["T10", "T9", "T8", "T1 corrected"]
    assert archived.archives() == before
    for number in range(11, 15):
        archived.post(number)
    archived.build()
    assert titles([*archived.chain()])[1] == ["T10", "T9", "T8", "T1 corrected"]
    assert archived.archives().items() > before.items()
    assert archived.walk()[next(each for each in archived.walk() if key_of(each) == "p1")] == "T1 corrected"


def test_one_that_changes_back_is_sealed_again_and_not_taken_for_its_first_version(archived: Archived) -> None:
    for number in range(11):
        archived.post(number)
    archived.build()
    archived.post(1, "other")
    for number in range(11, 16):
        archived.post(number)
    archived.build()
    assert "other" in titles([*archived.chain()])[1]
    archived.post(1)
    archived.build()
    assert "T1" in archived.site.titles("feed.xml")
    assert_whole(archived, (), 2**20)


@pytest.mark.parametrize("max_bytes", [2**20, 6000, 1500])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 3))])
def test_whatever_happens_a_client_that_walks_has_all_and_no_archive_ever_changes(
    archived: Archived, seed: int, max_bytes: int
) -> None:
    chance = random.Random(seed)
    archived.site.output = f'{SMALL}max_bytes = {max_bytes}\ntombstones = "2h"'
    tags = ("a", "b", "1.xml")
    sealed: dict[str, bytes] = {}
    numbers = iter(range(10_000))
    for turn in range(8):
        for _ in range(chance.choice((0, 1, 2, 9))):
            archived.post(
                chance.choice((next(numbers), 3000 - next(numbers))),
                tags=tuple(chance.sample(tags, chance.randrange(3))),
            )
        names = sorted(archived.posts)
        for name in chance.sample(names, min(len(names), chance.choice((0, 0, 1, 3)))):
            own = tuple(chance.sample(tags, chance.randrange(3)))
            archived.post(int(name.rpartition("p")[2]), f"turn {turn}", own, "字" * chance.choice((3, 300)))
        for name in chance.sample(names, min(len(names), chance.choice((0, 0, 1, 2)))):
            archived.delete(name)
        archived.build()
        assert archived.archives().items() >= sealed.items()
        sealed = archived.archives()
        assert_whole(archived, tags, max_bytes)
        assert archived.build().files_written == []
    assert sealed
    before = archived.site.bytes()
    assert archived.rebuild() == before
    assert archived.build(full=True).files_written == []


def test_a_history_of_additions_is_cut_alike_however_often_it_is_published(tmp_path: Path) -> None:
    found = []
    for step in (1, 5, 15):
        folder = tmp_path / str(step)
        folder.mkdir()
        one = Archived(WholeSite(folder, output=SMALL))
        for number in range(15):
            one.post(number, tags=("a",))
            if number % step == step - 1:
                one.build()
        found.append(one.site.bytes())
    assert found[0] == found[1] == found[2]
    assert len([path for path in found[0] if path.startswith("archive/feed.")]) == 3


def test_switched_on_late_the_whole_history_is_sealed(archived: Archived) -> None:
    archived.site.output = 'limit = 3\nmin_age = "0s"'
    for number in range(50):
        archived.post(number)
    archived.build()
    archived.site.output = SMALL
    archived.build()
    assert len(archived.chain()) == 12
    assert_whole(archived, (), 2**20)


def test_switched_off_and_on_again_the_chain_goes_on(archived: Archived) -> None:
    for number in range(12):
        archived.post(number)
    archived.build()
    before = archived.archives()
    archived.site.output = 'limit = 3\nmin_age = "0s"'
    archived.post(12)
    archived.build()
    assert archived.archives() == before
    assert linked(archived.site.feed("feed.xml"), "prev-archive") == ""
    archived.site.output = SMALL
    archived.build()
    assert archived.archives().items() >= before.items()
    assert_whole(archived, (), 2**20)


def test_other_titles_and_formats_do_not_touch_what_is_sealed(archived: Archived) -> None:
    for number in range(12):
        archived.post(number, tags=("a",))
    archived.build()
    before = archived.archives()
    archived.site.site = archived.site.site.replace("金融消息", "Other").replace("Asia/Shanghai", "UTC")
    archived.site.output = (
        SMALL + 'formats = ["rss", "atom", "json"]\ncompress = ["gzip"]\nhubs = ["http://127.0.0.1:9/"]'
    )
    archived.build()
    assert {path: archived.archives()[path] for path in before} == before
    assert {f"{path}.gz" for path in before} <= archived.archives().keys()
    assert b"hub" not in before["archive/feed.1.xml"]


def test_without_atom_there_is_nothing_to_archive_and_nothing_to_miss(archived: Archived) -> None:
    archived.site.output = SMALL + 'formats = ["rss"]'
    for number in range(12):
        archived.post(number)
    archived.build()
    assert archived.archives() == {}
    assert archived.check() == ()


def test_lost_archives_come_back_byte_for_byte(archived: Archived) -> None:
    for number in range(20):
        archived.post(number)
    archived.build()
    before = archived.site.bytes()
    (archived.site.public / "archive/feed.2.xml").unlink()
    assert [each.cause for each in archived.check()] == ["the archive document is missing"]
    assert archived.build().files_written == ["archive/feed.2.xml"]
    (archived.site.public / "archive/feed.3.xml").write_bytes(before["archive/feed.1.xml"])
    assert {each.place.rpartition("/")[2] for each in archived.check()} == {"feed.3.xml"}
    assert archived.build(full=True).files_written == ["archive/feed.3.xml"]
    assert archived.site.bytes() == before


def test_check_names_entries_that_are_nowhere_and_a_chain_that_is_broken(archived: Archived) -> None:
    for number in range(11):
        archived.post(number)
    archived.build()
    head = archived.site.public / "feed.xml"
    whole = head.read_bytes()
    head.write_bytes(whole.replace(b"archive/feed.2.xml", b"archive/feed.1.xml"))
    assert "should be archive/feed.2.xml" in archived.check()[0].cause
    start = whole.index(b"<entry>")
    head.write_bytes(whole[:start] + whole[whole.index(b"<entry>", start + 1) :])
    assert "1 entries are neither in it nor in an archive of it" in archived.check()[0].cause


def test_a_site_at_another_address_has_links_that_lead_there(archived: Archived) -> None:
    for number in range(12):
        archived.post(number)
    archived.build()
    archived.site.site += '\nurl = "https://other.example/x&y/"'
    text = archived.site.config.read_text("utf-8")
    archived.site.write()
    changed = archived.site.config.read_text("utf-8").replace('url = "https://finews.example/"\n', "", 1)
    assert changed != text
    archived.site.write = lambda: archived.site.config.write_text(changed, "utf-8") and None  # type: ignore[method-assign]
    archived.build()
    archived.base = "https://other.example/x&y/"
    assert set(archived.walk().values()) == {f"T{number}" for number in range(12)}
    assert archived.check() == ()


def test_a_withdrawn_feed_loses_its_archives_and_has_them_again_when_it_comes_back(archived: Archived) -> None:
    for number in range(12):
        archived.post(number, tags=("a",))
    archived.build()
    before = archived.site.bytes()
    archived.site.output = SMALL + 'gone = ["feed/by_tag/a.xml"]'
    archived.build()
    assert not any("by_tag/a." in path for path in archived.site.bytes())
    assert b"archive/feed/by_tag/a.2.xml" in archived.site.bytes()["moved.json"]
    assert archived.check() == ()
    archived.site.output = SMALL
    archived.build()
    assert archived.site.bytes() == before


def test_a_moved_feed_keeps_its_archives_and_leads_to_those_of_the_feed_that_stands_for_it(archived: Archived) -> None:
    for number in range(24):
        archived.post(number, tags=("a",) if number % 2 else ("b",))
    archived.build()
    before = archived.archives()
    archived.site.output = SMALL + 'moved = { "feed/by_tag/a.xml" = "feed/by_tag/b.xml" }'
    archived.build()
    assert archived.archives() == before
    assert linked(archived.site.feed("feed/by_tag/a.xml"), "prev-archive") == SITE + "archive/feed/by_tag/b.2.xml"
    assert archived.check() == ()
    assert archived.build().files_written == []


def test_a_rehearsal_seals_nothing(archived: Archived) -> None:
    archived.post(0)
    archived.build()
    for number in range(1, 12):
        archived.post(number)
    before = archived.site.bytes()
    assert "archive/feed.2.xml" in archived.build(dry_run=True).files_written
    assert archived.site.bytes() == before
    assert "archive/feed.2.xml" in archived.build().files_written


def test_archives_are_read_by_feedparser(archived: Archived) -> None:
    for number in range(12):
        archived.post(number)
    archived.build()
    found = feedparser.parse(archived.archives()["archive/feed.2.xml"])
    assert not found.bozo
    assert [each.title for each in found.entries] == ["T7", "T6", "T5", "T4"]
    assert found.feed.id == SITE + "feed.xml"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("module", "name", "at"),
    [
        ("finews_feeds.store.history", "SqliteHistoryBook.seal", 1),
        ("finews_feeds.store.history", "SqliteHistoryBook.seal", 3),
        ("finews_feeds.cycle.sealing", "Sealing.seal", 2),
        ("finews_feeds.publish.site", "FolderSite._rename", 1),
        ("finews_feeds.publish.site", "FolderSite._rename", 2),
        ("finews_feeds.store.writing", "SqliteTransaction.put_feed", 2),
    ],
)
def test_killed_at_any_seam_the_next_run_ends_in_the_bytes_of_an_undisturbed_one(
    tmp_path: Path, module: str, name: str, at: int, when: str
) -> None:
    found = []
    for case in ("killed", "undisturbed"):
        folder = tmp_path / case
        folder.mkdir()
        one = Archived(WholeSite(folder, output=SMALL))
        for number in range(20):
            one.post(number, tags=("a",))
        one.site.write()
        if case == "killed":
            command = [sys.executable, "-c", KILLER, module, name, str(at), when]
            done = subprocess.run([*command, "-c", str(one.site.config), "build", "--offline"], timeout=60, check=False)
            assert done.returncode == -9
            noted = one.archives()
            one.build()
            assert one.archives().items() >= noted.items()
        else:
            one.build()
        found.append(one.site.bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("name", ["FolderSite._rename", "FolderSite.write"])
def test_a_document_that_was_written_by_a_run_that_was_killed_does_not_change_either(
    archived: Archived, name: str, at: int
) -> None:
    names = [archived.post(number, tags=("a",)) for number in range(20)]
    archived.site.write()
    command = [sys.executable, "-c", KILLER, "finews_feeds.publish.site", name, str(at), "after"]
    subprocess.run([*command, "-c", str(archived.site.config), "build", "--offline"], timeout=60, check=False)
    written = archived.archives()
    assert len(written) == at
    archived.delete(names[0])
    archived.post(1, "corrected", ("a",))
    archived.build()
    assert archived.archives().items() >= written.items()
    assert_whole(archived, ("a",), 2**20)
