"""A dump of an archive on PostgreSQL, and a copy of one on SQLite, taken while it is in use."""

import contextlib
import datetime
import sqlite3
import subprocess

import psycopg
import pytest
from sqlalchemy import func, select

from worker.archive import open_archive
from worker.archive.schema import events, versions
from worker.archive.search import Query, search_items
from worker.archive.writer import write_events
from worker.desks import DEFAULT_DESKS, events_for
from worker.model import NewsItem
from worker.parse import annotate

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


def event_of(number):
    text = f"OSLO, May 1. /NTB/. Harbour {number} is open."
    item = NewsItem(uri=f"urn:{number}", version="1", headline=f"No. {number}", body_text=text)
    parsed = annotate(item)
    return next(event for desk, event in events_for(parsed, DEFAULT_DESKS[:1], None, NOW)), parsed


def write(archive, numbers):
    """Write the events of the items; return the number of new events."""
    with archive.write() as connection:
        return write_events(connection, [event_of(number) for number in numbers])


def count(archive, table):
    with archive.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.fixture
def copied(url, request, prefix, tmp_path):
    """Copy the archive as docs/operations.md says; return the URL of the copy."""

    def copy_sqlite():
        target = tmp_path / "copy.db"
        with (
            contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return f"sqlite:///{target}"

    def copy_postgresql():
        server = request.getfixturevalue("postgresql")
        folder = next(word for word in server.command() if str(word).endswith("/postgres")).parent
        dump, name = tmp_path / "archive.dump", f"{prefix}_copy"
        words = ["--format=custom", f"--file={dump}", f"--dbname={url}"]
        subprocess.run([folder / "pg_dump", *words], check=True, timeout=60)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        restore = [folder / "pg_restore", f"--dbname={server.url(name)}", dump]
        subprocess.run(restore, check=True, timeout=60)
        return server.url(name)

    return copy_sqlite if url.startswith("sqlite") else copy_postgresql


def test_a_dump_of_an_archive_takes_the_same_events_once(archive, copied):
    assert write(archive, range(20)) == 20
    restored = open_archive(copied())
    # The relay sends again what it has not confirmed, and goes on.
    assert write(restored, range(10, 30)) == 10
    assert (count(restored, versions), count(restored, events)) == (30, 30)
    with restored.read() as connection:
        (hit,) = search_items(connection, Query(words='"harbour 29"'))
    assert hit.uri == "urn:29"
    restored.close()
