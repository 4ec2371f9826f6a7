"""Atom documents: what they say, that any entry makes a good one, and that nothing but the values moves a byte."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from rendering import AT, ENTRY, HEAD, SITE, made, rendered

from finews_feeds.model import Entry, Link, Origin, Person, Term, TermKind, Text
from finews_feeds.publish.check import CHECKS, check_atom
from finews_feeds.publish.fit import beside
from finews_feeds.publish.formats import FORMATS, renderer
from finews_feeds.publish.spelling import clean, is_iri, one_line

# --- what a document says -----------------------------------------------------------------------------------------


def test_a_document_begins_with_the_feeds_own_data_and_each_entry_begins_a_line() -> None:
    lines = rendered("atom", made(), made(atom_id="tag:x.example,2022:2")).decode().splitlines()
    assert lines[0] == "<?xml version='1.0' encoding='utf-8'?>"
    assert lines[1] == '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">'
    assert lines.count("<entry>") == lines.count("</entry>") == 2
    assert lines[-1] == "</feed>"
    assert not [line for line in lines[: lines.index("<entry>")] if "<entry" in line]


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (AT, "2022-05-24T15:31:09+08:00"),
        (AT.astimezone(timezone(timedelta(hours=-7))), "2022-05-24T15:31:09+08:00"),
        (AT.replace(microsecond=120000), "2022-05-24T15:31:09.120000+08:00"),
        (AT.replace(second=0), "2022-05-24T15:31:00+08:00"),
        (datetime(1990, 7, 1, tzinfo=UTC), "1990-07-01T09:00:00+09:00"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "9999-12-31T23:00:00+00:00"),
    ],
)
def test_instants_are_in_the_sites_zone(instant: datetime, expected: str) -> None:
    assert f"<published>{expected}</published>".encode() in renderer("atom").fragment(made(published_at=instant), SITE)


def test_an_entry_whose_publication_nobody_knows_has_no_published() -> None:
    assert b"<published>" not in rendered("atom", made(published_at=None))


@pytest.mark.parametrize(
    ("authors", "origin", "expected"),
    [
        ((Person("A"),), Origin("urn:x", "T", authors=(Person("B"),)), ["A"]),
        ((), Origin("urn:x", "T", authors=(Person("B"),)), ["B"]),
        ((Person(" "),), Origin("urn:x", "T"), ["ZNing"]),
        ((), None, ["ZNing"]),
        ((Person("A"), Person("A"), Person("C")), None, ["A", "C"]),
    ],
)
def test_an_entry_always_has_an_author(authors: tuple[Person, ...], origin: Origin | None, expected: list[str]) -> None:
    root = etree.fromstring(rendered("atom", made(authors=authors, origin=origin)))
    assert [name.text for name in root.findall("{*}entry/{*}author/{*}name")] == expected


@pytest.mark.parametrize(
    ("author", "title", "expected"), [("A", "T", "A"), ("", "T", "T"), (" ", "\x00", "finews.example")]
)
def test_a_feed_always_has_an_author(author: str, title: str, expected: str) -> None:
    data = rendered("atom", head=replace(HEAD, author=""), site=replace(SITE, author=author, title=title))
    assert etree.fromstring(data).findtext("{*}author/{*}name") == expected


def test_a_term_is_its_key_its_label_and_the_scheme_of_its_kind() -> None:
    terms = (Term(TermKind.CATEGORY, "emnews", "EMNews"), Term(TermKind.TAG, "芯片", "芯片"))
    root = etree.fromstring(rendered("atom", made(terms=terms)))
    assert [dict(category.attrib) for category in root.findall("{*}entry/{*}category")] == [
        {"term": "emnews", "scheme": "https://finews.example/category/", "label": "EMNews"},
        {"term": "芯片", "scheme": "https://finews.example/tag/", "label": "芯片"},
    ]


def test_a_term_without_a_label_has_none_in_the_document() -> None:
    found = rendered("atom", made(terms=(Term(TermKind.TAG, "芯片", ""),)))
    assert '<category term="芯片" scheme="https://finews.example/tag/"/>'.encode() in found


@pytest.mark.parametrize("name", FORMATS)
def test_markdown_never_reaches_a_document(name: str) -> None:
    with pytest.raises(ValueError, match="Markdown"):
        rendered(name, made(content=Text("*x*", "markdown")))


def test_a_fragment_does_not_depend_on_the_feed() -> None:
    fragment = renderer("atom").fragment(ENTRY, SITE)
    for head in (HEAD, replace(HEAD, title="Other", lang="en", atom_id="urn:other")):
        assert fragment in renderer("atom").document(head, [fragment], SITE)


# --- bytes --------------------------------------------------------------------------------------------------------

_PRINT_ALL = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
import hashlib, locale
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from rendering import AT, made, rendered
from finews_feeds.model import *
entry = made(
    links=tuple(Link(f"https://x.example/{{n}}", "via") for n in range(9)),
    terms=tuple(Term(TermKind.TAG, f"t{{n}}", "T") for n in range(9)),
    origin=Origin("urn:x", "T", authors=(Person("A"), Person("B"))),
    published_at=AT.replace(tzinfo=None),
)
for name in ("atom", "rss", "json"):
    print(hashlib.sha256(rendered(name, entry)).hexdigest())
"""


def test_time_zone_locale_and_hash_seed_of_the_process_move_no_byte() -> None:
    here = Path(__file__).parent
    script = _PRINT_ALL.format(here=str(here), root=str(here.parents[2]))
    printed = set()
    for seed, zone, tongue in (
        ("0", "UTC", "C"),
        ("1", "America/St_Johns", "zh_CN.UTF-8"),
        ("2", "Asia/Tokyo", "de_DE"),
    ):
        given_ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": tongue, "LANG": tongue}
        ran = subprocess.run([sys.executable, "-c", script], env=given_, capture_output=True, text=True, check=True)
        printed.add(ran.stdout)
    assert len(printed) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_values_give_the_same_bytes(name: str) -> None:
    assert rendered(name, ENTRY) == rendered(name, made())


# --- any entry ----------------------------------------------------------------------------------------------------

ANYTHING = st.text(st.characters(codec=None, categories=("L", "N", "P", "S", "Z", "Cc", "Cs", "Co", "Cn")), max_size=12)
CLEAN = ANYTHING.map(lambda text: " ".join(clean(text).split()))
PLACES = st.one_of(
    ANYTHING,
    st.sampled_from(
        ["/x", "https://x.example/é?a=b c", "javascript:x", "urn:x:1", "http://", "http://[x", "http://a\u2100b/"]
    ),
)
URLS = st.integers(0, 3).map(lambda n: f"https://x.example/{n}?a=1&b=2")
HTML = ANYTHING.map(lambda text: Text(f'<p>{escape(text)}<a href="https://x.example/">x</a></p>', "html"))
INSTANTS = st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PERSONS = st.builds(Person, ANYTHING, PLACES, ANYTHING)


def entries_of(texts: st.SearchStrategy[str], places: st.SearchStrategy[str]) -> st.SearchStrategy[Entry]:
    """Entries over these texts, with these for every id and address."""
    bodies = st.one_of(st.none(), st.builds(Text, texts), HTML)
    links = st.builds(
        Link,
        places,
        st.sampled_from(["alternate", "via", "enclosure", "self", "next", "x y", "", "license"]),
        st.one_of(texts, st.sampled_from(["text/html", "audio/mpeg; a=b"])),
        st.one_of(texts, st.sampled_from(["en", "zh-CN"])),
        texts,
        st.one_of(st.none(), st.integers(-1, 2**40)),
    )
    return st.builds(
        Entry,
        atom_id=places,
        title=texts,
        link=places,
        published_at=st.one_of(st.none(), INSTANTS),
        updated_at=INSTANTS,
        links=st.lists(links, max_size=4).map(tuple),
        summary=bodies,
        content=bodies,
        authors=st.lists(PERSONS, max_size=2).map(tuple),
        terms=st.lists(st.builds(Term, st.sampled_from(TermKind), texts, texts), max_size=3).map(tuple),
        lang=st.one_of(texts, st.sampled_from(["en", "zh-CN"])),
        rights=texts,
        origin=st.one_of(
            st.none(),
            st.builds(Origin, places, texts, st.one_of(st.none(), INSTANTS), places, places, st.just(()), texts),
        ),
    )


quickly = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quickly
@given(entries_of(ANYTHING, PLACES))
def test_any_entry_whatever_makes_documents_without_a_fault(entry: Entry) -> None:
    for name in FORMATS:
        url = beside(HEAD, renderer(name).suffix)
        assert CHECKS[name](rendered(name, entry), url) == ()


def looks_misdecoded(text: str) -> bool:
    """Whether feedparser would take the text for UTF-8 that somebody read as Latin-1, and "repair" it."""
    try:
        return text.encode("latin-1").decode() != text
    except UnicodeError:
        return False


@quickly
@given(st.lists(entries_of(CLEAN, URLS), max_size=3, unique_by=lambda entry: entry.atom_id))
def test_a_reader_gets_back_ids_titles_links_and_terms(entries: list[Entry]) -> None:
    parsed = feedparser.parse(rendered("atom", *entries), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    assert [entry.id for entry in parsed.entries] == [entry.atom_id for entry in entries]
    assert [entry.link for entry in parsed.entries] == [entry.link for entry in entries]
    for entry, read in zip(entries, parsed.entries, strict=True):
        if entry.title and not looks_misdecoded(entry.title):
            assert read.title == entry.title
        keys = [one_line(term.key) for term in entry.terms if one_line(term.key)]
        assert [tag.term for tag in read.get("tags", ())] == keys


@quickly
@given(ANYTHING)
def test_an_id_is_kept_as_it_is_or_replaced_by_one_of_its_own(text: str) -> None:
    ids = [
        etree.fromstring(renderer("atom").fragment(made(atom_id=given_), SITE)).findtext("id")
        for given_ in (text, f"{text} other")
    ]
    assert is_iri(ids[0]) and ids[0] != ids[1]
    assert ids[0] == text or not is_iri(text)


@quickly
@given(INSTANTS, st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia"]))
def test_every_instant_comes_back_from_every_zone(instant: datetime, zone: str) -> None:
    site = replace(SITE, timezone=ZoneInfo(zone))
    text = etree.fromstring(renderer("atom").fragment(made(updated_at=instant), site)).findtext("updated")
    assert datetime.fromisoformat(text or "") == instant
    assert check_atom(rendered("atom", made(updated_at=instant), site=site), None) == ()


def test_a_text_that_the_source_tells_twice_is_told_once() -> None:
    text = Text("<p>x</p>", "html")
    entry = etree.fromstring(rendered("atom", made(summary=text, content=text))).find("{*}entry")
    assert entry is not None
    assert entry.find("{*}summary") is None
    assert entry.findtext("{*}content") == "<p>x</p>"
