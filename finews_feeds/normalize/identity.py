"""Which sightings are one entry, what is new about a sighting, and which id an entry gets.

Rules (DESIGN §4 and §5)
- Same entry = equal canonical URL, or the same (source, source entry id) as before. An entry that has moved is known by
  where it stood, too (`former`).
- A false match is worse than a missed one. A URL under which one source shows entries whose ids and titles both differ
  is shared, not owned: under it only equal titles are one entry (translations often name one origin).
- Everything here is a function of a set of sightings, so the order of arrival cannot matter; where something must be
  first, it is first by instants and names that the sightings carry.
- The operator's word stands above all of these (`overrides`).
- An id is minted once. What has one keeps it, whatever becomes of its URL, title or dates.

Theory of operation: `claim` gives the sightings of a document the names under which they are known; `revise` compares
a sighting with its predecessor and writes its history; `group` parts a closed set of sightings into entries; `assign`
says which known entry each group is; `candidates` lists the ids that a new one may get, best first.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from types import MappingProxyType
from urllib.parse import urlsplit

from finews_feeds.model import FormerUrl, Override, Sighting
from finews_feeds.normalize.urls import canonical_url

#: How often `updated` moves for words that never rest: then they are refreshed without a word …
MOST_MOVES = 10
#: … until they have rested for so long. A page that its author mends once a month always tells.
REST = timedelta(days=7)
#: How far ahead of our clock a source's date may be: clocks differ by minutes, not by hours.
FUTURE_TOLERANCE = timedelta(minutes=10)

Group = tuple[Sighting, ...]

_FIELDS = tuple(field.name for field in fields(Sighting))
_PLACES = {name: place for place, name in enumerate(_FIELDS)}
_values = attrgetter(*_FIELDS)
_BODILESS = tuple(name for name in _FIELDS if name not in ("summary", "content"))
#: A sighting without its bodies, which its digest stands for (the store hands them out apart).
_said = attrgetter(*_BODILESS)
#: What a source says of an entry, but for the bodies: all of that before the history, which begins with three instants.
told = attrgetter(*_BODILESS[: _BODILESS.index("first_seen_at")])


def revise(old: Sighting | None, new: Sighting, now: datetime) -> Sighting | None:
    """The sighting to record, with its history; None where it says nothing that is not recorded already.

    - A source entry dated too far in the future has no believable date: it takes its first-seen time, for ever. A post
      keeps its date and waits for it.
    - Nothing is published after it was seen: a source entry that is dated anew, or no longer, keeps the
      date that it had.
    - Changed content under dates that did not move: `changed_at` is now.
    - Unchanged content under a moved `updated`: the old one stays, so that a source which stamps every build with the
      time of the build bothers nobody.
    - Words that never rest move `updated` `MOST_MOVES` times, and no more until they have rested for `REST`.
    - Another canonical URL: it keeps in mind where it stood, if it is the same article for certain.
    """
    if old is not None and old.gone_at is None and new.gone_at is None and told(new) == told(old):
        # most of a document, most of the time: whatever its dates, they were believed, or not, when they were recorded
        return None
    believed = new if new.is_post else _without_future(old, new, now)
    if old is None:
        return _with(believed, first_seen_at=now)
    updated_at, changed_at = believed.updated_at, None
    if believed.digest == old.digest and old.gone_at is None:
        updated_at, changed_at = old.updated_at or believed.updated_at, old.changed_at
    elif (believed.updated_at, believed.published_at) == (old.updated_at, old.published_at):
        changed_at = now if believed.digest != old.digest else old.changed_at
    restless_at, moves = old.restless_at, old.moves
    if believed.digest != old.digest:
        moves = 0 if restless_at is None or now - restless_at >= REST else moves
        if moves == MOST_MOVES:
            updated_at, changed_at = old.updated_at, old.changed_at
        restless_at, moves = now, min(moves + 1, MOST_MOVES)
    former = old.former_urls
    if believed.canonical_url != old.canonical_url:
        from finews_feeds.normalize.former import former_urls

        former = former_urls(old, new)
    kept = _with(
        believed,
        updated_at=updated_at,
        first_seen_at=old.first_seen_at,
        changed_at=changed_at,
        row=old.row,
        placed_at=old.placed_at,
        restless_at=restless_at,
        moves=moves,
        former_urls=former,
    )
    return None if _said(kept) == _said(old) else kept


def _with(sighting: Sighting, **history: datetime | int | tuple[FormerUrl, ...] | None) -> Sighting:
    """`dataclasses.replace` in half its time: it is called for every post of a tree that is read for the first time."""
    values = list(_values(sighting))
    for name, value in history.items():
        values[_PLACES[name]] = value
    return Sighting(*values)


def _without_future(old: Sighting | None, new: Sighting, now: datetime) -> Sighting:
    # measured against the first sighting, so that a date does not become believable merely by waiting for it
    limit = (old.first_seen_at if old and old.first_seen_at else now) + FUTURE_TOLERANCE
    published = new.published_at if new.published_at is not None and new.published_at <= limit else None
    if old and old.published_at and (published is None or old.published_at < published > limit - 2 * FUTURE_TOLERANCE):
        published = old.published_at
    updated = new.updated_at if new.updated_at is None or new.updated_at <= now + FUTURE_TOLERANCE else None
    if (published, updated) == (new.published_at, new.updated_at):
        return new
    return replace(new, published_at=published, updated_at=updated)


def is_in_future(new: Sighting, now: datetime) -> bool:
    """Whether a source dates an entry so far ahead that `revise` does not believe it."""
    dates = (new.published_at, new.updated_at)
    return not new.is_post and any(at is not None and at > now + FUTURE_TOLERANCE for at in dates)


def claim(
    document: Sequence[Sighting],
    known: Callable[[str], Sighting | None],
    at: Callable[[str], Iterable[Sighting]],
    canonical: Callable[[str], str] = canonical_url,
) -> list[Sighting]:
    """The sightings of one document under the names by which their source's entries are known.

    `known` looks up a sighting of the source by its entry id, `at` all of them by canonical URL; `canonical` gives the
    canonical URLs of today's rules.

    - Of several entries under one id, the one at the known URL (of these, the one with the known title) keeps it, else
      the first published; the others are named by id and URL together, with the title where these too are shared, and
      stay so when one day they stand alone.
    - An id that is a URL and comes back in another spelling of that URL (http, https, a tracker) is the same id.
    - An entry without an id of its own was named by the canonical URL of that day's rules: at the same URLs of its own
      it is the same entry.
    """
    present = Counter(each.entry_id for each in document)
    places = Counter(_by_place(each) for each in document)
    holders = {name: _holder(name, document, known(name)) for name, times in present.items() if times > 1}
    found = []
    for each in document:
        own = _by_place(each) if places[_by_place(each)] == 1 else _by_words(each)
        earlier = next((name for name in (_by_words(each), _by_place(each)) if known(name) is not None), None)
        if earlier is None and each.entry_id in holders and holders[each.entry_id] is not each:
            earlier = own
        if earlier is not None:
            # its id is published as another entry's
            found.append(replace(each, entry_id=earlier, own_atom_id=""))
        else:
            found.append(_respelled(each, present, known, at, canonical))
    return found


def names(document: Iterable[Sighting]) -> frozenset[str]:
    """The names under which `claim` looks for the sightings of a document, but for those of respelled ones."""
    return frozenset(name for each in document for name in (each.entry_id, _by_place(each), _by_words(each)))


def _by_place(sighting: Sighting) -> str:
    return f"{sighting.entry_id}\n{sighting.canonical_url or sighting.link}"


def _by_words(sighting: Sighting) -> str:
    return f"{_by_place(sighting)}\n{folded(sighting.title) or sighting.digest}"


def _holder(name: str, document: Iterable[Sighting], old: Sighting | None) -> Sighting | None:
    """Which of the entries that share an id is the one that it was given to; None where it is none of them."""
    sharers = [each for each in document if each.entry_id == name]
    if old is not None:
        sharers = [each for each in sharers if each.canonical_url == old.canonical_url]
    last = datetime.max.replace(tzinfo=UTC)

    def order(each: Sighting) -> tuple[bool, datetime, str]:
        is_renamed = old is not None and folded(each.title) != folded(old.title)
        return is_renamed, each.published_at or each.updated_at or last, _by_words(each)

    return min(sharers, key=order, default=None)


def _respelled(
    sighting: Sighting,
    present: Container[str],
    known: Callable[[str], Sighting | None],
    at: Callable[[str], Iterable[Sighting]],
    canonical: Callable[[str], str],
) -> Sighting:
    name = sighting.entry_id
    meant = canonical(name) if sighting.canonical_url and known(name) is None else ""
    if not meant:
        return sighting
    others = [each for each in at(sighting.canonical_url) if each.entry_id not in present]
    same = [each for each in others if canonical(each.entry_id) == meant]
    if not same and name == sighting.canonical_url:
        same = _at_its_urls(sighting, others)
    return replace(sighting, entry_id=min((each.entry_id for each in same), default=name))


def _at_its_urls(sighting: Sighting, others: Iterable[Sighting]) -> list[Sighting]:
    """Those of the others that were read at the same URLs; of several, those with the same title."""
    told = (sighting.link, sighting.identity_urls)
    found = [each for each in others if (each.link, each.identity_urls) == told]
    return found if len(found) < 2 else [each for each in found if folded(each.title) == folded(sighting.title)]


def group(sightings: Iterable[Sighting], overrides: Sequence[Override] = ()) -> list[Group]:
    """Parts sightings into entries; each group, and the list of groups, in an order of its own making.

    The set has to be closed: whoever could join has to be in it. The operator's `overrides` stand above the rules.
    """
    by_url: defaultdict[str, list[Sighting]] = defaultdict(list)
    #: Those that stood under a URL before, and stand elsewhere now.
    once_at: defaultdict[str, list[Sighting]] = defaultdict(list)
    groups: list[Group] = []
    for sighting in sightings:
        if sighting.canonical_url:
            by_url[sighting.canonical_url].append(sighting)
        else:
            groups.append((sighting,))
        for former in sighting.former_urls if sighting.gone_at is None else ():
            if former.canonical_url not in ("", sighting.canonical_url):
                once_at[former.canonical_url].append(sighting)
    for url, shared in by_url.items():
        all_of_it = [*shared, *once_at[url]] if url in once_at else shared
        groups += [tuple(shared)] if len(shared) == 1 or not _is_shared(all_of_it) else _by_title(shared)
    if once_at:
        from finews_feeds.normalize.former import rejoined

        groups = rejoined(groups, once_at)
    if overrides:
        from finews_feeds.normalize.overrides import overridden

        groups = overridden(groups, overrides)
    return arrange(groups)


def arrange(groups: Iterable[Iterable[Sighting]]) -> list[Group]:
    """Groups in the order of `group`: the most senior first, their sightings by name."""
    made = map(tuple, groups)
    return sorted((tuple(sorted(each, key=_name)) if len(each) > 1 else each for each in made), key=_seniority)


def _is_shared(sightings: Sequence[Sighting]) -> bool:
    """Whether one source shows several different entries under this URL: then the URL alone decides nothing."""
    return bool(sharers(sightings))


def sharers(sightings: Iterable[Sighting]) -> tuple[str, ...]:
    """The sources that show several different entries among these, sorted; titles tell entries apart."""
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for sighting in sightings:
        if sighting.gone_at is None:
            titles[sighting.source].add(folded(sighting.title))
    return tuple(sorted(source for source, found in titles.items() if len(found) > 1))


def _by_title(sightings: Sequence[Sighting]) -> list[Group]:
    groups: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[folded(sighting.title)].append(sighting)
    return [tuple(each) for each in groups.values()]


def folded(title: str) -> str:
    """A title as it is compared: form, case and inner space aside."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def owned_urls(groups: Iterable[Group]) -> frozenset[str]:
    """The canonical URLs that name one of the groups alone: the only ones that may stand for it."""
    # by the rules a group has one URL; the operator may have made one of several
    held = Counter(url for each in groups for url in {sighting.canonical_url for sighting in each})
    return frozenset(url for url, times in held.items() if url and times == 1)


def _name(sighting: Sighting) -> tuple[str, str]:
    return sighting.source, sighting.entry_id


def _seniority(group: Group) -> tuple[bool, datetime, datetime, tuple[str, str]]:
    """Who comes first where two want one thing: what stands, then first seen, then earliest published, then by name.

    What is withdrawn keeps no id from what stands: an entry may get another id and then another address.
    """
    last = datetime.max.replace(tzinfo=UTC)
    return (
        all(each.gone_at is not None for each in group),
        min(each.first_seen_at or last for each in group),
        min(each.published_at or last for each in group),
        min(_name(each) for each in group),
    )


def assign(
    groups: Sequence[Group], entry_of: Mapping[int, int], published: Mapping[int, str] = MappingProxyType({})
) -> list[int]:
    """For each group (in the order that `group` gives) the row of the known entry that it is, 0 for a new one.

    `published` are the ids that readers see now, by entry row: they go before retired ones. Groups that join become the
    oldest of their entries. Of one that parts, a group that stands stays what it was: the one that the id was made for
    (its own id, or one made of its canonical URL or name), else the most senior.
    """
    known = [
        sorted(
            {entry_of[each.row] for each in members if each.row in entry_of},
            key=lambda row: (row not in published, row),
        )
        for members in groups
    ]
    claimants: defaultdict[int, list[int]] = defaultdict(list)
    for index, rows in enumerate(known):
        for row in rows:
            claimants[row].append(index)
    heirs = {
        row: min(found, key=lambda index: _is_stranger(groups[index], published.get(row, "")))
        for row, found in claimants.items()
        if len(found) > 1
    }
    chosen = [0] * len(groups)
    taken: set[int] = set()
    for heirs_only in (True, False):
        for index, rows in enumerate(known):
            free = [row for row in rows if row not in taken and (not heirs_only or heirs.get(row, index) == index)]
            if free and not chosen[index]:
                chosen[index] = free[0]
                taken.add(free[0])
    return chosen


def _is_stranger(members: Group, atom_id: str) -> tuple[bool, bool]:
    """How little a group has to do with an id: whether it is gone, and whether the id was made for others."""
    return all(each.gone_at is not None for each in members), not _is_made_for(members, atom_id)


def _is_made_for(members: Group, atom_id: str) -> bool:
    """Whether an id is one that `candidates` would give to one of the members, were it the leader."""
    if any(each.own_atom_id == atom_id for each in members):
        return True
    keys = {key for each in members for key in (each.canonical_url, f"{each.source}\n{each.entry_id}") if key}
    return atom_id.startswith("tag:") and any(atom_id.endswith(f":entry/{_key_digest(key)}") for key in keys)


def candidates(leader: Sighting, url_is_key: bool, site_url: str, since: date) -> Iterator[str]:
    """The ids that a new entry may get, best first, without an end; the first that nobody ever had is taken.

    The leader's own (DESIGN §5), then a tag URI (RFC 4151) of the canonical URL, then one of the source's name and
    entry id, then the same with a number.
    """
    if leader.own_atom_id:
        yield leader.own_atom_id
    if url_is_key:
        yield tag_uri(site_url, since, leader.canonical_url)
    own = f"{leader.source}\n{leader.entry_id}"
    yield tag_uri(site_url, since, own)
    number = 2
    while True:
        yield tag_uri(site_url, since, f"{own}\n{number}")
        number += 1


def tag_uri(site_url: str, since: date, key: str) -> str:
    """The tag URI (RFC 4151) that stands for a key: `tag:{host},{since}:entry/{20 hex of its SHA-256}`."""
    host = urlsplit(site_url).hostname or ""
    authority = host.encode("idna").decode() if not host.isascii() else host
    return f"tag:{authority},{since.isoformat()}:entry/{_key_digest(key)}"


def _key_digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20]
