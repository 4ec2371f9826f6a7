"""Sources that are files of this machine: what a generator writes, an export, a test's own documents."""

from __future__ import annotations

from collections.abc import Callable

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.polls import due_sources


class FileFeeds:
    """The `[[sources]]` whose URL is a `file:`, see `kinds.SourceKind`: read when they are due, as others are asked."""

    is_local = True

    def is_due(self, context: Context) -> bool:
        """Whether any of the files is to be read in this cycle."""
        return bool(due_sources(context, files=True))

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Reads what is due, and records each as a poll; `PolledFeeds` reports on all sources, these as well."""
        due = due_sources(context, files=True)
        if due:
            from finews_feeds.cycle.polling import read_files

            read_files(context, due)
