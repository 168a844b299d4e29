"""A file: whole lines whatever happens, one writer, and a new file when one is full."""

import json
import os

import pytest

from worker.errors import SinkError
from worker.ports import DeskEntry
from worker.sinks import open_sink


def test_a_half_written_line_is_cut_off_and_sent_again(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    path.write_bytes(event(1).body + b"\n" + event(2).body[:9])
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1), event(2)])
    sink.close()
    assert path.read_bytes() == event(1).body + b"\n" + event(2).body + b"\n"


def test_a_last_line_without_its_end_is_kept(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    path.write_bytes(event(1).body)
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1), event(2)])
    sink.close()
    assert path.read_bytes() == event(1).body + b"\n" + event(2).body + b"\n"


def test_lines_that_are_not_ours_are_left_alone(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"notes\n\xff\n[1]\nlast words")
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1)])
    sink.close()
    assert path.read_bytes() == b"notes\n\xff\n[1]\nlast words\n" + event(1).body + b"\n"


def test_an_event_over_several_lines_becomes_one_line(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([DeskEntry(entry_id="1-0", id="e1", type="t", body=b'{\r\n"id":\n"e1"}')])
    sink.close()
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [{"id": "e1"}]


def test_a_second_writer_of_one_file_is_refused(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    first, second = (open_sink(f"jsonl:{path}", desk) for _ in range(2))
    first.send([event(1)])
    with pytest.raises(SinkError) as caught:
        second.send([event(2)])
    assert str(caught.value) == f"{path}: the file took no events: another process writes it"
    first.close()
    second.send([event(1), event(2)])
    second.close()
    assert len(path.read_bytes().splitlines()) == 2


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch, event, desk):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
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


# a file that is full


def lines(path):
    return path.read_bytes().splitlines()


def files(path):
    return sorted(one.name for one in path.parent.iterdir())


def test_a_full_file_is_put_aside_under_the_next_number(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    size = len(event(1).body) + 1
    sink = open_sink(f"jsonl:{path}?rotate_bytes={2 * size}", desk)
    for number in range(5):
        sink.send([event(number)])
    sink.close()
    assert files(path) == ["events.jsonl", "events.jsonl.000001", "events.jsonl.000002"]
    assert lines(tmp_path / "events.jsonl.000001") == [event(0).body, event(1).body]
    assert lines(tmp_path / "events.jsonl.000002") == [event(2).body, event(3).body]
    assert lines(path) == [event(4).body]


def test_a_batch_is_never_torn_and_may_fill_a_file_alone(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}?rotate_bytes=10", desk)
    sink.send([event(1), event(2)])
    sink.send([event(1), event(2)])
    sink.send([event(3)])
    sink.close()
    assert lines(tmp_path / "events.jsonl.000001") == [event(1).body, event(2).body]
    assert lines(path) == [event(3).body]


def test_ids_of_the_last_full_file_are_known_after_a_restart(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    spec = f"jsonl:{path}?rotate_bytes=10"
    first = open_sink(spec, desk)
    first.send([event(1)])
    first.send([event(2)])
    first.close()
    again = open_sink(spec, desk)
    again.send([event(1), event(2), event(3)])
    again.close()
    assert lines(path) == [event(3).body]
    assert files(path) == ["events.jsonl", "events.jsonl.000001", "events.jsonl.000002"]


def test_a_crash_between_two_files_loses_nothing(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1)])
    sink.close()
    path.rename(f"{path}.000001")
    again = open_sink(f"jsonl:{path}", desk)
    again.send([event(1), event(2)])
    again.close()
    assert lines(path) == [event(2).body]


def test_only_so_many_full_files_are_kept(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    beside = tmp_path / "events.jsonl.notes"
    beside.write_text("ours to leave alone")
    sink = open_sink(f"jsonl:{path}?rotate_bytes=10&keep=2", desk)
    for number in range(6):
        sink.send([event(number)])
    sink.close()
    assert files(path) == [
        "events.jsonl",
        "events.jsonl.000004",
        "events.jsonl.000005",
        "events.jsonl.notes",
    ]


def test_a_second_writer_is_refused_after_a_new_file_was_begun_too(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    first, second = (open_sink(f"jsonl:{path}?rotate_bytes=10", desk) for _ in range(2))
    first.send([event(1)])
    first.send([event(2)])
    with pytest.raises(SinkError, match="another process writes it"):
        second.send([event(3)])
    first.close()


def test_a_file_that_was_moved_away_under_its_writer_is_begun_again(tmp_path, event, desk):
    """As logrotate does it, which may remove what it has moved."""
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1)])
    path.rename(tmp_path / "moved")
    sink.send([event(1), event(2)])
    sink.close()
    assert lines(tmp_path / "moved") == [event(1).body]
    assert lines(path) == [event(2).body]
