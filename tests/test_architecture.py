"""Imports run one way (DESIGN §2): only the spine imports the rooms, and no room imports another."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "finews_feeds"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
ROOMS = {"sources", "normalize", "store", "publish", "serve"}
LEAVES = {"errors", "model", "settings"}

#: Which parts of the package each part may import, beside itself.
MAY_IMPORT = {
    "errors": set(),
    "model": set(),
    "settings": set(),
    "log": set(),
    "config": LEAVES,
    **dict.fromkeys(ROOMS, LEAVES),
    "cycle": LEAVES | ROOMS | {"log", "config"},
    "daemon": LEAVES | {"cycle", "config", "log"},
    "cli": LEAVES | {"cycle", "config", "log", "daemon"},
    "__main__": {"cli"},
    "__init__": set(),
}

#: Each library has one place, so that it can be exchanged there.
LIBRARY_IN = {
    "httpx": {"sources/lean.py", "publish/websub.py"},
    "httpcore": {"sources/pools.py"},
    "h11": {"sources/connections.py"},
    "feedparser": {"sources/feed.py", "sources/feed_tree.py", "sources/feed_xml.py", "sources/feed_fields.py"},
    "feedgen": {"publish/"},
    "apscheduler": {"daemon.py"},
    "sqlite3": {"store/"},
    "starlette": {"serve/"},
    "uvicorn": {"serve/"},
    "httptools": {"serve/"},
    "uvloop": {"serve/"},
    "jinja2": {"publish/"},
    "lark": {"publish/"},
    "watchfiles": {"daemon.py"},
    "tomlkit": {"config/"},
    "rich": {"cli/"},
    "argparse": {"cli/"},
    "publicsuffixlist": {"sources/scopes.py"},
    "protego": {"sources/robots.py"},
}


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports anywhere, absolute."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its direction"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_part_imports_only_what_it_may(path: Path) -> None:
    part = part_of(path)
    ours = {name.split(".")[1] for name in imports_of(path) if name.startswith("finews_feeds.")}
    # the package's own version is everybody's to read
    ours -= {"__version__", part}
    assert ours <= MAY_IMPORT[part]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_library_stands_in_its_place_alone(path: Path) -> None:
    used = {name.split(".")[0] for name in imports_of(path)} & LIBRARY_IN.keys()
    for library in used:
        assert any(name_of(path).startswith(place) for place in LIBRARY_IN[library]), library


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in ROOMS], ids=name_of)
def test_no_room_reads_the_clock(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            # `self.now` and the like are values that were handed in
            assert not (isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}), node.lineno
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in {("time", "time"), ("time", "time_ns")}, node.lineno


def test_asking_sources_loads_no_command_line_program_of_httpx() -> None:
    import subprocess

    code = (
        "import sys, finews_feeds.cycle.asking; print({'rich', 'click', 'pygments'} & sys.modules.keys()); "
        "import httpx._main; print(httpx._main.main.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # and whoever wants it can have it
    assert done.stdout.split() == ["set()", "main"]


def test_every_module_says_what_it_is() -> None:
    for path in MODULES:
        words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        assert len(words) > 10, path


@pytest.mark.parametrize("command", ["build", "explain"])
def test_a_build_with_nothing_to_do_and_an_answer_load_no_heavy_library(command: str) -> None:
    import subprocess

    heavy = [
        "httpx",
        "feedparser",
        "feedgen",
        "apscheduler",
        "starlette",
        "rich",
        "jinja2",
        "lark",
        "tomlkit",
        "asyncio",
    ]
    code = f"import sys, finews_feeds.cli.{command}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
