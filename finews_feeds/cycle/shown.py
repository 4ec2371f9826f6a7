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
        return url
    parts = urlsplit(url)
    return masked(source, urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))) + ("?…" if parts.query else "")


def shown_state(source: FeedSourceSettings, state: SourceState) -> SourceState:
    """A source's state as it may be told."""
    if source.url == source.shown_url:
        return state
    error, mend = masked(source, state.error), masked(source, state.mend)
    return replace(state, error=error, mend=mend, moved_to=shown_address(source, state.moved_to))


def _secrets(source: FeedSourceSettings) -> dict[str, str]:
    """What the environment filled in, raw and percent-encoded, and how the config spells each."""
    if source.url == source.shown_url:
        return {}
    spelled = [match[0] for match in VARIABLE.finditer(source.shown_url)]
    literals = [re.escape(part) for part in VARIABLE.split(source.shown_url)[::2]]
    match = re.fullmatch("(.*?)".join(literals), source.url, re.DOTALL)
    filled = zip(match.groups(), spelled, strict=True) if match else ()
    return {form: name for value, name in filled if value for form in (value, quote(value, safe=""))}
