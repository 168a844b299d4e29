"""Countries and their parts, by the names, demonyms and abbreviations that copy prints."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources

from worker.parse.places.fold import LONGEST_NAME, fold_name

__all__ = ["ENCLAVES", "Area", "AreaIndex", "load_areas", "read_lexicon_rows"]

_KIND = re.compile(
    r"\b(?:region|oblast|krai|kray|territory|republic|province|state|prefecture|district|county"
    r"|governorate|autonomous|area|область|край|республика|район)\b"
)
"""Nouns for parts of a country: "Leningrad Region" and "Leningrad Oblast" are the same part."""


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or a first-order part of it if `admin1` (GeoNames' code) is not empty."""

    iso: str
    admin1: str = ""


ENCLAVES = {
    Area("RU", "48"): Area("RU", "47"),  # Moscow, Moscow Region
    Area("RU", "66"): Area("RU", "42"),  # St. Petersburg, Leningrad Region
    Area("UA", "12"): Area("UA", "13"),  # Kyiv, Kyiv Region
    Area("UA", "20"): Area("UA", "11"),  # Sevastopol, Crimea
    Area("BY", "04"): Area("BY", "05"),  # Minsk, Minsk Region
    Area("AU", "01"): Area("AU", "02"),  # Canberra, New South Wales
}
"""Cities that are a first-order part by themselves, with the part that surrounds them."""

_SHARED_NAMES = {"congo": ("CD", "CG"), "korea": ("KR", "KP")}
"""Countries that share a name as it is printed beside a town, in AP's order of preference."""


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """Countries and regions by name.

    Attributes:
        countries: ISO codes by the folded name of a country.
        demonyms: ISO codes by the folded demonym.
        regions: Areas by the folded name of a region.
        stems: Areas by the folded name without the noun for its kind.
        spelt_out: Names of regions by their abbreviations with full stops: `N.C.`, `Calif.`
    """

    countries: Mapping[str, str] = field(default_factory=dict)
    demonyms: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)
    stems: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)
    spelt_out: Mapping[str, str] = field(default_factory=dict)

    def country(self, name: str) -> str | None:
        """Return the code of a country's name, alias or demonym; short ones count in capitals."""
        if len(name) > LONGEST_NAME:
            return None
        folded = fold_name(name)
        if len(folded) <= 3 and not name.replace(".", "").isupper():
            return None
        return self.countries.get(folded) or self.demonyms.get(folded)

    def of_qualifier(self, qualifier: str) -> tuple[Area, ...]:
        """Return the areas that a qualifier may mean: "Fla.", "Leningrad Region", "Georgia"."""
        if len(qualifier) > LONGEST_NAME:
            return ()
        folded = fold_name(qualifier)
        country = self.countries.get(folded)
        codes = _SHARED_NAMES.get(folded) or ((country,) if country else ())
        named = tuple(Area(iso) for iso in codes)
        return named + (self.regions.get(folded) or self.stems.get(stem(folded), ()))


def stem(folded: str) -> str:
    """Return the folded name of a region without the noun for its kind.

    >>> stem("leningrad region")
    'leningrad'
    """
    return " ".join(_KIND.sub(" ", folded).split())


def read_lexicon_rows(name: str) -> Iterator[list[tuple[str, ...]]]:
    """Yield the rows of a lexicon under worker/parse/data, each cell split at `|`."""
    file = resources.files("worker.parse") / "data" / name
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [tuple(filter(None, cell.split("|"))) for cell in line.split("\t")]


def load_areas() -> AreaIndex:
    """Return the countries and regions of the package's lexicons."""
    countries: dict[str, str] = {}
    demonyms: dict[str, str] = {}
    for (iso,), names, peoples in read_lexicon_rows("places-countries.tsv"):
        countries.update((folded, iso) for name in names for folded in _with_and_without_the(name))
        demonyms.update((fold_name(name), iso) for name in peoples)
    regions: dict[str, tuple[Area, ...]] = {}
    stems: dict[str, tuple[Area, ...]] = {}
    spelt_out: dict[str, str] = {}
    for (iso,), (admin1,), names in read_lexicon_rows("places-regions.tsv"):
        area = Area(iso, admin1)
        # Nobody calls Washington, D.C., by the name of its district.
        spelt_out |= {name: names[0] for name in names if name.endswith(".") and name != "D.C."}
        for name in names:
            folded = fold_name(name)
            regions[folded] = (*regions.get(folded, ()), area)
            if area not in stems.get(stem(folded), ()):
                stems[stem(folded)] = (*stems.get(stem(folded), ()), area)
    return AreaIndex(countries, demonyms, regions, stems, spelt_out)


def _with_and_without_the(name: str) -> tuple[str, ...]:
    folded = fold_name(name).removeprefix("the ")
    return (folded, f"the {folded}")
