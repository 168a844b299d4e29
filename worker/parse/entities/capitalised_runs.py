"""Capitalised runs: the stretches of capitalised words in which names are looked for.

A run holds the capitalised words of a stretch and the small words between them ("of the", "and",
"bin"): `Ministry of Health`. A capital proves a name only inside a sentence, so each run records
whether it opens a sentence and whether its paragraph is set in title case.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from worker.model import Span
from worker.parse.entities.lexicon import Lexicon
from worker.parse.text import WireText

__all__ = ["CapitalisedRun", "Word", "find_capitalised_runs"]

LIMIT_WORDS = 40
"""A longer stretch of capitals is no sentence. It is cut, so that the work on a run is bounded."""

_UPPER = "A-Z" + re.escape(
    "".join(chr(c) for c in range(0xC0, min(0x1F00, sys.maxunicode)) if chr(c).isupper())
)

# It begins with a set of letters and looks back at the one it met: only then is it fast.
_WORD = re.compile(
    rf"""
    [{_UPPER}aeu] (?<![\w.].) (?:
      (?<=[{_UPPER}]) \. (?: (?:[{_UPPER}]\.){{1,5}}              # U.S., J.K.
                          | (?=\s?[{_UPPER}]) )                  # V. Petrov
    | (?: (?: (?<=[aA])[lnrstd]h? | (?<=[eEuU])l )[-’'][{_UPPER}]  # al-Sharaa
        | (?<=[{_UPPER}]) ) \w{{0,60}}
      (?: [-’'&] [{_UPPER}\d] \w{{0,60}}                         # Coca-Cola, O'Neill, AT&T
        | -(?:al|ed|el|ol|ul)-[{_UPPER}] \w{{0,60}}               # Sharm-el-Sheikh
        | [+](?!\w) ){{0,5}}                                     # Disney+
    )
    """,
    re.VERBOSE,
)

_JOINT = re.compile(
    r"""
    [ ] (?: (?: of | for | and | to | on | with | & | de | da | di | do | dos | del | della | la
             | le | van | von | der | den | ter | bin | ibn | bint | al | el | ul | zu | y | e
             | in ) [ ] ){0,1}
        (?: (?: the | la | der | den | las | los ) [ ] ){0,1}
    | [.][ ] | [ ]d['’] | [ ]{2}
    """,
    re.VERBOSE,
)
"""The text between two capitalised words of a run: `of the`, `. ` after an initial, ` d'`."""

_SMALL_WORD = re.compile(r"[^\s.]+")
_OPENERS = " \t\n\"'“”‘’«([*_-"
_SENTENCE_MARKS = frozenset(".!?:;…")
_LOWER_WORDS = re.compile(r"\b[a-z]{4,30}\b")
"""Words that title case would give a capital: longer than `of` and `the`."""

_LONGEST_TITLE = 250
"""Code points. Headlines and decks are shorter, paragraphs with as many capitals longer."""

_FEWEST_CAPITALS = 4

_PREFIXES = MappingProxyType(
    dict.fromkeys(
        "Anti Pro Non Pre Post Mid Ex Intra Inter Trans Sub Pan Semi Neo Counter Multi All"
        " R D I".split()  # "R-Ohio": party and state of a member of Congress
    )
)


class Word(NamedTuple):
    """A word of a run; `text` is in its usual case if the word is a listed name in capitals."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class CapitalisedRun:
    """The words of a stretch.

    `opens`: the first word begins a sentence or a quotation, so its capital proves nothing.
    `titled`: the paragraph is in title case, so no capital does.
    """

    words: list[Word]
    opens: bool
    titled: bool


def find_capitalised_runs(text: WireText, lexicon: Lexicon) -> Iterator[CapitalisedRun]:
    """Yield the runs of each paragraph in text order."""
    for paragraph in text.paragraphs:
        yield from _read_paragraph(text.full, paragraph, lexicon)


def _read_paragraph(full: str, paragraph: Span, lexicon: Lexicon) -> Iterator[CapitalisedRun]:
    words = [
        _read_word(match.group(), match.start(), lexicon)
        for match in _WORD.finditer(full, paragraph.start, paragraph.end)
    ]
    if not words:
        return
    titled = _is_titled(full, paragraph, len(words))
    run = CapitalisedRun([words[0]], _opens_sentence(full, paragraph.start, words[0].start), titled)
    for last, word in pairwise(words):
        gap = full[last.end : word.start]
        if len(run.words) < LIMIT_WORDS and _joins(gap, last, lexicon):
            run.words += _small_words(gap, last.end)
            run.words.append(word)
            continue
        yield run
        abbreviated = gap == ". " and _is_abbreviation(last, lexicon)
        run = CapitalisedRun(
            [word], not abbreviated and _opens_sentence(full, paragraph.start, word.start), titled
        )
    yield run


def _read_word(word: str, start: int, lexicon: Lexicon) -> Word:
    """Return the word in its usual case, without a prefix and a hyphen (`Anti-Kremlin`).

    `Russia-NATO` stays whole: the grammar of names divides it if no head word joins both.
    """
    if word[-2:] in {"'S", "’S"} and len(word) > 3:
        word = word[:-2]
    if word.isupper() and word not in lexicon.entries:
        usual = lexicon.upper.get(word, word)
    else:
        usual = word
    if "-" not in word or usual in lexicon.entries:
        return Word(usual, start, start + len(word))
    head, _, tail = word.partition("-")
    if head in _PREFIXES and tail[:1].isupper():
        return _read_word(tail, start + len(head) + 1, lexicon)
    return Word(usual, start, start + len(word))


def _is_abbreviation(word: Word, lexicon: Lexicon) -> bool:
    return word.text.lower() in lexicon.abbreviations or word.text in {"St", "Mt", "Ft"}


def _joins(gap: str, last: Word, lexicon: Lexicon) -> bool:
    """True if the gap joins two words; a full stop does so only behind an abbreviation."""
    if gap == " ":
        return True
    if not _JOINT.fullmatch(gap):
        return False
    return gap[0] != "." or _is_abbreviation(last, lexicon)


def _small_words(gap: str, at: int) -> list[Word]:
    if gap in {" ", ". ", "  "}:
        return []
    return [
        Word(match.group(), at + match.start(), at + match.end())
        for match in _SMALL_WORD.finditer(gap)
    ]


def _opens_sentence(full: str, floor: int, start: int) -> bool:
    before = full[max(floor, start - 6) : start].rstrip(_OPENERS)
    if not before:
        return True
    return before[-1] in _SENTENCE_MARKS or full[start - 1] in '"“‘«'


def _is_titled(full: str, paragraph: Span, capitals: int) -> bool:
    """True for a short paragraph in title case: `Moe Visits Oslo for Talks With Lind`."""
    if paragraph.end - paragraph.start > _LONGEST_TITLE or capitals < _FEWEST_CAPITALS:
        return False
    return len(_LOWER_WORDS.findall(full, paragraph.start, paragraph.end)) * 4 <= capitals
