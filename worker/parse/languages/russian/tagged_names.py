"""Names as the tagger has them, put right by the words in and around them.

In the examples: `в Минпросвещения ТАСС сообщили` at the education ministry they told TASS,
`инспектор` an inspector, `сообщила начальница станции` the head of the station told.
"""

import re
from collections.abc import Iterable, Iterator

from worker.model import EntityLabel
from worker.parse.languages.russian.lexicon import fold, nouns_of
from worker.parse.languages.russian.name_words import is_given_name
from worker.parse.languages.russian.role_nouns import role_noun_forms
from worker.parse.languages.russian.roles import Named
from worker.parse.languages.russian.subject_names import find_name_as_subject

__all__ = ["correct_names"]

_LISTENER = re.compile(r"(?P<body>[А-ЯЁ][\w-]+)[ \u00a0](?P<agency>ТАСС|РИА Новости|Интерфаксу?)")
_LOWER_BEHIND = re.compile(r"[ \u00a0]+(?!и\b)[а-яё]")
_TITLED = re.compile(r"(?P<title>[А-ЯЁ][а-яё]+)[ \u00a0](?P<given>[А-ЯЁ][а-яё]+)[ \u00a0][А-ЯЁ]")
_STOP = re.compile(r"[А-ЯЁ]?[а-яё]{2,}(?P<stop>\.)[ \u00a0](?=[А-ЯЁ])")
_NOBLE = frozenset("король королева принц принцесса царь царица князь граф папа патриарх".split())
_PERSON = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?[ \u00a0][А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?")
_MISTAKEN = frozenset({EntityLabel.FAC, EntityLabel.LOC, EntityLabel.PRODUCT, EntityLabel.EVENT})
"""Labels that a foreign name may get behind `станция`, `порт`."""


def correct_names(full: str, names: Iterable[Named]) -> list[Named]:
    """Return the names of a text, with those apart that the tagger took for one.

    >>> org = EntityLabel.ORG
    >>> [name[:2] for name in correct_names("В Минфине ТАСС сообщили это", [Named(2, 14, org)])]
    [(2, 9), (10, 14)]
    """
    return [own for name in names for own in _correct(full, name)]


def _correct(full: str, name: Named) -> Iterator[Named]:
    start, end, label = name
    if label is EntityLabel.ORG:
        yield from _without_listener(full, name)
    elif label is EntityLabel.PERSON:
        stop = _STOP.search(full, start, end)
        if stop:  # `сказал председатель Лев Том. Гай не согласен`
            yield Named(start, stop.start("stop"), label)
            start = stop.end()
            name = Named(start, end, label)
        # `Инспектор Пахом Сытин` opens a sentence
        titled = _TITLED.match(full, start, end)
        yield Named(titled.start("given"), end, label) if titled and _is_title(titled) else name
    elif label in _MISTAKEN and _is_person(full, name):
        # `сообщила начальница станции Мерви Хаутала`
        yield Named(start, end, EntityLabel.PERSON)
    else:
        yield name


def _without_listener(full: str, name: Named) -> Iterator[Named]:
    """`В Минпросвещения ТАСС сообщили`; but `в пресс-центре ТАСС`, which is the agency's."""
    start, end, label = name
    found = _LISTENER.fullmatch(full, start, end)
    body = fold(found["body"]) if found else ""
    is_own = body.startswith("мин") or not nouns_of(body)
    if found and is_own and _LOWER_BEHIND.match(full, end):
        yield Named(start, found.end("body"), label)
        yield Named(found.start("agency"), end, label)
    else:
        yield name


def _is_title(titled: re.Match[str]) -> bool:
    """Return True for an office that is no part of the name, as that of a monarch is."""
    forms = role_noun_forms(titled["title"])
    is_office = any(form.case == "n" and form.nominative not in _NOBLE for form in forms)
    return is_office and not is_given_name(fold(titled["title"]))


def _is_person(full: str, name: Named) -> bool:
    """Return True for a name of two words that is the subject of a verb behind an office."""
    if not _PERSON.fullmatch(full, name.start, name.end):
        return False
    told = find_name_as_subject(full, name.start, name.end)
    return bool(told.genders) and told.is_sure and told.is_apart
