"""The host of a URL as it stands in a key: lower case, punycode, IPv4 and IPv6 in their one short spelling.

The steps are the WHATWG URL standard's host parser (https://url.spec.whatwg.org/#host-parsing), with two departures:
the root dot at the end goes (`example.com.` is `example.com`), and a host with an empty label is no host.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote_to_bytes

_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*").fullmatch
# What may stand in a host besides: every ASCII character that is not in WHATWG's "forbidden domain code points".
_ALLOWED = re.compile(r"[!\"$&'()*+,\-.0-9;=_`a-z{}~]+").fullmatch
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+").fullmatch


def normal_host(text: str) -> str:
    """The host of an authority in its normal form, or "" where it is none.

    IPv6 addresses keep their brackets. Never raises.
    """
    host = text.lower()
    if host.isascii() and _PLAIN(host):
        return _name_or_ipv4(host)
    if host.startswith("["):
        return _ipv6(host)
    return _name_or_ipv4(_international(text).removesuffix("."))


def _international(text: str) -> str:
    """The host after percent-decoding and UTS 46 mapping, in ASCII; "" where that cannot be.

    Unregistrable labels (emoji, underscores) are encoded all the same, as browsers do: the key need not be polite.
    """
    try:
        host = unquote_to_bytes(text).decode("utf-8") if "%" in text else text
        if not host.isascii():
            # Loads large tables: only for those who have such hosts.
            import idna

            host = idna.uts46_remap(host, std3_rules=False, transitional=False)
            host = ".".join(_ascii_label(label) for label in host.split("."))
    except ValueError:  # UnicodeError and idna.IDNAError are both ValueErrors
        return ""
    return host.lower()


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _name_or_ipv4(host: str) -> str:
    labels = host.split(".")
    if _NUMBER(labels[-1]):
        return _ipv4(labels)
    return host if "" not in labels and _ALLOWED(host) else ""


def _ipv4(labels: list[str]) -> str:
    """WHATWG's IPv4 parser: one to four numbers, octal and hexadecimal too, the last filling what is left."""
    if len(labels) > 4 or not all(_NUMBER(label) for label in labels):
        return ""
    try:
        *head, last = [_ipv4_number(label) for label in labels]
    except ValueError:
        return ""
    if any(number > 255 for number in head) or last >= 256 ** (5 - len(labels)):
        return ""
    address = last + sum(number << (8 * (3 - place)) for place, number in enumerate(head))
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv4_number(label: str) -> int:
    if len(label) > 20:
        raise ValueError(label)
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)


def _ipv6(host: str) -> str:
    """RFC 5952 without the mixed notation, whose use by `ipaddress` differs between Python versions."""
    if not host.endswith("]") or "%" in host:
        return ""
    try:
        words = [f"{int(word, 16):x}" for word in IPv6Address(host[1:-1]).exploded.split(":")[:8]]
    except (AddressValueError, ValueError):
        return ""
    zeros = max(re.finditer(r"(?:\b0(?::0)+\b)", ":".join(words)), key=lambda run: len(run[0]), default=None)
    if zeros is None:
        return f"[{':'.join(words)}]"
    joined = zeros.string
    return f"[{joined[: zeros.start()].rstrip(':')}::{joined[zeros.end() :].lstrip(':')}]"
