"""A dateline's places once more, in the light of the countries that the whole item names."""

from collections.abc import Sequence

import msgspec

from worker.model import Dateline, Place
from worker.parse.places.gazetteer import Gazetteer

__all__ = ["refine_dateline"]

SURE = 0.9
"""A place of this confidence is left as it is, and is a hint to those beside it."""


def refine_dateline(gazetteer: Gazetteer, dateline: Dateline, countries: Sequence[str]) -> Dateline:
    """The dateline with its unsure places read again; the same object where nothing changes."""
    sure = [place.iso for place in dateline.places if place.iso and place.confidence >= SURE]
    hints = tuple(dict.fromkeys((*countries, *sure)))
    places = tuple(_reread(gazetteer, place, hints) for place in dateline.places)
    if places == dateline.places:
        return dateline
    return msgspec.structs.replace(dateline, places=places)


def _reread(gazetteer: Gazetteer, place: Place, hints: tuple[str, ...]) -> Place:
    """The place, or another of its name that the hints speak for; never a less sure one."""
    if place.iso is None or place.confidence >= SURE:
        return place
    qualifiers = tuple(place.region.split(", ")) if place.region else ()
    again = gazetteer.resolve(place.name, qualifiers, hints)
    return again if again and again.confidence >= place.confidence else place
