"""A theme: the operator's templates before the shipped ones, and where in them a fault is.

A template of a theme stands for the shipped one of its name; `shipped/…` names that one all the same, so that
`{% extends "shipped/feed.html" %}` changes a block and keeps the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, FunctionLoader, PrefixLoader, TemplateSyntaxError

from finews_feeds.errors import ConfigError, Fault
from finews_feeds.settings import Theme

_MEND = "mend it, or take it out of the theme for the shipped one; docs/pages.md has what templates are given"


def loader(shipped: Path, theme: Theme | None) -> BaseLoader:
    """Loads templates from the folder of the shipped ones, and before that from the theme as it was read."""
    ours = FileSystemLoader(shipped)
    if theme is None:
        return ours
    texts = {name: data.decode() for name, data in theme.files if name.endswith(".html")}

    def own(name: str) -> tuple[str, str, None] | None:
        return (texts[name], str(theme.folder / name), None) if name in texts else None

    return ChoiceLoader([FunctionLoader(own), ours, PrefixLoader({"shipped": ours})])


@contextmanager
def faults_as_config(theme: Theme | None) -> Iterator[None]:
    """An error that a template of the theme raises, whatever it is, becomes a ConfigError with its file and line.

    What goes wrong in our own templates is ours, and is raised as it is.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        fault = _fault(error, theme) if theme else None
        if fault is None:
            raise
        raise ConfigError(fault) from error


def _fault(error: Exception, theme: Theme) -> Fault | None:
    place = _place(error, str(theme.folder))
    if place is None:
        return None
    said = " ".join(str(error).split()) or type(error).__name__
    cause = said if isinstance(error, TemplateSyntaxError) else f"{type(error).__name__}: {said}"
    return Fault(place, cause, _MEND)


def _place(error: Exception, folder: str) -> str | None:
    """File and line of the innermost template of the theme that the error came through."""
    if isinstance(error, TemplateSyntaxError) and (error.filename or "").startswith(folder):
        return f"{error.filename}:{error.lineno}"
    frames = [each for each in extract_tb(error.__traceback__) if each.filename.startswith(folder)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
