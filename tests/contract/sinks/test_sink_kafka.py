"""Kafka: the fields and partition of a record, and records that are too large."""

import msgspec
import pytest

from worker.errors import EventRefused
from worker.sinks import open_sink

pytestmark = pytest.mark.parametrize("place", ["kafka"], indirect=True)


@pytest.fixture
def sink(place, desk):
    opened = open_sink(place.spec.replace("timeout_s=2", "timeout_s=20"), desk)
    yield opened
    opened.close()


def test_a_record_has_its_id_and_the_items_uri_as_key(sink, place, event):
    sink.send([event(1, "copytaster.item.created")])
    (record,) = place.raw()
    assert record.key() == b"urn:example:talks"
    assert record.headers() == [
        ("ce_id", b"e1"),
        ("ce_type", b"copytaster.item.created"),
        ("content-type", b"application/cloudevents+json"),
    ]


def test_versions_of_an_item_stay_in_order_on_one_partition(sink, place, event):
    events = [event(number, subject=f"urn:{number % 7}") for number in range(70)]
    sink.send(events)
    found = {}
    for record in place.raw():
        found.setdefault(record.key(), []).append((record.partition(), record.value()))
    assert len(found) == 7
    for key, records in found.items():
        assert len({partition for partition, _ in records}) == 1
        number = int(key.decode()[-1])
        assert [value for _, value in records] == [one.body for one in events[number::7]]


def test_a_body_without_a_subject_has_the_id_as_key(sink, place, event):
    sink.send([event(1, subject="")])
    (record,) = place.raw()
    assert record.key() == b"e1"


def test_what_is_before_an_event_that_is_too_large_is_taken(sink, place, event):
    large = event(2, text="x" * 2_000_000)
    with pytest.raises(EventRefused, match=r"no event of this size: .*too large") as caught:
        sink.send([event(0), event(1), large, event(3)])
    assert caught.value.taken == 2
    assert [message_id for message_id, _ in place.messages()] == ["e0", "e1"]


def test_a_record_carries_the_trace_of_its_sending(sink, place, event):
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=1"}
    sink.send([msgspec.structs.replace(event(1), trace=trace)])
    (record,) = place.raw()
    assert record.headers()[-2:] == [("traceparent", b"00-1-2-01"), ("tracestate", b"a=1")]
