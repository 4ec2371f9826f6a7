"""What we remember: sources, post files, sightings, entries and their ids, feeds and who stands in them.

`protocol` states what every store promises, `sqlite` is the embedded one, and the registry names one class a URL
scheme: another store is one new file and one line here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from finews_feeds.errors import Fault, StoreError
from finews_feeds.store.protocol import Store

__all__ = ["Store", "open_store"]

#: URL scheme -> "module:class"; imported only when it is asked for.
_STORES = {
    "sqlite": "finews_feeds.store.sqlite:SqliteStore",
}


def open_store(url: str, base: Path) -> Store:
    """Opens the store that `url` names, making it where it is missing; relative paths start from `base`.

    Raises StoreError where the scheme is unknown, or the store cannot be opened, or belongs to another program.
    """
    scheme = url.partition(":")[0]
    if scheme not in _STORES:
        raise StoreError(
            Fault(
                url,
                f"no store is known for {scheme!r}",
                f"write one of {', '.join(sorted(_STORES))}, as in sqlite:///../var/finews.db",
            )
        )
    module, _, name = _STORES[scheme].partition(":")
    store: Store = getattr(import_module(module), name).open(url, base)
    return store
