"""What went wrong between us and a server, in plain words, with what the operator can do about it.

The words come from the error that lies at the bottom: the socket's, the resolver's, the certificate check's. A chain of
wrappers around it says less, and says it differently in every version.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus

from finews_feeds.errors import Fault

#: The mend of what mends itself.
LATER = "nothing to do: it is asked again later"

_STATUS_MENDS = {
    202: LATER,
    401: "the source wants a login; give it, or pause the source",
    403: "the source refuses us; ask its webmaster to admit the User-Agent, or pause the source",
    404: "check the address; the source may have moved",
    407: "give http.proxy its login",
    408: LATER,
    421: LATER,
    423: LATER,
    425: LATER,
    429: "nothing to do: it is asked less often; a longer interval is kinder",
    451: "the source may not answer from where you are; pause it",
    511: "log this machine in to the network that it is in",
}


#: How the protocol's errors spell what they quote from the wire.
_BYTES = re.compile(r"""bytearray\(b(['"])(.*)\1\)""")


def status_fault(url: str, status: int) -> Fault:
    """An answer that is neither a representation nor 304, 410 or a redirect."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:  # a number that no RFC knows
        phrase = ""
    mend = _STATUS_MENDS.get(status, LATER if status >= 500 else "check the address in a browser")
    return Fault(url, f"the server answered HTTP {status}{phrase}", mend)


def network_fault(url: str, error: BaseException) -> Fault:
    """An error of the resolver, the connection, TLS or the protocol."""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Fault(
                url, f"TLS: the certificate is not valid: {cause.verify_message}", "the source has to renew it"
            )
        if isinstance(cause, ssl.SSLError):
            return Fault(url, f"TLS: no secure connection: {cause.reason or cause}", "check the scheme and the port")
        if isinstance(cause, socket.gaierror):
            return Fault(
                url, f"DNS: the host's name has no address: {cause.strerror}", "check the name, and the network"
            )
        if isinstance(cause, UnicodeError):
            return Fault(url, "DNS: the host's name is none", "check the address")
        if isinstance(cause, ConnectionRefusedError):
            return Fault(
                url, "connection refused: nothing listens there", "check the port; else it is asked again later"
            )
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return Fault(url, "the server broke the connection off", LATER)
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.strerror:
            return Fault(url, f"no connection: {cause.strerror}", "check the network; else it is asked again later")
    said = _BYTES.sub(r'"\2"', str(error)).strip().rstrip(".")
    mend = f"{LATER}; if it stays so, check scheme, host and port"
    return Fault(url, f"no usable HTTP answer: {said[:200] or type(error).__name__}", mend)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it came from, down to the bottom; the members of a group one after another."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop(0)
        if at is not None and id(at) not in seen:
            seen.add(id(at))
            yield at
            waiting += [*(at.exceptions if isinstance(at, BaseExceptionGroup) else ()), at.__cause__, at.__context__]
