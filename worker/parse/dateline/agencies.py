"""Agencies in credits: `(AP)`, `/Corr. TASS Ivan Moe/`, `(tca/dpa)`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from worker.parse.places import is_place

__all__ = ["Credit", "bare_credit", "opens_credit", "read_credit"]


@dataclass(frozen=True, slots=True)
class Credit:
    """The agency that a dateline credits.

    `agency` is its canonical name if the lexicon holds it (`known`), else the words as printed.
    """

    agency: str
    known: bool
    correspondent: str | None = None


_PARTS = re.compile(r"\s*/\s*|\s+-\s+|\s*&\s*")
"""The joints of a shared credit: `tca/dpa`, `AP - dpa`, `AFP & dpa`."""
_WORDS = re.compile(r"[^\s,;]+")

_NO_CREDIT = re.compile(
    r"\b(?:photos?|file|pool|handout|video|images?|getty|pictures?|courtesy|reporting|editing|via|LEAD|ATTN"
    r"|adds|corrects|updates|rewrites|recasts|repeats|writes|with|in|фото|архив)\b",
    re.IGNORECASE,
)
"""Words of picture credits, sign-offs and advisories, which also stand in brackets."""

_CREDIT_WORD = re.compile(
    r"[^\W\d_a-zа-я][\w.'’&!+/-]*|\d{1,2}|\w+\.(?:com|ru|net|org)|of|the|de|del|la|for|and|y|и|di"
)
"""A word of an unlisted credit: `Herald`, the 24 of `France 24`, `lenta.ru`, `of`."""

_PARTY = re.compile(r"[DRI]-[A-Z][\w. ]+")
"""`(D-Ohio)`: a senator's party and state, which look like a credit."""

_AND_NAME = re.compile(r"(?P<agency>[^,]+),\s+(?P<name>[^\W\d_]+(?:[ ][^\W\d_][\w.’'-]*){1,3})")
"""`RIA Novosti, Ivan Moe`."""

_TITLES = frozenset({"corr", "correspondent", "корр", "корреспондент", "спецкорр", "спецкор"})

_LONGEST_CREDIT = 60
"""Code points. Longer words in brackets are a note."""
_MOST_WORDS = 7
"""Words of an unlisted credit: `News Agency of the Republic of Norland`."""


@cache
def _spellings() -> Mapping[str, str]:
    file = resources.files("worker.parse") / "data" / "agencies.tsv"
    names: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            canonical, _, spellings = line.partition("\t")
            for spelling in (canonical, *filter(None, spellings.split("|"))):
                names[spelling] = canonical
    return names


@cache
def _lexicon() -> Mapping[str, str]:
    return {_fold(spelling): canonical for spelling, canonical in _spellings().items()}


@cache
def _in_running_text() -> Mapping[str, str]:
    """Return the agencies by the spellings that may stand without brackets.

    These are the lexicon's and the same in capitals: "Pa." is a state, not the Press Association.
    """
    capitals = {name.upper(): agency for name, agency in _spellings().items()}
    return {**capitals, **_spellings()}


@cache
def _openings() -> frozenset[str]:
    """Return the first words of all spellings, by which most lines are left at once."""
    return frozenset(name.partition(" ")[0].rstrip(".,") for name in _in_running_text())


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split()).strip(" .,")


@lru_cache(maxsize=2048)
def read_credit(inside: str) -> Credit | None:
    """Return the agency that the words inside brackets or slashes credit, None if they credit none.

    >>> read_credit("tca/dpa").agency, read_credit("PARIS AFP").agency
    ('dpa', 'AFP')
    >>> read_credit("AP Photo/J. Moe") is None
    True
    """
    inside = " ".join(inside.split())
    if not 1 < len(inside) <= _LONGEST_CREDIT:
        return None
    if agency := _lexicon().get(_fold(inside)):
        return Credit(agency, known=True)
    if _NO_CREDIT.search(inside) or _PARTY.fullmatch(inside):
        return None
    if credit := _joint(inside) or _with_correspondent(inside) or _with_bureau(inside):
        return credit
    return Credit(inside, known=False) if _looks_like_credit(inside) else None


def _looks_like_credit(inside: str) -> bool:
    """True for words that may name an unlisted agency: `EL CORREO`, `lenta.ru`; not `he said`."""
    if inside[0].isdigit() or (inside[0].islower() and "." not in inside):
        return False
    words = _WORDS.findall(inside)
    return len(words) <= _MOST_WORDS and all(_CREDIT_WORD.fullmatch(word) for word in words)


def bare_credit(words: str) -> Credit | None:
    """Return the agency of a credit without brackets, which must be spelt as in the lexicon."""
    agency = _in_running_text().get(words.rstrip(".,"))
    return Credit(agency, known=True) if agency else None


def opens_credit(words: str) -> bool:
    """False if no spelling that `bare_credit` knows begins with the first of the words."""
    return words.partition(" ")[0].rstrip(".,") in _openings()


def _joint(inside: str) -> Credit | None:
    """Return the last known agency of a shared or relayed credit ("tca/dpa", "NNN-XINHUA")."""
    parts = _PARTS.split(inside)
    if len(parts) == 1:
        parts = inside.split("-")
    if len(parts) == 1 or not all(parts):
        return None
    agencies = [name for part in parts if (name := _lexicon().get(_fold(part)))]
    return Credit(agencies[-1], known=True) if agencies else None


def _with_correspondent(inside: str) -> Credit | None:
    """Return a credit with its correspondent: "Corr. TASS Ivan Moe", "RIA Novosti, Ivan Moe"."""
    signed = _AND_NAME.fullmatch(inside)
    if signed and (agency := _lexicon().get(_fold(signed["agency"]))):
        return Credit(agency, known=True, correspondent=signed["name"])
    words = inside.split()
    titles = [word.casefold().rstrip(".,") in _TITLES for word in words[:4]]
    if not any(titles[:2]):
        return None
    for at, word in enumerate(words[:3]):
        if agency := _lexicon().get(_fold(word)):
            # `TASS correspondent Ivan Moe`: the title may stand on either side of the agency.
            after = at + 1 + sum(titles[at + 1 :])
            return Credit(agency, known=True, correspondent=" ".join(words[after:]) or None)
    return None


def _with_bureau(inside: str) -> Credit | None:
    """Return a credit with a bureau in front ("HAMBURG DPA") or a service behind ("AFP Sport")."""
    first, _, rest = inside.partition(" ")
    if rest and len(rest.split()) <= 2 and (agency := _lexicon().get(_fold(first))):
        return Credit(agency, known=True)
    bureau, _, last = inside.rpartition(" ")
    if bureau and (agency := _lexicon().get(_fold(last))) and is_place(bureau):
        return Credit(agency, known=True)
    return None
