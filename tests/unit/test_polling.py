"""What a poll task does with a batch of leases."""

import asyncio
import contextlib
import datetime
import socket
import threading
import time
from dataclasses import replace

import pytest

from worker.errors import BrokerError, FetchError, FetchPostponed
from worker.model import Feed, FeedState, NewsItem, feed_id
from worker.model.codec import load
from worker.polling import fetching, poll_task
from worker.polling.fetching import PollReport
from worker.polling.poll_task import poll_feeds
from worker.services import Services, open_fetcher
from worker.settings import Settings
from worker.store.connection import Connection
from worker.web.api import FetchReply

NOW = datetime.datetime(2026, 3, 4, 12, tzinfo=datetime.UTC)

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
<item><guid>urn:x:1</guid><title>{title}</title><description>Some words.</description></item>
</channel></rss>"""


class ScriptedFetcher:
    """Answers by URL: a body, a status or an error."""

    def __init__(self) -> None:
        self.answers = {}
        self.asked = []

    async def fetch(self, feed, state, memory=None):
        self.asked.append((feed.url, state.etag))
        answer = self.answers[feed.url]
        if isinstance(answer, Exception):
            raise answer
        if answer == 304:
            return FetchReply(status=304, url=feed.url, headers={})
        headers = {"content-type": "application/rss+xml", "etag": '"one"'}
        return FetchReply(status=200, url=feed.url, headers=headers, body=answer.encode())

    async def aclose(self):
        return


@pytest.fixture
def services(store):
    opened = Services(
        settings=Settings(host_spacing_s=0),
        store=store,
        http=ScriptedFetcher(),
        desks=(),
        now=lambda: NOW,
    )
    yield opened
    opened._runner.close()


def add(services, *urls):
    feeds = [Feed(id=feed_id(url), url=url) for url in urls]
    services.store.feeds.add(feeds)
    return services.store.polls.claim_due(10, 60)


def poll(services, leases):
    return asyncio.run(poll_feeds(services.polling, leases))


def test_new_items_go_on_the_work_stream_and_validators_are_kept(services, work):
    leases = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    assert poll(services, leases) == PollReport(feeds=1, new=1)
    state = services.store.feeds.state(leases[0].subject_id)
    assert (state.etag, state.status, state.items_seen) == ('"one"', 200, 1)
    assert len(work()) == 1


def test_the_same_body_again_is_not_even_read(services):
    leases = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    poll(services, leases)
    services.store.feeds.poll_now(leases[0].subject_id)
    again = services.store.polls.claim_due(10, 60)
    assert poll(services, again) == PollReport(feeds=1, unchanged=1)
    assert services.http.asked[-1] == ("http://a.test/rss", '"one"')


def test_polls_are_counted_by_outcome_and_items_by_feed(services):
    first = add(services, "http://a.test/rss", "http://b.test/rss", "http://c.test/rss")
    answers = services.http.answers
    answers["http://a.test/rss"] = RSS.format(title="One")
    answers["http://b.test/rss"] = FetchError("HTTP 500", subject="b", status=500, code="http_500")
    answers["http://c.test/rss"] = FetchPostponed("memory", subject="c", code="memory")
    poll(services, first)
    services.store.feeds.poll_now(feed_id("http://a.test/rss"))
    again = services.store.polls.claim_due(10, 60)
    answers["http://a.test/rss"] = 304
    poll(services, again)

    services.counts._sums = services.store.metrics
    services.counts.flush()
    counted = services.store.metrics.read(("polls", "poll_failures", "feed_items", "polled_items"))
    assert counted == {
        "polls": {
            ("arrived",): 1,
            ("failed",): 1,
            ("postponed",): 1,
            ("unchanged",): 1,
        },
        "poll_failures": {("http_500",): 1},
        "feed_items": {(feed_id("http://a.test/rss"), "a.test"): 1},
        "polled_items": {("new",): 1},
    }
    (fetches,) = services.store.metrics.read(("fetch_duration_seconds",)).values()
    assert sum(by for (part,), by in fetches.items() if part != "sum") == 4


def test_a_changed_item_is_put_again(services):
    leases = add(services, "http://a.test/rss")
    for title, expected in (("One", {"new": 1}), ("Two", {"changed": 1})):
        services.http.answers["http://a.test/rss"] = RSS.format(title=title)
        assert poll(services, leases) == PollReport(feeds=1, **expected)
        services.store.feeds.poll_now(leases[0].subject_id)
        leases = services.store.polls.claim_due(10, 60)


def test_a_feed_that_goes_back_after_a_poll_that_was_broken_off_is_read_again(services):
    """Its old validators and body would say that nothing changed; the desks have the new title."""
    leases = add(services, "http://a.test/rss")
    (here,) = leases
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    poll(services, leases)
    services.store.feeds.poll_now(here.subject_id)
    services.http.answers["http://a.test/rss"] = RSS.format(title="Two")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(services.store.polls, "finish", away_from_here)
        again = services.store.polls.claim_due(10, 60)
        with pytest.raises(BrokerError):
            poll(services, again)
    assert services.store.feeds.state(here.subject_id).items_seen == 1
    services.store.feeds.pause(here.subject_id)  # its lease ends
    services.store.feeds.resume(here.subject_id)

    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    assert poll(services, services.store.polls.claim_due(10, 60)) == PollReport(feeds=1, changed=1)
    assert services.http.asked[-1] == ("http://a.test/rss", None)


def away_from_here(*_, **__):
    raise BrokerError("away")


def test_two_entries_of_one_id_that_change_places_do_not_go_round_for_ever(services, work):
    entry = "<item><guid>urn:x:1</guid><title>T</title><description>{}</description></item>"
    leases = add(services, "http://a.test/rss")
    for first, second in ("AB", "BA", "AB", "BA", "AB", "CA"):
        body = f"<rss version='2.0'><channel>{entry.format(first)}{entry.format(second)}"
        services.http.answers["http://a.test/rss"] = f"{body}</channel></rss>"
        poll(services, leases)
        services.store.feeds.poll_now(leases[0].subject_id)
        leases = services.store.polls.claim_due(10, 60)
    texts = [load(NewsItem, fields["message"]).body_text for _, _, fields in work()]
    assert texts == ["A", "B", "C"]


def test_a_feed_that_fails_costs_no_other_and_is_polled_later(services):
    leases = add(services, "http://a.test/rss", "http://b.test/rss", "http://c.test/rss")
    services.http.answers = {
        "http://a.test/rss": FetchError("no answer", subject="http://a.test/rss"),
        "http://b.test/rss": "<html>no feed</html>",
        "http://c.test/rss": RSS.format(title="One"),
    }
    assert poll(services, leases) == PollReport(feeds=3, failed=2, new=1)
    failed = services.store.feeds.state(feed_id("http://a.test/rss"))
    assert (failed.failures, failed.error) == (1, "http://a.test/rss: no answer")
    assert failed.due_at > NOW


def test_a_lease_that_ran_out_puts_nothing_on_the_work_stream(services, work):
    (lease,) = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    real = services.http.fetch

    async def fetch(feed, state, memory=None):
        services.store.feeds.remove(feed.id)
        return await real(feed, state)

    services.http.fetch = fetch
    assert poll(services, [lease]) == PollReport(feeds=1, fenced=1)
    assert work() == []


def test_a_poll_whose_task_message_is_begun_again_before_its_end_keeps_no_validators(
    services, pass_time
):
    (lease,) = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    admit = services.store.polls.admit

    def admit_and_lose_the_lease(*words, **said):
        admission = admit(*words, **said)
        pass_time(services.settings.poll_lease_s + 1)
        assert services.store.polls.open(lease, 60).is_ours
        return admission

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(services.store.polls, "admit", admit_and_lose_the_lease)
        assert poll(services, [lease]) == PollReport(feeds=1, new=1, fenced=1)
    assert services.store.feeds.state(lease.subject_id) == FeedState()


def test_a_task_message_of_a_feed_that_another_is_asking_asks_no_publisher(services):
    (lease,) = add(services, "http://a.test/rss")
    services.store.polls.open(lease, 60)
    report = poll(services, [lease])
    assert report == PollReport(feeds=1, fenced=1)
    assert services.http.asked == []


def test_a_fault_of_ours_in_one_feed_costs_no_other_and_backs_off(services, monkeypatch):
    real = fetching.read_feed

    def read_feed(body, media_type, feed, **options):
        if feed.url == "http://a.test/rss":
            raise ZeroDivisionError("division by zero")
        return real(body, media_type, feed, **options)

    monkeypatch.setattr(fetching, "read_feed", read_feed)
    leases = add(services, "http://a.test/rss", "http://b.test/rss")
    services.http.answers = dict.fromkeys(
        ("http://a.test/rss", "http://b.test/rss"), RSS.format(title="One")
    )
    assert poll(services, leases) == PollReport(feeds=2, failed=1, new=1)
    failed = services.store.feeds.state(feed_id("http://a.test/rss"))
    assert (failed.failures, failed.error) == (
        1,
        "http://a.test/rss: reading it failed: ZeroDivisionError",
    )


def test_leases_are_renewed_until_the_polls_that_reached_no_host_are_saved(services, monkeypatch):
    real = services.store.polls.finish
    renewing = []

    def finish_poll(*words, **said):
        renewing.append(any(thread.name == "keep" for thread in threading.enumerate()))
        return real(*words, **said)

    leases = add(services, "http://a.test/rss")
    services.http.answers = {"http://a.test/rss": FetchError("no route", reached=False)}
    monkeypatch.setattr(services.store.polls, "finish", finish_poll)
    assert poll(services, leases) == PollReport(feeds=1, failed=1)
    assert renewing == [True]


def test_a_store_that_goes_away_in_one_poll_lets_the_others_end_first(services, monkeypatch):
    leases = add(services, "http://a.test/rss", "http://b.test/rss")
    ended = []
    real = services.store.polls.finish

    async def fetch(feed, state, memory=None):
        if feed.url == "http://a.test/rss":
            raise BrokerError("away")
        await asyncio.sleep(0.05)
        return FetchReply(status=304, url=feed.url, headers={})

    def finish_poll(lease, state, due_at, record=None, **said):
        ended.append(lease.subject_id)
        return real(lease, state, due_at)

    services.http.fetch = fetch
    monkeypatch.setattr(services.store.polls, "finish", finish_poll)
    with pytest.raises(BrokerError, match="away"):
        poll(services, leases)
    assert ended == [feed_id("http://b.test/rss")]


def test_while_one_feed_is_read_the_loop_turns(services, monkeypatch):
    turns = []

    async def watch():
        while True:
            turns.append(1)
            await asyncio.sleep(0.01)

    async def poll_and_watch(leases):
        watching = asyncio.create_task(watch())
        report = await poll_feeds(services.polling, leases)
        watching.cancel()
        return report

    def read_feed(*asked, **options):
        turns.clear()
        time.sleep(0.2)
        read.append(len(turns))
        return polling_read(*asked, **options)

    read = []
    polling_read = fetching.read_feed
    monkeypatch.setattr(fetching, "read_feed", read_feed)
    leases = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    assert asyncio.run(poll_and_watch(leases)).new == 1
    assert read[0] > 3


def test_a_poll_that_takes_longer_than_its_lease_keeps_its_feed(services):
    opened = Services(
        settings=Settings(host_spacing_s=0, poll_lease_s=0.6),
        store=services.store,
        http=services.http,
        desks=(),
        now=lambda: NOW,
    )
    leases, claimed = add(services, "http://a.test/rss"), []

    async def fetch(feed, state, memory=None):
        for _ in range(4):
            await asyncio.sleep(0.4)
            claimed.extend(services.store.polls.claim_due(1, 60))
        return FetchReply(status=304, url=feed.url, headers={})

    services.http.fetch = fetch
    assert poll(opened, leases) == PollReport(feeds=1, unchanged=1)
    assert claimed == []
    opened._runner.close()


def test_a_feed_that_was_removed_meanwhile_is_passed_over(services):
    (lease,) = add(services, "http://a.test/rss")
    services.store.feeds.remove(lease.subject_id)
    assert poll(services, [lease]) == PollReport(feeds=1)


def test_a_feed_that_takes_too_much_memory_to_read_backs_off(services, monkeypatch):
    def read(*_, **__):
        raise MemoryError

    monkeypatch.setattr(fetching, "read_feed", read)
    leases = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")

    assert poll(services, leases) == PollReport(feeds=1, failed=1)
    failed = services.store.feeds.state(leases[0].subject_id)
    assert failed.error == "http://a.test/rss: takes more memory to read than there is"


@pytest.mark.parametrize("step", ["read_feed", "request_admission"])
def test_a_feed_that_takes_too_long_to_read_backs_off(services, monkeypatch, step):
    opened = Services(
        settings=Settings(task_time_limit_s=1),
        store=services.store,
        http=services.http,
        desks=(),
        now=lambda: NOW,
    )
    do = getattr(fetching, step)
    monkeypatch.setattr(fetching, step, lambda *a, **b: (time.sleep(0.6), do(*a, **b))[1])
    leases = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    assert poll(opened, leases) == PollReport(feeds=1, failed=1)
    failed = services.store.feeds.state(leases[0].subject_id)
    assert failed.error == "http://a.test/rss: was not read within 0.333333 s"
    opened._runner.close()


@pytest.fixture
def endless(monkeypatch):
    """Feeds of the host `slow.test` take for ever to read; the list has those that ended."""
    done, ended, read = [], threading.Event(), fetching.read_feed

    def read_feed(body, media_type, feed, **said):
        if "slow.test" in feed.url:
            ended.wait(30)
            done.append(feed.url)
        return read(body, media_type, feed, **said)

    monkeypatch.setattr(fetching, "read_feed", read_feed)
    yield done
    ended.set()


def test_feeds_that_take_for_ever_to_read_hold_up_no_other_and_no_call_to_the_store(
    services, endless
):
    """They take all threads that read, and did take those that the store is called in."""
    opened = replace(services, settings=Settings(task_time_limit_s=3, host_spacing_s=0))
    slow = [f"http://slow.test/{number}" for number in range(poll_task.READERS)]
    services.store.feeds.add([Feed(id=feed_id(url), url=url) for url in slow])
    services.http.answers = dict.fromkeys((*slow, "http://a.test/"), RSS.format(title="One"))

    first = poll(opened, services.store.polls.claim_due(100, 60))
    assert first == PollReport(feeds=len(slow), failed=len(slow))
    errors = {services.store.feeds.state(feed_id(url)).error for url in slow}
    assert {error.partition(": ")[2] for error in errors} == {"was not read within 1 s"}

    assert poll(opened, add(services, "http://a.test/")) == PollReport(feeds=1, new=1)
    assert endless == []


def test_a_feed_that_waits_for_others_to_be_read_is_postponed_and_did_not_fail(
    services, endless, monkeypatch
):
    monkeypatch.setattr(poll_task, "READERS", 1)
    opened = replace(services, settings=Settings(task_time_limit_s=1, host_spacing_s=0))
    urls = ["http://slow.test/1", "http://slow.test/2"]
    services.http.answers = dict.fromkeys(urls, RSS.format(title="One"))
    assert poll(opened, add(services, *urls)) == PollReport(feeds=2, failed=1)
    states = [services.store.feeds.state(feed_id(url)) for url in urls]
    assert sorted((state.failures, state.why) for state in states) == [(0, "busy"), (1, "back_off")]


def test_servers_that_never_answer_hold_up_no_other_feed_and_no_lease(services):
    """Forty of them, to which a connection is made and which then say nothing."""
    with contextlib.ExitStack() as opened:
        silent = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(40)]
        answering = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        ports = [one.getsockname()[1] for one in (*silent, answering)]
        origins = ",".join(f"127.0.0.1:{port}" for port in ports)
        settings = Settings(
            host_spacing_s=0,
            fetch_timeout_s=1.5,
            first_byte_s=1.5,
            poll_lease_s=0.6,
            host_connections=100,
            allow_origins=origins,
        )
        threading.Thread(target=answer_once, args=(answering,), daemon=True).start()
        feeds = [f"http://127.0.0.1:{port}/" for port in ports]
        services.store.feeds.add([Feed(id=feed_id(url), url=url) for url in feeds])
        asking = replace(services, settings=settings, http=open_fetcher(settings))

        async def poll_and_close():
            report = await poll_feeds(asking.polling, services.store.polls.claim_due(100, 60))
            await asking.http.aclose()
            return report

        assert asyncio.run(poll_and_close()) == PollReport(feeds=41, failed=40, new=1)


def answer_once(server):
    here, _ = server.accept()
    with here:
        here.recv(65_536)
        body = RSS.format(title="One").encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        here.sendall(head.encode() + body)


AWAY = [f"http://{name}.test/rss" for name in "abc"]


def away(url):
    return FetchError("cannot be reached", subject=url, code="connect", reached=False)


def test_an_outage_of_our_own_is_not_held_against_the_feeds(services):
    leases = add(services, *AWAY)
    services.http.answers = {url: away(url) for url in AWAY}
    assert poll(services, leases) == PollReport(feeds=3, failed=3)
    states = [services.store.feeds.state(lease.subject_id) for lease in leases]
    assert [(state.failures, state.error, state.polled_at) for state in states] == [
        (0, None, None)
    ] * 3
    assert all(0 < (state.due_at - NOW).total_seconds() <= 600 for state in states)


def test_one_answer_however_bad_shows_that_the_others_are_away_themselves(services):
    leases = add(services, *AWAY, "http://d.test/rss")
    services.http.answers = {url: away(url) for url in AWAY}
    services.http.answers["http://d.test/rss"] = FetchError("HTTP 500", status=500)
    assert poll(services, leases).failed == 4
    assert [services.store.feeds.state(lease.subject_id).failures for lease in leases] == [1] * 4


def test_an_outage_is_recognised_over_batches_of_one(services):
    failures = []
    for url in AWAY:
        leases = add(services, url)
        services.http.answers[url] = away(url)
        poll(services, leases)
        failures.append(services.store.feeds.state(feed_id(url)).failures)
    assert failures == [1, 1, 0]


def test_a_private_origin_that_answers_says_nothing_of_the_internet(services):
    opened = Services(
        settings=Settings(allow_origins="lan.test:80"),
        store=services.store,
        http=services.http,
        desks=(),
        now=lambda: NOW,
    )
    leases = add(services, *AWAY, "http://lan.test/rss")
    services.http.answers = {url: away(url) for url in AWAY}
    services.http.answers["http://lan.test/rss"] = RSS.format(title="One")
    poll(opened, leases)
    opened._runner.close()
    assert [services.store.feeds.state(feed_id(url)).failures for url in AWAY] == [0] * 3


def test_a_server_that_says_304_for_a_week_is_asked_without_validators_once(services):
    (lease,) = add(services, "http://a.test/rss")
    stuck = FeedState(etag='"1"', status=304, full_at=NOW - datetime.timedelta(days=8))
    begun = services.store.polls.open(lease, 60).lease
    services.store.polls.finish(begun, stuck, NOW)
    services.store.feeds.poll_now(lease.subject_id)
    (lease,) = services.store.polls.claim_due(1, 60)
    services.http.answers["http://a.test/rss"] = RSS.format(title="One")
    assert poll(services, [lease]).new == 1
    assert services.http.asked == [("http://a.test/rss", None)]
    assert services.store.feeds.state(lease.subject_id).full_at == NOW


def test_what_the_feed_itself_asks_is_kept(services):
    (lease,) = add(services, "http://a.test/rss")
    body = RSS.format(title="One").replace("<item>", "<ttl>120</ttl><item>")
    services.http.answers["http://a.test/rss"] = body
    poll(services, [lease])
    state = services.store.feeds.state(lease.subject_id)
    assert (state.pace_s, state.interval_s) == (7200, 7200)


def test_a_feed_that_was_postponed_comes_soon_and_did_not_fail(services):
    (lease,) = add(services, "http://a.test/rss")
    services.http.answers["http://a.test/rss"] = FetchPostponed("others came first")
    assert poll(services, [lease]) == PollReport(feeds=1)
    state = services.store.feeds.state(lease.subject_id)
    assert (state.failures, state.error) == (0, None)
    assert 0 < (state.due_at - NOW).total_seconds() <= 600


ENTRY = "<item><guid>{0}</guid><link>https://w.example/{1}</link><title>T{1}</title></item>"


def document(*entries):
    items = "".join(ENTRY.format(guid, number) for guid, number in entries)
    return f"<rss><channel>{items}</channel></rss>"


def test_new_entries_alone_are_the_same_items_as_in_the_whole_feed(services):
    url = "http://a.test/rss"
    leases = add(services, url)
    services.http.answers[url] = document(("urn:1", 1))
    poll(services, leases)

    async def part(feed, state, memory=None):
        assert (state.etag, state.needs_whole) == ('"one"', False)
        body = document(("urn:2", 2)).encode()
        return FetchReply(status=226, url=url, headers={"etag": '"two"'}, body=body)

    whole, services.http.fetch = services.http.fetch, part
    services.store.feeds.poll_now(leases[0].subject_id)
    assert poll(services, services.store.polls.claim_due(1, 60)) == PollReport(feeds=1, new=1)
    assert services.store.feeds.state(leases[0].subject_id).etag == '"two"'

    services.http.fetch = whole
    services.http.answers[url] = document(("urn:2", 2), ("urn:1", 1))
    services.store.feeds.poll_now(leases[0].subject_id)
    assert poll(services, services.store.polls.claim_due(1, 60)) == PollReport(feeds=1, known=2)


def test_a_feed_whose_entries_share_an_id_is_asked_for_whole(services):
    url = "http://a.test/rss"
    (lease,) = add(services, url)
    services.http.answers[url] = document(("same", 1), ("same", 2))
    assert poll(services, [lease]) == PollReport(feeds=1, new=2)
    assert services.store.feeds.state(lease.subject_id).needs_whole


def test_an_id_that_names_several_items_does_so_after_half_a_poll(services, work, monkeypatch):
    """The first slice went out. Alone, the entry would be the only one of its id."""
    url = "http://a.test/rss"
    (lease,) = add(services, url)
    many = [(f"urn:{number}", number) for number in range(3, 600)]
    services.http.answers[url] = document(*many, ("same", 2), ("same", 1))
    admit, admitted = Connection.run, []

    def away_after_a_slice(server, name, *words):
        admitted.append(name)
        if admitted.count("admit") > 1:
            raise BrokerError("away")
        return admit(server, name, *words)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "run", away_after_a_slice)
        with pytest.raises(BrokerError):
            poll(services, [lease])
    assert len(work()) == 500
    services.store.feeds.pause(lease.subject_id)  # its lease ends
    services.store.feeds.resume(lease.subject_id)
    services.http.answers[url] = document(("same", 1))

    report = poll(services, services.store.polls.claim_due(1, 60))

    assert report == PollReport(feeds=1, known=1)
    assert len(work()) == 500


@pytest.mark.parametrize("how", ["304", "same body", "failing", "paused"])
def test_a_feed_that_was_unchanged_for_long_brings_out_what_is_new_alone(
    services, work, pass_time, how
):
    url = "http://a.test/rss"
    old = [(f"urn:{number}", number) for number in range(20)]
    (lease,) = add(services, url)
    services.http.answers[url] = document(*old)
    assert poll(services, [lease]).new == 20
    if how != "same body":
        services.http.answers[url] = 304 if how == "304" else FetchError("HTTP 500", status=500)
    for _ in range(10):
        pass_time(9 * 86_400)
        services.store.feeds.poll_now(lease.subject_id)
        if how != "paused":
            poll(services, services.store.polls.claim_due(1, 60))
    services.http.answers[url] = document(("urn:new", 99), *old)
    services.store.feeds.poll_now(lease.subject_id)

    report = poll(services, services.store.polls.claim_due(1, 60))

    assert report == PollReport(feeds=1, new=1, known=20)
    assert len(work()) == 21


def test_a_slow_way_to_the_broker_costs_no_lease(services, monkeypatch):
    """Each call takes 60 ms, and all would take three times as long as a lease lasts."""
    settings = Settings(host_spacing_s=0, poll_lease_s=4.0)
    slow, near = replace(services, settings=settings), Connection._answer
    urls = [f"http://host-{number}.test/rss" for number in range(100)]
    services.http.answers = dict.fromkeys(urls, RSS.format(title="One"))
    feeds = [Feed(id=feed_id(url), url=url) for url in urls]
    services.store.feeds.add(feeds)
    leases, taken, ended = services.store.polls.claim_due(100, 4.0), [], threading.Event()
    assert len(leases) == 100

    def take_what_is_due():
        while not ended.wait(0.2):
            taken.extend(services.store.polls.claim_due(100, 4.0))

    def far(*asked, **said):
        time.sleep(0.06)
        return near(*asked, **said)

    thread = threading.Thread(target=take_what_is_due)
    monkeypatch.setattr(Connection, "_answer", far)
    thread.start()
    try:
        report = poll(slow, leases)
    finally:
        ended.set()
        thread.join()
    monkeypatch.undo()
    assert (report.feeds, report.fenced, taken) == (100, 0, [])
    assert all(services.store.feeds.state(feed.id).status == 200 for feed in feeds)
