"""Who a credit such as `(AP)`, `/Corr. TASS .../` or `(tca/dpa)` names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from worker.parse.places import is_place

__all__ = ["Credit", "bare_credit", "opens_credit", "read_credit"]


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency as named in a dateline; `known` where the lexicon holds it, else as written."""

    agency: str
    known: bool
    correspondent: str | None = None


_PARTS = re.compile(r"\s*/\s*|\s+-\s+|\s*&\s*")
_WORDS = re.compile(r"[^\s,;]+")

_NO_CREDIT = re.compile(
    r"\b(?:photos?|file|pool|handout|video|images?|getty|pictures?|courtesy|reporting|editing|via|LEAD|ATTN"
    r"|adds|corrects|updates|rewrites|recasts|repeats|writes|with|in|фото|архив)\b",
    re.IGNORECASE,
)
"""Words of picture credits, sign-offs and advisories, which stand in brackets as credits do."""

_CREDIT_WORD = re.compile(
    r"[^\W\d_a-zа-я][\w.'’&!+/-]*|\d{1,2}|\w+\.(?:com|ru|net|org)|of|the|de|del|la|for|and|y|и|di"
)
"""A word of a credit that the lexicon lacks: with a capital, a channel's number, a site, a
particle."""

_PARTY = re.compile(r"[DRI]-[A-Z][\w. ]+")
"""(D-Ohio), (R-Texas): a senator's party and state."""

_AND_NAME = re.compile(r"(?P<agency>[^,]+),\s+(?P<name>[^\W\d_]+(?:[ ][^\W\d_][\w.’'-]*){1,3})")
"""`RIA Novosti, Ivan Moe`."""

_TITLES = frozenset({"corr", "correspondent", "корр", "корреспондент", "спецкорр", "спецкор"})

_LONGEST_CREDIT = 60


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
    """As spelt in the lexicon or in capitals: "Pa." is a state, not the Press Association."""
    capitals = {name.upper(): agency for name, agency in _spellings().items()}
    return {**capitals, **_spellings()}


@cache
def _openings() -> frozenset[str]:
    """The first words of all spellings: most lines begin with none of them and are left at once."""
    return frozenset(name.partition(" ")[0].rstrip(".,") for name in _in_running_text())


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split()).strip(" .,")


@lru_cache(maxsize=2048)
def read_credit(inside: str) -> Credit | None:
    """The agency that the words inside brackets or slashes credit, None where they are no credit.

    >>> read_credit("tca/dpa").agency, read_credit("PARIS AFP").agency
    ('dpa', 'AFP')
    >>> read_credit("AP Photo/J. Moe") is None
    True
    """
    inside = " ".join(inside.split())
    if not 1 < len(inside) <= _LONGEST_CREDIT:
        return None
    if known := _lexicon().get(_fold(inside)):
        return Credit(known, known=True)
    if _NO_CREDIT.search(inside) or _PARTY.fullmatch(inside):
        return None
    if credit := _joint(inside) or _with_correspondent(inside) or _with_bureau(inside):
        return credit
    words = _WORDS.findall(inside)
    if inside[0].isdigit() or (inside[0].islower() and "." not in inside):
        return None
    if len(words) > 7 or not all(_CREDIT_WORD.fullmatch(word) for word in words):
        return None
    return Credit(inside, known=False)


def bare_credit(words: str) -> Credit | None:
    """The agency of a credit without brackets: only one that the lexicon holds, as spelt there."""
    known = _in_running_text().get(words.rstrip(".,"))
    return Credit(known, known=True) if known else None


def opens_credit(words: str) -> bool:
    """False where no agency's name begins like this, as `bare_credit` spells them."""
    return words.partition(" ")[0].rstrip(".,") in _openings()


def _joint(inside: str) -> Credit | None:
    """A credit shared or relayed ("tca/dpa", "NNN-XINHUA"): the last agency that is known."""
    parts = _PARTS.split(inside)
    if len(parts) == 1:
        parts = inside.split("-")
    if len(parts) == 1 or not all(parts):
        return None
    known = [name for part in parts if (name := _lexicon().get(_fold(part)))]
    return Credit(known[-1], known=True) if known else None


def _with_correspondent(inside: str) -> Credit | None:
    """A credit that names who filed: "Corr. TASS Ivan Moe", "RIA Novosti, Ivan Moe"."""
    signed = _AND_NAME.fullmatch(inside)
    if signed and (known := _lexicon().get(_fold(signed["agency"]))):
        return Credit(known, known=True, correspondent=signed["name"])
    words = inside.split()
    titles = [word.casefold().rstrip(".,") in _TITLES for word in words[:4]]
    if not any(titles[:2]):
        return None
    for at, word in enumerate(words[:3]):
        if known := _lexicon().get(_fold(word)):
            after = at + 1 + sum(titles[at + 1 :])
            return Credit(known, known=True, correspondent=" ".join(words[after:]) or None)
    return None


def _with_bureau(inside: str) -> Credit | None:
    """A credit with its bureau in front ("HAMBURG DPA") or a service behind ("AFP Sport")."""
    first, _, rest = inside.partition(" ")
    if rest and len(rest.split()) <= 2 and (known := _lexicon().get(_fold(first))):
        return Credit(known, known=True)
    bureau, _, last = inside.rpartition(" ")
    if bureau and (known := _lexicon().get(_fold(last))) and is_place(bureau):
        return Credit(known, known=True)
    return None
