"""What is sent to a source's own origin and to no other: its header fields and its credentials."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlsplit

Fields = tuple[tuple[str, str], ...]
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Private:
    """Header fields and basic credentials (RFC 7617) for the origin of `url` (RFC 6454 §4).

    Credentials are those of `user` and `password`, else those in the URL. A redirect to another host, another port or
    another scheme gets nothing of it, and neither does one that spells the URL with credentials of its own.
    """

    url: str
    headers: Fields = field(default=(), repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def fields(self, here: str) -> Fields:
        """The header fields for a request to `here`; a field of the source's own goes before its credentials."""
        if origin(self.url) != origin(here):
            return ()
        login = self._login()
        is_told = any(name.lower() == "authorization" for name, _ in self.headers)
        return self.headers if is_told or login is None else (*self.headers, ("Authorization", login))

    def _login(self) -> str | None:
        if self.user or self.password:
            return _basic(self.user.encode(), self.password.encode())
        userinfo, at, _ = urlsplit(self.url).netloc.rpartition("@")
        name, _, password = userinfo.partition(":")
        return _basic(unquote_to_bytes(name), unquote_to_bytes(password)) if at else None


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, the scheme's own where none is written."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _basic(name: bytes, password: bytes) -> str:
    return f"Basic {b64encode(name + b':' + password).decode('ascii')}"
