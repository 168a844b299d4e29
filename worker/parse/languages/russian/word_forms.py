"""The nominatives that a printed form of a Russian noun or adjective may have.

No dictionary is read: each ending belongs to a few declensions, and the caller knows which of the
nominatives exist (`Туле` is `Тула`, `Туль`, `Туля` or `Тул`, of which the table of places has the
first). All words are in lower case, with "е" for "ё".
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["CASES", "STRESSED_STEMS", "WordForm", "adjective_forms", "fold_yo", "noun_forms"]

CASES = "ngdaip"
"""Nominative, genitive, dative, accusative, instrumental, prepositional."""

_VELARS = "гкх"
_HUSHING = "жшщч"
_VOWELS = "аеиоуыэюя"
_SHORTEST_STEM = 2
_LONGEST_ENDING = 4


class WordForm(NamedTuple):
    """A reading of a word: its nominative, gender and case.

    `gender` is `m`, `f` or `n`, and `p` for a plural, whose nominative is plural too; `case` is a
    letter of `CASES`.
    """

    nominative: str
    gender: str
    case: str


class _Declension(NamedTuple):
    """A gender and the endings of the six cases; `fleeting` where a vowel may drop before them."""

    gender: str
    endings: tuple[str, ...]
    fleeting: bool = False


def _declension(gender: str, endings: str, *, fleeting: bool = False) -> _Declension:
    return _Declension(gender, tuple(endings.replace("-", "").split("/")), fleeting)


_DECLENSIONS = (
    _declension("m", "-/а/у/-/ом/е", fleeting=True),  # комитет, отдел
    _declension("m", "-/а/у/а/ом/е", fleeting=True),  # Иван, Кравец
    _declension("m", "ь/я/ю/ь/ем/е", fleeting=True),  # Ярославль
    _declension("m", "ь/я/ю/я/ем/е"),  # Игорь
    _declension("m", "й/я/ю/й/ем/е"),  # музей, Китай
    _declension("m", "й/я/ю/я/ем/е"),  # Сергей
    _declension("m", "ий/ия/ию/ий/ием/ии"),  # санаторий
    _declension("m", "ий/ия/ию/ия/ием/ии"),  # Дмитрий
    _declension("f", "а/ы/е/у/ой/е"),  # палата, Анна
    _declension("f", "а/ы/е/у/ою/е"),
    _declension("f", "я/и/е/ю/ей/е"),  # Оля, Индонезия's kin in -ея
    _declension("f", "ия/ии/ии/ию/ией/ии"),  # комиссия, Мария
    _declension("f", "ь/и/и/ь/ью/и"),  # область, Тюмень
    _declension("n", "о/а/у/о/ом/е"),  # министерство
    _declension("n", "е/а/у/е/ем/е"),  # училище
    _declension("n", "е/я/ю/е/ем/е"),  # море, Поволжье
    _declension("n", "ие/ия/ию/ие/ием/ии"),  # управление
    _declension("p", "ы/ов/ам/ы/ами/ах"),  # суды, Эмираты
    _declension("p", "ы/-/ам/ы/ами/ах", fleeting=True),  # силы, Филиппины
    _declension("p", "ы/ей/ам/ы/ами/ах"),  # рубежи
    _declension("p", "и/ей/ям/и/ями/ях"),  # сети
    _declension("p", "и/ев/ям/и/ями/ях"),  # музеи
    _declension("p", "и/ь/ям/и/ями/ях"),  # земли
    _declension("p", "ии/ий/иям/ии/иями/иях"),  # линии
    _declension("p", "а/-/ам/а/ами/ах"),  # войска
    _declension("p", "ия/ий/иям/ия/иями/иях"),  # учения
    _declension("p", "а/ов/ам/а/ами/ах"),  # острова
    _declension("p", "ане/ан/анам/ан/анами/анах"),  # россияне
    _declension("p", "яне/ян/янам/ян/янами/янах"),
    _declension("p", "ы/ов/ам/ов/ами/ах"),  # белорусы
    _declension("p", "ы/ев/ам/ев/ами/ах"),  # китайцы
    _declension("p", "ы/-/ам/-/ами/ах"),  # чехи's kin: румыны, турки
    _declension("p", "ья/ьев/ьям/ья/ьями/ьях"),  # крылья, братья
)


def fold_yo(word: str) -> str:
    """Return a word in lower case with "е" for "ё", which most copy prints so."""
    return word.lower().replace("ё", "е")


def _spell(stem: str, ending: str) -> str:
    """Join a stem and an ending as they are spelt: `банки`, `биржей`, `Иваницей`."""
    last = stem[-1:]
    if ending[:1] == "ы" and last and last in _VELARS + _HUSHING:
        ending = "и" + ending[1:]
    elif ending in {"ой", "ою", "ом"} and last and last in _HUSHING + "ц":
        ending = "е" + ending[1:]
    elif ending == "ов" and last and last in _HUSHING:
        ending = "ей"
    return stem + ending


def _kind_of_letter(letter: str) -> str:
    """Return a letter behind which all endings are spelt as behind this one."""
    if letter == "ц":
        return "ц"
    return "к" if letter in _VELARS else "ш" if letter in _HUSHING else "т"


def _printed_endings(last: str, ending: str) -> set[str]:
    """Return how an ending may be printed behind a letter: `биржей`, but also `левшой`."""
    printed = {_spell(last, ending)[1:]}
    return printed if ending[:1] == "ы" else printed | {ending}


def _index_endings() -> dict[tuple[str, str], list[tuple[_Declension, int]]]:
    """Return the declensions, with the number of the case, by kind of letter and printed ending."""
    index: dict[tuple[str, str], list[tuple[_Declension, int]]] = {}
    for declension in _DECLENSIONS:
        for number, ending in enumerate(declension.endings):
            for last in "ткшц":
                for printed in _printed_endings(last, ending):
                    index.setdefault((last, printed), []).append((declension, number))
    return index


_BY_ENDING = _index_endings()
_IRREGULAR = {
    "пути": tuple(WordForm("путь", "m", case) for case in "gdp"),
    "путем": (WordForm("путь", "m", "i"),),
    "церкви": tuple(WordForm("церковь", "f", case) for case in "gdp"),
    "церковью": (WordForm("церковь", "f", "i"),),
}
"""`путь` (way, as in a sea route) and `церковь` (church), which follow no declension."""

_WITH_LOCATIVE = frozenset(
    """берег мост порт аэропорт морпорт сад лес полк край пруд бор луг вал мыс снег рай крым дон
    клин тыл""".split()
)
"""Nouns with a prepositional in -у behind `в` and `на`: `в порту`, `на мосту`, `в Крыму`."""

_NEUTER_IN_SOFT_E = ("ь", "мор", "пол", "гор")
"""`море`, `поле`, `Поволжье`: the nominative of `кинофестиваля` is in -ь."""


@lru_cache(maxsize=2048)
def noun_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a noun by its ending alone, most of them of no existing word.

    >>> sorted({form.nominative for form in noun_forms("туле") if form.gender == "f"})
    ['тула', 'туля']
    >>> WordForm("елец", "m", "g") in noun_forms("ельца")
    True
    """
    found: dict[WordForm, None] = dict.fromkeys(_IRREGULAR.get(word, ()))
    # `на Западном берегу`: a prepositional of its own
    if word[-1:] == "у" and word[:-1] in _WITH_LOCATIVE:
        found[WordForm(word[:-1], "m", "p")] = None
    for size in range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM) + 1):
        stem, printed = word[: len(word) - size], word[len(word) - size :]
        for declension, number in _BY_ENDING.get((_kind_of_letter(stem[-1]), printed), ()):
            for nominative in _nominatives(stem, declension, number):
                found[WordForm(nominative, declension.gender, CASES[number])] = None
    return tuple(found)


def _nominatives(stem: str, declension: _Declension, number: int) -> Iterator[str]:
    first, ending = declension.endings[0], declension.endings[number]
    if not _fits(stem, first):
        return
    if first == "е" and not _fits_neuter(stem, declension.endings[1]):
        return
    yield _spell(stem, first)
    if not declension.fleeting:
        return
    if first in {"", "ь"} and ending not in {"", "ь"}:
        # `Павла` is of `Павел`, `Ельца` of `Елец`, `Орла` of `Орел`.
        yield from [filled + first for filled in _fill(stem)]
    elif first == "ы" and not ending and stem[-2] in "ое" and stem[-1] not in _VOWELS:
        # `Чебоксар`, but `Великих Лук`; `судеб`, `окон`
        yield _spell(stem[:-2] + stem[-1], first)


_NEVER_BEHIND = {
    "я": _VELARS + _HUSHING + "ци",
    "ия": _VOWELS + "йьъ",
    "ий": _VOWELS + _HUSHING + "цйьъ",
    "ие": _VELARS + _HUSHING + "цй",
    "яне": _VELARS + _HUSHING + "цй",
    "ь": _VOWELS + _VELARS + "йьц",
    "и": _HUSHING + _VELARS + "ьи",
}
"""The last letters of a stem that an ending of the nominative never follows: no `книгя`."""


def _fits(stem: str, first: str) -> bool:
    """Return True for a nominative that is spelt as Russian words are."""
    last = stem[-1]
    if first == "й":
        # `санаторий` has a declension of its own.
        return last in _VOWELS and last != "и"
    if first in {"", "а", "о", "ы"}:
        # `Кореа`, `Дмитриу`: after a vowel stand the soft endings.
        return last not in "ьй" and (last not in _VOWELS or (first == "а" and last in "иеоу"))
    return last not in _NEVER_BEHIND.get(first, "")


def _fits_neuter(stem: str, genitive: str) -> bool:
    """Return True for the stem of a neuter in -е: `училище`, `море`."""
    return stem[-1] in _HUSHING + "ц" if genitive == "а" else stem.endswith(_NEUTER_IN_SOFT_E)


def _fill(stem: str) -> Iterator[str]:
    """Yield a stem with a vowel before its last consonant, where one may have dropped."""
    last, before = stem[-1], stem[-2]
    if before in _VOWELS or before == last or last not in "вцклнрт":
        return
    # `Египта`, but `Форштадта`, `Бреста`
    if last == "т" and before not in "пб":
        return
    # `бойца`, `Ельца`, `Льва`
    if before in "йь":
        yield stem[:-2] + "е" + last
        return
    yield f"{stem[:-1]}е{last}"
    if last in "кнл":
        yield f"{stem[:-1]}о{last}"


_ADJECTIVE_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "ый": (("m", "na"),),
    "ий": (("m", "na"),),
    "ой": (("m", "na"), ("f", "gdip")),
    "ей": (("f", "gdip"),),
    "ою": (("f", "i"),),
    "ого": (("m", "ga"), ("n", "g")),
    "его": (("m", "ga"), ("n", "g")),
    "ому": (("m", "d"), ("n", "d")),
    "ему": (("m", "d"), ("n", "d")),
    "ым": (("m", "i"), ("n", "i"), ("p", "d")),
    "им": (("m", "i"), ("n", "i"), ("p", "d")),
    "ом": (("m", "p"), ("n", "p")),
    "ем": (("m", "p"), ("n", "p")),
    "ая": (("f", "n"),),
    "яя": (("f", "n"),),
    "ую": (("f", "a"),),
    "юю": (("f", "a"),),
    "ое": (("n", "na"),),
    "ее": (("n", "na"),),
    "ые": (("p", "na"),),
    "ие": (("p", "na"),),
    "ых": (("p", "gap"),),
    "их": (("p", "gap"),),
    "ыми": (("p", "i"),),
    "ими": (("p", "i"),),
}
_OF_ANIMALS = re.compile(
    r"(?P<stem>трет|бож|.+[жчш])(?P<ending>ьего|ьему|ьим|ьем|ья|ьей|ью|ье|ьи|ьих|ьими)"
)
_ENDINGS_OF_ANIMALS: dict[str, tuple[tuple[str, str], ...]] = {
    "ьего": (("m", "ga"), ("n", "g")),
    "ьему": (("m", "d"), ("n", "d")),
    "ьим": (("m", "i"), ("n", "i"), ("p", "d")),
    "ьем": (("m", "p"), ("n", "p")),
    "ья": (("f", "n"),),
    "ьей": (("f", "gdip"),),
    "ью": (("f", "a"),),
    "ье": (("n", "na"),),
    "ьи": (("p", "na"),),
    "ьих": (("p", "gap"),),
    "ьими": (("p", "i"),),
}
"""`Третьего суда` (of the Third Court), `Казачьего хора`: the adjectives like `лисий` (a fox's)."""

_NOMINATIVES_OF_ANIMALS = {"m": "ий", "f": "ья", "n": "ье", "p": "ьи"}
_SOFT = frozenset("его ему им ем яя ее ие их юю ими ей ий".split())
STRESSED_STEMS = frozenset(
    """берегов боев больш бытов валов видов военно-морск волев волостн глух втор городск грузов
    делов донск дорог друг женск заводск запасн звуков земск зернов золот игров ключев
    краев кругов крут ледов лесн лугов людск миров молод морск мостов мужск областн
    общегородск окружн основн парков передов полев правов пуст речн родн рядов свят средов
    степн страхов сух тверск толст трубн трудов тылов цветн чуж штабн яров""".split()
)
"""Stems whose masculine ends in a stressed -ой."""


@lru_cache(maxsize=2048)
def adjective_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of an adjective, each with the nominative of its gender.

    >>> adjective_forms("верховного")[0]
    WordForm(nominative='верховный', gender='m', case='g')
    >>> adjective_forms("городского")[0].nominative, adjective_forms("большого")[0].nominative
    ('городской', 'большой')
    """
    own = _OF_ANIMALS.fullmatch(word)
    if own:
        return tuple(
            WordForm(own["stem"] + _NOMINATIVES_OF_ANIMALS[gender], gender, case)
            for gender, cases in _ENDINGS_OF_ANIMALS[own["ending"]]
            for case in cases
        )
    ending = next((word[-size:] for size in (3, 2) if word[-size:] in _ADJECTIVE_ENDINGS), "")
    stem = word[: len(word) - len(ending)]
    if not ending or len(stem) < _SHORTEST_STEM or stem[-1] in _VOWELS + "ьй":
        return ()
    return tuple(
        WordForm(_nominative_of(stem, ending, gender), gender, case)
        for gender, cases in _ADJECTIVE_ENDINGS[ending]
        for case in cases
    )


def _nominative_of(stem: str, ending: str, gender: str) -> str:
    last = stem[-1]
    if last in _VELARS:
        endings = {"m": "ий", "f": "ая", "n": "ое", "p": "ие"}
    elif last in _HUSHING:
        # `Большого`: an unstressed ending would be `его`.
        endings = {"m": "ий", "f": "ая", "n": "ее", "p": "ие"}
        if ending[0] == "о":
            return stem + {"m": "ой", "f": "ая", "n": "ое", "p": "ие"}[gender]
    elif ending in _SOFT:
        endings = {"m": "ий", "f": "яя", "n": "ее", "p": "ие"}
    else:
        endings = {"m": "ый", "f": "ая", "n": "ое", "p": "ые"}
    if gender == "m" and (stem in STRESSED_STEMS or (ending == "ой" and last not in _HUSHING)):
        return stem + "ой"
    return stem + endings[gender]
