"""Items as ninjs documents, held to IPTC's own schema (tests/cases/iptc)."""

import datetime
import json
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import msgspec
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from worker.demo.scale import scale_items
from worker.desks import Desk, Shape, events_for
from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    PubStatus,
    Signal,
    Span,
    Target,
)
from worker.parse import annotate

NOON = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
IPTC = json.loads(
    (Path(__file__).parents[1] / "cases" / "iptc" / "ninjs-schema_3.1.json").read_text("utf-8")
)
OURS = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "ninjs.json").read_text("utf-8"))
POINT = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"const": "Point"},
        "coordinates": {
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -180, "maximum": 180},
                {"type": "number", "minimum": -90, "maximum": 90},
            ],
            "minItems": 2,
            "maxItems": 2,
        },
    },
}
"""What of GeoJSON we write; IPTC's schema names the whole of it by its URL. Source: RFC 7946."""

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uri")
def is_absolute_uri(value):
    return value.isascii() and value.isprintable() and " " not in value and urlsplit(value).scheme


@FORMATS.checks("date-time", raises=ValueError)
def is_aware_moment(value):
    return datetime.datetime.fromisoformat(value).tzinfo is not None


VALIDATOR = jsonschema.Draft202012Validator(
    IPTC,
    registry=Registry().with_resource(
        "https://geojson.org/schema/GeoJSON.json",
        Resource.from_contents(POINT, default_specification=DRAFT202012),
    ),
    format_checker=FORMATS,
)

ITEM = NewsItem(
    uri="urn:newsml:nord.example:20260112:7",
    version="2",
    headline="Harbour to open",
    deck="Ice is thin",
    body_text="KIEV, January 12. /TASS/. Ada Marlow of the Port Authority spoke in Lviv.",
    slugline="HARBOUR",
    byline="By Ines Marceau",
    language="en",
    firstcreated=NOON,
    versioncreated=NOON,
    embargoed=NOON,
    ednote="Adds deck.",
    infosource="Nord",
    link="https://news.example/harbour",
    rights="(c) Nord",
)
PARSED = ParsedItem(
    item=ITEM,
    dateline=Dateline(
        span=Span(30, 55),
        places=(Place(name="KIEV", iso="UA", geonames_id=703448, lat=50.45, lon=30.52),),
        agency="TASS",
    ),
    entities=tuple(
        Entity(span=Span(0, 7), label=label, canonical=name)
        for label, name in (
            (EntityLabel.GPE, "Kiev"),
            (EntityLabel.PERSON, "Ada Marlow"),
            (EntityLabel.ORG, "Port Authority"),
            (EntityLabel.GPE, "Lviv"),
            (EntityLabel.PERSON, "Ada Marlow"),
            (EntityLabel.FAC, "Pier Nine"),
            (EntityLabel.NORP, "Georgian"),
            (EntityLabel.LAW, "Sea Act"),
            (EntityLabel.EVENT, "Sail Week"),
            (EntityLabel.PRODUCT, "Otter 5"),
        )
    ),
    life=Life(urgency=3, item_number="a0456"),
)


def ninjs_of(parsed):
    """Return the document of the only event that the item makes."""
    [(_, event)] = events_for(parsed, [Desk(name="cms", shape=Shape.NINJS)], None, NOON)
    return json.loads(bytes(event.data))


def check(document):
    VALIDATOR.validate(document)
    jsonschema.validate(document, OURS)


def test_iptcs_schema_is_a_schema_and_refuses_what_it_should():
    jsonschema.Draft202012Validator.check_schema(IPTC)
    good = ninjs_of(PARSED)
    for change in (
        {"uri": "no uri"},
        {"headline": "Harbour"},
        {"urgency": 0},
        {"pubStatus": "spiked"},
        {"versionCreated": "2026-01-12T12:00:00"},
        {"people": [{"name": "A", "role": "mayor"}]},
        {"places": [{"name": "A", "geoJSON": {"type": "Point", "coordinates": [0, 91]}}]},
    ):
        assert not VALIDATOR.is_valid(good | change), change


def test_a_full_item_says_all_that_ninjs_has_words_for():
    document = ninjs_of(PARSED)
    check(document)
    mentioned = {"rel": "mentioned"}
    assert document == {
        "uri": "urn:newsml:nord.example:20260112:7",
        "type": "text",
        "representationType": "full",
        "standard": {
            "name": "ninjs",
            "version": "3.1",
            "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
        },
        "version": "2",
        "pubStatus": "usable",
        "urgency": 3,
        "firstCreated": "2026-01-12T12:00:00Z",
        "versionCreated": "2026-01-12T12:00:00Z",
        "embargoedUntil": "2026-01-12T12:00:00Z",
        "copyrightNotice": "(c) Nord",
        "edNote": "Adds deck.",
        "language": "en",
        "headlines": [
            {"role": "main", "value": "Harbour to open"},
            {"role": "deck", "value": "Ice is thin"},
        ],
        "bodies": [
            {
                "value": ITEM.body_text,
                "charCount": 73,
                "wordCount": 13,
                "role": "main",
                "contentType": "text/plain",
            }
        ],
        "people": [{"name": "Ada Marlow"} | mentioned],
        "organisations": [{"name": "Port Authority"} | mentioned],
        "places": [
            {
                "name": "KIEV",
                "rel": "located",
                "uri": "https://sws.geonames.org/703448/",
                "geoJSON": {"type": "Point", "coordinates": [30.52, 50.45]},
            },
            {"name": "Lviv"} | mentioned,
            {"name": "Pier Nine"} | mentioned,
        ],
        "subjects": [{"name": "Georgian"} | mentioned, {"name": "Sea Act"} | mentioned],
        "events": [{"name": "Sail Week"} | mentioned],
        "objects": [{"name": "Otter 5"} | mentioned],
        "infoSources": [{"name": "TASS"}, {"name": "Nord"}],
        "by": "By Ines Marceau",
        "slugline": "HARBOUR",
        "located": "KIEV",
        "renditions": [
            {"href": "https://news.example/harbour", "name": "web", "contentType": "text/html"}
        ],
        "altIds": [{"role": "itemNumber", "value": "a0456"}],
    }


def test_a_bare_item_says_no_more_than_it_knows():
    document = ninjs_of(ParsedItem(item=NewsItem(uri="urn:x:2", version="1")))
    check(document)
    assert set(document) == {
        "uri",
        "type",
        "representationType",
        "standard",
        "version",
        "pubStatus",
        "urgency",
    }


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("https://news.example/порт", "https://news.example/%D0%BF%D0%BE%D1%80%D1%82"),
        ("nord 7", "urn:copytaster:item:nord%207"),
        ("20260112", "urn:copytaster:item:20260112"),
        ("a\\b", "urn:copytaster:item:a%5Cb"),
    ],
)
def test_an_identifier_that_is_no_uri_is_made_one_and_kept_beside_it(uri, said):
    document = ninjs_of(ParsedItem(item=NewsItem(uri=uri, version="1")))
    check(document)
    assert (document["uri"], document["altIds"]) == (said, [{"role": "uri", "value": uri}])


def test_a_link_that_leads_nowhere_on_the_web_is_no_rendition():
    document = ninjs_of(ParsedItem(item=NewsItem(uri="urn:x", version="1", link="mailto:desk")))
    assert "renditions" not in document


def test_a_kill_is_canceled_and_repeats_no_name():
    life = Life(signal=Signal.WITHDRAWN, pubstatus=PubStatus.CANCELED)
    document = ninjs_of(msgspec.structs.replace(PARSED, life=life))
    check(document)
    assert document["pubStatus"] == "canceled"
    assert {"people", "organisations", "subjects", "events", "objects"} & document.keys() == set()
    assert [place["rel"] for place in document["places"]] == ["located"]


def test_a_kill_cancels_the_document_that_it_surely_takes_back():
    life = Life(signal=Signal.WITHDRAWN, pubstatus=PubStatus.CANCELED)
    for is_certain, uri in ((True, "urn:newsml:nord.example:20260112:1"), (False, ITEM.uri)):
        target = Target(uri="urn:newsml:nord.example:20260112:1", is_certain=is_certain)
        document = ninjs_of(msgspec.structs.replace(PARSED, life=life, target=target))
        check(document)
        assert document["uri"] == uri
        notice = [{"role": "notice", "value": ITEM.uri}] if is_certain else []
        assert document.get("altIds", []) == notice


def test_what_the_parser_reads_in_any_copy_makes_a_valid_document():
    for seed in scale_items(60):
        check(ninjs_of(annotate(seed.item)))
