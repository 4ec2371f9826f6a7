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

httpx is used one layer below its client, by nothing but what 0.28 and its fork httpx2 share: its client's cookie jar,
redirects, proxies, timeouts and authentication are all things that have to be different here, and to carry them along
switched off costs a quarter of the time of a 304. Below it is httpcore's connection pool by its documented interface,
because only that takes a network backend. There are several small pools, sharing one TLS context: each request makes
a pool look at all its connections, so that a large one slows itself down.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from urllib.parse import unquote, urlsplit, urlunsplit

import httpcore
import httpx

from finews_feeds.errors import Fault, FetchError
from finews_feeds.model import Answer, Headers, Validators
from finews_feeds.settings import HttpSettings
from finews_feeds.sources.addresses import allow_list
from finews_feeds.sources.coding import ACCEPT_ENCODING, CodingError, TooLargeError, decoded
from finews_feeds.sources.faults import LATER, network_fault
from finews_feeds.sources.guard import GuardedBackend
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
_REQUESTS_PER_POOL = 8
_KEEP_ALIVE_SECONDS = 5.0
_RESOLVERS = 16

_NETWORK_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
    UnicodeError,
)
#: What a kept connection gives when the server closed it just as we wrote: nothing was answered, so it is asked anew.
_STALE = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)


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
        self._backend = GuardedBackend(allow_list(settings.allow_private), self._resolvers)
        #: Where documents in hand are counted; a caller that keeps them longer than a fetch takes its place here.
        self.memory = Memory(settings.max_memory, settings.max_bytes)
        self._transports: dict[tuple[str, int], _GuardedTransport] = {}

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for transport in self._transports.values():
            await transport.aclose()
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
        except FetchError as error:
            return trail.failed(here, error.faults[0])
        except ValueError as error:
            return trail.failed(here, Fault(here, f"this is no URL: {error}", _ABSOLUTE))

    async def _ask(
        self, request: _Request, deadline_seconds: float, place: Place, may_ask: Callable[[], bool]
    ) -> tuple[Hop, float]:
        """One request in its turn; and how many seconds it took, the wait for the turn not counted."""
        url = _checked(request.url)
        async with self._turns.turn(f"{url.host}:{url.port or _DEFAULT_PORTS[url.scheme]}"):
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
        except httpcore.ProxyError as error:
            hop.fault = Fault(request.url, f"the proxy makes no way to it: {error}", "check http.proxy and its login")
        except _NETWORK_ERRORS as error:
            hop.fault = self._late(request.url) if limit.expired() else network_fault(request.url, error)
        return hop

    async def _send(self, request: _Request, url: httpx.URL) -> httpx.Response:
        """The head of the answer. Asked once more where a kept connection turns out to be dead."""
        connected = False

        async def trace(event: str, _: object) -> None:
            nonlocal connected
            connected = connected or event == "connection.connect_tcp.started"

        if self._settings.proxy:
            await self._backend.check(url.host, url.port or _DEFAULT_PORTS[url.scheme])
        transport = self._transport(url)
        headers = _joined(self._headers, request.conditions, request.private)
        encoded = [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in headers]
        while True:
            method = "GET" if request.form is None else "POST"
            asked = httpx.Request(method, url, headers=encoded, content=request.form, extensions={"trace": trace})
            try:
                return await transport.handle_async_request(asked)
            except _STALE:
                if connected:
                    raise

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

    def _transport(self, url: httpx.URL) -> _GuardedTransport:
        """The transport for this host: always the same one, so that its connections are found again."""
        shards = -(-self._settings.concurrency // _REQUESTS_PER_POOL)
        key = (url.scheme, zlib.crc32(url.raw_host) % shards)
        if key not in self._transports:
            if url.scheme == "https" and self._tls is None:
                self._tls = httpx.create_ssl_context()  # SSL_CERT_FILE and SSL_CERT_DIR are the operator's word
            self._transports[key] = _GuardedTransport(self._pool())
        return self._transports[key]

    def _pool(self) -> httpcore.AsyncConnectionPool:
        """A pool whose connections all come from the guarded backend, or all go to the proxy."""
        proxy = urlsplit(self._settings.proxy)
        if not self._settings.proxy:
            return httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=None,
                max_keepalive_connections=_REQUESTS_PER_POOL,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=self._backend,
                http2=self._settings.http2,
            )
        name, password = unquote(proxy.username or ""), unquote(proxy.password or "")
        return httpcore.AsyncHTTPProxy(
            urlunsplit((proxy.scheme, proxy.netloc.rpartition("@")[2], "/", "", "")),
            proxy_auth=(name, password) if proxy.username is not None else None,
            ssl_context=self._tls,
            max_connections=None,
            max_keepalive_connections=_REQUESTS_PER_POOL,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=httpcore.AnyIOBackend(),
            http2=self._settings.http2,
        )

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
    async for piece in response.aiter_raw():
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


# --- the way to the socket --------------------------------------------------------------------------------------------


class _GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's side of a connection pool."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body as it comes from the pool."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()
