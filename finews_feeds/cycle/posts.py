"""Reading the folders of local posts: what is new, rewritten, moved or gone since the last cycle.

One folder is one poll, and one transaction. A file whose size and time of change are those that the store knows is not
opened. What a file gives is compared with the sighting that stands, so a rewritten file with the same words is no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from zoneinfo import ZoneInfo

from finews_feeds.cycle.context import Context, date_reader
from finews_feeds.cycle.report import FailedSource
from finews_feeds.model import (
    Finding,
    FindingKind,
    ParsedPost,
    PostFile,
    Sighting,
    SourceCondition,
    SourceState,
)
from finews_feeds.normalize import sighting as normalizing
from finews_feeds.normalize.identity import revise
from finews_feeds.normalize.sighting import Normalizer
from finews_feeds.normalize.urls import canonical_url, is_home_page
from finews_feeds.settings import PostsSettings
from finews_feeds.sources import files, jekyll, post
from finews_feeds.sources.post_name import PostNames
from finews_feeds.store.protocol import Transaction

#: Files read between two writes: bounds the memory that a cold run of any size takes.
_BATCH = 500
#: A file that looks half written and is younger than this is read again before it replaces anything.
_TORN_AGE = timedelta(minutes=1)
#: What the key of a post begins with when its file name is another post's already.
_OWN_KEY = "./"
_UNREADABLE = "check its rights; it is read again at the next cycle"


def read_posts(context: Context) -> None:
    """Reads every configured posts folder; one that cannot be read is reported and leaves its entries as they are."""
    for settings in context.settings.posts:
        if not settings.path.is_dir():
            _missing(context, settings)
            continue
        _Folder(context, settings).read()


def _missing(context: Context, settings: PostsSettings) -> None:
    # an unmounted disk is no order to withdraw every post
    mend = f"make it, mount it, or mend posts.{settings.name}.path; its entries stand as they are until then"
    error = "the folder is not there"
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
    context.report.post_findings += _standing(context.store.post_files(settings.name).values())


def _standing(known: Iterable[PostFile]) -> list[Finding]:
    return [finding for each in known for finding in each.findings]


class _Folder:
    """One posts folder in one cycle."""

    def __init__(self, context: Context, settings: PostsSettings) -> None:
        self.context = context
        self.settings = settings
        self.scan = files.scan(settings.path, settings.folders)
        self.config, self.config_findings = _jekyll_config(settings, self.scan)
        self.known = context.store.post_files(settings.name)

    def read(self) -> None:
        reading = self.digest_of_reading()
        is_same = self.context.store.meta(f"reading:{self.settings.name}") == reading
        found = {each.path: each for each in self.scan.files}
        self.namesakes = _namesakes(found, self.settings.folders)
        changed = [each for each in self.scan.files if not is_same or self.is_new(each)]
        removed = sorted(self.known.keys() - found.keys())
        report = self.context.report
        report.posts_found += len(found)
        report.posts_read += len(changed)
        report.posts_removed += len(removed)
        report.post_findings += (*self.config_findings, *self.scan.findings)
        if changed or removed or not is_same:
            with self.context.store.transaction() as tx:
                self.record(tx, changed, removed)
                tx.put_meta(f"reading:{self.settings.name}", reading)
                self.put_state(tx)
        elif self.must_note_state():
            with self.context.store.transaction() as tx:
                self.put_state(tx)
        report.post_findings += _standing(self.known[path] for path in sorted(self.known))

    def is_new(self, file: files.FoundFile) -> bool:
        old = self.known.get(file.path)
        if old is None or old.mtime_ns != file.mtime_ns or old.size_bytes != file.size_bytes:
            return True
        # a namesake came or went: the file is the same, the post's key is not
        return bool(old.entry_id) and old.entry_id.startswith(_OWN_KEY) != (file.path in self.namesakes)

    def digest_of_reading(self) -> str:
        """Stands for everything beside a file's bytes that decides what is read in it."""
        site = self.context.settings.site
        told = (
            post.VERSION,
            normalizing.VERSION,
            site.url,
            site.timezone,
            site.naive_dates,
            self.settings,
            self.scan.config,
            self.scan.authors,
        )
        return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()

    def record(self, tx: Transaction, changed: list[files.FoundFile], removed: list[str]) -> None:
        """Writes what the changed files say; then withdraws the posts that no file stands for any more."""
        entry_ids = {path: file.entry_id for path, file in self.known.items()}
        for batch in _batches(self.parsed(changed), _BATCH):
            self.put_batch(tx, batch)
            self.known.update((file.path, file) for file, _ in batch)
            tx.put_post_files(self.settings.name, [file for file, _ in batch])
        tx.delete_post_files(self.settings.name, removed)
        for path in removed:
            del self.known[path]
        standing = {file.entry_id for file in self.known.values()}
        self.withdraw(tx, sorted({old for old in entry_ids.values() if old and old not in standing}))

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
            yield PostFile(file.path, file.size_bytes, file.mtime_ns, entry_id, parsed.findings), sighting

    def with_own_key(self, parsed: ParsedPost, path: str) -> ParsedPost:
        """The post under a key of its own where another file has the same name: two files are two posts.

        Which of them keeps the plain key depends on their paths alone, never on which was there first.
        """
        namesake = self.namesakes.get(path)
        if parsed.entry is None or namesake is None:
            return parsed
        what = f"another post has the same file name: {namesake}"
        finding = Finding(FindingKind.REPAIRED, path, 1, what, "rename one of them; both are published")
        # its jekyll-feed id is the other one's: it gets an id of its own
        entry = replace(parsed.entry, entry_id=_OWN_KEY + path, own_atom_id="")
        return replace(parsed, entry=entry, findings=(*parsed.findings, finding))

    def bytes_of(self, file: files.FoundFile) -> bytes | None:
        try:
            return files.read(self.settings.path, file.path)
        except FileNotFoundError:
            # gone between the scan and now: the next scan will say so
            return None
        except OSError as error:
            what = f"it cannot be read: {error.strerror}"
            self.context.report.post_findings.append(Finding(FindingKind.SKIPPED, file.path, 0, what, _UNREADABLE))
            return None

    def is_torn(self, file: files.FoundFile, data: bytes) -> bool:
        """Whether a file seems half written over a good post: then the good post stands, and the file is read again."""
        old = self.known.get(file.path)
        written_at = datetime.fromtimestamp(file.mtime_ns / 1e9, UTC)
        if old is None or not old.entry_id or self.context.now - written_at > _TORN_AGE or not post.looks_torn(data):
            return False
        what = "it seems half written; the post stands as it was"
        mend = "finish writing it; it is read again at the next cycle"
        self.context.report.post_findings.append(Finding(FindingKind.SKIPPED, file.path, 0, what, mend))
        self.context.report.due(self.context.now + timedelta(seconds=2))
        return True

    def readers(self) -> tuple[post.PostReader, Normalizer]:
        zone = _zone(self.config.timezone) if self.config else None
        read_date = date_reader(self.context.settings, self.settings, zone)
        link_is_page = self.config is not None if self.settings.link is None else self.settings.link == "post"
        normalizer = Normalizer(self.settings.name, True, identity_url, read_date, link_is_page)
        return post.PostReader(self.settings, self.context.settings.site, self.config, read_date), normalizer

    def must_note_state(self) -> bool:
        state = self.context.states.get(self.settings.name)
        return state is None or state.condition is not SourceCondition.OK

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


def identity_url(url: str) -> str:
    canonical = canonical_url(url)
    return "" if is_home_page(canonical) else canonical


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
