"""The operator's files of rules for canonical URLs: which they are, and their text; what it means is others' to say.

They are read together with the config, so that nobody sees half a change of them later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from finews_feeds.config.values import show
from finews_feeds.settings import RuleText

#: The folder beside the config whose `*.toml` are the rules where `[urls] rules` does not say otherwise.
FOLDER = "rules"


def read_rule_files(
    folder: Path, patterns: tuple[str, ...] | None, fault: Callable[[str, str, str], None]
) -> tuple[RuleText, ...]:
    """The files that the patterns name below `folder`, each once, in the order of the patterns and then of their names.

    None stands for the default, of which nothing need be there. `fault` is told the key, the cause and the mend of each
    pattern that names nothing and of each file that cannot be read.
    """
    if patterns is None:
        patterns = (f"{FOLDER}/*.toml",) if (folder / FOLDER).is_dir() else ()
        found = [path for pattern in patterns for path in _matching(folder, pattern)]
    else:
        found = list(_named(folder, patterns, fault))
    texts = (_read(path, fault) for path in dict.fromkeys(found))
    return tuple(text for text in texts if text is not None)


def _named(folder: Path, patterns: tuple[str, ...], fault: Callable[[str, str, str], None]) -> Iterator[Path]:
    for pattern in patterns:
        paths = _matching(folder, pattern)
        if not paths:
            mend = "mend it, or take it out: rules that vanish unseen would part entries"
            fault("urls.rules", f"{show(pattern)} names no file", mend)
        yield from paths


def _matching(folder: Path, pattern: str) -> list[Path]:
    if (folder / pattern).exists():
        return [folder / pattern]
    from glob import escape, glob

    # `Path.glob` takes no absolute pattern, and takes what an editor hides behind a dot
    whole = pattern if Path(pattern).is_absolute() else f"{escape(str(folder))}/{pattern}"
    return sorted(map(Path, glob(whole)))  # noqa: PTH207


def _read(path: Path, fault: Callable[[str, str, str], None]) -> RuleText | None:
    try:
        return RuleText(str(path), path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        fault("urls.rules", f"{path} cannot be read ({error.strerror})", "check its path and rights")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault("urls.rules", f"{path}:{line} is not UTF-8", "save it as UTF-8")
    return None
