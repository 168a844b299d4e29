"""The words of reporting: cues with their gender, number and tense, and the nouns that speak.

In the examples: `сказал`, `сказала`, `сказали` said (of a man, a woman, several), `говорит` says,
`заявив` having stated, `уверен` sure, `согласно` according to, `посол` an ambassador, `открыла`
opened, `газопровод` a pipeline, `экс-министр` a former minister, `не унималась` would not stop.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from worker.parse.languages.russian.declension import forms_of

__all__ = [
    "AGENCIES",
    "FRAMES",
    "CueWord",
    "Noun",
    "agreement_of",
    "cue_of",
    "fold",
    "is_class_word",
    "may_report",
    "nouns_of",
    "verb_agreement",
]

AGENCIES = frozenset({"тасс", "риа новости", "интерфакс", "прайм", "interfax.ru", "рбк"})
"""Agencies that are told and seldom speak: `сказал ТАСС`."""

_HARD_PAST = {
    "произнести": "произнес",
    "предостеречь": "предостерег",
    "изречь": "изрек",
}
"""Masculine past of verbs that take no -л there."""

_SHORT = {
    "уверен": ("уверен", "уверена", "уверено", "уверены"),
    "убежден": ("убежден", "убеждена", "убеждено", "убеждены"),
    "согласен": ("согласен", "согласна", "согласно", "согласны"),
    "рад": ("рад", "рада", "радо", "рады"),
}
"""Short adjectives, masculine, feminine, neuter and plural. `согласно` is a preposition besides."""

_PASSIVE = frozenset(
    """говорится отмечается сообщается указывается подчеркивается добавляется поясняется
    уточняется утверждается рассказывается напоминается объясняется приводится приводятся
    сказано указано отмечено подчеркнуто пишется заявляется написано упоминается говорилось
    отмечалось сообщалось указывалось подчеркивалось уточнялось пояснялось следует
    сообщено""".split()
)
"""`говорится в сообщении`, `следует из отчета`."""

_PAST = re.compile(r"\w{2,}(?P<end>л|ла|ло|ли)(?:ся|сь)?")
_NOT_PAST = frozenset("посол генерал капитал канал персонал квартал футбол журнал сигнал".split())
_PRESENT = re.compile(r"[а-я]{3,}(?P<end>ет|ит|ют|ят|ат|ут)(?:ся)?")
_PRESENT_NUMBER = {"е": "s", "и": "s", "ю": "p", "я": "p", "а": "p", "у": "p"}
_PAST_GENDER = {"л": "m", "ла": "f", "ло": "n", "ли": "p"}

_PARTICIPLE_ENDINGS = tuple("ий ая ие его ему им ей ую их ими".split())
_PREFIXES = tuple(
    """инвест страх гос авиа медиа агро обл гор рай строй пром теле радио энерго транс лизинг спец
    крипто био фарм юр""".split()
)
"""Beginnings of compound nouns for bodies."""

_IRREGULAR = (
    ("body", "власти властей властями властях", "n2 g2 i2 p2"),
    ("body", "аэропорт аэропорту", "n1 p1"),
    ("body", "порт порту", "n1 p1"),
    ("body", "сеть сети сетью сети", "n1 g1 i1 p1"),
    ("document", "речь речи речью речи", "n1 g1 i1 p1"),
    ("document", "отчетность отчетности отчетностью отчетности", "n1 g1 i1 p1"),
)
"""Nouns with few forms: class, forms, and the case and number of each."""
FRAMES = frozenset(
    """словам мнению данным информации версии оценке оценкам сведениям утверждению утверждениям
    заявлению сообщению сообщениям признанию прогнозу прогнозам подсчетам расчетам выражению
    убеждению наблюдениям""".split()
)
"""Nouns of `по словам`, `по ее мнению`."""

_CASES = ("n1", "g1", "d1", "a1", "i1", "p1")
_CUE_WORDS = 3
"""Words of a clause among which its verb stands: `в ответ сказал он`."""

_LEGAL_FORMS = frozenset("тц трц трк бц жк аэс тэс грэс гэс бпла зрк рсзо ао ип ск".split())
"""Stems that are whole words."""


class CueWord(NamedTuple):
    """A word of reporting: its class, and `m`, `f`, `n`, `p`lural, `s`ingular or "" (a gerund)."""

    kind: str
    agreement: str


class Noun(NamedTuple):
    """A reading of a noun form: class, dictionary form, case and number (`n1`, `g2`)."""

    kind: str
    lemma: str
    case: str


def fold(word: str) -> str:
    """Return a word in lower case without "ё", as the lists have it."""
    return word.lower().replace("ё", "е")


def cue_of(word: str) -> CueWord | None:
    """Return what a folded word reports, if it is one of reporting.

    >>> cue_of("заявила")
    CueWord(kind='say', agreement='f')
    """
    return _cues().get(word)


def nouns_of(word: str) -> tuple[Noun, ...]:
    """Return the readings of a folded word as a noun that speaks."""
    found = _nouns().get(word, ())
    if not found and "-" in word:  # `экс-министр`, `летчик-испытатель`
        found = _nouns().get(word.rsplit("-", 1)[1], ()) or _nouns().get(word.split("-", 1)[0], ())
    elif not found and word.startswith(_PREFIXES):  # `инвесткомпания`, `горбольница`
        rest = next(word[len(start) :] for start in _PREFIXES if word.startswith(start))
        found = tuple(noun for noun in _nouns().get(rest, ()) if noun.kind in {"body", "media"})
    return found


def agreement_of(word: str) -> str:
    """Return `m`, `f`, `n` or `p` for a verb of the past tense, else "".

    >>> agreement_of("открыла"), agreement_of("посол")
    ('f', '')
    """
    match = _PAST.fullmatch(word)
    return _PAST_GENDER[match["end"]] if match and word not in _NOT_PAST else ""


def verb_agreement(word: str) -> str:
    """Return the agreement of a verb of the past or present, "" for another word.

    >>> verb_agreement("открыла"), verb_agreement("отзывается"), verb_agreement("кругом")
    ('f', 's', '')
    """
    match = _PRESENT.fullmatch(word)
    return agreement_of(word) or (_PRESENT_NUMBER[match["end"][0]] if match else "")


def may_report(words: Sequence[str]) -> bool:
    """Return True for the words behind a quotation and a dash that tell who speaks.

    A cue is among the first three, or any verb opens them with its subject.

    >>> may_report(["в", "ответ", "сказал"]), may_report(["не", "унималась", "Лис"])
    (True, True)
    >>> may_report(["обыграла", "соперника"])
    False
    """
    if any(cue_of(fold(word)) for word in words[:_CUE_WORDS]):
        return True
    at = 1 if words[:1] == ["не"] else 0
    verb, subject = (*words[at : at + 2], "", "")[:2]
    is_subject = subject in {"он", "она", "они"} or subject[:1].isupper()
    is_subject = is_subject or any(
        noun.kind in {"person", "woman"} and noun.case == "n1" for noun in nouns_of(fold(subject))
    )
    return is_subject and bool(verb_agreement(verb))


def is_class_word(word: str) -> bool:
    """Return True for a folded noun that takes a name in marks: `компания`, `газопроводу`."""
    stems = _class_stems()
    if word in _LEGAL_FORMS:
        return True
    return any(
        word[: len(word) - cut] in stems
        for cut in range(5)
        if len(word) - cut >= 2 and word[: len(word) - cut] not in _LEGAL_FORMS
    )


def _rows(name: str) -> Iterator[list[str]]:
    table = files("worker.parse").joinpath("data", name).read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def _class_stems() -> frozenset[str]:
    return frozenset(stem for row in _rows("name_classes-ru.tsv") for stem in row[0].split())


@cache
def _nouns() -> dict[str, tuple[Noun, ...]]:
    found: dict[str, list[Noun]] = {}
    for kind, nouns in _rows("source_nouns-ru.tsv"):
        for noun in dict.fromkeys(nouns.split()):
            _add_forms(found, noun, kind)
    for noun, kind in _trades():
        if not any(reading.lemma == noun for reading in found.get(noun, ())):
            _add_forms(found, noun, kind)
    for kind, forms, cases in _IRREGULAR:
        for form, case in zip(forms.split(), cases.split(), strict=True):
            found.setdefault(form, []).append(Noun(kind, forms.split()[0], case))
    return {form: tuple(readings) for form, readings in found.items()}


def _add_forms(found: dict[str, list[Noun]], noun: str, kind: str) -> None:
    # `замминистра` holds a genitive, and does not decline.
    is_fixed = noun.startswith("зам") and noun[-1] in "аы"
    for form, case in [(noun, case) for case in _CASES] if is_fixed else forms_of(noun):
        found.setdefault(form, []).append(Noun(kind, noun, case))


def _trades() -> Iterator[tuple[str, str]]:
    """Yield the nouns that name a person's role, each with its class."""
    for (line,) in _rows("role_nouns-ru.txt"):
        for noun in line.split():
            bare = noun.rstrip("*")
            # `замминистра` holds a genitive; `врио` does not decline.
            if bare[-1] not in "оеиу" and not bare.startswith("зам"):
                yield bare, "woman" if noun.endswith("*") else "person"


@cache
def _cues() -> dict[str, CueWord]:
    cues: dict[str, CueWord] = {}
    for kind, infinitive, *present in _rows("cues-ru.tsv"):
        for form, agreement in _verb_forms(infinitive, present):
            cues.setdefault(form, CueWord(kind, agreement))
    cues.update((word, CueWord("passive", "")) for word in _PASSIVE)
    del cues["согласно"]
    return cues


def _verb_forms(infinitive: str, present: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the past, the present and the gerunds of a verb: `сказал`, `говорят`, `заявив`."""
    if infinitive in _SHORT:
        yield from zip(_SHORT[infinitive], "mfnp", strict=True)
        return
    is_reflexive = infinitive.endswith("ся")
    stem = infinitive[:-4] if is_reflexive else infinitive[:-2]
    if infinitive.endswith("вести"):  # `привести`, `привел`
        stem = infinitive[:-3]
    for ending, agreement in zip(("л", "ла", "ло", "ли"), "mfnp", strict=True):
        past = _irregular_past(infinitive, ending) or stem + ending
        if is_reflexive:
            past += "ся" if ending == "л" else "сь"
        yield past, agreement
    yield stem + ("вшись" if is_reflexive else "в"), ""
    # `Иванова, заявившая, что ...`
    for ending in _PARTICIPLE_ENDINGS:
        yield f"{stem}вш{ending}{'ся' * is_reflexive}", ""
    yield from _present_forms(present, is_reflexive=is_reflexive)


def _irregular_past(infinitive: str, ending: str) -> str:
    """`произнес`, `предостерегла`; `счел`, `сочла`."""
    if infinitive == "счесть":
        return "счел" if ending == "л" else "соч" + ending
    masculine = _HARD_PAST.get(infinitive, "")
    return masculine + ending if masculine and ending != "л" else masculine


def _present_forms(present: list[str], *, is_reflexive: bool) -> Iterator[tuple[str, str]]:
    """Yield `говорит`, `говорят` and the gerund `говоря`."""
    yield from zip(present, "sp", strict=False)
    if present:
        plural = present[1]
        yield plural[:-4] + "ясь" if is_reflexive else plural[:-2] + "я", ""
        # `Иванов, добавляющий, что ...`
        bare = plural.removesuffix("ся")[:-1]
        for ending in _PARTICIPLE_ENDINGS:
            yield f"{bare}щ{ending}{'ся' * is_reflexive}", ""
