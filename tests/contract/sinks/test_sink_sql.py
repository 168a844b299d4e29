"""The archive as a sink: what it refuses for now, what it leaves out, and what it deletes."""

import datetime
import sqlite3
import time

import msgspec
import pytest
from sqlalchemy import event as engine_event
from structlog.testing import capture_logs

from worker.archive import open_archive
from worker.archive.search import Query, search_items
from worker.errors import ArchiveError, SinkError
from worker.model import Event
from worker.model.codec import dump, load
from worker.model.publishing import DeskEntry
from worker.sinks import open_sink
from worker.sinks.sql import SqlSink


@pytest.fixture
def place(make_place):
    return make_place("sql")


@pytest.fixture
def sink(place, desk):
    opened = open_sink(place.spec, desk)
    yield opened
    opened.close()


def found(place):
    archive = open_archive(place.url)
    with archive.read() as connection:
        hits = search_items(connection, Query())
    archive.close()
    return [hit.version for hit in hits]


def changed(entry, **fields):
    event = msgspec.structs.replace(load(Event, entry.body), **fields)
    return DeskEntry(entry_id=entry.entry_id, id=entry.id, type=entry.type, body=dump(event))


def refusal(sink, *entries):
    with pytest.raises(SinkError) as caught:
        sink.send(entries)
    return str(caught.value)


def test_a_database_that_is_away_is_named_without_its_secrets(event, place, desk):
    spec = "sql:postgresql://me:hush@127.0.0.1:1/wire?sslmode=disable&passfile=hush"
    sink = open_sink(spec, desk)
    began = time.monotonic()
    reason = refusal(sink, event(1))
    assert reason.startswith("postgresql+psycopg://me:***@127.0.0.1:1/wire: the archive took no")
    assert ("hush" in reason, "\n" in reason, time.monotonic() - began < 20) == (False, False, True)


def test_what_is_no_item_is_left_out_and_logged(sink, place, event):
    quote = changed(event(2), dataschema="urn:copytaster:schema:quote:1", data=msgspec.Raw(b"{}"))
    torn = DeskEntry(entry_id="3-0", id="e3", type="x", body=b"{")
    with capture_logs() as lines:
        sink.send([event(1), quote, torn, event(4)])
    assert [id_ for id_, _ in place.messages()] == ["e1", "e4"]
    skipped = [line["event_id"] for line in lines if line["event"] == "archive_skipped"]
    assert skipped == ["e2", "e3"]


def test_an_item_of_a_later_release_waits_for_it(sink, place, event):
    later = changed(
        event(2), dataschema="urn:copytaster:schema:item:2", data=msgspec.Raw(b'{"item": 1}')
    )
    assert "e2 is of another release (urn:copytaster:schema:item:2)" in refusal(
        sink, event(1), later
    )
    assert place.path.exists() is False


def test_an_archive_of_a_later_release_waits_for_it(place, event, desk):
    first = open_sink(place.spec, desk)
    first.send([event(1)])
    first.close()
    with sqlite3.connect(place.path) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    again = open_sink(place.spec, desk)
    assert "later release (revision 9999)" in refusal(again, event(2))
    again.close()
    archive = open_archive(place.url)
    with pytest.raises(ArchiveError, match="revision 9999"), archive.read():
        pass
    archive.close()


def test_a_full_disk_loses_nothing(place, event, desk):
    archive = open_archive(place.url)
    archive.migrate()
    pages = [1]

    @engine_event.listens_for(archive._engine, "checkout")
    def _limit(connection, *_):
        connection.execute(f"PRAGMA max_page_count={pages[0]}")  # not below the present count

    sink = SqlSink(archive, desk)
    assert "full" in refusal(sink, *(event(number) for number in range(100)))
    pages[0] = 1 << 30
    sink.send([event(number) for number in range(100)])
    assert len(place.messages()) == 100
    sink.close()


def test_a_file_that_is_no_database_is_a_refusal(sink, place, event):
    place.path.write_bytes(b"not a database, but long enough to be read as one" * 100)
    assert "file is not a database" in refusal(sink, event(1))


def test_versions_that_are_too_old_are_deleted_with_the_next_batch(place, event, desk):
    sink = open_sink(place.spec.replace("days=36500", "days=30"), desk)
    today = datetime.datetime.now(datetime.UTC)
    sink.send([event(1)])  # of January, and so deleted at once
    sink.send([changed(event(2), time=today)])
    sink.close()
    assert found(place) == ["2"]


def test_a_retention_that_fails_stops_no_event(place, event, desk, monkeypatch):
    def fail(*_, **__):
        raise ArchiveError("locked", subject="it")

    sink = open_sink(place.spec.replace("days=36500", "days=30"), desk)
    monkeypatch.setattr("worker.archive.retention.delete_oldest", fail)
    with capture_logs() as lines:
        sink.send([event(1)])
        sink.close()
    assert found(place) == ["1"]
    assert "archive_retention_failed" in [line["event"] for line in lines]
