"""What every sink promises: each event once, in order, and a clear word when it cannot."""

import json
import os

import pytest
import redis

from worker.errors import SettingsError, SinkError
from worker.ports import DeskEntry
from worker.sinks import SINKS, open_sink


def event(number: int, **said) -> DeskEntry:
    body = json.dumps({"id": f"e{number}", "n": number, **said}, ensure_ascii=False).encode()
    return DeskEntry(entry_id=f"{number}-0", id=f"e{number}", type="t", body=body)


class JsonLines:
    def __init__(self, tmp_path):
        self.path = tmp_path / "out" / "events.jsonl"
        self.path.parent.mkdir()
        self.spec = f"jsonl:{self.path}"

    def bodies(self):
        return self.path.read_bytes().splitlines()

    def break_it(self):
        self.path.parent.rmdir()

    def mend_it(self):
        self.path.parent.mkdir()


class RedisStream:
    def __init__(self, broker_url, prefix):
        self.url = broker_url
        self.stream = f"{prefix}:out"
        self.spec = f"redis-stream:{broker_url}&stream={self.stream}"

    def bodies(self):
        with redis.Redis.from_url(self.url) as client:
            return [fields[b"event"] for _, fields in client.xrange(self.stream)]

    def break_it(self):
        with redis.Redis.from_url(self.url) as client:
            client.set(self.stream, "in the way")

    def mend_it(self):
        with redis.Redis.from_url(self.url) as client:
            client.delete(self.stream)


@pytest.fixture(params=["jsonl", "redis-stream"])
def place(request, tmp_path, prefix):
    """Where a sink's events end up."""
    if request.param == "jsonl":
        return JsonLines(tmp_path)
    return RedisStream(request.getfixturevalue("broker_url"), prefix)


@pytest.fixture
def sink(place):
    opened = open_sink(place.spec)
    yield opened
    opened.close()


def test_every_sink_is_under_contract():
    assert sorted(name for name, _ in SINKS) == ["jsonl", "redis-stream"]


def test_events_arrive_whole_and_in_order(sink, place):
    events = [event(number, text="«Ю»\u2028 \x00") for number in range(50)]
    sink.send(events[:20])
    sink.send(events[20:])
    assert place.bodies() == [sent.body for sent in events]


def test_sending_twice_is_sending_once(sink, place):
    sink.send([event(1), event(2), event(1)])
    sink.send([event(2), event(3)])
    assert place.bodies() == [event(number).body for number in (1, 2, 3)]


def test_sending_again_after_a_restart_is_sending_once(sink, place):
    sink.send([event(1), event(2)])
    sink.close()
    again = open_sink(place.spec)
    again.send([event(1), event(2), event(3)])
    again.close()
    assert place.bodies() == [event(number).body for number in (1, 2, 3)]


def test_sending_nothing_is_nothing(sink, place):
    sink.send([event(1)])
    sink.send([])
    assert place.bodies() == [event(1).body]


def test_a_refused_batch_can_be_sent_again(sink, place):
    place.break_it()
    with pytest.raises(SinkError) as caught:
        sink.send([event(1), event(2)])
    assert caught.value.retryable
    assert "\n" not in str(caught.value)
    place.mend_it()
    sink.send([event(1), event(2)])
    assert place.bodies() == [event(1).body, event(2).body]


def test_closing_twice_is_harmless(sink):
    sink.close()
    sink.close()


def test_an_unknown_sink_is_named_with_those_that_there_are():
    with pytest.raises(SettingsError) as caught:
        open_sink("carrier-pigeon:loft")
    assert str(caught.value) == "carrier-pigeon: no such sink; there are: jsonl, redis-stream"


# a stream on another server


def test_a_stream_has_the_id_in_every_message_and_marks_expire(broker_url, prefix):
    place = RedisStream(broker_url, prefix)
    sink = open_sink(place.spec)
    sink.send([event(1)])
    sink.close()
    with redis.Redis.from_url(place.url, decode_responses=True) as client:
        ((_, fields),) = client.xrange(place.stream)
        assert (fields["id"], fields["type"]) == ("e1", "t")
        assert 0 < client.ttl(f"{place.stream}:sent:e1") <= 7 * 24 * 3600


def test_a_dead_server_is_named_without_its_password(tmp_path):
    sink = open_sink(f"redis-stream:unix://me:hush@{tmp_path}/none?stream=s&password=hush")
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    assert str(caught.value).startswith(f"s at unix://{tmp_path}/none: the stream took no events: ")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("redis://me:hush@host/0", "redis://host/0: name the stream: ...?stream=NAME"),
        ("redis://host/0?stream=s&length=x", "redis://host/0: not a length: x"),
        ("http://host/0?stream=s", "s at http://host/0: Redis URL must specify one of"),
        ("", "://: name the stream: ...?stream=NAME"),
    ],
)
def test_a_target_that_is_no_stream_is_refused_at_the_start(target, reason):
    with pytest.raises(SettingsError) as caught:
        open_sink(f"redis-stream:{target}")
    assert str(caught.value).startswith(reason)


# a file


def test_a_half_written_line_is_cut_off_and_sent_again(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(event(1).body + b"\n" + event(2).body[:9])
    sink = open_sink(f"jsonl:{path}")
    sink.send([event(1), event(2)])
    sink.close()
    assert path.read_bytes() == event(1).body + b"\n" + event(2).body + b"\n"


def test_a_last_line_without_its_end_is_kept(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(event(1).body)
    sink = open_sink(f"jsonl:{path}")
    sink.send([event(1), event(2)])
    sink.close()
    assert path.read_bytes() == event(1).body + b"\n" + event(2).body + b"\n"


def test_lines_that_are_not_ours_are_left_alone(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"notes\n\xff\n[1]\nlast words")
    sink = open_sink(f"jsonl:{path}")
    sink.send([event(1)])
    sink.close()
    assert path.read_bytes() == b"notes\n\xff\n[1]\nlast words\n" + event(1).body + b"\n"


def test_an_event_over_several_lines_becomes_one_line(tmp_path):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}")
    sink.send([DeskEntry(entry_id="1-0", id="e1", type="t", body=b'{\r\n"id":\n"e1"}')])
    sink.close()
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [{"id": "e1"}]


def test_a_second_writer_of_one_file_is_refused(tmp_path):
    path = tmp_path / "events.jsonl"
    first, second = (open_sink(f"jsonl:{path}") for _ in range(2))
    first.send([event(1)])
    with pytest.raises(SinkError) as caught:
        second.send([event(2)])
    assert str(caught.value) == f"{path}: the file took no events: another process writes it"
    first.close()
    second.send([event(1), event(2)])
    second.close()
    assert len(path.read_bytes().splitlines()) == 2


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}")
    sink.send([event(1)])
    write = os.write
    answers = iter([lambda file, data: write(file, data[:5])])

    def fill_up(file, data):
        for answer in answers:
            return answer(file, data)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fill_up)
    with pytest.raises(SinkError, match="the file took no events: No space left on device"):
        sink.send([event(2)])
    monkeypatch.undo()
    assert path.read_bytes() == event(1).body + b"\n"
    sink.send([event(2)])
    sink.close()
    assert path.read_bytes() == event(1).body + b"\n" + event(2).body + b"\n"


@pytest.mark.parametrize("spec", ["jsonl", "jsonl:", "jsonl: "])
def test_a_file_needs_a_name(spec):
    with pytest.raises(SettingsError, match="jsonl: name the file"):
        open_sink(spec)
