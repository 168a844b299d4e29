"""The table of a dateline's places, with countries and coordinates in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from worker.model import Dateline, Place
from worker.parse.places.areas import read_lexicon_rows
from worker.render.console import one_line

__all__ = ["PlaceRow", "place_rows", "say_coordinates", "say_country", "say_region"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A row of the table of places; unknown facts are empty."""

    name: str
    region: str
    country: str
    coordinates: str
    confidence: str


def place_rows(dateline: Dateline | None) -> tuple[PlaceRow, ...]:
    """Return a row for each place of the dateline, in its order."""
    return tuple(
        PlaceRow(
            name=one_line(place.name),
            region=one_line(place.region or ""),
            country=say_country(place.iso),
            coordinates=say_coordinates(place.lat, place.lon),
            confidence=f"{place.confidence:.0%}" if place.iso else "",
        )
        for place in (dateline.places if dateline else ())
    )


@cache
def _names() -> Mapping[str, str]:
    return {codes[0]: names[0] for codes, names, *_ in read_lexicon_rows("places-countries.tsv")}


def say_country(iso: str | None) -> str:
    """Return a country's common name and its code, empty without a code.

    >>> say_country("RU"), say_country("XX"), say_country(None)
    ('Russia (RU)', 'XX', '')
    """
    if not iso:
        return ""
    return f"{_names()[iso]} ({iso})" if iso in _names() else iso


def say_region(place: Place) -> str:
    """Return the printed region and the country, without repetition if they are the same.

    >>> say_region(Place(name="SHIZUOKA", region="Japan", iso="JP"))
    'Japan (JP)'
    """
    region, country = one_line(place.region or ""), say_country(place.iso)
    if region and country.startswith(f"{region} ("):
        return country
    return ", ".join(words for words in (region, country) if words)


def say_coordinates(lat: float | None, lon: float | None) -> str:
    """Return coordinates to two decimals, about a kilometre; empty if they are unknown.

    >>> say_coordinates(-12.05, 77.03)
    '12.05° S, 77.03° E'
    """
    if lat is None or lon is None:
        return ""
    north_south = "N" if lat >= 0 else "S"
    east_west = "E" if lon >= 0 else "W"
    return f"{abs(lat):.2f}° {north_south}, {abs(lon):.2f}° {east_west}"
