"""The items of tests/cases/quotes*.toml, from text to speakers."""

import tomllib
from pathlib import Path

import pytest

from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "cases"
WIRES = tomllib.loads((CASES / "quotes.toml").read_text("utf-8"))["case"]
GROUPED = [
    tomllib.loads((CASES / name).read_text("utf-8"))
    for name in ("quotes-attribution.toml", "quotes-anaphora.toml", "quotes-unseen.toml")
]
OPENED = [
    (table["opening"][opening], rest, speakers, why)
    for table in GROUPED
    for group in table["cases"].values()
    for opening, rest, speakers, why in group
]


def quotes_of(text: WireText):
    dateline = find_dateline(text, None)
    return find_quotes(text, find_entities(text, dateline), dateline)


@pytest.mark.parametrize("case", WIRES, ids=lambda case: case["why"])
def test_an_item_has_these_quotes(case):
    text = WireText(case["text"])

    actual = [
        [
            quote.contents.of(text.full),
            quote.source.of(text.full) if quote.source else "",
            quote.speaker or "",
        ]
        for quote in quotes_of(text)
    ]

    assert actual == case["quotes"]


@pytest.mark.parametrize("case", OPENED, ids=lambda case: case[3])
def test_quotes_have_these_speakers(case):
    opening, rest, speakers, _ = case

    quotes = quotes_of(WireText(opening + rest))

    assert [quote.speaker or "" for quote in quotes] == speakers
