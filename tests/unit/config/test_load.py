"""The config: what it accepts, and what it says of what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from finews_feeds.config import KEYS, config_file, load
from finews_feeds.errors import ConfigError

ROOT = Path(__file__).parents[3]
SITE = '[site]\nurl = "https://finews.example"\n'


def write(folder: Path, text: str) -> Path:
    file = folder / "config" / "finews.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def faults(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    file = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(file, environ or {})
    return [str(fault).replace(f"{file}: ", "") for fault in caught.value.faults]


SOURCE = '[[sources]]\nname="a"\nurl="https://a.example/"\n'
FAULTS = [
    # name, config after [site], the words of the message
    ("a key that is none", '[http]\ncontct = "x"', "http.contct: there is no such key; did you mean contact?"),
    ("a table that is none", "[htpp]", "htpp: there is no such key; did you mean http?"),
    ("a span without unit", '[[sources]]\nname="a"\nurl="https://a.example/"\ninterval = "5"',
     'sources.a.interval: "5" has no unit; write "5m" or 300'),
    ("a span that is none", '[output]\nmin_age = "soon"', 'output.min_age: "soon" is no span of time'),
    ("a span too short", '[[sources]]\nname="a"\nurl="https://a.example/"\ninterval = 0', "is too short"),
    ("a span that no calendar holds", "[output]\nmin_age = inf", "is too long"),
    ("a number in quotes", '[output]\nlimit = "100"', 'output.limit: "100" is no whole number'),
    ("a boolean for a number", "[output]\nlimit = true", "output.limit: true is no whole number"),
    ("a limit of nothing", "[output]\nlimit = 0", "output.limit: 0 is out of range; write 1 to 100000"),
    ("a size that is none", '[output]\nmax_bytes = "1 MeB"', 'output.max_bytes: "1 MeB" is no size'),
    ("a format that is none", '[output]\nformats = ["atom", "xml"]', 'output.formats: "xml" is not known here'),
    ("no format at all", "[output]\nformats = []", "output.formats: the list is empty"),
    ("a string for a list", '[[posts]]\nname="p"\npath="."\nfolders="_posts"', 'posts.p.folders: "_posts" is no list'),
    ("a list for a table of names", '[[posts]]\nname="p"\npath="."\nalias=["a"]', "posts.p.alias: "),
    ("an alias of nothing", '[[posts]]\nname="p"\npath="."\nalias={ "a" = " " }', "posts.p.alias: it is empty"),
    ("a style of ids that is none", '[[posts]]\nname="p"\npath="."\nid_style="wp"', 'posts.p.id_style: "wp" is not known'),
    ("a content that is none", '[[sources]]\nname="a"\nurl="https://a.example/"\ncontent="all"', "sources.a.content: "),
    ("a source without url", '[[sources]]\nname="a"', "sources.a.url: the key is missing; add url = …"),
    ("a source without name", '[[sources]]\nurl="https://a.example/"', "sources[1].name: the key is missing"),
    ("a url without scheme", '[[sources]]\nname="a"\nurl="a.example/feed"', 'write "https://a.example/feed"'),
    ("a url with another scheme", '[[sources]]\nname="a"\nurl="ftp://a.example/"', "is no absolute http or https URL"),
    ("a file without a path", '[[sources]]\nname="a"\nurl="file:"', 'sources.a.url: "file:" names no file; write'),
    ("a file of another machine", '[[sources]]\nname="a"\nurl="file://b/x.xml"', "names no file"),
    ("one name twice", '[[posts]]\nname="A"\npath="."\n[[sources]]\nname="a"\nurl="https://a.example/"',
     'sources[1].name: the name "a" is taken by posts[1]'),
    ("one name twice among query feeds", '[[feeds]]\nname="q"\nquery="a"\n[[feeds]]\nname="Q"\nquery="b"',
     'feeds[2].name: the name "Q" is taken by feeds[1]; give each query feed a name of its own'),
    ("a name of two lines", '[[posts]]\nname="a\\nb"\npath="."', 'posts[1].name: "a\\u000Ab" has a line break'),
    ("a name with a control character", '[[feeds]]\nname="a\\u0007"\nquery="b"', "feeds[1].name: "),
    ("no folder at all", '[[posts]]\nname="p"\npath="."\nfolders=[]', "posts.p.folders: the list is empty; name at least"),
    ("an absolute folder", '[[posts]]\nname="p"\npath="."\nfolders=["/srv/_posts"]', 'posts.p.folders: "/srv/_posts" is not'),
    ("a folder above", '[[posts]]\nname="p"\npath="."\nfolders=["_posts", "a/../.."]', 'posts.p.folders: "a/../.." is not'),
    ("the folder itself", '[[posts]]\nname="p"\npath="."\nfolders=["."]', 'posts.p.folders: "." is not'),
    ("an address with a control character", '[[sources]]\nname="a"\nurl="https://a.example/\\u001b"', "sources.a.url: "),
    ("a table for an array", '[sources]\nname="a"', "sources: it is not the kind of table that it must be; write it as"),
    ("an array for a table", '[[http]]\ncontact="a"', "http: it is not the kind of table that it must be; write it as"),
    ("an address that is none", '[server]\nlisten="8080"', 'server.listen: "8080" is no host and port'),
    ("a port that is none", '[server]\nlisten="localhost:99999"', "is no host and port"),
    ("a secret that is not there", '[[sources]]\nname="a"\nurl="https://a.example/?k=${KEY}"',
     "sources.a.url: the environment has no KEY; set KEY before starting"),
    ("a field's secret that is not there", f'{SOURCE}headers={{X="env:KEY"}}', "headers: the environment has no KEY; set"),
    ("a login that is not there", f'{SOURCE}password="env:PW"', "password: the environment has no PW; set PW"),
    ("a field of ours", f'{SOURCE}headers={{"If-None-Match"="x"}}', "the program sends its own; leave it out"),
    ("a field that is none", f'{SOURCE}headers={{"a b"="x"}}', '"a b" is no name of a header field; write'),
    ("a field of two lines", f'{SOURCE}headers={{X="a\\nb"}}', 'the value of "X" cannot be sent in a header field; write'),
    ("a field in another script", f'{SOURCE}headers={{X="中"}}', 'the value of "X" cannot be sent in a header field; write'),
    ("fields that are no table", f'{SOURCE}headers=["X"]', "headers: it is no table; write {"),
    ("a reach that is none", f'{SOURCE}retry_after_scope="site"', '"site" is not known here; write one of "feed", "host"'),
    ("a proxy that is none", '[http]\nproxy="proxy:3128"', 'http.proxy: it is no address of a proxy; write "http://'),
    ("a proxy with a path", '[http]\nproxy="http://p.example/x"', 'http.proxy: it is no address of a proxy; write "http://'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_fault_names_its_key_its_cause_and_its_mend(tmp_path: Path, text: str, words: str) -> None:
    found = faults(tmp_path, SITE + text)
    assert len(found) == 1
    assert words in found[0]
    assert "; " in found[0]


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = """
[site]
url = "finews.example"
timezone = "Asia/Shangai"
[output]
limt = 5
[[sources]]
name = "a"
interval = "5"
"""
    found = faults(tmp_path, text)
    assert [line.split(":")[0] for line in found] == [
        "site.url", "site.timezone", "output.limt", "sources.a.url", "sources.a.interval",
    ]  # fmt: skip
    assert 'write "Asia/Shanghai"' in found[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[site\n", "finews.toml:1: it is no TOML"),
        (b"[site]\nurl = \xff\n", "finews.toml:2: it is not UTF-8"),
        (b"", "site: the table is missing; add [site] with url"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, data: bytes, words: str) -> None:
    file = write(tmp_path, "")
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert words in str(caught.value)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="finews-feeds init"):
        load(tmp_path / "none.toml", {})


def test_defaults_hold_where_a_key_is_left_out(tmp_path: Path) -> None:
    settings = load(write(tmp_path, SITE), {})
    assert settings.site.url == "https://finews.example/"
    assert settings.site.title == settings.site.author == "finews.example"
    assert settings.site.since.isoformat() == "2000-01-01"
    assert settings.output.dir == tmp_path / "public"
    assert settings.output.limit == 100
    assert settings.output.min_age == timedelta(hours=48)
    assert settings.output.max_bytes == 1024 * 1024
    assert settings.http.contact == settings.site.url
    assert settings.server is None


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, SITE + '[[posts]]\nname="p"\npath="../posts"\n[output]\ndir="out/x"'), {})
    assert settings.posts[0].path == tmp_path / "posts"
    assert settings.output.dir == tmp_path / "config" / "out" / "x"


def test_secrets_come_from_the_environment_and_are_not_shown(tmp_path: Path) -> None:
    text = SITE + '[[sources]]\nname="a"\nurl="https://a.example/?k=${KEY}"'
    source = load(write(tmp_path, text), {"KEY": "s3cret"}).sources[0]
    assert source.url == "https://a.example/?k=s3cret"
    assert source.shown_url == "https://a.example/?k=${KEY}"


def test_a_secret_that_cannot_be_used_is_not_shown(tmp_path: Path) -> None:
    text = SITE + '[[sources]]\nname="a"\nurl="https://a.example/?k=${KEY}"'
    assert faults(tmp_path, text, {"KEY": "s3 cret"}) == [
        'sources.a.url: "https://a.example/?k=${KEY}" cannot be used as the environment fills it in; look at the value of KEY'
    ]


def test_the_judge_is_asked_about_what_can_be_read_and_heard_with_all_others(tmp_path: Path) -> None:
    asked: list[tuple[str, str, object]] = []

    def judge(table: str, key: str, value: object) -> Iterator[tuple[str, str, str]]:
        asked.append((table, key, value))
        if key == "query":
            yield "it is none", "write one", "query, column 2"
        if key == "url" and table == "store":
            yield "it is none", "write another", ""

    text = SITE + '[store]\nurl="x:${KEY}"\n[output]\nlimit=0\n[[feeds]]\nname="q"\nquery="??"'
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file, {"KEY": "s3cret"}, judge)
    assert [str(fault).replace(f"{file}: ", "") for fault in caught.value.faults] == [
        'store.url: "x:${KEY}": it is none; write another',
        "output.limit: 0 is out of range; write 1 to 100000",
        "feeds.q.query, column 2: it is none; write one",
    ]
    assert ("store", "url", "x:s3cret") in asked
    assert not [each for each in asked if each[1] == "limit"]


SPANS = [
    ("90s", 90), ("30m", 1800), ("48h", 172800), ("7d", 604800),
    ("1h30m", 5400), ("1.5h", 5400), ("2 h", 7200), ("1s", 1),
]  # fmt: skip


@pytest.mark.parametrize(("spelled", "seconds"), SPANS)
def test_spans_are_read_as_people_write_them(tmp_path: Path, spelled: str, seconds: int) -> None:
    text = SITE + f'[[sources]]\nname="a"\nurl="https://a.example/"\ninterval="{spelled}"'
    assert load(write(tmp_path, text), {}).sources[0].interval == timedelta(seconds=seconds)


@pytest.mark.parametrize(("spelled", "size"), [("1 MiB", 1048576), ("500 kB", 500_000), ("10MB", 10**7), ("7", 7)])
def test_sizes_are_read_as_people_write_them(tmp_path: Path, spelled: str, size: int) -> None:
    assert load(write(tmp_path, SITE + f'[output]\nmax_bytes="{spelled}"'), {}).output.max_bytes == size


def test_the_config_is_the_one_given_then_the_environments_then_the_default() -> None:
    assert config_file("a.toml", {"FINEWS_CONFIG": "b.toml"}) == Path("a.toml")
    assert config_file(None, {"FINEWS_CONFIG": "b.toml"}) == Path("b.toml")
    assert config_file(None, {}) == Path("config/finews.toml")


def test_the_shipped_config_and_the_starter_are_whole_and_name_every_key() -> None:
    for file in (ROOT / "config/finews.toml", ROOT / "finews_feeds/cli/starter/finews.toml"):
        settings = load(file, {})
        assert settings.site.timezone == ZoneInfo("Asia/Shanghai" if "config" in file.parts else "UTC")
        text = file.read_text("utf-8")
        for table, keys in KEYS.items():
            assert f"[{table}]" in text
            for key in keys:
                assert f"\n{key} = " in text or f"\n# {key} = " in text, (file, table, key)


def test_fields_logins_and_the_proxy_are_filled_in_from_the_environment_in_both_spellings(tmp_path: Path) -> None:
    text = (
        SITE + SOURCE + 'headers={X="env:KEY", Y="Bearer ${KEY}", Z="plain env:KEY"}\nuser="me"\npassword="env:KEY"\n'
    )
    text += '[http]\nproxy="http://me:${KEY}@p.example:3128"'
    settings = load(write(tmp_path, text), {"KEY": "s3cret"})
    (source,) = settings.sources
    assert source.headers == (("X", "s3cret"), ("Y", "Bearer s3cret"), ("Z", "plain env:KEY"))
    assert (source.user, source.password) == ("me", "s3cret")
    assert settings.http.proxy == "http://me:s3cret@p.example:3128"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("text", ['headers={X="env:KEY"}', 'password="env:KEY"', 'headers={X="a ${KEY}"}'])
def test_a_secret_that_cannot_be_sent_is_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, SITE + SOURCE + text), {"KEY": "s3\ncret"})
    assert "s3" not in str(caught.value)
    assert "look at the value of" in str(caught.value)
