"""Tombstones (RFC 6721): what was withdrawn is named in every feed that it stood in, for a stated time."""

from __future__ import annotations

from datetime import timedelta

import feedparser
import pytest

from finews_feeds.publish.check import check_atom
from tests.whole.archived import DELETED, SITE, Archived
from tests.whole.site import ATOM, WholeSite

ON = 'limit = 3\nmin_age = "0s"\ntombstones = "30d"\n'


@pytest.fixture
def archived(site: WholeSite) -> Archived:
    site.output = ON
    made = Archived(site)
    for number in range(4):
        made.post(number, tags=("a", "b") if number % 2 else ("b",))
    made.build()
    return made


def faults(archived: Archived) -> list[object]:
    data = {path: data for path, data in archived.site.bytes().items() if path.endswith(".xml")}
    return [fault for path in data for fault in check_atom(data[path], SITE + path)]


def test_with_tombstones_off_nothing_is_named_nor_remembered(archived: Archived) -> None:
    archived.site.output = 'limit = 3\nmin_age = "0s"'
    archived.delete("2022-01-01-p1")
    archived.build()
    assert archived.deleted() == []
    archived.site.output = ON
    archived.build()
    assert archived.deleted() == []


def test_what_was_withdrawn_is_named_in_every_feed_that_it_stood_in(archived: Archived) -> None:
    archived.delete("2022-01-01-p1")
    archived.build()
    feeds = ("feed.xml", "feed/by_tag/a.xml", "feed/by_tag/b.xml", "feed/by_source/site.xml")
    assert [archived.deleted(path) for path in feeds] == [["p1"]] * 4
    archived.delete("2022-01-01-p2")
    archived.build()
    assert [archived.deleted(path) for path in feeds] == [["p2", "p1"], ["p1"], ["p2", "p1"], ["p2", "p1"]]
    stone = next(archived.site.feed("feed.xml").iterchildren(DELETED))
    assert stone.get("when") == "2022-06-01T08:03:00+08:00"
    assert faults(archived) == []
    assert archived.build().files_written == []
    before = archived.site.bytes()
    assert archived.rebuild() == before


def test_an_entry_that_comes_back_is_named_no_longer_wherever_it_stood(archived: Archived) -> None:
    archived.delete("2022-01-01-p1")
    archived.build()
    archived.post(1, tags=("b",))
    archived.build()
    assert archived.deleted() == archived.deleted("feed/by_tag/b.xml") == []
    assert archived.deleted("feed/by_tag/a.xml") == []
    assert "T1" in archived.site.titles("feed.xml")
    assert faults(archived) == []


def test_an_entry_that_only_leaves_a_feed_is_not_named_there(archived: Archived) -> None:
    archived.post(1, tags=("b",))
    archived.build()
    assert archived.deleted("feed/by_tag/a.xml") == []
    archived.delete("2022-01-01-p1")
    archived.build()
    assert archived.deleted("feed/by_tag/b.xml") == ["p1"]
    assert archived.deleted("feed/by_tag/a.xml") == []


def test_a_post_that_is_held_back_or_put_off_is_withdrawn_and_comes_back(archived: Archived) -> None:
    file = archived.site.folder / "posts/_posts/2022-01-01-p1.md"
    whole = file.read_text("utf-8")
    for line in ("published: false", "date: 2022-07-01 00:00:00 +0800"):
        file.write_text(whole.replace("---\n", f"---\n{line}\n", 1).replace("date: 2022-01", "x: 2022-01"), "utf-8")
        archived.build()
        assert archived.deleted() == ["p1"], line
        file.write_text(whole, "utf-8")
        archived.build()
        assert archived.deleted() == [], line


def test_a_tombstone_stands_for_its_time_measured_against_its_feed_and_not_the_clock(archived: Archived) -> None:
    archived.delete("2022-01-01-p1")
    archived.build()
    archived.now += timedelta(days=100)
    assert archived.build(full=True).files_written == []
    assert archived.deleted() == ["p1"]
    archived.delete("2022-01-01-p2")
    archived.build()
    assert archived.deleted() == ["p2"]
    assert archived.deleted("feed/by_tag/a.xml") == ["p1"]


def test_a_newer_entry_ends_a_tombstone_too(archived: Archived) -> None:
    archived.delete("2022-01-01-p1")
    archived.build()
    archived.now += timedelta(days=100)
    archived.post(24 * 150, tags=("a",))
    assert archived.build().files_written
    archived.post(24 * 240, tags=("a",))
    archived.build()
    assert archived.deleted() == archived.deleted("feed/by_tag/a.xml") == []
    assert archived.deleted("feed/by_tag/b.xml") == ["p1"]


def test_a_tombstone_is_never_older_than_its_entry(archived: Archived) -> None:
    archived.post(5000)
    archived.now += timedelta(days=60)
    archived.build()
    archived.now -= timedelta(days=50)
    archived.delete("2022-07-28-p5000")
    archived.build()
    stone = next(archived.site.feed("feed.xml").iterchildren(DELETED))
    assert (stone.get("when") or "") >= "2022-07-28T08:00:00+08:00"


def test_entries_of_a_folder_taken_out_of_the_config_are_named_and_bounded(site: WholeSite) -> None:
    site.output = ON + "max_bytes = 4000"
    made = Archived(site)
    other = site.folder / "other" / "_posts"
    other.mkdir(parents=True)
    for number in range(40):
        (other / f"2022-05-01-o{number}.md").write_text(f"---\ntitle: O{number}\n---\nx\n", "utf-8")
    site.more = '[[posts]]\nname = "other"\npath = "../other"'
    made.post(0)
    made.build()
    site.more = ""
    made.build()
    assert 0 < len(made.deleted()) < 10
    assert len(made.site.bytes()["feed.xml"]) <= 4000
    assert len(made.site.titles("feed.xml")) == 1
    assert faults(made) == []


def test_of_two_entries_that_turn_out_to_be_one_the_second_is_withdrawn(archived: Archived) -> None:
    for number, url in ((10, "https://n.example/x"), (11, "https://n.example/y")):
        archived.post(number, title="One", body=f"正文\n\n<{url}>\n")
    archived.build()
    archived.post(11, title="One", body="正文\n\n<https://n.example/x>\n")
    archived.build()
    ids = {entry.findtext(ATOM + "id") for entry in archived.site.feed("feed.xml").iterchildren(ATOM + "entry")}
    gone = [each.get("ref") for each in archived.site.feed("feed.xml").iterchildren(DELETED)]
    assert len(gone) == 1
    assert gone[0] not in ids
    assert archived.site.titles("feed.xml").count("One") == 1


def test_with_archives_what_was_sealed_and_withdrawn_is_named_in_the_feed(archived: Archived) -> None:
    archived.site.output = ON + "archives = 2"
    for number in range(10, 16):
        archived.post(number)
    archived.build()
    sealed = archived.archives()
    archived.delete("2022-01-01-p0")
    archived.build()
    assert archived.deleted() == ["p0"]
    assert archived.archives() == sealed
    assert archived.check() == ()


def test_feedparser_reads_a_feed_with_tombstones_as_if_there_were_none(archived: Archived) -> None:
    archived.delete("2022-01-01-p1")
    archived.build()
    found = feedparser.parse(archived.site.bytes()["feed.xml"])
    assert not found.bozo
    assert [each.title for each in found.entries] == ["T3", "T2", "T0"]
