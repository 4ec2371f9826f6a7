"""Events for the log: a short name and key-values, as text or as JSON, one line each."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TextIO

_LOGGER = "finews_feeds"


def event(level: int, name: str, *, exc_info: bool = False, **fields: object) -> None:
    """Logs `name` with its fields; a field that is None or "" is left out."""
    logger = logging.getLogger(_LOGGER)
    if logger.isEnabledFor(level):
        said = {key: value for key, value in fields.items() if value is not None and value != ""}
        logger.log(level, name, exc_info=exc_info, extra={"fields": said})


def set_up(form: str = "text", level: int = logging.WARNING, stream: TextIO | None = None) -> None:
    """Sends events of at least `level` to `stream` (standard error) as "text" or "json"; replaces an earlier set-up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger = logging.getLogger(_LOGGER)
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False


class _Text(logging.Formatter):
    """`2026-11-23T10:00:00+00:00 INFO poll.ok source=ecb status=200`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_word(value)}" for key, value in _fields(record).items())
        line = " ".join(part for part in (_at(record), record.levelname, record.getMessage(), fields) if part)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    """One JSON object a line: at, level, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {"at": _at(record), "level": record.levelname.lower(), "event": record.getMessage()}
        said |= {
            key: value if isinstance(value, int | float) else _plain(value) for key, value in _fields(record).items()
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return fields


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    return str(value.value if isinstance(value, Enum) else value)


def _word(value: object) -> str:
    """A value as one word of a line: quoted where it has spaces or quotes, and never more than one line."""
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False) if not plain or any(c in plain for c in ' "=\n\r\t') else plain
