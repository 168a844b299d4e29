"""The gazetteer: places by name, ranked by population, fame, printed qualifiers and hints.

`TRIPOLI` is Libya's capital unless Lebanon is printed beside it or named in the text.
"""

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
"""Factors for a printed region, a printed country and a country named elsewhere in the text.

They multiply population and fame. A qualifier outweighs any ratio met in practice. A hint outweighs
the ratio of TRIPOLI in Libya to TRIPOLI in Lebanon (41), and not that of ATHENS in Greece to ATHENS
in Georgia (63)."""

_USUAL_FAME = 33
"""Alternate names, plus three, of a usual town in the news: its weight equals its population."""

_ON_BOARD = ("aboard ", "on board ", "at sea ", "борт ", "на борту ")
"""Beginnings of datelines from ships and aircraft, and of no town's name."""

_UNLOCATED = 0.5
"""Confidence of a place of which only the country is known, from a qualifier."""

_PARENT = {"HK": "CN", "MO": "CN", "PR": "US", "GU": "US", "GI": "GB", "BM": "GB", "GL": "DK"}
"""Territories with a code of their own, whose state is printed beside them: HAMILTON, Bermuda."""


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Places by name. It is never changed after loading, so threads and forks share it."""

    table: PlaceTable
    areas: AreaIndex

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def resolve(
        self, name: str, qualifiers: tuple[str, ...] = (), hints: tuple[str, ...] = ()
    ) -> Place | None:
        """Return the likeliest place of that name, None if it is unknown or names no place."""
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
        """True if the table holds the name, including names that are no place."""
        return bool(self._rows(name))

    def prominence(self, name: str) -> float:
        """Return the weighted population of the greatest town of that name, 0 if no town has it."""
        towns = [row for row in self._rows(name) if row.kind is PlaceKind.TOWN]
        return max((row.weight for row in towns), default=0.0)

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def _rows(self, name: str) -> tuple[TableRow, ...]:
        if len(name) > LONGEST_NAME:
            return ()
        folded = fold_name(name)
        if folded.startswith(_ON_BOARD):
            return (TableRow(iso="--", kind=PlaceKind.NOWHERE),)
        for spelling in dict.fromkeys((folded, folded.removeprefix("the "))):
            if rows := tuple(self.table.find(spelling)):
                return rows
        return ()

    def _rows_inside(self, name: str, wanted: Sequence[Area]) -> tuple[TableRow, ...]:
        """Return the rows of the name in an area, else those of another spelling of the name."""
        if rows := _inside(self._rows(name), wanted):
            return rows
        for spelling in _other_spellings(fold_name(name[:LONGEST_NAME])):
            if rows := _inside(tuple(self.table.find(spelling)), wanted):
                return rows
        return ()

    def _areas(self, qualifier: str) -> tuple[Area, ...]:
        """Return the areas that a qualifier means; a town stands for the area that surrounds it."""
        if areas := self.areas.of_qualifier(qualifier):
            return areas
        towns = [row for row in self._rows(qualifier) if row.kind is not PlaceKind.NOWHERE]
        if not towns:
            return ()
        town = max(towns, key=_prior)
        return (Area(town.iso, town.admin1),)


def _other_spellings(folded: str) -> Iterator[str]:
    """Yield other spellings of a name, tried only if a qualifier has named the country.

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
    # Russian endings in other romanisations: `Grozny`, `Groznyy`, `Grozniy`
    if folded.endswith("y"):
        yield f"{folded}y"
        yield f"{folded[:-1]}iy"


def _inside(rows: tuple[TableRow, ...], wanted: Sequence[Area]) -> tuple[TableRow, ...]:
    return tuple(row for row in rows if any(_holds(area, row) for area in wanted))


def _holds(area: Area, row: TableRow) -> bool:
    """True for a place in the area, or in the city that the area surrounds."""
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
    """Return a place that the table lacks, in the country that is printed beside it."""
    return Place(name=name, region=region, iso=iso, confidence=_UNLOCATED) if iso else None


def _choose(
    rows: Sequence[TableRow], wanted: Sequence[Area], hints: Sequence[str]
) -> tuple[TableRow, float]:
    """Return the row with the greatest score, and its share of the scores of all rivals."""
    scored = [(_score(row, wanted, hints), row) for row in rows]
    best_score, best = max(scored, key=lambda pair: pair[0])
    others = sum(score for score, row in scored if not _is_same(row, best))
    return best, round(best_score / (best_score + others), 3)


def _prior(row: TableRow) -> float:
    """Return the weight of a row before the text is considered: population and fame."""
    return (row.weight + 1.0) * (row.fame + 3) / _USUAL_FAME


def _score(row: TableRow, wanted: Sequence[Area], hints: Sequence[str]) -> float:
    score = _prior(row)
    if any((row.iso, row.admin1) == (area.iso, area.admin1) for area in wanted):
        score *= _REGION_FACTOR
    if any(row.iso == area.iso and not area.admin1 for area in wanted):
        score *= _COUNTRY_FACTOR
    return score * _HINT_FACTOR if row.iso in hints else score


def _is_same(row: TableRow, best: TableRow) -> bool:
    """True for rows that are no rivals: a country and its capital, a borough and its town."""
    if row.iso != best.iso:
        return False
    if PlaceKind.COUNTRY in (row.kind, best.kind) or row.lat is None or best.lat is None:
        return True
    if row.lon is None or best.lon is None:
        return True
    if PlaceKind.REGION in (row.kind, best.kind):
        return row.admin1 == best.admin1
    # Half a degree, some 50 km: a town and the municipality or airport of its name.
    return abs(row.lat - best.lat) < 0.5 and abs(row.lon - best.lon) < 0.5
