"""How single values are spelled in the config: each reader takes what TOML gave and returns what the program uses.

A reader raises `BadValueError` with a cause and a mend; it knows nothing of files and keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from os.path import normpath
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

T = TypeVar("T")
Reader = Callable[[object], T]


#: What may not stand in a name or an address: control characters, and whatever begins a new line.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadValueError(Exception):
    """A value that cannot be used: why, and what to write instead."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.mend = mend


def show(value: object) -> str:
    """A value as it stands in TOML, on one line, shortened where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04X}", value)
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    return str(value) if len(str(value)) <= 60 else f"{str(value)[:57]}…"


def text(value: object) -> str:
    """A string; "" is one."""
    if not isinstance(value, str):
        raise BadValueError(f"{show(value)} is no string", f'write it in quotes: "{value}"')
    return value


def some_text(value: object) -> str:
    """A string that is not blank."""
    if not text(value).strip():
        raise BadValueError("it is empty", "write at least one character, or leave the key out")
    return text(value).strip()


def name(value: object) -> str:
    """A name: a string that is not blank, in one line, without control characters."""
    found = some_text(value)
    if CONTROLS.search(found):
        raise BadValueError(
            f"{show(found)} has a line break or a control character", "write it in one line of plain text"
        )
    return found


def texts(value: object) -> tuple[str, ...]:
    """A list of strings that are not blank."""
    if not isinstance(value, list):
        raise BadValueError(f"{show(value)} is no list", f"write [{show(value)}]")
    return tuple(some_text(item) for item in value)


def folders(value: object) -> tuple[str, ...]:
    """A list of folder names, or of paths of several below the folder that is looked through; at least one."""
    listed = texts(value)
    if not listed:
        raise BadValueError("the list is empty", 'name at least one folder, or leave the key out for ["_posts"]')
    for each in listed:
        if each.startswith("/") or not {"", ".", ".."}.isdisjoint(each.removesuffix("/").split("/")):
            mend = 'write the name that such folders have below path, at any depth: "_posts"'
            raise BadValueError(f"{show(each)} is not the name of a folder below path", mend)
    return listed


def renamings(value: object) -> tuple[tuple[str, str], ...]:
    """A table from other spellings to labels: { "AI" = "人工智能", "ai技术" = "人工智能" }."""
    if not isinstance(value, dict):
        raise BadValueError(f"{show(value)} is no table", 'write { "other spelling" = "label" }')
    return tuple((some_text(name), some_text(label)) for name, label in value.items())


#: Files of the site that are no feeds: nothing may be moved there.
_NO_FEEDS = frozenset(
    (
        *("index.html", "feeds.opml", "feeds.json", "sources.opml"),
        *("moved.json", "moved.nginx.conf", "moved.caddy"),
        *("snippets/head.html", "snippets/list.html", "site.css", "site.js", "site.svg"),
    )
)


def feed_path(value: object) -> str:
    """The address of a feed below the output folder, as on disk and with its suffix: "feed/by_tag/东财.xml"."""
    found = name(value)
    parts = found.split("/")
    is_plain = not any(part.startswith(".") or part != part.strip() for part in parts) and "\\" not in found
    if not is_plain or "" in parts or "." not in parts[-1] or found in _NO_FEEDS:
        mend = 'write it as it stands below output.dir, with its suffix: "feed/by_tag/name.xml"'
        raise BadValueError(f"{show(found)} is not the address of a feed", mend)
    return found


def feed_paths(value: object) -> tuple[str, ...]:
    """A list of addresses of feeds."""
    return tuple(feed_path(item) for item in texts(value))


def feed_moves(value: object) -> tuple[tuple[str, str], ...]:
    """A table from old addresses to those of feeds: { "feed/old.xml" = "feed/new.xml" }."""
    moves = tuple((feed_path(old), feed_path(new)) for old, new in renamings(value))
    for _, new in moves:
        if not new.endswith(".xml"):
            raise BadValueError(f"{show(new)} is no Atom feed", 'name it by its ".xml"; the other formats go along')
    return moves


def boolean(value: object) -> bool:
    """true or false, without quotes."""
    if not isinstance(value, bool):
        raise BadValueError(f"{show(value)} is neither true nor false", "write true or false, without quotes")
    return value


def whole(low: int, high: int | None = None) -> Reader[int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValueError(f"{show(value)} is no whole number", f"write a number without quotes, {low} or more")
        if value < low or (high is not None and value > high):
            span = f"{low} or more" if high is None else f"{low} to {high}"
            raise BadValueError(f"{value} is out of range", f"write {span}")
        return value

    return read


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def span(low: timedelta, high: timedelta = timedelta(days=3660)) -> Reader[timedelta]:
    """A reader of spans from `low` to `high`: "90s", "30m", "48h", "7d", "1h30m", or a number of seconds."""

    def read(value: object) -> timedelta:
        found = _span(value)
        if found < low:
            raise BadValueError(f"{show(value)} is too short", f'write "{int(low.total_seconds())}s" or more')
        if found > high:
            most = "ten years" if high.days > 3650 else f'"{high.days}d"'
            raise BadValueError(f"{show(value)} is too long", f"write {most} or less")
        return found

    return read


def _span(value: object) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        # inf, nan and numbers beyond any calendar are refused with the ones that are merely too long
        return timedelta(seconds=value) if -1e9 < value < 1e9 else timedelta.max
    if not isinstance(value, str):
        raise BadValueError(f"{show(value)} is no span of time", 'write "30m", "48h" or a number of seconds')
    compact = value.replace(" ", "").lower()
    if re.fullmatch(r"\d+(\.\d+)?", compact):
        raise BadValueError(f"{show(value)} has no unit", f'write "{compact}m" or {float(compact) * 60:g}')
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        mend = 'write a number and one of s, m, h, d, w, such as "30m"'
        raise BadValueError(f"{show(value)} is no span of time", mend)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return timedelta(seconds=seconds) if seconds < 1e9 else timedelta.max


_SIZES = {"": 1, "b": 1, "kb": 1000, "mb": 10**6, "gb": 10**9, "kib": 1024, "mib": 1024**2, "gib": 1024**3}


def size(value: object) -> int:
    """A number of bytes: 1048576, "1 MiB", "500 kB"; at least one."""
    if isinstance(value, int) and not isinstance(value, bool):
        found: float = value
    else:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", value.strip()) if isinstance(value, str) else None
        if not match or match[2].lower() not in _SIZES:
            mend = 'write a number and B, kB, MB, KiB, MiB or GiB, such as "1 MiB"'
            raise BadValueError(f"{show(value)} is no size", mend)
        found = float(match[1]) * _SIZES[match[2].lower()]
    if not 1 <= found <= 2**40:
        raise BadValueError(f"{show(value)} is no size that can be used", "write 1 byte or more, 1024 GiB or less")
    return int(found)


def choice(*words: str) -> Reader[str]:
    """A reader of one of a few words."""

    def read(value: object) -> str:
        if value not in words:
            mend = f"write one of {', '.join(show(word) for word in words)}"
            raise BadValueError(f"{show(value)} is not known here", mend)
        return str(value)

    return read


def some_of(*words: str) -> Reader[tuple[str, ...]]:
    """A reader of a list of words out of a few, each once; it may be empty."""
    return lambda value: tuple(dict.fromkeys(choice(*words)(word) for word in texts(value)))


def choices(*words: str) -> Reader[tuple[str, ...]]:
    """A reader of a list of words out of a few, each once, at least one."""

    def read(value: object) -> tuple[str, ...]:
        listed = some_of(*words)(value)
        if not listed:
            raise BadValueError("the list is empty", f"write at least one of {', '.join(show(word) for word in words)}")
        return listed

    return read


def zone(value: object) -> ZoneInfo:
    """A name of the IANA time zone database, such as "Asia/Shanghai"."""
    name = some_text(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from difflib import get_close_matches

        near = get_close_matches(name, available_timezones(), 1, 0.5)
        raise BadValueError(
            f"{show(name)} is no time zone", f'write "{near[0] if near else "Asia/Shanghai"}" or its like'
        ) from None


def day(value: object) -> date:
    """A day: 2021-12-01, with or without quotes."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text(value))
    except (BadValueError, ValueError):
        raise BadValueError(f"{show(value)} is no day", "write it as 2021-12-01") from None


def web_url(value: object) -> str:
    """An absolute http or https URL with a host."""
    url = some_text(value)
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or CONTROLS.search(url) or any(char.isspace() for char in url):
        mend = f'write "https://{url}"' if re.fullmatch(r"[\w.-]+\.\w+(/\S*)?", url) else 'write it whole: "https://…"'
        raise BadValueError(f"{show(url)} is no absolute http or https URL", mend)
    return url


def web_urls(value: object) -> tuple[str, ...]:
    """A list of absolute URLs, each once."""
    return tuple(dict.fromkeys(web_url(item) for item in texts(value)))


_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
#: Header fields that belong to the connection, to what we hold, or to what we can decode: not the operator's to set.
_OURS = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "range",
        "if-none-match",
        "if-modified-since",
    }
)


def secret(value: object) -> str:
    """A name or password: a string in one line; never shown."""
    if CONTROLS.search(text(value)):
        raise BadValueError("it has a line break or a control character", "write it in one line")
    return text(value)


def header_fields(value: object) -> tuple[tuple[str, str], ...]:
    """A table of header fields (RFC 9110 §5): { "X-Api-Key" = "env:NEWS_KEY" }."""
    if not isinstance(value, dict):
        raise BadValueError("it is no table", 'write { "X-Api-Key" = "env:NEWS_KEY" }')
    for name, content in value.items():
        if not _TOKEN.fullmatch(name):
            raise BadValueError(f"{show(name)} is no name of a header field", "write letters, digits and hyphens")
        if name.lower() in _OURS:
            raise BadValueError(f"{show(name)} is not to be set: the program sends its own", "leave it out")
        try:
            is_sendable = isinstance(content, str) and not CONTROLS.search(content) and bool(content.encode("latin-1"))
        except UnicodeEncodeError:
            is_sendable = False
        if not is_sendable:
            mend = "write it in one line of Latin letters"
            raise BadValueError(f"the value of {show(name)} cannot be sent in a header field", mend)
    return tuple((name, content.strip()) for name, content in value.items())


def proxy_url(value: object) -> str:
    """The address of a proxy: "http://proxy.example:3128"; "" for none."""
    url = text(value)
    try:
        parts = urlsplit(url)
        is_proxy = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        is_proxy = is_bare = False
    if url and not (is_proxy and is_bare and not CONTROLS.search(url)):
        raise BadValueError("it is no address of a proxy", 'write "http://proxy.example:3128"')
    return url


def http2(value: object) -> bool:
    """true only where the library for it is installed."""
    from importlib.util import find_spec

    if boolean(value) and find_spec("h2") is None:
        raise BadValueError("HTTP/2 needs a library that is not installed", "pip install finews-feeds[http2]")
    return boolean(value)


def source_url(value: object) -> str:
    """What a source can be asked under: a web URL, or `file:` and a path, which `http.allow_files` has to open."""
    url = some_text(value)
    if url[:5].lower() != "file:":
        return web_url(url)
    parts = urlsplit(url)
    if not parts.path.strip("/") or parts.netloc not in ("", "localhost") or parts.query or CONTROLS.search(url):
        raise BadValueError(f"{show(url)} names no file", 'write "file:samples/feed.xml" or "file:///srv/feed.xml"')
    return url


def site_url(value: object) -> str:
    """`[site] url`: an absolute URL without query and fragment; gets its "/" at the end."""
    url = web_url(value)
    if urlsplit(url).query or urlsplit(url).fragment or "?" in url or "#" in url:
        raise BadValueError(f"{show(url)} has a query or a fragment", "write the address of the folder alone")
    return url if url.endswith("/") else url + "/"


def host_port(value: object) -> str:
    """HOST:PORT, the host in brackets where it is an IPv6 address."""
    found = some_text(value)
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]/\s]*):(\d{1,5})", found)
    if not match or int(match[2]) > 65535:
        raise BadValueError(f"{show(found)} is no host and port", 'write "127.0.0.1:8080", or "[::1]:8080" for IPv6')
    return found


def host_ports(value: object) -> tuple[str, ...]:
    """A list of HOST:PORT."""
    return tuple(host_port(item) for item in texts(value))


def path_from(folder: Path) -> Reader[Path]:
    """A reader of paths; a relative one starts from `folder`, "~" is the home folder."""

    def read(value: object) -> Path:
        spelled = some_text(value)
        if "\0" in spelled:
            raise BadValueError("it holds a NUL character", "write a path")
        # not resolve(): a symlink to the site's folder is the operator's choice
        return Path(normpath(folder / Path(spelled).expanduser()))

    return read


def paths_from(folder: Path) -> Reader[tuple[Path, ...]]:
    """A reader of a list of paths, each as `path_from` reads it."""
    path = path_from(folder)
    return lambda value: tuple(path(each) for each in texts(value))
