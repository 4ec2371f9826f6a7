"""However few sightings are settled at a time, what is decided of them is the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finews_feeds.cycle.context import Context, Options
from finews_feeds.cycle.report import Report
from finews_feeds.cycle.settling import Settling, gathered
from finews_feeds.model import FormerUrl, Override, OverrideKind, Sighting, Term, TermKind
from finews_feeds.publish.site import FolderSite
from finews_feeds.settings import FeedSourceSettings, OutputSettings, PostsSettings, Settings, SiteSettings
from finews_feeds.store import open_store

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SITE = SiteSettings("https://f.example/", "F", "en", ZoneInfo("UTC"), "F", date(2000, 1, 1))
SOURCES = ("a", "b", "posts")
#: Everything that settling writes; a row of `entries` is told by its number as well.
TABLES = ("entries", "members", "feeds", "tombstones", "sightings")

some_url = st.sampled_from(("", "//e.example/1", "//e.example/2", "//e.example/3"))
few_days = st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days))


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    source = draw(st.sampled_from(SOURCES))
    url = draw(some_url)
    return Sighting(
        source,
        draw(st.sampled_from("pqr")),
        url,
        source == "posts",
        draw(st.sampled_from(("T", "U"))),
        f"https:{url}",
        published_at=draw(st.none() | few_days),
        first_seen_at=draw(few_days),
        gone_at=draw(st.none() | st.none() | few_days),
        own_atom_id=draw(st.sampled_from(("", "", "urn:x", "urn:y"))),
        terms=(Term(TermKind.TAG, "t", "T"),) if draw(st.booleans()) else (),
        digest=draw(st.sampled_from(("0", "1"))),
        former_urls=(FormerUrl(draw(some_url)),) if draw(st.booleans()) else (),
    )


names = st.tuples(st.sampled_from(SOURCES), st.sampled_from("pqr"))
words = st.builds(
    lambda kind, one, other: Override(kind, one, (other,), NOW, "", ""),
    st.sampled_from(OverrideKind),
    names,
    names,
)


class Side:
    """One store, settled again and again, so many sightings at a time."""

    def __init__(self, folder: Path, portion: int) -> None:
        self.portion, self.file = portion, folder / f"{portion}.db"
        output = OutputSettings(folder / "public", tombstones=timedelta(days=9))
        site = Settings(folder / "finews.toml", SITE, "", output)
        sources = tuple(FeedSourceSettings(name, f"https://{name}.example/", "") for name in "ab")
        posts = (PostsSettings("posts", folder),)
        given = replace(site, sources=sources, posts=posts)
        self.store = open_store(f"sqlite:///{self.file.name}", folder)
        place = FolderSite(given.output.dir)
        self.context = Context(given, {}, self.store, place, NOW, Options(), lambda *_: None, Report(NOW), {})

    def settle(self, told: Sequence[Sighting], word: Override | None) -> list[object]:
        with self.store.transaction() as tx:
            tx.put_sightings(told)
            if word is not None:
                tx.put_override(word)
            overrides = self.store.overrides()
            unsettled, nearness = gathered(self.context, tx, tx.unsettled(), overrides)
            Settling(self.context, tx, unsettled, nearness, overrides, portion=self.portion).run()
        with closing(sqlite3.connect(self.file)) as known:
            return [known.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES]


@given(st.lists(st.tuples(st.lists(sightings(), max_size=8), st.none() | words), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_settled_in_portions_is_what_is_settled_at_once(
    days: list[tuple[list[Sighting], Override | None]],
) -> None:
    with TemporaryDirectory() as folder:
        sides = [Side(Path(folder), portion) for portion in (1, 3, 1000)]
        for told, word in days:
            one, few, all_at_once = (side.settle(told, word) for side in sides)
            assert one == few == all_at_once
        for side in sides:
            side.store.close()
