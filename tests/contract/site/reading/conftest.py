"""Pages over archives on both databases, filled with items whose counts are known."""

import datetime
from types import MappingProxyType

import lxml.html
import msgspec
import pytest

from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    Event,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    Quote,
    Signal,
    Span,
    Statement,
    StatementKind,
    Target,
    event_id,
)
from worker.model.codec import dump

NOON = datetime.datetime(2026, 12, 2, 12, tzinfo=datetime.UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/archive.db"
    else:
        url = request.getfixturevalue("make_database")()
    opened = open_archive(url)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def get(client):
    """Request a page, check that it is HTML, and return it as a tree."""

    def get(address, status=200):
        answer = client.get(address)
        assert answer.status_code == status, answer.text
        page = lxml.html.document_fromstring(answer.text)
        assert not page.xpath("//@style | //style | //script[not(@src)] | //@onclick")
        assert len(page.xpath("//h1")) == 1
        assert not [
            one for one in page.xpath("//@id") if page.xpath("count(//*[@id=$id])", id=one) > 1
        ]
        return page

    return get


@pytest.fixture
def file_item(archive):
    """Put an item with the given annotations into the archive."""

    def file_item(
        uri="urn:1",
        body="",
        *,
        headline="A headline",
        at=NOON,
        agency="",
        places=(),
        quotes=(),
        statements=(),
        names=(),
        version="1",
        kills="",
        latin=MappingProxyType({}),
    ):
        said = [text for text, *_ in (*quotes, *statements)]
        words = "\n\n".join(part for part in (body, *said, *(name for name, _ in names)) if part)
        item = NewsItem(
            uri=uri, version=version, headline=headline, body_text=words, versioncreated=at
        )
        parsed = ParsedItem(
            item=item,
            dateline=Dateline(span=Span(0, 1), agency=agency or None, places=tuple(places))
            if agency or places
            else None,
            quotes=tuple(
                Quote(
                    contents=span_of(item, text),
                    speaker=speaker,
                    confidence=confidence,
                )
                for text, speaker, confidence in quotes
            ),
            statements=tuple(
                Statement(
                    kind=StatementKind.INDIRECT,
                    contents=(span_of(item, text),),
                    speaker=speaker,
                    confidence=confidence,
                )
                for text, speaker, confidence in statements
            ),
            entities=tuple(
                Entity(
                    span=span_of(item, name),
                    label=EntityLabel(label),
                    canonical=name,
                    latin=latin.get(name),
                )
                for name, label in names
            ),
            life=Life(signal=Signal.WITHDRAWN if kills else Signal.CREATED),
            target=Target(uri=kills) if kills else None,
        )
        event = Event(
            id=event_id(uri, version, "archive", 0),
            source="urn:feed",
            type=f"copytaster.item.{parsed.life.signal.value}",
            subject=kills or uri,
            time=at,
            dataschema="urn:copytaster:schema:item:1",
            data=msgspec.Raw(dump(parsed)),
        )
        with archive.write() as connection:
            assert write_events(connection, [(event, parsed)]) == 1

    return file_item


def span_of(item, words):
    start = item.text.index(words)
    return Span(start, start + len(words))


@pytest.fixture
def kiev():
    return Place(
        name="KIEV", iso="UA", lat=50.4547, lon=30.5238, confidence=1.0, geonames_id=703448
    )


@pytest.fixture
def oslo():
    return Place(name="OSLO", iso="NO", lat=59.9127, lon=10.7461, confidence=0.9)


@pytest.fixture
def words_of():
    """Return the texts of the elements that a path finds, without line breaks."""

    def words_of(page, path):
        return [" ".join(one.text_content().split()) for one in page.xpath(path)]

    return words_of


@pytest.fixture
def noon():
    return NOON
