"""Every text of tests/cases/entities.toml, and the actors of its registry."""

import tomllib
from pathlib import Path

import pytest

from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.entity_registry import Gender
from worker.parse.text import WireText

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "entities.toml").read_text("utf-8"))


def actors(full):
    text = WireText(full)
    return {actor.canonical: actor for actor in find_entities(text, None).actors}


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["why"])
def test_case(case):
    text = WireText(case["text"])

    registry = find_entities(text, find_dateline(text, None))

    actual = [
        [
            entity.span.of(text.full),
            entity.label.value,
            entity.canonical,
            entity.iso or "",
            entity.role or "",
        ]
        for entity in registry.entities
    ]
    assert actual == case["entities"]


def test_descriptors_are_the_phrase_and_its_nouns():
    by_name = actors("Serbian Energy Minister Olga Reznik, a former diplomat, spoke.")
    assert by_name["Olga Reznik"].descriptors == (
        "serbian energy minister",
        "minister",
        "former diplomat",
        "diplomat",
    )


def test_a_relative_clause_names_the_head_of_an_organisation():
    by_name = actors("So says Ruslan Moroz, who heads the Institute of Steppes, in an interview.")
    assert by_name["Ruslan Moroz"].descriptors == ("heads the institute of steppes", "head")


@pytest.mark.parametrize(
    ("full", "name", "gender"),
    [
        ("Olga Reznik spoke.", "Olga Reznik", Gender.FEMALE),
        ("Marko Ilic spoke.", "Marko Ilic", Gender.MALE),
        ("A. Denisova and A. Stepanov spoke.", "A. Denisova", Gender.FEMALE),
        ("A. Denisova and A. Stepanov spoke.", "A. Stepanov", Gender.MALE),
        ("Ms. Wu left.", "Wu", Gender.FEMALE),
        ("Mr. Wu left.", "Wu", Gender.MALE),
        ("Spokeswoman Ola Brann left.", "Ola Brann", Gender.FEMALE),
        ("Minister Ola Brann left.", "Ola Brann", Gender.UNKNOWN),
        ("NATO met.", "NATO", Gender.UNKNOWN),
    ],
)
def test_gender_comes_from_name_title_or_ending(full, name, gender):
    assert actors(full)[name].gender is gender


def test_an_actor_holds_all_its_mentions_and_comes_in_text_order():
    by_name = actors("Olga Reznik met the EU. Reznik left the European Union.")
    assert [
        (actor.canonical, [mention.span.start for mention in actor.mentions])
        for actor in by_name.values()
    ] == [("Olga Reznik", [0, 24]), ("European Union", [20, 40])]
