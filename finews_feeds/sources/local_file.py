"""A source that is a file of this machine: `file:` URLs (RFC 8089), read only where the operator opened a folder.

What comes of it is what a server would have answered, without header fields; so whatever reads answers reads files.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from finews_feeds.model import Answer, Failed, Representation

SCHEME = "file:"


def is_file(url: str) -> bool:
    """Whether a source's URL names a file."""
    return url[: len(SCHEME)].lower() == SCHEME


def read(url: str, base: Path, allowed: Iterable[Path], max_bytes: int) -> Answer:
    """The file as an answer; a relative path (`file:samples/a.xml`) starts from `base`.

    Links are followed before the folder is looked at: a link that leads out of an allowed folder opens nothing.
    """
    # loads an HTTP client, which a run that reads no such source can do without
    from urllib.request import url2pathname

    path = base / url2pathname(urlsplit(url).path)
    try:
        real = path.resolve(strict=True)
        if not any(real.is_relative_to(folder.resolve()) for folder in allowed):
            mend = f'if that is meant, add "{real.parent}" to http.allow_files'
            return Failed(url, f"{path} is in none of the folders of http.allow_files", mend)
        if not real.is_file():
            return Failed(url, f"{path} is no file", "name the file itself")
        with real.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError, RuntimeError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        return Failed(url, f"{path} cannot be read ({cause})", "check its path and rights")
    if len(body) > max_bytes:
        return Failed(url, f"it is larger than {max_bytes} bytes", "raise http.max_bytes, if that is meant")
    return Representation(url, 200, (), body)
