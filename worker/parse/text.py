"""WireText: a wire item's text with its paragraphs and sentences, and where its body begins.

Nothing is copied or cleaned: every offset counts code points of the text as it came.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from worker.model import Span

__all__ = ["ABBREVIATIONS", "WireText", "find_paragraphs", "find_sentences"]

_WRAP_LIMIT = 120
"""Code points. Copy broken into lines by hand or by a teletype has none longer."""

_LINES_A_WRAP = 4
"""In broken copy at least every fourth line carries on the one before. English news broken at 60
to 80 columns: eight of ten begin with a small letter; copy with one line a paragraph: hardly any.
"""

_UNFINISHED_CAPITALS = 50
"""Code points. A longer line of capitals without a mark at its end goes on in the next one; most
headlines are shorter."""

_OPENING_MARKS = "\"'“‘«„([-–— "

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]{0,4}(?=\s)")
"""Where a sentence may end: its mark, what closes with it, then white space."""

ABBREVIATIONS = frozenset(
    # titles, offices and ranks that stand before a name
    "mr mrs ms dr prof sen rep gov gen lt col maj capt sgt adm cmdr rev hon st mt ft sr jr amb"
    " pres supt insp messrs mme"
    # months and days, as AP and Xinhua cut them
    " jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun"
    # bodies and measures inside a name
    " co corp inc ltd bros vs approx dept est univ u.s u.k u.n e.u"
    # states, as AP cuts them
    " ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont"
    " neb nev okla ore pa tenn tex vt va wash wis wyo".split()
)
"""Words after which a full stop ends no sentence. Source: AP's and Xinhua's published copy."""

_BEFORE_NUMBER = frozenset("no nos art fig sec vol".split())
"""Words after which a full stop ends no sentence where a number follows ("No. 5")."""

_ALSO_PLAIN_WORDS = frozenset("ill mass miss mo sat sun wash ore hon gen".split())
"""Abbreviations of the first list that are words too: they are meant only with a capital."""


class _Line(NamedTuple):
    """A line that is not blank, without white space at either end."""

    start: int
    end: int
    indent: int
    follows: bool
    """True where no blank line stands before it, and it is not the first."""

    carries_on: bool


def find_paragraphs(text: str) -> tuple[Span, ...]:
    r"""The paragraphs: what blank lines or, in copy that is not broken by hand, line ends separate.

    Copy from web pages often has one line a paragraph and no blank lines; copy from a teletype has
    many lines a paragraph, and blank or indented lines between them.

    >>> text = 'Talks fail\nPARIS, May 2. /TASS/. The talks failed.\n"We tried," he said.'
    >>> [span.of(text) for span in find_paragraphs(text)]
    ['Talks fail', 'PARIS, May 2. /TASS/. The talks failed.', '"We tried," he said.']
    """
    lines = _find_lines(text)
    is_broken = _is_broken(lines)
    spans: list[Span] = []
    indent = 0
    for line in lines:
        joins = line.indent <= indent if is_broken else line.carries_on
        if line.follows and joins:
            spans[-1] = Span(spans[-1].start, line.end)
        else:
            spans.append(Span(line.start, line.end))
        indent = line.indent
    return tuple(spans)


def _find_lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    at = 0
    follows, before = False, ""
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if words:
            indent = len(line) - len(line.lstrip())
            start = at + indent
            lines.append(
                _Line(start, start + len(words), indent, follows, _carries_on(before, words))
            )
        follows, before = bool(words), words
        at += len(line)
    return lines


def _carries_on(before: str, words: str) -> bool:
    """True when a line begins as no paragraph does, or the one before ends as none does."""
    if before.endswith(",") or words.lstrip(_OPENING_MARKS)[:1].islower():
        return True
    is_unfinished = len(before) > _UNFINISHED_CAPITALS and before[-1].isalnum()
    return is_unfinished and before.isupper() and words.isupper()


def _is_broken(lines: Sequence[_Line]) -> bool:
    """True when the line ends of the text are the printer's and not the writer's."""
    inner = [line for line in lines if line.follows]
    if not inner or max(line.end - line.start for line in lines) > _WRAP_LIMIT:
        return False
    return sum(line.carries_on for line in inner) * _LINES_A_WRAP >= len(inner)


def find_sentences(text: str, paragraph: Span) -> tuple[Span, ...]:
    """The sentences of one paragraph; abbreviations and initials do not end one.

    >>> text = 'Sen. J. Moe spoke. "It is so." He left.'
    >>> [span.of(text) for span in find_sentences(text, Span(0, len(text)))]
    ['Sen. J. Moe spoke.', '"It is so."', 'He left.']
    """
    spans: list[Span] = []
    start = paragraph.start
    for mark in _SENTENCE_END.finditer(text, paragraph.start, paragraph.end):
        if text[mark.start()] == "." and _is_abbreviation(text, start, mark.start()):
            continue
        follower = (
            mark.end()
            + len(text[mark.end() : mark.end() + 8])
            - len(text[mark.end() : mark.end() + 8].lstrip())
        )
        if follower < paragraph.end and text[follower].islower():
            continue
        spans.append(Span(start, mark.end()))
        start = follower
        while start < paragraph.end and text[start].isspace():
            start += 1
    if start < paragraph.end:
        spans.append(Span(start, paragraph.end))
    return tuple(spans)


def _is_abbreviation(text: str, start: int, stop: int) -> bool:
    """True when the word before the full stop at `stop` is an abbreviation or an initial."""
    at = stop
    floor = max(start, stop - 12)
    while at > floor and not text[at - 1].isspace() and text[at - 1] not in "([\"'“‘«/-":
        at -= 1
    word = text[at:stop]
    if len(word) == 1:
        return word.isupper()
    folded = word.lower()
    if folded in _BEFORE_NUMBER:
        return text[stop + 1 : stop + 3].strip()[:1].isdigit()
    if folded in _ALSO_PLAIN_WORDS and not word[0].isupper():
        return False
    return folded in ABBREVIATIONS or bool(re.fullmatch(r"(?:\w\.){1,4}\w", word))


class WireText:
    """A text, its paragraphs and, made when first asked for, its sentences."""

    __slots__ = ("__dict__", "full", "paragraphs")

    def __init__(self, full: str) -> None:
        self.full = full
        self.paragraphs = find_paragraphs(full)

    @cached_property
    def _starts(self) -> list[int]:
        return [paragraph.start for paragraph in self.paragraphs]

    @cached_property
    def sentences(self) -> tuple[tuple[Span, ...], ...]:
        """The sentences of each paragraph, in the order of `paragraphs`."""
        return tuple(find_sentences(self.full, paragraph) for paragraph in self.paragraphs)

    def paragraph_index(self, offset: int) -> int:
        """The index of the paragraph that holds `offset`, or of the last that begins before it."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def sentence_at(self, offset: int) -> Span:
        """The sentence that holds `offset`, or the last that begins before it in its paragraph."""
        sentences = self.sentences[self.paragraph_index(offset)]
        index = bisect_right([sentence.start for sentence in sentences], offset) - 1
        return sentences[max(0, index)]
