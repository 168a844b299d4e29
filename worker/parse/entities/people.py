"""People of an item: the full name behind each form of it, namesakes, and the gender of names."""

import re
from collections.abc import Iterable, Sequence

from worker.parse.entities.lexicon import Lexicon
from worker.parse.entity_registry import Gender

__all__ = ["choose_namesake", "find_namesakes", "full_names", "gender_of_name"]

_LIMIT_NAMESAKES = 12
"""Full names with the same family name. More of them are a list, and choosing from it a guess."""

# Endings of family names and patronymics: `Petrova`, `Ivanovna`, `Zakharskaya`, `Jonsdottir`;
# `Petrov`, `Ivanovich`, `Zelenskyy`.
_FEMALE = re.compile(r"\w+(?:ova|eva|yova|ovna|evna|ichna|skaya|tskaya|naya|dottir)")
_MALE = re.compile(r"\w+(?:ov|ev|ovich|evich|ovych|skiy|sky|skyy)")


def full_names(names: Sequence[str]) -> dict[str, str]:
    """Return the fullest form of each name among `names`, which are in text order.

    >>> full_names(["Moe", "Anna Moe", "A. Moe"])
    {'Moe': 'Anna Moe', 'Anna Moe': 'Anna Moe', 'A. Moe': 'Anna Moe'}
    """
    distinct = dict.fromkeys(names)
    index = _NameIndex(distinct)
    return {name: index.fullest(name) for name in distinct}


class _NameIndex:
    """Full names by family, given and middle name, and by near misprints of the family name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.by_family: dict[str, list[str]] = {}
        self.by_given: dict[str, str] = {}
        self.by_middle: dict[str, str] = {}
        self._families: list[str] = []
        self._by_pattern: dict[str, set[str]] = {}
        for name in names:
            parts = name.split()
            if len(parts) < 2:
                continue
            family = parts[-1].casefold()
            # `Anna Moe-Lind` is also called `Lind`.
            for form in {family, family.partition("-")[2] or family}:
                namesakes = self.by_family.setdefault(form, [])
                if len(namesakes) < _LIMIT_NAMESAKES:
                    namesakes.append(name)
            self.by_given.setdefault(parts[0].casefold(), name)
            for middle in parts[1:-1]:
                self.by_middle.setdefault(middle.casefold(), name)
            self._families.append(family)

    def fullest(self, name: str) -> str:
        """Return the fullest name of the same person, `name` itself where no other fits."""
        parts = name.split()
        namesakes = self.by_family.get(parts[-1].casefold(), ())
        candidates = [full for full in namesakes if _may_be_one_person(name, full)]
        if candidates:
            return max(candidates, key=_written_out)
        if len(parts) > 1:
            return name
        # `Saddam`: some people are called by a given or a middle name.
        folded = name.casefold()
        inner = self.by_given.get(folded) or self.by_middle.get(folded)
        return inner or self._without_misprint(folded) or name

    def _without_misprint(self, name: str) -> str | None:
        """Return the full name of the only family name that differs from `name` in one letter."""
        if not self._by_pattern:
            self._index_patterns()
        near = {
            family
            for pattern in _misprint_patterns(name)
            for family in self._by_pattern.get(pattern, ())
        }
        return self.by_family[near.pop()][0] if len(near) == 1 else None

    def _index_patterns(self) -> None:
        """Index the family names by pattern, which few items need."""
        for family in self._families:
            for pattern in _misprint_patterns(family):
                self._by_pattern.setdefault(pattern, set()).add(family)


def _misprint_patterns(name: str) -> list[str]:
    """Return a long name with each letter after the first replaced by a blank, `m_rten` for Marten.

    Two names share a pattern if they differ in that letter alone. Short names are left out: Lind
    and Lund are two people.
    """
    if not 6 <= len(name) <= 24:
        return []
    return [f"{name[:at]}_{name[at + 1 :]}" for at in range(1, len(name))]


def _written_out(name: str) -> int:
    """Return how fully a name is written out; an initial counts a quarter of a word."""
    return sum(1 if part.rstrip(".").isalpha() and len(part) <= 2 else 4 for part in name.split())


def _may_be_one_person(name: str, full: str) -> bool:
    """True if two names with the same family name may be the same person's.

    `Moe` and `A. Moe` may be `Anna Moe`; `Ole Moe` is somebody else.
    """
    first = name.partition(" ")[0].casefold()
    other = full.partition(" ")[0].casefold()
    if " " not in name or first == other or full.casefold().endswith(f" {name.casefold()}"):
        return True
    return first[0] == other[0] and (len(first) == 2 or len(other) == 2) and "." in first + other


def find_namesakes(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the family names that several full names share, casefolded, each with those names.

    >>> find_namesakes(["Anna Moe", "Ole Moe", "Eva Lind"])
    {'moe': ['Anna Moe', 'Ole Moe']}
    """
    families: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        given, _, family = name.rpartition(" ")
        if given:
            namesakes = families.setdefault(family.casefold(), [])
            if len(namesakes) < _LIMIT_NAMESAKES:
                namesakes.append(name)
    return {family: namesakes for family, namesakes in families.items() if len(namesakes) > 1}


def choose_namesake(
    name: str, rivals: list[str], gender: Gender, preceding: Sequence[str], lexicon: Lexicon
) -> str:
    """Return the namesake that "Mr Moe" or "Mrs Moe" means.

    Args:
        name: The full name chosen so far, kept if its gender is right or no other is better.
        rivals: The full names with that family name.
        gender: The gender of the form of address.
        preceding: The canonical names of the mentions before, of which the last decides a tie.
        lexicon: The word lists.
    """
    genders = {rival: gender_of_name(rival, lexicon) for rival in rivals}
    if genders.get(name) is gender:
        return name
    possible = [rival for rival in rivals if genders[rival] in (gender, Gender.UNKNOWN)]
    candidates = [rival for rival in possible if genders[rival] is gender] or possible
    if len(candidates) == 1:
        return candidates[0]
    return next((other for other in reversed(preceding) if other in candidates), name)


def gender_of_name(name: str, lexicon: Lexicon) -> Gender:
    """Return the gender that a given name, a patronymic or the ending of a family name shows."""
    parts = name.split()
    for part in parts[:-1]:
        gender = lexicon.given.get(part, Gender.UNKNOWN)
        # `Anne-Marie`
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
