"""robots.txt (RFC 9309): which pages of a site a program may look at to find its feeds.

Feeds are made for programs and are asked without it, as every reader does; pages are made for people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from finews_feeds.errors import Fault
from finews_feeds.model import Answer, Failed, Representation
from finews_feeds.sources.private import origin
from finews_feeds.sources.redirects import bare

#: What a group of rules calls us (RFC 9309 §2.2.1): the User-Agent without version and remarks.
PRODUCT_TOKEN = "finews_feeds"  # noqa: S105  # no password
#: "Crawlers SHOULD impose a parsing limit … at least 500 kibibytes" (§2.5).
_MAX_BYTES = 512 * 1024


class Robots:
    """The rules of all sites that are met, each asked for once; `ask` fetches a URL and follows its redirects."""

    def __init__(self, ask: Callable[[str], Awaitable[Answer]]) -> None:
        self._ask = ask
        #: Origin -> its rules, or what came instead.
        self._known: dict[tuple[str, str | None, int | None], Protego | Failed] = {}

    async def refusal(self, url: str) -> Fault | None:
        """Why the page at `url` may not be asked, None where it may.

        No robots.txt (any 4xx) allows everything, and so does one that redirects without end; one that cannot be
        reached, and an error of the server's, forbid everything (§2.3.1). Rules hold for the origin that they were
        asked of, wherever it keeps them.
        """
        site = origin(url)
        if site not in self._known:
            self._known[site] = _rules(await self._ask(_place(url)))
        rules = self._known[site]
        if isinstance(rules, Failed):
            cause = f"its robots.txt cannot be asked ({rules.error}), and without it no page may be"
            return Fault(bare(url), cause, rules.mend)
        if rules.can_fetch(url, PRODUCT_TOKEN):
            return None
        mend = "give the address of the feed itself; if this is it, write it into the config by hand"
        return Fault(bare(url), "its robots.txt forbids programs to ask for this page", mend)


def _place(url: str) -> str:
    parts = urlsplit(bare(url))
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))


def _rules(answer: Answer) -> Protego | Failed:
    if isinstance(answer, Failed) and not 300 <= (answer.status or 0) < 500:
        return answer
    body = answer.body[:_MAX_BYTES] if isinstance(answer, Representation) else b""
    return Protego.parse(body.decode("utf-8-sig", "replace"))
