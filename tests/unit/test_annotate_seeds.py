"""The seed items, annotated whole and compared with a careful reader's annotations.

The bars leave room for what the parser does not know yet; `make bench` prints the exact shares.
"""

import tomllib
from pathlib import Path

import pytest

from worker.demo.corpus import load_seed_items
from worker.model import Signal
from worker.parse import annotate

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "seeds.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def read():
    """Every seed with its case and its annotations."""
    seeds = {seed.name: seed for seed in load_seed_items()}
    return [(case, annotate(seeds[case["name"]].item)) for case in CASES["item"]]


def share(right):
    return sum(right) / len(right)


def test_every_dateline_is_right_to_the_last_field(read):
    wrong = []
    for case, parsed in read:
        expected = case.get("dateline")
        found = parsed.dateline and {
            "places": [place.name for place in parsed.dateline.places],
            "date": parsed.dateline.date,
            "agency": parsed.dateline.agency,
        }
        wanted = expected and {
            "places": expected.get("places", []),
            "date": expected.get("date"),
            "agency": expected.get("agency"),
        }
        if found != wanted:
            wrong.append((case["name"], found, wanted))
    assert wrong == []


def opening_words(parsed, quote):
    return quote.contents.of(parsed.item.text).lstrip("\"'“‘«`„ \u00a0")


def test_quotes_are_found_and_attributed_to_their_speakers(read):
    found, speakers, false = [], [], 0
    for case, parsed in read:
        quotes = [(opening_words(parsed, quote), quote) for quote in parsed.quotes]
        for wanted in case.get("quotes", []):
            match = next((q for words, q in quotes if words.startswith(wanted["begins"])), None)
            found.append(match is not None)
            if match is not None:
                speakers.append(match.speaker == wanted.get("speaker"))
        begins = [q["begins"] for q in case.get("quotes", [])] + case.get("either_way", [])
        false += sum(not any(words.startswith(b) for b in begins) for words, _ in quotes)
    assert share(found) >= 0.97
    assert share(speakers) >= 0.75
    assert false <= 0.04 * len(found)


def test_entities_are_found_with_their_kind(read):
    right = [
        any(
            entity.span.of(parsed.item.text) == text and entity.label.value in (label, also(label))
            for entity in parsed.entities
        )
        for case, parsed in read
        for text, label in case.get("entities", [])
    ]
    assert share(right) >= 0.8


def also(label):
    """Careful readers differ on rivers, ranges and regions."""
    return {"GPE": "LOC", "LOC": "GPE"}.get(label, label)


def test_signals_are_read(read):
    wrong = [
        (case["name"], parsed.life.signal.value)
        for case, parsed in read
        if parsed.life.signal is not Signal(case.get("signal", "created"))
    ]
    assert wrong == []


def test_urgent_seeds_are_urgent(read):
    for case, parsed in read:
        assert (parsed.life.urgency <= 3) == case.get("urgent", False), case["name"]
