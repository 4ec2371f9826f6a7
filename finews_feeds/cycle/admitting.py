"""Letting a document that was read into the store, or holding it back: what `normalize.storms` judges is done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cache

from finews_feeds.cycle.context import Context
from finews_feeds.cycle.polling import mend_of
from finews_feeds.cycle.recalling import Parts, known_parts
from finews_feeds.cycle.rules import canonicalizer
from finews_feeds.model import KnownParts, Quarantine, Sighting, SourceCondition, SourceFeed, SourceState, Storm
from finews_feeds.normalize import storms, succession
from finews_feeds.normalize.backlog import placed
from finews_feeds.normalize.identity import claim
from finews_feeds.normalize.identity import names as names_in
from finews_feeds.normalize.readdressed import readdressed
from finews_feeds.settings import FeedSourceSettings

#: What the operator says to let in whatever comes next.
_ANY = "any"
#: In quarantine for these, only a document in which something is known again is as before.
_LASTING = (Storm.ELSEWHERE, Storm.RESTAMPED, Storm.STRANGE)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The state of a source, what is to be recorded, and what need not be read again then."""

    state: SourceState
    news: list[Sighting]
    parts: KnownParts | None = None


def admit(
    context: Context,
    settings: FeedSourceSettings,
    old: SourceState | None,
    read: SourceState,
    document: Sequence[Sighting],
    parts: Parts | None = None,
    recalled: Sequence[Sighting] = (),
) -> Admitted:
    """What becomes of a source after a document of it was read; `read` is its state if that is let in.

    `recalled` is what the store has of some of it. Of what was recalled in the document itself (such sightings have a
    row), the bodies are added where they are to be recorded.
    Held back, it changes nothing but the state: validators and digest are those of the document that waits, so that it
    is not sent at every poll; what the feed says of itself stays as it was.
    """
    memory = _Memory(context, settings.name, document, recalled)
    pairs, aliases = memory.named(document, dict(read.aliases))
    verdict = storms.judge(pairs, memory.latest, settings.max_new)
    if _is_held(verdict, read, pairs):
        return Admitted(_held(settings, old, read, verdict, context.now), [])
    names = dict(verdict.names) or readdressed(pairs, memory.latest, memory.dated)
    if names:
        pairs, more = memory.named(document, {**aliases, **names})
        aliases.update(more)
    if verdict.storm is Storm.RESTAMPED:
        pairs = [(known, replace(new, published_at=known.published_at) if known else new) for known, new in pairs]
    excused = _excused(verdict, read)
    state = replace(read, quarantine=None, excused=excused, aliases=tuple(sorted(aliases.items())))
    state = replace(state, condition=SourceCondition.OK, error="", mend="")
    news = memory.news(context, pairs)
    return Admitted(state, news, known_parts(parts, document, news, memory.known) if parts else None)


def delivered(
    context: Context, settings: FeedSourceSettings, state: SourceState, document: Sequence[Sighting]
) -> list[Sighting]:
    """What is to be recorded of what a hub delivered: news alone, which is not judged as a whole document is.

    Nothing where the source is held back, or where it is a flood: the next poll sees the whole, and decides.
    """
    memory = _Memory(context, settings.name, document)
    pairs, _ = memory.named(document, dict(state.aliases))
    is_flood = sum(known is None for known, _ in pairs) > settings.max_new
    return [] if state.quarantine or is_flood else memory.news(context, pairs)


def _is_held(verdict: storms.Verdict, read: SourceState, pairs: Sequence[storms.Pair]) -> bool:
    if read.excused == _ANY:
        return False
    if verdict.storm is None:
        was = read.quarantine
        return was is not None and was.storm in _LASTING and all(known is None for known, _ in pairs)
    return not verdict.is_habit and verdict.storm != read.excused


def _held(
    settings: FeedSourceSettings, old: SourceState | None, read: SourceState, verdict: storms.Verdict, now: datetime
) -> SourceState:
    before = read.quarantine
    # where it was redirected to is not confirmed by what is odd there
    asked = old if old and old.url == read.url else SourceState(read.name, read.url)
    storm = verdict.storm or (before.storm if before else Storm.STRANGE)
    why = verdict.why or (before.why if before else "")
    return replace(
        read,
        condition=SourceCondition.QUARANTINED,
        error=why,
        mend=mend_of(settings.name),
        quarantine=Quarantine(storm, why, before.since_at if before else now),
        feed=old.feed if old else SourceFeed(),
        findings=old.findings if old else (),
        asked_url=asked.asked_url,
        moved_since=asked.moved_since,
        moved_times=asked.moved_times,
    )


def _excused(verdict: storms.Verdict, read: SourceState) -> str:
    """What is let in from now on without a question: what follows a storm that was let in and is like it.

    A feed that may be empty will be empty again, and in between it is not.
    """
    if verdict.storm is not None:
        return verdict.storm
    return read.excused if read.excused == Storm.EMPTY else ""


class _Memory:
    """What the store knows of one source, as far as a document makes it ask."""

    def __init__(
        self, context: Context, source: str, document: Sequence[Sighting], recalled: Sequence[Sighting] = ()
    ) -> None:
        store = context.store

        # all at once: a question for each takes ten times as long
        asked = names_in(document)
        found = {each.entry_id: each for each in recalled}
        found |= store.sightings(source, asked - found.keys())

        @cache
        def known(entry_id: str) -> Sighting | None:
            return (found if entry_id in asked else store.sightings(source, [entry_id])).get(entry_id)

        @cache
        def latest() -> tuple[Sighting, ...]:
            return store.latest_sightings(source, storms.REMEMBERED)

        def dated(published_at: Iterable[datetime | None]) -> tuple[Sighting, ...]:
            return store.latest_sightings(source, storms.REMEMBERED, published_at)

        @cache
        def at_once() -> dict[str, tuple[Sighting, ...]]:
            # who is known by its name, and stands, is not looked for by its URL
            unknown = (each for each in document if (old := known(each.entry_id)) is None or old.gone_at is not None)
            urls = {each.canonical_url for each in unknown}
            return dict.fromkeys(urls, ()) | store.sightings_among(source, urls)

        def at(url: str) -> tuple[Sighting, ...]:
            found = at_once()
            return found[url] if url in found else store.sightings_among(source, [url]).get(url, ())

        self.known, self.latest, self.dated, self.at = known, latest, dated, at
        self._contents = store.contents
        self.canonical = canonicalizer(context.settings.rules).canonical

    def named(
        self, document: Sequence[Sighting], aliases: Mapping[str, str]
    ) -> tuple[list[storms.Pair], dict[str, str]]:
        """A document's entries, each once, with what is known of them; and the aliases that it took for that."""
        present = {each.entry_id for each in document}
        used = {new: name for new, name in aliases.items() if new in present and self._may_be(new, name, present)}
        named = claim([_called(each, used) for each in document], self.known, self.at, self.canonical)
        pairs = self._pairs(named)
        renames = storms.rename(pairs, self.at)
        claimed = [_called(each, renames) for each in named]
        for each, called in zip(document, claimed, strict=True):
            if called.entry_id in renames.values():
                used[each.entry_id] = called.entry_id
        return self._pairs(claimed), used

    def _may_be(self, new: str, name: str, present: set[str]) -> bool:
        return self.known(new) is None and self.known(name) is not None and name not in present

    def _pairs(self, named: Sequence[Sighting]) -> list[storms.Pair]:
        once = {each.entry_id: each for each in named}
        return [(self.known(entry_id), each) for entry_id, each in once.items()]

    def news(self, context: Context, pairs: Sequence[storms.Pair]) -> list[Sighting]:
        """What of a document is not recorded yet; those of a first import in their places."""
        if all(known is None for known, _ in pairs) and not self.latest():
            since = datetime.combine(context.settings.site.since, time(), UTC)
            pairs = [(None, each) for each in placed([new for _, new in pairs], since)]
        document = [_as_known(known, new) for known, new in pairs]
        told = succession.news(document, self.known, self.at, context.now)
        rows = {each.entry_id: each.row for each in document if each.row}
        return [self._whole(each, rows[each.entry_id]) if each.entry_id in rows else each for each in told]

    def _whole(self, recalled: Sighting, row: int) -> Sighting:
        summary, content = self._contents([row])[row]
        return replace(recalled, summary=summary, content=content)


def _called(sighting: Sighting, names: Mapping[str, str]) -> Sighting:
    name = names.get(sighting.entry_id)
    return replace(sighting, entry_id=name) if name else sighting


def _as_known(known: Sighting | None, new: Sighting) -> Sighting:
    """An id of its own was published once, or another was: a guid that changes at every poll is no change."""
    if known is None or known.own_atom_id == new.own_atom_id:
        return new
    return replace(new, own_atom_id=known.own_atom_id)
