"""The syntax of http URLs: from any string to its parts in normal form (RFC 3986 §6.2.2, WHATWG URL), and back.

Two spellings of one URL give one normal form, and two URLs never do: a reserved character and its percent-encoding
are different data (RFC 3986 §2.2), so `%2F` is not `/`, `%2B` is not `+`, `%2C` is not `,`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from finews_feeds.normalize.url_host import normal_host


class Url(NamedTuple):
    """The parts of an http or https URL, each in normal form and in ASCII."""

    scheme: str
    host: str
    #: ":8080", or "" for the scheme's own port.
    port: str
    #: Begins with "/".
    path: str
    #: Without its "?"; "" where there is none or an empty one.
    query: str
    #: With its mark: "#!/a" or "#/a"; "" for any other, which is a place in the page and not another page.
    fragment: str

    def __str__(self) -> str:
        query = "?" + self.query if self.query else ""
        return f"{self.scheme}://{self.host}{self.port}{self.path}{query}{self.fragment}"


_DEFAULT_PORTS = {"http": 80, "https": 443}

# WHATWG reads any number of slashes or backslashes after the scheme of an http URL, and a backslash as a slash.
_SPLIT = re.compile(
    r"(https?):[/\\]*([^/\\?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
).fullmatch
# The Unicode spaces and the byte order mark come from copying and pasting; WHATWG takes off the ASCII ones alone.
_ENDS = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
_ENDS += "".join(map(chr, range(0x2000, 0x200C)))
_LINE_BREAKS = re.compile("[\t\r\n]+")

_UNRESERVED = r"A-Za-z0-9._~\-"
_RESERVED = "!$&()*+,;=:@/"
_PLAIN_PATH = re.compile(rf"[{_UNRESERVED}{_RESERVED}']*").fullmatch
_PLAIN_QUERY = re.compile(rf"[{_UNRESERVED}{_RESERVED}?]*").fullmatch
_UNUSUAL = re.compile(rf"%[0-9A-Fa-f]{{2}}|[^{_UNRESERVED}{_RESERVED}'?]")
_DOTS = re.compile(r"/\.\.?(?:/|$)").search
# What most URLs are: in normal form already, unless there is a dot segment or an escaped ampersand in them. The last
# label does not begin as a number does, so the host is a name.
_ORDINARY = re.compile(
    r"(https?)://((?:[a-z0-9_-]+\.)*[a-z_-][a-z0-9_-]*+)"
    rf"(/[{_UNRESERVED}{_RESERVED}]*+)?(?:\?([{_UNRESERVED}{_RESERVED}?]*+))?"
).fullmatch
_ESCAPED_AMPERSAND = re.compile(r"(^|&)(?:amp;)+")


def parse(text: str) -> Url | None:
    """The URL's parts in normal form, or None for what is no http(s) URL with a host; never raises.

    Userinfo is dropped; so is a fragment, unless it is a page's name (`#!…`, `#/…`). `&amp;` left over from HTML
    counts as `&`.
    """
    ordinary = _ORDINARY(text)
    if ordinary is not None and "/." not in text and "amp;" not in text:
        scheme, host, path, query = ordinary.groups("")
        return Url(scheme, host, "", path or "/", query, "")
    split = _SPLIT(_LINE_BREAKS.sub("", text.strip(_ENDS)))
    if split is None:
        return None
    scheme, authority, path, query, fragment = split.groups("")
    scheme = scheme.lower()
    name, port = _host_and_port(authority.rpartition("@")[2])
    host = normal_host(name)
    if not host or not _is_port(port):
        return None
    return Url(scheme, host, _normal_port(scheme, port), _normal_path(path), _normal_query(query), _route(fragment))


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, bracket, port = authority.rpartition("]")
        return host + bracket, port.removeprefix(":") if port[:1] in ("", ":") else "?"
    host, _, port = authority.partition(":")
    return host, port


def _is_port(port: str) -> bool:
    # The length first: Python refuses to read numbers of thousands of digits.
    return not port or (port.isascii() and port.isdigit() and len(port.lstrip("0")) < 6 and int(port) < 65536)


def _normal_port(scheme: str, port: str) -> str:
    return f":{int(port)}" if port and int(port) != _DEFAULT_PORTS[scheme] else ""


def _normal_path(path: str) -> str:
    if not _PLAIN_PATH(path):
        path = percent_normal(path.replace("\\", "/"))
    return (_without_dots(path) if _DOTS(path) else path) or "/"


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4; the path has been percent-decoded, so `%2e%2E` is a dot segment too, as browsers have it."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _normal_query(query: str) -> str:
    if not query:
        return ""
    if not _PLAIN_QUERY(query):
        # WHATWG encodes the apostrophe here, and only here.
        query = percent_normal(query).replace("'", "%27")
    return _ESCAPED_AMPERSAND.sub(r"\1", query) if "amp;" in query else query


def _route(fragment: str) -> str:
    """A fragment that names a page of a script's own; `#!` and `#/` alone name the page that they stand on."""
    if fragment[:1] not in ("!", "/") or len(fragment) == 1:
        return ""
    return "#" + percent_normal(fragment)


def percent_normal(text: str) -> str:
    """The text with unreserved characters plain, hexadecimal digits in capitals, and nothing raw but RFC 3986 allows.

    A `%` that begins no encoding is encoded itself. Characters beyond ASCII are encoded as UTF-8 (RFC 3987 §3.1).
    """
    return _UNUSUAL.sub(_percent_normal_one, text)


def _percent_normal_one(match: re.Match[str]) -> str:
    unusual = match[0]
    if len(unusual) == 3:
        plain = chr(int(unusual[1:], 16))
        return plain if plain.isascii() and (plain.isalnum() or plain in "-._~") else unusual.upper()
    # A lone surrogate is no character, but two different ones must not become one key.
    return "".join(f"%{byte:02X}" for byte in unusual.encode("utf-8", "surrogatepass"))


_ASCII_ENCODED = re.compile(r"%([0-7][0-9A-Fa-f])")


def percent_decoded(text: str) -> str:
    """The text with its percent-encoded ASCII plain; bytes beyond ASCII stay encoded, whatever charset they are of."""
    return _ASCII_ENCODED.sub(lambda match: chr(int(match[1], 16)), text)
