"""RabbitMQ: the properties of a message, and messages without a bound queue."""

import amqp
import msgspec
import pytest

from worker.errors import EventRefused, SinkError
from worker.sinks import open_sink

pytestmark = pytest.mark.parametrize("place", ["amqp"], indirect=True)


@pytest.fixture
def send(place, desk):
    """Send events through a new sink for the desk, or for another desk."""
    opened = []

    def by_a_sink(*events, options="", desk=desk):
        opened.append(open_sink(place.spec + options, desk))
        opened[-1].send(events)

    yield by_a_sink
    for sink in opened:
        sink.close()


def test_a_message_is_persistent_and_says_what_it_is(send, place, event):
    send(event(1, "copytaster.item.created"))
    (message,) = place.raw()
    assert message.delivery_info["routing_key"] == "items.item.created"
    message.properties["application_headers"].pop("x-delivery-count")  # the queue's own
    assert message.properties == {
        "app_id": "copytaster",
        "application_headers": {"x-deduplication-header": "e1"},
        "content_type": "application/cloudevents+json",
        "delivery_mode": 2,
        "message_id": "e1",
        "type": "copytaster.item.created",
    }


def test_a_consumer_binds_by_desk_or_by_kind(send, place, event):
    with place.server.connect() as connection:
        channel = connection.channel()
        for queue, key in (("alerts", "alerts.#"), ("withdrawn", "*.item.withdrawn")):
            name = f"{place.queue}.{queue}"
            channel.queue_declare(name, durable=True, auto_delete=False)
            channel.queue_bind(name, place.exchange, key)
        send(event(1, "copytaster.item.created"), event(2, "copytaster.item.withdrawn"))
        send(event(3, "copytaster.item.created"), desk="alerts")

        def ids(queue):
            found = iter(lambda: channel.basic_get(f"{place.queue}.{queue}", no_ack=True), None)
            return [message.message_id for message in found]

        assert (ids("alerts"), ids("withdrawn")) == (["e3"], ["e2"])


def test_a_message_that_no_queue_wants_is_not_taken(send, place, event):
    place.break_it()
    with pytest.raises(SinkError) as caught:
        send(event(1, "copytaster.item.created"))
    assert caught.value.reason == (
        "the exchange took no events: NO_ROUTE: no queue is bound for items.item.created"
    )


def test_a_message_that_no_queue_wants_is_dropped_where_the_target_says_so(send, place, event):
    place.break_it()
    send(event(1), options="&unrouted=drop")
    place.mend_it()
    assert place.messages() == []


def test_what_is_before_a_refused_message_is_taken(place, event, desk):
    with place.server.connect() as connection:
        channel = connection.channel()
        channel.queue_unbind(place.queue, place.exchange, "#")
        channel.queue_bind(place.queue, place.exchange, "items.item.created")
    sink = open_sink(place.spec, desk)
    kinds = ("created", "created", "withdrawn", "created")
    with pytest.raises(SinkError) as caught:
        sink.send([event(number, f"copytaster.item.{kind}") for number, kind in enumerate(kinds)])
    sink.close()
    assert caught.value.taken == 2
    assert [message_id for message_id, _ in place.messages()] == ["e0", "e1"]


def test_an_event_above_the_brokers_limit_is_named_and_the_next_is_sent(place, event, desk):
    sink = open_sink(place.spec, desk)
    large = msgspec.structs.replace(event(2), body=b"x" * 17_000_001)
    with pytest.raises(EventRefused, match="no event of this size") as caught:
        sink.send([event(1), large, event(3)])
    sink.send([event(3)])
    sink.close()
    assert caught.value.taken == 1
    assert [message_id for message_id, _ in place.messages()] == ["e1", "e3"]


def test_a_full_queue_refuses_and_what_it_refused_is_sent_again(place, event, desk):
    name = f"{place.queue}.full"
    sink = open_sink(place.spec, desk)
    with place.server.connect() as connection:
        channel = connection.channel()
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind(name, place.exchange, "#")
        with pytest.raises(SinkError) as caught:
            sink.send([event(number) for number in range(5)])
        refused = caught.value.taken
        channel.queue_delete(name)
    sink.send([event(number) for number in range(refused, 5)])
    sink.close()
    assert caught.value.reason == "the exchange took no events: refused by the broker"
    assert 0 < refused < 5
    assert [message_id for message_id, _ in place.messages()] == ["e0", "e1", "e2", "e3", "e4"]


def test_a_broker_that_stands_still_is_given_up_in_time(place, event, desk):
    sink = open_sink(place.spec.replace("timeout_s=20", "timeout_s=1"), desk)
    sink.send([event(1)])
    place.server.freeze()
    try:
        with pytest.raises(SinkError, match="the exchange took no events: no answer in time"):
            sink.send([event(2)])
    finally:
        place.server.thaw()
    sink.close()


def test_the_next_host_of_a_cluster_is_asked(place, event, desk):
    spec = place.spec.replace("amqp://127.0.0.1:", "amqp://127.0.0.1:1,127.0.0.1:")
    sink = open_sink(spec, desk)
    sink.send([event(1)])
    sink.close()
    assert [message_id for message_id, _ in place.messages()] == ["e1"]


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        ("amqp://127", "amqp://me:hush@127", "ACCESS_REFUSED - Login was refused"),
        ("?exchange", "/nowhere?exchange", "NOT_ALLOWED - vhost nowhere not found"),
        ("?exchange=", "?exchange=amq.direct&ca=", "PRECONDITION_FAILED - inequivalent arg 'type'"),
        ("amqp://127", "amqps://127", "[SSL"),
    ],
)
def test_the_servers_own_words_say_why_it_refuses_us(place, event, desk, was, now, reason):
    sink = open_sink(place.spec.replace(was, now, 1), desk)
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    sink.close()
    assert reason in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_blocked_publisher_is_told_why(place, event, desk):
    sink = open_sink(place.spec, desk)
    sink.send([event(1)])
    sink._on_blocked("low on memory")
    assert sink._reason(TimeoutError()) == "the broker blocks publishers: low on memory"
    sink._on_unblocked()
    assert sink._reason(TimeoutError()) == "no answer in time"
    assert sink._reason(amqp.exceptions.MessageNacked()) == "refused by the broker"
    sink.close()


def test_a_message_carries_the_trace_of_its_sending(send, place, event):
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=1"}
    send(msgspec.structs.replace(event(1), trace=trace))
    (message,) = place.raw()
    assert message.properties["application_headers"].items() >= trace.items()
