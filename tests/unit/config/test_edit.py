"""The config changed for the operator: nothing else in it moves, and it can be used afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from finews_feeds.config import load
from finews_feeds.config.edit import add_sources, remove_source
from finews_feeds.errors import ConfigError

ROW = {"name": "n", "url": "https://n.example/f", "categories": [], "tags": ["t"]}
SITE = '# mine\n[site]\nurl = "https://finews.example" # here\n'
ONE = '[[sources]]\nname = "a"\nurl = "https://a.example/" # why\n'

LAYOUTS = [
    # name, the config before, its sources afterwards
    ("no source yet", SITE, ["n"]),
    ("tables", SITE + ONE, ["a", "n"]),
    ("tables apart", SITE + ONE + '[http]\ncontact = "x"\n' + ONE.replace('"a"', '"b"'), ["a", "b", "n"]),
    ("an empty list", "sources = []\n" + SITE, ["n"]),
    ("a list of inline tables", 'sources = [{ name = "a", url = "https://a.example/" }]\n' + SITE, ["a", "n"]),
    ("a byte order mark", "\ufeff" + SITE + ONE, ["a", "n"]),
    ("lines that end as on Windows", (SITE + ONE).replace("\n", "\r\n"), ["a", "n"]),
]


@pytest.mark.parametrize(("text", "names"), [case[1:] for case in LAYOUTS], ids=[case[0] for case in LAYOUTS])
def test_a_source_is_added_and_taken_out_again(tmp_path: Path, text: str, names: list[str]) -> None:
    file = tmp_path / "finews.toml"
    file.write_bytes(text.encode())
    add_sources(file, [ROW])
    settings = load(file, {})
    assert [each.name for each in settings.sources] == names
    assert settings.sources[-1].tags == ("t",)
    written = file.read_bytes().decode()
    for line in text.lstrip("\ufeff").splitlines(keepends=True):
        if not line.startswith("sources ="):
            assert line in written
    remove_source(file, "n")
    assert [each.name for each in load(file, {}).sources] == names[:-1]


SPOILT = [
    ("a port that is none", {**ROW, "url": "http://a.example:99999/f"}, "sources.n.url"),
    ("a name of two lines", {**ROW, "name": "a\nb"}, "sources[1].name"),
    ("a blank tag", {**ROW, "tags": [" "]}, "sources.n.tags"),
]


@pytest.mark.parametrize(("row", "place"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT])
def test_a_change_that_would_spoil_the_config_is_not_made(tmp_path: Path, row: dict[str, object], place: str) -> None:
    file = tmp_path / "finews.toml"
    file.write_text(SITE, "utf-8")
    with pytest.raises(ConfigError) as caught:
        add_sources(file, [row])
    assert [each.place for each in caught.value.faults] == [f"{file}: {place}"]
    assert file.read_text("utf-8") == SITE
    assert list(tmp_path.iterdir()) == [file]
