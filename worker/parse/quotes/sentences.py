"""Sentences of a paragraph, in which each quotation is a single opaque token.

Text inside quotation marks has sentence ends of its own, so a paragraph is split here apart from
any other stage, and of a quotation only the last character is read.
"""

import re
from collections.abc import Iterable

from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.syntax import (
    CAPITAL,
    LOWER,
    NUMBER,
    PUNCTUATION,
    QUOTED,
    CueForm,
    TokenKind,
)
from worker.parse.text import WireText

__all__ = ["Sentence", "find_sentences"]

_TOKEN = re.compile(
    r"""
    [^\W_]+                             # word: U.S, O’Neil, Al-Hayat, AT&T, officials'
    (?: (?: [’'&\-]
          | \. (?=[a-z\d]) | (?<![a-z]) \.   # site.org and U.S, but not said.Then
        ) [^\W_]+
    )* ['’]?
  | [.!?…]+ | --+ | [,;:—–―/()\[\]$@\#-]            # what cuts a sentence or a phrase
    """,
    re.VERBOSE,
)
_MAX_NAME_TOKENS = 6
"""The verb of a short attribution stands before this token: `Ms. Ann Lee asked.`"""
_MAX_STRETCH_CHARS = 3000
"""Characters that are read on either side of a quotation."""
_HEADING_PARAGRAPHS = 2
"""Paragraphs at the top that may be a headline and a deck."""
_MAX_SMALL_WORD = 3
"""Letters of the longest word that title case leaves in lower case."""
_MIN_HEADING_WORDS = 3
_MIN_CUE_WEIGHT = 0.25
_MAX_TOKENS = 400
"""A longer sentence is cut, which keeps the search for a source linear."""


class Sentence:
    """A sentence as parallel lists: lower-case words, their kinds and their offsets.

    `runs` maps the index of a quotation's token to the quotation.
    """

    __slots__ = ("ends", "kinds", "paragraph", "runs", "starts", "words")

    def __init__(self, paragraph: int) -> None:
        self.paragraph = paragraph
        self.words: list[str] = []
        self.kinds: list[TokenKind] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.runs: dict[int, QuotedRun] = {}

    def __len__(self) -> int:
        return len(self.words)

    def append(self, word: str, kind: TokenKind, start: int, end: int) -> None:
        """Append a token."""
        self.words.append(word)
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def extend(self, following: "Sentence") -> None:
        """Append the tokens of the following sentence."""
        shift = len(self.words)
        self.words += following.words
        self.kinds += following.kinds
        self.starts += following.starts
        self.ends += following.ends
        for index, run in following.runs.items():
            self.runs[index + shift] = run


def find_sentences(
    text: WireText, paragraph: int, runs: Iterable[QuotedRun], begin: int
) -> list[Sentence]:
    """Return the sentences of a paragraph from `begin`, which may lie in the paragraph before.

    >>> text = WireText('He rose. "It is. So," he said.')
    >>> [sentence.words for sentence in find_sentences(text, 0, [QuotedRun(9, 21, 0, 0)], 0)]
    [['he', 'rose', '.'], ['"', 'he', 'said', '.']]
    """
    splitter = _SentenceSplitter(text.full, paragraph)
    at = begin
    for run in runs:
        splitter.read_stretch(at, run.start)
        splitter.add_quotation(run)
        at = run.end
    splitter.read_stretch(at, text.paragraphs[paragraph].end)
    sentences = _join_attributions(text.full, splitter.sentences)
    if paragraph < _HEADING_PARAGRAPHS:
        for sentence in sentences:
            _lower_heading_verbs(sentence)
    return sentences


def _lower_heading_verbs(sentence: Sentence) -> None:
    """`Mayor Says Budget Is Safe`: mark `Says` as a lower-case word, that is as a verb."""
    for word, kind in zip(sentence.words, sentence.kinds, strict=True):
        if kind is LOWER and len(word) > _MAX_SMALL_WORD:
            return
    capitals = [at for at, kind in enumerate(sentence.kinds) if kind is CAPITAL]
    if len(capitals) < _MIN_HEADING_WORDS:
        return
    for at in capitals[1:]:
        cue = CUES.get(sentence.words[at])
        if cue and cue.weight >= _MIN_CUE_WEIGHT and cue.form is CueForm.FINITE:
            sentence.kinds[at] = LOWER


def _join_attributions(full: str, sentences: list[Sentence]) -> list[Sentence]:
    """`"Why?" Ms. Lee asked.`: join the attribution to the quotation that ended a sentence."""
    joined = sentences[:1]
    for sentence in sentences[1:]:
        last = joined[-1]
        ends_quoted = bool(last.kinds) and last.kinds[-1] is QUOTED
        if ends_quoted and _is_attribution(sentence, full[last.ends[-1] - 2]):
            last.extend(sentence)
        else:
            joined.append(sentence)
    return joined


def _is_attribution(sentence: Sentence, mark: str) -> bool:
    """Return True for `Ms. Lee said.`; after a question or exclamation mark it may be longer."""
    for index in range(1, min(_MAX_NAME_TOKENS, len(sentence))):
        word, kind = sentence.words[index], sentence.kinds[index]
        cue = CUES.get(word) if kind is LOWER else None
        if cue and cue.weight >= _MIN_CUE_WEIGHT:
            after = sentence.words[index + 1] if index + 1 < len(sentence) else "."
            return cue.form is CueForm.FINITE and (mark in "?!" or after[0] in ".,:")
        if kind is PUNCTUATION and word != ".":
            return False
    return False


_ABBREVIATIONS_ALIKE = frozenset(("it", "us", "who"))
"""Pronouns that are spelt like a name: IT, US and WHO. Written in capitals, these stay so."""
_NEAR_CHARS = 12


class _SentenceSplitter:
    """Reads text and quotations in order, and begins a sentence where the last ends."""

    __slots__ = ("full", "sentence", "sentences", "stopped")

    def __init__(self, full: str, paragraph: int) -> None:
        self.full = full
        self.sentence = Sentence(paragraph)
        self.sentences = [self.sentence]
        self.stopped = False

    def read(self, start: int, end: int) -> None:
        """Append the reporter's own words from `start` to `end`."""
        sentence, stopped = self.sentence, self.stopped
        words, kinds = sentence.words, sentence.kinds
        starts, ends = sentence.starts, sentence.ends
        for match in _TOKEN.finditer(self.full, start, end):
            # Every token of a paragraph comes here, so its kind is found in place.
            word = token = match.group()
            first = token[0]
            if token.islower():
                kind = LOWER if first.isalpha() else NUMBER if first.isdigit() else PUNCTUATION
            elif first.isalpha():
                word = token.lower()
                kind = LOWER if word == token else CAPITAL
                if word in _ABBREVIATIONS_ALIKE and self._is_abbreviation(match):
                    word = token
            else:
                kind = NUMBER if first.isdigit() else PUNCTUATION
            begins = len(words) >= _MAX_TOKENS
            if stopped and kind is not LOWER:
                if kind is PUNCTUATION and first not in "([@#$":
                    # `(He rose.) She left`: the bracket ends the same sentence. A dash after the
                    # full stop carries it on.
                    stopped = first not in "–—―" and not self._is_signature(match)
                    sentence.append(word, kind, *match.span())
                    continue
                begins = True
            if begins:
                sentence = self._begin_sentence()
                words, kinds = sentence.words, sentence.kinds
                starts, ends = sentence.starts, sentence.ends
            stopped = kind is PUNCTUATION and first in ".!?…" and not self._is_abbreviated()
            begin, stop = match.span()
            words.append(word)
            kinds.append(kind)
            starts.append(begin)
            ends.append(stop)
        self.stopped = stopped

    def _is_abbreviation(self, token: re.Match[str]) -> bool:
        """`said WHO chief Ann Lee`: return True for capitals among words that are not in them."""
        if not token.group().isupper():
            return False
        near = self.full[max(0, token.start() - _NEAR_CHARS) : token.end() + _NEAR_CHARS]
        return any(map(str.islower, near))

    def _is_signature(self, mark: re.Match[str]) -> bool:
        """`"So it is." -Ann Lee`: return True for a hyphen between a quotation and a name."""
        sentence, at = self.sentence, mark.end()
        is_after = bool(sentence.kinds) and sentence.kinds[-1] is QUOTED
        return mark.group() == "-" and is_after and self.full[at : at + 2].lstrip()[:1].isupper()

    def read_stretch(self, start: int, end: int) -> None:
        """Append the words from `start` to `end`; of a very long stretch only both ends."""
        if end - start <= 2 * _MAX_STRETCH_CHARS:
            self.read(start, end)
            return
        first = self.full.find(" ", start + _MAX_STRETCH_CHARS, end)
        last = self.full.rfind(" ", start, end - _MAX_STRETCH_CHARS)
        if first < 0 or last < first:
            return
        self.read(start, first)
        self._begin_sentence()
        self.read(last, end)

    def add_quotation(self, run: QuotedRun) -> None:
        """Append a quotation as a single token."""
        if self.stopped or len(self.sentence.words) >= _MAX_TOKENS:
            self._begin_sentence()
        self.sentence.runs[len(self.sentence.words)] = run
        self.sentence.append('"', QUOTED, run.start, run.end)
        self.stopped = self.full[run.end - 2] in ".!?…" or not run.closed

    def _begin_sentence(self) -> Sentence:
        self.sentence = Sentence(self.sentence.paragraph)
        self.sentences.append(self.sentence)
        self.stopped = False
        return self.sentence

    def _is_abbreviated(self) -> bool:
        """Return True where the last word is an abbreviation or an initial: `Mr`, `J`, `U.S`."""
        if not self.sentence.words:
            return True
        word = self.sentence.words[-1]
        return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or "." in word
