"""Which addresses are public, and which doors the config opens."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.sources.addresses import allow_list, is_public, literal_address

PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.0.1.1", "100.128.0.0", "223.255.255.255", "2606:4700::1111"]
PUBLIC += ["2a00:1450:4001::1", "64:ff9b::8.8.8.8"]

NOT_PUBLIC = [
    ("this network", "0.0.0.0"),
    ("loopback", "127.0.0.1"),
    ("loopback's far end", "127.255.255.254"),
    ("private A", "10.1.2.3"),
    ("private B", "172.16.0.1"),
    ("private B's far end", "172.31.255.255"),
    ("private C", "192.168.1.1"),
    ("carriers' own", "100.64.0.1"),
    ("link-local and metadata", "169.254.169.254"),
    ("a metadata service elsewhere", "100.100.100.200"),
    ("protocol assignments", "192.0.0.192"),
    ("documentation", "203.0.113.7"),
    ("benchmarks", "198.18.0.1"),
    ("multicast", "224.0.0.251"),
    ("multicast that ipaddress calls global", "233.252.1.1"),
    ("reserved", "240.0.0.1"),
    ("broadcast", "255.255.255.255"),
    ("unspecified", "::"),
    ("IPv6 loopback", "::1"),
    ("IPv4-mapped", "::ffff:127.0.0.1"),
    ("IPv4-mapped, public inside", "::ffff:8.8.8.8"),
    ("IPv4-compatible", "::7f00:1"),
    ("NAT64 to loopback", "64:ff9b::127.0.0.1"),
    ("NAT64 to metadata", "64:ff9b::a9fe:a9fe"),
    ("NAT64 for local use", "64:ff9b:1::1"),
    ("6to4 to loopback", "2002:7f00:1::1"),
    ("6to4 to a public address", "2002:808:808::1"),
    ("Teredo", "2001::1"),
    ("unique local", "fd00::1"),
    ("a metadata service in IPv6", "fd00:ec2::254"),
    ("link-local", "fe80::1"),
    ("link-local with a zone", "fe80::1%eth0"),
    ("site-local", "fec0::1"),
    ("IPv6 multicast", "ff02::1"),
    ("discard", "100::1"),
    ("IPv6 documentation", "2001:db8::1"),
    ("new IPv6 documentation", "3fff::1"),
    ("segment routing", "5f00::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_host_on_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(("name", "address"), NOT_PUBLIC)
def test_no_special_address_is_public(name: str, address: str) -> None:
    assert not is_public(ip_address(address)), name


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6) | st.sampled_from([ip_address(at) for _, at in NOT_PUBLIC]))
def test_nothing_is_public_that_python_knows_to_be_local(address: IPv4Address | IPv6Address) -> None:
    is_local = address.is_private or address.is_multicast or address.is_loopback or address.is_link_local
    assert not (is_local and is_public(address))


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_never_more_public_than_by_itself(inner: IPv4Address) -> None:
    assert is_public(IPv6Address(f"64:ff9b::{inner}")) == is_public(inner)
    assert not is_public(IPv6Address(f"::ffff:{inner}"))
    assert not is_public(IPv6Address(f"::{inner}"))
    assert not is_public(IPv6Address(0x2002 << 112 | int(inner) << 80))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("1.2.3.4", True),
        ("::1", True),
        ("[::1]", True),
        ("example.org", False),
        ("2130706433", False),
        ("127.1", False),
    ],
)
def test_only_the_usual_spelling_is_a_literal(host: str, expected: bool) -> None:
    assert (literal_address(host) is not None) == expected


@pytest.mark.parametrize(
    ("entry", "host", "port", "opens"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "127.0.0.1", 8081, False),
        ("127.0.0.1:8080", "localhost", 8080, False),
        ("localhost:80", "LOCALHOST", 80, True),
        ("Feeds.LAN:80", "feeds.lan.", 80, True),
        ("[::1]:443", "::1", 443, True),
        ("[0:0::1]:443", "[::1]", 443, True),
        ("::1", "::", 1, False),
        ("feeds.lan", "feeds.lan", 80, False),
        ("feeds.lan:", "feeds.lan", 80, False),
        ("feeds.lan:http", "feeds.lan", 80, False),
        (":80", "", 80, False),
        ("", "", 0, False),
    ],
)
def test_an_entry_opens_one_host_and_port_as_spelled(entry: str, host: str, port: int, opens: bool) -> None:
    assert allow_list([entry]).opens(host, port) == opens
