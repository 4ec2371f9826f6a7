"""`problems.xml`: an Atom feed of what is wrong, for the operator's own reader (`[output] problems`).

A problem is one entry for as long as it lasts: its id stands for what is wrong with whom since when, and `updated`
moves only with what the entry says. What it says is remembered first and written then, so that a cycle that was ended
in between leaves the same bytes to the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from finews_feeds.cycle.context import Context, digest_of
from finews_feeds.cycle.health import gone_since, is_silent, silent_since
from finews_feeds.cycle.lists import state_of
from finews_feeds.cycle.shown import masked, shown_state
from finews_feeds.errors import Fault
from finews_feeds.model import Entry, FeedHead, FeedKey, FeedKind, FindingKind, SourceCondition, SourceState, Text
from finews_feeds.settings import FeedSourceSettings

PATH = "problems.xml"
#: What is remembered of the problems, and what stands for the file that was written of them.
_META, _WRITTEN = "problems", "problems_written"
#: Of many things left out so many are named; `build --json` has them all.
_MOST_NAMED = 20
_NOT_SHOWN = (SourceCondition.PAUSED, SourceCondition.NEW)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its kind, whom it befalls, since when ("" until it is remembered), and the words."""

    kind: str
    name: str
    since: str
    title: str
    text: str
    updated: str = ""

    @property
    def is_told_by(self) -> tuple[str, str]:
        """What decides whether two are the same problem, whatever is said of it."""
        return self.kind, self.name


def publish_problems(context: Context) -> None:
    """Writes the feed of problems where anything in it changed; takes it away where it is not wanted any more."""
    if not context.settings.output.problems:
        _withdraw(context)
        return
    updated, problems = _remembered(context)
    told = digest_of((context.digest_of_rendering(), updated, problems))
    if context.store.meta(_WRITTEN) == told and context.site.exists(PATH) and not context.options.full:
        return
    if context.site.write(PATH, _document(context, updated, problems)):
        context.report.files_written.append(PATH)
    context.site.flush()
    with context.store.transaction() as tx:
        tx.put_meta(_WRITTEN, told)


def _withdraw(context: Context) -> None:
    """It may name what is nobody else's business, so it goes with the key that it came with."""
    if not context.store.meta(_WRITTEN):
        return
    context.site.remove(PATH)
    context.site.flush()
    with context.store.transaction() as tx:
        tx.put_meta(_WRITTEN, "")
        tx.put_meta(_META, "")


def _remembered(context: Context) -> tuple[str, list[Problem]]:
    """When the feed last changed, "" for never, and the problems of now with their instants, in the order of names."""
    kept = json.loads(context.store.meta(_META) or '{"updated": "", "problems": []}')
    known = {(each := Problem(**row)).is_told_by: each for row in kept["problems"]}
    now = context.now.isoformat()
    problems = sorted(
        (_carried(each, known.get(each.is_told_by), now) for each in _problems(context)),
        key=lambda each: each.is_told_by,
    )
    rows = [asdict(each) for each in problems]
    if rows == kept["problems"]:
        return kept["updated"], problems
    with context.store.transaction() as tx:
        tx.put_meta(_META, json.dumps({"updated": now, "problems": rows}, ensure_ascii=False))
    return now, problems


def _carried(new: Problem, known: Problem | None, now: str) -> Problem:
    """A problem with its instants: those it had, as far as it is the same one and says the same."""
    since = new.since or (known.since if known else now)
    is_same = known is not None and known.since == since and (known.title, known.text) == (new.title, new.text)
    updated = known.updated if known and is_same else now
    return Problem(new.kind, new.name, since, new.title, new.text, updated)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _problems(context: Context) -> Iterator[Problem]:
    for each in context.settings.sources:
        state = context.states.get(each.name)
        if each.enabled and state is not None and state.url == each.shown_url:
            yield from _of_source(context, each, shown_state(each, state))
    for listing in context.settings.lists:
        if listing.enabled:
            asked = FeedSourceSettings(listing.name, listing.url, listing.shown_place)
            yield from _of_source(context, asked, shown_state(asked, state_of(listing, context.states)))
    for folder in context.settings.posts:
        if not folder.path.is_dir():
            text = f"{folder.path} is not there. Make it, or mend posts.{folder.name}.path; its entries stay meanwhile."
            yield Problem("missing", folder.name, "", f"{folder.name}: the folder is missing", text)
    left_out = [each for each in context.report.post_findings if each.kind is FindingKind.SKIPPED]
    if left_out:
        lines = [f"{each.place}: {each.what}; {each.mend}" for each in left_out]
        yield Problem("left out", "posts", "", f"{len(left_out)} posts are left out", _named(lines))
    yield from (_of_fault(each) for each in context.report.faults)


def _of_source(context: Context, source: FeedSourceSettings, state: SourceState) -> Iterator[Problem]:
    if state.condition in _NOT_SHOWN:
        return
    wrong = _condition(context, source, state)
    if wrong:
        title, kind, since, text = wrong
        told = since.isoformat() if since else ""
        yield Problem(kind, source.name, told, f"{source.name} {title}", f"{source.shown_url}\n{text}")
    left_out = [each for each in state.findings if each.kind is FindingKind.SKIPPED]
    if left_out:
        lines = [masked(source, f"{each.place}: {each.what}; {each.mend}") for each in left_out]
        title = f"{source.name}: {len(left_out)} entries of its last document are left out"
        yield Problem("left out", source.name, "", title, _named(lines))


def _condition(
    context: Context, source: FeedSourceSettings, state: SourceState
) -> tuple[str, str, datetime | None, str] | None:
    """What is wrong with a source as a whole: in a few words, of which kind, since when, and what to do."""
    said = f"{state.error}. Mend: {state.mend}." if state.mend else f"{state.error}."
    if state.condition is SourceCondition.GONE:
        return "is gone", "gone", gone_since(state), said
    if state.condition is SourceCondition.QUARANTINED:
        return "is in quarantine", "quarantined", None, said
    if state.error:
        last = f" It last answered {_when(context, state.last_ok_at)}." if state.last_ok_at else ""
        return "is failing", "failing", state.failing_since, said + last
    if state.moved_to:
        text = f"It has moved to {state.moved_to}. Mend: write that into sources.{source.name}.url."
        return "has moved", "moved", None, text
    if is_silent(state, context.now):
        since = silent_since(state)
        text = f"It answers, and its newest entry is of {_when(context, since)}. Mend: see whether it is given up."
        return "is silent", "silent", since, text
    return None


def _of_fault(fault: Fault) -> Problem:
    return Problem("fault", fault.place, "", f"{fault.place}: {fault.cause}", f"{fault}")


def _named(lines: list[str]) -> str:
    more = len(lines) - _MOST_NAMED
    return "\n".join([*lines[:_MOST_NAMED], *([f"… and {more} more"] if more > 0 else [])])


def _when(context: Context, at: datetime | None) -> str:
    zone = context.settings.site.timezone
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds") if at else "-"


# --- the document -----------------------------------------------------------------------------------------------------


def _document(context: Context, updated: str, problems: list[Problem]) -> bytes:
    from finews_feeds.cycle.rendering import began_at
    from finews_feeds.publish.formats import renderer
    from finews_feeds.publish.slugs import address

    site, atom = context.settings.site, renderer("atom")
    url = address(site.url, PATH)
    head = FeedHead(
        key=FeedKey(FeedKind.QUERY, "problems"),
        path="problems",
        atom_id=url,
        title=f"Problems – {site.title}",
        subtitle="",
        self_url=url,
        page_url=site.url,
        updated_at=datetime.fromisoformat(updated) if updated else began_at(site),
        author=site.author,
        lang="en",
    )
    newest_first = sorted(problems, key=lambda each: each.updated, reverse=True)
    return atom.document(head, [atom.fragment(_entry(context, each), site) for each in newest_first], site)


def _entry(context: Context, problem: Problem) -> Entry:
    site = context.settings.site
    told = "\0".join((problem.kind, problem.name, problem.since))
    number = sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return Entry(
        atom_id=f"tag:{urlsplit(site.url).hostname},{site.since}:problem/{number}",
        title=problem.title,
        link="",
        published_at=datetime.fromisoformat(problem.since),
        updated_at=datetime.fromisoformat(problem.updated),
        content=Text(problem.text),
        lang="en",
    )
