"""Answers of the gazetteer for names as datelines and texts print them."""

import time

import msgspec
import pytest

from worker.parse.places import country_of, is_place, resolve
from worker.parse.places.areas import load_areas
from worker.parse.places.fold import fold_name
from worker.parse.places.table import PlaceTable, TableRow, load_table, pack_table


@pytest.mark.parametrize(
    ("name", "qualifiers", "iso", "lat"),
    [
        ("KYIV", [], "UA", 50),
        ("KIEV", [], "UA", 50),
        ("LUGANSK", [], "UA", 49),
        ("DONETSK", [], "UA", 48),
        ("GENICHESK", [], "UA", 46),
        ("NUR-SULTAN", [], "KZ", 51),
        ("PEKING", [], "CN", 40),
        ("ISLAMABAD", [], "PK", 34),
        ("SAN JOSE", [], "CR", 10),
        ("SAN JOSE", ["Calif."], "US", 37),
        ("TEL AVIV", [], "IL", 32),
        ("ST. PETERSBURG", [], "RU", 60),
        ("ST. PETERSBURG", ["Fla."], "US", 28),
        ("С.-ПЕТЕРБУРГ", [], "RU", 60),
        ("МОСКВА", [], "RU", 56),
        ("NEW YORK", [], "US", 41),
        ("LONDON", [], "GB", 52),
        ("LONDON", ["Ontario"], "CA", 43),
        ("PARIS", ["Texas"], "US", 34),
        ("BIRMINGHAM", ["Ala."], "US", 34),
        ("KOROLYOV", ["Moscow Region"], "RU", 56),
        ("IGORA", ["Leningrad Region"], "RU", 61),
        ("HEBRON", ["West Bank"], "PS", 32),
        ("MONOPOLI", ["BARI"], "IT", 41),
        ("THE HAGUE", [], "NL", 52),
        ("Nueva Delhi", [], "IN", 29),
        ("VATICAN CITY", [], "VA", 42),
    ],
)
def test_a_printed_place_is_found_where_it_lies(name, qualifiers, iso, lat):
    place = resolve(name, qualifiers=qualifiers)
    assert place is not None
    assert (place.name, place.iso, round(place.lat)) == (name, iso, lat)


@pytest.mark.parametrize(
    "name", ["UNITED NATIONS", "ABOARD AIR FORCE ONE", "", " ", "Zzyzzyx", "\ud800", "-"]
)
def test_a_name_that_is_no_place_gives_none(name):
    assert resolve(name) is None


def test_a_name_longer_than_any_place_has_is_not_looked_up():
    started = time.process_time()
    assert resolve("Ё" * 10_000_000, qualifiers=["Ё" * 10_000_000]) is None
    assert country_of("Ё" * 10_000_000) is None
    assert time.process_time() - started < 20


def test_the_united_nations_is_a_name_in_datelines_all_the_same():
    assert is_place("UNITED NATIONS")
    assert not is_place("ZZYZZYX")


def test_a_country_lies_where_its_capital_does():
    assert (resolve("Russia").iso, resolve("Russia").geonames_id) == ("RU", 2017370)
    assert resolve("Russia").lat == resolve("Moscow").lat
    assert resolve("Antarctica").lat is None


def test_a_region_lies_where_its_greatest_town_does():
    assert (resolve("Sicily").iso, resolve("Sicily").lat) == ("IT", resolve("Palermo").lat)


def test_a_hint_outweighs_population():
    assert resolve("Hamilton").iso == "CA"
    assert resolve("Hamilton", hints=["NZ"]).iso == "NZ"


def test_a_place_too_small_for_the_table_keeps_its_qualifiers_country():
    place = resolve("OAKEN HOLLOW", qualifiers=["N.Y."])
    assert (place.iso, place.region, place.lat, place.confidence) == ("US", "N.Y.", None, 0.5)


def test_confidence_tells_a_clear_name_from_a_shared_one():
    assert resolve("MOSCOW").confidence > 0.95
    assert resolve("SPRINGFIELD").confidence < 0.6


@pytest.mark.parametrize(
    ("name", "iso"),
    [
        ("Russia", "RU"),
        ("the US", "US"),
        ("U.S.", "US"),
        ("British", "GB"),
        ("Ukrainian", "UA"),
        ("the Netherlands", "NL"),
        ("DPRK", "KP"),
        ("Россия", "RU"),
        ("Côte d’Ivoire", "CI"),
        ("us", None),
        ("Us", None),
        ("Moscow", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_name_alias_and_demonym(name, iso):
    assert country_of(name) == iso


def test_every_country_has_one_row_and_no_name_stands_twice():
    areas = load_areas()
    assert len(set(areas.countries.values())) == 250
    assert not set(areas.countries) & set(areas.demonyms)


def test_spellings_of_a_name_are_folded_to_the_same():
    assert len({fold_name(name) for name in ("Saint-Étienne", "ST. ETIENNE", "St Etienne")}) == 1


def test_a_table_gives_back_what_was_packed():
    row = TableRow(iso="XX", admin1="01", geonames_id=7, lat=1.5, lon=-2.25, weight=1000)
    table = PlaceTable(pack_table([(row, {"moe"}, {"moe", "old moe"})]))
    (row_again,) = table.find("moe")
    assert msgspec.structs.replace(row_again, weight=round(row_again.weight)) == row
    assert [round(row.weight) for row in table.find("old moe")] == [200]
    assert list(table.find("new moe")) == []


def test_a_table_of_another_version_is_refused():
    with pytest.raises(ValueError, match="not a place table of this version"):
        PlaceTable(b"CTPLACE0" + bytes(8))


def test_more_rows_than_the_table_can_number_are_refused():
    row = TableRow(iso="XX")
    with pytest.raises(ValueError, match="more than 262144 rows"):
        pack_table((row, (), ()) for _ in range(262_145))


def test_the_table_is_ready_in_a_blink():
    started = time.process_time()
    load_table()
    load_areas()
    assert time.process_time() - started < 1
