"""Reading what is new in a folder of posts: what is rewritten, moved or gone since the last cycle.

What a file gives is compared with the sighting that stands, so a rewritten file with the same words is no news.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from finews_feeds.cycle.context import Context, date_reader
from finews_feeds.cycle.rules import identity_key
from finews_feeds.model import (
    Finding,
    FindingKind,
    ParsedPost,
    PostFile,
    Sighting,
    SourceCondition,
    SourceState,
)
from finews_feeds.normalize.identity import revise
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.settings import PostsSettings
from finews_feeds.sources import files, jekyll, post
from finews_feeds.sources.post_name import PostNames
from finews_feeds.store.protocol import Transaction

if TYPE_CHECKING:
    from finews_feeds.cycle.rendered_pages import RenderedPages

#: Files read between two writes: bounds the memory that a cold run of any size takes.
_BATCH = 500
#: A file that looks half written and is younger than this is read again before it replaces anything.
_TORN_AGE_NS = 60 * 10**9
#: What stands between a post's key and its path when its file name is another post's already; in no path itself.
_OWN_KEY = "//"
_UNREADABLE = "check its rights; it is read again at the next cycle"


class Folder:
    """One posts folder in one cycle."""

    def __init__(self, context: Context, settings: PostsSettings, scan: files.Scan) -> None:
        self.context = context
        self.settings = settings
        self.scan = scan
        self.config, self.config_findings = _jekyll_config(settings, scan)
        #: What the store knows of the files that are looked at in this cycle.
        self.known: dict[str, PostFile] = {}
        self.pages: RenderedPages | None = None
        #: Whether a file has to be read again although nothing about it will look new.
        self.must_come_again = settings.rendered is not None

    def missing(self) -> str:
        """What is not there that was, "" where all is: a folder that is moved or replaced withdraws no post."""
        if "" in self.scan.unread or files.CONFIG in self.scan.unread:
            return f"{'it' if '' in self.scan.unread else files.CONFIG} cannot be read"
        names = PostNames(self.settings.folders)
        known = () if self.scan.met_folder else self.context.store.post_stamps(self.settings.name)
        if any(names.read(path).in_folder for path, _, _ in known):
            return f"none of its folders is there: {', '.join(self.settings.folders)}"
        return ""

    def read(self, reading: str, listing: str) -> None:
        """Records what is new; by the digests `reading` and `listing` the next cycle knows that nothing is."""
        store, report, name = self.context.store, self.context.report, self.settings.name
        is_same = store.meta(f"reading:{name}") == reading
        self.stamp_pages()
        self.namesakes = _namesakes([path for path, _, _ in self.scan.files], self.settings.folders)
        changed, removed = self.news(is_same)
        self.known = store.post_files(name, [*(each.path for each in changed), *removed])
        report.posts_read += len(changed)
        report.posts_removed += len(removed)
        with store.transaction() as tx:
            self.record(tx, changed, removed)
            tx.put_meta(f"reading:{name}", reading)
            tx.put_meta(f"listing:{name}", "" if self.must_come_again else listing)
            tx.put_meta(f"findings:{name}", json.dumps([astuple(each) for each in self.config_findings]))
            self.put_state(tx)

    def news(self, is_same: bool) -> tuple[list[files.FoundFile], list[str]]:
        """The files to read, in the order of their paths, and the paths of those that are no more.

        Listings are compared whole, as sets: of a hundred thousand files nothing is looked at but what differs.
        """
        stamps = self.context.store.post_stamps(self.settings.name)
        new = set(self.scan.files).difference(stamps)
        removed: list[str] = []
        if len(self.scan.files) - len(new) < len(stamps):  # else every file that is known stands as it was
            gone = {path for path, _, _ in set(stamps).difference(self.scan.files)} - {path for path, _, _ in new}
            removed = sorted(path for path in gone if not self.scan.may_still_hold(path))
        if not is_same:
            return list(self.scan.files), removed
        rekeyed = self.rekeyed()
        if rekeyed:
            new.update(each for each in self.scan.files if each.path in rekeyed)
        return sorted(new), removed

    def rekeyed(self) -> set[str]:
        """The posts whose key is no longer theirs: a namesake came or went, the file is the same."""
        store, name = self.context.store, self.settings.name
        with_own = store.posts_keyed(name, _OWN_KEY)
        plain = store.post_files(name, self.namesakes.keys() - with_own) if self.namesakes else {}
        return (with_own - self.namesakes.keys()).union(path for path, file in plain.items() if file.entry_id)

    def record(self, tx: Transaction, changed: list[files.FoundFile], removed: list[str]) -> None:
        """Writes what the changed files say; then withdraws the posts that no file stands for any more."""
        for batch in _batches(self.parsed(changed), _BATCH):
            self.put_batch(tx, batch)
            tx.put_post_files(self.settings.name, [file for file, _ in batch])
        tx.delete_post_files(self.settings.name, removed)
        had = {file.entry_id for file in self.known.values() if file.entry_id}
        if had:
            self.withdraw(tx, sorted(had - self.context.store.posts_standing(self.settings.name, had)))

    def put_batch(self, tx: Transaction, batch: list[tuple[PostFile, Sighting | None]]) -> None:
        sightings = {each.entry_id: each for _, each in batch if each is not None}
        old = self.context.store.sightings(self.settings.name, sightings)
        revised = (revise(old.get(entry_id), each, self.context.now) for entry_id, each in sightings.items())
        tx.put_sightings(each for each in revised if each is not None)

    def withdraw(self, tx: Transaction, entry_ids: list[str]) -> None:
        if entry_ids:
            gone = self.context.store.sightings(self.settings.name, entry_ids).values()
            tx.put_sightings(replace(each, gone_at=self.context.now) for each in gone if each.gone_at is None)

    def parsed(self, changed: list[files.FoundFile]) -> Iterator[tuple[PostFile, Sighting | None]]:
        """What each changed file is, in the order of paths; a file that has to be read again later gives nothing."""
        reader, normalizer = self.readers()
        for number, file in enumerate(changed, 1):
            self.context.progress(f"reading {self.settings.name}", number, len(changed))
            data = self.bytes_of(file)
            if data is None or self.is_torn(file, data):
                continue
            parsed = self.with_own_key(reader.parse(file.path, data), file.path)
            entry_id = parsed.entry.entry_id or "" if parsed.entry else ""
            sighting = normalizer.sighting(parsed.entry) if parsed.entry else None
            mtime_ns = self.pages.latest(file.mtime_ns) if self.pages else file.mtime_ns
            yield PostFile(file.path, file.size_bytes, mtime_ns, entry_id, parsed.findings), sighting

    def with_own_key(self, parsed: ParsedPost, path: str) -> ParsedPost:
        """The post under a key of its own where another file has the same name: two files are two posts.

        Which of them keeps the plain key depends on their paths alone, never on which was there first.
        """
        namesake = self.namesakes.get(path)
        if parsed.entry is None or namesake is None:
            return parsed
        what = f"another post has the same file name: {namesake}"
        finding = Finding(FindingKind.REPAIRED, path, 1, what, "rename one of them; both are published")
        # behind the plain key in every order, so that a copy never leads the post that it is a copy of
        entry = replace(parsed.entry, entry_id=f"{parsed.entry.entry_id}{_OWN_KEY}{path}")
        return replace(parsed, entry=entry, findings=(*parsed.findings, finding))

    def bytes_of(self, file: files.FoundFile) -> bytes | None:
        try:
            return files.read(self.settings.path, file.path)
        except FileNotFoundError:
            # gone between the scan and now; moved back, it would look as it did
            self.must_come_again = True
            return None
        except OSError as error:
            self.must_come_again = True
            what = f"it cannot be read: {error.strerror}"
            self.context.report.post_findings.append(Finding(FindingKind.SKIPPED, file.path, 0, what, _UNREADABLE))
            return None

    def is_torn(self, file: files.FoundFile, data: bytes) -> bool:
        """Whether a file seems half written over a good post: then the good post stands, and the file is read again."""
        old = self.known.get(file.path)
        is_post = old is not None and bool(old.entry_id)
        # a one-shot has no later: it reads a new post as far as it goes
        if not (is_post or self.context.options.again) or not self.is_young(file) or not post.looks_torn(data):
            return False
        self.must_come_again = True
        what = f"it seems half written; {'the post stands as it was' if is_post else 'it is not published yet'}"
        mend = "finish writing it; it is read again at the next cycle"
        self.context.report.post_findings.append(Finding(FindingKind.SKIPPED, file.path, 0, what, mend))
        self.context.report.due(self.context.now + timedelta(seconds=2))
        return True

    def is_young(self, file: files.FoundFile) -> bool:
        """Whether a file was written just now; a date far ahead of our clock says nothing."""
        return abs(int(self.context.now.timestamp() * 1e9) - file.mtime_ns) <= _TORN_AGE_NS

    def readers(self) -> tuple[post.PostReader, Normalizer]:
        zone = _zone(self.config.timezone) if self.config else None
        read_date = date_reader(self.context.settings, self.settings, zone)
        has_pages = self.config is not None or self.settings.id_style != "jekyll-feed"
        link_is_page = has_pages if self.settings.link is None else self.settings.link == "post"
        key = identity_key(self.context.settings.rules)
        normalizer = Normalizer(self.settings.name, True, key, read_date, link_is_page)
        read_page = self.pages.read if self.pages else None
        site = self.context.settings.site
        return post.PostReader(self.settings, site, self.config, read_date, read_page), normalizer

    def stamp_pages(self) -> None:
        """Has each file's time of change speak of its rendered page too, where contents are read from pages."""
        if self.settings.rendered is None:
            return
        from finews_feeds.cycle.rendered_pages import RenderedPages

        self.pages = RenderedPages(self.settings.rendered, self.readers()[0].base)
        store, name = self.context.store, self.settings.name
        known = store.post_files(name)
        sightings = store.sightings(name) if known else {}
        self.scan = replace(self.scan, files=self.pages.stamped(self.scan.files, known, sightings))

    def put_state(self, tx: Transaction) -> None:
        now = self.context.now
        state = SourceState(
            self.settings.name,
            str(self.settings.path),
            SourceCondition.OK,
            last_poll_at=now,
            last_ok_at=now,
            last_change_at=now,
        )
        tx.put_source_state(state)


def _jekyll_config(settings: PostsSettings, scan: files.Scan) -> tuple[jekyll.JekyllConfig | None, tuple[Finding, ...]]:
    """What the folder's `_config.yml` and `_data/authors.yml` say; None where there is no `_config.yml`."""
    if scan.config is None:
        return None, ()
    config, findings = jekyll.read_config(scan.config, f"{settings.path}/{files.CONFIG}")
    if scan.authors is None:
        return config, findings
    config, more = jekyll.read_authors(config, scan.authors, f"{settings.path}/{files.AUTHORS}")
    return config, findings + more


def _namesakes(paths: Iterable[str], folders: Sequence[str]) -> dict[str, str]:
    """Path -> the path of the post that has its key: all but the smallest path of those that would share one."""
    listed = list(paths)
    if len({path.rpartition("/")[2] for path in listed}) == len(listed):
        return {}
    names = PostNames(folders)
    holders: dict[str, str] = {}
    found = {}
    for path in sorted(listed):
        holder = holders.setdefault(names.read(path).key, path)
        if holder != path:
            found[path] = holder
    return found


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        # Jekyll takes any name that the C library takes; one that is no zone means UTC there, and the site's here
        return None


def _batches(
    parsed: Iterable[tuple[PostFile, Sighting | None]], size: int
) -> Iterator[list[tuple[PostFile, Sighting | None]]]:
    source = iter(parsed)
    while batch := list(islice(source, size)):
        yield batch
