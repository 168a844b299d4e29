"""JetStream: ids, subjects, streams that are created and streams that are left alone."""

import threading
import time

import msgspec
import pytest

from worker.errors import EventRefused, SinkError
from worker.sinks import open_sink

pytestmark = pytest.mark.parametrize("place", ["nats"], indirect=True)


@pytest.fixture
def sink(place, desk):
    opened = open_sink(place.spec, desk)
    yield opened
    opened.close()


def test_a_message_has_its_id_and_a_subject_of_desk_and_kind(sink, place, event):
    sink.send([event(1, "copytaster.item.created")])
    (message,) = place.raw()
    assert message.subject == f"{place.stream}.items.item.created"
    assert message.headers == {
        "Nats-Msg-Id": "e1",
        "Nats-Expected-Stream": place.stream,
        "Content-Type": "application/cloudevents+json",
    }


def test_the_server_drops_what_another_connection_sent_before(sink, place, event, desk):
    sink.send([event(1)])
    other = open_sink(place.spec, desk)
    other.send([event(1), event(2)])
    other.close()
    assert [message.headers["Nats-Msg-Id"] for message in place.raw()] == ["e1", "e2"]


def test_a_stream_that_is_not_there_is_made_for_all_desks(sink, place, event):
    sink.send([event(1)])

    async def read(server):
        return (await server.stream_info(place.stream)).config

    config = place.ask(read)
    assert (config.subjects, config.duplicate_window) == ([f"{place.stream}.>"], 3600.0)


def test_an_event_above_the_servers_limit_is_named_and_the_next_is_sent(sink, place, event):
    large = msgspec.structs.replace(event(2), body=b"x" * 1_100_000)
    with pytest.raises(EventRefused, match="no event of this size") as caught:
        sink.send([event(1), large, event(3)])
    sink.send([event(3)])
    assert caught.value.taken == 1
    assert [message.headers["Nats-Msg-Id"] for message in place.raw()] == ["e1", "e3"]


def test_an_event_above_the_streams_limit_is_named(sink, place, event):
    async def make(server):
        await server.add_stream(
            name=place.stream, subjects=[f"{place.stream}.>"], max_msg_size=10_000
        )

    place.ask(make)
    large = msgspec.structs.replace(event(2), body=b"x" * 20_000)
    with pytest.raises(EventRefused, match="no event of this size") as caught:
        sink.send([event(1), large])
    assert caught.value.taken == 1


def test_a_stream_that_is_there_is_left_as_it_is(sink, place, event):
    async def make(server):
        subjects = [f"{place.stream}.items.>"]
        await server.add_stream(name=place.stream, subjects=subjects, max_msgs=7)

    place.ask(make)
    sink.send([event(number) for number in range(10)])

    async def read(server):
        return await server.stream_info(place.stream)

    info = place.ask(read)
    assert (info.config.max_msgs, info.state.messages) == (7, 7)


def test_a_stream_without_our_subjects_takes_nothing_and_says_so(sink, place, event):
    async def make(server):
        await server.add_stream(name=place.stream, subjects=["elsewhere.>"])

    async def remove(server):
        await server.delete_stream(place.stream)

    place.ask(make)
    with pytest.raises(SinkError, match=r"the stream took no events: .*no response from stream"):
        sink.send([event(1)])
    place.ask(remove)


def test_a_full_stream_takes_what_fits(sink, place, event):
    async def make(server):
        subjects = [f"{place.stream}.>"]
        await server.add_stream(name=place.stream, subjects=subjects, max_msgs=2, discard="new")

    place.ask(make)
    with pytest.raises(SinkError, match="maximum messages exceeded") as caught:
        sink.send([event(number) for number in range(5)])
    assert caught.value.taken == 2
    assert len(place.raw()) == 2


def test_a_server_that_stands_still_is_given_up_in_time(place, event, desk):
    sink = open_sink(place.spec.replace("timeout_s=20", "timeout_s=1"), desk)
    sink.send([event(1)])
    place.server.freeze()
    try:
        with pytest.raises(SinkError, match="the stream took no events: no answer in time"):
            sink.send([event(2)])
    finally:
        place.server.thaw()
    sink.close()


def test_a_server_that_dies_while_it_is_asked_is_given_up_at_once(sink, place, event):
    sink.send([event(1)])
    place.server.freeze()
    killing = threading.Timer(0.5, place.server.process.kill)
    killing.start()
    began = time.monotonic()
    try:
        with pytest.raises(SinkError, match="the stream took no events: the connection was lost"):
            sink.send([event(2)])
        took_s = time.monotonic() - began
    finally:
        killing.join()
        place.server.kill()
        place.server.start()
    assert took_s < 5


def test_the_next_host_of_a_cluster_is_asked(place, event, desk):
    spec = place.spec.replace("nats://127.0.0.1:", "nats://127.0.0.1:1,127.0.0.1:")
    sink = open_sink(spec, desk)
    sink.send([event(1)])
    sink.close()
    assert [message.headers["Nats-Msg-Id"] for message in place.raw()] == ["e1"]


def test_nothing_is_left_running_by_a_closed_sink(place, event, desk):
    sink = open_sink(place.spec, desk)
    assert not turning()
    sink.send([event(1)])
    assert turning()
    sink.close()
    assert not turning()


def turning():
    return [thread for thread in threading.enumerate() if thread.name.startswith("nats ")]


def test_a_message_carries_the_trace_of_its_sending(sink, place, event):
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=1"}
    sink.send([msgspec.structs.replace(event(1), trace=trace)])
    (message,) = place.raw()
    assert message.headers.items() >= trace.items()
