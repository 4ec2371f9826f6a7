"""The sealing of a feed's history: what its document has no room for goes into archive documents, for ever.

Rules
- An entry that is in no archive document of the feed, or has changed since, is unsealed; all of these stand in the
  feed's own document, beside the newest ones. So that document and the archives are the whole feed at every moment, and
  of an entry that stands in several of them the newest document has the newest version (RFC 5005 §4).
- The oldest unsealed ones are sealed, so many in a document as `[output] archives` says and as `max_bytes` takes: when
  they fill a document without those that the feed shows anyway, or when the feed's document has not room for all.
- What was sealed is noted before its file is written, and the feed's document is written last. Killed in between, the
  next run finds the note, and the file comes from there: no number is ever given to other bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from finews_feeds.cycle.rendering import Form, Past, Rendering
from finews_feeds.model import FeedHead
from finews_feeds.publish.archives import archive_path
from finews_feeds.publish.select import fitting
from finews_feeds.publish.slugs import address
from finews_feeds.store.protocol import EntryRow, FeedRow, Sealed


class Sealing:
    """The archives of all feeds as a rendering adds to them."""

    def __init__(self, rendering: Rendering) -> None:
        self.rendering = rendering
        self.context = rendering.context
        self.numbers = self.context.store.history().archives()

    def listed(self, form: Form, row: FeedRow, window: Sequence[EntryRow], past: Past) -> tuple[list[EntryRow], Past]:
        """What stands in a feed's own document, newest first, and what leads on from it; the rest has been sealed."""
        history = self.context.store.history()
        most = self.context.settings.output.archives
        unsealed = history.unsealed(row.row)
        shown = {each.row for each in window}
        beyond = [each for each in unsealed if each not in shown]
        while (chunk := self.chunk(form, row, beyond[:most])) and (len(chunk) == most or len(chunk) < len(beyond)):
            self.seal(form, row, chunk)
            beyond = beyond[len(chunk) :]
        sealed = set(unsealed).difference(beyond, shown)
        unsealed = [each for each in unsealed if each not in sealed]
        while True:
            past = replace(past, prev_archive_url=self.url(row, self.numbers.get(row.row, 0)))
            entries = in_order([*window, *history.entries(beyond)])
            self.rendering.fill(entries, [form])
            left_out = {each.row for each in entries[self.fit(form, entries, partial(self.head, row, past)) :]}
            if left_out.isdisjoint(unsealed):
                return entries, past
            chunk = self.chunk(form, row, unsealed[:most])
            self.seal(form, row, chunk)
            sealed = {each.row for each in chunk}
            unsealed = unsealed[len(chunk) :]
            beyond = [each for each in beyond if each not in sealed]

    def chunk(self, form: Form, row: FeedRow, rows: Sequence[int]) -> list[EntryRow]:
        """The first of these entries, as many as one archive document takes, and one at least."""
        entries = self.context.store.history().entries(rows)
        self.rendering.fill(entries, [form])
        return entries[: self.fit(form, entries, partial(self.archive_head, row))]

    def fit(self, form: Form, entries: Sequence[EntryRow], head_of: Callable[[Sequence[EntryRow]], FeedHead]) -> int:
        """How many of these entries stand in one document, below the head that it has then."""
        site, max_bytes = self.context.settings.site, self.context.settings.output.max_bytes
        sizes = [len(each) for each in form.fragments(entries, max_bytes)]
        count = len(entries)
        while True:
            head_bytes = len(form.renderer.document(head_of(entries[:count]), (), site))
            fit = fitting(sizes[:count], head_bytes, max_bytes)
            if fit == count:
                return fit
            count = fit

    def head(self, row: FeedRow, past: Past, entries: Sequence[EntryRow]) -> FeedHead:
        """The head of a feed's own document in which these entries stand."""
        return self.rendering.head(row, self.rendering.updated_at(row, entries), past)

    def archive_head(self, row: FeedRow, entries: Sequence[EntryRow]) -> FeedHead:
        """The head of a feed's next archive document in which these entries stand."""
        number = self.numbers.get(row.row, 0)
        head = self.rendering.head(row, self.rendering.updated_at(row, entries), Past())
        return replace(
            head,
            self_url=self.url(row, number + 1),
            current_url=head.self_url,
            prev_archive_url=self.url(row, number),
            hubs=(),
        )

    def seal(self, form: Form, row: FeedRow, chunk: Sequence[EntryRow]) -> None:
        """Makes, notes and writes a feed's next archive document, in which these entries stand."""
        entries, site = in_order(chunk), self.context.settings.site
        fragments = [form.cached[each.row][1] for each in entries]
        data = form.renderer.document(self.archive_head(row, entries), fragments, site)
        opening, _, closing = data.partition(b"".join(fragments))
        sealed = Sealed((opening, *fragments, closing), site.url, {each.row: each.digest for each in entries})
        with self.context.store.transaction() as tx:
            # the address and id of a feed are fixed before anything names them
            tx.put_feed(row)
            number = self.numbers[row.row] = tx.history().seal(row.row, sealed)
            self.rendering.keep_fragments(tx)
        path = archive_path(row.path, number)
        if self.context.site.write(path, data):
            self.context.report.files_written.append(path)

    def url(self, row: FeedRow, number: int) -> str:
        """The URL of an archive document; "" for number 0."""
        return address(self.context.settings.site.url, archive_path(row.path, number)) if number else ""


def in_order(entries: Sequence[EntryRow]) -> list[EntryRow]:
    """The entries as they stand in any document: newest first by `sort_at`, then by `atom_id`."""
    by_id = sorted(entries, key=lambda each: each.atom_id)
    return sorted(by_id, key=lambda each: each.sort_at, reverse=True)
