"""Feeds that are no longer where they were: renamed terms, and what the operator moved or withdrew.

- `[output] moved`: an address, of a feed of ours or of another generator, at which another feed is to be had now.
- `[output] gone`: a feed that is withdrawn; its files go.
- A term that an `alias` renamed, and that no entry has any more: the feed of its new name stands for its feed.

A moved feed is listed nowhere, and keeps its id and its row: a term that comes back finds its feed as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from finews_feeds.cycle.context import Context
from finews_feeds.errors import Fault
from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.normalize.terms import term_key
from finews_feeds.publish.formats import suffix_of
from finews_feeds.publish.moved import MOVED_FILES, moved_files, moved_page
from finews_feeds.publish.slugs import address, feed_path
from finews_feeds.store.protocol import FeedRow

_META = "moved"
_ATOM, _PAGE = ".xml", ".html"
#: Of every format, wanted now or once.
_SUFFIXES = (_ATOM, _PAGE, ".rss", ".json")
#: There is always one of these.
_MAIN = feed_path(FeedKey(FeedKind.ALL))
_KINDS = (FeedKind.CATEGORY, FeedKind.TAG)


class Moves:
    """Which feeds have moved, and where to; made anew in each cycle from the config and the feeds that there are."""

    def __init__(self, context: Context, feeds: Sequence[FeedRow], old_addresses: Mapping[str, Sequence[str]]) -> None:
        """`old_addresses`: those of other generators that each feed has (`id_style`), by its path."""
        output = context.settings.output
        self._context = context
        self._old_addresses = old_addresses
        self._faults: list[Fault] = []
        # a feed that is new in this cycle has its path from its first rendering on
        self._rows = {each.path or feed_path(each.key, output.slugs): each for each in feeds}
        self._formats = [suffix_of(name) for name in output.formats]
        self._gone = {each.removesuffix(_ATOM) for each in output.gone}
        wanted = _renamed(context, self._rows) | {old.removesuffix(_ATOM): new for old, new in _plain(output.moved)}
        ends = {old: self._end_of(old, wanted) for old in wanted if old not in self._gone}
        #: Path of a feed that is not published under it -> path of the feed that stands for it.
        self._to = {old: new for old, new in ends.items() if new and old in self._rows}
        stems = {old: old.removesuffix(_ATOM) for old, _ in output.moved}
        #: An address that is no feed's of ours -> path of the feed to be had there.
        self._others = {old: ends[at] for old, at in stems.items() if at not in self._rows and ends.get(at)}

    def _end_of(self, old: str, wanted: Mapping[str, str]) -> str:
        """Where a chain of moves ends; "" where that is no feed, which is a fault of the config."""
        met = [old]
        while met[-1] in wanted and met.count(met[-1]) == 1:
            met.append(wanted[met[-1]])
        end = met[-1]
        if end in {*self._rows, _MAIN} and met.count(end) == 1 and end not in self._gone:
            return end
        cause = f"there is no feed {wanted[old]}{_ATOM}" if met.count(end) == 1 else "it leads back to itself"
        place = f"{self._context.settings.file}: output.moved.{old}{_ATOM}"
        self._faults.append(Fault(place, cause, "name a feed that is published; feeds.json lists them all"))
        return ""

    def is_standing(self, feed: FeedRow) -> bool:
        """Whether a feed is published under its own address."""
        path = feed.path or feed_path(feed.key, self._context.settings.output.slugs)
        return path not in self._to and path not in self._gone

    def is_gone(self, feed: FeedRow) -> bool:
        """Whether a feed was withdrawn by the operator."""
        return feed.path in self._gone

    def changed(self) -> list[FeedKey]:
        """The feeds to be rendered because something has moved, or come back, since the last cycle."""
        before: dict[str, str] = json.loads(self._context.store.meta(_META) or "{}")
        now = self._told()
        differ = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        paths = differ | {moves[path] for path in differ for moves in (before, now) if path in moves}
        return [self._rows[path].key for path in sorted(paths & self._rows.keys())]

    def standing(self, dirty: Iterable[FeedRow]) -> list[FeedRow]:
        """The feeds to be rendered for these: for one that has moved, the one that stands for it."""
        found: dict[int, FeedRow] = {}
        for each in dirty:
            if self.is_standing(each):
                found[each.row] = each
            elif each.path in self._to:
                row = self._rows[self._to[each.path]]
                found.setdefault(row.row, row)
        return list(found.values())

    def documents(self, feed: FeedRow, documents: Mapping[str, bytes]) -> dict[str, bytes]:
        """What stands at the addresses that a feed has taken over, given its own documents."""
        made: dict[str, bytes] = {}
        for old in _leading_to(feed.path, self._to):
            made |= {old + suffix: documents[feed.path + suffix] for suffix in self._formats}
            made |= dict.fromkeys(self._old_addresses.get(old, ()), documents[feed.path + _ATOM])
            made[old + _PAGE] = moved_page(address(self._context.settings.site.url, feed.path + _PAGE))
        for old in _leading_to(feed.path, self._others):
            made[old] = next((documents[feed.path + each] for each in self._formats if old.endswith(each)), b"")
            made[old] = made[old] or documents[feed.path + _ATOM]
        return made

    def paths_of(self, feed: FeedRow) -> Iterator[str]:
        """The addresses that a feed has taken over."""
        for old in _leading_to(feed.path, self._to):
            yield from (old + suffix for suffix in (*self._formats, _PAGE))
            yield from self._old_addresses.get(old, ())
        yield from _leading_to(feed.path, self._others)

    def finish(self) -> None:
        """Takes the files of withdrawn feeds away, and tells web servers and the next cycle what has moved."""
        site, store = self._context.site, self._context.store
        self._context.report.faults += [each for each in self._faults if each not in self._context.report.faults]
        gone = {path + suffix for path in self._gone for suffix in _SUFFIXES}
        gone.update(*(self._old_addresses.get(path, ()) for path in self._gone))
        gone.update(self._gone_archives() if self._gone else ())
        for path in sorted(gone):
            site.remove(path)
        moved = {old + suffix: new + suffix for old, new in self._to.items() for suffix in (*self._formats, _PAGE)}
        moved |= {each: new + _ATOM for old, new in self._to.items() for each in self._old_addresses.get(old, ())}
        moved |= {old: new + _ATOM for old, new in self._others.items()}
        files = moved_files(moved, gone, self._context.settings.site.url)
        for path in MOVED_FILES:
            if path not in files:
                site.remove(path)
            elif site.write(path, files[path]):
                self._context.report.files_written.append(path)
        told = json.dumps(self._told(), ensure_ascii=False, sort_keys=True)
        if (store.meta(_META) or "{}") != told:
            with store.transaction() as tx:
                tx.put_meta(_META, told)

    def _gone_archives(self) -> Iterator[str]:
        from finews_feeds.publish.archives import archive_path

        numbers = self._context.store.history().archives()
        for path in self._gone & self._rows.keys():
            yield from (archive_path(path, each + 1) for each in range(numbers.get(self._rows[path].row, 0)))

    def _told(self) -> dict[str, str]:
        return self._to | self._others | dict.fromkeys(sorted(self._gone), "")


def _plain(moved: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((old, new.removesuffix(_ATOM)) for old, new in moved)


def _leading_to(path: str, moved: Mapping[str, str]) -> list[str]:
    return sorted(old for old, new in moved.items() if new == path)


def _renamed(context: Context, rows: Mapping[str, FeedRow]) -> dict[str, str]:
    """The feeds of terms that an alias renamed and that no entry has: path -> path of the feed of the new name."""
    settings = context.settings
    aliases = [*(each.alias for each in settings.posts), *(each.alias for each in settings.sources)]
    keys = {term_key(old): term_key(new) for alias in aliases for old, new in alias}
    if not keys:
        return {}
    paths = {each.key: path for path, each in rows.items()}
    found = {}
    for path, row in rows.items():
        new = keys.get(row.key.key) if row.key.kind in _KINDS and not row.entries else None
        if new and new != row.key.key and (target := paths.get(FeedKey(row.key.kind, new))):
            found[path] = target
    return found
