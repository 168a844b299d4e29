"""The nominative of the names of bodies, and the full names that their short forms stand for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from worker.parse.languages.russian.name_words import given_name_forms, is_given_name
from worker.parse.languages.russian.names import normalise_name
from worker.parse.languages.russian.nominatives import find_nominative
from worker.parse.languages.russian.word_forms import fold_yo

__all__ = ["body_key", "english_body", "link_bodies", "nominative_of_body", "worth_of_head"]

_LISTED, _PROPER = 2.0, 1.6
_BY_SUFFIX = 1.6
_OBLIQUE_ENDS = tuple("а у е ы и я ю ом ем ой ей ам ами ах".split())
_MIXED_CAPITALS = re.compile(r"\S*[а-яёa-z][А-ЯЁA-Z]\S*")
_PRINTED_ELSEWHERE = 1.5
_DECLINED_ACRONYM = re.compile(r"(?P<acronym>[А-ЯЁ]{2,})-?(?:а|у|ом|ем|е|ы|и|ой)")
_ACRONYM_AT_END = re.compile(r"(?<=[а-яё])(?P<acronym>[А-ЯЁ]{2,})(?:а|у|ом|ем|е)\Z")
_TAILS = tuple(
    "министерство ведомство агентство управление комитет комиссия служба инспекция прокуратура суд"
    " банк нефть газ пром дума надзор совет парламент союз корпорация компания холдинг биржа центр"
    " фонд клуб партия федерация академия университет институт телеком энерго страх авиа стат"
    " реестр атом космос экспорт комбинат завод пресс фарм хим транс строй металл маш телерадио"
    " гвардия спорт штаб деп бюро консульство предство комнадзор торг мониторинг финанс инвест"
    " лайн софт групп".split()
)


@cache
def _heads() -> Mapping[str, float]:
    """Return the worth of each head noun; a proper name has less, as it governs no noun."""
    table = files("worker.parse").joinpath("data/body_heads-ru.txt").read_text("utf-8")
    worth: dict[str, float] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            is_proper = line.startswith("=")
            words = line.removeprefix("=").split()
            worth.update(dict.fromkeys(words, _PROPER if is_proper else _LISTED))
    return worth


@lru_cache(maxsize=8192)
def worth_of_head(nominative: str) -> float:
    """Return how well a word is known as the head noun of the name of a body or a thing."""
    if nominative in _heads():
        return _heads()[nominative]
    tail = nominative.rpartition("-")[2]
    if tail in _heads():
        return _BY_SUFFIX
    return _BY_SUFFIX if nominative.endswith(_TAILS) and len(nominative) > 5 else 0.0


def nominative_of_body(name: str, *, cases: str = "", printed: frozenset[str] = frozenset()) -> str:
    """Return the name of a body, an event, a law or a building in the nominative.

    Args:
        name: As printed, in any case.
        cases: The cases that the word before the name asks for.
        printed: Capitalised words of the item, folded.

    >>> nominative_of_body("Российского антидопингового агентства")
    'Российское антидопинговое агентство'
    >>> nominative_of_body("МИДа РФ"), nominative_of_body("партии «Единая Россия»")
    ('МИД РФ', 'партия «Единая Россия»')
    """
    first, _, rest = name.partition(" ")
    if _MIXED_CAPITALS.fullmatch(first):
        # `АвтоВАЗа`, `КамАЗу`, but `УзА`
        first = _ACRONYM_AT_END.sub(r"\g<acronym>", first)
        compound = _COMPOUND.fullmatch(first) if cases and not rest else None
        if compound:
            # `акционеры "КазМунайСервиса"`
            tail = find_nominative(compound["noun"], worth_of_head, cases=cases)
            first = compound["start"] + tail
        return " ".join(filter(None, (first, rest)))
    acronym = _DECLINED_ACRONYM.fullmatch(first)
    if acronym:
        return " ".join(filter(None, (acronym["acronym"], rest)))

    if person := _person_in_body(name):
        return person
    folded = fold_yo(first)
    own_words = fold_yo(name).split()
    # `Ахмата` may be of `Ахмат`, but `Ахмат` is the nominative.
    may_be_oblique = folded.endswith(_OBLIQUE_ENDS)

    def worth(nominative: str) -> float:
        known = worth_of_head(nominative)
        is_printed = may_be_oblique and nominative in printed and nominative not in own_words
        if known or not is_printed:
            return known
        # `Росатома`, printed elsewhere, may be a case itself.
        return _PRINTED_ELSEWHERE / (2 if nominative.endswith(_OBLIQUE_ENDS) else 1)

    return find_nominative(name, worth, cases=cases)


def _person_in_body(name: str) -> str | None:
    """`Салавата Юлаева` (a club), `Юрию Гагарину` (a ship): a given name and a surname decline."""
    words = name.split()
    if len(words) != 2 or not _SURNAME_OF_BODY.fullmatch(words[1]):
        return None
    if not any(is_given_name(form.nominative) for form in given_name_forms(words[0])):
        return None
    return None if worth_of_head(fold_yo(words[0])) else normalise_name(name).text


_SURNAME_OF_BODY = re.compile(r"[А-ЯЁ][а-яё]+(?:[оеё]в|[иы]н|[сц]к)(?:а|у|ым|е|ий|ого|ому|им|ом)?")
_COMPOUND = re.compile(r"(?P<start>[А-ЯЁ]\w*[а-яё])(?P<noun>[А-ЯЁ][а-яё]{3,})")
_LEGAL_FORM = re.compile(
    r"\A(?:ПАО|ОАО|ЗАО|ООО|АО|НАО|ГК|УК|ИК|АНО|ФГУП|МУП|ФК|ХК|БК|НПО|ФГБУ|компани[яи]|концерн"
    r"|холдинг|корпорация|госкорпорация|агентство|группа|газета|телеканал)\s+(?=[«\"“„A-ZА-ЯЁ])"
)
_SMALL_WORDS = frozenset("и по в на при о об с для из за к от имени".split())
_GLOSS = re.compile(r"\s*\([«\"]?\Z")
_COUNTRY_NAMES = {"рф": "россия", "россии": "россия", "российской федерации": "россия"}


@cache
def _aliases() -> dict[str, tuple[str, str]]:
    """Return the folded full name and the English name for each folded name of a body."""
    table = files("worker.parse").joinpath("data/body_aliases-ru.tsv").read_text("utf-8")
    known: dict[str, tuple[str, str]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        full, short, english = line.split("\t")
        for name in (full, *filter(None, short.split("|"))):
            known.setdefault(_bare(name), (_bare(full.lstrip("!")), english))
    return known


@cache
def _usual_names() -> dict[str, str]:
    """Return the name that agencies have in every item, by each folded form of it."""
    table = files("worker.parse").joinpath("data/body_aliases-ru.tsv").read_text("utf-8")
    rows = [line[1:].split("\t") for line in table.splitlines() if line.startswith("!")]
    return {_bare(name): full for full, short, _ in rows for name in (full, *short.split("|"))}


def _bare(name: str) -> str:
    """Return a name folded, without marks and the legal form before them."""
    bare = _LEGAL_FORM.sub("", name)
    return " ".join(re.sub(r"[«»\"“”„]", " ", fold_yo(bare)).split())


def body_key(name: str) -> str:
    """Return a key that the names of one body share, by the table of aliases.

    >>> body_key("МИД РФ") == body_key("Министерство иностранных дел России")
    True
    >>> body_key('ПАО "Газпром"') == body_key("Газпром")
    True
    """
    full, rest, _ = _split_alias(name)
    return " ".join(filter(None, (full, _COUNTRY_NAMES.get(rest, rest))))


def _split_alias(name: str) -> tuple[str, str, str]:
    """Return the full name for the words that are an alias, the other words, the English name."""
    words = _bare(name).split()
    for size in range(min(len(words), 6), 0, -1):
        found = _aliases().get(" ".join(words[:size]))
        if found:
            return found[0], " ".join(words[size:]), found[1]
    return " ".join(words), "", ""


def english_body(name: str, adjective_of: Callable[[str], str | None]) -> str | None:
    """Return the English name of a body, None if it is not in the table.

    Args:
        name: The name in the nominative.
        adjective_of: Gives the English adjective of a country by its Russian name in any case.

    >>> english_body("МИД РФ", {"рф": "Russian"}.get)
    'Russian Foreign Ministry'
    """
    _, rest, english = _split_alias(name)
    if not english:
        return None
    if "~" in english:
        adjective = adjective_of(rest) if rest else ""
        return None if adjective is None else english.replace("~", adjective).strip()
    if not rest:
        return english
    adjective = adjective_of(rest)
    return f"{adjective} {english}" if adjective else None


def _parents(
    text: str, names: Sequence[tuple[int, int, str]], keys: Sequence[str]
) -> dict[str, str]:
    """Return for each key that of its full form, or the key itself."""
    parent = dict(zip(keys, keys, strict=True))
    for short, full in _short_forms(text, names, keys):
        if parent[short] == short and parent[full] != short:
            parent[short] = full
    return parent


def link_bodies(text: str, names: Sequence[tuple[int, int, str]]) -> list[str]:
    """Return the canonical name of each body: the fullest of the item under which it is known.

    Args:
        text: The item's text.
        names: The start and end of each mention, and its nominative.

    >>> text = "Центральный военный округ (ЦВО) сообщил. В ЦВО ждут."
    >>> link_bodies(text, [(0, 25, text[:25]), (27, 30, "ЦВО"), (43, 46, "ЦВО")])
    ['Центральный военный округ', 'Центральный военный округ', 'Центральный военный округ']
    """
    keys = [body_key(name) for _, _, name in names]
    parent = _parents(text, names, keys)
    fullest: dict[str, str] = {}
    roots = [_root(key, parent) for key in keys]
    for (_, _, name), root in zip(names, roots, strict=True):
        known = fullest.get(root, "")
        fullest.setdefault(root, name)
        usual = _usual_names().get(_bare(name))
        if usual or _fullness(name) > _fullness(known):
            fullest[root] = usual or name
    return [fullest[root] for root in roots]


def _fullness(name: str) -> tuple[int, int]:
    return (len(_bare(name).split()), sum(char.islower() for char in name))


def _root(key: str, parent: dict[str, str]) -> str:
    for _ in range(4):
        if parent[key] == key:
            break
        key = parent[key]
    return key


def _short_forms(
    text: str, names: Sequence[tuple[int, int, str]], keys: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield the keys of short names with those of the full ones."""
    unique = dict.fromkeys(keys)
    # `Российское антидопинговое агентство (РУСАДА)`
    for index in range(1, len(names)):
        gap = text[names[index - 1][1] : names[index][0]]
        if _GLOSS.fullmatch(gap) and len(gap) < 4:
            yield keys[index], keys[index - 1]
    by_initials: dict[str, list[str]] = {}
    for key in unique:
        for initials in _initials(key):
            by_initials.setdefault(initials, []).append(key)
    first_words: dict[str, list[str]] = {}
    for key in unique:
        words = key.split()
        for size in range(1, min(len(words), 5)):
            first_words.setdefault(" ".join(words[:size]), []).append(key)
    for key in unique:
        # `ЦВО` for `Центральный военный округ`
        fuller = [full for full in by_initials.get(key, ()) if full != key]
        # `Минобороны` for `Минобороны России`, where no other is named
        fuller = fuller or [full for full in first_words.get(key, ()) if full != key]
        if len(fuller) == 1 and not _is_common(key):
            yield key, fuller[0]


def _initials(key: str) -> Iterator[str]:
    words = key.replace("-", " ").split()
    if 1 < len(words) <= 8:
        yield "".join(word[0] for word in words)
        yield "".join(word[0] for word in words if word not in _SMALL_WORDS)
        if len(words) > 2:
            yield "".join(word[0] for word in words[:-1] if word not in _SMALL_WORDS)


def _is_common(key: str) -> bool:
    """True for a head noun alone: `совет` is not short for `совет Европы`."""
    return " " not in key and key in _heads() and key not in _ALONE


_ALONE = frozenset("госдума совфед кнессет бундестаг сейм конгресс сенат рада".split())
