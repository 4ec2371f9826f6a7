"""What may be shown of a source whose address has a secret: what gives the secret away is left out."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

from finews_feeds.config.load import VARIABLE
from finews_feeds.config.values import CONTROLS
from finews_feeds.model import SourceState
from finews_feeds.settings import FeedSourceSettings


def masked(source: FeedSourceSettings, text: str) -> str:
    """The text with each secret of the source's address spelled as in the config, `${NAME}`."""
    for value, spelled in sorted(_secrets(source).items(), key=lambda each: -len(each[0])):
        text = text.replace(value, spelled)
    return text


def shown_address(source: FeedSourceSettings, url: str) -> str:
    """An address that the source led to, such as a redirect's: without its query where the source has a secret.

    A server may well hand the secret on in another spelling than ours.
    """
    url = CONTROLS.sub("", url)
    if source.url == source.shown_url or not url:
        return masked(source, url)
    parts = urlsplit(url)
    return masked(source, urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))) + ("?…" if parts.query else "")


def shown_state(source: FeedSourceSettings, state: SourceState) -> SourceState:
    """A source's state as it may be told."""
    if source.url == source.shown_url and not _hidden(source):
        return state
    error, mend = masked(source, state.error), masked(source, state.mend)
    moved_to, asked_url = shown_address(source, state.moved_to), shown_address(source, state.asked_url)
    return replace(state, error=error, mend=mend, moved_to=moved_to, asked_url=asked_url)


def _secrets(source: FeedSourceSettings) -> dict[str, str]:
    """What the environment filled in, raw and percent-encoded, and how the config spells each."""
    if source.url == source.shown_url:
        return _hidden(source)
    spelled = [match[0] for match in VARIABLE.finditer(source.shown_url)]
    literals = [re.escape(part) for part in VARIABLE.split(source.shown_url)[::2]]
    match = re.fullmatch("(.*?)".join(literals), source.url, re.DOTALL)
    filled = zip(match.groups(), spelled, strict=True) if match else ()
    found = {form: name for value, name in filled if value for form in (value, quote(value, safe=""))}
    return _hidden(source) | found


def _hidden(source: FeedSourceSettings) -> dict[str, str]:
    """The header fields and the credentials, which are shown in no spelling; a short one may be any word."""
    told = (*(value for _, value in source.headers), source.user, source.password)
    return {form: "…" for value in told if len(value) > 3 for form in (value, quote(value, safe=""))}
