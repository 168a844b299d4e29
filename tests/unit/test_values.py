"""Sums of money, percentages and dates, held to tests/cases/values.toml."""

import datetime
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Entity, EntityLabel, Span, Value
from worker.parse.dateline import find_dateline
from worker.parse.text import WireText
from worker.parse.values import with_values

CASES = Path(__file__).parents[1] / "cases" / "values.toml"

WORDS = (
    "$ US$ € KZT 1 2,000 3.5 12 31 2019 1990s a half third of million bn dollars crowns Swedish"
    " percent % points to - and between in on Friday last next week May March January 12th ago"
    " years two Q3 quarter first today minus 9999 0001"
).split()


def load_cases():
    return tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]


def find_values(text, published="2026-05-06"):
    day = datetime.date.fromisoformat(published) if published else None
    return with_values(text, (), find_dateline(WireText(text), day), day)


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case["why"])
def test_value(case):
    found = find_values(case["text"], case.get("published", "2026-05-06"))
    assert [
        [entity.span.of(case["text"]), entity.label.value, entity.canonical if entity.value else ""]
        for entity in found
    ] == case["values"]


def entity(text, words, label):
    at = text.index(words)
    return Entity(span=Span(at, at + len(words)), label=label, canonical=words)


def test_a_country_inside_a_sum_is_part_of_its_currency():
    text = "Holmen lost 5 million Swedish crowns in Sweden."
    names = (
        entity(text, "Holmen", EntityLabel.ORG),
        entity(text, "Swedish", EntityLabel.NORP),
        entity(text, "Sweden", EntityLabel.GPE),
    )
    found = with_values(text, names, None, None)
    assert [each.canonical for each in found] == ["Holmen", "SEK 5000000", "Sweden"]


def test_a_date_inside_a_name_is_part_of_it():
    text = "The January 6 Committee met on January 7."
    names = (entity(text, "January 6 Committee", EntityLabel.ORG),)
    found = with_values(text, names, None, datetime.date(2026, 1, 9))
    assert [each.canonical for each in found] == ["January 6 Committee", "2026-01-07"]


def test_a_sum_has_numbers_and_a_currency():
    (found,) = find_values("It cost between $2 and $3 million.")
    assert found.value == Value(low=2e6, high=3e6, unit="USD")


def test_a_date_has_its_first_and_its_last_day():
    (found,) = find_values("It was built in the second half of 2024.")
    assert found.value == Value(
        first_day=datetime.date(2024, 7, 1), last_day=datetime.date(2024, 12, 31)
    )


@pytest.mark.parametrize("published", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_tells_no_other(published):
    (found,) = find_values("It ends next year.", published)
    assert found.value is None


@pytest.mark.parametrize(
    "text",
    [
        "a million " * 20_000 + "dollars",
        "trillion " * 20_000 + "dollars",
        "1,111" * 20_000 + " euros",
        "between $2 and " * 20_000,
        "on Friday, " * 20_000,
        "2 to 3 to " * 20_000,
        "half a quarter of a third of " * 5_000 + "percent",
    ],
)
def test_time_is_linear_in_the_length_of_hostile_texts(text):
    started = time.process_time()
    with_values(text, (), None, datetime.date(2026, 5, 6))
    assert time.process_time() - started < 50


@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_text_has_values_inside_it_that_do_not_overlap(text):
    found = with_values(text, (), None, datetime.date(2026, 5, 6))
    ends = [each.span.end for each in found]
    assert all(each.span.of(text) and each.canonical for each in found)
    assert all(end <= after.span.start for end, after in zip(ends, found[1:], strict=False))
