"""The gazetteer held to tests/cases/places.toml: names as datelines print them, world-wide."""

import math
import re
import tomllib
from pathlib import Path

import pytest

from worker.model import Dateline, Place, Span
from worker.parse.places import refine, resolve

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "places.toml").read_text(encoding="utf-8")
)
PRINTED = [row for group in CASES["group"] for row in group["places"]]
HINTED = [row for group in CASES["hinted"] for row in group["places"]]
NOWHERE = [name for group in CASES["nowhere"] for name in group["names"]]
NEAR_KM = 50

_PRINTED_PLACE = re.compile(r"(?P<name>[^,/]+?)(?:, (?P<after>.+)| /(?P<slashed>.+)/)?")


def place_of(printed: str) -> Place | None:
    """Resolve `PORTLAND, Maine` or `KOROLYOV /Moscow Region/`."""
    match = _PRINTED_PLACE.fullmatch(printed)
    qualifier = match["after"] or match["slashed"]
    return resolve(match["name"], qualifiers=[qualifier] if qualifier else [])


def is_near(place: Place | None, lat: float, lon: float) -> bool:
    """True within 50 km along the great circle."""
    if place is None or place.lat is None or place.lon is None:
        return False
    here, there = math.radians(place.lat), math.radians(lat)
    span = math.radians(lon - place.lon)
    haversine = (
        math.sin((there - here) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin(span / 2) ** 2
    )
    return 2 * 6371 * math.asin(min(1, math.sqrt(haversine))) <= NEAR_KM


def test_the_country_of_98_in_100_printed_places_is_right():
    wrong = [row for row in PRINTED if (place_of(row[0]) or Place(name="")).iso != row[1]]
    assert len(PRINTED) >= 300
    assert len(wrong) <= 0.02 * len(PRINTED), wrong


def test_98_in_100_printed_towns_are_within_50_km():
    towns = [row for row in PRINTED if len(row) == 4]
    wrong = [row for row in towns if not is_near(place_of(row[0]), *row[2:])]
    assert len(wrong) <= 0.02 * len(towns), wrong


def test_every_answer_for_a_printed_place_has_all_its_fields():
    bare = [
        row[0]
        for row in PRINTED
        if (place := place_of(row[0])) and (place.lat is None or not 0 < place.confidence <= 1)
    ]
    assert bare == []


@pytest.mark.parametrize("name", NOWHERE)
def test_a_name_outside_all_countries_gives_no_place(name):
    assert resolve(name) is None


@pytest.mark.parametrize("row", HINTED, ids=lambda row: f"{row[0]} {'+'.join(row[1])}")
def test_a_country_of_the_text_decides_between_namesakes_and_moves_no_great_name(row):
    name, hints, iso, lat, lon = row
    place = resolve(name, hints=hints)
    assert (place.iso, is_near(place, lat, lon)) == (iso, True)


def line_of(*places: Place) -> Dateline:
    return Dateline(span=Span(0, 8), places=places)


def test_a_dateline_is_read_again_by_the_countries_of_its_text():
    line = refine(line_of(resolve("HAMILTON")), ["NZ", "AU"])
    assert line.places == (resolve("HAMILTON", hints=["NZ", "AU"]),)
    assert line.places[0].iso == "NZ"


def test_a_sure_place_of_a_dateline_is_a_hint_for_the_place_beside_it():
    line = refine(line_of(resolve("WELLINGTON"), resolve("HAMILTON")), [])
    assert [place.iso for place in line.places] == ["NZ", "NZ"]


def test_a_dateline_keeps_places_that_no_country_of_its_text_supports():
    unknown = Place(name="OAKEN HOLLOW")
    line = line_of(resolve("MOSCOW"), resolve("HAMILTON"), unknown)
    assert refine(line, ["FR"]) is line


def test_a_printed_qualifier_outlives_the_countries_of_the_text():
    line = line_of(resolve("SPRINGFIELD", qualifiers=["Ill."]))
    assert refine(line, ["AU"]).places[0].region == "Ill."
    assert refine(line, ["AU"]).places[0].iso == "US"
