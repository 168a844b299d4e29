"""`copytaster search`, on an archive that a sink has written."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from worker.cli.search import search
from worker.errors import ArchiveAbsent, SettingsError
from worker.settings import Settings


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


def test_a_search_may_ask_for_a_language(settings):
    assert run(settings, "corridor", "--language", "en").exit_code == 0
    assert run(settings, "corridor", "--language", "ru").output == "copytaster: nothing found\n"


@pytest.mark.parametrize("words", ['"unclosed', 'grain "export corridor', '"grain" "export'])
def test_a_phrase_without_an_end_is_refused(settings, words):
    done = run(settings, words)
    assert (done.exit_code, "has no end" in done.output) == (2, True)


def test_a_phrase_may_be_spread_over_words(settings):
    assert run(settings, '"grain', 'export"').exit_code == 0


def test_a_search_without_hits_says_so(settings):
    done = run(settings, "wheat")
    assert (done.exit_code, done.output) == (1, "copytaster: nothing found\n")
    assert run(settings, "wheat", "--json").output == ""


@pytest.mark.parametrize("words", ["-grain", "x" * 2000, "a " * 100])
def test_a_query_that_cannot_be_answered_is_an_error(settings, words):
    assert isinstance(run(settings, "--", words).exception, SettingsError)


def test_a_search_creates_no_archive(tmp_path):
    settings = Settings(data_dir=str(tmp_path / "data"))
    error = run(settings, "grain").exception
    assert (type(error), "no archive yet" in str(error)) == (ArchiveAbsent, True)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_off_is_named():
    error = run(Settings(archive="off"), "grain").exception
    assert str(error) == "archive: is off: set COPYTASTER_ARCHIVE"


OPEN = """
import sys
sys.modules[{package!r}] = None
from worker.errors import SettingsError
try:
    from worker.archive import open_archive
    open_archive("postgresql://127.0.0.1:1/wire")
    open_archive("sqlite:///{directory}/archive.db").migrate()
except SettingsError as error:
    print(error)
"""


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic", "psycopg"])
def test_a_library_that_is_missing_names_its_extra(package, tmp_path):
    program = OPEN.format(package=package, directory=tmp_path)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    extra = "postgresql" if package == "psycopg" else "archive"
    reason = f"archive: {package} is not installed: pip install 'copytaster[{extra}]'\n"
    assert done.stdout == reason
