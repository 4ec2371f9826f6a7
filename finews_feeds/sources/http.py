"""The edge to other people's servers: one polite, bounded, guarded request for one source.

Rules
- `fetch` gives a value for whatever a network or a server does; it raises for mistakes of ours alone.
- One deadline for everything from the first name looked up to the last byte, over all redirects. Only waiting for our
  own turn does not count.
- Bounded: header fields, the body as transferred, the body decoded, redirects.
- Each hop's address is looked up, checked and connected to in one place (`guard`), so that no second look-up can give
  another one, and no redirect or kept connection goes around it.
- Redirects by hand. No cookies, no Referer, no proxy or .netrc from the environment, credentials and a source's own
  header fields to their own origin only (`private`).
- A proxy is the config's word: what is asked through it is checked here and connected to there.
- Validators go to the URL whose answer they came with and to no other: on a redirect, "validating header fields that
  were added by the implementation's cache" are to be replaced by those of the new target (RFC 9110 §15.4). A
  Last-Modified sent to another resource would bring a 304 for a body that we do not hold.

httpx is used one layer below its client: its client's cookie jar, redirects, proxies, timeouts and authentication are
all things that have to be different here, and to carry them along switched off costs a quarter of the time of a 304.
Below it stand two transports: `connections` for most, `pools` where the config names a proxy or wants HTTP/2.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from urllib.parse import urlsplit

from finews_feeds.errors import Fault, FetchError
from finews_feeds.model import Answer, Headers, Validators
from finews_feeds.settings import HttpSettings
from finews_feeds.sources.addresses import allow_list
from finews_feeds.sources.coding import ACCEPT_ENCODING, CodingError, TooLargeError, decoded
from finews_feeds.sources.connections import Connections
from finews_feeds.sources.faults import LATER, network_fault
from finews_feeds.sources.guard import Guard
from finews_feeds.sources.lean import httpx
from finews_feeds.sources.manners import Turns
from finews_feeds.sources.memory import Memory, Place
from finews_feeds.sources.private import Private
from finews_feeds.sources.redirects import FOLLOWED, bare
from finews_feeds.sources.trail import USABLE, Hop, Trail
from finews_feeds.sources.validators import header, joined

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

_NONE = Validators()
_MAX_HEADER_BYTES = 64 * 1024
_RESOLVERS = 16

_NETWORK_ERRORS = (httpx.TransportError, OSError, UnicodeError)


class PutOffError(Exception):
    """Nothing was asked: when its turn had come, the caller would rather not."""


def user_agent(version: str, contact: str, subscriptions: int) -> str:
    """What we call ourselves: program, version, where to complain, and for how many sources we ask."""
    place = "".join(char for char in contact if "!" <= char <= "~" and char not in "();")
    remarks = [f"+{place}"] if place else []
    remarks.append(f"{subscriptions} subscription" + ("" if subscriptions == 1 else "s"))
    return f"finews_feeds/{version} ({'; '.join(remarks)})"


class Fetcher:
    """Asks sources, many at a time; an async context manager that belongs to one event loop.

    `subscriptions` is the number of sources, for the User-Agent. `gap` bounds the rest between two requests to one
    host, see `manners`. `tls` is whom to trust; None: SSL_CERT_FILE or SSL_CERT_DIR of the
    environment, else the roots that come with httpx.
    """

    def __init__(
        self,
        settings: HttpSettings,
        version: str,
        subscriptions: int,
        *,
        gap: timedelta = timedelta(seconds=1),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._headers = (
            ("User-Agent", user_agent(version, settings.contact, subscriptions)),
            ("Accept", ACCEPT),
            ("Accept-Encoding", ACCEPT_ENCODING),
        )
        self._turns = Turns(settings.concurrency, gap)
        self._tls = tls
        self._resolvers = ThreadPoolExecutor(min(_RESOLVERS, settings.concurrency), thread_name_prefix="resolver")
        self._guard = Guard(allow_list(settings.allow_private), self._resolvers)
        self._transport = self._new_transport()
        #: Where documents in hand are counted; a caller that keeps them longer than a fetch takes its place here.
        self.memory = Memory(settings.max_memory, settings.max_bytes, settings.concurrency)

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._transport.aclose()
        # A resolver that hangs cannot be interrupted; only the end of the process waits for it.
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def fetch(
        self,
        url: str,
        validators: Validators = _NONE,
        validators_url: str = "",
        *,
        private: Private | None = None,
        place: Place | None = None,
        may_ask: Callable[[], bool] = lambda: True,
    ) -> Answer:
        """Ask `url` once, conditionally where there are validators, and follow its redirects.

        `validators_url` is the URL whose answer the validators came with (`Representation.url`), "" for `url` itself.
        `private` is what its own origin is sent; None: the credentials that stand in `url`. `place` is where the body
        counts as long as the caller has it. `may_ask` is asked when the turn has come, and PutOffError raised where it
        says no. The URLs of the answer have neither userinfo nor fragment. A Retry-After met on a redirect stands at
        the head of the answer's header fields.
        """
        async with self.memory.place() as own_place:
            return await self._follow(
                url, validators, validators_url or url, private or Private(url), place or own_place, may_ask
            )

    async def post(self, url: str, form: bytes) -> tuple[int, str]:
        """Send a form to a URL that came from outside: the status, 0 where there is none, and then why.

        Redirects are not followed, and nothing is read of the answer that would not be read of any other.
        """
        async with self.memory.place() as place:
            try:
                request = _Request(bare(url), (), (("Content-Type", "application/x-www-form-urlencoded"),), form)
                hop, _ = await self._ask(request, self._settings.deadline.total_seconds(), place, lambda: True)
            except FetchError as error:
                return 0, error.faults[0].cause
            except ValueError as error:
                return 0, f"this is no URL: {error}"
        return hop.status or 0, hop.fault.cause if hop.fault else ""

    async def _follow(
        self,
        url: str,
        validators: Validators,
        validators_url: str,
        private: Private,
        place: Place,
        may_ask: Callable[[], bool],
    ) -> Answer:
        trail = Trail(self._settings.max_redirects, self._settings.allow_downgrade)
        remaining_seconds = self._settings.deadline.total_seconds()
        here = url
        try:
            here = bare(url)
            while True:
                conditions = _conditions(validators) if here == bare(validators_url) else ()
                request = _Request(here, conditions, private.fields(here))
                hop, spent_seconds = await self._ask(request, remaining_seconds, place, may_ask)
                remaining_seconds -= spent_seconds
                if hop.fault or hop.status not in FOLLOWED:
                    return trail.end(hop, bool(request.conditions))
                here = trail.follow(hop)
                # nothing is in hand, and who waits for a turn keeps nobody waiting who has one
                place.leave()
        except FetchError as error:
            return trail.failed(here, error.faults[0])
        except ValueError as error:
            return trail.failed(here, Fault(here, f"this is no URL: {error}", _ABSOLUTE))

    async def _ask(
        self, request: _Request, deadline_seconds: float, place: Place, may_ask: Callable[[], bool]
    ) -> tuple[Hop, float]:
        """One request in its turn; and how many seconds it took, the wait for the turn not counted."""
        url = _checked(request.url)
        async with self._turns.turn(f"{url.host}:{url.port or _DEFAULT_PORTS[url.scheme]}", place.take):
            if not may_ask():
                raise PutOffError(request.url)
            clock = asyncio.get_running_loop()
            began = clock.time()
            hop = await self._exchange(request, url, max(deadline_seconds, 0), place)
            return hop, clock.time() - began

    async def _exchange(self, request: _Request, url: httpx.URL, deadline_seconds: float, place: Place) -> Hop:
        """Send and read, under the deadline; whatever goes wrong becomes the hop's fault."""
        hop = Hop(request.url)
        try:
            async with asyncio.timeout(deadline_seconds) as limit:
                response = await self._send(request, url)
                try:
                    hop.status, hop.headers = response.status_code, _fields(response)
                    hop.body = await self._read(response, hop, _Growth(place, limit))
                finally:
                    await response.aclose()
        except FetchError as error:
            hop.fault = error.faults[0]
        except httpx.ProxyError as error:
            hop.fault = Fault(request.url, f"the proxy makes no way to it: {error}", "check http.proxy and its login")
        except _NETWORK_ERRORS as error:
            hop.fault = self._late(request.url) if limit.expired() else network_fault(request.url, error)
        return hop

    async def _send(self, request: _Request, url: httpx.URL) -> httpx.Response:
        """The head of the answer."""
        if self._settings.proxy:
            await self._guard.check(url.host, url.port or _DEFAULT_PORTS[url.scheme])
        headers = _joined(self._headers, request.conditions, request.private)
        encoded = [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in headers]
        method = "GET" if request.form is None else "POST"
        asked = httpx.Request(method, url, headers=encoded, content=request.form)
        return await self._transport.handle_async_request(asked)

    async def _read(self, response: httpx.Response, hop: Hop, growth: _Growth) -> bytes:
        """The body without its content coding; of an answer that is of no use as a representation, nothing."""
        if sum(len(name) + len(value) for name, value in hop.headers) > _MAX_HEADER_BYTES:
            cause = f"the header fields are larger than {_size(_MAX_HEADER_BYTES)}"
            raise FetchError(Fault(hop.url, cause, "ask its webmaster to send fewer"))
        if hop.status == 304:  # it has no body; reading it to its end keeps the connection
            await _collected(response, 0, growth)
        if hop.status not in USABLE:
            return b""
        limit = self._settings.max_bytes
        try:
            length = header(hop.headers, "content-length") or ""
            if length.isdigit() and (len(length) > 18 or int(length) > limit):
                raise TooLargeError
            raw = await _collected(response, limit, growth)
            body = decoded(raw, joined(hop.headers, "content-encoding"), limit)
            await growth.to(len(body))
            return body
        except TooLargeError:
            mend = "if it is meant to be so large, raise http.max_bytes"
            raise FetchError(Fault(hop.url, f"the document is larger than {_size(limit)}", mend)) from None
        except CodingError as error:
            raise FetchError(Fault(hop.url, str(error), LATER)) from error

    def _new_transport(self) -> httpx.AsyncBaseTransport:
        if self._settings.proxy or self._settings.http2:
            from finews_feeds.sources.pools import Pools

            return Pools(self._settings, self._guard, self._trusted)
        return Connections(self._guard, self._trusted, self._settings.concurrency)

    def _trusted(self) -> ssl.SSLContext:
        """Whom to trust; made for the first that is asked by https, for that takes longer than asking."""
        if self._tls is None:
            self._tls = httpx.create_ssl_context()  # SSL_CERT_FILE and SSL_CERT_DIR are the operator's word
        return self._tls

    def _late(self, url: str) -> Fault:
        cause = f"no whole answer within {self._settings.deadline.total_seconds():g} s"
        return Fault(url, cause, f"{LATER}; if it is always so slow, raise http.deadline")


# --- one hop ----------------------------------------------------------------------------------------------------------

_Fields = tuple[tuple[str, str], ...]
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = "write an absolute http or https address"


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked at one hop, beside what is asked everywhere."""

    url: str
    conditions: _Fields
    private: _Fields
    #: What is sent along, and then by POST; None: nothing, by GET.
    form: bytes | None = None


def _checked(url: str) -> httpx.URL:
    """The URL as httpx has it; FetchError for one that names no web server."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise FetchError(Fault(url, f'the scheme "{parts.scheme}" is not asked, only http and https', _ABSOLUTE))
    if not parts.hostname or parts.port == 0:
        raise FetchError(Fault(url, "the address names no host and port", _ABSOLUTE))
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchError(Fault(url, f"this is no URL: {error}", _ABSOLUTE)) from error


def _conditions(validators: Validators) -> _Fields:
    """If-None-Match and If-Modified-Since, byte for byte as the server gave them (RFC 9110 §13.1)."""
    told = (("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified))
    return tuple((name, value) for name, value in told if value)


def _joined(*several: _Fields) -> _Fields:
    """All header fields; a later one stands instead of an earlier one of its name (RFC 9110 §5.1)."""
    found = {name.lower(): (name, value) for fields in several for name, value in fields}
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Growth:
    """A body that takes its place in memory; the wait for one does not count against the deadline."""

    place: Place
    limit: asyncio.Timeout

    async def to(self, size_bytes: int) -> None:
        """Returns once there is room for a body of this size."""
        if self.place.must_wait(size_bytes):
            clock, until = asyncio.get_running_loop(), self.limit.when()
            began = clock.time()
            self.limit.reschedule(None)
            await self.place.grow(size_bytes)
            self.limit.reschedule(None if until is None else until + clock.time() - began)
        await self.place.grow(size_bytes)


async def _collected(response: httpx.Response, limit_bytes: int, growth: _Growth) -> bytes:
    body = bytearray()
    assert isinstance(response.stream, AsyncIterable)  # it is ours, and httpx's way to it counts bytes again
    async for piece in response.stream:
        body += piece
        if len(body) > limit_bytes:
            raise TooLargeError
        await growth.to(len(body))
    return bytes(body)


def _fields(response: httpx.Response) -> Headers:
    raw = response.headers.raw
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in raw)


def _size(size_bytes: int) -> str:
    for unit, unit_bytes in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if size_bytes and not size_bytes % unit_bytes:
            return f"{size_bytes // unit_bytes} {unit}"
    return f"{size_bytes} bytes"
