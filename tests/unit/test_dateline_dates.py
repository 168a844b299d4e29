"""Dates as datelines print them."""

import datetime

import pytest

from worker.parse.dates import DateOrder, is_mismatch, is_month, read_printed_date, resolve_date


@pytest.mark.parametrize(
    ("text", "printed", "parts"),
    [
        ("June 26. /TASS/", "June 26", (26, 6, None)),
        ("Dec. 03, 2019 (GLOBE NEWSWIRE)", "Dec. 03, 2019", (3, 12, 2019)),
        ("Tuesday, March 3 (AP)", "Tuesday, March 3", (3, 3, None)),
        ("JUL 11 -", "JUL 11", (11, 7, None)),
        ("12 января. /ТАСС/", "12 января.", (12, 1, None)),
        ("8 декабря 2021 года. INTERFAX", "8 декабря 2021 года", (8, 12, 2021)),
        ("31 дек - РИА", "31 дек", (31, 12, None)),
        ("21 ene (EFE)", "21 ene", (21, 1, None)),
        ("3 de mayo de 2021 (EFE)", "3 de mayo de 2021", (3, 5, 2021)),
        ("1er août 2024 (AFP)", "1er août 2024", (1, 8, 2024)),
        ("6 LUG -", "6 LUG", (6, 7, None)),
        ("3. Mai (dpa)", "3. Mai", (3, 5, None)),
        ("16 DEC 89 (RADIO MOE)", "16 DEC 89", (16, 12, 1989)),
        ("5 NOV 05 (RADIO MOE)", "5 NOV 05", (5, 11, 2005)),
        ("24.11.2021 -", "24.11.2021", (24, 11, 2021)),
        ("4/25/2018 -", "4/25/2018", (25, 4, 2018)),
        ("NO DATE (RADIO MOE)", "NO DATE", (0, 0, None)),
    ],
)
def test_a_date_is_read_in_its_language(text, printed, parts):
    date = read_printed_date(text, 0, len(text))
    assert date is not None
    assert (date.span.of(text), (date.day, date.month, date.year)) == (printed, parts)


@pytest.mark.parametrize(
    "text",
    ["", "Police 12", "June", "June 32", "32 June", "25 people", "13/13/2020", "12", "-", "jui 3"],
)
def test_words_that_are_no_date_give_none(text):
    assert read_printed_date(text, 0, len(text)) is None


@pytest.mark.parametrize(
    ("text", "published", "day"),
    [
        ("December 31", (2025, 1, 1), (2024, 12, 31)),
        ("January 1", (2024, 12, 31), (2025, 1, 1)),
        ("February 29", (2025, 3, 1), (2024, 2, 29)),
        ("June 26, 1997", (2025, 3, 1), (1997, 6, 26)),
    ],
)
def test_a_missing_year_is_the_nearest_to_the_items_own_date(text, published, day):
    printed = read_printed_date(text, 0, len(text))
    assert resolve_date(printed, datetime.date(*published)) == datetime.date(*day)


def test_no_year_and_no_item_date_give_no_day():
    assert resolve_date(read_printed_date("June 26", 0, 7)) is None


def test_a_day_that_no_year_has_gives_no_day():
    assert resolve_date(read_printed_date("June 31", 0, 7), datetime.date(2025, 6, 30)) is None


def test_more_than_three_days_are_a_mismatch():
    day = datetime.date(2025, 6, 15)
    assert not is_mismatch(day, day + datetime.timedelta(days=3))
    assert is_mismatch(day, day + datetime.timedelta(days=4))
    assert not is_mismatch(None, day)


def test_an_abbreviation_that_two_months_share_is_none():
    assert is_month("juil")
    assert is_month("Sept.")
    assert not is_month("jui")


def test_the_order_of_day_and_month_is_kept():
    assert read_printed_date("June 26", 0, 7).order is DateOrder.MONTH_DAY
    assert read_printed_date("26 June", 0, 7).order is DateOrder.DAY_MONTH
