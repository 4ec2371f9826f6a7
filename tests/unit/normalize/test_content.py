"""Bodies on their way in and out."""

from __future__ import annotations

from finews_feeds.model import Text
from finews_feeds.normalize.content import admit, finish

BASE = "https://a.example/post"


def test_html_is_sanitised_on_the_way_in_and_not_again_on_the_way_out() -> None:
    admitted = admit(Text('<p onclick="x">a <a href="b">b</a></p>', "html", BASE))
    assert admitted == Text('<p>a <a href="https://a.example/b">b</a></p>', "html", BASE)
    assert finish(admitted) is admitted


def test_markdown_is_cleaned_on_the_way_in_and_sanitised_html_on_the_way_out() -> None:
    admitted = admit(Text("*a*\x00\n\n<script>x</script>\n\n[b](c)", "markdown", BASE))
    assert admitted == Text("*a*\n\n<script>x</script>\n\n[b](c)", "markdown", BASE)
    finished = Text('<p><em>a</em></p>\n\n<p><a href="https://a.example/c">b</a></p>', "html", BASE)
    assert finish(admitted) == finished


def test_text_stays_text() -> None:
    assert admit(Text("a <b>\x01")) == Text("a <b>")
    assert finish(Text("a <b>")) == Text("a <b>")


def test_nothing_left_is_none() -> None:
    assert admit(None) is None
    assert finish(None) is None
    assert admit(Text(" \x00\n")) is None
    assert admit(Text("<script>x</script>", "html")) is None
    assert finish(Text("<!-- nothing -->", "markdown")) is None


def test_what_needs_no_change_is_the_same_value() -> None:
    text = Text("<p>a</p>", "html", BASE)
    assert admit(text) is text
