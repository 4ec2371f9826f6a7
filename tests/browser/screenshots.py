"""The pictures in docs/screenshots: `make screenshots`.

The same site as in the tests, under an address that reads well: what the browser asks of it is answered from the folder.
"""

from __future__ import annotations

import mimetypes
import tempfile
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from playwright.sync_api import Route, ViewportSize, sync_playwright

from tests.browser import sample
from tests.browser.chromium import launch

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
URL = "https://finews.example/"
PAGES = {"index": "", "feed": "feed/by_tag/" + quote("芯片") + ".html"}
SIZES = {"desktop": ViewportSize(width=1200, height=860), "phone": ViewportSize(width=390, height=844)}


def take(site: Path, into: Path) -> None:
    """Every page in every size, light and dark, as `{page}-{size}-{scheme}.png`."""

    def answer(route: Route) -> None:
        path = unquote(urlsplit(route.request.url).path).lstrip("/") or "index.html"
        route.fulfill(path=site / path, content_type=mimetypes.guess_type(path)[0] or "text/plain")

    into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(color_scheme=scheme, viewport=viewport, locale="zh-CN")
                context.route(f"{URL}**", answer)
                for name, path in PAGES.items():
                    page = context.new_page()
                    page.goto(URL + path)
                    page.screenshot(path=into / f"{name}-{size}-{scheme}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take(sample.build(Path(folder) / "site", URL), FOLDER)
