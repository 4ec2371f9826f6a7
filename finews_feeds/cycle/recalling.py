"""Reading of a document only what was not read before; the outcome is that of reading it whole.

After a poll the store keeps which of the document's entries, by a digest of their characters, stand recorded just as
the document says them. In the next document these are taken from the store, and the others alone are read; whatever is
odd about them, or about both together, has the document read whole. What is judged afterwards is the whole document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from operator import attrgetter

from finews_feeds.model import KnownParts, ParsedFeed, Representation, Sighting
from finews_feeds.normalize.identity import told
from finews_feeds.sources import feed_parts
from finews_feeds.store import Store

#: Larger documents are read whole, in a process: to cut one takes a hundredth of a second for each MiB.
MOST_BYTES = 1024 * 1024

_FIELDS = [field.name for field in fields(Sighting)]
#: What a source says: all before the history, which begins with three instants and the row.
_said = attrgetter(*_FIELDS[: _FIELDS.index("first_seen_at")])


class OddPartsError(Exception):
    """The document has to be read whole."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a document that was read without a finding, as `KnownParts` has them."""

    around: str
    #: A digest for each sighting of the document; "" where it has to be read again in any case.
    entries: tuple[str, ...]

    def without(self, places: Collection[int]) -> Parts:
        """These, but for the entries at some places, which are to be read again."""
        kept = ("" if place in places else digest for place, digest in enumerate(self.entries))
        return Parts(self.around, tuple(kept)) if places else self


@dataclass(frozen=True, slots=True)
class Recalled:
    """A document, as far as it is known."""

    parts: Parts
    #: For each entry what the store has of it, None for one that is to be read.
    known: tuple[Sighting | None, ...]
    #: The document with these alone.
    unread: str

    def places(self) -> list[int]:
        """Where the entries that are to be read stand in the document."""
        return [place for place, each in enumerate(self.known) if each is None]


def parts_of(answer: Representation, parsed: ParsedFeed, parser: str) -> Parts | None:
    """The parts of a document that was read whole; None where they cannot be told or are not to be relied on."""
    if parsed.findings or not parsed.is_whole or len(answer.body) > MOST_BYTES:
        return None
    cut = feed_parts.parts(answer.body, answer.headers, answer.url)
    if cut is None or len(cut.entries) != len(parsed.entries):
        return None
    return Parts(_around(cut, answer, parser), cut.entries)


def recall(store: Store, source: str, answer: Representation, parser: str, max_entries: int) -> Recalled | None:
    """What the store knows of a document; None where it is to be read whole. `parser` stands for how it is read."""
    kept = store.known_parts(source) if len(answer.body) <= MOST_BYTES else None
    cut = feed_parts.parts(answer.body, answer.headers, answer.url) if kept else None
    if kept is None or cut is None or len(cut.entries) > max_entries:
        return None
    around, ids = _around(cut, answer, parser), dict(kept.entries)
    wanted = {ids[digest] for digest in cut.entries if digest in ids}
    if around != kept.around or not wanted:
        return None
    found = store.sightings(source, wanted)
    known = tuple(found.get(ids.get(digest, "")) if digest in ids else None for digest in cut.entries)
    unread = cut.only(place for place, each in enumerate(known) if each is None)
    return Recalled(Parts(around, cut.entries), known, unread)


def completed(recalled: Recalled, parsed: ParsedFeed, read: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """The document's sightings, `read` being those of the entries that were read.

    Those that were recalled have a row, and no bodies. OddPartsError where something was mended or left out in what was
    read, or where it shares a name with what was not: then the whole document has to tell who is who.
    """
    known = {each.entry_id for each in recalled.known if each is not None}
    is_odd = parsed.findings or not parsed.is_whole or any(each.entry_id in known for each in read)
    if is_odd or len(read) != recalled.known.count(None):
        raise OddPartsError
    unread = iter(read)
    return tuple(next(unread) if each is None else _as_said(each) for each in recalled.known)


def known_parts(
    parts: Parts, document: Iterable[Sighting], news: Iterable[Sighting], known: Callable[[str], Sighting | None]
) -> KnownParts:
    """What is known of a document once its `news` are recorded; `known` gives what was recorded before."""
    new = {each.entry_id: each for each in news}

    def stands(said: Sighting) -> bool:
        kept = new.get(said.entry_id) or known(said.entry_id)
        return kept is not None and kept.gone_at is None and told(kept) == told(said)

    pairs = zip(parts.entries, document, strict=True)
    return KnownParts(parts.around, tuple((digest, each.entry_id) for digest, each in pairs if digest and stands(each)))


def _as_said(kept: Sighting) -> Sighting:
    """A recorded sighting that is what its source says, as if it was just read, but for bodies and row."""
    values = [*_said(kept), None, None, None, kept.row]
    return Sighting(*values)


def _around(cut: feed_parts.Parts, answer: Representation, parser: str) -> str:
    return sha256("\0".join((cut.around, answer.url, parser)).encode("utf-8", "surrogatepass")).hexdigest()
