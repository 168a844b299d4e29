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


@lru_cache(maxsize=4096)
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
    stem, last, common = word[:-1], word[-1], commonness(word)
    if gender == "p":
        # `силы` is a plural if there is `силами`, and `войска` beside `войско`.
        is_plural = any(commonness(stem + end) for end in ("ами", "ями", "ам", "ям", "ах", "ях"))
        return not is_plural or (last in "ая" and word[-2] != "ь" and not commonness(stem + "о"))
    if last not in _VOWELS and gender == "m":
        # `жемчужин` is of `жемчужина`, `офисом` of `офис`.
        own, other = _instrumental(word, "ом", "ем"), _instrumental(word, "ой", "ей")
        if word.endswith("ий") and commonness(stem + "е"):
            # `поколений` is of `поколение`.
            return True
        is_case = word.endswith(("ом", "ем", "ам", "ым", "ах", "ов")) and commonness(word[:-2])
        return other > own or (bool(is_case) and not own)
    if last in "ая" and gender in "fm":
        # `офиса` is of `офис`.
        own, other = _instrumental(stem, "ой", "ей"), _instrumental(stem, "ом", "ем")
        man = max(commonness(stem), commonness(stem + "ь"))
        return man > 0 and (other > own or (other == own and man > common))
    if last in "еуыи" and gender in "nm" and word[-2:] not in _OF_NEUTER:
        # `колледже` is of `колледж`.
        other = max(commonness(stem + end) for end in ("", "а", "я", "ь", "й"))
        return other > (common if last == "е" else 0)
    return False


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
