from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import PostFile, Sighting, SourceState, Text
from finews_feeds.store import codec

from . import values

#: (name, text): what a name on a disk or in a feed can be.
TEXTS = [
    ("empty", ""),
    ("Chinese", "东财滚动新闻"),
    ("bytes that are no UTF-8", "\udce4\udcff.md"),
    ("half a surrogate pair", "a\ud83d"),
    ("NUL", "a\0b"),
    ("the mark itself", "\uffff6162"),
]


@pytest.mark.parametrize("text", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_any_str_can_be_kept_in_a_database(text: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        ((kept,),) = connection.execute("SELECT value FROM json_each(?)", [json.dumps([codec.keep(text)])])
    connection.close()
    assert codec.restore(kept) == text


@given(values.texts, values.texts)
def test_two_texts_are_kept_alike_only_if_they_are_equal(one: str, other: str) -> None:
    assert codec.restore(codec.keep(one)) == one
    assert (codec.keep(one) == codec.keep(other)) == (one == other)


@given(values.instants)
def test_instants_are_kept_to_the_microsecond(at: datetime) -> None:
    assert codec.instant(codec.micros(at)) == at


def test_an_instant_of_another_zone_is_kept_in_utc() -> None:
    at = datetime(2022, 5, 24, 15, 31, 9, tzinfo=timezone(timedelta(hours=8)))
    assert str(codec.instant(codec.micros(at))) == "2022-05-24 07:31:09+00:00"


@given(values.sightings)
def test_a_sighting_is_what_its_rows_say(one: Sighting) -> None:
    row = codec.sighting_row(one.row, one)
    bodies = codec.bodies_of(codec.content_row(one.row, one)[1:])
    assert codec.sighting_of(row, bodies) == one


@given(values.source_states)
def test_a_source_state_is_what_its_document_says(state: SourceState) -> None:
    assert codec.state_of(codec.state_doc(state)) == state


@given(values.post_files)
def test_a_post_file_is_what_its_row_says(file: PostFile) -> None:
    _, *columns, odd = codec.file_row("posts", file)
    assert (PostFile(*columns) if odd is None else codec.file_of(*columns, odd)) == file


@given(
    st.builds(
        Sighting,
        source=st.just("a"),
        entry_id=st.just("1"),
        **dict.fromkeys(("canonical_url", "title"), st.just("")),
        is_post=st.just(False),
        link=st.just(""),
    )
)
def test_what_is_not_known_takes_no_room(one: Sighting) -> None:
    assert json.loads(str(codec.sighting_row(1, one)[-1])) == {"is_post": False, "title": "", "link": ""}


def test_a_document_stays_readable() -> None:
    state = SourceState("a", "https://news.example.org/atom.xml", last_ok_at=datetime(2022, 5, 24, tzinfo=UTC))
    assert codec.state_doc(state) == (
        '{"name":"a","url":"https://news.example.org/atom.xml","last_ok_at":1653350400000000}'
    )


def test_an_empty_text_is_not_a_missing_one() -> None:
    one = Sighting("a", "1", "", False, "", "", summary=Text(""))
    assert codec.bodies_of(codec.content_row(1, one)[1:]) == (Text(""), None)
