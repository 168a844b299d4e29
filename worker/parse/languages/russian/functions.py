"""Bodies that an item names by their function alone: `в областном управлении лесами`.

Such a body has no entity. Its name is the noun in the nominative with its adjectives and what it
governs: `областное управление лесами`.

In the examples: `управление лесами` the forest department, `областное` regional, `министерство
образования` the ministry of education, `по делам молодежи` for youth, `вчера` yesterday,
`пресс-служба главы района` the press office of the district head.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cache

from worker.parse.languages.russian.declension import forms_of
from worker.parse.languages.russian.lexicon import agreement_of, cue_of, fold, nouns_of
from worker.parse.languages.russian.news_words import is_noun_in_news
from worker.parse.languages.russian.organisations import nominative_of_body
from worker.parse.languages.russian.phrases import PREPOSITIONS, Phrase, read_phrase
from worker.parse.languages.russian.units import Sentence, UnitKind

__all__ = ["FunctionNames"]

_FUNCTIONS = frozenset(
    """министерство управление департамент комитет комиссия инспекция прокуратура полиция суд мэрия
    администрация правительство кабмин парламент палата совет штаб оперштаб посольство консульство
    генконсульство служба дума собрание оргкомитет правление таможня минздрав минтранс минстрой
    минсельхоз минобр минкульт минспорт минтруд облздрав горздрав облсуд горсуд райсуд военкомат
    больница университет музей заповедник зоопарк гидрометцентр федерация ассоциация агентство фонд
    инспекция отделение аэропорт театр филармония секретариат дирекция профсоюз лига союз
    """.split()
)
"""Nouns that name a body together with its adjective or its genitive: `в областном управлении`."""
_VAGUE = frozenset(
    """биржа
    ведомство министерство агентство управление департамент комитет комиссия служба инспекция суд
    палата совет партия движение союз федерация фонд клуб организация компания корпорация концерн
    холдинг авиакомпания перевозчик застройщик оператор производитель банк регулятор предприятие
    завод институт центр штаб главк секретариат аппарат руководство дирекция редакция разработчик
    фирма ритейлер учреждение эмитент орган отделение представительство группировка госкомпания
    администрация ассоциация лаборатория миссия собрание защита обвинение медучреждение вуз
    турфирма агрофирма агрохолдинг издательство студия архив""".split()
)
"""Nouns that name a body by its function only with an adjective or a genitive."""
_ANY = tuple(
    """местн региональн областн краев городск районн российск федеральн эт данн сво наш главн
    центральн сам нов бывш окружн республиканск муниципальн отраслев профильн уполномоченн
    соответствующ территориальн ее его их""".split()
)
"""Beginnings of adjectives that many bodies have."""
_WORD = re.compile(r"[ \u00a0]+([\w-]+)")
_GENITIVE = re.compile(
    r"[а-яё-]+(?:ого|его|ой|ей|ых|их|ии|ия|ства|а|я|ы|и|ов|ев|ом|ем|ами|ями)|[А-ЯЁ]{2,}|[А-ЯЁ][а-яё-]+"
)
_DATIVE = re.compile(r"[а-яё-]+(?:ому|ему|ой|ей|ым|им|ам|ям|у|ю|е|и)")
_FIRMS = frozenset("подрядчик застройщик страховщик поставщик заемщик девелопер".split())
_VERBS = frozenset({"начала", "стала"})
"""Verbs that are nouns as well."""
_STEM = 4
_FUNCTION_WORDS = 5
_LOOK_BACK = 4
"""Earlier mentions of a noun that are looked at, the latest first."""
_CASES = ("nominative", "genitive", "dative", "accusative", "prepositional")


class FunctionNames:
    """The names of the bodies of an item that have only a function."""

    def __init__(self, full: str, sentences: Iterable[Sentence]) -> None:
        """Take the text and all its sentences."""
        self._full = full
        self._places: dict[str, list[tuple[int, Sentence, int]]] = {}
        forms = _function_forms()
        for sentence in sentences:
            for number, unit in enumerate(sentence):
                if unit.word in forms and unit.kind is UnitKind.WORD:
                    place = (unit.start, sentence, number)
                    self._places.setdefault(forms[unit.word], []).append(place)

    def find(self, phrase: Phrase) -> str | None:
        """Return the name of the body that a phrase names by its function, None for none."""
        if phrase.kind != "body" or phrase.head.startswith("пресс-"):
            return _press_office(self._printed(phrase), phrase)
        printed = self._printed(phrase)
        if " " in printed and phrase.head not in _FUNCTIONS and phrase.head[:3] != "мин":
            return None
        if " " not in printed:
            # `в министерстве` after `региональному министерству образования`
            bare = "" if phrase.head in _VAGUE else printed
            printed = self._find_fuller(phrase) or bare
        if printed and " " not in printed:
            # `в горбольнице`, of which the lists have `больница`
            at = fold(printed).find(phrase.head[:_STEM])
            return fold(printed)[: max(at, 0)] + phrase.head
        return nominative_of_body(printed) if printed else None

    def has_complement(self, phrase: Phrase) -> bool:
        """Return True for `управление лесами`, False for `областное управление`."""
        return self._end(phrase) > phrase.span.end

    def adjective_of(self, phrase: Phrase) -> str:
        """Return the adjective that tells which body is meant: `таможенная` but no `местная`."""
        words = phrase.span.of(self._full).split()
        adjective = fold(words[0]) if phrase.head in _FUNCTIONS and len(words) > 1 else ""
        return "" if adjective.startswith(_ANY) or nouns_of(adjective) else adjective

    def _printed(self, phrase: Phrase) -> str:
        return self._full[phrase.span.start : self._end(phrase)]

    def _find_fuller(self, phrase: Phrase) -> str | None:
        """Return the last words for a body before a phrase that say more than its noun does."""
        places = self._places.get(phrase.head, [])
        before = bisect_left(places, phrase.span.start, key=lambda place: place[0])
        for _, sentence, number in reversed(places[max(0, before - _LOOK_BACK) : before]):
            for case in _CASES:
                found = read_phrase(self._full, sentence, max(0, number - 1), len(sentence), case)
                if found and found.head == phrase.head and " " in self._printed(found):
                    return self._printed(found)
        return None

    def _end(self, phrase: Phrase) -> int:
        """Return the end of the words for a body: `управления по делам молодежи`, not `вчера`."""
        end, form = phrase.span.end, _GENITIVE
        words = phrase.words[:_FUNCTION_WORDS]
        for word, behind in zip(words, (*words[1:], ""), strict=False):
            match = _WORD.match(self._full, end)
            if match is None or fold(match[1]) != word or cue_of(word) or _is_verb(word):
                break
            if word == "по" and _DATIVE.fullmatch(behind):
                form = _DATIVE
            elif word in PREPOSITIONS or not form.fullmatch(match[1]):
                break
            end = match.end()
        return end


def _is_verb(word: str) -> bool:
    """`начала`, `утвердила`; not `отдела`, whose nominative is a noun."""
    is_past = agreement_of(word) in {"f", "n"} and not nouns_of(word)
    return is_past and (word in _VERBS or not is_noun_in_news(word[:-1], "m"))


def _press_office(printed: str, phrase: Phrase) -> str | None:
    """`пресс-служба главы района`; that of a body is the body itself."""
    nouns = nouns_of(phrase.words[0]) if phrase.words else ()
    is_of_person = any(noun.kind == "person" and noun.case == "g1" for noun in nouns)
    is_of_person = is_of_person and not any(noun.lemma in _FIRMS for noun in nouns)
    is_office = phrase.head == "пресс-служба" and is_of_person
    return nominative_of_body(printed) if is_office and " " in printed else None


@cache
def _function_forms() -> Mapping[str, str]:
    """Return the dictionary form of each form of a noun that names a body by its function."""
    return {form: noun for noun in sorted(_FUNCTIONS) for form, _ in forms_of(noun)}
