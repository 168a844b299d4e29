"""The places of an item: one name for all mentions of a place, and the countries they lie in."""

import re
from collections import Counter
from collections.abc import Sequence

from worker.model import Dateline, EntityLabel
from worker.parse.languages.russian.peoples import find_people
from worker.parse.languages.russian.places import (
    canonical_country,
    country_code,
    english_area,
    place_country,
)
from worker.parse.languages.russian.roles import Named

__all__ = ["link_places"]

_DATELINE_WEIGHT = 3
"""Mentions that a country in the dateline counts for: an item is mostly about the place it was
filed from."""


def link_places(
    full: str, named: Sequence[Named], names: list[str], dateline: Dateline | None
) -> list[str | None]:
    """Return the country of each mention, and set in `names` one name for all those of a place.

    Args:
        full: The item's text.
        named: The mentions, in text order.
        names: Their names in the nominative.
        dateline: The dateline, None if the item has none.
    """
    _join_synonyms(named, names)
    codes: list[str | None] = [
        _own_country(name, words) for name, words in zip(named, names, strict=True)
    ]
    weights = Counter([code for code in codes if code])
    for place in dateline.places if dateline else ():
        if place.iso:
            weights[place.iso] += _DATELINE_WEIGHT
    hints = tuple(sorted(weights))
    known: dict[str, str | None] = {}
    for number in range(len(named) - 1, -1, -1):
        if named[number].label is not EntityLabel.GPE or codes[number]:
            continue
        own = known.get(names[number])
        own = own or _printed_country(full, named, codes, number, names[number])
        known[names[number]] = own
    for number, (name, words) in enumerate(zip(named, names, strict=True)):
        if name.label is EntityLabel.GPE and not codes[number]:
            codes[number] = known.get(words) or place_country(words, hints)
    home = _home(named, codes, dateline)
    return [
        code or (home if name.label is EntityLabel.GPE else None)
        for name, code in zip(named, codes, strict=True)
    ]


def _home(
    named: Sequence[Named], codes: Sequence[str | None], dateline: Dateline | None
) -> str | None:
    """Return the country of most places of an item, in which its unknown places are too."""
    places = Counter(
        [
            code
            for name, code in zip(named, codes, strict=True)
            if code and name.label is EntityLabel.GPE
        ]
    )
    for place in dateline.places if dateline else ():
        if place.iso:
            places[place.iso] += _DATELINE_WEIGHT
    return places.most_common(1)[0][0] if places else None


def _own_country(name: Named, words: str) -> str | None:
    """Return the country that a name shows by itself."""
    if name.label is EntityLabel.NORP:
        found = find_people(words)
        return found.iso if found else None
    if name.label is not EntityLabel.GPE:
        return None
    return country_code(words) or (place_country(words) if english_area(words) else None)


def _join_synonyms(named: Sequence[Named], names: list[str]) -> None:
    """`РФ` and `Россия`, `Канары` and `Канарские острова` are one place."""
    longest: dict[str, str] = {}
    printed = set(names)
    for name, words in zip(named, names, strict=True):
        english = english_area(words) if name.label in {EntityLabel.GPE, EntityLabel.LOC} else None
        if english and len(words) > len(longest.get(english, "")):
            longest[english] = words
    for number, name in enumerate(named):
        if name.label in {EntityLabel.GPE, EntityLabel.LOC}:
            english = english_area(names[number])
            if english:
                country = canonical_country(names[number])
                names[number] = country if country in printed else longest[english]


def _printed_country(
    full: str, named: Sequence[Named], codes: Sequence[str | None], number: int, words: str
) -> str | None:
    """Return the country of the region that is printed behind a town or before it.

    `Тулунском районе Иркутской области`, `Грин, штат Миссури`: it decides among places of a name.
    """
    for other in (number + 1, number - 1):
        if not 0 <= other < len(named) or named[other].label is not EntityLabel.GPE:
            continue
        first, second = sorted((number, other))
        gap = full[named[first].end : named[second].start]
        is_beside = gap == " " or re.fullmatch(r",? \(?(?:штат[а-я]* |в )?|, ", gap)
        code = codes[other]
        if code and is_beside and (place_country(words, (code,)) in {code, None}):
            return code
    return None
