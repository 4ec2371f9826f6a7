"""What an entry costs on its way out, beside floors: `python -m benchmarks.render [POSTS]`.

A floor is what anybody pays who has the same library do the bare work. Every post goes through all steps before the
next one does, as it would in a build, so that no step is flattered by a warm cache; what is printed is the median, in
processor time.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from statistics import median
from time import thread_time_ns
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import nh3
from cmarkgfm import _cmark, cmark
from feedgen.entry import FeedEntry
from lxml.etree import tostring

from benchmarks.trees import make_tree
from finews_feeds.model import Entry, Link, Term, TermKind, Text
from finews_feeds.normalize.content import finish
from finews_feeds.publish.formats import renderer
from finews_feeds.settings import SiteSettings

_P = ParamSpec("_P")
_T = TypeVar("_T")
_URL = "https://finews.example/"
_SITE = SiteSettings(_URL, "金融消息", "zh-CN", ZoneInfo("Asia/Shanghai"), "ZNing", date(2021, 12, 1))
#: What is measured, and the floors below it.
_RATIOS = (
    ("content.finish", ("cmarkgfm alone", "nh3 alone")),
    ("atom fragment", ("bare feedgen",)),
    ("page fragment", ("joined strings",)),
)


def _entries(folder: Path) -> Iterator[Entry]:
    """The posts as they come out of the store; read by their manifest, so that nothing but the way out is measured."""
    for post in json.loads((folder / "manifest.json").read_text("utf-8"))["posts"]:
        body = (folder / post["file"]).read_text("utf-8").split("\n---\n", 1)[1]
        link = f"{_URL}{post['categories'][0]}/{post['id']}.html"
        at = datetime.fromisoformat(post["date"]).astimezone(UTC)
        digest = body.strip().removeprefix("> ").partition("\n")[0]
        kinds = ((TermKind.CATEGORY, "categories"), (TermKind.TAG, "tags"))
        yield Entry(
            atom_id=link.removesuffix(".html"),
            title=post["title"],
            link=link,
            published_at=at,
            updated_at=at,
            links=(Link(post["source_url"], "via"),),
            summary=None if post["shape"] == "medium" else Text(digest),
            content=Text(body, "markdown", link),
            terms=tuple(Term(kind, name.casefold(), name) for kind, names in kinds for name in post[names]),
            lang="zh-CN",
            sources=("site",),
        )


def _feedgen(entry: Entry, html: str) -> bytes:
    made = FeedEntry()
    made.id(entry.atom_id)
    made.title(entry.title)
    made.updated(entry.updated_at)
    made.published(entry.updated_at)
    made.author(name=_SITE.author)
    made.link(href=entry.link)
    made.content(html, type="html")
    if entry.summary:
        made.summary(entry.summary.value)
    made.category([{"term": term.key, "label": term.label, "scheme": _URL} for term in entry.terms])
    return tostring(made.atom_entry(), encoding="utf-8", pretty_print=True)


def _joined(entry: Entry) -> bytes:
    terms = "".join(f'<li><a href="{_URL}#{escape(term.key)}">{escape(term.label)}</a></li>' for term in entry.terms)
    summary = escape(entry.summary.value) if entry.summary else ""
    return (
        f'<article><h3><a href="{escape(entry.link)}">{escape(entry.title)}</a></h3><p>{entry.published_at}</p>'
        f"<p>{summary}</p><ul>{terms}</ul></article>"
    ).encode()


class _Watch:
    """Nanoseconds by step, a figure for each entry."""

    def __init__(self) -> None:
        self.spent: dict[str, list[int]] = {}

    def timed(self, step: str, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the work gives."""
        began = thread_time_ns()
        done = work(*args, **kwargs)
        self.spent.setdefault(step, []).append(thread_time_ns() - began)
        return done

    def microseconds(self, *steps: str) -> float:
        """The medians of these steps, added up."""
        return sum(median(self.spent[step]) for step in steps) / 1000


def _measured(entries: list[Entry]) -> _Watch:
    watch, cleaner = _Watch(), nh3.Cleaner()
    atom, page = renderer("atom"), renderer("page")
    for entry in entries:
        body = entry.content.value if entry.content else ""
        html = watch.timed("cmarkgfm alone", cmark.markdown_to_html_with_extensions, body, _cmark.lib.CMARK_OPT_UNSAFE)
        clean = watch.timed("nh3 alone", cleaner.clean, html)
        whole = replace(entry, content=watch.timed("content.finish", finish, entry.content))
        watch.timed("bare feedgen", _feedgen, entry, clean)
        watch.timed("atom fragment", atom.fragment, whole, _SITE)
        watch.timed("joined strings", _joined, entry)
        watch.timed("page fragment", page.fragment, whole, _SITE)
    return watch


def main(posts: int) -> None:
    """Measures on a tree of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "posts"
        make_tree(folder, posts)
        watch = _measured(list(_entries(folder)))
    print(f"{posts} posts{'':30}cpu")
    for step, floors in _RATIOS:
        for floor in floors:
            print(f"{floor:32}{watch.microseconds(floor):9.1f} us")
        ratio = watch.microseconds(step) / watch.microseconds(*floors)
        print(f"{step:32}{watch.microseconds(step):9.1f} us {ratio:8.2f} x {' + '.join(floors)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
