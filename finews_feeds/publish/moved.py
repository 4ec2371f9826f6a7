"""What stands where a feed was: `moved.json` for web servers, and a page for people that leads on.

A feed that moved answers with 308 and one that was withdrawn with 410 (RFC 9110 §15.4.9, §15.5.11), wherever a server
reads `moved.json`, as ours does. A host of plain files sends the new feed's bytes at the old address instead.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from html import escape

#: Below the output folder.
MOVED_FILE = "moved.json"


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
