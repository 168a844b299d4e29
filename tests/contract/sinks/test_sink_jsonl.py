"""JSON lines: whole lines after any crash, a single writer, and a new file after a full one."""

import json
import os
import random
import subprocess
import sys
import time

import pytest

from worker.errors import SinkError
from worker.model.publishing import DeskEntry
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
    """Logrotate does this, and may remove the moved file."""
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1)])
    path.rename(tmp_path / "moved")
    sink.send([event(1), event(2)])
    sink.close()
    assert lines(tmp_path / "moved") == [event(1).body]
    assert lines(path) == [event(2).body]


# what a crash, a limit or another program does to it


def test_a_crash_at_any_byte_of_a_batch_leaves_each_event_once_and_in_order(tmp_path, event, desk):
    path = tmp_path / "events.jsonl"
    events = [event(number, text="\N{CYRILLIC CAPITAL LETTER YU}") for number in range(3)]
    whole = b"".join(one.body + b"\n" for one in events)
    for written in range(len(events[0].body) + 1, len(whole) + 1):
        path.write_bytes(whole[:written])
        sink = open_sink(f"jsonl:{path}", desk)
        sink.send(events[1:])
        sink.close()
        assert path.read_bytes() == whole, written


WRITER = """
import json, os, sys
from pathlib import Path
from worker.model.publishing import DeskEntry
from worker.sinks import open_sink

path, confirmed, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
sink = open_sink(f"jsonl:{path}?rotate_bytes=4000000", "items")
while (done := int(confirmed.read_text())) < count:
    numbers = range(done, min(done + 10, count))
    bodies = [json.dumps({"id": f"e{n}", "pad": "x" * 40_000}).encode() for n in numbers]
    sink.send(
        DeskEntry(entry_id=f"{n}-0", id=f"e{n}", type="t", body=body)
        for n, body in zip(numbers, bodies)
    )
    beside = confirmed.with_suffix(".new")
    beside.write_text(str(numbers[-1] + 1))
    os.replace(beside, confirmed)
"""


def test_a_writer_that_is_killed_again_and_again_leaves_each_event_once(tmp_path):
    path, confirmed, count = tmp_path / "out" / "events.jsonl", tmp_path / "confirmed", 200
    path.parent.mkdir()
    confirmed.write_text("0")
    command = [sys.executable, "-c", WRITER, str(path), str(confirmed), str(count)]
    chance, kills = random.Random(7), 0
    while int(confirmed.read_text()) < count:
        before = total_bytes(path)
        with subprocess.Popen(command, env=os.environ) as writer:
            while writer.poll() is None and total_bytes(path) == before:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.005)
            kills += writer.poll() is None
            writer.kill()
    assert kills > 3
    written = [json.loads(line)["id"] for one in in_order(path) for line in lines(one)]
    assert written == [f"e{number}" for number in range(count)]


def in_order(path):
    return [*sorted(path.parent.glob("*.jsonl.*")), path]


def total_bytes(path):
    return sum(one.stat().st_size for one in path.parent.iterdir())


LIMITED = """
import resource, signal, sys
from worker.errors import SinkError
from worker.model.publishing import DeskEntry
from worker.sinks import open_sink

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
sink = open_sink(f"jsonl:{sys.argv[1]}", "items")
bodies = [sys.argv[3].encode() % n for n in range(3)]
entries = [DeskEntry(entry_id="", id=f"e{n}", type="t", body=bodies[n]) for n in range(3)]
sink.send(entries[:1])
for _ in range(2):
    try:
        sink.send(entries)
    except SinkError as error:
        print(error.taken, error)
"""


def test_a_file_that_may_not_grow_ends_with_a_whole_line(tmp_path, event, desk):
    """The system writes as much as fits, and refuses the rest."""
    path, body = tmp_path / "events.jsonl", '{"id": "e%d", "text": "Talks"}'
    limit = str(2 * len(body) + 10)
    command = [sys.executable, "-c", LIMITED, str(path), limit, body]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    said = f"0 {path}: the file took no events: File too large\n"
    assert (ended.stdout, ended.stderr) == (2 * said, "")
    assert lines(path) == [body.encode() % 0]


def test_a_file_that_another_program_emptied_is_not_filled_up_with_zeros(
    tmp_path, monkeypatch, event, desk
):
    """Logrotate does this with copytruncate."""
    path = tmp_path / "events.jsonl"
    sink = open_sink(f"jsonl:{path}", desk)
    sink.send([event(1)])
    os.truncate(path, 0)

    def refuse(file, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(SinkError, match="No space left on device"):
        sink.send([event(2)])
    monkeypatch.undo()
    sink.send([event(2)])
    sink.close()
    assert lines(path) == [event(2).body]


def test_what_a_crash_left_unsynced_is_synced_before_it_counts_as_taken(
    tmp_path, monkeypatch, event, desk
):
    """It is in the file and not written again, even if that file is full and renamed."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(event(1).body + b"\n")
    left, synced = path.stat().st_ino, []
    fsync = os.fsync

    def record(file):
        synced.append(os.fstat(file).st_ino)
        fsync(file)

    monkeypatch.setattr(os, "fsync", record)
    sink = open_sink(f"jsonl:{path}?rotate_bytes=10", desk)
    sink.send([event(1), event(2)])
    sink.close()
    assert lines(tmp_path / "events.jsonl.000001") == [event(1).body]
    assert left in synced
