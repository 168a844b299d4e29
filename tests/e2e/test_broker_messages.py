"""Messages on Celery's own lists that no process of ours put there.

Only dispatch, pollers and workers may write to these lists (worker/broker/acl.py); whoever has one
of their passwords has no code run and no worker ended.
"""

import base64
import json
import pickle
import uuid
from collections import Counter
from pathlib import Path

import pytest
import redis

pytestmark = pytest.mark.e2e

TASK = "tasks.parse.parse_items"
TEXT = "PARIS, May 1. /TASS/. One."

REFUSALS = Counter(
    {
        "Received invalid task message": 5,
        "Can't decode message body": 3,
        "Received unregistered task": 2,  # a poll task among them: this worker has none
        "raised unexpected": 2,  # a task of ours, with arguments that are none for it
        "task_failed": 2,
    }
)


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def message(body, content_type="application/json", encoding="utf-8", task=TASK):
    """As kombu would put it on a list."""
    delivery = {"exchange": "parse", "routing_key": "parse"}
    properties = {
        "correlation_id": "1",
        "delivery_mode": 2,
        "delivery_info": delivery,
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": uuid.uuid4().hex,
    }
    said = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": encoding,
        "content-type": content_type,
        "headers": {"lang": "py", "task": task, "id": uuid.uuid4().hex, "retries": 0},
        "properties": properties,
    }
    return json.dumps(said)


def arguments(*args):
    return json.dumps([args, {}, {}]).encode()


def forged(bomb):
    """Messages that kombu can take off their list, and that must come to nothing."""
    packed = pickle.dumps(Bomb(str(bomb)))
    yaml = f'[[!!python/object/apply:pathlib.Path.touch [!!python/name:open "{bomb}"]], {{}}, {{}}]'
    typed = {"__type__": "pickle", "__value__": base64.b64encode(packed).decode()}
    return [
        message(packed, "application/x-python-serialize", "binary"),
        message(packed, "application/data", "binary"),
        message(packed, "application/json", "binary"),
        message(yaml.encode(), "application/x-yaml"),
        message(b"\x93\x90\x80\x80", "application/x-msgpack", "binary"),
        message(arguments(typed, ["1-0"])),
        message(arguments("no:such:stream", ["1-0"])),
        message(arguments({"a": 1}, "1-0")),
        message(arguments()),
        message(b"[]"),
        message(b"not json"),
        message(arguments("x"), task="os.system"),
        message(arguments("x"), task="celery.backend_cleanup"),
        message(arguments("x"), task="tasks.poll.poll_feeds"),
    ]


def published(store):
    return [
        json.loads(entry.body)["data"]["item"]["body_text"] for entry in store.desks.read("items")
    ]


def test_forged_messages_are_refused_and_neither_run_nor_end_a_worker(
    processes, store, broker_url, prefix, tmp_path, wait_for
):
    bomb = tmp_path / "bomb"
    pickle.loads(pickle.dumps(Bomb(str(bomb))))
    bomb.unlink()  # it works
    server, queue = redis.Redis.from_url(broker_url), f"{prefix}:celery:parse"
    processes.dispatch()
    worker = processes.worker()
    for forgery in forged(bomb):
        server.lpush(queue, forgery)
    store.inbox.put(json.dumps({"text": TEXT}))

    def refusals():
        said = [event["event"] for event in processes.events("worker")]
        return Counter(word for word in REFUSALS for line in said if word in line)

    wait_for(lambda: published(store) == [TEXT], why=lambda: processes.log("worker")[-3000:])
    wait_for(lambda: refusals() == REFUSALS, why=lambda: str(refusals()))
    wait_for(lambda: not server.llen(queue) and not server.exists(f"{prefix}:celery:unacked"))
    assert worker.poll() is None
    assert not bomb.exists()
    assert processes.stop("worker") == 0


GARBAGE = [
    b"hello world",
    b"[1,2]",
    b'{"feed":"x"}',
    b"",
    b"\xff\xfe\x00",
    b"null",
    b"7",
    b'"x"',
    b"[" * 100_000,
    b'{"headers":{},"properties":{}}',
    b'{"body":1,"headers":null,"properties":{"delivery_tag":"1","delivery_info":null}}',
    b'{"properties":{"delivery_tag":[],"delivery_info":{"exchange":"a","routing_key":"b"}}}',
]
"""What kombu cannot take for a message at all."""


def test_garbage_on_celerys_lists_ends_no_worker_and_loses_no_item(
    processes, store, broker_url, prefix, wait_for
):
    """The client pops first and reads then: what it cannot read is gone; items are kept."""
    server, queue = redis.Redis.from_url(broker_url), f"{prefix}:celery:parse"
    processes.dispatch()
    worker = processes.worker()
    texts = []
    for number, garbage in enumerate(GARBAGE, start=1):
        texts.append(f"OSLO, June {number}. /TASS/. Day {number}.")
        server.lpush(queue, garbage)
        store.inbox.put(json.dumps({"text": texts[-1]}))
        wait_for(
            lambda: texts[-1] in published(store),
            timeout_s=90,
            why=lambda: processes.log("worker")[-3000:],
        )
    assert worker.poll() is None
    assert sorted(published(store)) == sorted(texts)
    assert store.dead_letters.list() == ()
    assert processes.stop("worker") == 0
