"""The disk edge of posts: which files are found, and which are passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from finews_feeds.sources.files import read, scan


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())


def paths(root: Path, *folders: str) -> list[str]:
    return [file.path for file in scan(root, folders or ("_posts",)).files]


def test_posts_are_found_in_folders_of_the_given_names_at_any_depth(tmp_path: Path) -> None:
    put(tmp_path, "_posts/a.md", "_posts/2022/b.markdown", "es/_posts/c.HTML", "old/d.md", "x.md", "es/y.md")
    assert paths(tmp_path, "_posts", "old") == ["_posts/2022/b.markdown", "_posts/a.md", "es/_posts/c.HTML", "old/d.md"]


def test_a_folder_may_be_named_by_a_path(tmp_path: Path) -> None:
    put(tmp_path, "archive/old/a.md", "other/old/b.md", "x/archive/old/c.md")
    assert paths(tmp_path, "archive/old") == ["archive/old/a.md", "x/archive/old/c.md"]


PASSED_OVER = [
    "_site/_posts/a.md",
    "vendor/_posts/a.md",
    "node_modules/x/_posts/a.md",
    ".git/_posts/a.md",
    "_posts/.a.md",
    "_posts/.a.md.swp",
    "_posts/a.md~",
    "_posts/#a.md#",
    "_posts/a.txt",
    "_posts/a.textile",
    "_posts/.hidden/a.md",
]


@pytest.mark.parametrize("path", PASSED_OVER)
def test_what_is_no_post_is_passed_over(tmp_path: Path, path: str) -> None:
    put(tmp_path, "_posts/x.md", path)
    assert paths(tmp_path) == ["_posts/x.md"]


def test_a_folder_of_posts_without_a_config_is_read_whole(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "sub/b.md")
    assert paths(tmp_path) == ["a.md", "sub/b.md"]


def test_a_site_with_a_config_or_an_empty_posts_folder_is_not(tmp_path: Path) -> None:
    put(tmp_path, "one/README.md", "one/_config.yml", "two/README.md")
    (tmp_path / "two" / "_posts").mkdir()
    assert paths(tmp_path / "one") == []
    assert paths(tmp_path / "two") == []


def test_the_config_and_the_authors_come_along(tmp_path: Path) -> None:
    put(tmp_path, "_config.yml", "_data/authors.yml", "_posts/a.md")
    found = scan(tmp_path, ("_posts",))
    assert (found.config, found.authors) == (b"_config.yml", b"_data/authors.yml")
    assert found.config_mtime_ns == (tmp_path / "_config.yml").stat().st_mtime_ns
    assert found.findings == ()


def test_size_and_mtime_are_those_of_the_disk(tmp_path: Path) -> None:
    put(tmp_path, "_posts/a.md")
    os.utime(tmp_path / "_posts/a.md", ns=(1, 1_234_567_890_123_456_789))
    (file,) = scan(tmp_path, ("_posts",)).files
    assert (file.size_bytes, file.mtime_ns) == (11, 1_234_567_890_123_456_789)
    assert read(tmp_path, file.path) == b"_posts/a.md"


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path, "real/a.md")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "_posts").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    (tmp_path / "site" / "up").symlink_to(tmp_path / "site")
    (tmp_path / "real" / "dangling.md").symlink_to(tmp_path / "nowhere")
    found = scan(tmp_path / "site", ("_posts",))
    assert [file.path for file in found.files] == ["_posts/a.md"]
    assert [finding.place for finding in found.findings] == ["_posts/dangling.md"]


@pytest.mark.parametrize("name", ["2022-05-24-x.textile", "2022-05-24-x.TXT", "x.adoc"])
def test_a_post_in_another_markup_is_reported(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"_posts/{name}", "_posts/picture.png", f"elsewhere/{name}")
    found = scan(tmp_path, ("_posts",))
    assert found.files == ()
    assert [finding.place for finding in found.findings] == [f"_posts/{name}"]


def test_a_name_that_is_no_utf_8_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "_posts/x.md")
    try:
        (tmp_path / "_posts" / os.fsdecode(b"\xb9\xfa.md")).write_bytes(b"text")
    except OSError:
        pytest.skip("this file system takes no such name")
    found = scan(tmp_path, ("_posts",))
    assert [file.path for file in found.files] == ["_posts/x.md"]
    assert [(finding.place, finding.what) for finding in found.findings] == [
        ("_posts/\\xb9\\xfa.md", "its name is no UTF-8")
    ]


def test_what_cannot_be_looked_at_may_still_be_there(tmp_path: Path) -> None:
    put(tmp_path, "_posts/a.md")
    (tmp_path / "_posts" / "loop.md").symlink_to(tmp_path / "_posts" / "loop.md")
    (tmp_path / "_posts" / "dangling.md").symlink_to(tmp_path / "nowhere")
    found = scan(tmp_path, ("_posts",))
    assert found.unread == ("_posts/loop.md",)
    assert found.may_still_hold("_posts/loop.md")
    assert not found.may_still_hold("_posts/dangling.md")


@pytest.fixture
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tree with a folder that the user who looks (not root) may not list."""
    root = tmp_path_factory.mktemp("locked")
    put(root, "_posts/open/a.md", "_posts/shut/b.md")
    user, parents = os.geteuid(), [path for path in root.parents if path.is_relative_to("/tmp")]
    modes = {path: path.stat().st_mode for path in parents if path.stat().st_uid == user}
    for path in (*modes, root):
        path.chmod(0o755)
    (root / "_posts" / "shut").chmod(0)
    try:
        if user == 0:
            os.seteuid(65534)
        yield root
    finally:
        os.seteuid(user)
        (root / "_posts" / "shut").chmod(0o755)
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_folder_that_may_not_be_listed_may_still_hold_its_posts(locked: Path) -> None:
    found = scan(locked, ("_posts",))
    assert [file.path for file in found.files] == ["_posts/open/a.md"]
    assert found.unread == ("_posts/shut",)
    assert found.may_still_hold("_posts/shut/b.md")
    assert not found.may_still_hold("_posts/shut.md")


def test_a_time_of_change_past_what_a_store_can_hold_is_the_last_one_that_it_can(tmp_path: Path) -> None:
    put(tmp_path, "_posts/a.md")
    os.utime(tmp_path / "_posts/a.md", (10**10, 10**10))
    (file,) = scan(tmp_path, ("_posts",)).files
    assert file.mtime_ns <= 2**63 - 1


def test_a_folder_that_cannot_be_listed_is_a_finding(tmp_path: Path) -> None:
    found = scan(tmp_path / "nowhere", ("_posts",))
    assert found.files == ()
    assert [(finding.place, finding.line) for finding in found.findings] == [(".", 0)]


def test_a_fifo_and_a_folder_named_like_a_post_are_no_posts(tmp_path: Path) -> None:
    put(tmp_path, "_posts/a.md", "_posts/b.md/c.md")
    os.mkfifo(tmp_path / "_posts" / "d.md")
    assert paths(tmp_path) == ["_posts/a.md", "_posts/b.md/c.md"]


RULES = [
    ("folders that begin with an underscore", "", "_old/_posts/a.md", False),
    ("one that is included", "include: [_old]\n", "_old/_posts/a.md", True),
    ("what vendors put into a folder of their own", "", "vendor/bundle/x/_posts/a.md", False),
    ("and what stands beside it", "", "vendor/_posts/a.md", True),
    ("an excluded folder", "exclude:\n  - README.md\n  - 'news'   # not yet\n", "news/_posts/a.md", False),
    ("with a slash", "exclude: [/news/]\n", "news/_posts/a.md", False),
    ("anchored at the source", "exclude: [news]\n", "es/news/_posts/a.md", True),
    ("whatever begins with it", "exclude: [new]\n", "news/_posts/a.md", False),
    ("stars pass over slashes", "exclude: ['*/drafts*']\n", "es/_posts/drafts/a.md", False),
    ("words between commas", "exclude: README.md, news\n", "news/_posts/a.md", False),
    ("a list over lines", "exclude: [\n  README.md,\n  news\n]\ntitle: t\n", "news/_posts/a.md", False),
    ("an excluded post", "exclude: [_posts/a.md]\n", "_posts/a.md", False),
    ("an underscore before a post", "", "_posts/_a.md", False),
    ("an underscore before a folder of posts", "", "_posts/_sub/a.md", False),
    ("one further down is not asked for", "", "_posts/x/_sub/a.md", True),
    ("outside of the collections", "collections_dir: all\n", "_posts/a.md", False),
    ("inside", "collections_dir: all\n", "all/_posts/a.md", True),
    ("the site's own folder", "source: ./_src\n", "_src/es/_posts/a.md", True),
    ("and outside of it", "source: _src\n", "es/_posts/a.md", False),
    ("excluded from there", "source: _src\nexclude: [es]\n", "_src/es/_posts/a.md", False),
    ("where the site is rendered to", "destination: ./docs\n", "docs/_posts/a.md", False),
    ("an extension that is Markdown here", "markdown_ext: 'md,Rmd'\n", "_posts/a.rmd", True),
    ("a folder that finews was told of", "", "_old/a.md", True),
]


@pytest.mark.parametrize(("case", "config", "path", "is_found"), RULES, ids=[case[0] for case in RULES])
def test_a_site_is_looked_through_as_jekyll_does(
    tmp_path: Path, case: str, config: str, path: str, is_found: bool
) -> None:
    put(tmp_path, path, "_src/x")
    (tmp_path / "_config.yml").write_text(config + "\n", "utf-8")
    folders = ("_posts", "_old") if path == "_old/a.md" else ("_posts",)
    assert paths(tmp_path, *folders) == ([path] if is_found else [])


def test_a_config_may_have_the_other_ending(tmp_path: Path) -> None:
    put(tmp_path, "_config.yaml", "_posts/a.md")
    found = scan(tmp_path, ("_posts",))
    assert (found.config, found.config_mtime_ns) == (b"_config.yaml", (tmp_path / "_config.yaml").stat().st_mtime_ns)
