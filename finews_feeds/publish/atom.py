"""Atom (RFC 4287): entries rendered once, and joined under the heads of the feeds that they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from finews_feeds.model import Entry, FeedHead
from finews_feeds.publish.feedgen_ext import entry_bytes, head_bytes
from finews_feeds.publish.fit import fit_entry, fit_head
from finews_feeds.settings import SiteSettings

_END = b"</feed>\n"


class AtomRenderer:
    """One feed as an Atom document: metadata first, then the entries, each beginning on a line of its own."""

    name = "atom"
    suffix = ".xml"
    media_type = "application/atom+xml"
    version = "2"
    max_entries: int | None = None

    def fragment(self, entry: Entry, site: SiteSettings) -> bytes:
        """One atom:entry element without namespace declarations, for a document whose default namespace is Atom's.

        It is in the site's language unless it says another, its instants are in the site's time zone, and the schemes
        of its terms begin with the site's URL. ValueError for Markdown.
        """
        return entry_bytes(fit_entry(entry, site), site)

    def document(self, head: FeedHead, fragments: Sequence[bytes], site: SiteSettings) -> bytes:
        """The head, and the fragments in the order given, in UTF-8."""
        opening = head_bytes(fit_head(head, site), site.timezone).removesuffix(_END)
        return b"".join((opening, *fragments, _END))
