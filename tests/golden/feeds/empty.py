"""A feed without entries is a valid feed."""

from __future__ import annotations

from rendering import HEAD

from finews_feeds.model import Feed

FEED = Feed(HEAD, ())
