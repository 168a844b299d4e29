"""Every wire of tests/cases/quotes.toml, from text to names."""

import tomllib
from pathlib import Path

import pytest

from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "quotes.toml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["why"])
def test_case(case):
    text = WireText(case["text"])
    dateline = find_dateline(text, None)

    quotes = find_quotes(text, find_entities(text, dateline), dateline)

    actual = [
        [
            quote.contents.of(text.full),
            quote.source.of(text.full) if quote.source else "",
            quote.speaker or "",
        ]
        for quote in quotes
    ]
    assert actual == case["quotes"]
