"""Countries and coordinates in words."""

from collections.abc import Mapping
from functools import cache

from worker.parse.places.areas import read_lexicon_rows

__all__ = ["say_coordinates", "say_country"]


@cache
def _names() -> Mapping[str, str]:
    return {codes[0]: names[0] for codes, names, *_ in read_lexicon_rows("places-countries.tsv")}


def say_country(iso: str | None) -> str:
    """A country's usual name and its code; empty where there is none.

    >>> say_country("RU"), say_country("XX"), say_country(None)
    ('Russia (RU)', 'XX', '')
    """
    if not iso:
        return ""
    return f"{_names()[iso]} ({iso})" if iso in _names() else iso


def say_coordinates(lat: float | None, lon: float | None) -> str:
    """Degrees to two places, about a kilometre; empty where they are not known.

    >>> say_coordinates(-12.05, 77.03)
    '12.05° S, 77.03° E'
    """
    if lat is None or lon is None:
        return ""
    north_south = "N" if lat >= 0 else "S"
    east_west = "E" if lon >= 0 else "W"
    return f"{abs(lat):.2f}° {north_south}, {abs(lon):.2f}° {east_west}"
