"""How often Russian news prints a word: evidence of the nominatives that exist.

The words are those of the tagger's vectors, 80,000 forms in the order of their number in news copy.
"""

import math
from functools import lru_cache

from worker.parse.languages.russian.tagger import load_russian_weights

__all__ = ["commonness", "is_noun_in_news", "worth_in_news"]

_LEAST = 0.3
_WORTH_LEAST, _WORTH_STEP = 0.15, 0.2
_VOWELS = "аеиоуыэюя"
_OF_NEUTER = frozenset("ие ье ое ее ые".split())
_SHORTEST = 3


@lru_cache(maxsize=8192)
def commonness(word: str) -> float:
    """Return the order of magnitude of a folded word's number in news copy, 0 for a rare word.

    A form that is printed ten times as often as another has a value that is greater by one.

    >>> commonness("новосёлка"), commonness("россии") > commonness("бавария") > 0
    (0.0, True)
    """
    rows = load_russian_weights().rows
    rank = rows.get(word)
    return 0.0 if rank is None else _LEAST + math.log10(len(rows) / (rank + 1))


def worth_in_news(nominative: str, gender: str) -> float:
    """Return what the news says for a nominative of a gender, 0 if it has no such word.

    An oblique form of another noun is as common as a nominative, but lacks the other cases.

    >>> worth_in_news("офис", "m") > worth_in_news("офисом", "m") == 0
    True
    >>> worth_in_news("жемчужин", "m"), worth_in_news("офиса", "f")
    (0.0, 0.0)
    """
    common = commonness(nominative)
    if not common or (len(nominative) > _SHORTEST and _is_oblique(nominative, gender)):
        return 0.0
    return _WORTH_LEAST + _WORTH_STEP * common


def _is_oblique(word: str, gender: str) -> bool:
    """Return True for a form that the news has beside a nominative of its own."""
    if gender == "p":
        return not _is_plural(word)
    if gender == "m" and word[-1] not in _VOWELS:
        return _is_oblique_in_consonant(word)
    if gender in "fm" and word[-1] in "ая":
        return _is_genitive_of_man(word)
    if gender in "nm" and word[-1] in "еуыи" and word[-2:] not in _OF_NEUTER:
        # `колледже` is of `колледж`.
        other = max(commonness(word[:-1] + end) for end in ("", "а", "я", "ь", "й"))
        return other > (commonness(word) if word[-1] == "е" else 0)
    return False


def _is_plural(word: str) -> bool:
    """`силы` has `силами`, and `войска` stands beside `войско`."""
    stem = word[:-1]
    if not any(commonness(stem + end) for end in ("ами", "ями", "ам", "ям", "ах", "ях")):
        return False
    return word[-1] not in "ая" or word[-2] == "ь" or commonness(stem + "о") > 0


def _is_oblique_in_consonant(word: str) -> bool:
    """`жемчужин` is of `жемчужина`, `офисом` of `офис`, `поколений` of `поколение`."""
    if word.endswith("ий") and commonness(word[:-1] + "е"):
        return True
    own, other = _instrumental(word, "ом", "ем"), _instrumental(word, "ой", "ей")
    is_case = word.endswith(("ом", "ем", "ам", "ым", "ах", "ов")) and commonness(word[:-2]) > 0
    return other > own or (is_case and not own)


def _is_genitive_of_man(word: str) -> bool:
    """`офиса` is of `офис`, but `России` of no `росс`."""
    stem = word[:-1]
    man = max(commonness(stem), commonness(stem + "ь"))
    own, other = _instrumental(stem, "ой", "ей"), _instrumental(stem, "ом", "ем")
    return man > 0 and (other > own or (other == own and man > commonness(word)))


def is_noun_in_news(nominative: str, gender: str) -> bool:
    """Return True for a nominative with an instrumental of its gender: `прибыль`, `прибылью`.

    >>> is_noun_in_news("прибыль", "f"), is_noun_in_news("сообщил", "m")
    (True, False)
    """
    stem, last = nominative[:-1], nominative[-1]
    if gender == "p":
        forms = [stem + "ами", stem + "ями"]
    elif gender == "m":
        forms = [stem + "ем"] if last in "ьй" else [nominative + "ом", nominative + "ем"]
    elif gender == "f":
        forms = [nominative + "ю"] if last == "ь" else [stem + "ой", stem + "ей"]
    else:
        forms = [nominative + "м"]
    return worth_in_news(nominative, gender) > 0 and any(map(commonness, forms))


def _instrumental(stem: str, *endings: str) -> float:
    return max(commonness(stem + ending) for ending in endings)
