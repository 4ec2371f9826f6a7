"""From what a source said to what it means: SourceEntry -> Sighting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from finews_feeds.model import Sighting, SourceEntry, Term, Text
from finews_feeds.normalize.content import admit
from finews_feeds.normalize.terms import term, union
from finews_feeds.normalize.text import clean, plain


@dataclass(frozen=True, slots=True)
class Normalizer:
    """Everything that the meaning of one source's entries depends on; `sighting` is pure."""

    source: str
    is_post: bool
    canonical: Callable[[str], str]
    read_date: Callable[[str], datetime | None]
    #: A post's alternate link is its own page rather than the original article.
    link_is_page: bool = True

    def sighting(self, entry: SourceEntry) -> Sighting:
        """What this source says of the entry, in the house's terms; total.

        An entry without an id of its own is named by its canonical URL, so that a tracker in its link does not rename
        it, else by its link, and by its words where it has no link either.
        """
        title = plain(entry.title) if entry.title else ""
        summary, content = admit(entry.summary), admit(entry.content)
        terms = _terms(entry)
        link, via = self._links(entry)
        digest = _digest(title, summary, content, terms)
        canonical_url = first_key(entry.identity_urls, self.canonical)
        return Sighting(
            source=self.source,
            entry_id=entry.entry_id or canonical_url or entry.link or f"sha256:{digest}",
            canonical_url=canonical_url,
            is_post=self.is_post,
            title=title,
            link=link,
            via=via,
            summary=summary,
            content=content,
            published_at=self.read_date(entry.published) if entry.published else None,
            updated_at=self.read_date(entry.updated) if entry.updated else None,
            authors=entry.authors,
            terms=terms,
            links=entry.links,
            lang=entry.lang,
            rights=clean(entry.rights),
            origin=entry.origin,
            own_atom_id=entry.own_atom_id,
            identity_urls=_kept_urls(entry.identity_urls, link, via),
            digest=digest,
        )

    def _links(self, entry: SourceEntry) -> tuple[str, str]:
        """The address that a reader clicks, and the other one (DESIGN §4)."""
        page, original = entry.link, entry.original
        if self.is_post and original and not self.link_is_page:
            return original, page if page != original else ""
        return page or original, original if original != page and page else ""


def first_key(urls: Iterable[str], canonical: Callable[[str], str]) -> str:
    """The canonical URL of the first of the URLs that has one; "" where none has."""
    for url in urls:
        key = canonical(url)
        if key:
            return key
    return ""


def identity_urls(sighting: Sighting) -> tuple[str, ...]:
    """The URLs that a sighting's canonical URL is taken from, best first, in full."""
    if sighting.identity_urls is None:
        return (sighting.via or sighting.link,)
    return tuple(url or sighting.link for url in sighting.identity_urls)


def _kept_urls(urls: tuple[str, ...], link: str, via: str) -> tuple[str, ...] | None:
    """The URLs as a sighting keeps them: as little as tells them beside `link` and `via`."""
    if urls == (via or link,):
        return None
    return tuple("" if url == link else url for url in urls if url)


def _terms(entry: SourceEntry) -> tuple[Term, ...]:
    found = [term(said.kind, said.term, said.label) for said in entry.terms]
    return union([each for each in found if each is not None])


def _digest(title: str, summary: Text | None, content: Text | None, terms: tuple[Term, ...]) -> str:
    """What a reader sees, in 64 hex digits: two sightings with one digest are one text."""
    pieces = [title, *_pieces(summary), *_pieces(content), *[f"{each.kind}:{each.key}" for each in terms]]
    # NUL cannot stand in cleaned text, so no two lists of pieces give one string
    return sha256("\0".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


def _pieces(text: Text | None) -> tuple[str, str]:
    return (text.kind, text.value) if text else ("", "")
