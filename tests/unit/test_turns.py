"""Hosts' pace and back-off, as polls keep to them."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from worker.errors import FetchError
from worker.model import Feed, PollRecord, feed_id
from worker.polling import host_pacing
from worker.polling.fetching import PollReport
from worker.polling.poll_task import poll_feeds
from worker.polling.schedule import Failed, host_wait_s
from worker.services import Services
from worker.settings import Settings
from worker.web.api import FetchReply
from worker.web.memory_budget import MemoryBudget

RSS = b"<rss><channel><item><guid>urn:x:1</guid><title>One</title></item></channel></rss>"


class Host:
    """Answers every feed alike, and keeps who asked."""

    def __init__(self):
        self.answer = None
        self.asked = []

    async def fetch(self, feed, state, memory=None):
        self.asked.append(feed.url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return FetchReply(status=200, url=feed.url, headers={}, body=self.answer or RSS)

    async def aclose(self):
        return


@pytest.fixture
def services(store, clock):
    opened = Services(
        settings=Settings(host_spacing_s=0),
        store=store,
        http=Host(),
        desks=(),
        now=clock,
    )
    yield opened
    opened._runner.close()


def with_settings(services, **said):
    settings = msgspec.structs.replace(services.settings, **said)
    object.__setattr__(services, "settings", settings)


def poll(services, *urls):
    services.store.feeds.add([Feed(id=feed_id(url), url=url, interval_s=900) for url in urls])
    for url in urls:
        services.store.feeds.poll_now(feed_id(url))
    return asyncio.run(poll_feeds(services.polling, services.store.polls.claim_due(100, 60)))


def refusal(status=503, **said):
    return FetchError(f"HTTP {status}", code=f"http_{status}", status=status, **said)


def state(services, url):
    return services.store.feeds.state(feed_id(url))


@pytest.mark.parametrize("status", [429, 503])
def test_one_feeds_503_slows_the_other_feeds_of_its_host(services, status):
    services.http.answer = refusal(status)
    poll(services, "https://a.test/1")
    services.http.answer = None
    report = poll(services, "https://a.test/2", "https://b.test/1")
    assert report == PollReport(feeds=2, new=1)
    assert services.http.asked == ["https://a.test/1", "https://b.test/1"]
    other = state(services, "https://a.test/2")
    assert (other.failures, other.why, other.health) == (0, "host", ("slowed",))
    assert timedelta(seconds=60) <= other.due_at - services.now() <= timedelta(seconds=120)


def test_a_429_behind_a_redirect_slows_the_host_that_said_it(services):
    waits = []
    for _ in range(2):
        services.http.answer = refusal(429, url="https://b.test/there")
        poll(services, "https://a.test/1")
        waits.append(round(services.store.hosts.take_slot("b.test", 0, 0).wait_s))
    services.http.answer = None
    report = poll(services, "https://a.test/2", "https://b.test/1")
    assert (waits, report) == ([60, 120], PollReport(feeds=2, new=1))
    assert services.http.asked[-1] == "https://a.test/2"
    assert state(services, "https://b.test/1").why == "host"


def test_a_404_slows_nobody_else(services):
    services.http.answer = refusal(404)
    poll(services, "https://a.test/1")
    services.http.answer = None
    assert poll(services, "https://a.test/2").new == 1


def test_a_host_that_goes_on_asking_is_left_alone_longer_and_trusted_again_step_by_step(
    services, pass_time
):
    waits = []
    for answer in (refusal(), refusal(), None, refusal(), None, None, refusal()):
        services.http.answer = answer
        poll(services, "https://a.test/1")
        turn = services.store.hosts.take_slot("a.test", 0, 0)
        waits.append(round(turn.wait_s))
        pass_time(turn.wait_s + 1)
    assert waits == [60, 120, 0, 120, 0, 0, 60]


@pytest.mark.parametrize(
    ("strikes", "asked_s", "expected_s"),
    [(1, None, 60), (3, None, 240), (10**9, None, 3600), (1, 600, 600), (1, 10**9, 3600)],
)
def test_a_host_rests_for_a_minute_to_an_hour(strikes, asked_s, expected_s):
    outcome = Failed(reason="x", status=429, retry_after_s=asked_s)
    assert host_wait_s(strikes, outcome) == expected_s


def test_feeds_of_one_host_are_asked_one_after_the_other_and_the_rest_comes_soon(
    services, monkeypatch
):
    slept = []

    async def sleep(seconds):
        slept.append(round(seconds))

    monkeypatch.setattr(host_pacing.asyncio, "sleep", sleep)
    with_settings(services, host_spacing_s=2.0)
    urls = [f"https://a.test/{n}" for n in range(5)]
    poll(services, *urls, "https://b.test/")
    assert sorted(slept) == [2, 4]
    late = [url for url in urls if state(services, url).why == "turn"]
    assert len(services.http.asked) == 4
    assert len(late) == 2
    waits = [state(services, url).due_at - services.now() for url in late]
    assert all(timedelta(0) < wait <= timedelta(seconds=13) for wait in waits)


def test_origins_of_our_own_have_no_pace(services):
    with_settings(services, host_spacing_s=3600.0, allow_origins="a.test:443")
    services.http.answer = refusal()
    poll(services, *(f"https://a.test/{n}" for n in range(3)))
    assert len(services.http.asked) == 3
    poll(services, "https://a.test/3")
    assert len(services.http.asked) == 4


# what is remembered


def test_each_poll_that_asked_leaves_a_record(services, pass_time):
    at = int(services.now().timestamp())
    poll(services, "https://a.test/1")
    pass_time(1000)
    services.http.answer = refusal(404)
    poll(services, "https://a.test/1")
    failed, first = services.store.feeds.history(feed_id("https://a.test/1"))
    assert msgspec.structs.replace(first, took_ms=0) == PollRecord(
        at=at, status=200, new=1, size=len(RSS), why="interval", wait_s=first.wait_s
    )
    assert 900 <= first.wait_s <= 1800
    assert (failed.at, failed.status, failed.code, failed.new, failed.why, failed.wait_s) == (
        at + 1000, 404, "", 0, "back_off", 900,
    )  # fmt: skip


def test_a_poll_that_asked_nobody_leaves_none(services):
    services.store.hosts.slow_down("a.test", 1, 60)
    poll(services, "https://a.test/1")
    assert services.store.feeds.history(feed_id("https://a.test/1")) == ()


def test_a_feed_that_found_no_memory_is_postponed_and_did_not_fail(services):
    class Large(Host):
        async def fetch(self, feed, state, memory=None):
            try:
                async with asyncio.timeout(0.05):
                    await memory.extend(10**6)
            except TimeoutError as error:
                raise FetchError("no whole answer", code="timeout") from error
            await asyncio.sleep(0.2)
            return await super().fetch(feed, state)

    object.__setattr__(services, "http", Large())
    object.__setattr__(services, "memory", MemoryBudget(10, free_bytes=0))
    urls = ["https://a.test/1", "https://b.test/1"]
    assert poll(services, *urls) == PollReport(feeds=2, new=1)
    assert sorted(state(services, url).why for url in urls) == ["interval", "memory"]
    assert [state(services, url).failures for url in urls] == [0, 0]
