"""A batch of a source is on the inbox, or in a letter, before it is acknowledged."""

import json
import threading

import pytest

from worker.errors import BrokerFault, BrokerRefused
from worker.sources.intake import Intake
from worker.sources.source import Delivery

MESSAGES = tuple({"source": "s", "message": json.dumps({"text": f"Story {n}."})} for n in range(4))


class OneDelivery:
    """A source with one delivery, which comes again until it is acknowledged."""

    def __init__(self, key):
        self.delivery = Delivery(entries=MESSAGES, key=key, receipt=1)
        self.acknowledged = False

    def take(self, wait_s):
        return () if self.acknowledged else (self.delivery,)

    def acknowledge(self, delivery):
        self.acknowledged = True

    def close(self):
        pass


class Failing:
    """An inbox that fails while `fault` returns an error for the messages."""

    def __init__(self, inbox, fault):
        self.inbox = inbox
        self.fault = fault

    def put_all(self, messages, **words):
        if error := self.fault(messages):
            raise error
        return self.inbox.put_all(messages, **words)


def put(source, inbox):
    intake = Intake("s", source, inbox, threading.Event(), chance=lambda: 1.0)
    while not source.acknowledged:
        intake.step()


@pytest.mark.parametrize("key", ["", "file-1"])
def test_the_broker_refuses_one_message_and_has_the_others(key, store, at_doors):
    def fault(messages):
        is_met = any(
            "Story 2" in one["message"] and "refused" not in one["message"] for one in messages
        )
        return BrokerFault("a script failed") if is_met else None

    put(OneDelivery(key), Failing(store.inbox, fault))
    texts = [one.get("text") or one["refused"] for one in at_doors()]
    assert texts == ["Story 0.", "Story 1.", "not put: a script failed", "Story 3."]


def test_a_batch_waits_while_the_door_has_no_more_ids(store, at_doors):
    left = [BrokerRefused("exhausted the last possible ID")] * 2

    put(OneDelivery("file-1"), Failing(store.inbox, lambda _: left.pop() if left else None))
    assert [one["text"] for one in at_doors()] == [f"Story {n}." for n in range(4)]
