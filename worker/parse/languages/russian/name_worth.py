"""What speaks for a reading of a word in a person's name: bearers, endings, the rest of the item.

The figures were set by hand on names of public corpora; only their order matters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from worker.parse.languages.russian.latin import foreign_surnames
from worker.parse.languages.russian.name_words import FIXED_ENDS, genders_of_given_name
from worker.parse.languages.russian.news_words import commonness, worth_in_news

__all__ = ["WordPosition", "WordReading", "worth_of_reading"]

_USUAL_WEIGHT = 4.5
"""The weight of a given name that is usual enough to be printed alone: `Юлия`, not `Сталина`."""

_COSTS_OF_VOWEL = {"а": 0.3, "у": 0.7, "е": 0.4, "я": 0.2}
"""`Трампу`, `Райкконена`: the cases of names in a consonant outnumber names in a vowel."""

_COSTS_OF_DECLENSION = {"е": 0.2, "и": 1.0, "у": 0.8, "ю": 1.0, "э": 1.0}
"""`Берлускони` is not of `Берлусконя`: what it costs to read a name in -а from such an end."""

_IN_NEWS = 0.8
_MANY_MORE = 0.3
"""Twice as often: what shows that the bearer of a surname in the news is a woman."""

_IN_FULLER_NAME = 2.5
_PRINTED_ELSEWHERE = 2.0
_VOWELS = frozenset("аеиоуыэюя")
_DECLINED = re.compile(r"(?:[оеё]вым|иным|ыным|ском|ским|цким|ом|ем|ам|ым)\Z")
_SLAVIC_NOMINATIVE = re.compile(r".{2}(?:(?:ов|ев|ин|ын)а?|[сц]к(?:ий|ой|ая))\Z")
_STRANGE_NOMINATIVE = re.compile(r"(?:[бвгдзкмпст]ц|[жчшщ]н|[оеыи]м|[ое]го)\Z")
"""`Кравц`, `Толстом`: what is left of `Кравца` and `Толстому` if the wrong ending goes."""

_STEM_OF_ADJECTIVE = re.compile(r"[^аеиоуыэюя]ной\Z|ьной\Z")
_CLUSTER = re.compile(r"..[стчн]к\Z")
_MANS_SURNAME = re.compile(r".{2}(?:[оеё]в|ин|ын|[сц]кий)\Z")
_WOMANS_OR_GENITIVE = re.compile(r"(?:ов|ев|ин|ын)[ау]\Z")
_MAY_BE_OBLIQUE = re.compile(r"(?:[^аеиоуыэюяь](?:а|у|ом|ем|ым)|[еэ]ля)\Z")
"""`Ахмеда`, `Лионеля`: given names that nobody is known to bear, more often in another case."""

_SOFT_NOMINATIVE = re.compile(r"[^иь]я\Z")
_CONSONANT_END = re.compile(r"[бвгджзйклмнпрстфхцчшщь]\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPosition:
    """Where a word stands in its name.

    Attributes:
        is_first: It is the first word.
        is_last: It is the last word, the surname.
        has_given: The name has a given name that is written out.
        may_be_known: The first word may be a form of a known given name.
    """

    is_first: bool
    is_last: bool
    has_given: bool
    may_be_known: bool

    @property
    def is_alone(self) -> bool:
        """True for a name of a single word."""
        return self.is_first and self.is_last


class WordReading(NamedTuple):
    """A word, and the nominative, gender and case in which it is read."""

    word: str
    nominative: str
    gender: str
    case: str

    @property
    def is_unchanged(self) -> bool:
        """True if the word is printed in its nominative."""
        return self.word == self.nominative


def worth_of_reading(
    reading: WordReading, place: WordPosition, printed: frozenset[str], nominatives: frozenset[str]
) -> float:
    """Return what speaks for a reading, less than nothing if it is unlikely.

    Args:
        reading: The reading.
        place: Where the word stands.
        printed: Capitalised words of the item, folded.
        nominatives: Words of its fuller names in the nominative, folded.
    """
    nominative, bearers = reading.nominative, genders_of_given_name(reading.nominative)
    worth = 0.0
    if nominative in nominatives:
        worth += _IN_FULLER_NAME
    elif nominative in printed and not reading.is_unchanged:
        worth += _worth_of_print(nominative, bearers)
    if place.is_first:
        worth += _worth_as_given(reading, place, bearers)
    elif not place.is_last and bearers:
        # `Мухаммеда Али аль-Хуси`: no woman's name `Аля`
        worth += 0.3 if reading.gender in bearers else -1.0
    if not bearers and reading.word[-1:] == "и" and _SOFT_NOMINATIVE.search(nominative):
        worth -= 1.5
    if reading.is_unchanged and reading.case != "n":
        worth -= _cost_of_no_ending(reading, place)
    if place.is_last:
        worth += _worth_as_surname(reading, place, bearers)
    return worth


def _worth_of_print(nominative: str, bearers: Mapping[str, float]) -> float:
    """`Егора` and `Свиридова` printed elsewhere may be of a man, in the genitive."""
    may_be_oblique = nominative[-1:] in {"а", "у", "е"} and not bearers
    if _SLAVIC_NOMINATIVE.search(nominative) and may_be_oblique:
        return 0.2
    return 0.7 if may_be_oblique else _PRINTED_ELSEWHERE


def _worth_as_given(
    reading: WordReading, place: WordPosition, bearers: Mapping[str, float]
) -> float:
    nominative, gender = reading.nominative, reading.gender
    if bearers:
        other = "f" if gender == "m" else "m"
        weight = bearers.get(gender, -6.0) / 4 - bearers.get(other, 0.0) / 8
        if not place.is_alone:
            return weight
        return weight * 0.8 if max(bearers.values()) >= _USUAL_WEIGHT else 0.0
    if place.may_be_known:
        # `Ангеле`: the dative of `Ангела`, not a name that nobody bears.
        return -1.5
    if place.is_alone:
        return 0.0
    if nominative[-1:] in {"а", "я"} and reading.case != "n":
        return -1.0 if gender == "m" else -0.4 * (nominative[-2:] != "ия")
    return -0.7 if reading.case == "n" and _MAY_BE_OBLIQUE.search(nominative) else 0.0


def _cost_of_no_ending(reading: WordReading, place: WordPosition) -> float:
    """`Меркель` in the genitive: a form that does not decline is the rarer reading."""
    word = reading.word
    is_fixed = word.endswith(FIXED_ENDS)
    cost = 0.6 if place.is_last else 0.9
    if place.is_last and not place.is_first and is_fixed:
        cost = 0.3
    if not place.is_last and (is_fixed or "-" in word):
        cost = 0.2
    if reading.gender == "f" and _CONSONANT_END.search(word):
        cost += 0.8
    if word.endswith(("ов", "ев", "ин")):
        cost += 2.0
    return cost


def _worth_as_surname(
    reading: WordReading, place: WordPosition, bearers: Mapping[str, float]
) -> float:
    nominative, is_slavic = reading.nominative, _SLAVIC_NOMINATIVE.search(reading.nominative)
    worth = 1.0 if nominative in foreign_surnames() else 0.0
    if reading.is_unchanged:
        worth -= _cost_of_nominative(reading, is_known=bool(bearers or is_slavic))
    else:
        worth -= _cost_of_ending(reading, is_slavic=bool(is_slavic))
    if not is_slavic and not bearers and worth_in_news(nominative, reading.gender):
        # `Скорсезе` is known, `Скорсезя` is not.
        worth += _IN_NEWS
    if _CLUSTER.search(nominative):
        # `Дерипаска` is the nominative.
        worth -= 0.8
    return worth if place.has_given else worth + _worth_as_womans(reading)


def _worth_as_womans(reading: WordReading) -> float:
    """`Сталина`, `Путину` alone: more men than women are in the news, but `Набиуллину`."""
    is_womans = reading.gender == "f" and reading.case in "na"
    if not is_womans or not _WOMANS_OR_GENITIVE.search(reading.word):
        return 0.0
    stem = reading.word[:-1]
    is_known = commonness(stem + "ой") > commonness(stem + "ым") + _MANY_MORE
    return 0.45 if is_known else -0.45


def _cost_of_nominative(reading: WordReading, *, is_known: bool) -> float:
    """Return what speaks against a surname that is printed in its nominative."""
    word, cost = reading.word, 0.0
    if _DECLINED.search(word):
        # `Соботкой`, `Вилденштейном`
        cost += 1.5 if reading.gender == "f" else 0.8
    if reading.gender == "m" and word.endswith("ой"):
        # `Сколацкой`, `Навальной`: of a woman; few men are called as `Трубецкой` is.
        cost += 0.3
    if reading.gender == "f" and _MANS_SURNAME.search(word):
        cost += 2.0
    if is_known:
        return cost
    if word.endswith(("ски", "цки")):
        return cost + 0.6
    if word.endswith(("эя", "ея", "ая", "оя")):
        # `Цзюньвэя`
        return cost + 0.3
    return cost + (_COSTS_OF_VOWEL.get(word[-1], 0.0) if word[-2:-1] not in _VOWELS else 0.0)


def _cost_of_ending(reading: WordReading, *, is_slavic: bool) -> float:
    """Return what speaks against a surname that has lost an ending."""
    cost = _cost_of_nominative_end(reading)
    if not is_slavic:
        cost += _cost_of_vowel_lost(reading)
    word, nominative = reading.word, reading.nominative
    if "-" in word and not nominative.startswith(word[: word.index("-") + 1]):
        # `Салтыкова-Щедрина`: both parts have changed.
        cost -= 0.5
    return cost


def _cost_of_nominative_end(reading: WordReading) -> float:
    """Return what speaks against a nominative by its own end."""
    word, nominative, cost = reading.word, reading.nominative, 0.0
    if nominative[-2:-1] in {"о", "е"} and nominative[-2:] != "ец" and _has_filled(reading):
        # `Цукерберга` is of `Цукерберг`, not of `Цукерберег`: vowels seldom drop.
        cost += 0.5
    if _STRANGE_NOMINATIVE.search(nominative):
        # `Кравца` is of `Кравец`, not of `Кравц`.
        cost += 0.7
    if nominative[-1:] == "ь" and word[-1] in "еу":
        # `Блинкене` is of `Блинкен`, not of `Блинкень`.
        cost += 0.3
    return cost


def _cost_of_vowel_lost(reading: WordReading) -> float:
    """Return what speaks against a foreign nominative in -а: `Трампу` is of `Трамп`."""
    word, nominative, cost = reading.word, reading.nominative, 0.0
    is_adjective = nominative.endswith("ая") and word.endswith("ую")
    if nominative[-1:] in {"а", "я"} and not is_adjective:
        # `Кафки` is of `Кафка`, but `Берлускони` not of `Берлусконя`.
        is_velar = word[-1] == "и" and word[-2:-1] in {"г", "к", "х"}
        cost += 0.4 if is_velar else _COSTS_OF_DECLENSION.get(word[-1], 0.0)
    if nominative[-1:] == "я" and word[-1] == "е":
        # `Метсоле` is of `Метсола`: few surnames end in -я.
        cost += 0.1
    if word.endswith("ой"):
        # `Навальной` is of `Навальная`, `Обамой` of `Обама`.
        is_adjectival = bool(_STEM_OF_ADJECTIVE.search(word))
        cost += 0.6 if nominative.endswith("ая") is not is_adjectival else 0.0
    return cost


def _has_filled(reading: WordReading) -> bool:
    return len(reading.nominative) > 3 and not reading.word.startswith(reading.nominative[:-1])
