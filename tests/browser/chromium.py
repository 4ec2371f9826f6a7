"""A real Chromium: where it is, and how it is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """The program: what FINEWS_CHROMIUM names, else the system's, else Playwright's own; "" where there is none."""
    found = os.environ.get("FINEWS_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "")
    return found or _playwrights()


def _playwrights() -> str:
    # the headless shell has another name than the browser that Playwright tells of
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    shells = sorted(folder.glob("chromium*/*/*hell")) + sorted(folder.glob("chromium*/*/chrome"))
    if shells:
        return str(shells[-1])
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """A browser without a window; root may have no sandbox, and the pages are our own."""
    flags = [*arguments, "--disable-dev-shm-usage", "--no-sandbox"]
    return playwright.chromium.launch(executable_path=executable(), args=flags)
