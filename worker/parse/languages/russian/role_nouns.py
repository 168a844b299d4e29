"""Nouns for people by office, trade or relation, and the cases that precede a name."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from worker.parse.languages.russian.news_words import commonness, is_noun_in_news
from worker.parse.languages.russian.organisations import worth_of_head
from worker.parse.languages.russian.word_forms import (
    WordForm,
    adjective_forms,
    fold_yo,
    noun_forms,
)

__all__ = [
    "DEPUTY_NOUNS",
    "KIN_NOUNS",
    "cases_before",
    "cases_before_thing",
    "is_womans_noun",
    "role_noun_forms",
]

_PREFIX = re.compile(r"(?:экс|вице|ко|топ|лже|супер|обер)-")
_DEPUTY = re.compile(r"зам(?!еститель|еча)")
_PREVIOUS_WORD = re.compile(r"([А-Яа-яЁё-]+)[ \u00a0]\Z")
_VERB = re.compile(r"(?:[иаеуы]л(?:а|и|о)?|[иаеуыя]л(?:ась|ись|ось|ся)|[аяеи]ет|[аяу]ют|[еи]тся)\Z")
_PARTICIPLE = re.compile(r"(?:[аяуюе]щ|вш|нн)(?:ий|ий|ая|ее|ие|ый|ое|ые)\Z")
_NO_VERBS = frozenset("отдела раздела канала капитала персонала журнала филиала дела".split())
"""Genitives that end as verbs of the past do: `начальник отдела Анна Лис`."""

_ENDS = frozenset("и а но что как к о у за".split())
_MOST_WORDS = 6
DEPUTY_NOUNS = frozenset(
    """заместитель помощник советник представитель секретарь пресс-секретарь кандидат
    спецпредставитель""".split()
)
"""Offices that are named by another: `заместитель министра Петров` is in the nominative."""

KIN_NOUNS = frozenset(
    """племянник племянница сын дочь жена муж брат сестра отец мать вдова друг подруга соратник внук
    внучка наследник сторонник соперник адвокат защитник супруга супруг ученик коллега мама дед
    бабушка дядя тетя зять тесть предшественник преемник дочка потомок автор невеста жених
    поклонник поклонница фанат фанатка биограф ученица воспитанница""".split()
)
"""Nouns behind which the genitive names another person."""

_LOOK_BACK = 40

_PREPOSITIONS: Mapping[str, str] = {
    **dict.fromkeys("у от для из без до после против вместо около ради кроме среди".split(), "g"),
    **dict.fromkeys("к ко благодаря вопреки согласно".split(), "d"),
    **dict.fromkeys("с со между над перед".split(), "i"),
    **dict.fromkeys("о об обо при".split(), "p"),
    **dict.fromkeys("про через".split(), "a"),
    "на": "ap",
    "в": "ap",
    "за": "ai",
    "по": "d",
    "под": "i",
}
_UNCHANGING = frozenset(
    {"врио", "атташе", "рефери", "и.о", "врид", "конферансье", "портье", "кутюрье"}
)
_IRREGULAR: Mapping[str, tuple[str, str, str]] = {
    **{f"матер{end}": ("мать", "f", case) for end, case in (("и", "gdp"), ("ью", "i"))},
    **{f"дочер{end}": ("дочь", "f", case) for end, case in (("и", "gdp"), ("ью", "i"))},
    "сыном": ("сын", "m", "i"),
}


_NO_NOUNS = frozenset("как так там сам тот что это кто раз чем тем том этом самом самим".split())


@cache
def _nouns() -> Mapping[str, str]:
    """Return the gender that each noun shows: `f` for a woman's, else `m`."""
    table = files("worker.parse").joinpath("data/role_nouns-ru.txt").read_text("utf-8")
    words = [
        word for line in table.splitlines() if not line.startswith("#") for word in line.split()
    ]
    return {word.rstrip("*"): "f" if word.endswith("*") else "m" for word in words}


def is_womans_noun(noun: str) -> bool:
    """Return True for a noun that only women are called by: `певица`."""
    return _nouns().get(noun) == "f"


@lru_cache(maxsize=8192)
def role_noun_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a noun for a person, in the singular; none for other words.

    >>> role_noun_forms("Министром")
    (WordForm(nominative='министр', gender='m', case='i'),)
    >>> role_noun_forms("экс-главе")[0].nominative, role_noun_forms("стола")
    ('экс-глава', ())
    """
    folded = fold_yo(word)
    if folded in _PREPOSITIONS:
        return ()
    if (
        folded in _nouns()
        and folded.startswith("зам")
        and _DEPUTY.match(folded)
        and folded[-1] in "аыя"
    ):
        # `замминистра` is of all cases, as it holds a genitive.
        return tuple(WordForm(folded, "m", case) for case in "ngdaip")
    if folded in _UNCHANGING:
        return tuple(WordForm(folded, "m", case) for case in "ngdaip")
    if folded in _IRREGULAR:
        nominative, gender, cases = _IRREGULAR[folded]
        return tuple(WordForm(nominative, gender, case) for case in cases)
    own = _forms_of(folded)
    if own:
        return own
    prefix = _PREFIX.match(folded)
    if prefix:
        return tuple(
            form._replace(nominative=prefix[0] + form.nominative)
            for form in _forms_of(folded[prefix.end() :])
        )
    return ()


def _forms_of(folded: str) -> tuple[WordForm, ...]:
    nouns = _nouns()
    found = [
        form
        for form in (*noun_forms(folded), *adjective_forms(folded))
        if form.gender in {"m", "f"} and form.nominative in nouns
    ]
    animate = [
        form
        for form in found
        if not (form.case == "a" and form.gender == "m" and form.nominative == folded)
    ]
    return tuple(dict.fromkeys(animate))


def cases_before(text: str, start: int) -> str:
    """Return the cases that the words before a name ask for, "" if they ask for none.

    >>> cases_before("встретился с Путиным", 13), cases_before("президента Путина", 11)
    ('i', 'ga')
    >>> cases_before("соперник чемпиона по боксу Тищенко", 27)
    'ga'
    """
    end = start
    nearest = ""
    for distance in range(_MOST_WORDS):
        previous = _PREVIOUS_WORD.search(text, max(0, end - _LOOK_BACK), end)
        if not previous:
            break
        word = fold_yo(previous[1])
        if not distance and word in _PREPOSITIONS:
            return _PREPOSITIONS[word]
        forms = role_noun_forms(word)
        if forms and (not nearest or forms[0].nominative in DEPUTY_NOUNS):
            nearest += "".join(form.case for form in forms)
            # `племянник Чкалова`
            nearest += "g" if forms[0].nominative in KIN_NOUNS else ""
        elif not distance and not forms:
            nearest = "".join(form.case for form in adjective_forms(word))
            if nearest:
                break
        is_verb = bool(_VERB.search(word)) and word not in _NO_VERBS
        if not forms and (word in _ENDS or is_verb):
            break
        end = previous.start()
    return "".join(dict.fromkeys(nearest))


def _is_noun(word: str) -> bool:
    """`прибыль "Роснефти"`, but `компания "Роснефть"`, in whose name the class shows the case."""
    forms = noun_forms(word)
    if word in _NO_NOUNS or any(worth_of_head(form.nominative) for form in forms):
        return False
    return any(is_noun_in_news(form.nominative, form.gender) for form in forms)


def cases_before_thing(text: str, start: int) -> str:
    """Return the cases that the word before the name of a body or a place asks for.

    Unlike a person's, the name behind an office is in the genitive: `директор Эрмитажа` is the
    director of the Hermitage. Behind another noun the genitive is likely, which is "G":
    `прибыль "Роснефти"`, but `шторм "Анна"`.

    >>> cases_before_thing("в Эрмитаже", 2), cases_before_thing("директору Эрмитажа", 10)
    ('ap', 'g')
    """
    previous = _PREVIOUS_WORD.search(text, max(0, start - _LOOK_BACK), start)
    if not previous:
        return ""
    word = fold_yo(previous[1])
    if word in _PREPOSITIONS:
        return _PREPOSITIONS[word]
    # `По данным Росстата` (according to Rosstat), `солисты Большого театра` (soloists)
    if word == "данным" or role_noun_forms(word) or word[:-1] in _nouns():
        return "g"
    # `принадлежит российскому Газпрому` (belongs to Russia's Gazprom), but a participle has an
    # object in a case of its own: `принадлежащие Газпрому` (belonging to Gazprom).
    forms = () if _PARTICIPLE.search(word) else adjective_forms(word)
    # `гостиницей` (by a hotel) is no adjective.
    forms = tuple(form for form in forms if commonness(form.nominative))
    if not forms and _is_noun(word):
        return "G"
    return "".join(dict.fromkeys([form.case for form in forms]))
