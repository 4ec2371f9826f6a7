"""The old addresses of feeds (`id_style` in `[[posts]]`): the same bytes, at the address that subscribers know.

An address once given is kept, like every other: if the label of a feed, or the config, changes later, its old address
goes on being written. Which feed holds which is a fact of the store.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping

from finews_feeds.cycle.context import Context
from finews_feeds.publish.old_addresses import old_address
from finews_feeds.sources import files
from finews_feeds.store.protocol import FeedRow, Transaction

_META = "old_addresses"
_OWN_SUFFIX = ".xml"


class OldAddresses:
    """All old addresses, and the feed that each belongs to."""

    def __init__(self, context: Context) -> None:
        # without a `_config.yml` there was no Jekyll, and jekyll-feed is only the default
        self._styles = {
            each.id_style
            for each in context.settings.posts
            if each.id_style != "jekyll-feed" or any((each.path / name).is_file() for name in files.CONFIGS)
        }
        #: Address -> path of the feed; the first feed that asked for an address has it.
        self._holders: dict[str, str] = json.loads(context.store.meta(_META) or "{}")
        self._of: defaultdict[str, list[str]] = defaultdict(list)
        for address, path in self._holders.items():
            self._of[path].append(address)
        self._is_new = False

    def documents(self, feed: FeedRow, documents: dict[str, bytes]) -> dict[str, bytes]:
        """What stands at the old addresses of a feed."""
        atom = documents.get(feed.path + _OWN_SUFFIX)
        if atom is None:
            return {}
        for style in sorted(self._styles):
            address = old_address(style, feed.key, feed.label)
            if address and address not in self._holders:
                self._holders[address] = feed.path
                self._of[feed.path].append(address)
                self._is_new = True
        return dict.fromkeys(self.of(feed), atom)

    def of(self, feed: FeedRow) -> list[str]:
        """The old addresses of a feed."""
        return self._of.get(feed.path, [])

    @property
    def by_path(self) -> Mapping[str, list[str]]:
        """Path of a feed -> its old addresses."""
        return self._of

    def keep(self, tx: Transaction) -> None:
        """Notes the addresses that were given since the last time."""
        if self._is_new:
            tx.put_meta(_META, json.dumps(self._holders, ensure_ascii=False, sort_keys=True))
            self._is_new = False
