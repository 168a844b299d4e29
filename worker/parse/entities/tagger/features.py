"""Features of tokens for the network: word vectors' keys, letters, shapes and bits.

The bits of a word depend on the word alone, so the network keeps them with it. The bits of a token
depend on its place in the text and on the names that the rule tagger found there.

The network was trained on these very features: a change here needs new weights.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache, partial
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon, load_lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.sport import is_sport_report
from worker.parse.entities.tagger.tokens import TokenText
from worker.parse.places import prominence

__all__ = [
    "HINT_BITS",
    "LABELS",
    "LETTERS",
    "PLACE_BITS",
    "SHAPES",
    "TOKEN_BITS",
    "WORD_BITS",
    "WordFeatures",
    "english_words",
    "letters_of",
    "mark_rows",
    "place_bits",
    "shape_of",
    "token_bits",
    "word_bits",
    "word_keys",
]

LABELS = tuple(label for label in EntityLabel if not label.is_value)
"""The labels that the network knows."""

LETTERS = 16
"""Letters of a word that are read; of a longer word the first eight and the last eight."""

SHAPES = 10
_LETTER_KINDS = 64

_HEAD_LABELS = tuple(EntityLabel[name] for name in ("ORG", "GPE", "LOC", "FAC", "LAW", "EVENT"))
_ENTRY_LABELS = tuple(EntityLabel[name] for name in ("GPE", "NORP", "ORG", "LOC"))
WORD_BITS = len(_HEAD_LABELS) + len(_ENTRY_LABELS) + 11
PLACE_BITS = 5
"""Bits of a token for its place in the text; the bits of listed names come after them."""

HINT_BITS = 2 * len(LABELS)
"""Bits of a token for listed names: two for each label, for a name's first token and the others."""

KIND_BITS = 2
"""Bits of a token for the kind of text that it stands in; they come last."""

TOKEN_BITS = PLACE_BITS + HINT_BITS + KIND_BITS

_TOWN = 1.0
_CITY = 100_000.0
"""Weighted population from which a word's bits call it a town and a city."""


_GLUED, _OPENS_SENTENCE, _IN_HEADLINE, _LOWER_ELSEWHERE, _CAPITAL_ELSEWHERE = range(PLACE_BITS)
"""Bits of a token for its place in the text.

`_GLUED`: no space stands before it, as before the `s` of `Moe's`. `_LOWER_ELSEWHERE`: the item also
writes the word in small letters. `_CAPITAL_ELSEWHERE`: it opens a sentence or is set in capitals,
and the item also writes it with a capital inside a sentence.
"""

_IN_SPORT, _IN_ROW = range(PLACE_BITS + HINT_BITS, TOKEN_BITS)
"""Bits of a token for the kind of text that it stands in.

`_IN_SPORT`: the item reports sport, where a town's name often means its team. `_IN_ROW`: the token
stands in a row of a table.
"""

_FIGURE_SHARE = 3
"""In a row of a table at least every third token is a figure."""

_LABEL_NUMBERS = MappingProxyType({label: number for number, label in enumerate(LABELS)})


@dataclass(frozen=True, slots=True)
class WordFeatures:
    """What a language tells the network of a word beside its letters and its shape.

    Attributes:
        keys: The keys under which a word is looked up among the word vectors, best first.
        bits: The bits of a word, as many as the weights have.
    """

    keys: Callable[[str], tuple[str, ...]]
    bits: Callable[[str], list[bool]]


@lru_cache(maxsize=1)
def english_words() -> WordFeatures:
    """Return the features of English words."""
    return WordFeatures(word_keys, partial(word_bits, lexicon=load_lexicon()))


def word_keys(word: str) -> tuple[str, ...]:
    """Return the keys under which a word is looked up among the word vectors, best first."""
    lower = word.lower().replace("’", "'")
    if lower[0].isdigit():
        return lower, "0"
    return lower, lower.rstrip("."), lower.replace("'", "")


class _Shape(IntEnum):
    """Shapes of words; 0 is left for the padding of windows."""

    NUMBER = 1
    """`2025`"""
    WITH_DIGIT = 2
    """`MH17`, `1,200`"""
    MARK = 3
    CAPITALS = 4
    """`NATO`"""
    SINGLE_CAPITAL = 5
    """`V`"""
    DOTTED_CAPITALS = 6
    """`U.S.`"""
    LOWER = 7
    CAPITALISED = 8
    """`Moscow`"""
    MIXED = 9
    """`McCain`"""


def shape_of(word: str) -> int:
    """Return the number of the word's shape, 1 to `SHAPES` - 1."""
    if word.isdigit():
        return _Shape.NUMBER
    if any(letter.isdigit() for letter in word):
        return _Shape.WITH_DIGIT
    if not any(letter.isalpha() for letter in word):
        return _Shape.MARK
    return _case_shape(word)


def _case_shape(word: str) -> _Shape:
    if word.islower():
        return _Shape.LOWER
    if word.isupper():
        if len(word) == 1:
            return _Shape.SINGLE_CAPITAL
        return _Shape.DOTTED_CAPITALS if "." in word else _Shape.CAPITALS
    is_capitalised = word[0].isupper() and word[1:].islower()
    return _Shape.CAPITALISED if is_capitalised else _Shape.MIXED


def letters_of(word: str) -> list[int]:
    """Return the numbers of the word's letters, 1 to 191, at most `LETTERS` of them."""
    if len(word) > LETTERS:
        word = word[: LETTERS // 2] + word[-LETTERS // 2 :]
    return [code if (code := ord(letter)) < 128 else 128 + code % _LETTER_KINDS for letter in word]


def word_bits(word: str, lexicon: Lexicon) -> list[bool]:
    """Return the `WORD_BITS` bits that the word lists and the place table give the word."""
    usual = lexicon.upper.get(word, word.title()) if word.isupper() and len(word) > 4 else word
    lower = word.lower()
    entry = lexicon.entries.get(usual) or lexicon.entries.get(word)
    entry_label = entry.label if entry else None
    head_label = lexicon.heads.get(usual)
    weight = _town_weight(usual)
    return [
        *[head_label is label for label in _HEAD_LABELS],
        *[entry_label is label for label in _ENTRY_LABELS],
        usual in lexicon.given,
        usual in lexicon.cjk,
        usual in lexicon.first_heads,
        lower in lexicon.role_heads,
        lower in lexicon.role_mods,
        lower in lexicon.common or lower in lexicon.stop,
        usual in lexicon.calendar,
        lower in lexicon.verbs,
        usual in lexicon.caps or lower in lexicon.caps,
        weight >= _TOWN,
        weight >= _CITY,
    ]


def _town_weight(name: str) -> float:
    return prominence(name) if name[0].isupper() and len(name) > 2 else 0.0


def token_bits(tokens: TokenText, mentions: Sequence[NameMention]) -> list[list[int]]:
    """Return for each token the numbers of its bits that are set.

    The bits for the place in the text come first, then for each label a bit for the first token of
    a listed name and a bit for the others.
    """
    bits = place_bits(tokens)
    if is_sport_report(set(tokens.words)):
        for own in bits:
            own.append(_IN_SPORT)
    mark_rows(tokens, bits, _IN_ROW)
    _mark_mentions(tokens, mentions, bits)
    return bits


def _capitalised(words: Iterable[str]) -> dict[str, str]:
    """Return for each word in capitals its usual form: `PARIS`, `Paris`."""
    return {word: word.title() for word in words if len(word) > 1 and word.isupper()}


def place_bits(tokens: TokenText) -> list[list[int]]:
    """Return for each token the numbers of the bits that are set for its place in the text."""
    distinct = set(tokens.words)
    small = set(filter(str.islower, distinct))
    others = distinct - small
    also_small = {word for word in others if word.lower() in small}
    usual = _capitalised(others)
    inner = _inner_words(tokens)
    bits: list[list[int]] = []
    end = -1
    for word, start, own_end, is_open in zip(
        tokens.words, tokens.starts, tokens.ends, tokens.opens, strict=True
    ):
        own = [_GLUED] if start == end else []
        end = own_end
        if is_open:
            own.append(_OPENS_SENTENCE)
        if word not in small:
            if word in also_small:
                own.append(_LOWER_ELSEWHERE)
            # Of a word inside a sentence only capitals throughout are in question.
            if usual.get(word, word if is_open else None) in inner:
                own.append(_CAPITAL_ELSEWHERE)
        bits.append(own)
    _mark_headlines(tokens, bits)
    return bits


def _inner_words(tokens: TokenText) -> set[str]:
    """Return the words that stand inside a sentence."""
    return {word for word, is_open in zip(tokens.words, tokens.opens, strict=True) if not is_open}


def mark_rows(tokens: TokenText, bits: list[list[int]], number: int) -> None:
    """Set a bit in the windows that are rows of a table: `Leeds 12 7 3 2 19 11 24`."""
    firsts = [word[0] for word in tokens.words]
    for start, end in tokens.windows:
        figures = sum(map(str.isdigit, firsts[start:end]))
        if figures > 1 and figures * _FIGURE_SHARE >= end - start:
            for index in range(start, end):
                bits[index].append(number)


def _mark_headlines(tokens: TokenText, bits: list[list[int]]) -> None:
    """Mark the windows in which over six words of ten begin with a capital."""
    firsts = [word[0] for word in tokens.words]
    for start, end in tokens.windows:
        letters = list(filter(str.isalpha, firsts[start:end]))
        capital = sum(map(str.isupper, letters))
        if letters and capital * 10 > len(letters) * 6:
            for index in range(start, end):
                bits[index].append(_IN_HEADLINE)


def _mark_mentions(
    tokens: TokenText, mentions: Sequence[NameMention], bits: list[list[int]]
) -> None:
    """Mark the tokens of each listed name with the bits of its label."""
    index = 0
    for mention in mentions:
        while index < len(bits) and tokens.starts[index] < mention.start:
            index += 1
        number = PLACE_BITS + 2 * _LABEL_NUMBERS[mention.label]
        while index < len(bits) and tokens.starts[index] < mention.end:
            bits[index].append(number + (tokens.starts[index] > mention.start))
            index += 1
