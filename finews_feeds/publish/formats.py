"""What an output format promises, and the registry of them: a format is one new file and one line here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from finews_feeds.model import Entry, FeedHead
from finews_feeds.settings import SiteSettings, Theme


class Renderer(Protocol):
    """Turns values into the bytes of one format; pure, so the same values give the same bytes on any day and machine.

    An entry stands in many feeds and is rendered once: `fragment` gives its bytes, which the store keeps, and
    `document` joins them under a feed's head. `fragment` never depends on the feed, `document` never looks inside a
    fragment.
    """

    #: The word in `output.formats`.
    name: str
    #: What follows a feed's path: ".xml".
    suffix: str
    media_type: str
    #: Changes whenever the same entry would give other bytes, so that kept fragments are made anew.
    version: str
    #: How many entries of a feed stand in one document at most; None: as many as the feed holds.
    max_entries: int | None

    def fragment(self, entry: Entry, site: SiteSettings) -> bytes:
        """The entry as it stands in any document of this format."""

    def document(self, head: FeedHead, fragments: Sequence[bytes], site: SiteSettings) -> bytes:
        """The whole document; `fragments` are newest first, and may be none."""


#: `output.formats` word -> suffix and "module:class"; "page" is always on. Imported only when it renders.
_RENDERERS = {
    "atom": (".xml", "finews_feeds.publish.atom:AtomRenderer"),
    "rss": (".rss", "finews_feeds.publish.rss:RssRenderer"),
    "json": (".json", "finews_feeds.publish.json:JsonRenderer"),
    "page": (".html", "finews_feeds.publish.pages:PageRenderer"),
}

PAGE = "page"
FORMATS = ("atom", "rss", "json")


def renderer(name: str, theme: Theme | None = None) -> Renderer:
    """The renderer of this name; KeyError for a name that is none (the config has been checked before).

    A theme is for pages alone.
    """
    module, _, class_name = _RENDERERS[name][1].partition(":")
    kind = getattr(import_module(module), class_name)
    made: Renderer = kind(theme) if theme and name == PAGE else kind()
    assert made.suffix == suffix_of(name)
    return made


def suffix_of(name: str) -> str:
    """What follows a feed's path in this format; known without loading the renderer."""
    return _RENDERERS[name][0]
