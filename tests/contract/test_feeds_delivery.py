"""What reaches the desks of a feed's entries, from body to body."""

import asyncio
import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from worker.model import Feed, feed_id
from worker.polling.poll_task import poll_feeds
from worker.settings import Settings
from worker.web.api import FetchReply

URL = "https://wire.example/1"
FEED = Feed(id=feed_id(URL), url=URL)
HOUR_S = 3600
DAY_S = 86_400


class Bodies:
    """A server that answers with its present body."""

    body = b""

    async def fetch(self, feed, state, memory=None):
        return FetchReply(status=200, url=feed.url, headers={}, body=self.body)


@pytest.fixture
def show(make_world):
    """Polls the feed with this body, and publishes its items; the world is `show.world`."""
    world = make_world(Settings(host_spacing_s=0))
    world.services = replace(world.services, http=Bodies())
    world.store.feeds.add([FEED])

    def poll(body):
        world.services.http.body = body.encode()
        world.store.feeds.poll_now(FEED.id)
        report = asyncio.run(poll_feeds(world.services.polling, world.store.polls.claim_due(1, 60)))
        world.work(2)
        return report

    poll.world = world
    return poll


def headlines(world):
    """The headlines on the desk, in order."""
    return [event["data"]["item"]["headline"] for event in world.events()]


def ninjs(**said):
    return json.dumps({"uri": "urn:n:1", "headline": "Vote", "body_text": "It was close."} | said)


# ids


def rss(*entries):
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f"<rss version='2.0'><channel>{items}</channel></rss>"


@pytest.mark.parametrize("then", ["1", "3", "23", "32"])
def test_entries_of_one_guid_keep_their_ids_when_a_body_shows_only_some(show, then):
    entry = "<guid isPermaLink='false'>series</guid><title>Story {0}</title><link>/{0}</link>"
    for body in ("123", then, "123", then, "1234", "4"):
        show(rss(*(entry.format(number) for number in body)))
    assert sorted(headlines(show.world)) == [f"Story {number}" for number in "1234"]


def test_an_entry_alone_under_the_guid_of_a_series_is_no_version_of_another(show):
    entry = "<guid isPermaLink='false'>series</guid><title>Story {0}</title><link>/{0}</link>"
    for body in ("1", "12", "2", "3", "4"):
        show(rss(*(entry.format(number) for number in body)))
    assert {word for word, _, _ in show.world.told()} == {"created"}
    assert sorted(headlines(show.world)) == [f"Story {number}" for number in "11234"]


@pytest.mark.parametrize(
    "entry",
    [
        "<title>Story {0}</title><link>https://wire.example/</link>",
        "<title>News in brief</title><description>Story {0}.</description>",
        "<description>Story {0}.</description><link>https://wire.example/</link>",
    ],
    ids=["one link", "one headline", "one link, no headlines"],
)
def test_entries_without_ids_are_told_apart_by_their_words(show, entry):
    for body in ("12", "123", "3", "4"):
        show(rss(*(entry.format(number) for number in body)))
    assert {word for word, _, _ in show.world.told()} == {"created"}
    assert len({subject for _, subject, _ in show.world.told()}) == 4


def test_an_entry_without_an_id_whose_link_is_its_own_may_change_its_headline(show):
    entry = "<title>{1}</title><link>https://wire.example/{0}</link><description>{0}</description>"
    for first, second in (("One", "Two"), ("One", "Two, corrected"), ("One", "One")):
        show(rss(entry.format(1, first), entry.format(2, second)))
    assert [word for word, _, _ in show.world.told()].count("created") == 2
    assert headlines(show.world)[2:] == ["Two, corrected", "One"]


# versions


def test_a_version_that_is_not_unicode_costs_no_other_entry(show):
    show(f"[{ninjs(version='1')}, {ninjs(uri='urn:n:2', version=chr(0xD800))}]")
    assert len(show.world.events()) == 2


def test_a_publishers_own_version_is_not_taken_for_one_that_came_back(show):
    for version, headline in (("1", "A"), ("2", "B"), ("1", "A"), ("1.2", "C"), ("1.2", "C")):
        show(ninjs(version=version, headline=headline))
    assert headlines(show.world) == ["A", "B", "A", "C"]


@pytest.mark.parametrize("words", ["ABABAB", "ABCABC", "AABAB"])
@pytest.mark.parametrize(
    "days", [[10], [0, 0, 10], [0, 10]], ids=["slow", "now and then", "by turns"]
)
def test_no_event_id_comes_again_when_a_text_does_however_late(show, clock, words, days):
    for number, word in enumerate(words * 2):
        clock.advance(days[number % len(days)] * DAY_S)
        show(ninjs(headline=word))
    assert headlines(show.world) == [word for word, _ in itertools.groupby(words * 2)]
    ids = [event["id"] for event in show.world.events()]
    assert len(set(ids)) == len(ids)


# embargoes


@pytest.mark.parametrize(
    ("first_h", "then_h", "out"),
    [(1, 10, [0, 0, 1]), (10, 1, [0, 1, 1]), (10, None, [1, 1, 1]), (None, 10, [1, 1, 2])],
    ids=["postponed", "brought forward", "lifted", "imposed"],
)
def test_a_feed_that_names_no_version_may_move_an_embargo(show, clock, first_h, then_h, out):
    start = clock()
    for hours in (first_h, then_h):
        moment = (start + timedelta(hours=hours)).isoformat() if hours else ""
        show(ninjs(embargoed=moment))
    counts = []
    for hours in (0, 2, 9):
        clock.advance(hours * HOUR_S)
        show.world.scheduler.step()
        show.world.work(2)
        counts.append(len(show.world.events()))
    assert counts == out


# kills


def test_a_name_of_a_feed_is_never_the_key_of_a_kill(show):
    show(ninjs(version="1"))
    show(ninjs(version="\x021", headline="Second vote"))
    show(ninjs(version="1", pubstatus="canceled"))
    assert [kind for kind, _, _ in show.world.told()] == ["created", "withdrawn"]


def test_a_control_character_in_an_id_costs_no_entry(show):
    ids = ("urn:n:\x02", "https://a.test/\x02", "\x02")
    show(json.dumps([json.loads(ninjs(uri=uri)) for uri in ids]))
    assert len({uri for _, uri, _ in show.world.told()}) == len(ids)


KILL_BY_TEXT = ninjs(headline="KILL: Vote", body_text="KILL. Please kill the item.")


@pytest.mark.parametrize(
    "kill", [json.dumps({"uri": "urn:n:1", "pubstatus": "canceled"}), KILL_BY_TEXT]
)
def test_a_kill_that_a_feed_shows_again_stops_what_came_in_between(show, kill):
    """The later version still waits for a worker when its kill is read."""
    show(ninjs())
    show(kill)
    show.world.work = lambda *_: None
    show(ninjs(headline="Second vote"))
    show(kill)
    del show.world.work
    show.world.work(2)
    assert [kind for kind, _, _ in show.world.told()] == ["created", "withdrawn", "withdrawn"]


def test_a_kill_by_its_text_that_a_feed_shows_again_ends_the_wait_of_an_embargo(show, clock):
    show(ninjs())
    show(KILL_BY_TEXT)
    show(ninjs(headline="Second vote", embargoed=(clock() + timedelta(hours=1)).isoformat()))
    show(KILL_BY_TEXT)
    clock.advance(2 * HOUR_S)
    show.world.scheduler.step()
    show.world.work(2)
    assert [kind for kind, _, _ in show.world.told()] == ["created", "withdrawn", "withdrawn"]


@pytest.mark.parametrize("version", ["7", "1796239664876123", "1796239664876123" * 2])
def test_a_kill_by_its_text_withdraws_an_item_whose_version_it_bears(show, version):
    """A count of microseconds has as many digits as a digest."""
    show(ninjs(version=version))
    show(ninjs(version=version, headline="KILL: Vote", body_text="KILL. Please kill the item."))
    assert [kind for kind, _, _ in show.world.told()] == ["created", "withdrawn"]
