"""What a kind of source promises, and the registry of them: a kind is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from finews_feeds.cycle.context import Context


class SourceKind(Protocol):
    """One way in which things come in, for all the sources of one table of the config.

    Whatever a source does, `gather` never raises for it: what is wrong with one source is in the report, leaves its
    entries as they are, and stops no other.
    """

    #: Whether what its sources say is at hand at once; the others are waited for, and local ones go before them.
    is_local: bool

    def is_due(self, context: Context) -> bool:
        """Whether any of its sources is to be looked at in this cycle."""

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Records what its sources say that is new, each in one transaction, and reports on all of them.

        `meanwhile` is called, while others are waited for, where something local has come in.
        """


#: Name of the kind -> "module:class"; gathered in this order, local ones first.
_KINDS = {
    "posts": "finews_feeds.cycle.posts:PostFolders",
    "files": "finews_feeds.cycle.file_feeds:FileFeeds",
    "lists": "finews_feeds.cycle.lists:LivingLists",
    "sources": "finews_feeds.cycle.polls:PolledFeeds",
    "server": "finews_feeds.cycle.subscriptions:Subscribing",
}


def source_kinds() -> list[SourceKind]:
    """Every kind, local ones first."""
    return sorted((_made(where) for where in _KINDS.values()), key=lambda kind: not kind.is_local)


def _made(where: str) -> SourceKind:
    module, _, name = where.partition(":")
    kind: SourceKind = getattr(import_module(module), name)()
    return kind
