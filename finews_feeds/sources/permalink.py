"""The address and the id that Jekyll gives a post: templates, placeholders, slugs, percent-encoding.

The rules are those of jekyll/jekyll `lib/jekyll/{url,utils}.rb`, `drops/url_drop.rb` and `filters/url_filters.rb`, with
the normal form of URIs that these get from Addressable. jekyll-feed's id is the page's folder and the raw slug, so an
id differs from its page's address by more than the extension. A site that moves over keeps both, byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

#: The styles of Jekyll's `permalink`.
STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_PLACEHOLDER = re.compile(r":([a-z_]+)")
_PLAIN_SLUG = re.compile(r"[A-Za-z0-9]+(?:[._~!$&'()+,;=@-][A-Za-z0-9]+)*\Z")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\Z")
_PRETTY = frozenset("._~!$&'()+,;=@")
#: Unreserved characters, sub-delims, ":" and "@" (RFC 3986 §3.3, pchar).
_PCHAR = "-._~!$&'()*+,;=:@"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*\Z")
_SLASHES = re.compile("/{2,}")


class Page(NamedTuple):
    """What the placeholders of a template stand for in one post."""

    #: In the site's time zone; None where the post has no date.
    at: datetime | None
    #: As spelled in the front matter or the file name.
    slug: str
    categories: Sequence[str]
    #: The file's name without its extension, and its path below the folder of posts.
    name: str
    path: str
    collection: str = "posts"
    extension: str = ".html"


def slugify(text: str, *, pretty: bool = False) -> str:
    """Jekyll's slug: runs of other than letters, marks and digits as one hyphen; lower case unless `pretty`.

    >>> slugify("中文 标题!", pretty=True)
    '中文-标题!'
    """
    if text.isascii() and (text.isalnum() or (_PLAIN_SLUG if pretty else _PLAIN_WORD).match(text)):
        return text if pretty else text.lower()
    kept = [character if _stays(character, pretty) else "-" for character in text]
    slug = re.sub("-+", "-", "".join(kept))
    slug = slug.removeprefix("-").removesuffix("-")
    return slug if pretty else slug.lower()


def _stays(character: str, pretty: bool) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or (pretty and character in _PRETTY)


def _categories(page: Page) -> str:
    if len(page.categories) == 1:
        return page.categories[0].lower()
    return "/".join(dict.fromkeys(category.lower() for category in page.categories))


_DATED: dict[str, Callable[[datetime], str]] = {
    "year": lambda at: f"{at.year:04}",
    "short_year": lambda at: f"{at.year % 100:02}",
    "month": lambda at: f"{at.month:02}",
    "i_month": lambda at: str(at.month),
    "short_month": lambda at: _MONTHS[at.month - 1][:3],
    "long_month": lambda at: _MONTHS[at.month - 1],
    "day": lambda at: f"{at.day:02}",
    "i_day": lambda at: str(at.day),
    "y_day": lambda at: f"{at.timetuple().tm_yday:03}",
    "w_year": lambda at: f"{at.isocalendar().year:04}",
    "week": lambda at: f"{at.isocalendar().week:02}",
    "w_day": lambda at: str(at.isoweekday()),
    "short_day": lambda at: _DAYS[at.weekday()][:3],
    "long_day": lambda at: _DAYS[at.weekday()],
    "hour": lambda at: f"{at.hour:02}",
    "minute": lambda at: f"{at.minute:02}",
    "second": lambda at: f"{at.second:02}",
}
_NOT_BY_NAME = frozenset(("categories", "slugified_categories", "hour", "minute", "second"))
_GIVEN: dict[str, Callable[[Page], str]] = {
    "categories": _categories,
    "slugified_categories": lambda page: "/".join(dict.fromkeys(slugify(category) for category in page.categories)),
    "title": lambda page: slugify(page.slug, pretty=True),
    "slug": lambda page: slugify(page.slug),
    "name": lambda page: slugify(page.name),
    "path": lambda page: page.path,
    "collection": lambda page: page.collection,
    "output_ext": lambda page: page.extension,
}


def _winner(name: str) -> str | None:
    """The placeholder that a run of letters and underscores names; `/:month_:day` has a stray underscore."""
    if name in _GIVEN or name in _DATED:
        return name
    return _winner(name[:-1]) if name.endswith("_") and not name.endswith("__") else None


def unknown_placeholders(template: str) -> list[str]:
    """The placeholders of a template that Jekyll does not know, in order."""
    return [name for name in _PLACEHOLDER.findall(template) if _winner(name) is None]


class Permalink:
    """A template of addresses, taken apart once and filled for every post."""

    def __init__(self, template: str, styles: Mapping[str, str] = STYLES) -> None:
        """`template` is a style's name or a template; an unknown placeholder stays as it is spelled.

        In front matter no styles have names: there `pretty` is the page `/pretty`.
        """
        #: Whether the name of a post's file, and nothing in it, makes its address: no categories, no time of day.
        self.is_by_name = True
        self._literals: list[str] = []
        #: The place of a value, and what gives it: for all placeholders of the page, and for those of its date.
        self._of_page: list[tuple[int, Callable[[Page], str]]] = []
        self._of_date: list[tuple[int, Callable[[datetime], str]]] = []
        end = 0
        text = styles.get(template, template)
        for match in _PLACEHOLDER.finditer(text):
            name = _winner(match.group(1))
            if name is None:
                continue
            self.is_by_name = self.is_by_name and name not in _NOT_BY_NAME
            place = len(self._literals)
            self._literals.append(text[end : match.start()])
            if name in _DATED:
                self._of_date.append((place, _DATED[name]))
            else:
                self._of_page.append((place, _GIVEN[name]))
            end = match.start() + 1 + len(name)
        self._literals.append(text[end:])
        self._pattern = "/" + "%s".join(literal.replace("%", "%%") for literal in self._literals)

    def path(self, page: Page) -> str:
        """The page's path below the site; "" where the template wants a date and the post has none."""
        if self._of_date and page.at is None:
            return ""
        filled = [""] * (len(self._literals) - 1)
        for place, fill in self._of_page:
            filled[place] = fill(page)
        if page.at is not None:
            for place, spell in self._of_date:
                filled[place] = spell(page.at)
        made = self._pattern % tuple(filled)
        if not _PLAIN_PATH.match(made):
            made = self._pattern % tuple(map(_escape, filled))
        return _squeezed(made)


def _escape(text: str) -> str:
    return text if _PLAIN_PATH.match(text) else quote(text, safe=_PCHAR + "/?")


def _squeezed(path: str) -> str:
    path = path.replace("..", "/").replace("./", "") if "." in path else path
    return _SLASHES.sub("/", path) if "//" in path else path


def site_base(url: str, baseurl: str = "") -> str:
    """What stands before every path of a site: scheme, host and `baseurl`, in normal form, no slash at the end.

    "" where the URL is none.
    """
    try:
        parts = urlsplit(url.strip())
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    shown = f":{port}" if port is not None and port != {"http": 80, "https": 443}[parts.scheme] else ""
    path = _normal_path(_squeezed(f"{parts.path}/{baseurl.strip()}"))
    return f"{parts.scheme}://{host}{shown}{path}".rstrip("/")


def _host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode("ascii")


def absolute(base: str, path: str) -> str:
    """Jekyll's `absolute_url` of a path that begins with "/": percent-encoded, in normal form (RFC 3986 §6.2.2)."""
    if _PLAIN_PATH.match(path):
        return base + path
    path, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", path, re.DOTALL).groups()  # type: ignore[union-attr]  # matches all
    tail = f"{mark}{quote(unquote(rest), safe=_PCHAR + '/?')}" if rest else ""
    return base + _normal_path(path) + tail


def _normal_path(path: str) -> str:
    if _PLAIN_PATH.match(path):
        return path
    return "/".join(
        quote(
            unicodedata.normalize("NFC", unquote(segment, errors="surrogateescape")),
            safe=_PCHAR,
            errors="surrogateescape",
        )
        for segment in path.split("/")
    )


def post_id(base: str, path: str, slug: str) -> str:
    """jekyll-feed's id of the post with this path and slug: the folder of its page, and the slug as spelled."""
    folder = path.rstrip("/").rpartition("/")[0]
    return absolute(base, f"{folder}/{slug}")
