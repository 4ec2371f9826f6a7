"""The theme that a cycle goes by: tried out as a whole before anything is read, asked or published."""

from __future__ import annotations

from finews_feeds.cycle.context import Context
from finews_feeds.errors import ConfigError, Fault
from finews_feeds.settings import Theme


def check_theme(context: Context) -> None:
    """ConfigError with every fault of a theme that differs from the one that the site was last published with.

    A theme is the operator's config: a fault of it ends the run, and the site stays as it is, whole and in its look.
    """
    theme = context.settings.output.theme
    if theme is None or context.store.meta("rendering") == context.digest_of_rendering():
        return
    faults = theme_faults(theme)
    if faults:
        raise ConfigError(*faults)


def theme_faults(theme: Theme | None) -> tuple[Fault, ...]:
    """Everything that is wrong with the operator's templates, each with its file and line."""
    if theme is None:
        return ()
    from finews_feeds.publish.rehearsed_theme import faults_of

    return faults_of(theme)
