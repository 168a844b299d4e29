"""Datelines as agencies print them, held to tests/cases/datelines*.toml."""

import datetime
import time
import tomllib
from pathlib import Path

import pytest

from worker.model import Dateline
from worker.parse.dateline import find_dateline, find_datelines
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "cases"
READ = tomllib.loads((CASES / "datelines.toml").read_text(encoding="utf-8"))["case"]
REFUSED = tomllib.loads((CASES / "datelines_refused.toml").read_text(encoding="utf-8"))["case"]

BEFORE = "Talks go on, sides say\n\n"
AFTER = "\n\nThe talks lasted for two days in all, officials said."


def facts(dateline: Dateline, text: str) -> dict:
    return {
        "span": dateline.span.of(text),
        "places": [place.name for place in dateline.places],
        "regions": [place.region or "" for place in dateline.places],
        "isos": [place.iso or "" for place in dateline.places],
        "date": dateline.date,
        "agency": dateline.agency,
        "style": dateline.style,
        "correspondent": dateline.correspondent,
        "mismatch": dateline.mismatch,
    }


@pytest.mark.parametrize("case", READ, ids=[case["why"] for case in READ])
def test_a_dateline_is_read_in_all_its_parts(case):
    text = BEFORE + case["line"] + AFTER
    dateline = find_dateline(WireText(text), case.get("published"))
    assert dateline is not None
    assert facts(dateline, text) == {
        "regions": [""] * len(case["places"]),
        "date": None,
        "agency": None,
        "correspondent": None,
        "mismatch": False,
        **{key: case[key] for key in case if key not in {"why", "line", "published"}},
    }


@pytest.mark.parametrize("case", REFUSED, ids=[case["why"] for case in REFUSED])
def test_a_line_that_only_looks_like_a_dateline_gives_none(case):
    assert find_dateline(WireText(case["text"]), datetime.date(2025, 1, 1)) is None


@pytest.mark.parametrize(
    "before",
    [
        "",
        "All news\n\nTalks fail — Moe\n\nA deck of one sentence\n\n",
        "Talks fail\n\nBy JANE MOE\n\n",
        "Talks fail\nBy JANE MOE\nAssociated Press Writer\n   ",
        "Talks fail\n\n(ATTN: ADDS details in paras 3-5)\n\nBy Kim Moe\n\n",
        "Talks fail\n\n(Adds quotes, details) ",
        "Talks fail\n\n(LEAD) (ATTN: ADDS photo) ",
        "Talks fail\n\nA deck that was run together with the body. ",
        "Talks fail\n\nA deck that was run together without its stop ",
    ],
)
def test_a_dateline_is_found_behind_any_head(before):
    text = before + "MOSCOW, June 26. /TASS/. The ministry said so."
    dateline = find_dateline(WireText(text), datetime.date(2025, 6, 26))
    assert dateline is not None
    assert dateline.span.of(text) == "MOSCOW, June 26. /TASS/"


def test_a_roundup_gives_its_first_dateline():
    text = "News summary\n\nMOSCOW — Two men were held.\n\nKAZAN — The forum opened."
    dateline = find_dateline(WireText(text))
    assert (dateline.span.of(text), dateline.style) == ("MOSCOW", "bare")


def test_a_roundup_has_a_dateline_for_each_of_its_items():
    text = (
        "News summary\n\nMOSCOW — Two men were held.\n\nThey are brothers.\n\n"
        "KAZAN — The forum opened.\n\nSPORT\n\nOSLO, June 3 (AP) — The team won.\n\n"
        "LIMA, June 3 - The team lost."
    )
    spans = [line.span.of(text) for line in find_datelines(WireText(text))]
    assert spans == ["MOSCOW", "KAZAN", "OSLO, June 3 (AP)"]


def test_an_item_with_one_dateline_or_none_is_a_roundup_of_as_many():
    wire = WireText("KIEV, January 12. /TASS/. All is calm.\n\nTALKS: They go on in Oslo.")
    assert find_datelines(wire) == (find_dateline(wire),)
    assert find_datelines(WireText("All is calm.")) == ()


def test_a_date_without_a_year_is_unknown_where_the_item_has_no_date():
    dateline = find_dateline(WireText("KIEV, January 12. /TASS/. All is calm."))
    assert (dateline.date, dateline.mismatch) == (None, False)


def test_a_place_has_coordinates_where_the_table_knows_it():
    (place,) = find_dateline(WireText("KIEV, January 12. /TASS/. All is calm.")).places
    assert (place.geonames_id, round(place.lat), round(place.lon)) == (703448, 50, 31)


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        "/",
        "1",
        "(",
        "[(",
        "A ",
        "MOSCOW/",
        "MOSCOW, ",
        "- ",
        "A-",
        "A'",
        "(AP) ",
        "/TASS/ ",
        "(Adds) ",
        "MOSCOW (AP) a ",
        "Jan 1 ",
        "A.\n",
        "A\n\n",
        "MOSCOW\n",
        "MOSCOW (AP) - A\n\n",
        "[India] ",
        "MOSCOW and ",
        "2025-06-26",
        "/AP",
        "\ufeff",
        "́",
        " ",
    ],
)
def test_a_megabyte_of_a_repeated_part_takes_no_time(unit):
    wire = WireText(unit * (1_000_000 // len(unit)))
    started = time.process_time()
    find_dateline(wire)
    find_datelines(wire)
    assert time.process_time() - started < 10
