"""`copytaster export` writes the same rows in every format, and a complete file or none."""

import csv
import datetime
import json
import sys
import tracemalloc

import msgspec
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from worker.archive import open_archive
from worker.archive.export import iter_speeches
from worker.archive.search import Query
from worker.archive.writer import write_events
from worker.cli.export import export
from worker.errors import ArchiveError, SettingsError
from worker.model import Event, NewsItem, event_id
from worker.model.codec import dump
from worker.parse import annotate
from worker.settings import Settings

SEEN = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC)
ROWS = [
    {
        "number": 2,
        "kind": "indirect",
        "text": "the harvest was good",
        "speaker": "Ivan Moroz",
        "mention": "Minister Ivan Moroz",
    },
    {
        "number": 1,
        "kind": "direct",
        "text": '"The grain export corridor is open,"',
        "speaker": "Olga Reznik",
        "mention": "Olga Reznik",
    },
]
SHARED = {
    "uri": "urn:grain",
    "version": "1",
    "seen": SEEN,
    "created": None,
    "headline": "Grain \x1b[31mmoves",
    "agency": "TASS",
    "places": "KIEV",
    "countries": "UA",
    "language": "en-GB",
    "link": "",
}


def run(settings, *words):
    return CliRunner().invoke(export, [str(word) for word in words], obj=settings)


def told(rows):
    """Rows without confidence and offsets."""
    return [{k: row[k] for k in (*ROWS[0], *SHARED)} for row in rows]


@pytest.fixture
def expected():
    return [row | SHARED for row in ROWS]


def test_parquet_has_typed_columns(settings, expected, tmp_path):
    path = tmp_path / "quotes.parquet"
    done = run(settings, "-o", path)
    assert (done.exit_code, done.output) == (0, f"{path}: 2 quotes and statements\n")
    table = pyarrow.parquet.read_table(path)
    assert told(table.to_pylist()) == expected
    assert str(table.schema.field("seen").type) == "timestamp[us, tz=UTC]"


def test_jsonl_has_a_line_per_row(settings, expected, tmp_path):
    path = tmp_path / "quotes.jsonl"
    run(settings, "--speaker", "Reznik", "-o", path)
    [row] = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert told([row]) == [expected[1] | {"seen": "2026-01-12T09:00:00Z"}]


def test_csv_has_a_header(settings, tmp_path):
    path = tmp_path / "quotes.csv"
    run(settings, "harvest", "-o", path)
    with path.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["text"], row["speaker"], row["created"], row["seen"]) == (
        "the harvest was good",
        "Ivan Moroz",
        "",
        "2026-01-12T09:00:00+00:00",
    )


@pytest.fixture
def put(tmp_path):
    """Put items with headlines into an archive of their own; return its settings."""

    def put(*headlines):
        settings = Settings(archive=f"sqlite:///{tmp_path}/own.db")
        archive = open_archive(settings.archive)
        batch = []
        for number, headline in enumerate(headlines):
            text = f'OSLO, May 1 (AP) - "All is calm on day {number}," Anna Berg said.'
            item = NewsItem(uri=f"urn:{number}", version="1", headline=headline, body_text=text)
            parsed = annotate(item)
            event = Event(
                id=event_id(item.uri, "1", "items", 0),
                source="",
                type="copytaster.item.created",
                subject=item.uri,
                time=SEEN + datetime.timedelta(minutes=number),
                dataschema="urn:copytaster:schema:item:1",
                data=msgspec.Raw(dump(parsed)),
            )
            batch.append((event, parsed))
        with archive.write() as connection:
            write_events(connection, batch)
        archive.close()
        return settings

    return put


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_of_a_csv_is_a_formula(put, tmp_path, formula):
    path = tmp_path / "quotes.csv"
    run(put(formula), "-o", path)
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["headline"] for row in csv.DictReader(file)] == [f"'{formula}"]


def test_pages_are_joined_without_gap_or_repeat(put, tmp_path, monkeypatch):
    monkeypatch.setattr("worker.archive.export._PAGE", 3)
    settings = put(*(f"Day {number}" for number in range(10)))
    for name, limit in (("all", []), ("some", ["--limit", "7"])):
        path = tmp_path / f"{name}.jsonl"
        run(settings, "-o", path, *limit)
        uris = [json.loads(line)["uri"] for line in path.read_bytes().splitlines()]
        assert uris == [f"urn:{number}" for number in reversed(range(10))][: 7 if limit else 10]


def test_an_export_holds_a_page_in_memory(put, monkeypatch):
    monkeypatch.setattr("worker.archive.export._PAGE", 20)
    settings = put(*("x" * 20_000 for _ in range(400)))  # 8 MB of headlines
    archive = open_archive(settings.archive)
    tracemalloc.start()
    count = sum(len(page) for page in iter_speeches(archive, Query(limit=10_000)))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    archive.close()
    assert (count, peak_bytes < 4_000_000) == (400, True)


def test_times_limit_the_rows(put, tmp_path):
    path = tmp_path / "quotes.jsonl"
    settings = put("a", "b", "c", "d")
    run(settings, "--since", "2026-01-12T09:01", "--until", "2026-01-12T09:03", "-o", path)
    uris = [json.loads(line)["uri"] for line in path.read_bytes().splitlines()]
    assert uris == ["urn:2", "urn:1"]


# what goes wrong


def left(directory):
    return sorted(path.name for path in directory.iterdir() if not path.name.startswith("own.db"))


@pytest.mark.parametrize("name", ["quotes.xlsx", "quotes", ".parquet"])
def test_an_unknown_format_is_named(put, tmp_path, name):
    error = run(put("a"), "-o", tmp_path / name).exception
    assert str(error) == f"{name}: does not end in any of .csv, .jsonl, .parquet"
    assert left(tmp_path) == []


def test_a_missing_directory_is_named(put, tmp_path):
    done = run(put("a"), "-o", tmp_path / "away" / "quotes.csv")
    assert (done.exit_code, "No such file or directory" in done.output) == (1, True)


def test_a_failed_export_leaves_the_earlier_file(put, tmp_path, monkeypatch):
    settings = put("a")
    path = tmp_path / "quotes.parquet"
    path.write_bytes(b"before")

    def fail(*_):
        raise ArchiveError("gone", subject="it")

    monkeypatch.setattr("worker.archive.export._page", fail)
    assert isinstance(run(settings, "-o", path).exception, ArchiveError)
    assert (path.read_bytes(), left(tmp_path)) == (b"before", ["quotes.parquet"])


def test_without_pyarrow_the_extra_is_named(put, tmp_path, monkeypatch):
    settings = put("a")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = run(settings, "-o", tmp_path / "quotes.parquet").exception
    assert (type(error), str(error)) == (
        SettingsError,
        "parquet: pyarrow is not installed: pip install 'copytaster[parquet]'",
    )
    assert left(tmp_path) == []
