"""The model as JSON: there and back, and held to the published schemas."""

import datetime
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from worker.cli.schema import asyncapi_text, schema, schema_text
from worker.desks.ninjs import as_ninjs
from worker.errors import CodecError
from worker.model import (
    Dateline,
    EntitiesEvent,
    Entity,
    EntityGroup,
    EntityLabel,
    EntityMention,
    Event,
    Feed,
    FeedState,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    PubStatus,
    Quote,
    QuoteEvent,
    Signal,
    Span,
    Statement,
    StatementEvent,
    StatementKind,
    StatementPart,
)
from worker.model.codec import SCHEMAS, dataschema, dump, json_schema, load

NOON = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
PUBLISHED = Path(__file__).parents[2] / "docs" / "schema"

ITEM = NewsItem(
    uri="urn:x:1",
    version="2",
    headline="Порт открыт",
    body_text='KIEV, January 12. /TASS/. "All is calm," Ada Marlow said.',
    pubstatus=PubStatus.CANCELED,
    urgency=3,
    versioncreated=NOON,
)
DATELINE = Dateline(
    span=Span(13, 38),
    places=(
        Place(name="KIEV", iso="UA", geonames_id=703448, lat=50.45, lon=30.52, confidence=1.0),
    ),
    date=datetime.date(2026, 1, 12),
    agency="TASS",
    style="tass",
)
PARSED = ParsedItem(
    item=ITEM,
    dateline=DATELINE,
    quotes=(
        Quote(contents=Span(39, 53), cue=Span(65, 69), source=Span(54, 64), speaker="Ada Marlow"),
    ),
    statements=(
        Statement(kind=StatementKind.DIRECT, contents=(Span(39, 53),), speaker="Ada Marlow"),
    ),
    entities=(
        Entity(span=Span(54, 64), label=EntityLabel.PERSON, canonical="Ada Marlow", role="x"),
    ),
    life=Life(urgency=3, signal=Signal.WITHDRAWN, embargoed=NOON, markers=("KILL",)),
)
QUOTE = QuoteEvent(
    text='"All is calm,"',
    start=39,
    end=53,
    speaker=None,
    mention=None,
    cue="said",
    chain=0,
    confidence=0.5,
    item_uri="urn:x:1",
    item_version="2",
    headline="Порт открыт",
    dateline=DATELINE,
)
STATEMENT = StatementEvent(
    kind=StatementKind.INDIRECT,
    contents=(StatementPart(text="all is calm", start=39, end=50),),
    speaker=None,
    mention="she",
    cue="said",
    confidence=0.5,
    item_uri="urn:x:1",
    item_version="2",
    headline="Порт открыт",
    dateline=DATELINE,
)
EVENT = Event(
    id="0" * 32,
    source="https://example.org/feed",
    type="copytaster.item.withdrawn",
    subject="urn:x:1",
    time=NOON,
    dataschema=dataschema("item"),
    data=msgspec.Raw(dump(PARSED)),
)
ENTITIES = EntitiesEvent(
    entities=(
        EntityGroup(
            canonical="Ada Marlow",
            label=EntityLabel.PERSON,
            role=None,
            iso=None,
            mentions=(EntityMention(text="Ada Marlow", start=54, end=64),),
        ),
    ),
    item_uri="urn:x:1",
    item_version="2",
    headline="Порт открыт",
    dateline=DATELINE,
)
EXAMPLES = {
    "entities": ENTITIES,
    "event": EVENT,
    "item": PARSED,
    "news-item": ITEM,
    "ninjs": as_ninjs(PARSED),
    "quote": QUOTE,
    "statement": STATEMENT,
}
BARE = {
    "entities": msgspec.structs.replace(ENTITIES, entities=(), dateline=None),
    "event": EVENT,
    "ninjs": as_ninjs(ParsedItem(item=NewsItem(uri="urn:x:2", version="1"))),
    "item": ParsedItem(item=NewsItem(uri="urn:x:2", version="1")),
    "news-item": NewsItem(uri="urn:x:2", version="1"),
    "quote": msgspec.structs.replace(QUOTE, dateline=None),
    "statement": msgspec.structs.replace(STATEMENT, dateline=None),
}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_published_schema_is_what_the_model_generates(name):
    """Write it again with `copytaster schema --write docs/schema`."""
    assert (PUBLISHED / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_no_other_schema_is_published():
    assert {path.name for path in PUBLISHED.iterdir()} == {
        *(f"{name}.json" for name in SCHEMAS),
        "asyncapi.json",
        "released",
    }


@pytest.mark.parametrize("name", sorted(SCHEMAS))
@pytest.mark.parametrize("examples", [EXAMPLES, BARE], ids=["full", "bare"])
def test_what_goes_out_is_valid_under_its_schema(name, examples):
    published = json.loads((PUBLISHED / f"{name}.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(
        published, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.check_schema(published)
    validator.validate(json.loads(dump(examples[name])))


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("item", "quotes", [{"contents": {"start": 1}}]),
        ("item", "item", None),
        ("news-item", "pubstatus", "spiked"),
        ("news-item", "uri", 5),
        ("quote", "start", "1"),
        ("statement", "kind", "spoken"),
        ("entities", "entities", [{"canonical": "A"}]),
        ("ninjs", "urgency", 0),
        ("event", "id", None),
    ],
)
def test_what_is_not_ours_is_not_valid(name, member, value):
    said = json.loads(dump(EXAMPLES[name])) | {member: value}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, json_schema(name))
    with pytest.raises(CodecError):
        load(SCHEMAS[name], json.dumps(said))


def test_an_events_data_is_the_item_itself_and_not_a_string():
    assert json.loads(dump(EVENT))["data"]["item"]["uri"] == "urn:x:1"


@pytest.mark.parametrize(
    "model",
    [*EXAMPLES.values(), *BARE.values(), Feed(id="1", url="u"), FeedState(due_at=NOON, gone=True)],
    ids=lambda model: type(model).__name__,
)
def test_a_model_comes_back_as_it_went_on_one_line(model):
    line = dump(model)
    assert b"\n" not in line
    assert load(type(model), line) == model
    assert load(type(model), line.decode()) == model


def test_text_that_is_not_unicode_cannot_be_dumped():
    with pytest.raises(CodecError, match="NewsItem: text that is not Unicode"):
        dump(NewsItem(uri="urn:x", version="1", headline="half \ud800"))


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", b"\xff", '{"uri": "\ud800"}', '{"uri": "urn:x"}', '{"uri": 1, "version": "1"}'],
)
def test_what_is_not_a_model_is_a_codec_error(body):
    with pytest.raises(CodecError, match=r"^NewsItem: "):
        load(NewsItem, body)


def test_data_nested_without_end_is_a_codec_error():
    with pytest.raises(CodecError):
        load(Event, dump(EVENT).replace(dump(PARSED), b"[" * 100_000))


def test_the_command_prints_a_schema():
    result = CliRunner().invoke(schema, ["quote"])
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        json.loads(schema_text("quote")),
    )


def test_the_command_without_a_name_says_which_there_are():
    result = CliRunner().invoke(schema, [])
    assert [line.split()[0] for line in result.stdout.splitlines()] == sorted(SCHEMAS)


def test_the_command_writes_what_is_published(tmp_path):
    result = CliRunner().invoke(schema, ["--write", str(tmp_path / "new")])
    assert result.exit_code == 0
    for name in SCHEMAS:
        assert (tmp_path / "new" / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)
    written = (tmp_path / "new" / "asyncapi.json").read_text(encoding="utf-8")
    assert written == asyncapi_text()


def test_a_directory_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(schema, ["--write", str(tmp_path / "file" / "below")])
    assert result.exit_code == 1
    assert result.stderr == f"copytaster: {tmp_path / 'file' / 'below'}: Not a directory\n"


def test_a_schema_that_is_not_there_is_a_wrong_call():
    assert CliRunner().invoke(schema, ["quotes"]).exit_code == 2
