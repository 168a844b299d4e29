"""Linking of names that the cases mark: canonical names, labels and roles.

The tagger is left out, so that no case hangs on what its weights have learnt.
"""

import re
import tomllib
from pathlib import Path

import pytest

from worker.model import EntityLabel
from worker.parse.dateline import find_dateline
from worker.parse.entities.linking import build_registry
from worker.parse.entities.normalise import name_mentions
from worker.parse.entities.rule_tagger import find_names
from worker.parse.entities.tagger import TaggedSpan
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "cases"
MARK = re.compile(r"\[(?P<label>[A-Z]+) (?P<name>[^\[\]]+)\]")


def load(name):
    return tomllib.loads((CASES / name).read_text(encoding="utf-8"))["case"]


def read_marked_names(marked):
    """Return the text without its marks, and the names that they mark."""
    full = ""
    at = 0
    tagged = []
    for mark in MARK.finditer(marked):
        full += marked[at : mark.start()]
        end = len(full) + len(mark["name"])
        tagged.append(TaggedSpan(len(full), end, EntityLabel[mark["label"]]))
        full += mark["name"]
        at = mark.end()
    return full + marked[at:], tagged


def find_registry(marked):
    full, tagged = read_marked_names(marked)
    text = WireText(full)
    mentions = name_mentions(full, tagged, find_names(text))
    return build_registry(text, find_dateline(text, None), mentions)


@pytest.mark.parametrize("case", load("entities-roles.toml"), ids=lambda case: case["why"])
def test_role(case):
    entities = find_registry(case["text"]).entities
    people = [entity for entity in entities if entity.label is EntityLabel.PERSON]
    assert [entity.role or "" for entity in people] == case["roles"]
    assert all(entity.role is None for entity in entities if entity not in people)


NAMES = load("entities-names.toml")


@pytest.mark.parametrize(
    "case", [case for case in NAMES if "names" in case], ids=lambda case: case["why"]
)
def test_canonical_name(case):
    entities = find_registry(case["text"]).entities
    assert [entity.canonical for entity in entities] == case["names"]


@pytest.mark.parametrize(
    "case", [case for case in NAMES if "labels" in case], ids=lambda case: case["why"]
)
def test_label(case):
    entities = find_registry(case["text"]).entities
    assert [entity.label.value for entity in entities] == case["labels"]


@pytest.mark.parametrize("case", load("entities-spans.toml"), ids=lambda case: case["why"])
def test_span(case):
    full, _ = read_marked_names(case["text"])
    entities = find_registry(case["text"]).entities
    assert [f"{entity.label} {entity.span.of(full)}" for entity in entities] == case["found"]


def test_no_case_is_without_an_expectation():
    assert all(("names" in case) != ("labels" in case) for case in NAMES)


def test_mentions_of_one_canonical_name_are_one_actor():
    marked = "The [ORG Danube Transport Commission] met. [ORG DTC] left with [PERSON Ann Lee]."
    actors = find_registry(marked).actors
    assert [(actor.canonical, len(actor.mentions)) for actor in actors] == [
        ("Danube Transport Commission", 2),
        ("Ann Lee", 1),
    ]


def test_a_trade_is_a_descriptor_of_the_actor():
    (actor,) = find_registry("The former bakery owner [PERSON Ann Moe] won.").actors
    assert actor.descriptors == ("former bakery owner", "owner")
