"""How much memory a cycle takes, whatever is sent to it (#5): measured on the process of a `build` and on its readers."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import FeedServer, Reply
from tests.whole.site import WholeSite

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="it measures as Linux does")]

MIB = 1024 * 1024
#: One document, all documents in hand, and what each of these bytes may come to: its characters, what is read in them,
#: and both once more on their way between two processes.
DOCUMENT, IN_HAND, TIMES = 4 * MIB, 16 * MIB, 8
SOURCES = 24
#: What making documents of entries may take beside that, however many there are: a portion of their texts, rendered
#: entries of four formats at hand and on their way to the store, and a document of each format.
PUBLISHING = 160 * MIB
#: What four times as many feeds, of so many bytes, may take beside, from their answers to their documents: what tells of
#: each of their 12,000 more entries which others it is one with, and what is kept at hand up to a bound.
FEEDS, FEED, MORE_FEEDS = 40, 200_000, 24 * MIB
#: A child's peak begins with what its parent had, so a small process of its own starts it. What the child itself waited
#: for, its readers, counts as well; the largest is told.
_MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
said = process.stdout.read()
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss, said.decode(), sep="\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def feed(size: int) -> bytes:
    """A feed of this many bytes, in entries that are all to be read."""
    entry = "<item><title>t{0}</title><guid isPermaLink='false'>{0}</guid><description>{1}</description></item>"
    words = "words and words " * (size // 100 // 16)
    items = "".join(entry.format(number, words) for number in range(100))
    return f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>".encode()


def coded(body: bytes) -> Reply:
    return Reply(body=gzip.compress(body, 1), headers=[("Content-Encoding", "gzip")])


def bomb() -> Reply:
    """A gigabyte of nothing in a megabyte."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    body = b"".join(squeeze.compress(bytes(16 * MIB)) for _ in range(64)) + squeeze.flush()
    return Reply(body=body, headers=[("Content-Encoding", "gzip")])


HEAVY: list[tuple[str, Callable[[], Reply], bool]] = [
    ("huge feeds", lambda: Reply(body=feed(DOCUMENT - 100_000)), True),
    ("huge feeds, coded", lambda: coded(feed(DOCUMENT - 100_000)), True),
    ("huge broken feeds", lambda: Reply(body=feed(DOCUMENT - 100_000).replace(b"<item>", b"<item><b>&x", 1)), True),
    ("nothing but elements", lambda: Reply(body=b"<rss><channel>" + b"<item><a/></item>" * (DOCUMENT // 18)), True),
    ("nothing but attributes", lambda: Reply(body=b"<rss" + b" a='1'" * (DOCUMENT // 7) + b"/>"), True),
    ("bombs", bomb, False),
    ("bodies without end", lambda: Reply(body=bytes(64 * MIB), chunked=True), False),
]


NARROW = 'limit = 1\nmin_age = "0s"'


def peak_bytes(
    folder: Path, server: FeedServer, reply: Reply, output: str = NARROW, count: int = SOURCES
) -> tuple[int, int]:
    """The most that a `build` with this answer from every source had in one process, and how many sources failed."""
    folder.mkdir()
    site = WholeSite(folder, allow=[server.host_port], output=output)
    site.http = f'max_bytes = {DOCUMENT}\nmax_memory = {IN_HAND}\ndeadline = "5m"\nread_deadline = "5m"'
    site.sources = [(f"s{number}", server.serve(f"/{number}", reply), "") for number in range(count)]
    site.write()
    command = [sys.executable, "-c", _MEASURE, sys.executable, "-m", "finews_feeds", "-c", str(site.config)]
    done = subprocess.run([*command, "build", "--json"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kibibytes, _, report = done.stdout.partition("\n")
    return int(kibibytes) * 1024, sum(each["is_fresh"] for each in json.loads(report)["sources"]["failed"])


@pytest.mark.parametrize(("reply", "is_read"), [case[1:] for case in HEAVY], ids=[case[0] for case in HEAVY])
def test_documents_in_hand_stay_within_what_they_are_given(
    tmp_path: Path, server: FeedServer, reply: Callable[[], Reply], is_read: bool
) -> None:
    at_rest, _ = peak_bytes(tmp_path / "small", server, Reply(body=feed(20_000)))
    peak, failed = peak_bytes(tmp_path / "heavy", server, reply())
    print(f"{at_rest / MIB:.0f} MiB with small feeds, {peak / MIB:.0f} MiB with these")
    assert failed == (0 if is_read else SOURCES)
    assert peak - at_rest <= TIMES * IN_HAND


@pytest.mark.parametrize(("output", "count"), [("", SOURCES), ("", 3 * SOURCES), ('max_bytes = "4 MiB"', SOURCES)])
def test_a_window_of_huge_entries_is_not_in_memory_at_once(
    tmp_path: Path, server: FeedServer, output: str, count: int
) -> None:
    at_rest, _ = peak_bytes(tmp_path / "small", server, Reply(body=feed(20_000)))
    output = f'formats = ["atom", "rss", "json"]\nlimit = 10_000\n{output}'
    peak, failed = peak_bytes(tmp_path / "heavy", server, Reply(body=feed(DOCUMENT - 100_000)), output, count)
    print(f"{at_rest / MIB:.0f} MiB with small feeds, {peak / MIB:.0f} MiB with {count} sources of {output!r}")
    assert failed == 0
    assert peak - at_rest <= max(TIMES * IN_HAND, PUBLISHING)


def test_a_first_poll_of_many_feeds_holds_some_of_them_at_a_time(tmp_path: Path, server: FeedServer) -> None:
    few, failed = peak_bytes(tmp_path / "few", server, Reply(body=feed(FEED)), "", FEEDS)
    many, more_failed = peak_bytes(tmp_path / "many", server, Reply(body=feed(FEED)), "", 4 * FEEDS)
    print(f"{few / MIB:.0f} MiB with {FEEDS} feeds, {many / MIB:.0f} MiB with {4 * FEEDS}")
    assert failed == more_failed == 0
    assert many - few <= MORE_FEEDS
