"""The items of tests/cases/statements.toml and statements-phrases.toml, from text to speakers."""

import tomllib
from pathlib import Path

import pytest

from worker.model import NewsItem
from worker.parse import annotate

CASES = Path(__file__).parents[1] / "cases"
ITEMS = tomllib.loads((CASES / "statements.toml").read_text("utf-8"))["case"]
SECTIONS = tomllib.loads((CASES / "statements-phrases.toml").read_text("utf-8"))
PHRASES = [case for section in SECTIONS.values() for cases in section.values() for case in cases]


@pytest.mark.parametrize("case", ITEMS, ids=lambda case: case["why"])
def test_an_item_has_these_statements(case):
    assert statements(case["text"]) == case.get("statements", [])


@pytest.mark.parametrize("case", PHRASES, ids=lambda case: case[0])
def test_a_phrase_is_neither_speaker_nor_content(case):
    text, *expected = case

    assert statements(text) == expected


def statements(text):
    item = NewsItem(uri="urn:x", version="1", body_text=text)
    return [
        [
            statement.kind.value,
            " ... ".join(part.of(item.text) for part in statement.contents),
            statement.cue.of(item.text) if statement.cue else "",
            statement.speaker or "",
        ]
        for statement in annotate(item).statements
    ]
