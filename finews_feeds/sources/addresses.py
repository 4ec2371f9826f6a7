"""Which addresses may be connected to: none but the public ones, unless the config names the exception.

Whoever writes a feed's URL, a redirect or a DNS record decides where we connect. Without a guard any of them could
make us ask the router, the database next door or the cloud's metadata service, and publish the answer.

Rules
- The check is made on the address that is then connected to, never on the spelling of the host: "localhost",
  "2130706433", "0x7f.1", "[::ffff:127.0.0.1]" and a name whose record is 127.0.0.1 all end in the same address.
- The tables are ours (from the IANA special-purpose registries), because `ipaddress.is_global` changed its mind
  between the versions of Python that we run on. IPv6 is the other way round: only 2000::/3 is given out to hosts.
- An address that carries another one inside is judged by it (NAT64), or refused whole (mapped, compatible, 6to4,
  Teredo): nobody publishes a feed under such an address.
- `allow_private` names host and port as the URL spells them. It opens that one door, not the address behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_REFUSED_IPV4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private use (RFC 1918)
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local (RFC 3927), and the clouds' metadata services
        "172.16.0.0/12",  # private use (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # the former 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private use (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, and broadcast (RFC 1112)
    )
)
_IPV6_HOSTS = ip_network("2000::/3")  # global unicast (RFC 4291 §2.4)
_REFUSED_IPV6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them (RFC 2928, RFC 4380)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4: carries an IPv4 address (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # the last 32 bits are an IPv4 address (RFC 6052 §2.1)


def is_public(address: Address) -> bool:
    """Whether this is the address of a host on the open internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_IPV4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _IPV6_HOSTS and not any(address in network for network in _REFUSED_IPV6)


def literal_address(host: str) -> Address | None:
    """The address that `host` spells in its usual form, brackets or not; None for a name and for odd spellings."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AllowList:
    """The private doors that the config opens; see `allow_list`."""

    doors: frozenset[tuple[str, int]] = frozenset()

    def opens(self, host: str, port: int) -> bool:
        """Whether this host, as the URL spells it, and this port may lead to a private address."""
        return (_door_name(host), port) in self.doors


def allow_list(entries: Iterable[str]) -> AllowList:
    """`http.allow_private` as a value: each entry is "host:port", an IPv6 literal in brackets.

    An entry without a port, or with one that is no number, opens nothing.
    """
    doors = set()
    for entry in entries:
        host, _, port = entry.strip().rpartition(":")
        if host and port.isascii() and port.isdigit():
            doors.add((_door_name(host), int(port)))
    return AllowList(frozenset(doors))


def _door_name(host: str) -> str:
    """One spelling for one host: lower case, no root dot, no brackets, IPv6 compressed."""
    name = host.lower().strip("[]").removesuffix(".")
    address = literal_address(name)
    return name if address is None else str(address)
