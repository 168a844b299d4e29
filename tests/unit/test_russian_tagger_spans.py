"""Names of Russian copy that the network cut at a hyphen."""

import pytest

from worker.model import EntityLabel
from worker.parse.entities.tagger.spans import TaggedSpan
from worker.parse.languages.russian.tagger_spans import join_hyphenated


def joined(full, *found):
    """Return the names, label and words, of a text in which the network found some."""
    spans = []
    for label, words in found:
        start = full.index(words, spans[-1].end if spans else 0)
        spans.append(TaggedSpan(start, start + len(words), EntityLabel[label]))
    return [(label.value, full[start:end]) for start, end, label in join_hyphenated(full, spans)]


@pytest.mark.parametrize(
    ("full", "found", "whole"),
    [
        ("Станислав Юрьев-Польский прибыл.", "Станислав Юрьев", "Станислав Юрьев-Польский"),
        ("С Анной Ким-Ли говорили.", "Анной Ким", "Анной Ким-Ли"),
        ("Иванов-младший ушел.", "Иванов", "Иванов"),
        ("Юрьев - Польский: 2:1.", "Юрьев", "Юрьев"),  # two people
        ("Певец В.-Смит ушел.", "В.", "В."),
        ("Дом Тер-Акопян-Ли продан.", "Тер", "Тер"),  # three parts are left as found
    ],
)
def test_surnames(full, found, whole):
    assert joined(full, ("PERSON", found)) == [("PERSON", whole)]


@pytest.mark.parametrize(
    ("full", "found", "whole"),
    [
        ("Идут российско-индийские переговоры.", "российско", "российско-индийские"),
        ("Ирано-иракская война.", "иракская", "Ирано-иракская"),
        ("В татаро-монгольском иге.", "татаро", "татаро-монгольском"),
        ("Сенатор-республиканец ушел.", "республиканец", "республиканец"),
        ("Немец-врач приехал.", "Немец", "Немец"),
        ("По-русски говорят русские.", "русские", "русские"),
    ],
)
def test_peoples(full, found, whole):
    assert joined(full, ("NORP", found)) == [("NORP", whole)]


def test_a_span_in_the_other_half_is_dropped():
    full = "Станислав Юрьев-Польский и российско-индийский совет"
    found = [("PERSON", "Станислав Юрьев"), ("NORP", "Польский")]
    assert joined(full, *found, ("NORP", "российско"), ("NORP", "индийский")) == [
        ("PERSON", "Станислав Юрьев-Польский"),
        ("NORP", "российско-индийский"),
    ]


@pytest.mark.parametrize("label", ["GPE", "ORG", "LOC"])
def test_other_names_stay(label):
    full = "Тур Москва-Сочи"
    assert joined(full, (label, "Москва")) == [(label, "Москва")]


def test_no_spans():
    assert join_hyphenated("-", []) == []
