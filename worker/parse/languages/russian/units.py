"""The units of a paragraph: words, names, signs and marked runs; and its sentences.

In the examples: `да` yes, `лот стоит 30 млн` the lot costs 30 million, `прилично` decent.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from worker.model import Dateline, Entity, Span
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.lexicon import fold, nouns_of
from worker.parse.languages.russian.marks import MarkedRun
from worker.parse.text import WireText

__all__ = ["Sentence", "Unit", "UnitKind", "read_paragraphs"]

_TOKEN = re.compile(r"\w+(?:[-’'.]\w+)*|[-–—]+|[.,:;!?…()]|\.{2,}")
_DASHES = frozenset("-–—")
_ENDS = frozenset(".!?…")
_ABBREVIATIONS = frozenset(
    """г гг ул им тыс млн млрд руб коп долл ст п пп ч стр рис д обл р т др пр см м км кг га куб кв
    мин сек час янв фев мар апр июн июл авг сен окт ноя дек св о оз пос с пер просп пл корп ред
    прим проф акад ген полк""".split()
)
_MEASURES = frozenset("млн млрд тыс руб долл коп".split())
"""Abbreviations that no name follows: a capital or a quotation behind them begins a sentence."""
_SENTENCE_UNITS = 150
"""A longer sentence is cut, which keeps the reading linear in the length of the text."""
_TAIL = re.compile(r"-([а-яё]{3,})")
_INITIAL = re.compile(r"[A-ZА-ЯЁ]")


class UnitKind(StrEnum):
    """What a unit is."""

    WORD = "word"
    NAME = "name"
    SIGN = "sign"
    DASH = "dash"
    RUN = "run"


class Unit(NamedTuple):
    """A unit of a paragraph; `word` is folded, of a name its last word, of a sign the sign.

    A name has its `entity`, a marked run its number in `run`.
    """

    start: int
    end: int
    kind: UnitKind
    word: str
    entity: Entity | None = None
    run: int = -1

    @property
    def span(self) -> Span:
        """The place of the unit."""
        return Span(self.start, self.end)


Sentence = tuple[Unit, ...]


def read_paragraphs(
    text: WireText, registry: Registry, dateline: Dateline | None, runs: Sequence[MarkedRun]
) -> list[list[Sentence]]:
    """Return the sentences of each paragraph; marked runs are single units of them."""
    spans = [(run.start, run.end, None, number) for number, run in enumerate(runs)]
    atoms = [
        (entity.span.start, entity.span.end, entity, -1)
        for entity in _outside(registry.entities, runs)
        if not entity.label.is_value and not _is_cut_short(text.full, entity)
    ]
    whole = sorted([*spans, *atoms], key=lambda atom: (atom[0], -atom[1]))
    starts = [atom[0] for atom in whole]
    paragraphs: list[list[Sentence]] = []
    for paragraph in text.paragraphs:
        begin = paragraph.start
        if dateline and paragraph.start <= dateline.span.start < paragraph.end:
            begin = min(paragraph.end, dateline.span.end)
        found = whole[bisect_left(starts, begin) : bisect_left(starts, paragraph.end)]
        units = _units(text.full, begin, paragraph.end, found)
        paragraphs.append(_sentences(text.full, units))
    return paragraphs


def _is_cut_short(full: str, entity: Entity) -> bool:
    """`Telegram` in `Telegram-канале`, which is a noun."""
    tail = _TAIL.match(full, entity.span.end)
    return tail is not None and bool(nouns_of(fold(tail[1])))


def _outside(entities: Sequence[Entity], runs: Sequence[MarkedRun]) -> list[Entity]:
    """Return the mentions that are outside all marked runs."""
    outside: list[Entity] = []
    at = 0
    for entity in entities:
        while at < len(runs) and runs[at].end <= entity.span.start:
            at += 1
        if at == len(runs) or entity.span.end <= runs[at].start:
            outside.append(entity)
    return outside


def _units(
    full: str, begin: int, end: int, atoms: Sequence[tuple[int, int, Entity | None, int]]
) -> list[Unit]:
    units: list[Unit] = []
    at = begin
    for start, stop, entity, run in atoms:
        if start < at:
            continue
        units += _words(full, at, start)
        words = full[start:stop].split()
        word = fold(words[-1]) if words else ""
        units.append(
            Unit(start, stop, UnitKind.NAME if entity else UnitKind.RUN, word, entity, run)
        )
        at = stop
    units += _words(full, at, end)
    return units


def _words(full: str, begin: int, end: int) -> list[Unit]:
    units = []
    for match in _TOKEN.finditer(full, begin, end):
        first = match[0][0]
        kind = UnitKind.DASH if first in _DASHES else UnitKind.WORD
        if not first.isalnum() and kind is UnitKind.WORD and first != "_":
            kind = UnitKind.SIGN
        units.append(Unit(match.start(), match.end(), kind, fold(match[0])))
    return units


def _sentences(full: str, units: Sequence[Unit]) -> list[Sentence]:
    sentences: list[Sentence] = []
    begin = 0
    for index in range(1, len(units)):
        is_full = index - begin >= _SENTENCE_UNITS
        if is_full or (_ends(full, units, index - 1) and _begins(full, units, index)):
            sentences.append(tuple(units[begin:index]))
            begin = index
    if begin < len(units):
        sentences.append(tuple(units[begin:]))
    return sentences


def _begins(full: str, units: Sequence[Unit], index: int) -> bool:
    """Return True for a unit that may begin a sentence behind one that may end it."""
    unit = units[index]
    if unit.kind is UnitKind.DASH or _begins_small(full, unit):
        return False
    # `"Да".` has its stop behind the mark.
    return units[index - 1].kind is not UnitKind.RUN or unit.kind is not UnitKind.SIGN


def _begins_small(full: str, unit: Unit) -> bool:
    return unit.kind is UnitKind.WORD and full[unit.start].islower()


def _ends(full: str, units: Sequence[Unit], index: int) -> bool:
    """Return True for a unit that may end a sentence: a stop, or a run with one inside."""
    unit = units[index]
    if unit.kind is UnitKind.RUN:
        return full[unit.start : unit.end].rstrip('"»”“ ')[-1:] in _ENDS
    if unit.kind is not UnitKind.SIGN or unit.word[0] not in _ENDS:
        return False
    if unit.word != "." or not index:
        return True
    before = units[index - 1]
    if before.kind is UnitKind.NAME or before.end != unit.start:
        return True
    if before.word in _MEASURES and index + 1 < len(units):
        # `Лот стоит 30 млн. "Прилично", - сказал он`
        return units[index + 1].kind is not UnitKind.SIGN
    return before.word not in _ABBREVIATIONS and not (
        len(before.word) == 1 and _INITIAL.match(full, before.start)
    )
