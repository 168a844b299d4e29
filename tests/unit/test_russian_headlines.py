"""Names of Russian headlines in capitals, held to tests/cases/russian-headlines.toml."""

import tomllib
from pathlib import Path

import pytest

from worker.model import EntityLabel, NewsItem
from worker.parse import annotate
from worker.parse.entities.tagger.spans import TaggedSpan
from worker.parse.languages.russian.headline_names import with_headline_names
from worker.parse.text import WireText

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "russian-headlines.toml").read_text("utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_names_of_a_headline(case):
    text = case["text"].strip()
    item = NewsItem(uri="urn:x", version="1", body_text=text, language="ru")
    end = text.index("\n")
    assert [
        f"{entity.label.value} {entity.span.of(text)} = {entity.canonical}"
        for entity in annotate(item).entities
        if entity.span.start < end and not entity.label.is_value
    ] == case["names"]


def spans_of(full, *names):
    """Return the spans of words, each with the label before it, from left to right."""
    spans, at = [], 0
    for name in names:
        label, words = name.split(" ", 1)
        at = full.index(words, at)
        spans.append(TaggedSpan(at, at + len(words), EntityLabel(label)))
        at += len(words)
    return spans


def named(full, spans):
    found = with_headline_names(WireText(full), spans)
    return [f"{label.value} {full[start:end]}" for start, end, label in found]


def test_a_word_has_the_label_that_the_body_gives_it():
    full = "ТРЕНЕР РОДИНЫ УШЕЛ ЛЕТОМ\n\nТренер московской «Родины» ушел."
    assert named(full, spans_of(full, "PRODUCT РОДИНЫ", "ORG Родины")) == [
        "ORG РОДИНЫ",
        "ORG Родины",
    ]


def test_a_word_that_the_body_labels_in_two_ways_keeps_its_own():
    full = "ВАШИНГТОН ЖДЕТ ГОСТЕЙ\n\nИз Вашингтона писал Джордж Вашингтон."
    spans = spans_of(full, "GPE ВАШИНГТОН", "GPE Вашингтона", "PERSON Джордж Вашингтон")
    assert named(full, spans)[0] == "GPE ВАШИНГТОН"


def test_a_name_stays_where_the_body_has_it_as_another_word_too():
    full = "ВЕТРОВ БОИТСЯ ШТОРМА\n\nАнтон Ветров не боится ветров."
    spans = spans_of(full, "PERSON ВЕТРОВ", "PERSON Антон Ветров")
    assert named(full, spans) == ["PERSON ВЕТРОВ", "PERSON Антон Ветров"]


def test_without_a_headline_in_capitals_nothing_changes():
    full = "Саммит в Туле\n\nТула примет саммит."
    spans = spans_of(full, "GPE Саммит", "GPE Туле", "GPE Тула")
    assert with_headline_names(WireText(full), spans) == spans
