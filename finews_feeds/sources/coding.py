"""Content codings undone without trusting them (RFC 9110 §8.4): a body never grows past the limit that it is given.

A gzip bomb turns ten kilobytes into ten gigabytes, so every decoder here is asked for a bounded piece at a time and is
dropped as soon as the limit is passed. A coded body that ends before its own end mark was cut short and is refused,
even where the transfer itself looked whole.

br and zstd are offered where their libraries are installed, and only in versions that can be asked for bounded pieces.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

try:
    import brotli
except ImportError:  # an optional speed-up of the transfer
    brotli = None  # type: ignore[assignment, unused-ignore]  # absence is tested where it is used
try:
    import zstandard
except ImportError:  # likewise
    zstandard = None  # type: ignore[assignment, unused-ignore]

_PIECE_BYTES = 256 * 1024
#: zstd's own default for what a decoder must be able to hold (RFC 8878 §3.1.1.1.2 recommends 8 MiB).
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
_ZSTD_STEP_BYTES = 64
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: What changes nothing: no coding, and charsets and transfer encodings that stand in the field by mistake.
_NO_CODINGS = frozenset(
    {"", "identity", "none", "utf-8", "utf8", "iso-8859-1", "us-ascii", "binary", "8bit", "chunked"}
)
#: Codings may be stacked; honest servers stack one.
_MAX_CODINGS = 3
#: gzip members and zstd frames may follow each other; a body of nothing but empty ones costs time without any bytes.
_MAX_MEMBERS = 100
_TOO_MANY_MEMBERS = f"the body is coded in more than {_MAX_MEMBERS} pieces"


class CodingError(Exception):
    """The body is not what its Content-Encoding says, or ends too soon; the message says which."""


class TooLargeError(Exception):
    """The decoded body passed the limit."""


def decoded(raw: bytes, content_encoding: str, limit_bytes: int) -> bytes:
    """`raw` without the codings named by a Content-Encoding field, the last one named undone first (RFC 9110 §8.4).

    An empty body has nothing to decode, whatever the field says. Raises TooLargeError if any stage gives more than
    `limit_bytes`, and CodingError for a coding that was not offered, for damage and for a body that was cut short.
    """
    codings = [name for part in content_encoding.lower().split(",") if (name := part.strip()) not in _NO_CODINGS]
    if len(codings) > _MAX_CODINGS:
        raise CodingError(f"the body is coded {len(codings)} times over")
    for name in reversed(codings):
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise CodingError(f'the body has the content coding "{name[:40]}", which was not asked for')
        if raw:
            raw = _bounded(decoder(raw), limit_bytes)
    if len(raw) > limit_bytes:
        raise TooLargeError
    return raw


def _bounded(pieces: Iterator[bytes], limit_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > limit_bytes:
            raise TooLargeError
    return bytes(body)


def _gunzip(raw: bytes) -> Iterator[bytes]:
    """One gzip member after another (RFC 1952 §2.2); zeros and other padding behind the last one are passed over."""
    for _ in range(_MAX_MEMBERS):
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield from _inflate_with(decompressor, raw, "gzip")
        raw = decompressor.unused_data
        if not raw.startswith(_GZIP_MAGIC):
            return
    raise CodingError(_TOO_MANY_MEMBERS)


def _inflate(raw: bytes) -> Iterator[bytes]:
    """deflate as the RFC has it (a zlib wrapper), or bare as some servers send it (RFC 9110 §8.4.1.2, note)."""
    is_zlib = len(raw) > 1 and raw[0] & 0x0F == 8 and (raw[0] << 8 | raw[1]) % 31 == 0
    yield from _inflate_with(zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS), raw, "deflate")


def _inflate_with(decompressor: zlib._Decompress, raw: bytes, name: str) -> Iterator[bytes]:
    try:
        while raw and not decompressor.eof:
            yield decompressor.decompress(raw, _PIECE_BYTES)
            raw = decompressor.unconsumed_tail
        while not decompressor.eof and (piece := decompressor.decompress(b"", _PIECE_BYTES)):
            yield piece
    except zlib.error as error:
        raise CodingError(f"the body is not the {name} that its Content-Encoding says: {error}") from error
    if not decompressor.eof:
        raise CodingError(f"the {name} body was cut short")


def _unbrotli(raw: bytes) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    try:
        yield decompressor.process(raw, output_buffer_limit=_PIECE_BYTES)
        while not decompressor.is_finished() and (piece := decompressor.process(b"", output_buffer_limit=_PIECE_BYTES)):
            yield piece
    except brotli.error as error:
        raise CodingError("the body is not the br that its Content-Encoding says") from error
    if not decompressor.is_finished():
        raise CodingError("the br body was cut short")


def _unzstd(raw: bytes) -> Iterator[bytes]:
    """One frame after another (RFC 8878 §3.1); what follows the last one is passed over.

    The library's reader, which can be asked for bounded pieces, neither stops at the end of a frame nor tells one that
    was cut short. So the input is bounded instead: a block takes 4 bytes at least and gives 128 KiB at most
    (RFC 8878 §3.1.1.2), which makes 2 MiB of a step.
    """
    try:
        for _ in range(_MAX_MEMBERS):
            frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
            at = 0
            while at < len(raw) and not frame.eof:
                yield frame.decompress(raw[at : at + _ZSTD_STEP_BYTES])
                at += _ZSTD_STEP_BYTES
            if not frame.eof:
                raise CodingError("the zstd body was cut short")
            raw = frame.unused_data + raw[at:]
            if not raw.startswith(_ZSTD_MAGIC):
                return
    except zstandard.ZstdError as error:
        raise CodingError("the body is not the zstd that its Content-Encoding says") from error
    raise CodingError(_TOO_MANY_MEMBERS)


def _decoders() -> dict[str, Callable[[bytes], Iterator[bytes]]]:
    found: dict[str, Callable[[bytes], Iterator[bytes]]] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
    if brotli is not None and hasattr(brotli.Decompressor, "can_accept_more_data"):
        found["br"] = _unbrotli
    if zstandard is not None:
        found["zstd"] = _unzstd
    return found


_DECODERS = _decoders()

#: What Accept-Encoding offers: "x-gzip" is understood (RFC 9110 §8.4.1.3) but not asked for.
ACCEPT_ENCODING = ", ".join(name for name in _DECODERS if name != "x-gzip")
