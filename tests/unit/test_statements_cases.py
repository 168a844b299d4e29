"""The items of tests/cases/statements.toml, from text to speakers."""

import tomllib
from pathlib import Path

import pytest

from worker.model import NewsItem
from worker.parse import annotate

CASES = Path(__file__).parents[1] / "cases" / "statements.toml"
ITEMS = tomllib.loads(CASES.read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", ITEMS, ids=lambda case: case["why"])
def test_an_item_has_these_statements(case):
    item = NewsItem(uri="urn:x", version="1", body_text=case["text"])

    actual = [
        [
            statement.kind.value,
            " ... ".join(part.of(item.text) for part in statement.contents),
            statement.cue.of(item.text) if statement.cue else "",
            statement.speaker or "",
        ]
        for statement in annotate(item).statements
    ]

    assert actual == case.get("statements", [])
