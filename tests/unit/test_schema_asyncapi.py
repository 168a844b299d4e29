"""The AsyncAPI document describes the streams exactly."""

import datetime
import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from worker.cli.schema import asyncapi_text, schema
from worker.desks import Desk, Shape, events_for
from worker.desks.asyncapi import EVENT_TYPES, InboxFeed, InboxText
from worker.errors import MessageError
from worker.inbox import messages
from worker.inbox.messages import read_message
from worker.model import NewsItem, ParsedItem, PubStatus, Signal
from worker.model.codec import dump
from worker.parse import annotate

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = json.loads(asyncapi_text())
NOW = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
REGISTRY = Registry().with_resource(
    "urn:asyncapi", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)
BODY = 'KIEV, January 12. /TASS/. "All is calm," Mayor Ada Marlow said in Lviv.'


def validator(message):
    reference = {"$ref": f"urn:asyncapi#/components/messages/{message}/payload"}
    return jsonschema.Draft202012Validator(reference, registry=REGISTRY)


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference):
    target = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return target


def item(**fields):
    return NewsItem(uri="urn:x:1", version="2", headline="Calm", body_text=BODY, **fields)


def test_the_published_document_is_what_the_model_generates():
    """Write it again with `copytaster schema --write docs/schema`."""
    published = (DOCS / "schema" / "asyncapi.json").read_text(encoding="utf-8")
    assert published == asyncapi_text()


def test_the_command_prints_the_document():
    result = CliRunner().invoke(schema, ["--asyncapi"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, DOCUMENT)


def test_the_document_has_the_parts_that_asyncapi_asks_for():
    """Source: AsyncAPI 3.0.0; the whole was validated against its JSON Schema when written."""
    assert re.fullmatch(r"3\.0\.\d+", DOCUMENT["asyncapi"])
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    for channel in DOCUMENT["channels"].values():
        names = re.findall(r"\{(\w+)\}", channel["address"])
        assert names == list(channel.get("parameters", {}))
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])


def test_every_reference_leads_somewhere_and_everything_is_referred_to():
    named = set(references(DOCUMENT))
    assert all(resolve(reference) for reference in named)
    parts = DOCUMENT["components"]
    messages = {f"#/components/messages/{name}" for name in parts["messages"]}
    assert messages <= named
    # The models that no message names are what others are made of, or the item of the inbox.
    idle = {name for name in parts["schemas"] if f"#/components/schemas/{name}" not in named}
    assert idle == set()


def test_the_desks_page_and_the_document_know_the_same_events():
    page = (DOCS / "desks.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `copytaster\.(\w+)\.\w+` \|", page, re.MULTILINE))
    assert documented == {name for name, _ in EVENT_TYPES}


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize(
    ("pubstatus", "latest", "signal"),
    [
        (PubStatus.USABLE, None, Signal.CREATED),
        (PubStatus.USABLE, "1", Signal.UPDATED),
        (PubStatus.CANCELED, "1", Signal.WITHDRAWN),
    ],
)
def test_every_event_is_valid_under_its_message_and_no_other(shape, pubstatus, latest, signal):
    parsed = annotate(item(pubstatus=pubstatus))
    made = events_for(parsed, [Desk(name="d", shape=shape)], latest, NOW)
    if shape in (Shape.QUOTES, Shape.STATEMENTS):
        assert bool(made) is (signal is not Signal.WITHDRAWN)
        signal = Signal.CREATED
    for _, event in made:
        said = json.loads(dump(event))
        valid = {
            f"{schema}.{other.value}"
            for schema, other in EVENT_TYPES
            if validator(f"{schema}.{other.value}").is_valid(said)
        }
        assert valid == {event.type.removeprefix("copytaster.")}
        assert event.type.endswith(f".{signal.value}")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("inbox.text", {"text": BODY, "published": "2026-01-12", "urgency": 3}),
        ("inbox.text", {"text": BODY, "source": "s", "language": "en", "uri": "u", "link": "l"}),
        ("inbox.feed", {"feed": "https://news.example/rss.xml", "interval_s": 60, "name": "N"}),
        ("inbox.item", {"headline": "Calm", "body_text": BODY, "published": "2026-01-12"}),
        ("inbox.item", json.loads(dump(item()))),
    ],
)
def test_what_the_inbox_takes_is_valid(message, said):
    validator(message).validate(said)
    read_message({"message": json.dumps(said)}, limit_bytes=10_000)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("inbox.text", {"text": BODY, "title": "x"}),
        ("inbox.text", {"text": 5}),
        ("inbox.feed", {"feed": "https://news.example/rss.xml", "interval_s": "often"}),
        ("inbox.item", {"body_text": BODY, "pubstatus": "spiked"}),
    ],
)
def test_what_the_inbox_refuses_is_not_valid(message, said):
    assert not validator(message).is_valid(said)
    with pytest.raises(MessageError):
        read_message({"message": json.dumps(said)}, limit_bytes=10_000)


def test_the_inbox_messages_have_the_members_that_are_read():
    assert set(InboxText.__struct_fields__) == messages._TEXT_FIELDS
    assert set(InboxFeed.__struct_fields__) == messages._FEED_FIELDS
    properties = DOCUMENT["components"]["schemas"]["InboxItem"]["properties"]
    assert set(properties) == messages._ITEM_FIELDS | {"published"}


def test_an_event_of_another_number_is_not_valid():
    parsed = ParsedItem(item=item())
    [(_, event)] = events_for(parsed, [Desk(name="items")], None, NOW)
    said = json.loads(dump(event)) | {"dataschema": "urn:copytaster:schema:item:0"}
    assert not validator("item.created").is_valid(said)
