"""Features of Russian words and tokens for the network.

The shape, the letters and the bits for the place in the text are those of English
(worker/parse/entities/tagger/features.py); here are the keys of the word vectors, the bits of a
word and two more bits of a token. The network was trained on these very features: a change here
or in `tagger_words-ru.tsv` needs new weights.
"""

import re
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from worker.parse.entities.tagger.features import (
    PLACE_BITS,
    WordFeatures,
    mark_rows,
    place_bits,
)
from worker.parse.entities.tagger.tokens import TokenText
from worker.parse.languages.russian.tagger_heads import HEAD_KINDS, mark_headed

__all__ = [
    "ABBREVIATIONS",
    "TOKEN_BITS",
    "WORD_BITS",
    "russian_token_bits",
    "russian_words",
    "stem_of",
]

ABBREVIATIONS = frozenset(
    "тыс млн млрд трлн руб коп долл гг вв др проч пр см ср ст стр гл им ул пл пер просп бул наб"
    " шос обл респ окр пос пгт дер стан корп стр кв тел св прп ок акад проф доц инж зам зав гос"
    " янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек мин сек час кг км экз".split()
)
"""Words that are printed with a full stop, which ends no sentence: `ул. Ленина`."""

_LISTS = ("people", "role", "body", "place", "class", "event", "law", "given")
"""Rows of `tagger_words-ru.tsv`; a form of a listed word has its list's bit."""

_OWN_KINDS = HEAD_KINDS[:4]
"""Rows of class words that are not in `_LISTS`; they have a bit of a word too."""

WORD_BITS = len(_LISTS) + 6 + len(_OWN_KINDS)

_IN_ROW, _IN_MARKS, _NAMED_ELSEWHERE, _HEADED = range(PLACE_BITS, PLACE_BITS + 4)
"""Bits of a token beside those for its place in the text.

`_IN_ROW`: it stands in a row of a table. `_IN_MARKS`: it stands between two quotation marks that
few tokens part, as a body's name does. `_NAMED_ELSEWHERE`: it is a form of a word that the item
prints behind a given name. `_HEADED`: the first of the bits for the class words of names.
"""

TOKEN_BITS = _HEADED + len(HEAD_KINDS)

_TOKENS_IN_MARKS = 8

_ENDING = re.compile(
    r"(?:ами|ями|ией|ого|его|ему|ому|ыми|ими|ою|ею|ой|ей|ом|ем|ым|им|ам|ям|ах|ях|ых|их|ую|юю|ая|яя"
    r"|ые|ие|ый|ий|ое|ее|ия|ию|ии|а|я|у|ю|е|и|ы|о|ь|й)\Z"
)
_PLURAL = re.compile(r"[ое]в\Z")
_VOWELS = "аеиоуыэюя"
_STEM_LENGTH_MIN = 3

_SURNAME = re.compile(
    r"""
    (?: (?:ов|ев|ин|ын) (?:а|у|ым|е|ой|ых|ыми|ы)?      # Иванов, Никитиной
      | [сц]к (?:ий|ого|ому|им|ом|ая|ую|ой|ие|их|ими)  # Вронского
      | енко | швили | дзе | (?:ян|чук|юк) (?:а|у|ом|е)? ) \Z  # Мирзояна
    """,
    re.VERBOSE,
)
_PATRONYMIC = re.compile(r"(?:(?:ов|ев|ь)ич(?:а|у|ем|е)?|(?:овн|евн|ичн)(?:а|ы|у|ой|е))\Z")
_ADJECTIVE = re.compile(r"[сц]к(?:ий|ого|ому|им|ом|ая|ую|ой|ою|ое|ие|их|ими)\Z")
_LATIN = re.compile("[A-Za-z]")
_OPENING, _CLOSING, _EITHER = frozenset("«„“"), frozenset("»”“"), '"'
_QUOTATION_MARKS = _OPENING | _CLOSING | {_EITHER}


def russian_words() -> WordFeatures:
    """Return the features of Russian words."""
    return WordFeatures(_word_keys, _word_bits)


def _word_keys(word: str) -> tuple[str, ...]:
    """Return the keys of the word vectors: `Ещё` is `ещё`, else `еще`."""
    lower = word.lower()
    if lower[0].isdigit():
        return lower, "0"
    return lower, lower.replace("ё", "е")


def stem_of(word: str) -> str:
    """Return what the forms of a word share, roughly, in small letters with "ё" as "е".

    >>> stem_of("Песковым"), stem_of("Песков"), stem_of("Андреем"), stem_of("российскому")
    ('песков', 'песков', 'андр', 'российск')
    """
    lower = word.lower().replace("ё", "е")
    stem = _ENDING.sub("", lower).rstrip(_VOWELS)
    return stem if len(stem) >= _STEM_LENGTH_MIN else lower


@lru_cache(maxsize=1)
def _load_rows() -> dict[str, frozenset[str]]:
    """Return the stems of each row of `tagger_words-ru.tsv`."""
    table = files("worker.parse").joinpath("data/tagger_words-ru.tsv").read_text("utf-8")
    rows = dict(line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {name: frozenset(map(stem_of, words.split())) for name, words in rows.items()}


@lru_cache(maxsize=1)
def _load_stems() -> tuple[frozenset[str], ...]:
    """Return the stems of each list, in the order of `_LISTS`."""
    return tuple(_load_rows()[name] for name in _LISTS)


@lru_cache(maxsize=1)
def _load_own_kinds() -> tuple[frozenset[str], ...]:
    """Return the stems of each row of `_OWN_KINDS`."""
    return tuple(_load_rows()[name] for name in _OWN_KINDS)


@lru_cache(maxsize=1)
def _load_heads() -> dict[str, list[int]]:
    """Return for the stem of each class word the bits of its kinds."""
    heads: dict[str, list[int]] = {}
    for number, kind in enumerate(HEAD_KINDS, _HEADED):
        for stem in _load_rows()[kind]:
            heads.setdefault(stem, []).append(number)
    return heads


def _word_bits(word: str) -> list[bool]:
    """Return the `WORD_BITS` bits that the lists and the spelling give the word."""
    lower, stem = word.lower(), stem_of(word)
    bare = _PLURAL.sub("", stem)  # `шведов`, but no given name in `Иванов`
    *lists, given = _load_stems()
    is_capitalised = word[0].isupper()
    return [
        *[stem in stems or bare in stems for stems in lists],
        stem in given and is_capitalised,
        is_capitalised and bool(_SURNAME.search(lower)),
        is_capitalised and bool(_PATRONYMIC.search(lower)),
        bool(_ADJECTIVE.search(lower)),
        word.isupper() and 2 <= len(word) <= 5,
        bool(_LATIN.search(word)),
        word in _QUOTATION_MARKS,
        *[stem in stems for stems in _load_own_kinds()],
    ]


def russian_token_bits(tokens: TokenText) -> list[list[int]]:
    """Return for each token the numbers of its bits that are set."""
    bits = place_bits(tokens)
    mark_rows(tokens, bits, _IN_ROW)
    quoted = _find_quoted(tokens)
    for first, end in quoted:
        for index in range(first, end):
            bits[index].append(_IN_MARKS)
    _mark_named(tokens, bits)
    mark_headed(tokens, bits, quoted=quoted, stem_of=stem_of, heads=_load_heads())
    return bits


def _find_quoted(tokens: TokenText) -> list[tuple[int, int]]:
    """Return the runs of tokens between marks that stand close: `партия "Единая Россия"`."""
    found: list[tuple[int, int]] = []
    opened = -1
    for index, word in enumerate(tokens.words):
        if word not in _QUOTATION_MARKS:
            continue
        if opened >= 0 and _closes(tokens, index, word):
            if 0 < index - opened - 1 <= _TOKENS_IN_MARKS:
                found.append((opened + 1, index))
            opened = -1
        elif _opens(tokens, index, word):
            opened = index
    return found


def _opens(tokens: TokenText, index: int, word: str) -> bool:
    """True for an opening mark; a straight one opens where no word stands right before it."""
    if word == _EITHER:
        is_glued = index > 0 and tokens.starts[index] == tokens.ends[index - 1]
        return not (is_glued and tokens.words[index - 1][0].isalnum())
    return word in _OPENING


def _closes(tokens: TokenText, index: int, word: str) -> bool:
    """True for a closing mark; a straight one closes where no space stands before it."""
    if word == _EITHER:
        return tokens.starts[index] == tokens.ends[index - 1]
    return word in _CLOSING


def _mark_named(tokens: TokenText, bits: list[list[int]]) -> None:
    """Mark every `Пескову` of an item that prints `Дмитрий Песков`."""
    given = _load_stems()[-1]
    capitalised = [index for index, word in enumerate(tokens.words) if word[0].isupper()]
    stems = {word: stem_of(word) for word in {tokens.words[index] for index in capitalised}}
    named = {
        stems[tokens.words[index]]
        for before, index in pairwise(capitalised)
        if index == before + 1 and stems[tokens.words[before]] in given
    }
    for index in capitalised:
        if stems[tokens.words[index]] in named:
            bits[index].append(_NAMED_ELSEWHERE)
