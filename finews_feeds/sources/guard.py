"""The door to the network: every connection goes to an address that was checked here.

A check made earlier, on the URL or by a look-up of its own, can be answered differently a moment later (DNS rebinding).
So the name is looked up once, the addresses that may not be asked are dropped, and the connection goes to one of those
that are left. TLS still checks the certificate against the name, because the name stays in the URL.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import IPv6Address, ip_address

from finews_feeds.errors import Fault, FetchError
from finews_feeds.sources.addresses import AllowList, is_public, literal_address

#: How long one of several addresses of a host may take to accept a connection before the next one is tried.
NEXT_ADDRESS_SECONDS = 4.0


class Guard:
    """Looks a host up, refuses addresses that are not public, and connects to one that it has checked."""

    def __init__(self, allowed: AllowList, resolvers: ThreadPoolExecutor) -> None:
        self._allowed = allowed
        self._resolvers = resolvers

    async def connected(self, host: str, port: int) -> socket.socket:
        """A connected TCP socket; FetchError where the host may not be asked, OSError where it does not listen."""
        addresses = await self.addresses(host, port)
        for address in addresses[:-1]:
            with suppress(OSError):
                async with asyncio.timeout(NEXT_ADDRESS_SECONDS):
                    return await _connected(address, port)
        return await _connected(addresses[-1], port)

    async def check(self, host: str, port: int) -> None:
        """FetchError where a host leads to private addresses alone; for what a proxy is to be asked for.

        The proxy looks the name up again, so nothing is pinned. A name that only the proxy knows is left to it.
        """
        with suppress(OSError, UnicodeError):
            await self.addresses(host, port)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of the host that may be connected to, in the system's order (RFC 6724); at least one."""
        found = [host] if literal_address(host) else await self._look_up(host, port)
        if self._allowed.opens(host, port):
            return found
        public = [address for address in found if is_public(ip_address(address))]
        if not public:
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            cause = f"{where} leads to {found[0]}, a private or reserved address"
            raise FetchError(Fault(where, cause, f'if that is meant, add "{where}" to http.allow_private'))
        return public

    async def _look_up(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _connected(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if isinstance(ip_address(address), IPv6Address) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return connection
