"""References that stand in documents, as absolute URLs."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

#: What a link may lead to. Everything else (`javascript:`, `data:`, `file:`) is no address, or a trap.
_SCHEMES = frozenset({"http", "https", "ftp", "ftps", "gemini", "magnet", "mailto"})
_WITH_HOST = frozenset({"http", "https", "ftp", "ftps", "gemini"})
#: What is absolute already, and what `urljoin` and `urlsplit` would give back as it stands; most links are such.
_FINISHED = re.compile(
    r"https?://[A-Za-z0-9.-]++(?::[0-9]{1,5})?+(?:/[A-Za-z0-9_\-./~:@!$'()*+,=%&]*+)?"
    r"(?:\?[A-Za-z0-9_\-./~:?@!$'()*+,;=%&]++)?(?:#[A-Za-z0-9_\-./~:?@!$'()*+,;=%&]++)?"
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")


def absolute(base: str, reference: str) -> str:
    """A reference resolved against its base (RFC 3986 §5), "" for one that leads nowhere a reader may be sent.

    Nothing else is changed in it, but that inner spaces are percent-encoded and line breaks left out.
    """
    if not reference or _FINISHED.fullmatch(reference):
        return reference
    reference = _BREAKS.sub("", reference).strip().replace(" ", "%20")
    if not reference:
        return ""
    try:
        url = urljoin(base, reference)
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return ""
    if parts.scheme not in _SCHEMES or (parts.scheme in _WITH_HOST and not has_host):
        return ""
    return url


def absolute_http(base: str, reference: str) -> str:
    """The same for what must be a page: "" for other schemes than http and https."""
    url = absolute(base, reference)
    return url if is_http(url) else ""


def is_http(url: str) -> bool:
    """Whether a URL has the scheme http or https, in any case of letters."""
    return url[:8].lower().startswith(("http://", "https://"))


def unique(urls: list[str]) -> tuple[str, ...]:
    """The URLs in their order, each once, without empty ones."""
    return tuple(dict.fromkeys(filter(None, urls)))
