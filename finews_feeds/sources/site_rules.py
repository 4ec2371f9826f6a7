"""Where Jekyll looks for posts: what `_config.yml` says of `source`, `exclude`, `include` and their like.

The rules are those of jekyll/jekyll `lib/jekyll/{entry_filter,reader}.rb`: folders whose names begin with `_`, `.`, `#`
or `~` are not looked into unless `include` names them; a pattern of `exclude` is anchored at the site's source, its `*`
passes over slashes, and what merely begins with it is excluded, too.

The few keys are taken out of the config by hand: reading the whole takes YAML, which a run with nothing to do is to be
spared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import NamedTuple

from finews_feeds.sources.notes import Notes
from finews_feeds.sources.values import Value, flat

#: What Jekyll excludes whatever the config says.
_ALWAYS = ("node_modules", "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/")
_SPECIAL = ("_", ".", "#", "~")
_NAMES = "source|destination|collections_dir|include|exclude|markdown_ext"
_KEYS = re.compile(rf"^(?:{_NAMES})[ \t]*:".encode(), re.MULTILINE)
#: A key of ours with all that belongs to it: lines set in, list items, comments, blank lines.
_BLOCK = re.compile(rf"^({_NAMES})[ \t]*:([^\n]*)\n((?:(?:[ \t\-#\]][^\n]*)?\n)*)", re.MULTILINE)
_GLOB = re.compile(r"[*?\[]")
#: A word, or a list in brackets of words without quotes; and a comment behind it.
_PLAIN_VALUE = re.compile(
    r"[ \t]+(?:(?P<text>[\w./][^\s:#]*)|\[(?P<listed>[^\[\]{}\"'#&*!|>%@`\\:]*)\])[ \t]*(?:[ \t]#.*)?"
)
_ITEM = re.compile(
    r"[ \t]*-[ \t]+(?:\"([^\"\\]*)\"|'([^']*)'|([^\s\"'\[\]{}>|*&!%#`@,?:][^#:\"]*?))[ \t]*(?:[ \t]#.*)?\Z"
)


class Patterns(NamedTuple):
    """Patterns of paths, sorted by what it takes to match them: thousands of paths are asked about."""

    #: What a path may begin with.
    beginnings: tuple[str, ...] = ()
    #: All that hold `*`, `?` or `[`, as one.
    glob: re.Pattern[str] | None = None

    def match(self, path: str) -> bool:
        """Whether one of them matches, or the path begins with it."""
        return path.startswith(self.beginnings) or (self.glob is not None and self.glob.match(path) is not None)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What of a site's tree is looked into; paths are relative to the folder of the `_config.yml`."""

    source: str
    destination: str
    collections_dir: str
    include: Patterns
    exclude: Patterns
    #: Extensions that are Markdown here, each with its dot, in lower case.
    markdown_ext: tuple[str, ...]

    def enters(self, path: str) -> bool:
        """Whether posts are looked for in a folder that is no folder of posts itself."""
        name = path.rpartition("/")[2]
        inside = self._inside(path)
        if path == self.destination:
            return False
        if self.include.match(inside) or self.include.match(name):
            return True
        return not (name.startswith(_SPECIAL) or self.exclude.match(inside) or self.exclude.match(f"{inside}/"))

    def holds(self, folder: str) -> bool:
        """Whether a folder of posts is one of this site's: `collections_dir` keeps all others out."""
        return not self.collections_dir or self._inside(folder).startswith(f"{self.collections_dir}/")

    def may_keep_out(self, folder: str) -> bool:
        """Whether a file right in this folder may be excluded: nearly always none is, and then none is asked about."""
        inside = self._inside(f"{folder}/")
        begins = any(each.startswith(inside) or inside.startswith(each) for each in self.exclude.beginnings)
        return begins or self.exclude.glob is not None

    def takes(self, path: str, within: str) -> bool:
        """Whether a file, or a folder, below a folder of posts is looked at; `within` is its path from there.

        Jekyll asks for the first and for the last name on the way, and not for those between.
        """
        name = within.rpartition("/")[2]
        if not name.startswith(_SPECIAL) and not self.exclude.match(self._inside(path)):
            return True
        return self.include.match(within) or self.include.match(name)

    def _inside(self, path: str) -> str:
        return path.removeprefix(f"{self.source}/") if self.source else path


def read_rules(config: bytes) -> SiteRules:
    """The rules in the bytes of a `_config.yml`; what cannot be read has Jekyll's default, and never raises."""
    values: dict[str, Value] = {}
    if _KEYS.search(config) is not None:
        text = config.decode("utf-8", "replace").replace("\r\n", "\n") + "\n"
        values = {block[1]: _value(block) for block in _BLOCK.finditer(text)}
    include = _listed(values, "include")
    exclude = [each for each in (*_listed(values, "exclude"), *_ALWAYS) if each not in include]
    return SiteRules(
        source=folder_of(_text(values, "source")),
        destination=folder_of(_text(values, "destination")) or "_site",
        collections_dir=folder_of(_text(values, "collections_dir")),
        include=_patterns(include),
        exclude=_patterns(exclude),
        markdown_ext=tuple(f".{each.lower()}" for each in _text(values, "markdown_ext").replace(",", " ").split()),
    )


def folder_of(spelled: str) -> str:
    """A folder as our paths spell it, "" for the site's own; an absolute one, or one outside, is none of ours."""
    parts = [part for part in spelled.strip().split("/") if part not in ("", ".")]
    return "" if spelled.strip().startswith("/") or ".." in parts else "/".join(parts)


def _patterns(listed: Iterable[str]) -> Patterns:
    globs = [each for each in listed if _GLOB.search(each)]
    made = re.compile("|".join(map(translate, globs))) if globs else None
    return Patterns(tuple(each for each in listed if each not in globs), made)


def _value(block: re.Match[str]) -> Value:
    rows = [row for row in block[3].split("\n") if row.strip() and not row.lstrip().startswith("#")]
    if rows and not block[2].strip():
        items = [_ITEM.match(row) for row in rows]
        if all(items):
            return ["".join(item.groups("")) for item in items if item]
    plain = _PLAIN_VALUE.fullmatch(block[2])
    if plain and not rows:
        return plain["text"] if plain["listed"] is None else [each.strip() for each in plain["listed"].split(",")]
    from finews_feeds.sources import front_matter  # seldom needed, and then nothing is quick any more

    rows.insert(0, f"{block[1]}:{block[2]}")
    return front_matter.mapping("\n".join(rows) + "\n", Notes("")).get(block[1])


def _listed(values: Mapping[str, Value], key: str) -> list[str]:
    """A list of patterns, anchored at the source; words with commas between them are one, too."""
    value = values.get(key)
    found = value.split(",") if isinstance(value, str) else flat(value)
    return [pattern for each in found if (pattern := each.strip().lstrip("/"))]


def _text(values: Mapping[str, Value], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
