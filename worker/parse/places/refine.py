"""Second resolution of a dateline's places, by the countries that the whole item names."""

from collections.abc import Sequence

import msgspec

from worker.model import Dateline, Place
from worker.parse.places.gazetteer import Gazetteer

__all__ = ["refine_dateline"]

SURE = 0.9
"""Confidence from which a place is kept and is a hint for the places beside it."""


def refine_dateline(gazetteer: Gazetteer, dateline: Dateline, countries: Sequence[str]) -> Dateline:
    """Return the dateline, its doubtful places resolved again; the same object if none changes."""
    sure = [place.iso for place in dateline.places if place.iso and place.confidence >= SURE]
    hints = tuple(dict.fromkeys((*countries, *sure)))
    places = tuple(_resolve_again(gazetteer, place, hints) for place in dateline.places)
    if places == dateline.places:
        return dateline
    return msgspec.structs.replace(dateline, places=places)


def _resolve_again(gazetteer: Gazetteer, place: Place, hints: tuple[str, ...]) -> Place:
    """Return the place or, if its confidence is no lower, the place that the hints select."""
    if place.iso is None or place.confidence >= SURE:
        return place
    qualifiers = tuple(place.region.split(", ")) if place.region else ()
    again = gazetteer.resolve(place.name, qualifiers, hints)
    return again if again and again.confidence >= place.confidence else place
