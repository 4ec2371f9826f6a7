"""A built site behind our own server on the loopback, and a browser that writes down what goes wrong in it.

Where no Chromium can be had every test is skipped, and says so: `python -m tests.programs` gets one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from finews_feeds.serve.app import App, Receive, Scope, Send, create_app
from tests.browser import sample
from tests.browser.chromium import launch
from tests.programs import needed
from tests.unit.serve.served import running

#: Long enough for a busy machine; nothing waits for it when all is well.
_PATIENCE_MS = 20_000
#: Resolves to the loopback, and is no secure context as that is: as a site without HTTPS.
PLAIN_HOST = "finews.test"


@dataclass
class Site:
    """Where the site is, and the folder that it is served from."""

    url: str
    folder: Path


@dataclass
class Visit:
    """One reader: pages of one window, and what was said and asked meanwhile."""

    context: BrowserContext
    site: Site
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(_PATIENCE_MS)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_message)
        self.context.on("weberror", lambda error: self.said.append(str(error.error)))

    def _note_request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _note_message(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")

    def open(self, path: str = "", host: str = "") -> Page:
        """A page of the site."""
        url = self.site.url if not host else self.site.url.replace("127.0.0.1", host)
        page = self.context.new_page()
        page.goto(url + path)
        return page

    def others(self) -> list[str]:
        """The requests that went to anybody but the site."""
        return [url for url in self.asked if urlsplit(url).hostname not in ("127.0.0.1", PLAIN_HOST)]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    needed("chromium")
    with sync_playwright() as playwright:
        started = launch(playwright, f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1")
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    apps: list[App] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[0](scope, receive, send)

    # the address stands in the pages, so the server has it before there are any
    with running(app) as client:
        url = f"http://127.0.0.1:{client.port}/"
        folder = sample.build(tmp_path_factory.mktemp("site") / "made", url)
        apps.append(create_app(folder, url, timedelta(minutes=1)))
        yield Site(url, folder)


@contextmanager
def visiting(browser: Browser, site: Site, **options: object) -> Iterator[Visit]:
    """A reader of their own; nothing may have been said on the console, nor asked of anybody else, when they leave."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    visit = Visit(context, site)
    try:
        yield visit
    finally:
        context.close()
    assert visit.said == []
    assert visit.others() == []


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    with ExitStack() as stack:
        yield Visitor(browser, site, stack)


@dataclass
class Visitor:
    """Makes visits that end with the test."""

    browser: Browser
    site: Site
    stack: ExitStack

    def __call__(self, **options: object) -> Visit:
        return self.stack.enter_context(visiting(self.browser, self.site, **options))
