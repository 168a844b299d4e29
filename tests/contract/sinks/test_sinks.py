"""The contract of every sink: each event, in order, once by its id; a clear error otherwise."""

import sys
import time

import pytest

from worker.errors import EventRefused, SettingsError, SinkError
from worker.sinks import SINKS, open_sink

KILLED = ["amqp", "nats", "sql at PostgreSQL"]
"""Servers that the tests may kill and that keep on disk what they took."""


@pytest.fixture
def sink(place, desk):
    opened = open_sink(place.spec, desk)
    yield opened
    opened.close()


def sent(*events):
    return [(event.id, event.body) for event in events]


def test_every_sink_is_under_contract(kinds):
    assert {kind.partition(" ")[0] for kind in kinds} == {kind for kind, _ in SINKS}


def test_events_arrive_whole_in_order_and_with_their_id(sink, place, event):
    events = [event(number, text="«Ю»\u2028 \x00") for number in range(50)]
    sink.send(events[:20])
    sink.send(events[20:])
    assert place.messages() == sent(*events)


def test_kafkas_producer_names_an_event_that_is_too_large(event, desk):
    sink = open_sink("kafka:kafka://127.0.0.1:1/wire?timeout_s=5", desk)
    with pytest.raises(EventRefused, match=r"no event of this size: .*too large") as caught:
        sink.send([event(1, text="x" * 2_000_000), event(2)])
    sink.close()
    assert caught.value.taken == 0


def test_sending_twice_is_sending_once(sink, place, event):
    sink.send([event(1), event(2), event(1)])
    sink.send([event(2), event(3)])
    assert place.messages() == sent(event(1), event(2), event(3))


def test_sending_again_after_a_restart_is_sending_once(sink, place, event, desk):
    sink.send([event(1), event(2)])
    sink.close()
    again = open_sink(place.spec, desk)
    again.send([event(1), event(2), event(3)])
    again.close()
    assert place.messages() == sent(event(1), event(2), event(3))


def test_sending_nothing_is_nothing(sink, place, event):
    sink.send([event(1)])
    sink.send([])
    assert place.messages() == sent(event(1))


def test_a_refused_batch_can_be_sent_again(sink, place, event):
    place.break_it()
    try:
        with pytest.raises(SinkError) as caught:
            sink.send([event(1), event(2)])
    finally:
        place.mend_it()
    assert (type(caught.value), caught.value.taken) == (SinkError, 0)
    assert "\n" not in str(caught.value)
    sink.send([event(1), event(2)])
    assert place.messages() == sent(event(1), event(2))


def test_closing_twice_is_harmless_and_a_closed_sink_opens_again(sink, place, event):
    sink.close()
    sink.send([event(1)])
    sink.close()
    sink.close()
    sink.send([event(2)])
    assert place.messages() == sent(event(1), event(2))


# a server that dies


@pytest.mark.parametrize("place", KILLED, indirect=True)
def test_what_was_sent_outlives_the_server(sink, place, event):
    place.settle()
    sink.send([event(1), event(2)])
    place.server.kill()
    try:
        with pytest.raises(SinkError) as caught:
            sink.send([event(3)])
    finally:
        place.server.start()
    assert caught.value.taken == 0
    sink.send([event(3)])
    assert place.messages() == sent(event(1), event(2), event(3))


@pytest.mark.parametrize("place", KILLED, indirect=True)
def test_a_server_killed_under_way_loses_nothing_and_mixes_nothing(place, event, relaying):
    place.settle()
    events = [event(number) for number in range(1000)]
    with relaying(events, place.spec) as outbox:
        outbox.wait_for(lambda: len(outbox.left) < len(events))
        place.server.kill()
        assert outbox.left
        place.server.start()
        outbox.wait_for(lambda: not outbox.left)
    assert place.messages() == sent(*events)


UNREACHABLE = [
    ("amqp", "amqp:amqp://me:hush@127.0.0.1:1", "copytaster at amqp://127.0.0.1:1: "),
    (
        "kafka",
        "kafka:kafka://me:hush@127.0.0.1:1/wire?timeout_s=1",
        "kafka://127.0.0.1:1/wire: ",
    ),
    (
        "kafkas",
        "kafka:kafkas://me:hush@127.0.0.1:1/wire?timeout_s=1&sasl=SCRAM-SHA-256",
        "kafkas://127.0.0.1:1/wire: ",
    ),
    ("nats", "nats:nats://me:hush@127.0.0.1:1", "copytaster at nats://127.0.0.1:1: "),
    ("nats-tls", "nats:tls://hush@127.0.0.1:1", "copytaster at tls://127.0.0.1:1: "),
    (
        "redis-stream",
        "redis-stream:redis://me:hush@127.0.0.1:1/0?stream=s&password=hush",
        "s at redis://127.0.0.1:1/0: ",
    ),
    (
        "webhook",
        "webhook:http://127.0.0.1:1/wire?key=hush#private=yes&secret_file={secret_file}",
        "http://127.0.0.1:1/wire: ",
    ),
]


@pytest.mark.parametrize(
    ("spec", "subject"), [row[1:] for row in UNREACHABLE], ids=[row[0] for row in UNREACHABLE]
)
def test_a_server_that_is_not_there_is_named_without_its_secrets(
    spec, subject, event, desk, secret_file
):
    sink = open_sink(spec.format(secret_file=secret_file), desk)
    began = time.monotonic()
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    sink.close()
    assert str(caught.value).startswith(subject)
    assert "refused" in str(caught.value) or "connection attempts failed" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 10


# what a desk may name


def test_an_unknown_sink_is_named_with_those_that_there_are(desk):
    with pytest.raises(SettingsError) as caught:
        open_sink("carrier-pigeon:loft", desk)
    assert str(caught.value) == (
        "carrier-pigeon: no such sink; there are: archive, amqp, jsonl, kafka, nats, redis-stream,"
        " sql, webhook"
    )


@pytest.mark.parametrize(
    ("module", "spec", "reason"),
    [
        (
            "confluent_kafka",
            "kafka:kafka://host/wire",
            "kafka: confluent-kafka is not installed: pip install 'copytaster[kafka]'",
        ),
        (
            "nats",
            "nats:nats://host",
            "nats: nats-py is not installed: pip install 'copytaster[nats]'",
        ),
        (
            "psycopg",
            "sql:postgresql://host/wire",
            "archive: psycopg is not installed: pip install 'copytaster[postgresql]'",
        ),
    ],
)
def test_a_library_that_is_missing_names_the_extra_that_brings_it(
    module, spec, reason, monkeypatch, desk
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as caught:
        open_sink(spec, desk)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("amqp:http://host", "http://host: is none of: amqp://, amqps://"),
        ("amqp:amqp://host?exchange=", "amqp://host: name the exchange: ...?exchange=NAME"),
        (
            "amqp:amqp://host?unrouted=lose",
            "amqp://host: unrouted is one of refuse, drop, not lose",
        ),
        ("kafka:kafka://host", "kafka://host: name the topic: kafka://HOST/TOPIC"),
        ("kafka:kafka://host/a/b", "kafka://host/a/b: name the topic: kafka://HOST/TOPIC"),
        (
            "kafka:kafka://host/a?sasl=GSSAPI",
            "kafka://host/a: sasl is one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, not GSSAPI",
        ),
        ("nats:nats://host?stream=", "nats://host: name the stream: ...?stream=NAME"),
        ("nats:nats://host?subject=", "nats://host: name the subject: ...?subject=NAME"),
        ("redis-stream:redis://me:hush@host/0", "redis://host/0: name the stream: ...?stream=NAME"),
        ("redis-stream:redis://host/0?stream=s&length=x", "redis://host/0: not a length: x"),
        (
            "redis-stream:http://host/0?stream=s",
            "s at http://host/0: not the URL of a server, or",
        ),
        ("redis-stream:redis://me:hush/a@host/0?stream=s", "s at redis://host/0: not the URL of"),
        ("redis-stream:", "name the stream: ...?stream=NAME"),
        ("jsonl", "jsonl: name the file"),
        ("jsonl:", "jsonl: name the file"),
        ("jsonl: ", "jsonl: name the file"),
        ("jsonl:/x?rotate_bytes=1k", "/x: not a number: rotate_bytes=1k"),
        ("jsonl:/x?rotate=1", "/x: no such option: rotate; there are: rotate_bytes, keep"),
        ("sql:", "archive: is off"),
        ("sql:mysql://me:hush@host/x", "archive: mysql is not a database that the archive"),
        ("sql:sqlite:///x.db?days=many", "sqlite:///x.db: not a number: days=many"),
        ("sql:sqlite:///x.db?mode=ro", "sqlite:///x.db: no such option: mode; there are: days"),
        (
            "sql:postgresql://me:hush@host/x?days=1&sslmod=require",
            'postgresql+psycopg://me:***@host/x: invalid connection option "sslmod"',
        ),
        ("sql:postgresql://me:hush@host:x/y", "archive: not the URL of a database"),
        ("webhook:https://me:hush/a@host/", "https://host/: not a URL with a host and a"),
        ("webhook:ftp://host/", "ftp://host/: only http and https are fetched"),
        ("webhook:https://host/a?key=hush", "https://host/a: name the file with the secret"),
        ("webhook:https://me:hush@host/a", "https://host/a: user and password are not sent"),
    ],
)
def test_a_target_that_will_not_do_is_refused_at_the_start(spec, reason, desk):
    with pytest.raises(SettingsError) as caught:
        open_sink(spec, desk)
    assert str(caught.value).startswith(reason)
    assert "hush" not in str(caught.value)
