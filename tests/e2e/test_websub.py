"""WebSub with everything real: a hub and its feed on loopback, `copytaster web`, a poller."""

import contextlib
import hmac
import http.client
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from click.testing import CliRunner

from worker.cli.explain import explain
from worker.cli.feeds import feeds
from worker.model import Feed, feed_id
from worker.settings import Settings

pytestmark = pytest.mark.e2e

ENTRY = "<item><guid>urn:w:{0}</guid><title>Bridge {0} opens</title></item>"
CHALLENGE = "a challenge <b>of</b> the hub"


class Hub:
    """A publisher with one feed and the hub that it offers. `grants` is the lease, None denies."""

    def __init__(self):
        self.grants = 864_000
        self.status = 202
        self.offers = True
        self.entries = [1]
        self.asked = []
        self.answers = []
        self.fetches = 0
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.origin = f"127.0.0.1:{self.server.server_port}"
        self.topic = f"http://{self.origin}/feed"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def feed(self):
        body = "".join(ENTRY.format(number) for number in reversed(self.entries))
        return f'<rss version="2.0"><channel><title>W</title>{body}</channel></rss>'.encode()

    def modes(self):
        return [asked["hub.mode"] for asked in self.asked]

    def confirm(self, asked):
        """What the hub does after its 202: it asks back."""
        if asked["hub.mode"] == "subscribe" and self.grants is None:
            said = {"hub.mode": "denied", "hub.reason": "no newcomers"}
        else:
            said = {"hub.mode": asked["hub.mode"], "hub.challenge": CHALLENGE}
            said["hub.lease_seconds"] = str(self.grants)
        query = urlencode(said | {"hub.topic": asked["hub.topic"]})
        self.answers.append(get(f"{asked['hub.callback']}?{query}"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None

    def do_GET(self):
        self.hub.fetches += 1
        self.send_response(200)
        if self.hub.offers:
            self.send_header("Link", f'<http://{self.hub.origin}/hub>; rel="hub"')
            self.send_header("Link", f"<{self.hub.topic}>; rel=self")
        self.end(self.hub.feed())

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = {name: values[0] for name, values in form.items()}
        asked["user_agent"] = self.headers["User-Agent"]
        self.hub.asked.append(asked)
        self.send_response(self.hub.status)
        self.end(b"")
        if self.hub.status == 202:
            threading.Thread(target=self.hub.confirm, args=(asked,)).start()

    def end(self, body):
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def get(url):
    """Status, type and body; the callback's own server is asked."""
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        reply = connection.getresponse()
        return reply.status, reply.headers["Content-Type"], reply.read().decode()


def post(url, body, secret=None, method="sha256", **headers):
    """The status that a push gets. `body` is bytes, or parts that are sent in chunks."""
    if secret is not None:
        digest = hmac.new(secret.encode(), body, method).hexdigest()
        headers["X-Hub-Signature"] = f"{method}={digest}"
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("POST", parts.path, body=body, headers=headers)
        with connection.getresponse() as reply:
            return reply.status


@pytest.fixture
def hub():
    opened = Hub()
    yield opened
    opened.close()


@pytest.fixture
def service(processes, hub, store, wait_for):
    """Dispatch, a poller and the receiver; where that is reached."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    processes.environ |= {
        "COPYTASTER_ALLOW_ORIGINS": hub.origin,
        "COPYTASTER_WEBSUB_CALLBACK_URL": f"http://127.0.0.1:{port}/websub",
        "COPYTASTER_FETCH_LIMIT_BYTES": "10000",
        "COPYTASTER_LOG_LEVEL": "debug",
    }
    processes.web(port)
    wait_for(lambda: "web_open" in processes.log("web"))
    processes.dispatch()
    processes.poller()
    return f"http://127.0.0.1:{port}/websub"


@pytest.fixture
def run(processes):
    def call(verb, *args):
        named = {
            name.removeprefix("COPYTASTER_").lower(): value
            for name, value in processes.environ.items()
            if name.startswith("COPYTASTER_") and name != "COPYTASTER_HEARTBEAT"
        }
        result = CliRunner().invoke(verb, args, obj=msgspec.convert(named, Settings, strict=False))
        assert (result.exit_code, result.exception) == (0, None), result.output
        return " ".join(result.stdout.split())

    return call


def add(store, hub, interval_s=3600):
    feed = Feed(id=feed_id(hub.topic), url=hub.topic, interval_s=interval_s)
    store.feeds.add([feed])
    return feed.id


def subscribed(store, hub, wait_for):
    """The feed's id, once its lease is granted and its polls reckon with it."""
    known = add(store, hub)
    wait_for(lambda: (found := store.subscriptions.get(known)) and found.until)
    store.feeds.poll_now(known)
    wait_for(lambda: store.feeds.state(known).why == "push")
    return known


def headlines(store):
    entries = store.desks.read("items")
    return [json.loads(entry.body)["data"]["item"]["headline"] for entry in entries]


def test_a_push_brings_an_entry_to_the_desk_at_once(service, processes, hub, store, wait_for, run):
    processes.worker()
    known = subscribed(store, hub, wait_for)
    subscription = store.subscriptions.get(known)
    (asked,) = hub.asked
    assert asked.pop("user_agent").startswith("copytaster/")
    assert asked == {
        "hub.callback": subscription.callback,
        "hub.mode": "subscribe",
        "hub.topic": hub.topic,
        "hub.secret": subscription.secret,
        "hub.lease_seconds": "864000",
    }
    assert subscription.callback.startswith(f"{service}/{known}/")
    assert len(subscription.callback.rpartition("/")[2]) >= 40
    assert hub.answers == [(200, "text/plain; charset=utf-8", CHALLENGE)]
    due_in = store.feeds.state(known).due_at - datetime.now(UTC)
    assert timedelta(hours=5) < due_in < timedelta(hours=7)

    hub.entries.append(2)
    assert post(subscription.callback, hub.feed(), subscription.secret) == 202
    wait_for(lambda: headlines(store) == ["Bridge 1 opens", "Bridge 2 opens"])

    state = wait_for(lambda: (found := store.feeds.state(known)).pushes == 1 and found)
    assert (state.why, state.missed) == ("push", 0)
    page = run(explain, hub.topic)
    assert f"hub http://{hub.origin}/hub topic {hub.topic} subscription until 20" in page
    assert "1 so far" in page
    assert "its hub tells us what is new" in page
    shown = run(feeds, "show", hub.topic, "--json") + run(feeds, "show", hub.topic) + page
    assert json.loads(run(feeds, "show", hub.topic, "--json"))["subscription"]["standing"] == "live"
    logs = "".join(map(processes.log, processes.started))
    for word in (subscription.secret, subscription.callback.rpartition("/")[2]):
        assert word not in logs + shown
    assert processes.stop("web") == 0
    assert "Traceback" not in logs


def test_a_forged_push_is_taken_and_dropped(service, hub, store, wait_for, run):
    known = subscribed(store, hub, wait_for)
    callback, before = store.subscriptions.get(known).callback, store.feeds.state(known)
    fetches = hub.fetches
    for secret in (None, "not the secret"):
        assert post(callback, hub.feed(), secret) == 202
    after = store.subscriptions.get(known)
    assert (after.refused, after.pushes, after.pushed_at) == (2, 0, None)
    assert (store.stats.sizes()["due"], store.feeds.state(known), hub.fetches) == (
        0,
        before,
        fetches,
    )
    assert "refused 2 pushes without a valid signature" in run(explain, known)


def test_what_we_did_not_ask_for_is_not_confirmed(service, hub, store, wait_for):
    known = subscribed(store, hub, wait_for)
    before = store.subscriptions.get(known)
    callback = before.callback
    right = {"hub.mode": "subscribe", "hub.topic": hub.topic, "hub.challenge": "x"}
    for wrong in (
        {"hub.topic": "http://other.example/"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.challenge": ""},
    ):
        assert get(f"{callback}?{urlencode(right | wrong)}")[0] == 404
    for nobodys in (f"{callback[:-4]}xxxx", f"{service}/{'0' * 12}/{callback[-43:]}"):
        assert get(f"{nobodys}?{urlencode(right)}")[0] == 404
        assert post(nobodys, b"") == 410
    for none in (f"{callback}x", f"{service}/{known}/"):
        assert get(f"{none}?{urlencode(right)}")[0] == 404
    assert store.subscriptions.get(known) == before


def test_a_lease_that_comes_to_its_end_is_renewed_under_the_same_address(
    service, hub, store, wait_for
):
    hub.grants = 12
    known = add(store, hub, interval_s=2)
    first = wait_for(lambda: (found := store.subscriptions.get(known)) and found.until and found)
    renewed = wait_for(
        lambda: (found := store.subscriptions.get(known)).until > first.until and found,
        timeout_s=90,
    )
    assert len(hub.asked) == 2
    assert hub.asked[0] == hub.asked[1]
    assert (renewed.callback, renewed.secret) == (first.callback, first.secret)


def test_a_hub_that_denies_leaves_the_feed_to_its_polls(service, hub, store, wait_for, run):
    hub.grants = None
    known = add(store, hub, interval_s=2)
    wait_for(lambda: (found := store.subscriptions.get(known)) and found.denied)
    fetches = hub.fetches
    wait_for(lambda: hub.fetches >= fetches + 2)
    assert store.feeds.state(known).why == "interval"
    assert hub.modes() == ["subscribe"]
    assert "subscription denied: no newcomers" in run(explain, known)


def test_a_hub_that_is_down_is_asked_again_later_and_costs_no_poll(
    service, hub, store, wait_for, run
):
    hub.status = 500
    known = add(store, hub, interval_s=2)
    wait_for(lambda: (found := store.subscriptions.get(known)) and found.error)
    fetches = hub.fetches
    wait_for(lambda: hub.fetches >= fetches + 2)
    assert store.feeds.state(known).failures == 0
    assert hub.modes() == ["subscribe"]
    assert "last answer: HTTP 500 Internal Server Error" in run(explain, known)


def test_a_push_over_the_limit_is_refused(service, hub, store, wait_for):
    known = subscribed(store, hub, wait_for)
    found = store.subscriptions.get(known)
    body = b"x" * 10_001
    assert post(found.callback, body, found.secret) == 413
    assert post(found.callback, iter([body[:6000], body[6000:]])) == 413
    assert post(found.callback, body[1:], found.secret) == 202
    assert store.subscriptions.get(known).pushes == 1


@pytest.mark.parametrize("verb", ["pause", "remove"])
def test_a_feed_that_is_polled_no_more_is_taken_off_its_hub(
    service, hub, store, wait_for, run, verb
):
    known = subscribed(store, hub, wait_for)
    found = store.subscriptions.get(known)
    run(feeds, verb, known)
    assert hub.modes() == ["subscribe", "unsubscribe"]
    assert hub.asked[1]["hub.callback"] == found.callback
    assert "hub.secret" not in hub.asked[1]
    wait_for(lambda: store.subscriptions.get(known) is None)
    assert post(found.callback, hub.feed(), found.secret) == 410


def test_a_feed_that_offers_its_hub_no_more_is_taken_off_it(service, hub, store, wait_for):
    known = subscribed(store, hub, wait_for)
    hub.offers = False
    hub.entries.append(2)
    store.feeds.poll_now(known)
    wait_for(lambda: hub.modes() == ["subscribe", "unsubscribe"])
    wait_for(lambda: store.subscriptions.get(known) is None)
    assert store.feeds.state(known).hub == ""
