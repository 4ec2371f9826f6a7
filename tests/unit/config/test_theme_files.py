"""The folder of a theme: what of it is read, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from finews_feeds.config import load
from finews_feeds.config.theme import read_theme
from finews_feeds.errors import ConfigError
from finews_feeds.settings import Theme


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def read(folder: Path) -> tuple[Theme | None, list[str]]:
    faults: list[str] = []
    return read_theme(folder, lambda key, cause, mend: faults.append(f"{key}: {cause}; {mend}")), faults


def test_templates_and_what_pages_load_are_read_and_all_else_stays_where_it_is(tmp_path: Path) -> None:
    files = ("index.html", "site.css", "fonts/a.woff2", "parts/one.html", "README.md", ".hidden.css", ".git/x.css")
    theme, faults = read(put(tmp_path, dict.fromkeys(files, b"x")))
    assert faults == []
    assert theme
    assert [name for name, _ in theme.files] == ["fonts/a.woff2", "index.html", "parts/one.html", "site.css"]


def test_a_theme_is_told_from_another_by_its_names_and_bytes_and_not_by_its_place(tmp_path: Path) -> None:
    one = {"site.css": b"a"}
    cases = {
        "here": one,
        "there": one,
        "other bytes": {"site.css": b"b"},
        "other name": {"site2.css": b"a"},
        "more": one | {"a.css": b""},
    }
    digests = {}
    for name, files in cases.items():
        theme, _ = read(put(tmp_path / name, files))
        assert theme
        digests[name] = theme.digest
    assert digests["here"] == digests["there"]
    assert len(set(digests.values())) == len(cases) - 1
    assert repr(read(tmp_path / "here")[0]) == repr(read(tmp_path / "there")[0])


REFUSED = [
    ("no UTF-8", {"index.html": b"a\nb\xff"}, "index.html:2 is not UTF-8"),
    ("a file among the feeds", {"feed/a.css": b""}, 'the folder "feed" is not the theme\'s'),
    ("a file among the snippets", {"snippets/head.html": b""}, 'the folder "snippets" is not the theme\'s'),
    ("a name that means the shipped ones", {"shipped/a.html": b""}, 'the folder "shipped" is not the theme\'s'),
    ("too much", {"a.png": b"x" * (16 * 1024 * 1024 + 1)}, "larger than 16 MiB"),
]


@pytest.mark.parametrize(("files", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_used_is_refused_with_its_place(files: dict[str, bytes], said: str, tmp_path: Path) -> None:
    theme, faults = read(put(tmp_path, files))
    assert theme is None
    assert len(faults) == 1
    assert said in faults[0]


def test_a_folder_that_is_not_there_is_a_fault_of_the_config_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "config" / "finews.toml"
    file.parent.mkdir()
    file.write_text('[site]\nurl = "https://a.example/"\n[output]\ntheme = "../theme"\nlimit = 0\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert [str(fault).split(": ")[1] for fault in caught.value.faults] == ["output.limit", "output.theme"]
    (tmp_path / "theme").mkdir()
    file.write_text('[site]\nurl = "https://a.example/"\n[output]\ntheme = "../theme"\n', "utf-8")
    theme = load(file, {}).output.theme
    assert theme
    assert theme.files == ()
