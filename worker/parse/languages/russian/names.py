"""The nominative of a person's name, printed in any case.

Every word of a name has readings by its ending; the name takes the gender and case in which all its
words agree (`Дмитрия Пескова`: genitive of a man's name). What ending and order leave open, given
names decide by the gender of their bearers, and the item by the forms that it prints elsewhere.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from worker.parse.languages.russian.latin import foreign_given_names, foreign_surnames
from worker.parse.languages.russian.word_forms import (
    CASES,
    WordForm,
    adjective_forms,
    fold_yo,
    noun_forms,
)

__all__ = [
    "NameContext",
    "PersonName",
    "genders_of_given_name",
    "given_name_forms",
    "is_given_name",
    "normalise_name",
    "surname_forms",
]

_GENDERS = "mf"
_LONGEST_NAME = 6
"""Words. A longer run is no name of a person, and stays as it is printed."""

_FIXED_ENDS = "оуиеэю"
"""Given names with such an end do not decline: `Кими`, `Саломе`, `Мэтью`."""

_USUAL_WEIGHT = 4.5
"""The weight of a given name that is usual enough to be printed alone: `Юлия`, not `Сталина`."""

_FOREIGN_WEIGHT = 5.0
"""The weight of the gender of a foreign given name, that of a hundred bearers."""

_COSTS_OF_VOWEL = {"а": 0.3, "у": 0.7, "е": 0.4}
_VOWELS = frozenset("аеиоуыэюя")

_BEARERS_MIN = 10
_WORD = re.compile(r"[А-ЯЁа-яё'’-]+")
_INITIALS = re.compile(r"(?:[А-ЯЁA-Z][а-яё]?\.-?)+|[IVX]+")
"""Initials, and the number of a pope or a queen."""

_INITIALS_GLUED = re.compile(r"((?:[А-ЯЁ][а-яё]?\.)+)(?=[А-ЯЁ][а-яё])")
_SURNAME = re.compile(r"(?P<stem>.{2,}(?:ов|ев|ин|ын))(?P<ending>|а|у|ым|е|ой|ою)")
_DECLINED = re.compile(r"(?:[оеё]вым|иным|ыным|ском|ским|цким|ом|ем|ам|ым)\Z")
_ENDINGS_OF_ADJECTIVES = ("ый", "ий", "ого", "его", "ому", "ему", "ая", "ую", "ой", "ым")
_SLAVIC_NOMINATIVE = re.compile(r".{2}(?:(?:ов|ев|ин|ын)а?|[сц]к(?:ий|ой|ая))\Z")
_STRANGE_NOMINATIVE = re.compile(r"(?:[бвгдзкмпст]ц|[оеыи]м|[ое]го)\Z")
"""`Кравц`, `Толстом`: what is left of `Кравца` and `Толстому` if the wrong ending goes."""
_TYPICAL = re.compile(r"[сц]к(?:ий|ой|ая)\Z")
_ADJECTIVAL = re.compile(r"[сц]к(?:ого|ому|ую|ая|ою)\Z")
_FAMILY = re.compile(r"(?P<stem>[А-ЯЁ][а-яё]+(?:[оеё]в|[иы]н))(?:ы|ых|ыми)")
"""`Ивановых`: several people of a name, of whom none is meant alone."""
_MANS_SURNAME = re.compile(r".{2}(?:[оеё]в|ин|ын|[сц]кий)\Z")
_CONSONANT_END = re.compile(r"[бвгджзйклмнпрстфхцчшщь]\Z")
_SLAVIC_STEM = re.compile(r"(?:ов|ев|ин|ын|ск|цк)")

_SURNAME_ENDINGS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "": (("", "m", "n"),),
    "а": (("", "m", "g"), ("", "m", "a"), ("а", "f", "n")),
    "у": (("", "m", "d"), ("а", "f", "a")),
    "ым": (("", "m", "i"),),
    "е": (("", "m", "p"),),
    "ой": tuple(("а", "f", case) for case in "gdip"),
    "ою": (("а", "f", "i"),),
}
"""What is after the stem of `Иванов`: the nominative's own ending, its gender and its case."""

_PATRONYMIC = re.compile(r"(?P<stem>.+(?:[оеь]вич|ьич|ич|[оеч]вн|ичн|инич|иничн))(?P<ending>[аыеуо]?[мй]?)")
_PATRONYMIC_ENDINGS: Mapping[str, str] = {
    "m": " n,а ga,у d,ем i,е p",
    "f": "а n,ы g,е dp,у a,ой i",
}

_EAST_ASIAN = frozenset(
    """ким ли пак цой хон кан юн син мун чон чо чхве ли си ван чжан лю чэнь ян хуан чжао у чжоу сюй
    сунь ма чжу ху го хэ гао линь ло лян сун тан хань фэн дэн цао пэн цзэн сяо тянь дун юань пань
    юй цзян цай вэй сюэ лэй е янь ду дай ся чжун тань ляо чжэн цинь лай мэн нгуен чан фам ле хо во
    данг буй до нго чыонг хоанг фан тхант тхан""".split()
)
"""Family names that come first and, as the names behind them but the last, do not decline."""

_PARTICLES = frozenset("абдель абдул абд абу бен бин ибн умм эль аль ад-дин де да ди ван дер ле ла мак сен".split())
"""Parts of names that no case changes."""

_PRIOR = {"n": 0.0, "g": -0.1, "a": -0.3, "d": -0.5, "i": -0.4, "p": -1.2}
_DISAGREES = -4.0
_IN_FULLER_NAME = 2.5
_PRINTED_ELSEWHERE = 2.0
_ALL_CHANGE = 0.6
_ASKED_FOR = 1.2


class PersonName(NamedTuple):
    """A name in the nominative, with the gender and case in which it was read.

    `gender` is "" where no word shows it.
    """

    text: str
    gender: str
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameContext:
    """What the item says of its names.

    Attributes:
        printed: Capitalised words of the item, folded.
        nominatives: Words of its fuller names in the nominative, folded.
        cases: The cases that the word before the name asks for; "" if it asks for none.
    """

    printed: frozenset[str] = frozenset()
    nominatives: frozenset[str] = frozenset()
    cases: str = ""


@dataclass(slots=True)
class _Options:
    """The nominatives of a word by gender and case, and whether the word stands for itself."""

    by_case: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, form: WordForm) -> None:
        known = self.by_case.setdefault((form.gender, form.case), [])
        if form.nominative not in known:
            known.append(form.nominative)


@cache
def _given_names() -> Mapping[str, Mapping[str, float]]:
    """Return the weight of each gender by given name, growing with the number of bearers."""
    table = files("worker.parse").joinpath("data/given_names-ru.tsv").read_text("utf-8")
    names: dict[str, dict[str, float]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        name, men, women = line.split("\t")
        names[name] = {
            gender: math.log10(int(count)) * 2 + 1
            for gender, count in (("m", men), ("f", women))
            if int(count) >= _BEARERS_MIN
        }
    for given, gender in foreign_given_names().items():
        names.setdefault(given, {}).setdefault(gender, _FOREIGN_WEIGHT)
    return names


def is_given_name(word: str) -> bool:
    """Return True for a given name in the nominative.

    >>> is_given_name("Дмитрий"), is_given_name("Песков")
    (True, False)
    """
    return fold_yo(word) in _given_names()


def genders_of_given_name(word: str) -> Mapping[str, float]:
    """Return the weights of the genders of a given name in the nominative; none if it is unknown."""
    folded = fold_yo(word)
    return _given_names().get(folded) or _given_names().get(folded.split("-")[0]) or {}


def normalise_name(name: str, context: NameContext | None = None) -> PersonName:
    """Return a person's name in the nominative.

    Args:
        name: As printed, in any case; a name with other letters than Russian ones stays as it is.
        context: What the item says of its names.

    >>> normalise_name("Дмитрия Пескова")
    PersonName(text='Дмитрий Песков', gender='m', case='g')
    >>> normalise_name("Ангеле Меркель").text, normalise_name("Ли Кэцяну").text
    ('Ангела Меркель', 'Ли Кэцян')
    >>> normalise_name("Круглова Максима").text
    'Максим Круглов'
    """
    words = _INITIALS_GLUED.sub(r"\1 ", name.replace("ё", "е").replace("Ё", "Е")).split()
    if not 0 < len(words) <= _LONGEST_NAME or not all(_is_russian(word) for word in words):
        return PersonName(name, "", "n")
    if len(words) == 1 and (family := _FAMILY.fullmatch(words[0])):
        return PersonName(f"{family['stem']}ы", "", "")
    return _Reader(_given_name_first(words), context or NameContext()).read()


def surname_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a surname."""
    return _surname_forms(fold_yo(word))


def given_name_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a given name."""
    return _given_forms(fold_yo(word))


def _is_russian(word: str) -> bool:
    return bool(_WORD.fullmatch(word) or _INITIALS.fullmatch(word))


def _given_name_first(words: list[str]) -> list[str]:
    """`Круглова Максима`, `Иванов Иван Иванович`, `Иванова И. П.`: the family name goes last."""
    if len(words) < 2 or words[0].endswith(".") or _may_be_given(words[0]):
        return words
    if len(words) == 3 and _patronymic_forms(fold_yo(words[2])) and _may_be_given(words[1]):
        return [words[1], words[2], words[0]]
    if all(word.endswith(".") for word in words[1:]):
        return [*words[1:], words[0]]
    is_slavic = _SLAVIC_STEM.search(fold_yo(words[0]))
    if len(words) == 2 and is_slavic and _may_be_given(words[1]):
        return [words[1], words[0]]
    return words


def _may_be_given(word: str) -> bool:
    return any(form.nominative in _given_names() for form in _given_forms(fold_yo(word)))


class _Reader:
    """The words of a name, and what speaks for each reading of them."""

    def __init__(self, words: Sequence[str], context: NameContext) -> None:
        self._words = words
        self._folded = [fold_yo(word) for word in words]
        self._context = context
        self._last = len(words) - 1
        first = self._folded[0]
        self._is_east_asian = self._last > 0 and first in _EAST_ASIAN
        self._has_given = any(
            _WORD.fullmatch(word) and not _INITIALS.fullmatch(word) for word in words[:-1]
        )
        self._options = [self._options_of(index) for index in range(len(words))]
        self._may_be_known = self._last > 0 and any(
            genders_of_given_name(nominative)
            for nominatives in self._options[0].by_case.values()
            for nominative in nominatives
        )

    def read(self) -> PersonName:
        """Return the name in the gender and case that suits all its words best."""
        best: tuple[float, list[str], str, str] | None = None
        genders_alike = len({self._score(gender, "n")[0] for gender in _GENDERS}) == 1
        for gender in _GENDERS:
            for case in CASES:
                score, nominatives = self._score(gender, case)
                if best is None or score > best[0]:
                    best = (score, nominatives, gender, case)
        assert best is not None
        _, nominatives, gender, case = best
        text = " ".join(
            _with_capitals(nominative, word)
            for nominative, word in zip(nominatives, self._words, strict=True)
        )
        unknown = genders_alike and case == "n"
        return PersonName(text, "" if unknown else gender, case)

    def _score(self, gender: str, case: str) -> tuple[float, list[str]]:
        score, nominatives, changed = _PRIOR[case], [], 0
        if case in self._context.cases:
            score += _ASKED_FOR - min(0.0, _PRIOR[case])
        for index, word in enumerate(self._folded):
            options = self._options[index].by_case.get((gender, case))
            if not options:
                score += _DISAGREES
                nominatives.append(word)
                continue
            worth, nominative = max(
                (self._worth(index, option, gender, case), option) for option in options
            )
            score += worth
            nominatives.append(nominative)
            changed += nominative != word
        if self._last and changed == len(self._words):
            score += _ALL_CHANGE
        return score, nominatives

    def _options_of(self, index: int) -> _Options:
        options = _Options()
        for form in self._forms_of(index):
            options.add(form)
        return options

    def _forms_of(self, index: int) -> Iterator[WordForm]:
        word = self._folded[index]
        if self._is_fixed(index):
            yield from _unchanged(word)
            return
        head, dash, tail = word.rpartition("-")
        forms = tuple(self._simple_forms(index, tail))
        for form in forms or tuple(_unchanged(tail)):
            if not dash:
                yield form
                continue
            yield form._replace(nominative=f"{head}-{form.nominative}")
            # `Римского-Корсакова`, `Салтыкову-Щедрину`: both parts of a double surname decline.
            if index == self._last and _SLAVIC_STEM.search(head):
                for other in _surname_forms(head):
                    if (other.gender, other.case) == (form.gender, form.case):
                        yield form._replace(nominative=f"{other.nominative}-{form.nominative}")

    def _is_fixed(self, index: int) -> bool:
        """True for words that no case changes: `фон`, `аль`, `В.`, the `Чен` of `Ким Чен Ына`."""
        word = self._words[index]
        if index < self._last and self._folded[index] in _PARTICLES:
            return True
        if not _WORD.fullmatch(word) or (word[0].islower() and "-" not in word):
            return True
        return self._is_east_asian and index < self._last

    def _simple_forms(self, index: int, tail: str) -> Iterator[WordForm]:
        if index and (forms := _patronymic_forms(tail)):
            yield from forms
            if index == self._last and self._last == 1:
                return
            if index < self._last:
                return
        if index == self._last:
            yield from _surname_forms(tail)
        if index < self._last:
            yield from _given_forms(tail)
        elif not self._last:
            yield from (f for f in _given_forms(tail) if f.nominative in _given_names())

    def _worth(self, index: int, nominative: str, gender: str, case: str) -> float:
        """Return what speaks for one reading of a word, more than nothing if it is likely."""
        word = self._folded[index]
        if self._is_fixed(index):
            return 0.0
        bearers = genders_of_given_name(nominative)
        worth = 0.0
        if nominative in self._context.nominatives:
            worth += _IN_FULLER_NAME
        elif nominative in self._context.printed and nominative != word:
            worth += _worth_of_print(nominative, bearers)
        if index == 0:
            worth += self._worth_as_given(nominative, gender, case, bearers)
        elif index < self._last and bearers:
            # `Мухаммеда Али аль-Хуси`: no woman's name `Аля`
            worth += 0.3 if gender in bearers else -1.0
        if word.endswith("и") and nominative[-1] == "я" and nominative[-2] not in "иь":
            worth -= 0.0 if bearers else 1.5
        if nominative == word and case != "n":
            worth -= self._cost_of_no_ending(index, word, gender)
        if index == self._last:
            worth += self._worth_as_surname(word, nominative, gender, case, bearers)
        return worth

    def _worth_as_given(
        self, nominative: str, gender: str, case: str, bearers: Mapping[str, float]
    ) -> float:
        other = "f" if gender == "m" else "m"
        if bearers:
            weight = bearers.get(gender, -6.0) / 4 - bearers.get(other, 0.0) / 8
            if self._last:
                return weight
            return weight * 0.8 if max(bearers.values()) >= _USUAL_WEIGHT else 0.0
        if self._may_be_known:
            # `Ангеле`: the dative of `Ангела`, not a name that nobody bears.
            return -1.5
        if not self._last:
            # `Свиридове`: of a lone word a surname is likelier than an unknown given name.
            return 0.0
        if nominative[-1] in "ая" and case != "n":
            return -1.0 if gender == "m" else -0.4 * (nominative[-2:] != "ия")
        if self._last and case == "n" and re.search(r"[^аеиоуыэюяь](?:а|у|ом|ем|ым)\Z", nominative):
            return -0.7
        return 0.0

    def _cost_of_no_ending(self, index: int, word: str, gender: str) -> float:
        """`Меркель` in the genitive: a form that does not decline is the rarer reading."""
        cost = 0.6 if index == self._last else 0.9
        if index == self._last and index and word[-1] in _FIXED_ENDS:
            cost = 0.3
        if index < self._last and (word[-1] in _FIXED_ENDS or "-" in word):
            cost = 0.2
        if gender == "f" and _CONSONANT_END.search(word):
            cost += 0.8
        if word.endswith(("ов", "ев", "ин")):
            cost += 2.0
        return cost

    def _worth_as_surname(
        self, word: str, nominative: str, gender: str, case: str, bearers: Mapping[str, float]
    ) -> float:
        worth = 0.0
        if nominative == word and _DECLINED.search(word):
            worth -= 1.5 if gender == "f" else 0.8
        if "ец" not in nominative[-2:] and nominative[:2] == word[:2] and len(nominative) > 3:
            # `Цукерберг`, not `Цукерберог`: vowels seldom drop.
            worth -= 0.5 if nominative[-3:-2] + nominative[-1] in word[-3:] and _has_filled(word, nominative) else 0.0
        is_slavic = _SLAVIC_NOMINATIVE.search(nominative)
        if word[-1] in "иуюеэ" and nominative[-1] in "ая" and not is_slavic:
            worth -= 0.2 if word[-1] == "е" else 0.4 if word[-2:-1] in "гкх" else 1.0
        if nominative.endswith(("ск", "тк", "чк", "нк")) and len(nominative) > 4:
            # `Дерипаска` is the nominative.
            worth -= 0.8
        if gender == "m" and word.endswith("ой") and nominative == word:
            # `Сколацкой`, `Навальной`: of a woman; few men are called as `Трубецкой` is.
            worth -= 0.3
        if _STRANGE_NOMINATIVE.search(nominative) and nominative != word:
            worth -= 0.7
        if "-" in word and not nominative.startswith(word[: word.index("-") + 1]):
            # `Салтыкова-Щедрина`: both parts have changed.
            worth += 0.5
        if gender == "f" and nominative == word and _MANS_SURNAME.search(word):
            worth -= 2.0
        if nominative[-1] == "ь" and word[-1] in "еу":
            worth -= 0.3
        if nominative in foreign_surnames():
            worth += 1.0
        if nominative.endswith("ая") and word.endswith("ой") and not is_slavic:
            worth -= 0.6
        if nominative == word and not bearers and not is_slavic:
            # `Трампу`, `Райкконена`: the cases of names in a consonant outnumber names in a vowel.
            cost = _COSTS_OF_VOWEL.get(word[-1], 0.0) if word[-2:-1] not in _VOWELS else 0.0
            worth -= 0.6 if word.endswith(("ски", "цки")) else cost
        if self._has_given:
            return worth
        if gender == "f" and case in "na" and re.search(r"(?:ов|ев|ин|ын)[ау]\Z", word):
            # `Сталина`, `Путину` alone: more men than women are in the news.
            worth -= 0.45
        return worth


def _worth_of_print(nominative: str, bearers: Mapping[str, float]) -> float:
    """`Егора` and `Свиридова` printed elsewhere may be of a man, in the genitive."""
    may_be_oblique = nominative[-1] in "ауе" and not bearers
    if _SLAVIC_NOMINATIVE.search(nominative) and may_be_oblique:
        return 0.2
    return 0.7 if may_be_oblique else _PRINTED_ELSEWHERE


def _has_filled(word: str, nominative: str) -> bool:
    return nominative[-2] in "ое" and not word.startswith(nominative[:-1])


def _unchanged(word: str) -> Iterator[WordForm]:
    return (WordForm(word, gender, case) for gender in _GENDERS for case in CASES)


def _animate(word: str) -> Iterator[WordForm]:
    """Yield the readings as a noun for a person: the accusative of men is the genitive."""
    for form in noun_forms(word):
        is_inanimate = form.gender == "m" and form.case == "a" and form.nominative == word
        is_soft = form.gender == "f" and form.nominative[-1] == "ь"
        if form.gender in _GENDERS and not is_inanimate and not is_soft:
            yield form
            # `Илья`, `Никита`, `Шойгу`'s kin: men's names decline as `Анна` does.
            if form.gender == "f" and form.nominative[-1] in "ая":
                yield form._replace(gender="m")


@lru_cache(maxsize=4096)
def _surname_forms(word: str) -> tuple[WordForm, ...]:
    forms: list[WordForm] = []
    family = _FAMILY.fullmatch(word.title())
    if family and not word.endswith("ми"):
        # `Анна и Ульяна Приваловы`
        stem, cases = family["stem"].lower(), "n" if word[-1] == "ы" else "gap"
        ends = (("m", ""), ("f", "а"))
        return tuple(WordForm(stem + end, gender, case) for gender, end in ends for case in cases)
    slavic = _SURNAME.fullmatch(word)
    if slavic and len(slavic["stem"]) > 3:
        forms += [
            WordForm(slavic["stem"] + own, gender, case)
            for own, gender, case in _SURNAME_ENDINGS[slavic["ending"]]
        ]
    is_slavic = bool(forms)
    if not is_slavic:
        forms += _adjectival_surname_forms(word)
    if not is_slavic and not any(_TYPICAL.search(form.nominative) for form in forms):
        forms += _animate(word)
    if not is_slavic and not _ADJECTIVAL.search(word) and re.search(r"(?:[оиуюеэ]|[ыи]х|[иуеоюа]?а|я)\Z", word):
        forms += _unchanged(word)
    if _CONSONANT_END.search(word) and not (forms and word.endswith(("ой", "ым"))):
        forms += [WordForm(word, "f", case) for case in CASES]
    return tuple(forms)


def _adjectival_surname_forms(word: str) -> Iterator[WordForm]:
    """`Полянскому`, `Толстой`, `Белых` not: endings of two letters need -ск or -цк before them."""
    for form in adjective_forms(word):
        if form.gender not in _GENDERS or (form.gender == "m" and form.case == "a" and form.nominative == word):
            continue
        stem = form.nominative[:-2]
        is_typical = stem.endswith(("ск", "цк"))
        if not is_typical and not word.endswith(_ENDINGS_OF_ADJECTIVES):
            continue
        yield form
        if form.gender == "m" and word.endswith(("ого", "ому")) and not is_typical:
            yield form._replace(nominative=stem + "ой")


@lru_cache(maxsize=4096)
def _given_forms(word: str) -> tuple[WordForm, ...]:
    forms = list(_animate(word))
    # `Любови`, `Нинель`: women's names in a soft sign are few, and listed.
    forms += [
        form
        for form in noun_forms(word)
        if form.gender == "f" and form.nominative[-1] == "ь" and form.nominative in _given_names()
    ]
    if word in _given_names():
        forms.append(WordForm(word, "f", "n"))
    if word[-1] in _FIXED_ENDS and not word.endswith(("ии", "ию", "ьи", "йи")):
        forms += _unchanged(word)
    if _CONSONANT_END.search(word):
        forms += [WordForm(word, "f", case) for case in CASES]
    return tuple(dict.fromkeys(forms))


@lru_cache(maxsize=4096)
def _patronymic_forms(word: str) -> tuple[WordForm, ...]:
    match = _PATRONYMIC.fullmatch(word)
    if not match:
        return ()
    gender = "m" if match["stem"].endswith("ч") else "f"
    for row in _PATRONYMIC_ENDINGS[gender].split(","):
        ending, cases = row.split(" ")
        if ending == match["ending"]:
            nominative = match["stem"] + ("" if gender == "m" else "а")
            return tuple(WordForm(nominative, gender, case) for case in cases)
    return ()


def _with_capitals(nominative: str, word: str) -> str:
    """Return the nominative with the capitals of the printed word: `О'Нила`, `аль-Асада`."""
    parts, own = word.split("-"), nominative.split("-")
    if len(parts) == len(own) > 1:
        pairs = zip(own, parts, strict=True)
        return "-".join(_with_capitals(new, old) for new, old in pairs)
    common = 0
    limit = min(len(nominative), len(word))
    while common < limit and nominative[common] == word[common].lower():
        common += 1
    rest = nominative[common:]
    return word[:common] + (rest.upper() if word.isupper() and len(word) > 1 else rest)
