"""Categories and tags: when two of them are one, what they are called, and what the operator makes of them.

The key decides equality and the label is for people (DESIGN §5): "ＡＩ", "ai" and " AI " are one term, and it is called
what the best source calls it. Atom has both: `term` is the key, `label` the label (RFC 4287 §4.2.2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from finews_feeds.model import Term, TermKind
from finews_feeds.normalize.text import clean, one_line

#: Seen by nobody and typed by nobody: soft hyphen, zero-width space, word joiner, byte order mark. The joiners (ZWJ,
#: ZWNJ), which make emoji and Persian words what they are, stay.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
#: Terms longer than this are nobody's shelf, and not worth remembering.
_REMEMBERED_CHARACTERS = 100


def term_key(label: str) -> str:
    """What decides whether two terms are one: NFKC, case-folded, white space collapsed; "" where nothing is left.

    The key of a key is the key: it ends in NFKC, as toNFKC_Casefold does (Unicode §3.13.5), since case folding alone
    takes some letters apart.
    """
    if label.isascii():
        return one_line(label).lower()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", clean(label))).casefold()
    key = one_line(unicodedata.normalize("NFKC", folded))
    return key if any(char.isprintable() for char in key) else ""


def term(kind: TermKind, label: str, shown: str = "") -> Term | None:
    """A term from a source's spelling of it, and from what the source shows to people where that is something else.

    None where neither has a character to go by.
    """
    is_short = len(label) + len(shown) <= _REMEMBERED_CHARACTERS
    return _remembered(kind, label, shown) if is_short else _term(kind, label, shown)


def _term(kind: TermKind, label: str, shown: str) -> Term | None:
    key = term_key(label) or term_key(shown)
    if not key:
        return None
    return Term(kind, key, one_line(shown) or one_line(label))


#: Thousands of posts share a few hundred terms.
_remembered = lru_cache(maxsize=4096)(_term)


def union(*groups: Iterable[Term]) -> tuple[Term, ...]:
    """All terms once, categories first, then tags, each in the order given; of equal terms the first one stands."""
    # by a boolean rather than the kind: an enum's hash is a call of Python's own
    found: dict[tuple[bool, str], Term] = {}
    for group in groups:
        for each in group:
            found.setdefault((each.kind is not TermKind.CATEGORY, each.key), each)
    # the kinds are parted; the order within each is the source's own
    return tuple(sorted(found.values(), key=_is_tag))


def _is_tag(each: Term) -> bool:
    return each.kind is not TermKind.CATEGORY


@dataclass(frozen=True, slots=True)
class TermRules:
    """What the operator makes of terms, categories and tags alike: some are others' names, some are left out."""

    #: A term, in any spelling (kept as its key), to the label of the term that it is another name of.
    alias: Mapping[str, str]
    #: Terms that are left out, under their own name or the one that an alias gives them.
    drop: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        alias = {term_key(name): one_line(label) for name, label in self.alias.items() if term_key(label)}
        object.__setattr__(self, "alias", alias)
        object.__setattr__(self, "drop", frozenset(map(term_key, self.drop)))

    def apply(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """The terms under the names that the rules give them, each once, in the order of `union`.

        Aliases may lead to aliases. A circle of them names no target, and leaves its members as they are.
        """
        kept = (each for each in terms if each.key not in self.drop)
        return union(each for each in (self._renamed(each) for each in kept) if each.key not in self.drop)

    def circles(self) -> list[str]:
        """The names (as keys, sorted) that lead back to themselves: they name no target."""
        return sorted(key for key in self.alias if self._returns(key))

    def _returns(self, start: str) -> bool:
        key, passed = start, set[str]()
        while (target := self.alias.get(key)) and key not in passed:
            passed.add(key)
            following = term_key(target)
            if following == key:
                return False
            if following == start:
                return True
            key = following
        return False

    def _renamed(self, each: Term) -> Term:
        label, key, passed = each.label, each.key, {each.key}
        while target := self.alias.get(key):
            target_key = term_key(target)
            if target_key == key:  # only another spelling: this is what the term is to be called
                return Term(each.kind, key, target)
            if target_key in passed:
                return each
            label, key = target, target_key
            passed.add(key)
        return Term(each.kind, key, label)
