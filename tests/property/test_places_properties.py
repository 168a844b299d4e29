"""Properties of the gazetteer, for any name."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Dateline, Place, Span
from worker.parse.places import country_of, is_place, refine, resolve
from worker.parse.places.areas import AreaIndex
from worker.parse.places.fold import fold_name
from worker.parse.places.gazetteer import Gazetteer
from worker.parse.places.table import PlaceTable, TableRow, pack_table

COUNTRIES = ("AU", "CA", "GB", "NZ", "RU", "US")

ROWS = st.builds(
    TableRow,
    iso=st.sampled_from(COUNTRIES),
    geonames_id=st.integers(1, 2**32 - 1),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    weight=st.floats(0, 4e9),
    fame=st.integers(0, 255),
)


def gazetteer_of(*rows: TableRow) -> Gazetteer:
    return Gazetteer(PlaceTable(pack_table((row, {"moe"}, ()) for row in rows)), AreaIndex())


@given(st.text(), st.lists(st.text(), max_size=2), st.lists(st.text(max_size=2), max_size=2))
def test_resolve_takes_any_text_and_keeps_the_name_as_written(name, qualifiers, hints):
    place = resolve(name, qualifiers=qualifiers, hints=hints)
    assert place == resolve(name, qualifiers=qualifiers, hints=hints)
    assert place is None or (place.name == name and 0 <= place.confidence <= 1)


@given(st.text())
def test_country_and_is_place_take_any_text(name):
    assert country_of(name) is None or len(country_of(name)) == 2
    assert is_place(name) in (True, False)


@given(st.text())
def test_folding_twice_is_folding_once(name):
    once = fold_name(name)
    assert fold_name(fold_name(once)) == fold_name(once)


@given(ROWS)
def test_a_row_comes_out_of_the_table_as_it_went_in(row):
    (found,) = PlaceTable(pack_table([(row, {"moe"}, ())])).find("moe")
    assert (found.iso, found.geonames_id, found.fame) == (row.iso, row.geonames_id, row.fame)
    assert abs(found.lat - row.lat) < 1e-4
    assert abs(found.lon - row.lon) < 1e-4
    assert abs(found.weight - row.weight) <= 0.5 + row.weight / 2000


@given(st.lists(ROWS, min_size=2, max_size=6))
def test_a_further_namesake_makes_no_answer_surer(rows):
    rows = [msgspec.structs.replace(row, geonames_id=at) for at, row in enumerate(rows, start=1)]
    without = gazetteer_of(*rows[:-1]).resolve("Moe")
    with_it = gazetteer_of(*rows).resolve("Moe")
    is_same_answer = with_it.geonames_id == without.geonames_id
    assert not is_same_answer or with_it.confidence <= without.confidence


@given(st.sampled_from(["Hamilton", "Perth", "Moscow", "Richmond", "St. John's", "Victoria"]))
def test_naming_the_country_of_the_answer_makes_it_no_less_sure(name):
    plain = resolve(name)
    hinted = resolve(name, hints=[plain.iso])
    assert (hinted.geonames_id, hinted.confidence >= plain.confidence) == (plain.geonames_id, True)


@given(st.lists(st.text(), max_size=3), st.lists(st.text(max_size=2), max_size=3))
def test_refining_takes_any_dateline_and_is_settled_after_once(names, countries):
    places = tuple(resolve(name) or Place(name=name) for name in names)
    once = refine(Dateline(span=Span(0, 1), places=places), countries)
    assert refine(once, countries) == once
    assert [place.name for place in once.places] == names
