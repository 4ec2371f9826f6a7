"""The files in memory: never more than the bound, read once for all who wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.serve.app import Message, create_app
from finews_feeds.serve.shelf import Shelf, segments

SIZE_BYTES = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(8):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * SIZE_BYTES)
    (tmp_path / "large.txt").write_bytes(bytes(range(256)) * 20)
    return tmp_path


def test_no_more_is_kept_than_allowed_and_the_last_used_stays(folder: Path) -> None:
    async def main() -> None:
        shelf = Shelf(folder, 4 * SIZE_BYTES)
        first = await shelf.file(["0.txt"])
        for number in (1, 2, 3, 0, 4):
            assert await shelf.file([f"{number}.txt"])
            assert shelf.kept_bytes <= 4 * SIZE_BYTES
        assert await shelf.file(["0.txt"]) is first
        assert await shelf.file(["1.txt"])
        assert shelf.kept_bytes == 4 * SIZE_BYTES
        assert await shelf.file(["large.txt"])
        assert shelf.kept_bytes == 4 * SIZE_BYTES

    asyncio.run(main())


def test_those_who_wait_for_one_file_get_one_reading(folder: Path) -> None:
    async def main() -> None:
        shelf = Shelf(folder, 100_000)
        found = await asyncio.gather(*(shelf.file(["large.txt"]) for _ in range(5)))
        assert len({id(stored.plain.body) for stored in found if stored}) == 1

    asyncio.run(main())


def test_an_application_sends_no_content_to_head_whoever_runs_it(folder: Path) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("no request of ours has a content")

    app = create_app(folder, "https://finews.example/", timedelta(0))
    scope = {"type": "http", "method": "HEAD", "path": "/1.txt", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert sent[1]["body"] == b""
    assert (b"content-length", str(SIZE_BYTES).encode()) in sent[0]["headers"]


def test_a_server_may_announce_its_start_and_end(folder: Path) -> None:
    events = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": next(events)}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    asyncio.run(create_app(folder, "https://finews.example/", timedelta(0))({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


PATHS = [
    (b"/", ("",)),
    (b"/feed.xml", ("feed.xml",)),
    (b"/a/b%20c/", ("a", "b c", "")),
    (b"/%E9%93%B6.xml", ("银.xml",)),
    (b"/a+b", ("a+b",)),
    (b"/a%2Fb", None),
    (b"/a%5Cb", None),
    (b"/%2E%2E/b", None),
    (b"/a//b", None),
    (b"/a%00", None),
    (b"/%FF", None),
    (b"a", None),
    (b"", None),
]


@pytest.mark.parametrize(("raw", "parts"), PATHS)
def test_a_path_is_decoded_once_and_after_dividing(raw: bytes, parts: tuple[str, ...] | None) -> None:
    assert segments(raw) == parts


@given(raw=st.binary() | st.text(alphabet="/.%2fFeE5cC0a").map(str.encode))
def test_no_path_leads_outside(raw: bytes) -> None:
    for part in segments(b"/" + raw) or ():
        assert not part.startswith(".")
        assert not set(part) & set("/\\\0")
