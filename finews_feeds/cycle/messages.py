"""Messages in a pipe between the program and its readers; apart, for these need nothing else of what runs them."""

from __future__ import annotations

from struct import pack, unpack
from typing import IO


def write_message(pipe: IO[bytes], message: bytes) -> None:
    """A message behind its length."""
    pipe.write(pack(">Q", len(message)))
    pipe.write(message)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> bytes:
    """The next message; EOFError where there is none, or half of one."""
    head = pipe.read(8)
    length = unpack(">Q", head)[0] if len(head) == 8 else -1
    message = pipe.read(length) if length >= 0 else b""
    if len(message) != length:
        raise EOFError
    return message
