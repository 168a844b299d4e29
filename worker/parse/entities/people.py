"""Persons of one item: which mentions are one person, the full name, the gender it shows."""

import re
from collections import Counter

from worker.parse.entities.lexicon import Lexicon
from worker.parse.registry import Gender

__all__ = ["full_names", "gender_of_name"]

_FEMALE = re.compile(r"\w+(?:ova|eva|yova|ovna|evna|ichna|skaya|tskaya|naya|dottir)")
_MALE = re.compile(r"\w+(?:ov|ev|ovich|evich|ovych|skiy|sky|skyy)")


def full_names(names: list[str]) -> dict[str, str]:
    """The fullest form of each name among `names` (in text order).

    >>> full_names(["Moe", "Anna Moe", "A. Moe"])
    {'Moe': 'Anna Moe', 'Anna Moe': 'Anna Moe', 'A. Moe': 'Anna Moe'}
    """
    counts = Counter(names)
    by_family: dict[str, list[str]] = {}
    for name in counts:
        parts = name.split()
        if len(parts) > 1:
            by_family.setdefault(parts[-1].casefold(), []).append(name)
    by_given: dict[str, list[str]] = {}
    for family in by_family.values():
        for name in family:
            by_given.setdefault(name.partition(" ")[0].casefold(), []).append(name)
    return {name: _fullest(name, by_family, by_given) for name in counts}


def _fullest(name: str, by_family: dict[str, list[str]], by_given: dict[str, list[str]]) -> str:
    parts = name.split()
    rivals = [full for full in by_family.get(parts[-1].casefold(), ()) if _agree(name, full)]
    if rivals:
        return max(rivals, key=_weight)
    if len(parts) > 1:
        return name
    if not rivals:
        inside = [
            full
            for family in by_family.values()
            for full in family
            if full.casefold().endswith(" " + name.casefold())
        ]
        rivals = inside or by_given.get(name.casefold(), [])
    if len(rivals) > 0:
        return rivals[0]
    return _likely_misprint(name, by_family) or name


def _weight(name: str) -> int:
    """How much of a name is written out; initials count for little."""
    return sum(1 if part.rstrip(".").isalpha() and len(part) <= 2 else 4 for part in name.split())


def _agree(name: str, full: str) -> bool:
    """True when both may be one person: the same family name, no given name against another."""
    first = name.partition(" ")[0].casefold()
    other = full.partition(" ")[0].casefold()
    if " " not in name or first == other:
        return True
    return first[0] == other[0] and (len(first) == 2 or len(other) == 2) and "." in first + other


def _likely_misprint(name: str, by_family: dict[str, list[str]]) -> str | None:
    """The only full name whose family name differs in one letter from a long `name`."""
    wanted = name.casefold()
    if len(wanted) < 6:
        return None
    close = [family for family in by_family if _differ_by_one(wanted, family)]
    return by_family[close[0]][0] if len(close) == 1 else None


def _differ_by_one(one: str, other: str) -> bool:
    if len(one) != len(other) or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def gender_of_name(name: str, lexicon: Lexicon) -> Gender:
    """The gender that a given name, a patronymic or a family name's ending shows."""
    parts = name.split()
    for part in parts[:-1]:
        gender = lexicon.given.get(part, Gender.UNKNOWN)
        if gender is Gender.UNKNOWN and "-" in part:
            gender = lexicon.given.get(part.partition("-")[0], Gender.UNKNOWN)
        if gender is not Gender.UNKNOWN:
            return gender
    for part in parts[1:] or parts:
        if _FEMALE.fullmatch(part):
            return Gender.FEMALE
        if _MALE.fullmatch(part):
            return Gender.MALE
    return Gender.UNKNOWN
