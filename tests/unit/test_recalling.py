"""What was read before is not read again, and nobody can tell by what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finews_feeds.cycle.context import Context, Options
from finews_feeds.cycle.polling import Outcome, decide, reading, record
from finews_feeds.cycle.recalling import OddPartsError, Recalled, recall
from finews_feeds.cycle.report import Report
from finews_feeds.errors import ParseError
from finews_feeds.model import Representation, Sighting, SourceState
from finews_feeds.publish.site import FolderSite
from finews_feeds.settings import FeedSourceSettings, OutputSettings, Settings, SiteSettings
from finews_feeds.sources import feed, feed_parts
from finews_feeds.store import open_store

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://n.example/feed"
SITE = SiteSettings("https://f.example/", "F", "en", ZoneInfo("UTC"), "F", date(2000, 1, 1))
SOURCE = FeedSourceSettings("a", URL, URL)
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "feeds").glob("*.feed"))


@dataclass(frozen=True)
class Item:
    """One entry; numbers below ten, so that names, addresses and titles meet."""

    guid: int | None = 0
    url: int | None = 0
    title: int = 0
    words: str = "w"
    days: int | None = 0

    def __str__(self) -> str:
        parts = [
            "<item>",
            f"<title>T{self.title}</title>",
            "" if self.url is None else f"<link>https://n.example/{self.url}</link>",
            "" if self.guid is None else f"<guid isPermaLink='false'>g{self.guid}</guid>",
            "" if self.days is None else f"<pubDate>{format_datetime(NOW + timedelta(days=self.days - 20))}</pubDate>",
            f"<description>{escape(self.words)}</description></item>",
        ]
        return "".join(parts)


def rss(*items: Item | str, head: str = "", tail: str = "") -> bytes:
    start = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>S</title>"
    return f"{start}{head}{''.join(map(str, items))}{tail}</channel></rss>".encode()


def item(number: int, **more: object) -> Item:
    return replace(Item(number, number, number, f"words {number}", number), **more)  # type: ignore[arg-type]


class Sides:
    """One source as a store knows it, polled again and again."""

    def __init__(self, folder: Path, recalls: bool) -> None:
        given = Settings(folder / "finews.toml", SITE, "", OutputSettings(folder / "public"))
        self.store = open_store(f"sqlite:///{recalls}.db", folder)
        site = FolderSite(given.output.dir)
        self.context = Context(given, {}, self.store, site, NOW, Options(), lambda *_: None, Report(NOW), {})
        self.recalls = recalls

    def recalled(self, answer: Representation) -> Recalled | None:
        settings = self.context.settings
        if not self.recalls:
            return None
        return recall(self.store, SOURCE.name, answer, reading(settings, SOURCE), settings.http.max_entries)

    def poll(self, body: bytes, now: datetime = NOW) -> int:
        """Polls once; how many entries had to be read, -1 for all."""
        self.context.now = now
        answer, old = Representation(URL, 200, (), body), self.context.states.get("a")
        decided = partial(decide, self.context.settings, SOURCE, old, answer, now)
        recalled, outcome = self.recalled(answer), None
        if recalled is not None:
            try:
                outcome = decided(recalled)
            except OddPartsError:
                recalled = None
        self.record(old, outcome or decided())
        return len(recalled.places()) if recalled else -1

    def record(self, old: SourceState | None, outcome: Outcome) -> None:
        with self.store.transaction() as tx:
            record(tx, self.context, SOURCE, old, outcome)

    def everything(self) -> tuple[SourceState, dict[str, Sighting]]:
        rows = {each.entry_id: each.row for each in self.store.sightings("a").values()}
        whole = self.store.sightings_in(rows.values())
        return self.store.source_states()["a"], {name: whole[row] for name, row in rows.items()}


@contextmanager
def two_sides() -> Iterator[tuple[Sides, Sides]]:
    with TemporaryDirectory() as name:
        sides = Sides(Path(name), True), Sides(Path(name), False)
        yield sides
        for each in sides:
            each.store.close()


def read(*documents: bytes) -> list[int]:
    """How much was read of each document; and that nobody can tell."""
    found = []
    with two_sides() as (recalling, plain):
        for days, body in enumerate(documents):
            found.append(recalling.poll(body, NOW + timedelta(days=days)))
            plain.poll(body, NOW + timedelta(days=days))
            assert recalling.everything() == plain.everything()
    return found


FIVE = [item(number) for number in (5, 4, 3, 2, 1)]

HISTORIES: dict[str, tuple[list[bytes], list[int]]] = {
    "one new entry": ([rss(*FIVE), rss(item(6), *FIVE[:-1])], [-1, 1]),
    "a changed entry": ([rss(*FIVE), rss(item(5, words="other"), *FIVE[1:])], [-1, 1]),
    "another order": ([rss(*FIVE), rss(*reversed(FIVE))], [-1, 0]),
    "a build date, a comment": (
        [
            rss(*FIVE, head="<lastBuildDate>a</lastBuildDate>"),
            rss(*FIVE, head="<lastBuildDate>b</lastBuildDate>"),
            rss(*FIVE, head="<lastBuildDate>c</lastBuildDate>", tail="<!-- served by w3 -->"),
        ],
        [-1, 0, 0],
    ),
    "another language": ([rss(*FIVE), rss(*FIVE, head="<language>de</language>")], [-1, -1]),
    "a comment in a section of the head": (
        [
            rss(*FIVE, head="<description><![CDATA[<!--]]></description><language>de</language><!-- -->"),
            rss(*FIVE, head="<description><![CDATA[<!--]]></description><language>fr</language><!-- -->"),
        ],
        [-1, -1],
    ),
    "an entry that is broken": ([rss(*FIVE), rss("<item><title>a & b</title></item>", *FIVE)], [-1, -1]),
    "an entry told again": ([rss(*FIVE), rss(item(5, words="x"), *FIVE)], [-1, -1]),
    "a known id beside a new address": ([rss(*FIVE), rss(item(5, url=9), *FIVE)], [-1, -1]),
    "what came after a document cut short": ([rss(*FIVE), rss(*FIVE)[:-60], rss(item(6), *FIVE)], [-1, -1, 1]),
    "a new id takes over and goes": (
        [rss(*FIVE), rss(item(5, guid=9), *FIVE[1:]), rss(*FIVE), rss(*FIVE, tail="<!-- -->")],
        [-1, 1, 1, 0],
    ),
    "no dates": (
        [rss(*(replace(each, days=None) for each in FIVE)), rss(*(replace(each, days=None) for each in FIVE[1:]))],
        [-1, 0],
    ),
    "a date that cannot be read": (
        [rss("<item><guid>x</guid><pubDate>soon</pubDate></item>", *FIVE)]
        + [rss("<item><guid>x</guid><pubDate>soon</pubDate></item>", *FIVE, tail=f"<!--{n}-->") for n in range(2)],
        [-1, 1, 1],
    ),
    "a date that is yet to come": (
        [rss(item(22), *FIVE), rss(item(22), *FIVE, tail="<!-- -->"), rss(item(22), item(6), *FIVE)],
        [-1, 1, 2],
    ),
    "what is held back changes nothing": (
        [rss(*FIVE), rss(*(replace(each, url=each.title + 9) for each in FIVE)), rss(item(6), *FIVE)],
        [-1, -1, 1],
    ),
    "nothing any more": ([rss(*FIVE), rss(), rss(*FIVE, tail="<!-- -->")], [-1, -1, 0]),
    "all dated anew": (
        [rss(*(replace(each, days=1) for each in FIVE)), rss(*(replace(each, days=9) for each in FIVE))],
        [-1, -1],
    ),
}


@pytest.mark.parametrize(("documents", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_only_what_is_not_known_is_read_and_nobody_can_tell(documents: list[bytes], expected: list[int]) -> None:
    assert read(*documents) == expected


_numbers = st.integers(0, 6)
_items = st.builds(
    Item,
    guid=st.none() | _numbers,
    url=st.none() | _numbers,
    title=_numbers,
    words=st.sampled_from(["w", "v", "<b>w</b>", "a & b", "<item>", "]]>", "<!-- w"]),
    days=st.none() | st.integers(0, 23),
)
_heads = st.sampled_from(["", "<updated>x</updated>", "<language>de</language>", "<!-- w -->", "<ttl>60</ttl>"])


@st.composite
def _documents(draw: st.DrawFn) -> list[bytes]:
    """What a source says one day after another: mostly what it said before, in part."""
    pool: Sequence[Item] = draw(st.lists(_items, min_size=3, max_size=12))
    chosen = st.lists(st.sampled_from(pool), max_size=9)
    return [rss(*draw(chosen), head=draw(_heads)) for _ in range(draw(st.integers(2, 5)))]


@given(documents=_documents())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_source_says_nobody_can_tell(documents: list[bytes]) -> None:
    read(*documents)


def test_what_was_written_since_is_read_again() -> None:
    with two_sides() as (recalling, _):
        recalling.poll(rss(*FIVE))
        with recalling.store.transaction() as tx:
            tx.put_sightings([replace(recalling.store.sightings("a")["g3"], title="another")])
        assert recalling.poll(rss(item(6), *FIVE)) == -1


def test_a_recalled_entry_that_is_recorded_anew_keeps_its_words() -> None:
    entries = [item(4), item(3), item(2), item(1, guid=7), item(5)]
    with two_sides() as (recalling, plain):
        for side in (recalling, plain):
            side.poll(rss(*entries))
            (gone,) = (each for each in side.store.sightings("a").values() if each.entry_id == "g7")
            body = side.store.contents([gone.row])[gone.row]
            parts = side.store.known_parts("a")
            assert parts is not None
            with side.store.transaction() as tx:
                tx.put_sightings([replace(gone, gone_at=NOW, summary=body[0], content=body[1])])
                tx.put_known_parts("a", parts)
            side.poll(rss(*entries, tail="<!-- 1 -->"), NOW + timedelta(days=1))
            side.poll(rss(item(6), *entries, tail="<!-- 2 -->"), NOW + timedelta(days=2))
        assert recalling.everything() == plain.everything()
        assert all(each.summary for each in recalling.everything()[1].values())


# --- where a document is cut ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_document_without_some_of_its_entries_gives_the_others(path: Path) -> None:
    body = path.read_bytes()
    cut = feed_parts.parts(body, (), URL)
    try:
        whole = feed.parse(body, (), URL)
    except ParseError:
        return
    if cut is None or whole.findings or len(cut.entries) != len(whole.entries):
        return
    for place, entry in enumerate(whole.entries):
        for numbers in ([place], [each for each in range(len(whole.entries)) if each >= place], []):
            found = feed.parse_part(cut.only(numbers), (), URL)
            assert found.feed == whole.feed
            assert found.entries == tuple(whole.entries[number] for number in numbers)
        assert entry in whole.entries


UNCUT = {
    "no entries": "<rss><channel></channel></rss>",
    "an entry in an entry": "<rss><item><item></item></item></rss>",
    "two that are alike": "<rss><item>a</item><item>a</item></rss>",
    "something between them": "<rss><item>a</item><title/><item>b</item></rss>",
    "a comment between them": "<rss><item>a</item><!-- --><item>b</item></rss>",
    "an empty element": "<rss><item/><item>b</item></rss>",
    "an end alone": "<rss></item><item>b</item></rss>",
    "no end": "<rss><item>a</item><item>b</rss>",
    "another end": "<rss><item>a</entry></rss>",
    "a comment without an end": "<rss><item>a<!-- </item></rss>",
    "a section without an end": "<rss><item>a<![CDATA[ </item></rss>",
    "an instruction without an end": "<rss><item>a<? </item></rss>",
    "a document type": "<!DOCTYPE rss><rss><item>a</item></rss>",
    "a prefix of its own": "<rss><item xmlns:a='b'>a</item></rss>",
    "bytes that are no characters": "<rss><item>\x00</item></rss>",
}


@pytest.mark.parametrize("text", UNCUT.values(), ids=UNCUT)
def test_a_document_that_cannot_be_cut_without_a_doubt_is_not_cut(text: str) -> None:
    assert feed_parts.parts(text.encode(), (), URL) is None


def test_marks_in_comments_and_sections_are_none() -> None:
    first, second = "<item><!-- </item> - -- --!> <item> --></item>", "<item><![CDATA[</item>]] ]>]]></item>"
    cut = feed_parts.parts(f"<rss><!-- <item> -->{first}\n {second}<?x <item> ? ?></rss>".encode(), (), URL)
    assert cut is not None
    assert cut.only([1]) == f"<rss><!-- <item> -->{second}<?x <item> ? ?></rss>"
    assert cut.only([]) == "<rss><!-- <item> --><?x <item> ? ?></rss>"


@pytest.mark.parametrize("piece", ["<!--", "<![CDATA[", "<?", "<item", "<item>", "<items>", "<updated>", "</item>"])
def test_no_document_takes_long_to_cut(piece: str) -> None:
    # a time that grew with the square of the length would be minutes
    assert feed_parts.parts(f"<rss><item></item>{piece * 100_000}".encode(), (), URL) is None
