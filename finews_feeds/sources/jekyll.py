"""What a `_config.yml` means for posts: addresses, time zone, defaults, excerpts, authors.

The rules are those of jekyll/jekyll `lib/jekyll/{configuration,frontmatter_defaults}.rb`. A config that is partly
broken is used as far as it can be read, with a finding for each key that cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from finews_feeds.model import Finding
from finews_feeds.sources import front_matter
from finews_feeds.sources.notes import Notes
from finews_feeds.sources.permalink import STYLES, unknown_placeholders
from finews_feeds.sources.post_bytes import decode
from finews_feeds.sources.site_rules import folder_of
from finews_feeds.sources.values import Quoted, Value, flat, words

_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_GLOBS = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
_GLOB_PARTS = re.compile(r"\*\*/|\[\^?[\w-]+\]|.", re.DOTALL)
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))


@dataclass(frozen=True, slots=True)
class FrontMatterDefaults:
    """One set of `defaults`: the values that posts below a path have where they say nothing themselves."""

    #: As spelled, without the slash at the start; may hold `*`. "" is every path.
    path: str
    #: "posts", "drafts", "pages", a collection; None is every type.
    type: str | None
    values: Mapping[str, Value]

    def applies(self, path: str, kinds: tuple[str, ...]) -> bool:
        """Whether a post at this path (relative to the site) and of these types has the values."""
        if self.type is not None and self.type not in kinds:
            return False
        if "*" not in self.path:
            return path.startswith(self.path)
        return _glob(self.path.rstrip("/")).match(path) is not None


@dataclass(frozen=True, slots=True)
class JekyllConfig:
    """The settings of a Jekyll site that decide what its posts mean; every field has Jekyll's own default."""

    url: str = ""
    baseurl: str = ""
    title: str = ""
    #: An IANA name, or "" where the machine's own zone held.
    timezone: str = ""
    #: A style's name or a template, that of the collection `posts` before that of the site.
    permalink: str = "date"
    defaults: tuple[FrontMatterDefaults, ...] = ()
    future: bool = False
    show_drafts: bool = False
    #: Whether what says `published: false` is published all the same.
    unpublished: bool = False
    #: "" switches excerpts off.
    excerpt_separator: str = "\n\n"
    author: Value = None
    lang: str = ""
    collections_dir: str = ""
    #: The folder that holds the site's files, relative to the config; "" where they lie beside it.
    source: str = ""
    #: Collections other than the posts: label -> the template of their pages, "" where they have no pages.
    collections: Mapping[str, str] = field(default_factory=dict)
    #: The languages that jekyll-polyglot publishes in a folder of their own: all but the default one.
    languages: frozenset[str] = frozenset()
    #: `_data/authors.yml`: what a post's `author: key` stands for.
    authors: Mapping[str, Value] = field(default_factory=dict)
    #: Everything, for `{{ site.… }}`.
    data: Mapping[str, Value] = field(default_factory=dict)


def read_config(data: bytes, place: str) -> tuple[JekyllConfig, tuple[Finding, ...]]:
    """The config in these bytes, and what had to be mended; what cannot be read has Jekyll's default."""
    notes = Notes(place)
    text = decode(data, notes)
    values = {} if text is None else front_matter.mapping(text, notes)
    config = JekyllConfig(
        url=scalar(values, "url"),
        baseurl=scalar(values, "baseurl"),
        title=scalar(values, "title") or scalar(values, "name"),
        timezone=_timezone(scalar(values, "timezone"), notes),
        permalink=_permalink(values, notes),
        defaults=_defaults(values.get("defaults"), notes),
        future=flag(values, "future") is True,
        show_drafts=flag(values, "show_drafts") is True,
        unpublished=flag(values, "unpublished") is True,
        excerpt_separator=scalar(values, "excerpt_separator") if "excerpt_separator" in values else "\n\n",
        author=values.get("author"),
        lang=scalar(values, "lang"),
        collections_dir=folder_of(scalar(values, "collections_dir")),
        source=folder_of(scalar(values, "source")),
        collections=_collections(values),
        languages=_languages(values),
        data=values,
    )
    return config, notes.findings


def read_authors(config: JekyllConfig, data: bytes, place: str) -> tuple[JekyllConfig, tuple[Finding, ...]]:
    """The config with the authors of `_data/authors.yml`, and what had to be mended in that file."""
    notes = Notes(place)
    text = decode(data, notes)
    return replace(config, authors=front_matter.mapping(text, notes) if text else {}), notes.findings


def scalar(values: Mapping[str, Value], key: str) -> str:
    """A key's text; "" where it is missing, null, or no scalar."""
    value = values.get(key)
    return str(value) if isinstance(value, str) else ""


def flag(values: Mapping[str, Value], key: str) -> bool | None:
    """A key's boolean as YAML 1.1 reads it (§10.2.1.2); None where it is anything else, a quoted "false" too."""
    value = values.get(key)
    if not isinstance(value, str) or isinstance(value, Quoted):
        return None
    return True if value in _TRUE else False if value in _FALSE else None


def with_defaults(
    values: dict[str, Value], defaults: tuple[FrontMatterDefaults, ...], path: str, kinds: tuple[str, ...]
) -> dict[str, Value]:
    """A post's own values above those of all the sets that apply; of `categories` it has its own and theirs.

    A set goes above the ones before it if its path is as long as that of the last that did, or longer; else it goes
    below them all. So it is in Jekyll, where the order in the config matters.
    """
    below: dict[str, Value] = {}
    last: FrontMatterDefaults | None = None
    for one in defaults:
        if not one.applies(path, kinds):
            continue
        if last is None or _outranks(one, last):
            below, last = _merged(below, one.values), one
        else:
            below = _merged(one.values, below)
    if not below:
        return values
    merged = _merged(below, values)
    if below.get("categories") is not None and values.get("categories") is not None:
        shelves = (*words(below["categories"]), *words(values["categories"]))
        merged["categories"] = list(dict.fromkeys(shelves))
    return merged


def _outranks(new: FrontMatterDefaults, old: FrontMatterDefaults) -> bool:
    if len(new.path) != len(old.path):
        return len(new.path) > len(old.path)
    return new.type is not None or old.type is None


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """A pattern as Ruby's `Dir.glob` means it, for a path or a folder above it."""
    made = ""
    for part in _GLOB_PARTS.findall(pattern):
        made += _GLOBS.get(part) or (f"[{part[1:-1]}]" if len(part) > 1 else re.escape(part))
    return re.compile(made + "(?:/|$)")


def _merged(below: Mapping[str, Value], above: Mapping[str, Value]) -> dict[str, Value]:
    """Both, the keys of `above` winning unless they are null; mappings are merged as deep as they go."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            merged[key] = _merged(under, value)
        elif value is not None or key not in merged:
            merged[key] = value
    return merged


def _timezone(name: str, notes: Notes) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            notes.repaired(1, f'timezone: "{name}" is no known time zone', "the zone of [site] is used")
            return ""
    return name


def _permalink(values: Mapping[str, Value], notes: Notes) -> str:
    collections = values.get("collections")
    posts = collections.get("posts") if isinstance(collections, dict) else None
    own = scalar(posts, "permalink") if isinstance(posts, dict) else ""
    template = own or scalar(values, "permalink") or "date"
    unknown = unknown_placeholders(STYLES.get(template, template))
    if unknown:
        what = f'permalink: Jekyll knows no placeholder ":{unknown[0]}"'
        notes.repaired(1, what, "kept as it is spelled; see Jekyll's list of placeholders")
    return template


def _collections(values: Mapping[str, Value]) -> dict[str, str]:
    """The collections beside the posts, and the template of their pages: "" for those without `output`."""
    named = values.get("collections")
    listed = {label: {} for label in flat(named)} if isinstance(named, list) else named
    found = {}
    for label, said in listed.items() if isinstance(listed, dict) else ():
        own = said if isinstance(said, dict) else {}
        if label != "posts":
            style = scalar(own, "permalink") or "/:collection/:path" + _ending(scalar(values, "permalink") or "date")
            found[label] = style if flag(own, "output") else ""
    return found


def _ending(style: str) -> str:
    if style == "pretty" or style.endswith("/"):
        return "/"
    return ":output_ext" if style in STYLES or style.endswith(":output_ext") else ""


def _languages(values: Mapping[str, Value]) -> frozenset[str]:
    plugins = (*flat(values.get("plugins")), *flat(values.get("gems")))
    if "jekyll-polyglot" not in plugins:
        return frozenset()
    return frozenset(flat(values.get("languages"))) - {scalar(values, "default_lang") or "en"}


def _defaults(value: Value, notes: Notes) -> tuple[FrontMatterDefaults, ...]:
    sets = []
    for one in value if isinstance(value, list) else []:
        values = one.get("values") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(values, dict):
            notes.repaired(1, "defaults: a set without `values`", "left out; give it a scope and values")
            continue
        scope = one.get("scope")
        scope = scope if isinstance(scope, dict) else {}
        kind = scalar(scope, "type") if "type" in scope else None
        kind = {"post": "posts", "page": "pages", "draft": "drafts"}.get(kind or "", kind)
        sets.append(FrontMatterDefaults(scalar(scope, "path").lstrip("/"), kind, values))
    return tuple(sets)
