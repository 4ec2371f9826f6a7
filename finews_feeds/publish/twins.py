"""Compressed twins: beside each file the same bytes in other content codings, for servers that send them as they are.

nginx (`gzip_static`, `brotli_static`) and Caddy (`precompressed`) look for `feed.xml.gz` and the like, and then never
compress a feed again, however many ask. Twins are written before the file itself: whoever finds the file finds twins of
these bytes, and a run that ends in between leaves twins that are newer than their file for one run, never older ones
for ever.

No twin holds a time or a name, so equal files have equal twins, as far as one version of a compressor goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from finews_feeds.publish.site import Site

#: RFC 1952, RFC 7932, RFC 8878: coding in `[output] compress` -> suffix of the twin.
SUFFIXES: Mapping[str, str] = MappingProxyType({"gzip": ".gz", "br": ".br", "zstd": ".zst"})
#: What is smaller than this fits into one packet either way.
_WORTH_IT_BYTES = 400


class TwinSite:
    """A site in which every file has its twins; all else is as in the site below."""

    def __init__(self, site: Site, codings: Sequence[str]) -> None:
        """`codings` are names of `SUFFIXES`; twins in the other codings are taken away when a file is written."""
        self._site = site
        self._compressors = {SUFFIXES[name]: _compressor(name) for name in SUFFIXES if name in codings}

    def write(self, path: str, data: bytes) -> bool:
        """See `Site.write`: whether the bytes of the file, or of a twin, are new."""
        is_new = False
        for suffix in SUFFIXES.values():
            twin = self._twin(suffix, data)
            is_new |= self._site.remove(path + suffix) if twin is None else self._site.write(path + suffix, twin)
        return self._site.write(path, data) or is_new

    def read(self, path: str) -> bytes | None:
        """See `Site.read`."""
        return self._site.read(path)

    def exists(self, path: str) -> bool:
        """See `Site.exists`: a file whose twins somebody took away is as good as missing."""
        return self._site.exists(path) and all(self._has_twin(path, suffix) for suffix in self._compressors)

    def missing(self, paths: Iterable[str]) -> set[str]:
        """See `Site.missing`, by the same rule."""
        asked = set(paths)
        twins = {path + suffix: path for path in asked for suffix in self._compressors}
        missing = self._site.missing([*asked, *twins])
        # without a twin a file may be whole, if it is small; that is seen by reading it
        doubtful = {twins[each] for each in missing & twins.keys()} - missing
        return (missing & asked).union(path for path in doubtful if not self.exists(path))

    def _has_twin(self, path: str, suffix: str) -> bool:
        # reading is for the few files that have none
        return self._site.exists(path + suffix) or self._twin(suffix, self._site.read(path) or b"") is None

    def _twin(self, suffix: str, data: bytes) -> bytes | None:
        """The bytes compressed; None where that is not wanted, or not worth it."""
        if suffix not in self._compressors or len(data) < _WORTH_IT_BYTES:
            return None
        packed = self._compressors[suffix](data)
        return packed if len(packed) < len(data) else None

    def remove(self, path: str) -> bool:
        """See `Site.remove`: the twins go with the file."""
        for suffix in SUFFIXES.values():
            self._site.remove(path + suffix)
        return self._site.remove(path)

    def flush(self) -> None:
        """See `Site.flush`."""
        self._site.flush()

    def sweep(self) -> int:
        """See `Site.sweep`."""
        return self._site.sweep()


def _compressor(coding: str) -> Callable[[bytes], bytes]:
    """Best compression within a blink: each is done once a change, and sent thousands of times."""
    if coding == "gzip":
        import gzip

        return lambda data: gzip.compress(data, 9, mtime=0)
    if coding == "br":
        import brotli

        return lambda data: brotli.compress(data, quality=9)
    import zstandard

    return zstandard.ZstdCompressor(level=12, write_content_size=True).compress
