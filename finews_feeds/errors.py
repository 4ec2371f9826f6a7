"""Every error that the program raises on purpose, and the one shape of their messages.

FinewsError
├── ConfigError      the config or the command line is wrong          exit 2
├── StoreError       the store could not be opened, read or written   exit 3
├── OutputError      the site's folder could not be written           exit 3
├── FetchError       one source could not be asked                    listed, never ends a run
└── ParseError       one document could not be read as a feed         listed, never ends a run

A message answers three questions, in this order: which file or URL (and key, line), what is wrong, what mends it.
Expected outcomes (unchanged, gone, nothing new) are values of `model`, not exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, and how to mend it.

    `place` is a file, a URL or `file: key`; `mend` is an order to the operator, "" where nothing can be done.
    """

    place: str
    cause: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.cause}" + (f"; {self.mend}" if self.mend else "")


class FinewsError(Exception):
    """The base of all errors of this program; carries one or more faults."""

    #: What the process ends with when this error ends it.
    exit_code = 1

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class ConfigError(FinewsError):
    """The config file, the environment or the command line is wrong; holds every fault found, not only the first."""

    exit_code = 2


class StoreError(FinewsError):
    """The store is missing, locked for too long, damaged, or written by a newer program."""

    exit_code = 3


class OutputError(FinewsError):
    """The output folder, or a file in it, could not be written."""

    exit_code = 3


class FetchError(FinewsError):
    """A source could not be asked, or its answer may not be used."""


class ParseError(FinewsError):
    """A document is no feed that we can read."""
