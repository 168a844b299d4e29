"""The files of `copytaster ingest` and `parse`: they take what a watched folder takes."""

import json
import tomllib
from pathlib import Path

import pytest

from worker.cli.documents import Reading, read_sources
from worker.cli.faults import Faults
from worker.errors import FormatError
from worker.inbox.wire_files import read_wire_file
from worker.model import Feed
from worker.render.console import Failure
from worker.settings import Settings

CASES = Path(__file__).resolve().parent.parent / "cases"
WIRES = tomllib.loads((CASES / "feeds-wire.toml").read_text(encoding="utf-8"))["case"]
LIMIT_BYTES = Settings().message_limit_bytes
EVENT = {"specversion": "1.0", "type": "item", "id": "7", "source": "/cms", "time": "2026-01-12"}
FERRY = EVENT | {"data": {"text": "A ferry met a tug."}}
TUG = EVENT | {"datacontenttype": "text/plain", "data": "A tug sank."}


def read(path, fields=None, **settings):
    """The entry fields of each message of a file, as the inbox gets them, and the faults."""
    reading, faults = Reading(settings=Settings(**settings)), Faults()
    entries = []
    for message, _ in read_sources([str(path)], reading, fields or {}, faults):
        faults.pass_by()
        entries.append({"message": message.text, **(fields or {}), **message.fields})
    return [entry | {"message": json.loads(entry["message"])} for entry in entries], faults


def read_by_folder(body):
    read = read_wire_file(body, Feed(id="file", url=""), limit_bytes=LIMIT_BYTES)
    return [entry | {"message": json.loads(entry["message"])} for entry in read.entries]


@pytest.mark.parametrize("name", ["story.txt", "story"])
@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in WIRES])
def test_every_wire_document_is_read_by_command_and_folder_alike(case, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(case["body"].strip().encode())
    entries, faults = read(path)
    expected = [item["uri"].replace(":0123456789ab:", ":file:") for item in case["items"]]
    assert sorted(entry["message"]["uri"] for entry in entries) == sorted(expected)
    folder = read_by_folder(path.read_bytes())
    assert sorted(entry["message"]["uri"] for entry in folder) == sorted(expected)
    headlines = [item.get("headline", "") for item in case["items"]]
    read_headlines = [entry["message"].get("headline", "") for entry in entries]
    assert sorted(read_headlines) == sorted(headlines)
    assert faults.refused == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", json.dumps(FERRY)),
        ("one.txt", json.dumps(FERRY, indent=1)),
        ("list.json", json.dumps([FERRY, TUG])),
        ("lines.jsonl", f"{json.dumps(FERRY)}\n{json.dumps(TUG)}\n"),
        ("lines.txt", f"{json.dumps(FERRY)}\n{json.dumps(TUG)}\n"),
    ],
)
def test_cloudevents_are_read_as_the_watched_folder_reads_them(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    entries, _ = read(path)
    assert entries == read_by_folder(text.encode())
    assert entries[0] == {
        "message": {"text": "A ferry met a tug."},
        "source": "/cms",
        "published": "2026-01-12",
    }


def test_what_a_cloudevent_says_of_itself_goes_before_the_options(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(FERRY))
    entries, _ = read(path, {"source": "desk", "urgency": "3"})
    assert entries == [
        {
            "message": {"text": "A ferry met a tug."},
            "source": "/cms",
            "published": "2026-01-12",
            "urgency": "3",
        }
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "\x01hello\r\n\x02Tug\r\nIt sails.\x03\x04",
            "a story behind SOH, whose header is neither",
        ),
        ("\x01WPA0123 5 I 2 Tug\r\n\x02Tug\r\nIt sai", "has no item"),
        ("\x16\x16\x01a1234\x1f\r\nr i BC-Tug 01-12 0002\r\n", "has no item"),
        ("\x01WPA0123 5 I 2 Tug\r\n\x02\x03\x04", "has no item"),
        ("%PDF\0\x01", "is not text: it contains zero bytes"),
        (json.dumps(EVENT), "`data` is missing"),
        (json.dumps(FERRY | {"specversion": "2.0"}), "not a CloudEvent: Invalid enum value '2.0'"),
        (json.dumps(EVENT | {"data": {"txt": ""}}), "the object is none of"),
    ],
)
def test_a_broken_file_is_one_fault_that_names_it_and_the_folder_refuses_it_too(
    text, reason, tmp_path
):
    path = tmp_path / "broken"
    path.write_bytes(text.encode())
    entries, faults = read(path)
    with pytest.raises(Failure) as failure:
        faults.end()
    assert entries == []
    assert failure.value.message.startswith(str(path))
    assert reason in failure.value.message
    with pytest.raises(FormatError):
        read_by_folder(text.encode())


def test_a_broken_story_is_said_and_costs_no_other(tmp_path, capsys):
    path = tmp_path / "two"
    path.write_bytes(
        b"\x01WPA0123 5 I 2 Tug\r\n\x02Tug sails\r\n\x03\r\n121030 GMT JAN 26\x04"
        b"\x01WPA0124 5 I 2 Ferry\r\n\x02Ferry sai"
    )
    (entry,), faults = read(path)
    assert (entry["message"]["headline"], faults.refused) == ("Tug sails", 0)
    assert capsys.readouterr().err == (
        f"copytaster: {path}: story 2: stops short, before ETX; left out\n"
    )


@pytest.mark.parametrize("begin", ["\x01WPA0123 5 I 2 Tug\r\n\x02", "<rss>", '{"items": ['])
def test_a_document_over_the_limit_is_refused_unread(begin, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(begin.encode())
        file.truncate(50_000_000)
    _, faults = read(path, fetch_limit_bytes=20_000_000)
    with pytest.raises(Failure) as failure:
        faults.end()
    assert failure.value.message == (
        f"{path} is larger than 20,000,000 bytes (COPYTASTER_FETCH_LIMIT_BYTES)"
    )
