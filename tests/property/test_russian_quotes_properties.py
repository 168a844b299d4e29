"""Properties of the Russian `read_speech` and `statements_of` that hold for any text."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.model import Entity, EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.languages.russian.quotes import read_speech
from worker.parse.languages.russian.statements import statements_of
from worker.parse.text import WireText

PIECES = [
    *"\"'“”„«»`", '""', " ", " ", " ", "\n\n", "\n", ". ", ", ", ": ", "? ", " — ", " - ", "(",
    ")", "Анна Лис", "Лис", "Лисы", "МЧС", "он", "Она", "они", "сказал", "заявила", "сообщили",
    "добавив", "по словам", "По его мнению", "согласно", "говорится в сообщении", "цитирует",
    "приводит слова", "назвал", "ТАСС", "эксперт", "глава МИД", "который", "что", "в", "ведомстве",
    "Мы давно готовы", "мост закрыт", "компания", "источник", "со ссылкой на", "об этом", "Ж",
    "й", "ё", "%", "г.", "В.", "уверен", "- сказал он. -", "один из", "министр", "не",
    "в областном управлении лесами", "там", "— Да.", "\n\n— Когда?\n\n", "мэрии",
    "представитель компании", "она сообщила", "явились, пояснила пресс-секретарь суда",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)
)
NAMES = (
    ("Лис", "Анна Лис", EntityLabel.PERSON, Gender.FEMALE),
    ("МЧС", "МЧС России", EntityLabel.ORG, Gender.UNKNOWN),
)


def registry_of(text: str) -> Registry:
    """A registry with a person and a body wherever the text names them."""
    actors = []
    for word, canonical, label, gender in NAMES:
        starts = []
        at = text.find(word)
        while at >= 0:
            starts.append(at)
            at = text.find(word, at + len(word))
        mentions = tuple(
            Entity(span=Span(start, start + len(word)), label=label, canonical=canonical)
            for start in starts
        )
        if mentions:
            actors.append(Actor(canonical=canonical, label=label, mentions=mentions, gender=gender))
    mentions = sorted((one for actor in actors for one in actor.mentions), key=lambda one: one.span)
    return Registry(entities=tuple(mentions), actors=tuple(actors))


def quotes_of(text: str):
    return read_speech(WireText(text), registry_of(text), None).quotes


@given(texts)
@example("СКАЗАЛ,")
def test_any_text_gives_quotes_inside_it(text):
    names = {actor.canonical for actor in registry_of(text).actors}
    for quote in quotes_of(text):
        for span in (quote.contents, quote.cue, quote.source):
            assert span is None or 0 <= span.start < span.end <= len(text)
        assert 0.0 <= quote.confidence <= 1.0
        # A body that the registry lacks speaks under its function, in small letters.
        assert quote.speaker in names | {None} or quote.speaker.islower()
        assert (quote.speaker is None) == (quote.confidence == 0.0)


@given(texts)
def test_quotations_are_sorted_and_apart(text):
    spans = [quote.contents for quote in quotes_of(text)]

    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))


@given(texts)
def test_chains_are_numbered_in_order(text):
    chains = [quote.chain for quote in quotes_of(text)]

    assert chains == sorted(chains)
    assert set(chains) == set(range(len(set(chains))))


@given(texts)
def test_the_same_text_gives_the_same_quotes(text):
    assert quotes_of(text) == quotes_of(text)


@given(texts)
def test_any_text_gives_statements_inside_it(text):
    registry = registry_of(text)
    speech = read_speech(WireText(text), registry, None)
    quotes = speech.quotes

    statements = statements_of(registry, speech, quotes)

    for statement in statements:
        assert statement.contents
        for span in (*statement.contents, statement.cue, statement.source):
            assert span is None or 0 <= span.start < span.end <= len(text)
        assert (statement.speaker is None) == (statement.confidence == 0.0)
    parts = [part for one in statements for part in one.contents]
    assert all(any(quote.contents.overlaps(part) for part in parts) for quote in quotes)


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        '" - сказал он. ',
        '"а", - сказал он. ',
        "сказал ",
        "Лис сказал, что ",
        "по словам ",
        '"Лис - "а", - сказал ',
        '""а ',
        "в ведомстве сообщили, ",
        "министр ",
        "Лис ",
        "Лис, глава МЧС, ",
        "- сказал он. - ",
        '"а, - сказал он. - а ',
        "который ",
        ": ",
        "— Да.\n\n",
        "— Да? — сказал он. — Нет.\n\n",
        'В управлении лесами план поддержали. "Да", - сообщили там.\n\n',
        "по предварительным данным ",
    ],
)
def test_work_grows_with_the_length_of_the_text(piece, count_calls):
    short, long = (count_calls(piece * repeats) for repeats in (100, 400))

    assert long <= 7 * short


@pytest.fixture
def count_calls():
    """Count the lines of Python that the reading of a text runs."""
    import sys

    def count(text: str) -> int:
        wire, registry = WireText(text), registry_of(text)
        lines = 0

        def trace(frame, event, arg):
            nonlocal lines
            lines += event == "line"
            return trace

        read_speech(wire, registry, None)
        sys.settrace(trace)
        try:
            speech = read_speech(wire, registry, None)
            statements_of(registry, speech, speech.quotes)
        finally:
            sys.settrace(None)
        return lines

    return count
