"""The task of producers that use Celery: no stream has its message before the inbox does."""

import json
from types import SimpleNamespace

import pytest
import redis
from celery.exceptions import Reject

from tasks import ingest

MESSAGE = json.dumps({"uri": "urn:a", "version": "1", "headline": "Talks resume"})


@pytest.fixture
def run(store, monkeypatch):
    """Run the task on a store; the pauses it makes are those of the list, and call the function."""

    def run(on=store, in_pause=lambda count: None, message=MESSAGE):
        pauses = []

        def pause(seconds):
            pauses.append(seconds)
            in_pause(len(pauses))

        monkeypatch.setattr(ingest, "services", lambda: SimpleNamespace(store=on))
        monkeypatch.setattr(ingest.time, "sleep", pause)
        ingest.put_on_inbox.apply(args=[message])
        return pauses

    return run


def test_a_message_that_the_store_refuses_is_sent_until_it_is_taken(run, client, prefix):
    door = f"{prefix}:inbox"
    client.set(door, "no stream")

    def mend(count):
        if count == 10:
            client.delete(door)

    assert run(in_pause=mend) == [ingest.AWAY_S] * 10
    assert [fields["message"] for _, fields in client.xrange(door)] == [MESSAGE]


def test_a_message_that_celery_cannot_send_again_stays_on_its_queue(
    run, client, prefix, monkeypatch
):
    def refuse(**_):
        raise Reject("the broker is away", requeue=False)

    client.set(f"{prefix}:inbox", "no stream")
    monkeypatch.setattr(ingest.put_on_inbox, "retry", refuse)
    assert run() == [ingest.AWAY_S]
    with pytest.raises(Reject) as raised:
        ingest.put_on_inbox.run(MESSAGE)
    assert raised.value.requeue


def test_a_task_that_is_killed_or_not_sent_again_in_time_keeps_its_message(
    run, client, prefix, monkeypatch
):
    sent = []

    def retry(**options):
        sent.append(options["confirm_timeout"])
        raise Reject("RabbitMQ is out of memory", requeue=False)

    client.set(f"{prefix}:inbox", "no stream")
    monkeypatch.setattr(ingest.put_on_inbox, "retry", retry)
    run()
    assert sent == [ingest.CONFIRM_S]
    assert not ingest.put_on_inbox.acks_on_failure_or_timeout


def test_a_full_inbox_takes_the_message_of_a_task(run, make_store, client, prefix):
    full = make_store(inbox_length=1)
    full.inbox.put("{}")
    assert (run(full), client.xlen(f"{prefix}:inbox")) == ([], 2)


@pytest.mark.parametrize("message", [{"text": "Talks resume"}, None, ["x"], True, 1.5])
def test_a_message_that_is_no_string_is_put_on_the_inbox_as_json(run, client, prefix, message):
    assert run(message=message) == []
    ((_, fields),) = client.xrange(f"{prefix}:inbox")
    assert json.loads(fields["message"]) == message


def test_a_value_that_no_command_can_carry_is_no_error_of_the_broker(store):
    with pytest.raises(redis.DataError):
        store.inbox.put({"text": "Talks resume"})
