"""The labelled set: stories, and other tellings of each that are the same story, or are not. All of our own wording."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "pairs"
HALVES = ("train", "held-out")


@dataclass(frozen=True)
class Pair:
    """Two tellings, and whether they are one story; `what` says how the second came of the first."""

    what: str
    one: tuple[str, str]
    other: tuple[str, str]
    is_same: bool


def pairs(half: str) -> Iterator[Pair]:
    """All pairs of one half."""
    for story in stories(half):
        one = (story["title"], story["text"])
        for is_same in (True, False):
            for edits in story["same" if is_same else "different"]:
                yield Pair(f"{story['title']} {edits}", one, _told(one, edits), is_same)


def strangers(half: str) -> Iterator[Pair]:
    """Every story with every other one: never the same."""
    known = [(story["title"], story["text"]) for story in stories(half)]
    for number, one in enumerate(known):
        yield from (Pair(f"{one[0]} / {other[0]}", one, other, is_same=False) for other in known[number + 1 :])


def stories(half: str) -> list[dict[str, Any]]:
    return tomllib.loads((FOLDER / f"{half}.toml").read_text("utf-8"))["story"]


def _told(one: tuple[str, str], edits: str) -> tuple[str, str]:
    title, text = one
    for edit in edits.split("; "):
        if edit.startswith("@"):
            title, text = _styled(title, text, edit[1:])
            continue
        old, _, new = edit.removeprefix("title:").removeprefix("text:").partition("=>")
        edited = (
            title if edit.startswith("text:") else title.replace(old, new),
            text if edit.startswith("title:") else text.replace(old, new),
        )
        assert edited != (title, text), f"{one[0]}: {edit!r} changes nothing"
        title, text = edited
    return title, text


def _styled(title: str, text: str, name: str) -> tuple[str, str]:
    style = tomllib.loads((FOLDER / "styles.toml").read_text("utf-8"))[name]
    if "cut" in style:
        return title, text[: style["cut"]] + "…"
    words = {"title": title, "text": text}
    return style.get("title", "{title}").format(**words), style.get("text", "{text}").format(**words)
