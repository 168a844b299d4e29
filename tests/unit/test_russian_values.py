"""Values of Russian copy, held to tests/cases/russian-values.toml."""

import datetime
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Entity, EntityLabel, NewsItem, Span, Value
from worker.parse import annotate
from worker.parse.dateline import find_dateline
from worker.parse.languages.russian.values.reader import with_russian_values
from worker.parse.text import WireText

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "russian-values.toml").read_text("utf-8")
)["case"]

WORDS = (
    "$ US$ € USD 1 2 000 3,5 12 31 2019 1990-х 12.01.2026 половина пять полтора миллиона млрд"
    " рублей копеек шведских крон % процента процентных пунктов от до - и между с по января марта"
    " в среду назад года год прошлого этом неделе второго II квартале полугодии первого сегодня"
    " минус 9999 0001 - . , г. т. того же \n"
).split(" ")


def find_values(text, published="2026-05-06"):
    day = datetime.date.fromisoformat(published) if published else None
    return with_russian_values(text, (), find_dateline(WireText(text), day), day)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_value(case):
    found = find_values(case["text"], case.get("published", "2026-05-06"))
    assert [
        [entity.span.of(case["text"]), entity.label.value, entity.canonical if entity.value else ""]
        for entity in found
    ] == case["values"]


def entity(text, words, label):
    at = text.index(words)
    return Entity(span=Span(at, at + len(words)), label=label, canonical=words)


def test_an_item_has_values_among_its_names():
    text = "МОСКВА, 12 января. /ТАСС/. Антон Ветров в среду выделил Туле 5 млн рублей."
    found = annotate(NewsItem(uri="urn:x", version="1", body_text=text, language="ru")).entities
    values = [(each.label.value, each.span.of(text)) for each in found if each.label.is_value]
    assert values == [("DATE", "12 января"), ("DATE", "среду"), ("MONEY", "5 млн рублей")]
    assert [each.span for each in found] == sorted(each.span for each in found)


def test_a_country_inside_a_sum_is_part_of_its_currency():
    text = "Швеция дала 5 млн шведских крон и 2 млн долларов США."
    names = (
        entity(text, "Швеция", EntityLabel.GPE),
        entity(text, "шведских", EntityLabel.NORP),
        entity(text, "США", EntityLabel.GPE),
    )
    found = with_russian_values(text, names, None, None)
    assert [each.canonical for each in found] == ["Швеция", "SEK 5000000", "USD 2000000"]


def test_a_date_inside_a_name_is_part_of_it():
    text = "Движение 26 июля собралось 28 июля."
    names = (entity(text, "Движение 26 июля", EntityLabel.ORG),)
    found = with_russian_values(text, names, None, datetime.date(2026, 7, 30))
    assert [each.canonical for each in found] == ["Движение 26 июля", "2026-07-28"]


def test_a_sum_has_numbers_and_a_currency():
    (found,) = find_values("Ремонт стоит от 2 до 3 млн рублей.")
    assert found.value == Value(low=2e6, high=3e6, unit="RUB")


def test_a_date_has_its_first_and_its_last_day():
    (found,) = find_values("Он построен во втором полугодии 2024 года.")
    assert found.value == Value(
        first_day=datetime.date(2024, 7, 1), last_day=datetime.date(2024, 12, 31)
    )


def test_of_an_unknown_day_only_printed_years_have_values():
    text = (
        "В прошлом году, в марте, 5 мая прошлого года, в первом полугодии, минувшей ночью,"
        " два года назад, в среду 6 мая и в марте 2020 года."
    )
    assert [each.canonical for each in find_values(text, None) if each.value] == ["2020-03"]


@pytest.mark.parametrize("published", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_tells_no_other(published):
    (found,) = find_values("Он уйдет в следующем году.", published)
    assert found.value is None


@pytest.mark.parametrize(
    "text",
    [
        "миллион " * 5_000 + "рублей",
        "1 111 " * 5_000 + "евро",
        "между $2 и " * 5_000,
        "в среду, " * 5_000,
        "2 до 3 до " * 5_000,
        "пара десятков " * 5_000,
        "5, 6, 7, " * 5_000,
        "2014, 2015, " * 5_000,
        "двадцать" * 5_000 + "процентный",
    ],
)
def test_time_is_linear_in_the_length_of_hostile_texts(text):
    started = time.process_time()
    with_russian_values(text, (), None, datetime.date(2026, 5, 6))
    assert time.process_time() - started < 25


@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_text_has_values_inside_it_that_do_not_overlap(text):
    found = with_russian_values(text, (), None, datetime.date(2026, 5, 6))
    ends = [each.span.end for each in found]
    assert all(each.span.of(text) and each.canonical for each in found)
    assert all(end <= after.span.start for end, after in zip(ends, found[1:], strict=False))
