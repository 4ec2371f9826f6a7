"""The site's files in memory: found safely, read whole, compressed once, thrown out when the file is another.

A request costs one `stat`. What is kept is known by device, inode, size and times of the file, some of which change
whenever the site replaces it; so an answer is never older than the file. Entity tags are hashes of the very bytes that
are sent (RFC 9110 §8.8.1: strong), one for each coding, and equal on every machine that has the same file.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import re
import stat
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from finews_feeds.serve.media import Media, media_of

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
#: Below this a header field more costs what compressing saves.
_WORTH_COMPRESSING_BYTES = 400

#: No part of a path has any of these.
_FORBIDDEN = re.compile(r"[/\\\0]")

_IsOf = Callable[[bytes, bytes], bool]
#: Device, inode, size, and in nanoseconds when the content and when anything of the file last changed (mtime, ctime).
Signature = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Coded:
    """The bytes of a file in one content coding, "" for none, and their entity tag."""

    coding: str
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class StoredFile:
    """A file of the site as it stands in memory; `path` is below the site's folder. Equal to itself alone."""

    path: str
    media: Media
    signature: Signature
    last_modified: int
    plain: Coded
    #: The same by coding, the shortest first; empty where compressing does not pay.
    coded: Mapping[str, Coded]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return len(self.plain.body) + sum(len(each.body) for each in self.coded.values())


def segments(raw_path: bytes) -> tuple[str, ...] | None:
    """The decoded parts of a request's path, or None for one that no file of the site can have.

    Decoded once and after dividing, so an encoded slash divides nothing. Hidden and empty parts, dots, backslashes, NUL
    and what is not UTF-8 lead nowhere. A path that ends in "/" ends in an empty part here.
    """
    if not raw_path.startswith(b"/"):
        return None
    try:
        divided = raw_path[1:].decode().split("/")
        parts = tuple(unquote_to_bytes(part).decode() if "%" in part else part for part in divided)
    except UnicodeDecodeError:
        return None
    if "" in parts[:-1] or any(part.startswith(".") or _FORBIDDEN.search(part) for part in parts):
        return None
    return parts


class Shelf:
    """Gives the site's files from memory and holds no more of them than `max_bytes`, the last used ones.

    A file too large to be kept is read for each request.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = os.fspath(folder)
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, StoredFile] = OrderedDict()
        #: How much is held at present.
        self.kept_bytes = 0
        self._loading: dict[str, asyncio.Task[StoredFile | None]] = {}
        self._last_modified: dict[str, int] = {}

    def is_folder(self, parts: Sequence[str]) -> bool:
        """Whether there is a folder of this path; the empty path is the site itself."""
        try:
            return stat.S_ISDIR(os.stat(f"{self._folder}/{'/'.join(parts)}").st_mode)  # noqa: PTH116
        except (OSError, ValueError):
            return False

    async def file(self, parts: Sequence[str]) -> StoredFile | None:
        """The regular file of this path as it is now, or None."""
        path = "/".join(parts)
        try:
            # once for every request, and Path costs as much again
            status = os.stat(f"{self._folder}/{path}")  # noqa: PTH116
        except (OSError, ValueError):
            return None
        kept = self._kept.get(path)
        if kept and kept.signature == _signature(status):
            self._kept.move_to_end(path)
            return kept
        if not stat.S_ISREG(status.st_mode):
            return None
        return await self._load(path)

    async def _load(self, path: str) -> StoredFile | None:
        """Reads a file in a thread, once for all who wait for it."""
        task = self._loading.get(path)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(_read, self._folder, path))
            self._loading[path] = task
            task.add_done_callback(lambda _: self._loading.pop(path, None))
        stored = await asyncio.shield(task)
        return self._keep(stored) if stored else None

    def _keep(self, stored: StoredFile) -> StoredFile:
        # A file put back from a backup is older than what readers have; Last-Modified never goes back.
        newest = max(stored.last_modified, self._last_modified.get(stored.path, 0))
        self._last_modified[stored.path] = newest
        stored = replace(stored, last_modified=newest)
        self._drop(stored.path)
        if stored.size_bytes * 4 <= self._max_bytes:
            self._kept[stored.path] = stored
            self.kept_bytes += stored.size_bytes
        while self.kept_bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))
        return stored

    def _drop(self, path: str) -> None:
        if dropped := self._kept.pop(path, None):
            self.kept_bytes -= dropped.size_bytes


def _signature(status: os.stat_result) -> Signature:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read(folder: str, path: str) -> StoredFile | None:
    opened = _read_inside(folder, path)
    if opened is None:
        return None
    status, body = opened
    media = media_of(path)
    last_modified = status.st_mtime_ns // 1_000_000_000
    packed = _packed(folder, path, body) if media.is_compressible else {}
    ordered = sorted(packed, key=lambda coding: len(packed[coding]))
    coded = {coding: _coded(coding, packed[coding]) for coding in ordered}
    return StoredFile(path, media, _signature(status), last_modified, _coded("", body), coded)


def _read_inside(folder: str, path: str) -> tuple[os.stat_result, bytes] | None:
    """A regular file whose real place is below the folder and not hidden; links that lead elsewhere give None."""
    root = Path(folder).resolve()
    place = Path(folder, path).resolve()
    if not place.is_relative_to(root) or any(part.startswith(".") for part in place.relative_to(root).parts):
        return None
    try:
        with os.fdopen(os.open(place, os.O_RDONLY | _NO_FOLLOW | _BINARY), "rb") as file:
            status = os.fstat(file.fileno())
            return (status, file.read()) if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None


def _packed(folder: str, path: str, body: bytes) -> dict[str, bytes]:
    """The bytes in each coding that is shorter: the twins beside the file where they are of these bytes.

    A twin may lag behind its file, or be anybody's; so each is looked into before it is believed. gzip is made here
    where it is missing, the others are not: they would take the time of many requests.
    """
    if len(body) < _WORTH_COMPRESSING_BYTES:
        return {}
    packed = {coding: twin for coding, is_of in _CODINGS.items() if (twin := _twin(folder, path, coding, is_of, body))}
    if "gzip" not in packed:
        packed["gzip"] = gzip.compress(body, 6, mtime=0)
    return {coding: data for coding, data in packed.items() if len(data) < len(body)}


def _twin(folder: str, path: str, coding: str, is_of: _IsOf, body: bytes) -> bytes | None:
    found = _read_inside(folder, path + _SUFFIXES[coding])
    return found[1] if found and is_of(found[1], body) else None


def _is_gzip_of(packed: bytes, body: bytes) -> bool:
    """Whether the trailer (RFC 1952 §2.3.1: CRC-32 and length) is that of the bytes."""
    trailer = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return packed.startswith(b"\x1f\x8b\x08") and packed.endswith(trailer)


def _is_brotli_of(packed: bytes, body: bytes) -> bool:
    import brotli

    try:
        decoder = brotli.Decompressor()
        return bool(decoder.process(packed, output_buffer_limit=len(body) + 1) == body) and decoder.is_finished()
    except brotli.error:
        return False


def _is_zstd_of(packed: bytes, body: bytes) -> bool:
    import zstandard

    try:
        # only frames that tell their length, as ours do: then nothing longer is ever unpacked
        if zstandard.frame_content_size(packed) != len(body):
            return False
        return bool(zstandard.ZstdDecompressor().decompress(packed) == body)
    except zstandard.ZstdError:
        return False


#: Coding -> whether bytes in it are those of a file.
_CODINGS: Mapping[str, _IsOf] = MappingProxyType({"gzip": _is_gzip_of, "br": _is_brotli_of, "zstd": _is_zstd_of})
_SUFFIXES: Mapping[str, str] = MappingProxyType({"gzip": ".gz", "br": ".br", "zstd": ".zst"})


def _coded(coding: str, body: bytes) -> Coded:
    return Coded(coding, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
