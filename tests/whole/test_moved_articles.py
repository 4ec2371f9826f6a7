"""Articles that move: one entry before and after, whoever names the old address or the new one, and `explain` says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server import FeedServer
from tests.whole.site import ATOM, WholeSite
from tests.whole.test_overrides import ids
from tests.whole.test_rules import TRACKER, rules

OLD, NEW = "https://n.example/old", "https://n.example/new"
DATE = "Tue, 24 May 2022 08:17:00 GMT"


def item(guid: str, link: str, title: str = "Story", date: str = DATE, words: str = "Words.") -> str:
    permalink = "true" if guid == link else "false"
    dated = f"<pubDate>{date}</pubDate>" if date else ""
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='{permalink}'>{guid}</guid>"
        f"{dated}<description>{words}</description></item>"
    )


class Sources:
    """Sources by name, each with what it says."""

    def __init__(self, site: WholeSite, server: FeedServer) -> None:
        self.site, self.server = site, server
        site.allow = [server.host_port]

    def says(self, name: str, *items: str) -> None:
        body = "".join(items)
        text = f"<rss version='2.0'><channel><title>{name}</title><link>https://{name}.example/</link>{body}</channel></rss>"
        url = self.server.serve(f"/{name}", text)
        if name not in [each[0] for each in self.site.sources]:
            self.site.sources.append((name, url, 'interval = "1s"'))

    def built(self) -> dict[str, str]:
        """Title -> id, after a cycle that a full rebuild agrees with."""
        self.site.build("--force")
        before = self.site.bytes()
        self.site.build("--full", "--offline")
        assert self.site.bytes() == before
        assert len(self.site.titles("feed.xml")) == len(ids(self.site))
        return ids(self.site)


@pytest.fixture
def sources(site: WholeSite, server: FeedServer) -> Sources:
    return Sources(site, server)


def test_an_article_that_moves_at_one_source_is_one_with_its_copies_old_and_new(sources: Sources) -> None:
    sources.says("a", item("g1", OLD))
    sources.says("b", item("b1", OLD + "?utm_source=b", "Story"))
    before = sources.built()
    assert list(before) == ["Story"]
    sources.says("a", item("g1", NEW))
    assert sources.built() == before
    sources.says("c", item("c1", OLD, "Late copy"))
    sources.says("d", item("d1", NEW, "Later copy"))
    assert list(sources.built().values()) == list(before.values())
    for name in "abcd":
        assert len(sources.site.titles(f"feed/by_source/{name}.xml")) == 1
    # and back again
    sources.says("a", item("g1", OLD))
    assert list(sources.built().values()) == list(before.values())


def test_explain_finds_an_article_where_it_stood_and_says_so(sources: Sources) -> None:
    sources.says("a", item("g1", OLD))
    before = sources.built()
    sources.says("a", item("g1", NEW))
    sources.built()
    for url in (OLD, NEW):
        found = sources.site.explained(url)
        assert found["id"] == before["Story"]
        assert [each["former_urls"] for each in found["sightings"]] == [["http://n.example/old"]]
    assert "it stood at http://n.example/old before" in sources.site.run("explain", NEW)


def test_a_guid_that_is_given_to_the_next_article_joins_nobody(sources: Sources) -> None:
    sources.says("a", item("top", OLD, "Monday"))
    sources.says("b", item("b1", OLD, "Monday"))
    sources.built()
    sources.says("a", item("top", NEW, "Tuesday", "Wed, 25 May 2022 08:17:00 GMT"))
    sources.says("c", item("c1", NEW, "Tuesday", "Wed, 25 May 2022 08:17:00 GMT"))
    assert set(sources.built()) == {"Monday", "Tuesday"}


DAY = "Mon, 23 May 2022 16:00:00 GMT"

#: (name, what each of two sources says, poll by poll: (guid, link, title, date, words)): two articles, never one
STRANGERS = [
    (
        "a guid of a place on the page, a title of every day, a date without a time",
        [[("top", OLD, "早盘", DAY, "One."), ("b1", OLD, "早盘", DAY, "One.")],
         [("top", NEW, "早盘", DAY, "Two."), ("b1", OLD, "早盘", DAY, "One.")]],
    ),
    (
        "the same without date and text",
        [[("top", OLD, "早盘", "", ""), ("b1", OLD, "早盘", "", "")],
         [("top", NEW, "早盘", "", ""), ("b1", OLD, "早盘", "", "")]],
    ),
    (
        "a night of links to a login page",
        [[("a1", OLD, "One", DATE, "One."), ("b1", NEW, "Two", DATE, "Two.")],
         [("a1", "https://n.example/login", "One", DATE, "One."), ("b1", "https://n.example/login", "Two", DATE, "Two.")],
         [("a1", OLD, "One", DATE, "One."), ("b1", NEW, "Two", DATE, "Two.")]],
    ),
]  # fmt: skip


@pytest.mark.parametrize("polls", [each for _, each in STRANGERS], ids=[name for name, _ in STRANGERS])
def test_articles_that_met_at_one_address_are_not_one_for_it(
    sources: Sources, polls: list[list[tuple[str, str, str, str, str]]]
) -> None:
    for said in polls:
        for name, (guid, link, title, date, words) in zip("ab", said, strict=True):
            sources.says(name, item(guid, link, title, date, words))
        sources.site.build("--force")
    assert len(sources.site.titles("feed.xml")) == 2
    assert [each["source"] for each in sources.site.explained(NEW)["sightings"]] == ["a" if len(polls) == 2 else "b"]


@pytest.mark.parametrize("pubdate", [DAY, ""])
def test_notices_of_one_form_are_two_beside_an_entry_that_never_goes(sources: Sources, pubdate: str) -> None:
    pinned = item(
        "https://n.example/about", "https://n.example/about", "About", pubdate and "Mon, 02 May 2022 08:00:00 GMT"
    )
    before = item("https://n.example/0", "https://n.example/0", "Before", pubdate and "Sun, 22 May 2022 08:00:00 GMT")
    for document in ([pinned], [before, pinned], [item(OLD, OLD, "Notice", pubdate, "See the file."), before, pinned]):
        sources.says("a", *document)
        sources.site.build("--force")
    sources.says("a", item(NEW, NEW, "Notice", pubdate, "See the file."), pinned)
    sources.site.build("--force")
    assert sorted(sources.site.titles("feed.xml")) == ["About", "Before", "Notice", "Notice"]


def test_what_comes_to_the_old_address_is_another_article(sources: Sources) -> None:
    sources.says("a", item("g1", OLD))
    before = sources.built()
    sources.says("a", item("g1", NEW), item("g2", OLD, "Another story"))
    after = sources.built()
    assert after["Story"] == before["Story"]
    assert set(after) == {"Story", "Another story"}


def test_two_that_a_source_shows_apart_are_apart_and_explain_says_why(sources: Sources) -> None:
    sources.says("a", item("g1", OLD))
    sources.says("b", item("b1", OLD, "One"), item("b2", NEW, "Two"))
    sources.built()
    sources.says("a", item("g1", NEW))
    sources.built()
    assert len(sources.site.titles("feed.xml")) == 2
    why = [each["why"] for each in sources.site.explained(NEW)["refusals"]]
    assert any("one of them has moved, and one source shows both apart" in each for each in why)


def test_a_correction_in_a_post_parts_it_from_what_it_named(sources: Sources) -> None:
    text = "---\ntitle: Post\ndate: 2022-05-24 08:00:00 +0800\nsource_url: {}\n---\nWords.\n"
    sources.site.post("2022-05-24-p.md", text.format(OLD))
    sources.says("a", item("g1", OLD))
    assert set(sources.built()) == {"Post"}
    sources.site.post("2022-05-24-p.md", text.format(NEW))
    assert set(sources.built()) == {"Post", "Story"}


def test_other_rules_are_laid_on_where_an_article_stood(sources: Sources) -> None:
    sources.says("a", item("g1", OLD + "?mark=1"))
    sources.says("b", item("b1", OLD + "?mark=2", "Copy"))
    before = sources.built()
    sources.says("a", item("g1", NEW))
    assert set(sources.built()) == {"Story", "Copy"}
    rules(sources.site, TRACKER)
    assert set(sources.built().values()) < set(before.values())
    rules(sources.site, "")
    assert set(sources.built()) == {"Story", "Copy"}


def test_a_slug_that_is_mended_where_the_guid_is_the_url_is_the_same_entry(sources: Sources) -> None:
    older = item("https://n.example/0", "https://n.example/0", "Older", "Mon, 23 May 2022 08:17:00 GMT")
    sources.says("a", item(OLD, OLD), older)
    sources.says("b", item("b1", OLD))
    before = sources.built()
    sources.says("a", item(NEW, NEW, words="Words, edited."), older)
    assert sources.built() == before
    # it is known by its new id from then on, and nobody takes the copy for another
    sources.says("a", item(NEW, NEW, "Story, retitled", words="Words, edited."), older)
    sources.says("c", item("c1", NEW))
    after = sources.built()
    assert set(after.values()) == set(before.values())


#: (name, what the source says next): none of it is the old entry for certain
OTHERS = [
    ("another title", [item(NEW, NEW, "Other")]),
    ("another date", [item(NEW, NEW, date="Wed, 25 May 2022 08:17:00 GMT")]),
    ("both stand there", [item(OLD, OLD), item(NEW, NEW)]),
    ("another host", [item("https://m.example/x", "https://m.example/x")]),
    ("the old one may have scrolled out", [item(NEW, NEW, words="Other words.")]),
]


@pytest.mark.parametrize("document", [each for _, each in OTHERS], ids=[name for name, _ in OTHERS])
def test_a_guess_makes_no_entry_of_two(sources: Sources, document: list[str]) -> None:
    sources.says("a", item(OLD, OLD))
    sources.built()
    sources.says("a", *document)
    sources.site.build("--force")
    assert len(list(sources.site.feed("feed.xml").iter(ATOM + "entry"))) == 2


def test_a_split_holds_for_what_its_source_says_there_under_another_guid(sources: Sources) -> None:
    sources.says("a", item("a1", OLD, "Story"))
    sources.says("b", item("b1", OLD, "Other"))
    before = sources.built()
    sources.site.run("split", OLD, "b")
    split = sources.built()
    assert set(split) == {"Story", "Other"}
    sources.says("b", item("b2", OLD, "Story"))
    found = sources.site.build("--force")
    assert found["sources"]["failed"] == []
    told: list[dict[str, Any]] = sources.site.explained(before["Story"])["sightings"]
    assert [each["source"] for each in told] == ["a"]
    assert any("you split them" in each["why"] for each in sources.site.explained(before["Story"])["refusals"])
    sources.site.run("overrides", "undo", "1")
    sources.site.build("--offline")
    assert {each["source"] for each in sources.site.explained(before["Story"])["sightings"]} == {"a", "b"}
