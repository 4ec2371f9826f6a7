"""What is true: articles, who carries each and what each carrier says of it; and everything that may happen to it.

A carrier's word counts from the moment in which the program could have read it: `deliver` notes that moment. What was
delivered stands until the carrier says otherwise, as sources forget entries all the time; only a post that is deleted
is taken back.

Known limits of what can be told from documents alone are kept out of the histories, each where it would arise: an entry
without id or address is named by its words, so nobody edits it; texts that share one origin are told apart by their
titles and by standing in one document, so nobody retitles them and no document holds one of them alone;
an id and a title that change within one poll are another article; an undated entry whose address and words change at
once is one, too, so those that move are dated. An address that is an id changes while the text stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from finews_feeds.normalize.urls import canonical_url
from tests.simulation.documents import WRITERS, Said, post
from tests.simulation.sites import PLACES, Place, spelled

BEGIN = datetime(2022, 5, 24, 1, tzinfo=UTC)
TAGS = ("chips", "银行", "bonds", "消费")
CATEGORIES = ("markets", "macro", "东财滚动新闻")
TITLES = ("早间新闻", "Morning briefing")
POSTS = "site"
#: A document that forgets nothing within a history.
WIDE = 100


@dataclass
class Carrier:
    """A source that is polled: how it writes, what it says at present, and how the config has it."""

    name: str
    format: str
    #: How it names entries: "url", "urn", "number" or "none".
    ids: str
    home: str
    categories: tuple[str, ...]
    rank: int = 100
    #: How many of its newest entries its document holds.
    window: int = WIDE
    #: An aggregator gives addresses of its own, with the original beside them.
    is_aggregator: bool = False
    is_down: bool = False
    is_configured: bool = True
    #: The operator's own words for its tags: (tag, label).
    alias: tuple[tuple[str, str], ...] = ()
    entries: dict[int, Said] = field(default_factory=dict)
    #: Articles whose id or title changed since the last delivery.
    fresh: set[int] = field(default_factory=set)

    def shown(self) -> list[Said]:
        """The entries of its document, newest first."""
        return list(self.entries.values())[: -self.window - 1 : -1]

    def document(self) -> bytes:
        """Its document as it is now."""
        return WRITERS[self.format](self.name, f"https://{self.home}", self.shown())


@dataclass
class LocalPost:
    """A post file: where it lies and what it says."""

    folder: str
    said: Said
    categories: tuple[str, ...]
    autolink: bool

    @property
    def path(self) -> str:
        return f"{self.folder}/2022-05-24-a{self.said.number}.md"

    def text(self) -> str:
        """The file."""
        return post(self.said, self.categories, self.autolink)


@dataclass(frozen=True)
class Article:
    """What is written about, and where it stands by right."""

    number: int
    place: Place
    title: str
    published_at: datetime | None
    #: The address: shared by translations of one text.
    address: int
    #: Whether it can be known by its address: a document's home page is nobody's.
    has_address: bool = True
    is_twin: bool = False


class World:
    """Carriers, posts and articles; the same for the same seed."""

    def __init__(self, rng: Random, carriers: int, *, redesigns: bool = True, all_dated: bool = False) -> None:
        self.rng = rng
        self.all_dated = all_dated
        self.now = BEGIN
        self.articles: list[Article] = []
        self.posts: dict[int, LocalPost] = {}
        self.is_jekyll = rng.random() < 0.5
        self.carriers = [self._carrier(number) for number in range(carriers)]
        self.redesigns = redesigns
        #: Carrier or folder, number -> what was delivered last.
        self.told: dict[tuple[str, int], Said] = {}
        self.told_categories: dict[int, tuple[str, ...]] = {}
        #: Article -> the other address to which some of its carriers have moved.
        self.moved: dict[int, str] = {}
        #: Those of which somebody who moved has been delivered: until then the two addresses are two articles to anyone.
        self.known_moves: set[int] = set()

    def _carrier(self, number: int) -> Carrier:
        rng = self.rng
        form = rng.choice(tuple(WRITERS))
        ids = "url" if form == "rdf" else rng.choice(("url", "urn", "number", "none"))
        return Carrier(
            name=f"s{number}",
            format=form,
            ids=ids,
            home=rng.choice(PLACES).home if rng.random() < 0.5 else f"s{number}.example/",
            categories=tuple(rng.sample(CATEGORIES, rng.choice((0, 1, 1, 2)))),
            rank=rng.choice((10, 100, 100)),
            window=rng.choice((3, WIDE)),
            is_aggregator=form == "rss" and ids != "url" and rng.random() < 0.4,
        )

    # --- what may happen ------------------------------------------------------------------------------------------

    def events(self) -> list[Callable[[], None]]:
        """Everything that may happen, the common things several times."""
        found = [self.publish] * 6 + [self.copy] * 4 + [self.respell] * 3 + [self.retitle, self.edit, self.retag] * 2
        found += [self.reguid, self.move_address, self.mend_slug, self.go_down, self.come_up, self.late_origin]
        found += [self.write_post, self.write_post, self.delete_post, self.restore_post, self.move_post, self.edit_post]
        found += [self.recategorize, self.rerank, self.rename, self.unsubscribe]
        return found + ([self.redesign] if self.redesigns else [])

    def publish(self) -> None:
        """A new article, at one carrier or several; at times two texts of one origin, or one without an address."""
        rng, number = self.rng, len(self.articles) + 1
        chance = rng.random()
        carrier = rng.choice(self.carriers)
        if chance < 0.08 and carrier.ids in ("urn", "number"):
            self._new(number, number, has_address=False)
            self._say(carrier, number)
        elif chance < 0.25 and carrier.ids in ("urn", "number") and carrier.window >= WIDE:
            twins = [self._new(number + step, number, is_twin=True) for step in range(2)]
            for each in twins:
                self._say(carrier, each.number)
            other = rng.choice(self.carriers)
            if other is not carrier:
                self._say(other, twins[0].number)
        else:
            self._new(number, number)
            for each in rng.sample(self.carriers, rng.randint(1, min(3, len(self.carriers)))):
                self._say(each, number)

    def _new(self, number: int, address: int, *, has_address: bool = True, is_twin: bool = False) -> Article:
        rng = self.rng
        title = rng.choice(TITLES) if rng.random() < 0.2 and not is_twin else f"Title of {number}"
        dated = rng.random() < 0.85 or self.all_dated
        at = self.now - timedelta(minutes=rng.randrange(600)) if dated else None
        place = self.articles[address - 1].place if address <= len(self.articles) else rng.choice(PLACES)
        found = Article(number, place, title, at, address, has_address, is_twin)
        self.articles.append(found)
        return found

    def _say(self, carrier: Carrier, number: int) -> None:
        """A carrier takes an article up."""
        rng, article = self.rng, self.articles[number - 1]
        url, original = self._url(carrier, article), ""
        identity = str(article.number)
        if carrier.is_aggregator and article.has_address and not article.is_twin:
            original = url if rng.random() < 0.8 else ""
            url = f"https://{carrier.name}.example/read/{number}?utm_source=feed"
            identity = identity if original else f"{identity} at {carrier.name}"
        said = Said(
            number=number,
            identity=identity,
            entry_id=None,
            url=url,
            original=original,
            title=article.title,
            words=f"Words, first of {carrier.name}.",
            tags=tuple(rng.sample(TAGS, rng.choice((0, 0, 1, 2)))),
            published_at=article.published_at,
        )
        carrier.entries[number] = replace(said, entry_id=self._id(carrier, said, 1))
        carrier.fresh.add(number)

    def _url(self, carrier: Carrier, article: Article) -> str:
        if not article.has_address:
            return f"https://{carrier.home}"
        if article.number in self.known_moves and self.rng.random() < 0.5:
            return self.moved[article.number]
        # an id that is an address is the address as the site itself has it
        return spelled(article.place, article.address, self.rng, plain=carrier.ids == "url" and self.rng.random() < 0.7)

    def _id(self, carrier: Carrier, said: Said, edition: int) -> str | None:
        if carrier.ids == "url":
            return said.url
        if carrier.ids == "none":
            return None
        own = f"{said.number}" if edition == 1 else f"{said.number}-{edition}"
        return own if carrier.ids == "number" else f"urn:x:{carrier.name}:{own}"

    def _any(self, *, stable: bool = True) -> tuple[Carrier, Said] | None:
        """Something that is said at present; `stable`: what may change its id or title without being another."""
        found = [
            (carrier, said)
            for carrier in self.carriers
            for number, said in carrier.entries.items()
            if not stable
            or (
                number not in carrier.fresh
                and self.articles[number - 1].has_address
                and not self.articles[number - 1].is_twin
                and said in carrier.shown()
            )
        ]
        return self.rng.choice(found) if found else None

    def copy(self) -> None:
        """Another carrier takes up what is there already."""
        able = [each for each in self.articles if each.has_address and not each.is_twin]
        carrier = self.rng.choice(self.carriers)
        article = self.rng.choice(able) if able else None
        if article and article.number not in carrier.entries:
            self._say(carrier, article.number)

    def respell(self) -> None:
        """Another spelling of the same address: http for https, another tracker, a mobile host."""
        found = self._any(stable=False)
        if found:
            self.respelled(*found)

    def respelled(self, carrier: Carrier, said: Said) -> None:
        """The same for one entry, where its address is the article's own."""
        article = self.articles[said.number - 1]
        if carrier.is_aggregator or not article.has_address or said.url == self.moved.get(said.number):
            return
        now = replace(said, url=spelled(article.place, article.address, self.rng))
        carrier.entries[said.number] = replace(now, entry_id=now.url if carrier.ids == "url" else said.entry_id)

    def retitle(self) -> None:
        """An editor changes a headline."""
        found = self._any()
        if found:
            self.retitled(*found)

    def retitled(self, carrier: Carrier, said: Said) -> None:
        """The same for one entry."""
        carrier.entries[said.number] = replace(said, title=f"{said.title} (again)"[-60:])
        carrier.fresh.add(said.number)

    def edit(self) -> None:
        """An editor changes the text."""
        found = self._any(stable=False)
        if found and not self._is_mended(*found):
            carrier, said = found
            carrier.entries[said.number] = replace(said, words=f"Words of {self.rng.randrange(1000)}.")

    def retag(self) -> None:
        """An editor changes the tags."""
        found = self._any(stable=False)
        if found and not self._is_mended(*found):
            carrier, said = found
            tags = tuple(self.rng.sample(TAGS, self.rng.choice((0, 1, 2))))
            carrier.entries[said.number] = replace(said, tags=tags)

    def reguid(self) -> None:
        """An entry gets another id."""
        found = self._any()
        if found:
            self.reguided(*found)

    def reguided(self, carrier: Carrier, said: Said) -> None:
        """The same for one entry, where its id is not its address."""
        if carrier.ids not in ("urn", "number"):
            return
        edition = self.rng.randint(2, 99)
        carrier.entries[said.number] = replace(said, entry_id=self._id(carrier, said, edition))
        carrier.fresh.add(said.number)

    def redesign(self) -> None:
        """A carrier's new software gives every entry another id, and every address another spelling."""
        carrier = self.rng.choice(self.carriers)
        for said in list(carrier.entries.values()):
            article = self.articles[said.number - 1]
            if said.number not in carrier.fresh and article.has_address and said in carrier.shown():
                self.reguided(carrier, said)

    def move_address(self) -> None:
        """At one carrier an article with an id of its own moves to another address; whoever else has it, stays."""
        found = self._any()
        if not found or found[0].ids not in ("urn", "number") or found[0].is_aggregator:
            return
        carrier, said = found
        if self._has_moment(said):
            self._move(carrier, said, self.moved.setdefault(said.number, f"https://new.example/{said.number}.html"))

    def mend_slug(self) -> None:
        """An article whose id is its address gets another one on the same host."""
        found = self._any()
        if not found or found[0].ids not in ("url", "none") or found[0].is_aggregator:
            return
        carrier, said = found
        alike = [each for each in carrier.entries.values() if each.title == said.title]
        if len(alike) > 1 or not self._has_moment(said) or self.told.get((carrier.name, said.number)) != said:
            return
        host = urlsplit(canonical_url(said.url)).netloc
        url = self.moved.get(said.number, f"https://{host}/mended/{said.number}.html")
        if urlsplit(url).netloc == host:
            self.moved[said.number] = url
            self._move(carrier, said, url)

    def _has_moment(self, said: Said) -> bool:
        """Whether its date proves that it is the same article elsewhere: a full or half hour may be a day's midnight."""
        return said.published_at is not None and said.published_at.minute % 30 != 0

    def _is_mended(self, carrier: Carrier, said: Said) -> bool:
        """Whether an address that is its id changed since it was read: then its text stays as it is."""
        return carrier.ids in ("url", "none") and said.number in carrier.fresh and said.number in self.moved

    def _move(self, carrier: Carrier, said: Said, url: str) -> None:
        if said.url != url:
            carrier.entries[said.number] = replace(
                said, url=url, entry_id=url if carrier.ids == "url" else said.entry_id
            )
            carrier.fresh.add(said.number)

    def late_origin(self) -> None:
        """An aggregator names the original of what it carried as its own."""
        found = self._any()
        if found and found[0].is_aggregator and found[0].ids != "none" and not found[1].original:
            carrier, said = found
            article = self.articles[said.number - 1]
            original = spelled(article.place, article.address, self.rng)
            carrier.entries[said.number] = replace(said, original=original, identity=str(said.number))
            carrier.fresh.add(said.number)

    def go_down(self) -> None:
        """A carrier cannot be reached."""
        self.rng.choice(self.carriers).is_down = True

    def come_up(self) -> None:
        """All carriers can be reached again."""
        for each in self.carriers:
            each.is_down = False

    def write_post(self) -> None:
        """A post of our own, or of an article that others carry."""
        rng = self.rng
        if self.articles and rng.random() < 0.6:
            article = rng.choice(self.articles)
        else:
            article = self._new(len(self.articles) + 1, len(self.articles) + 1)
        if article.number in self.posts or article.is_twin or not article.has_address:
            return
        carried = any(article.number in each.entries for each in self.carriers)
        url = spelled(article.place, article.address, rng) if carried or rng.random() < 0.7 else ""
        if url and article.number in self.known_moves and rng.random() < 0.5:
            url = self.moved[article.number]
        if not url:
            # without an original it is known by its file alone
            self.articles[article.number - 1] = replace(article, has_address=False)
        said = Said(
            number=article.number,
            identity=str(article.number),
            entry_id=None,
            url=url,
            title=f"Post: {article.title}",
            words="Words of ours.",
            tags=tuple(rng.sample(TAGS, rng.choice((0, 1, 1)))),
            published_at=article.published_at or BEGIN,
        )
        categories = (rng.choice(("markets", "macro")),)
        self.posts[article.number] = LocalPost("_posts", said, categories, rng.random() < 0.5)

    def _post(self) -> LocalPost | None:
        return self.rng.choice(list(self.posts.values())) if self.posts else None

    def delete_post(self) -> None:
        """A post is deleted; it may come back."""
        found = self._post()
        if found:
            self.posts.pop(found.said.number)
            self._deleted = found

    def restore_post(self) -> None:
        """The post that was deleted last comes back."""
        found: LocalPost | None = getattr(self, "_deleted", None)
        if found and found.said.number not in self.posts:
            self.posts[found.said.number] = found

    def move_post(self) -> None:
        """A post is moved to the archive, or back."""
        found = self._post()
        if found:
            found.folder = "old_post" if found.folder == "_posts" else "_posts"

    def edit_post(self) -> None:
        """A post gets another title and other tags."""
        found = self._post()
        if found:
            tags = tuple(self.rng.sample(TAGS, self.rng.choice((0, 1, 2))))
            found.said = replace(found.said, title=f"Post, edited {self.rng.randrange(9)}", tags=tags)

    def recategorize(self) -> None:
        """The operator gives a source other categories."""
        self.rng.choice(self.carriers).categories = tuple(self.rng.sample(CATEGORIES, self.rng.choice((0, 1, 2))))

    def rerank(self) -> None:
        """The operator gives a source another rank."""
        self.rng.choice(self.carriers).rank = self.rng.choice((1, 10, 100, 200))

    def rename(self) -> None:
        """The operator has another word for a source's tag, or takes it back."""
        carrier = self.rng.choice(self.carriers)
        carrier.alias = () if carrier.alias else ((self.rng.choice(TAGS), "半导体"),)

    def unsubscribe(self) -> None:
        """The operator takes a source out of the config, or puts it back."""
        found = self.rng.choice(self.carriers)
        found.is_configured = not found.is_configured

    # --- what is to be seen ---------------------------------------------------------------------------------------

    def deliver(self, polled: bool = True) -> None:
        """Notes that a cycle has read the posts, and the documents where it `polled`."""
        for carrier in self.carriers if polled else []:
            if carrier.is_configured and not carrier.is_down:
                for said in carrier.shown():
                    self.told[carrier.name, said.number] = said
                    self.known_moves |= {said.number} if said.url == self.moved.get(said.number) else set()
                    carrier.fresh.discard(said.number)
        for key in [key for key in self.told if key[0] == POSTS and key[1] not in self.posts]:
            del self.told[key]
        for number, each in self.posts.items():
            self.told[POSTS, number] = each.said
            self.told_categories[number] = each.categories

    def standing(self) -> dict[str, list[tuple[str, Said]]]:
        """Identity -> (carrier, what it says), of everything that is to be published now."""
        names = {POSTS, *(each.name for each in self.carriers if each.is_configured)}
        found: dict[str, list[tuple[str, Said]]] = {}
        for (name, _), said in self.told.items():
            if name in names:
                found.setdefault(said.identity, []).append((name, said))
        return found

    def expected(self) -> dict[str, Counter[int]]:
        """Path of each feed that has entries -> how often each article stands in it."""
        given = {each.name: each.categories for each in self.carriers}
        renamed = {each.name: dict(each.alias) for each in self.carriers}
        feeds: dict[str, Counter[int]] = {"feed.xml": Counter()}
        for sayings in self.standing().values():
            number = sayings[0][1].number
            paths = {"feed.xml"}
            for name, said in sayings:
                categories = self.told_categories[number] if name == POSTS else given[name]
                paths.add(f"feed/by_source/{name}.xml")
                paths.update(f"feed/{each}.xml" for each in categories)
                paths.update(f"feed/by_tag/{renamed.get(name, {}).get(each, each)}.xml" for each in said.tags)
            for path in paths:
                feeds.setdefault(path, Counter())[number] += 1
        return feeds
