"""Every golden feed reads as the file beside it says."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pytest

from finews_feeds.errors import ParseError
from finews_feeds.sources import feed

FOLDER = Path(__file__).parents[2] / "golden" / "feeds"
URL = "https://golden.example/dir/feed"
NAMES = sorted(path.stem for path in FOLDER.glob("*.feed"))


def plain(value: object) -> object:
    """A value of the model as JSON has it, without what is at its default."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: plain(each) for field, each in pairs if each != field.default}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def read(name: str, content_type: str) -> dict[str, object]:
    headers = (("content-type", content_type),) if content_type else ()
    try:
        parsed = feed.parse((FOLDER / f"{name}.feed").read_bytes(), headers, URL)
    except ParseError as error:
        return {"error": [plain(fault) for fault in error.faults]}
    found = plain(parsed)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_feed_reads_as_the_file_beside_it_says(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    content_type = expected.pop("content_type", "")
    assert read(name, content_type) == expected


def test_there_are_golden_feeds_and_none_stands_alone() -> None:
    assert len(NAMES) >= 25
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES
