"""Instrument codes behind the names of companies."""

import pytest

from worker.parse.entities import find_entities
from worker.parse.text import WireText


@pytest.mark.parametrize(
    ("words", "ticker"),
    [
        ("Shares in Nvidia NVDA.O fell 3 percent on Friday.", "NVDA.O"),
        ("The firm, Hartog (HART.AS), said so on Friday.", "HART.AS"),
        ("He joined the U.S. Army on Friday.", None),
    ],
)
def test_a_code_is_no_organisation_but_its_ticker(words, ticker):
    entities = find_entities(WireText(words), None).entities
    assert [entity.ticker for entity in entities if entity.label == "ORG"] == [ticker]


def test_an_index_with_its_code_is_no_organisation():
    words = "The Dow Jones Industrial Average (.DJI) was up 251 points."
    assert find_entities(WireText(words), None).entities == ()
