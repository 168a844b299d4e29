"""read_timestamp over the forms of tests/cases/feeds-dates.toml."""

import tomllib
from pathlib import Path

import pytest

from worker.feeds.dates import read_timestamp

CASES = Path(__file__).resolve().parent.parent / "cases" / "feeds-dates.toml"
DATES = [
    (date["written"], date.get("utc"))
    for case in tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
    for date in case["dates"]
]


@pytest.mark.parametrize(("written", "utc"), DATES)
def test_a_date_is_this_moment_or_none(written, utc):
    moment = read_timestamp(written)

    assert (moment and moment.isoformat()) == utc
