"""Peoples and their adjectives in the nominative, with their countries."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from worker.parse.languages.russian.tables import table_rows
from worker.parse.languages.russian.word_forms import adjective_forms, fold_yo, noun_forms

__all__ = ["People", "find_people"]

_STRANGE = re.compile(r"[^е]ц\Z")
_PREFIXES = ("про", "анти", "все", "вне")
_VOWELS = frozenset("аеиоуыэюя")
_ZERO_GENITIVE = frozenset("турки румыны болгары татары башкиры грузины осетины туркмены".split())
"""Peoples whose genitive plural has no ending: `из турок`."""


class People(NamedTuple):
    """A people or its adjective, in the nominative, with the country."""

    name: str
    iso: str | None


@cache
def _peoples() -> Mapping[str, str | None]:
    """Return the country of each adjective and each people, by its folded nominative."""
    known: dict[str, str | None] = dict.fromkeys(_OTHER_PEOPLES, None)
    for row in table_rows("countries-ru.tsv"):
        iso, _, *names = row
        for word in [word for column in names for word in column.split(";") if word]:
            known[fold_yo(word)] = iso
    return known


_OTHER_PEOPLES = (
    """арабский еврейский курдский исламский мусульманский христианский православный католический
    шиитский суннитский европейский африканский азиатский латиноамериканский западный советский
    славянский чеченский татарский башкирский якутский цыганский персидский тюркский кавказский
    скандинавский балтийский коммунистический либеральный консервативный демократический
    республиканский лейбористский социалистический протестантский буддийский буддистский индуистский
    иудейский англиканский лютеранский европейцы африканцы азиаты арабы евреи курды мусульмане
    христиане православные католики шииты сунниты славяне чеченцы татары башкиры якуты цыгане
    уйгуры тибетцы коммунисты либералы консерваторы демократы республиканцы лейбористы социалисты
    протестанты буддисты индуисты иудеи хуситы талибы исламисты националисты нацисты фашисты
    сепаратисты скандинавы персы тюрки кавказцы дагестанцы осетины абхазы ингуши каталонцы баски
    шотландцы валлийцы баварцы крымчане алавиты друзы копты езиды рохинджа туареги тори"""
).split()


def find_people(word: str) -> People | None:
    """Return the people or the adjective that a word is a form of, None for other words.

    An adjective is given in the masculine, a people in the number that is printed.

    >>> find_people("российскими"), find_people("Россиянин")
    (People(name='российский', iso='RU'), People(name='россиянин', iso='RU'))
    >>> find_people("китайцам"), find_people("российско-китайских")
    (People(name='китайцы', iso='CN'), People(name='российско-китайский', iso='CN'))
    """
    folded = fold_yo(word)
    head, dash, tail = folded.rpartition("-")
    own = _find_simple(folded) or (_find_simple(tail) if dash else None)
    if own and own.name != folded and dash and "-" not in own.name:
        return own._replace(name=f"{head}-{own.name}")
    return own


def _find_simple(folded: str) -> People | None:
    return _find_adjective(folded) or _find_noun(folded)


def _find_adjective(folded: str) -> People | None:
    peoples = _peoples()
    for form in adjective_forms(folded):
        masculine = _masculine(form.nominative, form.gender)
        # `пророссийский`, `антизападный`
        bare = next(
            (masculine[len(prefix) :] for prefix in _PREFIXES if masculine.startswith(prefix)), ""
        )
        known = next((name for name in (masculine, bare) if name in peoples), None)
        if known:
            return People(masculine, peoples[known])
    return None


def _may_be_of_several(folded: str, plural: str) -> bool:
    return folded[-1:] in _VOWELS or plural in _ZERO_GENITIVE


def _find_noun(folded: str) -> People | None:
    peoples = _peoples()
    own = _plural(folded)
    # `казах`, `бразилец`, but `турок`: mostly of several
    if own in peoples and not _may_be_of_several(folded, own):
        return People(folded, peoples[own])
    forms = [form for form in noun_forms(folded) if not _STRANGE.search(form.nominative)]
    for form in forms:
        if form.gender == "p" and form.nominative in peoples:
            return People(form.nominative, peoples[form.nominative])
    for form in forms:
        people_of = {"m": _plural, "f": _people_of_woman}.get(form.gender)
        plural = people_of(form.nominative) if people_of else ""
        if plural in peoples:
            return People(form.nominative, peoples[plural])
    return None


def _masculine(nominative: str, gender: str) -> str:
    """Return the masculine of an adjective: `российская`, `русские`."""
    if gender == "m":
        return nominative
    stem = nominative[:-2]
    return stem + ("ий" if stem[-1:] in "гкхжшщч" or nominative[-2:] == "яя" else "ый")


def _plural(singular: str) -> str:
    """`россиянин`, `китаец`, `белорус`, `турок`, `грек`: the people of a man."""
    if singular.endswith("ин") and singular[-4:-2] in {"ян", "ан"}:
        return singular[:-2] + "е"
    if singular.endswith("лец"):
        return singular[:-2] + "ьцы"
    if singular.endswith("ец"):
        return singular[:-2] + ("йцы" if singular[-3:-2] in "аеиоуэюя" else "цы")
    if singular.endswith("ок"):
        return singular[:-2] + "ки"
    if singular.endswith("ин"):
        return singular[:-2] + "ы"
    return singular + ("и" if singular[-1:] in "гкхжшщч" else "ы")


def _people_of_woman(woman: str) -> str:
    """`россиянка`, `китаянка`, `американка`, `итальянка`: the people of a woman."""
    if not woman.endswith("ка"):
        return ""
    stem = woman[:-2]
    for ending in ("е", "цы", "ы", "йцы"):
        if stem + ending in _peoples():
            return stem + ending
    if stem.endswith("ч"):
        return stem[:-1] + "ки"
    if stem.endswith("ян"):
        return stem[:-2] + "йцы"
    return stem[:-1] + "цы" if stem.endswith("н") else stem + "и"
