"""The invented items that teach who speaks: every span lies where its text says, and agrees."""

import itertools
import json
from pathlib import Path

import pytest

COPY = Path(__file__).parents[2] / "training" / "quotes" / "copy"
MARKS = "\"'“”‘’«»„`"
ITEMS = [
    json.loads(line)
    for path in sorted(COPY.glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]


def test_there_are_enough_items_and_no_id_twice():
    assert len(ITEMS) >= 240
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_quotations_lie_in_their_marks_and_apart(item):
    spans = sorted((quote["start"], quote["end"]) for quote in item["quotes"])

    assert all(item["text"][start] in MARKS for start, _ in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_every_named_speaker_has_a_chain_and_every_span_is_in_the_text(item):
    parts = [quote[part] for quote in item["quotes"] for part in ("mention", "cue") if quote[part]]
    parts += item["not_quotes"]
    parts += [mention for chain in item["chains"] for mention in chain["mentions"]]
    names = {chain["name"] for chain in item["chains"]}

    assert all(0 <= part["start"] < part["end"] <= len(item["text"]) for part in parts)
    assert {quote["speaker"] for quote in item["quotes"] if quote["speaker"]} <= names
