"""WebSub as a subscriber: a hub on the loopback that plays right and wrong, over simulated days."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest

from finews_feeds.cli import main
from finews_feeds.cycle.callbacks import HubCallbacks
from finews_feeds.cycle.subscriptions import Subscription, Subscriptions
from finews_feeds.store import open_store
from tests.server import FeedServer, Reply, Request
from tests.whole.days import Days, rss
from tests.whole.site import WholeSite
from tests.whole.test_daemon import free_port, wait_for

PUBLIC = "https://finews.example/"
SERVER = f'[server]\nlisten = "127.0.0.1:0"\npublic_url = "{PUBLIC}"'


class Hub:
    """A hub that makes sure at once, unless told otherwise."""

    def __init__(self, days: Days) -> None:
        self.days = days
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.status = 202
        self.makes_sure = True
        #: What it says when it makes sure, beside what it was asked.
        self.said: dict[str, str] = {"hub.lease_seconds": "864000"}
        self.url = days.server.serve("/hub", self.answer)

    def answer(self, request: Request) -> Reply:
        assert request.method == "POST"
        assert request.header("content-type") == "application/x-www-form-urlencoded"
        self.asked.append(dict(parse_qsl(request.body.decode())))
        if self.makes_sure:
            self.verify()
        return Reply(self.status)

    def verify(self, **changed: str) -> tuple[int, bytes]:
        asked = self.asked[-1]
        query = {"hub.mode": asked["hub.mode"], "hub.topic": asked["hub.topic"], "hub.challenge": "c<h>"}
        query |= self.said | {name.replace("_", ".", 1): value for name, value in changed.items()}
        reply = callbacks(self.days).verify(token_of(asked), query)
        self.answers.append((reply.status, reply.body))
        return self.answers[-1]

    def push(self, body: str, signature: str | None = None, method: str = "sha256", asked: int = 0) -> int:
        told = self.asked[asked]
        digest = hmac.new(told["hub.secret"].encode(), body.encode(), method).hexdigest()
        signature = f"{method}={digest}" if signature is None else signature
        return callbacks(self.days).deliver(token_of(told), signature, "application/rss+xml", body.encode()).status


def token_of(asked: dict[str, str]) -> str:
    assert asked["hub.callback"].startswith(f"{PUBLIC}websub/")
    return asked["hub.callback"].rpartition("/")[2]


def callbacks(days: Days) -> HubCallbacks:
    return HubCallbacks(days.settings(), lambda: days.now, lambda: None)


def known(days: Days) -> list[Subscription]:
    with closing(open_store("sqlite:///../var/finews.db", days.folder / "config")) as store:
        return Subscriptions(store).all()


@pytest.fixture
def days(tmp_path: Path, server: FeedServer) -> Days:
    return Days(tmp_path, server, more=SERVER)


@pytest.fixture
def hub(days: Days) -> Hub:
    made = Hub(days)
    days.source(days.server.serve("/a", document(days, "one")))
    return made


def document(days: Days, *titles: str) -> str:
    links = (
        f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="{days.server.url}/hub"/>'
        f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="{days.server.url}/topic"/>'
    )
    return rss(*titles, head=links, when=days.now - timedelta(minutes=5))


def polls(days: Days) -> int:
    return len(days.server.asked("/a"))


def test_a_source_that_names_a_hub_is_subscribed_to(days: Days, hub: Hub) -> None:
    report = days.cycle()
    (asked,) = hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == f"{days.server.url}/topic"
    assert asked["hub.lease_seconds"] == "864000"
    assert len(asked["hub.secret"]) > 40
    assert len(token_of(asked)) > 40
    assert hub.answers == [(200, b"c<h>")]
    assert known(days)[0].is_active(days.now)
    assert report.next_due_at is not None
    days.wait(hours=1)
    assert len(hub.asked) == 1


def test_a_link_field_names_hub_and_topic_and_goes_before_the_document(days: Days, hub: Hub) -> None:
    link = ("Link", f'<{hub.url}>; rel="hub", </other>; rel="self"')
    days.server.serve("/a", Reply(body=document(days, "one"), headers=[link]))
    days.cycle()
    assert [each["hub.topic"] for each in hub.asked] == [f"{days.server.url}/other"]


@pytest.mark.parametrize(
    "what", ["no public address", "no hub", "no topic", "a secret", "a login", "header fields", "disabled"]
)
def test_others_are_only_polled(days: Days, hub: Hub, what: str) -> None:
    match what:
        case "no public address":
            days.more = ""
        case "no hub":
            days.server.serve("/a", rss("one", head='<link rel="self" href="http://a.example/"/>'))
        case "no topic":
            days.server.serve("/a", document(days, "one").replace('rel="self"', 'rel="other"'))
        case "a secret":
            days.environ = {"KEY": "/a"}
            days.source(days.server.url + "${KEY}")
        case "a login":
            days.source(days.server.url + "/a", 'user = "u"\npassword = "p"')
        case "header fields":
            days.source(days.server.url + "/a", 'headers = { "X-Key" = "k" }')
        case "disabled":
            days.source(days.server.url + "/a", "enabled = false")
    days.cycle()
    assert hub.asked == []


def test_what_a_hub_delivers_is_published_without_a_request(days: Days, hub: Hub) -> None:
    days.cycle()
    before, state = polls(days), days.state()
    assert hub.push(rss("two")) == 202
    report = days.wait(minutes=1)
    assert days.titles() == ["one", "two"]
    assert (polls(days), report.sources_polled) == (before, 0)
    after = days.state()
    assert (after.validators, after.body_digest, after.next_poll_at, after.last_poll_at) == (
        *(state.validators, state.body_digest, state.next_poll_at, state.last_poll_at),
    )
    with closing(open_store("sqlite:///../var/finews.db", days.folder / "config")) as store:
        assert Subscriptions(store).waiting(known(days)[0].token) == []


def test_polling_slows_down_and_never_ends(days: Days, hub: Hub) -> None:
    days.sources["a"] = (days.sources["a"][0], 'interval = "12h"')
    days.cycle()
    assert days.state().next_poll_at == days.now + timedelta(days=1)
    before = polls(days)
    days.live(days=3)
    assert polls(days) - before in (2, 3)


def test_a_hub_that_never_makes_sure_slows_nothing_down(days: Days, hub: Hub) -> None:
    hub.makes_sure = False
    days.cycle()
    due = days.state().next_poll_at
    assert due is not None
    assert due - days.now < timedelta(minutes=125)
    assert hub.push(rss("two")) == 404
    days.live(days=2)
    assert 4 <= len(hub.asked) <= 10


def test_a_subscription_is_renewed_before_it_ends_with_the_same_callback(days: Days, hub: Hub) -> None:
    hub.said = {"hub.lease_seconds": "36000"}
    days.cycle()
    end = known(days)[0].until
    days.live(hours=9)
    assert len(hub.asked) == 2
    assert hub.asked[0]["hub.callback"] == hub.asked[1]["hub.callback"]
    assert known(days)[0].until > end


@pytest.mark.parametrize(
    ("lease", "seconds"),
    [("", 864_000), ("0", 864_000), ("-5", 864_000), ("soon", 864_000), ("1", 300), ("99999999999", 2_592_000), ("٣", 864_000)],
)  # fmt: skip
def test_a_span_that_cannot_be_meant_is_bounded(days: Days, hub: Hub, lease: str, seconds: int) -> None:
    hub.said = {"hub.lease_seconds": lease}
    days.cycle()
    assert known(days)[0].until == days.now.timestamp() + seconds


def test_a_hub_without_a_span_is_taken_at_its_word(days: Days, hub: Hub) -> None:
    hub.said = {}
    days.cycle()
    assert known(days)[0].is_active(days.now)


INTENT = [
    ("another topic", {"hub_topic": "https://other.example/"}),
    ("no challenge", {"hub_challenge": ""}),
    ("an end that we did not ask for", {"hub_mode": "unsubscribe"}),
    ("a mode that there is not", {"hub_mode": "publish"}),
]


@pytest.mark.parametrize("changed", [case[1] for case in INTENT], ids=[case[0] for case in INTENT])
def test_intent_is_confirmed_only_where_we_have_it(days: Days, hub: Hub, changed: dict[str, str]) -> None:
    hub.makes_sure = False
    days.cycle()
    assert hub.verify(**changed)[0] == 404
    assert known(days)[0].state == "pending"
    days.now += timedelta(days=2)
    assert hub.verify()[0] == 404


def test_an_unknown_callback_knows_nothing(days: Days, hub: Hub) -> None:
    days.cycle()
    answered = callbacks(days)
    assert answered.verify("x" * 43, {"hub.mode": "subscribe", "hub.challenge": "c"}).status == 404
    assert answered.deliver("x" * 43, "sha1=0", "", b"").status == 404
    assert not answered.is_expecting("x" * 43)


def test_a_hub_that_refuses_is_left_alone_for_a_week(days: Days, hub: Hub) -> None:
    hub.makes_sure = False
    days.cycle()
    assert hub.verify(hub_mode="denied", hub_reason="no\nroom")[0] == 200
    assert (known(days)[0].state, known(days)[0].error) == ("denied", "the hub refuses: no room")
    days.live(days=6)
    assert len(hub.asked) == 1
    hub.makes_sure = True
    days.live(days=2)
    assert known(days)[0].is_active(days.now)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_the_standard_is_known(days: Days, hub: Hub, method: str) -> None:
    days.cycle()
    assert hub.push(rss("two"), method=method) == 202


WRONG = ["", "sha256=", "sha256=" + "0" * 64, "md5=" + "0" * 32, "sha256", "=x", "sha256=é", "none=0"]


@pytest.mark.parametrize("signature", WRONG)
def test_what_is_not_signed_is_not_taken(days: Days, hub: Hub, signature: str) -> None:
    days.cycle()
    assert hub.push(rss("bad"), signature) == 403
    days.wait(minutes=1)
    assert days.titles() == ["one"]


def test_a_signature_of_another_method_or_body_is_wrong(days: Days, hub: Hub) -> None:
    days.cycle()
    secret = hub.asked[0]["hub.secret"].encode()
    other = hmac.new(secret, rss("else").encode(), hashlib.sha256).hexdigest()
    assert hub.push(rss("bad"), f"sha256={other}") == 403
    assert hub.push(rss("bad"), f"sha1={hmac.new(secret, rss('bad').encode(), 'sha256').hexdigest()}") == 403


def test_what_is_sent_again_changes_nothing(days: Days, hub: Hub) -> None:
    days.cycle()
    old = rss("two").replace("<title>two", "<title>first")
    assert hub.push(old) == 202
    days.wait(minutes=1)
    assert hub.push(old.replace("<title>first", "<title>second")) == 202
    days.wait(minutes=1)
    assert days.titles() == ["one", "second"]
    assert hub.push(old) == 202
    days.wait(minutes=1)
    assert days.titles() == ["one", "second"]


def test_what_cannot_be_read_harms_nothing(days: Days, hub: Hub) -> None:
    days.cycle()
    assert hub.push("<html>no feed") == 202
    report = days.wait(minutes=1)
    assert (report.sources_failed, days.state().failures, days.titles()) == ([], 0, ["one"])


def test_more_than_can_wait_is_put_off(days: Days, hub: Hub) -> None:
    days.cycle()
    answers = [hub.push(rss(f"n{number}")) for number in range(22)]
    assert answers == [202] * 20 + [503] * 2
    days.wait(minutes=1)
    assert len(days.titles()) == 21
    assert hub.push(rss("n20")) == 202


def test_a_source_that_goes_is_unsubscribed(days: Days, hub: Hub) -> None:
    days.cycle()
    days.sources.clear()
    days.wait(minutes=1)
    assert hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert hub.asked[-1]["hub.callback"] == hub.asked[0]["hub.callback"]
    assert hub.answers[-1] == (200, b"c<h>")
    assert known(days) == []
    assert hub.push(rss("late")) == 404


def test_a_hub_that_does_not_confirm_the_end_is_forgotten(days: Days, hub: Hub) -> None:
    days.cycle()
    days.sources.clear()
    hub.makes_sure = False
    days.wait(minutes=1)
    assert [each.state for each in known(days)] == ["leaving"]
    assert hub.push(rss("late")) == 404
    days.wait(days=2)
    assert (known(days), len(hub.asked)) == ([], 2)


def test_another_topic_ends_one_subscription_and_begins_another(days: Days, hub: Hub) -> None:
    days.cycle()
    days.server.serve("/a", document(days, "one", "two").replace("/topic", "/topic2"))
    days.wait(hours=3)
    days.wait(minutes=1)
    assert {(each["hub.mode"], each["hub.topic"].rpartition("/")[2]) for each in hub.asked[1:]} == {
        *(("unsubscribe", "topic"), ("subscribe", "topic2"))
    }


def test_without_a_public_address_all_is_forgotten(days: Days, hub: Hub) -> None:
    days.cycle()
    days.more = ""
    days.wait(minutes=1)
    assert known(days) == []


@pytest.mark.parametrize("status", [400, 404, 500, 302])
def test_a_hub_that_fails_is_asked_later_and_later_and_polling_goes_on(days: Days, hub: Hub, status: int) -> None:
    hub.status, hub.makes_sure = status, False
    days.cycle()
    assert known(days)[0].error
    before = polls(days)
    days.live(days=1)
    assert len(hub.asked) < 8
    assert polls(days) - before > 8


def test_a_hub_at_a_private_address_is_not_asked(days: Days, hub: Hub) -> None:
    with FeedServer() as inner:
        inner.serve("/hub", Reply(202))
        days.server.serve("/a", document(days, "one").replace(hub.url, inner.url + "/hub"))
        days.cycle()
        assert inner.requests == []
    assert "private" in known(days)[0].error or "loopback" in known(days)[0].error


def test_status_says_who_tells_us_and_no_secret(days: Days, hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    days.cycle()
    config = str(days.folder / "config" / "finews.toml")
    assert main(["-c", config, "status"]) == 0
    text = capsys.readouterr().out
    assert f"{hub.url} tells of changes until 2026-12-03 04:30:00" in text
    assert main(["-c", config, "status", "--json"]) == 0
    document = capsys.readouterr().out
    (told,) = [each["websub"] for each in json.loads(document)["sources"]]
    assert (told["hub"], told["state"], told["error"]) == (hub.url, "active", None)
    for secret in (hub.asked[0]["hub.secret"], token_of(hub.asked[0])):
        assert secret not in text + document


def test_a_cycle_with_nothing_to_do_asks_no_hub_and_writes_nothing(days: Days, hub: Hub) -> None:
    days.cycle()
    before = known(days)
    report = days.wait(minutes=1)
    assert (len(hub.asked), known(days), report.files_written) == (1, before, [])


# --- over HTTP --------------------------------------------------------------------------------------------------------


def send(url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_daemon_answers_hubs_and_publishes_what_they_deliver_at_once(site: WholeSite, server: FeedServer) -> None:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    site.allow = [server.host_port]
    asked: list[dict[str, str]] = []

    def hub(request: Request) -> Reply:
        asked.append(dict(parse_qsl(request.body.decode())))
        return Reply(202)

    server.serve("/hub", hub)
    links = "".join(
        f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{rel}" href="{server.url}/{rel}"/>'
        for rel in ("hub", "self")
    )
    site.sources = [("a", server.serve("/a", rss("one", head=links)), "")]
    site.more = f'[server]\nlisten = "127.0.0.1:{port}"\npublic_url = "{here}/"\n'
    site.write()
    text = site.config.read_text("utf-8").replace("[http]", '[http]\nmax_bytes = "20 kB"')
    site.config.write_text(text, "utf-8")
    process = site.start("run")
    try:
        wait_for(lambda: bool(asked))
        callback = asked[0]["hub.callback"]
        query = {"hub.mode": "subscribe", "hub.topic": f"{server.url}/self", "hub.challenge": "42"}
        assert send(callback, b"x")[0] == 404
        wait_for(lambda: send(f"{callback}?{urlencode(query)}") == (200, b"42"))
        body = rss("two").encode()
        signature = "sha256=" + hmac.new(asked[0]["hub.secret"].encode(), body, "sha256").hexdigest()
        assert send(callback, body, X_Hub_Signature="sha256=00")[0] == 403
        assert send(callback, b"x" * 30_000, X_Hub_Signature=signature)[0] == 413
        assert send(f"{here}/websub/{'x' * 43}", body, X_Hub_Signature=signature)[0] == 404
        assert send(f"{here}/feed.xml", body)[0] == 405
        assert send(callback, body, X_Hub_Signature=signature)[0] == 202
        wait_for(lambda: (site.public / "feed.xml").is_file() and "two" in site.titles("feed.xml"))
    finally:
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in err, err
