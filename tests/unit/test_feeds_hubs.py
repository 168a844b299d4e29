"""WebSub, the pure part: the hub that a feed offers, what it is asked for and when."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from worker.feeds import read_feed
from worker.model import Feed, FeedState, Subscription
from worker.polling.cadence import phase_of
from worker.polling.websub import (
    HubOffer,
    PushState,
    find_links,
    may_poll_at,
    next_request,
    read_offer,
    read_signature,
    renew_at,
)

NOW = datetime(2026, 1, 12, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
URL = "https://wire.example/a/feed.xml"
BASE = "https://here.example/websub/"
FEED = Feed(id="0123456789ab", url=URL)
HUB = ("https://hub.example/", "https://wire.example/feed")
STATE = FeedState(hub="https://hub.example/", topic=URL)
LIVE = Subscription(
    hub=STATE.hub,
    topic=URL,
    callback=f"{BASE}0123456789ab/token",
    secret="secret",
    asked_at=NOW,
    confirmed_at=NOW,
    until=NOW + 9 * DAY,
)
ASKED = replace(LIVE, confirmed_at=None, until=None, asked=1)

# what is offered


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("<https://hub.example/>; rel=hub", {"hub": "https://hub.example/"}),
        ('</a>; rel="hub self"', {"hub": "/a", "self": "/a"}),
        ('<a>; title="x"; REL = "Hub", <b>; rel=hub, <c>;rel=self', {"hub": "a", "self": "c"}),
        ("<a>; rel=next; type=x,<b;rel=hub", {"next": "a"}),
        ("<a>; rev=hub", {}),
        ("a; rel=hub", {}),
        ("", {}),
    ],
)
def test_the_links_of_a_header(header, found):
    assert find_links(header) == found


@pytest.mark.parametrize(
    ("link", "hub", "topic", "offer"),
    [
        ("", "", "", HubOffer()),
        ("", "", "https://wire.example/self", HubOffer()),
        ("", "/hub", "", HubOffer(hub="https://wire.example/hub", topic=URL)),
        ("<//hub.example/>; rel=hub", "/", "b", HubOffer(hub=HUB[0], topic="https://wire.example/a/b")),
        (
            "<https://hub.example/>; rel=hub, </self>; rel=self",
            "/hub",
            "b",
            HubOffer(hub=HUB[0], topic="https://wire.example/self"),
        ),
        ("<mailto:hub@h.example>; rel=hub", "", "", HubOffer()),
        ("<https://u:p@h.example/>; rel=hub", "", "", HubOffer()),
        ("<https://[/>; rel=hub", "", "", HubOffer()),
        ("<https://hub.example/>; rel=hub, <ftp://x/>; rel=self", "", "",
         HubOffer(hub=HUB[0], topic=URL)),
        ("", "https://hub.example/\ud800", "", HubOffer()),
        ("", HUB[0], "https://wire.example/\ud800", HubOffer(hub=HUB[0], topic=URL)),
    ],
)  # fmt: skip
def test_headers_win_over_the_document(link, hub, topic, offer):
    assert read_offer({"link": link} if link else {}, hub, topic, URL) == offer


ATOM_LINKS = """<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>
<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="https://wire.example/feed"/>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://wire.example/">
<link rel="HUB" href=" https://hub.example/ "/><link href="/"/><link rel="self" href="feed"/>
<entry><title>A</title></entry></feed>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://wire.example/feed",
"hubs": [7, {"type": "rssCloud", "url": "x"}, {"type": "WebSub", "url": "https://hub.example/"}],
"items": []}"""


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (f"<rss><channel>{ATOM_LINKS}<item><title>A</title></item></channel></rss>", HUB),
        (f"<rss><channel><item><title>A</title></item>{ATOM_LINKS}</channel></rss>", HUB),
        (ATOM, HUB),
        (JSON, HUB),
        ('{"version":"https://jsonfeed.org/version/1","hubs":{"url":"x"},"items":[]}', ("", "")),
        (f"<rss><channel><item><title>A</title>{ATOM_LINKS}</item></channel></rss>", ("", "")),
        ('<rss><channel><link rel="hub">https://x/</link><item/></channel></rss>', ("", "")),
    ],
)  # fmt: skip
def test_the_hub_that_a_document_names(document, found):
    read = read_feed(document.encode(), "", FEED)
    assert (read.hub, read.topic) == found


# what is asked


def ask(state, subscription, now=NOW):
    return next_request(FEED.id, state, subscription, now, BASE)


def test_a_feed_that_offers_a_hub_is_subscribed_and_no_other():
    assert ask(STATE, None) == "subscribe"
    assert ask(FeedState(), None) is None
    assert ask(replace(STATE, gone=True), None) is None


def test_a_lease_is_renewed_two_thirds_in_and_a_little_before():
    at = renew_at(FEED.id, LIVE)
    assert at == NOW + 9 * DAY * (2 / 3 - phase_of(FEED.id) / 12)
    assert NOW + 5.2 * DAY < at <= NOW + 6 * DAY
    assert ask(STATE, LIVE, at - HOUR) is None
    assert ask(STATE, LIVE, at) == "subscribe"
    assert ask(STATE, LIVE, NOW + 20 * DAY) == "subscribe"


def test_two_feeds_are_not_renewed_at_one_moment():
    assert renew_at("a", LIVE) != renew_at("b", LIVE)


@pytest.mark.parametrize(
    ("asked", "wait"), [(1, HOUR), (2, 2 * HOUR), (5, 16 * HOUR), (9, 7 * DAY), (1000, 7 * DAY)]
)
def test_a_hub_that_does_not_confirm_is_asked_again_later_each_time(asked, wait):
    silent = replace(ASKED, asked=asked)
    assert ask(STATE, silent, NOW + wait - HOUR / 60) is None
    assert ask(STATE, silent, NOW + wait) == "subscribe"


def test_a_hub_that_denied_is_asked_again_after_a_week():
    denied = replace(ASKED, denied="full")
    assert ask(STATE, denied, NOW + 6 * DAY) is None
    assert ask(STATE, denied, NOW + 7 * DAY) == "subscribe"


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        (FeedState(), {}),
        (replace(STATE, gone=True), {}),
        (replace(STATE, hub="https://other.example/"), {}),
        (replace(STATE, topic="https://other.example/"), {}),
        (STATE, {"callback": "https://old.example/websub/0123456789ab/token"}),
    ],
)
def test_a_subscription_that_the_feed_does_not_offer_now_is_ended_first(state, changed):
    known = replace(LIVE, **changed)
    assert ask(state, known) == "unsubscribe"
    ending = replace(known, mode="unsubscribe")
    assert ask(state, ending) is None
    wanted = "subscribe" if state.hub and not state.gone else None
    assert ask(state, ending, NOW + HOUR) == wanted
    assert ask(state, replace(known, until=NOW), NOW + HOUR) == wanted


def test_a_feed_that_was_resumed_is_subscribed_anew():
    ending = replace(LIVE, mode="unsubscribe")
    assert (ask(STATE, ending), ask(STATE, ending, NOW + HOUR)) == (None, "subscribe")


def test_what_a_subscription_means_for_polls():
    assert PushState.of(FEED.id, None, NOW) == PushState()
    told = replace(LIVE, pushes=3)
    assert PushState.of(FEED.id, told, NOW) == PushState(
        pushes=3,
        is_live=True,
        offer=HubOffer(hub=LIVE.hub, topic=LIVE.topic),
        renew_at=renew_at(FEED.id, LIVE),
    )
    assert not PushState.of(FEED.id, told, NOW + 9 * DAY).is_live
    assert not PushState.of(FEED.id, ASKED, NOW).is_live
    assert PushState.of(FEED.id, told, NOW, BASE).is_live
    assert not PushState.of(FEED.id, told, NOW, "https://former.example/").is_live


# what a push may do


@pytest.mark.parametrize(
    ("state", "at"),
    [
        (FeedState(), NOW),
        (FeedState(polled_at=NOW - HOUR, due_at=NOW + HOUR), NOW),
        (FeedState(polled_at=NOW, due_at=NOW + HOUR, fresh_s=3600, why="fresh"), NOW + HOUR / 60),
        (FeedState(polled_at=NOW + HOUR), NOW + HOUR / 60),  # by a clock that goes before ours
        (FeedState(polled_at=NOW, due_at=NOW + HOUR, failures=1), NOW + HOUR),
        (FeedState(polled_at=NOW - HOUR, due_at=NOW + HOUR, why="host"), NOW + HOUR),
        (FeedState(polled_at=NOW - HOUR, due_at=NOW - HOUR, failures=2), NOW),
    ],
)
def test_a_push_brings_a_poll_after_the_floor_and_ends_no_back_off(state, at):
    assert may_poll_at(state, NOW, 60) == at


@pytest.mark.parametrize("length", [20, 32, 48, 64])
def test_the_four_signatures(length):
    method = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}[length]
    assert read_signature(f" {method}={'AB' * length} ") == (method, b"\xab" * length)
    assert read_signature(f"{method}={'ab' * (length - 1)}") is None
    assert read_signature(f"{method}={'ab' * (length + 1)}") is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha1",
        "sha1=",
        f"md5={'00' * 16}",
        "00" * 20,
        f"sha1={'0g' * 20}",
        f"sha256={'00' * 20}",
    ],
)
def test_what_is_no_signature(header):
    assert read_signature(header) is None


def test_a_subscription_does_not_show_its_secrets():
    assert "secret" not in repr(LIVE)
    assert "token" not in repr(LIVE)
