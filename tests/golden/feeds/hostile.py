"""What the outside can send: forbidden characters, links that run, ids that are none, persons without a name."""

from __future__ import annotations

from dataclasses import replace

from rendering import ENTRY, HEAD, Feed

from finews_feeds.model import Link, Person, Term, TermKind, Text

FEED = Feed(
    replace(HEAD, title="A\x00\ufffdB", subtitle="\ud800", author="\x08"),
    (
        replace(
            ENTRY,
            atom_id="not an iri \ud800",
            title="a\x00b\x85c\ufffdd\ufffee\ud800f\U0001fffeg\r\nh",
            link="javascript:alert(1)",
            links=(
                Link("data:text/html,x", "via"),
                Link("https://ok.example/a b|c%zz", "via", "not a type", "not a language", "t\x00\x07", -1),
                Link("/relative", "via"),
                Link("https://self.example/", "self"),
                Link("https://next.example/", "next-archive"),
                Link("https://odd.example/", "mirror"),
                Link("https://:@/", "related"),
            ),
            content=Text("<p>a\x08\ud800b ]]&gt;</p>", "html", "javascript:x"),
            authors=(Person(" "), Person("a\x00", "javascript:x", "no address"), Person("a")),
            terms=(Term(TermKind.TAG, "\x00", "x"), Term(TermKind.TAG, "c\x00#", "C\n#")),
            lang="中文",
            rights="\ufffd",
        ),
    ),
)
