"""Agencies in credits: `(AP)`, `/Corr. TASS Ivan Moe/`, `(tca/dpa)`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources

from worker.parse.places import is_place

__all__ = [
    "Credit",
    "agency_in",
    "agency_spellings",
    "bare_credit",
    "known_agencies",
    "opens_credit",
    "read_credit",
    "read_source",
]


@dataclass(frozen=True, slots=True)
class Credit:
    """The agency that a dateline credits.

    `agency` is its canonical name if the lexicon holds it (`known`), else the words as printed. A
    joint or regional service keeps its printed name, and has the house whose style it follows:
    `Interfax-Baltic` that of `Interfax`. `printed` has the words as they stand in the line.
    """

    agency: str
    known: bool
    correspondent: str | None = None
    house: str = ""
    printed: str = field(default="", compare=False)

    @property
    def style_house(self) -> str:
        """The agency in whose style the line is printed."""
        return self.house or self.agency


_PARTS = re.compile(r"\s*/\s*|\s+-\s+|\s*&\s*")
"""The joints of a shared credit: `tca/dpa`, `AP - dpa`, `AFP & dpa`."""
_WORDS = re.compile(r"[^\s,;]+")

_NO_CREDIT = re.compile(
    r"\b(?:photos?|file|pool|handout|video|images?|getty|pictures?|courtesy|reporting|editing|via|LEAD|ATTN"
    r"|adds|corrects|updates|rewrites|recasts|repeats|writes|with|in|фото|архив)\b",
    re.IGNORECASE,
)
"""Words of picture credits, sign-offs and advisories, which also stand in brackets."""

_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
"""`VIENNA, 5 May (Tuesday) -`: a day, while `(Sunday Times)` is a paper."""

_CREDIT_WORD = re.compile(
    r"[^\W\d_a-zа-я][\w.'’&!+/-]*|\d{1,2}|\w+\.(?:com|ru|net|org)|of|the|de|del|la|for|and|y|и|di"
)
"""A word of an unlisted credit: `Herald`, the 24 of `France 24`, `lenta.ru`, `of`."""

_PARTY = re.compile(r"[DRI]-[A-Z][\w. ]+")
"""`(D-Ohio)`: a senator's party and state, which look like a credit."""

_AND_NAME = re.compile(r"(?P<agency>[^,]+),\s+(?P<name>[^\W\d_]+(?:[ ][^\W\d_][\w.’'-]*){1,3})")
"""`RIA Novosti, Ivan Moe`."""

_RELAYS = frozenset({"NNN"})

_TITLES = frozenset({"corr", "correspondent", "корр", "корреспондент", "спецкорр", "спецкор"})

_GLUED_TITLE = re.compile(r"(?<=\bкорр\.)(?=[^\W\d_])", re.IGNORECASE)
"""`/Корр.ТАСС Анна Моева/`: the place of the space that is lost."""

_LONGEST_CREDIT = 60
"""Code points. Longer words in brackets are a note."""
_MOST_WORDS = 7
"""Words of an unlisted credit: `News Agency of the Republic of Norland`."""


@cache
def _rows() -> Mapping[str, str]:
    """Return the canonical names of the file by every spelling, `CNS@CN` included."""
    file = resources.files("worker.parse") / "data" / "agencies.tsv"
    names: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            canonical, _, spellings = line.partition("\t")
            for spelling in (canonical, *filter(None, spellings.split("|"))):
                names[spelling] = canonical
    return names


@cache
def known_agencies() -> frozenset[str]:
    """Return the canonical names of all agencies of the lexicon."""
    return frozenset(_rows().values())


def agency_spellings(agency: str) -> frozenset[str]:
    """Return an agency's canonical name and, if the lexicon holds it, its other spellings."""
    return frozenset({agency, *[name for name, house in _spellings().items() if house == agency]})


@cache
def _spellings() -> Mapping[str, str]:
    return {spelling: agency for spelling, agency in _rows().items() if "@" not in spelling}


def agency_in(credit: Credit, iso: str | None) -> str:
    """Return the agency of a credit in a country: CNS is another house in Beijing than in Rome."""
    return _rows().get(f"{credit.printed}@{iso}", credit.agency)


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
    credit = _read_credit(inside) if 1 < len(inside) <= _LONGEST_CREDIT else None
    return replace(credit, printed=inside) if credit else None


def _read_credit(inside: str) -> Credit | None:
    if agency := _lexicon().get(_fold(inside)):
        return Credit(agency, known=True)
    if _is_other_note(inside):
        return None
    if credit := _joint(inside) or _with_correspondent(inside) or _with_bureau(inside):
        return credit
    return Credit(inside, known=False) if _looks_like_credit(inside) else None


def read_source(inside: str) -> Credit | None:
    """Return an unlisted source behind a place and date: `VIENNA, 5 May (Council press service) -`.

    Such a source may have words in small letters. `(the day of the vote)` and `(Tuesday)` are none.
    """
    inside = " ".join(inside.split())
    words = _WORDS.findall(inside)
    is_source = 0 < len(words) <= _MOST_WORDS and inside[0].isupper() and words[0].isalpha()
    if not is_source or len(inside) > _LONGEST_CREDIT or _is_other_note(inside):
        return None
    return Credit(inside, known=False, printed=inside)


def _is_other_note(inside: str) -> bool:
    """True for picture credits, advisories, a senator's party or a weekday."""
    is_whole = _PARTY.fullmatch(inside) or _WEEKDAY.fullmatch(inside)
    return bool(is_whole or _NO_CREDIT.search(inside))


def _looks_like_credit(inside: str) -> bool:
    """True for words that may name an unlisted agency: `EL CORREO`, `lenta.ru`; not `he said`."""
    if inside[0].isdigit() or (inside[0].islower() and "." not in inside):
        return False
    words = _WORDS.findall(inside)
    return len(words) <= _MOST_WORDS and all(_CREDIT_WORD.fullmatch(word) for word in words)


def bare_credit(words: str) -> Credit | None:
    """Return the agency of a credit without brackets, which must be spelt as in the lexicon."""
    agency = _in_running_text().get(words.rstrip(".,"))
    return Credit(agency, known=True, printed=words) if agency else None


def opens_credit(words: str) -> bool:
    """False if no spelling that `bare_credit` knows begins with the first of the words."""
    return words.partition(" ")[0].rstrip(".,") in _openings()


def _joint(inside: str) -> Credit | None:
    """Return the credit of agencies joined by a mark: the last for `tca/dpa`, which relays dpa.

    A hyphen joins the names of one service: `ANSA-EFE`, `Interfax-Baltic` keep them. `NNN-XINHUA`
    is a relay again, as NNN has no copy of its own.
    """
    parts = _PARTS.split(inside)
    is_hyphenated = len(parts) == 1
    if is_hyphenated:
        parts = inside.split("-")
    if len(parts) == 1 or not all(parts):
        return None
    agencies = [_lexicon().get(_fold(part)) for part in parts]
    known = [agency for agency in agencies if agency]
    if is_hyphenated and agencies[0] and agencies[0] not in _RELAYS:
        return Credit(inside, known=True, house=known[-1])
    return Credit(known[-1], known=True) if known else None


def _with_correspondent(inside: str) -> Credit | None:
    """Return a credit with its correspondent: "Corr. TASS Ivan Moe", "RIA Novosti, Ivan Moe"."""
    signed = _AND_NAME.fullmatch(inside)
    if signed and (agency := _lexicon().get(_fold(signed["agency"]))):
        return Credit(agency, known=True, correspondent=signed["name"])
    words = _GLUED_TITLE.sub(" ", inside).split()
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
