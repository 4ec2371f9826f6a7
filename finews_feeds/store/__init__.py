"""What we remember: sources, post files, sightings, entries and their ids, feeds and who stands in them.

`protocol` states what every store promises, `sqlite` is the embedded one, and the registry names one class a URL
scheme: another store is one new file and one line here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from finews_feeds.errors import Fault, StoreError
from finews_feeds.store.protocol import Store

__all__ = ["Store", "open_store", "url_fault"]

#: URL scheme -> "module:class"; imported only when it is asked for.
_STORES = {
    "sqlite": "finews_feeds.store.sqlite:SqliteStore",
}


def url_fault(url: str) -> tuple[str, str] | None:
    """The cause and the mend where `url` can name no store; neither repeats the URL, for it may hold a secret."""
    scheme = url.partition(":")[0]
    if scheme not in _STORES:
        names = ", ".join(sorted(_STORES))
        return "no store is known for its scheme", f"write one of {names}, as in sqlite:///../var/finews.db"
    if scheme == "sqlite":
        from finews_feeds.store.database import path_of

        try:
            path_of(url, Path("/"))
        except StoreError as error:
            return error.faults[0].cause, error.faults[0].mend
    return None


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
