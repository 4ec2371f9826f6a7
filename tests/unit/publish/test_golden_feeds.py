"""Golden feeds: every description in tests/golden/feeds beside the document that each format makes of it.

A description `NAME.py` defines FEED (a `rendering.Feed`) and, where it is not the usual one, SITE. The documents are
`../atom/NAME.xml`, `../rss/NAME.rss` and `../json/NAME.json`. A new description gets its documents, and changed
renderers change theirs, by

    FINEWS_REWRITE_GOLDEN=1 python -m pytest tests/unit/publish/test_golden_feeds.py

and whoever does that reads the difference before it is kept.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import feedparser
import pytest
from rendering import SITE, rendered_feed

from finews_feeds.publish.check import CHECKS
from finews_feeds.publish.fit import beside
from finews_feeds.publish.formats import FORMATS, renderer

GOLDEN = Path(__file__).parents[2] / "golden"
DESCRIPTIONS = sorted((GOLDEN / "feeds").glob("*.py"))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda path: path.stem)
def test_a_described_feed_gives_the_golden_document(description: Path, name: str) -> None:
    told = runpy.run_path(str(description))
    suffix = renderer(name).suffix
    expected = GOLDEN / name / f"{description.stem}{suffix}"
    data = rendered_feed(name, told["FEED"], told.get("SITE", SITE))
    if os.environ.get("FINEWS_REWRITE_GOLDEN"):
        expected.write_bytes(data)
    assert data.decode() == expected.read_text("utf-8")
    url = beside(told["FEED"].head, suffix)
    assert CHECKS[name](data, url) == ()
    if name != "json":
        assert not feedparser.parse(data).bozo


def test_every_golden_document_has_its_description() -> None:
    documents = {path.stem for name in FORMATS for path in (GOLDEN / name).iterdir() if path.suffix != ".md"}
    assert documents == {path.stem for path in DESCRIPTIONS}
    assert len(DESCRIPTIONS) >= 8
