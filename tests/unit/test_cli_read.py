"""`copytaster feeds read --jsonl`: one answer a line, in order, whatever the documents do."""

import gzip
import json
import os
import sys
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from worker.cli import feeds_read as reading
from worker.cli.feeds_read import read

FEED = """<rss><channel><item><title>Harbour opens</title><link>/n/1</link><guid>1</guid>
<pubDate>Mon, 12 Jan 2026 10:30:00 +0300</pubDate></item><item><title>No more</title></item>
</channel></rss>"""
ENTRIES = [
    {
        "id": "1",
        "title": "Harbour opens",
        "link": "https://wire.example/n/1",
        "date": "2026-01-12T07:30:00Z",
    },
]


def ask(*requests):
    lines = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in requests)
    done = CliRunner().invoke(read, ["--jsonl"], input=lines)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def write(tmp_path):
    def write(name, body):
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return str(path)

    return write


def test_documents_are_answered_in_order(write):
    feed = write("a.xml", FEED)
    url = "https://wire.example/feeds/all.xml"

    first, second, third = ask(
        {"path": feed, "headers": {"Content-Type": "text/xml"}, "url": url},
        {"path": write("b.xml", "<html></html>")},
        {"path": feed, "headers": {"content-location": "https://wire.example/x"}},
    )

    assert (first["ok"], first["entries"][:1], len(first["entries"])) == (True, ENTRIES, 2)
    assert second == {"ok": False, "error": "a web page, not a feed"}
    assert third["entries"][:1] == ENTRIES


def test_missing_texts_are_null(write):
    [answer] = ask({"path": write("a.xml", FEED.replace("<title>No more</title>", ""))})
    assert answer["entries"][1] | {"id": ""} == {
        "id": "",
        "title": None,
        "link": None,
        "date": None,
    }


def test_the_encoding_of_the_headers_is_used(write):
    path = write(
        "a.xml", "<rss><channel><item><title>Порт</title></item></channel></rss>".encode("cp1251")
    )

    headers = {"CONTENT-TYPE": "text/xml; charset=windows-1251", "Content-Length": 61, "Age": None}
    [answer] = ask({"path": path, "headers": headers})

    assert answer["entries"][0]["title"] == "Порт"


def test_what_is_asked_wrongly_is_answered_too(tmp_path):
    answers = ask("no json", "[]", {}, {"path": 5}, {"path": str(tmp_path)}, {"path": "/no/such"})

    assert [answer["ok"] for answer in answers] == [False] * 6
    assert all(answer["error"] for answer in answers)


def test_devices_and_bombs_are_refused(write):
    bomb = write("bomb.gz", gzip.compress(b" " * (reading.LIMIT_BODY_BYTES + 1)))

    device, unpacked, honest = ask(
        {"path": "/dev/zero"}, {"path": bomb}, {"path": write("a.gz", gzip.compress(FEED.encode()))}
    )

    assert (device["error"], unpacked["error"]) == (
        "not a regular file",
        "unpacks to more than 67,108,864 bytes",
    )
    assert honest["ok"]


def test_a_document_that_takes_too_long_costs_itself_only(write, monkeypatch):
    """The child inherits the patched reader: it is forked."""
    monkeypatch.setattr(reading, "LIMITS", replace(reading.LIMITS, time_s=0.3))
    monkeypatch.setattr(reading, "list_feed", sleep_or_read(reading.list_feed))

    slow, quick = ask({"path": write("slow", "sleep")}, {"path": write("a.xml", FEED)})

    assert (slow, quick["ok"]) == ({"ok": False, "error": "not read within 0.3 s"}, True)


def test_a_document_that_kills_its_reader_costs_itself_only(write, monkeypatch):
    monkeypatch.setattr(reading, "list_feed", sleep_or_read(reading.list_feed))

    dead, failed, alive = ask(
        {"path": write("dead", "die")}, {"path": write("odd", "raise")}, {"path": write("a", FEED)}
    )

    assert dead == {"ok": False, "error": "reading it ended the process: too much memory"}
    assert failed == {"ok": False, "error": "reading it failed: a fault of ours"}
    assert alive["ok"]


def sleep_or_read(list_feed):
    def list_or_misbehave(body, *rest):
        if body == b"sleep":
            time.sleep(30)
        if body == b"grow":
            bytearray(300 * 1024 * 1024)
        if body == b"die":
            os._exit(1)
        if body == b"raise":
            raise RuntimeError("a fault of ours")
        return list_feed(body, *rest)

    return list_or_misbehave


@pytest.mark.skipif(sys.platform != "linux", reason="memory has no limit elsewhere")
def test_a_document_that_needs_too_much_memory_is_refused(write, monkeypatch):
    """The reader asks for more than it is allowed, and less than the machine has."""
    limits = replace(reading.LIMITS, memory_bytes=200 * 1024 * 1024)
    monkeypatch.setattr(reading, "LIMITS", limits)
    monkeypatch.setattr(reading, "list_feed", sleep_or_read(reading.list_feed))

    refused, alive = ask({"path": write("huge", "grow")}, {"path": write("a.xml", FEED)})

    assert refused == {"ok": False, "error": "too large to be read in the memory allowed"}
    assert alive["ok"]
