"""Which place a name means: weight, fame, what is printed beside it and what the text speaks of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import Place
from worker.parse.places.areas import ENCLAVES, Area, AreaIndex
from worker.parse.places.fold import LONGEST_NAME, fold_name
from worker.parse.places.table import PlaceKind, PlaceTable, TableRow

__all__ = ["Gazetteer"]

_REGION_FACTOR = 1000.0
_COUNTRY_FACTOR = 200.0
_HINT_FACTOR = 50.0
"""What a printed region, a printed country and a country named elsewhere in the text weigh against
population and fame. A qualifier beats any ratio met in practice. A hint beats that of TRIPOLI in
Libya to TRIPOLI in Lebanon (41), and not that of ATHENS in Greece to ATHENS in Georgia (63)."""

_USUAL_FAME = 33
"""So many other names, and three, are what a town of the news has: its weight is its population."""

_ON_THE_WAY = ("aboard ", "on board ", "at sea ", "борт ", "на борту ")
"""How the names of craft begin, and of no town."""

_UNLOCATED = 0.5
"""The confidence of an answer that has its country only, from what is printed beside it."""

_PARENT = {"HK": "CN", "MO": "CN", "PR": "US", "GU": "US", "GI": "GB", "BM": "GB", "GL": "DK"}
"""Territories with a code of their own that are printed with their state's name beside them."""


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Places by name. Nothing changes after loading: processes and threads share it."""

    table: PlaceTable
    areas: AreaIndex

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def resolve(
        self, name: str, qualifiers: tuple[str, ...] = (), hints: tuple[str, ...] = ()
    ) -> Place | None:
        """The likeliest place of that name, None where the name is not known or is no place."""
        wanted = [area for word in qualifiers for area in self._areas(word)]
        rows = self._rows(name)
        if any(row.kind is PlaceKind.NOWHERE for row in rows):
            return None
        if wanted:
            rows = self._rows_inside(name, wanted)
        region = ", ".join(qualifiers) or None
        if not rows:
            return _unlocated(name, region, _likeliest_country(wanted, hints))
        best, confidence = _choose(rows, wanted, hints)
        return Place(
            name=name,
            region=region,
            iso=best.iso,
            geonames_id=best.geonames_id or None,
            lat=best.lat,
            lon=best.lon,
            confidence=confidence,
        )

    def is_place(self, name: str) -> bool:
        """True when the name is in the table, the names that are no place included."""
        return bool(self._rows(name))

    def prominence(self, name: str) -> float:
        """The weighted population of the greatest town of that name, 0 for what is no town."""
        towns = (row for row in self._rows(name) if row.kind is PlaceKind.TOWN)
        return max((row.weight for row in towns), default=0.0)

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def _rows(self, name: str) -> tuple[TableRow, ...]:
        if len(name) > LONGEST_NAME:
            return ()
        folded = fold_name(name)
        if folded.startswith(_ON_THE_WAY):
            return (TableRow(iso="--", kind=PlaceKind.NOWHERE),)
        for spelling in dict.fromkeys((folded, folded.removeprefix("the "))):
            if rows := tuple(self.table.find(spelling)):
                return rows
        return ()

    def _rows_inside(self, name: str, wanted: Sequence[Area]) -> tuple[TableRow, ...]:
        """The rows of the name in an area; of another spelling of it where there is none."""
        if rows := _inside(self._rows(name), wanted):
            return rows
        for spelling in _other_spellings(fold_name(name[:LONGEST_NAME])):
            if rows := _inside(tuple(self.table.find(spelling)), wanted):
                return rows
        return ()

    def _areas(self, qualifier: str) -> tuple[Area, ...]:
        """What a qualifier means; a town's name stands for the part of the country round it."""
        if known := self.areas.of_qualifier(qualifier):
            return known
        towns = [row for row in self._rows(qualifier) if row.kind is not PlaceKind.NOWHERE]
        if not towns:
            return ()
        town = max(towns, key=_prior)
        return (Area(town.iso, town.admin1),)


def _other_spellings(folded: str) -> Iterator[str]:
    """Spellings that are tried where a qualifier has named the country: no name is guessed else.

    >>> list(_other_spellings("hodeidah"))
    ['hodeida', 'al hodeidah', 'al hodeida', 'hodeidah city']
    """
    first, _, rest = folded.partition(" ")
    bare = rest if first in {"al", "el", "ad", "as", "ash", "ar", "az", "an"} and rest else folded
    with_or_without_h = bare.removesuffix("h") if bare.endswith("h") else bare + "h"
    if bare != folded:
        yield bare
    yield with_or_without_h
    yield f"al {bare}"
    yield f"al {with_or_without_h}"
    yield f"{folded} city"
    if " " in folded:
        yield folded.replace(" ", "")
    if folded.endswith("y"):
        yield f"{folded}y"
        yield f"{folded[:-1]}iy"


def _inside(rows: tuple[TableRow, ...], wanted: Sequence[Area]) -> tuple[TableRow, ...]:
    return tuple(row for row in rows if any(_holds(area, row) for area in wanted))


def _holds(area: Area, row: TableRow) -> bool:
    """True for a town in the area or in the city that the area surrounds."""
    if area.iso not in (row.iso, _PARENT.get(row.iso)):
        return False
    if not area.admin1 or not row.admin1 or row.iso != area.iso or row.kind is PlaceKind.COUNTRY:
        return True
    own = Area(row.iso, row.admin1)
    return own == area or ENCLAVES.get(own) == area or ENCLAVES.get(area) == own


def _likeliest_country(wanted: Sequence[Area], hints: Sequence[str]) -> str | None:
    codes = [area.iso for area in wanted]
    return next((iso for iso in codes if iso in hints), codes[0] if codes else None)


def _unlocated(name: str, region: str | None, iso: str | None) -> Place | None:
    """A place too small for the table, in the country that is printed beside it."""
    return Place(name=name, region=region, iso=iso, confidence=_UNLOCATED) if iso else None


def _choose(
    rows: Sequence[TableRow], wanted: Sequence[Area], hints: Sequence[str]
) -> tuple[TableRow, float]:
    """The row with the greatest score, and its share of the scores of all that may be meant."""
    scored = [(_score(row, wanted, hints), row) for row in rows]
    best_score, best = max(scored, key=lambda pair: pair[0])
    others = sum(score for score, row in scored if not _is_same(row, best))
    return best, round(best_score / (best_score + others), 3)


def _prior(row: TableRow) -> float:
    """What a row weighs before anything is known of the text: population and fame."""
    return (row.weight + 1.0) * (row.fame + 3) / _USUAL_FAME


def _score(row: TableRow, wanted: Sequence[Area], hints: Sequence[str]) -> float:
    score = _prior(row)
    if any((row.iso, row.admin1) == (area.iso, area.admin1) for area in wanted):
        score *= _REGION_FACTOR
    if any(row.iso == area.iso and not area.admin1 for area in wanted):
        score *= _COUNTRY_FACTOR
    return score * _HINT_FACTOR if row.iso in hints else score


def _is_same(row: TableRow, best: TableRow) -> bool:
    """True for a country and its capital, a region and its seat, a borough and its town."""
    if row.iso != best.iso:
        return False
    if PlaceKind.COUNTRY in (row.kind, best.kind) or row.lat is None or best.lat is None:
        return True
    if row.lon is None or best.lon is None:
        return True
    if PlaceKind.REGION in (row.kind, best.kind):
        return row.admin1 == best.admin1
    return abs(row.lat - best.lat) < 0.5 and abs(row.lon - best.lon) < 0.5
