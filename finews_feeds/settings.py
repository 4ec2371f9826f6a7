"""What the operator set, as frozen values. `config` makes them from TOML; rooms get the ones that they need.

Paths are absolute, spans are `timedelta`, sizes are bytes: whoever reads a setting has nothing left to interpret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

NaiveDates = Literal["local", "utc"]
Shown = Literal["full", "summary", "link"]
RetryScope = Literal["feed", "host", "domain"]
IdStyle = Literal["jekyll-feed", "hugo", "pelican"]


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`[site]`: who publishes, and under which address."""

    #: Ends in "/".
    url: str
    title: str
    language: str
    timezone: ZoneInfo
    author: str
    since: date
    subtitle: str = ""
    naive_dates: NaiveDates = "local"


@dataclass(frozen=True, slots=True)
class Theme:
    """The operator's own templates and assets, as they were when the config was read."""

    #: Stands for every name and byte; where the folder lies does not count.
    digest: str
    folder: Path = field(repr=False)
    #: Name below the folder, with "/" between its parts -> bytes: `.html` are templates, all others are published.
    files: tuple[tuple[str, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """`[output]`: where the site's files go, and how much stands in one feed."""

    dir: Path
    formats: tuple[str, ...] = ("atom",)
    limit: int = 100
    min_age: timedelta = timedelta(hours=48)
    max_bytes: int = 1024 * 1024
    slugs: Literal["unicode", "pinyin"] = "unicode"
    #: Content codings of the twins that stand beside each file.
    compress: tuple[str, ...] = ()
    #: An address below the output folder, and that of the feed to be had there now.
    moved: tuple[tuple[str, str], ...] = ()
    #: The addresses of feeds that are withdrawn.
    gone: tuple[str, ...] = ()
    #: WebSub hubs that are told of every change.
    hubs: tuple[str, ...] = ()
    #: Whether there is a feed of what is wrong, for the operator.
    problems: bool = False
    #: How many entries stand in an archive document of a feed; 0 for no archives.
    archives: int = 0
    #: How long a feed names what was withdrawn from it, measured from the newest thing in it; zero: not at all.
    tombstones: timedelta = timedelta(0)
    #: None: the pages look as they are shipped.
    theme: Theme | None = None


@dataclass(frozen=True, slots=True)
class PostsSettings:
    """`[[posts]]`: a folder of local posts."""

    name: str
    path: Path
    folders: tuple[str, ...] = ("_posts",)
    title: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: Which address is the alternate; None: the post's page where there is a `_config.yml`, else the original.
    link: Literal["post", "original"] | None = None
    rank: int = 0
    timezone: ZoneInfo | None = None
    naive_dates: NaiveDates | None = None
    #: Patterns of paragraphs that are left out of summary and content.
    strip: tuple[str, ...] = ()
    #: What of the content is published.
    content: Shown = "full"
    #: Another spelling of a term, and the label that it gets instead.
    alias: tuple[tuple[str, str], ...] = ()
    #: Terms that are left out.
    drop: tuple[str, ...] = ()
    #: The rights, and the URL of the licence, of entries that name none.
    rights: str = ""
    license: str = ""
    #: Whose ids, page addresses and feed addresses are kept.
    id_style: IdStyle = "jekyll-feed"
    #: A template of page addresses before all others; "" where the `_config.yml`, or the style, has the word.
    permalink: str = ""
    #: The folder of the rendered site that contents are read from.
    rendered: Path | None = None


@dataclass(frozen=True, slots=True)
class FeedSourceSettings:
    """`[[sources]]`: a feed that is polled."""

    name: str
    url: str
    #: The URL as it stands in the config, before secrets are filled in: the one that may be shown.
    shown_url: str = ""
    title: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=30)
    rank: int = 100
    timezone: ZoneInfo | None = None
    naive_dates: NaiveDates | None = None
    enabled: bool = True
    #: How many new entries one document may bring before it waits for the operator's word.
    max_new: int = 1000
    #: Patterns of paragraphs that are left out of summary and content.
    strip: tuple[str, ...] = ()
    #: What of the content is published.
    content: Shown = "full"
    #: Another spelling of a term, and the label that it gets instead.
    alias: tuple[tuple[str, str], ...] = ()
    #: Terms that are left out.
    drop: tuple[str, ...] = ()
    #: The rights, and the URL of the licence, of entries that name none.
    rights: str = ""
    license: str = ""
    #: Whom its Retry-After holds for; None: what `[http]` says.
    retry_after_scope: RetryScope | None = None
    #: Header fields for the origin of `url` and no other. Secrets are no part of what a config means, nor printed.
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    #: Basic credentials (RFC 7617), likewise for the origin of `url` alone; "" for none, or for those in `url`.
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    #: The list that it comes from, "" for the config itself; no part of what it means.
    listed_by: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListSettings:
    """`[[lists]]`: an OPML list of sources that is read again and again; it has a URL or a file."""

    name: str
    url: str = ""
    #: The URL as it stands in the config, before secrets are filled in.
    shown_url: str = ""
    file: Path | None = None
    interval: timedelta = timedelta(hours=1)
    enabled: bool = True
    #: Given to everything from its sources, beside what the list says.
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def shown_place(self) -> str:
        """Where it is, as it may be shown."""
        return str(self.file) if self.file is not None else self.shown_url


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`[http]`: how we ask."""

    allow_private: tuple[str, ...] = ()
    #: Folders that `file:` sources may be read from.
    allow_files: tuple[Path, ...] = ()
    contact: str = ""
    deadline: timedelta = timedelta(seconds=30)
    max_bytes: int = 10 * 1024 * 1024
    max_redirects: int = 10
    concurrency: int = 50
    #: Whom a Retry-After of 429 and 503 holds for: the feed, all feeds of its host, or of its registrable domain.
    retry_after_scope: RetryScope = "feed"
    #: How often a permanent redirect to a feed is met, and over which span, before its target is asked instead.
    redirect_confirmations: int = 3
    redirect_period: timedelta = timedelta(days=3)
    #: Whether a redirect may lead from https down to http.
    allow_downgrade: bool = False
    #: The proxy that all requests go through, "" for none.
    proxy: str = field(default="", repr=False)
    http2: bool = False
    #: How many entries of one document are read, from the first on.
    max_entries: int = 5000
    #: What the documents in hand may take together.
    max_memory: int = 64 * 1024 * 1024
    #: How long one document may take to be read.
    read_deadline: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """`[[feeds]]`: a feed of everything that a query matches."""

    name: str
    query: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class NearSettings:
    """`[near]`: entries of different sources that tell one story under different URLs."""

    #: Whether they link to one another (rel=related).
    show: bool = False
    #: The categories, in any spelling, within which they are published as one entry.
    merge: tuple[str, ...] = ()
    #: How far apart they may be published.
    within: timedelta = timedelta(hours=12)

    @property
    def is_on(self) -> bool:
        """Whether anything is asked for: else no text is compared and none is remembered."""
        return self.show or bool(self.merge)


@dataclass(frozen=True, slots=True)
class RuleText:
    """A file of the operator's own rules for canonical URLs, as it was when the config was read."""

    #: The file as faults and `explain` name it.
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: serving the site's files ourselves."""

    host: str
    port: int
    #: Where the whole internet reaches it, ending in "/"; "": nowhere, and no hub is asked to tell us anything.
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole config, checked and frozen."""

    file: Path
    site: SiteSettings
    store_url: str
    output: OutputSettings
    posts: tuple[PostsSettings, ...] = ()
    sources: tuple[FeedSourceSettings, ...] = ()
    lists: tuple[ListSettings, ...] = ()
    http: HttpSettings = HttpSettings()
    feeds: tuple[QuerySettings, ...] = ()
    server: ServerSettings | None = None
    near: NearSettings = NearSettings()
    #: `[urls] rules`: in the order of reading; later ones go before earlier ones.
    rules: tuple[RuleText, ...] = ()
