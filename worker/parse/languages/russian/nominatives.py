"""The nominative of a name that has a head noun: adjectives, the head, and what the head governs.

`Верховного суда Республики Карелия` is `Верховный суд Республики Карелия`: only the head and the
adjectives before it change, and they agree in gender and case.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from worker.parse.languages.russian.head_words import (
    LONGEST_HEAD,
    head_forms,
    is_acronym,
    modifier_forms,
)
from worker.parse.languages.russian.news_words import commonness, worth_in_news
from worker.parse.languages.russian.word_forms import (
    STRESSED_STEMS,
    WordForm,
    adjective_forms,
    fold_yo,
)

__all__ = ["Worth", "find_nominative", "with_capitals"]

Worth = Callable[[str], float]
"""How likely a nominative is as a head, or a whole phrase as a name: 0 if nothing is known."""

_PRIOR = {"n": 0.0, "g": -0.1, "a": -0.25, "d": -0.5, "i": -0.4, "p": -0.15}
_ASKED_FOR = 1.2
_AS_PRINTED = -0.3
_LIKELY_CASE = 0.25
_MOST_ADJECTIVES = 5
_VOWELS = "аеиоуыэюя"
_PLURAL_ENDS = frozenset("ов ев ей ам ям ах ях".split())
_WORD = re.compile(r"(?:\d+-)?[А-ЯЁа-яё]+(?:[-'’][А-ЯЁа-яё]+)*")
_NUMBER = re.compile(r" ?-\d+\Z")
_MARKS = '«»"“”„()'
_UNKNOWN_HEAD = -1.3
_UNKNOWN_AFTER_ADJECTIVE = 0.95
_AGENTS = "тель"
"""`Вятского наблюдателя`: an adjective in -ский shows the case of a noun that is in no list."""

_ACRONYM = 1.0
_WHOLE = 2.0
_SOFT = -0.3
_FEMININE = 0.05
"""`Братиславе`: of two spellings that the table of places has, the one in -а is Russian."""

_OBLIQUE = re.compile(r"(?:ом|ем|ой|у|ю|ии|ам|ами|ах|[^аеиоуыэюя][ое]в)\Z")
_MAY_BE_OBLIQUE = -0.7
_PLURAL = -0.3
_ADJECTIVE = 0.5
_STRANGE_ADJECTIVE = -2.0
_RARE_ADJECTIVE = -0.5
_STRANGE_END = re.compile(r"(?:[уыо]я|[ая]хи|[ое]вы)\Z")
"""`Великую Отечественную` is of no noun `Отечественнуя`, `Раубичах` of no `Раубичахи`."""

_ADJECTIVAL = re.compile(r"(?:[ыио]й|ая|яя|ое|ее|ые|ие)\Z")
_ADJECTIVE_ALONE = -0.5
"""`Великую Новоселку`: a noun that no table has is likelier the head than its adjective."""

_PLAIN = 0.3
"""`Вишневом саде` is of `вишневый`, and of no man called `Вишнев`."""

_COMPOUND = -0.4
_COMMON_NOUN_IN_COMPOUND = 1.8
_CHANGED_BY_NEWS = -0.2
_NO_ENDING = -1.0
"""`Суд` is seldom the genitive of a plural `суды`."""

_LIKELY_UNKNOWN = 0.2
_UNKNOWN_NAMES = (
    # `Щелыкове`, `Домодедове`: villages are neuter.
    (re.compile(r"(?:ов|ев|ин|ын)е\Z"), "о", "n"),
    # `Усть-Рудице`, `Третьяковке`, `Дарат-Иззе`
    (re.compile(r"(?:иц|[^аеиоуыэюяйь][кнлмвц]|(.)\1)е\Z"), "а", "f"),
    # `Мангазее`
    (re.compile(r"ее\Z"), "я", "f"),
    (re.compile(r"ии\Z"), "я", "f"),
)
"""The likelier of several nominatives that no table has, by the end of the printed word."""

_TYPICAL_ADJECTIVE = re.compile(
    r"(?:ск|цк|[нвш]|[аяую]щ|\bбел|\bмал|\bстар|\bтих|\bчерн|\bмертв|\bзолот|\bвелик|\bнародн"
    r"|\bпят|\bдевят|\bвтор|\bтрет|\bмокр|\bдобр|\bсвят|\bкругл|\bтепл|\bвысок|\bглубок|\bжелт"
    r"|-)(?:ий|ый|ой|ая|яя|ое|ее|ые|ие|ья|ье|ьи|[йяе])\Z|(?:ов|ев|ин)о?\Z"
)


class _Candidate(NamedTuple):
    """The nominatives of the first words of a name, and what speaks for them."""

    score: float
    words: tuple[str, ...]


def find_nominative(name: str, worth: Worth, *, cases: str = "", whole: Worth | None = None) -> str:
    """Return a name in the nominative, as it is printed if nothing is known of its words.

    Args:
        name: As printed, in any case.
        worth: Tells how well a nominative is known as the head of such names.
        cases: The cases that the word before the name asks for, in capitals if it may have an
            apposition as well; "" for any.
        whole: Tells the same of the nominatives of all the words together.

    >>> find_nominative("Верховного суда РФ", lambda word: 2.0 * (word == "суд"))
    'Верховный суд РФ'
    """
    printed = name.split()
    # `Северному потоку-2`
    words = [_NUMBER.sub("", word.strip(_MARKS)) for word in printed]
    first = list(takewhile(_is_russian, words))[: _MOST_ADJECTIVES + 1]
    if not first or (is_acronym(first[0]) and len(words) == 1):
        return name
    is_upper = name.isupper() and len(words) > 1
    folded = tuple(word if is_acronym(word) and not is_upper else fold_yo(word) for word in first)
    search = _Search(folded, worth, cases, whole)
    candidates = [_Candidate(_AS_PRINTED, folded[:1])]
    if not is_acronym(folded[0]):
        candidates += search.agreeing(is_longer=len(words) > 1)
    if len(first) == len(words) and _may_be_compound(name, words):
        candidates += search.compounds(is_common=words[-1][0].islower())
    best = max(candidates, key=lambda one: one.score)
    changed = [
        word.replace(bare, with_capitals(nominative, bare), 1)
        for word, bare, nominative in zip(printed, words, best.words, strict=False)
    ]
    return " ".join([*changed, *printed[len(changed) :]])


def _may_be_compound(name: str, words: Sequence[str]) -> bool:
    """`Газпром нефть`: two or three words without marks between them, the first in capitals."""
    bare = name.strip(_MARKS)
    has_marks = '"' in bare or "«" in bare
    return 1 < len(words) < 4 and not has_marks and all(word[0].isupper() for word in words[:-1])


def _is_russian(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and len(word) <= LONGEST_HEAD


@dataclass(frozen=True, slots=True)
class _Search:
    """The folded words of a name, and what is known of them."""

    folded: Sequence[str]
    worth: Worth
    cases: str
    whole: Worth | None

    def agreeing(self, *, is_longer: bool) -> Iterator[_Candidate]:
        """Yield the readings: each word may be the head, with all words before as adjectives."""
        for at, word in enumerate(self.folded):
            variants = self._adjectives(at)
            if not variants:
                return
            for form in head_forms(word):
                is_first = not at and is_longer
                if is_first and form.case != "n" and not self._known(form[0], form[1]):
                    # `Жогорку Кенеш`: an unknown first word is no head.
                    continue
                for adjectives, worth in variants:
                    agreeing = _agreeing_nominatives(adjectives, form)
                    if agreeing is not None:
                        yield self._candidate(form, word, agreeing, worth)

    def _adjectives(self, count: int) -> list[tuple[list[tuple[WordForm, ...]], float]]:
        """Return the readings of the first words as adjectives, and what speaks for them."""
        modifiers = [modifier_forms(word) for word in self.folded[:count]]
        if not all(modifiers):
            return []
        plain = [adjective_forms(word) for word in self.folded[:count]]
        if plain != modifiers and all(map(_is_usual_adjective, plain)):
            return [(modifiers, 0.0), (plain, _PLAIN)]
        return [(modifiers, 0.0)]

    def _candidate(
        self, form: WordForm, word: str, adjectives: Sequence[str], worth: float
    ) -> _Candidate:
        words = (*adjectives, form.nominative)
        score = self._score(form, word) + worth
        if adjectives:
            score += self._worth_of_adjectives(adjectives, form)
        elif len(self.folded) > 1 and _ADJECTIVAL.search(form.nominative):
            score += _ADJECTIVE_ALONE
        # `Нижнему Новгороду`: the table of places knows `Нижний Новгород` as a whole.
        if self.whole and adjectives and len(self.folded) == len(words):
            score += _WHOLE * self.whole(" ".join(words))
        return _Candidate(score, words)

    def compounds(self, *, is_common: bool) -> Iterator[_Candidate]:
        """Yield the readings as a firm's name, in which the last word alone declines.

        `Газпром нефти` is of `Газпром нефть`, `Ак Барса` of `Ак Барс`. A common noun is never in
        the genitive behind a proper name.

        Args:
            is_common: The last word is printed in small letters.
        """
        *before, last = self.folded
        forms = head_forms(last)
        may_be_genitive = any(form.case == "g" and form.nominative != last for form in forms)
        if is_acronym(before[-1]) and may_be_genitive:
            # `МИД Японии`
            return
        if not all(is_acronym(word) or self._is_fixed(word) for word in before):
            return
        for form in forms:
            is_asked = not self.cases.islower() or form.case in self.cases
            if is_asked and (form.nominative != last or form.case == "n"):
                score = _COMPOUND + self._score(form, last)
                score += _COMMON_NOUN_IN_COMPOUND * is_common
                yield _Candidate(score, (*before, form.nominative))

    def _known(self, nominative: str, gender: str) -> float:
        """Return how well a head is known: by the tables, as an acronym, by the news."""
        if nominative.isupper():
            return self.worth(nominative) or _ACRONYM
        tail = nominative.rpartition("-")[2]
        return (
            self.worth(nominative)
            or worth_in_news(nominative, gender)
            or worth_in_news(tail, gender)
        )

    def _is_fixed(self, word: str) -> bool:
        """True for a word in a consonant that is no adjective: `Газпром`, `Ак`, `Тинькофф`."""
        if word[-1] in "аеиоуыэюяйь" or word.endswith(("ых", "их", "ым", "им")):
            return False
        if word.endswith(("ом", "ем")):
            return bool(self.worth(word))
        return not any(commonness(form.nominative) for form in modifier_forms(word))

    def _score(self, form: WordForm, word: str) -> float:
        known = self._known(form.nominative, form.gender)
        score = (known or _UNKNOWN_HEAD) + _PRIOR[form.case]
        score += self._worth_of_form(form, word) if known else _worth_of_unknown(form, word)
        if form.nominative.endswith("поль"):
            score += _FEMININE
        if form.nominative == word and not is_acronym(word):
            score += self._cost_of_no_change(form, word)
        if form.case in self.cases:
            score += _ASKED_FOR - _PRIOR[form.case]
        elif form.case.upper() in self.cases:
            score += _LIKELY_CASE
        return score

    def _worth_of_form(self, form: WordForm, word: str) -> float:
        """Return what speaks for the number and gender of a known head."""
        worth = (
            _PLURAL if form.gender == "p" and (form.nominative != word or word[-1] == "а") else 0.0
        )
        if form.gender == "f" and form.nominative[-1] in "ая":
            worth += _FEMININE
        if _has_no_ending(form, word):
            worth += _NO_ENDING * (self.worth(word) >= self.worth(form.nominative))
        if self.worth(form.nominative):
            return worth
        return worth + _CHANGED_BY_NEWS * (form.nominative != word)

    def _cost_of_no_change(self, form: WordForm, word: str) -> float:
        """`Торпедо`, but not `Баварии`: few words that look like a case are nominatives."""
        is_fixed = form.case != "n" and (form.gender != "n" or not self.worth(word))
        is_neuter = form.gender == "n" and word[-1] == "о" and word[-2:] != "го"
        if (is_fixed and not is_neuter) or self._may_be_oblique(word):
            return _MAY_BE_OBLIQUE
        # `Гаване`, which the table of places has beside `Гавана`
        return _MAY_BE_OBLIQUE / 4 if word[-1] == "е" and "-" not in word else 0.0

    def _may_be_oblique(self, word: str) -> bool:
        """`Баварии`, but not `Газпром` and `Ростов-на-Дону`, which look like cases too."""
        is_known = self.whole is None and self.worth(word) > 1
        return bool(_OBLIQUE.search(word)) and "-на-" not in word and not is_known

    def _worth_of_adjectives(self, adjectives: Sequence[str], form: WordForm) -> float:
        """Return what the adjectives before a head speak for it, above all if no list has it."""
        score = _ADJECTIVE * len(adjectives) + sum(map(_worth_of_adjective, adjectives))
        head = form.nominative
        # `Вятского наблюдателя` (the Vyatka Observer) is of `наблюдатель`, not of `наблюдател`.
        if head.endswith(_AGENTS):
            return score + _UNKNOWN_AFTER_ADJECTIVE
        if not self._known(head, form.gender):
            # `Великую Новоселку`: an adjective in no nominative shows the case.
            return score + _UNKNOWN_AFTER_ADJECTIVE + _SOFT * head.endswith("тел")
        return score


def _agreeing_nominatives(
    adjectives: Sequence[Sequence[WordForm]], head: WordForm
) -> list[str] | None:
    """Return the adjectives in the nominative, None if one differs in gender or case."""
    nominatives: list[str] = []
    for forms in adjectives:
        own = next((form.nominative for form in forms if form[1:] == head[1:]), None)
        if own is None:
            return None
        nominatives.append(own)
    return nominatives


def _is_usual_adjective(forms: Sequence[WordForm]) -> bool:
    return any(commonness(form.nominative) for form in forms)


def _worth_of_unknown(form: WordForm, word: str) -> float:
    """Return what speaks for a head that no table has: `Мангазее` is rather of `Мангазея`."""
    worth = _PLURAL if form.gender == "p" else 0.0
    if form.nominative.endswith(_AGENTS):
        # `Машиностроителя`
        worth += _LIKELY_UNKNOWN - _UNKNOWN_HEAD / 2
    elif form.nominative[-1] == "ь" or _STRANGE_END.search(form.nominative):
        worth += _SOFT
    if _has_no_ending(form, word):
        worth += _NO_ENDING
    likely = next((row for row in _UNKNOWN_NAMES if row[0].search(word)), None)
    if likely and form.gender == likely[2] and form.nominative[-1] == likely[1]:
        worth += _LIKELY_UNKNOWN
    return worth


def _has_no_ending(form: WordForm, word: str) -> bool:
    """`суд` as the genitive of a plural"""
    return form.gender == "p" and word[-1] not in _VOWELS and word[-2:] not in _PLURAL_ENDS


def _worth_of_adjective(nominative: str) -> float:
    common = commonness(nominative)
    if not common and not _TYPICAL_ADJECTIVE.search(nominative):
        return _STRANGE_ADJECTIVE
    # `Единой России` is of `Единая Россия`: few men's adjectives end as `Большой` does.
    is_rare = nominative.endswith("ой") and nominative[:-2] not in STRESSED_STEMS
    return _RARE_ADJECTIVE if is_rare else 0.0


def with_capitals(nominative: str, word: str) -> str:
    """Return the nominative with the capitals of the printed word.

    >>> with_capitals("великобритания", "Великобритании"), with_capitals("россия", "РОССИИ")
    ('Великобритания', 'РОССИЯ')
    >>> with_capitals("салтыков-щедрин", "Салтыкова-Щедрина"), with_capitals("о'нил", "О'Нила")
    ('Салтыков-Щедрин', "О'Нил")
    """
    parts, own = word.split("-"), nominative.split("-")
    if len(parts) == len(own) > 1:
        pairs = zip(own, parts, strict=True)
        return "-".join(with_capitals(new, old) for new, old in pairs)
    common = 0
    limit = min(len(nominative), len(word))
    while common < limit and nominative[common] == fold_yo(word[common]):
        common += 1
    rest = nominative[common:]
    start = "".join(
        new.upper() if old.isupper() else new
        for new, old in zip(nominative[:common], word, strict=False)
    )
    return start + (rest.upper() if word.isupper() and len(word) > 1 else rest)
