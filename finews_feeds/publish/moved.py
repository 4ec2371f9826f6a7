"""What stands where a feed was: `moved.json` and its like for web servers, and a page for people that leads on.

A feed that moved answers with 308 and one that was withdrawn with 410 (RFC 9110 §15.4.9, §15.5.11), wherever a server
reads `moved.json`, as ours does, or what nginx and Caddy can include. A host of plain files sends the new feed's bytes
at the old address instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from html import escape
from urllib.parse import quote, unquote, urlsplit

#: Below the output folder.
MOVED_FILE, _NGINX_FILE, _CADDY_FILE = MOVED_FILES = ("moved.json", "moved.nginx.conf", "moved.caddy")
#: What may stand bare in a path (RFC 3986 §3.3) and means nothing to either server.
_PLAIN = "/!&'()*+,;=:@~"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
#: What Caddy reads in a quoted string of its config.
_CADDYS = re.compile(r'["\\{}`]')


def moved_files(moved: Mapping[str, str], gone: Collection[str], site_url: str) -> dict[str, bytes]:
    """All files that tell of moves, by path; none where there is nothing to tell."""
    if not moved and not gone:
        return {}
    base = urlsplit(site_url).path
    pairs = [(unquote(base) + old, quote(unquote(base) + new, _PLAIN)) for old, new in sorted(moved.items())]
    pairs += [(unquote(base) + old, "") for old in sorted(gone)]
    pairs = [(old, new) for old, new in pairs if not _CONTROLS.search(old)]
    return {
        MOVED_FILE: moved_json(moved, gone),
        _NGINX_FILE: _joined(_nginx_locations(pairs)),
        _CADDY_FILE: _joined(_caddy_lines(pairs)),
    }


def _joined(lines: Iterator[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _nginx_locations(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """For a `server` block. Locations and not a `map`, which would take no notice of case and lead in circles."""
    for old, new in pairs:
        name = old.replace("\\", "\\\\").replace('"', '\\"')
        answer = f'308 "{new}"' if new else r'410 "this feed was withdrawn\n"'
        yield f'location = "{name}" {{ types {{ }} default_type "text/plain; charset=utf-8"; return {answer}; }}'


def _caddy_lines(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """For a `map` of a path to its new path, and to whether it was withdrawn."""
    for old, new in pairs:
        yield f'"{_caddy_name(old)}" "{new}" "{"" if new else "yes"}"'


def _caddy_name(path: str) -> str:
    if not _CADDYS.search(path):
        return path
    return "~^" + re.sub(r"[^\w/]", lambda found: rf"\x{{{ord(found[0]):x}}}", path) + "$"


def moved_json(moved: Mapping[str, str], gone: Collection[str]) -> bytes:
    """`{"moved": {old: new}, "gone": […]}`: paths below the output folder with suffixes, as on disk, sorted."""
    told = {"moved": dict(sorted(moved.items())), "gone": sorted(gone)}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def moved_page(url: str) -> bytes:
    """The page beside a feed that moved: it leads to `url`, the page of the feed that stands for it now."""
    shown = escape(url)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"><title>Moved</title>'
        f'<meta http-equiv="refresh" content="0; url={shown}"><link rel="canonical" href="{shown}">'
        f'<p>This feed has moved to <a href="{shown}">{shown}</a>.</p></html>\n'
    ).encode()
