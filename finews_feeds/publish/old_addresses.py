"""The addresses at which another generator published its feeds, for the subscribers of a site that moves over.

`feed.xml`, `feed/{category}.xml` and `feed/by_tag/{tag}.xml` are ours as they are jekyll-feed's, but for the case of
letters: jekyll-feed takes a name as it is spelled, and ours are folded, so that no two are one file on any disk.

- jekyll-feed (its `generator.rb`): `feed/{category}.xml`; `feed/by_tag/{tag}.xml` for tags of `[a-zA-Z0-9_]` alone.
- Hugo (gohugo.io, "Configure outputs", "Taxonomies"): `index.xml`, `categories/{name}/index.xml`,
  `tags/{name}/index.xml`, the name in lower case with hyphens for spaces.
- Pelican (its `settings.py`: FEED_ALL_ATOM, CATEGORY_FEED_ATOM): `feeds/all.atom.xml`, `feeds/{slug}.atom.xml`.

Known from their documents, and for jekyll-feed's tags from forks of it, not from the newest code.

A name that a slug would have to escape has no old address: that it is plain is what makes it safe on every disk.
"""

from __future__ import annotations

import re
import unicodedata

from finews_feeds.model import FeedKey, FeedKind
from finews_feeds.publish.slugs import feed_path, is_same_file, slug
from finews_feeds.settings import IdStyle

_JEKYLL_TAG = re.compile(r"[a-zA-Z0-9_]+")


def old_address(style: IdStyle, key: FeedKey, label: str) -> str:
    """The path, with suffix, of the Atom feed that the generator had for this; "" where it had none, or ours is it.

    One of jekyll-feed differs from our own by the case of letters alone, so nothing else can stand there: not on a
    disk that tells case apart, where no name of ours has capitals, nor on one that does not, where it is our own file.
    Two keys may have one address of Hugo or Pelican.
    """
    if style == "jekyll-feed":
        return _jekyll_address(key, label)
    if key.kind is FeedKind.ALL:
        return "index.xml" if style == "hugo" else "feeds/all.atom.xml"
    name = re.sub(r"[-\s]+", "-", key.key)
    if slug(name) != name:
        return ""
    if style == "hugo" and key.kind in (FeedKind.CATEGORY, FeedKind.TAG):
        return f"{'categories' if key.kind is FeedKind.CATEGORY else 'tags'}/{name}/index.xml"
    return f"feeds/{name}.atom.xml" if style == "pelican" and key.kind is FeedKind.CATEGORY else ""


def _jekyll_address(key: FeedKey, label: str) -> str:
    name = unicodedata.normalize("NFC", label)
    own = slug(key.key)
    is_given = key.kind is FeedKind.CATEGORY or (key.kind is FeedKind.TAG and bool(_JEKYLL_TAG.fullmatch(name)))
    if not is_given or name == own or not is_same_file(name, own):
        return ""
    return feed_path(key).removesuffix(own) + name + ".xml"
