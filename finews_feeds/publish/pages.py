"""Pages for people: one beside each feed, and the index of all feeds.

Plain HTML that works without script, from a folder of Jinja2 templates; style and script are two files of our own at
the root of the site, so that the strictest content security policy has nothing to forbid and nobody else is asked for
anything. A term leads to its line in the index and not to its page: the line is found by the key alone, so it stays
right whatever the file of the page is called. A theme's templates and assets go before ours of the same name (`theme`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import BytecodeCache, Environment, StrictUndefined, Template
from jinja2.bccache import Bucket
from markupsafe import Markup

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.model import Entry, FeedHead, FeedKind, Text
from finews_feeds.publish.directory import FeedListing, grouped, newest
from finews_feeds.publish.slugs import address
from finews_feeds.publish.spelling import language, link_uri, one_line, plain_text, rfc3339, shortened
from finews_feeds.publish.theme import faults_as_config, loader
from finews_feeds.publish.words import words_for
from finews_feeds.settings import SiteSettings, Theme

#: How much of a summary stands on a page.
_SUMMARY_CHARACTERS = 280
#: How much markup is looked at to find it.
_MARKUP_CHARACTERS = 4_000

_NO_ID = re.compile(r"[\s%]")
_TEMPLATES = Path(__file__).with_name("templates")
_ASSETS = ("site.css", "site.js", "site.svg")
#: Template -> where it stands in the site: pieces for pages that others make.
_SNIPPETS = {"snippet-head.html": "snippets/head.html", "snippet-list.html": "snippets/list.html"}
#: For static hosts, which send no header; `serve` sends its own, stricter one besides.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


class PageRenderer:
    """The page beside a feed, its newest entries and how to subscribe; see `formats.Renderer`."""

    name = "page"
    suffix = ".html"
    media_type = "text/html; charset=utf-8"
    version = "1"
    max_entries: int | None = 20

    def __init__(self, theme: Theme | None = None) -> None:
        """`theme` goes before what is shipped; a fault in it is a ConfigError, here or at the first rendering."""
        self._theme = theme
        environment = _environment(theme)
        self._entry = _template(environment, "entry.html", theme)
        self._feed = _template(environment, "feed.html", theme)
        # Terms and sources are few and entries many: the links to them are a fifth of the work without this.
        self._index_link = lru_cache(maxsize=8192)(_index_link)

    def fragment(self, entry: Entry, site: SiteSettings) -> bytes:
        """The entry as an `article`: title, instant, sources, the beginning of its summary, and its terms."""
        link = link_uri(entry.link)
        shown = rfc3339(entry.published_at or entry.updated_at, site.timezone)
        return _rendered(
            self._entry,
            self._theme,
            words=words_for(site.language),
            title=one_line(entry.title) or link or entry.atom_id,
            link=link,
            lang=_other_language(entry, site),
            published=shown,
            published_text=_minute(shown),
            sources=[(name, self._index_link("source", name, site.url)) for name in entry.sources],
            summary=_excerpt(entry.summary or entry.content),
            terms=[(term.label, self._index_link(term.kind, term.key, site.url)) for term in entry.terms],
        )

    def document(self, head: FeedHead, fragments: Sequence[bytes], site: SiteSettings) -> bytes:
        """The whole page of a feed; a valid one without fragments, too."""
        updated = rfc3339(head.updated_at, site.timezone)
        return _rendered(
            self._feed,
            self._theme,
            **_frame(site, depth=head.path.count("/")),
            title=one_line(head.title),
            label=_label(head, site),
            kind=head.key.kind.value,
            subtitle=one_line(head.subtitle),
            atom_url=head.self_url,
            page_url=head.page_url,
            lang=language(head.lang) or language(site.language),
            updated=updated,
            updated_text=_minute(updated),
            # Our own fragments, escaped when they were made.
            fragments=Markup(b"".join(fragments).decode()),  # noqa: S704
        )


def index_page(listings: Sequence[FeedListing], site: SiteSettings, theme: Theme | None = None) -> bytes:
    """`index.html`: all feeds by kind, with a search box, addresses to copy, counts and last updates."""
    groups = dict(grouped(listings))
    updated_at = newest(listings)
    updated = rfc3339(updated_at, site.timezone) if updated_at else ""
    return _rendered(
        _template(_environment(theme), "index.html", theme),
        theme,
        **_frame(site, depth=0),
        title=one_line(site.title),
        lang=language(site.language),
        main=groups.pop(FeedKind.ALL, []),
        groups=groups,
        updated=updated,
        updated_text=_minute(updated),
        opml_url=address(site.url, "feeds.opml"),
        anchor=_anchor,
        day=lambda instant: rfc3339(instant, site.timezone)[:10],
    )


def snippets(listings: Sequence[FeedListing], site: SiteSettings, theme: Theme | None = None) -> dict[str, bytes]:
    """Pieces for the templates of the site itself, by their paths: autodiscovery links, and a list of all feeds.

    By key and without counts, so that they change only when a feed comes, goes or is renamed.
    """
    environment = _environment(theme)
    by_key = {kind: sorted(group, key=lambda each: each.key.key) for kind, group in grouped(listings)}
    told = _frame(site, depth=0) | {"groups": by_key}
    return {
        path: _rendered(_template(environment, name, theme), theme, **told) for name, path in sorted(_SNIPPETS.items())
    }


def assets(theme: Theme | None = None) -> dict[str, bytes]:
    """The files that every page needs, by their paths in the site: style, script and icon, and those of the theme."""
    shipped = {name: (_TEMPLATES / name).read_bytes() for name in _ASSETS}
    own = theme.files if theme else ()
    return shipped | {name: data for name, data in own if not name.endswith(".html")}


def _template(environment: Environment, name: str, theme: Theme | None) -> Template:
    with faults_as_config(theme):
        return environment.get_template(name)


def _rendered(template: Template, theme: Theme | None, **told: object) -> bytes:
    with faults_as_config(theme):
        return template.render(told).encode("utf-8", "replace")


def _environment(theme: Theme | None = None, *, keeps_compiled: bool = not sys.dont_write_bytecode) -> Environment:
    made = Environment(
        loader=loader(_TEMPLATES, theme),
        # a theme is compiled for each run: what is kept beside the shipped templates is theirs alone
        bytecode_cache=None if theme else _Compiled(is_written=keeps_compiled),
        # what a run began with it ends with, and need not look at the disk for at every page
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if theme is None:
        # Ours call no function, and Jinja copies all of its own at each rendering: a quarter of an entry's time.
        made.globals.clear()
    return made


class _Compiled(BytecodeCache):
    """Compiled templates, kept where Python keeps its own compiled modules, and by its rules.

    To compile them takes as long as the rest of a cycle that has one new post. Jinja compares the checksum of the
    template's source, and its own version and Python's, before it takes one.
    """

    def __init__(self, *, is_written: bool) -> None:
        self._is_written = is_written

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills `bucket` where a file is there and fits; else leaves it empty, and the template is compiled."""
        with suppress(OSError), _compiled_path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes the file, unless that is not wanted or the folder is not ours to write to."""
        if not self._is_written:
            return
        target = _compiled_path(bucket)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        with suppress(OSError):
            target.parent.mkdir(exist_ok=True)
            beside.write_bytes(bucket.bytecode_to_string())
            beside.replace(target)


def _compiled_path(bucket: Bucket) -> Path:
    return _TEMPLATES / "__pycache__" / f"{bucket.key}.{sys.implementation.cache_tag}.jinja"


def compile_templates() -> None:
    """Compiles every template ahead of its first use, for an installation that is read-only afterwards."""
    environment = _environment(keeps_compiled=True)
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def compiled(theme: Theme) -> None:
    """Compiles every template of a theme; ConfigError with the first fault of each."""
    environment = _environment(theme)
    faults: list[Fault] = []
    for name in (name for name, _ in theme.files if name.endswith(".html")):
        try:
            _template(environment, name, theme)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)


def _frame(site: SiteSettings, depth: int) -> dict[str, object]:
    """What every page has. `root` is relative, so that a page looks right from a disk and under any other address."""
    return {
        "words": words_for(site.language),
        "policy": _POLICY,
        "root": "../" * depth,
        "site_title": one_line(site.title),
        "site_subtitle": one_line(site.subtitle),
        "main_url": address(site.url, "feed.xml"),
        "index_url": site.url,
    }


def _label(head: FeedHead, site: SiteSettings) -> str:
    """The feed's title without the site's, which stands above it on the page."""
    return one_line(head.title.removesuffix(f" – {site.title}")) or one_line(head.title)


def _anchor(kind: str, key: str) -> str:
    """The id of a feed's line in the index; an id in HTML holds any character but white space."""
    return f"{kind}:{_NO_ID.sub(lambda match: quote(match[0]), key)}"


def _index_link(kind: str, key: str, site_url: str) -> str:
    return f"{site_url}#{quote(_anchor(kind, key), safe=':', errors='replace')}"


def _other_language(entry: Entry, site: SiteSettings) -> str:
    lang = language(entry.lang)
    return "" if lang.lower() == site.language.lower() else lang


def _minute(timestamp: str) -> str:
    """An RFC 3339 timestamp as people read it, "2022-05-24 15:31"; "" stays."""
    return timestamp[:16].replace("T", " ")


def _excerpt(text: Text | None) -> str:
    if text is None:
        return ""
    if text.kind == "text":
        return shortened(" ".join(one_line(text.value[:_MARKUP_CHARACTERS]).split()), _SUMMARY_CHARACTERS)
    # Markdown is HTML with other signs between: what is left of them does no harm in an excerpt.
    return shortened(plain_text(text.value[:_MARKUP_CHARACTERS]), _SUMMARY_CHARACTERS)
