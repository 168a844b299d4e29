"""What the network is told of each token: numbers of words, letters, shapes, and bits.

The bits of a word follow from the word alone, so they are kept with it; the bits of a token follow
from its place in the text and from what the list finder reads there.
"""

from collections.abc import Sequence
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention
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
    "letters_of",
    "shape_of",
    "token_bits",
    "word_bits",
    "word_keys",
]

LABELS = tuple(EntityLabel)
LETTERS = 16
"""Letters that are read of a word: of a longer one its first and its last half as many."""

SHAPES = 10
_LETTER_KINDS = 64

_HEAD_LABELS = tuple(EntityLabel[name] for name in ("ORG", "GPE", "LOC", "FAC", "LAW", "EVENT"))
_KNOWN_LABELS = tuple(EntityLabel[name] for name in ("GPE", "NORP", "ORG", "LOC"))
WORD_BITS = len(_HEAD_LABELS) + len(_KNOWN_LABELS) + 11
PLACE_BITS = 5
"""Bits of a token that follow from its place in the text; those of the hints come after them."""

HINT_BITS = 2 * len(LABELS)
TOKEN_BITS = PLACE_BITS + HINT_BITS

_TOWN = 1.0
_CITY = 100_000.0
_LABEL_NUMBERS = MappingProxyType({label: number for number, label in enumerate(LABELS)})


def word_keys(word: str) -> tuple[str, ...]:
    """The keys under which a word is looked up among the word vectors, the best first."""
    lower = word.lower().replace("’", "'")
    if lower[0].isdigit():
        return lower, "0"
    return lower, lower.rstrip("."), lower.replace("'", "")


def shape_of(word: str) -> int:
    """The number of the word's shape, 1 to `SHAPES` - 1."""
    if word.isdigit():
        return 1
    if any(letter.isdigit() for letter in word):
        return 2
    if not any(letter.isalpha() for letter in word):
        return 3
    if word.isupper():
        return 5 if len(word) == 1 else 6 if "." in word else 4
    if word.islower():
        return 7
    return 8 if word[0].isupper() and word[1:].islower() else 9


def letters_of(word: str) -> list[int]:
    """The numbers of the word's letters, 1 to 191, at most `LETTERS` of them."""
    if len(word) > LETTERS:
        word = word[: LETTERS // 2] + word[-LETTERS // 2 :]
    return [code if (code := ord(letter)) < 128 else 128 + code % _LETTER_KINDS for letter in word]


def word_bits(word: str, lexicon: Lexicon) -> list[bool]:
    """What the lists and the place table say of the word, in `WORD_BITS` bits."""
    usual = lexicon.upper.get(word, word.title()) if word.isupper() and len(word) > 4 else word
    lower = word.lower()
    known = lexicon.entries.get(usual) or lexicon.entries.get(word)
    head = lexicon.heads.get(usual)
    weight = prominence(usual) if usual[0].isupper() and len(usual) > 2 else 0.0
    return [
        *(head is label for label in _HEAD_LABELS),
        *(known is not None and known.label is label for label in _KNOWN_LABELS),
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


def token_bits(tokens: TokenText, mentions: Sequence[NameMention]) -> list[list[int]]:
    """For each token the numbers of its bits that are set.

    Those of its place come first: glued to the token before, opening a sentence, in a window of
    capitals, seen in small letters elsewhere, seen with a capital inside a sentence. Then those of
    the mentions: for each label one for the first token and one for the others.
    """
    words, opens = tokens.words, tokens.opens
    lower_seen = {word for word in words if word.islower()}
    inner_seen = {
        word
        for word, is_open in zip(words, opens, strict=True)
        if not is_open and not word.islower()
    }
    bits: list[list[int]] = []
    end = -1
    for index, word in enumerate(words):
        found = [0] if tokens.starts[index] == end else []
        end = tokens.ends[index]
        if opens[index]:
            found.append(1)
        if not word.islower():
            if word.lower() in lower_seen:
                found.append(3)
            if opens[index] and word in inner_seen:
                found.append(4)
        bits.append(found)
    _mark_capitals(tokens, bits)
    _mark_mentions(tokens, mentions, bits)
    return bits


def _mark_capitals(tokens: TokenText, bits: list[list[int]]) -> None:
    """Mark the windows in which most words are capitalised throughout, or begin with a capital."""
    for start, end in tokens.windows:
        letters = [word for word in tokens.words[start:end] if word[0].isalpha()]
        capital = sum(word[0].isupper() for word in letters)
        if letters and capital * 10 > len(letters) * 6:
            for index in range(start, end):
                bits[index].append(2)


def _mark_mentions(
    tokens: TokenText, mentions: Sequence[NameMention], bits: list[list[int]]
) -> None:
    index = 0
    for mention in mentions:
        while index < len(bits) and tokens.starts[index] < mention.start:
            index += 1
        number = PLACE_BITS + 2 * _LABEL_NUMBERS[mention.label]
        while index < len(bits) and tokens.starts[index] < mention.end:
            bits[index].append(number + (tokens.starts[index] > mention.start))
            index += 1
