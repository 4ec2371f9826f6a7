"""A local post: from the bytes of one file to the entry that it is, as Jekyll means it.

The reader has two duties: to mean what Jekyll means, and to lose nothing. A file that Jekyll would refuse (broken YAML,
a wrong encoding, an impossible date, no front matter) is read as far as its text allows, and each repair is a finding.
Only a file without any text, a binary one, and one that its author withholds give no entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from finews_feeds.model import ParsedPost, Person, SourceEntry, Text, TextKind
from finews_feeds.settings import PostsSettings, SiteSettings
from finews_feeds.sources import front_matter, generators
from finews_feeds.sources import post_body as bodies
from finews_feeds.sources import post_fields as fields
from finews_feeds.sources.front_matter import FrontMatter, looks_torn
from finews_feeds.sources.jekyll import JekyllConfig, flag, scalar, with_defaults
from finews_feeds.sources.notes import Notes, line_at
from finews_feeds.sources.permalink import Page, Permalink, absolute, site_base
from finews_feeds.sources.post_bytes import bare, decode
from finews_feeds.sources.post_name import EXTENSIONS, PostName, PostNames
from finews_feeds.sources.values import Quoted, Value

__all__ = ["PostReader", "ReadDate", "ReadPage", "looks_torn"]

#: Reads any spelling of a date into an aware instant; None where it cannot.
ReadDate = Callable[[str], datetime | None]
#: The markup of a post's content on its rendered page, by the page's path; "" where it has none.
ReadPage = Callable[[str], str]

_SLUG_BREAK = re.compile(r"[\W_]+")
_SLUG_WORD = re.compile(r"[^\W\d_]{2,}\Z")
#: A YAML 1.1 timestamp without an offset, which is in UTC to Jekyll; without seconds it is no timestamp, but words.
_TIMESTAMP = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?\Z", re.ASCII)
#: What a reader of dates leaves open, and Ruby's `Time.parse` does not: the day stands before the month.
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(?=\s|\Z)(.*)", re.ASCII)
_PAGES = frozenset({"readme", "index", "license", "changelog", "contributing", "template"})
_NAME_IT = 'name it "YYYY-MM-DD-name.md"'
_ABSOLUTE = re.compile(r"https?://[^\s/]\S*\Z", re.IGNORECASE)


class PostReader:
    """Parses the posts of one folder; pure, and never raises, whatever the bytes."""

    def __init__(
        self,
        settings: PostsSettings,
        site: SiteSettings,
        config: JekyllConfig | None,
        read_date: ReadDate,
        read_page: ReadPage | None = None,
    ) -> None:
        """`config` is the folder's `_config.yml`, None where there is none; `read_date` knows every spelling.

        With `read_page` contents come from the rendered site.
        """
        self._is_jekyll = config is not None
        self._config = config or JekyllConfig()
        self._read_date = read_date
        self._names = PostNames(settings.folders)
        self._zone = _zone(self._config.timezone) or settings.timezone or site.timezone
        self._base = site_base(self._config.url, self._config.baseurl) or site_base(site.url) or site.url.rstrip("/")
        self._style = settings.id_style
        self._is_fixed = bool(settings.permalink)
        self._permalink = Permalink(settings.permalink or self._config.permalink)
        self._read_page = read_page
        holders = (self._config.source, self._config.collections_dir)
        self._holders = tuple(tuple(holder.split("/")) for holder in holders if holder)
        self._collections = {
            f"_{label}": Permalink(template) if template else None
            for label, template in self._config.collections.items()
        }
        self._authors = fields.people(self._config.author, self._config.authors)

    def parse(self, path: str, data: bytes) -> ParsedPost:
        """The entry of the post at `path` (relative to the site, "/" between folders), and what had to be mended."""
        notes = Notes(path)
        if not data or data.isspace():
            notes.skipped(1, "the file is empty", "left out; write it again or delete it")
            return ParsedPost(None, notes.findings)
        text = decode(data, notes)
        if text is None:
            return ParsedPost(None, notes.findings)
        name = self._names.read(path)
        front = front_matter.read(text, notes)
        values = self._with_defaults(front.values, path, name)
        withheld = self._withheld(values, name)
        if withheld:
            notes.withheld(_line_of("published", text, front), withheld, "left out, as its author says")
            return ParsedPost(None, notes.findings, is_published=False)
        if self._is_page(name, values):
            notes.skipped(1, "a page among the posts, without a date in its name or front matter", _NAME_IT)
            return ParsedPost(None, notes.findings)
        if not _has_substance(front, values, name, notes, self.collection(name) != "posts"):
            return ParsedPost(None, notes.findings)
        entry = _Reading(self, path, name, text, front, values, notes).entry()
        return ParsedPost(entry, notes.findings)

    def _with_defaults(self, values: dict[str, Value], path: str, name: PostName) -> dict[str, Value]:
        if not self._config.defaults:
            return values
        for holder in (self._config.source, self._config.collections_dir):
            path = path.removeprefix(f"{holder}/") if holder else path
        label = self.collection(name)
        kinds = ("posts", "drafts") if name.is_draft else (label,)
        return with_defaults(values, self._config.defaults, path, kinds)

    def _is_page(self, name: PostName, values: Mapping[str, Value]) -> bool:
        """Whether a file is what people put beside posts; to Jekyll no file without a date in its name is a post.

        Any other one is taken for a post whose date was forgotten: better one too many than one lost.
        """
        is_ruled = self._is_jekyll and self.collection(name) == "posts" and name.in_folder
        return is_ruled and "date" not in values and name.stem.lower() in _PAGES

    def collection(self, name: PostName) -> str:
        """The label of the collection that a post is of: `posts`, but for a folder that the config gives another."""
        folder = name.folder.rpartition("/")[2]
        return folder[1:] if folder in self._collections else "posts"

    def _withheld(self, values: Mapping[str, Value], name: PostName) -> str:
        """Why the author keeps the post back, "" where they do not."""
        if "published" in values and not self._config.unpublished:
            if flag(values, "published") is False:
                return "published: false"
            # a key without a value is no yes to Jekyll, and it asks for one
            if values["published"] is None and self._is_jekyll:
                return "published: without a value"
        if not self._config.show_drafts and (name.is_draft or ("draft" in values and flag(values, "draft"))):
            return "a draft"
        return ""

    def above(self, name: PostName) -> tuple[str, ...]:
        """The folders above that are categories: not those that hold the site, or all collections."""
        above = name.above
        for holder in self._holders:
            above = above[len(holder) :] if above[: len(holder)] == holder else above
        return above

    def local(self, spelled: str, *, is_quoted: bool) -> datetime | None:
        """The instant in the site's own time zone, as Jekyll builds addresses from it; None where it is no date.

        Plain and without an offset it is UTC to Jekyll (YAML 1.1 timestamps), in quotes it is local time.
        """
        try:
            if spelled[10:11] not in (" ", "T"):
                return self._local_by_rules(spelled, is_quoted=is_quoted)
            if len(spelled) == 25 and spelled[19] == " ":
                at = datetime.fromisoformat(spelled[:19] + spelled[20:])
            elif len(spelled) == 19:
                at = datetime.fromisoformat(spelled)
                at = at.replace(tzinfo=UTC if self._is_jekyll and not is_quoted else self._zone)
            else:
                return self._local_by_rules(spelled, is_quoted=is_quoted)
            return at.astimezone(self._zone)
        except (ValueError, OverflowError):
            return self._local_by_rules(spelled, is_quoted=is_quoted)

    def _local_by_rules(self, spelled: str, *, is_quoted: bool) -> datetime | None:
        is_timestamp = self._is_jekyll and not is_quoted and _TIMESTAMP.match(spelled)
        at = self._read_date(f"{spelled}Z" if is_timestamp else spelled)
        try:
            return at.astimezone(self._zone) if at is not None else None
        except (ValueError, OverflowError):
            return None

    def is_date(self, spelled: str) -> bool:
        """Whether the date can be read at all."""
        return self.local(spelled, is_quoted=False) is not None

    def page_path(self, file: str, page: Page, values: Mapping[str, Value]) -> str:
        """The path of a post's page: by its own `permalink`, else by the config's, else by that of its generator."""
        own = scalar(values, "permalink")
        if own:
            return Permalink(own, {}).path(page)
        if page.collection != "posts" and not self._is_fixed:
            template = self._collections[f"_{page.collection}"]
            return template.path(page) if template else ""
        styled = "" if self._is_fixed else generators.page_path(self._style, file, page.slug, values)
        return styled or self._permalink.path(page)

    def address(self, tag: str, named: str) -> str | None:
        """What `{% post_url named %}` or `{% link named %}` gives; None where the other file would have to be read."""
        file = named.lstrip("/") if tag == "link" else f"_posts/{named.lstrip('/')}.md"
        name = self._names.read(file)
        if not name.in_folder:
            is_page = file.endswith(tuple(EXTENSIONS))
            return None if is_page or not file else f"/{self._config.baseurl.strip('/')}/{file}".replace("//", "/")
        own = scalar(self._with_defaults({}, file, name), "permalink")
        template = Permalink(own, {}) if own else self._permalink
        if name.day is None or not template.is_by_name or self.collection(name) != "posts":
            return None
        path = template.path(Page(name.day, name.slug, (), name.stem, name.below))
        return f"/{self._config.baseurl.strip('/')}{path}".replace("//", "/")

    def atom_id(self, path: str, page: Page, is_dated: bool) -> str:
        """The id that the generator gave the post; "" where it gave none, so that one is minted."""
        # to Jekyll a file without a day in its name is no post
        if not path or (self._style == "jekyll-feed" and page.collection == "posts" and not is_dated):
            return ""
        return generators.atom_id(self._style, self._base, path, page.slug, page.at)

    def read_page(self, path: str) -> str | None:
        """What the rendered page has as content; None where contents are not read from pages."""
        return self._read_page(path) if self._read_page else None

    def people(self, values: Mapping[str, Value]) -> tuple[Person, ...]:
        """The post's authors, else those of the site."""
        for key in ("author", "authors"):
            if key in values:
                found = fields.people(values[key], self._config.authors)
                if found:
                    return found
        return self._authors

    @property
    def base(self) -> str:
        """What stands before the path of every page."""
        return self._base

    @property
    def config(self) -> JekyllConfig:
        """The site's settings, or Jekyll's defaults."""
        return self._config


class _Reading:
    """One post on its way to an entry: what the fields are made of, handed from step to step."""

    __slots__ = ("_front", "_name", "_notes", "_path", "_reader", "_text", "_values")

    def __init__(
        self,
        reader: PostReader,
        path: str,
        name: PostName,
        text: str,
        front: FrontMatter,
        values: dict[str, Value],
        notes: Notes,
    ) -> None:
        self._reader, self._path, self._name, self._text = reader, path, name, text
        self._front, self._values, self._notes = front, values, notes

    def entry(self) -> SourceEntry:
        values, name, base = self._values, self._name, self._reader.base
        published, at = self._dates()
        above = self._reader.above(name)
        shelves = fields.categories(values, above)
        slug = (scalar(values, "slug") if "slug" in values else "") or name.slug
        below = f"/{'/'.join(above)}{name.below}" if above else name.below
        page = Page(at, slug, shelves, name.stem, below, self._reader.collection(name), name.page_extension)
        path = self._reader.page_path(self._path, page, values)
        lang = fields.first_scalar(values, ("lang", "language"))[1]
        # jekyll-polyglot moves the pages of a language below its folder, and leaves their ids as they are
        shown = f"/{lang}{path}" if path and lang in self._reader.config.languages else path
        link = absolute(base, shown) if path else ""
        rendered = self._rendered(shown)
        body = self._body(path, slug, is_used=not rendered)
        body, original = self._original(body)
        summary = self._summary(body, link or original)
        return SourceEntry(
            entry_id=name.key,
            title=Text(self._title(summary, body)),
            link=link,
            original=original,
            identity_urls=(original or link,) if original or link else (),
            own_atom_id=self._reader.atom_id(path, page, name.is_dated),
            summary=summary,
            content=self._content(rendered, body, link or original),
            published=published,
            updated=self._updated(),
            authors=self._reader.people(values),
            terms=fields.terms(shelves, fields.tags(values)),
            links=fields.image(values, base) if "image" in values else (),
            lang=lang or self._reader.config.lang,
            rights=fields.first_scalar(values, ("rights", "copyright", "license"))[1],
        )

    @property
    def _kind(self) -> TextKind:
        return "html" if self._name.is_html else "markdown"

    def _line(self, key: str) -> int:
        return _line_of(key, self._text, self._front)

    # --- dates ---

    def _dates(self) -> tuple[str, datetime | None]:
        """The date as spelled, and the same in the site's time zone for the page's address."""
        value = self._values.get("date")
        spelled = str(value).strip() if isinstance(value, str) else ""
        if spelled:
            is_quoted = isinstance(value, Quoted)
            at = self._reader.local(spelled, is_quoted=is_quoted)
            if at is None and (day_first := _SLASHED.fullmatch(spelled)):
                day, month, year, rest = day_first.groups()
                spelled = f"{year}-{month:0>2}-{day:0>2}{rest}"
                at = self._reader.local(spelled, is_quoted=True)
            if at is not None:
                return spelled, at
            self._note_date(f'the date "{spelled[:40]}" cannot be read')
        elif self._name.day is None and not self._name.is_draft:
            self._note_date("there is no date, neither in the front matter nor in the file's name")
        elif "date" in self._front.values:
            self._note_date("the date is empty")
        day = self._name.day
        if day is not None and not self._reader.is_date(day.date().isoformat()):
            what = f"the day of the file's name is not believable: {day.date().isoformat()}"
            self._notes.repaired(1, what, "the time when it was first seen is used")
        return (day.date().isoformat(), day) if day is not None else ("", None)

    def _note_date(self, what: str) -> None:
        mend = "the day of the file's name is used" if self._name.day else "the time when it was first seen is used"
        self._notes.repaired(self._line("date"), what, mend)

    def _updated(self) -> str:
        key, spelled = fields.first_scalar(self._values, fields.UPDATED_KEYS)
        if spelled and not self._reader.is_date(spelled):
            self._notes.repaired(self._line(key), f'{key}: "{spelled[:40]}" cannot be read as a date', "left out")
            return ""
        return spelled

    # --- text ---

    def _rendered(self, path: str) -> str:
        """The content on the post's rendered page; "" where it is to be made of the file."""
        found = self._reader.read_page(path)
        if found == "":
            what = f"the rendered site has no page {path or 'for it'} with its content"
            self._notes.repaired(1, what, "its own text is used; render the site, or mend posts.rendered")
        return found or ""

    def _content(self, rendered: str, body: str, base: str) -> Text | None:
        if rendered:
            return Text(rendered, "html", base)
        return Text(body, self._kind, base) if body else None

    def _body(self, path: str, slug: str, *, is_used: bool) -> str:
        body = self._front.body.strip("\n")
        if not bodies.has_liquid(body) or flag(self._values, "render_with_liquid") is False:
            return body
        from finews_feeds.sources import liquid  # few posts have any, and starting is to be quick

        page: dict[str, Value] = {**self._values, "url": path, "slug": slug, "path": self._path}
        config, base = self._reader.config, self._reader.base
        address = self._reader.address
        done = liquid.render(body, config.data, page, base, is_html=self._name.is_html, address=address)
        if done.count and is_used:
            start = self._text.rfind(body) if body else 0
            more = f" and {done.count - 1} more" if done.count > 1 else ""
            what = f"template markup that only Jekyll can run: {' '.join(done.left_out.split())[:60]}{more}"
            self._notes.repaired(line_at(self._text, start + done.offset), what, "left out of the text")
        return done.text

    def _original(self, body: str) -> tuple[str, str]:
        """The body, and the URL of the article that the post was taken from (DESIGN §4.1), "" where none is named."""
        original = self._named_original()
        links = bodies.closing_autolinks(body)
        if "" in links:
            self._notes.repaired(self._line_in_body("\n<>"), 'an autolink without a URL, "<>"', "left out")
            body = bodies.without_empty_autolinks(body)
        urls = [url for url in links if url]
        if not original and len(urls) == 1:
            original = urls[0]
        return body, original

    def _line_in_body(self, needle: str) -> int:
        return line_at(self._text, max(0, self._text.rfind(needle) + 1))

    def _named_original(self) -> str:
        for key in fields.ORIGINAL_KEYS:
            spelled = scalar(self._values, key).strip() if key in self._values else ""
            if spelled and _ABSOLUTE.match(spelled):
                return spelled
            if spelled:
                self._notes.repaired(self._line(key), f'{key}: "{spelled[:60]}" is no absolute URL', "left out")
        return ""

    def _summary(self, body: str, base: str) -> Text | None:
        key, spelled = fields.first_scalar(self._values, ("description", "excerpt", "summary"))
        if spelled:
            return Text(spelled, "text" if key == "description" else "markdown", base)
        own = self._values.get("excerpt_separator")
        separator = str(own) if isinstance(own, str) else self._reader.config.excerpt_separator
        digest = bodies.digest(body, separator) if separator else ""
        return Text(digest, self._kind, base) if digest else None

    def _title(self, summary: Text | None, body: str) -> str:
        value = self._values.get("title")
        title = bare(str(value)).strip() if isinstance(value, str) else ""
        if value is not None and not isinstance(value, str):
            title = self._spelled_title()
        if title:
            return " ".join(title.split()) if "\n" in title or "  " in title else title
        if self._front.line and "title" not in self._values and _is_wordy(self._name.slug):
            return _titled(self._name.slug)
        made = bodies.title_of(summary.value if summary else "") or bodies.title_of(body)
        if self._front.line:  # where there is no front matter at all, one finding has said so
            origin = "made of its first words" if made else "made of the file's name"
            self._notes.repaired(self._line("title"), "the title is empty", origin)
        return made or _titled(self._name.slug) or self._name.key

    def _spelled_title(self) -> str:
        """A title that YAML reads as a list or mapping, as the author spelled it: `title: [快讯]`."""
        match = re.search(r"^[ \t]*title[ \t]*:(.*)$", self._text, re.MULTILINE)
        return match.group(1).strip() if match else ""


def _has_substance(
    front: FrontMatter, values: Mapping[str, Value], name: PostName, notes: Notes, is_free: bool
) -> bool:
    """Whether there is anything to publish; says so where not, and where the file is no post to Jekyll."""
    if not scalar(values, "title").strip() and not front.body.strip():
        notes.skipped(1, "the file has neither a title nor any text", "left out; write it again or delete it")
        return False
    is_named = name.is_dated or name.is_draft or is_free
    if not front.line:
        if not is_named:
            notes.skipped(1, "no post: no date in its name and no front matter", _NAME_IT)
            return False
        notes.repaired(1, "there is no front matter", "title and date are taken from the text and the file's name")
    elif not is_named and name.in_folder:
        notes.repaired(1, "the file's name does not begin with a date", f"read all the same; {_NAME_IT}")
    return True


def _line_of(key: str, text: str, front: FrontMatter) -> int:
    match = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*:", text, re.MULTILINE) if front.line else None
    return line_at(text, match.start()) if match else max(1, front.line)


def _is_wordy(slug: str) -> bool:
    """Whether a slug is made of words: `my-first-post`, not `NW202205242390025644`."""
    return any(_SLUG_WORD.match(part) for part in _SLUG_BREAK.split(slug))


def _titled(slug: str) -> str:
    return " ".join(part.capitalize() for part in slug.split("-") if part)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        return None
