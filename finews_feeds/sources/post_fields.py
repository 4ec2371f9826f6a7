"""Fields of a post from its front matter: terms, people, addresses, as Jekyll and jekyll-feed mean them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from finews_feeds.model import Link, Person, SourceTerm, TermKind
from finews_feeds.sources.jekyll import scalar
from finews_feeds.sources.values import Quoted, Value, flat, words

ORIGINAL_KEYS = ("canonical_url", "original_url", "source_url", "external_url")
UPDATED_KEYS = ("last_modified_at", "updated", "updated_at", "lastmod", "last_modified", "modified", "modified_time")

_NONE = frozenset(("false", "False", "FALSE"))


def categories(values: Mapping[str, Value], above: Iterable[str]) -> list[str]:
    """The folders above the posts, then `categories` (a string is split at white space), then `category` (whole)."""
    found = [*above, *words(_said(values, "categories")), *flat(_said(values, "category"))]
    return found if len(found) < 2 else list(dict.fromkeys(found))


def tags(values: Mapping[str, Value]) -> list[str]:
    """`tag`, whole, or else `tags` (a string is split at white space, and at nothing else).

    An empty `tag: []` is a word as well: there are none then, whatever `tags` says.
    """
    single = _said(values, "tag")
    found = words(_said(values, "tags")) if single is None else flat(single)
    return found if len(found) < 2 else list(dict.fromkeys(found))


def terms(shelves: Iterable[str], labels: Iterable[str]) -> tuple[SourceTerm, ...]:
    """Categories and tags as terms, categories first."""
    return (*[_category(shelf) for shelf in shelves], *[_tag(label) for label in labels])


@lru_cache(maxsize=2048)
def _category(spelled: str) -> SourceTerm:
    return SourceTerm(TermKind.CATEGORY, spelled)


@lru_cache(maxsize=2048)
def _tag(spelled: str) -> SourceTerm:
    return SourceTerm(TermKind.TAG, spelled)


def _said(values: Mapping[str, Value], key: str) -> Value:
    """A key's value; None for a plain `false`, which says that there is none."""
    value = values.get(key)
    return None if isinstance(value, str) and value in _NONE and not isinstance(value, Quoted) else value


def people(value: Value, known: Mapping[str, Value]) -> tuple[Person, ...]:
    """The authors that `author` or `authors` names; a name that `_data/authors.yml` has stands for what is there."""
    found = value if isinstance(value, list) else [value]
    made = [_person(one, known) for one in found]
    return tuple(dict.fromkeys(person for person in made if person is not None))


def _person(value: Value, known: Mapping[str, Value]) -> Person | None:
    if isinstance(value, str):
        entry = known.get(value)
        if isinstance(entry, dict):
            return _person({"name": value, **entry}, {})
        name = value if entry is None or isinstance(entry, list) else entry
        return Person(str(name).strip()) if name.strip() else None
    if not isinstance(value, dict):
        return None
    # "display_name" is what the importer from WordPress writes
    name = (scalar(value, "name") or scalar(value, "display_name")).strip()
    uri = (scalar(value, "uri") or scalar(value, "url")).strip()
    return Person(name, uri, scalar(value, "email").strip()) if name else None


def image(values: Mapping[str, Value], base: str) -> tuple[Link, ...]:
    """The post's `image` (a path, a URL, or a mapping with `path`) as an enclosure; jekyll-feed has it as media."""
    value = values.get("image")
    path = scalar(value, "path") if isinstance(value, dict) else scalar(values, "image")
    path = path.strip()
    if not path or any(character.isspace() for character in path):
        return ()
    href = path if "://" in path else f"https:{path}" if path.startswith("//") else f"{base}/{path.lstrip('/')}"
    from mimetypes import guess_type  # few posts have a picture, and its tables take a while to build

    kind = guess_type(href.partition("?")[0])[0] or ""
    return (Link(href, "enclosure", kind if kind.startswith("image/") else ""),)


def first_scalar(values: Mapping[str, Value], keys: Iterable[str]) -> tuple[str, str]:
    """The first of these keys that has a text, and the text; ("", "") where none has."""
    for key in keys:
        if key in values:
            text = scalar(values, key).strip()
            if text:
                return key, text
    return "", ""
