"""The items of tests/cases/russian-*.toml about speech, with their names given."""

import re
import tomllib
from pathlib import Path

import pytest

from worker.model import Entity, EntityLabel, Span
from worker.parse.dateline import find_dateline
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.languages.russian.quotes import read_speech
from worker.parse.languages.russian.statements import statements_of
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "cases"
ITEMS = [
    case
    for name in ("russian-quotes.toml", "russian-quotes-blind.toml")
    for case in tomllib.loads((CASES / name).read_text("utf-8"))["case"]
]
REPORTED = tomllib.loads((CASES / "russian-statements.toml").read_text("utf-8"))["case"]
LABELS = {
    "m": EntityLabel.PERSON,
    "f": EntityLabel.PERSON,
    "u": EntityLabel.PERSON,
    "org": EntityLabel.ORG,
    "gpe": EntityLabel.GPE,
    "fac": EntityLabel.FAC,
    "nor": EntityLabel.NORP,
    "prd": EntityLabel.PRODUCT,
}
GENDERS = {"m": Gender.MALE, "f": Gender.FEMALE}


def pattern_of(kind: str, name: str) -> str:
    """Return an expression for a name in any case: words without their last letters."""
    stems = []
    for word in name.split():
        stem = re.sub(r"(?:ий|ый|ой|ая|[аяьйоеи])$", "", word) if len(word) > 3 else word
        stems.append(re.escape(stem) + r"[а-яё]{0,3}")
    if LABELS[kind] is EntityLabel.PERSON and len(stems) > 1:
        first = " ".join(stems[:-1])
        return rf"(?:{first} )?{stems[-1]}"
    return " ".join(stems)


def registry_of(text: str, names: list[str]) -> Registry:
    """Return the registry of a text with these names: `m Иван Петров = Иван`."""
    taken: list[Entity] = []
    actors = []
    for line in sorted(names, key=len, reverse=True):
        kind, rest = line.split(" ", 1)
        name, *others = re.split(" = |, ", rest)
        forms = [pattern_of(kind, name), *(re.escape(other) for other in others)]
        own = [
            Entity(span=Span(*match.span()), label=LABELS[kind], canonical=name)
            for match in re.finditer(rf"(?<![\w-])(?:{'|'.join(forms)})(?![\w-])", text)
        ]
        own = [one for one in own if not any(one.span.overlaps(other.span) for other in taken)]
        taken += own
        if own:
            gender = GENDERS.get(kind, Gender.UNKNOWN)
            actors.append(
                Actor(canonical=name, label=LABELS[kind], mentions=tuple(own), gender=gender)
            )
    actors.sort(key=lambda actor: actor.mentions[0].span)
    return Registry(entities=tuple(sorted(taken, key=lambda one: one.span)), actors=tuple(actors))


def quotes_of(case: dict) -> list[list[str]]:
    text = WireText(case["text"])
    registry = registry_of(text.full, case["names"])
    return [
        [
            quote.contents.of(text.full),
            quote.speaker or "",
            quote.source.of(text.full) if quote.source else "",
            quote.cue.of(text.full) if quote.cue else "",
        ]
        for quote in read_speech(text, registry, find_dateline(text, None)).quotes
    ]


@pytest.mark.parametrize("case", ITEMS, ids=lambda case: case["why"])
def test_an_item_has_these_quotes(case):
    assert quotes_of(case) == case["quotes"]


@pytest.mark.parametrize("case", REPORTED, ids=lambda case: case["why"])
def test_an_item_has_these_statements(case):
    text = WireText(case["text"])
    dateline = find_dateline(text, None)
    registry = registry_of(text.full, case["names"])
    speech = read_speech(text, registry, dateline)

    actual = [
        [
            statement.kind.value,
            " ... ".join(part.of(text.full) for part in statement.contents),
            statement.cue.of(text.full) if statement.cue else "",
            statement.speaker or "",
        ]
        for statement in statements_of(registry, speech, speech.quotes)
    ]

    assert actual == case["statements"]
