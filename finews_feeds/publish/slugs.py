"""File names for feeds: one name for each term key, on any file system, for ever.

Rules
- Stateless and injective: `slug` looks at nothing but the key, and two keys never get one name. What may not stand in a
  name is written as `=` and two hexadecimal digits for each byte of its UTF-8, as quoted-printable does (RFC 2045 §6.7,
  but in lower case); `=` is written so itself. Reading the escapes back gives the key: nothing can be lost on the way.
- One file on any file system: a name is its own NFC and its own case folding, so that two names which a Mac or Windows
  would take for one cannot both occur.
- Plain names stay as jekyll-feed has them: letters of any script, digits, and a space inside.
- A name over `MAX_BYTES` is cut between two characters and ends in `==` and a hash; `==` occurs in no other name.
- Pinyin loses more than it keeps (银 and 引 are both "yin"), so a name that is not its key ends in `-` and a hash, and
  a key that looks so by itself is given one too.

The `%` is escaped, although every file system takes it: a proxy that decodes an address twice must find nothing in it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import FeedKey, FeedKind

SlugStyle = Literal["unicode", "pinyin"]

#: A name component is 255 bytes on the common file systems; the rest is for suffixes (".html.gz") and numbers to come.
MAX_BYTES = 200

_ESCAPED = re.compile("=[0-9a-f]{2}|.", re.DOTALL)
_HASHED = re.compile(r"-[0-9a-f]{10}\Z")
_FORBIDDEN = frozenset('/\\:*?"<>|%=')
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"})
#: Names that Windows keeps for devices, whatever extension follows. The superscript digits count there, too.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "clock$", "conin$", "conout$"]
    + [port + digit for port in ("com", "lpt") for digit in "0123456789¹²³"]
)
#: What may stand bare in a path segment (RFC 3986 §3.3, pchar), so that addresses are those that Jekyll writes.
_PCHAR = "/!$&'()*+,;=:@~"

_FOLDERS = {
    FeedKind.CATEGORY: "feed/",
    FeedKind.TAG: "feed/by_tag/",
    FeedKind.SOURCE: "feed/by_source/",
    FeedKind.QUERY: "feed/by_query/",
}


def slug(key: str, style: SlugStyle = "unicode") -> str:
    """The file name, without suffix, of the feed of a term; at most `MAX_BYTES` of UTF-8, never empty.

    Any string is taken, not only a key as `normalize` makes it. ConfigError where "pinyin" is asked for and its
    library is not installed.

    >>> slug("东财滚动新闻"), slug("5g/6g"), slug("nul"), slug("..")
    ('东财滚动新闻', '5g=2f6g', '=6eul', '=2e=2e')
    """
    if style == "pinyin":
        return _pinyin_slug(key)
    name = _escape(key)
    if len(name.encode()) <= MAX_BYTES:
        return name
    mark = f"=={_digest(key, 32)}"
    return _cut(name, MAX_BYTES - len(mark)) + mark


def is_same_file(name: str, other: str) -> bool:
    """Whether a disk that does not tell case apart takes both names for one file."""
    return _folded(name) == _folded(other)


def feed_path(key: FeedKey, style: SlugStyle = "unicode") -> str:
    """The path of a feed below the output folder, without suffix: "feed", "feed/emnews", "feed/by_tag/…"."""
    if key.kind is FeedKind.ALL:
        return "feed"
    if key.kind in (FeedKind.SOURCE, FeedKind.QUERY):
        return _FOLDERS[key.kind] + _name_slug(key.key, style)
    return _FOLDERS[key.kind] + slug(key.key, style)


def _name_slug(name: str, style: SlugStyle) -> str:
    """A name of the operator's own keeps its capitals: the config takes no two names that differ by case alone."""
    small = name.lower()
    return name if style == "unicode" and slug(small) == small and small.upper() == name.upper() else slug(name, style)


def address(site_url: str, path: str) -> str:
    """The absolute URL of a file below the output folder; `site_url` ends in "/", `path` has its suffix.

    >>> address("https://finews.example/", "feed/by_tag/bond connect.xml")
    'https://finews.example/feed/by_tag/bond%20connect.xml'
    """
    return site_url + quote(path, safe=_PCHAR)


def _escape(key: str) -> str:
    name = _guard_ends("".join(char if _is_plain(char) else _escaped(char) for char in key))
    if _folded(name) != name:
        # Marks that combine with what stands before them. Rare, since keys are NFKC; ASCII is safe from all of it.
        name = _guard_ends("".join(char if char.isascii() and _is_plain(char) else _escaped(char) for char in key))
    return name or "="


@lru_cache(maxsize=8192)
def _is_plain(char: str) -> bool:
    if char.isascii() and char.isalnum():
        return not char.isupper()
    if char in _FORBIDDEN or _is_noncharacter(ord(char)):
        return False
    if unicodedata.category(char) in _FORBIDDEN_CATEGORIES:
        return char == " "
    return _folded(char) == char


def _is_noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _folded(text: str) -> str:
    # By way of upper case, because that is how NTFS compares: it takes the dotless i for an i, case folding does not.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).upper().casefold())


def _escaped(text: str) -> str:
    # Half a surrogate pair is no character, but a str can hold it.
    return "".join(f"={byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))


def _guard_ends(name: str) -> str:
    """Escapes what is harmless inside a name and not at its ends: hidden files, options, what Windows strips."""
    if name and name[-1] in ". ":
        name = name[:-1] + _escaped(name[-1])
    if name and (name[0] in ".- " or name.partition(".")[0].rstrip(" ") in _DEVICES):
        name = _escaped(name[0]) + name[1:]
    return name


def _cut(name: str, max_bytes: int) -> str:
    """The longest beginning of an escaped name in `max_bytes`, no character and no escape divided."""
    kept: list[str] = []
    for piece in _ESCAPED.findall(name):
        max_bytes -= len(piece.encode())
        if max_bytes < 0:
            break
        kept.append(piece)
    return "".join(kept)


def _digest(key: str, digits: int) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def _pinyin_slug(key: str) -> str:
    roman = _romanised(key)
    name = _escape(roman)
    if roman == key and len(name) <= MAX_BYTES and not _HASHED.search(name):
        return name
    mark = f"-{_digest(key, 10)}"
    return _cut(name if roman else "term", MAX_BYTES - len(mark)) + mark


def _romanised(key: str) -> str:
    if key.isascii():
        return key
    try:
        from pypinyin import lazy_pinyin
    except ImportError as error:
        cause = 'slugs = "pinyin" needs the library pypinyin, which is not installed'
        raise ConfigError(Fault("output.slugs", cause, "pip install finews_feeds[pinyin]")) from error
    spelled = "".join(lazy_pinyin(key))
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
