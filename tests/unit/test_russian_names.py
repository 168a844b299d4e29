"""Names of Russian copy in the nominative, their English forms, and the registry of an item."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.model import EntityLabel
from worker.parse.entities.tagger import TaggedSpan
from worker.parse.languages.russian.latin import latin_name
from worker.parse.languages.russian.names import normalise_name
from worker.parse.languages.russian.organisations import nominative_of_body
from worker.parse.languages.russian.peoples import find_people
from worker.parse.languages.russian.places import nominative_of_place, place_country
from worker.parse.languages.russian.registry import read_registry
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "cases"
NAMES = tomllib.loads((CASES / "russian-names.toml").read_text(encoding="utf-8"))
PLACES = tomllib.loads((CASES / "russian-places.toml").read_text(encoding="utf-8"))
ITEMS = tomllib.loads((CASES / "russian-registry.toml").read_text(encoding="utf-8"))["case"]
MARKED = re.compile(r"\[(?P<label>[A-Z]+) (?P<name>[^\]]*)\]")
GENDERS = {"male": "m", "female": "f"}


def pairs(cases):
    return [
        pytest.param(*row.split(" = "), id=f"{row} ({case['why'][:30]})")
        for case in cases
        for row in case["names"]
    ]


DECLINED = [
    pytest.param(form, row.split("; ")[0], case["gender"], id=form)
    for case in NAMES["declined"]
    for row in case["names"]
    for form in dict.fromkeys(row.split("; "))
]


def read(marked):
    """Return the registry of a text with its names in brackets, and the text."""
    spans, text, at = [], "", 0
    for match in MARKED.finditer(marked):
        text += marked[at : match.start()]
        end = len(text) + len(match["name"])
        spans.append(TaggedSpan(len(text), end, EntityLabel(match["label"])))
        text, at = text + match["name"], match.end()
    text += marked[at:]
    return read_registry(WireText(text), None, spans)


@pytest.mark.parametrize(("printed", "expected", "gender"), DECLINED)
def test_a_full_name_is_read_in_every_case(printed, expected, gender):
    name = normalise_name(printed)
    assert (name.text, name.gender or GENDERS[gender]) == (expected, GENDERS[gender])


def test_there_are_two_hundred_forms():
    assert len(DECLINED) >= 200


@pytest.mark.parametrize(("printed", "expected"), pairs(NAMES["single"]))
def test_a_name_has_its_nominative(printed, expected):
    assert normalise_name(printed).text == expected


@pytest.mark.parametrize(("name", "expected"), pairs(NAMES["latin"]))
def test_a_name_is_written_as_in_english_copy(name, expected):
    assert latin_name(name) == expected


@pytest.mark.parametrize(("printed", "expected"), pairs(PLACES["place"]))
def test_a_place_has_its_nominative_and_country(printed, expected):
    name = nominative_of_place(printed)
    assert f"{name} {place_country(name) or '-'}" == expected


@pytest.mark.parametrize(("printed", "expected"), pairs(PLACES["body"]))
def test_a_body_has_its_nominative(printed, expected):
    assert nominative_of_body(printed) == expected


@pytest.mark.parametrize(("printed", "expected"), pairs(PLACES["people"]))
def test_a_people_has_its_nominative_and_country(printed, expected):
    people = find_people(printed)
    assert (f"{people.name} {people.iso or '-'}" if people else "-") == expected


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in ITEMS])
def test_an_item_has_its_registry(case):
    registry = read(case["text"])
    actual = {"canonical": [entity.canonical for entity in registry.entities]}
    if "roles" in case:
        found = {entity.canonical: entity.role or "" for entity in registry.entities}
        actual["roles"] = {name: found[name] for name in case["roles"]}
    if "genders" in case:
        genders = {actor.canonical: actor.gender.value for actor in registry.actors}
        actual["genders"] = {name: genders[name] for name in case["genders"]}
    if "countries" in case:
        countries = {entity.canonical: entity.iso for entity in registry.entities}
        actual["countries"] = {name: countries[name] for name in case["countries"]}
    assert actual == {key: case[key] for key in actual}


LETTERS = st.text(alphabet="аоуеёиьъйнвскАОИВСК-.'\" \nIVX(),«»1", max_size=60)


@settings(max_examples=300, deadline=None)
@given(text=LETTERS, cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=6))
@example(text=" ", cuts=[(0, 1)])
def test_any_text_has_a_registry_with_the_spans_given(text, cuts):
    labels = [label for label in EntityLabel if not label.is_value]
    spans, at = [], 0
    for number, (wanted, length) in enumerate(sorted(cuts)):
        start = max(wanted, at)
        end = min(start + length, len(text))
        if start < end:
            spans.append(TaggedSpan(start, end, labels[number % len(labels)]))
            at = end
    registry = read_registry(WireText(text), None, spans)
    assert [(entity.span.start, entity.span.end) for entity in registry.entities] == [
        (span.start, span.end) for span in spans
    ]


@settings(max_examples=300, deadline=None)
@given(LETTERS)
def test_any_words_have_a_nominative(words):
    assert isinstance(normalise_name(words).text, str)
    assert isinstance(nominative_of_body(words), str)
    assert isinstance(nominative_of_place(words), str)
    assert latin_name(words) is None or isinstance(latin_name(words), str)
    assert find_people(words) is None or find_people(words).name
