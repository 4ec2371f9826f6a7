"""What changes whenever the same bytes would be read otherwise, so that they are read anew."""

from functools import cache

#: The same post file would give another source entry.
POSTS = "3"
#: The same answer would give another feed.
_FEEDS = "3"


@cache
def feed_reader() -> str:
    """Stands for how feeds are read, by us and by feedparser, which need not be loaded for it."""
    from importlib.metadata import version

    return f"finews-{_FEEDS} feedparser-{version('feedparser')}"
