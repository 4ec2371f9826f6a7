"""The operator's theme: the files of one folder, read with the config, so that nobody sees half a change of them.

What the templates mean is others' to say; here is only what may be a file of a theme.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from finews_feeds.config.values import show
from finews_feeds.settings import Theme

#: What a page may load, and what stands at the root of a site. Everything else, such as a README, stays where it is.
_ASSETS = frozenset(
    ".css .js .svg .png .jpg .jpeg .webp .avif .gif .ico .woff .woff2 .txt .webmanifest".split()  # noqa: SIM905
)
_TEMPLATE = ".html"
#: Together: each page's reader loads what it needs of them, and the program holds them all.
_MOST_BYTES = 16 * 1024 * 1024
#: Folders of the site that are the feeds' and the snippets' own.
_TAKEN = ("feed", "snippets", "shipped")


def read_theme(folder: Path | None, fault: Callable[[str, str, str], None]) -> Theme | None:
    """The theme in `folder`; None without one, or where there is a fault, of which `fault` is told key, cause and mend.

    Hidden files, and folders that begin with a dot, are no part of it.
    """
    if folder is None:
        return None
    if not folder.is_dir():
        fault("output.theme", f"there is no folder {folder}", "make it, or leave the key out for the shipped pages")
        return None
    faults: list[tuple[str, str]] = []
    files = sorted((path.relative_to(folder).as_posix(), path) for path in _paths(folder, faults))
    read = tuple((name, _read(name, path, faults)) for name, path in files)
    if sum(len(data) for _, data in read) > _MOST_BYTES:
        faults.append(("its files are larger than 16 MiB together", "keep only what pages load in it"))
    for cause, mend in faults:
        fault("output.theme", cause, mend)
    told = sha256(repr(read).encode("utf-8", "surrogatepass")).hexdigest()
    return None if faults else Theme(told, folder, read)


def _paths(folder: Path, faults: list[tuple[str, str]]) -> Iterator[Path]:
    def cannot(error: OSError) -> None:
        faults.append((f"{error.filename} cannot be read ({error.strerror})", "check its path and rights"))

    for root, folders, names in os.walk(folder, onerror=cannot):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(root, name)
            if not name.startswith(".") and path.suffix in (_TEMPLATE, *_ASSETS) and path.is_file():
                yield path


def _read(name: str, path: Path, faults: list[tuple[str, str]]) -> bytes:
    if name.split("/")[0] in _TAKEN:
        faults.append((f"{path}: the folder {show(name.split('/')[0])} is not the theme's", "give it another name"))
    try:
        data = path.read_bytes()
        if path.suffix == _TEMPLATE:
            data.decode()
    except OSError as error:
        faults.append((f"{path} cannot be read ({error.strerror})", "check its path and rights"))
        return b""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append((f"{path}:{line} is not UTF-8", "save it as UTF-8"))
        return b""
    return data
