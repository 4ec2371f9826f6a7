"""One fetch as a trail of hops: the redirects followed, and what the last hop makes of the whole. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from finews_feeds.errors import Fault, FetchError
from finews_feeds.model import Answer, Failed, Gone, Headers, NotModified, Redirect, Representation
from finews_feeds.sources.faults import LATER, status_fault
from finews_feeds.sources.redirects import next_hop

#: A representation that we can use whole; 206 was not asked for, 202 and 204 have nothing to say (RFC 9110 §15.3).
USABLE = frozenset({200, 203})


@dataclass(slots=True)
class Hop:
    """What came back; filled in as it comes, so that a fault in the body still knows the status."""

    url: str
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    fault: Fault | None = None


class Trail:
    """The redirects followed so far, and the answer at their end."""

    def __init__(self, max_redirects: int, allow_downgrade: bool = False) -> None:
        self._max_redirects = max_redirects
        self._allow_downgrade = allow_downgrade
        self._redirects: list[Redirect] = []
        self._seen: set[str] = set()
        self._last = Hop("")
        #: RFC 9110 §10.2.3 lets a redirect ask for time before the next request. We go on (a source that always asks
        #: for it would never be read) and keep away afterwards.
        self._retry_after: list[tuple[str, str]] = []

    def follow(self, hop: Hop) -> str:
        """The URL to ask next; FetchError where the trail may not go on."""
        self._last = hop
        self._seen.add(hop.url)
        target = next_hop(hop.url, _location(hop), self._allow_downgrade)
        self._redirects.append(Redirect(hop.status or 0, target))
        if target in self._seen:
            raise FetchError(Fault(hop.url, f"the redirects run in a loop, back to {target}", "check the address"))
        if len(self._redirects) > self._max_redirects:
            raise FetchError(Fault(hop.url, f"more than {self._max_redirects} redirects", "check the address"))
        self._retry_after += [field for field in hop.headers if field[0] == "retry-after"]
        self._last = Hop("")
        return target

    def end(self, hop: Hop, is_conditional: bool) -> Answer:
        """The answer that this hop, no redirect, makes of the whole."""
        self._last = hop
        headers, redirects = (*self._retry_after, *hop.headers), tuple(self._redirects)
        if hop.fault:
            return self.failed(hop.url, hop.fault)
        if hop.status in USABLE:
            return Representation(hop.url, hop.status or 0, headers, hop.body, redirects)
        if hop.status == 304 and is_conditional:
            return NotModified(hop.url, headers, redirects)
        if hop.status == 304:
            unasked = "the server answered 304 Not Modified to a request without conditions"
            return self.failed(hop.url, Fault(hop.url, unasked, LATER))
        if hop.status == 410:
            return Gone(hop.url, headers, redirects)
        return self.failed(hop.url, status_fault(hop.url, hop.status or 0))

    def failed(self, url: str, fault: Fault) -> Failed:
        headers = (*self._retry_after, *self._last.headers)
        return Failed(url, fault.cause, fault.mend, self._last.status, headers, tuple(self._redirects))


def _location(hop: Hop) -> str | None:
    """Where a redirect leads; FetchError where it names several places (RFC 9110 §5.3: the field is no list).

    A second one is the mark of a field that somebody slipped in, and nobody knows which of them is meant.
    """
    told = {value for name, value in hop.headers if name == "location"}
    if len(told) > 1:
        cause = f"the server redirects to {len(told)} places at once"
        raise FetchError(Fault(hop.url, cause, "ask the source for its feed's address"))
    return next(iter(told), None)
