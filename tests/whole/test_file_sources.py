"""Sources that are files: published as others are, without a word of where they lie on this machine."""

from __future__ import annotations

from pathlib import Path

from tests.whole.site import WholeSite
from tests.whole.test_build import item, rss


def made(site: WholeSite, opened: str = "../samples") -> Path:
    (site.folder / "samples").mkdir()
    file = site.folder / "samples" / "a.xml"
    file.write_text(rss(item("https://n.example/1", "One", 1)), "utf-8")
    site.sources = [("f", "file:../samples/a.xml", 'interval = "1s"')]
    site.more = f'[store]\nurl = "sqlite:///../var/f.db"\n[http]\nallow_files = ["{opened}"]'
    write = site.write

    def once() -> None:
        write()
        site.config.write_text(site.config.read_text("utf-8").replace("[http]\nallow_private = []\n", "", 1), "utf-8")

    site.write = once  # type: ignore[method-assign]
    return file


def test_a_file_is_published_and_read_again_when_it_is_due(site: WholeSite) -> None:
    file = made(site)
    assert site.build()["sources"]["failed"] == []
    assert site.titles("feed/by_source/f.xml") == ["One"]
    file.write_text(rss(item("https://n.example/1", "One", 1), item("https://n.example/2", "Two", 2)), "utf-8")
    site.build("--offline")
    assert site.titles("feed.xml") == ["One"]
    site.build("--force")
    assert site.titles("feed.xml") == ["Two", "One"]
    assert b"file:" not in b"".join(site.bytes().values())
    assert str(site.folder).encode() not in b"".join(site.bytes().values())


def test_a_file_that_is_gone_or_not_opened_is_reported_and_takes_nothing_along(site: WholeSite) -> None:
    file = made(site)
    site.build()
    file.unlink()
    failed = site.build("--force")["sources"]["failed"]
    assert [each["name"] for each in failed] == ["f"]
    assert "No such file" in failed[0]["error"]
    assert site.titles("feed.xml") == ["One"]


def test_a_file_of_a_folder_that_is_not_open_is_not_read(site: WholeSite) -> None:
    made(site, opened="../elsewhere")
    assert "http.allow_files" in site.build()["sources"]["failed"][0]["error"]
    assert site.titles("feed.xml") == []
