"""References in markup, made absolute: what a reader follows, as far from the identity of an article as from a guess.

RFC 3986 §5 resolves them; before that they are read as browsers read them (WHATWG URL): white space around and line
breaks inside are dropped, a backslash is a slash, `https:/host` has a host. Nothing is normalised beyond that.
A reference whose scheme is not listed, or that cannot be made absolute, gives "": the attribute is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

_LINK_SCHEMES = frozenset(("mailto", "tel", "sms", "ftp", "ftps", "geo", "irc", "ircs", "magnet", "webcal", "xmpp"))
#: Every scheme that any function here gives.
SCHEMES = _LINK_SCHEMES | {"http", "https", "data"}

#: An absolute web address in unreserved and reserved characters (RFC 3986 §2): the usual case, that needs no work.
FINISHED = r"https?://[A-Za-z0-9.-]++(?::[0-9]{1,4})?+(?:[/?#][A-Za-z0-9_\-./~:?#@!$'()*+,;=%&]*+)?+"
#: The same but for its scheme, and without `&`, so that it reads alike in a URL and in an attribute's value.
NO_SCHEME = r"//[A-Za-z0-9.-]++(?::[0-9]{1,4})?+(?:[/?#][A-Za-z0-9_\-./~:?#@!$'()*+,;=%]*+)?+"
_FINISHED = re.compile(FINISHED)
#: The same as it is spelled in an attribute.
SPELLED = (
    r"https?://[A-Za-z0-9.-]++(?::[0-9]{1,4})?+"
    r"(?:[/?#][A-Za-z0-9_\-./~:?#@!$'()*+,;=%]*+(?:&amp;[A-Za-z0-9_\-./~:?#@!$'()*+,;=%]*+)*+)?+"
)
#: A base's scheme and host, and a path from the root that RFC 3986 §5.2 leaves as it is: without dot segments, empty
#: segments, parameters, and without an empty query or fragment. Joining them takes a tenth of what `urljoin` does.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]++(?::[0-9]{1,4})?+(?=[/?#]|\Z)")
_REST = r"[A-Za-z0-9_\-./~:?@!$'()*+,;=%]++(?:&amp;[A-Za-z0-9_\-./~:?@!$'()*+,;=%]*+)*+"
#: Such a path as it is spelled in an attribute.
ROOTED = r"(?=/)(?:/(?!\.\.?(?:[/?#]|\Z|\"))[A-Za-z0-9_\-.~:@!$'()*+,=%]++)*+/?" rf"(?:\?{_REST})?(?:#{_REST})?"
_ROOTED = re.compile(ROOTED.replace("&amp;", "&"))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(r"(https?):[/\\]*(?=[^/\\?#])", re.IGNORECASE)
_BEFORE_QUERY = re.compile(r"[^?#]*")
_LINE_BREAKS = re.compile(r"[\t\n\r]")
#: What is stripped from both ends: C0 controls and spaces, as in the WHATWG's parser, and two spaces of other scripts.
_BLANKS = "".join(map(chr, range(33))) + "\xa0\u3000"
#: Neither in a URI nor, as other characters beyond ASCII are, in an IRI (RFC 3987 §2.2): percent-encoded.
_QUOTED = {ord(char): "".join(f"%{byte:02X}" for byte in char.encode()) for char in ' "<>\\^`{|}\xa0\u3000'}

#: Pictures that a page carries within itself. Short ones are placeholders; SVG is a document that may hold scripts.
_RASTER = re.compile(r"data:image/(?:avif|gif|jpeg|png|webp);base64,[A-Za-z0-9+/=]{100,}", re.IGNORECASE)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)(?:(?<=,)|\s*+([^,]*+))")
_DESCRIPTOR = re.compile(r"(?:\d+(?:\.\d+)?x|\d+w(?: \d+h)?)?")


def link(reference: str, base: str = "") -> str:
    """Where a link leads: an absolute web address, or one of the few other schemes that a reader may follow."""
    if _FINISHED.fullmatch(reference):
        return reference
    reference = _bare(reference)
    named = _SCHEME.match(reference)
    if named and named[1].lower() in _LINK_SCHEMES:
        return reference.translate(_QUOTED) if len(reference) > named.end() else ""
    return _absolute(reference, base)


def web(reference: str, base: str = "") -> str:
    """An absolute http(s) URL, the only thing that pictures, sound and citations may be.

    `base` counts where it is one itself. `//host/…` without a base is read as https, the scheme that today's web
    would choose; an empty reference means the document itself, which nobody links on purpose, and gives "".
    """
    return reference if _FINISHED.fullmatch(reference) else _absolute(_bare(reference), base)


def image(reference: str, base: str = "") -> str:
    """The URL of a picture: an absolute http(s) URL, or a raster image in a `data:` URL (RFC 2397)."""
    if _FINISHED.fullmatch(reference):
        return reference
    bare = _bare(reference)
    return bare if bare[:5].lower() == "data:" and _RASTER.fullmatch(bare) else _absolute(bare, base)


def srcset(value: str, base: str = "") -> str:
    """A `srcset` (HTML, "images", §4.8.4.2.1) with absolute URLs; candidates that have none, or are ill-formed, go."""
    return ", ".join(_candidates(value, base)) if value else ""


def _candidates(value: str, base: str) -> Iterator[str]:
    # Without an end of commas alone every match begins where the last one ended, and the whole is linear.
    for match in _CANDIDATE.finditer(value.rstrip(", \t\n")):
        url, descriptor = web(match[1].rstrip(","), base), " ".join((match[2] or "").split())
        if url and _DESCRIPTOR.fullmatch(descriptor):
            yield f"{url.rstrip(',')} {descriptor}".rstrip()


def scheme(base: str) -> str:
    """What a reference that begins with `//` is read with, its colon included."""
    return "http:" if base[:5].lower() == "http:" else "https:"


def origin(base: str) -> str:
    """What a `ROOTED` path is put behind, "" where that is not to be told at a glance."""
    found = _ORIGIN.match(base)
    return found[0] if found else ""


def _absolute(bare: str, base: str) -> str:
    if not bare:
        return ""
    if not _SCHEME.match(bare):
        bare = _joined(_slashed(bare), base)
    return bare if _FINISHED.fullmatch(bare) else _authority(bare)


def _joined(reference: str, base: str) -> str:
    if reference.startswith("//"):
        return scheme(base) + reference
    if _ROOTED.fullmatch(reference) and (host := origin(base)):
        return host + reference
    try:
        return urljoin(base, reference) if _WEB.match(base) else ""
    except ValueError:
        return ""


def _bare(reference: str) -> str:
    return _LINE_BREAKS.sub("", reference.strip(_BLANKS))


def _slashed(reference: str) -> str:
    if "\\" not in reference:
        return reference
    return _BEFORE_QUERY.sub(lambda match: match[0].replace("\\", "/"), reference, count=1)


def _authority(url: str) -> str:
    """The URL if it names a web host that can be told from its path, else ""."""
    web_scheme = _WEB.match(url)
    if not web_scheme:
        return ""
    url = f"{web_scheme[1].lower()}://{_slashed(url[web_scheme.end() :])}".translate(_QUOTED)
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        return ""
    return url if is_usable else ""
