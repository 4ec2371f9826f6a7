"""Which sightings tell one story under different URLs: a pure function of two of them, the same either way round.

Rules
- A false match is worse than a missed one: news of one kind is made from one mould, and what sets two pieces apart is a
  number, a name, a day or a direction. So likeness alone proves nothing.
- Two tell one story if what they share is most of both (Jaccard of their shingles), and **wherever they say nearly the
  same thing they say the same thing**: their clauses are laid side by side, and a clause in place of another one parts
  them, whatever the difference is. What one of them has beyond the other (a credit, a paragraph more) does not.
- A text that is the beginning of the other one counts as all of it: many sources give a summary alone.
- A title proves nothing by itself: columns have the same one every day.
- What one source shows as two entries is two; the caller asks only about sightings of different sources.

Theory of operation: `marks` is a sketch of a text's beginning, the smallest of its shingles' hashes (a bottom-k
MinHash, Broder 1997). Two texts that are alike share most marks, so the store finds candidates by an index over marks
and time; `similarity` then looks at the words themselves.

Known to be missed: retold stories, translations, texts too short to be evidence, copies with a word replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import SequenceMatcher
from hashlib import blake2b, sha256

from finews_feeds.model import Entry, Link, Sighting, Text
from finews_feeds.normalize.identity import Group, arrange
from finews_feeds.normalize.near_words import Clause, Words, numbers, text_words, title_words
from finews_feeds.normalize.text import plain

#: Changes whenever the same words would give other marks, or another answer: then all are looked at again.
VERSION = "1"

#: Marks of a text, and how many of them two texts must share to be looked at.
MARKS = 16
SHARED_MARKS = 4
#: Of a text's beginning so many words are marked: of the whole, a summary would share too little with its article.
_MARKED_WORDS = 60
_MARKED_CHARACTERS = 500
#: Words in a shingle.
_SHINGLE = 3
#: Fewer words than that are no evidence; with titles that have nothing in common, it takes more.
_FEWEST_WORDS = 20
_FEWEST_UNTITLED = 50
#: The least Jaccard similarity, and the least where the titles have nothing in common.
_LEAST = 0.7
_LEAST_UNTITLED = 0.85
#: From this share of common words on, two clauses speak of one thing.
_ALIKE = 0.4
#: How much longer than the other the longer text may be where the titles have nothing in common.
_MUCH_LONGER = 1.5

#: A story that fifty sources carry is not linked fifty times.
_MOST_LINKS = 10

#: Sighting row -> the rows of those that tell its story, and how alike they are; in both directions.
Ties = Mapping[int, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Telling:
    """What one sighting tells, ready to be compared."""

    title: Words
    text: Words


def telling(title: str, summary: Text | None, content: Text | None) -> Telling:
    """A sighting's words: its title, and its content or else its summary."""
    body = content or summary
    return Telling(title_words(title), text_words(plain(body) if body else ""))


def marks(summary: Text | None, content: Text | None) -> tuple[int, ...]:
    """The sketch of a text, ascending; () where the text is too short to be evidence. Positive, within 48 bits."""
    body = content or summary
    words = text_words(plain(body) if body else "", _MARKED_CHARACTERS)
    tokens = words.tokens[:_MARKED_WORDS]
    if len(tokens) < _FEWEST_WORDS:
        return ()
    hashes = (blake2b("\0".join(each).encode(), digest_size=6).digest() for each in _shingles(tokens))
    return tuple(sorted({int.from_bytes(each, "big") for each in hashes})[:MARKS])


def similarity(one: Telling, other: Telling) -> float | None:
    """How much two sightings have in common, 0.7 to 1; None where they are two stories, or may be.

    The measure is the Jaccard similarity of the shingles of both texts, the longer one cut to the other's length.
    """
    # SequenceMatcher does not promise the same answer both ways round
    first, second = sorted(
        (one, other), key=lambda each: (len(each.text.tokens), each.text.clauses, each.title.clauses)
    )
    shorter, longer = first.text.tokens, second.text.tokens
    if len(shorter) < _FEWEST_WORDS or _dates_differ(first.text, second.text):
        return None
    found = _jaccard(shorter, longer[: len(shorter)])
    if (
        found < _LEAST
        or not _titles_agree(first, second, found)
        or _contradict(first.text.clauses, second.text.clauses)
    ):
        return None
    return round(found, 3)


def _shingles(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[at : at + _SHINGLE]) for at in range(max(1, len(tokens) - _SHINGLE + 1))}


def _jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    mine, theirs = _shingles(one), _shingles(other)
    return len(mine & theirs) / len(mine | theirs)


def _dates_differ(one: Words, other: Words) -> bool:
    return bool(one.dateline and other.dateline) and one.dateline != other.dateline


# --- titles -------------------------------------------------------------------------------------------------------


def _titles_agree(one: Telling, other: Telling, found: float) -> bool:
    """Whether the titles leave it to the texts: equal, one within the other, or reworded throughout.

    Titles that are alike and not the same are two issues of one column, or the news of two companies.
    """
    mine, theirs = one.title.tokens, other.title.tokens
    if mine == theirs:
        return True
    if numbers(mine) - numbers(theirs + other.text.tokens) or numbers(theirs) - numbers(mine + one.text.tokens):
        return False
    clauses, others = one.title.clauses, other.title.clauses
    if _is_within(clauses, others) or _is_within(others, clauses) or _differ_in_signature(one.title, other.title):
        return True
    return _common(mine, theirs) < _ALIKE and _is_evident(one, other, found)


def _is_evident(one: Telling, other: Telling, found: float) -> bool:
    """Whether texts prove a story by themselves: long, nearly equal, and about what both titles say.

    The last keeps apart what is alike by not being the article: a notice that it is for subscribers only.
    """
    shorter, longer = one.text.tokens, other.text.tokens
    is_long = len(shorter) >= _FEWEST_UNTITLED and len(longer) <= len(shorter) * _MUCH_LONGER
    said = set(shorter)
    titles = (set(one.title.tokens), set(other.title.tokens))
    return is_long and found >= _LEAST_UNTITLED and all(2 * len(each & said) > len(each) for each in titles)


def _is_within(part: Sequence[Clause], whole: Sequence[Clause]) -> bool:
    """Whether `part` is in `whole`, in order, and is not nothing."""
    rest = iter(whole)
    return bool(part) and all(clause in rest for clause in part)


def _differ_in_signature(one: Words, other: Words) -> bool:
    """Whether only the last clause differs, and is short: the name of a site."""
    *mine, my_name = one.clauses or ((),)
    *theirs, their_name = other.clauses or ((),)
    is_short = max(len(my_name), len(their_name)) <= 6 and not numbers(my_name + their_name)
    return mine == theirs and is_short and sum(map(len, mine)) >= 8


# --- texts --------------------------------------------------------------------------------------------------------


def _contradict(one: Sequence[Clause], other: Sequence[Clause]) -> bool:
    """Whether somewhere the texts say something else in the same place, or nearly the same in another."""
    only_one: list[Clause] = []
    only_other: list[Clause] = []
    for kind, begin, end, other_begin, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        mine, theirs = one[begin:end], other[other_begin:other_end]
        is_last = end == len(one) or other_end == len(other)
        if kind == "replace" and not _say_the_same(_joined(mine), _joined(theirs), is_last):
            return True
        only_one += mine if kind == "delete" else ()
        only_other += theirs if kind == "insert" else ()
    if numbers(_joined(only_one)) - numbers(_joined(other)) and numbers(_joined(only_other)) - numbers(_joined(one)):
        return True
    return any(_common(mine, theirs) >= _ALIKE for mine in only_one for theirs in only_other)


def _say_the_same(one: Clause, other: Clause, is_last: bool) -> bool:
    """Whether two stretches differ in punctuation alone, or one ends where its text was cut off."""
    if one == other:
        return True
    length = min(len(one), len(other))
    return is_last and one[:length] == other[:length]


def _joined(clauses: Iterable[Clause]) -> Clause:
    return tuple([token for clause in clauses for token in clause])


def _common(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of words in common (Dice), each as often as it stands; 1 where both are empty."""
    total = len(one) + len(other)
    return 2 * sum((Counter(one) & Counter(other)).values()) / total if total else 1.0


# --- entries ------------------------------------------------------------------------------------------------------


def told(sighting: Sighting, within: timedelta) -> str:
    """Stands for everything that a sighting's marks and ties follow from, as far as it is its own."""
    return f"{VERSION}:{int(within.total_seconds())}:{instant(sighting)}:{sighting.digest}"


def instant(sighting: Sighting) -> int:
    """When a sighting was published, else updated, else first seen; in seconds since 1970."""
    at = sighting.published_at or sighting.updated_at or sighting.first_seen_at
    return int(at.timestamp()) if at else 0


def related(own: Group, places: Mapping[int, int], groups: Mapping[int, Group], ties: Ties) -> tuple[Link, ...]:
    """The `related` links of an entry (RFC 4287 §4.2.7.2), the most alike first, ten at most.

    `own` and `groups` are standing sightings of entries, leader first; `places` says to which of `groups` a sighting,
    by its row, belongs. Entries that have a source in common are two things that it said.
    """
    sources = {each.source for each in own}
    found: dict[int, float] = {}
    for each in own:
        for row, alike in ties.get(each.row, {}).items():
            place = places.get(row)
            if place is not None and place in groups and sources.isdisjoint(other.source for other in groups[place]):
                found[place] = max(alike, found.get(place, 0.0))
    links = [(-alike, _link(groups[place])) for place, alike in found.items()]
    links.sort(key=lambda each: (each[0], each[1].href, each[1].title))
    return tuple([link for _, link in links if link.href][:_MOST_LINKS])


def _link(group: Group) -> Link:
    href = next((each.link for each in group if each.link), "")
    return Link(href, "related", title=next((each.title for each in group if each.title), ""))


def with_related(entry: Entry, links: Iterable[Link]) -> Entry:
    """The entry with these links, but for addresses that it has already."""
    taken = {entry.link, *(each.href for each in entry.links)}
    return replace(entry, links=(*entry.links, *(each for each in links if each.href not in taken)))


def digest(own: str, links: Sequence[Link]) -> str:
    """Stands for an entry and its `related` links; that of the entry alone where it has none."""
    return sha256(f"{own}{links!r}".encode("utf-8", "surrogatepass")).hexdigest() if links else own


def join(groups: Sequence[Group], ties: Ties, shelves: Callable[[Group], frozenset[str]]) -> list[Group]:
    """The groups of `identity.group`, those joined that are to be published as one entry.

    Two join where a sighting of one is tied to a sighting of the other and both stand on one of the `shelves`; more
    than two, where each is so joined to each: A like B like C does not make one story of A and C. No source says a
    thing twice, so groups with a source in common stay apart.
    """
    places = {each.row: place for place, group in enumerate(groups) for each in group}
    pairs: dict[frozenset[int], float] = {}
    for row, found in ties.items():
        for other, alike in found.items():
            if row in places and other in places and places[row] != places[other]:
                pair = frozenset((places[row], places[other]))
                pairs[pair] = max(alike, pairs.get(pair, 0.0))
    names = [sorted((each.source, each.entry_id) for each in group) for group in groups]
    clusters: dict[int, tuple[int, ...]] = {place: (place,) for place in range(len(groups))}
    for pair in sorted(pairs, key=lambda pair: (-pairs[pair], sorted(names[place] for place in pair))):
        left, right = [clusters[each] for each in sorted(pair)]
        if left != right and all(
            frozenset((a, b)) in pairs and _may_join(groups[a], groups[b], shelves) for a in left for b in right
        ):
            clusters.update(dict.fromkeys((*left, *right), (*left, *right)))
    together = dict.fromkeys(clusters.values())
    return arrange([each for place in cluster for each in groups[place]] for cluster in together)


def _may_join(one: Group, other: Group, shelves: Callable[[Group], frozenset[str]]) -> bool:
    is_apart = {each.source for each in one}.isdisjoint(each.source for each in other)
    return is_apart and not shelves(one).isdisjoint(shelves(other))
