"""`copytaster search`, on an archive that a sink has written."""

import datetime
import json
import sys

import msgspec
import pytest
from click.testing import CliRunner

from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.cli.search import search
from worker.errors import ArchiveError, SettingsError
from worker.model import Event, NewsItem, event_id
from worker.model.codec import dump
from worker.parse import annotate
from worker.settings import Settings

GRAIN = (
    'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.\n\n'
    "Minister Ivan Moroz said that the harvest was good."
)
SEEN = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC)


@pytest.fixture
def settings(url):
    archive = open_archive(url)
    item = NewsItem(uri="urn:grain", version="1", headline="Grain \x1b[31mmoves", body_text=GRAIN)
    parsed = annotate(item)
    event = Event(
        id=event_id("urn:grain", "1", "items", 0),
        source="urn:feed",
        type="copytaster.item.created",
        subject="urn:grain",
        time=SEEN,
        dataschema="urn:copytaster:schema:item:1",
        data=msgspec.Raw(dump(parsed)),
    )
    with archive.write() as connection:
        write_events(connection, [(event, parsed)])
    archive.close()
    return Settings(archive=url)


def run(settings, *words):
    return CliRunner().invoke(search, words, obj=settings)


def test_items_are_shown_without_control_characters(settings):
    done = run(settings, "grain export", "--speaker", "Reznik", "--place", "UA")
    shown = "Grain \N{REPLACEMENT CHARACTER}[31mmoves\n  2026-01-12 09:00:00 · TASS · urn:grain\n"
    assert (done.exit_code, done.output) == (0, shown)


def test_quotes_and_statements_are_shown_with_their_item(settings):
    done = run(settings, "--quotes", "--agency", "TASS")
    assert done.output.splitlines() == [
        "Ivan Moroz (Minister Ivan Moroz, indirect) the harvest was good",
        "  2026-01-12 09:00:00 · TASS · Grain \N{REPLACEMENT CHARACTER}[31mmoves",
        'Olga Reznik "The grain export corridor is open,"',
        "  2026-01-12 09:00:00 · TASS · Grain \N{REPLACEMENT CHARACTER}[31mmoves",
    ]


def test_json_has_a_line_per_hit(settings):
    lines = run(settings, "corridor", "--quotes", "--json").output.splitlines()
    assert [(json.loads(line)["speaker"], json.loads(line)["item"]["uri"]) for line in lines] == [
        ("Olga Reznik", "urn:grain")
    ]


def test_nothing_found_is_said(settings):
    done = run(settings, "wheat")
    assert (done.exit_code, done.output) == (1, "copytaster: nothing found\n")
    assert run(settings, "wheat", "--json").output == ""


@pytest.mark.parametrize("words", ["-grain", "x" * 2000, "a " * 100])
def test_a_query_that_cannot_be_answered_is_an_error(settings, words):
    assert isinstance(run(settings, "--", words).exception, SettingsError)


def test_a_search_makes_no_archive(tmp_path):
    settings = Settings(data_dir=str(tmp_path / "data"))
    error = run(settings, "grain").exception
    assert (type(error), "no archive yet" in str(error)) == (ArchiveError, True)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_off_is_named():
    error = run(Settings(archive="off"), "grain").exception
    assert str(error) == "archive: is off: set COPYTASTER_ARCHIVE"


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic", "psycopg"])
def test_a_library_that_is_missing_names_its_extra(package, monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.startswith("worker.archive")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    extra = "postgresql" if package == "psycopg" else "archive"
    with pytest.raises(SettingsError) as caught:
        import_and_open(tmp_path)
    assert str(caught.value).endswith(
        f"{package} is not installed: pip install 'copytaster[{extra}]'"
    )


def import_and_open(directory):
    from worker.archive import open_archive

    open_archive("postgresql://127.0.0.1:1/wire")
    open_archive(f"sqlite:///{directory}/archive.db").migrate()
