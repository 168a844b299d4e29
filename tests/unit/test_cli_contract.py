"""One line in, one line out: `copytaster parse --jsonl`."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.cli.jsonl import Refusal, answer, answer_of, reply_to_all
from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    NewsItem,
    ParsedItem,
    Place,
    Quote,
    Span,
)

TEXT = 'KIEV/LVIV, January 12. /TASS/. "All is calm," he said. Ada Marlow left Lviv.'
PARSED = ParsedItem(
    item=NewsItem(uri="a", version="", body_text=TEXT),
    dateline=Dateline(
        span=Span(0, 29),
        places=(Place(name="KIEV", iso="UA"), Place(name="LVIV")),
        date=datetime.date(2026, 1, 12),
        agency="TASS",
    ),
    quotes=(
        Quote(contents=Span(31, 45), cue=Span(49, 53), source=Span(46, 48), speaker="Ada Marlow"),
        Quote(contents=Span(31, 45)),
    ),
    entities=(
        Entity(span=Span(55, 65), label=EntityLabel.PERSON, canonical="Ada Marlow", role="pilot"),
        Entity(span=Span(71, 75), label=EntityLabel.GPE, canonical="Lviv", iso="UA"),
    ),
)


def test_the_answer_has_every_member_with_null_for_what_is_not_there():
    reply = json.loads(json.dumps(json.loads(_encoded(answer_of("a", PARSED)))))
    assert reply == {
        "id": "a",
        "dateline": {
            "text": "KIEV/LVIV, January 12. /TASS/",
            "start": 0,
            "end": 29,
            "places": ["KIEV", "LVIV"],
            "date": "2026-01-12",
            "agency": "TASS",
        },
        "quotes": [
            {
                "text": '"All is calm,"',
                "start": 31,
                "end": 45,
                "speaker": "Ada Marlow",
                "speaker_mention": "he",
                "cue": "said",
            },
            {
                "text": '"All is calm,"',
                "start": 31,
                "end": 45,
                "speaker": None,
                "speaker_mention": None,
                "cue": None,
            },
        ],
        "entities": [
            {
                "text": "Ada Marlow",
                "start": 55,
                "end": 65,
                "label": "PERSON",
                "canonical": "Ada Marlow",
                "iso": None,
                "role": "pilot",
            },
            {
                "text": "Lviv",
                "start": 71,
                "end": 75,
                "label": "GPE",
                "canonical": "Lviv",
                "iso": "UA",
                "role": None,
            },
        ],
    }


def _encoded(reply):
    import msgspec

    return msgspec.json.encode(reply)


def said(**members):
    return json.dumps({"id": "a", "text": "All is calm."} | members)


def test_the_text_is_parsed_as_it_is_so_that_offsets_count_in_it():
    text = "\n\n  Rubric\r\n\r\nKIEV, January 12. /TASS/. All is calm.\n"
    read = []

    def read_all(items):
        read.extend(items)
        return [ParsedItem(item=item) for item in items]

    reply_to_all([said(text=text)], read_all=read_all)
    assert read[0].text == text


def test_published_gives_the_dateline_its_year():
    line = said(text="KIEV, January 12. /TASS/. All is calm.", published="2021-01-13")
    assert json.loads(answer(line))["dateline"]["date"] == "2021-01-12"


@pytest.mark.parametrize("published", [None, "2026-01-12"])
def test_published_may_be_null(published):
    assert "error" not in json.loads(answer(said(published=published)))


def test_members_that_are_not_ours_are_left_alone():
    assert "error" not in json.loads(answer(said(source="x", gold={"quotes": []})))


def test_an_empty_text_is_an_item_in_which_nothing_is_read():
    empty = {"id": "a", "dateline": None, "quotes": [], "entities": []}
    assert json.loads(answer(said(text=""))) == empty


@pytest.mark.parametrize(
    ("line", "item_id", "error"),
    [
        ("nope", None, "not JSON"),
        ("", None, "not JSON"),
        (b"\xff\xfe", None, "not UTF-8: byte 0xff at 0"),
        (b'{"id": "a", "text": "caf\xe9"}', "a", "not UTF-8: byte 0xe9 at 24"),
        (b'{"id": "caf\xe9", "text": "a"}', None, "not UTF-8: byte 0xe9 at 11"),
        ("[1]", None, "a JSON object is expected, not list"),
        ("null", None, "a JSON object is expected, not NoneType"),
        ("[" * 100_000, None, "not JSON that can be read: nested too deeply"),
        ('{"text": "a"}', None, "`id` is missing"),
        ('{"id": 5, "text": "a"}', None, "`id` is not a string"),
        ('{"id": "a"}', "a", "`text` is missing"),
        ('{"id": "a", "text": null}', "a", "`text` is not a string"),
        ('{"id": "a", "text": ["b"]}', "a", "`text` is not a string"),
        (
            said(published="12.01.2026"),
            "a",
            "`published` is not a date like 2026-01-12: '12.01.2026'",
        ),
        (said(published="2026-02-30"), "a", "`published` is not a date"),
        (said(published=20260112), "a", "`published` is not a date"),
        ('{"id": "a", "text": "half \\ud800 pair"}', "a", "the text is not Unicode"),
        ('{"id": "half \\udc00", "text": "a"}', None, "the text is not Unicode"),
        ('{"id": "a", "text": "b"', None, "not JSON"),
        ('{"id": "a", "text": "b", "n": NaN}', "a", "not JSON"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_with_its_id_and_why(line, item_id, error):
    reply = json.loads(answer(line))
    assert reply["id"] == item_id
    assert reply["error"].startswith(error)
    assert reply.keys() == {"id", "error"}


def test_a_whole_pair_is_text_like_any_other():
    assert "error" not in json.loads(answer('{"id": "a", "text": "\\ud83d\\ude00"}'))


def test_a_parser_that_fails_costs_one_item_only():
    def read_all(items):
        if any(item.uri == "5" for item in items):
            raise KeyError("\ud800")
        return [ParsedItem(item=item) for item in items]

    lines = [said(id=str(number)) for number in range(9)] + ["nope"]
    replies = reply_to_all(lines, read_all=read_all)
    assert replies[5] == Refusal("5", "the parser failed: KeyError: '\\ud800'")
    assert [reply.id for reply in replies] == [*map(str, range(9)), None]
    assert [number for number, reply in enumerate(replies) if isinstance(reply, Refusal)] == [5, 9]


def test_a_text_of_megabytes_is_an_item():
    text = "KIEV, January 12. /TASS/. " + "All is calm. " * 80_000
    assert "error" not in json.loads(answer(said(text=text)))


@given(st.one_of(st.binary(), st.text(), st.text().map(lambda text: said(text=text))))
def test_every_line_has_one_answer_whose_spans_lie_in_its_text(line):
    reply = answer(line)
    assert b"\n" not in reply
    decoded = json.loads(reply)
    if "error" not in decoded:
        text = json.loads(line)["text"]
        for found in [*decoded["quotes"], *decoded["entities"]]:
            assert text[found["start"] : found["end"]] == found["text"]
