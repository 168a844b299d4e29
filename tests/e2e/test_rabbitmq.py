"""Task messages over RabbitMQ: items stay on the stream, so no fault there loses or doubles any."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import amqp
import kombu.pools
import pytest
from msgspec.structs import replace

from worker.app import make_app
from worker.broker.queues import QUEUES, QueueLength, queue_lengths
from worker.dispatch import Batch, TaskSender
from worker.errors import BrokerError
from worker.model import Event
from worker.model.codec import load
from worker.settings import load_settings

pytestmark = pytest.mark.e2e

COUNT = 1200


@pytest.fixture
def environ(environ, rabbitmq):
    url = f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}/"
    return environ | {"COPYTASTER_CELERY_URL": url, "COPYTASTER_BATCH_ITEMS": "25"}


@pytest.fixture
def settings(environ):
    """Settings of one test; Celery's connections end with it, for servers are killed between."""
    yield load_settings(environ)
    kombu.pools.reset()


def put_items(store, count, start=0):
    for number in range(start, start + count):
        body = f"VARNA, March 4. /TASS/. Number {number}."
        store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": body}))


def subjects(store):
    entries = store.desks.read("items", limit=10 * COUNT)
    return Counter(load(Event, entry.body).subject for entry in entries)


def children_of(pid):
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words]


def wait_for_more(store, wait_for):
    before = len(subjects(store))
    wait_for(lambda: len(subjects(store)) > before)


def settle(store, wait_for, count):
    """Everything is on its desk once, and nothing is dead."""
    wait_for(
        lambda: store.stats.sizes()["inbox"] == 0,
        timeout_s=180,
        why=lambda: str(store.stats.sizes()),
    )
    assert subjects(store) == Counter(f"urn:n:{number}" for number in range(count))
    assert store.dead_letters.list() == ()


def test_items_go_from_inbox_to_desk_by_quorum_queues_of_our_prefix(
    processes, store, settings, wait_for, rabbitmq, prefix, broker_url
):
    put_items(store, 200)
    processes.dispatch()
    processes.worker()
    settle(store, wait_for, 200)
    wait_for(lambda: queue_lengths(settings) == dict.fromkeys(QUEUES, QueueLength(waiting=0)))
    with (
        rabbitmq.connect() as connection,
        pytest.raises(amqp.PreconditionFailed, match="x-queue-type"),
    ):
        connection.channel().queue_declare(f"{prefix}.parse", durable=True, auto_delete=False)
    on_redis = replace(settings, celery_url="", redis_url=broker_url)
    assert queue_lengths(on_redis) == dict.fromkeys(
        QUEUES, QueueLength(waiting=0, unacknowledged=0)
    )
    assert processes.stop("worker") == 0
    assert processes.stop("dispatch") == 0
    assert "Traceback" not in processes.log("worker") + processes.log("dispatch")
    assert "delayed delivery" not in processes.log("worker")


def test_workers_killed_in_the_middle_of_a_batch_lose_and_double_nothing(
    processes, store, wait_for
):
    put_items(store, COUNT)
    processes.dispatch()
    for number in range(2):
        name = f"worker{number}"
        worker = processes.worker(name)
        wait_for_more(store, wait_for)
        os.kill(children_of(worker.pid)[0], signal.SIGKILL)
        wait_for_more(store, wait_for)
        processes.stop(name, signal.SIGKILL)
    processes.worker()
    settle(store, wait_for, COUNT)


def test_a_rabbitmq_that_goes_and_comes_back_loses_and_doubles_nothing(
    processes, store, wait_for, rabbitmq
):
    put_items(store, COUNT)
    processes.dispatch()
    processes.worker()
    wait_for(lambda: subjects(store))
    rabbitmq.stop()
    put_items(store, 50, start=COUNT)
    wait_for(lambda: '"broker_away"' in processes.log("dispatch"))
    rabbitmq.start()
    wait_for(lambda: '"broker_back"' in processes.log("dispatch"))
    settle(store, wait_for, COUNT + 50)
    assert "Traceback" not in processes.log("dispatch")
    beat, back_at = processes.beat("worker"), time.time()
    wait_for(lambda: beat.stat().st_mtime > back_at)


def test_a_task_message_waits_on_its_queue_and_counts_there(settings):
    sender = TaskSender(settings, make_app(settings))
    assert sender.lengths("parse", "urgent") == {"parse": 0, "urgent": 0}
    for number in range(3):
        stream = "work:urgent" if number == 2 else "work"
        sender.parse(Batch(stream=stream, ids=(f"{number}-1",)))
    assert sender.lengths("parse", "urgent", "poll") == {"parse": 2, "urgent": 1, "poll": 0}
    assert queue_lengths(settings)["parse"] == QueueLength(waiting=2)


@pytest.mark.parametrize("act", ["lengths", "parse"])
def test_a_rabbitmq_that_stands_still_is_away_until_it_goes_on(
    settings, rabbitmq, monkeypatch, act
):
    sender = TaskSender(settings, make_app(settings))
    asked = {
        "lengths": lambda: sender.lengths("parse"),
        "parse": lambda: sender.parse(Batch(stream="work", ids=("1-1",))),
    }
    assert sender.lengths("parse") == {"parse": 0}
    monkeypatch.setattr("worker.broker.queues.ANSWER_S", 1)
    sender.lengths("parse")
    rabbitmq.freeze()
    try:
        for _ in range(2):
            with pytest.raises(BrokerError, match="timed out"):
                asked[act]()
    finally:
        rabbitmq.thaw()
    asked[act]()
    assert sender.lengths("urgent") == {"urgent": 0}


def test_two_installations_share_a_server(settings):
    other = replace(settings, prefix=f"{settings.prefix}x")
    sender = TaskSender(settings, make_app(settings))
    assert sender.lengths("parse") == {"parse": 0}
    sender.parse(Batch(stream="work", ids=("1-1",)))
    assert (queue_lengths(settings)["parse"].waiting, queue_lengths(other)["parse"].waiting) == (
        1,
        0,
    )


def test_a_rabbitmq_that_is_not_there_is_said_in_one_line_without_the_password(settings):
    away = replace(settings, celery_url="amqp://ada:hush@127.0.0.1:1/")
    with pytest.raises(BrokerError) as error:
        queue_lengths(away)
    with pytest.raises(BrokerError) as of_sender:
        TaskSender(away, make_app(away)).lengths("parse")
    for said in (str(error.value), str(of_sender.value)):
        assert said.startswith("Celery's broker does not answer: ")
        assert "hush" not in said
        assert "\n" not in said


def test_by_tls_the_server_shows_a_certificate_of_its_name(settings, rabbitmq):
    def ask(host, query):
        url = f"amqps://guest:guest@{host}:{rabbitmq.tls_port}/{query}"
        return queue_lengths(replace(settings, celery_url=url))

    ours = f"?ca={rabbitmq.certificate}"
    assert ask("127.0.0.1", ours) == dict.fromkeys(QUEUES, QueueLength(waiting=0))
    with pytest.raises(BrokerError, match=r"self.signed certificate"):
        ask("127.0.0.1", "")
    with pytest.raises(BrokerError, match="IP address mismatch"):
        ask("127.0.0.2", ours)
