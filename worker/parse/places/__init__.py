"""Which place a name means: the compiled gazetteer, read by name, qualifier and hint.

Data: GeoNames (https://www.geonames.org), CC BY 4.0; see worker/parse/data/places.LICENSE.
GeoNames' country of a place is reported as it stands there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from worker.model import Place
from worker.parse.places.areas import Area, Areas, load_areas
from worker.parse.places.fold import fold_name
from worker.parse.places.table import PlaceTable, TableRow, load_table

__all__ = ["Gazetteer", "country_of", "is_area", "is_place", "prominence", "resolve"]

NOWHERE = "--"
"""The country code of rows that are names in datelines but no place: the seat of the UN."""

_REGION_FACTOR = 1000.0
_COUNTRY_FACTOR = 200.0
_HINT_FACTOR = 20.0
"""What a printed region, a printed country and a country named elsewhere in the text weigh against
population. Chosen so that a qualifier beats any population ratio met in practice and a hint beats
an ordinary one."""


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Places by name. Nothing changes after loading: processes and threads share it."""

    table: PlaceTable
    areas: Areas

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def resolve(
        self, name: str, qualifiers: tuple[str, ...] = (), hints: tuple[str, ...] = ()
    ) -> Place | None:
        """The likeliest place of that name, None where the name is not known or is no place."""
        rows = self._rows(name)
        if any(row.iso == NOWHERE for row in rows):
            return None
        wanted = [area for word in qualifiers for area in self._areas(word)]
        region = ", ".join(qualifiers) or None
        scored = [(_score(row, wanted, hints), row) for row in rows]
        if wanted:
            scored = [pair for pair in scored if _inside(pair[1], wanted)]
            if not scored:
                return Place(name=name, region=region, iso=wanted[0].iso, confidence=0.5)
        if not scored:
            return None
        best_score, best = max(scored, key=lambda pair: pair[0])
        total = sum(score for score, row in scored if row is best or not _is_same(row, best))
        return Place(
            name=name,
            region=region,
            iso=best.iso,
            geonames_id=best.geonames_id or None,
            lat=best.lat,
            lon=best.lon,
            confidence=round(best_score / total, 3),
        )

    def is_place(self, name: str) -> bool:
        """True when the name is in the table, the names that are no place included."""
        return bool(self._rows(name))

    def prominence(self, name: str) -> float:
        """The weighted population of the greatest town of that name, 0 for what is no town."""
        rows = (row for row in self._rows(name) if row.lat is not None)
        return max((row.weight for row in rows), default=0.0)

    @lru_cache(maxsize=8192)  # noqa: B019  # one Gazetteer lives as long as its process
    def _rows(self, name: str) -> tuple[TableRow, ...]:
        for folded in _spellings(name):
            if rows := tuple(self.table.find(folded)):
                return rows
        return ()

    def _areas(self, qualifier: str) -> tuple[Area, ...]:
        """What a qualifier means; a town's name stands for the part of the country round it."""
        if known := self.areas.of_qualifier(qualifier):
            return known
        towns = [row for row in self._rows(qualifier) if row.iso != NOWHERE]
        if not towns:
            return ()
        town = max(towns, key=lambda row: row.weight)
        return (Area(town.iso, town.admin1),)


def _spellings(name: str) -> tuple[str, ...]:
    folded = fold_name(name)
    bare = folded.removeprefix("the ")
    return (folded,) if bare == folded else (folded, bare)


def _is_same(row: TableRow, best: TableRow) -> bool:
    """True for a country and its capital, a region and its seat, a borough and its town."""
    if row.iso != best.iso:
        return False
    if row.lat is None or best.lat is None or row.lon is None or best.lon is None:
        return True
    return abs(row.lat - best.lat) < 0.5 and abs(row.lon - best.lon) < 0.5


_PARENT = {"HK": "CN", "MO": "CN", "PR": "US", "GU": "US", "GI": "GB", "BM": "GB", "GL": "DK"}
"""Territories with a code of their own that are printed with their state's name beside them."""


def _inside(row: TableRow, wanted: Sequence[Area]) -> bool:
    return any(area.iso in (row.iso, _PARENT.get(row.iso)) for area in wanted)


def _score(row: TableRow, wanted: Sequence[Area], hints: Sequence[str]) -> float:
    score = row.weight + 1.0
    if any((row.iso, row.admin1) == (area.iso, area.admin1) for area in wanted):
        score *= _REGION_FACTOR
    if any(row.iso == area.iso and not area.admin1 for area in wanted):
        score *= _COUNTRY_FACTOR
    return score * _HINT_FACTOR if row.iso in hints else score


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer(load_table(), load_areas())


def resolve(
    name: str, *, qualifiers: Sequence[str] = (), hints: Sequence[str] = ()
) -> Place | None:
    """The likeliest place of that name, None where the name is not known or is no place.

    Args:
        name: As written, in any case.
        qualifiers: What is printed beside the name: "Fla.", "Leningrad Region", "Ukraine".
        hints: ISO codes of countries that the document names.

    >>> resolve("ST. PETERSBURG").iso, resolve("ST. PETERSBURG", qualifiers=["Fla."]).iso
    ('RU', 'US')
    >>> resolve("UNITED NATIONS") is None
    True
    """
    return _gazetteer().resolve(name, tuple(qualifiers), tuple(hints))


def country_of(name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's name, usual alias or demonym, None for others.

    >>> country_of("Russia"), country_of("the US"), country_of("British"), country_of("us")
    ('RU', 'US', 'GB', None)
    """
    return _gazetteer().areas.country(name)


def is_place(name: str) -> bool:
    """True when the place table holds the name."""
    return _gazetteer().is_place(name)


def is_area(name: str) -> bool:
    """True when the name, as printed beside a place, is a country or a part of one."""
    return bool(_gazetteer().areas.of_qualifier(name))


def prominence(name: str) -> float:
    """The weighted population of the greatest town of that name, 0 for what is no town."""
    return _gazetteer().prominence(name)
