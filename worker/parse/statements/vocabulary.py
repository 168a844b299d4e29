"""Vocabulary: the number of each word for the statement models, and the classes of words.

A word of the table has a number of its own. Of names, figures and all other words only the class is
read: a capital word, a word in -ed.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import (
    AUXILIARIES,
    DETERMINERS,
    OPINION_NOUNS,
    PREPOSITIONS,
)
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, LOWER, NUMBER, PUNCTUATION

__all__ = [
    "CAPITAL_WORD",
    "CUE_WORDS",
    "ING",
    "MARK",
    "POSSESSIVES",
    "QUOTATION",
    "TOLD_WORDS",
    "VOCABULARY",
    "Bools",
    "Ints",
    "Vocabulary",
    "word_numbers",
    "word_table",
]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Below it lie words such as `takes`, which attribute in one of twelve places.
_MIN_SHARE = 0.08
_MIN_LISTED_WEIGHT = 0.25
# `announce`, `announced`, `announcement` share a stem; shorter stems join `state` and `statue`.
_STEM_LETTERS = 5
_DEEDS = frozenset("sang sing sings singing sung watch watched watching watches".split())
"""Words that attribute in PolNeAR, whose sources sing songs and watch debates, and not in wires."""
# `against the bill`, `per a police report`: the prepositions that stand for a verb.
_PREPOSITIONS_AS_CUES = frozenset("against per".split())
# `in the minister's words`, `by his reckoning`: nouns that stand for a verb in wires have at least
# this share; PolNeAR has too few of them for one.
_NOUN_SHARE = 0.25
_PRONOUNS = frozenset(
    "he she it they we i you him them me us who which what whom whose this these there".split()
)
_CONJUNCTIONS = frozenset(
    "that and or but nor so yet if whether because although though whereas while when where why how"
    " than as not n't also more most all those such both either even just only well".split()
)
_FUNCTION_WORDS = (
    AUXILIARIES | PREPOSITIONS | DETERMINERS | _PRONOUNS | _CONJUNCTIONS | {"according"}
)
_MARKS = (*".,;:()[]-–—―/$@#?!", "--", "...", "…")
_ENDINGS = ("ed", "ing", "ly", "'s", "’s", "s")
CAPITAL_WORD, _NUMBER, QUOTATION, MARK, _OTHER = range(1, 6)
"""Numbers of classes; 0 is that of the space between sentences, and the endings follow."""
_FIRST_ENDING = _OTHER + 1
_FIRST_WORD = _FIRST_ENDING + len(_ENDINGS)
ING = _FIRST_ENDING + _ENDINGS.index("ing")
POSSESSIVES = tuple(_FIRST_ENDING + _ENDINGS.index(ending) for ending in ("'s", "’s"))


class Vocabulary(NamedTuple):
    """The numbers of words and, for each number, the facts that the features read.

    `classes` gives a function word its own number and any other word that of its class; `stems`
    are shared by the forms of most words; `shares` tell how often a word attributes, in hundredths.
    """

    words: dict[str, int]
    classes: Ints
    stems: Ints
    shares: Ints


def _ending_number(word: str) -> int:
    for at, ending in enumerate(_ENDINGS, _FIRST_ENDING):
        if word.endswith(ending):
            return at
    return _OTHER


def _load_shares() -> dict[str, float]:
    table = files("worker.parse").joinpath("data/statement_words.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("# ")]
    return {word: float(share) for word, share in rows}


def _is_cue(word: str, share: float) -> bool:
    # `reportedly` attributes to nobody, and an auxiliary only with its verb.
    if word in _DEEDS or word.endswith("ly") or word in AUXILIARIES:
        return False
    return share >= _MIN_SHARE and (word not in PREPOSITIONS or word in _PREPOSITIONS_AS_CUES)


def _build() -> Vocabulary:
    shares = _load_shares()
    listed = [form for form, cue in CUES.items() if cue.weight >= _MIN_LISTED_WEIGHT]
    shares |= {noun: max(_NOUN_SHARE, shares.get(noun, 0.0)) for noun in sorted(OPINION_NOUNS)}
    # Cues that PolNeAR lacks (`affirmed`, `averred`) have the weight that the quote stage gives.
    for form in listed:
        shares.setdefault(form, CUES[form].weight)
    names = dict.fromkeys((*_MARKS, *sorted(_FUNCTION_WORDS), *shares))
    words = {word: number for number, word in enumerate(names, _FIRST_WORD)}
    size = _FIRST_WORD + len(words)
    classes, stems = np.arange(size), np.arange(size)
    hundredths = np.zeros(size, np.int64)
    verbs: dict[str, int] = {}
    first_stems: dict[str, int] = {}
    for word, number in words.items():
        share = shares.get(word, 0.0)
        stems[number] = first_stems.setdefault(word[:_STEM_LETTERS], number)
        if word in _FUNCTION_WORDS or word in _MARKS:
            classes[number] = number
        elif _is_cue(word, share):
            form = CUES[word].form if word in CUES else word[-2:]
            classes[number] = verbs.setdefault(f"{form} {share >= 0.4}", number)
        else:
            classes[number] = _ending_number(word)
        if _is_cue(word, share):
            hundredths[number] = round(share * 100)
    return Vocabulary(words, classes, stems, hundredths)


def word_table(words: Iterable[str]) -> Bools:
    """Return which numbers are those of certain words."""
    table = np.zeros(len(VOCABULARY.classes), np.bool_)
    table[[VOCABULARY.words[word] for word in words if word in VOCABULARY.words]] = True
    return table


VOCABULARY = _build()
CUE_WORDS = frozenset(
    word for word, number in VOCABULARY.words.items() if VOCABULARY.shares[number]
)
"""Every word that may attribute."""
TOLD_WORDS = frozenset("told assured warned informed reminded notified advised cautioned".split())
"""Participles of verbs with a listener, who is the subject of a passive: `Congress was told`."""
_WORDS = VOCABULARY.words
_CAPITALS = {word: _WORDS[word] for word in sorted(_FUNCTION_WORDS) if word in _WORDS}
_MARK_NUMBERS = {mark: _WORDS[mark] for mark in _MARKS}


def word_numbers(sentence: Sentence) -> list[int]:
    """Return the number of each word of a sentence."""
    # Every token of a batch comes here: plain look-ups take half the time that a call each takes.
    words, capitals, marks = _WORDS, _CAPITALS, _MARK_NUMBERS
    return [
        (words[word] if word in words else _ending_number(word))
        if kind is LOWER
        else capitals.get(word, CAPITAL_WORD)
        if kind is CAPITAL
        else marks.get(word, MARK)
        if kind is PUNCTUATION
        else _NUMBER
        if kind is NUMBER
        else QUOTATION
        for word, kind in zip(sentence.words, sentence.kinds, strict=True)
    ]
