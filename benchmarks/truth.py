"""How far the program is from the truth: `python -m benchmarks.truth [--histories N] [--sources N --articles N]`.

Plays random histories of a world whose truth is known, then one large world, and prints what was wrong; ends with 1 if
anything was. A history that went wrong is played again by `--seed SEED --histories 1`. See `tests/simulation`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import fields
from pathlib import Path
from time import perf_counter

from finews_feeds.publish.pages import compile_templates
from tests.simulation.history import Play
from tests.simulation.scale import figures

#: Every so many histories are played twice, once undisturbed, and every so many are ended by signal 9.
TWICE = 10
KILLED = 10


def histories(seed: int, number: int, folder: Path) -> bool:
    """Plays histories and prints what was wrong in each, then the sums; whether nothing was."""
    sums, began = Counter[str](), perf_counter()
    for each in range(seed, seed + number):
        play = Play(kills_processes=each % KILLED == 1)
        played = play.history(each, folder / str(each))
        sums.update(cycles=played.cycles, ended=played.cut, articles=played.articles)
        for wrong in played.wrong:
            print(f"seed {each}: {wrong}")
        if each % TWICE == 0 and played.cut:
            sums.update(twice=1)
            undisturbed = Play(is_disturbed=False).history(each, folder / str(each))
            if undisturbed.digest != played.digest:
                print(f"seed {each}: other bytes than those of an undisturbed run")
                sums.update(wrong=1)
        sums.update(wrong=bool(played.wrong))
        if (each + 1 - seed) % 1000 == 0:
            print(f"… {each + 1 - seed} histories, {sums['wrong']} wrong", flush=True)
    seconds = perf_counter() - began
    print(
        f"{number} histories: {sums['articles']} articles, {sums['cycles']} cycles"
        f", {sums['ended']} of them ended at a seam, {sums['twice']} compared with an undisturbed run;"
        f" {sums['wrong']} wrong"
        f" ({seconds:.0f} s, {seconds / number * 1000:.0f} ms each)",
        flush=True,
    )
    return not sums["wrong"]


def large(seed: int, sources: int, articles: int, folder: Path) -> bool:
    """Plays one large world and prints its figures; whether nothing was wrong."""
    found = figures(seed, folder / "large", sources, articles)
    for each in fields(found):
        print(f"{each.name.replace('_', ' '):16} {getattr(found, each.name):8g}")
    return not found.wrong


def main() -> int:
    """Both, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--articles", type=int, default=20_000, help="0: no large world")
    arguments = parser.parse_args()
    logging.disable()
    compile_templates()
    with tempfile.TemporaryDirectory() as name:
        is_right = histories(arguments.seed, arguments.histories, Path(name))
        if arguments.articles:
            is_right &= large(arguments.seed, arguments.sources, arguments.articles, Path(name))
    return not is_right


if __name__ == "__main__":
    sys.exit(main())
