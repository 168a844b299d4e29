"""Asking hubs, as polls do it, with a hub that is told what to answer."""

import asyncio
import dataclasses
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from worker.errors import BrokerError, FetchError
from worker.model import Feed, feed_id
from worker.polling import subscriptions
from worker.polling.poll_task import poll_feeds
from worker.services import Services, resume_polls
from worker.settings import Settings
from worker.web.api import FetchReply

BASE = "https://here.example/websub"
URL = "https://wire.example/feed"
FEED = feed_id(URL)
RSS = b"<rss><channel><item><guid>urn:x:1</guid><title>One</title></item></channel></rss>"
LINKS = "<https://hub.example/>; rel=hub, <https://wire.example/feed>; rel=self"


class Web:
    """A feed and its hub. `answer` is what the hub does when it is asked."""

    def __init__(self):
        self.links = LINKS
        self.body = RSS
        self.forms = []
        self.answer = lambda form: None

    async def fetch(self, feed, state, memory=None):
        if isinstance(self.body, Exception):
            raise self.body
        return FetchReply(status=200, url=URL, headers={"link": self.links}, body=self.body)

    async def post(self, url, form):
        self.forms.append((url, dict(form)))
        await asyncio.sleep(0)
        error = self.answer(form)
        if error is not None:
            raise error

    async def aclose(self):
        return


@pytest.fixture
def services(store, clock):
    opened = Services(
        settings=Settings(host_spacing_s=0, websub_callback_url=f"{BASE}/"),
        store=store,
        http=Web(),
        desks=(),
        now=clock,
    )
    opened.store.feeds.add([Feed(id=FEED, url=URL, interval_s=900)])
    yield opened
    opened._runner.close()


def poll(services, after=timedelta(0)):
    if after:
        services.now.advance(after.total_seconds())
    services.store.feeds.poll_now(FEED)
    asyncio.run(poll_feeds(services.polling, services.store.polls.claim_due(1, 60)))
    return services.store.subscriptions.get(FEED)


def confirm(services, lease=timedelta(days=9)):
    """The hub's answer to what it was asked first."""

    def answer(form):
        now = services.now()
        services.store.subscriptions.confirm(FEED, form["hub.callback"], now, now + lease)

    return answer


def test_the_first_poll_subscribes_with_an_address_and_a_secret_of_its_own(services):
    found = poll(services)
    ((hub, form),) = services.http.forms
    assert (hub, form["hub.topic"], form["hub.mode"]) == ("https://hub.example/", URL, "subscribe")
    assert form["hub.callback"] == found.callback
    assert found.callback.startswith(f"{BASE}/{FEED}/")
    other = subscriptions._new(FEED, services.store.feeds.state(FEED), BASE)
    assert len({found.secret, other.secret, found.callback, other.callback}) == 4
    assert (found.asked, found.asked_at, found.error) == (1, services.now(), "")


def test_a_hub_that_asks_back_before_it_answers_finds_us_ready(services):
    services.http.answer = confirm(services)
    found = poll(services)
    assert (found.asked, found.until) == (0, services.now() + timedelta(days=9))
    poll(services, timedelta(minutes=15))
    assert services.store.feeds.state(FEED).why == "push"
    assert len(services.http.forms) == 1


def test_without_a_setting_no_hub_is_asked(services):
    services = Services(
        settings=Settings(host_spacing_s=0),
        store=services.store,
        http=services.http,
        desks=(),
        now=services.now,
    )
    assert poll(services) is None
    assert services.http.forms == []
    assert services.store.feeds.state(FEED).hub == "https://hub.example/"


def test_a_lease_is_renewed_under_the_same_address_and_secret(services):
    services.http.answer = confirm(services)
    first = poll(services)
    renewed = poll(services, timedelta(days=6))
    (_, first_form), (_, second_form) = services.http.forms
    assert first_form == second_form
    assert (renewed.callback, renewed.secret) == (first.callback, first.secret)
    assert renewed.until == first.until + timedelta(days=6)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FetchError("HTTP 400 Bad Request", status=400), "HTTP 400 Bad Request"),
        (TimeoutError(), "no answer in time"),
    ],
)
def test_a_hub_that_fails_costs_the_feed_nothing_and_is_asked_again_later(services, error, reason):
    services.http.answer = lambda _: error
    assert poll(services).error == reason
    assert services.store.feeds.state(FEED).failures == 0
    poll(services, timedelta(minutes=15))
    assert len(services.http.forms) == 1
    assert poll(services, timedelta(hours=1)).asked == 2
    poll(services, timedelta(hours=1))
    assert len(services.http.forms) == 2


def test_a_hub_that_says_429_slows_its_host_and_is_not_asked_in_that_time(services):
    services.http.answer = lambda _: FetchError("HTTP 429", status=429, retry_after_s=3600)
    poll(services)
    assert services.store.hosts.take_slot("hub.example", 0, 0).is_slowed
    services.store.subscriptions.ask(
        FEED, replace(services.store.subscriptions.get(FEED), asked_at=services.now())
    )
    wanted = services.store.subscriptions.get(FEED)
    assert not asyncio.run(subscriptions.ask_hub(services.polling, FEED, wanted))
    assert (len(services.http.forms), services.store.subscriptions.get(FEED)) == (1, wanted)


def test_a_hub_of_many_feeds_is_asked_in_turn_and_slows_no_poll(services, clock):
    services = Services(
        settings=Settings(host_spacing_s=30, websub_callback_url=BASE),
        store=services.store,
        http=services.http,
        desks=(),
        now=clock,
    )
    for _ in range(4):
        services.store.hosts.take_slot("hub.example", 30, 3600)
    assert poll(services) is None
    assert services.http.forms == []
    assert services.store.feeds.state(FEED).failures == 0
    assert poll(services, timedelta(minutes=15)).asked == 1


@pytest.mark.parametrize("name", ["hub", "topic"])
def test_a_hub_whose_url_is_not_unicode_is_no_offer_and_costs_no_poll(services, name):
    urls = {"hub": "https://hub.example/", "topic": URL} | {name: "https://hub.example/\ud800"}
    services.http.links = ""
    services.http.body = json.dumps({
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": urls["topic"],
        "hubs": [{"type": "WebSub", "url": urls["hub"]}],
        "items": [{"id": "urn:x:1", "title": "One"}],
    }).encode()  # fmt: skip
    poll(services)
    state = services.store.feeds.state(FEED)
    offered = ("", "") if name == "hub" else ("https://hub.example/", URL)
    assert (state.status, state.items_seen, state.hub, state.topic) == (200, 1, *offered)


def test_an_offer_that_ends_ends_the_subscription(services):
    services.http.answer = confirm(services)
    first = poll(services)
    services.http.links, services.http.body = "", RSS.replace(b"One", b"Two")
    ending = poll(services, timedelta(hours=1))
    assert services.http.forms[1][1] == {
        "hub.callback": first.callback,
        "hub.mode": "unsubscribe",
        "hub.topic": URL,
    }
    assert ending.mode == "unsubscribe"


def test_a_feed_that_moves_to_another_hub_leaves_the_first_one_first(services):
    services.http.answer = confirm(services)
    first = poll(services)
    services.http.links = LINKS.replace("hub.example", "other.example")
    services.http.body = RSS.replace(b"One", b"Two")
    poll(services, timedelta(hours=1))
    last = poll(services, timedelta(hours=1))
    asked = [(hub, form["hub.mode"]) for hub, form in services.http.forms]
    assert asked == [
        ("https://hub.example/", "subscribe"),
        ("https://hub.example/", "unsubscribe"),
        ("https://other.example/", "subscribe"),
    ]
    assert last.callback != first.callback


def due_in_s(services):
    (standing,) = services.store.feeds.standings([FEED])
    return (standing.due_at - services.now()).total_seconds()


@pytest.mark.parametrize(
    "links",
    [
        "<https://hub.example/>; rel=hub, <https://wire.example/new>; rel=self",
        "<https://other.example/>; rel=hub, <https://wire.example/feed>; rel=self",
    ],
)
def test_the_poll_that_ends_a_subscription_is_followed_by_an_ordinary_one(services, links):
    services.http.answer = confirm(services)
    poll(services)
    poll(services, timedelta(minutes=15))
    assert due_in_s(services) >= 6 * 3600
    services.http.links, services.http.body = links, RSS.replace(b"One", b"Two")
    assert poll(services, timedelta(minutes=15)).mode == "unsubscribe"
    assert due_in_s(services) == pytest.approx(900, abs=2)
    assert poll(services, timedelta(minutes=15)).is_live(services.now())
    poll(services, timedelta(minutes=15))
    assert due_in_s(services) >= 6 * 3600


def test_a_new_address_of_ours_is_told_to_the_hub_at_the_feeds_own_interval(services, clock):
    services.http.answer = confirm(services)
    poll(services)
    moved = Services(
        settings=Settings(host_spacing_s=0, websub_callback_url="https://new.example/websub"),
        store=services.store,
        http=services.http,
        desks=(),
        now=clock,
    )
    assert poll(moved, timedelta(minutes=15)).mode == "unsubscribe"
    assert due_in_s(moved) == pytest.approx(900, abs=2)


def test_a_feed_that_is_resumed_is_polled_at_its_own_interval(services):
    services.http.answer = confirm(services)
    poll(services)
    poll(services)
    services.store.feeds.pause(FEED)
    asyncio.run(subscriptions.end_subscription(services.polling, FEED))
    assert resume_polls(services.settings, services.store, FEED)
    state = services.store.feeds.state(FEED)
    assert (state.why, state.due_at > services.now() + timedelta(hours=5)) == ("push", True)
    assert due_in_s(services) == pytest.approx(900, abs=2)
    assert not resume_polls(services.settings, services.store, FEED)


def test_a_feed_that_is_gone_leaves_its_hub(services):
    services.http.answer = confirm(services)
    poll(services)
    services.http.body = FetchError("HTTP 410 Gone", status=410)
    assert poll(services, timedelta(hours=1)).mode == "unsubscribe"


def test_a_push_while_the_feed_is_read_brings_another_poll_after_the_floor(services):
    services.http.answer = confirm(services)
    callback = poll(services).callback
    poll(services, timedelta(minutes=15))
    real = services.http.fetch

    async def fetch(feed, state, memory=None):
        assert services.store.subscriptions.push(FEED, callback, lambda _: services.now())
        return await real(feed, state, memory)

    services.http.fetch = fetch
    poll(services, timedelta(minutes=15))
    services.http.fetch = real
    services.now.advance(58)
    assert services.store.polls.claim_due(1, 60) == ()
    services.now.advance(2)
    assert len(services.store.polls.claim_due(1, 60)) == 1


def test_a_store_that_goes_away_is_no_fault_of_the_hub(services, monkeypatch):
    def away(*_):
        raise BrokerError("away")

    monkeypatch.setattr(services.store.subscriptions, "ask", away)
    with pytest.raises(BrokerError):
        poll(services)
    assert services.http.forms == []


def pushed_to(services):
    """A feed whose hub has pushed, and whose poll has taken note of it."""
    services.http.answer = confirm(services)
    found = poll(services)
    assert services.store.subscriptions.push(FEED, found.callback, lambda _: services.now())
    poll(services, timedelta(minutes=15))


def waits_s(services):
    """How long the feed waits for its next poll, by what is due in the store."""
    waited = 0
    while not services.store.polls.claim_due(1, 60):
        services.now.advance(60)
        waited += 60
        assert waited < 10_000
    return waited


def test_a_feed_that_had_pushes_waits_as_long_as_others_once_the_setting_is_gone(services):
    pushed_to(services)
    plain = replace(services.settings, websub_callback_url="")
    poll(dataclasses.replace(services, settings=plain), timedelta(hours=6))
    assert waits_s(services) >= 900


def test_a_feed_that_had_pushes_waits_as_long_as_others_once_its_hub_is_gone(services):
    pushed_to(services)
    services.http.links, services.http.body = "", RSS.replace(b"One", b"Two")
    services.http.answer = lambda _: FetchError("HTTP 404", status=404)
    poll(services, timedelta(hours=6))
    poll(services, timedelta(hours=6))
    assert waits_s(services) >= 900
