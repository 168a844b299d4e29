"""Countries, regions and towns by their Russian names in any case: nominative, country, English name."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from worker.parse.languages.russian.nominatives import find_nominative, head_forms
from worker.parse.languages.russian.organisations import worth_of_head
from worker.parse.languages.russian.word_forms import adjective_forms, fold_yo, noun_forms
from worker.parse.places import is_place, prominence, resolve

__all__ = [
    "People",
    "canonical_country",
    "country_of",
    "english_area",
    "english_name",
    "find_people",
    "nominative_of_place",
    "place_country",
]

_COUNTRY = 3.0
_REGION = 2.5
_LARGEST_TOWN = 2.5
_TOWN = 1.2
_UNKNOWN_SIZE = 0.8
_PRINTED_ELSEWHERE = 1.0
_SHORTEST_PLACE = 2


_VOWELS = frozenset("аеиоуыэюя")
_ZERO_GENITIVE = frozenset("турки румыны болгары татары башкиры грузины осетины туркмены".split())
"""Peoples whose genitive plural has no ending: `из турок`."""


class _Area(NamedTuple):
    """A country or a region: its nominative as it is spelt, its country, its English name."""

    name: str
    iso: str | None
    english: str
    is_country: bool


class People(NamedTuple):
    """A people or its adjective, in the nominative, with the country."""

    name: str
    iso: str | None


def _rows(file: str) -> Iterator[list[str]]:
    table = files("worker.parse").joinpath(f"data/{file}").read_text("utf-8")
    return (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))


@cache
def _english_countries() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for iso, spellings, *_ in _rows("norp_countries.tsv"):
        # Peoples of a country have rows behind its own.
        names.setdefault(iso, spellings.split("|")[0])
    return names


@cache
def _areas() -> Mapping[str, _Area]:
    """Return the countries and regions, by folded name."""
    areas: dict[str, _Area] = {}
    for iso, _, names in _rows("places-regions.tsv"):
        spellings = names.split("|")
        for name in spellings:
            if name[0] > "\u0400":
                areas[fold_yo(name)] = _Area(name, iso, spellings[0], is_country=False)
    for iso, pairs in _rows("regions-ru.tsv"):
        for pair in pairs.split("|"):
            name, english = pair.split("=")
            areas[fold_yo(name)] = _Area(name, iso if iso != "-" else None, english, iso == "SU")
    for iso, names, *_ in _rows("countries-ru.tsv"):
        english = _english_countries().get(iso, "")
        for name in names.split(";"):
            areas[fold_yo(name)] = _Area(name, iso, english, is_country=True)
    return areas


@cache
def _peoples() -> Mapping[str, str | None]:
    """Return the country of each adjective and each people, by its folded nominative."""
    known: dict[str, str | None] = dict.fromkeys(_OTHER_PEOPLES, None)
    for row in _rows("countries-ru.tsv"):
        iso, _, *names = row
        for word in (word for column in names for word in column.split(";") if word):
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


@lru_cache(maxsize=4096)
def _worth_of_name(nominative: str) -> float:
    """Return how well a nominative is known as a place: the greater the place, the better."""
    area = _areas().get(nominative)
    if area:
        return _COUNTRY if area.is_country else _REGION
    if len(nominative) < _SHORTEST_PLACE or not is_place(nominative):
        return 0.0
    people = prominence(nominative)
    size = min(1.0, people / 500_000) if people else 0.0
    return max(_UNKNOWN_SIZE, _TOWN + (_LARGEST_TOWN - _TOWN) * size)


def _worth(nominative: str) -> float:
    return max(_worth_of_name(nominative), worth_of_head(nominative))


@lru_cache(maxsize=4096)
def nominative_of_place(name: str, *, cases: str = "") -> str:
    """Return the name of a place in the nominative.

    Args:
        name: As printed, in any case.
        cases: The cases that the word before the name asks for.

    >>> nominative_of_place("Саудовской Аравии"), nominative_of_place("Туле")
    ('Саудовская Аравия', 'Тула')
    >>> nominative_of_place("Великих Луках"), nominative_of_place("Ростове-на-Дону")
    ('Великие Луки', 'Ростов-на-Дону')
    """
    if fold_yo(name) in _areas():
        return name
    if " и " in name:
        # `Боснии и Герцеговины`
        parts = [nominative_of_place(part) for part in name.split(" и ")]
        if fold_yo(" и ".join(parts)) in _areas():
            return " и ".join(parts)
    return find_nominative(name, _worth, cases=cases, whole=_worth_of_name)


def place_country(name: str, hints: Sequence[str] = ()) -> str | None:
    """Return the country of a place by its nominative, None if it is unknown.

    Args:
        name: The nominative.
        hints: Countries that the item names, which decide among places of one name.

    >>> place_country("Тулунский район"), place_country("Рига"), place_country("Миссури")
    (None, 'LV', 'US')
    """
    area = _areas().get(fold_yo(name))
    if area:
        return area.iso if area.iso != "SU" else None
    place = resolve(name, hints=tuple(hints))
    return place.iso if place else None


def country_of(name: str) -> str | None:
    """Return the code of a country by its nominative, None for other places.

    >>> country_of("ФРГ"), country_of("Бавария")
    ('DE', None)
    """
    area = _areas().get(fold_yo(name))
    return area.iso if area and area.is_country else None


def english_area(name: str) -> str | None:
    """Return the English name of a country or a region of the tables, None for all others."""
    area = _areas().get(fold_yo(name))
    return area.english or None if area else None


@cache
def _first_names() -> Mapping[str, str]:
    return {iso: names.split(";")[0] for iso, names, *_ in _rows("countries-ru.tsv")}


def canonical_country(name: str) -> str | None:
    """Return the usual name of a country, None for other places.

    >>> canonical_country("РФ"), canonical_country("Соединенные Штаты")
    ('Россия', 'США')
    """
    return _first_names().get(country_of(name) or "")


def english_name(name: str) -> str | None:
    """Return the English name of a country, a region or a great city by its Russian nominative.

    >>> english_name("Южная Корея"), english_name("Тверская область"), english_name("Пекин")
    ('South Korea', 'Tver Region', 'Beijing')
    """
    area = _areas().get(fold_yo(name))
    if area:
        return area.english or None
    return _english_towns().get(fold_yo(name))


@cache
def _english_towns() -> Mapping[str, str]:
    return {
        fold_yo(name): english
        for english, names in _rows("towns-ru.tsv")
        for name in names.split("|")
    }


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
    peoples = _peoples()
    for form in adjective_forms(folded):
        masculine = _masculine(form.nominative, form.gender)
        if masculine in peoples:
            return People(masculine, peoples[masculine])
        for prefix in ("про", "анти", "все", "вне"):
            rest = masculine.removeprefix(prefix)
            if rest != masculine and rest in peoples:
                return People(masculine, peoples[rest])
    if folded[-1:] not in _VOWELS and (plural := _plural(folded)) in peoples:
        # `казах`, `бразилец`, but `турок`: mostly of several
        if plural not in _ZERO_GENITIVE:
            return People(folded, peoples[plural])
    for form in noun_forms(folded):
        if form.gender == "p" and form.nominative in peoples:
            return People(form.nominative, peoples[form.nominative])
    for form in noun_forms(folded):
        if form.nominative[-1] == "ц":
            continue
        if form.gender == "m" and (plural := _plural(form.nominative)) in peoples:
            return People(form.nominative, peoples[plural])
        if form.gender == "f" and (plural := _people_of_woman(form.nominative)) in peoples:
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
