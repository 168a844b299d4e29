"""Frames: the sentences round a paragraph's quotations, each quotation one opaque token.

A full stop inside a quotation ends no sentence of the reporter's, so sentences are cut here anew,
and what stands between the marks is never looked into but for its last character.
"""

import re
from collections.abc import Iterable

from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.text import WireText

__all__ = ["CAPITAL", "LOWER", "NUMBER", "PUNCTUATION", "QUOTED", "Sentence", "find_sentences"]

LOWER, CAPITAL, NUMBER, PUNCTUATION, QUOTED = "lcnpq"

_TOKEN = re.compile(
    r"""
    [^\W_]                              # word: U.S, O’Neil, Al-Hayat, AT&T, officials'
    (?: [^\W_]
      | [’'&\-] (?=[^\W_])
      | \. (?=[a-z\d]) | (?<![a-z]) \. (?=[^\W_])   # context.org and U.S, but not said.Then
    )* ['’]?
  | [.!?…]+ | --+ | [,;:—–―/()\[\]$@\#-]            # what cuts a sentence or a phrase
    """,
    re.VERBOSE,
)
_LONGEST_NAME = 6
"""Before which token the verb of a short attribution stands."""
_NEAR = 3000
"""How many characters on either side of a quotation are read."""
_HEADINGS = 2
"""How many paragraphs may be headline and deck."""
_SMALL_WORD = 3
"""Letters. Words no longer are in small letters in any heading."""
_SHORTEST_HEADING = 3
_SPEAKS = 0.25
_MAX_TOKENS = 400
"""A sentence of more tokens is no sentence; it is cut there, which keeps the search linear."""


class Sentence:
    """One sentence: parallel lists of lower-case words, their kinds and their offsets.

    `runs` maps a token's index to the quotation that it stands for.
    """

    __slots__ = ("ends", "kinds", "paragraph", "runs", "starts", "words")

    def __init__(self, paragraph: int) -> None:
        self.paragraph = paragraph
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.runs: dict[int, QuotedRun] = {}

    def __len__(self) -> int:
        return len(self.words)

    def add(self, low: str, kind: str, start: int, end: int) -> None:
        """Append one token."""
        self.words.append(low)
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def absorb(self, later: "Sentence") -> None:
        """Append all tokens of the sentence that follows."""
        shift = len(self.words)
        self.words += later.words
        self.kinds += later.kinds
        self.starts += later.starts
        self.ends += later.ends
        for index, run in later.runs.items():
            self.runs[index + shift] = run


def find_sentences(
    text: WireText, paragraph: int, runs: Iterable[QuotedRun], begin: int
) -> list[Sentence]:
    """The sentences of one paragraph, read from `begin`, which may lie in the paragraph before.

    >>> text = WireText('He rose. "It is. So," he said.')
    >>> [sentence.words for sentence in find_sentences(text, 0, [QuotedRun(9, 21, 0, 0)], 0)]
    [['he', 'rose', '.'], ['"', 'he', 'said', '.']]
    """
    splitter = _SentenceSplitter(text.full, paragraph)
    at = begin
    for run in runs:
        splitter.read_near(at, run.start)
        splitter.add_run(run)
        at = run.end
    splitter.read_near(at, text.paragraphs[paragraph].end)
    sentences = _rejoin(text.full, splitter.sentences)
    if paragraph < _HEADINGS:
        for sentence in sentences:
            _lower_verbs(sentence)
    return sentences


def _lower_verbs(sentence: Sentence) -> None:
    """Take verbs of speech for such in a heading that has all its words in capitals."""
    for low, kind in zip(sentence.words, sentence.kinds, strict=True):
        if kind == LOWER and len(low) > _SMALL_WORD:
            return
    words = [at for at, kind in enumerate(sentence.kinds) if kind == CAPITAL]
    if len(words) < _SHORTEST_HEADING:
        return
    for at in words[1:]:
        cue = CUES.get(sentence.words[at])
        if cue and cue.weight >= _SPEAKS and cue.form == "p":
            sentence.kinds[at] = LOWER


def _rejoin(full: str, sentences: list[Sentence]) -> list[Sentence]:
    """The sentences with `"Why?" Ms. Lee asked.` made one again."""
    joined = sentences[:1]
    for sentence in sentences[1:]:
        last = joined[-1]
        if (
            last.kinds
            and last.kinds[-1] == QUOTED
            and _attributes(sentence, full[last.ends[-1] - 2])
        ):
            last.absorb(sentence)
        else:
            joined.append(sentence)
    return joined


def _attributes(sentence: Sentence, mark: str) -> bool:
    """True when the sentence begins as `Ms. Lee said.` does; after ? or ! more may follow the verb."""
    for index in range(1, min(_LONGEST_NAME, len(sentence))):
        word = sentence.words[index]
        if sentence.kinds[index] == LOWER and word in CUES and CUES[word].weight >= 0.25:
            rest = sentence.words[index + 1] if index + 1 < len(sentence) else "."
            return CUES[word].form == "p" and (mark in "?!" or rest[0] in ".,:")
        if sentence.kinds[index] == PUNCTUATION and word != ".":
            return False
    return False


class _SentenceSplitter:
    """Reads stretches and quotations in text order and begins a new sentence where a sentence ends."""

    __slots__ = ("full", "sentence", "sentences", "stopped")

    def __init__(self, full: str, paragraph: int) -> None:
        self.full = full
        self.sentence = Sentence(paragraph)
        self.sentences = [self.sentence]
        self.stopped = False

    def read(self, start: int, end: int) -> None:
        """Take the reporter's own words from `start` to `end`."""
        sentence, stopped = self.sentence, self.stopped
        for match in _TOKEN.finditer(self.full, start, end):
            low = word = match.group()
            first = word[0]
            if first.isalpha():
                low = word.lower()
                kind = LOWER if low == word else CAPITAL
            else:
                kind = NUMBER if first.isdigit() else PUNCTUATION
            if stopped and kind != LOWER:
                if kind == PUNCTUATION and first not in "([@#$":
                    stopped = first not in "–—―"
                    sentence.add(low, kind, *match.span())
                    continue
                sentence = self._cut()
            elif len(sentence.words) >= _MAX_TOKENS:
                sentence = self._cut()
            stopped = kind == PUNCTUATION and first in ".!?…" and not self._abbreviates()
            begin, stop = match.span()
            sentence.words.append(low)
            sentence.kinds.append(kind)
            sentence.starts.append(begin)
            sentence.ends.append(stop)
        self.stopped = stopped

    def read_near(self, start: int, end: int) -> None:
        """Take what stands from `start` to `end`; of a long stretch only both ends."""
        if end - start <= 2 * _NEAR:
            self.read(start, end)
            return
        first = self.full.find(" ", start + _NEAR, end)
        last = self.full.rfind(" ", start, end - _NEAR)
        if first < 0 or last < first:
            return
        self.read(start, first)
        self._cut()
        self.read(last, end)

    def add_run(self, run: QuotedRun) -> None:
        """Take one quotation."""
        if self.stopped or len(self.sentence.words) >= _MAX_TOKENS:
            self._cut()
        self.sentence.runs[len(self.sentence.words)] = run
        self.sentence.add('"', QUOTED, run.start, run.end)
        self.stopped = self.full[run.end - 2] in ".!?…" or not run.closed

    def _cut(self) -> Sentence:
        """Begin a new sentence."""
        self.sentence = Sentence(self.sentence.paragraph)
        self.sentences.append(self.sentence)
        self.stopped = False
        return self.sentence

    def _abbreviates(self) -> bool:
        """True when the word before this full stop is an abbreviation or an initial."""
        if not self.sentence.words:
            return True
        word = self.sentence.words[-1]
        return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or "." in word
