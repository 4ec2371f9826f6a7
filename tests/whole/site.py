"""A site in a folder for one test: its config, its posts, its loopback sources, and what it published."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
SAMPLE = Path(__file__).parents[2] / "posts/_posts/2022-05-24-202205242390025644.md"


@dataclass
class WholeSite:
    """One operator's folder. `sources` are (name, url, more lines of TOML)."""

    folder: Path
    site: str = (
        'title = "金融消息"\ntimezone = "Asia/Shanghai"\nlanguage = "zh-CN"\nauthor = "ZNing"\nsince = 2021-12-01'
    )
    output: str = ""
    sources: list[tuple[str, str, str]] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)
    more: str = ""
    #: More lines of TOML for `[http]`.
    http: str = ""
    #: More lines of TOML for the posts folder.
    posts_more: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config" / "finews.toml"

    @property
    def public(self) -> Path:
        return self.folder / "public"

    def write(self) -> None:
        """Writes the config as it is now."""
        lines = ["[site]", 'url = "https://finews.example/"', self.site, "[output]", self.output]
        lines += ["[http]", f"allow_private = {json.dumps(self.allow)}", self.http]
        lines += [
            "[[posts]]",
            'name = "site"',
            'path = "../posts"',
            'folders = ["_posts", "old_post"]',
            self.posts_more,
        ]
        for name, url, more in self.sources:
            lines += ["[[sources]]", f'name = "{name}"', f'url = "{url}"', more]
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text("\n".join([*lines, self.more]) + "\n", "utf-8")
        (self.folder / "posts" / "_posts").mkdir(parents=True, exist_ok=True)

    def post(self, name: str, text: str | bytes, folder: str = "_posts") -> Path:
        """Writes a post."""
        file = self.folder / "posts" / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def jekyll(self) -> None:
        """Makes the posts folder a Jekyll site."""
        text = "url: https://finews.example\ntitle: 金融消息\ntimezone: Asia/Shanghai\n"
        (self.folder / "posts").mkdir(exist_ok=True)
        (self.folder / "posts" / "_config.yml").write_text(text, "utf-8")

    def run(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Runs the command line as a process of its own; gives its standard output."""
        done = self.start(*arguments, **environ)
        out, err = done.communicate(timeout=60)
        assert done.returncode == code, (arguments, done.returncode, out, err)
        return out + err if code else out

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Begins a process of the command line."""
        import os

        command = [
            sys.executable,
            "-X",
            "utf8",
            "-W",
            "error",
            "-m",
            "finews_feeds",
            "-c",
            str(self.config),
            *arguments,
        ]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **environ}, cwd=self.folder
        )

    def explained(self, what: str, code: int = 0) -> dict[str, Any]:
        """What `explain --json` says; it ends with 1 where nothing is known."""
        done = self.start("explain", what, "--json")
        out, err = done.communicate(timeout=60)
        assert done.returncode == code, (what, done.returncode, out, err)
        found: dict[str, Any] = json.loads(out)
        return found

    def build(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """One cycle; gives its report."""
        self.write()
        found: dict[str, Any] = json.loads(self.run("build", "--json", *arguments, **environ))
        return found

    def feed(self, path: str) -> etree._Element:
        """A published feed, read by a strict parser."""
        return etree.fromstring((self.public / path).read_bytes())

    def titles(self, path: str) -> list[str]:
        """The titles of a published feed's entries."""
        return [entry.findtext(ATOM + "title") or "" for entry in self.feed(path).iter(ATOM + "entry")]

    def feeds(self) -> list[str]:
        """The paths of all published Atom feeds."""
        return sorted(path.relative_to(self.public).as_posix() for path in self.public.rglob("*.xml"))

    def bytes(self) -> dict[str, bytes]:
        """Every published file."""
        return {
            path.relative_to(self.public).as_posix(): path.read_bytes()
            for path in sorted(self.public.rglob("*"))
            if path.is_file()
        }

    def stamps(self) -> dict[str, int]:
        """When each published file was last written."""
        return {
            path.relative_to(self.public).as_posix(): path.stat().st_mtime_ns
            for path in sorted(self.public.rglob("*"))
            if path.is_file()
        }
