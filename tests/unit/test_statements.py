"""Statements beyond the cases: the desk's events, the tables, quotations that stay as they are."""

import datetime
import json

from rich.console import Console

from worker.desks import Desk, Shape, events_for
from worker.model import NewsItem, Signal, StatementKind
from worker.model.codec import dump
from worker.parse import annotate, annotate_all
from worker.render.html import render_page
from worker.render.terminal import render_item

NOON = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
TEXT = (
    'Ruth Adler said the bridge is safe. "It will open in June," she said. The dam leaks, he said.'
)
PARSED = annotate(NewsItem(uri="urn:x", version="1", body_text=TEXT))


def test_a_desk_of_statements_gets_one_event_for_each():
    made = events_for(PARSED, [Desk(name="said", shape=Shape.STATEMENTS)], None, NOON)

    events = [json.loads(dump(event)) for _, event in made]
    assert [(event["type"], event["data"]["kind"]) for event in events] == [
        (f"copytaster.statement.{Signal.CREATED.value}", statement.kind.value)
        for statement in PARSED.statements
    ]
    assert events[0]["data"]["contents"] == [{"text": "the bridge is safe", "start": 16, "end": 34}]
    assert events[0]["data"]["speaker"] == "Ruth Adler"


def test_every_quotation_is_in_a_statement():
    [quote] = PARSED.quotes

    direct = [found for found in PARSED.statements if found.kind is StatementKind.DIRECT]
    assert [found.contents for found in direct] == [(quote.contents,)]


def test_page_and_terminal_show_reported_statements():
    console = Console(width=120)
    with console.capture() as capture:
        console.print(render_item(PARSED))

    for shown in (capture.get(), render_page(PARSED)):
        assert "the bridge is safe" in shown.split("Reported", 1)[1]


def test_an_item_is_read_in_a_batch_as_it_is_alone():
    items = [PARSED.item, NewsItem(uri="urn:y", version="1"), PARSED.item]

    assert [parsed.statements for parsed in annotate_all(items)] == [
        annotate(item).statements for item in items
    ]
