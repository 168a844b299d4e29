"""What becomes of polls when a replica takes over that is behind: two real servers."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from worker.broker import embedded
from worker.model import Feed, FeedState, NewsItem, feed_id
from worker.model.polling import Admission
from worker.polling.admission import request_admission
from worker.polling.fetching import PollReport
from worker.polling.poll_task import poll_feeds
from worker.services import Services
from worker.settings import Settings
from worker.store.store import RedisStore
from worker.web.api import FetchReply

LONG_S = 60.0
URL = "https://wire.example/1"
FEED = Feed(id=feed_id(URL), url=URL)
RSS = b"""<rss version="2.0"><channel><item><guid>urn:1</guid><title>Bridge opens</title></item>
</channel></rss>"""


class Pair:
    """A master, its replica, and a store for each that knows of no other server."""

    def __init__(self, server_type, directory):
        class Valkey(server_type):
            def command(self):
                words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
                return [embedded.find_server(), *words, "--repl-diskless-sync-delay", "0"]

        self.servers = [Valkey(directory / name) for name in ("master", "replica")]
        for server in self.servers:
            server.directory.mkdir()
            server.start()
        urls = [f"redis://127.0.0.1:{server.port}/0" for server in self.servers]
        self.master, self.replica = (RedisStore(url) for url in urls)
        self._clients = [redis.Redis.from_url(url, decode_responses=True) for url in urls]
        self._clients[1].replicaof("127.0.0.1", self.servers[0].port)
        self._wait(lambda: self._clients[1].info("replication")["master_link_status"] == "up")

    def _wait(self, is_so):
        deadline = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def catch_up(self):
        """Wait until the replica has what the master has: WAIT asks for a connection's own."""
        self._clients[0].set("mark", 1)
        assert self._clients[0].wait(1, 30_000) == 1

    def take_over(self):
        """The replica is the master now, with what it has; the master goes on as if nothing was."""
        self._clients[1].replicaof("no", "one")

    def work(self):
        return self._clients[1].xrange("copytaster:work")

    def close(self):
        for one in (self.master, self.replica, *self._clients):
            one.close()
        for server in self.servers:
            server.kill()


@pytest.fixture
def pair(broker_url, server_type, tmp_path):
    opened = Pair(server_type, tmp_path)
    try:
        yield opened
    finally:
        opened.close()


def item(version):
    return NewsItem(uri="urn:1", version=version, headline=f"Bridge opens, {version}")


def later():
    return datetime.now(UTC) + timedelta(hours=1)


class Http:
    """A feed with one entry that says 304 to who has its validator."""

    async def fetch(self, feed, state, memory=None):
        if state.etag:
            return FetchReply(status=304, url=feed.url, headers={})
        return FetchReply(status=200, url=feed.url, headers={"etag": '"1"'}, body=RSS)

    async def aclose(self):
        return


def test_a_poll_whose_items_the_new_master_has_not_keeps_no_validators(
    pair, swap_server, monkeypatch
):
    pair.master.feeds.add([FEED])
    settings = Settings(host_spacing_s=0)
    services = Services(
        settings=settings, store=pair.master, http=Http(), desks=(), now=lambda: datetime.now(UTC)
    )
    (claim,) = pair.master.polls.claim_due(1, LONG_S)
    admit = pair.master.polls.admit

    def admit_unseen(*words, **said):
        pair.catch_up()
        pair.take_over()
        admission = admit(*words, **said)
        swap_server(monkeypatch, pair.master, pair.replica._server)  # another server, one address
        return admission

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pair.master.polls, "admit", admit_unseen)
        report = asyncio.run(poll_feeds(services.polling, [claim]))
    assert report == PollReport(feeds=1, new=1, fenced=1)
    assert pair.replica.feeds.state(FEED.id) == FeedState()

    # The new master knows that the poll has begun: once its lease has ended, the old task message
    # is as good as a new one.
    pair._clients[1].zadd("copytaster:due", {FEED.id: 0}, xx=True)
    assert asyncio.run(poll_feeds(services.polling, [claim])).new == 1

    services._runner.close()
    assert len(pair.work()) == 1
    assert pair.replica.feeds.state(FEED.id).etag == '"1"'


def test_a_poller_that_slept_through_a_failover_is_not_heard(pair):
    pair.master.feeds.add([FEED])
    pair.catch_up()
    pair.take_over()
    (lost,) = pair.master.polls.claim_due(1, LONG_S)
    sleeper = pair.master.polls.open(lost, LONG_S).lease
    (claim,) = pair.replica.polls.claim_due(1, LONG_S)
    opened = pair.replica.polls.open(claim, LONG_S)
    admission = pair.replica.polls.admit(opened.lease, request_admission([item("B")]))

    fenced = pair.replica.polls.admit(sleeper, request_admission([item("A")]))
    assert fenced == Admission(fenced=True)
    assert not pair.replica.polls.finish(sleeper, FeedState(etag="A"), later())
    assert not pair.replica.polls.open(lost, LONG_S).is_ours

    assert pair.replica.polls.finish(opened.lease, FeedState(), later(), admission=admission)
    assert len(pair.work()) == 1


def test_a_task_message_whose_beginning_was_lost_begins_again_and_the_first_poller_is_not_heard(
    pair,
):
    pair.master.feeds.add([FEED])
    (claim,) = pair.master.polls.claim_due(1, LONG_S)
    pair.catch_up()
    pair.take_over()
    first = pair.master.polls.open(claim, LONG_S).lease

    second = pair.replica.polls.open(claim, LONG_S)

    assert second.is_ours
    assert pair.replica.polls.admit(first, request_admission([item("A")])) == Admission(fenced=True)
    assert pair.replica.polls.admit(second.lease, request_admission([item("B")])).new == 1
