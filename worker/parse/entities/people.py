"""Persons of one item: which mentions are one person, the full name, the gender it shows."""

import re
from collections.abc import Iterable, Sequence

from worker.parse.entities.lexicon import Lexicon
from worker.parse.entity_registry import Gender

__all__ = ["choose_namesake", "find_namesakes", "full_names", "gender_of_name"]

_LIMIT_NAMESAKES = 12
"""More full names with one family name than that are a list, and choosing among them a guess."""

_FEMALE = re.compile(r"\w+(?:ova|eva|yova|ovna|evna|ichna|skaya|tskaya|naya|dottir)")
_MALE = re.compile(r"\w+(?:ov|ev|ovich|evich|ovych|skiy|sky|skyy)")


def full_names(names: list[str]) -> dict[str, str]:
    """The fullest form of each name among `names` (in text order).

    >>> full_names(["Moe", "Anna Moe", "A. Moe"])
    {'Moe': 'Anna Moe', 'Anna Moe': 'Anna Moe', 'A. Moe': 'Anna Moe'}
    """
    distinct = dict.fromkeys(names)
    index = _NameIndex(distinct)
    return {name: index.fullest(name) for name in distinct}


class _NameIndex:
    """The names of two words and more, by family name, by given name and by near misprints."""

    def __init__(self, names: Iterable[str]) -> None:
        self.by_family: dict[str, list[str]] = {}
        self.by_given: dict[str, str] = {}
        self.by_middle: dict[str, str] = {}
        self.by_blank: dict[str, set[str]] = {}
        for name in names:
            parts = name.split()
            if len(parts) < 2:
                continue
            family = parts[-1].casefold()
            for form in {family, family.partition("-")[2] or family}:
                known = self.by_family.setdefault(form, [])
                if len(known) < _LIMIT_NAMESAKES:
                    known.append(name)
            self.by_given.setdefault(parts[0].casefold(), name)
            for middle in parts[1:-1]:
                self.by_middle.setdefault(middle.casefold(), name)
            for blank in _blanks(family):
                self.by_blank.setdefault(blank, set()).add(family)

    def fullest(self, name: str) -> str:
        parts = name.split()
        namesakes = self.by_family.get(parts[-1].casefold(), ())
        rivals = [full for full in namesakes if _agree(name, full)]
        if rivals:
            return max(rivals, key=_weight)
        if len(parts) > 1:
            return name
        folded = name.casefold()
        inner = self.by_given.get(folded) or self.by_middle.get(folded)
        return inner or self._misprint(folded) or name

    def _misprint(self, name: str) -> str | None:
        """The full name of the only family name that differs from `name` in one letter."""
        near = {family for blank in _blanks(name) for family in self.by_blank.get(blank, ())}
        return self.by_family[near.pop()][0] if len(near) == 1 else None


def _blanks(name: str) -> list[str]:
    """A long name with one letter after the first left out, in every way."""
    if not 6 <= len(name) <= 24:
        return []
    return [f"{name[:at]}_{name[at + 1 :]}" for at in range(1, len(name))]


def _weight(name: str) -> int:
    """How much of a name is written out; initials count for little."""
    return sum(1 if part.rstrip(".").isalpha() and len(part) <= 2 else 4 for part in name.split())


def _agree(name: str, full: str) -> bool:
    """True when both may be one person: the same family name, no given name against another."""
    first = name.partition(" ")[0].casefold()
    other = full.partition(" ")[0].casefold()
    if " " not in name or first == other or full.casefold().endswith(f" {name.casefold()}"):
        return True
    return first[0] == other[0] and (len(first) == 2 or len(other) == 2) and "." in first + other


def find_namesakes(names: Iterable[str]) -> dict[str, list[str]]:
    """The family names, casefolded, that several of the full names have, each with those.

    >>> find_namesakes(["Anna Moe", "Ole Moe", "Eva Lind"])
    {'moe': ['Anna Moe', 'Ole Moe']}
    """
    families: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        given, _, family = name.rpartition(" ")
        if given:
            known = families.setdefault(family.casefold(), [])
            if len(known) < _LIMIT_NAMESAKES:
                known.append(name)
    return {family: known for family, known in families.items() if len(known) > 1}


def choose_namesake(
    name: str, rivals: list[str], gender: Gender, before: Sequence[str], lexicon: Lexicon
) -> str:
    """Whom "Mr Moe" or "Mrs Moe" is among namesakes, by the names that stand `before` it.

    `name` itself where that shows the gender; else one that does, else, of those whose gender
    nothing shows, the one named last.
    """
    genders = {name: gender_of_name(name, lexicon) for name in rivals}
    fitting = [name for name in rivals if genders[name] in (gender, Gender.UNKNOWN)]
    sure = [name for name in fitting if genders[name] is gender] or fitting
    if genders.get(name) is gender:
        return name
    if len(sure) == 1:
        return sure[0]
    return next((one for one in reversed(before) if one in sure), name)


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
