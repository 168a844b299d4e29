"""A stream on another Redis server: its fields and the marks of events sent."""

import pytest
import redis

from worker.errors import SinkError
from worker.sinks import open_sink


def test_a_stream_has_the_id_in_every_message_and_marks_expire(make_place, event, desk):
    place = make_place("redis-stream")
    sink = open_sink(place.spec, desk)
    sink.send([event(1)])
    sink.close()
    with redis.Redis.from_url(place.url, decode_responses=True) as client:
        ((_, fields),) = client.xrange(place.stream)
        assert (fields["id"], fields["type"]) == ("e1", "copytaster.item.updated")
        assert 0 < client.ttl(f"{place.stream}:sent:e1") <= 7 * 24 * 3600


def test_a_dead_server_is_named_without_its_password(tmp_path, event, desk):
    sink = open_sink(f"redis-stream:unix://me:hush@{tmp_path}/none?stream=s&password=hush", desk)
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    assert str(caught.value).startswith(f"s at unix://{tmp_path}/none: the stream took no events: ")
    assert "hush" not in str(caught.value)
