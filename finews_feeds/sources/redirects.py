"""Where a redirect leads, and which ones are followed (RFC 9110 §15.4)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from finews_feeds.errors import Fault, FetchError
from finews_feeds.model import Redirect

#: Followed with GET, all of them: we never send anything else. 300 and 305 are not.
FOLLOWED = frozenset({301, 302, 303, 307, 308})
#: "the target resource has been assigned a new permanent URI" (RFC 9110 §15.4.2, §15.4.9).
PERMANENT = frozenset({301, 308})

_ASK = "ask the source for its feed's address"
#: What RFC 3986 lets stand in a path or a query, and "%": what is encoded stays as it is.
_URL_CHARS = "%/?:@!$&'()*+,;=-._~[]|"


def next_hop(url: str, location: str | None, allow_downgrade: bool = False) -> str:
    """The absolute URL that `location` means at `url`, without fragment and without credentials.

    Raises FetchError where there is no location, where it has another scheme than http and https, and where it would
    lead from https down to http and that is not allowed. Credentials are never taken from a redirect: they would be
    ours to a host of the server's choice, or the server's in our name.
    """
    if not location:
        raise FetchError(Fault(url, "the server redirects without saying where to", _ASK))
    try:
        target = bare(urljoin(url, _readable(location)))
        scheme = urlsplit(target).scheme
    except ValueError as error:
        cause = f'the server redirects to "{location[:200]}", which is no URL: {error}'
        raise FetchError(Fault(url, cause, _ASK)) from error
    if scheme not in ("http", "https"):
        cause = f'the server redirects to "{target[:200]}": only the schemes http and https are asked'
        raise FetchError(Fault(url, cause, _ASK))
    if scheme == "http" and urlsplit(url).scheme == "https" and not allow_downgrade:
        mend = "if that is meant, write the http address into the config, or set http.allow_downgrade = true"
        raise FetchError(Fault(url, f"the server redirects from https down to {target[:200]}", mend))
    return target


def _readable(location: str) -> str:
    """The reference as meant: header fields are Latin-1 to us, but what is not ASCII in a Location is UTF-8 as a rule.

    Only the path and what follows it is percent-encoded; a host in another script is left to IDNA.
    """
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    parts = urlsplit(location)
    path, query = (quote(part, safe=_URL_CHARS) for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment))


def bare(url: str) -> str:
    """The URL without userinfo and fragment: what may be shown, compared and stored. ValueError where it is no URL."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def permanent_target(redirects: Sequence[Redirect]) -> str:
    """Where an unbroken run of permanent redirects from the start leads; "" where the first is not permanent.

    A temporary hop ends the run: A -301-> B -302-> C has moved to B.
    """
    target = ""
    for redirect in redirects:
        if redirect.status not in PERMANENT:
            break
        target = redirect.url
    return target
