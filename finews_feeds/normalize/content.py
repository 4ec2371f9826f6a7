"""Bodies on their way in and on their way out: hostile markup is cleaned at the door, Markdown becomes HTML at the end.

A source's HTML is sanitised once, when it is recorded. A post's Markdown is kept as it is written, since only the
posts that stand in a feed are ever rendered, and sanitised when it has become HTML.
"""

from __future__ import annotations

from finews_feeds.model import Text
from finews_feeds.normalize.text import clean


def admit(text: Text | None) -> Text | None:
    """What a source sent, fit to be recorded: HTML sanitised against its base, all else clean of forbidden characters.

    None where nothing is left, so that another sighting's body can take its place.
    """
    if text is None:
        return None
    if text.kind == "html":
        # Imported here because a tree of posts, nearly all of them recorded and not rendered, has no need of it.
        from finews_feeds.normalize.html import sanitize

        return _with_value(text, sanitize(text.value, text.base))
    return _with_value(text, clean(text.value))


def finish(text: Text | None) -> Text | None:
    """What is rendered: Markdown as sanitised HTML with the same base; all else as it was admitted.

    None where nothing is left to show.
    """
    if text is None or text.kind != "markdown":
        return text
    from finews_feeds.normalize.html import sanitize
    from finews_feeds.normalize.markdown import to_html

    value = sanitize(to_html(text.value), text.base)
    return Text(value, "html", text.base) if _is_shown(value) else None


def _with_value(text: Text, value: str) -> Text | None:
    if not _is_shown(value):
        return None
    return text if value == text.value else Text(value, text.kind, text.base)


def _is_shown(value: str) -> bool:
    return bool(value) and not value.isspace()
