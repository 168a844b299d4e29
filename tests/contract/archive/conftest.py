"""Archives on both databases."""

import datetime

import msgspec
import pytest

from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.model import Event, NewsItem, event_id
from worker.model.codec import dump
from worker.parse import annotate
from worker.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    return request.getfixturevalue("make_database")()


@pytest.fixture
def archive(url):
    opened = open_archive(url)
    yield opened
    opened.close()


GRAIN = (
    'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.\n\n'
    "Minister Ivan Moroz said that the harvest was good."
)
SEEN = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC)


@pytest.fixture
def settings(url):
    """The settings of an archive that holds the item GRAIN."""
    archive = open_archive(url)
    item = NewsItem(
        uri="urn:grain",
        version="1",
        headline="Grain \x1b[31mmoves",
        body_text=GRAIN,
        language="en-GB",
    )
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
