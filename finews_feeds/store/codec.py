"""Values to rows and back, for stores whose columns are text, integers and bytes.

- Instants are whole microseconds since 1970 in UTC; None stays None.
- What SQL does not look into is one JSON document a value, by field name, without the fields that have their default:
  a new field needs no migration. Small values inside it (`Person`, `Link`, `Term`, `Finding`) are arrays in the order
  of their fields, without the defaults at their end: new fields of these go last.
- Not every str is Unicode text: a file's name on disk may be any bytes, which Python holds as lone surrogates, and no
  database takes these, or NUL. `keep` writes such a string in hexadecimal behind a mark; JSON escapes it.
- Bodies are bytes in UTF-8: a str that is bound as text would hold its own UTF-8 copy for as long as it lives.

decode(encode(value)) = value, for every value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, cast

from finews_feeds.model import (
    FeedKey,
    FeedKind,
    Finding,
    FindingKind,
    FormerUrl,
    KnownParts,
    Link,
    Origin,
    Override,
    OverrideKind,
    Person,
    PostFile,
    Quarantine,
    Sighting,
    SourceCondition,
    SourceFeed,
    SourceState,
    Storm,
    Term,
    TermKind,
    Text,
    TextKind,
    Validators,
)
from finews_feeds.store.protocol import EntryRow, FeedRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# --- pieces -------------------------------------------------------------------------------------------------------


def micros(instant: datetime) -> int:
    """An aware instant as microseconds since 1970, exactly (`timestamp()` is a float and is not)."""
    return (instant - EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """The instant, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(0, 0, value)


def _instants(values: Iterable[int]) -> Iterator[datetime]:
    """`instant` of many, at a third of its cost: a state has thirty, and each cycle reads all states."""
    return map(EPOCH.__add__, map(partial(timedelta, 0, 0), values))


def _micros_or_none(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _instant_or_none(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(0, 0, value)


#: A noncharacter (Unicode §23.7), which no text from outside should begin with; one that does is marked itself.
_MARK = "\uffff"


def keep(text: str) -> str:
    """The text in a form that every database takes; nearly always itself. Equal if and only if the texts are."""
    if "\0" not in text and (text.isascii() or (_is_unicode(text) and text[0] != _MARK)):
        return text
    return _MARK + text.encode("utf-8", "surrogatepass").hex()


def restore(text: str) -> str:
    """The text that was kept."""
    return bytes.fromhex(text[1:]).decode("utf-8", "surrogatepass") if text[:1] == _MARK else text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


#: Without a look for white space around it, which is half of the time that a short document takes.
_decoded = json.JSONDecoder().raw_decode
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def dump(value: object) -> str:
    """JSON that every database takes as text, as short as may be."""
    text = _encoder.encode(value)
    return text if _is_unicode(text) else json.dumps(value, separators=(",", ":"))


def _body(text: Text | None) -> tuple[str | None, str | None, bytes | None]:
    if text is None:
        return None, None, None
    return text.kind, keep(text.base), text.value.encode("utf-8", "surrogatepass")


def _text(kind: str | None, base: str | None, value: bytes | None) -> Text | None:
    if kind is None or base is None or value is None:
        return None
    return Text(value.decode("utf-8", "surrogatepass"), cast("TextKind", kind), restore(base))


# --- small values as arrays ---------------------------------------------------------------------------------------


def _trimmed(cls: type[Any]) -> Callable[[Iterable[object]], list[list[object]]]:
    """Makes the function that turns values of `cls` to arrays without the defaults at their end."""
    row_of = attrgetter(*(field.name for field in fields(cls)))
    defaults = [field.default for field in fields(cls)]

    def encode(values: Iterable[object]) -> list[list[object]]:
        rows = [list(row_of(value)) for value in values]
        for row in rows:
            while row[-1] == defaults[len(row) - 1]:
                row.pop()
        return rows

    return encode


_TERM_KINDS = {kind.value: kind for kind in TermKind}


def _persons(rows: list[list[str]]) -> tuple[Person, ...]:
    return tuple([Person(*row) for row in rows])


def _links(rows: list[list[Any]]) -> tuple[Link, ...]:
    return tuple([Link(*row) for row in rows])


def _terms(rows: list[list[str]]) -> tuple[Term, ...]:
    return tuple([Term(_TERM_KINDS[kind], key, label) for kind, key, label in rows])


def _former_urls(rows: list[list[Any]]) -> tuple[FormerUrl, ...]:
    return tuple([FormerUrl(url, tuple(rest[0]) if rest else ()) for url, *rest in rows])


def _findings(rows: list[list[Any]]) -> tuple[Finding, ...]:
    return tuple([Finding(FindingKind(kind), *rest) for kind, *rest in rows])


# --- values as documents ------------------------------------------------------------------------------------------

_Special = dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]]


@dataclass(frozen=True, slots=True)
class _Document:
    """The plan by which a dataclass becomes a document: (field, its default or encode), and the way back."""

    plan: tuple[tuple[str, object, Callable[[Any], object] | None], ...]
    decoders: dict[str, Callable[[Any], object]]

    def pack(self, value: object) -> dict[str, object]:
        """The fields that differ from their defaults."""
        doc: dict[str, object] = {}
        for name, default, encode in self.plan:
            given = getattr(value, name)
            if given != default:
                doc[name] = given if encode is None else encode(given)
        return doc

    def unpack(self, doc: dict[str, Any]) -> dict[str, Any]:
        """Keyword arguments from `doc`, which is used up."""
        for name in doc.keys() & self.decoders.keys():
            doc[name] = self.decoders[name](doc[name])
        return doc


def _document(cls: type[Any], special: _Special, leave_out: Sequence[str] = ()) -> _Document:
    plan = tuple(
        (field.name, field.default, special[field.name][0] if field.name in special else None)
        for field in fields(cls)
        if field.name not in leave_out
    )
    return _Document(plan, {name: decode for name, (_, decode) in special.items()})


_INSTANT = (micros, instant)
_PERSONS = (_trimmed(Person), _persons)

_ORIGIN = _document(Origin, {"updated_at": _INSTANT, "authors": _PERSONS})

#: Columns of `sightings` that a sighting brings along, in the order of `sighting_row` and `sighting_of`.
SIGHTING_COLUMNS = (
    "id",
    "source",
    "entry_id",
    "canonical_url",
    "published_at",
    "updated_at",
    "first_seen_at",
    "changed_at",
    "gone_at",
    "digest",
    "doc",
)

_SIGHTING = _document(
    Sighting,
    {
        "authors": _PERSONS,
        "terms": (_trimmed(Term), _terms),
        "links": (_trimmed(Link), _links),
        "identity_urls": (list, tuple),
        "origin": (_ORIGIN.pack, lambda doc: Origin(**_ORIGIN.unpack(doc))),
        "placed_at": _INSTANT,
        "restless_at": _INSTANT,
        "former_urls": (_trimmed(FormerUrl), _former_urls),
    },
    leave_out=("row", "summary", "content", *SIGHTING_COLUMNS),
)


def sighting_row(row: int, sighting: Sighting) -> tuple[object, ...]:
    """A sighting's own columns, without its bodies."""
    return (
        row,
        keep(sighting.source),
        keep(sighting.entry_id),
        keep(sighting.canonical_url) or None,
        _micros_or_none(sighting.published_at),
        _micros_or_none(sighting.updated_at),
        _micros_or_none(sighting.first_seen_at),
        _micros_or_none(sighting.changed_at),
        _micros_or_none(sighting.gone_at),
        keep(sighting.digest),
        dump(_SIGHTING.pack(sighting)),
    )


def sighting_of(columns: Sequence[Any], bodies: tuple[Text | None, Text | None] = (None, None)) -> Sighting:
    """A sighting from its columns (any that follow them are not looked at)."""
    row, source, entry_id, url, published, updated, first_seen, changed, gone, digest, doc = columns[:11]
    return Sighting(
        restore(source),
        restore(entry_id),
        restore(url) if url else "",
        row=row,
        published_at=_instant_or_none(published),
        updated_at=_instant_or_none(updated),
        first_seen_at=_instant_or_none(first_seen),
        changed_at=_instant_or_none(changed),
        gone_at=_instant_or_none(gone),
        digest=restore(digest),
        summary=bodies[0],
        content=bodies[1],
        **_SIGHTING.unpack(_decoded(doc)[0]),
    )


#: Columns of `sightings` that `key_of` reads, in its order.
KEY_COLUMNS = ("id", "source", "entry_id", "canonical_url", "published_at", "first_seen_at", "gone_at", "doc")


def key_of(columns: Sequence[Any]) -> Sighting:
    """A sighting with nothing but what tells which others it is one with, see `protocol.Unsettled`."""
    row, source, entry_id, url, published, first_seen, gone, doc = columns[:8]
    told = json.loads(doc)
    return Sighting(
        restore(source),
        restore(entry_id),
        restore(url) if url else "",
        told["is_post"],
        told["title"],
        "",
        row=row,
        published_at=_instant_or_none(published),
        first_seen_at=_instant_or_none(first_seen),
        gone_at=_instant_or_none(gone),
        own_atom_id=told.get("own_atom_id", ""),
        former_urls=_former_urls(told.get("former_urls", [])),
    )


def content_row(row: int, sighting: Sighting) -> tuple[object, ...]:
    """The columns of `contents`."""
    return (row, *_body(sighting.summary), *_body(sighting.content))


def bodies_of(columns: Sequence[Any]) -> tuple[Text | None, Text | None]:
    """(summary, content) from the columns of `contents` behind the first; both None where the row was not found."""
    return _text(*columns[:3]), _text(*columns[3:6])


# --- what the program remembers of sources and files --------------------------------------------------------------

_FEED = _document(
    SourceFeed, {"authors": _PERSONS, "hubs": (list, tuple), "skip_hours": (list, tuple), "skip_days": (list, tuple)}
)

_findings_rows = _trimmed(Finding)

_STATE = _document(
    SourceState,
    {
        "findings": (lambda found: _findings_rows(found), lambda rows: _findings(rows)),
        "condition": (str, SourceCondition),
        "validators": (lambda value: [value.etag, value.last_modified], lambda pair: Validators(*pair)),
        "feed": (_FEED.pack, lambda doc: SourceFeed(**_FEED.unpack(doc))),
        "entry_times": (lambda times: [micros(at) for at in times], lambda kept: tuple(_instants(kept))),
        **dict.fromkeys(
            ("next_poll_at", "last_poll_at", "last_ok_at", "last_change_at", "failing_since", "moved_since"), _INSTANT
        ),
        "quarantine": (
            lambda held: [held.storm, held.why, micros(held.since_at)],
            lambda row: Quarantine(Storm(row[0]), row[1], instant(row[2])),
        ),
        "aliases": (list, lambda rows: tuple((row[0], row[1]) for row in rows)),
    },
)


def state_doc(state: SourceState) -> str:
    """A source's state as JSON."""
    return dump(_STATE.pack(state))


def state_of(doc: str) -> SourceState:
    """A source's state from its JSON."""
    return SourceState(**_STATE.unpack(json.loads(doc)))


def parts_doc(parts: KnownParts) -> str:
    """The known parts of a document as JSON."""
    return dump([parts.around, parts.entries])


def parts_of(doc: str) -> KnownParts:
    """The known parts of a document from their JSON."""
    around, entries = json.loads(doc)
    return KnownParts(around, tuple((digest, entry_id) for digest, entry_id in entries))


def file_row(source: str, file: PostFile) -> tuple[object, ...]:
    """The columns of `files`; the last is None for nearly all of them, so that reading a plain one decodes nothing."""
    path, entry_id = keep(file.path), keep(file.entry_id)
    is_plain = not file.findings and path == file.path and entry_id == file.entry_id
    odd = None if is_plain else dump(_findings_rows(file.findings))
    return keep(source), path, file.size_bytes, file.mtime_ns, entry_id, odd


def file_of(path: str, size_bytes: int, mtime_ns: int, entry_id: str, odd: str | None) -> PostFile:
    """A post file from its columns."""
    if odd is None:
        return PostFile(path, size_bytes, mtime_ns, entry_id)
    return PostFile(restore(path), size_bytes, mtime_ns, restore(entry_id), _findings(json.loads(odd)))


def _name_of(pair: list[str]) -> tuple[str, str]:
    source, entry_id = pair
    return source, entry_id


_OVERRIDE = _document(
    Override,
    {
        "kind": (str, OverrideKind),
        "one": (list, _name_of),
        "others": (list, lambda pairs: tuple(map(_name_of, pairs))),
        "said_at": _INSTANT,
    },
    leave_out=("row",),
)


def override_doc(override: Override) -> str:
    """A word of the operator's as JSON."""
    return dump(_OVERRIDE.pack(override))


def override_of(row: int, doc: str) -> Override:
    """A word of the operator's from its row and its JSON."""
    return Override(**_OVERRIDE.unpack(json.loads(doc)), row=row)


# --- what the world sees ------------------------------------------------------------------------------------------

ENTRY_COLUMNS = ("id", "atom_id", "key", "published_at", "updated_at", "digest", "sort_at", "is_live")


def entry_row(row: int, entry: EntryRow) -> tuple[object, ...]:
    """The columns of an entry but for its feeds."""
    return (
        row,
        keep(entry.atom_id),
        keep(entry.key),
        micros(entry.published_at),
        micros(entry.updated_at),
        keep(entry.digest),
        micros(entry.sort_at),
        int(entry.is_live),
    )


def entry_of(columns: Sequence[Any]) -> EntryRow:
    """An entry from its columns (any that follow them are not looked at)."""
    row, atom_id, key, published, updated, digest, sort, is_live = columns[:8]
    return EntryRow(
        row,
        restore(atom_id),
        restore(key),
        instant(published),
        instant(updated),
        restore(digest),
        instant(sort),
        is_live == 1,
    )


FEED_COLUMNS = (
    "id",
    "kind",
    "key",
    "path",
    "atom_id",
    "label",
    "updated_at",
    "changed_seq",
    "published_seq",
    "entries",
)


def feed_of(columns: Sequence[Any]) -> FeedRow:
    """A feed from its columns."""
    row, kind, key, path, atom_id, label, updated, changed_seq, published_seq, entries = columns
    return FeedRow(
        row,
        feed_key_of(kind, key),
        restore(path),
        restore(atom_id),
        restore(label),
        instant(updated),
        changed_seq,
        published_seq,
        entries,
    )


def feed_key_of(kind: str, key: str) -> FeedKey:
    """A feed's key from its two columns."""
    return FeedKey(FeedKind(kind), restore(key))
