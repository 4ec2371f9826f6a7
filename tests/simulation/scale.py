"""A world of many sources and articles with overlaps, played in a few rounds, and how far the program was from the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from finews_feeds.cycle import Options
from tests.simulation.history import Stage
from tests.simulation.world import WIDE, World

#: Rounds in which the articles come; in each, this share of what is said already changes in each of these ways.
ROUNDS = 4
CHANGED = 0.05


@dataclass(frozen=True)
class Figures:
    """Counts after the last round; every one that begins with `wrong` or `changed` has to be 0."""

    sources: int
    articles: int
    #: Words of one source, or a post, about one article.
    sightings: int
    entries: int
    feeds: int
    wrongly_merged: int
    wrongly_parted: int
    wrong_feeds: int
    changed_ids: int
    seconds: float

    @property
    def wrong(self) -> int:
        """Everything that is not as it should be."""
        return self.wrongly_merged + self.wrongly_parted + self.wrong_feeds + self.changed_ids


def figures(seed: int, folder: Path, sources: int, articles: int) -> Figures:
    """Plays the world; `seconds` are those of the cycles, without the world's own."""
    rng = Random(seed)
    world = World(rng, carriers=sources)
    for each in world.carriers:
        each.window = max(articles, WIDE)
    stage = Stage(folder, world, limit=2 * articles)
    seconds = 0.0
    for number in range(1, ROUNDS + 1):
        _round(world, rng, articles * number // ROUNDS)
        world.now += timedelta(hours=1)
        stage.write()
        began = perf_counter()
        stage.cycle(Options(force=True))
        seconds += perf_counter() - began
        world.deliver()
        stage.judge()
    published, expected = stage.published(), world.expected()
    merged, parted = Counter[int](), Counter[int]()
    wrong_feeds = 0
    for path in published.keys() | expected.keys():
        is_ = Counter(article for article, _ in published.get(path, []))
        should = expected.get(path, Counter())
        wrong_feeds += is_ != should
        if path == "feed.xml":
            merged, parted = should - is_, is_ - should
    return Figures(
        sources=sources,
        articles=len(world.articles),
        sightings=len(world.told),
        entries=len(published["feed.xml"]),
        feeds=len(published),
        wrongly_merged=merged.total(),
        wrongly_parted=parted.total(),
        wrong_feeds=wrong_feeds,
        changed_ids=sum(each.what == "id" for each in stage.wrong),
        seconds=round(seconds, 1),
    )


def _round(world: World, rng: Random, articles: int) -> None:
    """What is said already changes here and there, then new articles come."""
    changes: list[Callable[[], None]] = []
    for carrier in world.carriers:
        for said in list(carrier.entries.values()):
            article = world.articles[said.number - 1]
            if rng.random() < CHANGED:
                changes.append(lambda carrier=carrier, said=said: world.respelled(carrier, said))
            elif rng.random() < CHANGED and article.has_address and not article.is_twin:
                change = rng.choice((world.retitled, world.reguided))
                changes.append(lambda change=change, carrier=carrier, said=said: change(carrier, said))
    for change in changes:
        change()
    while len(world.articles) < articles:
        rng.choice((world.publish, world.publish, world.publish, world.copy, world.write_post))()
