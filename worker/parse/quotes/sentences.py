"""Frames: the sentences round a paragraph's quotations, each quotation one opaque token.

A full stop inside a quotation ends no sentence of the reporter's, so sentences are cut here anew,
and what stands between the marks is never looked into but for its last character.
"""

import re
from collections.abc import Iterable

from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS
from worker.parse.quotes.quotation_marks import Run
from worker.parse.text import WireText

__all__ = ["CAPITAL", "LOWER", "NUMBER", "PUNCTUATION", "QUOTED", "Frame", "find_frames"]

LOWER, CAPITAL, NUMBER, PUNCTUATION, QUOTED = "lcnpq"

_TOKEN = re.compile(
    r"""
    [^\W_]                              # word: U.S, O’Neil, Al-Hayat, AT&T, officials'
    (?: [^\W_]
      | [’'&\-] (?=[^\W_])
      | \. (?=[a-z\d]) | (?<![a-z]) \. (?=[^\W_])   # site.org and U.S, but not said.Then
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


class Frame:
    """One sentence: parallel lists of lower-case words, their kinds and their offsets.

    `runs` maps a token's index to the quotation that it stands for.
    """

    __slots__ = ("end", "kind", "low", "paragraph", "runs", "start")

    def __init__(self, paragraph: int) -> None:
        self.paragraph = paragraph
        self.low: list[str] = []
        self.kind: list[str] = []
        self.start: list[int] = []
        self.end: list[int] = []
        self.runs: dict[int, Run] = {}

    def __len__(self) -> int:
        return len(self.low)

    def add(self, low: str, kind: str, start: int, end: int) -> None:
        """Append one token."""
        self.low.append(low)
        self.kind.append(kind)
        self.start.append(start)
        self.end.append(end)

    def absorb(self, later: "Frame") -> None:
        """Append all tokens of the frame that follows."""
        shift = len(self.low)
        self.low += later.low
        self.kind += later.kind
        self.start += later.start
        self.end += later.end
        for index, run in later.runs.items():
            self.runs[index + shift] = run


def find_frames(text: WireText, paragraph: int, runs: Iterable[Run], begin: int) -> list[Frame]:
    """The frames of one paragraph, read from `begin`, which may lie in the paragraph before.

    >>> text = WireText('He rose. "It is. So," he said.')
    >>> [frame.low for frame in find_frames(text, 0, [Run(9, 21, 0, 0)], 0)]
    [['he', 'rose', '.'], ['"', 'he', 'said', '.']]
    """
    cutter = _Cutter(text.full, paragraph)
    at = begin
    for run in runs:
        cutter.read_near(at, run.start)
        cutter.add_run(run)
        at = run.end
    cutter.read_near(at, text.paragraphs[paragraph].end)
    frames = _rejoin(text.full, cutter.frames)
    if paragraph < _HEADINGS:
        for frame in frames:
            _lower_verbs(frame)
    return frames


def _lower_verbs(frame: Frame) -> None:
    """Take verbs of speech for such in a heading that has all its words in capitals."""
    for low, kind in zip(frame.low, frame.kind, strict=True):
        if kind == LOWER and len(low) > _SMALL_WORD:
            return
    words = [at for at, kind in enumerate(frame.kind) if kind == CAPITAL]
    if len(words) < _SHORTEST_HEADING:
        return
    for at in words[1:]:
        cue = CUES.get(frame.low[at])
        if cue and cue.weight >= _SPEAKS and cue.shape == "p":
            frame.kind[at] = LOWER


def _rejoin(full: str, frames: list[Frame]) -> list[Frame]:
    """The frames with `"Why?" Ms. Lee asked.` made one again."""
    joined = frames[:1]
    for frame in frames[1:]:
        last = joined[-1]
        if last.kind and last.kind[-1] == QUOTED and _attributes(frame, full[last.end[-1] - 2]):
            last.absorb(frame)
        else:
            joined.append(frame)
    return joined


def _attributes(frame: Frame, mark: str) -> bool:
    """True when the frame begins as `Ms. Lee said.` does; after ? or ! more may follow the verb."""
    for index in range(1, min(_LONGEST_NAME, len(frame))):
        word = frame.low[index]
        if frame.kind[index] == LOWER and word in CUES and CUES[word].weight >= 0.25:
            rest = frame.low[index + 1] if index + 1 < len(frame) else "."
            return CUES[word].shape == "p" and (mark in "?!" or rest[0] in ".,:")
        if frame.kind[index] == PUNCTUATION and word != ".":
            return False
    return False


class _Cutter:
    """Reads stretches and quotations in text order and begins a new frame where a sentence ends."""

    __slots__ = ("frame", "frames", "full", "stopped")

    def __init__(self, full: str, paragraph: int) -> None:
        self.full = full
        self.frame = Frame(paragraph)
        self.frames = [self.frame]
        self.stopped = False

    def read(self, start: int, end: int) -> None:
        """Take the reporter's own words from `start` to `end`."""
        frame, stopped = self.frame, self.stopped
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
                    frame.add(low, kind, *match.span())
                    continue
                frame = self._cut()
            elif len(frame.low) >= _MAX_TOKENS:
                frame = self._cut()
            stopped = kind == PUNCTUATION and first in ".!?…" and not self._abbreviates()
            begin, stop = match.span()
            frame.low.append(low)
            frame.kind.append(kind)
            frame.start.append(begin)
            frame.end.append(stop)
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

    def add_run(self, run: Run) -> None:
        """Take one quotation."""
        if self.stopped or len(self.frame.low) >= _MAX_TOKENS:
            self._cut()
        self.frame.runs[len(self.frame.low)] = run
        self.frame.add('"', QUOTED, run.start, run.end)
        self.stopped = self.full[run.end - 2] in ".!?…" or not run.closed

    def _cut(self) -> Frame:
        """Begin a new frame."""
        self.frame = Frame(self.frame.paragraph)
        self.frames.append(self.frame)
        self.stopped = False
        return self.frame

    def _abbreviates(self) -> bool:
        """True when the word before this full stop is an abbreviation or an initial."""
        if not self.frame.low:
            return True
        word = self.frame.low[-1]
        return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or "." in word
