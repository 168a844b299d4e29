"""Countries, regions and towns by their Russian names: nominative, country, English name."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from worker.parse.languages.russian.head_words import head_forms
from worker.parse.languages.russian.nominatives import find_nominative, with_capitals
from worker.parse.languages.russian.organisations import worth_of_head
from worker.parse.languages.russian.tables import table_rows
from worker.parse.languages.russian.word_forms import fold_yo
from worker.parse.places import is_place, prominence, resolve

__all__ = [
    "canonical_country",
    "country_code",
    "english_area",
    "english_name",
    "nominative_of_place",
    "place_country",
]

_COUNTRY = 3.0
_REGION = 2.5
_LARGEST_TOWN = 2.5
_TOWN = 1.2
_UNKNOWN_SIZE = 0.8
_PRINTED_ELSEWHERE = 1.0
_SHORTEST_PLACE = 2


class _Area(NamedTuple):
    """A country or a region: its nominative as it is spelt, its country, its English name."""

    name: str
    iso: str | None
    english: str
    is_country: bool


@cache
def _english_countries() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for iso, spellings, *_ in table_rows("norp_countries.tsv"):
        # Peoples of a country have rows behind its own.
        names.setdefault(iso, spellings.split("|")[0])
    return names


@cache
def _areas() -> Mapping[str, _Area]:
    """Return the countries and regions, by folded name."""
    areas: dict[str, _Area] = {}
    for iso, _, names in table_rows("places-regions.tsv"):
        spellings = names.split("|")
        for name in spellings:
            if name[0] > "\u0400":
                areas[fold_yo(name)] = _Area(name, iso, spellings[0], is_country=False)
    for iso, pairs in table_rows("regions-ru.tsv"):
        for pair in pairs.split("|"):
            name, english = pair.split("=")
            areas[fold_yo(name)] = _Area(name, iso if iso != "-" else None, english, iso == "SU")
    for iso, names, *_ in table_rows("countries-ru.tsv"):
        english = _english_countries().get(iso, "")
        for name in names.split(";"):
            areas[fold_yo(name)] = _Area(name, iso, english, is_country=True)
    return areas


@lru_cache(maxsize=2048)
def _worth_of_name(nominative: str) -> float:
    """Return how well a nominative is known as a place: the greater the place, the better."""
    area = _areas().get(nominative)
    if area:
        return _COUNTRY if area.is_country else _REGION
    if len(nominative) < _SHORTEST_PLACE or not is_place(nominative):
        return 0.0
    people = prominence(nominative)
    size = min(1.0, people / 500_000) if people else 0.0
    return max(_UNKNOWN_SIZE, _TOWN + (_LARGEST_TOWN - _TOWN) * size)


def _worth(nominative: str) -> float:
    return max(_worth_of_name(nominative), worth_of_head(nominative))


@lru_cache(maxsize=2048)
def nominative_of_place(name: str, *, cases: str = "") -> str:
    """Return the name of a place in the nominative.

    Args:
        name: As printed, in any case.
        cases: The cases that the word before the name asks for.

    >>> nominative_of_place("Саудовской Аравии"), nominative_of_place("Туле")
    ('Саудовская Аравия', 'Тула')
    >>> nominative_of_place("Великих Луках"), nominative_of_place("Ростове-на-Дону")
    ('Великие Луки', 'Ростов-на-Дону')
    """
    if fold_yo(name) in _areas():
        return name
    if " и " in name:
        # `Боснии и Герцеговины`
        first, _, second = name.partition(" и ")
        first = nominative_of_place(first)
        for form in head_forms(fold_yo(second)):
            if f"{fold_yo(first)} и {form.nominative}" in _areas():
                return f"{first} и {with_capitals(form.nominative, second)}"
    return find_nominative(name, _worth, cases=cases, whole=_worth_of_name)


def place_country(name: str, hints: Sequence[str] = ()) -> str | None:
    """Return the country of a place by its nominative, None if it is unknown.

    Args:
        name: The nominative.
        hints: Countries that the item names, which decide among places of one name.

    >>> place_country("Тулунский район"), place_country("Рига"), place_country("Миссури")
    (None, 'LV', 'US')
    """
    area = _areas().get(fold_yo(name))
    if area:
        return area.iso if area.iso != "SU" else None
    place = resolve(name, hints=tuple(hints))
    return place.iso if place else None


def country_code(name: str) -> str | None:
    """Return the code of a country by its nominative, None for other places.

    >>> country_code("ФРГ"), country_code("Бавария")
    ('DE', None)
    """
    area = _areas().get(fold_yo(name))
    return area.iso if area and area.is_country else None


def english_area(name: str) -> str | None:
    """Return the English name of a country or a region of the tables, None for all others."""
    area = _areas().get(fold_yo(name))
    return area.english or None if area else None


@cache
def _first_names() -> Mapping[str, str]:
    return {iso: names.split(";")[0] for iso, names, *_ in table_rows("countries-ru.tsv")}


def canonical_country(name: str) -> str | None:
    """Return the usual name of a country, None for other places.

    >>> canonical_country("РФ"), canonical_country("Соединенные Штаты")
    ('Россия', 'США')
    """
    return _first_names().get(country_code(name) or "")


def english_name(name: str) -> str | None:
    """Return the English name of a country, a region or a great city by its Russian nominative.

    >>> english_name("Южная Корея"), english_name("Тверская область"), english_name("Пекин")
    ('South Korea', 'Tver Region', 'Beijing')
    """
    area = _areas().get(fold_yo(name))
    if area:
        return area.english or None
    return _english_towns().get(fold_yo(name))


@cache
def _english_towns() -> Mapping[str, str]:
    return {
        fold_yo(name): english
        for english, names in table_rows("towns-ru.tsv")
        for name in names.split("|")
    }
