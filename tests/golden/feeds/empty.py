"""A feed without entries is a valid feed."""

from __future__ import annotations

from rendering import HEAD, Feed

FEED = Feed(HEAD, ())
