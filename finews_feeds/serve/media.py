"""Media types of the site's files, and the header fields that go with each."""

from __future__ import annotations

from dataclasses import dataclass

#: Pages load style, script and icon from the site itself and nothing from anywhere else; nobody frames them.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE_HEADERS = (
    ("content-security-policy", POLICY),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
#: A feed may be read by a script of any site: it is public, and asks for no cookie.
OPEN_HEADERS = (("access-control-allow-origin", "*"),)
#: And by one that asks whether there is news: what it needs for that is sent with every answer that is a feed.
_FEED_HEADERS = (*OPEN_HEADERS, ("access-control-expose-headers", "ETag, Last-Modified, Link"))
#: A browser asks first whether a script may send conditions, for its own cache sends others than the script's.
PREFLIGHT_HEADERS = (
    *OPEN_HEADERS,
    ("access-control-allow-methods", "GET, HEAD"),
    ("access-control-allow-headers", "If-None-Match, If-Modified-Since"),
    ("access-control-max-age", "86400"),
)


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is: its Content-Type, whether it is a feed, whether compressing it pays, and its header fields."""

    type: str
    is_feed: bool = False
    #: Whether it never changes: an archive document of a feed.
    is_fixed: bool = False
    is_compressible: bool = True
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether scripts of other sites may read it."""
        return OPEN_HEADERS[0] in self.headers


_FEEDS = {
    ".xml": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
}
_ARCHIVES = ("archive/feed.", "archive/feed/")
_OTHERS = {
    ".html": Media("text/html; charset=utf-8", headers=_PAGE_HEADERS),
    ".svg": Media("image/svg+xml", headers=_PAGE_HEADERS[:1]),
    ".css": Media("text/css; charset=utf-8"),
    ".js": Media("text/javascript; charset=utf-8"),
    ".txt": Media("text/plain; charset=utf-8"),
    ".xml": Media("application/xml"),
    ".json": Media("application/json", headers=OPEN_HEADERS),
    ".opml": Media("text/x-opml; charset=utf-8", headers=OPEN_HEADERS),
    ".gz": Media("application/gzip", is_compressible=False),
    ".br": Media("application/octet-stream", is_compressible=False),
    ".zst": Media("application/zstd", is_compressible=False),
    ".png": Media("image/png", is_compressible=False),
    ".jpg": Media("image/jpeg", is_compressible=False),
    ".jpeg": Media("image/jpeg", is_compressible=False),
    ".webp": Media("image/webp", is_compressible=False),
    ".avif": Media("image/avif", is_compressible=False),
    ".gif": Media("image/gif", is_compressible=False),
    ".woff": Media("font/woff", is_compressible=False),
    ".woff2": Media("font/woff2", is_compressible=False),
    ".webmanifest": Media("application/manifest+json"),
    ".ico": Media("image/x-icon", is_compressible=False),
}
_UNKNOWN = Media("application/octet-stream", is_compressible=False)


def media_of(path: str) -> Media:
    """What the file at this path below the site's folder is; feeds are `feed.*` and what stands in `feed/`.

    Archive documents of feeds are what stands in `archive/` under the name of a feed.
    """
    suffix = path[path.rfind(".") :] if "." in path.rpartition("/")[2] else ""
    if path.startswith(_ARCHIVES) and suffix == ".xml":
        return Media(_FEEDS[suffix], is_feed=True, is_fixed=True, headers=_FEED_HEADERS)
    is_below_feed = path.startswith("feed/") or path.removesuffix(suffix) == "feed"
    if is_below_feed and suffix in _FEEDS:
        return Media(_FEEDS[suffix], is_feed=True, headers=_FEED_HEADERS)
    return _OTHERS.get(suffix, _UNKNOWN)
