"""The folders of local posts: whether anything in them is new since the last cycle; `reading` reads it.

One folder is one poll, and one transaction. Where the listing of a folder (paths, sizes, times of change) and all else
that decides what is read are as they were, no file is opened and no row is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from finews_feeds.cycle.context import Context, digest_of
from finews_feeds.cycle.report import FailedSource
from finews_feeds.model import Finding, FindingKind, SourceCondition, SourceState
from finews_feeds.normalize import version as normalizing
from finews_feeds.settings import PostsSettings
from finews_feeds.sources import files
from finews_feeds.sources.version import POSTS


class PostFolders:
    """The `[[posts]]` of the config, see `kinds.SourceKind`: looked through in every cycle."""

    is_local = True

    def is_due(self, context: Context) -> bool:
        """Always, where there are any: whether something is new is seen by looking."""
        return bool(context.settings.posts)

    def gather(self, context: Context, meanwhile: Callable[[], None]) -> None:
        """Reads what is new; a folder that cannot be read is reported and leaves its entries as they are."""
        # read again within one cycle, the report speaks of the folders as they are now
        context.report.posts_found = 0
        context.report.post_findings = []
        for settings in context.settings.posts:
            error = _read(context, settings) if settings.path.is_dir() else "the folder is not there"
            if error:
                _failed(context, settings, error)
            context.report.post_findings += context.store.post_findings(settings.name)


def _read(context: Context, settings: PostsSettings) -> str:
    """Reads what is new; gives what is wrong with the folder as a whole, "" where nothing is."""
    scan = files.scan(settings.path, settings.folders)
    reading = digest_of((POSTS, normalizing.READING, context.settings.site, settings, scan.config, scan.authors))
    # a path may hold anything but "/" twice
    files_told = "//".join([f"{path}//{size}//{at}" for path, size, at in scan.files])
    stamps = sha256(files_told.encode("utf-8", "surrogatepass")).hexdigest()
    listing = digest_of((reading, stamps, scan.findings))
    state = context.states.get(settings.name)
    is_ok = state is not None and state.condition is SourceCondition.OK
    if not is_ok or context.store.meta(f"listing:{settings.name}") != listing:
        from finews_feeds.cycle.reading import Folder

        folder = Folder(context, settings, scan)
        missing = folder.missing()
        if missing:
            return missing
        folder.read(reading, listing)
    context.report.posts_found += len(scan.files)
    told = json.loads(context.store.meta(f"findings:{settings.name}") or "[]")
    context.report.post_findings += (Finding(FindingKind(kind), *rest) for kind, *rest in told)
    context.report.post_findings += scan.findings
    return ""


def _failed(context: Context, settings: PostsSettings, error: str) -> None:
    # an unmounted disk is no order to withdraw every post
    mend = f"make it, mount it, or mend posts.{settings.name}.path; its entries stand as they are until then"
    context.report.sources_failed.append(FailedSource(settings.name, str(settings.path), error, mend))
    old = context.states.get(settings.name) or SourceState(settings.name, str(settings.path))
    failing = replace(
        old,
        condition=SourceCondition.FAILING,
        error=error,
        mend=mend,
        failing_since=old.failing_since or context.now,
        failures=old.failures + 1,
    )
    with context.store.transaction() as tx:
        tx.put_source_state(failing)
