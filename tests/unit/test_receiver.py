"""The ASGI application that hubs talk to."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from worker.errors import BrokerError
from worker.model import Feed, FeedState, Subscription
from worker.receiver import Receiver
from worker.settings import Settings

PATH = "/websub/0123456789ab/token"
TOPIC = "https://wire.example/feed?a=1&b=2"
SECRET = "a secret"
WANTED = Subscription(
    hub="https://hub.example/",
    topic=TOPIC,
    callback=f"https://here.example{PATH}",
    secret=SECRET,
    asked_at=datetime(2026, 1, 12, tzinfo=UTC),
)
FEED = "0123456789ab"


@pytest.fixture
def store(make_store):
    opened = make_store()
    opened.add_feeds([Feed(id=FEED, url=TOPIC)])
    (claim,) = opened.claim_due(1, 60)
    lease = opened.open_poll(claim, 60).lease
    later = datetime.now(UTC) + timedelta(hours=6)
    opened.finish_poll(lease, FeedState(due_at=later, why="push"), later)
    opened.pushes.ask(FEED, WANTED)
    return opened


@pytest.fixture
def call(store):
    settings = Settings(fetch_limit_bytes=10_000, fetch_timeout_s=0.2)

    def send_and_receive(method="GET", path=PATH, query="", headers=(), parts=(b"",), stuck=False):
        """Status, headers and body of the answer."""
        sent, coming = [], list(parts)

        async def receive():
            if not coming:
                await asyncio.sleep(60 if stuck else 0)
                return {"type": "http.disconnect"}
            part, more = coming.pop(0), bool(coming) or stuck
            return {"type": "http.request", "body": part, "more_body": more}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }
        asyncio.run(Receiver(settings, store)(scope, receive, send))
        start, body = sent
        return start["status"], dict(start["headers"]), body["body"]

    return send_and_receive


def ask(call, **said):
    asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<b>"}
    named = {f"hub.{name}": value for name, value in said.items()}
    status, _, body = call(query=urlencode(asked | named))
    return status, body


def push(call, *parts, secret=SECRET, method="sha256", **options):
    digest = hmac.new(secret.encode(), b"".join(parts), method).hexdigest()
    signed = ("x-hub-signature", f"{method}={digest}")
    return call("POST", headers=[signed], parts=parts, **options)[0]


# confirmations


def test_a_challenge_is_answered_as_text_and_the_lease_is_kept(call, store):
    query = urlencode(
        {
            "hub.mode": "subscribe",
            "hub.topic": TOPIC,
            "hub.challenge": "<b>é",
            "hub.lease_seconds": "3600",
        }
    )
    status, headers, body = call(query=query)
    assert (status, body) == (200, "<b>é".encode())
    assert headers[b"content-type"] == b"text/plain; charset=utf-8"
    assert headers[b"x-content-type-options"] == b"nosniff"
    found = store.pushes.get(FEED)
    assert found.until - found.confirmed_at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "lease_s"),
    [("60", 60), ("0", 0), ("", 86_400), ("-5", 86_400), ("1e9", 86_400), ("9" * 30, 400 * 86_400)],
)
def test_a_lease_that_is_none_is_a_day_and_a_long_one_has_an_end(call, store, written, lease_s):
    assert ask(call, lease_seconds=written) == (200, b"<b>")
    found = store.pushes.get(FEED)
    assert (found.until - found.confirmed_at).total_seconds() == lease_s


@pytest.mark.parametrize(
    "said",
    [
        {"topic": "https://wire.example/feed?a=1"},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"mode": ""},
        {"challenge": ""},
        {"challenge": "x" * 5000},
        {str(number): "x" for number in range(50)},
    ],
)
def test_what_was_not_asked_for_is_not_confirmed(call, store, said):
    before = store.pushes.get(FEED)
    assert ask(call, **said) == (404, b"")
    assert store.pushes.get(FEED) == before


def test_an_end_is_confirmed_once_and_only_where_it_was_asked_for(call, store):
    store.pushes.ask(FEED, replace(WANTED, mode="unsubscribe"))
    assert ask(call)[0] == 404
    assert ask(call, mode="unsubscribe") == (200, b"<b>")
    assert store.pushes.get(FEED) is None
    assert ask(call, mode="unsubscribe")[0] == 404


@pytest.mark.parametrize(("reason", "kept"), [("full", "full"), ("", "it gave no reason")])
def test_a_denial_is_kept_with_its_reason(call, store, reason, kept):
    assert ask(call, mode="denied", reason=reason) == (200, b"")
    assert store.pushes.get(FEED).denied == kept


def test_a_denial_of_a_lease_that_lasts_makes_the_feed_due_once(call, store):
    ask(call, mode="denied", reason="full")
    assert store.sizes()["due"] == 0
    ask(call)
    for _ in range(2):
        assert ask(call, mode="denied", reason="no more") == (200, b"")
    found = store.pushes.get(FEED)
    assert (found.until, found.denied, found.pushes) == (None, "no more", 1)
    assert store.sizes()["due"] == 1


@pytest.mark.parametrize(
    "path", ["/", "", "/token", f"{PATH}x", PATH[:-1], f"{PATH}/", "/websub/other/token",
             "/0123456789ab/", "/0123456789ab/tok\u00e9n", f"/{'0' * 5000}/token"]
)  # fmt: skip
def test_an_address_that_is_nobodys(call, store, path):
    before = store.pushes.get(FEED)
    assert call(path=path, query=urlencode({"hub.topic": TOPIC}))[0] == 404
    assert call("POST", path=path)[0] == 410
    assert store.pushes.get(FEED) == before


def test_what_stands_before_feed_and_token_is_the_proxys(call):
    assert call("POST", path="/0123456789ab/token")[0] == 202
    assert call("POST", path="/a/b/c/0123456789ab/token")[0] == 202


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
def test_hubs_get_and_post(call, method):
    assert call(method)[0] == 405


# pushes


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_push_makes_the_feed_due(call, store, method):
    assert store.sizes()["due"] == 0
    assert push(call, b"<rss>", b"</rss>", method=method) == 202
    assert (store.pushes.get(FEED).pushes, store.sizes()["due"]) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-hub-signature", "sha256=" + hashlib.sha256(b"<rss>").hexdigest())],
        [("x-hub-signature", "sha256=")],
        [("x-hub-signature", "md5=" + "00" * 16)],
        [("x-hub-signature", "sha1=" + hmac.new(b"other", b"<rss>", "sha1").hexdigest())],
        [("x-hub-signature", "sha1=" + hmac.new(SECRET.encode(), b"<rss>", "sha256").hexdigest())],
    ],
)
def test_a_push_without_the_right_signature_is_taken_counted_and_dropped(call, store, headers):
    assert call("POST", headers=headers, parts=[b"<rss>"])[0] == 202
    found = store.pushes.get(FEED)
    assert (found.refused, found.pushes, store.sizes()["due"]) == (1, 0, 0)


def test_a_push_over_the_limit_is_not_read_to_its_end(call, store):
    assert push(call, *[b"x" * 6000] * 2) == 413
    assert call("POST", headers=[("Content-Length", "10001")], parts=[])[0] == 413
    assert call("POST", headers=[("content-length", "9" * 5000)], parts=[])[0] == 413
    assert push(call, b"x" * 10_000) == 202
    assert (store.pushes.get(FEED).pushes, store.pushes.get(FEED).refused) == (1, 0)


def test_a_push_that_does_not_end_is_given_up(call, store):
    assert push(call, b"x", stuck=True) == 408
    assert call("POST", parts=[])[0] == 400
    assert store.pushes.get(FEED).pushes == 0


def test_a_push_is_not_taken_after_the_subscription_was_given_up(call, store):
    store.pushes.ask(FEED, replace(WANTED, mode="unsubscribe"))
    assert push(call, b"x") == 410
    assert store.sizes()["due"] == 0


def test_a_push_that_the_store_cannot_keep_is_not_acknowledged(call, store, monkeypatch):
    def away(*_):
        raise BrokerError("away")

    monkeypatch.setattr(store.pushes, "push", away)
    assert push(call, b"x") == 503
    monkeypatch.setattr(store.pushes, "get", away)
    assert call()[0] == 503


def test_a_push_does_not_bring_a_poll_before_the_publisher_wants_one(call, store):
    store.poll_now(FEED)
    (claim,) = store.claim_due(1, 60)
    lease = store.open_poll(claim, 60).lease
    later = datetime.now(UTC) + timedelta(hours=1)
    state = FeedState(failures=1, why="retry_after", due_at=later)
    store.finish_poll(lease, state, later)
    assert push(call, b"x") == 202
    assert store.sizes()["due"] == 0


def test_other_protocols_get_no_answer(store):
    asyncio.run(Receiver(Settings(), store)({"type": "lifespan"}, None, None))
