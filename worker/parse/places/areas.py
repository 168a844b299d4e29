"""Countries and their parts by name: what a demonym or a printed qualifier speaks of."""

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
"""Words that say what kind of part it is: "Leningrad Region" and "Leningrad Oblast" are one."""


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or one of its first-order parts where `admin1` (GeoNames' code) is not empty."""

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
"""Cities that are a part of the country by themselves, with the part round them."""


_SHARED_NAMES = {"congo": ("CD", "CG"), "korea": ("KR", "KP")}
"""Countries that share a name beside a town; the first is what AP means by it."""


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """`countries` and `demonyms` by folded name, `regions` by folded name, in full and by stem."""

    countries: Mapping[str, str] = field(default_factory=dict)
    demonyms: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)
    stems: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)

    def country(self, name: str) -> str | None:
        """The code of a country's name, alias or demonym; short names count in capitals only."""
        if len(name) > LONGEST_NAME:
            return None
        folded = fold_name(name)
        if len(folded) <= 3 and not name.replace(".", "").isupper():
            return None
        return self.countries.get(folded) or self.demonyms.get(folded)

    def of_qualifier(self, qualifier: str) -> tuple[Area, ...]:
        """The areas that a printed qualifier may mean: "Fla.", "Leningrad Region", "Georgia"."""
        if len(qualifier) > LONGEST_NAME:
            return ()
        folded = fold_name(qualifier)
        country = self.countries.get(folded)
        codes = _SHARED_NAMES.get(folded) or ((country,) if country else ())
        named = tuple(Area(iso) for iso in codes)
        return named + (self.regions.get(folded) or self.stems.get(stem(folded), ()))


def stem(folded: str) -> str:
    """A folded region's name without the word for its kind.

    >>> stem("leningrad region")
    'leningrad'
    """
    return " ".join(_KIND.sub(" ", folded).split())


def read_lexicon_rows(name: str) -> Iterator[list[tuple[str, ...]]]:
    """The rows of a lexicon under worker/parse/data, each cell split at `|`."""
    file = resources.files("worker.parse") / "data" / name
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [tuple(filter(None, cell.split("|"))) for cell in line.split("\t")]


def load_areas() -> AreaIndex:
    """The countries and regions that ship with the package."""
    countries: dict[str, str] = {}
    demonyms: dict[str, str] = {}
    for (iso,), names, called in read_lexicon_rows("places-countries.tsv"):
        countries.update((folded, iso) for name in names for folded in _with_and_without_the(name))
        demonyms.update((fold_name(name), iso) for name in called)
    regions: dict[str, tuple[Area, ...]] = {}
    stems: dict[str, tuple[Area, ...]] = {}
    for (iso,), (admin1,), names in read_lexicon_rows("places-regions.tsv"):
        area = Area(iso, admin1)
        for name in names:
            folded = fold_name(name)
            regions[folded] = (*regions.get(folded, ()), area)
            if area not in stems.get(stem(folded), ()):
                stems[stem(folded)] = (*stems.get(stem(folded), ()), area)
    return AreaIndex(countries, demonyms, regions, stems)


def _with_and_without_the(name: str) -> tuple[str, ...]:
    folded = fold_name(name).removeprefix("the ")
    return (folded, f"the {folded}")
