"""Which validators stand beside what we hold, after an answer (RFC 9110 §8.8, RFC 9111 §4.3.4).

The one rule behind all cases: a validator is kept only for a body that we have read. A validator that came without its
body would make every later conditional request say that we hold what we never saw, and the change would be lost.
"""

from __future__ import annotations

from finews_feeds.model import Answer, Headers, NotModified, Representation, Validators

#: A request's header fields must fit into the 8 KiB that many servers read; a longer validator is not sent back.
_LONGEST_BYTES = 2048


def header(headers: Headers, name: str) -> str | None:
    """The first field of this (lower case) name; None where there is none."""
    return next((value for key, value in headers if key == name), None)


def joined(headers: Headers, name: str) -> str:
    """A list as one value: what several fields of this name say, in their order (RFC 9110 §5.3); "" where none is."""
    return ", ".join(value for key, value in headers if key == name)


def validators_of(answer: Answer, asked: Validators) -> Validators:
    """The validators to send next time; `asked` are those that stand beside the body that we hold.

    - A representation brings its own and clears what it does not bring.
    - 304 updates what is identified by its validators (RFC 9111 §4.3.4), and nothing else: one without validators
      leaves ours as they are; a strong entity tag that is not ours names a body that we have not read, and "MUST NOT"
      be used for an update; a weak one, or a Last-Modified, that is ours may bring the other one along.
    - An error, an answer that was cut short and 410 change nothing.
    - `*` is no entity tag: sent back, it would match whatever there is (RFC 9110 §13.1.2), and be 304 for ever.
    """
    if isinstance(answer, Representation):
        return _told(answer.headers)
    if not isinstance(answer, NotModified):
        return asked
    told = _told(answer.headers)
    if not _identifies(told, asked):
        return asked
    return Validators(told.etag or asked.etag, told.last_modified or asked.last_modified)


def _told(headers: Headers) -> Validators:
    return Validators(_usable(header(headers, "etag")), _usable(header(headers, "last-modified")))


def _usable(value: str | None) -> str | None:
    return value if value and value != "*" and len(value) <= _LONGEST_BYTES else None


def _identifies(told: Validators, asked: Validators) -> bool:
    """Whether the validators of a 304 are those of the body that we hold; the entity tag outranks the date."""
    if told.etag is not None and _is_strong(told.etag):
        return told.etag == asked.etag
    if told.etag is not None and asked.etag is not None:
        return _opaque(told.etag) == _opaque(asked.etag)
    return told.last_modified is not None and told.last_modified == asked.last_modified


def _is_strong(etag: str) -> bool:
    return not etag.startswith("W/")


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/")
