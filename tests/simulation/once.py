"""Builds one world in one cycle and prints what stands for its bytes: `python -m tests.simulation.once SEED FOLDER DAY`.

A process of its own, so that its environment (time zone, locale, hash seed) and its day can be another's.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from finews_feeds.cycle import Options
from tests.simulation.history import Stage
from tests.simulation.world import BEGIN, World


def main(seed: int, folder: Path, day: int) -> None:
    """Everything is dated: what is not takes the day on which it was seen, and is another thing on another day."""
    world = World(Random(seed), carriers=6, all_dated=True)
    for _ in range(60):
        world.rng.choice((world.publish, world.copy, world.write_post))()
    world.now = BEGIN + timedelta(days=day)
    stage = Stage(folder, world)
    stage.write()
    stage.cycle(Options())
    print(sha256(repr(sorted(stage.bytes().items())).encode()).hexdigest(), len(stage.bytes()))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
