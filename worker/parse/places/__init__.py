"""Toponym resolution: the place that a name means, by a compiled gazetteer.

Data: GeoNames (https://www.geonames.org), CC BY 4.0; see worker/parse/data/places.LICENSE. The
country of a place is reported as GeoNames has it. The answers are described in docs/places.md.
"""

from collections.abc import Sequence
from functools import cache

from worker.model import Dateline, Place
from worker.parse.places.areas import load_areas
from worker.parse.places.gazetteer import Gazetteer
from worker.parse.places.refine import refine_dateline
from worker.parse.places.table import load_table

__all__ = [
    "Gazetteer",
    "country_of",
    "is_area",
    "is_place",
    "prominence",
    "refine",
    "resolve",
    "spell_out",
]


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer(load_table(), load_areas())


def resolve(
    name: str, *, qualifiers: Sequence[str] = (), hints: Sequence[str] = ()
) -> Place | None:
    """Return the likeliest place of that name, None if it is unknown or names no place.

    Args:
        name: As written, in any case.
        qualifiers: Regions printed beside the name: "Fla.", "Leningrad Region", "Ukraine".
        hints: ISO codes of countries that the document names.

    >>> resolve("ST. PETERSBURG").iso, resolve("ST. PETERSBURG", qualifiers=["Fla."]).iso
    ('RU', 'US')
    >>> resolve("UNITED NATIONS") is None
    True
    """
    return _gazetteer().resolve(name, tuple(qualifiers), tuple(hints))


def country_of(name: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's name, alias or demonym, None for others.

    >>> country_of("Russia"), country_of("the US"), country_of("British"), country_of("us")
    ('RU', 'US', 'GB', None)
    """
    return _gazetteer().areas.country(name)


def spell_out(abbreviation: str) -> str | None:
    """Return the name of a region by its abbreviation with a full stop, None for others.

    >>> spell_out("N.C."), spell_out("Calif."), spell_out("NC")
    ('North Carolina', 'California', None)
    """
    return _gazetteer().areas.spelt_out.get(abbreviation)


def is_place(name: str) -> bool:
    """True if the place table holds the name."""
    return _gazetteer().is_place(name)


def is_area(name: str) -> bool:
    """True if the name, as printed beside a place, is a country or a part of a country."""
    return bool(_gazetteer().areas.of_qualifier(name))


def prominence(name: str) -> float:
    """Return the weighted population of the greatest town of that name, 0 if no town has it."""
    return _gazetteer().prominence(name)


def refine(dateline: Dateline, countries: Sequence[str]) -> Dateline:
    """Return the dateline, its doubtful places resolved again by the countries of the whole item.

    Args:
        dateline: As `find_dateline` read it.
        countries: ISO codes of countries that the item names.

    >>> from worker.model import Span
    >>> line = Dateline(span=Span(0, 8), places=(resolve("HAMILTON"),))
    >>> line.places[0].iso, refine(line, ["NZ"]).places[0].iso
    ('CA', 'NZ')
    """
    return refine_dateline(_gazetteer(), dateline, countries)
