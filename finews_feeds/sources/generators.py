"""The ids and page addresses that other generators gave their posts, for sites that move over (`id_style`).

An id is taken from here once, when its entry is first settled; it is stored then, and later renames change nothing.

- jekyll-feed (its `feed.xml`: `post.id | absolute_url`): the folder of the page and the slug, no extension. The page
  is where `permalink` of the `_config.yml` has it.
- Hugo (its embedded RSS template: `<guid>{{ .Permalink }}</guid>`): the page's own address. Unless front matter has a
  `url`, that is the file's path below `content/` in lower case, spaces as hyphens, the front matter's `slug` in the
  place of the file's name, "/" at the end (gohugo.io, "URL management").
- Pelican (its `writers.py`: `get_tag_uri(link, item.date)` of feedgenerator 1.9 or later): `tag:` host, the post's day,
  the page's path. Unless there is a `url`, the page is `{slug}.html`, and the slug is made of the title as
  `SLUG_REGEX_SUBSTITUTIONS` has it. Titles beyond ASCII, which Pelican transliterates, need a `slug` of their own.

Known from their documents, and from earlier versions of their code: before a site moves over, compare a few of its ids
with those that `finews-feeds build --dry-run` and `explain` name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from finews_feeds.settings import IdStyle
from finews_feeds.sources.jekyll import scalar
from finews_feeds.sources.permalink import absolute, post_id
from finews_feeds.sources.values import Value


def page_path(style: IdStyle, file: str, slug: str, values: Mapping[str, Value]) -> str:
    """The path below the site of the page of a post at `file`; "" where a template has to say it (Jekyll's rule)."""
    if style == "jekyll-feed":
        return ""
    own = scalar(values, "url").strip()
    if own:
        return "/" + own.lstrip("/")
    return _hugo_path(file, scalar(values, "slug")) if style == "hugo" else _pelican_path(slug, values)


def _hugo_path(file: str, slug: str) -> str:
    folder, _, name = file.removeprefix("content/").rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem == "index":  # a bundle: its folder is the page
        folder, _, stem = folder.rpartition("/")
    path = "/".join(("", *(part for part in (folder, slug or stem) if part), ""))
    return re.sub(r"\s+", "-", path).lower()


def _pelican_path(slug: str, values: Mapping[str, Value]) -> str:
    title = scalar(values, "title")
    if "slug" not in values and title and title.isascii():
        slug = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip()).lower()
    return f"/{slug}.html"


def atom_id(style: IdStyle, base: str, path: str, slug: str, at: datetime | None) -> str:
    """The id that the generator gave to the post with this page, slug and date in the site's time zone.

    "" where its rule wants a date and there is none.
    """
    if style == "hugo":
        return absolute(base, path)
    if style == "jekyll-feed":
        return post_id(base, path, slug)
    if at is None:
        return ""
    parts = urlsplit(absolute(base, path))
    fragment = f"/{parts.fragment}" if parts.fragment else ""
    return f"tag:{parts.hostname},{at:%Y-%m-%d}:{parts.path}{fragment}"
